"""In a pipe: lists on stdin, data alone on stdout, what is said on stderr, and how little of it."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from spa_desktop.cli import common, photo_commands
from tests.conftest import REPOSITORY


@pytest.fixture
def listed(monkeypatch):
    """Writes a list of names on stdin."""

    def write(*names: object, end: str = "\n") -> None:
        content = b"".join(os.fsencode(f"{name}{end}") for name in names)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return write


def test_a_list_on_stdin(run, taught, photos, listed):
    test = photos / "1" / "test"
    odd = (test / "red" / "red-7.png").rename(test / "red" / "red\n-7.png")
    given = [odd, test / "blue"]
    for end, how in (("\0", ["-0"]), ("\0", ["--null"])):
        listed(*given, end=end)
        images = run("classify", taught, "-", *how, "--json").json["images"]
        assert [images[0]["path"], len(images)] == [str(odd), 4]
    listed(test / "green")
    assert len(run("discover", "-", "--project", taught, "--json").json["groups"][0]["photos"]) == 3
    moved = sorted((photos / "1" / "train" / "red").iterdir())[:2]
    listed(*moved)
    assert "2 corrections wait" in run("correct", taught, "-", "--is", "green").err
    listed()
    assert "no photo in the list" in run("classify", taught, "-").error
    assert "-0 is about a list" in run("classify", taught, odd, "-0").error


def test_data_on_stdout(run, taught, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos / "1")
    run("classify", taught, "test", "--csv", tmp_path / "a.csv")
    for more in ((), ("--sort", tmp_path / "sorted", "--plan"), ("--together",)):
        lines = run("classify", taught, "test", "--jsonl", "-", *more).out.splitlines()
        assert len([json.loads(line) for line in lines]) == 9
        rows = list(csv.DictReader(run("classify", taught, "test", "--csv", "-", *more).out.splitlines()))
        assert [row["path"] for row in rows] == [json.loads(line)["path"] for line in lines]
        assert rows[0]["path"].startswith("test/")
    both = run("classify", taught, "test", "--csv", tmp_path / "b.csv", "--jsonl", "-")
    assert (len(both.out.splitlines()), (tmp_path / "b.csv").exists()) == (9, True)
    for two in (("--csv", "-", "--jsonl", "-"), ("--json", "--csv", "-")):
        assert "same place" in run("classify", taught, "test", *two).error


def test_lines_come_as_photos_are_answered(run, taught, photos, monkeypatch):
    class Watched(io.StringIO):
        def writelines(self, lines):
            written.append(len(list(lines)))

    written: list[int] = []
    monkeypatch.setattr(photo_commands.sys, "stdout", Watched())
    run("classify", taught, photos / "1" / "test", "--jsonl", "-")
    assert written == [8, 1]


def test_what_libraries_print_is_no_data():
    code = """
import os, sys
from spa_desktop import cli
from spa_desktop.workbench import recovery
def noisy(project):
    os.write(1, b"noise")
    os.system("echo more")
    return []
recovery.versions = noisy
sys.argv = ["spa-desktop", "restore", "none.spa", "--list", "--json"]
cli.main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert json.loads(ran.stdout)["format"] == 1
    assert (ran.returncode, ran.stderr) == (0, "noisemore\n")


def test_quiet_says_errors_alone_and_agrees_to_nothing(run, taught, photos, monkeypatch):
    for arguments in (("--quiet", "classify"), ("classify", "--quiet")):
        ran = run(*arguments, taught, photos / "1" / "test")
        assert (ran.code, ran.err, len(ran.out.splitlines())) == (0, "", 9)
        assert common.confirm("Send?") is False
    assert "none.jpg" in run("classify", taught, "none.jpg", "--quiet").error
    assert run("classify", taught, photos / "1" / "test").err
    assert "--quiet" in run("classify", taught, "--", "--quiet").error, "after -- it is a photo"


def test_a_table_in_a_pipe_has_no_lines(run, taught):
    rows = run("info", taught).out.splitlines()
    assert not set("".join(rows)) & set("│┃━┏┡└─")
    assert any(row.split() == ["red", "Task", "1", "trained", "6", "3"] for row in rows)


def test_completion_of_shells():
    asked = {"_SPA_DESKTOP_COMPLETE": "complete_bash", "COMP_WORDS": "spa-desktop clas", "COMP_CWORD": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "spa_desktop"], env=os.environ | asked,
        capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert ran.stdout.split() == ["classify"]


def test_a_report_has_versions_and_the_log_and_no_secret(tmp_path):
    log = tmp_path / ".local/state/spa-desktop/log/window.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"old\n{'x' * 9}\n" * 40 + f"INFO opened {tmp_path}/pets.spa with sk-proj-{'a' * 40}\n")
    home = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-m", "spa_desktop", "--report"]
    text = subprocess.run(
        command, env=home, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=True
    ).stdout
    lines = text.splitlines()
    assert any(line.startswith("torch ") for line in lines)
    assert not any(line.startswith("pytest ") for line in lines)
    assert (lines[-1], lines.count("old")) == ("INFO opened ~/pets.spa with [key]", 29)
    assert str(tmp_path) not in text
