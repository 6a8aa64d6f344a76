"""Which test photos are gone through, and where one is among them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.explain.photo_filter import Filter, Gallery
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.number_words import count


class GalleryBar(QWidget):
    """A filter, back, "3 of 80", on."""

    filter_chosen = Signal(object)  # Filter
    stepped = Signal(int)  # -1 or 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter = QComboBox()
        self.filter.setAccessibleName(self.tr("Which test photos"))
        self.filter.setMinimumWidth(168)
        self.back, self.on = QToolButton(), QToolButton()
        for button, picture, name in (
            (self.back, "left", self.tr("Photo before (Left)")),
            (self.on, "right", self.tr("Next photo (Right)")),
        ):
            button.setIcon(icon(picture))
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.place = set_type(QLabel(), Size.CAPTION, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        for widget in (self.filter, self.back, self.place, self.on):
            row.addWidget(widget)
        self.filter.activated.connect(self._on_filter)
        self.back.clicked.connect(self._on_back)
        self.on.clicked.connect(self._on_on)

    def set_classes(self, classes: Sequence[ClassRecord], chosen: Filter) -> None:
        """Offer filters: all, wrong, unsure, and each class."""
        self.filter.clear()
        self.filter.addItem(self.tr("All test photos"), Filter())
        self.filter.addItem(self.tr("Wrong"), Filter("wrong"))
        self.filter.addItem(self.tr("Unsure"), Filter("unsure"))
        self.filter.insertSeparator(self.filter.count())
        for item in classes:
            self.filter.addItem(item.name, Filter("class", item.id))
        self.show_filter(chosen)

    def show_filter(self, chosen: Filter) -> None:
        """Show which filter is on."""
        places = [place for place in range(self.filter.count()) if self.filter.itemData(place) == chosen]
        self.filter.setCurrentIndex(places[0] if places else 0)

    def show_place(self, gallery: Gallery, *, is_shown: bool, is_waiting: bool) -> None:
        """Show where the photo is, unless another one is shown than those of the gallery."""
        total = len(gallery.photos)
        if is_waiting:
            self.place.setText(self.tr("Checking..."))
        elif not total:
            self.place.setText(self.tr("no photos"))
        elif is_shown:
            self.place.setText(self.tr("{n} of {total}").format(n=count(gallery.place + 1), total=count(total)))
        else:
            self.place.setText(self.tr("{total} in all").format(total=count(total)))
        self.back.setEnabled(total > 0 and (not is_shown or gallery.place > 0))
        self.on.setEnabled(total > 0 and (not is_shown or gallery.place < total - 1))

    @Slot(int)
    def _on_filter(self, index: int) -> None:
        chosen = self.filter.itemData(index)
        if isinstance(chosen, Filter):
            self.filter_chosen.emit(chosen)

    @Slot()
    def _on_back(self) -> None:
        self.stepped.emit(-1)

    @Slot()
    def _on_on(self) -> None:
        self.stepped.emit(1)
