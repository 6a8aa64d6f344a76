"""The demo photos: same for the same seed, rich, and true to their masks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spa_desktop.demo import DemoSet, draw_demo
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent


def _photos(demo: DemoSet) -> list[Path]:
    return [photo for task in demo.tasks for split in ("train", "test") for photo in task.labelled(split)[0]]


def test_the_set_has_two_tasks_of_four_classes_and_their_folders_hold_photos_alone(demo_set: DemoSet) -> None:
    assert [len(task.classes) for task in demo_set.tasks] == [4, 4]
    assert len({name for task in demo_set.tasks for name in task.classes}) == 8
    for task in demo_set.tasks:
        assert all((len(task.photos(name)), len(task.photos(name, "test"))) == (8, 4) for name in task.classes)
        assert {path.suffix for path in task.folder.rglob("*") if path.is_file()} == {".jpg"}
        assert sorted(path.name for path in task.folder.iterdir()) == ["test", "train"]


def test_a_photo_depends_on_its_name_and_the_seed_alone(demo_set: DemoSet, tmp_path: Path) -> None:
    events: list[JobEvent] = []
    again = draw_demo(tmp_path / "again", photos_per_class=1, test_per_class=0, job=Job(events.append))
    assert (events[-1].done, events[-1].total) == (8, 8)
    other = draw_demo(tmp_path / "other", photos_per_class=1, test_per_class=0, seed=1)
    for photo in _photos(again):
        name = photo.relative_to(again.folder)
        assert photo.read_bytes() == (demo_set.folder / name).read_bytes(), "more photos must not change the first ones"
        assert again.mask_of(photo).read_bytes() == demo_set.mask_of(demo_set.folder / name).read_bytes()
        assert photo.read_bytes() != (other.folder / name).read_bytes()


def test_photos_and_masks_fit_together(demo_set: DemoSet) -> None:
    for photo in _photos(demo_set):
        with Image.open(photo) as picture, Image.open(demo_set.mask_of(photo)) as mask:
            assert (picture.size, picture.mode) == ((320, 320), "RGB")
            assert (mask.size, mask.mode) == ((320, 320), "L")
            share = (np.asarray(mask) > 127).mean()
        assert 0.02 < share < 0.75, photo


def test_the_mask_is_where_the_thing_is(demo_set: DemoSet) -> None:
    """Basketballs are orange inside their masks, and what is around them is not, on the average."""
    task = demo_set.tasks[1]
    inside, outside = [], []
    for photo in task.photos("basketball"):
        values = np.asarray(Image.open(photo).convert("RGB"), float)
        mask = np.asarray(Image.open(demo_set.mask_of(photo))) > 127
        orange = values[..., 0] - values[..., 2]
        inside.append(np.median(orange[mask]))
        outside.append(np.median(orange[~mask]))
    assert np.mean(inside) > np.mean(outside) + 40.0


def test_the_places_are_shared_by_all_classes(demo_set: DemoSet) -> None:
    """What lies around the things must not tell the classes apart: nearest class mean on it stays near chance."""
    names, means, labels = [name for task in demo_set.tasks for name in task.classes], [], []
    for photo in _photos(demo_set):
        values = np.asarray(Image.open(photo).convert("RGB"), float)
        around = values[np.asarray(Image.open(demo_set.mask_of(photo))) == 0]
        means.append(np.concatenate([around.mean(axis=0), around.std(axis=0)]))
        labels.append(names.index(photo.parent.name))
    features, truth = np.array(means), np.array(labels)
    hits = 0
    for index in range(len(features)):
        rest = np.arange(len(features)) != index
        centres = np.stack([features[rest & (truth == label)].mean(axis=0) for label in range(len(names))])
        hits += int(np.linalg.norm(centres - features[index], axis=1).argmin() == truth[index])
    assert hits / len(features) < 0.35


def test_a_cancelled_job_stops(tmp_path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        draw_demo(tmp_path, photos_per_class=1, job=job)
    assert not list(tmp_path.rglob("*.jpg"))


def test_bad_input_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("not a folder")
    with pytest.raises(InputError, match=r"file\.txt is a file"):
        draw_demo(file)
    with pytest.raises(InputError, match="at least one photo"):
        draw_demo(tmp_path / "none", photos_per_class=0)


@pytest.mark.parametrize(
    "name",
    [
        "photos/garden/train/ladybird/holiday.jpg",
        "photos/garden/train/ladybird/ladybird-000.jpg",
        "masks/indoors/train/basketball/basketball-000.png",
    ],
)
def test_it_is_drawn_again_and_what_is_in_the_way_stays(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        draw_demo(tmp_path, photos_per_class=1, test_per_class=0)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(InputError, match=f"{name} is no photo or mask as the demo draws it: move it away"):
        draw_demo(tmp_path, photos_per_class=1, test_per_class=0)
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(SpaError, match="cannot be written"):
        draw_demo(tmp_path, photos_per_class=1, test_per_class=0)
