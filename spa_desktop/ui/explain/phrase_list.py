"""The list of phrases: pointing at one, or going to it by keyboard, lights its patches."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.ui.photo.phrase_model import PhraseModel, RowRole, ShareRole
from spa_desktop.ui.style.theme import Size, Space, class_style, theme
from spa_desktop.ui.widgets.content_height import fit_height
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import MARK, paint_mark

_Index = QModelIndex | QPersistentModelIndex
_ROW, _HEAD = 30, 34
_CORNER = 4
_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)


class _PhraseDelegate(QStyledItemDelegate):
    def __init__(self, view: PhraseList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row = index.data(RowRole)
        if row.phrase is None:
            return QSize(120, _HEAD)
        font = QFont(option.font)
        font.setPixelSize(int(Size.BODY))
        metrics = QFontMetrics(font)
        # Room for a share is kept, so that no line moves when a patch is pointed at.
        room = self._view.viewport().width() - 2 * Space.S - 2 - metrics.horizontalAdvance(percent(100)) - Space.S
        text = metrics.boundingRect(QRect(0, 0, max(room, 1), 10 * _ROW), _WRAPPED, row.text)
        return QSize(120, max(text.height() + 2 * Space.XS + 2, _ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, share, colours = index.data(RowRole), index.data(ShareRole), theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)
        font = QFont(option.font)
        font.setPixelSize(int(Size.CAPTION if row.phrase is None else Size.BODY))
        font.setWeight(QFont.Weight.DemiBold if row.phrase is None else QFont.Weight.Normal)
        painter.setFont(font)
        line = box.adjusted(Space.S, 0, -Space.S, 0)
        if row.phrase is None:
            paint_mark(painter, QPointF(line.left() + MARK / 2, line.center().y()), class_style(row.color))
            line.setLeft(line.left() + MARK + Space.S)
            painter.setPen(colours.color("muted"))
        else:
            self._paint_ground(painter, option, box, share)
            painter.setPen(colours.color("text"))
        if share is not None:
            figure = percent(100 * share)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure)
            line.setRight(line.right() - painter.fontMetrics().horizontalAdvance(figure) - Space.S)
        if row.phrase is None:
            text = painter.fontMetrics().elidedText(row.text, Qt.TextElideMode.ElideRight, round(line.width()))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        else:
            room = box.width() - 2 * Space.S - painter.fontMetrics().horizontalAdvance(percent(100)) - Space.S
            line.setRight(min(line.right(), line.left() + room))
            painter.drawText(line, _WRAPPED, row.text)
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, box: QRectF, share: float | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if share is not None:
            painter.setBrush(theme().color("accent_soft"))
            painter.drawRoundedRect(
                QRectF(box.topLeft(), QPointF(box.left() + box.width() * share, box.bottom())), 4, 4
            )
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if option.state & QStyle.StateFlag.State_MouseOver or is_current:
            painter.setBrush(theme().color("hover") if share is None else Qt.BrushStyle.NoBrush)
            painter.setPen(theme().color("accent") if is_current else theme().color("line"))
            painter.drawRoundedRect(box, _CORNER, _CORNER)


class PhraseList(QListView):
    """Emits the line that is pointed at."""

    row_pointed = Signal(object)  # Row, or None

    def __init__(self, model: PhraseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = model
        self.setModel(model)
        self.setItemDelegate(_PhraseDelegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Phrases of the class"))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.entered.connect(self._enter)
        model.modelReset.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        fit_height(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_H):
            event.ignore()  # the page goes to another photo, or shows the heat map
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._enter(self.currentIndex())

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if self.hasFocus():
            self._enter(current)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.row_pointed.emit(None)
        return super().viewportEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.row_pointed.emit(None)

    @Slot(QModelIndex)
    def _enter(self, index: _Index) -> None:
        row = self._phrases.row(index)
        self.row_pointed.emit(row if row is not None and row.phrase is not None else None)
