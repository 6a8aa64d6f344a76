"""The exemplars of a class, and under a phrase the patch that goes with it, enlarged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QWidget

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord, Support
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.lightbox.photo_lightbox import read_sharp_pictures
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.photo_canvas import Crop, Placement, outline, patch_box
from spa_desktop.ui.plain_text import window_title
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, theme
from spa_desktop.ui.thumbnails.photo_model import Look, PhotoList, PhotoModel, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import TILE, PhotoGrid, PictureView
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, open_with, slot, wrapped
from spa_desktop.visible import visible
from spa_desktop.workbench import recognition

if TYPE_CHECKING:
    from spa_desktop.recognizer import Explanation
    from spa_desktop.workbench.open_project import OpenProject

Places = tuple[tuple[int, int], Mapping[int, Crop]]
"""The grid of patches, and the part of each photo, by its id, that it covers, in pixels."""


def ground_phrases(bench: OpenProject, class_id: int, photos: Sequence[PhotoRecord], job: Job) -> dict[str, Support]:
    """The best patch for each phrase that a class was learned with.

    Of the patches that the score of an exemplar used, those count of which a phrase takes more than no phrase does; the
    most similar one is the best. A phrase for which there is none is left out, and so is one that was written or
    changed after the class was learned. Exemplars whose file is gone, or another now, are passed over. (Ours.)
    """
    recognizer = recognition.recognizer(bench, job, views=1)
    best: dict[str, tuple[float, Support]] = {}
    for photo in photos:
        job.advance(0)
        try:
            seen = recognizer.see(recognizer.open(Path(photo.path), sha256=photo.sha256))
        except SpaError:
            continue
        for text, likeness, patch in found_in(recognizer.explain(seen, class_id)):
            if text not in best or likeness > best[text][0]:
                best[text] = (likeness, Support(photo.id, patch))
    return {text: support for text, (_, support) in best.items()}


def found_in(explanation: Explanation) -> list[tuple[str, float, int]]:
    """The phrases of an explanation that have a patch: text, similarity, and number of the patch on the grid."""
    found = []
    for phrase, text in enumerate(explanation.phrases):
        taken = explanation.plan[:, phrase] > explanation.dustbin
        if text and taken.any():
            row = int((explanation.similarity[:, phrase] - 4.0 * ~taken).argmax())  # cosines differ by 2 at most
            found.append((visible(text), float(explanation.similarity[row, phrase]), int(explanation.selected[row])))
    return found


MOST = 256  # pixels of their height
LEAST = 72  # below it a photo is too small to see: then the row scrolls
_FLATTEST = 2.5  # width to height, or the other way round: what is flatter is shown smaller

_SIZE = (720, 520)


class SwapDialog(QDialog):
    """The photos of a class that are no exemplars, to choose one from."""

    def __init__(
        self, context: AppContext, class_name: str, old: PhotoRecord, photos: Sequence[PhotoRecord], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(window_title(self.tr("Another exemplar of {name}").format(name=class_name)))
        open_with(self, *_SIZE)
        text = self.tr("Choose a photo that is to show the class in place of {name}.").format(name=visible(old.name))
        label = wrapped(text, Size.BODY, role="text")
        model = PhotoModel(ThumbnailSource(context, TILE, parent=self), self)
        self.photos = PhotoGrid(model)
        self.photos.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.photos.fill(tuple(photos))
        self.swap = button(self.tr("Swap"), self.accept, kind="primary")
        self.swap.setDefault(True)
        self.swap.setEnabled(False)
        self.photos.chosen.connect(self._on_chosen)
        self.photos.opened.connect(self.swap.click)
        buttons = row(None, button(self.tr("Cancel"), self.reject), self.swap, spacing=Space.S)
        column(label, (self.photos, 1), buttons, spacing=Space.M, margins=SHEET_MARGINS, of=self)
        self.photos.setCurrentIndex(model.index(0))
        self.photos.setFocus()

    @property
    def chosen(self) -> PhotoRecord | None:
        return next(iter(self.photos.selected), None)

    @Slot(object)
    def _on_chosen(self, photos: Sequence[PhotoRecord]) -> None:
        self.swap.setEnabled(bool(photos))


class Swapping(QObject):
    """Asks which photo it is to be, and makes it an exemplar. One step of undo."""

    swapped = Signal(int)  # number of the class

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page
        self.dialog: SwapDialog | None = None

    def start(self, old: PhotoRecord, exemplars: Sequence[PhotoRecord]) -> None:
        done = partial(self._on_photos, old, {photo.id for photo in exemplars})
        self._context.read(lambda bench, job: bench.project.photos(old.class_id, split="train")).newest(done)

    def _on_photos(self, old: PhotoRecord, exemplars: set[int], photos: list[PhotoRecord]) -> None:
        record = self._context.contents.class_(old.class_id) if self._context.contents else None
        others = [photo for photo in photos if photo.id not in exemplars]
        if record is None:
            return
        if not others:
            self._page.banner(self.tr("{name} has no other photo to learn from.").format(name=record.name))
            return
        self.dialog = SwapDialog(self._context, record.name, old, others, self._page)
        self.dialog.accepted.connect(slot(self.dialog, self._swap, old, record.name))
        self.dialog.open()

    def _swap(self, old: PhotoRecord, class_name: str) -> None:
        new = self.dialog.chosen if self.dialog else None
        if new is None or self._context.contents is None:
            return
        verb = self.tr("swap an exemplar of")
        gone = self.tr("{name} is no exemplar any more: choose another one").format(name=visible(old.name))

        def change(before: list[int]) -> list[int]:
            if old.id not in before:
                raise InputError(gone)
            return [new.id if key == old.id else key for key in before]

        edit = self._context.edit(verb, class_name, lambda tx: tx.change_exemplars(old.class_id, change))
        edit.success(partial(self._on_swapped, old.class_id))

    def _on_swapped(self, class_id: int, _: None) -> None:
        self.swapped.emit(class_id)


def _shape(photo: PhotoRecord) -> float:
    """Width to height, as far as it is shown."""
    return min(max(photo.width / max(photo.height, 1), 1 / _FLATTEST), _FLATTEST)


_BATCH = 6
_CROP_SIDE = 240  # at most, of the patch enlarged
_AROUND = 1.0  # patches that are shown on each side of it: one alone is hard to place
_LARGE = 4 * _CROP_SIDE  # of the photo that it is cut from


class Exemplars(PhotoList):
    """The photos that show a class; all but the one with the marked patch are dim."""

    marked: int | None = None  # id of a photo

    def look(self, photo: PhotoRecord) -> Look:
        return Look(photo.id, visible(photo.name), opacity=1.0 if self.marked in (None, photo.id) else 0.4)

    def about(self, photo: PhotoRecord) -> Sequence[str]:
        return (self.tr("Photos of the class that are typical and different from each other"),)


class ExemplarStrip(PictureView):
    """Whole photos, as large as the room allows; over them the patch that goes with a phrase, also enlarged."""

    def __init__(self, context: AppContext) -> None:
        source = partial(ThumbnailSource, context, is_square=False, read=read_sharp_pictures)
        self._model = Exemplars(source(LEAST, batch=_BATCH))
        super().__init__(self._model, QSize(LEAST, LEAST))
        # Of what the enlarged patch is cut from, one photo at a time.
        self._large = source(_LARGE, batch=1, parent=self)
        self._large.loaded.connect(slot(self, self.viewport().update))
        self.support: Support | None = None
        self._places: Places | None = None
        self.setUniformItemSizes(False)
        self.setFrameShape(PictureView.Shape.NoFrame)
        self.setStyleSheet("QListView { border: none; background: transparent; }")
        self.setAccessibleName(self.tr("Exemplars"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @property
    def photos(self) -> tuple[PhotoRecord, ...]:
        return self._model.photos

    def show_photos(self, photos: Sequence[PhotoRecord]) -> None:
        """Show exemplars in their order; the place that was chosen stays chosen."""
        place = self.currentIndex().row() if self.current is not None else None
        self.support = self._model.marked = None
        self._model.fill(photos)
        self.setAccessibleDescription(", ".join(visible(photo.name) for photo in photos))
        self._fit()
        if place is not None and photos:
            self.select_row(min(place, len(photos) - 1))

    @property
    def current(self) -> PhotoRecord | None:
        return next(iter(self.selected), None)

    def point(self, support: Support | None, places: Places | None) -> None:
        """Mark the exemplar, and the patch on it where that is known; None takes the mark away."""
        self.support, self._places = support, places
        # A text may still speak of a photo that was swapped since.
        self._model.marked = support.photo_id if support and self._model.row_of(support.photo_id) is not None else None
        self.viewport().update()

    def patch_rect(self) -> QRectF | None:
        """Where the marked patch is drawn, None if none is."""
        photo, patch = self._patch()
        return None if photo is None or patch is None else self._placed(photo).to_screen(patch)

    def crop_rect(self) -> QRectF | None:
        """Where the enlarged patch is drawn: beside its photo, over others, which are dim; None if it is not."""
        photo, patch = self._patch()
        if photo is None or patch is None or self._large.picture(photo.id, self.devicePixelRatioF()) is None:
            return None
        frame, room = self._placed(photo).target, self.viewport().width()
        side = min(float(_CROP_SIDE), self.height() - Space.S, room - frame.width() - Space.L)
        if side < LEAST:
            return None
        is_left = frame.right() + Space.S + side > room
        left = frame.left() - Space.S - side if is_left else frame.right() + Space.S
        top = min(max(frame.center().y() - side / 2, Space.XS), self.height() - side - Space.XS)
        return QRectF(max(left, 0), top, side, side)

    def _patch(self) -> tuple[PhotoRecord | None, Crop | None]:
        """The photo that is marked, and in its pixels the patch, as far as they are known."""
        photo = next((exemplar for exemplar in self.photos if exemplar.id == self._model.marked), None)
        patch = self.support.patch if photo is not None and self.support is not None else None
        if photo is None or patch is None or self._places is None:
            return photo, None
        (rows, columns), crops = self._places
        is_there = photo.id in crops and 0 <= patch < rows * columns
        return photo, patch_box(patch, (rows, columns), crops[photo.id]) if is_there else None

    def _placed(self, photo: PhotoRecord) -> Placement:
        size = QSize(photo.width, photo.height)
        return Placement(self.picture_in(self.visualRect(self._model.index(self.photos.index(photo))), size), size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def cell_of(self, photo: PhotoRecord) -> QSize:
        return QSize(round(_shape(photo) * self.tile.height()) + Space.S, self.tile.height() + Space.S)

    def tile_in(self, cell: QRect) -> QRect:
        return cell.adjusted(Space.XS, Space.XS, -Space.XS, -Space.XS)

    def _fit(self) -> None:
        """As high as one row of all photos is, if there is room."""
        width = self.width() - len(self.photos) * (Space.S + 1)
        high = min(int(width / max(sum(map(_shape, self.photos)), 1)), MOST)
        # Its room is kept where there is none as well: texts below take more lines than the layout's least size counts.
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setMinimumHeight(LEAST + Space.S + bar)
        self.setMaximumHeight(max(high, LEAST + bar) + Space.S)
        side = max(min(self.height() - Space.S, high), LEAST)
        assert self._model.source is not None, "it was made with one"
        # Pictures are known by their longer side.
        longest = max((max(_shape(photo), 1.0) for photo in self.photos), default=1.0)
        self._model.source.set_side(round(side * longest))
        self.tile = QSize(side, side)
        self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        photo, patch = self._patch()
        if photo is None or patch is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        here, target = self._placed(photo).to_screen(patch), self.crop_rect()
        outline(painter, here, 2)
        picture = self._large.picture(photo.id, self.devicePixelRatioF())
        if target is not None and picture is not None:
            is_left = target.right() < here.left()
            edge = target.right() if is_left else target.left()
            painter.setPen(QPen(theme().color("accent"), 1))
            for own_end, its in ((here.top(), target.top()), (here.bottom(), target.bottom())):
                painter.drawLine(QPointF(here.left() if is_left else here.right(), own_end), QPointF(edge, its))
            around = around_patch(patch, photo.width, photo.height)
            scale = picture.width() / photo.width
            painter.drawImage(target, picture, QRectF(around.topLeft() * scale, around.size() * scale))
            left, top, right, bottom = patch
            inside = QRectF(left - around.left(), top - around.top(), right - left, bottom - top)
            scale = target.width() / around.width()
            outline(painter, QRectF(target.topLeft() + inside.topLeft() * scale, inside.size() * scale), 2)
            painter.setPen(QPen(theme().color("accent"), 2))
            painter.drawRect(target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.select_row(max(self.currentIndex().row(), 0))


def around_patch(patch: Crop, width: int, height: int) -> QRectF:
    """The square around a patch that is enlarged with it, inside of the photo where that is large enough for it."""
    left, top, right, bottom = patch
    side = min(max(right - left, bottom - top) * (1 + 2 * _AROUND), width, height)
    x = min(max((left + right - side) / 2, 0), width - side)
    return QRectF(x, min(max((top + bottom - side) / 2, 0), height - side), side, side)
