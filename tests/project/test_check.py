"""`check` finds each kind of damage, and a damaged file never ends in a traceback."""

from __future__ import annotations

import random
import shutil
import sqlite3

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project import Project, ProjectDamaged


def test_a_whole_project(moths):
    seen = []
    report = moths.check(Job(seen.append))
    assert report.problems == ()
    assert report.is_whole
    assert report.counts["photos"] == report.counts["thumbnails"] == 12
    assert (report.counts["test_features"], report.counts["learners"], report.counts["evaluations"]) == (3, 1, 1)
    assert seen[-1].done == seen[-1].total == 2 + 12 + 3 + 1


def test_it_can_be_cancelled(moths):
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        moths.check(job)


DAMAGE = [
    ("UPDATE thumbnails SET blob = zeroblob(9) WHERE photo_id = 5", "thumbnails 5 does not match its checksum"),
    ("UPDATE test_features SET sha256 = 'x' WHERE photo_id = 4", "sha256 of test features 4 is not valid"),
    ("UPDATE learners SET blob = zeroblob(9)", "learners 1 does not match its checksum"),
    ("UPDATE photos SET sha256 = '../' || substr(sha256, 4) WHERE id = 5", "luna 0.jpg has a hash that is no SHA-256"),
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
    ("DROP INDEX photos_of_class", "the table or index photos_of_class is missing"),
    ("CREATE TABLE more (a)", "the table or index more is none of ours"),
    ("ALTER TABLE tasks ADD COLUMN more TEXT", "the table or index tasks is not built as it should be"),
    ("DROP TABLE evaluations", "no such table"),
]


@pytest.mark.parametrize(("sql", "problem"), DAMAGE)
def test_each_damage_is_found(moths, sql, problem):
    moths._db.rows(sql)
    report = moths.check()
    assert not report.is_whole
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


def test_a_truncated_file(moths, path, tmp_path):
    moths.close()
    whole = path.read_bytes()
    cut = tmp_path / "cut.spa"
    for length in (0, 1, 15, 16, 99, 100, 512, 4096, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:length])
        for write in (False, True):
            with pytest.raises(InputError, match=r"cut\.spa is (damaged|not a project)") as caught:
                Project.open(cut, write=write)
            assert "\n" not in str(caught.value)
    cut.write_bytes(whole)
    Project.open(cut).close()


def test_random_bytes_never_end_in_a_traceback(moths, path, tmp_path):
    """Overwritten pages are an error of ours, or found by `check`; never an exception of SQLite or pydantic."""
    moths.close()
    whole = path.read_bytes()
    generator = random.Random(0)
    broken = tmp_path / "broken.spa"
    for _ in range(60):
        data = bytearray(whole)
        start = generator.randrange(len(data))
        length = min(generator.choice((1, 16, 700, 9000)), len(data) - start)
        data[start : start + length] = generator.randbytes(length)
        broken.write_bytes(data)
        complaint = read_all(broken)
        assert complaint is None or ("broken.spa" in complaint and "\n" not in complaint)


def read_all(path):
    """Open, check and read a file; give what was complained about."""
    try:
        with Project.open(path) as project:
            found = project.check().problems
            for read in (project.classes, project.photos, project.descriptions, project.learner, project.history):
                try:
                    read()
                except SpaError as error:
                    return str(error) if found else f"check did not find:\n{error}"
    except InputError as error:
        return str(error)
    return None


def test_a_file_of_noise(path):
    path.write_bytes(random.Random(1).randbytes(100_000))
    with pytest.raises(InputError, match="is not a project"):
        Project.open(path)


def test_an_overwritten_picture_page_is_found(moths, path, tensors, train_task):
    blob = tensors(3, size=300)
    train_task(moths, 2, blob)
    moths.close()
    data = path.read_bytes()
    place = data.index(blob[100_000:100_200])
    path.write_bytes(data[:place] + b"\0" * 200 + data[place + 200 :])
    with Project.open(path) as project:
        assert project.check().problems == ("learners 2 does not match its checksum",)
        with pytest.raises(ProjectDamaged, match="restore a backup"):
            project.learner()


def test_a_copy_of_a_closed_project_is_the_project(moths, path, tmp_path):
    moths.close()
    copy = shutil.copy(path, tmp_path / "copy.spa")
    with Project.open(copy) as project:
        assert project.check().problems == ()
        assert len(project.photos()) == 12


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE corrections SET class_id = NULL",  # of no class, and says that it is of one
        "UPDATE corrections SET class_name = 'owl'",  # of two classes
        "UPDATE corrections SET photo_id = NULL",  # of no photo
        "UPDATE corrections SET verdict = 'aside'",  # set aside, and of a class
    ],
)
def test_a_correction_that_contradicts_itself_is_damage(path, project, photo, sql):
    with project.transaction("add") as tx:
        owl = tx.add_class("owl", tx.add_task("Task 1").id)
        (number,) = tx.add_photos(owl.id, [photo("a")])
        tx.put_correction(number, "class", class_id=owl.id)
    project.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(sql)
    connection.commit()
    connection.close()
    with Project.open(path) as again:
        with pytest.raises(SpaError, match="correction"):
            again.corrections()
        assert any("correction" in problem for problem in again.check().problems)
