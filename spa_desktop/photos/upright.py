"""A decoded photo as upright RGB of eight bits a channel, piece by piece.

The photo is converted in strips, so that a large one never exists in several copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import ExifTags, Image

_TRANSPARENT_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
_STRIP = 1 << 20  # pixels
_MAX_EXIF = 1_000_000  # bytes; more is not read, and the photo taken as upright
_PHOTOMETRIC = 262  # TIFF's tag that says what 0 is: 0 for white
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = {5, 6, 7, 8}


def orientation_of(photo: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. Broken EXIF is no reason to lose a good photo: it counts as upright."""
    if len(photo.info.get("exif") or b"") > _MAX_EXIF:
        return 1
    try:
        value = photo.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, AttributeError):
        return 1
    return value if value in _TURNS else 1


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of the upright photo."""
    return (size[1], size[0]) if orientation in _ON_ITS_SIDE else size


def upright_rgb(photo: Image.Image, orientation: int, reduced: int = 1) -> Image.Image:
    """Convert a loaded photo of any mode; nothing but pixels comes along.

    Orientation is from `orientation_of`. Transparency is laid on white, and values of more than eight bits, or floating
    point, are scaled to eight. So many pixels of each side as `reduced` become one, their mean.
    """
    levels = _Levels(photo) if photo.mode.startswith("I") or photo.mode == "F" else None
    width, height = photo.size
    rows = max(1, _STRIP // (width * reduced)) * reduced
    if rows >= height:
        rgb = _reduced(_converted(photo, levels), reduced)
    else:
        rgb = Image.new("RGB", (-(-width // reduced), -(-height // reduced)))
        for top, strip in _strips(photo, rows):
            rgb.paste(_reduced(_converted(strip, levels), reduced), (0, top // reduced))
    rgb.info.clear()  # comments and the like would go along into whatever is saved, and may be too long for it
    return rgb.transpose(_TURNS[orientation]) if orientation in _TURNS else rgb


def _strips(photo: Image.Image, rows: int) -> Iterator[tuple[int, Image.Image]]:
    for top in range(0, photo.height, rows):
        yield top, photo.crop((0, top, photo.width, min(top + rows, photo.height)))


def _converted(photo: Image.Image, levels: _Levels | None) -> Image.Image:
    if levels is not None:
        return levels.of(photo).convert("RGB")
    if photo.mode in _TRANSPARENT_MODES or "transparency" in photo.info:
        white = Image.new("RGBA", photo.size, "white")
        return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")
    return photo.convert("RGB")


def _reduced(photo: Image.Image, factor: int) -> Image.Image:
    return photo.reduce(factor) if factor > 1 else photo


def _numbers(photo: Image.Image) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # some bit patterns that are no number complain about it
        return np.asarray(photo).astype(np.float64)


class _Levels:
    """How the values of a photo of more than eight bits become eight bits, by its lowest and highest."""

    def __init__(self, photo: Image.Image) -> None:
        self._is_float = photo.mode == "F"
        # Pillow turns such a TIFF round only where its values are bytes or less.
        self._is_white_zero = getattr(photo, "tag_v2", {}).get(_PHOTOMETRIC) == 0
        low, high = np.inf, 0.0
        for _, strip in _strips(photo, max(1, _STRIP // photo.width)):
            values = _numbers(strip)
            values = values[np.isfinite(values)]
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        self._low, self._high = low, high

    def of(self, photo: Image.Image) -> Image.Image:
        values = _numbers(photo)
        if self._is_float and self._high <= 1.0:
            values = values * 255.0
        elif not self._is_float and self._high <= 65535.0:
            values = values / 257.0
        elif self._high > 255.0:
            values = (values - self._low) * (255.0 / max(self._high - self._low, 1e-300))
        if self._is_white_zero:
            values = 255.0 - values
        # What is no number becomes black, what is infinite white.
        return Image.fromarray(np.clip(np.nan_to_num(values).round(), 0, 255).astype(np.uint8))
