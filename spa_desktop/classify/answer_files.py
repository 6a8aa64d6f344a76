"""Answers as CSV and as JSON lines: files that are there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from spa_desktop.classify.answer_stream import TOP
from spa_desktop.classify.disk_failures import write_failure
from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.errors import InputError
from spa_desktop.visible import spreadsheet_text

Names = Mapping[int, str]


def write_csv(path: Path, answers: Sequence[PhotoAnswer], names: Names) -> None:
    """Write one row a photo: path, the first five classes with their probabilities, milliseconds, and what failed.

    A class whose name a spreadsheet would take for a formula has an apostrophe before it. The columns "known" and
    "none_of_these" are there where the model says so of any photo.

    Raises:
        SpaError: if it cannot be written; a file of that name is as it was.
    """
    _write_whole(path, lambda out: _csv(out, answers, names), encoding="utf-8-sig")


def write_json_lines(path: Path, answers: Sequence[PhotoAnswer], names: Names) -> None:
    """Write one JSON object a line and photo, as ``classify --json`` has them.

    Raises:
        SpaError: if it cannot be written; a file of that name is as it was.
    """

    def fill(out: IO[str]) -> None:
        for one in answers:
            out.write(json.dumps(one.to_json(names)) + "\n")

    _write_whole(path, fill, encoding="utf-8")


def check_can_be_written(path: Path) -> None:
    """See before hours of work that a file can be made where it is wanted.

    Raises:
        InputError: if not.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


def _csv(out: IO[str], answers: Sequence[PhotoAnswer], names: Names) -> None:
    says_known = any(one.known is not None for one in answers)
    says_rejected = any(one.rejected is not None for one in answers)
    best = [column for place in range(1, TOP + 1) for column in (f"class_{place}", f"probability_{place}")]
    writer = csv.writer(out, lineterminator="\n")
    extra = [*(["known"] if says_known else []), *(["none_of_these"] if says_rejected else [])]
    writer.writerow(("path", *best, "milliseconds", *extra, "error"))
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
        writer.writerow((one.path, *cells, one.error or ""))


def _write_whole(path: Path, fill: Callable[[IO[str]], None], *, encoding: str) -> None:
    part = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}.part")
    try:
        # Not a named temporary file: those may be read by nobody but their owner.
        with part.open("x", encoding=encoding, errors="backslashreplace", newline="") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise write_failure(error, path) from None
    finally:
        with suppress(OSError):
            part.unlink()
