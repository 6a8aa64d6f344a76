"""Accuracy over the tasks: all classes, each task by itself, and two simpler classifiers for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spa_desktop.ui.plots import THICK, Plot, style_curve
from spa_desktop.ui.results.report import Figures, Report
from spa_desktop.ui.theme import class_style, theme
from spa_desktop.ui.words import percent

if TYPE_CHECKING:
    import pyqtgraph

_LONGEST_TICK = 14
_REFERENCES = (("zero-shot", "x"), ("slda", "+"))


def reference_title(name: str) -> str:
    """A simpler classifier in words."""
    titles = {
        "zero-shot": QCoreApplication.translate("results", "zero-shot"),
        "slda": QCoreApplication.translate("results", "SLDA"),
    }
    return titles.get(name, name)


class AccuracyCurves(QWidget):
    """The forgetting curves. The plot is made with the first report, when pyqtgraph was imported."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: Plot | None = None
        self._curves: dict[str, pyqtgraph.PlotDataItem] = {}
        self._report: Report | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def curves(self) -> dict[str, pyqtgraph.PlotDataItem]:
        """The curves that are shown, by what the legend calls them."""
        return dict(self._curves)

    def show_report(self, report: Report) -> None:
        """Draw another report."""
        if self.plot is None:
            self.plot = Plot(self.tr("Accuracy after each task"), left=self.tr("accuracy, %"), bottom="")
            self._column.addWidget(self.plot.widget)
        self._report = report
        wanted = self._wanted(report)
        for name in [name for name in self._curves if name not in wanted]:
            curve = self._curves.pop(name)
            self.plot.legend.removeItem(curve)
            self.plot.item.removeItem(curve)
        for name, values in wanted.items():
            if name not in self._curves:
                self._curves[name] = self.plot.item.plot(connect="finite")
                self.plot.legend.addItem(self._curves[name], name)
            places = [place for place, value in enumerate(values, start=1) if value is not None]
            self._curves[name].setData(places, [value for value in values if value is not None])
        names = [(place, _short(name)) for place, name in enumerate(report.tasks, start=1)]
        self.plot.item.getAxis("bottom").setTicks([names])
        self.plot.item.setXRange(0.75, len(report.tasks) + 0.25, padding=0)
        lowest = min((value for values in wanted.values() for value in values if value is not None), default=0.0)
        self.plot.item.setYRange(max(0.0, 10 * (lowest // 10) - 5), 102, padding=0)
        self.plot.widget.setAccessibleDescription(self._in_words(wanted))
        self.restyle()
        self.plot.fit_legend(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.plot is not None:
            self.plot.fit_legend(self.width())

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        if self.plot is None or self._report is None:
            return
        self.plot.restyle()
        now = theme()
        style_curve(self._curves[self._all()], now.color("text"), symbol="o", width=THICK)
        for place, name in enumerate(self._task_names(self._report)):
            style = class_style(place)
            style_curve(self._curves[name], style.color, symbol=style.symbol, dash=Qt.PenStyle.DashLine)
        for key, symbol in _REFERENCES:
            if (curve := self._curves.get(reference_title(key))) is not None:
                style_curve(curve, now.color("muted"), symbol=symbol, dash=Qt.PenStyle.DotLine)

    def _all(self) -> str:
        return self.tr("all classes")

    def _task_names(self, report: Report) -> list[str]:
        # With one task its curve would be that of all classes.
        return [_short(name) for name in report.tasks] if len(report.tasks) > 1 else []

    def _wanted(self, report: Report) -> dict[str, Figures]:
        wanted: dict[str, Figures] = {self._all(): report.curve}
        for place, name in enumerate(self._task_names(report)):
            wanted[name] = tuple(row[place] for row in report.matrix)
        for key, _ in _REFERENCES:
            if any(value is not None for value in report.references.get(key, ())):
                wanted[reference_title(key)] = report.references[key]
        return wanted

    def _in_words(self, wanted: dict[str, Figures]) -> str:
        return "; ".join(f"{name}: " + ", ".join(percent(value) for value in values) for name, values in wanted.items())


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_TICK else name[: _LONGEST_TICK - 1] + "…"
