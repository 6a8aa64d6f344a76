"""What lies beside a project and is not its own, and files of other versions of the tables: kinds of damage.

Journals of other projects and other moments, the project's own journal with something changed, and
pipes, links and folders in their places; files of past versions, damaged, and files that claim to be of another one.
"""

import os
import random
import shutil
import sqlite3
import struct
import tempfile
from pathlib import Path

from spa_desktop.project import Project
from tests.faults.crash import PowerCut, change_much, journal_of

_DUMPS = Path(__file__).resolve().parent.parent / "project" / "data"
_crashes: dict[bytes, tuple[PowerCut, ...]] = {}


def _crashed(path: Path) -> tuple[PowerCut, ...]:
    """Power cuts of this project now, of it at a later moment, and of another project."""
    content = path.read_bytes()
    key = content[:200]
    if key not in _crashes:
        with tempfile.TemporaryDirectory() as name:
            own, other = Path(name, "own.spa"), Path(name, "other.spa")
            own.write_bytes(content)
            now = PowerCut(own, lambda project: change_much(project, 1))
            with Project.open(own, write=True) as project:
                change_much(project, 2)
            later = PowerCut(own, lambda project: change_much(project, 3))
            with Project.create(other) as project:
                change_much(project, 4)
            _crashes[key] = now, later, PowerCut(other, lambda project: change_much(project, 5))
    return _crashes[key]


def journal_of_another(path: Path, chance: random.Random) -> str:
    """A whole journal of another project, or of another moment of this one."""
    which = chance.choice((1, 2))
    journal = _crashed(path)[which].journal
    if chance.random() < 0.3:
        journal = _broken(journal, chance)
    journal_of(path).write_bytes(journal)
    return ("of another moment", "of another project")[which - 1]


def own_journal_broken(path: Path, chance: random.Random) -> str:
    """The file is half written, and what would put it right is damaged."""
    cut = _crashed(path)[0]
    cut.leave(path, chance)
    journal_of(path).write_bytes(_broken(cut.journal, chance))
    return "its own, changed"


def odd_things_beside(path: Path, chance: random.Random) -> str:
    """A pipe, a link, a folder or a sparse file where the app or SQLite looks."""
    names = ["-journal", "-wal", "-shm", ".lock", "-journal.set-aside"]
    name = chance.choice(names)
    place = path.with_name(path.name + name)
    how = chance.choice(("a pipe", "a folder", "a link to nothing", "a link to the file", "a sparse file", "noise"))
    if how == "a pipe":
        os.mkfifo(place)
    elif how == "a folder":
        place.mkdir()
    elif how.startswith("a link"):
        place.symlink_to(path.name if "file" in how else "nothing")
    elif how == "a sparse file":
        with place.open("wb") as file:
            file.truncate(1 << 33)
    else:
        place.write_bytes(chance.randbytes(5000))
    if chance.random() < 0.3:
        versions = path.with_name(f".{path.name}.versions")
        if chance.random() < 0.5:
            versions.symlink_to(tempfile.gettempdir())
        else:
            versions.write_bytes(b"no folder")
    return f"{name} is {how}"


def other_version(path: Path, chance: random.Random) -> str:
    """A file of a past version, whole or damaged; one that claims to be of another version; one of a future one."""
    dumps = sorted(_DUMPS.glob("version_*.sql"))
    how = chance.choice(("past", "past, damaged", "past, as a newer one", "new, as a past one", "future"))
    if how.startswith("past"):
        path.unlink()
        dump = chance.choice(dumps[:-1])
        with sqlite3.connect(path) as connection:
            connection.executescript(dump.read_text(encoding="utf-8"))
            if how == "past, as a newer one":
                connection.execute(f"PRAGMA user_version = {chance.randrange(2, len(dumps) + 1)}")
        connection.close()
        if how == "past, damaged":
            data = bytearray(path.read_bytes())
            for _ in range(chance.choice((1, 3, 20))):
                data[chance.randrange(100, len(data))] = chance.randrange(256)
            path.write_bytes(data)
        return f"{dump.stem}: {how}"
    with sqlite3.connect(path) as connection:
        if how == "future":
            connection.execute("ALTER TABLE classes ADD COLUMN mood TEXT NOT NULL DEFAULT ''")
            connection.execute("CREATE TABLE moods (id INTEGER PRIMARY KEY, name TEXT) STRICT")
            connection.execute(f"PRAGMA user_version = {len(dumps) + chance.choice((1, 2, 1000))}")
        else:
            connection.execute(f"PRAGMA user_version = {chance.randrange(len(dumps))}")
    connection.close()
    return how


def clear(path: Path) -> None:
    """Take away a project and all that a case has left beside it."""
    for left in [*path.parent.glob(path.name + "*"), *path.parent.glob(f".{path.name}*")]:
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


def _broken(content: bytes, chance: random.Random) -> bytes:
    """Bytes with something changed: a header field, a few bytes, a part that is gone or comes twice."""
    data = bytearray(content)
    how = chance.randrange(4)
    if how == 0:
        place = chance.choice((0, 8, 12, 16, 20, 24))
        data[place : place + 4] = struct.pack(">I", chance.choice((0, 1, 512, 0x7FFFFFFF, 0xFFFFFFFF)))
    elif how == 1:
        for _ in range(chance.choice((1, 10, 100))):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif how == 2:
        del data[chance.randrange(len(data)) :]
    else:
        place = chance.randrange(len(data))
        data[place:place] = data[place : place + chance.choice((8, 512, 8200))]
    return bytes(data)
