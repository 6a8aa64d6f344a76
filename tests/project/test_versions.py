"""The last versions of a project: kept, bounded, restored."""

import os
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project, ProjectBusy, versions
from spa_desktop.project.recover import restore
from spa_desktop.project.versions import folder_of, versions_of
from tests.faults.crash import change_much, journal_of, killed_while, rename


def name_in(path: Path) -> str:
    with Project.open(path) as project:
        assert project.check().problems == ()
        return project.class_(1).name


@pytest.fixture(autouse=True)
def as_on_windows(monkeypatch):
    """A file that this process has open is neither replaced nor renamed."""

    def refusing(act):
        def done(path, target):
            held = {os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()}
            assert held.isdisjoint((str(path), str(target)))
            return act(path, target)

        return done

    if Path("/proc/self/fd").is_dir():
        for name in ("replace", "rename"):
            monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))


@pytest.fixture
def at_once(monkeypatch):
    """A version may be kept again at once."""
    monkeypatch.setattr(versions, "_INTERVAL", timedelta(0))


def test_one_is_kept_before_a_session_changes_something(closed):
    before = closed.read_bytes()
    shutil.rmtree(folder_of(closed), ignore_errors=True)
    Project.open(closed).close()
    Project.open(closed, write=True).close()
    assert versions_of(closed) == []
    with Project.open(closed, write=True) as project:
        for name in ("a", "b"):
            with project.transaction("rename") as tx:
                tx.rename_class(1, name)
    (kept,) = versions_of(closed)
    assert (kept.number, kept.why, kept.size) == (1, "before changes", len(before))
    assert kept.path.read_bytes() == before
    for minutes, versions_then in ((59, 1), (61, 2)):  # at most one an hour
        moment = datetime.now(UTC) - timedelta(minutes=minutes)
        kept.path.rename(folder_of(closed) / f"{moment:%Y%m%dT%H%M%S}.000Z {kept.commit} {kept.why}.spa")
        (kept,) = versions_of(closed)
        rename(closed, f"after {minutes} minutes")
        assert len(versions_of(closed)) == versions_then
    rename(closed, "at once")
    assert len(versions_of(closed)) == 2, "the hour is counted from the newest"


def test_three_are_kept(closed, at_once):
    for index in range(6):
        rename(closed, f"name {index}")
    assert [name_in(kept.path) for kept in versions_of(closed)] == ["name 4", "name 3", "name 2"]
    assert len(list(folder_of(closed).iterdir())) == 3


def test_a_damaged_project_pushes_no_good_version_out(closed, at_once):
    rename(closed, "good")
    kept = versions_of(closed)
    data = bytearray(closed.read_bytes())
    with Project.open(closed) as project:
        page = project._db.row("SELECT rootpage FROM sqlite_master WHERE name = 'thumbnails'")[0]
    data[(page - 1) * 8192 + 8 : page * 8192 - 400] = b"\xff" * (8192 - 408)
    closed.write_bytes(data)
    said = []
    with Project.open(closed, write=True, on_message=said.append) as project, project.transaction("rename") as tx:
        tx.rename_class(1, "on")
    assert versions_of(closed) == kept
    assert "seems to be damaged" in said[0]


def test_no_room_and_no_permission_are_no_error(closed, at_once, monkeypatch):
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(versions.shutil, "disk_usage", lambda _: usage(10, 9, 1))
        rename(closed, "a")
    with monkeypatch.context() as patch:
        patch.setattr(versions, "_MOST_BYTES", 1000)
        rename(closed, "b")
    folder_of(closed).write_text("in the way")
    with Project.open(closed, write=True) as project:
        with project.transaction("rename") as tx:
            tx.rename_class(1, "c")
        assert project.notices == (), "the file itself is whole"
    folder_of(closed).unlink()
    folder_of(closed).symlink_to(closed.parent)
    rename(closed, "d")
    assert versions_of(closed) == []
    assert name_in(closed) == "d"


def test_restoring_and_undoing_that(closed, at_once):
    rename(closed, "first")
    rename(closed, "second")
    present = closed.read_bytes()
    chosen = restore(closed)
    assert chosen.why == "before changes"
    assert name_in(closed) == "first"
    kept = versions_of(closed)
    assert (kept[0].why, kept[0].path.read_bytes()) == ("before restore", present)
    assert kept[0].path.stat().st_nlink == 1
    with Project.open(closed) as project:
        assert project.history(1)[0].verb == "restore"
    restore(closed)
    assert name_in(closed) == "second"
    restore(closed, 2)
    assert name_in(closed) == "first"


def test_the_oldest_that_is_brought_back_is_pushed_out_by_nothing(closed):
    for _ in range(versions.KEPT):
        with Project.open(closed, write=True) as project:
            project.keep_version("before training")
        rename(closed, f"{len(versions_of(closed))} kept")
    restore(closed, versions.KEPT)
    rename(closed, "by mistake")
    assert "atlas" in {name_in(kept.path) for kept in versions_of(closed)}


def test_looking_at_each_version_pushes_none_out(closed):
    for number in range(versions.KEPT):
        with Project.open(closed, write=True) as project:
            project.keep_version("before training")
        rename(closed, f"{number}")
    kept = [item.path for item in versions_of(closed)]
    for path in (*kept, *kept):
        restore(closed, next(item.number for item in versions_of(closed) if item.path == path))
        assert name_in(closed) == name_in(path)
    assert [item.path for item in versions_of(closed)][1:] == kept
    assert name_in(versions_of(closed)[0].path) == f"{versions.KEPT - 1}"
    with Project.open(closed, write=True) as project, project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("pile", [])  # of which the history has no row
    sorted_ = closed.read_bytes()
    restore(closed)
    assert sorted_ in [item.path.read_bytes() for item in versions_of(closed)]


def test_a_change_without_a_row_in_the_history_is_kept_as_well(closed):
    with Project.open(closed, write=True) as project:
        project.keep_version("before training")
        with project.transaction("sort", undo="apart") as tx:
            tx.put_sorting("pile", [])
        project.keep_version("before training")
        project.keep_version("before training")
        sorted_ = closed.read_bytes()
    newest, *others = versions_of(closed)
    assert newest.path.read_bytes() == sorted_
    assert len(others) == 1, "no second copy of what is kept already"


@pytest.mark.parametrize("state", ["missing", "damaged", "empty", "a crash"])
def test_restoring_whatever_became_of_the_project(closed, state):
    rename(closed, "late")
    if state == "a crash":
        killed_while(closed, change_much)
    elif state == "missing":
        closed.unlink()
    else:
        closed.write_bytes(b"" if state == "empty" else b"x" * 5000)
    restore(closed)
    assert name_in(closed) == "atlas"
    assert not journal_of(closed).exists()
    kept = versions_of(closed)
    if state == "a crash":
        assert name_in(kept[0].path) == "late"
    elif state != "missing":
        assert kept[0].path.read_bytes() in (b"", b"x" * 5000)


def test_what_is_left_beside_the_file_that_goes_is_set_aside(closed):
    """A journal or write-ahead log of the file that goes is none of the file that comes."""
    rename(closed, "late")
    beside = [closed.with_name(closed.name + suffix) for suffix in ("-journal", "-wal", "-shm")]
    for path in beside:
        path.write_bytes(b"not of a database " * 40)
    restore(closed)
    assert name_in(closed) == "atlas"
    assert not [path.name for path in beside if path.exists()]
    aside = [path for path in closed.parent.iterdir() if path.name.startswith(tuple(one.name for one in beside))]
    aside += folder_of(closed).glob("*.journal")
    assert sorted(path.read_bytes() for path in aside) == 3 * [b"not of a database " * 40]


@pytest.mark.parametrize("time", ["99991231T235959.999", "00010101T000000.000", "20251399T000000.000"])
def test_a_version_of_an_impossible_time_is_none(closed, at_once, time):
    folder_of(closed).mkdir(exist_ok=True)
    odd = folder_of(closed) / f"{time}Z 00000000 before changes.spa"
    shutil.copy(closed, odd)
    rename(closed, "late")
    with Project.open(closed, write=True) as project:
        project.keep_version("before training")
    assert restore(closed).why == "before training"
    assert odd not in [item.path for item in versions_of(closed)]
    assert name_in(closed) == "late"


def test_what_cannot_be_restored(closed):
    with pytest.raises(InputError, match="There is no earlier version of"):
        restore(closed)
    rename(closed, "late")
    with pytest.raises(InputError, match="has the versions 1 to 1: there is no version 2"):
        restore(closed, 2)
    with Project.open(closed, write=True), pytest.raises(ProjectBusy):
        restore(closed)
    (kept,) = versions_of(closed)
    kept.path.write_bytes(b"x" * 9000)
    with pytest.raises(InputError, match=r"Version 1 of .* cannot be used, choose another"):
        restore(closed)
    assert name_in(closed) == "late"
    assert len(versions_of(closed)) == 1


def test_the_present_file_cannot_be_kept(closed, monkeypatch):
    rename(closed, "late")

    def full(project, commit):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "keep_present", full)
    with pytest.raises(SpaError, match="disk is full"):
        restore(closed)
    assert name_in(closed) == "late"


def test_nothing_is_written_through_a_link(closed, tmp_path):
    """A folder of versions may come from a stranger, in an archive with the project."""
    mine = tmp_path / "letter.txt"
    mine.write_text("precious")
    folder_of(closed).mkdir(exist_ok=True)
    (folder_of(closed) / "unfinished").symlink_to(mine)
    rename(closed, "late")
    assert mine.read_text() == "precious"
    assert len(versions_of(closed)) == 1
