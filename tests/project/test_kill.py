"""Killed at any moment, the file opens at the last finished verb."""

import os
from itertools import count

import pytest

from spa_desktop.project import Project, database
from spa_desktop.project.versions import folder_of
from tests.faults.crash import KILLED, change_much, in_a_fork, journal_of, kill_this, killed_while
from tests.faults.kills import WORKS, kill_everywhere

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


@pytest.mark.parametrize("write", [False, True])
def test_kill_in_the_middle_of_a_commit(closed, write):
    """With a cache of one page the transaction has overwritten pages of the file: the journal must undo them."""
    before, names = closed.read_bytes(), sorted(closed.parent.iterdir())
    killed_while(closed, change_much)
    half = closed.read_bytes()
    assert half != before
    with Project.open(closed, write=write) as project:
        assert project.check().problems == ()
        assert [item.name for item in project.classes()] == ["atlas", "luna", "hawk"]
        assert [entry.verb for entry in project.history()] == ["evaluate", "train", "describe", "add", "new"]
        assert len(project.notices) == 1
    if write:
        # Besides the version that was kept before it, nothing is left behind.
        assert sorted(item for item in closed.parent.iterdir() if item != folder_of(closed)) == names
        assert closed.read_bytes() == before
    else:
        # A reader changes nothing: it has rolled back a copy of its own.
        assert closed.read_bytes() == half
        assert journal_of(closed).exists()


def test_kill_while_a_project_is_made(path):
    migrate = database.migrate

    def make() -> None:
        database.migrate = lambda connection: (migrate(connection), kill_this())
        Project.create(path)

    assert in_a_fork(make) == KILLED
    assert not path.exists()
    with Project.create(path) as project:
        assert project.check().is_valid


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_killed_at_some_steps(closed, tmp_path, name):
    """At any statement or file operation. `python -m benchmarks.faults --only steps --share 20` tries each."""
    with Project.open(closed, write=True) as project, project.transaction("rename", "a version to go back to") as tx:
        tx.rename_class(3, "hawk moth")
    source, folder = tmp_path / "source", tmp_path / "folder"
    for target in (source, folder):
        target.mkdir()
    closed.rename(source / closed.name)
    (tmp_path / f".{closed.name}.versions").rename(source / f".{closed.name}.versions")
    step = {"edit": 61, "undo": 83, "train": 23, "restore": 23}[name]
    killed, done = kill_everywhere(source / closed.name, folder, WORKS[name], count(7, step), spills=name == "edit")
    assert killed >= 5
    assert done < killed
