"""Taking another photo of a class for one of its exemplars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import primary
from spa_desktop.ui.plain_text import window_title
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import PhotoModel
from spa_desktop.ui.thumbnails.photo_view import TILE, PhotoView
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.visible import visible

_SIZE = (720, 520)


class SwapDialog(QDialog):
    """The photos of a class that are no exemplars, to choose one from."""

    def __init__(
        self, context: AppContext, class_name: str, old: PhotoRecord, photos: Sequence[PhotoRecord], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(window_title(self.tr("Another exemplar of {name}").format(name=class_name)))
        self.resize(*_SIZE)
        text = self.tr("Choose a photo that is to show the class in place of {name}.").format(name=visible(old.name))
        label = set_type(QLabel(text), Size.BODY)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        model = PhotoModel(ThumbnailSource(context, TILE, parent=self), self)
        self.photos = PhotoView(model)
        self.photos.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.photos.setDragEnabled(False)
        self.photos.fill(tuple(photos))
        self.swap = primary(QPushButton(self.tr("Swap")))
        self.swap.setDefault(True)
        self.swap.setEnabled(False)
        cancel = QPushButton(self.tr("Cancel"))
        self.photos.chosen.connect(self._on_chosen)
        self.photos.opened.connect(self._on_opened)
        self.swap.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.swap)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.M)
        column.addWidget(label)
        column.addWidget(self.photos, 1)
        column.addLayout(buttons)
        self.photos.setCurrentIndex(model.index(0))
        self.photos.setFocus()

    @property
    def chosen(self) -> PhotoRecord | None:
        """The photo that is selected."""
        selected = self.photos.selected
        return selected[0] if selected else None

    @Slot(object)
    def _on_chosen(self, ids: set[int]) -> None:
        self.swap.setEnabled(bool(ids))

    @Slot(int)
    def _on_opened(self, _: int) -> None:
        if self.chosen is not None:
            self.accept()


class Swapping(QObject):
    """Asks which photo it is to be, and makes it an exemplar. One step of undo."""

    swapped = Signal(int)  # number of the class
    said = Signal(str)

    def __init__(self, context: AppContext, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self._old: PhotoRecord | None = None
        self._exemplars: tuple[int, ...] = ()
        self.dialog: SwapDialog | None = None

    def start(self, old: PhotoRecord, exemplars: Sequence[PhotoRecord]) -> None:
        """Look which photos there are to choose from."""
        self._old, self._exemplars = old, tuple(photo.id for photo in exemplars)
        self._context.read(
            lambda bench, job: (old, bench.project.photos(old.class_id, split="train")), done=self._on_photos
        )

    @Slot(object)
    def _on_photos(self, found: tuple[PhotoRecord, list[PhotoRecord]]) -> None:
        old, photos = found
        record = self._context.contents.class_(old.class_id) if self._context.contents else None
        others = [photo for photo in photos if photo.id not in self._exemplars]
        if old is not self._old or record is None:
            return
        if not others:
            self.said.emit(self.tr("{name} has no other photo to learn from.").format(name=record.name))
            return
        self.dialog = SwapDialog(self._context, record.name, old, others, self._window)
        self.dialog.accepted.connect(self._swap)
        self.dialog.open()

    @Slot()
    def _swap(self) -> None:
        old, new = self._old, self.dialog.chosen if self.dialog else None
        record = self._context.contents.class_(old.class_id) if self._context.contents and old else None
        if old is None or new is None or record is None:
            return
        ids = [new.id if key == old.id else key for key in self._exemplars]
        self._context.edit(
            self.tr("swap an exemplar of"),
            record.name,
            lambda tx: tx.set_exemplars(record.id, ids),
            done=self._on_swapped,
        )

    @Slot(object)
    def _on_swapped(self, _: None) -> None:
        if self._old is not None:
            self.swapped.emit(self._old.class_id)
