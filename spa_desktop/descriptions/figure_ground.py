"""Which pixels of a photo are the thing (ours).

The patches that are like the class say roughly where it is, and the colours there say exactly: histograms of the
colours of thing and ground, and the mask that follows from them, are found in turn, as GrabCut does (Rother, Kolmogorov
and Blake, SIGGRAPH 2004), with a blur in place of its graph cut. Where several colours
meet the mask errs on the side of too much, for else things of two colours lose one of them. Sizes are those of a photo
of about 144 pixels a side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEAST_LIKE, _MOST_LIKE = 0.35, 0.85  # shares of the patches: below is surely ground, above surely thing
_SURE = 0.9
_RIM = 0.13  # of a side: things are seldom at the very rim
_AT_THE_RIM = 0.35  # of what is believed elsewhere
_BINS = 12  # of a colour histogram, along each axis of CIELAB
_RANGES = ((0.0, 100.0), (-60.0, 60.0), (-60.0, 60.0))
_BINS_BLUR, _UNSEEN = 0.7, 1e-5
_ROUNDS = 3
_BLUR, _COLOUR_COUNTS = 1.5, 4.0  # pixels; times what the patches say
_PIECE = 0.3  # of the largest piece: smaller ones are left out


def thing_in(lab: Floats, heat: NDArray[np.float64], grid: tuple[int, int]) -> Mask:
    """The pixels of the thing.

    Args:
        lab: a photo in CIELAB, ``(H, W, 3)``.
        heat: how much each patch is like the class, ``(N,)``; only their order counts.
        grid: ``(h, w)`` of the patches, ``h w = N``.

    Returns:
        ``(H, W)``; all False where nothing stands out.

    >>> lab = np.zeros((90, 90, 3), np.float32)
    >>> lab[30:60, 30:60] = 60, 60, 40
    >>> heat = -np.hypot(*(np.mgrid[:9, :9] - 4)).ravel()
    >>> thing_in(lab, heat, (9, 9))[[45, 31, 20, 5], 45].tolist()
    [True, True, False, False]
    """
    from scipy import ndimage

    prior = _prior(heat, grid, lab.shape[:2])
    bins = _bins(lab)
    thing = prior
    for _ in range(_ROUNDS):
        log_odds = np.log(_histogram(bins, thing) / _histogram(bins, 1 - thing))[bins]
        seen = _COLOUR_COUNTS * ndimage.gaussian_filter(log_odds, _BLUR) + np.log(prior / (1 - prior))
        thing = 1 / (1 + np.exp(-seen))
    mask = ndimage.binary_opening(thing > 0.5)
    pieces, count = ndimage.label(mask)
    if count == 0:
        return np.zeros(mask.shape, bool)
    sizes = ndimage.sum_labels(mask, pieces, np.arange(1, count + 1))
    large = np.flatnonzero(sizes >= _PIECE * sizes.max()) + 1
    return np.asarray(ndimage.binary_fill_holes(np.isin(pieces, large)), bool)


def _prior(heat: NDArray[np.float64], grid: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """How likely each pixel is the thing, by its patch and its distance from the rim."""
    from PIL import Image

    height, width = shape
    smooth = Image.fromarray(heat.reshape(grid).astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    order = np.asarray(smooth).ravel().argsort(kind="stable").argsort().reshape(shape) / (height * width)
    likely = np.clip((order - _LEAST_LIKE) / (_MOST_LIKE - _LEAST_LIKE), 1 - _SURE, _SURE)
    rows, columns = (np.minimum(np.arange(side), side - 1 - np.arange(side)) / side for side in shape)
    inside = np.minimum(rows[:, None], columns[None, :]) / _RIM
    return (likely * np.clip(_AT_THE_RIM + (1 - _AT_THE_RIM) * inside, 0, 1)).astype(np.float32)


def _bins(lab: Floats) -> NDArray[np.int64]:
    """The bin of each pixel's colour, ``(H, W)``."""
    found = np.zeros(lab.shape[:2], np.int64)
    for axis, (low, high) in enumerate(_RANGES):
        places = np.round((lab[..., axis] - low) / (high - low) * (_BINS - 1)).astype(np.int64)
        found = found * _BINS + places.clip(0, _BINS - 1)
    return found


def _histogram(bins: NDArray[np.int64], weights: Floats) -> Floats:
    """The share of each colour among the pixels that are weighed, blurred; never zero."""
    from scipy import ndimage

    counts = np.bincount(bins.ravel(), weights.ravel(), _BINS**3).reshape((_BINS,) * 3)
    blurred = ndimage.gaussian_filter(counts, _BINS_BLUR) / max(counts.sum(), _UNSEEN)
    return np.asarray(blurred + _UNSEEN, np.float32).ravel()
