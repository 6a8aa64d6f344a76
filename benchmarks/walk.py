"""A walk without a plan: ``python -m benchmarks.walk --steps 3000 --seed 1``.

Commands, buttons, places in lists, keys, pages and dropped photos, whatever can be reached, in an order that is left to
a seeded chance, which answers dialogs and menus as well. A fault is an exception that nobody expected, a warning of Qt,
a step of more than a minute, or a thread that is left at the end. Offscreen, on an encoder that is small enough. The
same seed chooses the same, as long as the same is shown: work in the background takes its time.
"""

import argparse
import faulthandler
import logging
import os
import random
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)
from shiboken6 import isValid

from benchmarks.ui_latency import Bench, breathe
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import training

MOST_SECONDS = 60  # of one step
_LEFT, _RIGHT, _PLAIN = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_KEYS = {  # no Ctrl+Q
    _PLAIN: "Up Down Left Right Home End PageDown Tab Backtab Return Escape Delete Space F1 F2 Menu Plus Minus 1 2 3 9 "
    "A B C D E H I J K L M N P R S T U V X Z",
    _CTRL: "A C F K N O V W X Y Z Return 1 2 3 4 5 6 7 8",
    _SHIFT: "Up Down Tab F10",
}
_TEXTS = ("red", "<b>x", "a/b", "violet 2", "  ", "..", "12")
_FILES = ("Walk.spa", "Other.spa", "photos", "new", "x.csv", "film.avi")
_OF_THE_PLATFORM = ("This plugin does not support", "pipewire")


class Walker(QObject):
    """Does something at random, and answers whatever asks meanwhile."""

    def __init__(self, bench: Bench, photos: Path, seed: int) -> None:
        super().__init__()
        self.bench, self.photos, self.chance = bench, photos, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.last = ""
        self.looking = QTimer(self)
        self.looking.setInterval(150)
        self.looking.timeout.connect(self.look)
        self.looking.start()
        for scheme in ("http", "https", "file", "mailto"):
            QDesktopServices.setUrlHandler(scheme, self, "see")  # type: ignore[arg-type] # it takes no bytes

    @Slot("QUrl")
    def see(self, _: object) -> None:
        """What another program would open."""

    @property
    def window(self) -> Any:
        return self.bench.window

    def step(self) -> None:
        acts = (self.command, self.press, self.click, self.key, self.type, self.page, self.undo, self.drop)
        act = self.chance.choices(acts, (4, 8, 6, 10, 1, 3, 2, 1))[0]
        self.last = act.__name__
        self.done[act.__name__] += 1
        act()

    def widgets(self, kind: type[QWidget]) -> list[Any]:
        """All of a kind that can be clicked now."""
        modal = QApplication.activeModalWidget()
        tops = [modal] if modal else [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        found = [one for top in tops for one in (top, *top.findChildren(QWidget)) if isinstance(one, kind)]
        return [one for one in found if one.isVisible() and one.isEnabled() and not one.visibleRegion().isEmpty()]

    def command(self) -> None:
        owners = [*self.window.menuBar().findChildren(QMenu), *self.widgets(QWidget)]
        actions = [one for owner in owners for one in owner.actions() if isValid(one) and one.isEnabled()]
        action = self.chance.choice([one for one in actions if one.menuRole() != QAction.MenuRole.QuitRole])
        self.last += f" {action.text()}"
        action.trigger()

    def press(self) -> None:
        if buttons := self.widgets(QAbstractButton):
            button = self.chance.choice(buttons)
            self.last += f" {button.text() or button.accessibleName()}"
            QTest.mouseClick(button, _LEFT)

    def click(self) -> None:
        widget = self.chance.choice(self.widgets(QWidget) or [self.window])
        place = QPoint(self.chance.randrange(max(widget.width(), 1)), self.chance.randrange(max(widget.height(), 1)))
        how = self.chance.choice((_LEFT, _LEFT, _LEFT, _RIGHT))
        self.last += f" {type(widget).__name__}"
        QTest.mouseClick(widget, how, self.chance.choice((_PLAIN, _PLAIN, _CTRL, _SHIFT)), place)
        if how == _LEFT and self.chance.random() < 0.2 and isValid(widget):
            QTest.mouseDClick(widget, _LEFT, _PLAIN, place)

    def key(self) -> None:
        modifier = self.chance.choices(list(_KEYS), (12, 6, 1))[0]
        key = self.chance.choice(_KEYS[modifier].split())
        self.last += f" {modifier.name} {key}"
        QTest.keyClick(QApplication.focusWidget() or self.window, getattr(Qt.Key, f"Key_{key}"), modifier)

    def type(self) -> None:
        QTest.keyClicks(self.chance.choice(self.widgets(QLineEdit) or [self.window]), self.chance.choice(_TEXTS))

    def page(self) -> None:
        from spa_desktop.ui.shell.side_bar import PAGE_NAMES

        if self.bench.context.contents is None:
            self.bench.context.open_project(self.bench.folder / "Walk.spa")
        else:
            self.window.show_page(self.chance.choice(PAGE_NAMES))

    def undo(self) -> None:
        undo = self.bench.context.undo
        self.chance.choice((undo.undo, undo.undo, undo.redo))()

    def drop(self) -> None:
        from tests.ui.mouse import drop

        drop(self.window, self.chance.sample([self.photos, *self.photos.rglob("*")], self.chance.choice((1, 1, 3))))

    @Slot()
    def look(self) -> None:
        """Answer, but not here: a timer is deaf until its slot is done, and one dialog may open another."""
        QTimer.singleShot(0, self.answer)

    @Slot()
    def answer(self) -> None:
        """Answer a menu or a dialog; one that has more to do is mostly left to the next steps."""
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        is_yes = self.chance.random() < 0.6
        if isinstance(popup, QMenu):
            actions = [one for one in popup.actions() if one.isEnabled() and one.isVisible() and not one.isSeparator()]
            if actions and is_yes:
                popup.setActiveAction(self.chance.choice(actions))
            QTest.keyClick(popup, Qt.Key.Key_Return if is_yes else Qt.Key.Key_Escape)
        elif popup is not None:
            popup.close()
        elif isinstance(modal, QFileDialog):
            modal.setDirectory(str(self.bench.folder))
            modal.selectFile(self.chance.choice(_FILES))
            modal.accept() if is_yes else modal.reject()
        elif isinstance(modal, QMessageBox):
            QTest.mouseClick(self.chance.choice(modal.buttons()), _LEFT)
        elif isinstance(modal, QDialog) and self.chance.random() < 0.2:
            modal.reject()


class Faults(logging.Handler):
    """What is noted in the log as a warning or worse."""

    def __init__(self, walker: Walker) -> None:
        super().__init__(logging.WARNING)
        self.walker, self.found = walker, Counter[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if not any(word in text for word in _OF_THE_PLATFORM):
            self.note(text)

    def note(self, text: str) -> None:
        self.found[text] += 1
        print(f"step {self.walker.done.total()}, {self.walker.last!r}: {text}", flush=True)


def walk(folder: Path, steps: int, seed: int) -> Counter[str]:
    """So many steps on a project in a folder. Gives the faults, each as often as it came, which are printed as well."""
    from spa_desktop.encoders import backbones
    from spa_desktop.ui.faults import start_log
    from spa_desktop.workbench.open_project import OpenProject
    from tests.workbench.tiny import draw_classes, load_tiny

    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    photos = draw_classes(folder / "photos", ("red", "green", "blue", "amber"), train=6, test=2)
    with OpenProject.create(folder / "Walk.spa") as project:
        add_classes(project.project, [photos])
        training.train(project)
    draw_classes(photos / "more", ("violet", "teal"), train=4, test=1)
    os.chdir(folder)
    before, bench = set(threading.enumerate()), Bench(folder)
    start_log()
    bench.session.faults.install()
    walker = Walker(bench, photos, seed)
    faults = Faults(walker)
    logging.getLogger().addHandler(faults)
    bench.context.settings.update(projects_folder=str(folder), appearance="light")
    late: dict[str, float] = {}
    for _ in range(steps):
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
        bench.metronome.start()
        walker.step()
        breathe(walker.chance.choice((20, 30, 100)))
        late[walker.last] = max(late.get(walker.last, 0), *bench.metronome.stop().late, 0)
    for handle in bench.context.background.operations:
        handle.cancel()
    if not bench.context.shutdown():
        faults.note("work did not end")
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon and not thread.name.startswith("halves"):  # these live as long as the process
            faults.note(f"the thread {thread.name} is left")
    faulthandler.cancel_dump_traceback_later()
    logging.getLogger().removeHandler(faults)
    bench.session.faults.uninstall()
    worst = ", ".join(f"{late[one]:.0f} ms ({one})" for one in sorted(late, key=late.__getitem__)[:-6:-1])
    print(f"seed {seed}: {dict(walker.done)}, {len(faults.found)} faults; the window was late by {worst}")
    return faults.found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk", description=__doc__)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spa-desktop-walk-", ignore_cleanup_errors=True) as own:
        os.environ |= {f"SPA_DESKTOP_{kind}_DIR": f"{own}/{kind}" for kind in ("CACHE", "DATA", "CONFIG", "STATE")}
        os.environ["HOME"] = own
        found = walk(Path(own), arguments.steps, arguments.seed)
        os.chdir("/")
    raise SystemExit(bool(found))
