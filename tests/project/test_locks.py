"""One writer at a time, whatever the file is called and whatever becomes of it; and waiting for readers."""

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project import Project, ProjectBusy, ProjectInUse, ProjectReadOnly, Waiting
from tests.faults.crash import change_much, in_a_fork, killed_while


def is_busy_elsewhere(path: Path) -> bool:
    """Whether another process, which opens the project for writing, is refused."""

    def is_refused() -> bool:
        try:
            Project.open(path, write=True).close()
        except ProjectBusy:
            return True
        return False

    return in_a_fork(is_refused)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
@pytest.mark.parametrize(("call", "needs_it"), [("flock", "write"), ("lockf", "write"), ("lockf", "read")])
def test_a_disk_without_locks_is_told_of_at_once(path, monkeypatch, number, call, needs_it):
    fcntl = pytest.importorskip("fcntl")
    Project.create(path).close()

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, call, fail)
    with pytest.raises(ProjectReadOnly, match=r"Moths.spa does not support locks.*: copy it to a disk"):
        Project.open(path, write=needs_it == "write")
    with pytest.raises(ProjectReadOnly, match=r"does not support locks.*: choose a folder on a disk"):
        Project.create(path.with_name("new.spa"))
    monkeypatch.undo()
    assert not list(path.parent.glob("*.new"))
    Project.open(path, write=True).close()


def test_a_lock_that_was_deleted_is_taken_again_by_one_of_them(moths, path):
    def rename(name: str) -> None:
        with moths.transaction("rename") as tx:
            tx.rename_class(1, name)

    lock = path.with_name("Moths.spa.lock")
    lock.unlink()
    rename("first")
    assert is_busy_elsewhere(path), "it was taken again"
    lock.unlink()
    with Project.open(path, write=True):
        with pytest.raises(ProjectBusy, match="already open for writing"):
            rename("second")
        assert lock.exists()
    rename("third")
    assert moths.class_(1).name == "third"
    assert is_busy_elsewhere(path)
    lock.unlink()
    with Project.open(path, write=True):
        moths.close()
        assert is_busy_elsewhere(path), "what another has is left where it lies"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="another program is a fork")
def test_links_to_the_project_or_its_folder_are_the_same_project(project, path, tmp_path):
    folder, file = tmp_path / "to the folder", tmp_path / "elsewhere" / "to the file.spa"
    file.parent.mkdir()
    folder.symlink_to(path.parent, target_is_directory=True)
    file.symlink_to(path)
    names = (folder / path.name, file, folder / ".." / path.parent.name / path.name)
    for name in names:
        with pytest.raises(ProjectBusy, match="already open for writing"):
            Project.open(name, write=True)
    assert is_busy_elsewhere(file)
    project.close()
    for number, name in enumerate(names):
        with Project.open(name, write=True) as opened:
            with pytest.raises(ProjectBusy, match="already open for writing"):
                Project.open(path, write=True)
            with opened.transaction("add") as tx:
                tx.add_task(f"Task {number}")
    assert [one.name for one in file.parent.iterdir()] == [file.name], "nothing lies beside the link"
    # Killed in the middle of a commit through a link: the journal lies beside the file, and is rolled back from there.
    killed_while(file, change_much)
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    for name in (path, *names):
        with Project.open(name) as read:
            assert len(read.tasks()) == 3
    with Project.open(file, write=True) as written:
        assert len(written.tasks()) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="another program is a fork")
def test_a_lock_ends_with_its_writer_while_readers_go_on(path):
    Project.create(path).close()
    with Project.open(path) as reader:
        for _ in range(2):
            Project.open(path, write=True).close()
            assert not is_busy_elsewhere(path)
        assert reader.classes() == []


def test_reading_past_sqlite_takes_no_lock_of_it_away(project, path):
    """Another program sees the lock of a transaction that is open here, whoever opens and closes the file meanwhile."""
    script = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"

    def other() -> str:
        return subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True).stderr

    assert "locked" not in other()
    with project.transaction("add") as tx:
        tx.add_task("Task 1")
        Project.open(path).close()
        with pytest.raises(ProjectBusy):
            Project.open(path, write=True)
        assert "locked" in other()


def test_the_project_was_replaced_while_it_was_open(moths, path, tmp_path):
    other = tmp_path / "other.spa"
    Project.create(other).close()
    before = other.read_bytes()

    def rename(before_the_commit=lambda: None) -> None:
        with moths.transaction("rename") as tx:
            tx.rename_class(1, "new")
            before_the_commit()

    with pytest.raises(SpaError, match="was replaced by another file while it was open: nothing was saved"):
        rename(lambda: other.replace(path))
    for _ in range(2):
        with pytest.raises(SpaError, match=r"was replaced .* Close it, and open it again"):
            rename()
    assert path.read_bytes() == before
    assert not path.with_name("Moths.spa-journal").exists()
    moths.close()
    Project.open(path, write=True).close()


def test_a_training_on_top_of_what_is_gone_is_refused(moths, tensors, train_task):
    base = moths.learner_info()
    train_task(moths, 2, tensors(2))
    before = moths.learner_info(), moths.classes(), moths.history()
    training = {"task_id": 1, "class_ids": [1], "trained_class_ids": [1], "learned_photo_ids": []}

    def write(put) -> None:
        with moths.transaction("train") as tx:
            tx.rename_class(1, "x")
            put(tx)

    for put in (
        lambda tx: tx.put_learner(tensors(3), based_on=base, **training),
        lambda tx: tx.put_learner(tensors(3), based_on=None, **training),
        lambda tx: tx.replace_learner(tensors(3), based_on=base, class_ids=[1]),
    ):
        with pytest.raises(SpaError, match="trained by another program meanwhile: nothing was changed, train again"):
            write(put)
    assert (moths.learner_info(), moths.classes(), moths.history()) == before


@pytest.fixture
def reading(path):
    """Another program that holds a transaction for reading, from its start to its end."""

    @contextlib.contextmanager
    def read():
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM tasks").fetchall()
        yield connection
        connection.close()

    return read


def test_waiting_for_a_reader_is_said_and_bounded(moths, reading):
    """Not even a transaction of many pages waits longer."""
    before, said = moths.history(), []
    moths._db.rows("PRAGMA cache_size = 1")

    def edit(count: int) -> None:
        with moths.transaction("edit", waiting=Waiting(2.0, say=said.append)) as tx:
            for index in range(count):
                tx.cache_description(str(index), "x" * 9000)

    started = time.monotonic()
    with reading(), pytest.raises(ProjectInUse, match=r"was being read by another program for 2 seconds") as caught:
        edit(30)
    assert time.monotonic() - started < 40, "a page at a time it would be 60 seconds"
    assert caught.value.exit_code == 1
    (line,) = said
    assert line.startswith("Waiting up to 2 seconds for another program that is reading")
    assert moths.history() == before
    edit(1)
    assert moths.check().problems == ()


def test_what_waited_is_stored_once_the_reader_is_done(moths, reading):
    with reading() as other:
        timer = threading.Timer(1.3, other.close)
        timer.start()
        said = []
        with moths.transaction("rename", waiting=Waiting(60.0, job=Job(said.append), why="it would be lost")) as tx:
            tx.rename_class(1, "new")
        timer.join()
    assert moths.class_(1).name == "new"
    assert [event.message for event in said if event.message] == [
        f"Waiting up to 60 seconds for another program that is reading {moths.path}: it would be lost"
    ]


def test_a_snapshot_is_of_one_moment_for_which_a_writer_waits(moths, path):
    with Project.open(path) as reader, reader.snapshot():
        assert reader.class_(1).name == "atlas"
        with pytest.raises(ProjectInUse), moths.transaction("rename", waiting=Waiting(0.2)) as tx:
            tx.rename_class(1, "new")


def test_waiting_can_be_cancelled(moths, reading):
    job = Job()
    timer = threading.Timer(0.3, job.cancel)
    timer.start()
    with reading(), pytest.raises(Cancelled), moths.transaction("rename", waiting=Waiting(60.0, job=job)) as tx:
        tx.rename_class(1, "new")
    timer.join()
    assert moths.class_(1).name == "atlas"
