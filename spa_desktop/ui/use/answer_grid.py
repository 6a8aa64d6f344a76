"""The photos as a grid of pictures, each with the class that it was taken for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import RADIUS, Size, Space, class_style, theme
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.ui.use.answer_model import ANSWER_ROLE, AnswerModel, key_of
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import MARK, paint_mark
from spa_desktop.workbench import PhotoAnswer

SIDES = (80, 112, 144, 192, 240)
SIDE = 144  # at first: wide enough for most names of classes
_CAPTION = 20
_ICON = 32


class AnswerDelegate(QStyledItemDelegate):
    """Paints a photo, or a quiet square until it was read; beneath, the class's mark, its name, and how sure."""

    def __init__(self, grid: AnswerGrid) -> None:
        super().__init__(grid)
        self._grid = grid

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._grid.cell_width, self._grid.pictures.side + _CAPTION + 2 * Space.S)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        answer: PhotoAnswer | None = index.data(ANSWER_ROLE)
        if answer is None:
            return
        colors, side = theme(), self._grid.pictures.side
        tile = QRect(option.rect.center().x() - side // 2, option.rect.y() + Space.XS, side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = None
        if answer.is_answered:
            picture = self._grid.pictures.picture(answer.path, painter.device().devicePixelRatioF())
        if picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("hover"))
            painter.drawRoundedRect(tile, RADIUS, RADIUS)
        else:
            painter.drawImage(tile.topLeft(), picture)
        if not answer.is_answered:
            sign = icon_pixmap("warning", "muted", _ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(tile.center() - QRect(0, 0, _ICON, _ICON).center(), sign)
        self._caption(painter, QRect(tile.left(), tile.bottom() + 1 + Space.XS, side, _CAPTION), answer)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if is_selected or has_focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent"), 3 if is_selected else 1))
            painter.drawRoundedRect(QRectF(tile).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
        painter.restore()

    def _caption(self, painter: QPainter, line: QRect, answer: PhotoAnswer) -> None:
        colors, model = theme(), self._grid.answers
        key = key_of(answer)
        is_class = isinstance(key, int)
        is_unsure = bool(answer.probabilities) and answer.probabilities[0] < self._grid.unsure_below
        font = QFont(painter.font())
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        metrics = QFontMetrics(font)
        left = line.left()
        if isinstance(key, int):
            middle = QPointF(left + MARK / 2, line.center().y() + 0.5)
            paint_mark(painter, middle, class_style(self._grid.hue(key)), is_unsure=is_unsure)
            left += MARK + Space.XS
        figure = percent(100 * answer.probabilities[0], digits=0) if is_class and answer.probabilities else ""
        if figure:
            painter.setPen(colors.color("warn" if is_unsure else "muted"))
            figure = f"? {figure}" if is_unsure else figure
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
        room = line.right() - left - (metrics.horizontalAdvance(figure) + Space.XS if figure else 0)
        painter.setPen(colors.color("text" if is_class and not is_unsure else "muted"))
        name = metrics.elidedText(model.said(answer), Qt.TextElideMode.ElideRight, room)
        box = QRect(left, line.top(), room, line.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)


class AnswerGrid(QListView):
    """A grid that stays smooth however many photos there are: it lays out rows, and paints what is seen.

    Attributes:
        answers: the model.
        pictures: where the small pictures come from, by path.
        unsure_below: probability under which an answer is marked as unsure.
        hue: gives the number of a class in the order of hues.
    """

    opened = Signal(object)  # PhotoAnswer: to be looked at closely
    chosen = Signal(object)  # PhotoAnswer or None: the current one

    def __init__(
        self, model: AnswerModel, pictures: ThumbnailSource, hue: Callable[[int], int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.answers, self.pictures, self.hue = model, pictures, hue
        self.unsure_below = 0.0
        self.cell_width = pictures.side + int(Space.S)
        self.setModel(model)
        self.setItemDelegate(AnswerDelegate(self))
        # Wrapped list mode: icon mode keeps a tree of rectangles, which for 10,000 photos takes long to build.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Photos and what they were taken for"))
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().currentChanged.connect(self._on_current)
        # Not by way of the model: a list lays all of its rows out again when one of them changed.
        pictures.loaded.connect(self._on_loaded)

    def set_side(self, side: int) -> None:
        """Show pictures of another size."""
        self.pictures.set_side(side)
        self._fit()
        self.verticalScrollBar().setSingleStep(side // 2)
        self.scheduleDelayedItemsLayout()

    @Slot()
    def go_on(self) -> None:
        """Make the next photo the current one."""
        following = self.currentIndex().siblingAtRow(self.currentIndex().row() + 1)
        if following.isValid():
            self.setCurrentIndex(following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _fit(self) -> None:
        # The columns share what is left of the width.
        smallest = self.pictures.side + int(Space.M)
        # A list leaves room for a scroll bar that is not shown yet.
        bar = self.verticalScrollBar()
        room = self.viewport().width() - 1 - (0 if bar.isVisible() else bar.sizeHint().width())
        width = max(room // max(room // smallest, 1), smallest)
        if width != self.cell_width:
            self.cell_width = width
            self.scheduleDelayedItemsLayout()

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        answer = index.data(ANSWER_ROLE)
        if answer is not None and answer.is_answered:
            self.opened.emit(answer)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, before: QModelIndex) -> None:
        self.chosen.emit(current.data(ANSWER_ROLE) if current.isValid() else None)

    @Slot()
    def _on_loaded(self) -> None:
        self.viewport().update()
