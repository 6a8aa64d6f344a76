"""What can be measured on the photos: colours, pattern and outline of the thing, and the ground behind it (ours).

Which pixels are the thing is told by :mod:`spa_desktop.descriptions.figure_ground`. Something is said of the class when
nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.colour_naming import NAMES, lab_of, names_of
from spa_desktop.descriptions.figure_ground import Mask, thing_in
from spa_desktop.descriptions.measured_pattern import is_dotted, is_round, is_striped
from spa_desktop.descriptions.model import Exemplar, PhraseSource

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Floats = NDArray[np.float64]

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
_RIM = 0.08  # of a side
_ONE_COLOUR, _FLAT = 14.0, 2.0  # in CIELAB: from the rim's median, and from pixel to pixel


@dataclass(frozen=True)
class Look:
    """One measured phrase.

    Attributes:
        text: the phrase.
        certainty: the share of exemplars that show it.
        detail: what was measured, for the person.
        support: the exemplar and the patch that show it best.
    """

    text: str
    certainty: float
    detail: str
    support: PhraseSource


@dataclass(frozen=True)
class _Seen:
    """An exemplar: its place among them, its pixels in CIELAB and their colours, and which of them are the thing."""

    place: int
    sha256: str
    lab: NDArray[np.float32]
    colours: NDArray[np.int8]
    thing: Mask


def measured_looks(
    exemplars: Sequence[Exemplar], heat: Sequence[Floats], encoder: ClipEncoder
) -> tuple[list[Look], frozenset[str]]:
    """What the photos of a class's exemplars show by measure; exemplars whose files are gone are passed over.

    Args:
        exemplars: of the class.
        heat: for each exemplar, how much each patch is like the class, ``(N,)``.
        encoder: whose grid the patches lie on.

    Returns:
        Phrases, surest first, and the names of all colours that the things have to any degree.
    """
    seen = [
        _Seen(place, one.sha256, lab, names_of(lab), thing_in(lab, heat[place], encoder.grid))
        for place, one in enumerate(exemplars)
        if (lab := _lab(one, encoder)) is not None
    ]
    seen = [one for one in seen if 0 < one.thing.sum() < one.thing.size]
    if len(seen) < _FEWEST:
        return [], frozenset()
    shares = np.array([_shares(one.colours[one.thing]) for one in seen])
    rest = np.array([_shares(one.colours[~one.thing]) for one in seen])
    looks = [*_thing_colours(shares, rest, seen, encoder.grid), *_patterns(seen, encoder.grid), *_ground(seen)]
    return looks, frozenset(NAMES[colour] for colour in np.flatnonzero(np.sort(shares, axis=0)[1] >= _PARTLY / 2))


def _shares(colours: NDArray[np.int8]) -> list[float]:
    return [float(np.mean(colours == colour)) for colour in range(len(NAMES))]


def _thing_colours(shares: Floats, rest: Floats, seen: Sequence[_Seen], grid: tuple[int, int]) -> list[Look]:
    mean, least = shares.mean(0), np.sort(shares, axis=0)[len(shares) // 6]
    covered = np.mean([one.thing.mean() for one in seen])
    whole = covered * mean + (1 - covered) * rest.mean(0)
    found = []
    for colour in np.argsort(-mean):
        is_dull = NAMES[colour] in _DULL
        if is_dull and mean[colour] < _MOSTLY:
            continue
        least_ratio = _STANDS_OUT if mean[colour] >= _PARTLY else _SOME_STANDS_OUT
        stands_out = mean[colour] >= least_ratio * rest[:, colour].mean()
        is_place = whole[colour] >= (_DULL_EVERYWHERE if is_dull else _EVERYWHERE)
        is_steady = least[colour] >= (_DULL_LEAST if is_dull else _LEAST) * mean[colour]
        if mean[colour] >= _SOME and is_steady and (stands_out or is_place):
            found.append(int(colour))
    looks = []
    for colour in found[:2]:
        shown = float((shares[:, colour] >= _LEAST * mean[colour]).mean())
        covers, beside = 100 * mean[colour], 100 * rest[:, colour].mean()
        detail = f"{NAMES[colour]} covers {covers:.0f} % of the thing, {beside:.0f} % around it"
        how = "mostly" if mean[colour] >= _MOSTLY else "partly" if mean[colour] >= _PARTLY else "some"
        support = _best_patch([(one, one.colours == colour) for one in seen], grid)
        looks.append(Look(f"{how} {NAMES[colour]}", shown, detail, support))
    return looks


def _patterns(seen: Sequence[_Seen], grid: tuple[int, int]) -> list[Look]:
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
            looks.append(Look(text, len(shown) / len(seen), detail, support))
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


def _ground(seen: Sequence[_Seen]) -> list[Look]:
    """A plain ground, as in catalogues; with its colour where all have the same."""
    plain: list[tuple[_Seen, int]] = []
    for one in seen:
        rim = np.ones(one.thing.shape, bool)
        deep = max(1, round(_RIM * min(rim.shape)))
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
    return [
        Look(f"plain {colour}background", share, detail, PhraseSource(plain[0][0].place, plain[0][0].sha256, 0, 0.0))
    ]


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
