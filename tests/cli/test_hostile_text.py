"""Names, phrases and paths that others wrote reach the terminal as text: no control character, no forged line."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.hostile import ESCAPES, FORGED, ODD_NAMES, UNSAFE, rename
from tests.workbench.tiny import draw_photo

POSIX = pytest.mark.skipif(os.name == "nt", reason="file names of POSIX systems")


@pytest.fixture
def hostile(run, taught):
    """A project that learned three classes and whose names, and own path, are hostile."""
    rename(taught, ODD_NAMES[:3], ODD_NAMES[3])
    if os.name == "nt":
        return taught
    return taught.rename(taught.with_name(f"x\x1b[31m\n{FORGED}\x9b[bold].spa"))


def _lines(ran) -> list[str]:
    """The lines of stderr and stdout, of which none is forged and no character does anything."""
    for text in (ran.out, ran.err):
        assert UNSAFE.search(text) is None, ascii(text)
    lines = (ran.err + ran.out).splitlines()
    assert FORGED not in lines
    return lines


def test_a_project_of_hostile_names(run, hostile, photos):
    about = run("info", hostile)
    lines = _lines(about)
    assert r"x\x1b[31m\n" in lines[0]
    assert lines[-1].startswith("None of these: of quite other things 2 of 100")
    assert "[bold].spa on spa-lite" in lines[0]
    for name in (r"f\u202egpj.exe\u2066g", ODD_NAMES[1], r"=x\u2069y"):
        assert sum(name in line for line in lines) == 1
    assert [one["name"] for one in run("info", hostile, "--json").json["classes"]] == list(ODD_NAMES[:3])
    assert len(lines) == 3 + 3  # title, head, and what passes
    assert len(_lines(run("evaluate", hostile))) == 3 + 3
    assert [_lines(run("check", hostile))] == [[rf"{hostile.parent}/x\x1b[31m\n{FORGED}\x9b[bold].spa is valid"]]
    photo = draw_photo(hostile.parent / "probe.png", "red", 1)
    [line] = _lines(run("classify", hostile, photo))
    assert r"f\u202egpj.exe\u2066g " in line
    described = run("describe", hostile, "--afresh")
    assert len(_lines(described)) == 3
    assert len(_lines(run("add", hostile, photos / "2"))) == 1
    assert [line.partition(" (")[0] for line in _lines(run("train", hostile))][-1].endswith(": 15 of 15 right")
    assert _lines(run("undo", hostile)) == ["Took back what was learned last of Task 2"]
    assert _lines(run("undo", hostile)) == [r"Took back what was learned last of [red]t\u202d[/red]"]


def test_folders_sorted_and_put_back(run, hostile, tmp_path):
    """Names of classes become names of folders: no separator, no device, nothing that turns text round."""
    rename(hostile, ["../../out", "con", "f\u202egpj.exe\u2066g"], "t")
    photos = tmp_path / f"p\x1b[31m\n{FORGED}"
    for look, number in (("red", 1), ("green", 2), ("blue", 3)):
        draw_photo(photos / f"{look}\r\x07.png", look, number)
    (photos / "no\x1b[2J.png").write_bytes(b"no photo")
    before = sorted(photos.iterdir())
    into = tmp_path / f"into\x1b[2J\n{FORGED}"
    planned = run("classify", hostile, photos, "--sort", into, "--move", "--plan")
    assert planned.code == 0
    _lines(planned)
    assert not into.exists()
    moved = run("classify", hostile, photos, "--sort", into, "--move")
    assert sum("To move them back" in line for line in _lines(moved)) == 1
    names = [folder.name for folder in into.iterdir()]
    assert set(names) <= {"_.._out", "con_", r"f_u202egpj.exe_u2066g", "none of these"}, names
    assert not (tmp_path / "out").exists()
    assert len(_lines(run("unsort", into))) == 1
    assert sorted(photos.iterdir()) == before
    assert len(_lines(run("unsort", into))) == 1


@pytest.mark.parametrize("name", ESCAPES[:5], ids=ascii)
def test_a_name_that_moves_the_cursor_is_damage(run, taught, photos, name):
    """No version of the app stores one: such a project is refused, in a line that the name cannot forge."""
    rename(taught, [name], "Task 1")
    for arguments in (("info",), ("info", "--json"), ("train",), ("evaluate",), ("classify", photos / "1")):
        ran = run(arguments[0], taught, *arguments[1:])
        assert ran.code == 2
        [line] = _lines(ran)
        assert "is damaged" in line
    assert len(_lines(run("check", taught))) < 9


@POSIX
def test_paths_that_are_no_text(run, taught, tmp_path):
    odd = tmp_path / f"x\x1b[2J\n{FORGED}\x9b"
    assert len(_lines(run("info", odd / "gone.spa"))) == 1
    draw_photo(odd / "c\r.png", "teal", 3)
    (odd / "b\x07.jpg").write_bytes(b"no photo")
    assert len(_lines(run("add", taught, odd))) == 2
    broken = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b.png")
    shutil.copy(odd / "c\r.png", broken)
    ran = run("classify", taught, broken)
    assert len(_lines(ran)) == 1
    assert r"\udcff\x1b.png: " in ran.out
    found = run("classify", taught, broken, "--json").json
    assert found["images"][0]["path"] == broken


@POSIX
def test_arguments_that_are_wrong(run, taught, tmp_path):
    evil = f"\x1b[2J\n{FORGED}\u202e[bold]"
    for arguments in (
        (evil,),
        ("info", taught, f"--{evil}"),
        ("train", taught, "--task", evil),
        ("demo", tmp_path / evil / ("x" * 300)),
    ):
        ran = run(*arguments)
        assert ran.code in (1, 2), arguments
        assert len(_lines(ran)) == 1, (arguments, ran)


_PROGRAM = """
import time
from spa_desktop.console import ConsoleJob
with ConsoleJob() as job:
    job.stage("Adding photos to a\\x1b]0;owned\\x07[bold]b", total=2)
    job.advance(detail="c\\x1b]0;owned\\x07.jpg")
    job.message("d\\x1b]0;owned\\x07\\ne")
    time.sleep(0.3)  # the bar is drawn ten times a second
"""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_bars(is_terminal):
    pty = pytest.importorskip("pty")
    read, write = pty.openpty() if is_terminal else os.pipe()
    subprocess.run([sys.executable, "-c", _PROGRAM], stderr=write, check=True, timeout=60)
    os.close(write)
    said = os.read(read, 65536).decode()
    os.close(read)
    assert "\x1b]" not in said
    assert r"d\x1b]0;owned\x07\ne" in said
    # Only a terminal is sent what moves its cursor.
    assert ("\x1b" in said) is is_terminal
    assert (r"Adding photos to a\x1b]0;owned\x07[bold]b" in said) is is_terminal
