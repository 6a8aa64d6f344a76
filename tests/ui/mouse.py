"""What a mouse does: clicks on an item of a view, and drag and drop as the window system does it."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

_PLAIN = Qt.KeyboardModifier.NoModifier
_HOW = (Qt.MouseButton.LeftButton, _PLAIN)


def place_of(qtbot: QtBot, view: QAbstractItemView, index: QModelIndex) -> QPoint:
    """The middle of an item, once the view is laid out and it is in sight: beside it, a click gives no focus."""
    view.scrollTo(index)
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(index).center()))
    return view.visualRect(index).center()


def click_item(
    qtbot: QtBot, view: QAbstractItemView, index: QModelIndex, modifier: Qt.KeyboardModifier = _PLAIN
) -> None:
    """Click an item of a view."""
    place = place_of(qtbot, view, index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def double_click_item(qtbot: QtBot, view: QAbstractItemView, index: QModelIndex) -> None:
    """Click an item of a view twice."""
    place = place_of(qtbot, view, index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def point(qtbot: QtBot, widget: QWidget, place: Callable[[], QPoint], seen: Callable[[], object]) -> None:
    """Move the mouse about there until something is to be seen: a screen tells of no move to where it is."""
    steps = itertools.cycle((0, 1))

    def is_seen() -> bool:
        qtbot.mouseMove(widget, place() + QPoint(next(steps), 0))
        return bool(seen())

    qtbot.waitUntil(is_seen)


def drop(target: QWidget, paths: Iterable[Path]) -> bool:
    """Drag files over the middle of something and let go. Gives False if nobody there wants them.

    Whoever lies topmost there and takes drops gets them.
    """
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window = target.window()
    middle = target.mapTo(window, target.rect().center())
    taker: QWidget | None = window.childAt(middle) or target
    while taker is not None and not taker.acceptDrops():
        taker = taker.parentWidget()
    if taker is None:
        return False
    place = taker.mapFrom(window, middle)
    enter = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, *_HOW)
    QApplication.sendEvent(taker, enter)
    if not enter.isAccepted():
        return False
    move = QDragMoveEvent(place, Qt.DropAction.CopyAction, data, *_HOW)
    QApplication.sendEvent(taker, move)
    if not move.isAccepted():
        QApplication.sendEvent(taker, QDragLeaveEvent())
        return False
    let_go = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, *_HOW)
    QApplication.sendEvent(taker, let_go)
    return let_go.isAccepted()
