"""Exemplars on their way out: those that were agreed to, small, and with nothing in the file but the picture."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from spa_desktop.photos.opening import open_photo

LONGEST_SIDE = 512  # pixels: what "low" detail is shown at
_QUALITY = 85


def small_jpeg(path: Path, sha256: str) -> bytes:
    """The photo as a JPEG of at most 512 pixels a side, upright, without place, time, camera, comment or profile.

    The bytes that are hashed are the bytes that are decoded: the file is opened once, and a path that leads to another
    picture than the project recorded, by whoever's hand, gives nothing.

    Args:
        path: the file.
        sha256: of the content that the project recorded, and the person agreed to send.

    Raises:
        PhotoError: if it cannot be opened, or has another content.
    """
    photo = open_photo(path, at_least=LONGEST_SIDE, sha256=sha256)
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Pillow carries comments over from the opened file: only pixels are copied.
    bare = Image.new("RGB", photo.size)
    bare.paste(photo)
    stream = io.BytesIO()
    bare.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()


def data_url(jpeg: bytes) -> str:
    """The photo inside a URL, as the service takes it."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
