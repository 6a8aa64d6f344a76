"""Descriptions, features, versions of the learner, evaluations."""

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project, ProjectDamaged
from spa_desktop.project.records import Description, Phrase


def test_the_last_two_descriptions_are_kept(moths):
    for index in range(4):
        with moths.transaction("describe") as tx:
            tx.put_description(Description(1, (), f"text {index}", "person"))
    assert (moths.description(1).sentence, moths.description(1, 1).sentence) == ("text 3", "text 2")
    assert moths._db.row("SELECT count(*) FROM descriptions WHERE class_id = 1") == (2,)
    assert moths.description(2).sentence == "The luna has large wings."


def test_a_wrong_provenance_or_a_key_is_not_stored(moths):
    for phrase in (Phrase("a", "guess"), Phrase("sk-abcdefghijklmnop12345", "gpt")):
        with pytest.raises((SpaError, ValueError)), moths.transaction("describe") as tx:
            tx.put_description(Description(1, (phrase,), "", "openai"))
    assert moths.description(1).writer == "offline"


def test_undoing_a_training_after_a_restart(moths, path, tensors, train_task):
    train_task(moths, 2, tensors(2))
    with moths.transaction("evaluate") as tx:
        tx.put_evaluation(1, {"accuracy": 0.4})
        tx.put_evaluation(2, {"accuracy": 0.7})
    moths.close()
    with Project.open(path, write=True) as again:
        assert [item.document["accuracy"] for item in again.evaluations()] == [0.4, 0.7]
        with again.transaction("undo training") as tx:
            now = tx.undo_training()
        assert now == again.learner_info()
        assert again.learner().blob == tensors(1)
        assert [record.state for record in again.classes()] == ["trained", "trained", "described"]
        assert [task.state for task in again.tasks()] == ["trained", "new"]
        assert [item.document["accuracy"] for item in again.evaluations()] == [0.5]
        assert len(again.photos(3, split="train", unlearned=True)) == 3
        assert again.check().problems == ()
        assert again.undoable_training().task_id == 1
        with again.transaction("undo training") as tx:
            assert tx.undo_training() is None
        assert again.learner() is None
        assert again.evaluations() == []
        assert {record.state for record in again.classes()} == {"described"}
        with pytest.raises(InputError, match="no training to undo"), again.transaction("undo training") as tx:
            tx.undo_training()


def test_two_versions_are_kept_and_one_step_back(moths, photo, tensors, train_task):
    train_task(moths, 2, tensors(2))
    with moths.transaction("add") as tx:
        record = tx.add_class("emperor", tx.add_task("Task 3").id)
        tx.add_photos(record.id, [photo("emperor")])
    train_task(moths, 3, tensors(3))
    assert moths._db.row("SELECT count(*) FROM learners") == (2,)
    with moths.transaction("undo training") as tx:
        tx.undo_training()
    assert moths.learner().blob == tensors(2)
    assert moths.class_(record.id).state == "new"
    assert moths.undoable_training() is None
    with pytest.raises(InputError), moths.transaction("undo training") as tx:
        tx.undo_training()


def test_undoing_a_top_up_keeps_the_class_stale(moths, photo, tensors, train_task):
    with moths.transaction("add") as tx:
        new = tx.add_photos(1, [photo("late")])
    train_task(moths, 1, tensors(5))
    assert moths.class_(1).state == "trained"
    with moths.transaction("undo training") as tx:
        tx.undo_training()
    assert [record.state for record in moths.classes(1)] == ["stale", "trained"]
    assert [shot.id for shot in moths.photos(1, split="train", unlearned=True)] == new


def test_what_a_class_learned_anew_is_not_known_by_is_not_called_learned(moths, tensors):
    first, second, *others = (shot.id for shot in moths.photos(1, split="train"))
    with moths.transaction("set aside") as tx:
        tx.set_aside([first, second])
    with moths.transaction("train") as tx:
        tx.put_learner(
            tensors(5),
            based_on=moths.learner_info(),
            task_id=1,
            class_ids=[1, 2],
            trained_class_ids=[1],
            learned_photo_ids=others,
            anew_class_ids=[1],
        )
    assert [moths.photo(one).is_learned for one in (first, second, *others)] == [False, False, *(True for _ in others)]
    assert moths.check().problems == ()
    with moths.transaction("move") as tx:
        tx.move_photos([second], 2)
    with moths.transaction("undo training") as tx:
        tx.undo_training()
    assert moths.photo(first).is_learned
    assert not moths.photo(second).is_learned, "it was learned of another class than it has now"


def test_an_edit_of_the_learner_ends_the_undo(moths, tensors, train_task):
    train_task(moths, 2, tensors(2))
    with moths.transaction("delete") as tx:
        tx.delete_class(1)
        tx.replace_learner(tensors(9), based_on=moths.learner_info(), class_ids=[2, 3])
    assert moths.learner().blob == tensors(9)
    assert moths.learner_info().meta == {"K": 16}
    assert moths.undoable_training() is None
    assert moths.check().problems == ()
    moths.undo()
    assert moths.learner().blob == tensors(2)
    assert moths.undoable_training().task_id == 2


def test_broken_bytes_are_never_handed_out(moths):
    moths._db.rows("UPDATE learners SET blob = zeroblob(8)")
    moths._db.rows("UPDATE test_features SET blob = zeroblob(8)")
    with pytest.raises(ProjectDamaged, match=r"what was learned do.* not match"):
        moths.learner()
    with pytest.raises(ProjectDamaged, match="features of photo 4"):
        list(moths.test_features("clip", range(99)))
