"""What another program does to a project while it is being trained or edited here."""

import sqlite3
import threading

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, JobEvent
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import class_changes, describing, recognition, training
from spa_desktop.workbench.open_project import OpenProject


def another_training(path) -> None:
    """Another program, past all locks, puts another learner on top."""
    other = sqlite3.connect(path)
    other.execute(
        "INSERT INTO learners (parent, created, task_id, class_ids, before, meta, sha256, blob)"
        " SELECT id, created, task_id, class_ids, before, meta, sha256, blob FROM learners ORDER BY id DESC LIMIT 1"
    )
    other.commit()
    other.close()


def during(stage: str, path) -> Job:
    """A job in which the other program is at work when a stage begins."""
    seen: list[str] = []

    def listen(event: JobEvent) -> None:
        if event.stage == stage and stage not in seen:
            seen.append(stage)
            another_training(path)

    return Job(listen)


def state(bench) -> object:
    project = bench.project
    return project.learner_info(), project.classes(), project.tasks(), project.history(), project.evaluations()


def test_another_training_while_one_is_running(taught, photos, path):
    add_classes(taught.project, [photos / "2"], task="Task 2")
    describing.describe(taught, task="Task 2")
    before = state(taught)
    with pytest.raises(SpaError, match="was trained by another program meanwhile: nothing was changed, train again"):
        training.train(taught, during("Checking on test photos", path))
    after = state(taught)
    assert after[1:] == before[1:]
    assert after[0].parent == before[0].id
    # On top of what the other program has learned it can be learned.
    training.train(taught)
    assert taught.project.learner_info().parent == after[0].id
    assert recognition.check(taught).is_valid


def test_another_training_while_a_class_is_forgotten_or_merged(taught, path, monkeypatch):
    ids = {item.name: item.id for item in taught.project.classes()}
    for edit in (
        lambda: class_changes.forget_class(taught, ids["red"]),
        lambda: class_changes.merge_classes(taught, ids["red"], ids["green"]),
    ):
        with monkeypatch.context() as patch:
            begin = type(taught.project).transaction

            def transaction(project, *arguments, begin=begin, **settings):
                another_training(path)
                return begin(project, *arguments, **settings)

            patch.setattr(type(taught.project), "transaction", transaction)
            with pytest.raises(SpaError, match="trained by another program meanwhile"):
                edit()
        assert {item.name for item in taught.project.classes()} == set(ids)
        assert recognition.check(taught).is_valid


def test_a_reader_who_waits_for_what_is_stored_does_not_hold_it_up(taught, photos, monkeypatch):
    """Storing holds the file, a reader the encoder while it waits for the file: storing may not ask for the encoder."""
    add_classes(taught.project, [photos / "2"], task="Task 2")
    bind, readers = OpenProject.bind_backbone, []

    def bind_while_somebody_reads(self, tx):
        holds = threading.Event()

        def read():
            with self._lock:
                holds.set()
                self.project.classes()

        readers.append(threading.Thread(target=read, daemon=True))
        readers[-1].start()
        assert holds.wait(60)
        bind(self, tx)

    monkeypatch.setattr(OpenProject, "bind_backbone", bind_while_somebody_reads)
    assert training.train(taught, task="Task 2").task.name == "Task 2"
    for reader in readers:
        reader.join()
