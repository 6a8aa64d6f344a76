"""Edits of tasks, classes and photos, and the states they leave."""

import unicodedata
from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.project import Project, clean_name


def states(project):
    return {record.name: record.state for record in project.classes()}


def test_names_are_cleaned():
    decomposed = unicodedata.normalize("NFD", "Dämmerungsfalter")
    assert decomposed != "Dämmerungsfalter"
    assert clean_name(f" {decomposed}\t\n x ") == "Dämmerungsfalter x"
    assert clean_name("蛾_👩\u200d🔬") == "蛾_👩\u200d🔬"
    assert len(clean_name("x" * 255)) == 255
    for bad in ("", " \t", "\x00", "x" * 256, "\ud800", "\u202e", "\u200d", "\u200e \ufeff", "\ufe0f"):
        with pytest.raises(InputError):
            clean_name(bad)


def test_names_turn_no_text_around():
    overrides = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert clean_name(f"re{overrides}d\ufeff\u2060") == "red"
    # Persian and Sinhala need joiners, Hebrew marks of direction, flags of regions tags.
    for name in ("نامه\u200cها", "ශ්\u200dරී", "שלום \u200eA1\u200f", "🏴\U000e0067\U000e0062\U000e007f", "❤\ufe0f"):
        assert clean_name(name) == unicodedata.normalize("NFC", name)


def test_names_are_free_and_taken_again_within_one_change(project):
    with project.transaction("edit") as tx:
        task = tx.add_task("birds")
        first = tx.add_class("Red_Kite", task.id)
        with pytest.raises(InputError, match="Red_Kite"):
            tx.add_class("red kite", task.id)
        tx.rename_class(first.id, "hawk")
        second = tx.add_class("red kite", task.id)
        with pytest.raises(InputError, match="hawk"):
            tx.add_class("HAWK", task.id)
        tx.delete_class(second.id)
        tx.add_class("RED KITE", task.id)
    assert [one.name for one in project.classes()] == ["hawk", "RED KITE"]


def test_a_class_has_one_name_however_it_is_spelled(project):
    with project.transaction("add") as tx:
        task = tx.add_task("Task 1")
        first, other = tx.add_class("Käfer_rot", task.id), tx.add_class("fly", task.id)
        for name in (unicodedata.normalize("NFD", "Käfer_rot"), "käfer_rot", " KÄFER  rot"):
            assert project.find_class(name) == first
            with pytest.raises(InputError, match=r"There is a class 'Käfer_rot' already.*top_up=True"):
                tx.add_class(name, task.id)
            with pytest.raises(InputError, match="There is a class 'Käfer_rot' already"):
                tx.rename_class(other.id, name)
        tx.rename_class(first.id, "käfer rot")
    assert [item.name for item in project.classes()] == ["käfer rot", "fly"]


def test_two_classes_that_an_older_version_told_apart_by_case_stay_two(moths, sql):
    moths.close()
    sql(moths.path, "UPDATE classes SET name = 'Luna' WHERE name = 'atlas'")
    with Project.open(moths.path, write=True) as project:
        assert [project.find_class(name).id for name in ("Luna", "luna", "LUNA")] == [1, 2, 1]
        assert project.check().problems == ()
        with project.transaction("rename") as tx:
            tx.rename_class(2, "hawk 2")
        assert [item.name for item in project.classes()] == ["Luna", "hawk 2", "hawk"]


def test_renaming(moths):
    with moths.transaction("edit") as tx:
        tx.rename_class(1, "atlas moth")
        tx.rename_class(1, "atlas moth")
        tx.rename_task(1, "First")
        with pytest.raises(InputError, match="already"):
            tx.rename_class(1, "luna")
        with pytest.raises(InputError, match="already"):
            tx.rename_task(1, "Task 2")
    assert moths.class_(1).name == "atlas moth"
    assert moths.class_(1).state == "trained"
    assert moths.task(1).name == "First"


def test_order_of_tasks(moths):
    with moths.transaction("edit") as tx:
        third = tx.add_task("Task 3")
        tx.reorder_tasks([1, third.id, 2])
    assert [task.name for task in moths.tasks()] == ["Task 1", "Task 3", "Task 2"]
    with moths.transaction("edit") as tx:
        with pytest.raises(InputError, match="keeps its place"):
            tx.reorder_tasks([2, 1, third.id])
        with pytest.raises(InputError, match="each task once"):
            tx.reorder_tasks([1, 2])
        with pytest.raises(InputError, match="still has classes"):
            tx.delete_task(2)
        tx.delete_task(third.id)
    assert [(task.id, task.position) for task in moths.tasks()] == [(1, 0), (2, 1)]


def test_two_names_of_tasks_differ_by_more_than_the_size_of_letters(moths):
    for edit in (lambda tx: tx.add_task("task 2"), lambda tx: tx.rename_task(1, "TASK 2")):
        with pytest.raises(InputError, match="a task 'Task 2' already"), moths.transaction("edit") as tx:
            edit(tx)
    with moths.transaction("edit") as tx:
        tx.rename_task(2, "task 2")
    assert moths.find_task("TASK  2").id == 2


def test_a_trained_task_takes_no_new_class(moths):
    with pytest.raises(InputError, match="trained already"), moths.transaction("add") as tx:
        tx.add_class("new", 1)
    with pytest.raises(InputError, match="stays in its task"), moths.transaction("edit") as tx:
        tx.move_class(1, 2)
    with moths.transaction("edit") as tx:
        third = tx.add_task("Task 3")
        tx.move_class(3, third.id)
    assert moths.class_(3).task_id == third.id
    assert [(task.name, task.position) for task in moths.tasks()] == [("Task 1", 0), ("Task 3", 1)]
    assert moths.undo() is not None
    assert [task.name for task in moths.tasks()] == ["Task 1", "Task 2"]


def test_a_photo_is_in_a_project_once(moths, photo):
    with pytest.raises(InputError, match=r"already in the class 'luna'"), moths.transaction("add") as tx:
        tx.add_photos(1, [photo("luna 0")])
    assert len(moths.photos(1)) == 4


def test_setting_aside_and_splits(moths):
    first, second, third = moths.photos(1, split="train")
    with moths.transaction("edit") as tx:
        tx.set_aside([first.id])
        tx.set_split([second.id], "test")
    assert moths.photo_counts()[1].set_aside == 1
    assert [shot.id for shot in moths.photos(1, split="train")] == [third.id]
    assert [shot.id for shot in moths.photos(1, set_aside=True)] == [first.id]
    assert len(moths.photos(1, set_aside=None)) == 4
    assert moths.exemplars(1) == []
    assert states(moths)["atlas"] == "stale"
    with moths.transaction("edit") as tx:
        tx.set_aside([first.id], False)
    assert len(moths.photos(1)) == 4


def test_exemplars_are_training_photos_of_the_class_in_order(moths):
    shots = moths.photos(1, split="train")
    with moths.transaction("describe") as tx:
        tx.set_exemplars(1, [shots[2].id, shots[0].id])
        for wrong in ([moths.photos(1, split="test")[0].id], [moths.photos(2)[0].id], [shots[0].id] * 2):
            with pytest.raises(InputError, match="training photos"):
                tx.set_exemplars(1, wrong)
    assert [shot.id for shot in moths.exemplars(1)] == [shots[2].id, shots[0].id]


def test_deleting_and_relocating_photos(moths):
    first, second = moths.photos(3)[:2]
    with moths.transaction("edit") as tx:
        tx.delete_photos([first.id])
        tx.relocate_photos({second.id: Path("/elsewhere/renamed.jpg")})
    assert second.id in {shot.id for shot in moths.photos(3)}
    assert (moths.photo(second.id).path, moths.photo(second.id).name) == ("/elsewhere/renamed.jpg", "renamed.jpg")
    assert len(moths.photos(3)) == 3
    assert moths.find_photos([first.sha256, second.sha256]) == {second.sha256: moths.photo(second.id)}


def test_what_cannot_be_leaves_nothing_to_undo(moths):
    before = moths.undo_changes
    for class_id, reason in ((9, "has no class with the number 9"), (1, "cannot be merged with itself")):
        with pytest.raises(InputError, match=reason), moths.transaction("merge") as tx:
            tx.merge_classes(1, class_id)
    assert moths.undo_changes == before
