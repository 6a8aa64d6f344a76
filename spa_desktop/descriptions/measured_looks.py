"""What can be measured on a class's photos: colours, pattern, outline of the thing, and the ground behind it (ours).

Something is said of the class when nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.measured_pixels import (
    NAMES,
    Mask,
    is_dotted,
    is_round,
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
_NEARLY_ALL = 5 / 6 - 1e-6  # of the exemplars
_CLEARLY, _DOTTED = 0.6, 0.5  # of the exemplars: these are seldom found where they are not, and often overlooked
_MOSTLY, _PARTLY, _SOME = 0.5, 0.15, 0.06  # mean share of the thing that is "mostly", "partly" or "some" so coloured
_LEAST, _DULL_LEAST = 0.6, 0.7  # of that share, in all exemplars but one in six
_STANDS_OUT, _SOME_STANDS_OUT = 1.5, 2.0  # times the share around the thing
_EVERYWHERE, _DULL_EVERYWHERE = 0.42, 0.7  # of the whole photo: the colour of a place
# Shadows, poor light and wood are black, grey and brown on any photo: these have to be clearer.
_DULL = frozenset({"black", "grey", "white", "brown"})
_GROUND = 0.75  # of the photo's rim has one colour
_EDGE = 0.08  # of a side
_ONE_COLOUR, _FLAT = 14.0, 2.0  # in CIELAB: from the rim's median, and from pixel to pixel


# The thing, the upper third of its pixels and the lower: the head of a bird that sits is at the top.
_PLACES = ("", " at the top", " at the bottom")
_WHOLE, _BOTTOM = 0, 2
# What tells a class from its nearest ones.
_TELLING, _DULL_TELLING = 0.08, 0.16  # of the thing, or of a part of it, in all exemplars but one in six
_HAS_NOT = 0.35  # of that share, at the most, in all exemplars of the other class but one in six; and of the means
_SIDED = 1.6  # times the share at the other end
_MOST_TELLING = 3  # phrases
# White in the shade is grey on any photo, and light comes from above.
_UNSURE, _DARK = frozenset({"grey"}), frozenset({"black", "brown"})


@dataclass(frozen=True, eq=False)
class _Seen:
    """An exemplar: its place among them, its pixels in CIELAB, which of them are the thing, and :func:`_counted`."""

    place: int
    sha256: str
    lab: NDArray[np.float32]
    thing: Mask
    counts: NDArray[np.int64]

    @cached_property
    def tones(self) -> tuple[NDArray[np.float32], Mask]:
        return tones_in(self.lab, self.thing)


@dataclass(frozen=True)
class Looks:
    """What the exemplars of a class show by measure; E of them could be opened.

    Attributes:
        shares: ``(E, 3, 11)`` of the thing, its upper and its lower third, by :data:`NAMES`.
        rest: ``(E, 11)`` of what is around the thing.
        covered: how much of a photo the thing is, in the mean.
        supports: where a colour of the thing, or of a third of it, is seen best.
        others: phrases on patterns, outline and ground.
    """

    shares: Shares
    rest: Shares
    covered: float
    supports: Mapping[tuple[int, int], PhraseSource]
    others: tuple[WrittenPhrase, ...]

    @property
    def colours(self) -> frozenset[str]:
        """The names of all colours that the things have to any degree."""
        if len(self.shares) < _FEWEST:
            return frozenset()
        return frozenset(
            NAMES[one] for one in np.flatnonzero(np.sort(self.shares[:, _WHOLE], axis=0)[1] >= _PARTLY / 2)
        )

    def contradict(self, text: str) -> bool:
        """Whether a text names colours, not one or another, of which the things have less than is called "partly"."""
        named = " or " not in text and [place for place, name in enumerate(NAMES) if re.search(rf"\b{name}\b", text)]
        if not named or len(self.shares) < _FEWEST:
            return False
        return bool(self.shares[:, _WHOLE, named].sum(1).mean() < _PARTLY)

    def said(self, nearest: Mapping[str, Looks]) -> tuple[list[WrittenPhrase], list[WrittenPhrase]]:
        """Colours that tell the class from its nearest ones; its other colours, patterns and ground.

        Args:
            nearest: looks of the classes that are most like it, by name.
        """
        if len(self.shares) < _FEWEST:
            return [], []
        telling = self._telling(nearest)
        told = {colour for colour, _ in telling}
        usual = [phrase for colour, phrase in self._usual() if colour not in told]
        return [phrase for _, phrase in telling], [*usual[: max(2 - len(told), 0)], *self.others]

    def _telling(self, nearest: Mapping[str, Looks]) -> list[tuple[int, WrittenPhrase]]:
        """Colours of the thing or of an end of it that some of the nearest classes have not, the most of them first."""
        least = np.sort(self.shares, axis=0)[len(self.shares) // 6]
        mean, rest = self.shares.mean(0), self.rest.mean(0)
        found: list[tuple[float, int, WrittenPhrase]] = []
        for colour, name in enumerate(NAMES):
            part = self._part_of(colour)
            wanted = _DULL_TELLING if name in _DULL else _TELLING
            is_shade = part == _BOTTOM and name in _DARK
            is_clear = name not in _UNSURE and not is_shade and mean[part, colour] >= _STANDS_OUT * rest[colour]
            if not is_clear or least[part, colour] < wanted:
                continue
            without = {}
            for other, looks in nearest.items():
                theirs = looks.shares[:, part, colour]
                most = np.sort(theirs)[::-1][len(theirs) // 6] if len(theirs) >= _FEWEST else 1.0
                if most <= _HAS_NOT * least[part, colour] and theirs.mean() <= _HAS_NOT * mean[part, colour]:
                    without[other] = 100 * theirs.mean()
            if without:
                what = f"{name}{_PLACES[part]}" if part else f"{_how_much(mean[part, colour])} {name}"
                where = ("the thing", "its upper third", "its lower third")[part]
                have_not = ", ".join(f"{other} ({share:.0f} %)" for other, share in without.items())
                detail = f"{name} covers {100 * mean[part, colour]:.0f} % of {where}; not so {have_not}"
                phrase = self._phrase(what, colour, part, wanted, detail)
                found.append((len(without) + float(mean[part, colour]), colour, phrase))
        return [(colour, phrase) for _, colour, phrase in sorted(found, key=lambda one: -one[0])[:_MOST_TELLING]]

    def _part_of(self, colour: int) -> int:
        """The end of the thing where a colour is, else the whole."""
        _, top, bottom = self.shares[:, :, colour].mean(0)
        is_at = (False, top >= _SIDED * bottom, bottom >= _SIDED * top)
        shown = np.sort(self.shares[:, :, colour], axis=0)[len(self.shares) // 6]
        return next((part for part in (1, 2) if is_at[part] and shown[part] > shown[_WHOLE]), _WHOLE)

    def _usual(self) -> list[tuple[int, WrittenPhrase]]:
        """Colours of the thing that stand out from what is around it, the one that covers most first."""
        shares, rest = self.shares[:, _WHOLE], self.rest.mean(0)
        mean, least = shares.mean(0), np.sort(shares, axis=0)[len(shares) // 6]
        whole = self.covered * mean + (1 - self.covered) * rest
        looks = []
        for colour in map(int, np.argsort(-mean)):
            is_dull = NAMES[colour] in _DULL
            least_ratio = _STANDS_OUT if mean[colour] >= _PARTLY else _SOME_STANDS_OUT
            # Leaves are around most of what grows: green has to be the thing's own.
            is_place = NAMES[colour] != "green" and whole[colour] >= (_DULL_EVERYWHERE if is_dull else _EVERYWHERE)
            is_own = mean[colour] >= least_ratio * rest[colour] or is_place
            is_steady = least[colour] >= (_DULL_LEAST if is_dull else _LEAST) * mean[colour]
            if mean[colour] >= (_MOSTLY if is_dull else _SOME) and is_steady and is_own:
                covers, beside = 100 * mean[colour], 100 * rest[colour]
                detail = f"{NAMES[colour]} covers {covers:.0f} % of the thing, {beside:.0f} % around it"
                text = f"{_how_much(mean[colour])} {NAMES[colour]}"
                looks.append((colour, self._phrase(text, colour, _WHOLE, _LEAST * mean[colour], detail)))
        return looks

    def _phrase(self, text: str, colour: int, part: int, least: float, detail: str) -> WrittenPhrase:
        shown = float((self.shares[:, part, colour] >= least).mean())
        return _phrase(text, shown, detail, self.supports[part, colour])


def _how_much(share: float) -> str:
    return "mostly" if share >= _MOSTLY else "partly" if share >= _PARTLY else "some"


def measured_looks(exemplars: Sequence[Exemplar], heat: Sequence[Shares], encoder: ClipEncoder) -> Looks:
    """What the photos of a class's exemplars show by measure; exemplars whose files are gone are passed over.

    Args:
        exemplars: of the class.
        heat: for each exemplar, how much each patch is like the class, ``(N,)``.
        encoder: whose grid the patches lie on.
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
            return Looks(nothing, nothing[:, 0], 0.0, {}, ())
        counts = np.stack([one.counts for one in seen], axis=1)
        parts = np.stack([counts[1:].sum(0), counts[1], counts[3]], axis=1)
        in_patches = parts / (seen[0].thing.size / parts.shape[2])
        shares, (rest, *_) = _shares(parts), _shares(counts)
        supports = {
            (part, colour): _best_patch(seen, in_patches[:, part, :, colour], encoder.grid)
            for part, colour in np.argwhere(shares.mean(0) >= _SOME).tolist()
        }
        whole = in_patches[:, _WHOLE].sum(-1)
        others = (*_patterns(seen, whole, encoder.grid, pool), *_ground(seen))
    return Looks(shares, rest, float(whole.mean()), supports, others)


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


def _patterns(
    seen: Sequence[_Seen], shown: Shares, grid: tuple[int, int], pool: ThreadPoolExecutor
) -> list[WrittenPhrase]:
    """Stripes, dots and round outlines; lines that run all over the photo are no pattern of the thing."""
    everywhere = np.ones_like(seen[0].thing)
    dotted, disc, striped = pool.map(
        lambda asked: _that(seen, *asked),
        (
            (lambda one: is_dotted(*one.tones), _DOTTED),
            (lambda one: is_round(one.thing), _CLEARLY),
            (lambda one: is_striped(*one.tones), _CLEARLY),
        ),
    )
    lined = _that(seen if striped else (), lambda one: is_striped(*tones_in(one.lab, everywhere)), _CLEARLY)
    looks = []
    for text, what, found in (
        ("parallel lines", "parallel lines run through the photo", lined),
        ("striped pattern", "the thing has parallel stripes", [] if lined else striped),
        ("pattern of dots", "the thing has round dots of one size", dotted),
        ("round shape", "the outline of the thing is a disc", disc),
    ):
        if found:
            detail = f"{what} in {len(found)} of {len(seen)} photos"
            support = _best_patch(found, shown[[one in found for one in seen]], grid)
            looks.append(_phrase(text, len(found) / len(seen), detail, support))
    return looks


def _that(seen: Sequence[_Seen], shows: Callable[[_Seen], bool], least: float) -> list[_Seen]:
    """The exemplars that show something, or none if they are less than a share of all: then not all are asked."""
    found: list[_Seen] = []
    for asked, one in enumerate(seen):
        if len(found) + len(seen) - asked < least * len(seen):
            return []
        if shows(one):
            found.append(one)
    return found if len(found) >= least * len(seen) else []


def _ground(seen: Sequence[_Seen]) -> list[WrittenPhrase]:
    """A plain ground, as in catalogues; with its colour where all have the same."""
    rim = np.ones(seen[0].thing.shape, bool)
    deep = max(1, round(_EDGE * min(rim.shape)))
    rim[deep:-deep, deep:-deep] = False
    names: list[int] = []

    def is_plain(one: _Seen) -> bool:
        median = np.median(one.lab[rim], axis=0)
        is_one_colour = np.linalg.norm(one.lab[rim] - median, axis=-1) < _ONE_COLOUR
        if is_one_colour.mean() < _GROUND or (np.hypot(*np.gradient(one.lab[..., 0]))[rim] < _FLAT).mean() < _GROUND:
            return False
        names.append(int(names_of(median[None])[0]))
        return True

    plain = _that(seen, is_plain, _NEARLY_ALL)
    if not plain:
        return []
    usual = max(set(names), key=names.count)
    colour = f"{NAMES[usual]} " if usual >= 0 and names.count(usual) >= _NEARLY_ALL * len(seen) else ""
    detail = f"the photo's rim has one colour in {len(plain)} of {len(seen)} photos"
    support = PhraseSource(plain[0].place, plain[0].sha256, 0, 0.0)
    return [_phrase(f"plain {colour}background", len(plain) / len(seen), detail, support)]


def _phrase(text: str, shown: float, detail: str, support: PhraseSource) -> WrittenPhrase:
    """What a share of the exemplars shows, how that was measured, and where it is seen best."""
    # Names of classes stand in it, and may be long.
    return WrittenPhrase(text, "offline", support, Knowledge("measured", round(shown, 3), detail[:LONGEST_DETAIL]))


def _best_patch(seen: Sequence[_Seen], marked: Shares, grid: tuple[int, int]) -> PhraseSource:
    """The exemplar and patch that hold most marked pixels; of several patches the one amid most of them.

    Args:
        seen: the exemplars.
        marked: ``(E, N)`` the share of the pixels of each patch.
        grid: of the patches.
    """
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
