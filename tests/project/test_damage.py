"""Damage of every kind: the right answer or one clear line, in seconds, and a reader changes nothing.

`python -m benchmarks.faults_damage` does the same two thousand times.
"""

import os
import shutil
from pathlib import Path

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.project import Project
from tests.faults.beside import clear
from tests.faults.damage import KINDS, damage, lenient
from tests.faults.examine import examine

CASES = range(10 * len(KINDS), 16 * len(KINDS))
HARMLESS = ("journal of another", "things beside")  # of others: not used, or without effect


def test_a_whole_project_is_read_and_written(whole, tmp_path):
    """Otherwise the cases below would prove nothing."""
    path = Path(shutil.copy(whole, tmp_path / "a.spa"))
    found = examine(path, write=True)
    assert (found.outcome, found.failed, found.faults) == ("whole", {}, [])


@pytest.mark.skipif(os.name == "nt", reason="some kinds are pipes and links")
@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind(whole, tmp_path, kind):
    path = tmp_path / "damaged.spa"
    outcomes = set()
    for seed in CASES[list(KINDS).index(kind) :: len(KINDS)]:
        shutil.copy(whole, path)
        done = damage(path, seed)
        found = examine(path, write=seed % 4 == 0)
        assert not found.faults, f"{seed}, {done}"
        outcomes.add(found.outcome)
        clear(path)
    assert outcomes - {"whole"} or kind in HARMLESS, "no damage was ever found"


_HASH = "UPDATE photos SET sha256 = {} WHERE id = 2"


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE sqlite_sequence SET seq = 9223372036854775807", "its numbers of rows are out of bounds"),
        ("CREATE VIRTUAL TABLE words USING fts5(text)", "words is not built as it should be"),
        ("DROP INDEX photos_of_class", "photos_of_class is not built as it should be"),
        ("ALTER TABLE photos ADD COLUMN twice INTEGER AS (2 * id)", "photos is not built as it should be"),
        (
            "CREATE INDEX x ON photos(id);; PRAGMA writable_schema = ON;; UPDATE sqlite_master "
            "SET name = 'sqlite_stat9', sql = 'CREATE INDEX sqlite_stat9 ON photos(hex(id))' WHERE name = 'x'",
            "sqlite_stat9 is not built as it should be",
        ),
        ("PRAGMA user_version = 99", r"newer version of the app.*update the app"),
        ("CREATE TRIGGER t AFTER INSERT ON history BEGIN DELETE FROM classes; END", "triggers"),
        # A hash becomes a path in the feature cache.
        (_HASH.format("'../' || substr(sha256, 4)"), "sha256 of photos 2 is out of bounds"),
        (_HASH.format("sha256 || char(0) || '/../../x'"), "sha256 of photos 2 is out of bounds"),
        # It names a control character, which no version stored.
        ("UPDATE classes SET name = 'a' || char(27) || '[2J' WHERE id = 1", "name of classes 1 is out of bounds"),
        ("UPDATE photos SET path = '/a' || char(0) WHERE id = 1", "path of photos 1 is out of bounds"),
        # A correction that contradicts itself: of a class and of none, of no photo, set aside and of a class.
        ("UPDATE corrections SET class_id = NULL, class_name = NULL, verdict = 'class'", "verdict of corrections"),
        ("UPDATE corrections SET photo_id = NULL, path = NULL", "verdict of corrections"),
        ("UPDATE corrections SET class_id = 1, verdict = 'aside'", "verdict of corrections"),
        ("UPDATE answers SET probabilities = '[]' WHERE id = 1", "probabilities of answers 1 is out of bounds"),
        ("UPDATE meta SET value = '1e9' WHERE name = 'seed'", "value of meta seed is out of bounds"),
        ("DELETE FROM meta WHERE name = 'seed'", "not all of its properties are there"),
        ("UPDATE photos SET class_id = 77 WHERE id = 1", "a row of photos refers to one that is gone"),
    ],
)
def test_what_the_app_never_makes_is_refused(whole, tmp_path, sql, change, what, write):
    path = Path(shutil.copy(whole, tmp_path / "a.spa"))
    sql(path, *change.split(";; "))
    with pytest.raises(SpaError, match=what):
        Project.open(path, write=write)


@pytest.mark.parametrize("table", ["thumbnails", "test_features", "learners"])
def test_bytes_that_are_none(whole, tmp_path, table):
    """The gate does not look at them."""
    path = Path(shutil.copy(whole, tmp_path / "a.spa"))
    with lenient(path) as connection:
        connection.execute(f"UPDATE {table} SET blob = 'text'")
    found = examine(path, write=True)
    assert (found.outcome, found.faults) == ("found by check", [])


def test_a_table_of_more_rows_than_anybody_made(tmp_path, sql):
    """Every row can be; all together they would take minutes."""
    path = tmp_path / "many.spa"
    with Project.create(path) as project, project.transaction("add") as tx:
        tx.add_task("Task 1")
    sql(
        path,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
        " INSERT INTO classes (id, task_id, name, state, color) SELECT i, 1, 'c' || i, 'new', 1 FROM n",
    )
    found = examine(path, write=True)
    assert found.faults == []
    assert "it has more classes than a project can have" in found.refused


def test_what_could_not_be_read_again_is_not_stored(moths):
    before = moths.history()

    def store(write) -> None:
        with moths.transaction("x") as tx:
            write(tx)

    for write in (
        lambda tx: tx.set_setting("a", "x" * 2_000_000),
        lambda tx: tx.cache_description("k", ["x" * 2_000_000]),
        lambda tx: tx.put_evaluation(1, {"tasks": {"1": [5, 4]}}),
        lambda tx: tx.put_evaluation(1, {"zero_shot": 1.5}),
        lambda tx: setattr(tx, "summary", "x" * 200_000),
    ):
        with pytest.raises((SpaError, ValueError)):
            store(write)
    assert moths.history() == before
