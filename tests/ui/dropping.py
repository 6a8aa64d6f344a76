"""Drag and drop as the window system does it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_HOW = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


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
