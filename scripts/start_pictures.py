"""Makes the pictures of the start page from a trained demo: ``python scripts/start_pictures.py FOLDER``.

FOLDER is what ``spa-desktop demo FOLDER`` filled. Curves and heat map are those of its model.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

_SIZE = (432, 232)  # twice as large as they are shown
_TILES, _GAP, _RADIUS = (4, 2), 8, 12
_COLOURS = 160
_OUT = Path(__file__).resolve().parent.parent / "resources" / "start"
_LOOKED_AT = "ladybird-001.jpg"
_SHOWN = (0, 1, 1, 2, 2, 4, 2, 3)  # of each class
_SCALE = 1.35  # of the window, so that what is written in it is not too small


def draw_drop(folder: Path) -> None:
    """Eight photos, one of each class."""
    classes = sorted((folder / "photos").glob("*/train/*"))
    columns, rows = _TILES
    width = (_SIZE[0] - _GAP * (columns - 1)) // columns
    height = (_SIZE[1] - _GAP * (rows - 1)) // rows
    picture = Image.new("RGBA", _SIZE)
    for place, one in enumerate(classes[: columns * rows]):
        photo = Image.open(sorted(one.iterdir())[_SHOWN[place]]).convert("RGB")
        tile = ImageOps.fit(photo, (width, height), Image.Resampling.LANCZOS)
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), _RADIUS, fill=255)
        row, column = divmod(place, columns)
        picture.paste(tile, (column * (width + _GAP), row * (height + _GAP)), mask)
    save(picture, "drop")


def save(picture: Image.Image, name: str) -> None:
    """Write it with few colours."""
    method = Image.Quantize.FASTOCTREE if picture.mode == "RGBA" else Image.Quantize.MEDIANCUT
    picture.quantize(_COLOURS, method=method, dither=Image.Dither.NONE).save(_OUT / f"{name}.png", optimize=True)


def grab_window(folder: Path) -> None:
    """The curves in both themes, and the heat map."""
    from PySide6.QtCore import QEventLoop, QTimer

    from spa_desktop.ui.app import make_application
    from spa_desktop.ui.app_state.context import AppContext
    from spa_desktop.ui.preferences import SettingsStore
    from spa_desktop.ui.shell.main_window import MainWindow
    from spa_desktop.ui.style.theme import install_language

    def wait(is_ready: Callable[[], bool]) -> None:
        while not is_ready():
            loop = QEventLoop()
            QTimer.singleShot(100, loop.quit)
            loop.exec()

    def rest() -> None:
        wait(lambda: not context.background.handles)
        loop = QEventLoop()
        QTimer.singleShot(500, loop.quit)
        loop.exec()

    app = make_application()
    install_language("en")
    own = Path(tempfile.mkdtemp())
    shutil.copy(folder / "demo.spa", own / "Demo.spa")
    context = AppContext(SettingsStore(own / "settings.json"))
    context.settings.update(heat_map=True, heat_strength=35)
    window = MainWindow(context)
    window.resize(1180, 760)
    window.show()
    context.open_project(own / "Demo.spa")
    wait(lambda: context.contents is not None)
    window.show_page("explain")
    rest()
    page = window.page
    photo = next(one for one in context.workbench.project.photos(split="test") if one.name == _LOOKED_AT)
    page.show_item(photo.id)
    rest()
    page.canvas.setParent(None)
    page.canvas.resize(round(_SIZE[0] / _SCALE), round(_SIZE[0] / _SCALE))
    grab(page.canvas, "look", crop=True)
    window.show_page("results")
    rest()
    curves = window.page.parts.curves
    curves.about.hide()
    curves.plot.widget.removeItem(curves.plot.legend)
    curves.setParent(None)
    curves.resize(*(round(side / _SCALE) for side in _SIZE))
    curves.show()
    for theme in ("light", "dark"):
        context.settings.update(appearance=theme)
        curves.restyle()
        rest()
        grab(curves, f"train-{theme}")
    context.shutdown()
    del app


def grab(widget: object, name: str, *, crop: bool = False) -> None:
    """Take a picture of a widget; `crop` takes its middle."""
    with tempfile.TemporaryDirectory() as own:
        file = Path(own) / "grabbed.png"
        widget.grab().save(str(file))
        picture = Image.open(file).convert("RGB")
        if crop:
            top = (picture.height - _SIZE[1]) // 2
            picture = picture.crop((0, top, picture.width, top + _SIZE[1]))
        save(picture.resize(_SIZE, Image.Resampling.LANCZOS), name)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(_SCALE)
    _OUT.mkdir(exist_ok=True)
    draw_drop(Path(sys.argv[1]))
    grab_window(Path(sys.argv[1]))
