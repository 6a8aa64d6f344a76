"""What governs the grid: which photos, in which order, with which words in their names, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.thumbnails.picture_grid import PictureGrid
from spa_desktop.ui.thumbnails.size_slider import SizeSlider
from spa_desktop.ui.use.answer_model import Key, Order
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.search_field import SearchField
from spa_desktop.visible import visible

_FILTER_WIDTH, _SEARCH_WIDTH = 200, 160


class ViewBar(QWidget):
    """A filter with counts, an order, a search, a size."""

    filter_chosen = Signal(object)  # Key, or None for all
    order_chosen = Signal(str)

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter = QComboBox()
        self.filter.setAccessibleName(self.tr("Which photos"))
        self.filter.setMinimumWidth(_FILTER_WIDTH)
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order = QComboBox()
        self.order.setAccessibleName(self.tr("Order"))
        orders: tuple[tuple[str, Order], ...] = (
            (self.tr("As found"), "found"),
            (self.tr("Unsure first"), "doubt"),
            (self.tr("Sure first"), "sure"),
            (self.tr("By name"), "name"),
        )
        for text, order in orders:
            self.order.addItem(text, order)
        self.search = SearchField(self.tr("Search names"))
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.size_bar = SizeSlider(grid)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.filter)
        row.addWidget(self.order)
        row.addWidget(self.search, 1)
        row.addStretch(1)
        row.addWidget(self.size_bar)
        self.filter.activated.connect(self._on_filter)
        self.order.currentIndexChanged.connect(self._on_order)
        self.set_counts(Counter(), {})

    @property
    def is_choosing(self) -> bool:
        """True while the list of filters is open."""
        return self.filter.view().isVisible()

    def set_counts(self, counts: Counter[Key], names: Mapping[int, str]) -> None:
        """Show how many photos there are of each class, most first; the filter that is on stays on."""
        chosen = self.filter.currentData() if self.filter.count() else None
        known: list[tuple[str, Key]] = [
            (visible(names.get(key, "")), key) for key, _ in counts.most_common() if not isinstance(key, str)
        ]
        rest: list[tuple[str, Key]] = [(self.tr("None of these"), "none"), (self.tr("Cannot be read"), "error")]
        rest = [(text, key) for text, key in rest if counts[key] or key == chosen]
        if isinstance(chosen, int) and chosen in names and chosen not in counts:
            known.append((visible(names[chosen]), chosen))
        items: list[tuple[str, Key | None]] = [(self.tr("All photos"), None), *known, *rest]
        blocker = QSignalBlocker(self.filter)
        self.filter.clear()
        for text, key in items:
            number = counts.total() if key is None else counts[key]
            self.filter.addItem(f"{text}   {count(number)}", key)
        place = next((place for place, (_, key) in enumerate(items) if key == chosen), 0)
        self.filter.setCurrentIndex(place)
        blocker.unblock()
        if items[place][1] != chosen:
            self.filter_chosen.emit(None)

    def reset(self) -> None:
        """All photos again, whatever their names."""
        self.filter.setCurrentIndex(0)
        self.filter_chosen.emit(None)
        self.search.forget()

    @Slot(int)
    def _on_filter(self, place: int) -> None:
        self.filter_chosen.emit(self.filter.itemData(place))

    @Slot(int)
    def _on_order(self, place: int) -> None:
        self.order_chosen.emit(self.order.itemData(place))
