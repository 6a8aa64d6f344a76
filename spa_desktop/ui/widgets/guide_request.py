"""Asks for a page of the guide from any widget, without knowing who shows it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

_TYPE = QEvent.Type(QEvent.registerEventType())


class GuideRequest(QEvent):
    """Is sent to windows, from the widget's own outwards, until one accepts it.

    Attributes:
        page: name of the page, such as "glossary".
        anchor: of a heading of the English page, such as "forgetting".
    """

    def __init__(self, page: str, anchor: str = "") -> None:
        super().__init__(_TYPE)
        self.page, self.anchor = page, anchor
        self.ignore()


def request_guide(widget: QWidget, page: str, anchor: str = "") -> bool:
    """Have the guide shown. Gives whether there was somebody to show it."""
    request = GuideRequest(page, anchor)
    window: QWidget | None = widget.window()
    while window is not None:
        QCoreApplication.sendEvent(window, request)
        if request.isAccepted():
            return True
        above = window.parentWidget()
        window = above.window() if above is not None else None
    return False
