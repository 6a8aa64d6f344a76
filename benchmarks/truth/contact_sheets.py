"""Contact sheets: the exemplars of some classes with their names, for judging phrases by looking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from benchmarks.truth.written import DescribedClass

_SIDE, _LABEL, _WIDTH = 110, 22, 6
_CLASSES = 12  # on a sheet, in two columns


def draw_sheets(classes: Sequence[DescribedClass], folder: Path) -> list[Path]:
    """Write the sheets of one data set as JPEGs: a row of exemplars a class, with its name above."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for start in range(0, len(classes), _CLASSES):
        part = classes[start : start + _CLASSES]
        rows = (len(part) + 1) // 2
        sheet = Image.new("RGB", (2 * (_WIDTH * _SIDE + 10), rows * (_SIDE + _LABEL)), "white")
        draw = ImageDraw.Draw(sheet)
        for place, one in enumerate(part):
            left, top = (place % 2) * (_WIDTH * _SIDE + 10), (place // 2) * (_SIDE + _LABEL)
            draw.text((left + 2, top + 2), one.name, fill="black", font_size=15)
            for column, path in enumerate(one.exemplars[:_WIDTH]):
                with Image.open(path) as photo:
                    small = ImageOps.contain(photo.convert("RGB"), (_SIDE - 3, _SIDE - 3))
                sheet.paste(small, (left + column * _SIDE, top + _LABEL))
        file = folder / f"{part[0].data}-{start // _CLASSES + 1}.jpg"
        sheet.save(file, quality=90)
        written.append(file)
    return written
