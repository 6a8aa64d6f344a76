"""What each figure of the window is, in two or three sentences, and where the guide says more."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QLocale, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from spa_desktop import paths
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, wrapped


@dataclass(frozen=True)
class FigureText:
    """The text about a figure."""

    title: str
    text: str
    page: str  # of the guide that says more
    anchor: str  # of the heading there, as the English page has it


def figure_text(topic: str) -> FigureText:
    """What to say of a figure of `resources/figures`, in the language of now."""
    return figure_texts(QLocale().name())[topic]


@functools.cache
def figure_texts(locale: str) -> dict[str, FigureText]:
    """The texts of all figures in the language of a locale such as ``zh_CN``; English where there is none."""
    folder = paths.resources_dir() / "figures"
    english = tomllib.loads((folder / "en.toml").read_text(encoding="utf-8"))
    own = folder / f"{locale}.toml"
    texts = tomllib.loads(own.read_text(encoding="utf-8")) if own.is_file() else english
    figures = {}
    for topic, said in texts.items():
        page, _, anchor = english[topic]["guide"].partition("#")
        figures[topic] = FigureText(said["title"], said["text"], page, anchor)
    return figures


_WIDTH = 320


class WhatIsThis(QToolButton):
    """A question mark. It opens a few sentences; these are looked up then, in the language of now."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic
        self.setText("?")
        self.setProperty("kind", "what")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = self.tr("What is this: {figure}?").format(figure=figure_text(topic).title)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.clicked.connect(self.open_popup)

    @Slot()
    def open_popup(self) -> None:
        FigurePopup(self.topic, self).open_at(self)


class FigurePopup(QFrame):
    """The name of a figure, what it is, and a link into the guide. Escape or a click beside it closes it."""

    def __init__(self, topic: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("card", True)
        self.setObjectName("figurePopup")
        self.setFixedWidth(_WIDTH)
        said = self._said = figure_text(topic)
        self.setAccessibleName(said.title)
        self.setAccessibleDescription(said.text)
        title = set_type(wrapped(said.title), Size.BODY, strong=True)
        self.text = wrapped(said.text, Size.BODY, role="text")
        self.more_wanted = button(self.tr("More in the guide"), self._show_guide, kind="link")
        self.more_wanted.setAutoDefault(True)
        more = (self.more_wanted, 0, Qt.AlignmentFlag.AlignRight)
        margins = (Space.L, Space.M, Space.L, Space.S)
        self._column = column(title, self.text, more, spacing=Space.XS, margins=margins, of=self)

    @Slot()
    def _show_guide(self) -> None:
        self.close()
        button: Any = self.parent()
        button.window().show_guide(self._said.page, self._said.anchor)

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


def titled(label: QWidget, topic: str) -> QHBoxLayout:
    """A row of a title and the button that says what the figure beneath it is."""
    return row(label, (WhatIsThis(topic), 0, Qt.AlignmentFlag.AlignVCenter), None, spacing=Space.S)
