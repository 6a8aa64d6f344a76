"""Makes the small pictures of the guide from the screenshots: ``python scripts/guide_pictures.py``."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

_WIDTH, _COLOURS = 640, 96
_DOCS = Path(__file__).resolve().parent.parent / "docs"

for name in ("classes", "results", "explain"):
    with Image.open(_DOCS / "screenshots" / f"{name}.webp") as picture:
        small = picture.convert("RGB").resize(
            (_WIDTH, round(picture.height * _WIDTH / picture.width)), Image.Resampling.LANCZOS
        )
    few = small.quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(_DOCS / "guide" / "pictures" / f"{name}.png", optimize=True)
