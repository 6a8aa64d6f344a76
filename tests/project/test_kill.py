"""Killed at any moment, the file opens at the last finished verb."""

import hashlib
import os
import random
import signal
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from spa_desktop.project import Project, database
from spa_desktop.project.records import Description, NewPhoto, Phrase
from spa_desktop.project.versions import folder_of
from tests.faults.crash import KILLED, change_much, in_a_fork, journal_of, kill_this, killed_while
from tests.faults.kills import WORKS, kill_everywhere

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of itself")


def tensors(number: int) -> bytes:
    return save({"w": np.full((400, 400), number, dtype=np.float32)})


def add(project: Project, number: int) -> None:
    with project.transaction("add", str(number)) as tx:
        record = tx.add_class(f"class {number}", tx.add_task(f"Task {number}").id)
        for i in range(40):
            checksum = hashlib.sha256(f"{number} {i}".encode()).hexdigest()
            picture = b"\xff\xd8\xff" + os.urandom(3000)
            split = "test" if i % 5 == 0 else "train"
            tx.add_photos(record.id, [NewPhoto(Path(f"/{number}/{i}.jpg"), checksum, split, 9, 9, 9, picture)])


def describe(project: Project, number: int) -> None:
    with project.transaction("describe", str(number)) as tx:
        record = project.find_class(f"class {number}")
        tx.set_exemplars(record.id, [shot.id for shot in project.photos(record.id, split="train")[:6]])
        tx.put_description(Description(record.id, (Phrase("large wings", "offline"),) * 6, "A moth.", "offline"))
        tx.cache_description(f"key {number}", {"phrases": ["large wings"] * 50})


def train(project: Project, number: int) -> None:
    record = project.find_class(f"class {number}")
    known = project.learner_info()
    with project.transaction("train", str(number)) as tx:
        tx.put_learner(
            tensors(number),
            based_on=known,
            task_id=record.task_id,
            trained_class_ids=[record.id],
            class_ids=[*(known.class_ids if known else ()), record.id],
            learned_photo_ids=[shot.id for shot in project.photos(record.id, split="train")],
        )
        for shot in project.photos(record.id, split="test"):
            tx.put_test_features(shot.id, "clip", tensors(shot.id))
        tx.put_evaluation(record.task_id, {"accuracy": number})


VERBS = (add, describe, train)


def go_on(path: Path, tell: int) -> None:
    """Do verb after verb where the last one ended, and tell of each when it begins and when it is done."""
    with Project.open(path, write=True) as project:
        for step in count(len(project.history()) - 1):
            number, verb = step // len(VERBS), VERBS[step % len(VERBS)]
            os.write(tell, f"begin {verb.__name__} {number}\n".encode())
            verb(project, number)
            os.write(tell, f"done {verb.__name__} {number}\n".encode())


@pytest.mark.slow
def test_kill_at_random_moments(path):
    Project.create(path).close()
    generator = random.Random(2)
    finished: list[tuple[str, str]] = []
    for _ in range(10):
        told, tell = os.pipe()
        worker = os.fork()
        if worker == 0:
            try:
                go_on(path, tell)
            finally:
                os._exit(1)
        os.close(tell)
        with open(told) as said:  # noqa: PTH123
            # Each run gets some verbs further before its moment comes, however slow the machine is.
            lines = [said.readline() for _ in range(generator.randint(1, 8))]
            time.sleep(generator.uniform(0.0, 0.04))
            os.kill(worker, signal.SIGKILL)
            lines += said
        os.waitpid(worker, 0)
        assert lines[0].startswith("begin"), "it failed"
        finished += [tuple(line.split()[1:]) for line in lines if line.startswith("done")]
        # First by a reader, as `info` would: it rolls back what the killed process had begun.
        with Project.open(path) as project:
            assert project.check().problems == ()
            stored = [(entry.verb, entry.summary) for entry in reversed(project.history())][1:]
        assert stored[: len(finished)] == finished
        # What was stored just before the kill may not have been reported yet; no more than that one.
        assert len(stored) - len(finished) <= 1
        finished = stored
    assert len(finished) >= 10


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
