"""Two states of the model side by side: only what was kept, by today's labels."""

import pytest

from spa_desktop.errors import InputError
from spa_desktop.workbench import class_changes, correction_learning, corrections, evaluating


def counts(bench, evaluation_id):
    labels = {photo.id: photo.class_id for photo in bench.project.photos(split="test")}
    answers = bench.project.answers_of(evaluation_id)
    return {one.photo_id: one.class_ids[0] == labels[one.photo_id] for one in answers}


def test_the_state_after_each_task_can_be_compared(two_tasks):
    bench = two_tasks
    now, before = evaluating.known_states(bench)
    assert (now.task, before.task) == ("Task 2", "Task 1")
    assert (now.is_current, before.is_current) == (True, False)
    assert (now.kind, before.kind) == ("learned", "learned")
    assert (now.answers, before.answers) == (15, 9)
    learned = [one.created for one in bench.project.trainings()]
    assert [before.created, now.created] == learned
    found = evaluating.compare_states(bench, before.id, now.id)
    old, new = counts(bench, before.id), counts(bench, now.id)
    assert len(found.photos) == 9
    assert found.right == (sum(old.values()), sum(new[key] for key in old))
    lost, won = ({one.photo for one in found.changed(change)} for change in ("lost", "won"))
    assert lost == {key for key in old if old[key] and not new[key]}
    assert won == {key for key in old if new[key] and not old[key]}
    names = {item.id: item.name for item in bench.project.classes()}
    assert [names[one.class_id] for one in found.classes] == [item.name for item in bench.project.classes()]
    assert [one.first is None for one in found.classes] == [False] * 3 + [True] * 2
    assert all(one.difference is None for one in found.classes[3:])
    for one in found.classes[:3]:
        first, second = (state.per_cent for state in one.accuracies)
        assert one.difference == pytest.approx(second - first)
        assert one.photos == 3


def test_a_class_that_a_correction_made_was_not_known_before(two_tasks):
    """Its test photo was answered before, under the label that it had then."""
    bench = two_tasks
    photos = [bench.project.photos(split=split)[0] for split in ("train", "test")]
    for photo in photos:
        corrections.correct(bench, photo.id, class_name="rosy")
    correction_learning.learn_corrections(bench)
    made = bench.project.find_class("rosy").id
    now, before, *_ = evaluating.known_states(bench)
    found = next(one for one in evaluating.compare_states(bench, before.id, now.id).classes if one.class_id == made)
    assert (found.photos, found.first, found.difference) == (1, None, None)
    assert found.second is not None
    back = next(one for one in evaluating.compare_states(bench, now.id, before.id).classes if one.class_id == made)
    assert (back.first, back.second) == (found.second, None)


def test_a_state_that_is_not_kept_is_told_in_a_line_and_none_is_known_where_nothing_was_learned(two_tasks):
    state = evaluating.known_states(two_tasks)[0]
    with pytest.raises(InputError, match="does not keep"):
        evaluating.compare_states(two_tasks, state.id, 999)
    class_changes.forget_all(two_tasks)
    assert evaluating.known_states(two_tasks) == []
