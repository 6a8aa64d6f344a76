"""The photos behind a cell of the confusion matrix: a strip of thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QListView, QVBoxLayout, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.lightbox.large_photo import LargePhoto
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import PhotoAnswer, Report
from spa_desktop.ui.style.theme import Size, Space, set_type, theme
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.ui.widgets.number_words import percent

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

_SIDE = 96
_AT_ONCE = 48

_Index = QModelIndex | QPersistentModelIndex


class PhotoModel(QAbstractListModel):
    """Photos with what they are and were taken for. Pictures come from the source once they are looked at.

    Attributes:
        photos: all of them, also those that are not scrolled to yet.
        ratio: device pixels in one unit of the window that shows them.
    """

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._report: Report | None = None
        self.photos: Sequence[PhotoAnswer] = ()
        self.ratio = 1.0
        self._shown = 0
        source.loaded.connect(self._on_loaded)

    def fill(self, report: Report | None, photos: Sequence[PhotoAnswer]) -> None:
        """Show these photos of a report."""
        self.beginResetModel()
        self._report, self.photos, self._shown = report, photos, min(len(photos), _AT_ONCE)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self._shown

    def canFetchMore(self, parent: _Index) -> bool:
        return self._shown < len(self.photos)

    def fetchMore(self, parent: _Index) -> None:
        end = min(self._shown + _AT_ONCE, len(self.photos))
        self.beginInsertRows(QModelIndex(), self._shown, end - 1)
        self._shown = end
        self.endInsertRows()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._report is None or not index.isValid():
            return None
        photo = self.photos[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._source.picture(photo.id, self.ratio) or theme().color("hover")
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            truth, answer = (self._report.classes[max(place, 0)].name for place in (photo.truth, photo.answer))
            share = percent(100 * photo.confidence)
            text = self.tr("{truth}, taken for {answer} ({share} sure)")
            if photo.answer < 0:
                text = self.tr("One to learn from, beside the test photo before it")
            elif not photo.is_test:
                text = self.tr("{truth}, learned; looks like {answer} ({share} sure)")
            elif photo.is_right:
                text = self.tr("{truth}, answered right ({share} sure)")
            text = text.format(truth=truth, answer=answer, share=share)
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None

    @Slot(object)
    def _on_loaded(self, photo_ids: set[int]) -> None:
        for row in range(self._shown):
            if self.photos[row].id in photo_ids:
                index = self.index(row)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


def _large(bench: Workbench, photo_ids: Sequence[int], said: Sequence[str]) -> list[LargePhoto]:
    return [
        LargePhoto.of_record(bench.project.photo(photo_id), about)
        for photo_id, about in zip(photo_ids, said, strict=True)
    ]


class PhotoStrip(QWidget):
    """One row of photos under a sentence that says which they are."""

    opened = Signal(object, int)  # list[LargePhoto], and the place of the one to look at closely
    pointed = Signal(object)  # the PhotoAnswer that is selected, None if none is

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = PhotoModel(ThumbnailSource(context, _SIDE, parent=self), self)
        self.caption = set_type(QLabel(), Size.BODY, role="muted")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setAccessibleName(self.tr("Photos of the chosen cell"))
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setFlow(QListView.Flow.LeftToRight)
        self.view.setWrapping(False)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(_SIDE, _SIDE))
        self.view.setGridSize(QSize(_SIDE + Space.S, _SIDE + Space.S))
        self.view.setFixedHeight(_SIDE + Space.S + Space.XL)
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setStyleSheet("QListView { border: none; }")
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.activated.connect(self._on_activated)
        self.view.selectionModel().selectionChanged.connect(self._on_selection)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.caption)
        column.addWidget(self.view)

    def show_photos(self, report: Report, truth: int | None, answer: int | None) -> None:
        """Show the photos of a cell, or all that were answered wrong."""
        photos = report.photos_of(truth, answer)
        self.show_list(report, photos, self._sentence(report, truth, answer, len(photos)))

    def show_list(self, report: Report, photos: Sequence[PhotoAnswer], sentence: str) -> None:
        """Show any photos of a report's classes, under a sentence."""
        self.caption.setText(sentence)
        self.model.ratio = self.devicePixelRatioF()
        self.model.fill(report, photos)
        self.view.setVisible(bool(photos))
        self.pointed.emit(None)

    @Slot()
    def go_on(self) -> None:
        """Select the next photo."""
        self._select(self.view.currentIndex().row() + 1)

    def select(self, photo_id: int | None) -> None:
        """Select a photo, if it is here."""
        rows = (row for row in range(self.model.rowCount()) if self.model.photos[row].id == photo_id)
        self._select(next(rows, self.model.rowCount()))

    def _select(self, row: int) -> None:
        if row < self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(row))

    @Slot()
    def _on_selection(self) -> None:
        photos = [self.model.photos[index.row()] for index in self.view.selectedIndexes()]
        self.pointed.emit(photos[0] if photos else None)

    def _sentence(self, report: Report, truth: int | None, answer: int | None, n: int) -> str:
        if truth is None and answer is None:
            if n == 0:
                return self.tr("Every test photo was answered right. Choose a cell to see its photos.")
            return self.tr("Photos answered wrong: {n}. Choose a cell to see its photos.").format(n=n)
        if truth is None:
            name = report.classes[answer or 0].name
            return self.tr("Photos taken for {answer}: {n}").format(n=n, answer=name)
        name = report.classes[truth].name
        if answer is None:
            return self.tr("Photos of {truth}: {n}").format(n=n, truth=name)
        if truth == answer:
            return self.tr("Photos of {truth}, answered right: {n}").format(n=n, truth=name)
        return self.tr("Photos of {truth}, taken for {answer}: {n}").format(
            n=n, truth=name, answer=report.classes[answer].name
        )

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        rows, row = range(self.model.rowCount()), index.row()
        ids = [self.model.photos[row].id for row in rows]
        said = [str(self.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)) for row in rows]
        self._context.read(lambda bench, job: (_large(bench, ids, said), row), done=self._on_large)

    @Slot(object)
    def _on_large(self, found: tuple[list[LargePhoto], int]) -> None:
        self.opened.emit(*found)
