"""`discover`: groups as a table, as JSON and as folders, and the one line that says what is wrong."""

import shutil
from pathlib import Path

import pytest

from spa_desktop.classify import sort_photos
from tests.workbench.tiny import draw_photo


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """Three red photos and three blue ones that are the same, a teal one, and a broken one."""
    for look in ("red", "blue"):
        first = draw_photo(tmp_path / "pile" / look / "0.png", look, 50)
        for number in (1, 2):
            shutil.copy(first, first.with_name(f"{number}.png"))
    draw_photo(tmp_path / "pile" / "teal.png", "teal", 1)
    (tmp_path / "pile" / "broken.jpg").write_bytes(b"no photo")
    return tmp_path / "pile"


def test_groups_as_json_and_as_a_table(run, pile):
    ran = run("discover", pile, "--json")
    groups = sorted(sorted(str(Path(photo).relative_to(pile)) for photo in one["photos"]) for one in ran.json["groups"])
    assert groups == [[str(Path(look, f"{number}.png")) for number in range(3)] for look in ("blue", "red")]
    assert [group["known_class"] for group in ran.json["groups"]] == [None, None]
    assert ran.json["left"] == [str(pile / "teal.png")]
    assert [line for line in ran.err.splitlines() if "broken.jpg" in line] == [ran.err.splitlines()[0]]
    shown = run("discover", pile)
    assert (shown.code, "tightness" in shown.out) == (0, True)
    assert "2 groups of 6 photos; 1 is like too few others" in shown.err


def test_known_classes_are_said_without_their_photos(run, taught, pile):
    shutil.rmtree(taught.parent / "photos")
    groups = run("discover", pile, "--project", taught, "--json").json["groups"]
    found = {Path(photo).parent.name: group["known_class"] for group in groups for photo in group["photos"]}
    assert (found["red"], found["blue"]) == ("red", "blue")


def test_groups_into_folders(run, taught, pile, tmp_path):
    ran = run("discover", pile, "--into", tmp_path / "out")
    assert (ran.code, "Copied 6 photos" in ran.err) == (0, True)
    assert [len(list(folder.iterdir())) for folder in (tmp_path / "out").iterdir()] == [3, 3]
    assert len(list(pile.rglob("*.png"))) == 7
    assert "not empty" in run("discover", pile, "--into", tmp_path / "out").error
    assert run("discover", pile, "--project", taught, "--into", tmp_path / "known").code == 0
    assert {"red", "blue"} <= {folder.name for folder in (tmp_path / "known").iterdir()}


@pytest.mark.parametrize(
    ("options", "said"), [(["--into", "{pile}/in"], "where the photos come from"), (["--resume"], "goes with --into")]
)
def test_bad_input(run, pile, options, said):
    assert said in run("discover", pile, *[one.format(pile=pile) for one in options]).error


def test_a_copy_that_was_interrupted_goes_on(run, pile, tmp_path, monkeypatch):
    copied, real = [], sort_photos.copy_photo

    def stopped(source, goal, *rest):
        if len(copied) == 2:
            raise KeyboardInterrupt
        copied.append(goal)
        return real(source, goal, *rest)

    monkeypatch.setattr(sort_photos, "copy_photo", stopped)
    ran = run("discover", pile, "--into", tmp_path / "out")
    assert (ran.code, "--resume" in ran.err) == (130, True)
    assert len(list((tmp_path / "out").rglob("*.png"))) == 2
    monkeypatch.setattr(sort_photos, "copy_photo", real)
    other = draw_photo(tmp_path / "other" / "red.png", "red", 1)
    assert "photos of another sort" in run("discover", other, "--into", tmp_path / "out", "--resume").error
    assert run("discover", pile, "--into", tmp_path / "out", "--resume").code == 0
    assert len([file for file in (tmp_path / "out").rglob("*") if file.is_file()]) == 6  # nothing half is left
