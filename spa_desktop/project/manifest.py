"""A data set as a table of its photos: CSV with the columns path, label and split. It may be a stranger's."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path, PureWindowsPath

from spa_desktop.errors import FilledText, InputError
from spa_desktop.plain_files import UNREADABLE, is_elsewhere, read_plain_file, reason_of
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.records import Split
from spa_desktop.visible import QT_TRANSLATE_NOOP, text_of_cell

SUFFIX = ".csv"
COLUMNS = ("path", "label", "split")
_SPLITS: dict[str, Split | None] = {"train": "train", "test": "test", "": None}
_OF_LINE = QT_TRANSLATE_NOOP("errors", "{path}, line {line}: {reason}")
_MOST_BYTES, _MOST_ROWS = 64 << 20, 250_000


def read_manifest(path: Path, *, anywhere: bool = False) -> list[tuple[Path, str, Split | None]]:
    """The photos of a manifest, each with its class, and with its split where the table says one. Opens no photo.

    Paths begin at the folder of the manifest, which is absolute, and stay in it; with `anywhere` they may lead to other
    folders of this computer. Raises InputError: in one line, for the first row that cannot be.
    """
    try:
        text = read_plain_file(path, _MOST_BYTES).decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not {*COLUMNS[:2]} <= {*(table.fieldnames or ())}:
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} has no columns path and label in its first line, with commas: name them so"
            )
            raise InputError(text, path=path)
        rows: list[tuple[Path, str, Split | None]] = []
        for row in table:
            if len(rows) == _MOST_ROWS:
                text = QT_TRANSLATE_NOOP("errors", "{path} has more than {n} rows: make several manifests of it")
                raise InputError(text, path=path, n=f"{_MOST_ROWS:,}")
            place, label, split = (row.get(column) or "" for column in COLUMNS)
            try:
                photo, label = _photo(path.parent, place, anywhere=anywhere), clean_name(text_of_cell(label))
                rows.append((photo, label, _SPLITS[split.lower()]))
            except InputError as error:
                raise InputError(_OF_LINE, path=path, line=table.line_num, reason=error) from None
            except KeyError:
                text = QT_TRANSLATE_NOOP("errors", "the split is {split}: write train or test, or nothing")
                why = FilledText.of(text, split=repr(split[:40]))
                raise InputError(_OF_LINE, path=path, line=table.line_num, reason=why) from None
    except OSError as error:
        raise InputError(UNREADABLE, path=path, reason=reason_of(error)) from None
    except UnicodeDecodeError:
        text = QT_TRANSLATE_NOOP("errors", "{path} is no UTF-8 text: save it as CSV in UTF-8")
        raise InputError(text, path=path) from None
    except csv.Error as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} is no table with commas: {reason}")
        raise InputError(text, path=path, reason=error) from None
    if not rows:
        text = QT_TRANSLATE_NOOP("errors", "{path} names no photo: give a table with a row for each")
        raise InputError(text, path=path)
    return rows


def _photo(folder: Path, place: str, *, anywhere: bool) -> Path:
    if not place or "\0" in place:
        raise InputError(QT_TRANSLATE_NOOP("errors", "there is no path of a photo"))
    parts = PureWindowsPath(place)  # which divides at both slashes, and has drives
    leads_out = bool(parts.anchor) or ".." in parts.parts
    if is_elsewhere(place) or (leads_out and not anywhere):
        text = QT_TRANSLATE_NOOP("errors", "{path} leads out of the folder of the manifest: put the photos beside it")
        if is_elsewhere(place):
            text = QT_TRANSLATE_NOOP("errors", "{path} is on another computer: put the photos beside it")
        raise InputError(text, path=place[:200])
    return Path(os.path.normpath(folder / place))
