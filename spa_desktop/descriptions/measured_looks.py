"""What can be measured on a class's photos: colours, pattern, outline of the thing, and the ground behind it (ours).

Something is said of the class when nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    thing_in,
)
from spa_desktop.descriptions.model import LONGEST_DETAIL, Exemplar, Knowledge, PhraseSource, WrittenPhrase

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Shares = NDArray[np.float64]

_THREADS = 2  # decoding, filters and sums of two photos run at once
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
_WHOLE = 0
# What tells a class from its nearest ones.
_TELLING, _DULL_TELLING = 0.08, 0.16  # of the thing, or of a part of it, in all exemplars but one in six
_HAS_NOT = 0.35  # of that share, at the most, in all exemplars of the other class but one in six; and of the means
_SIDED = 1.6  # times the share at the other end
_MOST_TELLING = 3  # phrases
# White in the shade is grey on any photo.
_UNSURE = frozenset({"grey"})


@dataclass(frozen=True)
class _Seen:
    """An exemplar: its place among them, its pixels in CIELAB and their colours, and which of them are the thing."""

    place: int
    sha256: str
    lab: NDArray[np.float32]
    colours: NDArray[np.int8]
    thing: Mask

    @property
    def parts(self) -> tuple[Mask, ...]:
        """The pixels of the thing, and those of each part."""
        pixels = np.flatnonzero(self.thing)  # row by row
        ends = []
        for some in (pixels[: len(pixels) // 3], pixels[-(len(pixels) // 3) :]):
            ends.append(np.zeros(self.thing.size, bool))
            ends[-1][some] = True
        return (self.thing, *(end.reshape(self.thing.shape) for end in ends))


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
            is_clear = name not in _UNSURE and mean[part, colour] >= _STANDS_OUT * rest[colour]
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

    def look(place: int) -> _Seen | None:
        lab = _lab(exemplars[place], encoder)
        if lab is None:
            return None
        return _Seen(place, exemplars[place].sha256, lab, names_of(lab), thing_in(lab, heat[place], encoder.grid))

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="looks") as pool:
        looked = list(pool.map(look, range(len(exemplars))))
    seen = [one for one in looked if one is not None and 0 < one.thing.sum() < one.thing.size]
    if len(seen) < _FEWEST:
        nothing = np.zeros((0, len(_PLACES), len(NAMES)))
        return Looks(nothing, nothing[:, 0], 0.0, {}, ())
    parts = [one.parts for one in seen]
    shares = np.array([[_shares(one.colours[part]) for part in mine] for one, mine in zip(seen, parts, strict=True)])
    supports = {
        (part, int(colour)): _best_patch(
            [(one, mine[part] & (one.colours == colour)) for one, mine in zip(seen, parts, strict=True)], encoder.grid
        )
        for part, colour in np.argwhere(shares.mean(0) >= _SOME)
    }
    rest = np.array([_shares(one.colours[~one.thing]) for one in seen])
    covered = float(np.mean([one.thing.mean() for one in seen]))
    return Looks(shares, rest, covered, supports, (*_patterns(seen, encoder.grid), *_ground(seen)))


def _shares(colours: NDArray[np.int8]) -> Shares:
    """The share of each name among pixels."""
    return np.bincount(colours[colours >= 0], minlength=len(NAMES)) / max(len(colours), 1)


def _patterns(seen: Sequence[_Seen], grid: tuple[int, int]) -> list[WrittenPhrase]:
    """Stripes, dots and round outlines; lines that run all over the photo are no pattern of the thing."""
    everywhere = np.ones_like(seen[0].thing)
    striped = _that(seen, lambda one: is_striped(one.lab, one.thing), _CLEARLY)
    lined = _that(seen if striped else (), lambda one: is_striped(one.lab, everywhere), _CLEARLY)
    dotted = _that(seen, lambda one: is_dotted(one.lab, one.thing), _DOTTED)
    disc = _that(seen, lambda one: is_round(one.thing), _CLEARLY)
    looks = []
    for text, what, shown in (
        ("parallel lines", "parallel lines run through the photo", lined),
        ("striped pattern", "the thing has parallel stripes", [] if lined else striped),
        ("pattern of dots", "the thing has round dots of one size", dotted),
        ("round shape", "the outline of the thing is a disc", disc),
    ):
        if shown:
            detail = f"{what} in {len(shown)} of {len(seen)} photos"
            support = _best_patch([(one, one.thing) for one in shown], grid)
            looks.append(_phrase(text, len(shown) / len(seen), detail, support))
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
    plain: list[tuple[_Seen, int]] = []
    for one in seen:
        rim = np.ones(one.thing.shape, bool)
        deep = max(1, round(_EDGE * min(rim.shape)))
        rim[deep:-deep, deep:-deep] = False
        median = np.median(one.lab[rim], axis=0)
        is_one_colour = np.linalg.norm(one.lab[rim] - median, axis=-1) < _ONE_COLOUR
        is_flat = np.hypot(*np.gradient(one.lab[..., 0]))[rim] < _FLAT
        if is_one_colour.mean() >= _GROUND and is_flat.mean() >= _GROUND:
            plain.append((one, int(names_of(median[None])[0])))
    share = len(plain) / len(seen)
    if share < _NEARLY_ALL:
        return []
    names = [colour for _, colour in plain]
    usual = max(set(names), key=names.count)
    colour = f"{NAMES[usual]} " if usual >= 0 and names.count(usual) >= _NEARLY_ALL * len(seen) else ""
    detail = f"the photo's rim has one colour in {len(plain)} of {len(seen)} photos"
    support = PhraseSource(plain[0][0].place, plain[0][0].sha256, 0, 0.0)
    return [_phrase(f"plain {colour}background", share, detail, support)]


def _phrase(text: str, shown: float, detail: str, support: PhraseSource) -> WrittenPhrase:
    """What a share of the exemplars shows, how that was measured, and where it is seen best."""
    # Names of classes stand in it, and may be long.
    return WrittenPhrase(text, "offline", support, Knowledge("measured", round(shown, 3), detail[:LONGEST_DETAIL]))


def _best_patch(marked: Sequence[tuple[_Seen, Mask]], grid: tuple[int, int]) -> PhraseSource:
    """The exemplar and patch that hold most marked pixels; of several patches the one amid most of them."""
    height, width = grid
    best = (-1.0, 0, 0)
    for number, (_, mark) in enumerate(marked):
        share = mark.reshape(height, len(mark) // height, width, mark.shape[1] // width).mean((1, 3))
        padded = np.pad(share, 1)
        amid = share + sum(padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
                           for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))) / 8  # fmt: skip
        patch = int(amid.argmax())
        best = max(best, (float(amid.flat[patch]), -number, patch))
    one, _ = marked[-best[1]]
    return PhraseSource(one.place, one.sha256, best[2], round(min(best[0], 1.0), 4))


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
