"""Patch attention drawn over a photo."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spa_desktop.plain_files import write_png

if TYPE_CHECKING:
    from spa_desktop.recognizer import Recognition

# Black, violet, orange, pale yellow: brightness grows along the map, so it reads in greyscale too.
_COLOURS = np.array([[8, 8, 20], [92, 24, 120], [222, 92, 48], [252, 238, 170]], dtype=np.float32)
_CAPTION = 26


def heat_map(weights: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Weights ``(h, w)`` from 0 to 1 as a smooth RGB picture of `size` pixels."""
    grey = Image.fromarray((np.clip(weights, 0, 1) * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    place = np.asarray(grey, dtype=np.float32) / 255 * (len(_COLOURS) - 1)
    low = np.clip(place.astype(int), 0, len(_COLOURS) - 2)
    share = (place - low)[..., None]
    colours = _COLOURS[low] * (1 - share) + _COLOURS[low + 1] * share
    return Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))


def overlay(photo: Image.Image, found: Recognition, *, opacity: float = 0.55) -> Image.Image:
    """The photo with its patch attention on top; what the encoder does not see stays as it is."""
    why = found.explanation
    left, top, right, bottom = (round(edge) for edge in why.crop)
    heat = heat_map(why.heat, (max(right - left, 1), max(bottom - top, 1)))
    covered = photo.copy()
    covered.paste(heat, (left, top))
    return Image.blend(photo, covered, opacity)


def save_overlay(photo: Image.Image, found: Recognition, path: Path, *, read: Collection[Path] = ()) -> None:
    """Photo and overlay side by side, with the answer beneath. An earlier one is replaced, if it is not among `read`.

    Raises:
        InputError: if something else is there.
        SpaError: if the picture cannot be written.
    """
    shown = photo.copy()
    shown.thumbnail((480, 480))
    scale = shown.width / photo.width
    small = overlay(photo, found).resize(shown.size)
    sheet = Image.new("RGB", (2 * shown.width + 4, shown.height + _CAPTION), "white")
    sheet.paste(shown, (0, 0))
    sheet.paste(small, (shown.width + 4, 0))
    text = "   ".join(f"{item.name} {100 * item.probability:.1f} %" for item in found.top[:3])
    font = ImageFont.load_default(size=max(10, min(14, round(14 * min(scale, 1) + 4))))
    ImageDraw.Draw(sheet).text((6, shown.height + 5), text, fill="black", font=font)
    png = io.BytesIO()
    sheet.save(png, "PNG")
    write_png(path, png.getvalue(), read=read)
