"""A run over folders: photos that a journal has answers for are left out, and the answers of the others are kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.classify.answer_journal import AnswerJournal
from spa_desktop.classify.answer_stream import Chunk, chunks_of, stamp_of
from spa_desktop.classify.finding_photos import FoundPhotos
from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.folders import Skipped

Stream = Callable[[Sequence[Chunk]], Iterator[tuple[int, list[PhotoAnswer]]]]
"""Chunks to (place of the chunk, its answers), in any order."""


@dataclass(frozen=True)
class FolderAnswers:
    """What the photos of some files and folders were taken for.

    Attributes:
        sources: the files and folders.
        names: of the classes, by number.
        answers: one a photo, in the order of the photos.
        skipped: folders that could not be read, and names that are no text.
        resumed: how many answers came from an earlier, interrupted run.
    """

    sources: tuple[Path, ...]
    names: Mapping[int, str]
    answers: tuple[PhotoAnswer, ...]
    skipped: tuple[Skipped, ...]
    resumed: int = 0

    @property
    def unreadable(self) -> tuple[PhotoAnswer, ...]:
        """The photos without an answer."""
        return tuple(one for one in self.answers if not one.is_answered)


def run_folders(
    found: FoundPhotos,
    names: Mapping[int, str],
    model: str,
    stream: Stream,
    job: Job,
    *,
    resume: bool = False,
    on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
    on_found: Callable[[int, int], None] | None = None,
) -> FolderAnswers:
    """Answer all photos that were found.

    Args:
        found: the photos.
        names: of the classes that the model knows, by number.
        model: the name of the journal: see :func:`~spa_desktop.classify.answer_journal.model_digest`.
        stream: answers chunks; closed when the run ends early.
        job: progress and cancellation.
        resume: take the answers that an interrupted run over the same sources left.
        on_answers: is told of answers as they come, in the thread of the run.
        on_found: is told before how many photos there are, and how many of them have answers already.

    Raises:
        Cancelled: if the job was cancelled; the answers so far are in the journal.
        SpaError: if the stream fails, likewise.
    """
    chunks = chunks_of(found.paths)
    answers: list[list[PhotoAnswer] | None] = [None] * len(chunks)
    tell = on_answers or _nobody
    with AnswerJournal(model, found.sources, on_message=job.message) as journal:
        kept = journal.open(len(found.paths), names, resume=resume)
        for place, chunk in enumerate(chunks):
            answers[place] = _from(kept, chunk)
        resumed = sum(len(part) for part in answers if part is not None)
        if on_found is not None:
            on_found(len(found.paths), resumed)
        for part in answers:
            if part is not None:
                tell(part)
        todo = [place for place, part in enumerate(answers) if part is None]
        job.stage(Stage.RECOGNISE, total=len(found.paths) - resumed)
        if todo:
            with closing(_as_generator(stream([chunks[place] for place in todo]))) as stream_of_answers:
                for number, new in stream_of_answers:
                    answers[todo[number]] = new
                    journal.append(new)
                    tell(new)
                    job.advance(len(new), detail=Path(new[-1].path).name)
        journal.finish()
    whole = tuple(one for part in answers if part is not None for one in part)
    return FolderAnswers(found.sources, dict(names), whole, tuple(found.skipped), resumed)


def _from(kept: Mapping[str, PhotoAnswer], chunk: Chunk) -> list[PhotoAnswer] | None:
    """A chunk's answers from an earlier run, if it has all of them and the files are the same still."""
    found = [kept.get(path) for path in chunk]
    if any(one is None or (one.size, one.changed) != stamp_of(one.path) for one in found):
        return None
    return [one for one in found if one is not None]


def _as_generator(stream: Iterator[tuple[int, list[PhotoAnswer]]]) -> Generator[tuple[int, list[PhotoAnswer]]]:
    yield from stream


def _nobody(answers: Sequence[PhotoAnswer]) -> None:
    pass
