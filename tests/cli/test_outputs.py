"""Files that commands write: they replace their own earlier output, and nothing else that is there."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

posix_only = pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there")


def content(folder: Path) -> dict[str, object]:
    """Everything in a folder: what files hold, where links lead."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = path.readlink()
        elif path.is_file():
            found[str(path)] = path.read_bytes()
        else:
            found[str(path)] = path.lstat().st_mode
    return found


@pytest.fixture
def in_the_way(taught, photos, tmp_path) -> dict[str, Path]:
    """What may lie where an output is wanted, by what is said of it."""
    folder = tmp_path / "in the way"
    folder.mkdir()
    with sqlite3.connect(folder / "other.db") as database:
        database.execute("CREATE TABLE diary (day)")
    database.close()
    shutil.copy(photos / "1" / "test" / "red" / "red-7.png", folder / "photo.png")
    (folder / "people.csv").write_text("path,class_1\nme.jpg,me\n")
    (folder / "labels.jsonl").write_text('{"path": "me.jpg", "label": "me"}\n')
    (folder / "notes.json").write_text('{\n "dataset": "mine"\n}')
    (folder / "link").symlink_to(folder / "people.csv")
    (folder / "away").symlink_to(tmp_path / "nowhere")
    (folder / "stdout").symlink_to("/dev/stdout")  # which is one itself; to fail, a test must not touch the device
    os.mkfifo(folder / "pipe")
    return {
        "a project": taught,
        "another database": folder / "other.db",
        "not made by this app": folder / "photo.png",
        "made by this app": folder / "people.csv",
        "was not made": folder / "labels.jsonl",
        "was not made by": folder / "notes.json",
        "a link": folder / "link",
        "is a link": folder / "away",
        "no plain file": folder / "pipe",
        "a folder": folder,
        "it is a link": folder / "stdout",
    }


@posix_only
@pytest.mark.parametrize("verb", ["classify --csv", "classify --jsonl", "bench --out", "bench --picture"])
def test_what_is_in_the_way_stays_and_is_told_before_the_work(run, taught, photos, in_the_way, tmp_path, verb):
    verb, option = verb.split()
    before = content(tmp_path)
    arguments = (verb, taught, photos / "1") if verb == "classify" else (verb, photos / "1", "--increment", 2)
    for said, path in in_the_way.items():
        error = run(*arguments, option, path).error
        assert f"{path} cannot be written: " in error
        assert said in error
        assert content(tmp_path) == before, path


def test_an_earlier_output_is_replaced(run, taught, photos, tmp_path):
    probe = (photos / "1" / "test" / "red" / "red-7.png").rename(tmp_path / f"{'y' * 250}.png")
    made = [tmp_path / name for name in ("a.csv", "a.jsonl", "b.csv")]
    made[2].touch()  # as mktemp makes it
    for folder in (photos / "1" / "test" / "red", photos / "1"):
        assert run("classify", taught, folder, "--csv", made[0], "--jsonl", made[1]).code == 0
    assert run("classify", taught, photos / "1", "--csv", made[2]).code == 0
    assert made[0].read_text("utf-8-sig").count("\n") == made[1].read_text().count("\n") + 1 > 9
    for _ in range(2):
        assert run("classify", taught, probe, "--overlay", tmp_path / "drawn").code == 0
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == [f"{'y' * 50}-1.png"]


def test_two_outputs_need_two_names_and_lie_among_no_sorted_photos(run, taught, photos, tmp_path):
    (tmp_path / "d").mkdir()
    for other in (["--jsonl"], ["--deployment", "d", "--timezone", "Z", "--observations"]):
        ran = run("classify", taught, photos, "--csv", tmp_path / "a", *other, tmp_path / "d/../a")
        assert (ran.code, "is named twice" in ran.error) == (2, True), ran
    error = run("classify", taught, photos, "--sort", tmp_path / "d", "--jsonl", tmp_path / "d" / "a").error
    assert "is for photos alone" in error
    assert not [*tmp_path.glob("**/a")]


@posix_only
def test_an_overlay_replaces_no_photo(run, taught, photos, tmp_path):
    """Neither another photo in the folder, nor one that is looked at, though it is an overlay itself."""
    folder = tmp_path / "d"
    folder.mkdir()
    photo = photos / "1" / "test" / "red" / "red-7.png"
    shutil.copy(photo, folder / "cat.png")
    shutil.copy(photo, folder / "cat-1.png")
    assert run("classify", taught, photo, "--overlay", tmp_path / "drawn").code == 0
    drawn = tmp_path / "drawn" / "red-7-1.png"
    shutil.copy(drawn, folder / "red-7.png")
    shutil.copy(drawn, folder / "red-7-1.png")
    (folder / "dog.png").symlink_to(photo)
    (folder / "dog-1.png").symlink_to(photo)
    before = content(folder)
    for names in (["cat"], ["dog"], ["red-7", "red-7-1"]):
        error = run("classify", taught, *(folder / f"{name}.png" for name in names), "--overlay", folder).error
        assert "cannot be written: it is" in error
        assert content(folder) == before
