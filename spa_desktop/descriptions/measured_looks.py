"""What can be measured on the photos themselves: colours of the thing, and a plain ground behind it (ours).

Where the thing is in a photo is told by its patches: those that are most like the class as a whole, both seen from the
mean of everyday photos. A colour is said of the class when nearly all of its exemplars show it there, and less of it
around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.colour_naming import NAMES, lab_of, names_of
from spa_desktop.descriptions.model import Exemplar, PhraseSource

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Floats = NDArray[np.float64]

_PIXELS = 12  # along a side of a patch
_THING = 0.4  # of the patches are taken for the thing
_FEWEST = 4  # exemplars that say something of a class
_MOSTLY, _PARTLY, _SOME = 0.45, 0.15, 0.06  # mean share of the thing that is "mostly", "partly" or "some" so coloured
_LEAST = 0.6  # of that share, in all exemplars but one in six
_STANDS_OUT, _SOME_STANDS_OUT = 1.5, 2.0  # times the share around the thing
_EVERYWHERE, _DULL_EVERYWHERE = 0.42, 0.7  # of the whole photo: the colour of a place
# Shadows, poor light and wood are black, grey and brown on any photo: these have to be clearer.
_DULL = frozenset({"black", "grey", "white", "brown"})
_DULL_SHARE = 0.5
_GROUND = 0.75  # of the photo's rim is white, in all exemplars but one in six
_RIM = 0.08  # of a side


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
        (index, one, colours) for index, one in enumerate(exemplars) if (colours := _colours(one, encoder)) is not None
    ]
    if len(seen) < _FEWEST:
        return [], frozenset()
    height, width = encoder.grid
    on, around, maps = [], [], []
    for index, _, colours in seen:
        thing = np.zeros(height * width)
        thing[np.argsort(-heat[index], kind="stable")[: max(1, round(_THING * len(thing)))]] = 1
        mask = np.kron(thing.reshape(height, width), np.ones((_PIXELS, _PIXELS))) > 0
        on.append([float(np.mean(colours[mask] == colour)) for colour in range(len(NAMES))])
        around.append([float(np.mean(colours[~mask] == colour)) for colour in range(len(NAMES))])
        maps.append(colours)
    shares, rest = np.array(on), np.array(around)
    places = [(index, one.sha256) for index, one, _ in seen]
    looks = [*_thing_colours(shares, rest, maps, places, (height, width)), *_ground(maps, places)]
    return looks, frozenset(NAMES[colour] for colour in np.flatnonzero(np.sort(shares, axis=0)[1] >= _PARTLY / 2))


def _thing_colours(
    shares: Floats, rest: Floats, maps: list[NDArray[np.int8]], places: list[tuple[int, str]], grid: tuple[int, int]
) -> list[Look]:
    mean, least = shares.mean(0), np.sort(shares, axis=0)[len(shares) // 6]
    whole = _THING * mean + (1 - _THING) * rest.mean(0)
    found = []
    for colour in np.argsort(-mean):
        name = NAMES[colour]
        if name in _DULL and mean[colour] < _DULL_SHARE:
            continue
        least_ratio = _STANDS_OUT if mean[colour] >= _PARTLY else _SOME_STANDS_OUT
        stands_out = mean[colour] >= least_ratio * rest[:, colour].mean()
        is_place = whole[colour] >= (_DULL_EVERYWHERE if name in _DULL else _EVERYWHERE)
        if mean[colour] >= _SOME and least[colour] >= _LEAST * mean[colour] and (stands_out or is_place):
            found.append(int(colour))
    looks = []
    for colour in found[:2]:
        shown = float((shares[:, colour] >= _LEAST * mean[colour]).mean())
        covers, beside = 100 * mean[colour], 100 * rest[:, colour].mean()
        detail = f"{NAMES[colour]} covers {covers:.0f} % of the thing, {beside:.0f} % around it"
        how = "mostly" if mean[colour] >= _MOSTLY else "partly" if mean[colour] >= _PARTLY else "some"
        looks.append(Look(f"{how} {NAMES[colour]}", shown, detail, _best_patch(colour, maps, places, grid)))
    return looks


def _ground(maps: list[NDArray[np.int8]], places: list[tuple[int, str]]) -> list[Look]:
    """A plain white ground, as in catalogues."""
    white = NAMES.index("white")
    rims = [_rim(colours) == white for colours in maps]
    share = np.array([rim.mean() for rim in rims])
    shown = float((share >= _GROUND).mean())
    if shown < 5 / 6 - 1e-6:
        return []
    index, sha256 = places[int(share.argmax())]
    return [Look("plain white background", shown, f"{100 * share.mean():.0f} % of the photos' rim is white",
                 PhraseSource(index, sha256, 0, 0.0))]  # fmt: skip


def _rim(colours: NDArray[np.int8]) -> NDArray[np.int8]:
    deep = max(1, round(_RIM * min(colours.shape)))
    inner = np.zeros(colours.shape, bool)
    inner[deep:-deep, deep:-deep] = True
    return colours[~inner]


def _best_patch(
    colour: int, maps: list[NDArray[np.int8]], places: list[tuple[int, str]], grid: tuple[int, int]
) -> PhraseSource:
    """The exemplar and patch that hold most of a colour; of several patches the one amid most of it."""
    height, width = grid
    best = (-1.0, 0, 0)
    for place, colours in enumerate(maps):
        share = (colours == colour).reshape(height, _PIXELS, width, _PIXELS).mean((1, 3))
        padded = np.pad(share, 1)
        amid = share + sum(padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
                           for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))) / 8  # fmt: skip
        patch = int(amid.argmax())
        best = max(best, (float(amid.flat[patch]), -place, patch))
    index, sha256 = places[-best[1]]
    return PhraseSource(index, sha256, best[2], round(min(best[0], 1.0), 4))


def _colours(exemplar: Exemplar, encoder: ClipEncoder) -> NDArray[np.int8] | None:
    """The names of colours in the part of a photo that the grid covers; None if the file is gone or another."""
    from PIL import Image

    from spa_desktop.photos.opening import PhotoError, open_photo

    height, width = encoder.grid
    try:
        photo = open_photo(exemplar.path, at_least=2 * _PIXELS * max(height, width), sha256=exemplar.sha256)
    except PhotoError:
        return None
    left, top, right, bottom = (round(side) for side in encoder.crop_box(photo.size))
    small = photo.crop((left, top, right, bottom)).resize((width * _PIXELS, height * _PIXELS), Image.Resampling.BOX)
    return names_of(lab_of(np.asarray(small)))
