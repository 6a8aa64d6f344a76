"""The live plot of a training: loss on the left axis, accuracy on the right."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.ui.style.theme import Size, Space, class_style, set_type, theme
from spa_desktop.ui.widgets.plots import Plot, room_above, style_curve

_REDRAW_MS = 66
_MOST_POINTS = 4000
_AXIS_WIDTH = 72  # room for small losses, so that the plot does not jump


class LearningPlot(QWidget):
    """Collects the figures of a training; draws them at most 15 times a second.

    Until the plot is made (:meth:`make_plot`) and the first figure came, it says what will be seen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[float] = []
        self._loss: list[float] = []
        self._accuracy: list[float] = []
        self._offset = 0
        self._plot: Plot | None = None
        self._hint = set_type(QLabel(self.tr("Loss and accuracy are drawn here while it learns.")), Size.BODY)
        self._hint.setProperty("role", "muted")
        self._hint.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._hint)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self._draw)

    @property
    def points(self) -> list[tuple[float, float, float]]:
        """Step, loss, and accuracy in per cent."""
        return list(zip(self._steps, self._loss, self._accuracy, strict=True))

    @property
    def is_drawn(self) -> bool:
        """True once curves are seen."""
        return self._plot is not None and self._stack.currentWidget() is self._plot.widget

    @Slot()
    def make_plot(self) -> None:
        """Make the plot."""
        plot = self._plot = Plot(
            self.tr("Loss and accuracy while it learns"), left=self.tr("loss"), bottom=self.tr("step")
        )
        item = plot.item
        self._right = pg.ViewBox(enableMenu=False)
        self._right.setMouseEnabled(x=False, y=False)
        item.showAxis("right")
        item.scene().addItem(self._right)
        item.getAxis("right").linkToView(self._right)
        self._right.setXLink(item)
        self._right.setYRange(0, room_above(0.0), padding=0)
        item.setLimits(yMin=0)
        item.getAxis("left").setWidth(_AXIS_WIDTH)
        item.vb.sigResized.connect(self._on_resized)
        self._loss_curve = item.plot(name=self.tr("loss (left)"), skipFiniteCheck=True)
        self._accuracy_curve = pg.PlotDataItem(skipFiniteCheck=True)
        self._right.addItem(self._accuracy_curve)
        plot.legend.addItem(self._loss_curve, self.tr("loss (left)"))
        plot.legend.addItem(self._accuracy_curve, self.tr("accuracy (right)"))
        plot.label("right", self.tr("accuracy, %"))
        self._stack.addWidget(plot.widget)
        plot.legend.setColumnCount(2)
        self.restyle()
        self._draw()

    def clear(self) -> None:
        """A training begins."""
        self._steps, self._loss, self._accuracy = [], [], []
        self._offset = 0
        self._draw()

    def add(self, event: JobEvent) -> None:
        """Take the figures of a step, if it has some."""
        values = dict(event.values)
        if "loss" not in values or "accuracy" not in values:
            return
        step = self._offset + event.done
        if self._steps and step <= self._steps[-1]:
            self._offset = int(self._steps[-1])
            step = self._offset + event.done
        self._steps.append(float(step))
        self._loss.append(values["loss"])
        self._accuracy.append(values["accuracy"])
        for figures in (self._steps, self._loss, self._accuracy):
            del figures[:-_MOST_POINTS]
        if not self._timer.isActive():
            self._timer.start()

    def show_points(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Show the curve of a training that is over: step, loss, and accuracy in per cent."""
        self._steps, self._loss, self._accuracy = (list(map(float, column)) for column in zip(*points, strict=True))
        if self._plot is None:
            self.make_plot()
        self._draw()

    def say_nothing_was_drawn(self) -> None:
        """Say that a training that is over left no curve."""
        self.clear()
        self._hint.setText(self.tr("No curve was drawn: this training needed no steps."))

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        if self._plot is None:
            return
        self._plot.restyle()
        style_curve(self._loss_curve, theme().color("accent"))
        style_curve(self._accuracy_curve, class_style(5).color, dash=Qt.PenStyle.DashLine)

    @Slot()
    def _on_resized(self) -> None:
        if self._plot is not None:
            self._right.setGeometry(self._plot.item.vb.sceneBoundingRect())
            self._right.linkedViewChanged(self._plot.item.vb, self._right.XAxis)

    @Slot()
    def _draw(self) -> None:
        if self._plot is None or not self._steps:
            self._stack.setCurrentWidget(self._hint)
            return
        self._loss_curve.setData(self._steps, self._loss)
        self._accuracy_curve.setData(self._steps, self._accuracy)
        # From zero: else the jitter of a loss that has come down would fill the plot and look like trouble.
        self._plot.item.setYRange(0, 1.05 * max(self._loss) or 1.0, padding=0)
        self._stack.setCurrentWidget(self._plot.widget)
        last = self.tr("Step {step}: loss {loss}, accuracy {accuracy} %")
        self._plot.widget.setAccessibleDescription(
            last.format(step=int(self._steps[-1]), loss=f"{self._loss[-1]:.3g}", accuracy=f"{self._accuracy[-1]:.1f}")
        )
