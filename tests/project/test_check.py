"""`check` finds each kind of damage."""

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.project import Project

DAMAGE = [
    ("UPDATE thumbnails SET blob = zeroblob(9) WHERE photo_id = 5", "thumbnails 5 does not match its checksum"),
    ("UPDATE test_features SET sha256 = 'x' WHERE photo_id = 4", "sha256 of test features 4 is not valid"),
    ("UPDATE learners SET blob = zeroblob(9)", "learners 1 does not match its checksum"),
    ("UPDATE photos SET sha256 = '../' || substr(sha256, 4) WHERE id = 5", "sha256 of photo 5 is not valid"),
    ("DELETE FROM thumbnails WHERE photo_id = 5", "the photo luna 0.jpg has no thumbnail"),
    ("UPDATE classes SET state = 'trained' WHERE id = 3", "'hawk' is trained, but the learner does not know it"),
    ("UPDATE tasks SET state = 'trained'", "the task 'Task 2' is trained, but not all of its classes are"),
    ("UPDATE classes SET state = 'described' WHERE id = 1", "the task 'Task 1' is trained, but not all"),
    ("DELETE FROM descriptions WHERE class_id = 3", "'hawk' is described, but has no description"),
    ("DELETE FROM classes WHERE id = 1", "the learner knows a class 1 that is gone"),
    ("UPDATE tasks SET position = 7 WHERE id = 2", "the tasks are not numbered in order"),
    ("UPDATE photos SET exemplar = 0 WHERE split = 'test' AND class_id = 1", "atlas 3.jpg cannot be an exemplar"),
    ("DELETE FROM learners", "the photo atlas 0.jpg is learned, but nothing is"),
    (
        "UPDATE descriptions SET phrases = '[{\"text\": 1}]' WHERE id = 1",
        "phrases of the description of class 1 is not valid: 0.text",
    ),
    ("UPDATE learners SET class_ids = '[1, \"a\"]'", "class_ids of learner 1 is not valid: 1"),
    ("UPDATE learners SET meta = '[]'", "meta of learner 1 is not valid"),
    ("UPDATE learners SET before = '{}'", "before of learner 1 is not valid"),
    ("UPDATE evaluations SET document = '{'", "document of the evaluation of task 1 is not valid"),
    ("UPDATE history SET details = 'x' WHERE id = 2", "details of history 2 is not valid"),
    ("INSERT INTO settings VALUES ('a', '{')", "value of setting a is not valid"),
    (
        "INSERT INTO settings VALUES ('a', '\"sk-abcdefghijklmnop123\"')",
        "settings a: value holds what looks like an API key",
    ),
    ("INSERT INTO description_cache VALUES ('k', 'x', '')", "document of cached description k is not valid"),
    ("DELETE FROM meta WHERE name = 'seed'", "its properties cannot be read"),
    ("DROP INDEX photos_of_class", "the table or index photos_of_class is not built as it should be"),
    ("CREATE TABLE more (a)", "the table or index more is not built as it should be"),
    ("ALTER TABLE tasks ADD COLUMN more TEXT", "the table or index tasks is not built as it should be"),
    ("DROP TABLE evaluations", "no such table"),
]


@pytest.mark.parametrize(("sql", "problem"), DAMAGE)
def test_each_damage_is_found(moths, sql, problem):
    moths._db.rows(sql)
    report = moths.check()
    assert not report.is_valid
    assert any(problem in line for line in report.problems), report.problems
    assert all("\n" not in line for line in report.problems)


def test_a_reference_to_nothing_is_found(moths):
    moths._db.rows("PRAGMA foreign_keys = OFF")
    moths._db.rows("UPDATE photos SET class_id = 77 WHERE id = 1")
    assert any("photos 1 refers to a row of classes that is gone" in line for line in moths.check().problems)


def test_bytes_that_are_no_tensors_are_found(moths, train_task):
    train_task(moths, 2, b"not a tensor")
    with moths.transaction("x") as tx:
        tx.put_test_features(4, "clip", b"\x80\x04.")
    problems = moths.check().problems
    assert any("learners 2 holds no tensors" in line for line in problems)
    assert any("test_features 4 holds no tensors" in line for line in problems)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE corrections SET class_id = NULL",  # of no class, and says that it is of one
        "UPDATE corrections SET class_name = 'owl'",  # of two classes
        "UPDATE corrections SET photo_id = NULL",  # of no photo
        "UPDATE corrections SET verdict = 'aside'",  # set aside, and of a class
    ],
)
def test_a_correction_that_contradicts_itself_is_damage(path, project, photo, sql, change):
    with project.transaction("add") as tx:
        owl = tx.add_class("owl", tx.add_task("Task 1").id)
        (number,) = tx.add_photos(owl.id, [photo("a")])
        tx.put_correction(number, "class", class_id=owl.id)
    project.close()
    sql(path, change)
    with Project.open(path) as again:
        with pytest.raises(SpaError, match="correction"):
            again.corrections()
        assert any("correction" in problem for problem in again.check().problems)
