"""Bad input: one clear line on stderr, exit code 2, and the project as it was."""

import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from spa_desktop import demo
from spa_desktop.encoders import backbones
from spa_desktop.errors import InputError
from spa_desktop.project import Project
from tests.hostile import sql
from tests.workbench.tiny import draw_photo

POSIX = pytest.mark.skipif(os.name == "nt", reason="file names and links of POSIX systems")


@pytest.fixture
def empty(run, path) -> Path:
    """A project without classes."""
    assert run("new", path).code == 0
    return path


# Folders and photos


def test_folders_that_cannot_be_added(run, taught, photos, tmp_path):
    """Why each cannot is tried in tests/project/test_folders.py, test_scan.py and test_adding.py."""
    before = taught.read_bytes()
    draw_photo(tmp_path / "red" / "new.png", "red", 30)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").write_bytes(b"no photo")
    for name, why in {"gone": "There is no folder", "broken": "No photo in", "red": "--top-up"}.items():
        # One bad folder among good ones adds nothing either.
        error = run("add", taught, photos / "2", tmp_path / name).error
        assert why in error
        assert str(tmp_path / name) in error or name in error
    assert taught.read_bytes() == before


# Projects


def test_a_project_that_another_command_is_writing(run, taught, photos):
    with Project.open(taught, write=True):
        for arguments in (("add", taught, photos / "2"), ("train", taught)):
            assert "is already open for writing in another window or command" in run(*arguments).error
        assert run("evaluate", taught, "--json").json["last"] == 100.0
    assert run("add", taught, photos / "2").code == 0


# Backbones


def test_a_checkpoint_that_only_the_project_names(run, taught, photos, tmp_path, monkeypatch, load_encoder):
    """It is not looked at before a person agreed to it, once on a computer."""
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"root:x:0:0")
    run("add", taught, photos / "2")
    sql(taught, f"UPDATE meta SET value = 'ViT-B-16:{weights}' WHERE name = 'backbone'")
    sql(taught, "UPDATE meta SET value = '' WHERE name = 'fingerprint'")
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    before = taught.read_bytes()
    verbs = (("classify", taught, photos / "1"), ("describe", taught, "--afresh", "--yes"), ("train", taught))
    for arguments in verbs:
        ran = run(*arguments)
        assert ran.code == 2
        assert f"{weights}, which was not agreed to on this computer" in ran.err
        assert "agree with spa-desktop backbones --allow FILE" in ran.err.splitlines()[-1]
    assert "does not exist" in run("backbones", "--allow", tmp_path / "gone.pt").error
    assert run("backbones", "--allow", weights).code == 0
    assert f"{weights} is no checkpoint of ViT-B-16: it is neither" in run(*verbs[0]).err.splitlines()[-1]
    assert taught.read_bytes() == before


# Names that no file has, and an output that takes nothing


def test_names_that_are_too_long(run, taught, photos, tmp_path):
    name = "/".join(["d" * 200] * 30)
    before = taught.read_bytes()
    for arguments in (
        ("new", tmp_path / name),
        ("classify", taught, name),
        ("classify", taught, photos, "--csv", tmp_path / name),
        ("restore", tmp_path / name),
        ("recover", taught, tmp_path / name),
    ):
        ran = run(*arguments)
        assert ran.code in (1, 2), ran
        assert re.fullmatch("spa-desktop: .* (cannot|could not) be .*File name too long.*\n", ran.err), ran
    assert taught.read_bytes() == before


@POSIX
@pytest.mark.parametrize(
    ("shell", "code", "line"),
    [
        (">&-", 2, "The output is closed: send it to a file, a program or a terminal"),
        ("> /dev/full", 1, "The output cannot be written: No space left on device"),
    ],
)
def test_an_output_that_takes_nothing(shell, code, line):
    command = [sys.executable, "-m", "spa_desktop", "--version"]
    ran = subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", *command], capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (code, f"spa-desktop: {line}\n")


# Verbs out of order, and words that mean nothing


def test_verbs_out_of_order(run, empty, photos):
    probe = photos / "1" / "test" / "red" / "red-7.png"
    before = empty.read_bytes()
    for verb in ("describe", "train"):
        assert "has no class yet: add folders of photos first" in run(verb, empty).error
    assert "no training that can be taken back" in run("undo", empty).error
    for arguments in (("evaluate", empty, "--json"), ("classify", empty, probe)):
        assert "has learned nothing yet: train it first" in run(*arguments).error
    assert empty.read_bytes() == before
    run("add", empty, photos / "1")
    ran = run("train", empty)
    assert (ran.code, "Not described yet, so described offline now: blue, green, red" in ran.err) == (0, True)
    assert "has learned all of its classes already" in run("train", empty).error


def test_names_that_the_project_does_not_have(run, taught, photos, tmp_path):
    before = taught.read_bytes()
    for verb in ("describe", "train"):
        assert "has no task 'Third'. Its tasks: Task 1" in run(verb, taught, "--task", "Third").error
    assert "is learned already: nothing in it is new" in run("train", taught, "--task", "Task 1").error
    assert "is trained already" in run("add", taught, photos / "2", "--task", "Task 1").error
    (tmp_path / "bad.json").write_text("{")
    for provider, said in {
        "gpt-9": 'Unknown provider "gpt-9"',
        tmp_path / "gone.json": "gone.json",
        tmp_path / "bad.json": str(tmp_path / "bad.json"),
    }.items():
        ran = run("describe", taught, "--provider", provider)
        assert (ran.code, said in ran.err.splitlines()[-1]) == (2, True), provider
    assert taught.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["frobnicate"], "frobnicate is neither a command nor a .spa project"),
        (["a.spa/", "more"], "unexpected extra argument"),
        (["info", "--frobnicate"], "Try: spa-desktop info --help"),
        (["classify", "a.spa", "b.jpg", "--top", "0"], "--top"),
        (["add", "a.spa", "b", "--test-share", "2"], "--test-share"),
        (["backbones", "--fetch", "spa-lite", "--measure", "spa-lite"], "Give one of"),
        (["bench", "b", "--increment", "2"], "b"),
        (["bench", ".", "--increment", "2", "--seeds", "few"], "--seeds few: give numbers"),
        (["bench", ".", "--increment", "2", "--seeds", "1-99999999999"], "--seeds 1-99999999999: give at most 1000"),
        (["bench", ".", "--increment", "2", "--out", "a", "--picture", "./a"], "--out and --picture both name a"),
    ],
)
def test_usage_errors_are_one_line(run, tmp_path, monkeypatch, arguments, why):
    monkeypatch.chdir(tmp_path)
    assert why in run(*arguments).error


def test_the_demo_keeps_its_hands_off_other_folders(run, tmp_path, monkeypatch):
    mine = tmp_path / "mine" / "holiday.jpg"
    mine.parent.mkdir()
    mine.write_bytes(b"precious")
    assert "is not empty: give the demo a folder of its own" in run("demo", mine.parent).error
    assert "is a file" in run("demo", mine).error
    # Of a demo that was made before, the project, which the user may have gone on with.
    (mine.parent / ".spa-desktop-demo").touch()
    (mine.parent / "demo.spa").write_bytes(b"precious too")
    assert "demo.spa is there already: open it, or delete it" in run("demo", mine.parent).error
    assert (mine.read_bytes(), (mine.parent / "demo.spa").read_bytes()) == (b"precious", b"precious too")
    (mine.parent / "demo.spa").unlink()
    monkeypatch.setattr(demo, "copy_demo", Mock(side_effect=InputError("copied")))
    assert run("demo", mine.parent).error == "copied"


# What nobody foresaw


def test_a_fault_of_the_app_is_one_line_too(run, empty, monkeypatch):
    def broken(self: object) -> None:
        raise KeyError("what\nnobody foresaw")

    monkeypatch.setattr("spa_desktop.workbench.overview.overview", broken)
    monkeypatch.delenv("SPA_DESKTOP_TRACEBACK")
    ran = run("info", empty)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert ran.err.startswith("spa-desktop: KeyError: ")
