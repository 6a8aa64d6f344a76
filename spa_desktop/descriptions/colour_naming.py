"""Names of colours, in CIELAB under the light D65 (ours; the boundaries are set by eye on colour charts)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Eleven basic colour terms of English (Berlin and Kay, 1969).
NAMES = ("black", "grey", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
_BLACK, _GREY, _WHITE, _RED, _ORANGE, _YELLOW, _GREEN, _BLUE, _PURPLE, _PINK, _BROWN = range(len(NAMES))

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)
_D65 = np.array([0.95047, 1.0, 1.08883], np.float32)


def lab_of(rgb: NDArray[np.uint8]) -> Floats:
    """``(..., 3)`` sRGB to CIELAB: lightness 0 to 100, then green to red and blue to yellow (IEC 61966-2-1, CIE 15)."""
    values = rgb.astype(np.float32) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _TO_XYZ.T / _D65
    curve = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(curve, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def names_of(lab: Floats) -> NDArray[np.int8]:
    """The colour of each pixel ``(...)``: a place in :data:`NAMES`; -1 where no name is true."""
    light, a, b = np.moveaxis(lab, -1, 0)
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
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
        [
            _BLACK, _WHITE, _GREY, _PINK, _PINK, _BROWN, _RED, _BROWN, _ORANGE, _BROWN, _YELLOW, _GREEN, _BLUE, _PURPLE,
        ],
        default=_PINK,
    )  # fmt: skip
    # Pale warm tones are cream or beige: no basic term is true of them.
    is_beige = (hue >= 42) & (hue < 110) & (light > 62) & (chroma < 28) & ~is_plain
    # Between yellow and green people disagree.
    is_lime = (hue >= 97) & (hue < 107) & ~is_plain & (light > 30)
    return np.where(is_beige | is_lime, -1, found).astype(np.int8)
