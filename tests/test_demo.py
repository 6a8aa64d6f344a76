"""The demo photos, which ship with the app, and the copy of them that the demo works on."""

from pathlib import Path

import pytest
from PIL import Image

from spa_desktop import demo
from spa_desktop.demo import copy_demo, demo_tasks
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent
from tests.workbench.tiny import few_demo_photos


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo has one photo of each class and split, in this folder."""
    monkeypatch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path / "few", 1))
    return tmp_path / "few"


def test_twelve_classes_in_three_tasks_are_small_photos_with_their_credit_beside_them() -> None:
    tasks = demo_tasks()
    assert [task.name for task in tasks] == ["animals", "indoors", "sea"]
    for task in tasks:
        assert [(len(task.photos(name)), len(task.photos(name, "test"))) for name in task.classes] == [(10, 5)] * 4
    photos = [photo for task in tasks for split in demo.SPLITS for photo in task.labelled(split)[0]]
    assert len({photo.read_bytes() for photo in photos}) == len(photos) == 180
    assert sum(photo.stat().st_size for photo in photos) < 2_000_000
    for photo in photos:
        with Image.open(photo) as picture:
            assert (picture.format, picture.mode, max(picture.size)) == ("JPEG", "RGB", 240)
    assert demo.CREDIT in " ".join((demo.PHOTOS / "README.md").read_text(encoding="utf-8").split())


def test_a_copy_has_the_same_photos_and_may_be_made_again(few: Path, tmp_path: Path) -> None:
    events: list[JobEvent] = []
    for _ in range(2):
        tasks = copy_demo(tmp_path / "demo", Job(events.append))
    assert (events[-1].done, events[-1].total) == (24, 24)
    assert [task.folder for task in tasks] == [tmp_path / "demo" / "photos" / task.name for task in demo_tasks()]
    for copy, task in zip(tasks, demo_tasks(), strict=True):
        assert copy.labelled("test")[1] == task.labelled("test")[1] == list(task.classes)
        for mine, photo in zip(copy.labelled()[0], task.labelled()[0], strict=True):
            assert mine.read_bytes() == photo.read_bytes()
    assert {path.suffix for path in (tmp_path / "demo").rglob("*") if path.is_file()} == {".jpg"}


def test_a_cancelled_job_stops(few: Path, tmp_path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        copy_demo(tmp_path / "demo", job)
    assert not list((tmp_path / "demo").rglob("*.jpg"))


@pytest.mark.parametrize("name", ["holiday.jpg", "elephant-00.jpg"])
def test_what_is_in_the_way_of_the_copy_stays(few: Path, tmp_path: Path, name: str) -> None:
    copy_demo(tmp_path / "demo")
    mine = tmp_path / "demo" / "photos" / "animals" / "train" / "elephant" / name
    mine.write_bytes(b"mine")
    with pytest.raises(InputError, match=f"{name} is no photo of the demo: move it away"):
        copy_demo(tmp_path / "demo")
    assert mine.read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_named(few: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(SpaError, match="cannot be written"):
        copy_demo(tmp_path)


def test_what_else_lies_beside_the_copies_is_no_task(few: Path, tmp_path: Path) -> None:
    tasks = copy_demo(tmp_path)
    (tmp_path / "photos/Holiday").mkdir()
    assert copy_demo(tmp_path) == tasks
