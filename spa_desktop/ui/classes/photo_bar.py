"""What governs the photos of a class: which of them, in which order, with which words in their names, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.thumbnails.photo_model import Kind, Order, kind_of
from spa_desktop.ui.thumbnails.picture_grid import PictureGrid
from spa_desktop.ui.thumbnails.size_slider import SizeSlider
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.search_field import SearchField

_LEAST, _SEARCH_WIDTH = 8, 96  # characters of a choice, pixels of the search


class PhotoBar(QWidget):
    """A filter with counts, an order, a search, a size."""

    changed = Signal()  # kind, order or words

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_answers = False
        self._counts: Counter[Kind] = Counter()
        self.filter, self.orders = QComboBox(), QComboBox()
        for box, name in ((self.filter, self.tr("Which photos")), (self.orders, self.tr("Order of the photos"))):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMinimumContentsLength(_LEAST)
        self.search = SearchField(self.tr("Search photos"))
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.size_bar = SizeSlider(grid)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.filter)
        row.addWidget(self.orders)
        row.addWidget(self.search, 1)
        row.addWidget(self.size_bar)
        self._fill_filter()
        self._fill_orders()
        self.filter.activated.connect(self._on_chosen)
        self.orders.activated.connect(self._on_chosen)
        self.search.words_typed.connect(self._on_chosen)

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
