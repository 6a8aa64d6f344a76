"""What can be told of the pattern and the outline of a thing: striped, dotted, round (ours).

Each is asked of one photo, and errs on the side of no: it is true of a class where most of its photos say yes. Sizes
are those of a photo of about 144 pixels a side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.figure_ground import Floats, Mask

_FEWEST_PIXELS = 200  # of a thing of which anything is said
_SMALLEST = 8  # pixels of a stripe or a dot
_STRIPES, _STRIPE_LONG, _STRIPE_FULL = 5, 3.0, 0.7  # so many, so much longer than wide, so straight
_IN_STRIPES, _PARALLEL = 0.35, 0.8  # of the tone's pixels; 1 is all in one direction
_TONES_APART = 8.0  # in CIELAB
_DOTS, _DOT_LONG, _DOT_FULL = 4, 1.9, 0.85
_LARGEST_DOT, _AT_EDGE = 0.06, 0.25  # of the thing; of a dot's rim
_IN_DOTS = 0.15  # of the pixels that are as much lighter or darker
_ALIKE = 0.3  # spread of the dots' sizes, by their mean
_BLURS, _DOT_APART = (5.0, 9.0), 7.0  # pixels around a dot, and how far it is from them in CIELAB
_ROUND_LONG, _ROUND_FULL = 1.25, 0.96
_NOTCH = 6  # pixels: a dark patch at the rim of a ball is easily taken for ground


class _Pieces(NamedTuple):
    """The connected pieces of a part of a thing, one a place.

    Attributes:
        pixels: how many each has.
        long: how long it is for its width.
        full: how much of its ellipse it fills.
        angle: its direction.
        at_edge: the share of its outline that is the thing's.
    """

    pixels: NDArray[np.float64]
    long: NDArray[np.float64]
    full: NDArray[np.float64]
    angle: NDArray[np.float64]
    at_edge: NDArray[np.float64]


def is_round(thing: Mask) -> bool:
    """Whether the outline of a thing is a disc: nearly as wide as long, and as full as its ellipse.

    Args:
        thing: its pixels, ``(H, W)``.

    >>> rows, columns = np.mgrid[-40:40, -40:40]
    >>> is_round(np.hypot(rows, columns) < 30), is_round(np.maximum(abs(rows), abs(columns)) < 30)
    (True, False)
    """
    if thing.sum() < _FEWEST_PIXELS:
        return False
    whole = _pieces(_without_notches(thing).astype(np.int32), thing)
    return bool(whole.long[0] <= _ROUND_LONG and whole.full[0] >= _ROUND_FULL)


def _without_notches(thing: Mask) -> Mask:
    """Closed by a disc: grown and shrunk again."""
    from scipy import ndimage

    grown = ndimage.distance_transform_edt(~np.pad(thing, _NOTCH)) <= _NOTCH
    closed = ndimage.distance_transform_edt(grown) > _NOTCH
    return np.asarray(ndimage.binary_fill_holes(closed[_NOTCH:-_NOTCH, _NOTCH:-_NOTCH]), bool)


def is_striped(lab: Floats, thing: Mask) -> bool:
    """Whether a thing of two tones has much of one of them in long pieces that all run the same way.

    Args:
        lab: a photo in CIELAB, ``(H, W, 3)``.
        thing: the pixels of the thing, ``(H, W)``.

    >>> rows, columns = np.mgrid[:96, :96]
    >>> lab = np.zeros((96, 96, 3), np.float32)
    >>> lab[..., 0] = 80 * (rows // 6 % 2)
    >>> is_striped(lab, rows >= 0), is_striped(lab, rows < 20)
    (True, False)
    """
    thing = _inner(thing)
    if thing.sum() < _FEWEST_PIXELS:
        return False
    tones = _tones(lab, thing)
    first, apart = _two_tones(tones, thing)
    if apart < _TONES_APART:
        return False
    for tone in (first, thing & ~first):
        found = _pieces(_labelled(tone), thing)
        is_bar = (found.long > _STRIPE_LONG) & (found.full > _STRIPE_FULL)
        sizes = found.pixels[is_bar]
        if len(sizes) < _STRIPES or sizes.sum() < _IN_STRIPES * tone.sum():
            continue
        if abs((sizes * np.exp(2j * found.angle[is_bar])).sum()) >= _PARALLEL * sizes.sum():
            return True
    return False


def is_dotted(lab: Floats, thing: Mask) -> bool:
    """Whether a thing has several round dots of one size, lighter or darker than what is around each.

    Args:
        lab: a photo in CIELAB, ``(H, W, 3)``.
        thing: the pixels of the thing, ``(H, W)``.

    >>> rows, columns = np.mgrid[:96, :96]
    >>> lab = np.zeros((96, 96, 3), np.float32)
    >>> lab[..., 0] = 80 * (np.hypot(rows % 24 - 12, columns % 24 - 12) < 4)
    >>> is_dotted(lab, rows >= 0), is_striped(lab, rows >= 0)
    (True, False)
    """
    from scipy import ndimage

    thing = _inner(thing)
    if thing.sum() < _FEWEST_PIXELS:
        return False
    tones = _tones(lab, thing)
    weight = thing.astype(np.float32)
    for blur in _BLURS:
        around = ndimage.gaussian_filter(tones, blur) / np.maximum(ndimage.gaussian_filter(weight, blur), 1e-3)
        difference = ndimage.gaussian_filter(tones, 0.7) - around
        for sign in (1, -1):
            marked = (sign * difference > _DOT_APART) & thing
            found = _pieces(_labelled(marked), thing)
            is_disc = (found.long < _DOT_LONG) & (found.full > _DOT_FULL) & (found.at_edge < _AT_EDGE)
            sizes = found.pixels[is_disc & (found.pixels < _LARGEST_DOT * thing.sum())]
            is_enough = len(sizes) >= _DOTS and sizes.sum() >= _IN_DOTS * marked.sum()
            if is_enough and sizes.std() <= _ALIKE * sizes.mean():
                return True
    return False


def _tones(lab: Floats, thing: Mask) -> Floats:
    """The colours of a thing along the direction in which they differ most, zero outside."""
    mean = lab[thing].mean(0)
    colours = lab[thing] - mean
    direction = np.linalg.eigh(colours.T @ colours)[1][:, -1]
    return np.where(thing, (lab - mean) @ direction, 0).astype(np.float32)


def _two_tones(tones: Floats, thing: Mask) -> tuple[Mask, float]:
    """The pixels of the upper of two tones, and how far apart the two are (Otsu, 1979)."""
    counts, edges = np.histogram(tones[thing], 64)
    centres = (edges[1:] + edges[:-1]) / 2
    below, summed = np.cumsum(counts)[:-1], np.cumsum(counts * centres)
    above = counts.sum() - below
    low, high = summed[:-1] / np.maximum(below, 1), (summed[-1] - summed[:-1]) / np.maximum(above, 1)
    best = int((below * above * (high - low) ** 2).argmax())
    return thing & (tones > edges[best + 1]), float(high[best] - low[best])


def _labelled(mask: Mask) -> NDArray[np.int32]:
    from scipy import ndimage

    return np.asarray(ndimage.label(mask)[0], np.int32)


def _pieces(labels: NDArray[np.int32], thing: Mask) -> _Pieces:
    """The pieces that are numbered from 1, without the smallest, each as the ellipse of the same second moments."""
    count = int(labels.max()) + 1
    rows, columns = np.nonzero(labels)
    which = labels[rows, columns]
    pixels = np.bincount(which, minlength=count).astype(float)
    kept = np.flatnonzero(pixels >= _SMALLEST)

    def mean_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(which, values, count)[kept] / pixels[kept], np.float64)

    down, right = rows.astype(float), columns.astype(float)
    mean_down, mean_right = mean_of(down), mean_of(right)
    a_pixel = 1 / 12  # it is a square, not a point
    vertical = mean_of(down**2) - mean_down**2 + a_pixel
    horizontal = mean_of(right**2) - mean_right**2 + a_pixel
    mixed = mean_of(down * right) - mean_down * mean_right
    middle, half = (vertical + horizontal) / 2, np.hypot((vertical - horizontal) / 2, mixed)
    narrow, wide = np.maximum(middle - half, a_pixel), middle + half
    return _Pieces(
        pixels[kept],
        np.sqrt(wide / narrow),
        pixels[kept] / (4 * np.pi * np.sqrt(narrow * wide)),
        np.arctan2(2 * mixed, horizontal - vertical) / 2,
        _at_edge(labels, thing, count)[kept],
    )


def _at_edge(labels: NDArray[np.int32], thing: Mask, count: int) -> NDArray[np.float64]:
    """The share of each piece's outline, counted in sides of pixels, that has no pixel of the thing beyond it."""
    outline, outside = np.zeros(count), np.zeros(count)
    piece, inside = np.pad(labels, 1), np.pad(thing, 1)
    for axis in (0, 1):
        for step in (1, -1):
            is_side = (piece > 0) & (np.roll(piece, step, axis) != piece)
            outline += np.bincount(piece[is_side], minlength=count)
            outside += np.bincount(piece[is_side & ~np.roll(inside, step, axis)], minlength=count)
    return outside / np.maximum(outline, 1)


def _inner(thing: Mask) -> Mask:
    """A thing without its rim, where its colours and those of the ground run into each other."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_erosion(thing, iterations=2), bool)
