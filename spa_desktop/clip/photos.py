"""Opening photos as people have them: turned by EXIF, transparent, grey, 16-bit, for printing, broken."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from spa_desktop.errors import InputError

# Decoded at full size, a photo of so many pixels takes 300 MB, and a few are decoded at once.
MAX_PIXELS = 100_000_000

# No format that starts another program (EPS) or that is not a photo (fonts, videos).
_WANTED = ("JPEG", "MPO", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "TGA", "ICO")
_TRANSPARENT_MODES = ("RGBA", "LA", "PA", "La", "RGBa")

# Pillow warns from 89 million pixels on; MAX_PIXELS decides here, after a JPEG has been reduced while decoding.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PhotoError(InputError):
    """A photo that cannot be used: one line says which and why."""


def open_photo(
    path: str | os.PathLike[str], *, at_least: int | None = None, content: bytes | None = None
) -> Image.Image:
    """Open a photo as upright RGB, eight bits a channel.

    Orientation by EXIF is applied, transparency laid on white, of an animation the first frame taken, and 16-bit
    values are scaled to eight bits.

    Args:
        path: the file. Its content decides what it is, not its name.
        at_least: if given, a larger JPEG may come reduced by 2, 4 or 8, with both sides at least so long: many times
            faster for photos that are made small anyway.
        content: the bytes of the file where they were read already: then the file itself is not opened.

    Raises:
        PhotoError: if the file is missing, empty, no image, cut off, or larger than `MAX_PIXELS`.
    """
    file = Path(path)
    try:
        if (file.stat().st_size if content is None else len(content)) == 0:
            raise PhotoError(f"{file} is empty (0 bytes): remove it or copy it again")
        with Image.open(file if content is None else io.BytesIO(content), formats=_formats()) as photo:
            if at_least is not None:
                photo.draft(None, (at_least, at_least))
            if photo.width * photo.height > MAX_PIXELS:
                raise PhotoError(_too_large(file))
            photo.load()
            return _rgb(_upright(photo))
    except (Image.DecompressionBombError, MemoryError):
        raise PhotoError(_too_large(file)) from None
    except UnidentifiedImageError:
        hint = "save it as JPEG first" if file.suffix.lower() in (".heic", ".heif") else "remove it"
        raise PhotoError(f"{file} is not a photo that can be read, whatever its name says: {hint}") from None
    except FileNotFoundError:
        raise PhotoError(f"{file} is missing: it was moved or deleted") from None
    except PermissionError:
        raise PhotoError(f"{file} may not be read: check its permissions") from None
    except IsADirectoryError:
        raise PhotoError(f"{file} is a folder: give a photo") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        # What Pillow's decoders raise on broken files, by format.
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PhotoError(f"{file} is damaged or cut off ({why}): remove it or copy it again") from None


def _formats() -> list[str]:
    Image.init()
    return [name for name in _WANTED if name in Image.OPEN]


def _too_large(file: Path) -> str:
    return f"{file} has more than {MAX_PIXELS // 1_000_000} million pixels: make it smaller"


def _upright(photo: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(photo)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError):
        # Broken EXIF is no reason to lose a good photo.
        return photo.copy()


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith("I") or photo.mode == "F":
        return _eight_bits(photo).convert("RGB")
    if photo.mode in _TRANSPARENT_MODES or "transparency" in photo.info:
        layer = photo.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return photo.convert("RGB")


def _eight_bits(photo: Image.Image) -> Image.Image:
    """Grey values of more than eight bits, or floating point, to eight bits."""
    values = np.asarray(photo, dtype=np.float64)
    high = float(values.max(initial=0.0))
    if photo.mode == "F" and high <= 1.0:
        values = values * 255.0
    elif photo.mode != "F" and high <= 65535.0:
        values = values / 257.0
    elif high > 255.0:
        low = float(values.min())
        values = (values - low) * (255.0 / (high - low))
    return Image.fromarray(np.clip(np.nan_to_num(values).round(), 0, 255).astype(np.uint8))
