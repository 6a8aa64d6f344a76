"""Accuracy over the tasks: all classes, each task by itself, and two simpler classifiers for comparison."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, Slot
from PySide6.QtGui import QHelpEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Figures, Report
from spa_desktop.ui.style.theme import blend, task_style, theme
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.labels import button
from spa_desktop.ui.widgets.plots import THICK, Plot, room_above, style_curve
from spa_desktop.ui.widgets.words import percent

_LONGEST_TICK = 14
_MOST_NAMES = 4  # of tasks below the plot
_MOST_CURVES = 8  # of tasks: more are neither told apart nor drawn quickly
_ALL = "all"
_FIRST = 0.75  # where the axis of the tasks begins
_AXIS, _BELOW, _SYMBOL, _LINE = 56, 44, 16, 15  # pixels: beside the plot, beneath it, of a marker, of a line of text
_REFERENCES = {"zero-shot": "x", "slda": "+"}  # with their markers


def about_references() -> str:
    """What the simpler classifiers go by."""
    return QCoreApplication.translate(
        "results", "zero-shot: by the names alone. SLDA: by whole photos, without any text."
    )


class AccuracyCurves(QWidget):
    """The forgetting curves. The plot is made with the first report."""

    def __init__(self) -> None:
        super().__init__()
        self.plot: Plot | None = None
        self._curves: dict[str, pyqtgraph.PlotDataItem] = {}
        self._report: Report | None = None
        self._column = column(spacing=-1, of=self)
        self._names: dict[str, pyqtgraph.TextItem] = {}  # at the end of each curve
        self.compare = button(self.tr("Compare with simpler methods"), kind="small", about=about_references())
        self.compare.setCheckable(True)
        self.compare.toggled.connect(self._on_compare)

    @property
    def curves(self) -> dict[str, pyqtgraph.PlotDataItem]:
        return {self._title(key): curve for key, curve in self._curves.items()}

    def show_report(self, report: Report) -> None:
        if self.plot is None:
            self.plot = Plot(self.tr("Accuracy after each task"), left=self.tr("accuracy, %"), bottom="")
            self.plot.item.getAxis("left").setStyle(maxTickLevel=0)
            self._column.addWidget(self.plot.widget, 1)
            self._column.addWidget(self.compare, 0, Qt.AlignmentFlag.AlignLeft)
        plot, self._report = self.plot, report
        every = _wanted(report)
        self.compare.setVisible(any(key in _REFERENCES for key in every))
        is_compared = self.compare.isChecked()
        wanted = {key: values for key, values in every.items() if is_compared or key not in _REFERENCES}
        plot.item.clear()
        self._curves, self._names = {}, {}
        for key, values in wanted.items():
            known = [(place, value) for place, value in enumerate(values, start=1) if value is not None]
            self._curves[key] = plot.item.plot([place for place, _ in known], [value for _, value in known])
            name = self._names[key] = pyqtgraph.TextItem(_short(self._title(key)), anchor=(0, 0.5))
            name.setFont(plot.font)
            plot.item.addItem(name, ignoreBounds=True)
        self._set_axes(report, wanted)
        plot.widget.setAccessibleDescription(
            "; ".join(f"{self._title(key)}: {', '.join(map(percent, values))}" for key, values in wanted.items())
        )
        self.restyle()
        self._place_names()

    @Slot(bool)
    def _on_compare(self, _: bool) -> None:
        if self._report is not None:
            self.show_report(self._report)

    def _set_axes(self, report: Report, wanted: dict[str, Figures]) -> None:
        assert self.plot is not None, "a report is shown"
        item, count = self.plot.item, len(report.tasks)
        # Many names would run into each other.
        names = map(_short, report.tasks) if count <= _MOST_NAMES else map(str, range(1, count + 1))
        item.getAxis("bottom").setTicks([list(enumerate(names, start=1))])
        below = self.tr("tasks learned") if count > _MOST_NAMES else ""
        if count > _MOST_CURVES:
            below = self.tr("tasks learned; curves of the {n} that are lowest now").format(n=_MOST_CURVES)
        self.plot.label("bottom", below)
        lowest = min((value for values in wanted.values() for value in values if value is not None), default=0.0)
        bottom = max(0.0, 10 * (lowest // 10) - 5)
        item.setYRange(bottom, room_above(bottom), padding=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_names()

    def _place_names(self) -> None:
        """Each name stands at the end of its curve, apart from the others; those of the lowest, where not all fit."""
        if self.plot is None or self._report is None:
            return
        item, count = self.plot.item, len(self._report.tasks)
        view = self.plot.widget
        width = view.width() - _AXIS
        room = max(name.boundingRect().width() for name in self._names.values()) + _SYMBOL
        item.setXRange(_FIRST, _FIRST + (count - _FIRST) * width / max(width - room, 1), padding=0)
        bottom, top = item.vb.viewRange()[1]
        height = max(view.height() - _BELOW, 1)
        step = (top - bottom) * _LINE / height  # between two names, in per cent
        drawn = {key: curve.getData()[1] for key, curve in self._curves.items()}
        ends = {key: ys[-1] for key, ys in drawn.items() if ys is not None}  # a task without test photos has none
        most = max(int(height // _LINE), 1)
        shown = sorted(sorted(ends, key=lambda key: (key != _ALL, ends[key]))[:most], key=lambda key: ends[key])
        at, places = bottom + step / 2, {}
        for key in shown:
            places[key] = at = max(ends[key], at)
            at += step
        above = top - step / 2
        for key in reversed(shown):  # those that would lie above the plot push the others down again
            places[key] = above = min(places[key], above)
            above -= step
        for key, name in self._names.items():
            name.setVisible(key in places)
            if key in places:
                name.setPos(count + (_SYMBOL / 2) * (count - _FIRST) / max(width - room, 1), places[key])

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
        if self.plot is None or self._report is None:
            return
        self.plot.restyle()
        now = theme()
        for key, curve in self._curves.items():
            color = now.color("text")
            if key == _ALL:
                style_curve(curve, color, symbol="o", width=THICK)
            elif key in _REFERENCES:
                color = now.color("muted")
                style_curve(curve, color, symbol=_REFERENCES[key], dash=Qt.PenStyle.DotLine)
            else:
                style = task_style(int(key), len(self._report.tasks))
                style_curve(curve, style.color, symbol=style.symbol, dash=Qt.PenStyle.DashLine)
                color = blend(now.color("text"), style.color, 0.5)  # of its own some would be too pale to be read
            self._names[key].setColor(color)

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
        shown: Sequence[int] = range(len(report.tasks))
        if len(shown) > _MOST_CURVES:
            now = [100.0 if value is None else value for value in report.matrix[-1]]
            shown = sorted(sorted(shown, key=lambda place: now[place])[:_MOST_CURVES])
        for place in shown:
            wanted[str(place)] = tuple(row[place] for row in report.matrix)
    for key in _REFERENCES:
        if any(value is not None for value in report.references.get(key, ())):
            wanted[key] = report.references[key]
    return wanted


def _short(name: str) -> str:
    """Names of tasks often differ at their end."""
    return name if len(name) <= _LONGEST_TICK else f"{name[:8]}…{name[-5:]}"
