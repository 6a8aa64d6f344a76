"""What is said when something cannot be read or written: what really happened, and advice that fits it."""

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project, ProjectDamaged, ProjectInUse
from spa_desktop.project.project_failures import explain, said


def of_sqlite(name: str, text: str = "it said so") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    return error


@pytest.fixture
def there(path):
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("SQLITE_CORRUPT", ProjectDamaged, "is damaged (it said so): restore a backup"),
        ("SQLITE_NOTADB", ProjectDamaged, "its beginning was overwritten"),
        ("SQLITE_FULL", InputError, "The disk is full: nothing was changed"),
        ("SQLITE_BUSY", ProjectInUse, "is being written by another program"),
        ("SQLITE_LOCKED", ProjectInUse, "is being written by another program"),
        ("SQLITE_INTERRUPT", ProjectDamaged, "its tables have no end"),
        ("SQLITE_READONLY_DBMOVED", SpaError, "was replaced by another file while it was open: nothing was saved"),
        ("SQLITE_READONLY_ROLLBACK", SpaError, "has ended early: open it again"),
        ("SQLITE_IOERR_READ", SpaError, "is its disk still there? Nothing was changed"),
        ("SQLITE_CANTOPEN", SpaError, "is its disk still there? Nothing was changed"),
        ("SQLITE_CONSTRAINT", SpaError, "Moths.spa: it said so"),
    ],
)
def test_what_sqlite_says(there, name, kind, words):
    found = explain(of_sqlite(name), there)
    assert type(found) is kind
    assert words in str(found)
    assert str(there) in str(found)


@pytest.mark.parametrize("name", ["SQLITE_IOERR_READ", "SQLITE_IOERR_WRITE", "SQLITE_CANTOPEN", "SQLITE_READONLY"])
def test_a_file_or_folder_that_is_gone(path, name):
    for place, words in ((path, "was moved or deleted"), (path.parent / "gone" / "a.spa", "is gone, with its folder")):
        found = str(explain(of_sqlite(name), place))
        assert words in found
        assert "while it was open: nothing was saved. Put it back" in found
        assert "copy it to a folder" not in found


def test_what_a_file_says_is_one_printable_line():
    assert said("a\n\tb\x1b[2J\x07" + "c" * 9999) == "a b?[2J?" + "c" * 291


_RENAME = """with Project.open(path, write=True) as project:
    for name in "two", "three":
        try:
            with project.transaction("edit") as tx:
                tx.rename_class(1, name)
        except SpaError as error:
            print(error)"""
_RESTORE = """try:
    restore(path)
except SpaError as error:
    print(error)"""


@pytest.mark.skipif(
    not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode,
    reason="needs strace",
)
@pytest.mark.parametrize(
    ("act", "which", "said", "name"),
    [
        (_RENAME, 3, ["Nothing was changed"], "three"),  # the journal
        (_RENAME, 4, ["Nothing was changed"], "three"),  # the file
        # The folder, after the journal was deleted: what is known in memory is older than the file.
        (_RENAME, 5, ["was changed, but its disk did not confirm"] * 2, "two"),
        (_RESTORE, 3, ["was restored, but this could not be noted"], "atlas"),
        (_RESTORE, 5, ["was restored, but this could not be noted"], "atlas"),
    ],
)
def test_the_disk_does_not_confirm_what_it_was_given(whole, path, act, which, said, name):
    shutil.copy(whole, path)
    with Project.open(path, write=True) as project:
        project.keep_version("before changes")
    lines = (
        "from pathlib import Path; from spa_desktop.errors import SpaError; from spa_desktop.project import Project; "
        f"from spa_desktop.project.recover import restore; path = Path({str(path)!r})\n{act}"
    )
    inject = f"inject=fdatasync:error=EIO:when={which}"
    command = ["strace", "-f", "-o", os.devnull, "-e", "trace=fdatasync", "-e", inject, sys.executable, "-c", lines]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [part in line for part, line in zip(said, ran.stdout.splitlines(), strict=True)] == [True] * len(said)
    with Project.open(path) as project:
        assert project.check().problems == ()
        assert project.class_(1).name == name
