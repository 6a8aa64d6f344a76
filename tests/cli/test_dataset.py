"""`export-dataset` and the manifest that `add` reads: splits and labels survive, strangers' tables lead nowhere."""

import csv
import json
import os
import random
from pathlib import Path
from time import thread_time

import pytest

from spa_desktop.errors import InputError
from spa_desktop.project import Project, manifest
from spa_desktop.project.manifest import read_manifest
from tests.hostile import rename
from tests.workbench.tiny import draw_photo


def _files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def _labels(project: Path) -> set[tuple[str, str, str]]:
    """Content, class and split of each photo that counts."""
    with Project.open(project) as opened:
        names = {class_.id: class_.name for class_ in opened.classes()}
        return {(photo.sha256, names[photo.class_id], photo.split) for photo in opened.photos()}


@pytest.fixture
def empty(run, path) -> Path:
    assert run("new", path).code == 0
    return path


@pytest.fixture
def corrected(run, taught, photos):
    """A project with two photos that were set aside or corrected, not learned yet, one that is gone, one changed."""
    red = sorted((photos / "1" / "train" / "red").iterdir())
    assert run("correct", taught, red[0], "--set-aside").code == 0
    assert run("correct", taught, red[1], "--is", "blue").code == 0
    red[2].unlink()
    draw_photo(red[3], "red", 999)
    return taught


@pytest.mark.parametrize("options", [[], ["--link"]])
def test_what_the_manifest_says_comes_back(run, corrected, tmp_path, options):
    out, copy = tmp_path / "out", tmp_path / "copy.spa"
    wrote = run("export-dataset", corrected, out, "--as", "csv", *options)
    assert wrote.code == 0
    assert [line.rpartition(": ")[2] for line in wrote.err.splitlines()[:-1]] == [
        "it is gone, or has changed since it was added"
    ] * 2
    assert wrote.err.splitlines()[-1].endswith("; 2 photos left out")
    assert all(file.is_symlink() == bool(options) for file in out.rglob("*.png"))
    assert run("new", copy).code == 0
    assert run("add", copy, out / "manifest.csv").code == 0
    before = _labels(corrected)
    assert len(_labels(copy)) == len(before) - 3
    assert len(_labels(copy) - before) == 1, "one has another class than was learned"
    assert run("export-dataset", corrected, out, "--as", "csv").error.startswith(f"{out} is not empty")


def test_each_form(run, taught, photos, tmp_path):
    rename(taught, ["a/b", "=1+1", "CON;=1"], "t")
    draw_photo(tmp_path / "more" / "a;=x.png", "red", 77)
    (tmp_path / "more" / "deep").mkdir()
    draw_photo(tmp_path / "more" / "deep" / "a;=x.png", "red", 78)
    (tmp_path / "more").rename(tmp_path / "=1+1")
    assert run("add", taught, tmp_path / "=1+1", "--top-up", "--test-share", 0).code == 0
    for form in ("folders", "csv", "coco", "imagefolder"):
        assert run("export-dataset", taught, tmp_path / form, "--as", form).code == 0
    trees = _files(tmp_path / "folders")
    assert {name.split("/")[1] for name in trees} == {"a_b", "'=1+1", "CON;'=1"}
    assert {name for name in trees if "/a;" in name} == {"train/'=1+1/a;'=x.png", "train/'=1+1/a;'=x (2).png"}
    with (tmp_path / "csv" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["path"] for row in rows} == trees
    assert {row["label"] for row in rows} == {"a/b", "'=1+1", "CON;'=1"}
    splits = [json.loads((tmp_path / "coco" / "annotations" / f"{one}.json").read_text()) for one in ("train", "test")]
    assert {image["file_name"] for split in splits for image in split["images"]} == trees
    assert [category["name"] for category in splits[0]["categories"]] == ["a/b", "=1+1", "CON;=1"]
    assert all(split["categories"] == splits[0]["categories"] for split in splits)
    names = {category["id"]: category["name"] for category in splits[0]["categories"]}
    by_image = {image["id"]: image["file_name"].split("/")[1] for image in splits[1]["images"]}
    pairs = {(by_image[note["image_id"]], names[note["category_id"]]) for note in splits[1]["annotations"]}
    assert pairs == {("a_b", "a/b"), ("'=1+1", "=1+1"), ("CON;'=1", "CON;=1")}
    for split in ("train", "test"):
        with (tmp_path / "imagefolder" / split / "metadata.csv").open(newline="") as file:
            listed = {f"{split}/{row['file_name']}" for row in csv.DictReader(file)}
        assert listed == {name for name in trees if name.startswith(split)}
    copy = tmp_path / "copy.spa"
    assert run("new", copy).code == 0
    assert run("add", copy, tmp_path / "csv" / "manifest.csv").code == 0
    assert _labels(copy) == _labels(taught)


def test_nothing_is_left_of_what_came_to_nothing(run, taught, photos, tmp_path):
    for file in (photos / "1").rglob("*.png"):
        file.unlink()
    ran = run("export-dataset", taught, tmp_path / "out", "--as", "coco")
    assert (ran.code, "Not one of the" in ran.err) == (1, True)
    assert list(tmp_path.glob("*out*")) == [], "nor under a hidden name"
    assert "folders, csv, coco, imagefolder" in run("export-dataset", taught, tmp_path / "out", "--as", "zip").error


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"path,label\n../secret.png,red\n", "line 2: ../secret.png leads out"),
        (b"path,label\n{secret},red\n", "leads out of the folder"),
        (b"path,label\nC:\\secret.png,red\n", "leads out of the folder"),
        (b"path,label\n//host/share/a.png,red\n", "is on another computer"),
        (b"path,label\na\0.png,red\n", "there is no path"),
        (b"path,label,split\na.png,red,val\n", "the split is 'val'"),
        (b"path,label\na.png, \n", "is not a name"),
        (b"path,label\na.png," + b"x" * 300 + b"\n", "longer than"),
        (b"path,label\n", "names no photo"),
        (b"file;class\na.png;red\n", "has no columns path and label"),
        (b"path,label\n\xff\xfea.png,red\n", "no UTF-8 text"),
        (b'path,label\n"a.png,red\n' + b"x" * 200_000, "no table with commas"),
        (b"path,label\n" + b"a,b\n" * 1_001, "more than 1,000 rows"),
        (b"larger", "larger than 64 MB"),
    ],
)
def test_a_manifest_that_cannot_be_is_one_line(run, empty, tmp_path, monkeypatch, table, said):
    monkeypatch.setattr(manifest, "_MOST_ROWS", 1_000)
    secret = draw_photo(tmp_path / "secret.png", "red", 1)
    (tmp_path / "set").mkdir()
    file = tmp_path / "set" / "manifest.csv"
    file.write_bytes(table.replace(b"{secret}", os.fsencode(secret)))
    if table == b"larger":
        os.truncate(file, 100 << 20)
    assert said in run("add", empty, file).error


def test_four_hundred_mutations_of_a_manifest_lead_nowhere_else_and_hang_nothing(tmp_path):
    """Each names photos beside it, or is refused in one line."""
    rows = "".join(f'train/cat {n}.png,"a, cat",{("train", "test", "")[n % 3]}\n' for n in range(6))
    chance, refused, began = random.Random(7), [], thread_time()
    for number in range(400):
        content = bytearray(f"path,label,split\n{rows}".encode())
        for _ in range(1 + number % 3):
            start = chance.randrange(len(content))
            piece = content[start : start + chance.randint(1, 30)]
            new = [b"", bytes([chance.randrange(256)]), piece * 2, b'"', b"\r", b"\0", b"../", b"C:\\", b"//host/"]
            content[start : start + chance.choice((0, 1, len(piece)))] = chance.choice(new)
        (tmp_path / "manifest.csv").write_bytes(content)
        try:
            photos = [photo for photo, _, _ in read_manifest(tmp_path / "manifest.csv")]
            assert all(photo.is_relative_to(tmp_path) and ".." not in photo.parts for photo in photos)
        except InputError as error:
            refused.append(str(error))
    assert not any("\n" in line for line in refused)
    assert 20 < len(refused) < 380
    assert thread_time() - began < 5


def test_photos_elsewhere_are_added_where_the_user_says_so(run, empty, photos, tmp_path):
    rows = [
        f"{photo},{look},{'TEST' if at == 0 else ''}"
        for look in ("red", "blue")
        for at, photo in enumerate(sorted((photos / "1" / "train" / look).iterdir()))
    ]
    manifest = tmp_path / "list.CSV"
    manifest.write_text("\ufeff" + "\n".join(["path,label,split", *rows, f"{tmp_path}/none.png,RED,"]))
    added = run("add", empty, manifest, "--anywhere")
    assert (added.code, "none.png" in added.err.splitlines()[0]) == (0, True)
    assert {(label, split) for _, label, split in _labels(empty)} == {
        (look, split) for look in ("red", "blue") for split in ("train", "test")
    }


def test_a_box_of_a_photo_is_left_out(run, empty, photos, tmp_path):
    train = photos / "1" / "train"
    box = {"category": "1", "conf": 0.9, "bbox": [0, 0, 0.5, 0.5]}
    images = [{"file": photo.name, "detections": [box]} for photo in sorted((train / "red").iterdir())[:2]]
    (tmp_path / "md.json").write_text(json.dumps({"images": images}))
    assert run("add", empty, train / "red", "--boxes", tmp_path / "md.json").code == 0
    assert run("add", empty, train / "blue").code == 0
    wrote = run("export-dataset", empty, tmp_path / "out", "--link")
    assert wrote.err.count("#0,0,") == wrote.err.count("it is a box of a photo, no file of its own") == 2
    assert all("blue" in file for file in _files(tmp_path / "out"))
    assert not any(file.is_symlink() and not file.exists() for file in (tmp_path / "out").rglob("*"))
