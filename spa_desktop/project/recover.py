"""What brings a project back: what is valid of a damaged one into a new file, or an earlier version into its place.

SQLite itself reads a copy of the damaged file, each table in the order of its keys; behind a page that cannot be read
it goes on at the next key that can. Each row is checked as `check` would. Then what refers to something that is lost
goes, or something is put in its place.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import secrets
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from PIL import Image

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import versions
from spa_desktop.project.check import row_faults
from spa_desktop.project.class_names import clean_name, name_key, sha256
from spa_desktop.project.connecting import Connection, Row, connect
from spa_desktop.project.database import Database, create_database, resolved
from spa_desktop.project.documents import CLASS_IDS, from_json
from spa_desktop.project.lock import NameLock, RawFile, WriterLock
from spa_desktop.project.migrations import TABLES, own_tables
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import ProjectBusy, ProjectReadOnly, cannot_open, damaged, no_project
from spa_desktop.project.records import BY_TABLE, Rows
from spa_desktop.project.transaction import now
from spa_desktop.version import __version__

_HIGHEST_ID = 1 << 53
_MOST_FAILED = 100_000  # keys of a table that are tried in vain
_LEAST_ROW = 64  # bytes of the file for each of them
_LONGEST = 4  # times the file: rows may share pages in a damaged file, together they are not much longer than it
_FIRST_PAGES = 32  # a new project has as many: each table and each index begins on one
# How SQLite begins a page: its kind in the first byte, in the last how many bytes are free in fragments.
_PAGE_HEAD, _PAGE_KINDS, _MOST_FRAGMENTS = 8, (2, 5, 10, 13), 60
_PROPERTIES = {
    "backbone": "spa-lite",
    "fingerprint": "",
    "seed": "0",
    "created": "",
    "app_version": "",
    "project_id": "",
}
_TASK = "Recovered"
_SPLITS = ("train", "test")


@dataclass(frozen=True)
class Recovered:
    """What came of it."""

    saved: Mapping[str, int]  # rows in the new file, by table
    lost: Mapping[str, int]  # rows that were found and are not in it
    torn: frozenset[str]  # tables of which some rows could not be read; how many is not known
    notes: tuple[str, ...]  # what was put in the place of something that is lost, a line each

    @property
    def lines(self) -> list[str]:
        """One line for each table, and the notes."""
        said = []
        for table, saved in self.saved.items():
            lost = self.lost.get(table, 0)
            more = f", {lost} lost" if lost else ""
            more += ", and what stood on pages that cannot be read" if table in self.torn else ""
            said.append(f"{table}: {saved} saved{more}")
        if self.torn:
            said.append(
                "An earlier version may hold what stood on the pages that cannot be read: `spa-desktop restore`"
            )
        return [*said, *self.notes]


def recover(path: Path, new: Path, job: Job | None = None) -> Recovered:
    """Save what is valid of a project into a new one, which passes `check`. The old file stays as it is.

    Raises InputError: there is no such file, nothing of a project is in it, `new` exists, or a program writes to it;
    SpaError if the new file cannot be written or does not pass `check`, or there is no room for a copy.
    """
    path, new = resolved(path), resolved(new)
    if not path.is_file():
        raise no_project(path)
    job = job or Job()
    rebuilt: Recovered | None = None

    def fill(connection: sqlite3.Connection) -> None:
        nonlocal rebuilt
        with _source(path, _first_page(connection)) as (source, tables):
            connection.execute("BEGIN IMMEDIATE")
            rebuilt = _rebuild(connection, source, tables, job)
            if rebuilt is None:
                raise _nothing_of(path)
            connection.execute("COMMIT")

    create_database(new, fill).close()
    with Project.open(new) as project:
        problems = project.check(job).problems
    if problems:
        new.unlink(missing_ok=True)
        raise SpaError(f"{path} cannot be recovered, as the new file would not be whole: {problems[0]}")
    assert rebuilt is not None, "it was filled"
    return rebuilt


def _first_page(connection: sqlite3.Connection) -> bytes:
    """The first page of an empty project: its header and the list of its tables."""
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    with Path(connection.execute("PRAGMA database_list").fetchone()[2]).open("rb") as file:
        return file.read(size)


@contextlib.contextmanager
def _source(path: Path, first_page: bytes) -> Iterator[tuple[Connection, set[str]]]:
    """A copy of the file that SQLite can open, with the journal beside it rolled back, and the tables in it."""
    with contextlib.ExitStack() as stack:
        try:
            lock = WriterLock(path)
            stack.callback(lock.release)
            raw = lock.raw
        except ProjectReadOnly:
            raw = RawFile(path)
            stack.callback(raw.release)
        if not _may_be_project(raw, len(first_page)):
            raise _nothing_of(path)
        copy = stack.enter_context(versions.private_copy(path, raw, lambda _: None))
        if versions.is_hot(copy):
            with contextlib.suppress(sqlite3.Error, UnicodeError):  # what is damaged may still be rolled back
                connect(copy, "rw").close()
        # The header as every project has it; then the list of tables as well, which every project of this version began
        # with: the same tables on the same pages.
        for start in (first_page[: versions.HEADER_SIZE], first_page):
            _set_start(copy, start)
            with contextlib.suppress(sqlite3.DatabaseError, UnicodeError):
                connection = connect(copy, "ro")
                stack.callback(connection.close)
                # With this check SQLite refuses a page for one row of it that makes no sense.
                connection.execute("PRAGMA cell_size_check = OFF")
                # What is no valid text loses its row, as that is not valid then, and not all behind it.
                connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
                if tables := own_tables(connection.rows(TABLES)):
                    break
        else:
            raise _nothing_of(path)
        yield connection, tables


def _may_be_project(raw: RawFile, page_size: int) -> bool:
    """Whether a file is worth a copy: it begins as a database, or has pages of one where projects have their tables."""
    if versions.is_database(raw.head()):
        return True
    raw.file.seek(0)
    start = raw.file.read(_FIRST_PAGES * page_size)
    places = (versions.HEADER_SIZE, *range(page_size, len(start), page_size))
    pages = (start[place : place + _PAGE_HEAD] for place in places)
    return any(len(page) == _PAGE_HEAD and page[0] in _PAGE_KINDS and page[-1] <= _MOST_FRAGMENTS for page in pages)


def _set_start(path: Path, start: bytes) -> None:
    """Write the beginning of an empty project over that of a file, which keeps its page size if that is one."""
    with path.open("r+b") as file:
        before = file.read(versions.HEADER_SIZE)
        new = bytearray(start)
        page_size = int.from_bytes(before[16:18], "big")
        if versions.is_database(before) and (page_size == 1 or (page_size >= 512 and page_size.bit_count() == 1)):
            new[16:18] = before[16:18]
        new[28:40] = bytes(12)  # how many pages there are, and which are free: SQLite goes by the file's size then
        file.seek(0)
        file.write(new)


def _nothing_of(path: Path) -> InputError:
    return InputError(
        f"{path} is not a project, or nothing of it can be read: bring back an earlier version of it "
        "(`spa-desktop restore`) or a backup"
    )


def _rebuild(connection: sqlite3.Connection, source: Connection, tables: set[str], job: Job) -> Recovered | None:
    """Fill the new file. Gives None if nothing was found that is worth a project."""
    connection.execute("DELETE FROM meta")
    sequences = _sequences(source)
    lost: Counter[str] = Counter()
    # A table that is there, but built in another way, is not read.
    torn = {str(name) for (name,) in source.rows("SELECT name FROM sqlite_master")} & BY_TABLE.keys() - tables
    size = Path(source.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    left, most_failed = _LONGEST * size, min(_MOST_FAILED, size // _LEAST_ROW)
    job.stage(Stage.SALVAGE, total=len(BY_TABLE))
    for table, rows in BY_TABLE.items():
        # Tables that make no numbers of their own have those of photos.
        highest = sequences.get(table, sequences.get("photos", _HIGHEST_ID))
        # Numbers given away may be far apart; where none is known, there are no more than the file has room for.
        tries = most_failed if highest == _HIGHEST_ID else _MOST_FAILED
        for row in _readable(source, rows, highest, tries, torn) if table in tables else ():
            job.check()
            left -= sum(len(value) for value in row if isinstance(value, str | bytes))
            if left < 0:
                torn.add(table)
                break
            lost[table] += not _save(connection, rows, row)
        job.advance(detail=table)
    read = {table: _count(connection, table) for table in BY_TABLE}
    if not any(read[table] for table in ("tasks", "classes", "photos", "learners")):
        return None
    notes = _repair(connection)
    # No number is given away twice, not even that of a row that is lost.
    for table, highest in sequences.items():
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (highest, table))
    saved = {table: _count(connection, table) for table in BY_TABLE}
    for table in BY_TABLE:
        lost[table] += max(0, read[table] - saved[table])
    return Recovered(saved, lost, frozenset(torn), tuple(notes))


def _sequences(source: Connection) -> dict[str, int]:
    """The highest number that each table has given away, as far as it can be read."""
    try:
        rows = source.rows("SELECT name, seq FROM sqlite_sequence")
    except sqlite3.DatabaseError:
        return {}
    return {name: highest for name, highest in rows if isinstance(highest, int) and 0 <= highest <= _HIGHEST_ID}


def _readable(source: Connection, rows: Rows[Any], highest: int, most_failed: int, torn: set[str]) -> Iterator[Row]:
    """The key and the columns of each row that can be read. Where some cannot, the table is added to `torn`.

    Behind a page that cannot be read no key above `highest` is looked for, and `most_failed` are tried in vain.
    """
    table, key = rows.table, rows.key
    # The tables of an earlier version have fewer columns.
    there = {row[1] for row in source.rows(f"PRAGMA table_info({table})")}
    names = ", ".join(name if name in there else "NULL" for name in (key, *rows.names))
    if key in ("name", "key"):  # a page or two: what stands behind one that cannot be read is lost
        try:
            source.begin_statement()
            yield from source.execute(f"SELECT {names} FROM {table}")
        except sqlite3.DatabaseError:
            torn.add(table)
        return
    # One row a statement: a cursor reads ahead, and would lose the row before a page that cannot be read.
    select = f"SELECT {names} FROM {table} NOT INDEXED WHERE {key} BETWEEN ? AND ? ORDER BY {key} LIMIT 1"
    start, failed = 1, 0
    while failed < most_failed:
        try:
            row = _one(source, select, start, _HIGHEST_ID)
        except sqlite3.DatabaseError:
            torn.add(table)
            start, failed = start + 1, failed + 1
            if start > highest:
                return
            continue
        if row is None:
            return
        yield row
        start = max(start, row[0]) + 1


def _one(source: Connection, sql: str, *values: object) -> Row | None:
    source.begin_statement()
    row: Row | None = source.execute(sql, values).fetchone()
    return row


def _save(connection: sqlite3.Connection, rows: Rows[Any], row: Row) -> bool:
    """Put a row into the new file, if it is valid. The first of several with the same key or name stays."""
    key, *rest = row
    if next(row_faults(rows, key, tuple(rest)), None) is not None or (rows.table == "meta" and key not in _PROPERTIES):
        return False
    values = {rows.key: key, **dict(zip(rows.names, rest, strict=True))}
    marks = ", ".join("?" * len(values))
    sql = f"INSERT OR IGNORE INTO {rows.table} ({', '.join(values)}) VALUES ({marks})"
    return connection.execute(sql, tuple(values.values())).rowcount == 1


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


# What refers to something that is lost, in a file whose rows are valid each for itself.


def _repair(connection: sqlite3.Connection) -> list[str]:
    """Repair the references of a new file. Gives a line for each thing that was put in the place of another."""
    notes = [*_properties(connection), *_classes(connection), *_photos(connection), *_learner(connection)]
    _descriptions(connection)
    _states(connection)
    connection.execute(
        "INSERT INTO history (verb, at, app_version, summary, details) VALUES ('recover', ?, ?, '', '{}')",
        (now(), __version__),
    )
    return notes


def _properties(connection: sqlite3.Connection) -> Iterator[str]:
    found = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    if not re.fullmatch("[0-9a-f]{32}", found.get("project_id", "")):
        found["project_id"] = secrets.token_hex(16)
    if not re.fullmatch("-?[0-9]{1,18}", found.get("seed", "")):
        found["seed"] = _PROPERTIES["seed"]
    if "fingerprint" not in found:
        # The features of the test photos know which encoder made them.
        prints = connection.execute("SELECT DISTINCT fingerprint FROM test_features").fetchall()
        if len(prints) == 1:
            found["fingerprint"] = prints[0][0]
        else:
            yield from _forget(connection, "it is not known which encoder it was learned with")
    if "backbone" not in found:
        yield f"the name of the backbone is lost: {_PROPERTIES['backbone']} is taken"
    values = {**_PROPERTIES, "created": now(), "app_version": __version__, **found}
    connection.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", values.items())


def _classes(connection: sqlite3.Connection) -> Iterator[str]:
    """Photos without their class get one again, named like their folder; classes without their task, a new task."""
    lost = connection.execute(
        "SELECT class_id, path FROM photos WHERE class_id NOT IN (SELECT id FROM classes)"
    ).fetchall()
    task = None
    if lost or connection.execute("SELECT 1 FROM classes WHERE task_id NOT IN (SELECT id FROM tasks)").fetchone():
        task = connection.execute(
            "INSERT INTO tasks (name, position) VALUES (?, (SELECT ifnull(max(position), -1) + 1 FROM tasks))",
            (_free(connection, "tasks", _TASK),),
        ).lastrowid
    for class_id in dict.fromkeys(row[0] for row in lost):
        name = _free(connection, "classes", _folder([path for key, path in lost if key == class_id]))
        connection.execute(
            "INSERT INTO classes (id, name, task_id, color) VALUES (?, ?, ?, (SELECT count(*) FROM classes))",
            (class_id, name, task),
        )
        yield f"the name of a class is lost: {name!r} is named like the folder of its photos"
    orphans = connection.execute(
        "UPDATE classes SET task_id = ? WHERE task_id NOT IN (SELECT id FROM tasks)", (task,)
    ).rowcount
    if orphans:
        yield f"the task of {orphans} classes is lost: they are in a new one"
    for position, (key,) in enumerate(connection.execute("SELECT id FROM tasks ORDER BY position, id").fetchall()):
        connection.execute("UPDATE tasks SET position = ? WHERE id = ?", (position, key))


def _photos(connection: sqlite3.Connection) -> Iterator[str]:
    for table in ("thumbnails", "test_features"):
        connection.execute(f"DELETE FROM {table} WHERE photo_id NOT IN (SELECT id FROM photos)")
    bare = connection.execute("SELECT id FROM photos WHERE id NOT IN (SELECT photo_id FROM thumbnails)").fetchall()
    if bare:
        picture = _no_picture()
        connection.executemany(
            "INSERT INTO thumbnails (photo_id, sha256, blob) VALUES (?, ?, ?)",
            [(key, sha256(picture), picture) for (key,) in bare],
        )
        yield f"the small pictures of {len(bare)} photos are lost: they are grey"
    connection.execute("UPDATE photos SET exemplar = NULL WHERE split = 'test' OR is_set_aside")
    connection.execute(
        "DELETE FROM corrections WHERE photo_id NOT IN (SELECT id FROM photos)"
        " OR class_id NOT IN (SELECT id FROM classes)"
    )


def _descriptions(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM descriptions WHERE class_id NOT IN (SELECT id FROM classes)")
    photos = {row[0] for row in connection.execute("SELECT id FROM photos")}
    for key, text in connection.execute("SELECT id, phrases FROM descriptions").fetchall():
        phrases = json.loads(text)
        for phrase in phrases:
            phrase["support"] = [one for one in phrase.get("support", ()) if one["photo_id"] in photos]
        connection.execute("UPDATE descriptions SET phrases = ? WHERE id = ?", (json.dumps(phrases), key))


def _learner(connection: sqlite3.Connection) -> Iterator[str]:
    """The newest version of what was learned is current, and must know no class that is lost."""
    connection.execute("UPDATE learners SET task_id = NULL WHERE task_id NOT IN (SELECT id FROM tasks)")
    connection.execute("DELETE FROM learners WHERE id NOT IN (SELECT id FROM learners ORDER BY id DESC LIMIT 2)")
    for table in ("evaluations", "trainings"):
        connection.execute(f"DELETE FROM {table} WHERE task_id NOT IN (SELECT id FROM tasks)")
    connection.execute(
        "DELETE FROM answers WHERE evaluation_id NOT IN (SELECT id FROM evaluations)"
        " OR photo_id NOT IN (SELECT id FROM photos)"
    )
    there = {row[0] for row in connection.execute("SELECT id FROM classes")}
    wanted = {row[0] for row in connection.execute("SELECT id FROM classes WHERE state IN ('trained', 'stale')")}
    newer = connection.execute("SELECT 1 FROM evaluations WHERE learner_id > (SELECT max(id) FROM learners)").fetchone()
    known = _known(connection)
    if known is None and wanted:
        yield from _forget(connection, "it cannot be read")
    elif known is not None and not known <= there:
        yield from _forget(connection, "it knows a class that is lost")
    elif known is not None and (not wanted <= known or newer):
        yield from _forget(connection, "the last version of it is lost")


def _forget(connection: sqlite3.Connection, why: str) -> Iterator[str]:
    for table in ("answers", "evaluations", "trainings", "learners"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE photos SET is_learned = 0")
    yield f"what was learned is not saved, as {why}: train again"


def _states(connection: sqlite3.Connection) -> None:
    """The states of classes and tasks, from what is there."""
    known = _known(connection) or set()
    described = {row[0] for row in connection.execute("SELECT class_id FROM descriptions")}
    for key, state in connection.execute("SELECT id, state FROM classes").fetchall():
        if key in known:
            now_state = state if state in ("trained", "stale") else "stale"
        else:
            now_state = "described" if key in described else "new"
            connection.execute("UPDATE photos SET is_learned = 0 WHERE class_id = ?", (key,))
        connection.execute("UPDATE classes SET state = ? WHERE id = ?", (now_state, key))
    connection.execute(
        "UPDATE tasks SET state = iif(id IN (SELECT task_id FROM classes)"
        " AND id NOT IN (SELECT task_id FROM classes WHERE state IN ('new', 'described')), 'trained', 'new')"
    )


def _known(connection: sqlite3.Connection) -> set[int] | None:
    """The classes that the newest version of what was learned knows; None if nothing is learned."""
    newest = connection.execute("SELECT class_ids FROM learners ORDER BY id DESC LIMIT 1").fetchone()
    if newest is None:
        return None
    ids = from_json(CLASS_IDS, newest[0])
    return set(ids)


def _folder(paths: list[str]) -> str:
    """The folder that most of these photos lie in; the one above it where that only says what they are for."""
    names = []
    for path in paths:
        parent = PureWindowsPath(path).parent  # reads both kinds of separators
        names.append((parent.parent if parent.name.lower() in _SPLITS else parent).name)
    return Counter(names).most_common(1)[0][0]


def _free(connection: sqlite3.Connection, table: str, wanted: str) -> str:
    try:
        wanted = clean_name(wanted)[:200]
    except InputError:
        wanted = _TASK
    taken = {name_key(row[0]) for row in connection.execute(f"SELECT name FROM {table}")}
    number, name = 2, wanted
    while name_key(name) in taken:
        number, name = number + 1, f"{wanted} {number}"
    return name


def _no_picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (160, 120), "grey").save(buffer, "JPEG")
    return buffer.getvalue()


# An earlier version of a project back into its place. The present file becomes a version itself.


def restore(path: Path, number: int = 1) -> versions.Version:
    """Put a version of a project into its place, and give that version.

    The file itself may be damaged, or missing. Version 1 is the newest. Raises InputError if there is no such version,
    it is damaged, or a program has the project open for writing; SpaError if the present file cannot be kept as a
    version, or the other cannot be put into its place.
    """
    path = resolved(path)
    chosen = versions.version(path, number)
    try:
        Project.open(chosen.path).close()
        if chosen.why == versions.ROLLBACK and not versions.is_intact(chosen.path):
            raise damaged(chosen.path, "it holds unfinished work")
    except SpaError as error:
        raise InputError(f"Version {number} of {path} cannot be used, choose another: {error}") from error
    with chosen.path.open("rb") as source:  # what is kept of the present file may push it out
        commit = _finish(path)
        lock = WriterLock(path) if path.exists() else NameLock(path)
        unfinished = path.with_name(f".{path.name}.new")
        try:
            unfinished.unlink(missing_ok=True)
            with unfinished.open("xb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            present = (versions.keep_present(path, commit),) if path.exists() else ()
            # What is left there belonged to the file that goes, and could not be rolled back into it.
            for suffix in ("-journal", "-wal", "-shm"):
                if os.path.lexists(versions.beside(path, suffix)):
                    versions.set_aside(path, versions.beside(path, suffix), "the project was restored")
            if isinstance(lock, WriterLock):
                lock.raw.release()  # Windows replaces no file that is open
            unfinished.replace(path)
            versions.prune(path, spare=(chosen.path, *present))
        except OSError as error:
            raise cannot_open(error, path, part=unfinished) from error
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            lock.release()
    try:
        with Project.open(path, write=True) as project:
            summary = f"{chosen.why}, {chosen.created:%Y-%m-%d %H:%M} UTC"
            with project.transaction("restore", summary, undo="none"):
                pass
    except SpaError as error:  # again would put back what was there before
        raise SpaError(
            f"{path} was restored, but this could not be noted in its history: see whether its disk is well, and do "
            "not restore it again"
        ) from error
    return chosen


def _finish(path: Path) -> str:
    """Roll back what a killed program left unfinished, so that the file that is kept can be used. Gives its state.

    Raises SpaError if it cannot be written, or somebody else writes to it.
    """
    if not path.exists():
        return versions.NO_STATE
    try:
        with contextlib.closing(Database(path, write=True)) as database:
            return database.state
    except (ProjectBusy, ProjectReadOnly):
        raise
    except SpaError:
        return versions.NO_STATE  # it is damaged: it is kept as it is
