"""A small button beside a figure that says what the figure is, and leads into the guide."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.figure_texts import Topic, figure_text
from spa_desktop.ui.widgets.guide_request import request_guide

_WIDTH = 320


class WhatIsThis(QToolButton):
    """A question mark. It opens a few sentences; these are looked up then, in the language of now."""

    def __init__(self, topic: Topic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.topic: Topic = topic
        self.popup: FigurePopup | None = None
        self.setText("?")
        self.setProperty("kind", "what")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = self.tr("What is this: {figure}?").format(figure=figure_text(topic).title)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.clicked.connect(self.open_popup)

    @Slot()
    def open_popup(self) -> None:
        """Say what the figure is, beneath the button."""
        self.popup = FigurePopup(self.topic, self)
        self.popup.more_wanted.clicked.connect(self._show_guide)
        self.popup.destroyed.connect(self._on_gone)
        self.popup.open_at(self)

    @Slot()
    def _show_guide(self) -> None:
        said = figure_text(self.topic)
        if self.popup is not None:
            self.popup.close()
        request_guide(self, said.page, said.anchor)

    @Slot()
    def _on_gone(self) -> None:
        self.popup = None


class FigurePopup(QFrame):
    """The name of a figure, what it is, and a link into the guide. Escape or a click beside it closes it."""

    def __init__(self, topic: Topic, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("card", True)
        self.setObjectName("figurePopup")
        self.setFixedWidth(_WIDTH)
        said = figure_text(topic)
        self.setAccessibleName(said.title)
        self.setAccessibleDescription(said.text)
        title = set_type(QLabel(said.title), Size.BODY, strong=True)
        self.text = set_type(QLabel(said.text), Size.BODY)
        for label in (title, self.text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.more_wanted = QPushButton(self.tr("More in the guide"))
        self.more_wanted.setProperty("kind", "link")
        self.more_wanted.setAutoDefault(True)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(title)
        column.addWidget(self.text)
        column.addWidget(self.more_wanted, 0, Qt.AlignmentFlag.AlignRight)

    def open_at(self, button: QWidget) -> None:
        """Open beneath a button, or above it where there is no room, within the screen."""
        self.ensurePolished()
        height = self._column.totalHeightForWidth(_WIDTH)
        place = button.mapToGlobal(QPoint(0, button.height() + Space.XS))
        screen = QGuiApplication.screenAt(place) or button.screen()
        room = screen.availableGeometry()
        if place.y() + height > room.bottom():
            place.setY(button.mapToGlobal(QPoint(0, 0)).y() - Space.XS - height)
        place.setX(max(room.left(), min(place.x(), room.right() + 1 - _WIDTH)))
        self.setGeometry(QRect(place, QSize(_WIDTH, height)))
        self.show()
        self.more_wanted.setFocus()


def titled(label: QWidget, topic: Topic) -> QHBoxLayout:
    """A row of a title and the button that says what the figure beneath it is."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    row.addWidget(label)
    row.addWidget(WhatIsThis(topic), 0, Qt.AlignmentFlag.AlignVCenter)
    row.addStretch(1)
    return row
