"""The whole loop: taught task by task, then without a single photo."""

import numpy as np
import pytest
import torch

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import class_changes, describing, evaluating, overview, recognition, training
from spa_desktop.workbench.describing import Shown
from spa_desktop.workbench.open_project import OpenProject, refs
from tests.workbench.conftest import states
from tests.workbench.tiny import TinyEncoder, draw_photo


def test_one_task(bench, photos, tiny):
    added = add_classes(bench.project, [photos / "1"], task="Colours")
    assert (added.train, added.test, added.skipped) == (18, 9, ())
    assert states(bench) == {"blue": "new", "green": "new", "red": "new"}

    described = describing.describe(bench)
    assert all(name in text.sentence for name, text in described.descriptions.items())
    assert set(states(bench).values()) == {"described"}

    trained = training.train(bench)
    assert (trained.task.name, trained.learned, trained.topped_up) == ("Colours", ("blue", "green", "red"), ())
    assert set(states(bench).values()) == {"trained"}

    found = evaluating.evaluate(bench)
    assert (found["tasks"], found["classes"]) == (["Colours"], ["blue", "green", "red"])
    assert found["accuracy_matrix"] == [found["curve"]] == [[100.0]], "three colours are easily told apart"
    assert (found["average"], found["forgetting"]) == (100.0, 0.0)
    assert np.array(found["confusion"]).tolist() == np.diag([3, 3, 3]).tolist()
    # All views of 27 photos, once, whatever was done with them.
    assert [encoder.encoded for encoder in tiny] == [81]
    assert recognition.check(bench).is_valid


def test_two_tasks(taught, teach, photos):
    first = evaluating.evaluate(taught)
    teach(taught, 2)
    found = evaluating.evaluate(taught)
    assert found["tasks"] == ["Task 1", "Task 2"]
    assert found["classes"] == ["blue", "green", "red", "amber", "violet"]
    matrix = found["accuracy_matrix"]
    assert [len(row) for row in matrix] == [2, 2]
    assert matrix[0] == [first["last"], None], "nobody can be measured before it was taught"
    assert found["curve"][0] == first["last"]
    assert found["curve"][1] == found["last"] == pytest.approx((9 * matrix[1][0] + 6 * matrix[1][1]) / 15, abs=1e-3)
    assert found["average"] == pytest.approx(np.mean(found["curve"]), abs=1e-3)
    assert found["forgetting"] == pytest.approx(matrix[0][0] - matrix[1][0], abs=1e-3)
    confusion = np.array(found["confusion"])
    assert confusion.shape == (5, 5)
    assert confusion.sum(axis=1).tolist() == [3] * 5, "a row for each class's test photos"
    for place, name in enumerate(found["classes"]):
        assert found["per_class"][name] == pytest.approx(100 * confusion[place, place] / 3, abs=1e-3)
    assert found["last"] >= 80.0
    assert [len(values) for values in found["references"].values()] == [2, 2]


def test_without_photos(two_tasks, photos, lose_photos, tmp_path, path, tiny):
    taught = two_tasks
    probes = [draw_photo(tmp_path / "probes" / f"{look}.png", look, 99) for look in ("red", "amber")]
    before, answers = evaluating.evaluate(taught), recognition.classify(taught, probes, singly=True).answers
    third = tmp_path / "third"
    (photos / "3").rename(third)
    lose_photos()
    taught.close()
    encoded = tiny[-1].encoded

    with OpenProject.open(path) as bench:
        assert evaluating.evaluate(bench) == before
        again = recognition.classify(bench, probes, singly=True).answers
        assert [(one.class_ids, one.probabilities) for one in again] == [
            (one.class_ids, one.probabilities) for one in answers
        ]
        add_classes(bench.project, [third], task="Task 3")
        describing.describe(bench, task="Task 3")
        training.train(bench)
        after = evaluating.evaluate(bench)
        assert after["tasks"] == ["Task 1", "Task 2", "Task 3"]
        assert [row[:2] for row in after["accuracy_matrix"][:2]] == before["accuracy_matrix"]
        old = [place for place, number in enumerate(after["photos"]["class"]) if number < 5]
        assert len(old) == 15, "old classes are measured by stored features"
        assert after["classes"] == [*before["classes"], "teal"]
        assert after["last"] >= 80.0
        assert recognition.check(bench).is_valid
    # Only the probes, twice, and the third task's photos: in two views each.
    assert tiny[-1].encoded == encoded + 3 * (2 + 9)


def test_more_photos_make_a_class_stale_and_training_tops_it_up(two_tasks, tmp_path):
    taught, before = two_tasks, evaluating.evaluate(two_tasks)
    for seed in range(20, 24):
        draw_photo(tmp_path / "more" / "red" / f"{seed}.png", "red", seed)
    with pytest.raises(InputError, match="top_up=True"):
        add_classes(taught.project, [tmp_path / "more" / "red"])
    add_classes(taught.project, [tmp_path / "more" / "red"], top_up=True, test_share=0.0)
    assert states(taught)["red"] == "stale"
    assert evaluating.evaluate(taught)["last"] == before["last"], "what is stale still works"
    done = training.train(taught)
    assert (done.learned, done.topped_up) == ((), ("red",))
    assert set(states(taught).values()) == {"trained"}
    after = evaluating.evaluate(taught)
    # The accuracy after the first task is history: topping a class up later does not rewrite it.
    stages = taught.project.evaluations()
    assert [sorted(stage.document["tasks"]) for stage in stages] == [["1"], ["1", "2"]]
    assert stages[1].learner_id == taught.project.learner_info().id
    assert after["accuracy_matrix"][0] == before["accuracy_matrix"][0]
    with pytest.raises(InputError, match=r"learned all of its classes"):
        training.train(taught)


def test_classes_that_are_topped_up_together_get_their_own_photos_each(taught, tmp_path):
    more = {"red": 4, "blue": 2, "green": 3}
    for look, count in more.items():
        for seed in range(20, 20 + count):
            draw_photo(tmp_path / "more" / look / f"{seed}.png", look, seed)
    add_classes(taught.project, [tmp_path / "more"], top_up=True, test_share=0.0)
    assert sorted(training.train(taught).topped_up) == sorted(more)
    learner, known = recognition.learned(taught)
    store = taught.store(Job())
    for place, item in enumerate(known):
        class_id = taught.project.find_class(item.name).id
        pooled = store.pooled(refs(taught.project.photos(class_id, split="train")))
        features = learner.memory.global_features(pooled).flatten(0, 1)
        assert int(learner.memory.globals.counts[place]) == len(features) == 3 * (6 + more[item.name])
        torch.testing.assert_close(learner.memory.globals.means[place], features.mean(dim=0), rtol=1e-2, atol=1e-3)


def known_photos(bench: OpenProject, name: str) -> int:
    """Of how many photos the model is, as its own sums say."""
    item = bench.project.find_class(name)
    learner = bench.require_learner(Job())
    counts = learner.memory.globals.counts
    green = bench.project.find_class("green")  # is left as it is
    views = float(counts[learner.memory.index(str(green.id))]) / len(bench.project.photos(green.id, split="train"))
    return round(float(counts[learner.memory.index(str(item.id))]) / views)


@pytest.mark.parametrize("how", ["set aside", "moved"])
def test_a_learned_photo_that_is_taken_out_is_learned_no_more(two_tasks, how):
    taught = two_tasks
    red, blue = taught.project.find_class("red"), taught.project.find_class("blue")
    gone = taught.project.photos(red.id, split="train")[0].id
    with taught.project.transaction("edit", how) as tx:
        if how == "set aside":
            tx.set_aside([gone])
        else:
            tx.move_photos([gone], blue.id)
    assert states(taught)["red"] == "stale"
    plan = training.plan(taught, "Task 1")
    assert [item.name for item in plan.anew] == ["red"]
    assert [item.name for item in plan.stale] == (["blue"] if how == "moved" else [])
    done = training.train(taught, task="Task 1")
    assert done.learned == ()
    assert {*done.topped_up, *done.again} == ({"red", "blue"} if how == "moved" else {"red"})
    assert set(states(taught).values()) == {"trained"}
    left = len(taught.project.photos(red.id, split="train"))
    assert known_photos(taught, "red") == left == 5
    assert known_photos(taught, "blue") == (7 if how == "moved" else 6)
    assert evaluating.evaluate(taught)["last"] >= 80.0
    with pytest.raises(InputError, match=r"learned all of its classes"):
        training.plan(taught)


def test_a_project_that_calls_a_photo_learned_that_is_not_known_is_mended_by_the_next_training(taught, tmp_path):
    """As earlier versions left it."""
    red = taught.project.find_class("red")
    draw_photo(tmp_path / "more" / "red" / "20.png", "red", 20)
    add_classes(taught.project, [tmp_path / "more" / "red"], top_up=True, test_share=0.0)
    new = taught.project.photos(red.id, split="train", unlearned=True)[0].id
    with taught.project.transaction("edit", "as it was left") as tx:
        tx._run("UPDATE photos SET is_learned = 1 WHERE id = ?", (new,))
    draw_photo(tmp_path / "again" / "red" / "21.png", "red", 21)
    add_classes(taught.project, [tmp_path / "again" / "red"], top_up=True, test_share=0.0)
    training.train(taught)
    assert known_photos(taught, "red") == 8


def test_tasks_are_listed_in_the_order_they_were_learned(bench, photos):
    add_classes(bench.project, [photos / "1"], task="Planned first")
    add_classes(bench.project, [photos / "2"], task="Planned second")
    training.train(bench, task="Planned second")
    alone = evaluating.evaluate(bench)
    training.train(bench)
    found = evaluating.evaluate(bench)
    assert found["tasks"] == ["Planned second", "Planned first"]
    assert found["accuracy_matrix"][0] == [alone["last"], None]


def test_undo_takes_the_last_training_back(taught, teach, scored):
    before, blob = evaluating.evaluate(taught), taught.project.learner().blob
    teach(taught, 2)
    after, count = evaluating.evaluate(taught), sum(scored)
    assert class_changes.undo_training(taught) == "Task 2"
    assert evaluating.evaluate(taught) == before
    taught.project.redo()
    assert evaluating.evaluate(taught) == after
    assert sum(scored) == count, "answers come back with what was learned"
    assert class_changes.undo_training(taught) == "Task 2"
    assert taught.project.learner().blob == blob
    assert [states(taught)[name] for name in ("red", "amber", "violet")] == ["trained", "described", "described"]
    assert training.train(taught).task.name == "Task 2"
    assert recognition.check(taught).is_valid


def test_a_class_can_be_forgotten(two_tasks, teach, photos):
    taught, before = two_tasks, evaluating.evaluate(two_tasks)
    class_changes.forget_class(taught, taught.project.find_class("green").id)
    assert sorted(states(taught)) == ["amber", "blue", "red", "violet"]
    found = evaluating.evaluate(taught)
    assert found["classes"] == ["blue", "red", "amber", "violet"]
    assert np.array(found["confusion"]).sum() == 12
    assert found["curve"][0] == before["curve"][0], "what was measured stays measured"
    answers = recognition.classify(taught, [photos / "1" / "test" / "red" / "red-7.png"])
    assert sorted(answers.names[key] for key in answers.answers[0].class_ids) == ["amber", "blue", "red", "violet"]
    assert recognition.check(taught).is_valid
    teach(taught, 3)
    assert evaluating.evaluate(taught)["classes"] == ["blue", "red", "amber", "violet", "teal"]
    for item in taught.project.classes():
        class_changes.forget_class(taught, item.id)
    assert taught.project.learner_info() is None
    assert recognition.check(taught).is_valid


def test_exemplars_that_were_chosen_stay_and_no_other_class_needs_any(described, lose_photos):
    project = described.project
    red, green = (project.find_class(name).id for name in ("red", "green"))
    last = project.exemplars(red)[-1].id
    with project.transaction("exemplars") as tx:
        tx.set_exemplars(red, [last])
        tx.set_exemplars(green, [])
    assert [photo.id for photo in Shown(described, Job(), required={red}).exemplars[red]] == [last]
    lose_photos()
    assert Shown(described, Job(), required={red}).exemplars[green] == []


def test_other_weights_are_refused(taught, path, monkeypatch):
    taught.close()
    monkeypatch.setattr(TinyEncoder, "fingerprint", "of other weights")
    with (
        OpenProject.open(path) as bench,
        pytest.raises(InputError, match=r"made with other weights of spa-lite than those here, or an earlier"),
    ):
        recognition.recognizer(bench)


def test_reading_leaves_the_file_alone(taught, path, photos, tmp_path):
    taught.close()
    before = path.read_bytes()
    with OpenProject.open(path, write=False) as bench:
        evaluating.evaluate(bench)
        photo, seen = photos / "1" / "test" / "red" / "red-7.png", []
        overlays = tmp_path / "overlays"
        answers = recognition.classify(bench, [photo], singly=True, overlay_dir=overlays, on_answers=seen.extend)
        assert seen == list(answers.answers)
        assert len(list(overlays.iterdir())) == 1
        overview.overview(bench)
        assert recognition.check(bench).is_valid
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.glob("Colours*")) == ["Colours.spa"]
