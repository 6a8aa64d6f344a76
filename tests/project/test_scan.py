"""Every candidate photo is opened and verified; what cannot be used is skipped with a reason."""

import hashlib
import io

import pytest
from PIL import Image

from spa_desktop.errors import InputError
from spa_desktop.project import find_classes
from spa_desktop.project.folders import read_photos
from tests.photos.pieces import png
from tests.photos.test_events import photo_taken


def scan_of(*folders, job=None, share=0.2):
    return read_photos(find_classes(folders), job, test_share=share)


def test_what_a_photo_is(tmp_path):
    """Upright, where it is a turned one."""
    file = tmp_path / "llama/a.jpg"
    file.parent.mkdir()
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (300, 640)).save(file, exif=exif)
    with scan_of(tmp_path / "llama") as scan:
        (photo,) = scan.classes[0].photos
        (new,) = scan.new_photos(scan.classes[0])
    data = file.read_bytes()
    assert (photo.path, photo.size, photo.width, photo.height) == (file, len(data), 640, 300)
    assert photo.sha256 == new.sha256 == hashlib.sha256(data).hexdigest()
    thumbnail = Image.open(io.BytesIO(new.thumbnail))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (160, 75))


@pytest.mark.parametrize(
    ("events", "share", "held_out"),
    [
        ([3, 3, 4], 0.3, 3),  # one that fits
        ([3, 3], 0.2, 3),  # none fits: the smallest
        ([2, 2, 2, 2, 2], 0.4, 4),  # whole ones, as many as fit
        ([10], 0.2, 2),  # one event alone goes photo by photo
        ([3, 3, 4], 0.0, 0),
    ],
)
def test_photos_of_an_event_are_held_out_together(tmp_path, events, share, held_out):
    folder, event_of = tmp_path / "llama", {}
    folder.mkdir()
    for event, photos in enumerate(events):
        for number in range(photos):
            name = f"{event}-{number}.jpg"
            (folder / name).write_bytes(photo_taken(f"2026:05:01 1{event}:00:{10 + number}", str(event)))
            event_of[name] = event
    with scan_of(folder, share=share) as scan:
        splits = [(event_of[photo.path.name], photo.split) for photo in scan.classes[0].photos]
    tests = [event for event, split in splits if split == "test"]
    assert len(tests) == held_out
    if len(events) > 1:
        assert not {event for event, split in splits if split == "train"} & set(tests)


def test_bad_files_are_skipped_with_a_reason(tmp_path, draw):
    folder = tmp_path / "llama"
    whole = draw(folder / "good.jpg", 1, (400, 300)).read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_text("this is no photo")
    (folder / "noise.jpg").write_bytes(bytes(range(256)) * 20)
    (folder / "notes.txt").write_text("not even named like one")
    (folder / "bomb.png").write_bytes(png(60_000, 60_000, data=b"x"))
    draw(folder / "misnamed.png", 2).rename(folder / "misnamed.jpg")
    with scan_of(folder) as scan:
        assert [photo.path.name for photo in scan.classes[0].photos] == ["good.jpg", "misnamed.jpg"]
        reasons = {item.path.name: item.reason for item in scan.skipped}
    assert set(reasons) == {"cut.jpg", "empty.jpg", "text.png", "noise.jpg", "notes.txt", "bomb.png"}
    assert all(reason and "\n" not in reason and str(tmp_path) not in reason for reason in reasons.values())


def test_copies_within_a_class_are_skipped_and_the_one_to_learn_from_stays(tmp_path, draw):
    draw(tmp_path / "llama/test/a.jpg", 1)
    draw(tmp_path / "llama/test/b.jpg", 2)
    draw(tmp_path / "llama/train/z.jpg", 1)
    with scan_of(tmp_path / "llama") as scan:
        assert {photo.path.name: photo.split for photo in scan.classes[0].photos} == {"z.jpg": "train", "b.jpg": "test"}
        assert [(item.path.name, item.reason) for item in scan.skipped] == [("a.jpg", "it is the same photo as z.jpg")]


def test_of_copies_the_one_stays_that_is_no_copy_by_its_name(tmp_path, draw):
    for name in ("b.jpg", "b (1).jpg", "Copy of b.jpg", "b - Kopie.jpg"):
        draw(tmp_path / "llama" / name, 2)
    draw(tmp_path / "llama/a long name.jpg", 1)
    with scan_of(tmp_path / "llama") as scan:
        assert [photo.path.name for photo in scan.classes[0].photos] == ["a long name.jpg", "b.jpg"]
        assert {item.reason for item in scan.skipped} == {"it is the same photo as b.jpg"}


def test_the_same_photo_in_two_classes_is_named(tmp_path, draw):
    draw(tmp_path / "zoo/llama/a.png", 1)
    draw(tmp_path / "zoo/lotus/b.png", 1)
    with pytest.raises(InputError) as caught, scan_of(tmp_path / "zoo"):
        pass
    for part in ("'llama'", "'lotus'", "a.png", "b.png"):
        assert part in str(caught.value)


def test_a_class_without_a_usable_photo_is_an_error(tmp_path, draw):
    draw(tmp_path / "zoo/llama/a.jpg", 1)
    (tmp_path / "zoo/lotus").mkdir()
    (tmp_path / "zoo/lotus/b.jpg").write_bytes(b"")
    with (
        pytest.raises(InputError, match=r"No photo in .*lotus can be used \(1 skipped; b\.jpg: it is "),
        scan_of(tmp_path / "zoo"),
    ):
        pass


@pytest.mark.parametrize(
    ("folder", "count", "share", "held_out"),
    [
        *(("llama", count, 0.2, held_out) for count, held_out in ((1, 0), (2, 0), (3, 0), (4, 1), (10, 2), (13, 3))),
        ("llama", 5, 0, 0),
        ("llama", 5, 0.99, 4),
        ("llama/train", 6, 0.2, 0),  # a folder decides over the share
    ],
)
def test_a_share_is_held_out(tmp_path, draw, folder, count, share, held_out):
    for index in range(count):
        draw(tmp_path / folder / f"{index}.png", index, (8, 8))
    with scan_of(tmp_path / "llama", share=share) as scan:
        splits = [photo.split for photo in scan.classes[0].photos]
    assert (len(splits), splits.count("test")) == (count, held_out)


def test_the_choice_depends_on_the_content_alone(tmp_path, draw):
    for index in range(12):
        draw(tmp_path / f"llama/{index}.png", index, (8, 8))
        draw(tmp_path / f"elsewhere/llama/deeper/{40 - index}.png", index, (8, 8))
    chosen = []
    for folder in (tmp_path / "llama", tmp_path / "elsewhere/llama"):
        with scan_of(folder, share=0.5) as scan:
            chosen.append({photo.sha256 for photo in scan.classes[0].photos if photo.split == "test"})
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 6
