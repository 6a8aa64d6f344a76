"""The sample project is made once, whole or not at all, and can be deleted."""

import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from spa_desktop import demo, paths
from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.project import Project
from spa_desktop.workbench import recognition, sample_project
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.sample_project import delete_sample, make_sample
from tests.workbench.tiny import few_demo_photos, writer_of_six_phrases


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    writer_of_six_phrases(monkeypatch)  # to look for words takes as long as to learn them


@pytest.fixture
def few(monkeypatch, tmp_path):
    """One task, with two photos of each class to learn from, and two to test on."""
    monkeypatch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path / "few", 2, tasks=1))


def test_it_is_trained_and_whole_and_made_once_and_is_back_from_its_copy_without_computing(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path / "few", 2, tasks=2))
    path = make_sample(Job())
    assert path == paths.sample_project()
    with OpenProject.open(path, write=False) as bench:
        assert [task.state for task in bench.project.tasks()] == ["trained"] * 2
        assert len(bench.project.learner_info().class_ids) == 8
        assert len(bench.project.evaluations()) == 2
        assert recognition.check(bench).is_valid
        assert all(photo.path.startswith(str(path.parent / "photos")) for photo in bench.project.photos())
        assert [bench.encoder()] == tiny, "the project takes the backbone that made it"
    assert sorted(one.name for one in path.parent.iterdir() if not one.name.startswith(".")) == [path.name, "photos"]
    made, photos, encoded = path.read_bytes(), sorted(path.parent.rglob("*.jpg")), tiny[-1].encoded
    assert make_sample(Job()) == path
    assert path.read_bytes() == made
    with Project.open(path, write=True) as project, project.transaction("edit", "x") as tx:
        tx.rename_class(project.classes()[0].id, "another")
    delete_sample()
    assert make_sample(Job()) == path
    assert path.read_bytes() == made
    assert sorted(path.parent.rglob("*.jpg")) == photos
    assert [one.encoded for one in tiny] == [encoded]
    with OpenProject.open(path, write=False) as bench:
        assert recognition.check(bench).is_valid


def test_cancelled_it_leaves_no_project_and_can_be_made_again(few):
    job = Job(lambda event: job.cancel() if event.stage == Stage.TEST else None)
    with pytest.raises(Cancelled):
        make_sample(job)
    assert not paths.sample_project().exists()
    assert not (paths.sample_project().parent / "making").exists()
    assert make_sample(Job()).exists()


def test_another_window_waits_and_finds_it_made(tiny, few):
    began, go = threading.Event(), threading.Event()

    def listen(event):
        if event.stage == Stage.ENCODE:
            began.set()
            go.wait(30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(make_sample, Job(listen))
        assert began.wait(30)
        other = pool.submit(make_sample, Job())
        wait([other], 0.3)
        go.set()
        assert first.result() == other.result() == paths.sample_project()
    with OpenProject.open(first.result(), write=False) as bench:
        assert recognition.check(bench).is_valid


def test_a_damaged_copy_or_that_of_other_code_is_not_taken(tiny, few, tmp_path, monkeypatch):
    code = tmp_path / "code" / "learning.py"
    code.parent.mkdir()
    code.write_text("")
    monkeypatch.setattr(sample_project, "_SOURCES", code.parent)
    path = make_sample(Job())
    harms = (lambda kept: kept[: len(kept) // 2], lambda kept: kept[:5000] + b"x" + kept[5001:], None)
    for harm in harms:
        (kept,) = (paths.cache_dir() / "sample").iterdir()
        if harm is None:
            code.write_text("as it learns now")
        else:
            kept.write_bytes(harm(kept.read_bytes()))
        delete_sample()
        events = []
        make_sample(Job(events.append))
        assert Stage.DESCRIBE in [event.stage for event in events], "it was made anew"
        said = [event.message for event in events if event.message and not event.stage]
        assert said == ["The copy of the sample project that was kept is damaged: it is made anew"] * (harm is not None)
        with OpenProject.open(path, write=False) as bench:
            assert recognition.check(bench).is_valid
        (again,) = (paths.cache_dir() / "sample").iterdir()
        assert (again != kept) == (harm is None), "of other code none is left"
        assert zipfile.ZipFile(again).testzip() is None


def test_it_is_deleted_but_not_while_it_is_open():
    path = paths.sample_project()
    path.parent.mkdir(parents=True)
    with Project.create(path), pytest.raises(InputError, match="is open: close it first"):
        delete_sample()
    assert path.exists()
    delete_sample()
    assert not path.parent.exists()
    delete_sample()  # there is nothing to delete, and nothing wrong
    path.parent.mkdir()
    path.write_bytes(b"no project")
    delete_sample()
    assert not path.exists(), "a damaged one goes too"


def test_where_it_cannot_be_written_one_line_says_so(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"cannot be made in .*SPA_DESKTOP_DATA_DIR"):
        make_sample(Job())
