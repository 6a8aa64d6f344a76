"""How photos that are made to do harm have to end: `python -m benchmarks.faults --only photos` opens many."""

from collections.abc import Iterator
from pathlib import Path

from tests.photos.mutations import mutated
from tests.photos.watched import Ended, watch

SECONDS = 5.0
MEMORY = 450.0  # MB
_AT_ONCE = 500


def ends_of(photos: dict[str, bytes], folder: Path) -> list[Ended]:
    """How photos by name end, written to a folder for as long as it takes."""
    paths = [folder / name for name in photos]
    for path, content in zip(paths, photos.values(), strict=True):
        path.write_bytes(content)
    ended = watch(paths)
    for path in paths:
        path.unlink()
    return ended


def broken_photos(count: int, first: int, folder: Path) -> Iterator[Ended]:
    """How `count` mutated photos end, from the number `first` on."""
    for start in range(first, first + count, _AT_ONCE):
        yield from ends_of(dict(map(mutated, range(start, min(start + _AT_ONCE, first + count)))), folder)


def is_fine(ended: Ended) -> bool:
    """Whether it opened or was refused in one line, in time and within the memory."""
    is_told = ended.how == "opened" or (ended.how == "refused" and "\n" not in ended.text)
    return is_told and ended.seconds < SECONDS and ended.memory < MEMORY
