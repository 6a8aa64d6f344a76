"""What brings a project back: what can be read of a damaged one into a new file, or an earlier version into its place.

SQLite reads a copy of the damaged file, each table row by row in the order of its keys; behind what it cannot read it
goes on at the next key that it can. Each row is checked as `check` would, and what refers to a lost one goes.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import versions
from spa_desktop.project.check import row_faults
from spa_desktop.project.class_names import sha256
from spa_desktop.project.connecting import Row, connect
from spa_desktop.project.database import Database, create_database, resolved
from spa_desktop.project.gate import LIMITS, out_of_bounds
from spa_desktop.project.lock import NameLock, RawFile
from spa_desktop.project.migrations import TABLES, Entry, own_tables
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import ProjectBusy, ProjectReadOnly, cannot_open, damaged, no_project
from spa_desktop.project.transaction import now
from spa_desktop.version import __version__
from spa_desktop.visible import QT_TRANSLATE_NOOP

_MOST_FAILED = 20_000  # keys of a table that are tried in vain
_LONGEST = 4  # times the file: rows may share pages in a damaged file, together they are not much longer than it
_NOTHING = QT_TRANSLATE_NOOP("errors", "{path} is not a project, or nothing of it can be read")
_KNOWN = "(SELECT value FROM learners, json_each(class_ids) WHERE learners.id = (SELECT max(id) FROM learners))"
# What makes rows fit together that are valid each for itself: something stands in for what is lost, or the rest goes.
_MENDING = f"""
INSERT INTO classes (id, name, color, task_id) SELECT DISTINCT class_id, 'Recovered ' || class_id, 0,
    (SELECT ifnull(max(id), 1) FROM tasks) FROM photos WHERE class_id NOT IN (SELECT id FROM classes)
    ON CONFLICT DO NOTHING;
INSERT INTO tasks (id, name, position) SELECT DISTINCT task_id, 'Recovered ' || task_id, 999999 FROM classes
    WHERE task_id NOT IN (SELECT id FROM tasks) ON CONFLICT DO NOTHING;
UPDATE tasks SET position = place FROM
    (SELECT id AS task, row_number() OVER (ORDER BY position, id) - 1 AS place FROM tasks) WHERE id = task;
UPDATE learners SET task_id = NULL WHERE task_id NOT IN (SELECT id FROM tasks);
DELETE FROM learners WHERE EXISTS (SELECT 1 FROM {_KNOWN} WHERE value NOT IN (SELECT id FROM classes))
    OR (SELECT max(learner_id) FROM evaluations) > (SELECT max(id) FROM learners)
    OR (SELECT count(*) FROM meta WHERE name IN ('backbone', 'fingerprint')) < 2;
DELETE FROM evaluations WHERE NOT EXISTS (SELECT 1 FROM learners);
DELETE FROM trainings WHERE NOT EXISTS (SELECT 1 FROM learners);
UPDATE classes SET state = CASE WHEN id IN {_KNOWN} THEN iif(state = 'trained', state, 'stale')
    WHEN id IN (SELECT class_id FROM descriptions) THEN 'described' ELSE 'new' END;
UPDATE tasks SET state = iif(id IN (SELECT task_id FROM classes) AND id NOT IN
    (SELECT task_id FROM classes WHERE state IN ('new', 'described')), 'trained', 'new');
UPDATE photos SET is_learned = 0 WHERE class_id NOT IN {_KNOWN};
UPDATE photos SET exemplar = NULL WHERE split = 'test' OR is_set_aside;
INSERT INTO thumbnails (photo_id, sha256, blob) SELECT id, :sha256, :picture FROM photos
    WHERE id NOT IN (SELECT photo_id FROM thumbnails);
INSERT INTO meta VALUES ('backbone', 'spa-lite'), ('fingerprint', ''), ('seed', '0'), ('created', :now),
    ('app_version', :version), ('project_id', lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;
INSERT INTO history (verb, at, app_version, summary, details) VALUES ('recover', :now, :version, '', '{{}}')
"""


def recover(path: Path, new: Path, job: Job | None = None) -> list[str]:
    """Save what SQLite reads of a project into a new one, which passes `check`. The old file stays as it is.

    Gives a line for each table: how many rows are saved, lost, and added to stand in for lost ones. Raises InputError:
    there is no such file, nothing of a project is in it, or `new` exists; SpaError if the new file cannot be written or
    does not pass `check`, or there is no room for a copy.
    """
    path, new = resolved(path), resolved(new)
    if not path.is_file():
        raise no_project(path)
    job, lines = job or Job(), list[str]()

    def fill(connection: sqlite3.Connection) -> None:
        with contextlib.ExitStack() as stack:
            source, entries = _open_copy(path, stack)
            connection.execute("BEGIN IMMEDIATE")
            lines.extend(_copy_rows(source, entries, connection, job))
            if connection.execute("SELECT id FROM tasks UNION SELECT id FROM classes").fetchone() is None:
                raise InputError(_NOTHING, "restore", path=path)
            connection.execute("COMMIT")

    create_database(new, fill).close()
    with Project.open(new) as project:
        problems = project.check(job).problems
    if problems:
        new.unlink(missing_ok=True)
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be recovered, as the new file would not be whole: {reason}")
        raise SpaError(text, path=path, reason=problems[0])
    return lines


def _open_copy(path: Path, stack: contextlib.ExitStack) -> tuple[sqlite3.Connection, list[Entry]]:
    """A copy of the file, with the journal beside it rolled back, and what tables are in it. Raises InputError."""
    raw = RawFile(path)
    stack.callback(raw.release)
    if not versions.is_database(raw.head()):
        raise InputError(_NOTHING, "restore", path=path)
    copy = stack.enter_context(versions.private_copy(path, raw, lambda _: None))
    with contextlib.suppress(sqlite3.Error, UnicodeError):  # what is damaged may still be rolled back
        connect(copy, "rw").close()
    with copy.open("r+b") as file:  # without its number of pages SQLite goes by its size: the file may be cut off
        file.seek(28)
        file.write(bytes(12))
    try:
        source = stack.enter_context(contextlib.closing(connect(copy, "ro", cached_statements=0)))
        return source, source.execute(TABLES).fetchall()
    except (sqlite3.DatabaseError, UnicodeError):
        raise InputError(_NOTHING, "restore", path=path) from None


def _copy_rows(source: sqlite3.Connection, entries: list[Entry], new: sqlite3.Connection, job: Job) -> list[str]:
    """Copy the rows that are valid, and make them fit together. Gives what :func:`recover` does."""
    tables, found, saved, added = own_tables(entries), Counter[str](), Counter[str](), Counter[str]()
    torn = {str(entry[1]) for entry in entries} & LIMITS.keys() - tables  # what is built in another way is not read
    remaining = _LONGEST * Path(source.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    new.execute("DELETE FROM meta")
    job.stage(Stage.SALVAGE, total=len(LIMITS))
    for table in LIMITS:
        columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
        # The first of several with the same key or name stays.
        insert = f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(columns))})"
        for row in _readable(source, table, columns, torn) if table in tables else ():
            job.check()
            remaining -= sum(len(value) for value in row if isinstance(value, str | bytes))
            if remaining < 0:
                torn.add(table)
                break
            found[table] += 1
            with contextlib.suppress(sqlite3.IntegrityError):  # of another type
                is_added = new.execute(insert, row).rowcount
                if is_added and next(row_faults(table, dict(zip(columns, row, strict=True))), None) is not None:
                    is_added -= new.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", row[:1]).rowcount
                saved[table] += is_added
        for key, _ in new.execute(out_of_bounds(table)).fetchall():
            saved[table] -= new.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (key,)).rowcount
        job.advance(detail=table)
    Image.new("RGB", (160, 120), "grey").save(buffer := io.BytesIO(), "JPEG")
    picture = buffer.getvalue()
    values = {"now": now(), "version": __version__, "picture": picture, "sha256": sha256(picture)}
    for sql in _MENDING.split(";"):
        verb, _, table = sql.split()[:3]
        number = new.execute(sql, values).rowcount
        saved[table] -= number if verb == "DELETE" else 0
        added[table] += number if verb == "INSERT" else 0
    while broken := {row[:2] for row in new.execute("PRAGMA foreign_key_check")}:
        for table, key in broken:
            saved[table] -= new.execute(f"DELETE FROM {table} WHERE rowid = ?", (key,)).rowcount
    # No number is given away twice, not even that of a row that is lost.
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeError):
        given = "SELECT seq, name FROM sqlite_sequence WHERE typeof(seq) = 'integer' AND seq BETWEEN 1 AND 1 << 53"
        new.executemany("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", source.execute(given).fetchall())
    lines = [f"{name}: {saved[name]} saved, {found[name] - saved[name]} lost, {added[name]} added" for name in LIMITS]
    if torn:
        advice = "an earlier version may hold the rest"
        lines.append(f"Not all rows can be read of {', '.join(name for name in LIMITS if name in torn)}: {advice}")
    return lines


def _readable(source: sqlite3.Connection, table: str, columns: list[str], torn: set[str]) -> Iterator[Row]:
    """The rows that can be read, their key first. Where some cannot, the table is added to `torn`."""
    # The tables of an earlier version have fewer columns.
    there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    chosen, key = ", ".join(name if name in there else "NULL" for name in columns), columns[0]
    # One row a statement, as a cursor reads ahead; all at once where keys are names, of a page or two.
    is_numbered = key.endswith("id")
    where = f"WHERE {key} >= ? ORDER BY {key} LIMIT 1" if is_numbered else "WHERE ?"
    start, tries = 1, _MOST_FAILED if is_numbered else 1
    while tries and start <= 1 << 53:  # no number is higher
        row: Row | None = None
        try:
            for row in source.execute(f"SELECT {chosen} FROM {table} {where}", (start,)):
                yield row
        except sqlite3.DatabaseError:
            torn.add(table)
            start, tries = start + 1, tries - 1
            continue
        if row is None or not is_numbered:
            return
        start = max(start, row[0]) + 1


# An earlier version of a project back into its place. The present file becomes a version itself.


def restore(path: Path, number: int = 1) -> versions.Version:
    """Put a version of a project into its place, and give that version.

    The file itself may be damaged, or missing. Version 1 is the newest. Raises InputError if there is no such version,
    it is damaged, or a program has the project open for writing; SpaError if the present file cannot be kept as a
    version, or the other cannot be put into its place.
    """
    path = resolved(path)
    if not (kept := versions.versions_of(path)):
        text = QT_TRANSLATE_NOOP("errors", "There is no earlier version of {path} in {folder}")
        raise InputError(text, path=path, folder=versions.folder_of(path))
    if not 1 <= number <= len(kept):
        text = QT_TRANSLATE_NOOP("errors", "{path} has the versions 1 to {n}: there is no version {number}")
        raise InputError(text, path=path, n=len(kept), number=number)
    chosen = kept[number - 1]
    try:
        Project.open(chosen.path).close()
        if chosen.why == versions.ROLLBACK and not versions.is_intact(chosen.path):
            raise damaged(chosen.path, "it holds unfinished work")
    except SpaError as error:
        text = QT_TRANSLATE_NOOP("errors", "Version {number} of {path} cannot be used, choose another: {reason}")
        raise InputError(text, number=number, path=path, reason=error) from error
    with chosen.path.open("rb") as source:  # what is kept of the present file may push it out
        commit, before, verb = versions.NO_STATE, "", None
        try:  # what a killed program left unfinished is rolled back, so that the file that is kept can be used
            with contextlib.closing(Database(path, write=True)) as database:
                commit = database.state
                before = database.state_before(1)
                verb = database.row("SELECT verb FROM history ORDER BY id DESC LIMIT 1")
        except SpaError as error:  # it is damaged, or missing: it is kept as it is
            if isinstance(error, ProjectBusy | ProjectReadOnly):
                raise
        lock = NameLock(path)
        unfinished = path.with_name(f".{path.name}.new")
        try:
            unfinished.unlink(missing_ok=True)
            with unfinished.open("xb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            # A version that was brought back is among them still: all that was written since is that it was.
            backs = [item for item in kept if verb == ("restore",) and item.commit == before]
            is_kept = any(versions.changes_of(path) == versions.changes_of(item.path) + 1 for item in backs)
            present = (versions.keep_present(path, commit),) if path.exists() and not is_kept else ()
            # What is left there belonged to the file that goes, and could not be rolled back into it.
            for suffix in ("-journal", "-wal", "-shm"):
                if os.path.lexists(versions.beside(path, suffix)):
                    versions.set_aside(path, versions.beside(path, suffix), "the project was restored")
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
            with project.transaction("restore", summary):
                pass
    except SpaError as error:  # again would put back what was there before
        raise SpaError(
            QT_TRANSLATE_NOOP(
                "errors",
                "{path} was restored, but this could not be noted in its history: see whether its disk is "
                "well, and do not restore it again",
            ),
            path=path,
        ) from error
    return chosen
