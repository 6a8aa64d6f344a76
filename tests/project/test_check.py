"""`check` finds each kind of damage."""

import pytest

from spa_desktop.jobs import Job


def test_a_whole_project(moths):
    seen = []
    report = moths.check(Job(seen.append))
    assert report.problems == ()
    assert report.is_valid
    assert report.counts["photos"] == report.counts["thumbnails"] == 12
    assert (report.counts["test_features"], report.counts["learners"], report.counts["evaluations"]) == (3, 1, 1)
    assert seen[-1].done == seen[-1].total == 1 + 12 + 3 + 1


DAMAGE = [
    ("UPDATE thumbnails SET blob = zeroblob(9) WHERE photo_id = 5", "thumbnails 5 does not match its checksum"),
    ("DELETE FROM thumbnails WHERE photo_id = 5", "the photo luna 0.jpg has no thumbnail"),
    ("UPDATE classes SET state = 'trained' WHERE id = 3", "'hawk' is trained, but the learner does not know it"),
    ("UPDATE tasks SET state = 'trained'", "the task 'Task 2' is trained, but not all of its classes are"),
    ("DELETE FROM descriptions WHERE class_id = 3", "'hawk' is described, but has no description"),
    ("DELETE FROM classes WHERE id = 1", "the learner knows a class 1 that is gone"),
    ("UPDATE tasks SET position = 7 WHERE id = 2", "the tasks are not numbered in order"),
    ("UPDATE photos SET exemplar = 0 WHERE split = 'test' AND class_id = 1", "atlas 3.jpg cannot be an exemplar"),
    ("DELETE FROM learners", "the photo atlas 0.jpg is learned, but nothing is"),
    (
        "UPDATE descriptions SET phrases = '[{\"text\": 1}]' WHERE id = 1",
        "descriptions 1: phrases is not valid: 0.text",
    ),
    ("UPDATE learners SET class_ids = '[1, \"a\"]'", "learners 1: class_ids is not valid: 1"),
    ("UPDATE evaluations SET document = '{'", "evaluations 1: document is not valid"),
    ("INSERT INTO settings VALUES ('a', '{')", "settings a: value is not valid"),
    (
        "INSERT INTO settings VALUES ('a', '\"sk-abcdefghijklmnop123\"')",
        "settings a: value holds what looks like an API key",
    ),
]


@pytest.mark.parametrize(("sql", "problem"), DAMAGE)
def test_each_damage_is_found(moths, sql, problem):
    moths._db.rows(sql)
    report = moths.check()
    assert not report.is_valid
    assert any(problem in line for line in report.problems), report.problems
    assert all("\n" not in line for line in report.problems)


def test_bytes_that_are_no_tensors_are_found(moths, train_task):
    train_task(moths, 2, b"not a tensor")
    with moths.transaction("x") as tx:
        tx.put_test_features(4, "clip", b"\x80\x04.")
    problems = moths.check().problems
    assert any("learners 2 holds no tensors" in line for line in problems)
    assert any("test_features 4 holds no tensors" in line for line in problems)
