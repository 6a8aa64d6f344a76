"""A project with something in every table, and everything that can be read from one."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from spa_desktop.project import Project
from spa_desktop.project.documents import LogLine, TrainingNotes
from spa_desktop.project.records import Description, NewPhoto, Phrase, Support, TestAnswer

PHOTOS = 24  # of a class: enough that tables have more than one page


def make_project(path: Path) -> Path:
    """Two trained classes in a task, and a described one in another."""
    chance = np.random.default_rng(5)

    def tensors(size: int) -> bytes:
        return save({"weights": chance.normal(size=(size, size)).astype(np.float32)})

    def photo(name: str, split: Any) -> NewPhoto:
        picture = b"\xff\xd8\xff" + chance.bytes(1500)
        return NewPhoto(Path(f"/photos/{name}.jpg"), hashlib.sha256(name.encode()).hexdigest(), split, 9, 9, 9, picture)

    with Project.create(path, fingerprint="f" * 64) as project:
        with project.transaction("add") as tx:
            first, second = tx.add_task("Task 1"), tx.add_task("Task 2")
            for name, task in (("atlas", first), ("luna", first), ("hawk", second)):
                record = tx.add_class(name, task.id)
                tx.add_photos(
                    record.id, [photo(f"{name} {i}", "test" if i % 8 == 3 else "train") for i in range(PHOTOS)]
                )
        with project.transaction("describe") as tx:
            for record in project.classes():
                one = project.photos(record.id)[0].id
                tx.set_exemplars(record.id, [one])
                phrases = (Phrase("large wings", "offline", (Support(one, 3),)), Phrase("eye spots", "edited"))
                for sentence in ("The first.", f"The {record.name} has large wings."):
                    tx.put_description(Description(record.id, phrases, sentence, "openai", "gpt", "1", cost=0.01))
            tx.cache_description("key", {"phrases": ["large wings"]})
            tx.put_sorting("photos", [["/photos/owl.jpg", "a" * 64]])
            tx.set_setting("languages", "nl")
            tx.set_setting("method", {"patches": 8})
            tx.set_setting("consent", {"answer": "keep-local", "destination": ""})
        with project.transaction("correct") as tx:
            some = project.photos(1)
            tx.put_correction(some[1].id, "class", class_id=2, predicted=2)
            tx.put_correction(some[2].id, "aside", predicted=1)
            tx.put_correction(path.with_name("other.jpg"), "class", class_name="owl", predicted=1, sha256="a" * 64)
        for size in (40, 60):
            with project.transaction("train") as tx:
                info = tx.put_learner(
                    tensors(size),
                    based_on=project.learner_info(),
                    task_id=first.id,
                    class_ids=[1, 2],
                    trained_class_ids=[1, 2],
                    learned_photo_ids=[one.id for key in (1, 2) for one in project.photos(key, split="train")],
                    meta={"weights": {"a": 1.0}, "seconds": 1.5, "phrases": {"1": ["large wings"]}},
                )
                for one in project.photos(split="test"):
                    tx.put_test_features(one.id, "f" * 64, tensors(12))
                right = {"1": [5, 6]}
                answers = [TestAnswer(one.id, (1,), (0.75,)) for one in project.photos(split="test")]
                document = {"tasks": right, "classes": right, "zero_shot": 0.5, "slda": None}
                tx.put_evaluation(info.task_id, document, answers)
                notes = TrainingNotes("learned", photos=9, seconds=1.5, right=5, tests=6, log=(LogLine(0.1, "begun"),))
                tx.put_training(info.task_id, notes)
    return path


def readers(project: Project) -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that the app reads of a project, by name. None of it loads torch."""
    from spa_desktop.descriptions.consent import keeps_local
    from spa_desktop.workbench import evaluating, method_settings, open_project, overview, training

    opened = open_project.OpenProject(project)
    yield "meta", lambda: project.meta
    yield "settings", project.settings
    yield "setting", lambda: [project.setting(name) for name in ("method", "languages", "none")]
    yield "history", project.history
    yield "tasks", project.tasks
    yield "task", lambda: [project.task(item.id) for item in project.tasks()]
    yield "classes", project.classes
    yield "class", lambda: [(project.class_(item.id), project.find_class(item.name)) for item in project.classes()]
    yield "photo counts", project.photo_counts
    yield "photos", lambda: project.photos(set_aside=None)
    yield "photos of a class", lambda: [project.photos(item.id, unlearned=True) for item in project.classes()]
    yield "known photos", lambda: project.find_photos([one.sha256 for one in project.photos()])
    yield "exemplars", lambda: [project.exemplars(item.id) for item in project.classes()]
    yield "thumbnails", lambda: project.thumbnails([one.id for one in project.photos()])
    yield "features", lambda: list(project.test_features("f" * 64, range(99)))
    yield "missing features", lambda: project.missing_test_features("g" * 64)
    yield "descriptions", project.descriptions
    yield "before", lambda: [project.description(item.id, 1) for item in project.classes()]
    yield "cached", lambda: project.cached_description("key")
    yield "sorting", lambda: project.sorting("photos")
    yield "learner", project.learner
    yield "undoable", project.undoable_training
    yield "evaluations", project.evaluations
    yield "answers", lambda: [project.answers(item.learner_id) for item in project.evaluations()]
    yield "corrections", project.corrections
    yield "trainings", project.trainings
    yield "states", lambda: [project.answers_of(one.id) for one in project.measured_states()]
    yield "info", lambda: overview.overview(opened)
    yield "method", lambda: method_settings.method_of(project.settings())
    yield "consent", lambda: keeps_local(project.setting("consent"))
    yield "phrases learned", lambda: open_project.learned_phrases(project)
    yield "plan", lambda: training.plan(opened)
    yield "report", lambda: _report(evaluating, opened)


def writers(project: Project) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the app writes that depends on what stands in the file."""

    def edit() -> None:
        with project.transaction("edit") as tx:
            for record in project.classes()[:1]:
                tx.rename_class(record.id, "renamed")
            tx.add_task("one more")
            tx.set_aside([one.id for one in project.photos()[:2]])

    def undo_training() -> None:
        with project.transaction("undo training") as tx:
            tx.undo_training()

    def delete() -> None:
        with project.transaction("delete") as tx:
            for record in project.classes()[-1:]:
                tx.delete_class(record.id)

    yield "edit", edit
    yield "undo", project.undo
    yield "undo of a training", undo_training
    yield "delete", delete
    yield "undo of that", project.undo


def _report(evaluating: Any, session: Any) -> object:
    """What `evaluate` says, of answers that are all right."""
    project = session.project
    learner = project.learner_info()
    known = [item for item in project.classes() if learner is not None and item.id in learner.class_ids]
    photos = {one.id: one for one in project.photos(split="test") if one.class_id in {item.id for item in known}}
    answers = [TestAnswer(one.id, (one.class_id,), (1.0,)) for one in photos.values()]
    return evaluating.report(session, answers, photos, known, {}) if answers else None
