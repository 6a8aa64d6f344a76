"""The writer that takes descriptions from a file."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from spa_desktop.descriptions.model import MOST_PHRASES, MOST_WORDS, ClassDescription, DescriptionRequest, WrittenPhrase
from spa_desktop.descriptions.quality import Fits, Said, one_line, review, sentence_of, shorten, tidy
from spa_desktop.descriptions.wordnet import match
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.plain_files import read_plain_file

# Descriptions in files of others: whatever the layout.
#
# Read are: our JSON ``{"classes": {name: {"phrases": [...], "sentence": "..."}}}``, with or without the outer layer; a
# plain ``{name: [phrases]}``; C3Box's and ENGINE's pairwise ``{class: {other: [phrases]}}``; AREA's folder of one text
# file a class with ``photo<TAB>sentence`` lines (or one such file); a CSV of class and phrase.

# A file may be anybody's. What is within these bounds is read in seconds.
_MOST_BYTES = 32 * 1024 * 1024  # of a file, or of all files of a folder
_MOST_CLASSES, _MOST_TEXTS = 20_000, 500_000
_LONGEST_NAME, _LONGEST_TEXT = 300, 20_000  # letters
TABLE_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (".json", *TABLE_SUFFIXES, ".txt")


# For lines with single blanks: a run of them would be searched from each of its places.
_BETWEEN = re.compile(r"[,;:.](?: and)? | (?:with|featuring|showing|against|surrounded by|which|that) ")


def read_texts(path: Path) -> dict[str, Said]:
    """Read a file, or a folder of text files: what it says of each class, the most repeated phrases first.

    Raises:
        InputError: if it is missing, unreadable, of an unknown kind or malformed; names the line where there is one.
    """
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.exists():
            raise InputError(f"No such file: {path}")
        classes = _read_folder(path) if is_folder else _read_file(path)
    except OSError as error:
        raise InputError(f"{shorten(str(path), 300)} cannot be read: {error.strerror or error}") from error
    classes = {name: text for name, text in classes.items() if text.phrases or text.sentence}
    if not classes:
        raise InputError(f"{path} describes no class: it is empty")
    return classes


def _read_folder(path: Path) -> dict[str, Said]:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".txt")
    if not files:
        raise InputError(f"Folder {path} has no .txt files: expected one a class, with photo<TAB>sentence lines")
    _require_few(path, "classes", len(files), _MOST_CLASSES)
    classes, left = {}, _MOST_BYTES
    for file in files:
        content = _read(file, left)
        left -= len(content)
        classes[_name(file, file.stem)] = _sentences(file, content)
    return classes


def _read_file(path: Path) -> dict[str, Said]:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _read_json(path)
    if suffix in TABLE_SUFFIXES:
        return _read_table(path)
    if suffix == ".txt":
        return {_name(path, path.stem): _sentences(path, _read(path))}
    raise InputError(f"{path} is of an unknown kind: give a {', '.join(SUFFIXES)} file")


def _read(path: Path, most: int = _MOST_BYTES) -> str:
    try:
        content = read_plain_file(path, most)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path} line {line}: is not UTF-8 text, save it as UTF-8") from error


def _name(path: Path, name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise InputError(f'{path}: the class "{shorten(one_line(name[:_LONGEST_NAME]))}" has too long a name')
    return one_line(name)


def _require_few(path: Path, what: str, number: int, most: int) -> None:
    if number > most:
        raise InputError(f"{path} has more than {most:,} {what}: too many for descriptions, take some out")


def _read_json(path: Path) -> dict[str, Said]:
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
    _require_few(path, "classes", len(content), _MOST_CLASSES)
    classes, number = {}, 0
    for written, value in content.items():
        name = _name(path, written)
        classes[name], count = _class_text(path, name, value)
        number += count
        _require_few(path, "phrases", number, _MOST_TEXTS)
    return classes


def _without_repeats(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            shown = shorten(one_line(name[:_LONGEST_NAME]))
            raise InputError(f'{path}: the name "{shown}" stands there twice, keep one')
    return dict(pairs)


def _class_text(path: Path, name: str, value: object) -> tuple[Said, int]:
    """What a value says of a class, and of how many texts it is made."""
    where = f'{path}: class "{shorten(name)}"'
    if isinstance(value, str | list):
        texts = _strings(value, where)
        return _composed(texts), len(texts)
    if isinstance(value, dict) and ("phrases" in value or "sentence" in value):
        sentence = value.get("sentence") or ""
        if not isinstance(sentence, str):
            raise InputError(f'{where}: "sentence" is not text')
        _require_short(sentence, f"{where}: its sentence")
        texts = _strings(value.get("phrases") or [], where)
        return Said(_composed(texts).phrases, one_line(sentence)), len(texts)
    if isinstance(value, dict):
        texts = []
        for other, said in value.items():
            texts += _strings(said, f'{where}, "{shorten(one_line(other[:_LONGEST_NAME]))}"')
        return _composed(texts), len(texts)
    raise InputError(f"{where}: expected a list of phrases, found {json.dumps(value)[:40]}")


def _strings(value: object, where: str) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        raise InputError(f"{where}: expected a list of phrases")
    for place, text in enumerate(values, 1):
        if not isinstance(text, str):
            raise InputError(f"{where}: phrase {place} is not text")
        _require_short(text, f"{where}: phrase {place}")
    return cast(list[str], values)


def _require_short(text: str, where: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"{where} has more than {_LONGEST_TEXT:,} letters: too long for a description")


def _read_table(path: Path) -> dict[str, Said]:
    content = _read(path)
    rows: dict[str, list[str]] = {}
    number = 0
    reader = csv.reader(content.splitlines(keepends=True), delimiter=_delimiter(content), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (not rows and [cell.lower() for cell in cells[:2]] == ["class", "phrase"]):
                continue
            if len(cells) < 2 or not cells[0] or not cells[1]:
                raise InputError(f"{path} line {reader.line_num}: expected two columns, class and phrase")
            _require_short(cells[1], f"{path} line {reader.line_num}: the phrase")
            rows.setdefault(_name(path, cells[0]), []).append(cells[1])
            number += 1
            _require_few(path, "classes", len(rows), _MOST_CLASSES)
            _require_few(path, "phrases", number, _MOST_TEXTS)
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num}: is not a table, {error}") from error
    return {name: _composed(texts) for name, texts in rows.items()}


def _delimiter(content: str) -> str:
    """What parts the columns: a tab where there is one, else what follows the first class; phrases have commas too."""
    first = content.lstrip("\r\n").split("\n", 1)[0]
    behind = re.sub(r'^"(?:[^"]|"")*"', "", first)
    if "\t" in behind:
        return "\t"
    found = re.search("[;,]", behind)
    return found[0] if found else ","


def _sentences(path: Path, content: str) -> Said:
    texts: list[str] = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        # The photo's name is no part of what is said of the class.
        photo, tab, sentence = line.partition("\t")
        if not tab or not photo.strip() or not sentence.strip():
            raise InputError(f"{path} line {number}: expected photo<TAB>sentence")
        _require_short(sentence, f"{path} line {number}: the sentence")
        _require_few(path, "lines", number, _MOST_TEXTS)
        texts.append(sentence)
    return _composed(texts)


def _composed(texts: Sequence[str]) -> Said:
    """Phrases as they are; sentences cut into phrases, and the first sentence kept in full."""
    lines = [one_line(text) for text in texts]
    sentence = next((line for line in lines if _is_long(line)), "")
    pieces = (tidy(piece) for line in lines for piece in _pieces(line))
    return Said(_by_frequency(piece for piece in pieces if piece), tidy(sentence))


def _pieces(line: str) -> list[str]:
    """`line` if it is short, else its parts between commas and small words that are short enough."""
    if not _is_long(line):
        return [line]
    return [part for part in _BETWEEN.split(line) if 2 <= len(part.split()) <= MOST_WORDS]


def _is_long(line: str) -> bool:
    return line.count(" ") >= MOST_WORDS


def _by_frequency(texts: Iterable[str]) -> tuple[str, ...]:
    """Without repeats, what is said most often first, else in the order given."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        spelled.setdefault(text.casefold(), text)
        counts[text.casefold()] += 1
    return tuple(spelled[same] for same, _ in counts.most_common())


_MOST_JUDGED, _MOST_NOTES = 200, 20  # phrases of a class, and lines on those that were left out


class FileWriter:
    """Gives each class what a file says of it. The file is read once, when the writer is made."""

    name = "file"
    instructions_version = ""
    destination = None
    max_parallel = 1
    is_cached = False

    def __init__(self, path: Path, fits: Fits = lambda _: True) -> None:
        """Read `path`. `fits` tells whether the text encoder reads a text to its end.

        Raises:
            InputError: if the file is missing or malformed.
        """
        self.path, self.classes = path, read_texts(path)
        self.model = path.name
        self._fits = fits
        self._met: tuple[frozenset[str], dict[str, str]] = (frozenset(), {})  # the names met last, and what was found

    def _find(self, names: Sequence[str]) -> dict[str, str]:
        """`{class: name in the file}`, matched forgivingly: case, separators and plural do not count.

        A run asks for one class after the other, among the same names each time.
        """
        known, found = self._met
        if known != frozenset(names):
            in_file = match(self.classes, names)
            found = {}
            # Two spellings in the file may mean one class: the exact one wins, or else the first.
            for written, name in sorted(in_file.items(), key=lambda pair: pair[0] != pair[1]):
                found.setdefault(name, written)
            self._met = (frozenset(names), found)
        return found

    def prepare(self) -> None:
        """All that it needs is here already."""

    def estimate_cost(self, request: DescriptionRequest) -> float:
        return 0.0

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Look the class up.

        Raises:
            InputError: if the file does not describe it, or with useless phrases only.
            Cancelled: if the job was cancelled.
        """
        job.check()
        path, name = self.path, request.class_name
        written = self._find([name, *request.others]).get(name)
        if written is None:
            known = shorten(", ".join(sorted(self.classes)), 200)
            raise InputError(f'{path} does not describe class "{name}": it has {known}')
        text = self.classes[written]
        verdict = review(text.phrases[:_MOST_JUDGED], name, fits=self._fits)
        if not verdict.kept:
            why = verdict.complaints[0] if verdict.complaints else "there are none"
            raise InputError(f'{path} has no useful phrase for class "{name}": {why}')
        kept = verdict.kept[:MOST_PHRASES]
        notes = list(verdict.complaints[:_MOST_NOTES])
        left = len(verdict.kept) - len(kept) + len(text.phrases[_MOST_JUDGED:])
        if left:
            notes.append(f"{left} further phrases of the file were left out")
        sentence, problem = sentence_of(name, text.sentence, kept, self._fits)
        if text.sentence and problem:
            notes.append(f'The sentence "{shorten(text.sentence)}" {problem}')
        return ClassDescription(
            name,
            tuple(WrittenPhrase(phrase, "imported") for phrase in kept),
            sentence,
            writer=self.name,
            model=self.model,
            cost=0.0,
            notes=tuple(notes),
        )
