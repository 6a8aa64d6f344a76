"""What lies beside a project under the names that SQLite acts on: `-journal`, `-wal` and `-shm`.

A project is in rollback mode and the app never uses a write-ahead log, so a log beside it is none of its own; a journal
may be. What is not the file's own is never applied. Whoever may write sets it aside under another name, so that nothing
is lost and SQLite does not see it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.hot_journal import foreign
from spa_desktop.project.journal import Journal
from spa_desktop.project.project_failures import cannot_open
from spa_desktop.project.raw_file import RawFile

_ASIDE = "set-aside"


@dataclass(frozen=True)
class Beside:
    """What SQLite would act on.

    Attributes:
        own_journal: a journal that is to be rolled back.
        strangers: files that must not be applied, each with the reason.
    """

    own_journal: Path | None
    strangers: tuple[tuple[Path, str], ...]


def beside(path: Path, suffix: str) -> Path:
    """The file beside a project that SQLite would look for."""
    return path.with_name(path.name + suffix)


def is_clear(path: Path) -> bool:
    """Nothing lies beside a project that SQLite could act on."""
    return not any(os.path.lexists(f"{path}{suffix}") for suffix in ("-journal", "-wal"))


def is_plain(file: Path) -> bool:
    """Tell whether SQLite may look into a file beside a project: it would wait for ever at a pipe."""
    return not os.path.lexists(file) or (file.is_file() and not file.is_symlink())


def look_beside(path: Path, raw: RawFile) -> Beside:
    """Look at the files beside a project.

    Args:
        path: the project.
        raw: the same, open.

    Raises:
        SpaError: if a file cannot be read.
    """
    strangers: list[tuple[Path, str]] = []
    own = None
    journal = beside(path, "-journal")
    if os.path.lexists(journal):
        verdict = _verdict(path, journal, raw)
        if verdict is None:
            own = journal
        elif verdict:
            strangers.append((journal, verdict))
    for suffix in ("-wal", "-shm"):
        log = beside(path, suffix)
        if os.path.lexists(log):
            strangers.append((log, "projects have no write-ahead log"))
    return Beside(own, tuple(strangers))


def set_aside(path: Path, stranger: Path, why: str) -> str:
    """Rename a file so that SQLite does not see it. Gives the line that says so.

    Raises:
        SpaError: if it cannot be renamed.
    """
    try:
        for number in itertools.count(1):
            aside = stranger.with_name(f"{stranger.name}.{_ASIDE}{'' if number == 1 else f'-{number}'}")
            if not os.path.lexists(aside) and _move(stranger, aside):
                break
    except OSError as error:
        raise SpaError(
            f"{stranger} must not be used with {path}, as {why}, and cannot be renamed "
            f"({error.strerror or error}): move it elsewhere"
        ) from error
    return f"{stranger.name} beside {path} was not used, as {why}: it is kept as {aside.name}"


def _move(file: Path, target: Path) -> bool:
    """Rename a file, but never over another. Gives False if there is one by now."""
    try:
        # Unlike a rename, a link never replaces a file that came in between.
        os.link(file, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError):
        file.rename(target)  # a disk without links
        return True
    file.unlink()
    return True


def left_alone(path: Path, stranger: Path, why: str) -> str:
    """The line that says that a reader found such a file."""
    return f"{stranger.name} beside {path} was not used, as {why}"


def _verdict(path: Path, journal: Path, raw: RawFile) -> str | None:
    """None: the file's own; "": SQLite would not act on it; else why it is not the file's own."""
    if not is_plain(journal):
        return "it is not a plain file"
    try:
        with journal.open("rb") as file:
            return foreign(raw, file) if Journal(file).is_hot else ""
    except FileNotFoundError:
        return ""  # a program that was writing has just finished
    except OSError as error:
        raise cannot_open(error, path, part=journal) from error


def require_one_name(path: Path, raw: RawFile) -> None:
    """Make sure that no unfinished work lies beside another name of a file, where SQLite would not find it.

    Raises:
        InputError: if a program was killed that wrote to it under another name in the same folder.
    """
    if os.fstat(raw.file.fileno()).st_nlink < 2:
        return
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if entry.name == path.name or entry.inode() != raw.key[1] or entry.is_symlink():
                continue
            other = path.with_name(entry.name)
            journal = beside(other, "-journal")
            if journal.is_file() and _verdict(other, journal, raw) is None:
                raise InputError(
                    f"{path} is the same file as {other}, and unfinished work lies beside that name: "
                    f"open {other.name} for writing first"
                )
