"""The photos as a grid of pictures, each with the class that it was taken for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, class_style, theme
from spa_desktop.ui.thumbnails.picture_grid import PictureDelegate, PictureGrid
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.ui.use.answer_model import ANSWER_ROLE, AnswerModel, key_of
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import MARK, paint_mark
from spa_desktop.workbench import PhotoAnswer

_CAPTION = 20
_ICON = 32


class AnswerDelegate(PictureDelegate):
    """Paints a photo; beneath, the class's mark, its name, and how sure."""

    def __init__(self, grid: AnswerGrid) -> None:
        super().__init__(grid)
        self._answers = grid

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        answer: PhotoAnswer | None = index.data(ANSWER_ROLE)
        if answer is None:
            return
        tile = self.tile(option)
        painter.save()
        picture = None
        if answer.is_answered:
            picture = self._answers.pictures.picture(answer.path, painter.device().devicePixelRatioF())
        self.paint_picture(painter, tile, picture)
        if not answer.is_answered:
            sign = icon_pixmap("warning", "muted", _ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(tile.center() - QRect(0, 0, _ICON, _ICON).center(), sign)
        self._caption(painter, QRect(tile.left(), tile.bottom() + 1 + Space.XS, tile.width(), _CAPTION), answer)
        self.paint_frame(painter, tile, option)
        painter.restore()

    def _caption(self, painter: QPainter, line: QRect, answer: PhotoAnswer) -> None:
        colors, model = theme(), self._answers.answers
        key = key_of(answer)
        is_class = isinstance(key, int)
        is_unsure = bool(answer.probabilities) and answer.probabilities[0] < self._answers.unsure_below
        font = QFont(painter.font())
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        metrics = QFontMetrics(font)
        left = line.left()
        if isinstance(key, int):
            middle = QPointF(left + MARK / 2, line.center().y() + 0.5)
            paint_mark(painter, middle, class_style(self._answers.hue(key)), is_unsure=is_unsure)
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


class AnswerGrid(PictureGrid):
    """The answers as a grid, of which one is the current one.

    Attributes:
        answers: the model.
        unsure_below: probability under which an answer is marked as unsure.
        hue: gives the number of a class in the order of hues.
    """

    opened = Signal(object)  # PhotoAnswer: to be looked at closely
    chosen = Signal(object)  # PhotoAnswer or None: the one that is selected

    def __init__(
        self,
        model: AnswerModel,
        pictures: ThumbnailSource,
        hue: Callable[[int], int],
        side: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(pictures, side, _CAPTION, parent)
        self.answers, self.hue = model, hue
        self.unsure_below = 0.0
        self.setModel(model)
        self.setItemDelegate(AnswerDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(self.tr("Photos and what they were taken for"))
        self.selectionModel().selectionChanged.connect(self._on_selection)
        model.rowsInserted.connect(self.fit)

    @property
    def selected(self) -> PhotoAnswer | None:
        """The photo that is selected."""
        answer: PhotoAnswer | None = next((index.data(ANSWER_ROLE) for index in self.selectedIndexes()), None)
        return answer

    def reset(self) -> None:
        super().reset()
        self._on_selection()  # Qt tells nobody that with all rows the selection goes

    @Slot()
    def go_on(self) -> None:
        """Make the next photo the current one."""
        following = self.currentIndex().siblingAtRow(self.currentIndex().row() + 1)
        if following.isValid():
            self.setCurrentIndex(following)

    def open_row(self, row: int) -> None:
        answer = self.answers.rows[row]
        if answer.is_answered:
            self.opened.emit(answer)

    @Slot()
    def _on_selection(self) -> None:
        self.chosen.emit(self.selected)
