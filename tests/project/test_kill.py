"""Killed at any moment, the file opens at the last finished verb."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from itertools import count

import pytest

from spa_desktop.project import Project
from spa_desktop.project.versions import folder_of
from tests.faults.kills import WORKS, kill_everywhere

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

_WORK = """
import hashlib, os, sys
from pathlib import Path
from spa_desktop.project import Project
from spa_desktop.project.records import Description, NewPhoto, Phrase

def tensors(round):
    import numpy as np
    from safetensors.numpy import save
    return save({"w": np.full((700, 700), round, dtype=np.float32)})

def add(project, round):
    with project.transaction("add", str(round)) as tx:
        record = tx.add_class(f"class {round}", tx.add_task(f"Task {round}").id)
        tx.add_photos(record.id, [
            NewPhoto(Path(f"/{round}/{i}.jpg"), hashlib.sha256(f"{round} {i}".encode()).hexdigest(),
                     "test" if i % 5 == 0 else "train", 9, 9, 9, b"\\xff\\xd8\\xff" + os.urandom(3000))
            for i in range(40)])

def describe(project, round):
    with project.transaction("describe", str(round)) as tx:
        record = project.find_class(f"class {round}")
        tx.set_exemplars(record.id, [shot.id for shot in project.photos(record.id, split="train")[:6]])
        tx.put_description(Description(record.id, (Phrase("large wings", "offline"),) * 6, "A moth.", "offline"))
        tx.cache_description(f"key {round}", {"phrases": ["large wings"] * 50})

def train(project, round):
    record = project.find_class(f"class {round}")
    known = project.learner_info()
    with project.transaction("train", str(round)) as tx:
        tx.put_learner(tensors(round), based_on=known, task_id=record.task_id, trained_class_ids=[record.id],
                       class_ids=[*(known.class_ids if known else ()), record.id],
                       learned_photo_ids=[shot.id for shot in project.photos(record.id, split="train")])
        for shot in project.photos(record.id, split="test"):
            tx.put_test_features(shot.id, "clip", tensors(shot.id))
        tx.put_evaluation(record.task_id, {"accuracy": round})

with Project.open(sys.argv[1], write=True) as project:
    round = len(project.tasks())
    done = project.history(1)[0]
    if done.verb in ("add", "describe"):
        verbs, round = {"add": [describe, train], "describe": [train]}[done.verb], round - 1
    else:
        verbs = [add, describe, train]
    while True:
        for verb in verbs:
            print("begin", verb.__name__, round, flush=True)
            verb(project, round)
            print("done", verb.__name__, round, flush=True)
        verbs, round = [add, describe, train], round + 1
"""


@pytest.mark.slow
def test_kill_at_random_moments(path):
    Project.create(path).close()
    generator = random.Random(2)
    finished: list[tuple[str, str]] = []
    for _ in range(12):
        worker = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_WORK), path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Each run gets some verbs further before its moment comes, however slow the machine is.
        lines = [worker.stdout.readline() for _ in range(generator.randint(1, 8))]
        assert lines[0].startswith("begin"), worker.stderr.read()
        time.sleep(generator.uniform(0.0, 0.04))
        worker.send_signal(signal.SIGKILL)
        lines += worker.stdout.read().splitlines()  # `communicate` would not give what is in its buffer already
        worker.communicate()
        finished += [tuple(line.split()[1:]) for line in lines if line.startswith("done") and len(line.split()) == 3]
        # First by a reader, as `info` would: it rolls back what the killed process had begun.
        with Project.open(path) as project:
            assert project.check().problems == ()
            stored = [(entry.verb, entry.summary) for entry in reversed(project.history())][1:]
        assert stored[: len(finished)] == finished
        # What was stored just before the kill may not have been reported yet; no more than that one.
        assert len(stored) - len(finished) <= 1
        finished = stored
    assert len(finished) >= 12


@pytest.mark.parametrize("write", [False, True])
def test_kill_in_the_middle_of_a_commit(moths, path, write):
    """With a cache of one page the transaction has overwritten pages of the file: the journal must undo them."""
    moths.close()
    script = """
        import os, signal, sys
        from spa_desktop.project import Project
        project = Project.open(sys.argv[1], write=True)
        project._db.rows("PRAGMA cache_size = 1")
        with project.transaction("edit") as tx:
            for index in range(300):
                tx.add_task(f"more {index}")
                tx.cache_description(str(index), "x" * 5000)
            for record in project.classes():
                tx.delete_class(record.id)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    before, names = path.read_bytes(), sorted(path.parent.iterdir())
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("Moths.spa-journal").exists()
    half = path.read_bytes()
    assert half != before
    with Project.open(path, write=write) as project:
        assert project.check().problems == ()
        assert len(project.classes()) == 3
        assert len(project.tasks()) == 2
        assert [entry.verb for entry in project.history()] == ["evaluate", "train", "describe", "add", "new"]
        assert len(project.notices) == 1
    if write:
        # Besides the version that was kept before it, nothing is left behind.
        assert sorted(item for item in path.parent.iterdir() if item != folder_of(path)) == names
        with Project.open(path) as project:
            assert project.check().problems == ()
    else:
        # A reader changes nothing: it has rolled back a copy of its own.
        assert path.read_bytes() == half
        assert path.with_name("Moths.spa-journal").exists()


def test_kill_while_a_project_is_made(tmp_path):
    script = """
        import os, signal, sys
        from spa_desktop.project import Project, database
        migrate = database.migrate
        def killed(connection):
            migrate(connection)
            os.kill(os.getpid(), signal.SIGKILL)
        database.migrate = killed
        Project.create(sys.argv[1])
    """
    path = tmp_path / "a.spa"
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    with Project.create(path) as project:
        assert project.check().is_whole


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_killed_at_some_steps(closed, tmp_path, name):
    """At any statement or file operation. `python -m benchmarks.faults_kills` tries each."""
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
