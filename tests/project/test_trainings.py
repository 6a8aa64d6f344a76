"""How trainings went is kept, bounded, undone with them, and never believed where a file says it."""

import json
from dataclasses import replace

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.project import Project
from spa_desktop.project.documents import TRAINING, CurvePoint, LogLine, PickedPatches, StageTime, TrainingNotes

NOTES = TrainingNotes(
    "learned",
    photos=12,
    seconds=3.5,
    right=9,
    tests=10,
    lost=1.5,
    stages=(StageTime("ENCODE", 2.0), StageTime("PROJECT", 1.0)),
    log=(LogLine(0.1, "Photo left out: none.jpg"),),
    curve=(CurvePoint(1, 2.0, 50.0), CurvePoint(2, 1.0, 90.0)),
    picked=(PickedPatches(1, (3, 3), (8, 0), (0.0, 0.1, 1.0, 0.8)),),
)


@pytest.fixture
def learned(moths):
    """A project with a task of two classes that was learned once."""
    with moths.transaction("note", undo="with_previous") as tx:
        tx.put_training(1, NOTES)
    return moths


def test_it_is_read_as_it_was_written(learned):
    (found,) = learned.trainings()
    assert found.notes == NOTES
    assert found.notes.accuracy.per_cent == 90.0
    assert found.learner_id == learned.learner_info().id
    assert learned.check().problems == ()


def test_it_goes_with_its_training_and_comes_back_with_it(learned):
    with learned.transaction("undo") as tx:
        tx.undo_training()
    assert learned.trainings() == []
    learned.undo()
    assert [one.notes for one in learned.trainings()] == [NOTES]
    with learned.transaction("forget") as tx:
        tx.forget_learner()
    assert learned.trainings() == []


def test_the_latest_three_of_a_task_stay(learned):
    task = learned.tasks()[0].id
    for photos in range(20, 25):
        with learned.transaction("top up") as tx:
            tx.put_training(task, replace(NOTES, photos=photos))
    assert [one.notes.photos for one in learned.trainings()] == [22, 23, 24]


@pytest.mark.parametrize(
    "change",
    [
        {"log": (LogLine(0.0, "x" * 501),)},
        {"seconds": float("nan")},
        {"picked": (PickedPatches(1, (3, 3), (9,), (0.0, 0.0, 1.0, 1.0)),)},
        {"log": (LogLine(0.0, "key sk-abcdefghijklmnopqrstuvwx"),)},
    ],
)
def test_what_is_out_of_bounds_is_not_stored(learned, change):
    with pytest.raises(SpaError, match="stored"), learned.transaction("top up") as tx:
        tx.put_training(learned.tasks()[0].id, replace(NOTES, **change))
    assert len(learned.trainings()) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"grid": [3, 3], "patches": [9], "photo_id": 1, "crop": [0, 0, 1, 1]},
        {"grid": [100000, 100000], "patches": [1], "photo_id": 1, "crop": [0, 0, 1, 1]},
        {"grid": [3, 3], "patches": [1], "photo_id": 1, "crop": [0, 0, 5, 1]},
    ],
)
def test_a_file_of_a_stranger_is_refused_in_one_line(learned, sql, broken):
    path = learned.path
    learned.close()
    document = {**json.loads(TRAINING.dump_json(NOTES)), "picked": [broken]}
    sql(path, f"UPDATE trainings SET notes = '{json.dumps(document)}'")
    with Project.open(path) as project:
        with pytest.raises(SpaError, match="trainings: notes is not valid") as said:
            project.trainings()
        assert "\n" not in str(said.value)
        assert any("notes is not valid" in line for line in project.check().problems)
