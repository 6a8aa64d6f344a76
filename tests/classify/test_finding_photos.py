"""Photos in files and folders: nested, each once, in order, and what is said where there is none."""

import os
from pathlib import Path

import pytest

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.errors import InputError
from tests.conftest import plant


def test_nested_folders_in_order_and_only_photos(tmp_path):
    plant(tmp_path / "a", "2.jpg", "10.PNG", "x/y/z/1.webp", "notes.txt", ".hidden.jpg", ".cache/1.jpg", "Thumbs.db")
    plant(tmp_path / "a", "x/plan.PDF", "logo.svg")
    (tmp_path / "a" / "empty").mkdir()
    found = find_photos([tmp_path / "a"])
    assert [Path(path).relative_to(tmp_path / "a").as_posix() for path in found.paths] == [
        "10.PNG",
        "2.jpg",
        "x/y/z/1.webp",
    ]
    assert [skip.path.name for skip in found.skipped] == ["logo.svg", "plan.PDF"]
    assert {skip.reason for skip in found.skipped} == {"PDF and SVG are not read: save the pages as PNG or JPEG"}


def test_a_file_given_by_name_counts_whatever_its_name_and_once(tmp_path):
    plant(tmp_path, "photo", "b/1.jpg")
    found = find_photos([tmp_path / "photo", tmp_path / "b" / "1.jpg", tmp_path / "b", tmp_path / "b"])
    assert found.paths == [str(tmp_path / "photo"), str(tmp_path / "b" / "1.jpg")]


def test_a_name_that_is_no_text_is_listed(tmp_path):
    plant(tmp_path, "1.jpg")
    for name in ("\udcff.jpg", "t\udcff.txt"):
        (tmp_path / name).write_bytes(b"x")
    found = find_photos([tmp_path])
    assert (len(found.paths), [one.path.name for one in found.skipped]) == (1, ["\udcff.jpg"])
    assert found.skipped[0].reason == "its name is not valid text: rename it"
    with pytest.raises(InputError, match="its name is not valid text: rename it"):
        find_photos([plant(tmp_path / "caf\udce9", "1.jpg", "b/2.jpg")])


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_to_nothing_and_pipes_are_photos_if_they_are_named_so(tmp_path):
    plant(tmp_path, "a.jpg", "z.jpg")
    for name in ("gone.jpg", "readme.lnk"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
    for name in ("pipe", "pipe.jpg"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)  # a circle is read once
    found = find_photos([tmp_path])
    assert [Path(path).name for path in found.paths] == ["a.jpg", "gone.jpg", "pipe.jpg", "z.jpg"]
    assert found.skipped == []


@pytest.mark.parametrize(
    ("given", "said"), [([], "Give at least one"), (["none"], "There is no photo and no folder"), ([""], "no photo in")]
)
def test_nothing_to_be_found(tmp_path, given, said):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=said):
        find_photos([tmp_path / (name or "empty") for name in given])
