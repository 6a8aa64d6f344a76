"""Results for other programs: figures as CSV and text, curves as PNG, a report as HTML, and the model."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QImage, QPainter
from PySide6.QtWidgets import QMenu, QPushButton

from spa_desktop.jobs import Cancelled, Job
from spa_desktop.metrics import Accuracy
from spa_desktop.plain_files import ANY_FILE, write_output
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.results.accuracy_curves import AccuracyCurves, about_references
from spa_desktop.ui.results.confused_pairs import confused_pairs
from spa_desktop.ui.results.matrices import FEW_TASKS
from spa_desktop.ui.results.results_report import ClassResult, Report, accuracy_of, run_facts
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.thumbnails.photo_model import thumbnail_of
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.plots import Plot
from spa_desktop.visible import spreadsheet_text

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

_SIDES = ("forgotten", 1), ("gained", -1)
_SCALE = 3  # of PNGs: legible in print


def to_csv(report: Report) -> str:
    """All figures, one a row: ``table,row,column,value``. Accuracies are in per cent, missing ones empty.

    A name has an apostrophe before what a spreadsheet would take for a formula.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "row", "column", "value"))
    for row in _rows(report):
        writer.writerow([spreadsheet_text(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def _rows(report: Report) -> Iterator[tuple[str, str, str, float | str | None]]:
    yield "figures", "now", "", report.last
    yield from _counts("figures", "now", report.accuracy)
    yield "figures", "average", "", report.average
    for name, value in _lost(report.forgetting):
        yield "figures", name, "", value
    curves = {"all classes": report.curve, **report.references}
    for name, values in curves.items():
        for task, value in zip(report.tasks, values, strict=True):
            yield "curve", task, name, value
    for stage, row in zip(report.tasks, report.matrix, strict=True):
        for task, value in zip(report.tasks, row, strict=True):
            if value is not None:
                yield "matrix", stage, task, value
    for class_ in report.classes:
        yield "class", class_.stored_name, "task", class_.task
        yield "class", class_.stored_name, "photos learned", class_.train
        yield "class", class_.stored_name, "photos tested", class_.test
        yield "class", class_.stored_name, "accuracy", class_.accuracy.per_cent
        yield from _counts("class", class_.stored_name, class_.accuracy)
        if not class_.test:
            yield from _counts("leave-one-out estimate", class_.stored_name, class_.estimate)
        for name, value in _lost(class_.lost):
            yield "class", class_.stored_name, name, value
    for truth, counts in zip(report.classes, report.confusion, strict=True):
        for answer, value in zip(report.classes, counts, strict=True):
            yield "confusion", truth.stored_name, answer.stored_name, value


def _lost(points: float | None) -> tuple[tuple[str, float | None], ...]:
    """What was forgotten and what was gained, in points, each 0 or more; None where it is not known."""
    return tuple((name, None if points is None else max(0.0, side * points)) for name, side in _SIDES)


def _counts(table: str, row: str, accuracy: Accuracy) -> Iterator[tuple[str, str, str, float | None]]:
    """How many were right, of how many, and the ends of the range."""
    low, high = accuracy.range or (None, None)
    yield table, row, "right", accuracy.right
    yield table, row, "of", accuracy.photos
    yield table, row, "range from", low
    yield table, row, "range to", high


def to_text(report: Report) -> str:
    """The headline and the classes, with tabs between columns, for a spreadsheet or a mail."""
    lines = [
        f"now\t{_cell(report.last)}\t{words.accuracy_words(report.accuracy, is_alike=report.is_alike)}",
        *([f"tests\t\t{held_out}"] if (held_out := words.held_out(report.events)) else ()),
        f"average\t{_cell(report.average)}",
        *(
            f"{name}\t{_cell(value)}\t{'points' if value is not None else ''}"
            for name, value in _lost(report.forgetting)
        ),
        "",
        "class\ttask\tlearned\ttested\taccuracy\tright",
    ]
    lines += [
        f"{spreadsheet_text(class_.stored_name)}\t{spreadsheet_text(class_.task)}\t{class_.train}\t{class_.test}\t"
        f"{_cell(class_.accuracy.per_cent)}\t{_counted(class_)}"
        for class_ in report.classes
    ]
    return "\n".join(lines) + "\n"


def _counted(class_: ClassResult) -> str:
    """Counts with the range, or an estimate that is called so."""
    if not class_.is_estimate:
        return words.accuracy_words(class_.accuracy)
    text = translate("report", "no test photo; leave-one-out estimate: {counted}")
    return text.format(counted=words.accuracy_words(class_.estimate))


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


def write(path: Path, content: QImage | str) -> Path:
    """Write an export where a dialog said, which asked before it named a file. For worker threads."""
    # The mark at the start makes spreadsheets read names in any language.
    written = content.encode("utf-8-sig") if isinstance(content, str) else file_content(content, "PNG")
    write_output(path, written, replaces=ANY_FILE)
    return path


# The results as one page to keep, to send or to print: HTML with its pictures in it.

_PAIRS = 8
translate = QCoreApplication.translate
_ONE_COLUMN, _TWO_COLUMNS = 10, 50  # classes at most beneath each other, or in so many columns
_MOST_TASKS = 25  # whose accuracies can stand beside each other
_HEAD = """<meta charset='utf-8'><style>
@page { size: A4; margin: 15mm; }
body { font: 12px sans-serif; color: #1d2126; max-width: 960px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 20px; margin: 0 0 8px; } h2 { font-size: 14px; margin-top: 14px; margin-bottom: 4px; }
td, th { padding: 2px 14px 2px 0; text-align: left; vertical-align: middle; }
table { border-collapse: collapse; } .n, th { white-space: nowrap; } .n { text-align: right; } .m { color: #5b6470; }
.beside { display: flex; flex-wrap: wrap; gap: 0 28px; } .big { font-size: 22px; font-weight: bold; }
@media print { body { margin: 0; padding: 0; } h2 { break-after: avoid; } tr, img { break-inside: avoid; } }
</style>"""


def report_html(name: str, report: Report, facts: Sequence[tuple[str, str]], pictures: Mapping[str, QImage]) -> str:
    """The page of a project as one file of HTML. `pictures` are called "curves", or by the ids of photos."""
    measured = translate(
        "report",
        "On {n} test photos that were never learned from. Accuracy: how many of them are answered right; in brackets "
        "the range (Wilson) in which it lies for all such photos in 95 of 100 cases. "
        "Forgotten: the best accuracy that an old task ever had before the last training, less its accuracy now, "
        "in points, of few test photos in photos; where it became better it gained.",
    )
    figure, caption = words.headline(report.accuracy, is_alike=report.is_alike)
    figures = (
        (figure, " ".join(filter(None, (caption or words.alone(), words.held_out(report.events))))),
        (words.percent(report.average), translate("report", "average over the tasks")),
        words.forgetting(report.forgetting, report.old_tests),
    )
    curves = _image(pictures.get("curves"), "width='330'")
    large = [f"<span class='big'>{figure}</span><br>{_muted(said)}" for figure, said in figures]
    beside = (
        _titled(translate("report", "Most confused"), _confused(report, pictures)),
        _titled(translate("report", "Accuracy over tasks"), f"<p>{curves}<br>{_muted(about_references())}</p>"),
    )
    sections = (
        (translate("report", "Accuracy after each task"), _matrix(report)),
        (translate("report", "Classes"), _classes(report)),
        (translate("report", "How it was made"), _table("mt", facts)),
        (translate("report", "How it was measured"), escape(measured.format(n=words.count(len(report.photos))))),
    )
    parts = [
        f"<!doctype html>\n<html><head>{_HEAD}<title>{escape(name)}</title></head><body>",
        f"<h1>{escape(name)}</h1>",
    ]
    parts += [_table("hhh", [large]), _beside(beside), *(_titled(title, html) for title, html in sections if html)]
    return "\n".join((*parts, "</body></html>"))


def _titled(title: str, html: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{html}"


def _beside(parts: Iterable[str]) -> str:
    return f"<div class='beside'>{''.join(f'<div>{part}</div>' for part in parts)}</div>"


def _image(image: QImage | None, size: str) -> str:
    if image is None:
        return ""
    return f"<img src='data:image/png;base64,{base64.b64encode(file_content(image, 'PNG')).decode()}' {size}>"


def _muted(text: str) -> str:
    return f"<span class='m'>{escape(text)}</span>"


def _table(kinds: str, rows: Iterable[Sequence[str]], heads: Iterable[str] = ()) -> str:
    """Rows as a table. `kinds` has a letter for each column: t(ext), n(umber), m(uted text), h(tml)."""

    def cell(kind: str, content: str) -> str:
        inner = content if kind == "h" else _muted(content) if kind == "m" else escape(content)
        return f"<td class='n'>{inner}</td>" if kind == "n" else f"<td>{inner}</td>"

    sides = {"n": " class='n'"}
    lines = ["".join(f"<th{sides.get(kind, '')}>{escape(head)}</th>" for kind, head in zip(kinds, heads, strict=False))]
    lines += ["".join(map(cell, kinds, row)) for row in rows]
    return "\n".join(("<table>", *(f"<tr>{line}</tr>" for line in lines if line), "</table>"))


def _confused(report: Report, pictures: Mapping[str, QImage]) -> str:
    of, name = translate("report", "{n} of {all}"), [class_.name for class_ in report.classes]
    rows = [
        (
            *(_image(pictures.get(str(key)), "width='36' height='36'") for key in (pair.photo, pair.other)),
            f"{name[pair.truth]} → {name[pair.answer]}",
            of.format(n=words.count(pair.wrong), all=words.count(pair.all)),
        )
        for pair in confused_pairs(report, _PAIRS)
    ]
    nothing = words.alone() if report.is_alone else translate("report", "Every test photo was answered right.")
    return _table("hhtn", rows) if rows else escape(nothing)


def _matrix(report: Report) -> str:
    """The accuracy on each task after each task: counts of a few tasks, figures of some, nothing of more."""
    tasks = len(report.tasks)
    if not 1 < tasks <= _MOST_TASKS:
        return ""
    digits = 1 if tasks <= _MOST_TASKS // 2 else 0
    after, heads, names = translate("report", "after {task}"), list(report.tasks), list(report.tasks)
    if is_long := tasks > FEW_TASKS:
        heads = [words.count(number) for number in range(1, tasks + 1)]
        names = [f"{number} {name}" for number, name in zip(heads, names, strict=True)]
    rows = [
        (
            after.format(task=name),
            *(
                "" if not score.photos else f"{score.per_cent:.{digits}f}" if is_long else words.accuracy_words(score)
                for score in scores
            ),
        )
        for name, scores in zip(names, report.counts, strict=True)
    ]
    return _table("t" + "n" * tasks, rows, ("%" if is_long else "", *heads))


def _classes(report: Report) -> str:
    """The classes beneath each other, or, where these are many, in two or three columns."""
    classes = report.classes
    columns = 1 if len(classes) <= _ONE_COLUMN else 2 if len(classes) <= _TWO_COLUMNS else 3
    heads = (
        translate("report", "Class"),
        *((translate("report", "Task"), translate("report", "Learned from")) if columns == 1 else ()),
        translate("report", "Right"),
        translate("report", "Range"),
        translate("report", "Forgotten"),
    )
    rows = [
        (
            class_.name,
            *((class_.task, words.photos(class_.train)) if columns == 1 else ()),
            accuracy_of(class_),
            words.range_of(class_.estimate if class_.is_estimate else class_.accuracy)
            if class_.test or class_.is_estimate
            else "",
            words.points(class_.lost, class_.test),
        )
        for class_ in classes
    ]
    high = -(-len(rows) // columns)
    kinds = "ttnnnn" if columns == 1 else "tnnn"
    return _beside(_table(kinds, rows[start : start + high], heads) for start in range(0, len(rows), high))


class ExportButton(QPushButton):
    """A button with a menu: reports, curves, figures, and the model as a folder for other programs and browsers."""

    def __init__(self, context: AppContext, page: Page, curves: AccuracyCurves) -> None:
        super().__init__(page)
        self._context, self._page, self._curves = context, page, curves
        self._report: Report | None = None
        self.setText(self.tr("Export"))
        set_icon(self, "export")
        menu = QMenu(self, toolTipsVisible=True)
        self.files = {
            menu.addAction(self.tr("Report, all on one page (HTML)")): (self.tr("Web pages (*.html)"), ".html"),
            menu.addAction(self.tr("Curves as a picture (PNG)")): (self.tr("Pictures (*.png)"), ".png"),
            menu.addAction(self.tr("All figures as a table (CSV)")): (self.tr("Tables (*.csv)"), ".csv"),
        }
        menu.insertSeparator(list(self.files)[1])
        menu.addSeparator()
        self.model = menu.addAction(self.tr("Model: ONNX file, script and web page"))
        self.offline = menu.addAction(self.tr("Model, with a web page that works offline (downloads 33 MB once)"))
        self.setMenu(menu)
        menu.triggered.connect(self._on_triggered)

    def show_report(self, report: Report | None) -> None:
        """Export another report. A model without test photos has none, and can be exported all the same."""
        self._report = report
        why_not = "" if report is not None else self.tr("Nothing was checked on test photos yet")
        for action in self.files:
            action.setEnabled(report is not None)
            action.setToolTip(why_not)
        contents = self._page.contents
        self.setEnabled(contents is not None and bool(contents.learned_ids))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        contents = self._context.opened
        if action not in self.files:
            self._save_model(contents, is_offline=action is self.offline)
        elif self._report is not None:
            self._save(*self.files[action], contents, self._report)

    def _save(self, pattern: str, suffix: str, contents: Contents, report: Report) -> None:
        is_page, plot = suffix == ".html", self._curves.plot
        title = self.tr("Save the report") if is_page else self.tr("Export the results")
        start = contents.path.with_name(f"{contents.name} {'report' if is_page else 'results'}{suffix}")
        path = forms.save_file(self._page, title, start, pattern, suffix)
        if path is None:
            return
        assert plot is not None, "it comes with the report"
        was_compared = self._curves.compare.isChecked()
        self._curves.compare.setChecked(was_compared or is_page)  # a page tells of the simpler methods
        curves = plot_image(plot)
        self._curves.compare.setChecked(was_compared)

        def work(bench: OpenProject, job: Job) -> Path:
            if not is_page:
                return write(path, to_csv(report) if suffix == ".csv" else curves)
            shown = [
                key
                for confused_pair in confused_pairs(report, _PAIRS)
                for key in (confused_pair.photo, confused_pair.other)
                if key is not None
            ]
            blobs = bench.project.thumbnails(shown)
            pictures = {"curves": curves, **{str(key): thumbnail_of(blob) for key, blob in blobs.items()}}
            return write(path, report_html(contents.name, report, run_facts(contents), pictures))

        said = self.tr("Saved as {path}").format(path=path)
        self._context.read(work).success(partial(self._on_saved, said, path.parent))

    def _on_saved(self, said: str, folder: Path, _: Path) -> None:
        show = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))  # noqa: E731
        self._page.banner(said, self.tr("Show in folder"), show)

    def _save_model(self, contents: Contents, *, is_offline: bool) -> None:
        """Export the model; offline with the web page's runtime, downloaded where this computer does not have it."""
        start = contents.path.with_name(self.tr("{project} export").format(project=contents.name))
        folder = forms.export_folder(self._page, self.tr("Export the model into a new folder"), start)
        if folder is None:
            return
        may_replace = self._context.asker.replace_consent

        def work(bench: OpenProject, job: Job) -> Path:
            from spa_desktop.export.browser_runtime import fetch_runtime
            from spa_desktop.export.classifier_folder import check_target, export_project

            replaces = check_target(folder, replaces=True) and any(folder.iterdir())
            if replaces and not may_replace(folder):
                raise Cancelled
            runtime = fetch_runtime(job) if is_offline else None
            return export_project(bench, folder, job, runtime=runtime, replaces=replaces)

        said = self.tr("The model was exported to {folder}").format(folder=folder)
        exporting = self._context.read(work, title=self.tr("Exporting the model"))
        exporting.success(partial(self._on_saved, said, folder))
