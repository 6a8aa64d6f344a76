"""Descriptions in files of others: whatever the layout, it becomes a :class:`TextFile`.

Read are: our JSON ``{"classes": {name: {"phrases": [...], "sentence": "..."}}}``, with or without the outer layer; a
plain ``{name: [phrases]}``; C3Box's and ENGINE's pairwise ``{class: {other: [phrases]}}``; AREA's folder of one text
file a class with ``photo<TAB>sentence`` lines (or one such file); a CSV of class and phrase.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.quality import shorten, tidy
from spa_desktop.errors import InputError

_MOST_BYTES = 64 * 1024 * 1024
TABLE_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (".json", *TABLE_SUFFIXES, ".txt")


@dataclass(frozen=True)
class ClassText:
    """What a file says of one class: `phrases` in the file's order, the most repeated first; `sentence` may be ""."""

    phrases: tuple[str, ...]
    sentence: str = ""


@dataclass(frozen=True)
class TextFile:
    """A file of descriptions, by the class names that stand in it."""

    path: Path
    classes: dict[str, ClassText] = field(default_factory=dict)


def read_texts(path: Path) -> TextFile:
    """Read a file, or a folder of text files.

    Raises:
        InputError: if it is missing, unreadable, of an unknown kind or malformed; names the line where there is one.
    """
    if not path.exists():
        raise InputError(f"No such file: {path}")
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".txt")
        if not files:
            raise InputError(f"Folder {path} has no .txt files: expected one a class, with photo<TAB>sentence lines")
        classes = {file.stem: _read_sentences(file) for file in files}
    elif path.suffix.lower() == ".json":
        classes = _read_json(path)
    elif path.suffix.lower() in TABLE_SUFFIXES:
        classes = _read_table(path)
    elif path.suffix.lower() == ".txt":
        classes = {path.stem: _read_sentences(path)}
    else:
        raise InputError(f"{path} is of an unknown kind: give a {', '.join(SUFFIXES)} file")
    classes = {name: text for name, text in classes.items() if text.phrases or text.sentence}
    if not classes:
        raise InputError(f"{path} describes no class: it is empty")
    return TextFile(path, classes)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than {_MOST_BYTES >> 20} MB: too large for descriptions")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path} line {line}: is not UTF-8 text, save it as UTF-8") from error


def _read_json(path: Path) -> dict[str, ClassText]:
    try:
        content = json.loads(_read(path), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise InputError(f"{path} line {error.lineno} column {error.colno}: is not JSON, {error.msg}") from error
    except _RepeatedKeyError as error:
        raise InputError(f'{path}: the name "{shorten(error.args[0])}" stands there twice, keep one') from error
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply to be a file of descriptions") from error
    if isinstance(content, dict) and isinstance(content.get("classes"), dict):
        content = content["classes"]
    if not isinstance(content, dict):
        raise InputError(f'{path}: expected {{"classes": {{name: {{"phrases": [...]}}}}}} or {{name: [phrases]}}')
    return {name: _class_text(path, name, value) for name, value in content.items()}


class _RepeatedKeyError(ValueError):
    pass


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise _RepeatedKeyError(name)
    return dict(pairs)


def _class_text(path: Path, name: str, value: object) -> ClassText:
    where = f'{path}: class "{shorten(name)}"'
    if isinstance(value, str):
        return _composed([value])
    if isinstance(value, list):
        return _composed(_strings(value, where))
    if isinstance(value, dict) and ("phrases" in value or "sentence" in value):
        sentence = value.get("sentence") or ""
        if not isinstance(sentence, str):
            raise InputError(f'{where}: "sentence" is not text')
        return ClassText(_composed(_strings(value.get("phrases") or [], where)).phrases, " ".join(sentence.split()))
    if isinstance(value, dict):
        return _composed([text for other, texts in value.items() for text in _strings(texts, f'{where}, "{other}"')])
    raise InputError(f"{where}: expected a list of phrases, found {json.dumps(value)[:40]}")


def _strings(value: object, where: str) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        raise InputError(f"{where}: expected a list of phrases")
    for place, text in enumerate(values, 1):
        if not isinstance(text, str):
            raise InputError(f"{where}: phrase {place} is not text")
    return cast(list[str], values)


def _read_table(path: Path) -> dict[str, ClassText]:
    content = _read(path)
    first = content.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    rows: dict[str, list[str]] = {}
    reader = csv.reader(content.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (not rows and [cell.lower() for cell in cells[:2]] == ["class", "phrase"]):
                continue
            if len(cells) < 2 or not cells[0] or not cells[1]:
                raise InputError(f"{path} line {reader.line_num}: expected two columns, class and phrase")
            rows.setdefault(cells[0], []).append(cells[1])
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num}: is not a table, {error}") from error
    return {name: _composed(texts) for name, texts in rows.items()}


def _read_sentences(path: Path) -> ClassText:
    texts: list[str] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        # The photo's name is no part of what is said of the class.
        photo, tab, sentence = line.partition("\t")
        if not tab or not photo.strip() or not sentence.strip():
            raise InputError(f"{path} line {number}: expected photo<TAB>sentence")
        texts.append(sentence)
    return _composed(texts)


def _composed(texts: Sequence[str]) -> ClassText:
    """Phrases as they are; sentences cut into phrases, and the first sentence kept whole."""
    sentences = [text for text in texts if len(text.split()) > MOST_WORDS]
    pieces = [tidy(piece) for text in texts for piece in _pieces(text)]
    return ClassText(_by_frequency(piece for piece in pieces if piece), tidy(sentences[0]) if sentences else "")


def _pieces(text: str) -> list[str]:
    """`text` if it is short, else its parts between commas and small words that are short enough."""
    if len(text.split()) <= MOST_WORDS:
        return [text]
    parts = re.split(r"[,;:.](?:\s+and)?\s+|\s+(?:with|featuring|showing|against|surrounded by|which|that)\s+", text)
    return [part for part in parts if 2 <= len(part.split()) <= MOST_WORDS]


def _by_frequency(texts: Iterable[str]) -> tuple[str, ...]:
    """Without repeats, what is said most often first, else in the order given."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        spelled.setdefault(text.casefold(), text)
        counts[text.casefold()] += 1
    return tuple(spelled[same] for same, _ in counts.most_common())
