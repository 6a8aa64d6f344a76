"""The results as one page to keep or to send: HTML with its pictures in it, or PDF."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QMarginsF, QUrl
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from spa_desktop.ui.photo.image_conversion import file_content
from spa_desktop.ui.results.confused_pairs import confused_pairs
from spa_desktop.ui.results.results_export import write
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.widgets.number_words import count, percent, points

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
