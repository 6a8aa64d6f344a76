"""The writer that takes descriptions from a file."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from spa_desktop.descriptions.model import (
    MOST_PHRASES,
    MOST_WORDS,
    ClassDescription,
    DescriptionRequest,
    Writer,
    WrittenPhrase,
)
from spa_desktop.descriptions.quality import Fits, Said, one_line, review, sentence_of, shorten, tidy
from spa_desktop.descriptions.wordnet import match
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.plain_files import read_plain_file

# Descriptions in files of others, whatever the layout: our JSON ``{"classes": {name: {"phrases": [...], "sentence":
# "..."}}}``, with or without the outer layer; a plain ``{name: [phrases]}``; C3Box's and ENGINE's pairwise ``{class:
# {other: [phrases]}}``; AREA's folder of one text file a class with ``photo<TAB>sentence`` lines (or one such file); a
# CSV of class and phrase. A file may be anybody's. What is within these bounds is read in seconds.
_MOST_BYTES = 32 * 1024 * 1024  # of a file, or of all files of a folder
_MOST_CLASSES, _MOST_TEXTS = 20_000, 500_000
_LONGEST_NAME, _LONGEST_TEXT = 300, 20_000  # letters
TABLE_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (".json", *TABLE_SUFFIXES, ".txt")
# For lines with single blanks: a run of them would be searched from each of its places.
_BETWEEN = re.compile(r"[,;:.](?: and)? | (?:with|featuring|showing|against|surrounded by|which|that) ")

# Where a text stands, of which class, the text, and whether it is said to be the sentence of the class.
_Text = tuple[str, str, object, bool]


def read_texts(path: Path) -> dict[str, Said]:
    """Read a file, or a folder of text files: what it says of each class, the most repeated phrases first.

    Raises InputError if it is missing, unreadable, of an unknown kind or malformed; names the line where there is one.
    """
    texts: dict[str, list[str]] = {}
    sentences: dict[str, str] = {}
    try:
        if not path.is_dir() and not path.exists():
            raise InputError(f"No such file: {path}")
        for number, (where, name, text, is_sentence) in enumerate(_texts_of(path), 1):
            if len(name) > _LONGEST_NAME:
                raise InputError(f'{path}: the class "{_shown(name)}" has too long a name')
            if not isinstance(text, str):
                raise InputError(f"{where} is not text")
            if len(text) > _LONGEST_TEXT:
                raise InputError(f"{where} has more than {_LONGEST_TEXT:,} letters: too long for a description")
            phrases = texts.setdefault(name := one_line(name), [])
            if is_sentence:
                sentences[name] = one_line(text)
            else:
                phrases.append(text)
            if len(texts) > _MOST_CLASSES or number > _MOST_TEXTS:
                raise InputError(
                    f"{path} has more than {_MOST_CLASSES:,} classes or {_MOST_TEXTS:,} phrases: too many for "
                    "descriptions, take some out"
                )
    except OSError as error:
        raise InputError(f"{shorten(str(path), 300)} cannot be read: {error.strerror or error}") from error
    found = {name: _composed(text, sentences.get(name)) for name, text in texts.items()}
    found = {name: text for name, text in found.items() if text.phrases or text.sentence}
    if not found:
        raise InputError(f"{path} describes no class: it is empty")
    return found


def _texts_of(path: Path) -> Iterator[_Text]:
    suffix = path.suffix.lower()
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".txt")
        if not files:
            raise InputError(f"Folder {path} has no .txt files: expected one a class, with photo<TAB>sentence lines")
        remaining = _MOST_BYTES
        for file in files:
            content = _read(file, remaining)
            remaining -= len(content)
            yield from _of_lines(file, content)
    elif suffix == ".txt":
        yield from _of_lines(path, _read(path))
    elif suffix == ".json":
        yield from _of_json(path)
    elif suffix in TABLE_SUFFIXES:
        yield from _of_table(path)
    else:
        raise InputError(f"{path} is of an unknown kind: give a {', '.join(SUFFIXES)} file")


def _read(path: Path, most: int = _MOST_BYTES) -> str:
    try:
        content = read_plain_file(path, most)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path} line {line}: is not UTF-8 text, save it as UTF-8") from error


def _shown(name: str) -> str:
    return shorten(one_line(name[:_LONGEST_NAME]))


def _of_json(path: Path) -> Iterator[_Text]:
    try:
        # A whole number of a million digits takes long, and says nothing here.
        content = json.loads(_read(path), object_pairs_hook=partial(_without_repeats, path), parse_int=float)
    except json.JSONDecodeError as error:
        raise InputError(f"{path} line {error.lineno} column {error.colno}: is not JSON, {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply to be a file of descriptions") from error
    if isinstance(content, dict) and isinstance(content.get("classes"), dict):
        content = content["classes"]
    if not isinstance(content, dict):
        raise InputError(f'{path}: expected {{"classes": {{name: {{"phrases": [...]}}}}}} or {{name: [phrases]}}')
    for name, value in content.items():
        where = f'{path}: class "{_shown(name)}"'
        if isinstance(value, dict) and ("phrases" in value or "sentence" in value):
            yield f'{where}: "sentence"', name, value.get("sentence") or "", True
            value = value.get("phrases") or []
        for other, said in value.items() if isinstance(value, dict) else [("", value)]:
            if not isinstance(said, str | list):
                against = f', "{_shown(other)}"' if other else ""
                raise InputError(f"{where}{against}: expected a list of phrases")
            for place, text in enumerate([said] if isinstance(said, str) else said, 1):
                yield f"{where}: phrase {place}", name, text, False


def _without_repeats(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise InputError(f'{path}: the name "{_shown(name)}" stands there twice, keep one')
    return dict(pairs)


def _of_table(path: Path) -> Iterator[_Text]:
    content, has_begun = _read(path), False
    reader = csv.reader(content.splitlines(keepends=True), delimiter=_delimiter(content), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (not has_begun and [cell.lower() for cell in cells[:2]] == ["class", "phrase"]):
                continue
            if len(cells) < 2 or not cells[0] or not cells[1]:
                raise InputError(f"{path} line {reader.line_num}: expected two columns, class and phrase")
            has_begun = True
            yield f"{path} line {reader.line_num}: the phrase", cells[0], cells[1], False
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num}: is not a table, {error}") from error


def _delimiter(content: str) -> str:
    """What parts the columns: a tab where there is one, else what follows the first class; phrases have commas too."""
    first = content.lstrip("\r\n").split("\n", 1)[0]
    behind = re.sub(r'^"(?:[^"]|"")*"', "", first)
    if "\t" in behind:
        return "\t"
    sign = re.search("[;,]", behind)
    return sign[0] if sign else ","


def _of_lines(path: Path, content: str) -> Iterator[_Text]:
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            # The photo's name is no part of the class's text.
            photo, _, sentence = line.partition("\t")
            if not photo.strip() or not sentence.strip():
                raise InputError(f"{path} line {number}: expected photo<TAB>sentence")
            yield f"{path} line {number}: the sentence", path.stem, sentence, False


def _composed(texts: Sequence[str], sentence: str | None) -> Said:
    """Phrases as they are, the most frequent first; sentences cut into phrases, and the first kept in full."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for line in map(one_line, texts):
        parts = [line]
        if line.count(" ") >= MOST_WORDS:
            sentence = tidy(line) if sentence is None else sentence
            parts = [part for part in _BETWEEN.split(line) if 2 <= len(part.split()) <= MOST_WORDS]
        for piece in filter(None, map(tidy, parts)):
            spelled.setdefault(piece.casefold(), piece)
            counts[piece.casefold()] += 1
    return Said(tuple(spelled[same] for same, _ in counts.most_common()), sentence or "")


_MOST_JUDGED, _MOST_NOTES = 200, 20  # phrases of a class, and lines on those that were left out


class FileWriter(Writer):
    """Gives each class what a file says of it. The file is read once, when the writer is made."""

    name = "file"
    instructions_version = ""
    is_cached = False

    def __init__(self, path: Path, fits: Fits = lambda _: True) -> None:
        """Read `path`. `fits` tells whether the text encoder reads a text to its end.

        Raises InputError if the file is missing or malformed.
        """
        self.path, self.classes = path, read_texts(path)
        self.model = path.name
        self._fits = fits
        self._met: tuple[frozenset[str], dict[str, str]] = (frozenset(), {})  # the names met last, and what was found

    def _find(self, names: Sequence[str]) -> dict[str, str]:
        """`{class: name in the file}`, matched forgivingly: case, separators and plural do not count.

        A run asks for one class after the other, among the same names each time.
        """
        known, matches = self._met
        if known != frozenset(names):
            in_file = match(self.classes, names)
            matches = {}
            # Two spellings in the file may mean one class: the exact one wins, or else the first.
            for written, name in sorted(in_file.items(), key=lambda pair: pair[0] != pair[1]):
                matches.setdefault(name, written)
            self._met = (frozenset(names), matches)
        return matches

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Look the class up.

        Raises InputError if the file does not describe it, or with useless phrases only; Cancelled if the job was
        cancelled.
        """
        job.check()
        path, name = self.path, request.class_name
        written = self._find([name, *request.others]).get(name)
        if written is None:
            known = shorten(", ".join(sorted(self.classes)), 200)
            raise InputError(f'{path} does not describe class "{name}": it has {known}')
        text = self.classes[written]
        useful, complaints = review(text.phrases[:_MOST_JUDGED], name, fits=self._fits)
        if not useful:
            why = complaints[0] if complaints else "there are none"
            raise InputError(f'{path} has no useful phrase for class "{name}": {why}')
        phrases = useful[:MOST_PHRASES]
        notes = complaints[:_MOST_NOTES]
        surplus = len(useful) - len(phrases) + len(text.phrases[_MOST_JUDGED:])
        if surplus:
            notes.append(f"{surplus} further phrases of the file were left out")
        sentence, problem = sentence_of(name, text.sentence, phrases, self._fits)
        if text.sentence and problem:
            notes.append(f'The sentence "{shorten(text.sentence)}" {problem}')
        return ClassDescription(
            name,
            tuple(WrittenPhrase(phrase, "imported") for phrase in phrases),
            sentence,
            writer=self.name,
            model=self.model,
            cost=0.0,
            notes=tuple(notes),
        )
