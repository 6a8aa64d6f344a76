"""The picture of the loop in the README: ``python -m benchmarks.moving_picture docs/screenshots/loop.webp``.

The real window, offscreen, with the drawn demo photos: folders are dropped, the classes are learned, a photo that lies
in a wrong folder is seen on Results, corrected, and that is learned. What is shown is what happened: of the training
so many looks are kept as there is room for, evenly, and waiting is cut short. A drawn pointer says where is clicked.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image, ImageChops, ImageDraw, ImageFont
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.ui_latency import breathe

WINDOW, WIDTH = (1080, 700), 900
_STRIP = 40  # pixels of the line of words beneath
_MOST_BYTES = 1_500_000
_LOOK_MS, _TRAINING_MS = 400, 160  # how often the training is looked at, and how long such a look is shown
_MOST_LOOKS = 40
_LEFT = Qt.MouseButton.LeftButton
_POINTER = ((0, 0), (0, 20), (5, 16), (8, 23), (11, 22), (8, 15), (14, 15))
_DIALOG = 0.55  # of the light of the window behind one


class Film:
    """Frames of a window, each with a pointer and a line of words."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._words = ""
        self._font = ImageFont.load_default(18)
        self.at = QPoint(window.width() - 60, window.height() - 60)
        self.frames: list[Image.Image] = []
        self.times: list[int] = []

    def say(self, words: str) -> None:
        self._words = words

    def snap(self, milliseconds: int, *, is_click: bool = False, if_changed: bool = False) -> None:
        """Keep the window as it looks now, and show it so long."""
        frame = self._draw(is_click)
        if self.frames and ImageChops.difference(frame, self.frames[-1]).getbbox() is None:
            self.times[-1] += 0 if if_changed else milliseconds
            return
        self.frames.append(frame)
        self.times.append(milliseconds)

    def thin(self, first: int, most: int) -> None:
        """Keep at most so many of the frames from `first` on, evenly, and the last one."""
        count = len(self.frames) - first
        if count > most:
            kept = [first + round(place * (count - 1) / (most - 1)) for place in range(most)]
            self.frames[first:] = [self.frames[place] for place in kept]
            self.times[first:] = [self.times[place] for place in kept]

    def move(self, widget: QWidget, at: QPoint | None = None, steps: int = 4) -> None:
        """Move the pointer over something."""
        goal = widget.mapTo(widget.window(), at or widget.rect().center())
        if widget.window() is not self._window:
            goal += self._offset(widget.window())
        start = self.at
        for step in range(1, steps + 1):
            self.at = start + (goal - start) * step / steps
            self.snap(60)

    def save(self, path: Path) -> int:
        """Write it, with as many bits a colour as there is room for. Gives its size.

        Without loss: what changes between two frames of a window would leave shadows else.
        """
        for bits in (8, 7, 6, 5):
            levels = [round((value >> (8 - bits)) * 255 / ((1 << bits) - 1)) for value in range(256)] * 3
            first, *others = [frame.point(levels) for frame in self.frames]
            first.save(
                path,
                save_all=True,
                append_images=others,
                duration=self.times,
                loop=0,
                lossless=True,
                quality=80,
                method=4,
            )
            if path.stat().st_size < _MOST_BYTES:
                break
        return path.stat().st_size

    def _draw(self, is_click: bool) -> Image.Image:
        picture = to_pillow(self._window.grab().toImage())
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            picture = Image.blend(Image.new("RGB", picture.size), picture, _DIALOG)
            offset = self._offset(dialog)
            picture.paste(to_pillow(dialog.grab().toImage()), (offset.x(), offset.y()))
        draw = ImageDraw.Draw(picture)
        x, y = self.at.x(), self.at.y()
        if is_click:
            draw.ellipse((x - 18, y - 18, x + 18, y + 18), outline="#2F6FDE", width=4)
        draw.polygon([(x + right, y + down) for right, down in _POINTER], fill="white", outline="black", width=1)
        height = round(picture.height * WIDTH / picture.width)
        frame = Image.new("RGB", (WIDTH, height + _STRIP), "#1d2733")
        frame.paste(picture.resize((WIDTH, height), Image.Resampling.LANCZOS), (0, 0))
        ImageDraw.Draw(frame).text((16, height + _STRIP / 2), self._words, "white", self._font, anchor="lm")
        return frame

    def _offset(self, dialog: QWidget) -> QPoint:
        return QPoint((self._window.width() - dialog.width()) // 2, (self._window.height() - dialog.height()) // 2)


def to_pillow(image: QImage) -> Image.Image:
    """A picture of Qt as one of Pillow."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    data = bytes(image.constBits())
    return Image.frombytes("RGB", (image.width(), image.height()), data, "raw", "RGB", image.bytesPerLine())


class Actor:
    """Does with the window what a person does, before the camera."""

    def __init__(self, folder: Path) -> None:
        from spa_desktop.ui.app import make_application
        from spa_desktop.ui.app_state.context import AppContext
        from spa_desktop.ui.preferences import SettingsStore
        from spa_desktop.ui.shell.main_window import MainWindow

        make_application()
        self.context = AppContext(SettingsStore(folder / "settings.json"))
        self.context.settings.update(appearance="light", language="en")
        self.context.asker.refuse_all()  # nobody is there to be asked
        self.window: Any = MainWindow(self.context)
        self.window.resize(*WINDOW)
        self.window.show()
        self.context.create_project(folder / "My classes.spa")
        self.wait(lambda: self.context.contents is not None)
        self.window.show_page("classes")
        breathe(300)
        self.film = Film(self.window)

    def wait(self, is_ready: Callable[[], object], seconds: float = 600) -> None:
        deadline = time.monotonic() + seconds
        while not is_ready():
            if time.monotonic() > deadline:
                raise SystemExit("the window was not ready in time")
            breathe(30)

    def rest(self) -> None:
        self.wait(lambda: not self.context.background.handles)
        breathe(250)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        self.film.move(widget, at)
        self.film.snap(350, is_click=True)
        QTest.mouseClick(widget, _LEFT, pos=at or widget.rect().center())
        breathe(120)

    def drop(self, page: QWidget, folders: list[Path]) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(folder)) for folder in folders])
        middle = page.rect().center()
        how = (_LEFT, Qt.KeyboardModifier.NoModifier)
        self.film.move(page, middle)
        QApplication.sendEvent(page, QDragEnterEvent(middle, Qt.DropAction.CopyAction, data, *how))
        breathe(150)
        self.film.snap(900)
        QApplication.sendEvent(page, QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, data, *how))
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def photos(folder: Path) -> list[Path]:
    """Eight folders of drawn photos; a ladybird lies among the strawberries."""
    from spa_desktop.demo import draw_demo

    demo = draw_demo(folder / "drawn", photos_per_class=12, test_per_class=1)
    folders = [task.class_folder(name) for task in demo.tasks for name in task.classes]
    by_name = {one.name: one for one in folders}
    stray = sorted(by_name["ladybird"].iterdir())[0]
    stray.rename(by_name["strawberry"] / "IMG_0042.jpg")
    return folders


def play(actor: Actor, folders: list[Path]) -> None:
    """The loop: drop, train, mistake, correct, learn."""
    film, window = actor.film, actor.window
    film.say("1  Drop folders of photos: each is a class")
    film.snap(1200)
    actor.drop(window.page, folders)
    page = window.page
    actor.wait(lambda: page.adding.sheet is not None and page.adding.sheet.add.isEnabled())
    film.snap(1300)
    actor.click(page.adding.sheet.add)
    actor.rest()
    film.snap(1200)
    film.say("2  Train (shortened): photos are encoded, their telling parts are picked, then it learns")
    actor.click(window.side_bar.button("train"))
    page = window.page
    actor.rest()
    film.snap(500)
    actor.click(page.train)
    first = len(film.frames)
    while page.queue.is_busy:
        breathe(_LOOK_MS)
        film.snap(_TRAINING_MS, if_changed=True)
    film.thin(first, _MOST_LOOKS)
    actor.rest()
    film.snap(1600)
    film.say("3  Results: a photo looks like another class")
    actor.click(window.side_bar.button("results"))
    page = window.page
    actor.wait(lambda: page.report is not None and page.parts.worth.found is not None)
    actor.rest()
    film.snap(1400)
    correct(actor, page)


def correct(actor: Actor, page: Any) -> None:
    """See the photo, say what it is, have that learned."""
    from spa_desktop.ui.corrections.correction_card import CorrectionCard

    film, tray, strip = actor.film, actor.window.tray, page.parts.strip
    card = page.findChild(CorrectionCard)
    actor.click(page.parts.worth.links["mislabelled"])
    actor.rest()
    page.parts.ensureWidgetVisible(strip)
    breathe(200)
    film.snap(900)
    bench = actor.context.workbench
    assert bench is not None, "a project is open"
    names = {photo.id: photo.name for photo in bench.project.photos()}
    row = next(place for place, one in enumerate(strip.model.photos) if names[one.id] == "IMG_0042.jpg")
    film.say("4  Say what it is")
    actor.click(strip.view.viewport(), strip.view.visualRect(strip.model.index(row)).center())
    page.parts.ensureWidgetVisible(card)
    breathe(300)
    film.snap(1100)
    actor.click(card.chips[0])
    actor.rest()
    film.snap(900)
    film.say("5  Learn the correction: in seconds, without training anew")
    actor.click(tray.learn)
    film.snap(400)
    actor.wait(lambda: tray.outcome is not None)
    actor.rest()
    film.move(tray, QPoint(tray.width() // 2, 20))
    film.snap(3200)


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.moving_picture", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--frames", type=Path, help="a folder for every frame as a PNG")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        folder = Path(own)
        for kind in ("CACHE", "DATA", "CONFIG"):
            os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(folder / kind.lower())
        folders = photos(folder)
        actor = Actor(folder)
        play(actor, folders)
        actor.context.shutdown()
        film = actor.film
        if arguments.frames is not None:
            arguments.frames.mkdir(parents=True, exist_ok=True)
            for number, frame in enumerate(film.frames):
                frame.save(arguments.frames / f"{number:03d}.png")
        size = film.save(arguments.file)
    print(f"{arguments.file}: {len(film.frames)} frames, {sum(film.times) / 1000:.0f} s, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
