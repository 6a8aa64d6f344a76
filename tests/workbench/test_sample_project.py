"""The sample project is made once, whole or not at all, and can be deleted."""

from __future__ import annotations

import pytest

from spa_desktop import paths
from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.project import Project
from spa_desktop.workbench import Workbench, sample_project
from spa_desktop.workbench.sample_project import delete_sample, make_sample


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Two photos a class, in a folder of the test's own."""
    monkeypatch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(sample_project, "PHOTOS", 2)
    monkeypatch.setattr(sample_project, "TESTS", 1)


def cancelled_at(stage):
    def listen(event):
        if event.stage == stage:
            job.cancel()

    job = Job(listen)
    return job


def test_it_is_trained_and_whole_and_made_once(tiny):
    path = make_sample(Job())
    assert path == paths.sample_project()
    with Workbench.open(path, write=False) as bench:
        assert [task.state for task in bench.project.tasks()] == ["trained", "trained"]
        assert len(bench.project.learner_info().class_ids) == 8
        assert len(bench.project.evaluations()) == 2
        assert bench.check().is_whole
        assert all(photo.path.startswith(str(path.parent / "photos")) for photo in bench.project.photos())
    assert sorted(one.name for one in path.parent.iterdir() if not one.name.startswith(".")) == [path.name, "photos"]
    made, encoded = path.read_bytes(), tiny[-1].encoded
    assert make_sample(Job()) == path
    assert path.read_bytes() == made
    assert tiny[-1].encoded == encoded


def test_cancelled_it_leaves_no_project_and_can_be_made_again():
    for stage in (Stage.DRAW, Stage.ENCODE, Stage.TEST):
        with pytest.raises(Cancelled):
            make_sample(cancelled_at(stage))
        assert not paths.sample_project().exists()
        assert not (paths.sample_project().parent / "making").exists()
    assert make_sample(Job()).exists()


def test_it_is_not_deleted_while_it_is_open():
    path = paths.sample_project()
    path.parent.mkdir(parents=True)
    with Project.create(path), pytest.raises(InputError, match="is open: close it first"):
        delete_sample()
    assert path.exists()
    delete_sample()
    assert not path.parent.exists()
    delete_sample()  # there is nothing to delete, and nothing wrong


def test_a_damaged_one_can_be_deleted():
    path = paths.sample_project()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no project")
    delete_sample()
    assert not path.exists()


def test_where_it_cannot_be_written_one_line_says_so(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"cannot be made in .*SPA_DESKTOP_DATA_DIR"):
        make_sample(Job())
