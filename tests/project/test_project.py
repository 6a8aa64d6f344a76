"""Opening, making, refusing, and transactions that are all or nothing."""

import os
import shutil
import sqlite3
import sys
import threading

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project import Project, ProjectReadOnly
from spa_desktop.version import __version__


def test_a_new_project_says_what_it_is(path, sql):
    with Project.create(path, backbone="ViT-B-16/openai", fingerprint="f" * 64, seed=7) as project:
        meta = project.meta
        assert (meta.backbone, meta.fingerprint, meta.seed, meta.app_version) == (
            "ViT-B-16/openai",
            "f" * 64,
            7,
            __version__,
        )
        assert [entry.verb for entry in project.history()] == ["new"]
        assert project.check().problems == ()
    assert sql(path, "PRAGMA application_id") == [(0x53504144,)]
    assert sql(path, "PRAGMA journal_mode") == [("delete",)]
    strict = sql(path, "SELECT strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'")
    assert strict == [(1,)] * 17


def test_names_with_odd_characters_work(tmp_path):
    path = tmp_path / "Nacht?falter #1 % é.spa"
    Project.create(path).close()
    with Project.open(path) as project:
        assert project.path == path.resolve()


def test_what_could_not_be_read_again_is_not_made(path):
    for wrong in ({"seed": 1 << 63}, {"backbone": "x" * 200_000}):
        with pytest.raises(SpaError):
            Project.create(path, **wrong)
        assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no project"),
        (lambda path: path.mkdir(), "is not a project but a folder"),
        (lambda path: path.write_bytes(b""), "is not a project"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "is not a project"),
        (lambda path: path.write_text("a text " * 1000), "is not a project"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE a (b)").connection.close(), "is not a project"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_what_is_no_project_is_refused(path, make, message, write):
    make(path)
    with pytest.raises(InputError, match=message) as caught:
        Project.open(path, write=write)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not path.with_name("Moths.spa.lock").exists()


def test_paths_that_lead_nowhere_are_refused(tmp_path):
    (tmp_path / "loop.spa").symlink_to(tmp_path / "loop.spa")
    for name in ("loop.spa", "x" * 300 + ".spa", "zero\0.spa"):
        with pytest.raises(InputError) as caught:
            Project.open(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_transaction_stores_all_with_its_history(project):
    with project.transaction("add", "one task") as tx:
        tx.add_task("Task 1")
        tx.details["skipped"] = 3
        tx.summary = "1 task"
    entry = project.history(1)[0]
    assert (entry.verb, entry.summary, entry.details, entry.app_version) == (
        "add",
        "1 task",
        {"skipped": 3},
        __version__,
    )
    assert entry.at.endswith("+00:00")
    assert [task.name for task in project.tasks()] == ["Task 1"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SpaError])
def test_a_transaction_that_fails_stores_nothing(project, error):
    def add_and_fail():
        with project.transaction("add") as tx:
            tx.add_task("Task 1")
            raise error

    with pytest.raises(error):
        add_and_fail()
    assert project.tasks() == []
    assert len(project.history()) == 1
    assert project.undo() is None


def test_a_reader_cannot_write(project, path):
    with Project.open(path) as reader, pytest.raises(SpaError, match="for reading only"), reader.transaction("add"):
        pass
    with Project.open(path) as reader, pytest.raises(SpaError):
        reader._db.rows("DELETE FROM history")


def test_threads_take_turns(project):
    def add(name: str) -> None:
        for index in range(10):
            with project.transaction("add") as tx:
                tx.add_task(f"{name} {index}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(task.position for task in project.tasks()) == list(range(40))


def test_a_read_only_folder_or_file(as_anyone):
    with as_anyone() as folder:
        pass
    Project.create(folder / "a.spa").close()
    for mode, file_mode in ((0o555, 0o666), (0o777, 0o444)):
        folder.chmod(mode)
        (folder / "a.spa").chmod(file_mode)
        with as_anyone():
            with pytest.raises(ProjectReadOnly, match="cannot be written"):
                Project.open(folder / "a.spa", write=True)
            with Project.open(folder / "a.spa") as project:
                assert project.check().is_valid
    folder.chmod(0o555)
    with as_anyone(), pytest.raises(ProjectReadOnly, match="cannot be written"):
        Project.create(folder / "b.spa")
    (folder / "a.spa").chmod(0)
    with as_anyone(), pytest.raises(InputError, match="may not be read"):
        Project.open(folder / "a.spa")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800"])
def test_what_is_no_json_is_not_stored(project, value):
    with pytest.raises(SpaError), project.transaction("settings") as tx:
        tx.set_setting("a", value)
    assert project.settings() == {}


def test_a_key_is_never_stored(project, path):
    key = "sk-proj-abcdefghijklmnop1234567890"
    for write in (
        lambda tx: tx.set_setting("writer", {"note": key}),
        lambda tx: tx.details.update(header=f"Bearer {key[3:]}"),
        lambda tx: tx.cache_description("k", [key]),
    ):
        with pytest.raises(SpaError, match="API key"), project.transaction("x") as tx:
            write(tx)
    project.close()
    assert key.encode() not in path.read_bytes()


def test_another_backbone_is_refused_once_something_is_learned(moths):
    with pytest.raises(InputError, match="learned with the backbone spa-lite"), moths.transaction("x") as tx:
        tx.set_backbone("ViT-B-16/openai", "")
    with moths.transaction("x") as tx:
        tx.forget_learner()
        tx.set_backbone("ViT-B-16/openai", "f" * 64)
    assert (moths.meta.backbone, moths.meta.fingerprint) == ("ViT-B-16/openai", "f" * 64)


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are text there")
@pytest.mark.parametrize("where", ["n\udcff.spa", "f\udcff/n.spa"])
def test_a_name_that_is_no_text_is_said_so_and_nothing_is_made(path, project, tmp_path, where):
    project.close()
    place = tmp_path / where
    place.parent.mkdir(exist_ok=True)
    for attempt in (Project.create, Project.open):
        with pytest.raises(InputError, match="is not valid text: rename it"):
            attempt(place)
        assert not place.exists()
    shutil.copy(path, place)
    with pytest.raises(InputError, match="is not valid text: rename it"):
        Project.open(place)
