"""The left of the page: the photo, and what governs the overlay."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.photo.colour_maps import one_color, two_color
from spa_desktop.ui.photo.explanation_words import Explained, overlay_of
from spa_desktop.ui.photo.photo_canvas import Crop, PhotoCanvas
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type, theme
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, tool_button

# What the colours over the photo mean.

_STRIP, _HEIGHT, _STOPS = 96, 8, 9


class Legend(QWidget):
    """A strip of colours between two words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = "", ""  # left and right of the strip
        self._is_difference = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def say(self, left: str, right: str, *, is_difference: bool) -> None:
        """Name the two ends."""
        self.words, self._is_difference = (left, right), is_difference
        self.setAccessibleName(self.tr("Colours from {left} to {right}").format(left=left, right=right))
        if is_difference:
            text = self.tr("Dark: evidence for {left}; bright: evidence for {right}")
        else:
            text = self.tr("Bright: evidence for {right}")
        self.setToolTip(tip(text.format(left=left, right=right)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_STRIP + 200, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(_STRIP, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.words[1]:
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        room = max((self.width() - _STRIP - 2 * Space.S) // 2, 0)
        left, right = (metrics.elidedText(one, Qt.TextElideMode.ElideRight, room) for one in self.words)
        at = self.width() - metrics.horizontalAdvance(right) - Space.S - _STRIP
        strip = QRectF(at, (self.height() - _HEIGHT) / 2, _STRIP, _HEIGHT)
        painter.setPen(theme().color("muted"))
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, 0, at - Space.S, self.height()), middle, left)
        painter.drawText(QRectF(0, 0, self.width(), self.height()), middle, right)
        gradient = QLinearGradient(strip.topLeft(), strip.topRight())
        for stop in range(_STOPS):
            place = stop / (_STOPS - 1)
            gradient.setColorAt(place, (two_color if self._is_difference else one_color)(place))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme().color("line"))
        painter.setBrush(gradient)
        painter.drawRoundedRect(strip, 3, 3)
        painter.end()


_KEEP_MS = 400  # after the last step of the slider


class Viewer(QWidget):
    """Photo, caption, heat map and how strong it is, grid, legend.

    The heat map is off until it is asked for: the photo is to be seen as it is first. The choice is kept.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.canvas = PhotoCanvas()
        self.caption = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self._overlay: QImage | None = None
        self._place: tuple[tuple[int, int], Crop] | None = None
        self.heat = tool_button("overlay", self.tr("Heat map"))
        self.heat.setText(self.tr("Heat map"))
        self.heat.setToolTip(self.tr("Colour the parts that spoke for the class (H)"))
        self.heat.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heat.setCheckable(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setMinimumWidth(64)
        self.slider.setMaximumWidth(140)
        self.slider.setAccessibleName(self.tr("Opacity of the overlay"))
        self.slider.setToolTip(self.tr("How strongly the overlay covers the photo"))
        self.grid = tool_button("grid", self.tr("Show the grid of patches"))
        self.grid.setCheckable(True)
        self.grid.setToolTip(self.tr("Show the grid of patches: the pieces of the photo that the model compares"))
        self.grid.toggled.connect(self.canvas.set_grid_shown)
        self.legend = Legend()
        self.large = tool_button("enlarge", self.tr("Show the photo large"))
        self.large.setToolTip(self.tr("Show the photo large (double-click)"))
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(_KEEP_MS)
        self._keeping.timeout.connect(self._keep)
        column(
            (self.canvas, 1),
            row((self.caption, 1), WhatIsThis("heat map"), spacing=Space.S),
            row(self.heat, self.slider, self.grid, self.large, None, spacing=Space.S),
            self.legend,
            spacing=Space.S,
            of=self,
        )
        settings = context.settings.value
        self.heat.setChecked(settings.heat_map)
        self.legend.setVisible(settings.heat_map)
        self.slider.setValue(settings.heat_strength)
        self.canvas.set_opacity(settings.heat_strength / 100)
        self.heat.toggled.connect(self._on_heat)
        self.slider.valueChanged.connect(self._on_opacity)

    def show_explained(self, shown: Explained, caption: str, legend: tuple[str, str]) -> None:
        """Show a photo, what spoke for its class, and the words for the two ends of the colours."""
        self.canvas.set_caption("")
        self.canvas.show_photo(shown.photo)
        self._overlay = overlay_of(shown)
        self._place = (shown.first.grid, shown.first.crop)
        self._draw()
        self.canvas.set_lit(None)
        self.canvas.setAccessibleDescription(caption)
        self.caption.setText(caption)
        self.caption.setToolTip(tip(caption))
        self.legend.say(*legend, is_difference=shown.second is not None)

    def clear(self, text: str) -> None:
        """Show no photo, and why."""
        self._place = self._overlay = None
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

    def _draw(self) -> None:
        if self._place is not None:
            self.canvas.set_patches(*self._place, self._overlay if self.heat.isChecked() else None)

    @Slot(bool)
    def _on_heat(self, is_on: bool) -> None:
        self.legend.setVisible(is_on)
        self._draw()
        self._keeping.start()

    @Slot(int)
    def _on_opacity(self, value: int) -> None:
        self.canvas.set_opacity(value / 100)
        self.heat.setChecked(True)
        self._keeping.start()

    @Slot()
    def _keep(self) -> None:
        self._context.settings.update(heat_map=self.heat.isChecked(), heat_strength=self.slider.value())
