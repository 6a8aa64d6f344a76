"""`kill -9` at random moments of add, describe and train: what ``python -m benchmarks.faults --only kills`` does.

After each kill the project must open, be whole, and hold every verb that was finished before, and no half of one. The
moments are drawn from how long a verb takes when it is left alone. Runs the command line in forks of a process that
has imported everything, as the imports would take longer than the commands; so not on Windows.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from spa_desktop import cli
from spa_desktop.project import Project

REPOSITORY = Path(__file__).resolve().parent.parent
VERBS = ("add", "describe", "train")


class CommandLine:
    """Runs `spa-desktop` in processes that can be killed."""

    def __init__(self, folder: Path, server: Sequence[str]) -> None:
        """Start the process that forks.

        Args:
            folder: for the feature cache, and for what the commands say.
            server: a module that calls :func:`serve`, and its arguments; what it does with them may be a window's.
        """
        self._log = (folder / "stderr").open("w+")
        self._server = subprocess.Popen(
            [sys.executable, "-m", *server],
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

    def __enter__(self) -> CommandLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()
        self._log.close()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the server has ended: {self._log.read()}")
        return int(line)


def kill_verbs(
    commands: CommandLine, project: Path, classes: Sequence[Path], *, seed: int, enough: int | None = None
) -> dict[str, int]:
    """Teach classes, a task each, killing every verb once; those that were killed in time are done again.

    Args:
        commands: runs the command line.
        project: that has not learned anything yet.
        classes: a folder of photos each; the first is taught undisturbed, to see how long it takes.
        seed: of the moments.
        enough: kills after which no further class is taught, if every verb is among them; None teaches all classes.

    Returns:
        How many commands were killed before they ended, by verb.

    Raises:
        AssertionError: if a project was not whole, or had lost or half done a verb.
    """
    chance = random.Random(seed)
    seconds: dict[str, float] = {}
    leaves: dict[str, list[str]] = {}  # what a verb leaves in the history when nobody disturbs it
    killed = dict.fromkeys(VERBS, 0)
    for number, folder in enumerate(classes):
        if enough is not None and sum(killed.values()) >= enough and min(killed.values()) > 0:
            break
        for verb in VERBS:
            arguments = (verb, project, *((folder, "--task", f"Task {number}") if verb == "add" else ()))
            before, model = _stored(project, write=False), _model(project)
            if number > 0:
                code, _ = commands.run(*arguments, kill_after=chance.uniform(0.0, 1.05) * seconds[verb])
                assert code in (0, -signal.SIGKILL), f"{verb} ended with {code}"
                killed[verb] += code != 0
                # By a reader, or by a writer: either must roll back what had begun.
                now = _stored(project, write=chance.random() < 0.5)
                assert now[: len(before)] == before, f"a kill of {verb} lost what was there"
                more = [entry[0] for entry in now[len(before) :]]
                assert more == leaves[verb][: len(more)], f"half of {verb} is there"
                assert "train" in more or _model(project) == model, f"a kill of {verb} changed what was learned"
                if code == 0:
                    assert more == leaves[verb], f"{verb} ended well, but is not there"
                    seconds[verb] *= 0.8  # the machine has become faster
                if more:
                    continue
            code, seconds[verb] = commands.run(*arguments)
            assert code == 0, f"{verb} ended with {code}"
            more = [entry[0] for entry in _stored(project, write=False)[len(before) :]]
            assert verb in more, f"{verb} ended well, but is not there"
            assert more == leaves.setdefault(verb, more), f"{verb} left something else than the first time"
    return killed


def serve() -> None:
    """Run commands from stdin, a JSON list a line, each in a fork; answer with process id, then with exit status."""
    # What the commands import, so that no fork has to.
    import spa_desktop.descriptions.registry
    import spa_desktop.encoders.backbones
    import spa_desktop.feature_store
    import spa_desktop.spa.learner
    import spa_desktop.workbench  # noqa: F401

    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
            os.dup2(sys.stdin.fileno(), sys.stdout.fileno())
            _run(json.loads(line))
        _say(child)
        # Left a zombie until the next command, so that its number stays its own for whoever wants to kill it.
        end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert end is not None
        _say(end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)


def _stored(project: Path, *, write: bool) -> list[tuple[str, str]]:
    """What was done, oldest first, from a file that must be whole."""
    with Project.open(project, write=write) as opened:
        problems = opened.check().problems
        assert not problems, problems
        return [(entry.verb, entry.summary) for entry in reversed(opened.history())]


def _model(project: Path) -> str:
    """What was learned, in short: the same bytes give the same answers."""
    with Project.open(project) as opened:
        state = opened.learner()
        return "" if state is None else hashlib.sha256(state.blob).hexdigest()


def _run(arguments: list[str]) -> NoReturn:
    sys.argv, code = ["spa-desktop", *arguments], 1
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
