"""What is kept of how a training went is what happened."""

from types import SimpleNamespace

import pytest

from spa_desktop import jobs
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.documents import TRAINING
from spa_desktop.spa import training
from spa_desktop.spa.patches import take
from spa_desktop.workbench.training import TrainingRecorder


@pytest.fixture
def few_patches(bench):
    """Four of the nine patches are selected."""
    with bench.project.transaction("settings") as tx:
        tx.set_setting("method", {"patches": 4})
    return bench


def test_picked_patches_are_those_that_the_training_took(few_patches, teach, monkeypatch):
    taken = []

    def spied(patches, places):
        taken.append((patches, places))
        return take(patches, places)

    monkeypatch.setattr(training, "take", spied)
    # So fast a machine that a screen hears nothing between the first step and the last.
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: 100.0))
    bench = few_patches
    teach(bench, 1)
    (record,) = bench.project.trainings()
    notes = record.notes
    assert len(notes.picked) == 3
    for number, picked in enumerate(notes.picked):
        photo = bench.project.photo(picked.photo_id)
        assert (photo.split, picked.grid, len(picked.patches)) == ("train", (3, 3), 4)
        _, places = taken[number]  # of a class each, in order
        assert any(tuple(row) == picked.patches for row in places[:, 0].tolist())
        assert picked.crop == (0.0, 0.0, 1.0, 1.0)
    assert (notes.kind, notes.photos) == ("learned", 18)
    counts = bench.project.evaluations()[-1].document["tasks"].values()
    assert (notes.right, notes.tests) == tuple(map(sum, zip(*counts, strict=True)))
    assert {"MEASURE", "SELECT", "PROJECT", "TEST"} <= {one.stage for one in notes.stages}
    assert sum(one.seconds for one in notes.stages) <= notes.seconds + 0.5
    assert len(notes.curve) > 2
    assert [one.step for one in notes.curve] == sorted({one.step for one in notes.curve})


def test_lines_are_kept_with_their_time_and_keys_are_not():
    job, recorder = Job(), TrainingRecorder()
    with job.followed_by(recorder.follow):
        job.stage(Stage.ENCODE, total=2)
        job.message("Photo left out: broken.jpg")
        job.message("sent with sk-abcdefghijklmnopqrstuvwx")
        job.message("Photo left out: \udcff\n.jpg")  # a name that is no text
        job.advance(values={"loss": float("nan"), "accuracy": 50.0})
    job.message("too late")
    notes = recorder.notes("topped up", Job(), photos=1, document={"tasks": {}})
    assert notes.log[0].text == "Photo left out: broken.jpg"
    assert len(notes.log) == 2
    assert TRAINING.validate_json(TRAINING.dump_json(notes)) == notes
    assert notes.curve == ()
    assert (notes.right, notes.tests, notes.accuracy.per_cent) == (0, 0, None)
