"""Classes as cards: a photo, the name, and the sentence, which is edited in its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.project.records import Description, PhotoCounts
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.style.theme import Size, Space, font_of, theme
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import paint_picture
from spa_desktop.ui.widgets.class_list import NODE_ROLE, ClassListModel, ClassNode, Node
from spa_desktop.ui.widgets.labels import paint_row_ground
from spa_desktop.ui.widgets.tables import Column, Index

_HEIGHT = 68
PHOTO = 44  # pixels a side


class DescribedModel(ClassListModel):
    """Classes with their texts; of their states "none", "writing", "approved" and "draft" the last is not said."""

    line_given = Signal(int, str)  # class id, and the sentence that it is to have

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.photos: Mapping[int, int] = {}  # the photo that shows each class, by their ids
        self._texts: Mapping[int, Description] = {}
        self._writing: Collection[int] = ()
        self._is_writable = False
        self.columns = (Column("", lambda node: node.name, tip=lambda node: self.line(node) or node.name),)
        self.states = {
            "none": (self.tr("no text yet"), "muted"),
            "writing": (self.tr("writing..."), "accent"),
            "approved": (self.tr("approved"), "muted"),
        }

    def fill(self, contents: Contents, texts: Mapping[int, Description], writing: Collection[int]) -> bool:
        """Show the classes; those in `writing` are being described. Gives True if rows came or went."""
        self._texts, self._writing, self._is_writable = texts, writing, contents.is_writable

        def state(class_id: int) -> str:
            if class_id in writing:
                return "writing"
            if class_id not in texts:
                return "none"
            return "approved" if contents.is_approved(class_id) else "draft"

        return self.show([ClassNode(class_, PhotoCounts(), state(class_.id)) for class_ in contents.classes])

    def mark(self, node: Node) -> tuple[str, str]:
        """What is not as with most classes, and the role of its colour."""
        text = self._texts.get(node.id)
        is_own = text is not None and text.writer == "person" and node.id not in self._writing
        return (self.tr("written by you"), "muted") if is_own else self.state(node)

    def line(self, node: Node) -> str:
        """What a card says of its class."""
        text = self._texts.get(node.id)
        if text is not None and not text.phrases and text.writer != "person":
            return self.tr("nothing certain to say")
        return text.sentence if text is not None else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        node, flags = self.node(index), super().flags(index)
        can = self._is_writable and isinstance(node, ClassNode) and node.id in self._texts and node.state != "writing"
        return flags | Qt.ItemFlag.ItemIsEditable if can else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is not None and role == Qt.ItemDataRole.EditRole:
            return self._texts[node.id].sentence if node.id in self._texts else None
        if node is not None and role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (node.name, self.line(node), self.mark(node)[0])))
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node, line = self.node(index), " ".join(str(value).split())
        text = self._texts.get(node.id) if node is not None else None  # it may be undone while its line is edited
        if node is None or text is None or line in ("", text.sentence):
            return False
        self.line_given.emit(node.id, line)
        return True


class CardDelegate(QStyledItemDelegate):
    """Paints a card: photo, name over sentence, and at the right what is not as it is with most."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, _HEIGHT)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """What is being typed stays, whatever other cards show meanwhile."""
        editor.setAccessibleName(index.data(NODE_ROLE).name)
        if not isinstance(editor, QLineEdit) or not editor.isModified():
            super().setEditorData(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(_texts_in(option.rect).adjusted(0, _HEIGHT // 2 - 1, 0, -1))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node, model = index.data(NODE_ROLE), index.model()
        assert isinstance(model, DescribedModel), "it paints no other"
        painter.save()
        paint_row_ground(painter, option)
        photo, top = model.photos.get(node.id), option.rect.top() + (_HEIGHT - PHOTO) // 2
        picture = None if photo is None else model.source.picture(photo, painter.device().devicePixelRatioF())
        paint_picture(painter, QRectF(option.rect.left() + Space.M, top, PHOTO, PHOTO), picture)
        box, (state, role) = _texts_in(option.rect), model.mark(node)
        small, middle = font_of(option.font, Size.CAPTION), Qt.AlignmentFlag.AlignVCenter
        upper, lower = (QRect(box.left(), top + at, box.width(), PHOTO // 2) for at in (0, PHOTO // 2))
        strong, body = font_of(option.font, Size.BODY, strong=True), font_of(option.font, Size.BODY)
        width = QFontMetrics(small).horizontalAdvance(state) + Space.S
        if QFontMetrics(strong).horizontalAdvance(node.name) + width <= upper.width():  # the name goes first
            painter.setFont(small)
            painter.setPen(theme().color(role))
            painter.drawText(upper, Qt.AlignmentFlag.AlignRight | middle, state)
        for font, place, text, color in ((strong, upper, node.name, "text"), (body, lower, model.line(node), "muted")):
            painter.setFont(font)
            painter.setPen(theme().color(color))
            text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.restore()


def _texts_in(rect: QRect) -> QRect:
    return rect.adjusted(Space.M + PHOTO + Space.M, 0, -Space.M, 0)
