"""`spa-desktop search`: photos by words, of projects and folders, with and without their files."""

import shutil
from pathlib import Path

import pytest

from tests.workbench.tiny import draw_photo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        for look in ("red", "blue"):
            draw_photo(tmp_path / "pile" / "below" / f"{look} {number}.png", look, number)
    return tmp_path / "pile"


def test_a_folder_is_searched(run, folder):
    found = run("search", folder, "red thing", "--top", 2, "--json").json
    similarities = [one["similarity"] for one in found["photos"]]
    assert similarities == sorted(similarities, reverse=True)
    assert len(similarities) == 2
    assert all(Path(one["path"]).is_file() for one in found["photos"])
    ran = run("search", folder, "red thing")
    assert ran.code == 0
    assert "red 0.png" in ran.out
    assert ("No photo shows red thing for sure" in ran.err) == (not found["fits"])


def test_a_project_is_searched_where_its_photos_are_gone(run, taught, photos, tmp_path):
    before = run("search", taught, "red thing", "--top", 1000, "--json").json
    shutil.rmtree(photos)
    assert run("search", taught, "red thing", "--top", 1000, "--json").json == before, "features are in the cache"
    shutil.rmtree(tmp_path / "cache")
    kept = run("search", taught, "red thing", "--top", 1000, "--json")
    paths = {one["path"] for one in kept.json["photos"]}
    assert paths
    assert all("/test/" in path for path in paths), "of test photos the project keeps features"
    assert "Not searched" in kept.err


def test_what_cannot_be_searched_is_said_in_a_line(run, path, folder, tmp_path):
    assert "no words" in run("search", folder, " ").error
    assert "nowhere" in run("search", tmp_path / "nowhere", "red").error
    run("new", path)
    assert "add photos" in run("search", path, "red").error
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "one.jpg").write_bytes(b"no photo")
    ran = run("search", broken, "red")
    assert ran.code == 2
    assert "Not one of the 1 photos can be read" in ran.err.splitlines()[-1]
