"""What is measured on one photo: the pixels of the thing, its texture, the names of its colours (ours)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Which pixels of a photo are the thing (ours).
#
# The patches that are like the class say roughly where it is, and the colours there say exactly: histograms of the
# colours of thing and ground, and the mask that follows from them, are found in turn, as GrabCut does (Rother,
# Kolmogorov and Blake, SIGGRAPH 2004), with a blur in place of its graph cut. Where several colours meet the mask errs
# on the side of too much, for else things of two colours lose one of them. Sizes are those of a photo of about 144
# pixels a side.

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
_STEPS = 65535  # of heat: sorting whole numbers of 16 bits takes a tenth of the time
_BLUR, _COLOUR_COUNTS = 1.5, 4.0  # pixels; times what the patches say
_PIECE = 0.3  # of the largest piece: smaller ones are left out


def things_in(lab: Floats, heat: NDArray[np.float64], grid: tuple[int, int]) -> Mask:
    """The pixels of the thing on each of some photos ``(E, H, W)``, which are looked at together.

    Photos are ``(E, H, W, 3)`` in CIELAB. The heat says how much each patch is like the class, ``(E, N)``, on a grid
    ``(h, w)``; only their order on a photo counts. All is False where nothing stands out.

    >>> lab = np.zeros((1, 90, 90, 3), np.float32)
    >>> lab[0, 30:60, 30:60] = 60, 60, 40
    >>> heat = -np.hypot(*(np.mgrid[:9, :9] - 4)).reshape(1, -1)
    >>> things_in(lab, heat, (9, 9))[0, [45, 31, 20, 5], 45].tolist()
    [True, True, False, False]
    """
    from scipy import ndimage

    prior = _prior(heat, grid, lab.shape[1:3])
    usual = np.log(prior / (1 - prior))
    bins = _bins(lab)
    everything = _counts(bins, np.ones_like(prior))
    thing = prior
    for _ in range(_ROUNDS):
        counts = _counts(bins, thing)
        odds = np.log(_histograms(counts) / _histograms(everything - counts)).ravel()[bins]
        thing = 1 / (1 + np.exp(-_COLOUR_COUNTS * ndimage.gaussian_filter(odds, (0, _BLUR, _BLUR)) - usual))
    return np.stack([_large_pieces(_grown(_shrunk(one))) for one in thing > 0.5])


def _large_pieces(mask: Mask) -> Mask:
    """The largest connected pieces of a mask ``(H, W)``, without holes."""
    pieces = _labelled(mask)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return _filled(((sizes >= _PIECE * sizes.max()) & (sizes > 0))[pieces])


def _filled(mask: Mask) -> Mask:
    """A mask ``(H, W)`` without holes."""
    outside = _labelled(~np.pad(mask, 1))  # the first piece is what is around
    return np.asarray(outside != 1)[1:-1, 1:-1]


def _prior(heat: NDArray[np.float64], grid: tuple[int, int], shape: tuple[int, ...]) -> Floats:
    """How likely each pixel is the thing, by its patch and its distance from the rim: ``(E, H, W)``."""
    from PIL import Image

    height, width = shape
    order = np.empty((len(heat), height * width))
    for row, one in zip(order, heat, strict=True):
        small = Image.fromarray(one.reshape(grid).astype(np.float32))
        smooth = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR)).ravel()
        steps = (smooth - smooth.min()) * (_STEPS / max(float(np.ptp(smooth)), _UNSEEN))
        row[steps.astype(np.uint16).argsort(kind="stable")] = np.arange(height * width) / (height * width)
    likely = np.clip((order - _LEAST_LIKE) / (_MOST_LIKE - _LEAST_LIKE), 1 - _SURE, _SURE)
    rows, columns = (np.minimum(np.arange(side), side - 1 - np.arange(side)) / side for side in shape)
    inside = np.minimum(rows[:, None], columns[None, :]) / _RIM
    near_rim = np.clip(_AT_THE_RIM + (1 - _AT_THE_RIM) * inside, 0, 1)
    return (likely.reshape(-1, height, width) * near_rim).astype(np.float32)


def _bins(lab: Floats) -> NDArray[np.int64]:
    """The bin of each pixel's colour, ``(E, H, W)``; each photo has bins of its own."""
    found = np.broadcast_to(np.arange(len(lab))[:, None, None], lab.shape[:-1])
    for plane, (low, high) in zip(np.moveaxis(lab, -1, 0), _RANGES, strict=True):
        places = np.rint((plane - low) / (high - low) * (_BINS - 1)).clip(0, _BINS - 1)
        found = found * _BINS + places.astype(np.int64)
    return found


def _counts(bins: NDArray[np.int64], weights: Floats) -> NDArray[np.float64]:
    """How much each colour of each photo weighs: ``(E, 12, 12, 12)``."""
    counts = np.bincount(bins.ravel(), weights.ravel(), len(bins) * _BINS**3)
    return np.asarray(counts, np.float64).reshape(-1, _BINS, _BINS, _BINS)


def _histograms(counts: NDArray[np.float64]) -> Floats:
    """The share of each colour on its photo, blurred; never zero."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(counts, (0, _BINS_BLUR, _BINS_BLUR, _BINS_BLUR))
    return np.asarray(blurred / counts.sum((1, 2, 3), keepdims=True).clip(_UNSEEN) + _UNSEEN, np.float32)


# What the gradients of a photo say of its texture (ours). Sizes are those of a photo of about 144 pixels a side.

_FEWEST_PIXELS = 200  # of a thing of which anything is said
_FLAT = 1.0  # of lightness a pixel, in the mean: where there is less there is no texture
_BLOCKS = 9  # along each side


def texture_of(light: Floats, thing: Mask) -> tuple[float, float]:
    """How far the lines within a thing run one way, and how uneven the texture of the whole photo is.

    Of lightness ``(H, W)`` and the pixels of the thing ``(H, W)``: the length of the mean of the gradients' doubled
    angles, each as long as its square, from 0 to 1 (Bigun and Granlund, 1987; 0 where there is no texture), and the
    spread of the mean gradients of 9 x 9 blocks, over their mean (infinite where there is none).

    >>> rows, columns = np.mgrid[:96, :96]
    >>> stripes = (80.0 * (rows // 6 % 2)).astype(np.float32)
    >>> [round(one, 1) for one in texture_of(stripes, rows >= 0)]
    [1.0, 0.2]
    """
    down, right = (np.gradient(light, axis=axis) for axis in (0, 1))
    turned = (right + 1j * down) ** 2
    squared = np.abs(turned)
    steep = np.sqrt(squared)
    inner = _shrunk(_shrunk(_shrunk(thing)))  # its own outline is no line on it
    has_lines = inner.sum() >= _FEWEST_PIXELS and steep[inner].mean() >= _FLAT
    height, width = (side // _BLOCKS for side in light.shape)
    blocks = steep[: height * _BLOCKS, : width * _BLOCKS].reshape(_BLOCKS, height, _BLOCKS, width).mean((1, 3))
    return (
        float(abs(turned[inner].sum()) / squared[inner].sum()) if has_lines else 0.0,
        float(blocks.std() / blocks.mean()) if blocks.mean() >= _FLAT else np.inf,
    )


def _labelled(mask: Mask) -> NDArray[np.int32]:
    from scipy import ndimage

    return np.asarray(ndimage.label(mask)[0], np.int32)


def _shrunk(mask: Mask) -> Mask:
    """A mask ``(H, W)`` without the pixels at its rim, or at that of the photo."""
    wide = np.pad(mask, 1)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:] & mask


def _grown(mask: Mask) -> Mask:
    """A mask ``(H, W)`` and the pixels beside it."""
    wide = np.pad(mask, 1)
    return wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:] | mask


# Names of colours, in CIELAB under the light D65 (ours; the boundaries are set by eye on colour charts).

# Eleven basic colour terms of English (Berlin and Kay, 1969).
NAMES = ("black", "grey", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
# Where people disagree which of two hues it is: these places follow those of the names.
BETWEEN = ("blue or purple", "purple or pink", "pink or red")
_BLACK, _GREY, _WHITE, _RED, _ORANGE, _YELLOW, _GREEN, _BLUE, _PURPLE, _PINK, _BROWN = range(len(NAMES))

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)
_D65 = np.array([0.95047, 1.0, 1.08883], np.float32)
_VALUES = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4)  # of each value of sRGB


def lab_of(rgb: NDArray[np.uint8]) -> Floats:
    """``(..., 3)`` sRGB to CIELAB: lightness 0 to 100, then green to red and blue to yellow (IEC 61966-2-1, CIE 15)."""
    ratio = _LINEAR[rgb] @ _TO_XYZ.T / _D65
    curve = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(curve, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def names_of(lab: Floats) -> NDArray[np.int8]:
    """The colour of each pixel ``(...)``: its place in :data:`NAMES`, then :data:`BETWEEN`; -1: no name is true."""
    light, a, b = np.ascontiguousarray(np.moveaxis(lab, -1, 0))
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))
    hue += 360 * (hue < 0)
    # Dark and pale colours need less chroma to be seen as colours, and greenish ones more.
    is_plain = chroma < np.where(light < 30, 9, 12)
    warm_dark = light < 52
    # Brown is dark orange; what is as vivid as a basketball in the shade is still called orange.
    is_brown = (light < 40) | (warm_dark & (chroma < 48)) | (chroma < 38)
    found = np.select(
        [
            (light < 14) | (is_plain & (light < 27)),
            is_plain & (light > 82),
            is_plain,
            (hue < 18) & (light > 58),
            ((hue < 42) | (hue >= 345)) & (light > 62) & (chroma < 42),
            ((hue < 42) | (hue >= 345)) & (chroma < 26),
            (hue < 42) | (hue >= 350),
            (hue < 70) & is_brown,
            hue < 70,
            (hue < 97) & (warm_dark | (chroma < 26)),
            hue < 102,
            hue < 200,
            hue < 308,
            hue < 335,
        ],
        np.array([
            _BLACK, _WHITE, _GREY, _PINK, _PINK, _BROWN, _RED, _BROWN, _ORANGE, _BROWN, _YELLOW, _GREEN, _BLUE, _PURPLE,
        ], np.int8),
        default=_PINK,
    )  # fmt: skip
    # Pale warm tones are cream or beige: no basic term is true of them.
    is_beige = (hue >= 42) & (hue < 110) & (light > 62) & (chroma < 28) & ~is_plain
    # People disagree between yellow and green (but lemons are yellow), yellow and brown, blue and purple, pale purple
    # and pink, pink and red.
    is_lemon = (hue < 102) & (light > 72) & (chroma > 55)
    is_lime = (hue >= 97) & (hue < 107) & ~is_plain & (light > 30) & ~is_lemon
    is_khaki = (hue >= 70) & (hue < 84) & (chroma < 40) & (found == _YELLOW)
    is_violet = (hue >= 299) & (hue < 308) & (chroma < 60) & ~is_plain
    is_magenta = ((hue >= 345) | (hue < 10)) & (light > 42) & (found == _RED)
    is_orchid = (hue >= 318) & (hue < 335) & (light > 76) & ~is_plain
    between = [is_beige | is_khaki | is_lime, is_violet, is_orchid, is_magenta]
    return np.select(between, np.array([-1, *range(len(NAMES), len(NAMES) + len(BETWEEN))], np.int8), found)
