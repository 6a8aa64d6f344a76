"""What stands on the widgets of a window, and whether any of it would be drawn as something else than text."""

import re
from collections.abc import Iterator
from typing import Any

import shiboken6
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsTextItem,
    QGraphicsView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from tests.hostile import UNSAFE

_PROPERTIES = (
    "text",
    "toolTip",
    "statusTip",
    "whatsThis",
    "accessibleName",
    "accessibleDescription",
    "placeholderText",
)
_ROLE = Qt.ItemDataRole
_ROLES = (
    _ROLE.DisplayRole,
    _ROLE.EditRole,
    _ROLE.ToolTipRole,
    _ROLE.StatusTipRole,
    _ROLE.WhatsThisRole,
    _ROLE.AccessibleTextRole,
    _ROLE.AccessibleDescriptionRole,
)
_MNEMONIC = re.compile(r"(?<!&)(?:&&)*&(?!&)")


class Walk:
    """Looks at widgets one after the other, and keeps what is wrong.

    Attributes:
        problems: one line each.
        texts: everything that was seen.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.texts: set[str] = set()

    def look(self, top: QWidget) -> None:
        """Look at a window or dialog and all that is on it."""
        for widget in [top, *top.findChildren(QWidget)]:
            if shiboken6.isValid(widget):  # a tooltip may have gone by now
                self._widget(widget)
        for action in top.findChildren(QAction):
            self._text(f"action {action.text()!r}", action.text(), action.toolTip(), action.statusTip())
            self._literal(action.text())
            if action.whatsThis():
                self.problems.append(f"{action!r} has a text for What's this")

    def _widget(self, widget: QWidget) -> None:
        name = f"{type(widget).__name__} {widget.objectName()}"
        self._text(name, widget.windowTitle(), *self._properties(widget))
        if widget.whatsThis():
            self.problems.append(f"{name} has a text for What's this")
        if isinstance(widget, QLabel):
            widget.ensurePolished()
            if widget.textFormat() != Qt.TextFormat.PlainText:
                self.problems.append(f"{name} draws mark-up: {widget.text()!r}")
        elif isinstance(widget, QAbstractButton):
            self._literal(widget.text())
        elif isinstance(widget, QTextEdit):
            self._no_pictures(name, widget)
        elif isinstance(widget, QGraphicsView) and widget.scene() is not None:
            for item in widget.scene().items():
                if isinstance(item, QGraphicsTextItem):
                    self._no_pictures(name, item)
                    self._text(name, item.toPlainText())
        elif isinstance(widget, QTabBar):
            for tab in range(widget.count()):
                self._text(name, widget.tabText(tab), widget.tabToolTip(tab), widget.tabWhatsThis(tab))
        elif isinstance(widget, QComboBox):
            for row in range(widget.count()):
                self._text(name, *(widget.itemData(row, role) for role in _ROLES))
        elif isinstance(widget, QProgressBar):
            self._text(name, widget.format(), widget.text())
        elif isinstance(widget, QGroupBox | QMenu):
            self._text(name, widget.title())
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            self._view(name, widget)
        elif widget.toolTip() and widget.isVisible():
            self._point(name, widget, widget.rect().center())

    def _properties(self, widget: QWidget) -> Iterator[str]:
        for name in _PROPERTIES:
            found = getattr(widget, name, None)
            text = found() if callable(found) else None
            # Fields hold what a person may type; they draw no mark-up, and no line but their own.
            if isinstance(text, str) and not (name == "text" and isinstance(widget, QLineEdit)):
                yield text
        if isinstance(widget, QPlainTextEdit):
            yield widget.toPlainText()

    def _view(self, name: str, view: QAbstractItemView) -> None:
        model = view.model()
        if isinstance(view, QHeaderView):
            for section in range(view.count()):
                texts = [model.headerData(section, view.orientation(), role) for role in _ROLES]
                self._text(name, *texts)
                if texts and view.isVisible() and not view.isSectionHidden(section):
                    place = view.sectionViewportPosition(section) + 2
                    at = QPoint(place, 4) if view.orientation() == Qt.Orientation.Horizontal else QPoint(4, place)
                    self._point(name, view.viewport(), at)
            return
        for index in _indexes(model, view.rootIndex()):
            self._text(name, *(index.data(role) for role in _ROLES))
            if index.data(Qt.ItemDataRole.WhatsThisRole):
                self.problems.append(f"{name} has a text for What's this")
            place = view.visualRect(index)
            if view.isVisible() and index.data(Qt.ItemDataRole.ToolTipRole) and not place.isEmpty():
                self._point(name, view.viewport(), place.center())

    def _point(self, name: str, widget: QWidget, at: QPoint) -> None:
        """Have the tooltip shown, as a pointer that rests there does."""
        if not widget.rect().contains(at):
            return
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
        for tip in QApplication.topLevelWidgets():
            if tip.metaObject().className() == "QTipLabel" and isinstance(tip, QLabel) and tip.isVisible():
                tip.grab()  # as if it were painted
                if tip.textFormat() != Qt.TextFormat.PlainText:
                    self.problems.append(f"a tooltip of {name} draws mark-up: {tip.text()!r}")
                longest = max(map(len, tip.text().split("\n")))
                if longest > 80:
                    self.problems.append(f"a tooltip of {name} has a line of {longest} letters")
                self._text(f"tooltip of {name}", tip.text())
                tip.hide()

    def _no_pictures(self, name: str, of: QTextEdit | QGraphicsTextItem) -> None:
        block = of.document().begin()
        while block.isValid():
            for piece in block:
                form = piece.fragment().charFormat()
                if form.isImageFormat() or form.isAnchor():
                    self.problems.append(f"{name} draws mark-up: {of.toPlainText()!r}")
            block = block.next()

    def _literal(self, text: str) -> None:
        """Of an ampersand in a name, no mnemonic is made."""
        if "Salt" in text and _MNEMONIC.search(text[text.index("Salt") :]):
            self.problems.append(f"an ampersand is lost: {text!r}")

    def _text(self, name: str, *texts: Any) -> None:
        for text in texts:
            if isinstance(text, str) and text:
                self.texts.add(text)
                if UNSAFE.search(text):
                    self.problems.append(f"{name} shows {text!a}")


def _indexes(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    for row in range(model.rowCount(parent)):
        # Of a list model it is private.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            yield model.index(row, column, parent)
        yield from _indexes(model, model.index(row, 0, parent))
