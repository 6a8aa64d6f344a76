"""A stream of answers at the encoder's own pace: each thread decodes, encodes and scores its own photos.

Photos go by chunks: scored eight at a time, a photo costs a quarter of what it costs alone. A photo's answer depends on
its chunk in the last bits, as the transport of a chunk ends for all of it at once. So chunks are cut from the list of
photos at fixed places, each is computed in one thread on one core, and is computed whole or not at all: whoever
computes it, and whatever was computed before, its answers are the same bits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.photos.opening import PhotoError

if TYPE_CHECKING:
    from spa_desktop.recognizer import Recognizer, Seen

CHUNK = 8
TOP = 5

Chunk = Sequence[str]


def chunks_of(paths: Sequence[str]) -> list[Chunk]:
    """A list of photos cut into chunks.

    >>> [len(chunk) for chunk in chunks_of(["photo"] * 19)]
    [8, 8, 3]
    """
    return [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]


def answer_chunks(recognizer: Recognizer, chunks: Sequence[Chunk]) -> Iterator[list[PhotoAnswer]]:
    """The answers of each chunk, in order. Memory does not grow with their number.

    Closing the iterator ends its threads, as soon as each is done with the chunk at hand.

    Args:
        recognizer: of what was learned.
        chunks: paths of photos, from :func:`chunks_of`.

    Raises:
        SpaError: if memory does not suffice for a single photo, or what was learned is damaged.
    """
    if recognizer.device_type == "cpu":
        yield from _in_threads(recognizer, chunks)
    else:
        yield from _in_batches(recognizer, chunks)


def answer_chunk(recognizer: Recognizer, chunk: Chunk) -> list[PhotoAnswer]:
    """The answers of one chunk, computed in this thread."""
    # Before they are read: a file that is replaced meanwhile is read again where a run goes on.
    stamps = [stamp_of(path) for path in chunk]
    seen: list[Seen | str] = []
    for path in chunk:
        try:
            seen.append(_look(recognizer, path))
        except PhotoError as error:
            seen.append(str(error))
    return _ranked(recognizer, chunk, seen, stamps)


def _in_threads(recognizer: Recognizer, chunks: Sequence[Chunk]) -> Iterator[list[PhotoAnswer]]:
    from spa_desktop.encoders.parallel_streams import in_streams, torch_threads

    # As many streams as cores even for few chunks: with more cores a stream, sums would be of other bits.
    streams = torch_threads()
    with closing(in_streams(lambda chunk: answer_chunk(recognizer, chunk), chunks, streams)) as answers:
        yield from answers


def _in_batches(recognizer: Recognizer, chunks: Sequence[Chunk]) -> Iterator[list[PhotoAnswer]]:
    paths = [path for chunk in chunks for path in chunk]
    with closing(recognizer.see_files(paths)) as seen:
        for chunk in chunks:
            stamps = [stamp_of(path) for path in chunk]
            yield _ranked(recognizer, chunk, list(islice(seen, len(chunk))), stamps)


def _look(recognizer: Recognizer, path: str) -> Seen:
    started = time.perf_counter()
    photo = recognizer.open(Path(path))
    return recognizer.see(photo, already=1000 * (time.perf_counter() - started))


def _ranked(
    recognizer: Recognizer, chunk: Chunk, seen: Sequence[Seen | str], stamps: Sequence[tuple[int, int]]
) -> list[PhotoAnswer]:
    good = [one for one in seen if not isinstance(one, str)]
    started = time.perf_counter()
    rankings = iter(recognizer.rank(good, top=TOP) if good else ())
    share = 1000 * (time.perf_counter() - started) / max(len(good), 1)
    answers = []
    for path, one, (size, changed) in zip(chunk, seen, stamps, strict=True):
        if isinstance(one, str):
            answers.append(PhotoAnswer(path, error=one, size=size, changed=changed))
            continue
        found = next(rankings)
        answers.append(
            PhotoAnswer(
                path,
                tuple(answer.class_id for answer in found.top),
                tuple(min(round(answer.probability, 6), 1.0) for answer in found.top),
                round(one.milliseconds + share, 2),
                known=found.known,
                rejected=found.rejected,
                size=size,
                changed=changed,
            )
        )
    return answers


def stamp_of(path: str) -> tuple[int, int]:
    """A file's size in bytes and its time of change in nanoseconds; zeros where it cannot be looked at."""
    try:
        info = Path(path).stat()
    except (OSError, ValueError):
        return 0, 0
    return info.st_size, info.st_mtime_ns
