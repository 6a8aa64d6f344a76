"""Every verb as a person types it: what it prints, where, and its exit code."""

import hashlib
import json
import re
import subprocess
import sys

import pytest
from PIL import Image

from spa_desktop.project import Project
from tests.conftest import REPOSITORY
from tests.hostile import sql
from tests.photos.pieces import flat, saved
from tests.workbench.tiny import draw_photo

VERBS = ("demo", "new", "add", "describe", "train", "correct", "evaluate", "classify", "info", "check", "locate")
VERBS += ("search", "undo", "backbones", "bench", "screenshots")


def test_ctrl_c_while_modules_are_loaded_is_no_traceback():
    code = """
import builtins, runpy
def stopped(name, *given, of=builtins.__import__, **named):
    if name == "typer":
        raise KeyboardInterrupt
    return of(name, *given, **named)
builtins.__import__ = stopped
runpy.run_module("spa_desktop.__main__", run_name="__main__")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


def test_the_help_lists_every_verb_and_each_explains_itself(run):
    listed = [line.split()[0] for line in run("--help").out.splitlines() if line.startswith("  ") and line.split()]
    for verb in VERBS:
        assert verb in listed
        ran = run(verb, "--help")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: spa-desktop {verb}")


def test_the_whole_loop(run, path, photos):
    assert run("new", path).err == f"Made {path} on spa-lite\n"
    ran = run("add", path, photos / "1", "--task", "First")
    assert ran.err.splitlines()[-1] == "Added 18 photos to learn and 9 to test with: blue, green, red"
    ran = run("describe", path)
    assert (ran.code, ran.out) == (0, "")
    assert [name for name in ("blue", "green", "red") if f"\n{name}: " not in f"\n{ran.err}"] == []
    ran = run("train", path, "--task", "First", "--seed", 3)
    assert "Learned (First): blue, green, red" in ran.err.splitlines()
    assert ran.err.splitlines()[-1] == "Test photos of all classes learned: 9 of 9 right (70 to 100 %)"
    ran = run("evaluate", path)
    assert ran.out.splitlines()[-1] == "All classes: 9 of 9 right (70 to 100 %)"
    assert all(name in ran.out for name in ("blue", "green", "red"))

    run("add", path, photos / "2", "--task", "Second")
    run("train", path)
    assert run("evaluate", path, "--json").json["tasks"] == ["First", "Second"]
    assert run("undo", path).err == "Took back what was learned last of Second\n"
    assert run("evaluate", path, "--json").json["tasks"] == ["First"]


def test_json_is_alone_on_stdout_whatever_is_said_meanwhile(run, taught, photos, tmp_path):
    # Read by `json`: anything else on stdout would not parse.
    for seed in range(30, 32):
        draw_photo(tmp_path / "more" / "test" / "red" / f"{seed}.png", "red", seed)
    run("add", taught, tmp_path / "more", "--top-up")
    (tmp_path / "more" / "test" / "red" / "31.png").unlink()
    ran = run("evaluate", taught, "--json")
    assert "31.png" in ran.err
    assert sum(map(sum, ran.json["confusion"])) == 10
    for arguments in (("info", taught), ("check", taught), ("backbones",)):
        assert run(*arguments, "--json").json


@pytest.mark.parametrize(
    ("module", "verb", "said"),
    [
        ("PySide6", "open", "PySide6 is not installed, which this needs: pip install 'spa-desktop[window]'"),
        ("openai", "describe", "Services need the package openai: pip install 'spa-desktop[openai]'"),
    ],
)
def test_what_an_installation_without_extras_needs_is_named(run, path, photos, monkeypatch, module, verb, said):
    monkeypatch.delenv("SPA_DESKTOP_TRACEBACK", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    run("new", path)
    run("add", path, photos / "1")
    for name in [name for name in sys.modules if name.startswith(("spa_desktop.ui", module))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    ran = run(verb, path, *(["--provider", "openai", "--yes"] if verb == "describe" else []))
    assert ran.code == 2
    assert ran.err.rstrip().endswith(said)


def test_describe_from_a_file_and_keep_what_was_edited(run, path, photos, tmp_path):
    run("new", path)
    run("add", path, photos / "1")
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps({name: ["even colour", "rough grain", "square photo"] for name in ("red", "green")}))
    ran = run("describe", path, "--provider", texts)
    found = {item["name"]: item for item in run("info", path, "--json").json["classes"]}
    assert found["red"]["provenance"] == "imported"
    assert found["red"]["phrases"] == ["even colour", "rough grain", "square photo"]
    assert (ran.code, found["blue"]["state"]) == (1, "new")
    assert "blue" in ran.err.splitlines()[-1]

    with Project.open(path, write=True) as project, project.transaction("approve") as tx:
        tx.approve_descriptions([project.find_class("red").id])
    ran = run("describe", path)
    assert "red: kept as edited or approved (--replace-edited writes over it)" in ran.err.splitlines()
    found = {item["name"]: item for item in run("info", path, "--json").json["classes"]}
    assert [found[name]["provenance"] for name in ("red", "green", "blue")] == ["imported", "offline", "offline"]
    run("describe", path, "--replace-edited")
    assert run("info", path, "--json").json["classes"][2]["provenance"] == "offline"


def test_corrections_wait_and_are_learned(run, taught, photos, tmp_path):
    stray = photos / "1" / "train" / "red" / "red-0.png"
    ran = run("correct", taught, stray, "--is", "green")
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "1 correction waits: learn it with --learn")
    new = draw_photo(tmp_path / "new.png", "blue", 77)
    ran = run("correct", taught, new, "--is", "blue", "--learn")
    assert ran.code == 0
    assert "Corrected 2 photos" in ran.err.splitlines()
    assert any(re.fullmatch(r"Correct: \d of 2, before: \d", line) for line in ran.err.splitlines())
    with Project.open(taught) as project:
        assert project.corrections() == []
        assert project.check().problems == ()
        moved = [one for one in project.photos() if one.path == str(stray)]
        assert project.class_(moved[0].class_id).name == "green"
    ran = run("correct", taught, stray, "--is", "green")
    assert "the project says so already" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("PHOTO",), ("PHOTO", "--is", "green", "--set-aside"), ("--is", "green"), ("--learn",), ("none.png", "--is", "x")],
)
def test_what_is_no_correction(run, taught, photos, arguments):
    photo = photos / "1" / "train" / "red" / "red-0.png"
    ran = run("correct", taught, *(photo if one == "PHOTO" else one for one in arguments))
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1


def test_describe_shows_how_each_phrase_is_known(run, path, photos):
    run("new", path)
    run("add", path, photos)
    run("describe", path)
    shown = run("describe", path, "--show", "--json").json["classes"]
    assert {one["name"] for one in shown} >= {"red", "green", "blue"}
    for phrase in (phrase for one in shown for phrase in one["phrases"]):
        assert phrase["source"] in ("name", "resemblance", "measured", "bank")
        assert 0 <= phrase["certainty"] <= 1
    assert {line.split(":")[0] for line in run("describe", path, "--show").out.splitlines()} >= {"red", "green", "blue"}
    assert "--show" in run("describe", path, "--json").error
    for option in ("--keep-local", "--afresh", "--replace-edited", "--language=nl"):
        assert "--show describes nothing" in run("describe", path, "--show", option).error


def test_photos_that_were_moved_are_found(run, path, photos, tmp_path):
    run("new", path)
    run("add", path, photos / "1")
    ran = run("locate", path, photos)
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "All photos are where they were")
    (photos / "1").rename(tmp_path / "moved")
    lost = min((tmp_path / "moved").rglob("*.png"))
    lost.unlink()
    ran = run("locate", path, tmp_path / "moved")
    assert ran.code == 0
    assert ran.err.splitlines()[-2] == "Found 26 of 27 photos that were not where they were"
    assert ran.err.splitlines()[-1] == f"Still missing: {photos / '1' / lost.relative_to(tmp_path / 'moved')}"
    ran = run("locate", path, tmp_path / "nowhere")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)


def test_file_managers_see_photos_of_a_project(run, taught, tmp_path):
    (tmp_path / "small.png").touch()  # file managers make the file first
    run("thumbnail", taught, tmp_path / "small.png", "--size", 64)
    with Image.open(tmp_path / "small.png") as drawn:
        assert drawn.size == (64, 64)
        tiles = [drawn.getpixel(place)[:3] for place in ((16, 16), (48, 16), (16, 48), (48, 48))]
    assert len(set(tiles)) == 4
    run("new", tmp_path / "empty.spa")
    assert "no photo yet" in run("thumbnail", tmp_path / "empty.spa", tmp_path / "empty.png").error


def test_file_managers_draw_nothing_of_a_stranger_that_is_no_small_picture(run, taught, tmp_path):
    """They ask without being told to, also of what was just downloaded."""
    jpeg, of_scans = saved(flat(900, 900), "JPEG"), saved(flat(900, 900), "JPEG", progressive=True)
    large, other = saved(flat(1025, 9), "JPEG"), saved(flat(90, 90), "PNG")
    for content in (b"no picture", of_scans, large, other, jpeg[: len(jpeg) // 2]):
        sql(taught, ("UPDATE thumbnails SET blob = ?, sha256 = ?", (content, hashlib.sha256(content).hexdigest())))
        assert run("thumbnail", taught, tmp_path / "it.png").error == f"{taught} has no photo yet"
