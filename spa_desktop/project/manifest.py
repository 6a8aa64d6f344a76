"""A data set as a table of its photos: CSV with the columns path, label and split. It may be a stranger's."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path, PureWindowsPath

from spa_desktop.errors import InputError
from spa_desktop.plain_files import is_elsewhere, read_plain_file, reason_of
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.records import Split
from spa_desktop.visible import text_of_cell

SUFFIX = ".csv"
COLUMNS = ("path", "label", "split")
_SPLITS: dict[str, Split | None] = {"train": "train", "test": "test", "": None}
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
            raise InputError(f"{path} has no columns path and label in its first line, with commas: name them so")
        rows: list[tuple[Path, str, Split | None]] = []
        for row in table:
            if len(rows) == _MOST_ROWS:
                raise InputError(f"{path} has more than {_MOST_ROWS:,} rows: make several manifests of it")
            place, label, split = (row.get(column) or "" for column in COLUMNS)
            try:
                photo, label = _photo(path.parent, place, anywhere=anywhere), clean_name(text_of_cell(label))
                rows.append((photo, label, _SPLITS[split.lower()]))
            except InputError as error:
                raise InputError(f"{path}, line {table.line_num}: {error}") from None
            except KeyError:
                raise InputError(
                    f"{path}, line {table.line_num}: the split is {split[:40]!r}: write train or test, or nothing"
                ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason_of(error)}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is no UTF-8 text: save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path} is no table with commas: {error}") from None
    if not rows:
        raise InputError(f"{path} names no photo: give a table with a row for each")
    return rows


def _photo(folder: Path, place: str, *, anywhere: bool) -> Path:
    if not place or "\0" in place:
        raise InputError("there is no path of a photo")
    parts = PureWindowsPath(place)  # which divides at both slashes, and has drives
    leads_out = bool(parts.anchor) or ".." in parts.parts
    if is_elsewhere(place) or (leads_out and not anywhere):
        what = "is on another computer" if is_elsewhere(place) else "leads out of the folder of the manifest"
        raise InputError(f"{place[:200]} {what}: put the photos beside it")
    return Path(os.path.normpath(folder / place))
