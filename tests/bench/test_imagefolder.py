"""Data sets on disk, class order and tasks."""

from pathlib import Path

import pytest

from spa_desktop.bench.encoded import class_order, read_image_folder, split_tasks
from spa_desktop.errors import InputError
from tests.conftest import plant


def test_classes_and_photos_are_sorted(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "pets",
        *("train/dog/2.jpg", "train/dog/1.PNG", "train/cat/deep/b.jpeg", "train/cat/a.webp", "train/cat/notes.txt"),
        *("test/cat/x.jpg", "test/dog/y.jpg", "train/.cache/z.jpg", "train/cat/._a.jpg", "train/README.jpg"),
    )
    data = read_image_folder(root)
    assert (data.name, data.classes) == ("pets", ("cat", "dog"))
    assert [[p.name for p in photos] for photos in data.train] == [["a.webp", "b.jpeg"], ["1.PNG", "2.jpg"]]
    assert [[p.name for p in photos] for photos in data.test] == [["x.jpg"], ["y.jpg"]]


def test_shots_are_the_first_by_name(tmp_path: Path) -> None:
    files = [f"train/a/{i:02}.jpg" for i in range(9)] + [
        "train/b/only.jpg",
        *(f"test/a/{i}.jpg" for i in range(1, 6)),
        "test/b/1.jpg",
    ]
    data = read_image_folder(plant(tmp_path, *files), shots=3)
    assert [[p.name for p in photos] for photos in data.train] == [["00.jpg", "01.jpg", "02.jpg"], ["only.jpg"]]
    assert [len(photos) for photos in data.test] == [5, 1], "what is tested on does not depend on the shots"


def test_a_link_to_a_parent_does_not_loop(tmp_path: Path) -> None:
    root = plant(tmp_path, "train/a/1.jpg", "test/a/1.jpg")
    (root / "train/a/loop").symlink_to(root, target_is_directory=True)
    assert len(read_image_folder(root).train[0]) == 1


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((), "has no folder train/"),
        (("train/a/1.jpg",), "has no folder test/"),
        (("train/a/notes.txt", "test/a/1.jpg"), "holds no class folder with photos"),
        (("train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg"), "test has no photos of b"),
        (
            ("train/a/1.jpg", "test/a/1.jpg", *(f"test/{c}/1.jpg" for c in "bcde")),
            "train has no photos of b, c, d and 1 more",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, files: tuple[str, ...], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_image_folder(plant(tmp_path, *files))


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        read_image_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="There is no folder"):
        read_image_folder(plant(tmp_path, "file.jpg") / "file.jpg")
    with pytest.raises(InputError, match="--shots"):
        read_image_folder(tmp_path, shots=0)


def test_class_order_is_the_fields() -> None:
    # The order that published logs print for 100 classes and seed 1993.
    assert class_order(1993, 100)[:12] == (68, 56, 78, 8, 23, 84, 90, 65, 74, 76, 40, 89)
    assert sorted(class_order(7, 21)) == list(range(21))
    with pytest.raises(InputError, match="--seed"):
        class_order(-1, 5)


def test_tasks() -> None:
    assert split_tasks(6, increment=2) == (range(0, 2), range(2, 4), range(4, 6))
    assert split_tasks(7, increment=3) == (range(0, 3), range(3, 6), range(6, 7))
    assert split_tasks(7, increment=2, base=3) == (range(0, 3), range(3, 5), range(5, 7))
    assert split_tasks(3, increment=1, base=3) == (range(0, 3),)
    for increment, base in ((0, 0), (4, 0), (1, 4), (1, -1)):
        with pytest.raises(InputError):
            split_tasks(3, increment=increment, base=base)
