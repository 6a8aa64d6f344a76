"""Open many broken photos, and print how they ended: `python -m tests.photos.faults [COUNT] [FIRST]`.

Exits with 1 if one raised something else than the one line that it should, crashed, hung, or took too long or too much.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.photos.bombs import BOMBS
from tests.photos.mutations import mutated
from tests.photos.watched import Ended, watch

SECONDS = 5.0
MEMORY = 1000.0  # MB
_AT_ONCE = 500


def broken_photos(count: int, first: int, folder: Path) -> Iterator[Ended]:
    """How `count` mutated photos end, from the number `first` on."""
    for start in range(first, first + count, _AT_ONCE):
        paths = []
        for number in range(start, min(start + _AT_ONCE, first + count)):
            name, content = mutated(number)
            paths.append(folder / name)
            paths[-1].write_bytes(content)
        yield from watch(paths)
        for path in paths:
            path.unlink()


def is_fine(ended: Ended) -> bool:
    """Whether it opened or was refused in one line, in time and within the memory."""
    is_told = ended.how == "opened" or (ended.how == "refused" and "\n" not in ended.text)
    return is_told and ended.seconds < SECONDS and ended.memory < MEMORY


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 500
    first = int(arguments[1]) if len(arguments) > 1 else 0
    with tempfile.TemporaryDirectory() as folder:
        for name, _, make in BOMBS:
            (Path(folder) / name).write_bytes(make())
        all_ended = watch([Path(folder) / name for name, _, _ in BOMBS])
        all_ended += broken_photos(count, first, Path(folder))
    counts = Counter(ended.how for ended in all_ended)
    for how in ("opened", "refused", "raised", "crashed", "hung"):
        sys.stdout.write(f"{how:8} {counts[how]}\n")
    for what, worst in (
        ("longest", max(all_ended, key=lambda ended: ended.seconds)),
        ("most memory", max(all_ended, key=lambda ended: ended.memory)),
    ):
        sys.stdout.write(f"{what}: {worst.path.name}, {worst.seconds:.1f} s, {worst.memory:.0f} MB\n")
    bad = [ended for ended in all_ended if not is_fine(ended)]
    for ended in bad:
        sys.stdout.write(
            f"{ended.path.name}: {ended.how} in {ended.seconds:.1f} s, {ended.memory:.0f} MB: {ended.text}\n"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
