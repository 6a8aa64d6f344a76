"""Makes the small pictures of the guide, of the demo project: ``python scripts/guide_pictures.py SCREENSHOTS``.

The folder is that of ``make screenshots``. The guide ships with the app, and
so shows photos that ship with it too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

_WIDTH, _COLOURS = 640, 192
_DOCS = Path(__file__).resolve().parent.parent / "docs"

for name in ("classes", "results", "explain"):
    with Image.open(Path(sys.argv[1]) / f"{name}-filled-light.png") as picture:
        small = picture.convert("RGB").resize(
            (_WIDTH, round(picture.height * _WIDTH / picture.width)), Image.Resampling.LANCZOS
        )
    # Photos and soft edges need colours by their share of the picture, red words and signs of classes by difference.
    by_share = small.quantize(_COLOURS // 2, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    by_difference = small.quantize(_COLOURS // 2, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = Image.new("P", (1, 1))
    palette.putpalette(by_share.getpalette() + by_difference.getpalette())
    few = small.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(_DOCS / "guide" / "pictures" / f"{name}.png", optimize=True)
