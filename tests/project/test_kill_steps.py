"""Killed at any statement or file operation: whole, all or nothing. `python -m benchmarks.faults_kills` tries each."""

from __future__ import annotations

import os
from itertools import count

import pytest

from spa_desktop.project import Project
from tests.faults.kills import WORKS, kill_everywhere

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_killed_at_some_steps(moths, path, tmp_path, name):
    moths.close()
    with Project.open(path, write=True) as project, project.transaction("rename", "a version to go back to") as tx:
        tx.rename_class(3, "hawk moth")
    source, folder = tmp_path / "source", tmp_path / "folder"
    for target in (source, folder):
        target.mkdir()
    path.rename(source / path.name)
    (tmp_path / f".{path.name}.versions").rename(source / f".{path.name}.versions")
    step = {"edit": 61, "undo": 83, "train": 23, "restore": 23}[name]
    killed, done = kill_everywhere(source / path.name, folder, WORKS[name], count(7, step), spills=name == "edit")
    assert killed >= 5
    assert done < killed
