"""The project: one `.spa` file, and its verbs as transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.check import CheckReport, check_project
from spa_desktop.project.connecting import Waiting
from spa_desktop.project.database import Database, create_database, resolved
from spa_desktop.project.reader import ProjectReader
from spa_desktop.project.transaction import Transaction, now
from spa_desktop.project.undo import Change, UndoLog
from spa_desktop.version import __version__

Undo = Literal["own", "with_previous", "apart"]
_KEEP = 100  # changes that can be undone


class Project(ProjectReader):
    """A project that is open. Use it as a context manager, or close it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._undo = UndoLog(database)
        self._has_kept_version = False
        self._kept_for: object = None  # the act that the last version was kept before
        self._joined: list[int] | None = None  # ids of the changes of a verb that is made of several, so far

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], *, backbone: str = "spa-lite", fingerprint: str = "", seed: int = 0
    ) -> Project:
        """Make a new project and open it for writing.

        Raises InputError if the file exists, its folder does not, or the folder cannot be written.
        """
        if not -(1 << 63) <= seed < 1 << 63:
            raise InputError(f"The seed {seed} is out of bounds: give a whole number of at most 18 digits")

        def fill(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            values = {
                "backbone": backbone,
                "fingerprint": fingerprint,
                "seed": str(seed),
                "created": now(),
                "app_version": __version__,
            }
            for name, value in values.items():
                connection.execute("INSERT INTO meta (name, value) VALUES (?, ?)", (name, value))
            connection.execute(
                "INSERT INTO history (verb, at, app_version, summary, details) VALUES ('new', ?, ?, ?, '{}')",
                (values["created"], __version__, f"made with the backbone {backbone}"),
            )
            connection.execute("COMMIT")

        return cls(create_database(resolved(path), fill))

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, write: bool = False, on_message: Callable[[str], None] | None = None
    ) -> Project:
        """Open a project, with `write` to change it.

        `on_message` is called with one line each for what was found beside the file and what was done with it, and when
        a transaction has to wait for other programs.

        Raises ProjectBusy: another process has it open for writing, and `write` was asked for; ProjectReadOnly: the
        file or its folder cannot be written, and `write` was asked for; InputError: no such file, not a project, newer
        than the app, damaged.
        """
        project = cls(Database(resolved(path), write=write))
        project._db.say = on_message
        if on_message is not None:
            for notice in project.notices:
                on_message(notice)
        return project

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self._db.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(
        self, verb: str, summary: str = "", *, undo: Undo = "own", waiting: Waiting | None = None
    ) -> Iterator[Transaction]:
        """Do one verb: all that is written inside is stored at the end with a row of the history, or nothing is.

        `tx.summary` may set the line for the history later. As for `undo`, "own" is a step of its own; "with_previous"
        is undone together with the verb before it (an evaluation after its training); "apart" is not undone, leaves
        what can be undone and redone as it is, and no row in the history. Raises SpaError if it could not be stored;
        the project is as it was before.
        """
        self._keep_first_version()
        if self._joined and undo == "own":
            undo = "with_previous"
        with self._db.writing(waiting):
            change_id = 0 if undo == "apart" else self._undo.begin(joins_previous=undo == "with_previous")
            transaction = Transaction(self._db, self, verb, summary)
            yield transaction
            if undo == "apart":
                return
            transaction.close()
            self._undo.end()
        self._undo.undone = []
        if undo == "own":
            self._undo.done = [*self._undo.done, Change(change_id, verb, transaction.summary, change_id)][-_KEEP:]
            if self._joined is not None:
                self._joined.append(change_id)

    @contextlib.contextmanager
    def as_one_change(self, verb: str, summary: str) -> Iterator[None]:
        """Do several verbs, each in its transaction, as one step of undo: all of them, or on an exception none.

        It belongs to one thread: what another one writes meanwhile would be part of it.
        """
        self._joined = []
        try:
            yield
        except BaseException:
            if self._joined:
                self.undo()
                self._undo.undone = []
            raise
        finally:
            joined, self._joined = self._joined, None
        if joined:
            self._undo.done[-1] = replace(self._undo.done[-1], verb=verb, summary=summary)

    @property
    def undo_changes(self) -> tuple[Change, ...]:
        """What `undo` would take back, the next one first."""
        return tuple(reversed(self._undo.done))

    @property
    def redo_changes(self) -> tuple[Change, ...]:
        """What `redo` would do again, the next one first."""
        return tuple(reversed(self._undo.undone))

    def undo(self) -> Change | None:
        """Take back the last verb of this session. Gives it, or None if there is none."""
        return self._reverse("undo", self._undo.done, self._undo.undone)

    def redo(self) -> Change | None:
        """Do the verb again that was undone last. Gives it, or None if there is none."""
        return self._reverse("redo", self._undo.undone, self._undo.done)

    @property
    def notices(self) -> tuple[str, ...]:
        """What was found beside the file and what was done with it, a line each."""
        return tuple(self._db.notices)

    def check(self, job: Job | None = None) -> CheckReport:
        """Verify every record, checksum and tensor."""
        return check_project(self, self._db, job or Job())

    def keep_version(self, why: str, job: Job | None = None) -> None:
        """Keep the file as it is now as one of its last versions, before something that is to be undone by that.

        An act that asks for it several times leaves one, from before the first.
        """
        act = job and (job.act or job)
        if act is not None and act is self._kept_for:
            return
        self._has_kept_version, self._kept_for = True, act
        self._db.keep_version(why, is_training=True)

    def _keep_first_version(self) -> None:
        if not self._has_kept_version:
            self._has_kept_version = True
            self._db.keep_version("before changes")

    def _reverse(self, verb: str, changes: list[Change], reversed_changes: list[Change]) -> Change | None:
        """Reverse the last of `changes`, which moves to `reversed_changes`."""
        if not changes:
            return None
        change = changes[-1]
        self._keep_first_version()
        with self._db.writing():
            mirror = self._undo.reverse(change)
            Transaction(self._db, self, verb, f"{change.verb}: {change.summary}").close()
            self._undo.end()
        changes.pop()
        reversed_changes.append(mirror)
        return change
