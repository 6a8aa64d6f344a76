"""What can be measured on a class's photos: colours of the thing that its nearest classes have not, and texture (ours).

Something is said of the class when nearly all of its exemplars show it; a colour also has to be less around the thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.model import LONGEST_DETAIL, Exemplar, Knowledge, PhraseSource, WrittenPhrase

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

Shares = NDArray[np.float64]

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
    return np.asarray(thing > 0.5)


def _prior(heat: NDArray[np.float64], grid: tuple[int, int], shape: tuple[int, ...]) -> Floats:
    """How likely each pixel is the thing, by its patch and its distance from the rim: ``(E, H, W)``."""
    from PIL import Image

    height, width = shape
    order = np.empty((len(heat), height * width))
    for row, patches in zip(order, heat, strict=True):
        small = Image.fromarray(patches.reshape(grid).astype(np.float32))
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
    bins = np.broadcast_to(np.arange(len(lab))[:, None, None], lab.shape[:-1])
    for plane, (low, high) in zip(np.moveaxis(lab, -1, 0), _RANGES, strict=True):
        places = np.rint((plane - low) / (high - low) * (_BINS - 1)).clip(0, _BINS - 1)
        bins = bins * _BINS + places.astype(np.int64)
    return bins


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


def _shrunk(mask: Mask) -> Mask:
    """A mask ``(H, W)`` without the pixels at its rim, or at that of the photo."""
    wide = np.pad(mask, 1)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:] & mask


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
    names = np.select(
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
    # People disagree between yellow and green (but lemons are yellow), yellow and brown, blue and purple, pale purple
    # and pink, pink and red.
    is_lemon = (hue < 102) & (light > 72) & (chroma > 55)
    is_lime = (hue >= 97) & (hue < 107) & ~is_plain & (light > 30) & ~is_lemon
    is_khaki = (hue >= 70) & (hue < 84) & (chroma < 40) & (names == _YELLOW)
    is_violet = (hue >= 299) & (hue < 308) & (chroma < 60) & ~is_plain
    is_magenta = ((hue >= 345) | (hue < 10)) & (light > 42) & (names == _RED)
    is_orchid = (hue >= 318) & (hue < 335) & (light > 76) & ~is_plain
    between = [is_khaki | is_lime, is_violet, is_orchid, is_magenta]
    return np.select(between, np.array([-1, *range(len(NAMES), len(NAMES) + len(BETWEEN))], np.int8), names)


# The phrases of a class.

_SIDE = 144  # pixels, about, of a photo that is measured
_FEWEST = 4  # exemplars that say something of a class
_MOSTLY, _PARTLY = 0.5, 0.15  # mean share of the thing that is "mostly" or "partly" so coloured; less is "some"

# The thing, the upper third of its pixels and the lower: the head of a bird that sits is at the top.
_WHOLE, _TOP = 0, 1
# What tells a class from its nearest ones.
_TELLING = 0.05  # of the thing, or of its top, in all exemplars but one in six
_BLACK_TELLING = 0.16  # shadows are on any photo: it has to be clearer
_STANDS_OUT = 2.0  # times the share around the thing
_HAS_NOT = 0.5  # of the mean share, at the most, is in the other class's
_BESIDE = 0.7  # times the share of the hues beside it, in all exemplars but one in six
_SIDED = 1.6  # times the share at the other end, in all exemplars but one in six
_HUES = ("red", "orange", "yellow", "green", "blue", "purple", "pink")  # a circle
_MOST_TELLING = 3  # phrases
_TWO_LEAST = 0.45  # of two hues side by side, in all exemplars but one in six
_ALL = (*NAMES, *BETWEEN)
# There is some white on all, and in the shade white is grey, and orange, pink and yellow are brown. Of the whole alone.
_LEAST_SHARE = {"white": _PARTLY, "grey": _MOSTLY, "brown": _MOSTLY}


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

    def telling(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        """Colours of the thing or of its top that some of the nearest classes have not, the most of them first.

        A hue that most of the thing has is said in any case, and texture last.
        """
        if len(self.shares) < _FEWEST:
            return []
        nearest = {other: looks for other, looks in nearest.items() if len(looks.shares) >= _FEWEST}
        colours = self._colours(nearest) or self._two_hues(nearest)
        return [*colours, *self._textures(nearest)]

    def _colours(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        least = np.sort(self.shares, axis=0)[len(self.shares) // 6]
        mean, rest = self.shares.mean(0), self.rest.mean(0)
        rated: list[tuple[float, WrittenPhrase]] = []
        for colour, name in enumerate(NAMES):
            part = _TOP if name not in _LEAST_SHARE and self._is_at_the_top(colour) else _WHOLE
            wanted = _BLACK_TELLING if name == "black" else _TELLING
            is_clear = mean[part, colour] >= _STANDS_OUT * rest[colour]
            place = _HUES.index(name) if name in _HUES else None
            beside = [NAMES.index(_HUES[(place + step) % 7]) for step in (-1, 1)] if place is not None else []
            # Red things are orange in warm light; and what is orange here and pink there is not red.
            ahead = self.shares[:, part, colour] - _BESIDE * self.shares[:, part, beside].max(1, initial=0.0)
            if not is_clear or _in_most(ahead) < 0 or least[part, colour] < wanted:
                continue
            share = mean[part, colour]
            means = {other: looks.shares[:, part, colour].mean() for other, looks in nearest.items()}
            without = {other: 100 * much for other, much in means.items() if much <= _HAS_NOT * share}
            is_vivid_all_over = name in _HUES and part == _WHOLE and share >= _MOSTLY  # that is said of any class
            if is_vivid_all_over or (without and share >= _LEAST_SHARE.get(name, 0.0)):
                how_much = "mostly" if share >= _MOSTLY else "partly" if share >= _PARTLY else "some"
                where = "its upper third" if part == _TOP else "the thing"
                phrase = _phrase(
                    f"{name} at the top" if part == _TOP else f"{how_much} {name}",
                    float((self.shares[:, part, colour] >= wanted).mean()),
                    f"{name} covers {100 * share:.0f} % of {where}{_not_so(without, ' %')}",
                    self.supports[part, colour],
                )
                rated.append((len(without) + float(share), phrase))
        return [phrase for _, phrase in sorted(rated, key=lambda pair: -pair[0])[:_MOST_TELLING]]

    def _two_hues(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        """The two hues side by side that most of the thing has: those that most exemplars show."""
        whole, pairs = self.shares[:, _WHOLE], []
        for hue, other in pairwise((*_HUES, _HUES[0])):
            text = f"{hue} or {other}"
            columns = [_ALL.index(name) for name in (hue, other, text) if name in _ALL]
            has = whole[:, columns].sum(1)
            is_clear = has.mean() >= max(_MOSTLY, _STANDS_OUT * self.rest[:, columns].sum(1).mean())
            if is_clear and _in_most(has) >= _TWO_LEAST:
                pairs.append((float((has >= _TWO_LEAST).mean()), float(has.mean()), text, columns))
        if not pairs:
            return []
        shown, share, text, columns = max(pairs)
        theirs = {other: looks.shares[:, _WHOLE, columns].sum(1).mean() for other, looks in nearest.items()}
        without = {other: 100 * much for other, much in theirs.items() if much <= _HAS_NOT * share}
        detail = f"{text} covers {100 * share:.0f} % of the thing{_not_so(without, ' %')}"
        leads = max(columns, key=lambda column: whole[:, column].mean())
        return [_phrase(f"mostly {text}", shown, detail, self.supports[_WHOLE, leads])]

    def _textures(self, nearest: Mapping[str, Looks]) -> list[WrittenPhrase]:
        phrases = []
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
                phrases.append(_phrase(text, float((own >= most).mean()), detail, self.amid))
        return phrases

    def _is_at_the_top(self, colour: int) -> bool:
        whole, top, bottom = self.shares[:, :, colour].T
        return _in_most(top - _SIDED * bottom) >= 0 and _in_most(top) > _in_most(whole)


def _in_most(values: Shares) -> float:
    """What all but one in six reach."""
    return float(np.sort(values)[len(values) // 6])


def _not_so(others: Mapping[str, float], unit: str = "") -> str:
    """Which of the nearest classes lack what a phrase says, with how much they have."""
    return f"; not so {', '.join(f'{other} ({much:.0f}{unit})' for other, much in others.items())}" if others else ""


def measured_looks(exemplars: Sequence[Exemplar], heat: Sequence[Shares], encoder: ClipEncoder) -> Looks:
    """What the photos of a class's exemplars show by measure; exemplars whose files are gone are passed over.

    The heat of each exemplar says how much each patch of the encoder's grid is like the class, ``(N,)``.
    """

    def look(some: Sequence[int]) -> list[tuple[int, tuple[float, float], NDArray[np.int64]]]:
        """The place of each exemplar that could be opened and shows a thing, its texture, and :func:`_counted`."""
        opened = {place: lab for place in some if (lab := _lab(exemplars[place], encoder)) is not None}
        if not opened:
            return []
        labs = np.stack([*opened.values()])
        things = things_in(labs, np.stack([heat[place] for place in opened]), encoder.grid)
        rows = zip(opened, labs, things, _counted(names_of(labs), things, encoder.grid), strict=True)
        return [
            (place, texture_of(lab[..., 0], thing), counts)
            for place, lab, thing, counts in rows
            if 0 < thing.sum() < thing.size
        ]

    half = -(-len(exemplars) // 2)
    with ThreadPoolExecutor(2, thread_name_prefix="looks") as pool:  # filters and sums of two stacks run at once
        halves = (range(half), range(half, len(exemplars)))
        seen = [looks for some in pool.map(look, halves) for looks in some]
    if len(seen) < _FEWEST:
        nothing = np.zeros((0, 3, len(_ALL)))
        return Looks(nothing, nothing[:, 0], nothing[:, 0], {}, None)
    places, texture, counted = zip(*seen, strict=True)
    counts = np.stack(counted, axis=1)
    parts = np.stack([counts[1:].sum(0), counts[1], counts[3]], axis=1)
    in_patches = parts / (counts[:, 0].sum() / parts.shape[2])  # of the pixels of a patch
    shares, (rest, *_) = _shares(parts), _shares(counts)

    def best_patch(marked: Shares) -> PhraseSource:
        """The exemplar and patch that hold most of marked shares ``(E, N)``; of several that amid most of them."""
        wide = np.pad(marked.reshape(-1, *encoder.grid), ((0, 0), (1, 1), (1, 1)))
        beside = wide[:, 1:-1, 2:] + wide[:, 1:-1, :-2] + wide[:, 2:, 1:-1] + wide[:, :-2, 1:-1]
        amid = wide[:, 1:-1, 1:-1] + beside / 8
        number, patch = divmod(int(amid.argmax()), marked.shape[1])
        exemplar = exemplars[places[number]]
        return PhraseSource(places[number], exemplar.sha256, patch, round(min(float(amid.max()), 1.0), 4))

    supports = {
        (part, colour): best_patch(in_patches[:, part, :, colour])
        for part, colour in np.argwhere(shares.mean(0) >= _TELLING / 2).tolist()
    }
    return Looks(shares, rest, 100 * np.array(texture), supports, best_patch(in_patches[:, _WHOLE].sum(-1)))


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
