"""Results for other programs: figures as CSV and text, curves as PNG and SVG."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter

from spa_desktop.plain_files import ANY_FILE, write_output
from spa_desktop.ui.photo.image_conversion import file_content
from spa_desktop.ui.results.results_report import ClassResult, Report
from spa_desktop.ui.widgets.plots import Plot
from spa_desktop.visible import spreadsheet_text

_SCALE = 3  # of PNGs: legible in print


def to_csv(report: Report) -> str:
    """All figures, one a row: ``table,row,column,value``. Accuracies are in per cent, missing ones empty.

    A name that a spreadsheet would take for a formula has an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "row", "column", "value"))
    for row in _rows(report):
        writer.writerow([spreadsheet_text(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def _rows(report: Report) -> Iterator[tuple[str, str, str, float | str | None]]:
    yield "figures", "now", "", report.last
    yield "figures", "average", "", report.average
    yield "figures", "forgotten", "", report.forgetting
    curves = {"all classes": report.curve, **report.references}
    for name, values in curves.items():
        for task, value in zip(report.tasks, values, strict=True):
            yield "curve", task, name, value
    for stage, row in zip(report.tasks, report.matrix, strict=True):
        for task, value in zip(report.tasks, row, strict=True):
            if value is not None:
                yield "matrix", stage, task, value
    for one in report.classes:
        yield "class", _name(one), "task", one.task
        yield "class", _name(one), "photos learned", one.train
        yield "class", _name(one), "photos tested", one.test
        yield "class", _name(one), "accuracy", one.accuracy
        yield "class", _name(one), "forgotten", one.lost
    for truth, counts in zip(report.classes, report.confusion, strict=True):
        for answer, value in zip(report.classes, counts, strict=True):
            yield "confusion", _name(truth), _name(answer), value


def _name(one: ClassResult) -> str:
    """Files have the stored name."""
    return one.stored_name or one.name


def to_text(report: Report) -> str:
    """The headline and the classes, with tabs between columns, for a spreadsheet or a mail."""
    lines = [
        f"now\t{_cell(report.last)}",
        f"average\t{_cell(report.average)}",
        f"forgotten\t{_cell(report.forgetting)}",
        "",
        "class\ttask\tlearned\ttested\taccuracy",
    ]
    lines += [
        f"{spreadsheet_text(_name(one))}\t{spreadsheet_text(one.task)}\t{one.train}\t{one.test}\t{_cell(one.accuracy)}"
        for one in report.classes
    ]
    return "\n".join(lines) + "\n"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def plot_image(plot: Plot) -> QImage:
    """The plot as it is shown, three times as fine."""
    size = plot.widget.viewport().size()
    image = QImage(size * _SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_SCALE)
    image.fill(plot.widget.backgroundBrush().color())
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot.widget.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return image


def plot_svg(plot: Plot) -> bytes:
    """The plot as an SVG drawing."""
    from pyqtgraph.exporters import SVGExporter

    made = SVGExporter(plot.widget.scene()).export(toBytes=True)
    return bytes(made.data() if isinstance(made, QByteArray) else made)


def write(path: Path, content: QImage | bytes | str) -> Path:
    """Write an export where a dialog said, which asked before it named a file. For worker threads.

    Raises:
        InputError: if a project, or no plain file, is there.
        SpaError: if it cannot be written.
    """
    if isinstance(content, QImage):
        content = file_content(content, "PNG")
    elif isinstance(content, str):
        # The mark at the start makes spreadsheets read names in any language.
        content = content.encode("utf-8-sig")
    write_output(path, content, replaces=ANY_FILE)
    return path
