"""Runs the command line: in this process, on the tiny encoder."""

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main

from spa_desktop import cli
from spa_desktop.encoders import backbones
from tests.conftest import MadeOnce


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """All of stdout as one JSON object."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def error(self) -> str:
        """The one line of stderr that says what was wrong, when nothing was printed and the exit code is 2."""
        assert self.code == 2, self
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("spa-desktop: ")
        return lines[0].removeprefix("spa-desktop: ")


Run = Callable[..., Ran]

_LOAD_ENCODER = backbones.load_encoder
# The verbs are put together once a process: it takes longer than most of them.
typer.main.get_command = functools.cache(typer.main.get_command)


@pytest.fixture
def load_encoder() -> Callable[..., Any]:
    """What loads real backbones."""
    return _LOAD_ENCODER


def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """What `spa-desktop` does with arguments; whatever it lets through fails the test."""
    capfd.readouterr()
    monkeypatch.setattr(sys, "argv", ["spa-desktop", *map(str, arguments)])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    ran = Ran(code, *capfd.readouterr())
    assert "Traceback" not in ran.out + ran.err
    return ran


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny: list[Any]) -> Run:
    """Runs `spa-desktop` with arguments on the tiny encoder."""
    monkeypatch.setenv("SPA_DESKTOP_TRACEBACK", "1")
    return functools.partial(call, monkeypatch, capfd)


@pytest.fixture
def taught(run: Run, path: Path, photos: Path, made_once: MadeOnce) -> Path:
    """A project that has learned three classes."""

    def make(path: Path) -> None:
        for arguments in (("new", path), ("add", path, path.parent / "photos" / "1"), ("train", path)):
            assert run(*arguments).code == 0

    return made_once("taught by commands", path, make)
