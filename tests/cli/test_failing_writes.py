"""Writes that fail in the middle of a verb: one line that says so, the last good state, and a retry that works."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from spa_desktop.project import Project

resource = pytest.importorskip("resource", reason="Windows has no such limits")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="open files cannot be moved there")


@contextlib.contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file grows beyond this many bytes, as where a quota is used up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def state(path: Path) -> object:
    with Project.open(path) as project:
        assert project.check().problems == ()
        learner = project.learner()
        return project.history(), project.classes(), learner and learner.blob


def test_nothing_is_left_of_a_project_that_cannot_be_made(run, tmp_path):
    with files_up_to(4096):
        ran = run("new", tmp_path / "new.spa")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith(f"spa-desktop: {tmp_path / 'new.spa'} could not be made: ")
    assert list(tmp_path.glob("*new.spa*")) == []
    assert run("new", tmp_path / "new.spa").code == 0


@pytest.mark.parametrize("verb", ["add", "describe", "train", "undo", "restore", "recover"])
def test_files_cannot_grow(run, taught, photos, verb, tmp_path):
    if verb != "add":
        run("add", taught, photos / "2")
    if verb == "train":
        run("describe", taught)  # else training would begin with that, and keep it
    arguments = verb, taught, *{"add": [photos / "2"], "recover": [tmp_path / "new.spa"]}.get(verb, [])
    before, failed = state(taught), 0
    size = taught.stat().st_size
    for limit in (16_384, size // 2, size - 4096, size):
        with files_up_to(limit):
            ran = run(*arguments)
        line = ran.err.splitlines()[-1] if ran.err else ""
        if ran.code == 0:
            break  # it needed no more than that
        failed += 1
        assert ran.code in (1, 2)
        assert line.startswith("spa-desktop: "), ran.err
        assert "Traceback" not in ran.err
        assert state(taught) == before, f"{verb} with files up to {limit} bytes"
        assert not (tmp_path / "new.spa").exists()
    assert failed, f"{verb} can be done without writing"
    if ran.code:
        again = run(*arguments)
        assert again.code == 0, again.err
    assert state(tmp_path / "new.spa" if verb == "recover" else taught)
