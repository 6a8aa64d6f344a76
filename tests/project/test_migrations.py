"""Old files open for ever, and a step that fails leaves the file as it was."""

import sqlite3

import pytest

from spa_desktop.errors import SpaError
from spa_desktop.project import Project, ProjectReadOnly, migrations
from spa_desktop.project.migrations import MIGRATIONS
from tests.project.conftest import DUMPS, load


@pytest.fixture
def with_step(monkeypatch):
    """Adds a step to the migrations of the app."""

    def add(step):
        monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, step))

    return add


def _add_note(connection):
    connection.execute("ALTER TABLE classes ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def _rebuild_then_fail(connection):
    connection.execute("DROP TABLE history")
    raise sqlite3.OperationalError("no such function")


def test_there_is_a_file_of_each_version():
    assert sorted(file.stem for file in DUMPS.iterdir()) == [
        f"version_{number}" for number in range(1, migrations.newest_version() + 1)
    ]


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_file_of_an_old_version_opens(path, version, write):
    with Project.open(load(path, version), write=write) as project:
        assert [record.name for record in project.classes()] == ["atlas", "luna", "hawk"]
        assert project.description(1).phrases[0].support[0].patch == 3
        assert project.learner().info.class_ids == (1, 2)
        assert len(dict(project.test_features("clip", range(99)))) == 3
        assert len(project.answers(project.learner_info().id)) == (2 if version >= 3 else 0)
        assert [one.class_name for one in project.corrections()] == ([None, "owl"] if version >= 4 else [])
        assert [one.notes.photos for one in project.trainings()] == ([4] if version >= 5 else [])
        assert [one.sha256 is not None for one in project.corrections() if one.path] == [version >= 6] * (version >= 4)
        assert len(project.sorting("photos") or ()) == (1 if version >= 7 else 0)
        frames = [one.frame for one in (*project.photos(set_aside=None), *project.corrections()) if one.frame]
        assert frames == ([(0.1, 0.25, 0.5, 0.75), (0.0, 0.2, 0.4, 1.0)] if version >= 8 else [])
        assert next(photo.taken for photo in project.photos()) == (1777629602.25 if version >= 8 else None)
        assert project.check().problems == ()


@pytest.mark.parametrize("write", [False, True])
def test_it_is_brought_to_the_newest_version(version_1, write, with_step):
    with_step(_add_note)
    with Project.open(version_1, write=write) as project:
        assert project._db.rows("PRAGMA user_version") == [(migrations.newest_version(),)]
        assert project._db.rows("SELECT note FROM classes") == [("",)] * 3
        assert project.check().problems == ()
    with Project.open(version_1, write=True) as project:
        with project.transaction("edit") as tx:
            tx.delete_class(1)
        project.undo()
        assert project._db.rows("SELECT note FROM classes") == [("",)] * 3
    assert not version_1.with_name("Moths.spa.lock").exists()


def test_a_new_file_is_the_same_as_a_migrated_one(version_1, tmp_path, with_step):
    with_step(_add_note)
    sql = "SELECT name, sql FROM sqlite_master ORDER BY name"
    with Project.open(version_1) as old, Project.create(tmp_path / "new.spa") as new:
        assert old._db.rows(sql) == new._db.rows(sql)


def test_a_step_that_fails_changes_nothing(version_1, with_step, sql):
    with_step(_add_note)
    with_step(_rebuild_then_fail)
    with pytest.raises(SpaError, match="no such function"):
        Project.open(version_1, write=True)
    # The step before it was finished, and stays.
    assert sql(version_1, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
    assert sql(version_1, "SELECT 1 FROM history")


def test_a_step_that_breaks_a_reference_changes_nothing(version_1, with_step, sql):
    with_step(lambda connection: connection.execute("DELETE FROM tasks"))
    with pytest.raises(SpaError, match="broke a reference"):
        Project.open(version_1, write=True)
    assert sql(version_1, "SELECT count(*) FROM tasks") == [(2,)]


def test_an_old_file_that_cannot_be_written(as_anyone, with_step):
    with as_anyone() as folder:
        pass
    Project.create(folder / "a.spa").close()
    folder.chmod(0o555)
    with_step(_add_note)
    before = (folder / "a.spa").read_bytes()
    with as_anyone():
        with Project.open(folder / "a.spa") as project:
            assert project._db.rows("PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
            assert project.check().problems == ()
        with pytest.raises(ProjectReadOnly, match="copy it to a folder"):
            Project.open(folder / "a.spa", write=True)
    assert (folder / "a.spa").read_bytes() == before
