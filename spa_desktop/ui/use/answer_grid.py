"""The photos as a grid of pictures, each with the class that it was taken for."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from spa_desktop.errors import SpaError
from spa_desktop.ui.lightbox.photo_lightbox import read_file_picture
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, class_style, theme
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import PictureDelegate, PictureGrid
from spa_desktop.ui.widgets.forms import has_words
from spa_desktop.ui.widgets.probability_bars import MARK, paint_mark
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import visible
from spa_desktop.workbench import PhotoAnswer

if TYPE_CHECKING:
    from spa_desktop.workbench import PhotoAnswer, Workbench

# The answers as a list model: all that came, and the rows that a filter, a search and an order leave of them.

Index = QModelIndex | QPersistentModelIndex
ANSWER_ROLE = Qt.ItemDataRole.UserRole
Order = Literal["found", "doubt", "sure", "name"]
Key = int | Literal["none", "error"]
"""What photos are filtered by: a class, "none of these", or that they could not be read."""

_TIP_CLASSES = 3

_SORT_BY: Mapping[Order, Callable[[PhotoAnswer], object]] = {
    "doubt": lambda one: -one.doubt,
    "sure": lambda one: one.doubt,
    "name": lambda one: Path(one.path).name.casefold(),
}


def key_of(answer: PhotoAnswer) -> Key:
    """What a photo counts for."""
    if not answer.is_answered:
        return "error"
    return "none" if answer.rejected else answer.class_ids[0]


class AnswerModel(QAbstractListModel):
    """One row a photo that passes the filter.

    Attributes:
        answers: all of them, in the order in which they came.
        names: of the classes, by number.
        counts: photos by what they count for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answers: list[PhotoAnswer] = []
        self.names: Mapping[int, str] = {}
        self.counts: Counter[Key] = Counter()
        self._rows: list[PhotoAnswer] = []
        self._filter: Key | None = None
        self._words = ""
        self._order: Order = "found"

    def clear(self, names: Mapping[int, str]) -> None:
        """Begin anew, with the names of the classes that answers can have."""
        self.beginResetModel()
        self.answers, self._rows, self.names = [], [], dict(names)
        self.counts.clear()
        self.endResetModel()

    def add(self, answers: Sequence[PhotoAnswer]) -> None:
        """Answers that came just now."""
        self.answers += answers
        self.counts.update(map(key_of, answers))
        passing = [one for one in answers if self._passes(one)]
        if not passing:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(passing) - 1)
        self._rows += passing
        self.endInsertRows()
        if self._order != "found":
            self._reorder()

    def rename(self, names: Mapping[int, str]) -> None:
        """Classes have other names now."""
        self.names = {key: names.get(key, name) for key, name in self.names.items()}
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def relocate(self, places: Mapping[str, str]) -> None:
        """Photos lie elsewhere now."""
        self.answers = [replace(one, path=places.get(one.path, one.path)) for one in self.answers]
        self._sift()

    def set_filter(self, key: Key | None) -> None:
        """Only the photos that count for this; None for all."""
        if key != self._filter:
            self._filter = key
            self._sift()

    def set_words(self, words: str) -> None:
        """Only the photos in whose name, or in that of its folder, all of these words are."""
        if words != self._words:
            self._words = words
            self._sift()

    def set_order(self, order: Order) -> None:
        """Order the rows."""
        if order != self._order:
            self._order = order
            self._sift()

    @property
    def rows(self) -> Sequence[PhotoAnswer]:
        """The photos that are shown, in their order."""
        return self._rows

    def said(self, answer: PhotoAnswer) -> str:
        """The class in words."""
        key = key_of(answer)
        if key == "error":
            return self.tr("cannot be read")
        return self.tr("none of these") if key == "none" else self.names.get(key, "")

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        one = self._rows[index.row()]
        if role == ANSWER_ROLE:
            return one
        if role == Qt.ItemDataRole.DisplayRole:
            return visible(Path(one.path).name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            share = percent(100 * one.probabilities[0]) if one.probabilities else ""
            return ", ".join(part for part in (visible(Path(one.path).name), self.said(one), share) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            best = zip(one.class_ids[:_TIP_CLASSES], one.probabilities, strict=False)
            lines = [f"{self.names.get(key, '')}  {percent(100 * share)}" for key, share in best]
            return tip(one.path, *lines, *([one.error] if one.error else []))
        return None

    def _passes(self, one: PhotoAnswer) -> bool:
        if self._filter is not None and key_of(one) != self._filter:
            return False
        # The name and its folder: what lies above is the same for nearly all.
        above = one.path.rfind(os.sep, 0, max(0, one.path.rfind(os.sep)))
        return has_words(self._words, one.path[above + 1 :])

    def _reorder(self) -> None:
        """Put the rows in order. Who holds one of them, as a view holds the current one, keeps it."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        answers = [self._rows[index.row()] for index in held]
        self._rows.sort(key=_SORT_BY[self._order])  # type: ignore[arg-type]
        wanted = {id(one) for one in answers}
        places = {id(one): row for row, one in enumerate(self._rows) if id(one) in wanted}
        self.changePersistentIndexList(held, [self.index(places[id(one)]) for one in answers])
        self.layoutChanged.emit()

    def _sift(self) -> None:
        self.beginResetModel()
        self._rows = [one for one in self.answers if self._passes(one)]
        if self._order != "found":
            self._rows.sort(key=_SORT_BY[self._order])  # type: ignore[arg-type]
        self.endResetModel()


# Small pictures of photo files, for the thread that reads them.


def read_files(
    bench: Workbench, paths: Sequence[str], side: int, ratio: float, *, is_square: bool
) -> dict[str, QImage]:
    """Open photos and draw them small; those that cannot be read are left out."""
    found: dict[str, QImage] = {}
    for path in paths:
        with contextlib.suppress(SpaError):
            found[path] = read_file_picture(Path(path), side, ratio, is_square=is_square)
    return found


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
