"""The exemplars of a class, and under a phrase the patch that goes with it, enlarged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord, Support
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.lightbox.photo_lightbox import read_sharp_pictures
from spa_desktop.ui.photo.photo_canvas import Crop, Placement
from spa_desktop.ui.plain_text import window_title
from spa_desktop.ui.style.theme import Size, Space, theme
from spa_desktop.ui.thumbnails.photo_model import Look, PhotoList, PhotoModel, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import TILE, PhotoView, PictureView
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, wrapped
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

# Where on an exemplar a patch lies. For worker threads: the encoder's grid is the engine's to know.

Box = tuple[float, float, float, float]  # left, top, width, height, as shares of the photo


@dataclass(frozen=True)
class Places:
    """The grid of patches on photos.

    Attributes:
        grid: ``(h, w)``.
        crops: the part of each photo that the grid covers, by photo id.
    """

    grid: tuple[int, int]
    crops: Mapping[int, Box]

    def patch(self, photo_id: int, patch: int | None) -> Box | None:
        """Where a patch lies, None if that is not known."""
        crop = self.crops.get(photo_id)
        rows, columns = self.grid
        if crop is None or patch is None or not 0 <= patch < rows * columns:
            return None
        left, top, width, height = crop
        row, column = divmod(patch, columns)
        return left + column * width / columns, top + row * height / rows, width / columns, height / rows


def corners_of(box: Box) -> Crop:
    """A box as left, top, right and bottom."""
    left, top, width, height = box
    return left, top, left + width, top + height


def find_places(bench: Workbench, photos: Sequence[PhotoRecord], job: Job) -> Places:
    """Where the patches of these photos lie."""
    encoder = bench.encoder(job)
    crops: dict[int, Box] = {}
    for photo in photos:
        left, top, right, bottom = encoder.crop_box((photo.width, photo.height))
        crops[photo.id] = (
            left / photo.width,
            top / photo.height,
            (right - left) / photo.width,
            (bottom - top) / photo.height,
        )
    return Places(encoder.grid, crops)


# The exemplars lie in one row, all as high, each as wide as its photo is.

MOST = 256  # pixels of their height
LEAST = 72  # below it a photo is too small to see: then the row scrolls
_FLATTEST = 2.5  # width to height, or the other way round: what is flatter is shown smaller


# Taking another photo of a class for one of its exemplars.

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
        label = wrapped(text, Size.BODY, role="text")
        model = PhotoModel(ThumbnailSource(context, TILE, parent=self), self)
        self.photos = PhotoView(model)
        self.photos.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.photos.setDragEnabled(False)
        self.photos.fill(tuple(photos))
        self.swap = button(self.tr("Swap"), self.accept, kind="primary")
        self.swap.setDefault(True)
        self.swap.setEnabled(False)
        self.photos.chosen.connect(self._on_chosen)
        self.photos.opened.connect(self._on_opened)
        buttons = row(None, button(self.tr("Cancel"), self.reject), self.swap, spacing=Space.S)
        margins = (Space.XL, Space.XL, Space.XL, Space.L)
        column(label, (self.photos, 1), buttons, spacing=Space.M, margins=margins, of=self)
        self.photos.setCurrentIndex(model.index(0))
        self.photos.setFocus()

    @property
    def chosen(self) -> PhotoRecord | None:
        """The photo that is selected."""
        selected = self.photos.selected
        return selected[0] if selected else None

    @Slot(object)
    def _on_chosen(self, photos: Sequence[PhotoRecord]) -> None:
        self.swap.setEnabled(bool(photos))

    @Slot(object)
    def _on_opened(self, _: PhotoRecord) -> None:
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
        self.dialog: SwapDialog | None = None

    def start(self, old: PhotoRecord, exemplars: Sequence[PhotoRecord]) -> None:
        """Look which photos there are to choose from."""
        self._old = old
        done = partial(self._on_photos, old, {photo.id for photo in exemplars})
        self._context.read(lambda bench, job: bench.project.photos(old.class_id, split="train"), done=done)

    def _on_photos(self, old: PhotoRecord, exemplars: set[int], photos: list[PhotoRecord]) -> None:
        record = self._context.contents.class_(old.class_id) if self._context.contents else None
        others = [photo for photo in photos if photo.id not in exemplars]
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
        verb = self.tr("swap an exemplar of")
        gone = self.tr("{name} is no exemplar any more: choose another one").format(name=visible(old.name))

        def change(before: list[int]) -> list[int]:
            if old.id not in before:
                raise InputError(gone)
            return [new.id if key == old.id else key for key in before]

        self._context.edit(verb, record.name, lambda tx: tx.change_exemplars(record.id, change), done=self._on_swapped)

    def _on_swapped(self, _: None) -> None:
        if self._old is not None:
            self.swapped.emit(self._old.class_id)


def _shape(photo: PhotoRecord) -> float:
    """Width to height, as far as it is shown."""
    return min(max(photo.width / max(photo.height, 1), 1 / _FLATTEST), _FLATTEST)


_BATCH = 6
_ROUNDING = 32  # pictures are read for sides of so many pixels
_CROP_SIDE = 240  # at most, of the patch enlarged


class Exemplars(PhotoList):
    """The photos that show a class; all but the one with the marked patch are dim."""

    marked: int | None = None  # id of a photo

    def look(self, photo: PhotoRecord) -> Look:
        return Look(photo.id, visible(photo.name), opacity=1.0 if self.marked in (None, photo.id) else 0.4)

    def about(self, photo: PhotoRecord) -> Sequence[str]:
        return (self.tr("Photos of the class that are typical and different from each other"),)


class ExemplarStrip(PictureView):
    """Whole photos, as large as the room allows; over them the patch that goes with a phrase, also enlarged."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        self._model = Exemplars(
            ThumbnailSource(context, LEAST, is_square=False, read=read_sharp_pictures, batch=_BATCH)
        )
        super().__init__(self._model, QSize(LEAST, LEAST), parent)
        self.support: Support | None = None
        self._places: Places | None = None
        self._crop: QImage | None = None
        self._room = 0
        self.setUniformItemSizes(False)
        self.setFrameShape(PictureView.Shape.NoFrame)
        self.setStyleSheet("QListView { border: none; background: transparent; }")
        self.setFixedHeight(LEAST + Space.S)
        self.setAccessibleName(self.tr("Exemplars"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @property
    def photos(self) -> tuple[PhotoRecord, ...]:
        """The exemplars in their order."""
        return self._model.photos

    def show_photos(self, photos: Sequence[PhotoRecord]) -> None:
        """Show exemplars in their order; the place that was chosen stays chosen."""
        place = self.currentIndex().row() if self.current is not None else None
        self.support = self._crop = self._model.marked = None
        self._model.fill(photos)
        self.setAccessibleDescription(", ".join(visible(photo.name) for photo in photos))
        self._fit()
        if place is not None and photos:
            self.select_row(min(place, len(photos) - 1))

    @property
    def current(self) -> PhotoRecord | None:
        """The photo that is chosen."""
        return next(iter(self.selected), None)

    def point(self, support: Support | None, places: Places | None) -> None:
        """Mark the exemplar, and the patch on it where that is known; None takes the mark away."""
        if support != self.support:
            self._crop = None
        self.support, self._places = support, places
        self._model.marked = support.photo_id if support is not None and self._marked is not None else None
        self.viewport().update()

    def show_crop(self, support: Support, crop: QImage) -> None:
        """Show the part of the photo around the patch that is marked, enlarged, beside the photo."""
        if support == self.support and not crop.isNull():
            self._crop = crop
            self.viewport().update()

    def set_room(self, height: int) -> None:
        """How high it may become."""
        if height != self._room:
            self._room = height
            self._fit()

    @property
    def _marked(self) -> int | None:
        """The place of the photo that is pointed at; a text may still speak of one that was swapped since."""
        return self._model.row_of(self.support.photo_id) if self.support is not None else None

    def patch_rect(self) -> QRectF | None:
        """Where the marked patch is drawn, None if none is."""
        place = self._marked
        if place is None or self.support is None or self._places is None:
            return None
        box = self._places.patch(self.support.photo_id, self.support.patch)
        return Placement(self._frame(place), QSize(1, 1)).to_screen(corners_of(box)) if box is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def cell_of(self, photo: PhotoRecord) -> QSize:
        return QSize(round(_shape(photo) * self.tile.height()) + Space.S, self.tile.height() + Space.S)

    def tile_in(self, cell: QRect) -> QRect:
        return cell.adjusted(Space.XS, Space.XS, -Space.XS, -Space.XS)

    def _fit(self) -> None:
        """As high as one row of all photos is in the room."""
        width = self.width() - len(self.photos) * (Space.S + 1)
        high = min(width / max(sum(map(_shape, self.photos)), 1), self._room - Space.S if self._room else MOST, MOST)
        side = max(int(high), LEAST)
        bar = self.horizontalScrollBar().sizeHint().height() if side > high else 0
        assert self._model.source is not None, "it was made with one"
        # Pictures are known by their longer side.
        longest = max((max(_shape(photo), 1.0) for photo in self.photos), default=1.0)
        self._model.source.set_side(-(-round(side * longest) // _ROUNDING) * _ROUNDING)
        self.tile = QSize(side, side)
        height = side + Space.S + bar
        if height != self.height():
            self.setFixedHeight(height)
        self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        patch, target = self.patch_rect(), self.crop_rect()
        if patch is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        # Light on dark: it shows on any photo.
        for color, width in ((QColor(0, 0, 0), 4), (QColor(255, 255, 255), 2)):
            painter.setPen(QPen(color, width))
            painter.drawRect(patch)
        if target is not None and self._crop is not None:
            is_left = target.right() < patch.left()
            edge = target.right() if is_left else target.left()
            painter.setPen(QPen(theme().color("accent"), 1))
            for mine, its in ((patch.top(), target.top()), (patch.bottom(), target.bottom())):
                painter.drawLine(QPointF(patch.left() if is_left else patch.right(), mine), QPointF(edge, its))
            painter.drawImage(target, self._crop)
            painter.setPen(QPen(theme().color("accent"), 2))
            painter.drawRect(target)
        painter.end()

    def crop_rect(self) -> QRectF | None:
        """Where the enlarged patch is drawn: beside its photo, over others, which are dim; None if it is not."""
        place = self._marked
        if self._crop is None or place is None or self.patch_rect() is None:
            return None
        frame = self._frame(place)
        room = self.viewport().width()
        side = min(float(_CROP_SIDE), self.height() - Space.S, room - frame.width() - Space.L)
        if side < LEAST:
            return None
        is_left = frame.right() + Space.S + side > room
        left = frame.left() - Space.S - side if is_left else frame.right() + Space.S
        top = min(max(frame.center().y() - side / 2, Space.XS), self.height() - side - Space.XS)
        return QRectF(max(left, 0), top, side, side)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.select_row(max(self.currentIndex().row(), 0))

    def _frame(self, place: int) -> QRectF:
        """Where a photo is drawn."""
        photo, cell = self.photos[place], self.visualRect(self._model.index(place))
        return self.picture_in(cell, QSize(photo.width, photo.height))
