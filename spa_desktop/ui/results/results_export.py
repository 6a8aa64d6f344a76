"""Results for other programs: figures as CSV and text, curves as PNG and SVG."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QObject, QRectF, QUrl, Slot
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

from spa_desktop.jobs import Job
from spa_desktop.plain_files import ANY_FILE, write_output
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.results.confused_pairs import confused_pairs
from spa_desktop.ui.results.results_report import ClassResult, Report
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.plots import Plot
from spa_desktop.ui.widgets.words import count, percent, points
from spa_desktop.visible import spreadsheet_text

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

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


# The results as one page to keep or to send: HTML with its pictures in it, or PDF.

PAIRS = 8
translate = QCoreApplication.translate
_PDF_DPI = 150
_STYLE = """
body { font-family: sans-serif; color: #1d2126; max-width: 960px; margin: 24px auto; }
h1 { font-size: 22px; } h2 { font-size: 16px; margin-top: 24px; }
td, th { padding: 4px 10px; text-align: left; } .n { text-align: right; } .m { color: #5b6470; }
table { border-collapse: collapse; } tr { border-bottom: 1px solid #d8dce2; }
.big { font-size: 26px; font-weight: bold; }
"""


def report_html(name: str, report: Report, facts: Sequence[tuple[str, str]], pictures: Mapping[str, QImage]) -> str:
    """The page as HTML, whose pictures are called by the names in `pictures`: "curves" and the ids of photos.

    Args:
        name: of the project.
        report: what was measured.
        facts: how it came about, as names and values.
        pictures: those there are.
    """
    figures = (
        (percent(report.last), translate("report", "right now")),
        (percent(report.average), translate("report", "average over the tasks")),
        (points(report.forgetting), translate("report", "points forgotten")),
    )
    large = [f"<td><span class='big'>{figure}</span><br>{_span(said)}</td>" for figure, said in figures]
    curves = "<p><img src='curves' width='560'></p>" if "curves" in pictures else ""
    about = translate("results", "zero-shot: by the names alone. SLDA: by whole photos, without any text.")
    parts = [
        f"<html><head><meta charset='utf-8'><title>{escape(name)}</title><style>{_STYLE}</style></head><body>",
        _tag("h1", name),
        f"<table><tr>{''.join(large)}</tr></table>",
        _tag("h2", translate("report", "Most confused")),
        *_pairs(report, pictures),
        _tag("h2", translate("report", "Accuracy over tasks")),
        curves,
        f"<p>{_span(about)}</p>",
        *_matrix(report),
        _tag("h2", translate("report", "Classes")),
        *_classes(report),
        _tag("h2", translate("report", "How it was made")),
        "<table>",
        *(f"<tr><td>{_span(key)}</td>{_tag('td', value)}</tr>" for key, value in facts),
        "</table>",
        _tag("h2", translate("report", "How it was measured")),
        _tag("p", _measured(report)),
        "</body></html>",
    ]
    return "\n".join(parts)


def _tag(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"


def _number(text: str) -> str:
    return f"<td class='n'>{escape(text)}</td>"


def _span(text: str) -> str:
    return f"<span class='m'>{escape(text)}</span>"


def _pairs(report: Report, pictures: Mapping[str, QImage]) -> list[str]:
    pairs = confused_pairs(report, PAIRS)
    if not pairs:
        return [_tag("p", translate("report", "Every test photo was answered right."))]
    taken, of = translate("report", "taken for"), translate("report", "{n} of {all}")
    rows = ["<table>"]
    for pair in pairs:
        cells = (
            f"<td>{_image(pair.photo, pictures)}</td>",
            _tag("td", report.classes[pair.truth].name),
            f"<td>{_span(taken)}</td>",
            _tag("td", report.classes[pair.answer].name),
            f"<td>{_image(pair.other, pictures)}</td>",
            _number(of.format(n=count(pair.wrong), all=count(pair.all))),
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return [*rows, "</table>"]


def _image(photo_id: int | None, pictures: Mapping[str, QImage]) -> str:
    return f"<img src='{photo_id}' width='72' height='72'>" if str(photo_id) in pictures else ""


def _matrix(report: Report) -> list[str]:
    if len(report.tasks) < 2:
        return []
    after = translate("report", "after {task}")
    rows = ["<table><tr><th></th>" + "".join(_tag("th", name) for name in report.tasks) + "</tr>"]
    for name, figures in zip(report.tasks, report.matrix, strict=True):
        cells = "".join(_number("" if one is None else percent(one)) for one in figures)
        rows.append(f"<tr>{_tag('td', after.format(task=name))}{cells}</tr>")
    return [*rows, "</table>"]


def _classes(report: Report) -> list[str]:
    heads = (
        translate("report", "Class"),
        translate("report", "Task"),
        translate("report", "To learn"),
        translate("report", "To test"),
        translate("report", "Accuracy"),
        translate("report", "Forgotten"),
    )
    rows = ["<table><tr>" + "".join(_tag("th", head) for head in heads) + "</tr>"]
    for one in report.classes:
        figures = (count(one.train), count(one.test), percent(one.accuracy), points(one.lost))
        cells = _tag("td", one.name) + _tag("td", one.task) + "".join(map(_number, figures))
        rows.append(f"<tr>{cells}</tr>")
    return [*rows, "</table>"]


def _measured(report: Report) -> str:
    text = translate(
        "report",
        "On {n} test photos that were never learned from. Accuracy: the share of them that is answered right. "
        "Forgotten: the best accuracy that an old task ever had before the last training, less its accuracy now, "
        "in points; below zero it became better.",
    )
    return text.format(n=count(len(report.photos)))


def with_pictures(html: str, pictures: Mapping[str, QImage]) -> str:
    """The page as one file: its pictures are in it."""
    for name, image in pictures.items():
        content = base64.b64encode(file_content(image, "PNG")).decode()
        html = html.replace(f"src='{name}'", f"src='data:image/png;base64,{content}'")
    return html


def write_pdf(path: Path, html: str, pictures: Mapping[str, QImage]) -> Path:
    """Write the page as PDF, A4. For worker threads.

    Raises:
        InputError, SpaError: as :func:`~spa_desktop.ui.results.results_export.write`.
    """
    document = QTextDocument()
    for name, image in pictures.items():
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
    document.setHtml(html)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_PDF_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(15, 15, 15, 15), QPageLayout.Unit.Millimeter)
    writer.setTitle(path.stem)
    document.print_(writer)
    del writer  # the end of the file is written now
    return write(path, bytes(buffer.data().data()))


def photo_ids(report: Report) -> list[int]:
    """The photos that the page shows."""
    pairs = confused_pairs(report, PAIRS)
    return [key for pair in pairs for key in (pair.photo, pair.other) if key is not None]


# Results > Export > Model: what was learned as a folder for other programs and browsers.


class ModelExport(QObject):
    """Asks for a place, and writes the export there in the background."""

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page

    @Slot()
    def save(self) -> None:
        """Export; the web page takes its runtime from a public address."""
        self._save(is_offline=False)

    @Slot()
    def save_offline(self) -> None:
        """Export; the web page's runtime is put beside it, downloaded where this computer does not have it."""
        self._save(is_offline=True)

    def _save(self, *, is_offline: bool) -> None:
        contents = self._page.contents
        if contents is None:
            return
        start = contents.path.with_name(self.tr("{project} export").format(project=contents.name))
        folder = forms.new_folder(self._page, self.tr("Export the model into a new folder"), start)
        if folder is None:
            return

        def work(bench: Workbench, job: Job) -> Path:
            from spa_desktop.export.browser_runtime import fetch_runtime
            from spa_desktop.export.classifier_folder import check_target
            from spa_desktop.export.project_export import export_project

            check_target(folder, replaces=False)
            runtime = fetch_runtime(job) if is_offline else None
            return export_project(bench, folder, job, runtime=runtime)

        self._context.read(work, title=self.tr("Exporting the model"), done=self._on_saved, is_quiet=False)

    @Slot(object)
    def _on_saved(self, folder: Path) -> None:
        self._page.banner(self.tr("The model was exported to {folder}").format(folder=folder))
