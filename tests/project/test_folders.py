"""Folders to candidate classes, by names alone."""

import os

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project import find_classes
from tests.conftest import plant


def shape(found):
    """{class: {file: split}} by file name."""
    return {item.name: {file.path.name: file.split for file in item.files} for item in found.classes}


def reasons(found):
    return {item.path.name: item.reason for item in found.skipped}


LAID_OUT = {
    "photos": (["llama"], ["llama/a.jpg", "llama/b.JPEG", "llama/c.png"], {"llama": "a.jpg b.JPEG c.png"}, {}),
    "folders": (
        ["zoo"],
        ["zoo/llama/a.jpg", "zoo/lotus/b.jpg", "zoo/empty/notes.txt", "zoo/..rhino/c.jpg", "zoo/lotus/d", "zoo/none/"],
        {"llama": "a.jpg", "lotus": "b.jpg"},
        {
            "notes.txt": "it is not a photo",
            "..rhino": "the folder is hidden: its name begins with a dot",
            "d": "its name has no ending: add .jpg, or that of its kind, if it is a photo",
            "none": "the folder is empty",
        },
    ),
    "train and test above": (
        [""],
        ["Train/llama/a.jpg", "TEST/llama/b.jpg", "Train/lotus/c.jpg", "README.txt"],
        {"llama": "a.jpg=train b.jpg=test", "lotus": "c.jpg=train"},
        {"README.txt": "it is not a photo"},
    ),
    "train and test inside": (
        ["zoo"],
        ["zoo/llama/train/a.jpg", "zoo/llama/test/b.jpg", "zoo/llama/test/deep/c.jpg", "zoo/lotus/d.jpg"],
        {"llama": "a.jpg=train b.jpg=test c.jpg=test", "lotus": "d.jpg"},
        {},
    ),
    "folders below a class": (
        ["llama"],
        ["llama/a.jpg", "llama/b.jpg", "llama/young/c.jpg", "llama/young/winter/d.jpg"],
        {"llama": "a.jpg b.jpg c.jpg d.jpg"},
        {},
    ),
    "folders of folders of folders": (
        ["all"],
        ["all/animals/llama/a.jpg", "all/plants/lotus/b.jpg"],
        {"llama": "a.jpg", "lotus": "b.jpg"},
        {},
    ),
    "a stray photo": (
        ["zoo"],
        ["zoo/cover.jpg", "zoo/llama/a.jpg", "zoo/lotus/b.jpg"],
        {"llama": "a.jpg", "lotus": "b.jpg"},
        {"cover.jpg": "it lies beside the folders of classes"},
    ),
    "hidden": (
        ["llama"],
        ["llama/a.jpg", "llama/.b.jpg", "llama/.cache/c.jpg", "llama/Thumbs.db", "llama/__MACOSX/d.jpg"],
        {"llama": "a.jpg"},
        {".cache": "the folder is hidden: its name begins with a dot"},
    ),
    "too deep": (
        ["llama"],
        ["llama/a.jpg", "llama/" + "/".join("d" * 80) + "/b.jpg"],
        {"llama": "a.jpg"},
        {"d": "the folder lies too deep within others: move it up"},
    ),
    "composed": (["Ka\u0308fer"], ["Ka\u0308fer/a.jpg"], {"K\u00e4fer": "a.jpg"}, {}),
}


@pytest.mark.parametrize(("given", "names", "classes", "skipped"), LAID_OUT.values(), ids=LAID_OUT)
def test_classes_in_folders(tmp_path, given, names, classes, skipped):
    plant(tmp_path, *names)
    found = find_classes([tmp_path / name for name in given])
    # "b.jpg=test" stands for a photo and what a folder says it is for.
    expected = {
        name: {file: split or None for file, _, split in (one.partition("=") for one in said.split())}
        for name, said in classes.items()
    }
    assert shape(found) == expected
    assert list(shape(found)) == list(classes)
    assert reasons(found) == skipped


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_in_circles_are_read_once(tmp_path):
    plant(tmp_path, "zoo/llama/a.jpg", "zoo/lotus/b.jpg")
    (tmp_path / "zoo/llama/loop").symlink_to(tmp_path / "zoo")
    (tmp_path / "zoo/lotus/self").symlink_to(tmp_path / "zoo/lotus/self")
    (tmp_path / "zoo/lotus/gone.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "zoo/lotus/.long").symlink_to("x" * 300)
    os.mkfifo(tmp_path / "zoo/lotus/pipe.jpg")
    found = find_classes([tmp_path / "zoo"])
    assert shape(found) == {"llama": {"a.jpg": None}, "lotus": {"b.jpg": None}}
    assert set(reasons(found)) == {"loop", "self", "gone.jpg", "pipe.jpg"}
    assert reasons(found)["loop"] == "this folder was read already"
    assert reasons(found)["gone.jpg"] == "it cannot be read: No such file or directory"
    assert reasons(found)["pipe.jpg"] == "it is not a file"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_linked_class_is_followed(tmp_path):
    plant(tmp_path, "elsewhere/a.jpg", "zoo/lotus/b.jpg")
    (tmp_path / "zoo/llama").symlink_to(tmp_path / "elsewhere")
    assert list(shape(find_classes([tmp_path / "zoo"]))) == ["llama", "lotus"]


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
