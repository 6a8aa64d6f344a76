"""What can be read of a damaged project is saved into a new one, which passes `check`."""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Project, ProjectBusy
from spa_desktop.project import project as making
from spa_desktop.project import recover as recovering
from spa_desktop.project.lock import RawFile
from spa_desktop.project.records import NewPhoto
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
    lines = recover(broken, new).lines
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


def ruin_leaf(data: bytearray, root: int, number: int) -> int:
    """Overwrite a leaf of a table. Gives how many rows it had."""
    place = (root - 1) * PAGE
    assert data[place] == 0x05, "the table has leaves"
    at = place + 12 + 2 * number
    cell = place + int.from_bytes(data[at : at + 2], "big")
    leaf = (int.from_bytes(data[cell : cell + 4], "big") - 1) * PAGE
    assert data[leaf] == 0x0D
    there = int.from_bytes(data[leaf + 3 : leaf + 5], "big")
    data[leaf : leaf + PAGE] = bytes(PAGE)
    return there


def test_what_is_no_valid_text_loses_its_row_alone(broken, sql):
    """The first of the properties here, behind which stands what tells whose features were learned."""
    with Project.open(broken) as old:
        meta, learned = old.meta, old.learner_info()
    sql(broken, "UPDATE meta SET value = CAST(x'ff31' AS TEXT) WHERE name = 'app_version'")
    sql(broken, "UPDATE descriptions SET sentence = CAST(x'ff31' AS TEXT) WHERE id = 1")
    project, lines = recovered(broken)
    with project:
        assert (project.meta.fingerprint, project.meta.project_id) == (meta.fingerprint, meta.project_id)
        assert project.learner_info() == learned
    assert "meta: 6 saved, 1 lost" in lines
    assert any(line.startswith("descriptions: ") and line.endswith("saved, 1 lost") for line in lines), lines


def test_of_a_whole_project_all_is_saved(whole, broken):
    project, lines = recovered(broken)
    with project, Project.open(whole) as old:
        for read in ("tasks", "classes", "descriptions", "learner", "undoable_training", "evaluations", "settings"):
            assert getattr(project, read)() == getattr(old, read)(), read
        assert project.photos(set_aside=None) == old.photos(set_aside=None)
        assert project.meta == old.meta
        assert project.history()[1:] == old.history()
        ids = [one.id for one in old.photos()]
        assert project.thumbnails(ids) == old.thumbnails(ids)
        assert list(project.test_features("f" * 64)) == list(old.test_features("f" * 64))
    assert "photos: 72 saved" in lines
    assert not any("lost" in line or "cannot be read" in line for line in lines), lines


def test_the_list_of_tables_is_lost(whole, broken):
    data = bytearray(broken.read_bytes())
    data[:PAGE] = bytes(PAGE)
    broken.write_bytes(data)
    with pytest.raises(InputError):
        Project.open(broken)
    project, _ = recovered(broken)
    with project, Project.open(whole) as old:
        assert project.classes() == old.classes()
        assert len(project.photos(set_aside=None)) == 3 * PHOTOS
        assert project.learner() == old.learner()


def test_a_table_that_is_not_built_as_it_should_be_is_told(broken):
    with contextlib.closing(sqlite3.connect(broken)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, '= 64', '= 65') WHERE name = 'photos'")
        connection.commit()
    project, lines = recovered(broken)
    project.close()
    assert "photos: 0 saved, and what stood on pages that cannot be read" in lines
    assert any("restore" in line for line in lines)


def test_classes_that_are_lost_are_named_like_their_folders(broken, sql):
    sql(broken, "UPDATE photos SET path = '/zoo/train/name of class ' || class_id || '/' || name")
    sql(broken, r"UPDATE photos SET path = 'C:' || replace(path, '/', '\') WHERE class_id = 2")
    ruin(broken, "classes")
    project, lines = recovered(broken)
    with project:
        assert {(item.id, item.name) for item in project.classes()} == {(n, f"name of class {n}") for n in (1, 2, 3)}
        assert len(project.photos(set_aside=None)) == 3 * PHOTOS
        # What was learned goes by the numbers of the classes, which are known.
        assert project.learner_info().class_ids == (1, 2)
    assert "classes: 3 saved, and what stood on pages that cannot be read" in lines
    assert any("named like the folder" in line for line in lines)


def test_folders_that_differ_by_case_are_not_two_classes_of_one_name(broken, sql):
    sql(broken, "UPDATE photos SET path = '/zoo/' || iif(class_id = 1, 'Red_panda', 'red panda') || '/' || name")
    ruin(broken, "classes")
    project, _ = recovered(broken)
    with project:
        assert [item.name for item in project.classes()] == ["Red_panda", "red panda 2", "red panda 3"]


def test_small_pictures_that_are_lost_are_grey(broken):
    ruin(broken, "thumbnails", b"\xff" * PAGE)
    project, lines = recovered(broken)
    with project:
        assert len(project.photos(set_aside=None)) == 3 * PHOTOS
        assert len(project.thumbnails([one.id for one in project.photos()])) == 3 * PHOTOS
    assert f"the small pictures of {3 * PHOTOS} photos are lost: they are grey" in lines


def test_rows_that_are_not_whole_are_left_out(broken, sql):
    sql(broken, "UPDATE thumbnails SET blob = zeroblob(99) WHERE photo_id < 4")
    sql(broken, "UPDATE descriptions SET phrases = '{' WHERE class_id = 3")
    sql(broken, "UPDATE photos SET sha256 = 'x' WHERE id = 9")
    project, lines = recovered(broken)
    with project:
        assert len(project.photos(set_aside=None)) == 3 * PHOTOS - 1
        assert project.class_(3).state == "new"
    assert "photos: 71 saved, 1 lost" in lines
    assert "descriptions: 4 saved, 2 lost" in lines
    assert "the small pictures of 3 photos are lost: they are grey" in lines


def test_a_row_or_a_leaf_that_cannot_be_read_costs_itself_only(broken):
    page, root = root_page(broken, "history"), root_page(broken, "thumbnails")
    with Project.open(broken) as project:
        rows = len(project.history())
    data = bytearray(broken.read_bytes())
    place = (page - 1) * PAGE
    assert data[place] == 0x0D, "the table has one page"
    cell = place + int.from_bytes(data[place + 8 : place + 10], "big")
    assert data[cell] < 0x80, "size and number of the row are a byte each"
    data[cell + 2] = 0x7F  # the head of the record is longer than the record
    # The third leaf of the small pictures, in the middle of the table.
    there = ruin_leaf(data, root, 2)
    broken.write_bytes(data)
    project, lines = recovered(broken)
    project.close()
    # With one more: that it was recovered.
    assert f"history: {rows} saved, and what stood on pages that cannot be read" in lines
    assert f"the small pictures of {there} photos are lost: they are grey" in lines
    assert "An earlier version may hold what stood on the pages that cannot be read: `spa-desktop restore`" in lines


def test_rows_are_found_behind_a_leaf_however_high_their_numbers_are(tmp_path, sql):
    broken = tmp_path / "high.spa"
    Project.create(broken, fingerprint="f" * 64).close()
    sql(broken, "INSERT INTO sqlite_sequence VALUES ('photos', 9000)")
    with Project.open(broken, write=True) as project, project.transaction("add") as tx:
        record = tx.add_class("a", tx.add_task("T").id)
        for number in range(60):
            checksum = hashlib.sha256(str(number).encode()).hexdigest()
            picture = b"\xff\xd8\xff" + random.Random(number).randbytes(1500)
            tx.add_photos(record.id, [NewPhoto(Path(f"/{number}.jpg"), checksum, "train", 9, 9, 9, picture)])
    data = bytearray(broken.read_bytes())
    there = ruin_leaf(data, root_page(broken, "thumbnails"), 0)
    broken.write_bytes(data)
    project, lines = recovered(broken)
    project.close()
    assert f"the small pictures of {there} photos are lost: they are grey" in lines


def test_no_more_keys_are_tried_than_a_file_of_that_size_has(broken, monkeypatch):
    """Of a file of noise, each table is given up soon."""
    data = broken.read_bytes()
    broken.write_bytes(data[:PAGE] + b"\xff" * (len(data) - PAGE))
    one, tried = recovering._one, []
    monkeypatch.setattr(recovering, "_one", lambda source, sql, *values: tried.append(sql) or one(source, sql, *values))
    with pytest.raises(InputError, match="nothing of it can be read"):
        recover(broken, broken.with_name("new.spa"))
    assert len(tried) < len(data) / 4


def test_a_correction_that_contradicts_itself_is_left_out(broken, sql):
    with Project.open(broken, write=True) as project, project.transaction("correct") as tx:
        for photo in project.photos(1)[:2]:
            tx.put_correction(photo.id, "aside")
        kept = len(project.corrections()) - 1
    sql(broken, "UPDATE corrections SET verdict = 'class' WHERE id = (SELECT max(id) FROM corrections)")
    project, lines = recovered(broken)
    with project:
        assert len(project.corrections()) == kept
    assert f"corrections: {kept} saved, 1 lost" in lines


@pytest.mark.parametrize("change", ["class_ids = '[]', probabilities = '[]'", "probabilities = '[0.5, 0.1, 0.1, 0.1]'"])
def test_an_answer_without_a_probability_for_each_class_is_damage_and_left_out(broken, change, sql):
    sql(broken, f"UPDATE answers SET {change} WHERE id = (SELECT max(id) FROM answers)")
    with Project.open(broken) as project:
        assert [one for one in project.check().problems if "not every class has its probability" in one]
        with pytest.raises(SpaError, match="answer"):
            [project.answers_of(state.id) for state in project.measured_states()]
    project, lines = recovered(broken)
    with project:
        assert all(project.answers_of(state.id) for state in project.measured_states() if state.answers)
    assert any(line.startswith("answers: ") and line.endswith(", 1 lost") for line in lines)


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
        assert not any(one.is_learned for one in project.photos(set_aside=None))
    assert any(line.startswith("what was learned is not saved") for line in lines)


def test_the_learner_before_may_be_lost(broken, sql):
    sql(broken, "UPDATE learners SET blob = zeroblob(90) WHERE id = 1")
    project, lines = recovered(broken)
    with project:
        assert project.learner_info().id == 2
        assert project.undoable_training() is None
        assert {item.state for item in project.classes()} == {"trained", "described"}
    assert "learners: 1 saved, 1 lost" in lines


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
    with Project.open(broken, write=True), pytest.raises(ProjectBusy):
        recover(broken, new)
    new.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        recover(broken, new)
    assert new.read_text() == "mine"
    new.unlink()
    for content in (b"", b"text " * 5000, bytes(50_000)):
        broken.write_bytes(content)
        with pytest.raises(InputError, match="is not a project"):
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


def test_what_is_no_database_is_not_copied(tmp_path):
    other = tmp_path / "film.mp4"
    other.write_bytes(b"ftyp" * 100_000)
    os.truncate(other, 1 << 42)  # no disk has room for a copy
    with pytest.raises(InputError, match=r"film\.mp4 is not a project"):
        recover(other, tmp_path / "new.spa")


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
    for seed in range(list(KINDS).index(kind), 3 * len(KINDS), len(KINDS)):
        clear(broken)
        shutil.copy(whole, broken)
        done = damage(broken, seed)
        new.unlink(missing_ok=True)
        why = ""
        try:
            recover(broken, new)
        except SpaError as error:
            why = str(error)
        if why:
            assert "\n" not in why
            assert kind in ("length", "header", "tables"), f"{seed}, {done}: {why}"
        else:
            with Project.open(new) as project:
                assert project.photos(set_aside=None) or project.tasks()
