"""Classes made one, and all that was learned forgotten."""

import numpy as np
import pytest

from spa_desktop.errors import InputError
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
            bench.add([photos / name], task="Task 1")
        bench.train()

    return prepared("split red", work)


def test_two_learned_classes_become_one_without_any_photo(split_red, lose_photos, photos):
    bench, names = split_red, ids(split_red)
    before = bench.evaluate()
    lose_photos()
    assert bench.merge_classes(names["more red"], names["red"]) is True
    assert states(bench) == {"blue": "trained", "green": "trained", "red": "trained"}
    counts = bench.project.photo_counts()[names["red"]]
    assert (counts.train, counts.test, counts.unlearned) == (10, 5, 0)
    after = bench.evaluate()
    assert np.array(after["confusion"]).sum() == np.array(before["confusion"]).sum()
    assert after["per_class"]["red"] == 100.0
    assert bench.check().is_valid
    learner = bench.project.learner_info()
    assert learner is not None
    assert sorted(learner.class_ids) == sorted(ids(bench).values())
    with pytest.raises(InputError, match=r"learned all of its classes"):
        bench.train()


def test_a_merge_is_one_step_of_undo(split_red):
    bench, names, blob = split_red, ids(split_red), split_red.project.learner().blob
    before, steps = bench.evaluate(), len(bench.project.undo_changes)
    bench.merge_classes(names["more red"], names["red"])
    assert len(bench.project.undo_changes) == steps + 1
    assert bench.project.undo_changes[0].summary == "more red into red"
    bench.project.undo()
    assert bench.project.learner().blob == blob
    assert bench.evaluate() == before
    assert bench.check().is_valid
    bench.project.redo()
    assert "more red" not in states(bench)
    assert bench.check().is_valid


def test_a_learned_class_that_becomes_part_of_a_new_one_is_learned_anew(taught, photos):
    taught.add([photos / "2"], task="Task 2")
    names = ids(taught)
    assert taught.merge_classes(names["green"], names["amber"]) is False
    assert states(taught) == {"blue": "trained", "red": "trained", "amber": "new", "violet": "new"}
    assert taught.project.photo_counts()[names["amber"]].unlearned == 12
    assert taught.evaluate()["classes"] == ["blue", "red"]
    assert taught.check().is_valid
    taught.train()
    assert states(taught)["amber"] == "trained"


def test_all_is_forgotten_and_learned_anew(two_tasks):
    taught, before = two_tasks, two_tasks.evaluate()
    taught.forget_all()
    assert set(states(taught).values()) == {"described"}
    assert taught.project.learner_info() is None
    assert taught.check().is_valid
    with pytest.raises(InputError, match=r"nothing to forget|learned nothing"):
        taught.forget_all()
    taught.project.undo()
    assert taught.evaluate() == before
    taught.forget_all()
    assert [taught.train().task.name, taught.train().task.name] == ["Task 1", "Task 2"]
    assert taught.evaluate()["last"] == before["last"]
