"""Makes the sample's picture on the start page from a trained demo: ``python scripts/sample_picture.py FOLDER``.

FOLDER is what ``spa-desktop demo FOLDER`` filled. The heat map is that of its model.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

_SIZE = (432, 232)  # twice as large as they are shown
_COLOURS = 160
_OUT = Path(__file__).resolve().parent.parent / "resources" / "sample.png"
_LOOKED_AT = "hawksbill-01.jpg"
_SCALE = 1.35  # of the window, so that what is written in it is not too small


def grab_window(folder: Path) -> None:
    """The heat map."""
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
        wait(lambda: not context.background.operations)
        loop = QEventLoop()
        QTimer.singleShot(500, loop.quit)
        loop.exec()

    app = make_application()
    install_language("en")
    own = Path(tempfile.mkdtemp())
    shutil.copy(folder / "demo.spa", own / "Demo.spa")
    context = AppContext(SettingsStore(own / "settings.json"))
    context.settings.update(heat_map=True, heat_strength=70)
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
    file = own / "grabbed.png"
    page.canvas.grab().save(str(file))
    picture = Image.open(file).convert("RGB")
    top = (picture.height - _SIZE[1]) // 2
    picture = picture.crop((0, top, picture.width, top + _SIZE[1])).resize(_SIZE, Image.Resampling.LANCZOS)
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(_OUT, optimize=True)
    context.shutdown()
    del app


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(_SCALE)
    grab_window(Path(sys.argv[1]))
