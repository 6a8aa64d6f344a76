"""Every verb can be undone and done again, exactly."""

import pytest

from spa_desktop.errors import InputError

_TABLES = ("tasks", "classes", "photos", "thumbnails", "test_features", "descriptions", "learners", "evaluations")


def content(project):
    return {table: project._db.rows(f"SELECT * FROM {table} ORDER BY 1") for table in _TABLES}


EDITS = {
    "rename": lambda tx, project: tx.rename_class(1, "other"),
    "swap names": lambda tx, project: (
        tx.rename_class(1, "x"),
        tx.rename_class(2, "atlas"),
        tx.rename_class(1, "luna"),
    ),
    "move photos": lambda tx, project: tx.move_photos([shot.id for shot in project.photos(1)], 2),
    "merge": lambda tx, project: tx.merge_classes(1, 2),
    "delete class": lambda tx, project: tx.delete_class(1),
    "delete photos": lambda tx, project: tx.delete_photos([shot.id for shot in project.photos()]),
    "set aside": lambda tx, project: tx.set_aside([1, 2]),
    "reorder": lambda tx, project: tx.reorder_tasks([1, tx.add_task("Task 3").id, 2]),
    "move class": lambda tx, project: tx.move_class(3, tx.add_task("Task 3").id),
    "delete the only class of a task": lambda tx, project: tx.delete_class(3),
    "undo training": lambda tx, project: tx.undo_training(),
    "forget": lambda tx, project: tx.forget_learner(),
    "features": lambda tx, project: tx.put_test_features(4, "clip", b"other"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_undo_and_redo_are_exact(moths, edit):
    before = content(moths)
    with moths.transaction("edit", "an edit") as tx:
        edit(tx, moths)
    after = content(moths)
    assert after != before
    for _ in range(2):
        change = moths.undo()
        assert (change.verb, change.summary) == ("edit", "an edit")
        assert content(moths) == before
        assert moths.check().problems == ()
        assert moths.redo().verb == "edit"
        assert content(moths) == after
    assert [entry.verb for entry in moths.history(4)] == ["redo", "undo", "redo", "undo"]


def test_all_the_way_back_and_forth(moths):
    after = content(moths)
    # An evaluation goes together with the training before it.
    assert [change.verb for change in moths.undo_changes] == ["train", "describe", "add"]
    for _ in range(3):
        assert moths.undo() is not None
    assert content(moths) == {table: [] for table in _TABLES}
    assert moths.undo() is None
    assert [change.verb for change in moths.redo_changes] == ["add", "describe", "train"]
    for _ in range(3):
        assert moths.redo() is not None
    assert moths.redo() is None
    assert content(moths) == after


def test_a_new_verb_ends_the_redo(moths):
    with moths.transaction("a") as tx:
        tx.rename_class(1, "x")
    moths.undo()
    with moths.transaction("b") as tx:
        tx.rename_class(1, "y")
    assert moths.redo() is None
    assert moths.undo().verb == "b"
    assert moths.class_(1).name == "atlas"


def test_where_a_photo_lies_by_now_is_not_undone_with_the_verb_before(moths, tmp_path):
    with moths.transaction("correct") as tx:
        tx.put_correction(tmp_path / "a.jpg", "class", class_id=1, sha256="a" * 64)
    with moths.transaction("rename") as tx:
        tx.rename_class(1, "x")
    with moths.transaction("relocate", undo="apart") as tx:
        tx.relocate_corrections({str(tmp_path / "a.jpg"): tmp_path / "b.jpg"})
    assert moths.undo().verb == "rename"
    assert [one.path for one in moths.corrections()] == [str(tmp_path / "b.jpg")]
    assert moths.undo().verb == "correct"
    assert moths.corrections() == []


def test_settings_history_and_cache_are_left_alone(project):
    with project.transaction("a") as tx:
        tx.set_setting("consent", True)
        tx.cache_description("key", {"phrases": []})
        tx.add_task("Task 1")
    project.undo()
    assert project.tasks() == []
    assert project.setting("consent") is True
    assert project.cached_description("key") == {"phrases": []}
    assert [entry.verb for entry in project.history()] == ["undo", "a", "new"]


def test_a_bounded_number_of_changes_is_kept(project, monkeypatch):
    monkeypatch.setattr("spa_desktop.project.project._KEEP", 10)
    for index in range(14):
        with project.transaction("add") as tx:
            tx.add_task(f"Task {index}")
    assert len(project.undo_changes) == 10
    assert project._db.row("SELECT count(DISTINCT change) FROM undo_log")[0] <= 11
    while project.undo():
        pass
    assert len(project.tasks()) == 4


def several(project, *, fails=False):
    """Two transactions as one step."""
    with project.as_one_change("learn", "two"):
        with project.transaction("add") as tx:
            tx.add_task("Task 3")
        with project.transaction("rename") as tx:
            tx.rename_class(1, "other")
        if fails:
            raise InputError("no")


def test_several_verbs_are_one_step(moths):
    before = content(moths)
    several(moths)
    after = content(moths)
    assert (moths.undo_changes[0].verb, moths.undo_changes[0].summary) == ("learn", "two")
    moths.undo()
    assert content(moths) == before
    moths.redo()
    assert content(moths) == after


def test_of_several_verbs_nothing_is_left_where_one_fails(moths):
    before, changes = content(moths), moths.undo_changes
    with pytest.raises(InputError):
        several(moths, fails=True)
    assert content(moths) == before
    assert moths.undo_changes == changes
    assert moths.redo_changes == ()


def test_what_is_sorted_is_kept_and_not_undone(project):
    with project.transaction("add") as tx:
        tx.add_task("Task 1")
    project.undo()
    with project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("photos", [["/photos/owl.jpg", "a" * 64]])
    assert project.redo().verb == "add"
    project.undo()
    assert project.sorting("photos") == [["/photos/owl.jpg", "a" * 64]]
    with project.transaction("sort", undo="apart") as tx:
        tx.put_sorting("photos", None)
    assert project.sorting("photos") is None
