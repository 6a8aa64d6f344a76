"""The picture of Sort in the README: ``python -m benchmarks.moving_picture FOLDER docs/screenshots/sort.webp``.

The real window, offscreen, with photos of a data set (``train/CLASS/*.jpg``, ``test/CLASS/*.jpg``) in one folder, by
names that say nothing: the folder is dropped, groups are named by keys and learned, other photos are recognised. What
is shown is what happened: of encoding and learning so many looks are kept as there is room for, evenly, and waiting is
cut short. A drawn pointer says where is clicked, a drawn key what is pressed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
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
_LOOK_MS, _SHOWN_MS = 400, 250  # how often long work is looked at, and how long such a look is shown
_MOST_LOOKS = 6
_CLASSES = ("dalmatian", "flamingo", "grand_piano", "lotus", "pizza", "watch")
_PHOTOS, _ASKED = 10, 2  # of each class: to be sorted, and to be recognised
_LEFT = Qt.MouseButton.LeftButton
_POINTER = ((0, 0), (0, 20), (5, 16), (8, 23), (11, 22), (8, 15), (14, 15))
_DIALOG = 0.55  # of the light of the window behind one


class Film:
    """Frames of a window, each with a pointer and a line of words."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._words = self._key = ""
        self._font = ImageFont.load_default(18)
        self.at = QPoint(window.width() - 60, window.height() - 60)
        self.frames: list[Image.Image] = []
        self.times: list[int] = []

    def say(self, words: str) -> None:
        self._words, self._key = words, ""

    def press(self, key: str) -> None:
        """Show a key that is pressed; "" for none."""
        self._key = key

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
        strip, middle = ImageDraw.Draw(frame), height + _STRIP / 2
        strip.text((16, middle), self._words, "white", self._font, anchor="lm")
        if self._key:
            left = WIDTH - 40 - strip.textlength(self._key, self._font)
            strip.rounded_rectangle((left, middle - 14, WIDTH - 12, middle + 14), 5, "white", "#8a97a8", 2)
            strip.text(((left + WIDTH - 12) / 2, middle), self._key, "#1d2733", self._font, anchor="mm")
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
        self.window.show_page("sort")
        breathe(300)
        self.film = Film(self.window)

    def wait(self, is_ready: Callable[[], object], seconds: float = 600) -> None:
        deadline = time.monotonic() + seconds
        while not is_ready():
            if time.monotonic() > deadline:
                raise SystemExit("the window was not ready in time")
            breathe(30)

    def rest(self) -> None:
        self.wait(lambda: not self.context.background.operations)
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


def lay_out(data: Path, folder: Path) -> dict[str, str]:
    """Photos to be sorted, and others to be recognised. Gives the class of each by the name of its file."""
    truth: dict[str, str] = {}
    for part, number, target in (("train", _PHOTOS, "Holiday"), ("test", _ASKED, "New photos")):
        files = [file for name in _CLASSES for file in sorted((data / part / name).glob("*.jpg"))[:number]]
        random.Random(1).shuffle(files)
        (folder / target).mkdir()
        for place, file in enumerate(files):
            name = f"IMG_{place + 1000 * (part == 'test'):04}.jpg"
            shutil.copyfile(file, folder / target / name)
            truth[name] = file.parent.name.replace("_", " ")
    return truth


def watch(actor: Actor, is_over: Callable[[], object]) -> None:
    """Look at long work until it is over."""
    first = len(actor.film.frames)
    while not is_over():
        breathe(_LOOK_MS)
        actor.film.snap(_SHOWN_MS, if_changed=True)
    actor.film.thin(first, _MOST_LOOKS)
    actor.rest()


def name_groups(actor: Actor, page: Any, truth: dict[str, str]) -> None:
    """Give each group the name of what it shows: a suggestion that says so, else by writing it."""
    film, view = actor.film, page.view
    view.setFocus()
    while (row := view.row) is not None and row.is_group and not row.name:
        names = [truth[page.work.photos[key].path.name] for key in row.photos]
        name = max(names, key=names.count)
        offered = [one.text for one in row.suggestions]
        if name in offered:
            film.press(str(offered.index(name) + 1))
            film.snap(500)
            QTest.keyClicks(view, str(offered.index(name) + 1))
        else:
            film.press("Enter")
            QTest.keyClick(view, Qt.Key.Key_Return)
            breathe(150)
            film.snap(400)
            film.press(name)
            view.field.selectAll()
            QTest.keyClicks(view.field, name)
            breathe(150)
            film.snap(600)
            film.press("Enter")
            QTest.keyClick(view.field, Qt.Key.Key_Return)
        actor.rest()
        film.press("")
        film.snap(700)


def play(actor: Actor, folder: Path, truth: dict[str, str]) -> None:
    """Drop, groups, names, learn, recognise."""
    film, window = actor.film, actor.window
    page = window.page
    film.say("1  Drop a folder of photos that nobody has sorted")
    film.snap(1200)
    actor.drop(page, [folder / "Holiday"])
    watch(actor, lambda: page.work.pile is not None)
    film.say("2  Those that look alike are put together")
    film.at = QPoint(window.width() - 60, window.height() - 20)  # out of the way
    film.snap(2000)
    film.say("3  Say what each group is: 1 to 3 take a suggestion, Enter writes a name")
    name_groups(actor, page, truth)
    film.snap(900)
    film.say("4  Learn (shortened): each group becomes a class")
    actor.click(page.learn)
    watch(actor, lambda: not page.work.learning.is_busy)
    film.snap(1800)
    film.say("5  Photos that it has not seen are recognised")
    actor.click(window.side_bar.button("use"))
    actor.rest()
    actor.drop(window.page, [folder / "New photos"])
    page = window.page
    actor.wait(lambda: len(page.model.all_photos) == _ASKED * len(_CLASSES))
    actor.rest()
    film.snap(3500)


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.moving_picture", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--frames", type=Path, help="a folder for every frame as a PNG")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        folder = Path(own)
        for kind in ("CACHE", "DATA", "CONFIG"):
            os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(folder / kind.lower())
        truth = lay_out(arguments.data, folder)
        actor = Actor(folder)
        play(actor, folder, truth)
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
