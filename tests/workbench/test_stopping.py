"""Cancelled anywhere, a verb leaves the project as it was; photos that are gone are left out."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job, JobEvent
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing, evaluating, recognition, training
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import draw_photo


def cancelling_at(stage: str, *, after_first_step: bool) -> Job:
    """A job that is cancelled from its listener when a stage begins, or at its first step."""

    def listen(event: JobEvent) -> None:
        if event.stage == stage and (event.done > 0 or not after_first_step):
            job.cancel()

    job = Job(listen, max_hz=1e9)
    return job


def stages_of(verb: Callable[[Job], object]) -> dict[str, bool]:
    """The stages that a verb goes through, and whether each counts steps."""
    seen: dict[str, bool] = {}

    def listen(event: JobEvent) -> None:
        seen[event.stage] = seen.get(event.stage, False) or event.done > 0

    verb(Job(listen, max_hz=1e9))
    return seen


VERBS: dict[str, Callable[[OpenProject, Job], object]] = {
    "describe": lambda bench, job: describing.describe(bench, job=job, task="Task 2"),
    "train": lambda bench, job: training.train(bench, job),
    "top up": lambda bench, job: training.train(bench, job, task="Task 1"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_cancel_at_every_stage(verb, taught, photos, path, cache_folder):
    add_classes(taught.project, [photos / "2"], task="Task 2")
    if verb != "describe":
        describing.describe(taught, task="Task 2")
    if verb == "top up":
        for seed in range(40, 44):
            draw_photo(photos / "more" / "red" / f"{seed}.png", "red", seed)
        add_classes(taught.project, [photos / "more" / "red"], top_up=True)
    taught.close()
    before, learned = path.read_bytes(), path.with_name("before.spa")
    shutil.copy(path, learned)
    shutil.rmtree(cache_folder)

    def run(job: Job) -> None:
        with OpenProject.open(path) as bench:
            VERBS[verb](bench, job)

    stages = stages_of(run)
    assert len(stages) >= {"describe": 3, "train": 9, "top up": 5}[verb]
    for stage, counts_steps in stages.items():
        for after_first_step in (False, True) if counts_steps else (False,):
            path.write_bytes(before)
            shutil.rmtree(cache_folder, ignore_errors=True)
            with pytest.raises(Cancelled, match="was cancelled"):
                run(cancelling_at(stage, after_first_step=after_first_step))
            assert path.read_bytes() == before, f"cancelled at {stage!r}"
    with OpenProject.open(path) as bench, OpenProject.open(learned, write=False) as other:
        assert evaluating.evaluate(bench) == evaluating.evaluate(other)
        VERBS[verb](bench, Job())
        assert recognition.check(bench).is_valid


def test_a_photo_that_was_left_out_does_not_hold_up_what_comes_later(bench, photos, cache_folder):
    lost = photos / "1" / "train" / "red" / "red-0.png"
    add_classes(bench.project, [photos / "1"], task="Task 1")
    describing.describe(bench)
    shutil.rmtree(cache_folder)
    lost.unlink()
    training.train(bench)
    add_classes(bench.project, [photos / "2"], task="Task 2")
    assert training.plan(bench).task.name == "Task 2"
    with bench.project.transaction("test", "as corrections leave it") as tx:
        tx.set_class_state(bench.project.find_class("red").id, "stale")
    assert training.plan(bench).task.name == "Task 2"
    training.train(bench)
    more = draw_photo(photos / "more" / "green" / "green-70.png", "green", 70)
    add_classes(bench.project, [more.parent], top_up=True, test_share=0.0)
    done = training.train(bench)
    assert (done.learned, done.topped_up) == ((), ("green",))
    with pytest.raises(InputError, match="No photo of red can be read"):
        training.train(bench)


def test_photos_that_are_gone_are_left_out_by_name(taught, photos, cache_folder):
    said: list[str] = []
    add_classes(taught.project, [photos / "2"])
    describing.describe(taught)
    shutil.rmtree(cache_folder)
    gone: list[Path] = [
        photos / "2" / "train" / "amber" / "amber-0.png",
        photos / "2" / "test" / "amber" / "amber-7.png",
    ]
    for file in gone:
        file.unlink()
    training.train(taught, Job(lambda event: said.append(event.message) if event.message else None))
    for file in gone:
        assert sum(str(file) in line for line in said) == 1
    assert sum(map(sum, evaluating.evaluate(taught)["confusion"])) == 14
