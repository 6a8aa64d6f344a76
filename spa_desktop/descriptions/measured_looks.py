"""What can be measured on a class's photos: colours of the thing that its nearest classes have not, and stripes (ours).

Something is said of the class when nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.measured_pixels import (
    NAMES,
    Mask,
    is_striped,
    lab_of,
    names_of,
    things_in,
    tones_in,
)
from spa_desktop.descriptions.model import LONGEST_DETAIL, Exemplar, Knowledge, PhraseSource, WrittenPhrase

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Shares = NDArray[np.float64]

_SIDE = 144  # pixels, about, of a photo that is measured
_FEWEST = 4  # exemplars that say something of a class
_CLEARLY = 0.6  # of the exemplars: stripes are seldom found where they are not, and often overlooked
_MOSTLY, _PARTLY = 0.5, 0.15  # mean share of the thing that is "mostly" or "partly" so coloured; less is "some"

# The thing, the upper third of its pixels and the lower: the head of a bird that sits is at the top.
_PLACES = ("", " at the top", " at the bottom")
_WHOLE, _BOTTOM = 0, 2
# What tells a class from its nearest ones.
_TELLING, _END_TELLING = 0.05, 0.1  # of the thing, or of an end of it, in all exemplars but one in six
_BLACK_TELLING = 0.16  # shadows are on any photo: it has to be clearer
_STANDS_OUT = 2.0  # times the share around the thing
_HAS_NOT = 0.35  # of the mean share, at the most, is in the other class's
_BESIDE = 0.7  # times the share of the hues beside it, in all exemplars but one in six
_SIDED = 1.6  # times the share at the other end
_HUES = ("red", "orange", "yellow", "green", "blue", "purple", "pink")  # a circle
_MOST_TELLING = 3  # phrases
_UNSURE = frozenset({"grey", "brown"})  # in the shade white is grey, and orange, pink and yellow are brown


@dataclass(frozen=True, eq=False)
class _Seen:
    """An exemplar: its place among them, its pixels in CIELAB, which of them are the thing, and :func:`_counted`."""

    place: int
    sha256: str
    lab: NDArray[np.float32]
    thing: Mask
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Looks:
    """What the exemplars of a class show by measure; E of them could be opened."""

    shares: Shares  # ``(E, 3, 11)`` of the thing, its upper and its lower third, by :data:`NAMES`
    rest: Shares  # ``(E, 11)`` of what is around the thing
    supports: Mapping[tuple[int, int], PhraseSource]  # where a colour of the thing, or of a third of it, is seen best
    patterns: tuple[WrittenPhrase, ...]  # phrases on stripes and lines

    def contradict(self, text: str) -> bool:
        """Whether a text names colours, not one or another, of which the things have less than is called "partly"."""
        named = " or " not in text and [place for place, name in enumerate(NAMES) if re.search(rf"\b{name}\b", text)]
        if not named or len(self.shares) < _FEWEST:
            return False
        return bool(self.shares[:, _WHOLE, named].sum(1).mean() < _PARTLY)

    def telling(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        """Colours of the thing or of an end of it that some of the nearest classes have not, the most of them first.

        A hue that most of the thing has is said in any case.
        """
        if len(self.shares) < _FEWEST:
            return []
        least = np.sort(self.shares, axis=0)[len(self.shares) // 6]
        mean, rest = self.shares.mean(0), self.rest.mean(0)
        found: list[tuple[float, WrittenPhrase]] = []
        for colour, name in enumerate(NAMES):
            part = _WHOLE if name == "white" else self._part_of(colour)  # light falls on the top of anything
            wanted = _BLACK_TELLING if name == "black" else _END_TELLING if part else _TELLING
            is_shade = part == _BOTTOM and name == "black"  # light comes from above
            is_clear = name not in _UNSURE and not is_shade and mean[part, colour] >= _STANDS_OUT * rest[colour]
            place = _HUES.index(name) if name in _HUES else None
            beside = [NAMES.index(_HUES[(place + step) % 7]) for step in (-1, 1)] if place is not None else []
            # Red things are orange in warm light; and what is orange here and pink there is not red.
            is_shifted = mean[part, beside].max(initial=0.0) > mean[part, colour]
            ahead = self.shares[:, part, colour] - _BESIDE * self.shares[:, part, beside].max(1, initial=0.0)
            is_shifted = is_shifted or np.sort(ahead)[len(ahead) // 6] < 0
            if not is_clear or is_shifted or least[part, colour] < wanted:
                continue
            theirs = {other: looks.shares[:, part, colour] for other, looks in nearest.items()}
            means = {other: shares.mean() for other, shares in theirs.items() if len(shares) >= _FEWEST}
            without = {other: 100 * much for other, much in means.items() if much <= _HAS_NOT * mean[part, colour]}
            share = mean[part, colour]
            is_vivid_all_over = name in _HUES and part == _WHOLE and share >= _MOSTLY  # that is said of any class
            if is_vivid_all_over or (without and (name != "white" or share >= _PARTLY)):  # there is some white on all
                how_much = "mostly" if share >= _MOSTLY else "partly" if share >= _PARTLY else "some"
                where = ("the thing", "its upper third", "its lower third")[part]
                have_not = ", ".join(f"{other} ({much:.0f} %)" for other, much in without.items())
                phrase = _phrase(
                    f"{name}{_PLACES[part]}" if part else f"{how_much} {name}",
                    float((self.shares[:, part, colour] >= wanted).mean()),
                    f"{name} covers {100 * share:.0f} % of {where}" + (f"; not so {have_not}" if without else ""),
                    self.supports[part, colour],
                )
                found.append((len(without) + float(share), phrase))
        return [phrase for _, phrase in sorted(found, key=lambda one: -one[0])[:_MOST_TELLING]]

    def _part_of(self, colour: int) -> int:
        """The end of the thing where a colour is, else the whole."""
        _, top, bottom = self.shares[:, :, colour].mean(0)
        is_at = (False, top >= _SIDED * bottom, bottom >= _SIDED * top)
        shown = np.sort(self.shares[:, :, colour], axis=0)[len(self.shares) // 6]
        return next((part for part in (1, 2) if is_at[part] and shown[part] > shown[_WHOLE]), _WHOLE)


def measured_looks(exemplars: Sequence[Exemplar], heat: Sequence[Shares], encoder: ClipEncoder) -> Looks:
    """What the photos of a class's exemplars show by measure; exemplars whose files are gone are passed over.

    The heat of each exemplar says how much each patch of the encoder's grid is like the class, ``(N,)``.
    """

    def look(some: Sequence[int]) -> list[_Seen]:
        opened = {place: lab for place in some if (lab := _lab(exemplars[place], encoder)) is not None}
        if not opened:
            return []
        labs = np.stack([*opened.values()])
        things = things_in(labs, np.stack([heat[place] for place in opened]), encoder.grid)
        rows = zip(opened, labs, things, _counted(names_of(labs), things, encoder.grid), strict=True)
        return [_Seen(row[0], exemplars[row[0]].sha256, *row[1:]) for row in rows if 0 < row[2].sum() < row[2].size]

    half = -(-len(exemplars) // 2)
    with ThreadPoolExecutor(2, thread_name_prefix="looks") as pool:  # filters and sums of two stacks run at once
        halves = (range(half), range(half, len(exemplars)))
        seen = [one for some in pool.map(look, halves) for one in some]
        if len(seen) < _FEWEST:
            nothing = np.zeros((0, len(_PLACES), len(NAMES)))
            return Looks(nothing, nothing[:, 0], {}, ())
        counts = np.stack([one.counts for one in seen], axis=1)
        parts = np.stack([counts[1:].sum(0), counts[1], counts[3]], axis=1)
        in_patches = parts / (seen[0].thing.size / parts.shape[2])
        shares, (rest, *_) = _shares(parts), _shares(counts)
        supports = {
            (part, colour): _best_patch(seen, in_patches[:, part, :, colour], encoder.grid)
            for part, colour in np.argwhere(shares.mean(0) >= _TELLING / 2).tolist()
        }
        return Looks(shares, rest, supports, _patterns(seen, in_patches[:, _WHOLE].sum(-1), encoder.grid))


def _counted(colours: NDArray[np.int8], things: Mask, grid: tuple[int, int]) -> NDArray[np.int64]:
    """How many pixels of photos ``(E, H, W)`` have which name: ``(E, 4, N, 12)``.

    On each patch: around the thing, and in its upper, middle and lower third. The last name stands for none.
    """
    count, height, width = colours.shape
    rows, columns = (np.arange(side) // (side // patches) for side, patches in zip((height, width), grid, strict=True))
    patch = (rows[:, None] * grid[1] + columns).ravel()
    flat = things.reshape(count, -1)
    place, pixels = flat.cumsum(1) - 1, flat.sum(1)[:, None]  # row by row
    third = (1 + (place >= pixels // 3) + (place >= pixels - pixels // 3)) * flat
    name = np.where(colours < 0, len(NAMES), colours).reshape(count, -1)
    shape = (count, 4, grid[0] * grid[1], len(NAMES) + 1)
    index = ((np.arange(count)[:, None] * 4 + third) * shape[2] + patch) * shape[3] + name
    return np.bincount(index.ravel(), minlength=int(np.prod(shape))).reshape(shape)


def _shares(counts: NDArray[np.int64]) -> Shares:
    """The share of each name among the pixels ``(..., N, 12)`` of all patches: ``(..., 11)``."""
    names = counts.sum(-2)
    return np.asarray(names[..., :-1] / names.sum(-1, keepdims=True).clip(1))


def _patterns(seen: Sequence[_Seen], shown: Shares, grid: tuple[int, int]) -> tuple[WrittenPhrase, ...]:
    """Stripes of the thing, or lines that run all over the photo, which are no pattern of the thing."""
    everywhere = np.ones_like(seen[0].thing)
    text, detail = "striped pattern", "the thing has parallel stripes"
    found = _that(seen, lambda one: is_striped(*tones_in(one.lab, one.thing)))
    if found and (lined := _that(seen, lambda one: is_striped(*tones_in(one.lab, everywhere)))):
        text, detail, found = "parallel lines", "parallel lines run through the photo", lined
    if not found:
        return ()
    support = _best_patch(found, shown[[one in found for one in seen]], grid)
    detail += f" in {len(found)} of {len(seen)} photos"
    return (_phrase(text, len(found) / len(seen), detail, support),)


def _that(seen: Sequence[_Seen], shows: Callable[[_Seen], bool]) -> list[_Seen]:
    """The exemplars that show something, or none if they are too few of all: then not all are asked."""
    found: list[_Seen] = []
    for asked, one in enumerate(seen):
        if len(found) + len(seen) - asked < _CLEARLY * len(seen):
            return []
        if shows(one):
            found.append(one)
    return found if len(found) >= _CLEARLY * len(seen) else []


def _phrase(text: str, shown: float, detail: str, support: PhraseSource) -> WrittenPhrase:
    """What a share of the exemplars shows, how that was measured, and where it is seen best."""
    # Names of classes stand in it, and may be long.
    return WrittenPhrase(text, "offline", support, Knowledge("measured", round(shown, 3), detail[:LONGEST_DETAIL]))


def _best_patch(seen: Sequence[_Seen], marked: Shares, grid: tuple[int, int]) -> PhraseSource:
    """The exemplar and patch that hold most of marked shares ``(E, N)``; of several the patch amid most of them."""
    wide = np.pad(marked.reshape(-1, *grid), ((0, 0), (1, 1), (1, 1)))
    beside = wide[:, 1:-1, 2:] + wide[:, 1:-1, :-2] + wide[:, 2:, 1:-1] + wide[:, :-2, 1:-1]
    amid = wide[:, 1:-1, 1:-1] + beside / 8
    number, patch = divmod(int(amid.argmax()), marked.shape[1])
    return PhraseSource(seen[number].place, seen[number].sha256, patch, round(min(float(amid.max()), 1.0), 4))


def _lab(exemplar: Exemplar, encoder: ClipEncoder) -> NDArray[np.float32] | None:
    """The part of a photo that the grid covers, in CIELAB; None if the file is gone or another."""
    from PIL import Image

    from spa_desktop.photos.opening import PhotoError, open_photo

    height, width = encoder.grid
    pixels = max(1, round(_SIDE / max(height, width)))
    try:
        photo = open_photo(exemplar.path, at_least=2 * pixels * max(height, width), sha256=exemplar.sha256)
    except PhotoError:
        return None
    left, top, right, bottom = (round(side) for side in encoder.crop_box(photo.size))
    small = photo.crop((left, top, right, bottom)).resize((width * pixels, height * pixels), Image.Resampling.BOX)
    return lab_of(np.asarray(small))
