"""What lies beside a project after a crash, or after a backup was restored: rolled back, and kept as it lay there."""

import contextlib
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project, ProjectInUse, database, versions
from spa_desktop.project.project_failures import ProjectDamaged
from spa_desktop.project.recover import restore
from spa_desktop.project.versions import ROLLBACK, folder_of, versions_of
from tests.faults.crash import (
    KILLED,
    PowerCut,
    change_much,
    in_a_fork,
    journal_of,
    kill_sql,
    kill_this,
    killed_while,
    rename,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


def state_of(project: Project) -> object:
    return project.classes(), project.tasks(), project.photos(set_aside=None), project.history(), project.descriptions()


def state(path: Path) -> object:
    with Project.open(path) as project:
        return state_of(project)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def kept_of(path: Path) -> tuple[bytes, bytes]:
    """The file and the journal that were kept, the only ones."""
    (kept,) = [item.path for item in versions_of(path) if item.why == ROLLBACK]
    (journal,) = folder_of(path).glob("*.journal")
    assert journal.name == f"{kept.name}.journal"
    return kept.read_bytes(), journal.read_bytes()


def rolled_back_with(path: Path, journal: bytes) -> bool:
    """Put a journal of something else beside a whole project: whoever opens it, it is there again after `restore`.

    Gives whether the project was whole with that journal rolled back.
    """
    classes, *_ = expected = state(path)
    before, history = path.read_bytes(), list(expected[3])
    journal_of(path).write_bytes(journal)
    left = contents(path.parent)
    with contextlib.suppress(SpaError), Project.open(path) as project:
        assert project.notices == (
            f"{path} is read as it was before the unfinished work of which Moths.spa-journal tells: "
            "who writes to it next rolls that back",
        )
    assert contents(path.parent) == left
    said: list[str] = []
    try:
        Project.open(path, write=True, on_message=said.append).close()
        assert said[0].startswith(f"Unfinished work beside {path} was rolled back")
        is_valid = True
    except ProjectDamaged as error:
        said, is_valid = [str(error)], False
    assert f"is kept as {versions_of(path)[0].path}" in said[0]
    assert kept_of(path) == (before, journal)
    assert not journal_of(path).exists()
    assert path.read_bytes() != before
    restore(path)
    with Project.open(path) as project:
        assert project.check().is_valid
        assert (project.classes(), project.tasks(), project.photos(set_aside=None)) == (classes, *expected[1:3])
        assert list(project.history())[1:] == history
    return is_valid


def test_a_journal_without_the_first_page_destroys_nothing(closed):
    """Nothing in such a journal tells whose it is: the file is of as many pages, and says the same of itself."""
    columns = {"photos": "name", "thumbnails": "sha256", "test_features": "sha256", "descriptions": "sentence"}
    kill_sql(closed, [f"UPDATE {table} SET {column} = upper({column})" for table, column in columns.items()])
    journal = journal_of(closed).read_bytes()
    Project.open(closed, write=True).close()
    with Project.open(closed, write=True) as project, project.transaction("set aside") as tx:
        tx.set_aside([photo.id for photo in project.photos()][:8], True)
    shutil.rmtree(folder_of(closed))
    assert rolled_back_with(closed, journal)


def test_the_journal_of_another_project_destroys_nothing(closed, tmp_path):
    other = tmp_path / "other" / "Other.spa"
    other.parent.mkdir()
    with Project.create(other) as project:
        change_much(project)
    killed_while(other, lambda project: change_much(project, 1))
    assert not rolled_back_with(closed, journal_of(other).read_bytes())


def test_a_half_written_file_is_not_put_into_place(moths, path):
    """What is kept of the ordinary crash is no whole project."""
    expected = state_of(moths)
    moths.close()
    cut = PowerCut(path, change_much)
    path.write_bytes(cut.before[:8192] + cut.after[8192 : len(cut.before)])
    journal_of(path).write_bytes(cut.journal)
    half = path.read_bytes()
    Project.open(path, write=True).close()
    assert path.read_bytes() == cut.before
    assert kept_of(path) == (half, cut.journal)
    with pytest.raises(InputError, match=r"Version 1 of .* cannot be used, choose another"):
        restore(path)
    assert state(path) == expected


def full(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("what", "reason"),
    [("no room", "No space.*"), ("full meanwhile", "No space.*"), ("a link", ".* is a link"), ("a file", ".*")],
)
def test_where_no_copy_can_be_kept_nothing_is_rolled_back(closed, tmp_path, monkeypatch, what, reason):
    killed_while(closed, change_much)
    shutil.rmtree(folder_of(closed), ignore_errors=True)
    if what == "no room":
        monkeypatch.setattr(versions.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    elif what == "full meanwhile":
        monkeypatch.setattr(versions, "copy", full)
    elif what == "a link":
        folder_of(closed).symlink_to(tmp_path)
    else:
        folder_of(closed).write_bytes(b"")
    left = closed.read_bytes(), journal_of(closed).read_bytes()
    for _ in range(2):
        with pytest.raises(SpaError, match=rf"no copy can be kept in .*\.versions .*\({reason}\): nothing was changed"):
            Project.open(closed, write=True)
    assert (closed.read_bytes(), journal_of(closed).read_bytes()) == left
    assert what.startswith("a ") or not [*folder_of(closed).glob("*")]
    monkeypatch.undo()
    with Project.open(closed) as project:
        assert len(project.classes()) == 3


def test_crashes_push_no_good_version_out(closed):
    rename(closed, "late")
    good = [item.path for item in versions_of(closed)]
    assert good
    for number in range(5):
        journal_of(closed).write_bytes(b"no journal at all %d" % number)
        Project.open(closed, write=True).close()
    found = versions_of(closed)
    assert [item.path for item in found if item.why != ROLLBACK] == good
    assert len([item for item in found if item.why == ROLLBACK]) == len(list(folder_of(closed).glob("*.journal"))) == 3
    # What is kept before a version is put into place may push that one out.
    journal_of(closed).write_bytes(b"the last one")
    assert restore(closed, 3).why == ROLLBACK
    assert not found[2].path.exists()
    with Project.open(closed) as project:
        assert project.class_(1).name == "late"
        assert project.history(1)[0].verb == "restore"


@pytest.mark.parametrize("write", [False, True])
def test_a_program_at_work_is_not_disturbed(closed, write):
    """Its journal is not rolled back, and nothing is copied."""
    other = sqlite3.connect(closed, isolation_level=None)
    other.execute("PRAGMA synchronous = OFF")  # then a journal has its head from the beginning
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE classes SET name = name || '!'")
    assert journal_of(closed).read_bytes()[:1] not in (b"", b"\0")
    with Project.open(closed, write=write) as project:
        assert project.notices == ()
        assert project.class_(1).name == "atlas"
        other.execute("COMMIT")
        assert project.class_(1).name == "atlas!"
    other.close()
    assert not folder_of(closed).exists() or not versions_of(closed)


def test_its_own_journal_is_rolled_back_whenever_the_power_is_cut(closed):
    expected = state(closed)
    cut = PowerCut(closed, change_much)
    chance = random.Random(4)
    for index in range(20):
        cut.leave(closed, chance)
        half, journal = closed.read_bytes(), journal_of(closed).read_bytes()
        with Project.open(closed) as project:
            assert state_of(project) == expected
        assert (closed.read_bytes(), journal_of(closed).read_bytes()) == (half, journal)
        with Project.open(closed, write=True) as project:
            assert len(project.notices) == 1
            assert state_of(project) == expected
            if index % 10 == 0:
                assert project.check().problems == ()
        assert closed.read_bytes() == cut.before
        # Besides the version that was kept before it, nothing is left behind.
        assert [item for item in closed.parent.iterdir() if item != folder_of(closed)] == [closed]


def test_killed_while_a_file_of_version_1_is_migrated(version_1):
    """At every ninth statement of it."""
    before = version_1.read_bytes()
    expected = state(version_1)
    connect = database.connect

    def migrate() -> None:
        seen = iter(range(1, 1000))

        def dying(path, mode):
            connection = connect(path, mode)
            connection.execute("PRAGMA cache_size = 1")
            connection.set_trace_callback(lambda _: next(seen) == number and kill_this())
            return connection

        database.connect = dying
        Project.open(version_1, write=True).close()

    for number in range(1, 300, 9):
        version_1.write_bytes(before)
        is_killed = in_a_fork(migrate) == KILLED
        with Project.open(version_1, write=number % 2 == 0) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()
        journal_of(version_1).unlink(missing_ok=True)
        if not is_killed:
            break
    assert not is_killed, "there are more statements than were tried"
    assert number > 50


def make_wal(path: Path, aside: Path) -> Path:
    """A valid write-ahead log, with changes in it that the file does not have."""
    shutil.copy(path, aside)
    other = sqlite3.connect(aside)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("UPDATE classes SET name = name || ' of the log'")
    other.execute("DELETE FROM tasks WHERE id NOT IN (SELECT task_id FROM classes)")
    other.commit()
    kept = shutil.copy(aside.with_name(aside.name + "-wal"), aside.with_name("kept-wal"))
    other.close()
    return kept


@pytest.mark.parametrize("in_wal_mode", [False, True])
def test_a_stray_write_ahead_log(closed, tmp_path, sql, in_wal_mode):
    if in_wal_mode:
        sql(closed, "PRAGMA journal_mode = WAL")
    log = closed.with_name("Moths.spa-wal")
    wal = make_wal(closed, tmp_path / "aside.db").read_bytes()
    expected, before = state(closed), closed.read_bytes()
    log.write_bytes(wal)
    closed.with_name("Moths.spa-shm").write_bytes(bytes(32768))
    names = sorted(item.name for item in tmp_path.iterdir())
    with Project.open(closed) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
        assert "Moths.spa-wal" in project.notices[0]
        assert sorted(item.name for item in tmp_path.iterdir()) == names
    assert closed.read_bytes() == before
    assert log.read_bytes() == wal
    with Project.open(closed, write=True) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
    assert closed.with_name("Moths.spa-wal.set-aside").read_bytes() == wal
    assert closed.with_name("Moths.spa-shm.set-aside").exists()
    assert not log.exists()
    assert closed.read_bytes()[18:20] == b"\x01\x01"


def test_the_write_ahead_log_of_a_program_at_work_is_left_to_it(closed):
    before = state(closed)
    script = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "other.execute('PRAGMA journal_mode = WAL'); other.execute('UPDATE classes SET name = name || id');"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, closed]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        for _ in range(2):
            with pytest.raises(ProjectInUse, match="is being written by another program"):
                Project.open(closed, write=True)
        other.stdin.close()
    assert sorted(file.name for file in closed.parent.glob("Moths.spa*")) == ["Moths.spa"]
    assert state(closed) != before, "what it wrote is there"


def test_a_journal_that_comes_while_the_project_is_open(closed, path):
    killed_while(path, change_much)
    journal = journal_of(path).read_bytes()
    Project.open(path, write=True).close()
    shutil.rmtree(folder_of(path))
    before, expected = path.read_bytes(), state(path)
    with Project.open(path, write=True) as writer:
        journal_of(path).write_bytes(journal)
        assert state_of(writer) == expected
        assert len(writer.notices) == 1
        assert kept_of(path) == (before, journal)
        with writer.transaction("rename") as tx:
            tx.rename_class(3, "new")
        assert len(writer.notices) == 1
    with Project.open(path) as reader:
        expected = state_of(reader)
        killed_while(path, change_much)
        assert state_of(reader) == expected
        assert len(reader.notices) == 1
        with reader.snapshot():
            assert state_of(reader) == expected


def test_a_journal_cannot_have_another_file_deleted(closed, tmp_path):
    """SQLite deletes the file that a journal names as the one that ties several databases together."""
    killed_while(closed, change_much)
    victim = tmp_path / "letter.txt"
    victim.write_bytes(b"precious")
    name = str(victim).encode()
    tail = struct.pack(">I", 1) + name + struct.pack(">II", len(name), sum(name)) + bytes.fromhex("d9d505f920a163d7")
    journal_of(closed).write_bytes(journal_of(closed).read_bytes() + tail)
    for write in (False, True):
        with pytest.raises(ProjectDamaged):  # what was half written stays so
            Project.open(closed, write=write)
        assert victim.read_bytes() == b"precious"
    assert journal_of(closed).with_name("Moths.spa-journal.set-aside").exists()


def test_the_journal_outlives_a_file_that_was_emptied(closed):
    """SQLite would delete it; it is all that is left."""
    killed_while(closed, change_much)
    journal = journal_of(closed).read_bytes()
    closed.write_bytes(b"")
    for write in (False, True):
        with pytest.raises(InputError, match="is not a project"):
            Project.open(closed, write=write)
        assert journal_of(closed).read_bytes() == journal


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.timeout(30)
@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_a_pipe_or_a_link_beside_the_project(moths, path, tmp_path, suffix):
    """SQLite would wait for ever at a pipe, and follow a link."""
    expected = state_of(moths)
    moths.close()
    other = path.with_name(path.name + suffix)
    for make in (os.mkfifo, lambda place: place.symlink_to("/dev/zero")):
        make(other)
        for write in (False, True):
            with Project.open(path, write=write) as project:
                assert state_of(project) == expected
        assert not os.path.lexists(other)


@pytest.mark.parametrize("content", [b"", bytes(512), b"\x00" + bytes.fromhex("d505f920a163d7") + bytes(600)])
def test_a_journal_that_is_over_is_nobody_s(path, project, content):
    """SQLite may leave an empty one, or write zeros over its head."""
    project.close()
    journal_of(path).write_bytes(content)
    for write in (False, True):
        with Project.open(path, write=write) as again:
            assert again.notices == ()
            assert again.check().is_valid
    assert not [one for one in path.parent.iterdir() if "aside" in one.name or one == folder_of(path)]
