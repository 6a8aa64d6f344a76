"""Accuracy over the tasks: all classes, each task by itself, and two simpler classifiers for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from spa_desktop.ui.plain_text import as_html, tip
from spa_desktop.ui.results.results_report import Figures, Report
from spa_desktop.ui.style.theme import task_style, theme
from spa_desktop.ui.widgets.labels import wrapped
from spa_desktop.ui.widgets.plots import THICK, Plot, room_above, style_curve
from spa_desktop.ui.widgets.words import percent

if TYPE_CHECKING:
    import pyqtgraph

_LONGEST_TICK = 14
_MOST_NAMES = 4  # of tasks below the plot
_ALL = "all"
_REFERENCES = {"zero-shot": "x", "slda": "+"}  # with their markers


def about_references() -> str:
    """What the simpler classifiers go by."""
    return QCoreApplication.translate(
        "results", "zero-shot: by the names alone. SLDA: by whole photos, without any text."
    )


class AccuracyCurves(QWidget):
    """The forgetting curves. The plot is made with the first report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: Plot | None = None
        self._curves: dict[str, pyqtgraph.PlotDataItem] = {}
        self._report: Report | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.about = wrapped(about_references())

    @property
    def curves(self) -> dict[str, pyqtgraph.PlotDataItem]:
        """The curves that are shown, by what the legend calls them."""
        return {self._title(key): curve for key, curve in self._curves.items()}

    def show_report(self, report: Report) -> None:
        """Draw another report."""
        if self.plot is None:
            self.plot = Plot(self.tr("Accuracy after each task"), left=self.tr("accuracy, %"), bottom="")
            self._column.addWidget(self.plot.widget, 1)
            self._column.addWidget(self.about)
        plot, self._report = self.plot, report
        wanted = _wanted(report)
        for key in [key for key in self._curves if key not in wanted]:
            plot.item.removeItem(self._curves.pop(key))
        plot.legend.clear()
        for key, values in wanted.items():
            if key not in self._curves:
                self._curves[key] = plot.item.plot()
            plot.legend.addItem(self._curves[key], as_html(_short(self._title(key))))
            known = [(place, value) for place, value in enumerate(values, start=1) if value is not None]
            self._curves[key].setData([place for place, _ in known], [value for _, value in known])
        self._curves = {key: self._curves[key] for key in wanted}
        self._set_axes(report, wanted)
        plot.widget.setAccessibleDescription(
            "; ".join(f"{self._title(key)}: {', '.join(map(percent, values))}" for key, values in wanted.items())
        )
        self.restyle()
        plot.fit_legend(self.width())

    def _set_axes(self, report: Report, wanted: dict[str, Figures]) -> None:
        assert self.plot is not None, "a report is shown"
        item, count = self.plot.item, len(report.tasks)
        # Many names would run into each other.
        names = map(_short, report.tasks) if count <= _MOST_NAMES else map(str, range(1, count + 1))
        item.getAxis("bottom").setTicks([list(enumerate(names, start=1))])
        self.plot.label("bottom", self.tr("tasks learned") if count > _MOST_NAMES else "")
        item.setXRange(0.75, count + 0.25, padding=0)
        lowest = min((value for values in wanted.values() for value in values if value is not None), default=0.0)
        bottom = max(0.0, 10 * (lowest // 10) - 5)
        item.setYRange(bottom, room_above(bottom), padding=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.plot is not None:
            self.plot.fit_legend(self.width())

    def event(self, event: QEvent) -> bool:
        # The plot itself lets the mouse through.
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(*self.figures_at(event.pos())), self)
            return True
        return super().event(event)

    def figures_at(self, place: QPoint) -> list[str]:
        """The figures of all curves after the task that is nearest to a place of the widget, a line each."""
        if self.plot is None or self._report is None:
            return []
        view = self.plot.widget
        scene = view.mapToScene(view.mapFrom(self, place))
        x = self.plot.item.vb.mapSceneToView(scene).x()
        after = min(max(round(x), 1), len(self._report.tasks))
        lines = [self.tr("After {task}").format(task=self._report.tasks[after - 1])]
        for key, values in _wanted(self._report).items():
            if values[after - 1] is not None:
                lines.append(f"{self._title(key)}: {percent(values[after - 1])}")
        return lines

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        if self.plot is None or self._report is None:
            return
        self.plot.restyle()
        now = theme()
        for key, curve in self._curves.items():
            if key == _ALL:
                style_curve(curve, now.color("text"), symbol="o", width=THICK)
            elif key in _REFERENCES:
                style_curve(curve, now.color("muted"), symbol=_REFERENCES[key], dash=Qt.PenStyle.DotLine)
            else:
                style = task_style(int(key), len(self._report.tasks))
                style_curve(curve, style.color, symbol=style.symbol, dash=Qt.PenStyle.DashLine)

    def _title(self, key: str) -> str:
        titles = {
            _ALL: self.tr("all classes"),
            "zero-shot": QCoreApplication.translate("results", "zero-shot"),
            "slda": QCoreApplication.translate("results", "SLDA"),
        }
        return titles[key] if key in titles or self._report is None else self._report.tasks[int(key)]


def _wanted(report: Report) -> dict[str, Figures]:
    """The curves to be shown, by key; the key of a task is its place."""
    wanted: dict[str, Figures] = {_ALL: report.curve}
    if len(report.tasks) > 1:  # with one task its curve would be that of all classes
        for place in range(len(report.tasks)):
            wanted[str(place)] = tuple(row[place] for row in report.matrix)
    for key in _REFERENCES:
        if any(value is not None for value in report.references.get(key, ())):
            wanted[key] = report.references[key]
    return wanted


def _short(name: str) -> str:
    """Names of tasks often differ at their end."""
    return name if len(name) <= _LONGEST_TICK else f"{name[:8]}…{name[-5:]}"
