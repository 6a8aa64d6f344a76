"""Each test photo is scored once a training: its answer is kept with the project, and read from there."""

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.metrics import Accuracy
from spa_desktop.project.documents import right_of
from spa_desktop.project.folders import add_classes
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.workbench import (
    class_changes,
    correction_learning,
    corrections,
    evaluating,
    recognition,
    training,
    worth_a_look,
)
from spa_desktop.workbench.evaluating import is_measured
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.conftest import ids
from tests.workbench.tiny import draw_photo


def test_once_a_training_and_never_again(bench, teach, scored, path, tiny):
    teach(bench, 1)
    assert sum(scored) == 9
    first = evaluating.evaluate(bench)
    teach(bench, 2)
    assert sum(scored) == 9 + 15
    second = evaluating.evaluate(bench)
    assert evaluating.evaluate(bench) == second
    bench.close()
    loaded = len(tiny)
    with OpenProject.open(path, write=False) as again:
        assert evaluating.evaluate(again) == second
    assert sum(scored) == 9 + 15
    assert len(tiny) == loaded, "to read answers no backbone is loaded"
    assert first["curve"] == second["curve"][:1]


def test_test_photos_are_counted_by_events(taught):
    """Half a minute lies between two photos: an event is whole, or it has photos that were learned."""
    tests, learned = (taught.project.photos(split=split) for split in ("test", "train"))
    times = {photo.id: 1000.0 + place for place, photo in enumerate(tests[:3])}

    def counted() -> dict[str, int]:
        with taught.project.transaction("test") as tx:
            for number, taken in times.items():
                tx._run("UPDATE photos SET taken = ?, path = '/burst/' || name WHERE id = ?", (taken, number))
        return evaluating.evaluate(taught)["events"]

    assert counted() == {"whole": 1, "split": 0, "unknown": 0}
    times[learned[0].id] = 1030.0
    assert counted() == {"whole": 0, "split": 3, "unknown": 0}
    times |= dict.fromkeys((photo.id for photo in tests), None)
    assert counted() == {"whole": 0, "split": 0, "unknown": len(tests)}


def add_later(bench, photos, *seeds):
    """More test photos of red, and one to learn from."""
    for seed in seeds:
        draw_photo(photos / "later" / "test" / "red" / f"{seed}.png", "red", seed)
    draw_photo(photos / "later" / "train" / "red" / "72.png", "red", 72)
    add_classes(bench.project, [photos / "later"], top_up=True)


def test_photos_that_came_later_are_scored_once(taught, photos, scored):
    before = evaluating.evaluate(taught)
    add_later(taught, photos, 70, 71)
    steps = len(taught.project.undo_changes)
    assert len(taught.project.missing_test_features(taught.project.meta.fingerprint)) == 2
    after = evaluating.evaluate(taught)
    assert sum(scored) == 2
    assert len(after["photos"]["id"]) == len(before["photos"]["id"]) + 2
    assert taught.project.missing_test_features(taught.project.meta.fingerprint) == []
    assert evaluating.evaluate(taught) == after
    assert sum(scored) == 2
    assert len(taught.project.undo_changes) == steps, "keeping answers is no step of undo"


def test_test_photos_tell_how_often_a_thing_that_was_not_learned_is_told_apart(two_tasks, monkeypatch):
    known = two_tasks.project.learner_info().class_ids
    tests = [photo for photo in two_tasks.project.photos(split="test") if photo.class_id in known]
    told, asked = evaluating.count_unknown(two_tasks, Job())
    assert 0 <= told <= asked == len(tests)
    two_tasks.kept_share = 0.5
    assert told < evaluating.count_unknown(two_tasks, Job())[0], "the stricter, the more"
    monkeypatch.setattr(SpaLearner, "known_scale", lambda *_: None)
    assert evaluating.count_unknown(two_tasks, Job()) is None, "no photo is ever told"


def test_measuring_leaves_what_can_be_redone(taught, photos):
    add_later(taught, photos, 70)
    project, known = taught.project, ids(taught)
    with project.transaction("rename") as tx:
        tx.rename_class(known["red"], "crimson")
    project.undo()
    assert len(evaluating.evaluate(taught)["photos"]["id"]) == 10
    assert [one.verb for one in project.redo_changes] == ["rename"]
    assert project.redo().verb == "rename"
    assert "crimson" in ids(taught)
    assert len(evaluating.evaluate(taught)["photos"]["id"]) == 10
    assert project.missing_test_features(project.meta.fingerprint) == [], "nothing is there to redo: it was kept"
    project.undo()
    project.undo()
    assert len(evaluating.evaluate(taught)["photos"]["id"]) == 9
    assert [one.verb for one in project.redo_changes] == ["add", "rename"]


def test_every_accuracy_is_counted_by_the_labels_of_now(two_tasks, scored):
    """Results, Train (its records) and Start (the last evaluation) say the same of the model of now, and of before."""

    def said() -> list[int]:
        found = evaluating.evaluate(two_tasks)
        records, stages = two_tasks.project.trainings(), two_tasks.project.evaluations()
        for place, one in enumerate(found["counted"]["curve"]):
            counted = Accuracy.of_json(one)
            assert records[place].notes.accuracy == right_of(stages[place].document) == counted
            classes = stages[place].document["classes"].values()
            assert tuple(map(sum, zip(*classes, strict=True))) == (counted.right, counted.photos)
        return [one["right"] for one in found["counted"]["curve"]]

    known, project, was = ids(two_tasks), two_tasks.project, said()
    first, second, third = project.photos(known["red"], split="test")
    answered = {one.photo_id: one.class_ids[0] for one in project.answers(project.learner_info().id)}
    assert answered[first.id] == answered[second.id] == known["red"]
    corrections.correct(two_tasks, first.id, class_id=known["blue"])
    correction_learning.learn_corrections(two_tasks)
    assert said() == [one - 1 for one in was], "its label is wrong now"
    with project.transaction("move") as tx:
        tx.move_photos([first.id], known["red"])
        tx.set_aside([second.id])
    assert said() == [one - 1 for one in was], "it counts no more"
    with project.transaction("move") as tx:
        tx.set_aside([second.id], False)
        tx.set_split([third.id], "train")
    assert [one.document["classes"][str(known["red"])] for one in project.evaluations()] == [[2, 2], [2, 2]]
    assert scored == []


def test_classes_that_are_merged_were_right_as_what_they_are_now(two_tasks):
    known, project = ids(two_tasks), two_tasks.project
    before = project.evaluations()[0].document["tasks"]
    class_changes.merge_classes(two_tasks, known["red"], known["green"])
    (right, photos) = project.evaluations()[0].document["classes"][str(known["green"])]
    assert (right, photos) == (6, 6)
    assert project.evaluations()[0].document["tasks"] == before
    project.undo()
    assert project.evaluations()[0].document["classes"][str(known["green"])] == [3, 3]
    project.redo()
    assert project.evaluations()[0].document["classes"][str(known["green"])] == [6, 6]


def test_a_task_whose_only_class_is_merged_away_goes_and_comes_back(two_tasks):
    known, project = ids(two_tasks), two_tasks.project
    only = [item.id for item in project.classes() if item.task_id == project.tasks()[1].id]
    class_changes.merge_classes(two_tasks, only[0], only[1])
    assert [task.name for task in project.tasks()] == ["Task 1", "Task 2"], "it has another class"
    class_changes.merge_classes(two_tasks, only[1], known["green"])
    assert [task.name for task in project.tasks()] == ["Task 1"]
    assert recognition.check(two_tasks).is_valid
    assert [(one.task, one.answers) for one in evaluating.known_states(two_tasks)] == [("Task 1", 15), ("Task 1", 9)]
    assert len(project.trainings()) == 1, "no other task takes over how it went"
    assert len(evaluating.evaluate(two_tasks)["curve"]) == 1
    for _ in range(2):
        project.undo()
    assert [task.name for task in project.tasks()] == ["Task 1", "Task 2"]
    assert recognition.check(two_tasks).is_valid


def test_each_accuracy_has_its_range_and_a_class_without_test_photos_is_named_and_has_an_estimate(taught, monkeypatch):
    monkeypatch.setattr(worth_a_look, "MOST", 5)  # of labels that are checked: an estimate is of all photos
    found = evaluating.evaluate(taught)
    counted = found["counted"]
    every = {"right": 9, "photos": 9, "range": [70.09, 100.0]}
    assert (counted["last"], counted["curve"], counted["accuracy_matrix"]) == (every, [every], [[every]])
    three = {"right": 3, "photos": 3, "range": [43.85, 100.0]}
    assert counted["per_class"] == {"blue": three, "green": three, "red": three}
    assert found["leave_one_out"] == {}
    known = ids(taught)
    with taught.project.transaction("edit") as tx:
        tx.set_aside([one.id for one in taught.project.photos(known["green"], split="test")])
    found = evaluating.evaluate(taught)
    assert found["per_class"] == {"blue": 100.0, "green": None, "red": 100.0}
    assert found["counted"]["per_class"]["green"] == {"right": 0, "photos": 0, "range": None}
    assert found["leave_one_out"] == {"green": {"right": 6, "photos": 6, "range": [60.97, 100.0]}}
    assert evaluating.evaluate(taught, estimated=False) == {**found, "leave_one_out": {}}
    with taught.project.transaction("edit") as tx:
        tx.set_aside([one.id for one in taught.project.photos(split="test")])
    with pytest.raises(
        InputError, match=r"no test photo.*An estimate, leaving out one photo at a time: 18 of 18 right"
    ):
        evaluating.evaluate(taught)


def test_one_class_alone_has_no_accuracy(bench, photos):
    add_classes(bench.project, [photos / "1" / "train" / "red"], task="Alone", test_share=0.34)
    trained = training.train(bench)
    assert (trained.is_alone, trained.notes.tests) == (True, 0)
    found = evaluating.evaluate(bench)
    assert (found["last"], found["average"], found["curve"], found["per_class"]) == (None, None, [None], {"red": None})
    assert found["references"] == {"zero-shot": [None], "slda": [None]}
    assert not is_measured({"classes": {"1": [1, 1]}}, 1), "as earlier versions measured it"
    add_classes(bench.project, [photos / "2"], task="More")
    training.train(bench)
    found = evaluating.evaluate(bench)
    assert found["accuracy_matrix"][0] == [None, None]
    assert found["curve"][0] is None
    assert found["forgetting"] == 0.0
    assert found["counted"]["last"]["photos"] > 1
    now, before = evaluating.known_states(bench)
    assert before.answers > 0
    compared = evaluating.compare_states(bench, before.id, now.id)
    assert (compared.photos, compared.right) == ((), (0, 0))
    assert [one.first for one in compared.classes] == [None] * 3
    assert None not in [one.second for one in compared.classes]
