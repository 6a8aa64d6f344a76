"""What a person says photos are: gathered, learned, taken back."""

from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project import Project
from spa_desktop.project.folders import add_classes
from spa_desktop.project.records import ClassRecord
from spa_desktop.project.versions import versions_of
from spa_desktop.workbench import class_changes, correction_learning, corrections, evaluating, recognition, training
from spa_desktop.workbench.correction_learning import CorrectionOutcome, changes_line
from spa_desktop.workbench.corrections import CONFIRMED, confirmed_labels
from spa_desktop.workbench.evaluating import Comparison, compare
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.conftest import states
from tests.workbench.tiny import draw_photo


def ids(bench, name, split="train"):
    return [photo.id for photo in bench.project.photos(bench.project.find_class(name).id, split=split)]


def class_of(bench, photo_id):
    return bench.project.class_(bench.project.photo(photo_id).class_id).name


@pytest.fixture
def mislabelled(photos, request):
    """A project that learned with two green photos among the red ones."""
    for seed in (20, 21):
        draw_photo(photos / "1" / "train" / "red" / f"stray-{seed}.png", "green", seed)
    return request.getfixturevalue("taught")


def strays(bench):
    return [one.id for one in bench.project.photos(split="train") if one.name.startswith("stray")]


def test_corrections_wait_also_for_a_restart(taught, path):
    red, green = taught.project.find_class("red"), taught.project.find_class("green")
    one, two = ids(taught, "red")[:2]
    assert corrections.correct(taught, one, class_id=green.id, predicted=red.id).taken_for == red.id
    corrections.correct(taught, two, "aside")
    taught.close()
    with OpenProject.open(path) as again:
        first, second = again.project.corrections()
        assert (first.photo_id, first.class_id, second.photo_id, second.verdict) == (one, green.id, two, "aside")
        assert class_of(again, one) == "red"
        assert again.project.check().problems == ()
        assert again.project.undo_changes == ()
        corrections.drop(again, [first.id, 999])
        assert [item.photo_id for item in again.project.corrections()] == [two]
        again.project.undo()
        assert len(again.project.corrections()) == 2


def test_what_a_photo_is_already_is_no_correction_and_takes_one_back(taught):
    photo = ids(taught, "red")[0]
    assert corrections.correct(taught, photo, class_name="red") is None
    corrections.correct(taught, photo, class_name="green")
    again = corrections.correct(taught, photo, class_name="blue")
    assert [one.id for one in taught.project.corrections()] == [again.id]
    assert corrections.correct(taught, photo, class_name="red") is None
    assert taught.project.corrections() == []
    red = taught.project.find_class("red").id
    assert confirmed_labels(taught.project.settings()) == {photo: red}
    other = ids(taught, "red")[1]
    assert corrections.correct(taught, other, class_name="red") is None
    assert confirmed_labels(taught.project.settings()) == {photo: red, other: red}
    assert confirmed_labels({CONFIRMED: {"a": [1]}}) == {}, "a project may be a stranger's"


def test_the_last_word_on_a_file_counts_also_where_it_came_into_the_project_meanwhile(taught, tmp_path):
    file = draw_photo(tmp_path / "red" / "it.png", "red", 50)
    corrections.correct(taught, file, class_name="green")
    add_classes(taught.project, [file.parent], top_up=True, test_share=0.0)
    assert corrections.correct(taught, file, class_name="red") is None
    assert taught.project.corrections() == []
    taught.project.undo()
    corrections.correct(taught, file, class_name="blue")
    assert len(taught.project.corrections()) == 2
    assert correction_learning.learn_corrections(taught).photos == 1
    assert taught.project.corrections() == []


@pytest.mark.parametrize("is_redone", [False, True])
def test_undo_and_redo_leave_files_where_they_lie_now(taught, tmp_path, is_redone):
    """A correction and a photo that moved while only an undo or a redo would bring back what is noted of them."""
    project, photo = taught.project, taught.project.photo(ids(taught, "red")[0])
    file = draw_photo(tmp_path / "it.png", "red", 50)
    corrections.correct(taught, file, class_name="green")
    with project.transaction("move") as tx:
        tx.move_photos([photo.id], project.find_class("green").id)
    if is_redone:
        project.undo()
        project.undo()
    else:
        corrections.correct(taught, file, class_name="blue")
    moved = {str(place): str(tmp_path / "moved" / Path(place).name) for place in (file, photo.path)}
    recognition.relocate_photos(taught, moved, Job())
    for _ in range(2):
        assert project.redo() if is_redone else project.undo()
    assert [Path(one.path).parent.name for one in project.corrections()] == ["moved"]
    assert Path(project.photo(photo.id).path).parent.name == "moved"


def test_a_training_photo_is_learned_in_its_class_and_taken_out_of_the_other(mislabelled):
    bench = mislabelled
    photos, info = strays(bench), bench.project.learner_info()
    before = recognition.learned(bench)[0].memory.globals.counts
    for photo in photos:
        corrections.correct(bench, photo, class_name="green")
    outcome = correction_learning.learn_corrections(bench)
    assert [class_of(bench, photo) for photo in photos] == ["green", "green"]
    assert all(bench.project.photo(photo).is_learned for photo in photos)
    green = bench.project.find_class("green").id
    assert confirmed_labels(bench.project.settings()) == dict.fromkeys(photos, green)
    assert {item.state for item in bench.project.classes()} == {"trained"}
    learner = recognition.learned(bench)[0]
    place = {name: learner.keys.index(str(bench.project.find_class(name).id)) for name in ("red", "green", "blue")}
    now = learner.memory.globals.counts
    moved = {name: float(now[place[name]] - before[place[name]]) for name in place}
    assert moved == {"red": -6.0, "green": 6.0, "blue": 0.0}  # two photos, three views each
    assert (outcome.photos, outcome.corrected.right[1], len(outcome.corrected.photos)) == (2, 2, 2)
    assert outcome.learner_id == bench.project.learner_info().id
    assert [(one.name, one.photos) for one in outcome.others.classes] == [("blue", 9), ("green", 9), ("red", 9)]
    assert outcome.others.tests == 9
    assert bench.project.corrections() == []
    assert bench.project.check().problems == ()
    # One step of undo brings all of it back.
    assert bench.project.undo().verb == "learn corrections"
    assert [class_of(bench, photo) for photo in photos] == ["red", "red"]
    assert bench.project.learner_info() == info
    assert len(bench.project.corrections()) == 2
    assert bench.project.redo().verb == "learn corrections"
    assert bench.project.corrections() == []
    assert [class_of(bench, photo) for photo in photos] == ["green", "green"]
    assert bench.project.check().problems == ()


@pytest.mark.parametrize("is_sorted", [False, True])
def test_before_corrections_are_learned_a_version_is_kept(mislabelled, path, is_sorted):
    photo, _ = strays(mislabelled)
    corrections.correct(mislabelled, photo, class_name="green")
    if is_sorted:
        with mislabelled.project.transaction("sort", undo="apart") as tx:
            tx.put_sorting("pile", [])
    before = mislabelled.project.learner_info()
    correction_learning.learn_corrections(mislabelled)
    kept = versions_of(path)[0]
    assert kept.why == "before training"
    with Project.open(kept.path) as project:
        assert project.learner_info() == before
        assert [item.photo_id for item in project.corrections()] == [photo]


def test_a_test_photo_moves_its_label_and_is_never_learned(taught):
    photo = ids(taught, "red", "test")[0]
    info = taught.project.learner_info()
    correction = corrections.correct(taught, Path(taught.project.photo(photo).path), class_name="green")
    assert (correction.photo_id, correction.path) == (photo, None), "a file that the project has is its photo"
    outcome = correction_learning.learn_corrections(taught)
    record = taught.project.photo(photo)
    assert (class_of(taught, photo), record.split, record.is_learned) == ("green", "test", False)
    assert taught.project.learner_info() == info
    assert {item.state for item in taught.project.classes()} == {"trained"}
    # It looks red, and its new label says green: the model is as it was, so it is wrong now.
    assert (outcome.corrected.tests, outcome.corrected.right) == (1, (0, 0))
    # All test photos but the corrected one; what was learned is as it was, and nothing has to be asked again.
    assert changes_line(outcome.others) == "nothing else changed (8 test photos, 0 learned photos)"
    report = evaluating.evaluate(taught)
    assert report["confusion"][1][2] == 1  # of green, predicted as red


def test_a_new_name_makes_a_class_and_learns_it_as_a_task(taught, tmp_path):
    for seed in range(4):
        corrections.correct(
            taught, draw_photo(tmp_path / f"teal-{seed}.png", "teal", seed), class_name=("teal", "Teal")[seed // 3]
        )
    outcome = correction_learning.learn_corrections(taught)
    assert outcome.made == ("teal",)
    assert (outcome.corrected.right[1], len(outcome.corrected.photos)) == (4, 4)
    assert [(task.name, task.state) for task in taught.project.tasks()] == [
        ("Task 1", "trained"),
        ("Task 2", "trained"),
    ]
    probe = draw_photo(tmp_path / "probe.png", "teal", 9)
    found = recognition.classify(taught, [probe])
    assert found.names[found.answers[0].class_ids[0]] == "teal"
    assert taught.project.check().problems == ()
    taught.project.undo()
    assert taught.project.find_class("teal") is None
    assert len(taught.project.corrections()) == 4
    assert "teal" not in recognition.classify(taught, [probe]).names.values()
    assert taught.project.check().problems == ()


def test_what_else_changed_is_told_photo_by_photo():
    """One that is lost and one that is won are two changes, and none of these is one whatever is nearest."""
    classes = [ClassRecord(number, name, 1, "trained", number) for number, name in enumerate(("a", "b", "c"), start=1)]
    labels = {10: 1, 11: 1, 12: 1, "e" * 64: 1, 20: 2, 21: 2, 22: 2, 99: 1}
    was = dict(zip(labels, ((1, 0.9), (2, 0.9), (1, 0.9), (1, 0.9), (0, 0.9), (1, 0.9), (0, 0.9)), strict=False))
    now = dict(zip(labels, ((2, 0.8), (1, 0.8), (0, 0.8), (1, 0.8), (0, 0.8), (3, 0.8), (1, 0.8)), strict=False))
    others = compare(classes, labels, was, now)
    assert [(one.name, one.photos, one.first, one.second) for one in others.classes] == [("a", 4, 3, 2), ("b", 3, 0, 0)]
    assert (others.right, others.tests, len(others.photos)) == ((3, 2), 6, 7)
    assert CorrectionOutcome(1, Comparison(), (), (), others, 1, 1.0).is_worse
    assert changes_line(others) == (
        "a: 1 of 4 became wrong, b: 1 of 3 became wrong, a: 1 of 4 became none of these, a: 1 of 4 became right, "
        "b: 1 of 3 wrong in another way"
    )


def test_what_is_set_aside_is_taken_out(mislabelled):
    first, second = strays(mislabelled)
    test = ids(mislabelled, "blue", "test")[0]
    for photo, verdict in ((first, "aside"), (second, "none"), (test, "aside")):
        corrections.correct(mislabelled, photo, verdict)
    outcome = correction_learning.learn_corrections(mislabelled)
    assert all(mislabelled.project.photo(photo).is_set_aside for photo in (first, second, test))
    assert not mislabelled.project.photo(first).is_learned
    assert (outcome.photos, outcome.corrected.photos) == (3, ())
    learner = recognition.learned(mislabelled)[0]
    assert sorted(learner.memory.globals.counts.tolist()) == [18.0, 18.0, 18.0]
    assert states(mislabelled)["red"] == "trained"
    # A photo that is used again is learned again.
    with mislabelled.project.transaction("use") as tx:
        tx.set_aside([first], False)
    assert mislabelled.project.photo_counts()[mislabelled.project.find_class("red").id].unlearned == 1


def test_a_label_of_a_class_to_learn_later_only_moves(taught, photos):
    add_classes(taught.project, [photos / "2"], task="Task 2")
    photo = ids(taught, "red")[0]
    corrections.correct(taught, photo, class_name="amber")
    outcome = correction_learning.learn_corrections(taught)
    assert (outcome.corrected.photos, outcome.waiting) == ((), ("amber",))
    assert class_of(taught, photo) == "amber"
    assert not taught.project.photo(photo).is_learned
    assert training.train(taught, task="Task 2").learned == ("amber", "violet")


def test_the_last_photo_of_a_class_stays_in_what_was_learned(taught):
    messages = []
    job = Job(lambda event: messages.append(event.message) if event.message else None)
    for photo in ids(taught, "red"):
        corrections.correct(taught, photo, class_name="green")
    correction_learning.learn_corrections(taught, job)
    assert any("No photo that red was learned from would be left" in text for text in messages)
    assert states(taught)["red"] == "stale"
    assert len(recognition.learned(taught)[1]) == 3


def test_a_class_that_still_knows_a_photo_of_another_is_to_be_learned_anew(taught, cache_folder):
    gone, moved = ids(taught, "red")[:2]
    record = taught.project.photo(gone)
    Path(record.path).unlink()
    for entry in cache_folder.rglob(f"{record.sha256}*"):
        entry.unlink()
    for photo in (gone, moved):
        corrections.correct(taught, photo, class_name="green")
    correction_learning.learn_corrections(taught)
    assert (taught.project.photo(gone).is_learned, taught.project.photo(moved).is_learned) == (False, True)
    assert (states(taught)["red"], states(taught)["green"]) == ("stale", "stale")
    assert [item.name for item in training.plan(taught).anew] == ["red"]


def test_photos_that_are_gone_wait_or_move_their_label_only(taught, tmp_path, lose_photos):
    photo = ids(taught, "red")[0]
    corrections.correct(taught, photo, class_name="green")
    file = draw_photo(tmp_path / "it.png", "blue", 50)
    corrections.correct(taught, file, class_name="blue")
    file.unlink()
    lose_photos()
    messages = []
    outcome = correction_learning.learn_corrections(
        taught, Job(lambda event: messages.append(event.message) if event.message else None)
    )
    assert outcome.photos == 1
    assert [one.path for one in taught.project.corrections()] == [str(file)]
    assert any(text.startswith("Left waiting") for text in messages)
    assert (class_of(taught, photo), taught.project.photo(photo).is_learned) == ("green", False)
    assert (states(taught)["green"], states(taught)["red"]) == ("stale", "stale")


@pytest.mark.parametrize("content", [None, "0" * 64])
def test_a_correction_of_a_stranger_takes_no_photo_of_this_computer(taught, tmp_path, path, content):
    """Whoever sends a project can name any file of this computer in it, but not know what is in that file."""
    private = draw_photo(tmp_path / "private" / "me.png", "teal", 60)
    with taught.project.transaction("theirs") as tx:
        tx.put_correction(private, "class", class_name="anybody", sha256=content)
    before = [one.id for one in taught.project.photos(set_aside=None)]
    with pytest.raises(InputError, match="another photo than was corrected") as caught:
        correction_learning.learn_corrections(taught, Job())
    assert "\n" not in str(caught.value)
    assert [one.id for one in taught.project.photos(set_aside=None)] == before
    assert taught.project.find_class("anybody") is None
    assert len(taught.project.corrections()) == 1


def test_a_merge_takes_corrections_along_and_a_deleted_class_its_own(taught):
    green, blue = (taught.project.find_class(name).id for name in ("green", "blue"))
    first, second = ids(taught, "red")[:2]
    corrections.correct(taught, first, class_id=green)
    corrections.correct(taught, second, class_id=blue)
    class_changes.merge_classes(taught, green, blue)
    assert [one.class_id for one in taught.project.corrections()] == [blue, blue]
    class_changes.forget_class(taught, blue)
    assert taught.project.corrections() == []
    taught.project.undo()
    assert len(taught.project.corrections()) == 2


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (lambda bench, file: corrections.correct(bench, 9999, class_name="red"), "no photo with the number 9999"),
        (lambda bench, file: corrections.correct(bench, 1, class_id=9999), "no class with the number 9999"),
        (lambda bench, file: corrections.correct(bench, 1), "Say which class"),
        (lambda bench, file: corrections.correct(bench, 1, class_name="\n"), "name"),
        (lambda bench, file: corrections.correct(bench, file, "aside"), "nothing to set aside"),
        (lambda bench, file: corrections.correct(bench, file.with_name("none.png"), class_name="red"), "is missing"),
        (lambda bench, file: correction_learning.learn_corrections(bench), "no correction to learn"),
    ],
)
def test_what_cannot_be_corrected_is_told_in_a_line(taught, tmp_path, what, told):
    file = draw_photo(tmp_path / "it.png", "green", 50)
    history = len(taught.project.history())
    with pytest.raises(InputError, match=told) as caught:
        what(taught, file)
    assert "\n" not in str(caught.value)
    assert len(taught.project.history()) == history
