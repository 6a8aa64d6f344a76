"""What can be read of a damaged project is saved into a new one, which passes `check`."""

import contextlib
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Project
from spa_desktop.project import project as making
from spa_desktop.project import recover as recovering
from spa_desktop.project.lock import RawFile
from spa_desktop.project.recover import recover
from spa_desktop.project.versions import private_copy
from tests.faults.beside import clear
from tests.faults.crash import KILLED, change_much, in_a_fork, kill_this, killed_while
from tests.faults.damage import KINDS, damage
from tests.faults.project import PHOTOS

PAGE = 8192


@pytest.fixture
def broken(whole, tmp_path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "broken.spa"))


def recovered(broken: Path) -> tuple[Project, list[str]]:
    """The new project, open; the old file is as it was."""
    before = broken.read_bytes()
    new = broken.with_name("new.spa")
    lines = recover(broken, new)
    assert broken.read_bytes() == before
    project = Project.open(new)
    assert project.check().problems == ()
    return project, lines


def root_page(path: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]


def ruin(path: Path, table: str, content: bytes = bytes(PAGE)) -> None:
    """Overwrite the first page of a table."""
    page = root_page(path, table)
    data = bytearray(path.read_bytes())
    data[(page - 1) * PAGE : page * PAGE] = content
    path.write_bytes(data)


def test_of_a_whole_project_all_is_saved(whole, broken):
    with Project.open(broken, write=True):  # it is read as any reader does
        project, lines = recovered(broken)
    with project, Project.open(whole) as old:
        for read in ("tasks", "classes", "descriptions", "learner", "undoable_training", "evaluations", "settings"):
            assert getattr(project, read)() == getattr(old, read)(), read
        assert project.photos(set_aside=None) == old.photos(set_aside=None)
        assert project.meta == old.meta
        assert project.history()[1:] == old.history()
        ids = [one.id for one in old.photos()]
        assert project.thumbnails(ids) == old.thumbnails(ids)
        assert list(project.test_features("f" * 64, range(99))) == list(old.test_features("f" * 64, range(99)))
    assert lines == [f"{line.split(' lost')[0]} lost, {int(line.startswith('history'))} added" for line in lines]
    assert "photos: 72 saved, 0 lost, 0 added" in lines
    assert all(" saved, 0 lost, " in line for line in lines), lines


def test_photos_stay_together_where_tasks_and_classes_are_lost(broken):
    for table in ("classes", "tasks"):
        ruin(broken, table)
    project, lines = recovered(broken)
    with project:
        assert [(item.id, item.name) for item in project.classes()] == [(n, f"Recovered {n}") for n in (1, 2, 3)]
        assert [len(project.photos(n, set_aside=None)) for n in (1, 2, 3)] == [PHOTOS] * 3
        # What was learned goes by the numbers of the classes, which are known.
        assert project.learner_info().class_ids == (1, 2)
        assert [item.state for item in project.classes()] == ["stale", "stale", "described"]
    assert "classes: 0 saved, 0 lost, 3 added" in lines
    assert lines[-1].startswith("Not all rows can be read of tasks, classes: ")


def test_a_leaf_that_cannot_be_read_costs_its_rows_only(broken):
    """The third leaf of the small pictures, in the middle of the table."""
    root, data = root_page(broken, "thumbnails"), bytearray(broken.read_bytes())
    place = (root - 1) * PAGE
    assert data[place] == 0x05, "the table has leaves"
    cell = place + int.from_bytes(data[place + 16 : place + 18], "big")
    leaf = (int.from_bytes(data[cell : cell + 4], "big") - 1) * PAGE
    there = int.from_bytes(data[leaf + 3 : leaf + 5], "big")
    data[leaf : leaf + PAGE] = bytes(PAGE)
    broken.write_bytes(data)
    project, lines = recovered(broken)
    with project:
        assert len(project.photos(set_aside=None)) == 3 * PHOTOS
    assert f"thumbnails: {3 * PHOTOS - there} saved, 0 lost, {there} added" in lines
    assert lines[-1].startswith("Not all rows can be read of thumbnails: ")


def test_no_more_keys_are_tried_than_take_seconds(broken):
    """Of a file of noise, each table is given up soon."""
    data = broken.read_bytes()
    broken.write_bytes(data[:PAGE] + b"\xff" * (len(data) - PAGE))
    began = time.process_time()
    with pytest.raises(InputError, match="nothing of it can be read"):
        recover(broken, broken.with_name("new.spa"))
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("UPDATE thumbnails SET blob = zeroblob(99) WHERE photo_id < 4", "thumbnails: 69 saved, 3 lost, 3 added"),
        ("UPDATE descriptions SET phrases = '{' WHERE class_id = 3", "descriptions: 4 saved, 2 lost, 0 added"),
        ("UPDATE photos SET width = 2000000 WHERE id = 9", "photos: 71 saved, 1 lost, 0 added"),
        ("UPDATE photos SET width = 2000000 WHERE id = 9", "thumbnails: 71 saved, 1 lost, 0 added"),
        ("UPDATE meta SET value = 'x' WHERE name = 'seed'", "meta: 5 saved, 1 lost, 1 added"),
        ("DELETE FROM meta WHERE name = 'fingerprint'", "learners: 0 saved, 2 lost, 0 added"),
        ("UPDATE learners SET task_id = 77", "learners: 2 saved, 0 lost, 0 added"),
        ("UPDATE photos SET exemplar = 0 WHERE split = 'test'", "photos: 72 saved, 0 lost, 0 added"),
        ("UPDATE corrections SET verdict = 'class' WHERE id = 2", "corrections: 2 saved, 1 lost, 0 added"),
        (
            "UPDATE answers SET class_ids = '[]', probabilities = '[]' WHERE id = 1",
            "answers: 17 saved, 1 lost, 0 added",
        ),
    ],
)
def test_rows_that_are_not_whole_are_left_out(broken, change, line, sql):
    sql(broken, change)
    project, lines = recovered(broken)
    project.close()
    assert line in lines


@pytest.mark.parametrize(
    "change", ["UPDATE learners SET blob = zeroblob(90) WHERE id = 2", "UPDATE learners SET class_ids = '[1, 77]'"]
)
def test_a_learner_that_does_not_pass_is_left_out(broken, change, sql):
    sql(broken, change)
    project, lines = recovered(broken)
    with project:
        assert project.learner() is None
        assert {item.state for item in project.classes()} == {"described"}
        assert {task.state for task in project.tasks()} == {"new"}
        assert project.evaluations() == []
        assert project.trainings() == []
        assert not any(one.is_learned for one in project.photos(set_aside=None))
    assert "learners: 0 saved, 2 lost, 0 added" in lines


def test_what_a_killed_program_left_unfinished_is_rolled_back(broken):
    killed_while(broken, change_much)
    half = broken.read_bytes()
    project, _ = recovered(broken)
    with project:
        assert [item.name for item in project.classes()] == ["atlas", "luna", "hawk"]
    assert broken.read_bytes() == half


def test_ids_are_not_given_away_again(broken, sql):
    sql(broken, "DELETE FROM classes WHERE id = 3")
    sql(broken, "DELETE FROM photos WHERE class_id = 3")
    project, _ = recovered(broken)
    project.close()
    with Project.open(broken.with_name("new.spa"), write=True) as project, project.transaction("add") as tx:
        assert tx.add_class("new", project.tasks()[1].id).id == 4


def test_what_cannot_be_recovered(broken, tmp_path):
    new = tmp_path / "new.spa"
    with pytest.raises(InputError, match="There is no project"):
        recover(tmp_path / "none.spa", new)
    new.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        recover(broken, new)
    assert new.read_text() == "mine"
    new.unlink()
    # The last has lost its first page alone, which says what is where.
    for content in (b"", b"text " * 5000, bytes(50_000), bytes(PAGE) + broken.read_bytes()[PAGE:]):
        broken.write_bytes(content)
        with pytest.raises(InputError, match=r"is not a project.*bring back an earlier version"):
            recover(broken, new)
    assert not new.exists()


@pytest.mark.parametrize("verb", ["new", "recover"])
def test_a_file_that_comes_to_the_new_name_meanwhile_stays(broken, monkeypatch, verb):
    new = broken.with_name("new.spa")
    make = {"new": Project.create, "recover": lambda path: recover(broken, path)}[verb]
    for module in (making, recovering):  # each asks for the time while it fills the new file
        monkeypatch.setattr(module, "now", lambda now=module.now: (new.write_text("mine"), now())[1])
    with pytest.raises(InputError, match=r"new\.spa exists already"):
        make(new)
    assert new.read_text() == "mine"
    assert sorted(one.name for one in new.parent.iterdir()) == ["broken.spa", "new.spa"]


def test_the_copy_of_a_program_that_was_killed_goes_with_the_next(broken, tmp_path, monkeypatch):
    (shared := tmp_path / "shared").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    new = tmp_path / "new.spa"
    killing = Job(lambda event: kill_this() if event.stage == Stage.SALVAGE else None)
    assert in_a_fork(lambda: recover(broken, new, killing)) == KILLED
    (left,) = shared.iterdir()
    assert (left / "broken.spa").stat().st_size == broken.stat().st_size
    trap = shared / f"{left.name}-link"
    trap.symlink_to(tmp_path)
    (tmp_path / "broken.spa.lock").touch()
    raw = RawFile(broken)
    with private_copy(broken, raw, print) as used:
        assert set(shared.iterdir()) == {used.parent, trap}
        (tmp_path / "broken.spa.lock").unlink()
        recover(broken, new)
        assert used.read_bytes() == broken.read_bytes()
    raw.release()
    assert list(shared.iterdir()) == [trap]


@pytest.mark.parametrize("kind", list(KINDS))
def test_whatever_the_damage(whole, broken, kind):
    new = broken.with_name("new.spa")
    saved = 0
    for seed in range(list(KINDS).index(kind), 3 * len(KINDS), len(KINDS)):
        clear(broken)
        shutil.copy(whole, broken)
        done = damage(broken, seed)
        new.unlink(missing_ok=True)
        try:
            recover(broken, new)
        except InputError as error:
            line = str(error)
            assert "\n" not in line, f"{seed}, {done}"
            assert not new.exists()
        else:
            saved += 1
            with Project.open(new) as project:
                assert project.check().problems == (), f"{seed}, {done}"
                assert project.photos(set_aside=None) or project.tasks()
    assert saved, "nothing was ever saved"
