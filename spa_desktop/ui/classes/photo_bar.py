"""What governs the photos of a class: which of them, in which order, with which words in their names, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.thumbnails.photo_model import Kind, Order, kind_of
from spa_desktop.ui.thumbnails.photo_view import PictureGrid, SizeSlider
from spa_desktop.ui.widgets.forms import SearchField
from spa_desktop.ui.widgets.words import count

_NARROW = 560  # pixels: below it the search has a row of its own


class PhotoBar(QWidget):
    """A filter with counts, an order, a search, a size."""

    changed = Signal()  # kind, order or words

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_answers = self._is_narrow = False
        self._counts: Counter[Kind] = Counter()
        self.filter, self.orders = QComboBox(), QComboBox()
        for box, name in ((self.filter, self.tr("Which photos")), (self.orders, self.tr("Order of the photos"))):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.search = SearchField(self.tr("Search photos"))
        self.size_bar = SizeSlider(grid)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.S)
        self._grid.setColumnStretch(2, 1)
        self._grid.addWidget(self.filter, 0, 0)
        self._grid.addWidget(self.orders, 0, 1)
        self._grid.addWidget(self.search, 0, 2)
        self._grid.addWidget(self.size_bar, 0, 3)
        self._fill_filter()
        self._fill_orders()
        self.filter.activated.connect(self._on_chosen)
        self.orders.activated.connect(self._on_chosen)
        self.search.words_typed.connect(self._on_chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            if is_narrow:
                self._grid.addWidget(self.search, 1, 0, 1, 4)
            else:
                self._grid.addWidget(self.search, 0, 2)

    @property
    def kind(self) -> Kind:
        """Which photos are wanted."""
        kind: Kind = self.filter.currentData()
        return kind

    @property
    def order(self) -> Order:
        """In which order."""
        order: Order = self.orders.currentData()
        return order

    @property
    def words(self) -> str:
        """With which words in their names."""
        return self.search.text()

    def show_photos(self, photos: Iterable[PhotoRecord]) -> None:
        """Say how many photos there are of each kind."""
        self._counts = Counter(map(kind_of, photos))
        self._fill_filter()

    def show_answers(self, has_answers: bool) -> None:
        """Offer the order by how sure the model is, where it answered."""
        if has_answers != self._has_answers:
            self._has_answers = has_answers
            self._fill_orders()

    def show_all(self) -> None:
        """All photos again, whatever their names."""
        self.filter.setCurrentIndex(0)
        self.search.forget()

    def _fill_filter(self) -> None:
        kinds: tuple[tuple[str, Kind], ...] = (
            (self.tr("All photos"), "all"),
            (self.tr("To learn"), "train"),
            (self.tr("To test"), "test"),
            (self.tr("Set aside"), "aside"),
        )
        total = self._counts.total()
        entries = [(f"{text}   {count(total if kind == 'all' else self._counts[kind])}", kind) for text, kind in kinds]
        _refill(self.filter, entries)

    def _fill_orders(self) -> None:
        orders: list[tuple[str, Order]] = [(self.tr("As added"), "added"), (self.tr("By name"), "name")]
        if self._has_answers:
            orders.append((self.tr("Least sure first"), "doubt"))
        _refill(self.orders, orders)

    @Slot()
    def _on_chosen(self) -> None:
        self.changed.emit()


def _refill(box: QComboBox, entries: Iterable[tuple[str, object]]) -> None:
    """Other texts; what is chosen stays chosen where it is still there."""
    chosen, blocker = box.currentData(), QSignalBlocker(box)
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(box.findData(chosen), 0))
    blocker.unblock()
