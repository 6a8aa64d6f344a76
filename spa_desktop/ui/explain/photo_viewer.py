"""The left of the page: the photo, and what governs the overlay."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.explain.legend import Legend
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas
from spa_desktop.ui.photo.transport_view import Explained, overlay_of
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.what_is_this import WhatIsThis

_OPACITY = 55  # per cent


class Viewer(QWidget):
    """Photo, caption, opacity, grid, legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = PhotoCanvas()
        self.caption = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setFixedWidth(140)
        self.slider.setAccessibleName(self.tr("Opacity of the overlay"))
        self.slider.setToolTip(self.tr("How strongly the overlay covers the photo"))
        self.slider.valueChanged.connect(self._on_opacity)
        self.grid = QToolButton()
        self.grid.setIcon(icon("grid"))
        self.grid.setCheckable(True)
        self.grid.setAccessibleName(self.tr("Show the grid of patches"))
        self.grid.setToolTip(self.tr("Show the grid of patches: the pieces of the photo that the model compares"))
        self.grid.toggled.connect(self.canvas.set_grid_shown)
        self.legend = Legend()
        label = set_type(QLabel(self.tr("Overlay")), Size.CAPTION, role="muted")
        label.setBuddy(self.slider)
        controls = QHBoxLayout()
        controls.setSpacing(Space.S)
        for widget in (label, self.slider, self.grid):
            controls.addWidget(widget)
        controls.addWidget(self.legend, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.canvas, 1)
        said = QHBoxLayout()
        said.setSpacing(Space.S)
        said.addWidget(self.caption, 1)
        said.addWidget(WhatIsThis("heat map"))
        column.addLayout(said)
        column.addLayout(controls)
        self.slider.setValue(_OPACITY)

    def show_explained(self, shown: Explained, caption: str, legend: tuple[str, str]) -> None:
        """Show a photo, what spoke for its class, and the words for the two ends of the colours."""
        self.canvas.set_caption("")
        self.canvas.show_photo(shown.photo)
        self.canvas.set_patches(shown.first.grid, shown.first.crop, overlay_of(shown))
        self.canvas.set_lit(None)
        self.canvas.setAccessibleDescription(caption)
        self.caption.setText(caption)
        self.caption.setToolTip(tip(caption))
        self.legend.say(*legend, is_difference=shown.second is not None)

    def clear(self, text: str) -> None:
        """Show no photo, and why."""
        self.canvas.set_caption("")
        self.canvas.show_text(text)
        self.caption.setText("")
        self.caption.setToolTip("")
        self.legend.say("", "", is_difference=False)

    def say_busy(self, text: str) -> None:
        """Say what goes on, over the photo that is shown, if there is one."""
        if self.canvas.photo.isNull():
            self.canvas.show_text(text)
        else:
            self.canvas.set_caption(text)

    @Slot(int)
    def _on_opacity(self, value: int) -> None:
        self.canvas.set_opacity(value / 100)
