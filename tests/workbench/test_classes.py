"""Classes made one, and all that was learned forgotten."""

import numpy as np
import pytest

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.project.folders import add_classes
from spa_desktop.project.versions import versions_of
from spa_desktop.workbench import class_changes, evaluating, recognition, training
from tests.workbench.conftest import ids, states
from tests.workbench.tiny import draw_photo


@pytest.fixture
def split_red(prepared, photos):
    """Red was learned as two classes by mistake, and `more red` has test photos of its own."""
    for seed in range(40, 46):
        part = "train" if seed < 44 else "test"
        draw_photo(photos / "double" / part / "more red" / f"{seed}.png", "red", seed)

    def work(bench, photos):
        for name in ("1", "double"):
            add_classes(bench.project, [photos / name], task="Task 1")
        training.train(bench)

    return prepared("split red", work)


def test_two_learned_classes_become_one_without_any_photo(split_red, lose_photos, photos):
    bench, names = split_red, ids(split_red)
    before = evaluating.evaluate(bench)
    lose_photos()
    assert class_changes.merge_classes(bench, names["more red"], names["red"]) is True
    class_changes.forget_class(bench, names["green"])
    kept = [version.path for version in versions_of(bench.project.path) if version.why == "before deleting"]
    assert len(kept) == 1, "deleting many at a time pushes no other version out"
    with Project.open(kept[0]) as version:
        assert {class_.name for class_ in version.classes()} == {"blue", "green", "more red", "red"}
    bench.project.undo()
    assert states(bench) == {"blue": "trained", "green": "trained", "red": "trained"}
    counts = bench.project.photo_counts()[names["red"]]
    assert (counts.train, counts.test, counts.unlearned) == (10, 5, 0)
    after = evaluating.evaluate(bench)
    assert np.array(after["confusion"]).sum() == np.array(before["confusion"]).sum()
    assert after["per_class"]["red"] == 100.0
    assert recognition.check(bench).is_valid
    learner = bench.project.learner_info()
    assert learner is not None
    assert sorted(learner.class_ids) == sorted(ids(bench).values())
    with pytest.raises(InputError, match=r"learned all of its classes"):
        training.train(bench)


def test_a_merge_is_one_step_of_undo(split_red):
    bench, names, blob = split_red, ids(split_red), split_red.project.learner().blob
    before, steps = evaluating.evaluate(bench), len(bench.project.undo_changes)
    class_changes.merge_classes(bench, names["more red"], names["red"])
    assert len(bench.project.undo_changes) == steps + 1
    assert bench.project.undo_changes[0].summary == "more red into red"
    bench.project.undo()
    assert bench.project.learner().blob == blob
    assert evaluating.evaluate(bench) == before
    assert recognition.check(bench).is_valid
    bench.project.redo()
    assert "more red" not in states(bench)
    assert recognition.check(bench).is_valid


def test_a_learned_class_that_becomes_part_of_a_new_one_is_learned_anew(taught, photos):
    add_classes(taught.project, [photos / "2"], task="Task 2")
    names = ids(taught)
    assert class_changes.merge_classes(taught, names["green"], names["amber"]) is False
    assert states(taught) == {"blue": "trained", "red": "trained", "amber": "new", "violet": "new"}
    assert taught.project.photo_counts()[names["amber"]].unlearned == 12
    assert evaluating.evaluate(taught)["classes"] == ["blue", "red"]
    assert recognition.check(taught).is_valid
    training.train(taught)
    assert states(taught)["amber"] == "trained"


def test_all_is_forgotten_and_learned_anew(two_tasks):
    taught, before = two_tasks, evaluating.evaluate(two_tasks)
    class_changes.forget_all(taught)
    assert versions_of(taught.project.path)[0].why == "before forgetting", "it can be had again when undo is gone"
    assert set(states(taught).values()) == {"described"}
    assert taught.project.learner_info() is None
    assert recognition.check(taught).is_valid
    with pytest.raises(InputError, match=r"nothing to forget|learned nothing"):
        class_changes.forget_all(taught)
    taught.project.undo()
    assert evaluating.evaluate(taught) == before
    class_changes.forget_all(taught)
    assert [training.train(taught).task.name, training.train(taught).task.name] == ["Task 1", "Task 2"]
    assert evaluating.evaluate(taught)["last"] == before["last"]
