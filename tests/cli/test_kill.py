"""`kill -9` at 30 random moments of add, describe and train: the file is whole, and what was finished is all there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spa_desktop.project import Project
from tests.workbench.tiny import LOOKS, draw_photo

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="runs the command line in forks"),
    pytest.mark.slow,
]
REPOSITORY = Path(__file__).resolve().parents[2]
VERBS = ("add", "describe", "train")
KILLS = 30


class CommandLine:
    """Runs commands one after another in processes that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "stderr").open("w+")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.driver"],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1", "SPA_DESKTOP_CACHE_DIR": str(folder / "cache")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def run(self, *arguments: object, kill_after: float | None = None) -> tuple[int, float]:
        """Exit status (-9 if it was killed) and seconds."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps([str(item) for item in arguments]) + "\n")
        self._server.stdin.flush()
        process, started = self._answer(), time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            # A command that has ended meanwhile stays a zombie until the next one: no other process can be hit.
            os.kill(process, signal.SIGKILL)
        return self._answer(), time.monotonic() - started

    def close(self) -> None:
        self._server.communicate()
        self._log.close()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            self._log.seek(0)
            raise AssertionError(self._log.read())
        return int(line)


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.close()


def stored(path: Path, *, write: bool) -> list[tuple[str, str]]:
    """What was done, oldest first, from a file that is whole."""
    with Project.open(path, write=write) as project:
        assert project.check().problems == ()
        return [(entry.verb, entry.summary) for entry in reversed(project.history())]


def test_killed_at_thirty_random_moments(command_line, path, photos, tmp_path):
    chance = random.Random(20)
    looks = list(LOOKS)
    assert command_line.run("new", path)[0] == 0
    seconds: dict[str, float] = {}
    arguments: dict[str, tuple[object, ...]] = {"describe": (), "train": ()}
    killed = dict.fromkeys(VERBS, 0)

    # The first round is not disturbed: it says how long each verb takes.
    for round_ in range(KILLS // len(VERBS) + 1):
        folder = tmp_path / "rounds" / f"class {round_}"
        for number in range(10):
            draw_photo(folder / f"{number}.png", looks[round_ % len(looks)], 100 * round_ + number)
        arguments["add"] = (folder, "--task", f"Task {round_}")
        for verb in VERBS:
            before = stored(path, write=False)
            if round_ > 0:
                moment = chance.uniform(0.0, 1.05) * seconds[verb]
                code, _ = command_line.run(verb, path, *arguments[verb], kill_after=moment)
                assert code in (0, -signal.SIGKILL)
                killed[verb] += code != 0
                # By a reader first, or by a writer: both must roll back what had begun.
                now = stored(path, write=chance.random() < 0.5)
                assert now[: len(before)] == before
                assert [entry[0] for entry in now[len(before) :]] in ([], [verb])
                if len(now) > len(before):
                    continue
                assert code != 0, "a verb that ended well was stored"
            code, seconds[verb] = command_line.run(verb, path, *arguments[verb])
            assert code == 0
            assert [entry[0] for entry in stored(path, write=False)] == [*(entry[0] for entry in before), verb]

    assert sum(killed.values()) >= KILLS * 2 // 3, killed
    assert min(killed.values()) > 0, killed
    with Project.open(path) as project:
        assert [item.state for item in project.classes()] == ["trained"] * (KILLS // len(VERBS) + 1)
    assert command_line.run("evaluate", path)[0] == 0
    assert [file.name for file in tmp_path.glob("Colours.spa*")] == ["Colours.spa"]
