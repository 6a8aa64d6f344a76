"""Photos as a strip of one row or as a grid: pictures with small tags, captions and ticks."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from itertools import groupby
from typing import Any, Protocol

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QListView,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from spa_desktop.ui.style.icons import icon, icon_pixmap
from spa_desktop.ui.style.theme import RADIUS, Size, Space, class_style, font_of, theme
from spa_desktop.ui.thumbnails.photo_model import (
    LINE,
    LOOK_ROLE,
    PHOTO_ROLE,
    Caption,
    LargePhoto,
    Look,
    PhotoList,
    ThumbnailSource,
)
from spa_desktop.ui.widgets.forms import SearchField, name_choice, refill, row
from spa_desktop.ui.widgets.labels import draw_box, slot, timer, tool_button
from spa_desktop.ui.widgets.probability_bars import MARK, paint_mark
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import count

TILE = 112
SIDES = (80, TILE, 144, 192, 256)
"""Sizes that the slider offers, in device-independent pixels."""
FIT = 0
"""In place of a size: as large as all pictures fit into the view without scrolling, within bounds."""
_FIT_SIDES = range(SIDES[-1], SIDES[1] - 1, -8)
_GAP = int(Space.S)
TAG_HEIGHT, _TICK, _SIGN = 18, 20, 32


def paint_picture(painter: QPainter, box: QRectF, picture: QImage | None, opacity: float = 1.0) -> None:
    """Paint a picture, or a quiet square until it was read."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setOpacity(opacity)
    if picture is None:
        draw_box(painter, box, theme().color("hover"))
    else:
        painter.drawImage(box, picture)
    painter.setOpacity(1.0)


def paint_nothing(view: QAbstractItemView, text: str) -> None:
    """Say in the middle of a list why it is empty."""
    painter = QPainter(view.viewport())
    painter.setPen(theme().color("muted"))
    painter.drawText(view.viewport().rect(), Qt.AlignmentFlag.AlignCenter, text)


class Picture(QWidget):
    """The picture of one photo, by what its source knows it by; None for a quiet square."""

    def __init__(self, source: ThumbnailSource, key: Hashable) -> None:
        super().__init__()
        self._source, self._key = source, key
        self.setFixedSize(source.side, source.side)
        source.loaded.connect(slot(self, self.update))

    def show_key(self, key: Hashable) -> None:
        self._key = key
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = None if self._key is None else self._source.picture(self._key, self.devicePixelRatioF())
        box = QRectF(self.rect())
        if picture is not None:
            box.setSize(picture.deviceIndependentSize())
            box.moveCenter(QRectF(self.rect()).center())
        painter = QPainter(self)
        paint_picture(painter, box, picture)


class PhotoDelegate(QStyledItemDelegate):
    """Paints a photo as its model says that it looks, and the frame of what is selected."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view

    def editorEvent(self, *_: object) -> bool:
        """Leave each click to the view: where Qt has the box of a tick, it would toggle the tick once more."""
        return False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._view.cell_of(index.data(PHOTO_ROLE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look: Look | None = index.data(LOOK_ROLE)
        if look is None:
            return
        ratio = painter.device().devicePixelRatioF()
        tile = self._view.tile_in(option.rect)
        picture = look.picture
        if picture is None and look.key is not None and self._view.photo_list.source is not None:
            picture = self._view.photo_list.source.picture(look.key, ratio)
        box = QRectF(tile) if picture is None else self._view.picture_in(option.rect, picture.size())
        painter.save()
        paint_picture(painter, box, picture, look.opacity)
        painter.setFont(font_of(painter.font(), Size.CAPTION))
        if look.sign:
            sign = icon_pixmap(look.sign, "muted", _SIGN, ratio)
            painter.drawPixmap(tile.center() - QRect(0, 0, _SIGN, _SIGN).center(), sign)
        if look.caption is not None:
            height = self._view.photo_list.caption_height
            line = QRect(tile.left(), tile.bottom() + 1 + Space.XS, tile.width(), height)
            _paint_caption(painter, line, look.caption)
        x = tile.left() + Space.XS
        for mark in look.marks:
            x = paint_tag(painter, x, tile.bottom() - Space.XS - TAG_HEIGHT + 1, mark)
        if look.is_checked is not None:
            _paint_tick(painter, box.bottomRight(), is_on=look.is_checked)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or option.state & QStyle.StateFlag.State_HasFocus:
            edge = QPen(theme().color("accent"), 3 if is_selected else 1 if look.is_checked is None else 2)
            draw_box(painter, box.adjusted(-1, -1, 1, 1), Qt.BrushStyle.NoBrush, edge, RADIUS + 1)
        painter.restore()


def paint_tag(painter: QPainter, x: int, y: int, text: str) -> int:
    """Paint a tag, and give where the next one begins."""
    box = QRect(x, y, painter.fontMetrics().horizontalAdvance(text) + 2 * Space.XS, TAG_HEIGHT)
    draw_box(painter, box, theme().color("window"), radius=Space.XS)
    painter.setPen(theme().color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return x + box.width() + Space.XS


def _paint_tick(painter: QPainter, corner: QPointF, *, is_on: bool) -> None:
    circle = QRectF(corner.x() - _TICK - 2, corner.y() - _TICK - 2, _TICK, _TICK)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("accent") if is_on else QColor(0, 0, 0, 140))
    painter.drawEllipse(circle)
    sign = icon("check", "on_accent") if is_on else icon("close", "line")
    sign.paint(painter, circle.adjusted(3, 3, -3, -3).toRect())


def _paint_caption(painter: QPainter, line: QRect, caption: Caption) -> None:
    colors, metrics, left, middle = theme(), painter.fontMetrics(), line.left(), Qt.AlignmentFlag.AlignVCenter
    lines = [caption.text]
    if line.height() > 2 * LINE and metrics.horizontalAdvance(caption.text) > line.width():
        lines = caption.text.replace("→ ", "→\n").split("\n")
    if caption.below:
        line = QRect(left, line.top(), line.width(), len(lines) * LINE)
        second = QRect(left, line.bottom() + 1, line.width(), LINE)
        painter.setPen(colors.color("muted"))
        text = metrics.elidedText(caption.below, Qt.TextElideMode.ElideMiddle, second.width())
        painter.drawText(second, Qt.AlignmentFlag.AlignLeft | middle, text)
    if caption.hue is not None:
        centre = QPointF(left + MARK / 2, line.center().y() + 0.5)
        paint_mark(painter, centre, class_style(caption.hue), is_unsure=caption.is_unsure)
        left += MARK + Space.XS
    room = line.right() - left
    if caption.figure:
        figure = f"? {caption.figure}" if caption.is_unsure else caption.figure
        painter.setPen(colors.color("warn" if caption.is_unsure else "muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, figure)
        room -= metrics.horizontalAdvance(figure) + Space.XS
    painter.setPen(colors.color("muted" if caption.hue is None or caption.is_unsure else "text"))
    text = "\n".join(metrics.elidedText(text_line, Qt.TextElideMode.ElideRight, room) for text_line in lines)
    painter.drawText(QRect(left, line.top(), room, line.height()), Qt.AlignmentFlag.AlignLeft | middle, text)


_TO_THE_FIRST = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Home)


class PictureView(QListView):
    """Photos in one row, of which one can be selected, or opened by a double click or Enter."""

    chosen = Signal(object)  # the photos that are selected, in their order
    opened = Signal(object)  # the photo that is to be enlarged

    def __init__(self, photos: PhotoList, tile: QSize, parent: QWidget | None = None) -> None:
        # Not in icon mode: that keeps a tree of rectangles, which for 10,000 photos takes long to build.
        super().__init__(parent, flow=QListView.Flow.LeftToRight, uniformItemSizes=True)
        self.photo_list, self.tile = photos, tile  # what is shown, and the size of a picture
        self.setModel(photos)
        self.setItemDelegate(PhotoDelegate(self))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setProperty("focus", "item")
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        if photos.source is not None:
            # Not by way of the model: a list lays all of its rows out again when one of them changed.
            photos.source.loaded.connect(slot(self, self.viewport().update))

    @property
    def cell(self) -> QSize:
        """Room of a photo, with its gap."""
        caption = self.photo_list.caption_height
        return self.tile + QSize(_GAP, _GAP + (caption + _GAP if caption else 0))

    def cell_of(self, photo: Any) -> QSize:
        """Room of this photo, where they are not all alike."""
        return self.cell

    def tile_in(self, cell: QRect) -> QRect:
        """Where in its room a picture is drawn."""
        return QRect(cell.center().x() - self.tile.width() // 2, cell.y() + Space.XS, *self.tile.toTuple())

    def picture_in(self, cell: QRect, picture: QSize) -> QRectF:
        tile = QRectF(self.tile_in(cell))
        box = QRectF(QPointF(), picture.toSizeF().scaled(tile.size(), Qt.AspectRatioMode.KeepAspectRatio))
        box.moveCenter(tile.center())
        return box

    @property
    def selected(self) -> list[Any]:
        chosen = self.selectionModel().selection()
        parts = [chosen.at(place) for place in range(chosen.count())]
        ranges = sorted((part.top(), part.bottom()) for part in parts)
        return [photo for top, bottom in ranges for photo in self.photo_list.photos[top : bottom + 1]]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.photo_list.all_photos and not self.photo_list.photos:  # a filter or a search lets none through
            paint_nothing(self, self.tr("No photo fits"))

    @Slot()
    def go_on(self) -> None:
        self.select_row(self.currentIndex().row() + 1)

    def select_row(self, place: int | None) -> None:
        if place is not None and place < self.photo_list.rowCount():
            self.setCurrentIndex(self.photo_list.index(place))

    @Slot(object)
    def follow(self, photo: LargePhoto) -> None:
        """Select the photo that is looked at closely. There may be other photos by now."""
        self.select_row(self.photo_list.row_of(photo.key))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Qt would go through all rows, which of a hundred thousand takes longer than to paint those in sight."""
        return QRegion(self.viewport().rect())

    def reset(self) -> None:
        super().reset()
        self._on_selection()  # Qt tells nobody that with all rows the selection goes

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
        elif event.key() in _TO_THE_FIRST and not event.modifiers() and not self.selectionModel().hasSelection():
            self.select_row(max(self.currentIndex().row(), 0))  # Qt would go on from it
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        self.opened.emit(self.photo_list.photos[index.row()])

    @Slot()
    def _on_selection(self) -> None:
        self.chosen.emit(self.selected)


class PhotoGrid(PictureView):
    """Photos in rows whose columns share the width; several can be selected. It scrolls smoothly however many."""

    side = TILE  # of pictures, at least; `FIT` for as large as all fit
    tile_changed = Signal()  # the size of pictures is another, because of the room or of what was asked for
    _is_filling = False

    def __init__(self, photos: PhotoList, side: int = TILE) -> None:
        super().__init__(photos, QSize(side or TILE, side or TILE))
        self.side = side
        self._set_pictures()
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAccessibleName(self.tr("Photos of the class"))
        photos.rowsInserted.connect(self.fit)
        self._laid_out = timer(self, 0, self._keep_in_sight)

    def set_side(self, side: int) -> None:
        """Show pictures of at least this size; `FIT` for as large as all fit."""
        self.side = side
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Share the width among the columns."""
        # A list leaves room for a scroll bar that is not shown yet.
        bar = self.verticalScrollBar()
        room = self.viewport().width() - 1 - (0 if bar.isVisible() else bar.sizeHint().width())
        least = (self.side or self._fitting(room)) + _GAP
        width = max(room // max(room // least, 1), min(least, room), _GAP + 1)
        if self.photo_list.rowCount() < room // least:
            width = least  # one row that is not full: nothing is gained by wider cells
        if width != self.cell.width():
            self.tile = QSize(width - _GAP, width - _GAP)
            self._set_pictures()
            bar.setSingleStep(max(self.cell.height() // 2, 1))
            self.scheduleDelayedItemsLayout()
            self.tile_changed.emit()

    def _set_pictures(self) -> None:
        assert self.photo_list.source is not None, "the pictures of a grid are read"
        self.photo_list.source.set_side(self.tile.width())

    def _fitting(self, room: int) -> int:
        number, below = self.photo_list.rowCount(), self.cell.height() - self.tile.height()
        if not number or self.photo_list.is_searched:  # sizes stay while a search is typed that fewer pass, or none
            return self.tile.width()
        for side in _FIT_SIDES:
            columns = max(room // (side + _GAP), 1)
            tile = room // columns - _GAP if number >= columns else side
            if -(-number // columns) * (tile + below) <= self.viewport().height():
                return side
        return _FIT_SIDES[-1]

    def reset(self) -> None:
        super().reset()
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if QRect(QPoint(), event.oldSize()).contains(self.visualRect(self.currentIndex())):
            self._laid_out.start()
        self.fit()
        super().resizeEvent(event)

    @Slot()
    def _keep_in_sight(self) -> None:
        """The current photo was seen whole, and is in a grid that is smaller, too."""
        self.scrollTo(self.currentIndex())

    def fill(self, photos: Collection[Any]) -> None:
        """Show photos; those that were selected stay selected, and what was in sight stays in sight."""
        key = self.photo_list.key
        kept, scroll = set(map(key, self.selected)), self.verticalScrollBar().value()
        current, before = self.currentIndex().row(), set(map(key, self.photo_list.photos))
        self._is_filling = True  # that none is selected meanwhile is of no interest
        self.photo_list.fill(photos)
        ids = list(map(key, self.photo_list.photos))
        if before.isdisjoint(ids):
            self.scrollToTop()
        else:
            selection, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
            selection.select(
                self._ranges([place for place, photo_id in enumerate(ids) if photo_id in kept]), flags.Select
            )
            if current >= 0 and not self.currentIndex().isValid():
                # After a deletion the keyboard goes on where it was.
                index = self.photo_list.index(min(current, len(ids) - 1))
                selection.setCurrentIndex(index, flags.NoUpdate)
            self.verticalScrollBar().setValue(scroll)
        self._is_filling = False
        self._on_selection()

    @Slot()
    def _on_selection(self) -> None:
        if not self._is_filling:
            super()._on_selection()

    def _ranges(self, rows: list[int]) -> QItemSelection:
        """Rows as few ranges: each one that is selected by itself would be a signal to everybody."""
        ranges = QItemSelection()
        for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
            places = [row for _, row in run]
            ranges.select(self.photo_list.index(places[0]), self.photo_list.index(places[-1]))
        return ranges


_WIDTHS = (64, 120)  # at least and at most


class Sized(Protocol):
    """What shows pictures of a size that can be set: see :class:`PhotoGrid`."""

    side: int
    tile_changed: Any

    @property
    def tile(self) -> QSize: ...

    def set_side(self, side: int) -> None: ...


class SizeSlider(QWidget):
    """Sets the size of a grid's pictures, and follows it."""

    side_chosen = Signal(int)  # a size of `SIDES`, or `FIT`

    def __init__(self, grid: Sized) -> None:
        super().__init__()
        self._grid = grid
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(SIDES) - 1)
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(_WIDTHS[0])
        self.slider.setMaximumWidth(_WIDTHS[1])
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setAccessibleName(self.tr("Size of the pictures"))
        self.slider.setToolTip(self.slider.accessibleName())
        self.fit = tool_button("grid", self.tr("As large as all of them fit"), self._on_fit, is_switch=True)
        row(self.slider, self.fit, spacing=Space.XS, of=self)
        self._follow()
        self.slider.valueChanged.connect(slot(self, self._on_fit, False))
        grid.tile_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        side = self._grid.side or self._grid.tile.width()
        with QSignalBlocker(self.slider):
            self.slider.setValue(min(range(len(SIDES)), key=lambda place: abs(SIDES[place] - side)))
        self.fit.setChecked(self._grid.side == FIT)

    @Slot(bool)
    def _on_fit(self, is_on: bool) -> None:
        side = FIT if is_on else SIDES[self.slider.value()]
        self._grid.set_side(side)
        self._follow()
        self.side_chosen.emit(side)


_AROUND = 48  # pixels: the lens and the frame of a search
_LEAST = 96  # pixels of a chooser: what is chosen, or most of it


class GridBar(QWidget):
    """A filter with counts, an order, a search, a size. What there is to choose from, subclasses know.

    Where what is searched has no room to be read, the search says only that it is one; where that has none either, it
    has a row of its own.
    """

    changed = Signal()  # filter, order or words

    def __init__(self, grid: Sized) -> None:
        super().__init__()
        self._is_narrow = False
        self.filter, self.order = QComboBox(), QComboBox()
        for box in (self.filter, self.order):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.order.setMinimumWidth(_LEAST)
        self.search, self.size_bar = SearchField(""), SizeSlider(grid)
        self._places = QGridLayout(self)
        self._places.setContentsMargins(0, 0, 0, 0)
        self._places.setSpacing(Space.S)
        self._places.setColumnStretch(2, 1)
        for place, widget in zip((0, 1, 2, 4), (self.filter, self.order, self.search, self.size_bar), strict=True):
            self._places.addWidget(widget, 0, place)
        self.filter.activated.connect(self.changed)
        self.order.currentIndexChanged.connect(self.changed)
        self.search.words_typed.connect(self.changed)

    def set_names(self, which: str, order: str, search: str) -> None:
        name_choice(self.filter, which)
        name_choice(self.order, order)
        self.search.set_name(search)

    def set_filters(self, filters: Iterable[tuple[str, object, int]]) -> None:
        """Offer filters: text, what it stands for, and number of photos. The one that is on stays on."""
        before = self.filter.currentData()
        refill(self.filter, [(f"{text}   {count(number)}", key) for text, key, number in filters], before)
        # Its number is to be read; the order may be cut.
        self.filter.setMinimumWidth(max(self.filter.minimumWidth(), self.filter.sizeHint().width()))
        if self.filter.currentData() != before:
            self.changed.emit()

    def set_orders(self, orders: Iterable[tuple[str, object]]) -> None:
        refill(self.order, orders, self.order.currentData())

    @property
    def wanted(self) -> tuple[Any, str, Any]:
        """The filter, the words and the order, as a list of photos is sifted by them."""
        return self.filter.currentData(), self.search.text(), self.order.currentData()

    def reset(self) -> None:
        self.filter.setCurrentIndex(0)
        self.search.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        others = (self.filter, self.order, self.size_bar)
        room = self.width() - sum(max(widget.sizeHint().width(), widget.minimumWidth()) + Space.S for widget in others)
        name, width = self.search.accessibleName(), self.search.fontMetrics().horizontalAdvance
        is_narrow = room < min(width(name), width(self.tr("Search"))) + _AROUND
        self.search.setPlaceholderText(name if is_narrow or room >= width(name) + _AROUND else self.tr("Search"))
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._places.addWidget(self.search, *((1, 0, 1, 5) if is_narrow else (0, 2)))
