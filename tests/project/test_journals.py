"""What lies beside a project after a crash, or after a backup was restored: only its own journal is rolled back."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import sqlite3
import struct
from pathlib import Path

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project
from spa_desktop.project.journal import Journal
from tests.faults.crash import PowerCut, change_much, journal_of, kill_sql, killed_while

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


def rename(path: Path, name: str) -> None:
    with Project.open(path, write=True) as project, project.transaction("rename", name) as tx:
        tx.rename_class(1, name)


def state_of(project: Project) -> object:
    return project.classes(), project.tasks(), project.photos(set_aside=None), project.history(), project.descriptions()


def state(path: Path) -> object:
    with Project.open(path) as project:
        return state_of(project)


@pytest.fixture
def backups(moths, path, tmp_path) -> dict[str, Path]:
    """The same project at many moments, and the journal of a crash in the middle of its life.

    The moments: long before the crash, just before it, just after the same work was done again, and long after.
    """
    moths.close()
    found = {}

    def keep(name: str) -> None:
        found[name] = tmp_path / "backups" / name / path.name
        found[name].parent.mkdir(parents=True)
        shutil.copy(path, found[name])

    keep("long before")
    for index in range(3):
        rename(path, f"name {index}")
    keep("just before")
    killed_while(path, change_much)
    shutil.copy(journal_of(path), tmp_path / "journal")
    Project.open(path, write=True).close()
    assert not journal_of(path).exists()
    with Project.open(path, write=True) as project:
        change_much(project)
    keep("just after")
    rename(path, "another")
    keep("after")
    with Project.open(path, write=True) as project:
        change_much(project, 1)
    keep("long after")
    return found


MOMENTS = ["long before", "just after", "after", "long after"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_reader_leaves_the_journal_of_another_moment_alone(backups, tmp_path, moment):
    path = backups[moment]
    before, expected = path.read_bytes(), state(path)
    journal = shutil.copy(tmp_path / "journal", journal_of(path))
    said: list[str] = []
    with Project.open(path, on_message=said.append) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
        (notice,) = project.notices
    assert said == [notice]
    assert "Moths.spa-journal beside" in notice
    assert "was not used, as it is from another moment of this project" in notice
    assert path.read_bytes() == before
    assert journal.read_bytes() == (tmp_path / "journal").read_bytes()
    assert sorted(path.parent.iterdir()) == [path, journal]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_writer_sets_the_journal_of_another_moment_aside(backups, tmp_path, moment):
    path = backups[moment]
    expected = state(path)
    for name in ("", "-2"):
        shutil.copy(tmp_path / "journal", journal_of(path))
        with Project.open(path, write=True) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()
            (notice,) = project.notices
        aside = path.with_name(f"Moths.spa-journal.set-aside{name}")
        assert notice.endswith(f"it is kept as {aside.name}")
        assert aside.read_bytes() == (tmp_path / "journal").read_bytes()
        assert not journal_of(path).exists()


def test_the_journal_of_the_same_moment_does_no_harm(backups, tmp_path):
    path = backups["just before"]
    expected = state(path)
    shutil.copy(tmp_path / "journal", journal_of(path))
    for write in (False, True):
        with Project.open(path, write=write) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()


def test_the_journal_of_another_project(moths, path, tmp_path):
    moths.close()
    other = tmp_path / "other" / "Other.spa"
    other.parent.mkdir()
    with Project.create(other) as project:
        change_much(project)
    killed_while(other, lambda project: change_much(project, 1))
    expected, before = state(path), path.read_bytes()
    shutil.copy(journal_of(other), journal_of(path))
    with Project.open(path) as project:
        assert state_of(project) == expected
        assert "belongs to another" in project.notices[0]
    assert path.read_bytes() == before
    with Project.open(path, write=True) as project:
        assert project.check().problems == ()
    assert path.with_name("Moths.spa-journal.set-aside").exists()


def test_a_copy_of_the_project_has_the_same_id(moths, path, tmp_path):
    found = moths.meta.project_id
    assert len(bytes.fromhex(found)) == 16
    moths.close()
    with Project.open(shutil.copy(path, tmp_path / "copy.spa")) as copy, Project.create(tmp_path / "new.spa") as new:
        assert copy.meta.project_id == found
        assert new.meta.project_id != found


def test_its_own_journal_is_rolled_back_whenever_the_power_is_cut(moths, path):
    moths.close()
    expected = state(path)
    cut = PowerCut(path, change_much)
    chance = random.Random(4)
    for index in range(40):
        cut.leave(path, chance)
        half, journal = path.read_bytes(), journal_of(path).read_bytes()
        with Project.open(path) as project:
            assert state_of(project) == expected
        assert (path.read_bytes(), journal_of(path).read_bytes()) == (half, journal)
        with Project.open(path, write=True) as project:
            assert project.notices == ()
            assert state_of(project) == expected
            if index % 10 == 0:
                assert project.check().problems == ()
        assert path.read_bytes() == cut.before


def test_the_sector_of_the_stamp_is_lost_in_a_power_cut(moths, path):
    """Then the first page tells whose the journal is."""
    moths.close()
    expected = state(path)
    cut = PowerCut(path, change_much)
    place = cut.before.index(b"SPAstamp")
    for file in (cut.before, cut.after):
        torn = bytearray(file)
        torn[place // 512 * 512 :][:512] = b"?" * 512
        torn[place // 512 * 512 : place // 512 * 512 + 512] = b"?" * 512
        path.write_bytes(torn)
        journal_of(path).write_bytes(cut.journal)
        with Project.open(path, write=True) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()


def test_the_journal_of_a_program_that_knows_no_stamp(moths, path):
    moths.close()
    expected = state(path)
    kill_sql(path, ["UPDATE photos SET path = path || hex(randomblob(9000))", "DELETE FROM thumbnails"])
    assert journal_of(path).exists()
    with Project.open(path) as project:
        assert state_of(project) == expected
    with Project.open(path, write=True) as project:
        assert project.notices == ()
        assert state_of(project) == expected
        assert project.check().problems == ()


@pytest.fixture
def version_1(tmp_path) -> Path:
    file = tmp_path / "old" / "Moths.spa"
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.executescript((Path(__file__).parent / "data" / "version_1.sql").read_text())
    connection.close()
    return file


@pytest.mark.parametrize("write", [False, True])
def test_the_journal_of_a_file_of_version_1(version_1, write):
    expected = state(version_1)
    kill_sql(version_1, ["UPDATE photos SET path = path || hex(randomblob(9000))", "DELETE FROM thumbnails"])
    half = version_1.read_bytes()
    with Project.open(version_1, write=write) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
    assert write or version_1.read_bytes() == half


def test_a_new_journal_beside_an_old_backup(version_1):
    backup = version_1.read_bytes()
    Project.open(version_1, write=True).close()
    for index in range(3):
        rename(version_1, f"name {index}")
    killed_while(version_1, change_much)
    version_1.write_bytes(backup)
    with Project.open(version_1) as project:
        assert project.class_(1).name == "atlas"
        assert "another" in project.notices[0]
    assert version_1.read_bytes() == backup
    with Project.open(version_1, write=True) as project:
        assert project.class_(1).name == "atlas"
        assert project.check().problems == ()


def test_killed_while_a_file_of_version_1_is_migrated(version_1):
    """At every statement of it."""
    before = version_1.read_bytes()
    expected = state(version_1)
    from spa_desktop.project import file_opening

    for number in range(1, 100):
        version_1.write_bytes(before)
        process = os.fork()
        if process == 0:
            connect = file_opening.connect

            def dying(path, mode, connect=connect, number=number):
                connection = connect(path, mode)
                connection.execute("PRAGMA cache_size = 1")
                seen = iter(range(1, 1000))
                connection.set_trace_callback(lambda _: next(seen) == number and os.kill(os.getpid(), 9))
                return connection

            file_opening.connect = dying
            Project.open(version_1, write=True)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        with Project.open(version_1, write=number % 2 == 0) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()
        journal_of(version_1).unlink(missing_ok=True)
        if status == 0:
            break
    assert status == 0, "there are more statements than were tried"
    assert number > 8


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
def test_a_stray_write_ahead_log(moths, path, tmp_path, in_wal_mode):
    moths.close()
    if in_wal_mode:
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA journal_mode = WAL")
        other.close()
    log = path.with_name("Moths.spa-wal")
    wal = make_wal(path, tmp_path / "aside.db").read_bytes()
    expected, before = state(path), path.read_bytes()
    log.write_bytes(wal)
    path.with_name("Moths.spa-shm").write_bytes(bytes(32768))
    names = sorted(item.name for item in tmp_path.iterdir())
    with Project.open(path) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
        assert "Moths.spa-wal" in project.notices[0]
        assert sorted(item.name for item in tmp_path.iterdir()) == names
    assert path.read_bytes() == before
    assert log.read_bytes() == wal
    with Project.open(path, write=True) as project:
        assert state_of(project) == expected
        assert project.check().problems == ()
    assert path.with_name("Moths.spa-wal.set-aside").read_bytes() == wal
    assert path.with_name("Moths.spa-shm.set-aside").exists()
    assert not log.exists()
    assert path.read_bytes()[18:20] == b"\x01\x01"


def test_a_reader_of_a_file_in_wal_mode_makes_no_file(moths, path):
    moths.close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = WAL")
    other.close()
    before = path.read_bytes()
    with Project.open(path) as project:
        assert len(project.classes()) == 3
        assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == before


def test_a_journal_that_comes_while_the_project_is_open(backups, tmp_path):
    path = backups["long after"]
    expected = state(path)
    with Project.open(path, write=True) as writer:
        shutil.copy(tmp_path / "journal", journal_of(path))
        assert state_of(writer) == expected
        assert path.with_name("Moths.spa-journal.set-aside").exists()
        shutil.copy(tmp_path / "journal", journal_of(path))
        with writer.transaction("rename") as tx:
            tx.rename_class(3, "new")
        assert len(writer.notices) == 2
    with Project.open(path) as reader:
        expected = state_of(reader)
        shutil.copy(tmp_path / "journal", journal_of(path))
        assert state_of(reader) == expected
        assert len(reader.notices) == 1
        with reader.snapshot():
            assert state_of(reader) == expected


def test_a_writer_is_killed_while_a_reader_has_the_project_open(moths, path):
    moths.close()
    with Project.open(path) as reader:
        expected = state_of(reader)
        killed_while(path, change_much)
        assert state_of(reader) == expected
        with reader.snapshot():
            assert state_of(reader) == expected


def test_a_journal_cannot_have_another_file_deleted(moths, path, tmp_path):
    """SQLite deletes the file that a journal names as the one that ties several databases together."""
    moths.close()
    killed_while(path, change_much)
    victim = tmp_path / "letter.txt"
    victim.write_bytes(b"precious")
    name = str(victim).encode()
    tail = struct.pack(">I", 1) + name + struct.pack(">II", len(name), sum(name)) + bytes.fromhex("d9d505f920a163d7")
    journal_of(path).write_bytes(journal_of(path).read_bytes() + tail)
    for write in (False, True):
        with Project.open(path, write=write) as project:
            assert "part of a change to several files" in project.notices[0]
        assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("content", [b"no journal at all" * 100, bytes.fromhex("d9d505f920a163d7") + b"\xff" * 500])
def test_what_is_no_journal_is_kept(moths, path, content):
    expected = state_of(moths)
    moths.close()
    journal_of(path).write_bytes(content)
    for write in (False, True):
        with Project.open(path, write=write) as project:
            assert state_of(project) == expected
            assert project.check().problems == ()
    assert path.with_name("Moths.spa-journal.set-aside").read_bytes() == content


def test_the_journal_outlives_a_file_that_was_emptied(moths, path):
    """SQLite would delete it; it is all that is left."""
    moths.close()
    killed_while(path, change_much)
    journal = journal_of(path).read_bytes()
    path.write_bytes(b"")
    for write in (False, True):
        with pytest.raises(InputError, match="is not a project"):
            Project.open(path, write=write)
        assert journal_of(path).read_bytes() == journal


def test_unfinished_work_beside_another_name_of_the_file(moths, path, tmp_path):
    moths.close()
    second = tmp_path / "second.spa"
    os.link(path, second)
    killed_while(path, change_much)
    half = path.read_bytes()
    for write in (False, True):
        with pytest.raises(InputError, match=r"is the same file as .*Moths\.spa, and unfinished work"):
            Project.open(second, write=write)
    assert path.read_bytes() == half
    Project.open(path, write=True).close()
    with Project.open(second, write=True) as project:
        assert project.check().problems == ()


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


def test_a_journal_that_cannot_be_set_aside(backups, tmp_path, monkeypatch):
    """Then nothing is opened, rather than a foreign page put into the project."""
    path = backups["after"]
    before = path.read_bytes()
    journal = Path(shutil.copy(tmp_path / "journal", journal_of(path)))

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refused)
        patch.setattr(Path, "rename", refused)
        with pytest.raises(SpaError, match=r"must not be used with .* cannot be renamed .*: move it elsewhere"):
            Project.open(path, write=True)
    assert path.read_bytes() == before
    assert journal.read_bytes() == (tmp_path / "journal").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refused)  # a disk without links
        with Project.open(path, write=True) as project:
            assert project.check().problems == ()
    assert path.with_name("Moths.spa-journal.set-aside").exists()


def test_a_journal_without_a_count_reaches_to_its_end():
    """SQLite writes all ones for the number of pages where it does not wait for the disk."""
    pages = [bytes([number]) * 512 for number in (1, 2, 3)]
    sector = struct.pack(">8sIIIII", bytes.fromhex("d9d505f920a163d7"), 0xFFFFFFFF, 7, 9, 512, 512).ljust(512, b"\0")
    images = b"".join(
        struct.pack(">I", number) + page + struct.pack(">I", 7 + sum(page[312:0:-200]))
        for number, page in enumerate(pages, start=4)
    )
    assert list(Journal(io.BytesIO(sector + images)).images()) == list(enumerate(pages, start=4))
    assert len(list(Journal(io.BytesIO(sector + images[:-8])).images())) == 2


@pytest.mark.parametrize("content", [b"", bytes(512), b"\x00" + bytes.fromhex("d505f920a163d7") + bytes(600)])
def test_a_journal_that_is_over_is_nobody_s(path, project, content):
    """SQLite may leave an empty one, or write zeros over its head."""
    project.close()
    journal_of(path).write_bytes(content)
    for write in (False, True):
        with Project.open(path, write=write) as again:
            assert again.notices == ()
            assert again.check().is_whole
    assert not [one for one in path.parent.iterdir() if "aside" in one.name]


def test_a_project_that_another_program_put_into_wal_mode_is_read_and_stays_as_it_is(path, project):
    """SQLite would make two files beside one in that mode, even to read it. A copy is read, without the mode."""
    project.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE meta SET value = '7' WHERE name = 'seed'")
        connection.commit()
    before = path.read_bytes()
    assert before[18:20] == b"\x02\x02"
    path.parent.chmod(0o500)  # nothing can be made there
    try:
        with Project.open(path) as again:
            assert again.meta.seed == 7
            assert again.check().is_whole
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before
    assert sorted(one.name for one in path.parent.iterdir() if one.name.startswith(path.name)) == [path.name]
