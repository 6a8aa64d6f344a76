"""What stands on the widgets of a window, and whether any of it would be drawn as something else than text."""

import re
from collections.abc import Iterator

import shiboken6
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QTextEdit,
    QWidget,
)

from tests.hostile import UNSAFE

_PROPERTIES = ("windowTitle", "title", "text", "plainText", "format", "placeholderText")
_PROPERTIES += ("accessibleName", "accessibleDescription")
_ROLE = Qt.ItemDataRole
_ROLES = (_ROLE.DisplayRole, _ROLE.EditRole, _ROLE.AccessibleTextRole, _ROLE.AccessibleDescriptionRole)
_MNEMONIC = re.compile(r"Salt(?:[^&]|&&)*&(?!&)")


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
        for part in [top, *top.findChildren(QWidget), *top.findChildren(QAction)]:
            if not shiboken6.isValid(part):
                continue
            name = f"{type(part).__name__} {part.objectName()}"
            if isinstance(part, QAbstractButton | QAction) and _MNEMONIC.search(part.text()):
                self.problems.append(f"an ampersand is lost: {part.text()!r}")
            # Fields hold what a person may type; they draw no mark-up, and no line but their own.
            shown = [key for key in _PROPERTIES if key != "text" or not isinstance(part, QLineEdit)]
            self._note(name, *map(part.property, shown))
            if isinstance(part, QWidget):  # that of an action is its text
                self._note_tip(name, part.toolTip())
            self._look_inside(name, part)

    def _look_inside(self, name: str, part: QWidget | QAction) -> None:
        if isinstance(part, QLabel):
            part.ensurePolished()
            if part.textFormat() != Qt.TextFormat.PlainText:
                self.problems.append(f"{name} draws mark-up: {part.text()!r}")
        elif isinstance(part, QTextEdit):
            self._find_mark_up(name, part)
        elif isinstance(part, QGraphicsView) and part.scene() is not None:
            for item in part.scene().items():
                if isinstance(item, QGraphicsTextItem):
                    self._find_mark_up(name, item)
                    self._note(name, item.toPlainText())
        elif isinstance(part, QAbstractItemView | QComboBox) and (model := part.model()) is not None:
            for index in _indexes(model, QModelIndex()):
                self._note(name, *map(index.data, _ROLES))
                self._note_tip(name, index.data(_ROLE.ToolTipRole))
            for section in range(0 if isinstance(model, QAbstractListModel) else model.columnCount()):
                for way in Qt.Orientation:
                    self._note(name, *(model.headerData(section, way, role) for role in _ROLES))

    def _find_mark_up(self, name: str, of: QTextEdit | QGraphicsTextItem) -> None:
        block = of.document().begin()
        while block.isValid():
            looks = [piece.fragment().charFormat() for piece in block]
            if any(look.isImageFormat() or look.isAnchor() for look in looks):
                self.problems.append(f"{name} draws mark-up: {of.toPlainText()!r}")
            block = block.next()

    def _note_tip(self, name: str, text: object) -> None:
        self._note(f"tooltip of {name}", text)
        # Qt breaks no line of plain text; what is said of a class may be as long as its name.
        if "WWWW" in str(text) and max(map(len, str(text).split("\n"))) > 80:
            self.problems.append(f"a tooltip of {name} has a long line: {text!a}")

    def _note(self, name: str, *texts: object) -> None:
        for text in texts:
            if isinstance(text, str) and text:
                self.texts.add(text)
                if UNSAFE.search(text):
                    self.problems.append(f"{name} shows {text!a}")


def _indexes(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    for row in range(model.rowCount(parent)):
        # Of a list model it is private.
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            yield model.index(row, column, parent)
        yield from _indexes(model, model.index(row, 0, parent))
