"""What can be measured on a class's photos: colours of the thing that its nearest classes have not, and texture (ours).

Something is said of the class when nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.measured_pixels import BETWEEN, NAMES, Mask, lab_of, names_of, texture_of, things_in
from spa_desktop.descriptions.model import LONGEST_DETAIL, Exemplar, Knowledge, PhraseSource, WrittenPhrase

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Shares = NDArray[np.float64]

_SIDE = 144  # pixels, about, of a photo that is measured
_FEWEST = 4  # exemplars that say something of a class
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
# Of two or three hues side by side: in all exemplars but one in six, and with those beside them, at most, in others.
_RUN_LEAST, _RUN_HAS_NOT = 0.45, 0.5
_RUN_EACH = 0.12  # of what they cover: what is said of each, or people do not agree that it is not
_ALL = (*NAMES, *BETWEEN)
_UNSURE = frozenset({"grey", "brown"})  # in the shade white is grey, and orange, pink and yellow are brown


@dataclass(frozen=True, eq=False)
class _Seen:
    """An exemplar: its place among them, its pixels in CIELAB, which of them are the thing, and :func:`_counted`."""

    place: int
    sha256: str
    lab: NDArray[np.float32]
    thing: Mask
    counts: NDArray[np.int64]


# Texture: a phrase, what is measured, and its bound, which all exemplars but one in six are on the right side of. One
# that means less of what is measured has a sign.
_TEXTURES = (
    ("parallel lines that run one way", "of 100, how far lines run one way:", 1, 50.0),
    ("even texture all over", "how uneven the photo is, in per cent:", -1, 21.0),
)


@dataclass(frozen=True)
class Looks:
    """What the exemplars of a class show by measure; E of them could be opened."""

    shares: Shares  # ``(E, 3, 14)`` of the thing, its upper and its lower third, by :data:`NAMES` and :data:`BETWEEN`
    rest: Shares  # ``(E, 14)`` of what is around the thing
    texture: Shares  # ``(E, 2)``: what :data:`_TEXTURES` are said of
    supports: Mapping[tuple[int, int], PhraseSource]  # where a colour of the thing, or of a third of it, is seen best
    amid: PhraseSource | None  # where the thing itself is seen best

    def contradict(self, text: str) -> bool:
        """Whether a text names colours, not one or another, of which the things have less than is called "partly"."""
        named = " or " not in text and [place for place, name in enumerate(NAMES) if re.search(rf"\b{name}\b", text)]
        if not named or len(self.shares) < _FEWEST:
            return False
        return bool(self.shares[:, _WHOLE, named].sum(1).mean() < _PARTLY)

    def telling(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        """Colours of the thing or of an end of it that some of the nearest classes have not, the most of them first.

        A hue that most of the thing has is said in any case, and texture last.
        """
        if len(self.shares) < _FEWEST:
            return []
        nearest = {other: looks for other, looks in nearest.items() if len(looks.shares) >= _FEWEST}
        colours = self._colours(nearest) or self._run_of_hues(nearest)
        return [*colours, *self._textures(nearest)]

    def _colours(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
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
            if not is_clear or is_shifted or _in_most(ahead) < 0 or least[part, colour] < wanted:
                continue
            share = mean[part, colour]
            means = {other: looks.shares[:, part, colour].mean() for other, looks in nearest.items()}
            without = {other: 100 * much for other, much in means.items() if much <= _HAS_NOT * share}
            is_vivid_all_over = name in _HUES and part == _WHOLE and share >= _MOSTLY  # that is said of any class
            if is_vivid_all_over or (without and (name != "white" or share >= _PARTLY)):  # there is some white on all
                how_much = "mostly" if share >= _MOSTLY else "partly" if share >= _PARTLY else "some"
                where = ("the thing", "its upper third", "its lower third")[part]
                phrase = _phrase(
                    f"{name}{_PLACES[part]}" if part else f"{how_much} {name}",
                    float((self.shares[:, part, colour] >= wanted).mean()),
                    f"{name} covers {100 * share:.0f} % of {where}{_not_so(without, ' %')}",
                    self.supports[part, colour],
                )
                found.append((len(without) + float(share), phrase))
        return [phrase for _, phrase in sorted(found, key=lambda one: -one[0])[:_MOST_TELLING]]

    def _run_of_hues(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        """The two or three hues side by side that most of the thing has: those that most exemplars show, the fewer."""
        whole, found = self.shares[:, _WHOLE], []
        for place, length in product(range(len(_HUES)), (1, 2, 3)):
            hues = [_HUES[(place + step) % 7] for step in range(length)]
            between = [f"{one} or {other}" for one, other in pairwise(hues)]
            run = [_ALL.index(one) for one in (*hues, *between) if one in _ALL]
            has = whole[:, run].sum(1)
            each = [whole[:, [one for one in run if hue in _ALL[one]]].sum(1).mean() for hue in hues]
            is_clear = has.mean() >= max(_MOSTLY, _STANDS_OUT * self.rest[:, run].sum(1).mean())
            if is_clear and _in_most(has) >= _RUN_LEAST and min(each) >= _RUN_EACH * has.mean():
                found.append((float((has >= _RUN_LEAST).mean()), -length, float(has.mean()), place, run))
        shown, length, share, place, run = max(found, default=(0.0, -1, 0.0, 0, []))
        if length == -1:  # a single hue is said with where it is, or not at all
            return []
        before, *hues, after = (_HUES[(place + step) % 7] for step in range(-1, 1 - length))
        wide = [*run, _ALL.index(before), _ALL.index(after)]  # who has those may have these in another light
        theirs = {other: looks.shares[:, _WHOLE].mean(0) for other, looks in nearest.items()}
        without = {
            other: 100 * some[run].sum()
            for other, some in theirs.items()
            if some[run].sum() <= _HAS_NOT * share and some[wide].sum() <= _RUN_HAS_NOT * share
        }
        text = " or ".join((", ".join(hues[:-1]), hues[-1]))
        detail = f"{text} covers {100 * share:.0f} % of the thing{_not_so(without, ' %')}"
        leads = max(run, key=lambda one: whole[:, one].mean())
        return [_phrase(f"mostly {text}", shown, detail, self.supports[_WHOLE, leads])]

    def _textures(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        said = []
        for column, (text, what, sign, bound) in enumerate(_TEXTURES):
            own, most = sign * self.texture[:, column], sign * bound
            if self.amid and _in_most(own) >= most:
                theirs = {other: looks.texture[:, column] for other, looks in nearest.items()}
                without = {
                    other: middle
                    for other, some in theirs.items()
                    if np.isfinite(middle := float(np.median(some))) and -_in_most(-sign * some) < most
                }
                detail = f"{what} {np.median(self.texture[:, column]):.0f}{_not_so(without)}"
                said.append(_phrase(text, float((own >= most).mean()), detail, self.amid))
        return said

    def _part_of(self, colour: int) -> int:
        """The end of the thing where a colour is, else the whole."""
        _, top, bottom = self.shares[:, :, colour].mean(0)
        is_at = (False, top >= _SIDED * bottom, bottom >= _SIDED * top)
        shown = np.sort(self.shares[:, :, colour], axis=0)[len(self.shares) // 6]
        return next((part for part in (1, 2) if is_at[part] and shown[part] > shown[_WHOLE]), _WHOLE)


def _in_most(values: Shares) -> float:
    """What all but one in six reach."""
    return float(np.sort(values)[len(values) // 6])


def _not_so(others: Mapping[str, float], unit: str = "") -> str:
    """Which of the nearest classes have not what is said, with how much they have."""
    return f"; not so {', '.join(f'{other} ({much:.0f}{unit})' for other, much in others.items())}" if others else ""


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
            nothing = np.zeros((0, len(_PLACES), len(_ALL)))
            return Looks(nothing, nothing[:, 0], nothing[:, 0], {}, None)
        counts = np.stack([one.counts for one in seen], axis=1)
        parts = np.stack([counts[1:].sum(0), counts[1], counts[3]], axis=1)
        in_patches = parts / (seen[0].thing.size / parts.shape[2])
        shares, (rest, *_) = _shares(parts), _shares(counts)
        supports = {
            (part, colour): _best_patch(seen, in_patches[:, part, :, colour], encoder.grid)
            for part, colour in np.argwhere(shares.mean(0) >= _TELLING / 2).tolist()
        }
        amid = _best_patch(seen, in_patches[:, _WHOLE].sum(-1), encoder.grid)
        return Looks(
            shares, rest, 100 * np.array([texture_of(one.lab[..., 0], one.thing) for one in seen]), supports, amid
        )


def _counted(colours: NDArray[np.int8], things: Mask, grid: tuple[int, int]) -> NDArray[np.int64]:
    """How many pixels of photos ``(E, H, W)`` have which name: ``(E, 4, N, 15)``.

    On each patch: around the thing, and in its upper, middle and lower third. The last name stands for none.
    """
    count, height, width = colours.shape
    rows, columns = (np.arange(side) // (side // patches) for side, patches in zip((height, width), grid, strict=True))
    patch = (rows[:, None] * grid[1] + columns).ravel()
    flat = things.reshape(count, -1)
    place, pixels = flat.cumsum(1) - 1, flat.sum(1)[:, None]  # row by row
    third = (1 + (place >= pixels // 3) + (place >= pixels - pixels // 3)) * flat
    name = np.where(colours < 0, len(_ALL), colours).reshape(count, -1)
    shape = (count, 4, grid[0] * grid[1], len(_ALL) + 1)
    index = ((np.arange(count)[:, None] * 4 + third) * shape[2] + patch) * shape[3] + name
    return np.bincount(index.ravel(), minlength=int(np.prod(shape))).reshape(shape)


def _shares(counts: NDArray[np.int64]) -> Shares:
    """The share of each name among the pixels ``(..., N, 15)`` of all patches: ``(..., 14)``."""
    names = counts.sum(-2)
    return np.asarray(names[..., :-1] / names.sum(-1, keepdims=True).clip(1))


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
