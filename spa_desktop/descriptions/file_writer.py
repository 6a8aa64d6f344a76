"""The writer that takes descriptions from a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.descriptions.model import MOST_PHRASES, ClassDescription, DescriptionRequest, WrittenPhrase
from spa_desktop.descriptions.name_matching import match, plain
from spa_desktop.descriptions.quality import Fits, clip_to_context, complaint, photo_of, review, shorten
from spa_desktop.descriptions.readers import TextFile, read_texts
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job

_IN_SENTENCE = 3
_MOST_JUDGED, _MOST_NOTES = 200, 20  # phrases of a class, and lines on those that were left out


@dataclass(frozen=True)
class MatchReport:
    """How a file's names and a project's classes meet.

    Attributes:
        found: class -> the name in the file.
        not_in_file: classes that the file says nothing of.
        not_in_project: names in the file that match no class, or more than one.
    """

    found: dict[str, str]
    not_in_file: tuple[str, ...]
    not_in_project: tuple[str, ...]

    def lines(self) -> list[str]:
        """What did not match, for the person."""
        lines = []
        if self.not_in_project:
            lines.append(f"In the file, but no class of the project: {', '.join(self.not_in_project)}")
        if self.not_in_file:
            lines.append(f"Classes that the file does not describe: {', '.join(self.not_in_file)}")
        return lines


class FileWriter:
    """Gives each class what a file says of it. The file is read once, when the writer is made."""

    name = "file"
    instructions_version = ""
    destination = None
    max_parallel = 1
    is_cached = False

    def __init__(self, path: Path, fits: Fits | None = None) -> None:
        """Read `path` (see `readers`). `fits` tells whether the text encoder reads a text to its end.

        Raises:
            InputError: if the file is missing or malformed.
        """
        self.source: TextFile = read_texts(path)
        self.model = path.name
        self._fits = fits
        self._met: tuple[frozenset[str], dict[str, str]] = (frozenset(), {})  # the names met last, and what was found

    def match(self, class_names: Iterable[str]) -> MatchReport:
        """Which classes the file describes. Names are matched forgivingly: case, separators and plural do not count."""
        names = list(dict.fromkeys(class_names))
        found = self._find(names)
        used = set(found.values())
        return MatchReport(
            found,
            tuple(name for name in names if name not in found),
            tuple(written for written in self.source.classes if written not in used),
        )

    def _find(self, names: Sequence[str]) -> dict[str, str]:
        """`{class: name in the file}`. A run asks for one class after the other, among the same names each time."""
        known, found = self._met
        if known != frozenset(names):
            in_file, _ = match(self.source.classes, names)
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
        path, name = self.source.path, request.class_name
        written = self._find([name, *request.rivals]).get(name)
        if written is None:
            known = shorten(", ".join(sorted(self.source.classes)), 200)
            raise InputError(f'{path} does not describe class "{name}": it has {known}')
        text = self.source.classes[written]
        verdict = review(text.phrases[:_MOST_JUDGED], name, fits=self._fits)
        if not verdict.kept:
            why = verdict.complaints[0] if verdict.complaints else "there are none"
            raise InputError(f'{path} has no useful phrase for class "{name}": {why}')
        kept = verdict.kept[:MOST_PHRASES]
        notes = list(verdict.complaints[:_MOST_NOTES])
        left = len(verdict.kept) - len(kept) + len(text.phrases[_MOST_JUDGED:])
        if left:
            notes.append(f"{left} further phrases of the file were left out")
        sentence, problem = text.sentence, None
        if sentence:
            problem = complaint(sentence, name, fits=self._fits, most_words=None)
        if problem:
            notes.append(f'The sentence "{shorten(sentence)}" {problem}')
        if not sentence or problem:
            fits = self._fits or (lambda _: True)
            sentence = clip_to_context(photo_of(plain(name)), kept[:_IN_SENTENCE], fits)
        return ClassDescription(
            name,
            tuple(WrittenPhrase(phrase, "imported") for phrase in kept),
            sentence,
            writer=self.name,
            model=self.model,
            cost=0.0,
            notes=tuple(notes),
        )
