"""Killed at any moment, the file opens at the last finished verb."""

import os
from itertools import count

import pytest

from spa_desktop.project import Project, database
from tests.faults.crash import KILLED, in_a_fork, kill_this
from tests.faults.kills import WORKS, count_steps, kill_everywhere
from tests.faults.verbs import make_projects

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


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
    step = {"edit": 110, "undo": 165, "train": 37, "restore": 53}[name]
    killed, done = kill_everywhere(source / closed.name, folder, WORKS[name], count(7, step), spills=name == "edit")
    assert killed >= 5
    assert done < killed


@pytest.mark.slow
def test_verbs_killed_at_some_steps(tiny, tmp_path):
    """`python -m benchmarks.faults --only kills` kills the command line at random moments."""
    projects, folder = make_projects(tmp_path), tmp_path / "folder"
    folder.mkdir()
    for name in ("add", "describe", "train"):
        path, work = projects[name]
        steps = count_steps(path, folder, work, spills=True)  # what is stored is so in the last of them
        killed, done = kill_everywhere(path, folder, work, range(steps - 50, steps, 8), spills=True)
        assert killed >= 3, name
        assert done < killed, name
        assert {file.name for file in folder.iterdir()} <= {"Colours.spa", ".Colours.spa.versions"}, name
