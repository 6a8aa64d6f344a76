"""Answers as CSV and as JSON lines: files that are there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from spa_desktop.classify.answer_stream import TOP
from spa_desktop.classify.disk_failures import RESUMES
from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.plain_files import ANY_FILE, write_output
from spa_desktop.visible import spreadsheet_text

Names = Mapping[int, str]
EARLIER_CSV = re.compile(BOM_UTF8 + b"path,class_1,probability_1,")
EARLIER_JSON_LINES = re.compile(rb'\{"path": "[^\n]*", "(top": \[\{"class|error)": ')


def write_csv(path: Path, answers: Sequence[PhotoAnswer], names: Names, *, is_agreed: bool = False) -> None:
    """Write one row a photo: path, the first five classes with their probabilities, milliseconds, and what failed.

    A class whose name a spreadsheet would take for a formula has an apostrophe before it. The columns "known" and
    "none_of_these" are there where the model says so of any photo. Earlier answers are replaced; with `is_agreed`, as
    where a dialog has asked, so is any file but a database.

    Raises:
        InputError: if something else is there.
        SpaError: if it cannot be written; a file of that name is as it was.
    """
    replaces = ANY_FILE if is_agreed else EARLIER_CSV
    write_output(path, _csv_lines(answers, names), replaces=replaces, advice=RESUMES)


def write_json_lines(path: Path, answers: Sequence[PhotoAnswer], names: Names, *, is_agreed: bool = False) -> None:
    """Write one JSON object a line and photo, as ``classify --json`` has them. See :func:`write_csv`.

    Raises:
        InputError, SpaError: likewise.
    """
    lines = (f"{json.dumps(one.to_json(names))}\n".encode() for one in answers)
    write_output(path, lines, replaces=ANY_FILE if is_agreed else EARLIER_JSON_LINES, advice=RESUMES)


def _csv_lines(answers: Sequence[PhotoAnswer], names: Names) -> Iterator[bytes]:
    yield BOM_UTF8
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\n")
    for row in _rows(answers, names):
        writer.writerow(row)
        yield line.getvalue().encode(errors="backslashreplace")
        line.seek(0)
        line.truncate()


def _rows(answers: Sequence[PhotoAnswer], names: Names) -> Iterator[Sequence[object]]:
    says_known = any(one.known is not None for one in answers)
    says_rejected = any(one.rejected is not None for one in answers)
    best = [column for place in range(1, TOP + 1) for column in (f"class_{place}", f"probability_{place}")]
    extra = [*(["known"] if says_known else []), *(["none_of_these"] if says_rejected else [])]
    yield "path", *best, "milliseconds", *extra, "error"
    for one in answers:
        cells: list[object] = []
        for place in range(TOP):
            is_there = place < len(one.class_ids)
            cells.append(spreadsheet_text(names[one.class_ids[place]]) if is_there else "")
            cells.append(f"{one.probabilities[place]:.6f}" if is_there else "")
        cells.append(f"{one.milliseconds:.2f}" if one.is_answered else "")
        if says_known:
            cells.append("" if one.known is None else f"{one.known:.6f}")
        if says_rejected:
            cells.append("" if one.rejected is None else ("yes" if one.rejected else "no"))
        yield one.path, *cells, one.error or ""
