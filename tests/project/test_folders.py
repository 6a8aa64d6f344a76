"""Folders to candidate classes, by names alone."""

from __future__ import annotations

import os
import unicodedata

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project import find_classes


def plant(root, *names):
    """Make files of these names; nothing here opens them."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def shape(found):
    """{class: {file: split}} by file name."""
    return {item.name: {file.path.name: file.split for file in item.files} for item in found.classes}


def reasons(found):
    return {item.path.name: item.reason for item in found.skipped}


def test_a_folder_of_photos_is_a_class(tmp_path):
    plant(tmp_path / "llama", "a.jpg", "b.JPEG", "c.png")
    assert shape(find_classes([tmp_path / "llama"])) == {"llama": {"a.jpg": None, "b.JPEG": None, "c.png": None}}


def test_a_folder_of_folders_is_many(tmp_path):
    plant(tmp_path, "zoo/llama/a.jpg", "zoo/lotus/b.jpg", "zoo/empty/notes.txt")
    found = find_classes([tmp_path / "zoo"])
    assert shape(found) == {"llama": {"a.jpg": None}, "lotus": {"b.jpg": None}}
    assert reasons(found) == {"notes.txt": "it is not a photo"}


def test_several_folders(tmp_path):
    plant(tmp_path, "llama/a.jpg", "zoo/lotus/b.jpg", "zoo/tick/c.jpg")
    assert list(shape(find_classes([tmp_path / "llama", tmp_path / "zoo"]))) == ["llama", "lotus", "tick"]


def test_train_and_test_above_the_classes(tmp_path):
    plant(tmp_path, "Train/llama/a.jpg", "TEST/llama/b.jpg", "Train/lotus/c.jpg", "README.txt")
    found = find_classes([tmp_path])
    assert shape(found) == {"llama": {"a.jpg": "train", "b.jpg": "test"}, "lotus": {"c.jpg": "train"}}
    assert reasons(found) == {"README.txt": "it is not a photo"}


def test_train_and_test_inside_a_class(tmp_path):
    plant(tmp_path, "zoo/llama/train/a.jpg", "zoo/llama/test/b.jpg", "zoo/llama/test/deep/c.jpg", "zoo/lotus/d.jpg")
    expected = {"a.jpg": "train", "b.jpg": "test", "c.jpg": "test"}
    assert shape(find_classes([tmp_path / "zoo"])) == {"llama": expected, "lotus": {"d.jpg": None}}
    assert shape(find_classes([tmp_path / "zoo" / "llama"])) == {"llama": expected}


def test_photos_beside_a_test_folder_are_for_training(tmp_path):
    plant(tmp_path / "llama", "a.jpg", "test/b.jpg")
    assert shape(find_classes([tmp_path / "llama"])) == {"llama": {"a.jpg": "train", "b.jpg": "test"}}


def test_folders_below_a_class_belong_to_it(tmp_path):
    plant(tmp_path / "llama", "a.jpg", "b.jpg", "young/c.jpg", "young/winter/d.jpg")
    assert list(shape(find_classes([tmp_path / "llama"]))["llama"]) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_folders_of_folders_of_folders(tmp_path):
    plant(tmp_path, "all/animals/llama/a.jpg", "all/plants/lotus/b.jpg")
    assert list(shape(find_classes([tmp_path / "all"]))) == ["llama", "lotus"]


def test_a_stray_photo_beside_classes_is_skipped(tmp_path):
    plant(tmp_path, "zoo/cover.jpg", "zoo/llama/a.jpg", "zoo/lotus/b.jpg")
    found = find_classes([tmp_path / "zoo"])
    assert list(shape(found)) == ["llama", "lotus"]
    assert reasons(found) == {"cover.jpg": "it lies beside the folders of classes"}


def test_hidden_files_are_ignored(tmp_path):
    plant(tmp_path / "llama", "a.jpg", ".b.jpg", ".cache/c.jpg", "Thumbs.db", "__MACOSX/d.jpg")
    found = find_classes([tmp_path / "llama"])
    assert shape(found) == {"llama": {"a.jpg": None}}
    assert found.skipped == ()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_in_circles_are_read_once(tmp_path):
    plant(tmp_path, "zoo/llama/a.jpg", "zoo/lotus/b.jpg")
    (tmp_path / "zoo/llama/loop").symlink_to(tmp_path / "zoo")
    (tmp_path / "zoo/lotus/self").symlink_to(tmp_path / "zoo/lotus/self")
    (tmp_path / "zoo/lotus/gone.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "zoo/lotus/pipe.jpg")
    found = find_classes([tmp_path / "zoo"])
    assert shape(found) == {"llama": {"a.jpg": None}, "lotus": {"b.jpg": None}}
    assert set(reasons(found)) == {"loop", "self", "gone.jpg", "pipe.jpg"}
    assert reasons(found)["loop"] == "this folder was read already"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_linked_class_is_followed(tmp_path):
    plant(tmp_path, "elsewhere/a.jpg", "zoo/lotus/b.jpg")
    (tmp_path / "zoo/llama").symlink_to(tmp_path / "elsewhere")
    assert list(shape(find_classes([tmp_path / "zoo"]))) == ["llama", "lotus"]


def test_names_are_composed(tmp_path):
    name = unicodedata.normalize("NFD", "Käfer 甲虫")
    plant(tmp_path / name, "größe.jpg")
    assert [item.name for item in find_classes([tmp_path / name]).classes] == ["Käfer 甲虫"]


def test_very_long_names(tmp_path):
    name = "x" * 255
    plant(tmp_path / name, "y" * 251 + ".jpg")
    assert [item.name for item in find_classes([tmp_path / name]).classes] == [name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_file_name_that_is_no_text_is_skipped(tmp_path):
    plant(tmp_path / "llama", "a.jpg")
    (tmp_path / "llama" / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    found = find_classes([tmp_path / "llama"])
    assert shape(found) == {"llama": {"a.jpg": None}}
    assert [item.reason for item in found.skipped] == ["its name is not valid text: rename it"]


def test_what_cannot_be_used(tmp_path):
    plant(tmp_path, "texts/a.txt", "file.jpg", "a/cat/x.jpg", "b/cat/y.jpg", "b/dog/z.jpg")
    (tmp_path / "empty").mkdir()
    for folders, message in (
        (["none"], "There is no folder .*none"),
        (["file.jpg"], "is not a folder"),
        (["empty"], "There is no photo in .*empty"),
        (["texts"], "There is no photo in .*texts"),
        ([], "at least one folder"),
        (["a/cat", "b"], "would both be the class 'cat'"),
        (["x" * 300], "cannot be read: File name too long"),
        (["caf\udce9"], "no valid text"),
        (["b", "b"], "given twice"),
        (["b", "b/cat"], "given twice, or lies in another"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            find_classes([tmp_path / name for name in folders])
        assert "\n" not in str(caught.value)


def test_a_folder_that_may_not_be_read(as_anyone):
    with as_anyone() as folder:
        pass
    plant(folder / "zoo", "llama/a.jpg", "secret/b.jpg")
    (folder / "zoo/secret").chmod(0)
    with as_anyone():
        found = find_classes([folder / "zoo"])
    (folder / "zoo/secret").chmod(0o755)
    assert list(shape(found)) == ["llama"]
    assert reasons(found) == {"secret": "the folder cannot be read: Permission denied"}


def test_reading_can_be_cancelled_between_two_entries(tmp_path, monkeypatch):
    plant(tmp_path, *(f"zoo/llama/{n}.jpg" for n in range(50)))
    job = Job()
    seen = []
    monkeypatch.setattr(job, "check", lambda: (seen.append(1), len(seen) == 20 and job.cancel(), Job.check(job)))
    with pytest.raises(Cancelled):
        find_classes([tmp_path / "zoo"], job)
    assert len(seen) == 20


def test_folders_that_lie_too_deep_are_left_out(tmp_path):
    plant(tmp_path, "llama/a.jpg")
    plant(tmp_path / "llama", "/".join("d" * 80) + "/b.jpg")
    found = find_classes([tmp_path / "llama"])
    assert list(shape(found)) == ["llama"]
    assert reasons(found) == {"d": "the folder lies too deep within others: move it up"}


def test_classes_can_be_renamed(tmp_path):
    plant(tmp_path, "zoo/llama_01/a.jpg", "zoo/lotus/b.jpg")
    found = find_classes([tmp_path / "zoo"])
    assert list(shape(found.renamed({"llama_01": " llama "}))) == ["llama", "lotus"]
    with pytest.raises(InputError, match="both be the class 'lotus'"):
        found.renamed({"llama_01": "lotus"})
    with pytest.raises(InputError, match="not a name"):
        found.renamed({"lotus": " "})


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["caltech40", "ucmerced21", "grocery40"])
def test_real_data_sets(name, request):
    root = request.config.rootpath.parent / "shared" / "data" / name
    if not root.is_dir():
        pytest.skip("../shared/data is absent")
    found = find_classes([root])
    assert len(found.classes) == int(name[-2:])
    assert {item.path.name for item in found.skipped} == {"README.txt", "manifest.csv"}
    for item in found.classes:
        assert {file.split for file in item.files} == {"train", "test"}
        assert {file.path.parent.name for file in item.files} == {item.folder.name}
