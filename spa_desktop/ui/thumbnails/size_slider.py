"""How large the pictures of a grid are: a slider, and a button that fits all of them into the view."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QToolButton, QWidget

from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.thumbnails.picture_grid import FIT, SIDES, PictureGrid

_WIDTHS = (64, 120)  # at least and at most


class SizeSlider(QWidget):
    """Sets the size of a grid's pictures, and follows it."""

    side_chosen = Signal(int)  # a size of `SIDES`, or `FIT`

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(SIDES) - 1)
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(_WIDTHS[0])
        self.slider.setMaximumWidth(_WIDTHS[1])
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setAccessibleName(self.tr("Size of the pictures"))
        self.slider.setToolTip(self.slider.accessibleName())
        self.fit = QToolButton()
        self.fit.setIcon(icon("grid"))
        self.fit.setCheckable(True)
        self.fit.setAccessibleName(self.tr("As large as all of them fit"))
        self.fit.setToolTip(self.fit.accessibleName())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.slider)
        row.addWidget(self.fit)
        self._follow()
        self.slider.valueChanged.connect(self._on_slider)
        self.fit.clicked.connect(self._on_fit)
        grid.tile_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        side = self._grid.side or self._grid.tile_side
        blocker = QSignalBlocker(self.slider)
        self.slider.setValue(min(range(len(SIDES)), key=lambda place: abs(SIDES[place] - side)))
        blocker.unblock()
        self.fit.setChecked(self._grid.side == FIT)

    @Slot(int)
    def _on_slider(self, place: int) -> None:
        self._choose(SIDES[place])

    @Slot(bool)
    def _on_fit(self, is_on: bool) -> None:
        self._choose(FIT if is_on else SIDES[self.slider.value()])

    def _choose(self, side: int) -> None:
        self._grid.set_side(side)
        self._follow()
        self.side_chosen.emit(side)
