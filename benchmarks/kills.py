"""`kill -9` at random moments of add, describe and train, on the embedded backbone: ``python -m benchmarks.kills``.

After each kill the project must open, be whole, and hold every verb that was finished before, and no half of one. The
moments are drawn from how long a verb takes when it is left alone. Runs the command line in forks of a process that
has imported everything, as the imports would take longer than the commands; so not on Windows.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from spa_desktop import cli
from spa_desktop.demo import demo_tasks
from spa_desktop.project import Project

REPOSITORY = Path(__file__).resolve().parent.parent
VERBS = ("add", "describe", "train")
PHOTOS = 7  # of a class


class CommandLine:
    """Runs `spa-desktop` in processes that can be killed."""

    def __init__(self, folder: Path, server: Sequence[str] = ("benchmarks.kills", "--serve")) -> None:
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


def _class_folders(folder: Path, count: int) -> list[Path]:
    """So many folders of demo photos; a thing may be two classes, by different photos."""
    photos = {name: task.photos(name) + task.photos(name, "test") for task in demo_tasks() for name in task.classes}
    found = []
    for part in range(2):
        for name, files in photos.items():
            made = folder / "classes" / f"{name} {part + 1}"
            made.mkdir(parents=True)
            for file in files[part * PHOTOS : (part + 1) * PHOTOS]:
                shutil.copy(file, made)
            found.append(made)
    return found[:count]


def main() -> None:
    """Copy photos, kill, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30, help="at most 45, a third of them for each verb")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        classes = _class_folders(folder, 1 + min(arguments.kills, 45) // len(VERBS))
        with CommandLine(folder) as commands:
            commands.run("new", folder / "Demo.spa")
            killed = kill_verbs(commands, folder / "Demo.spa", classes, seed=arguments.seed)
    tried = len(VERBS) * (len(classes) - 1)
    by_verb = ", ".join(f"{verb} {count}" for verb, count in killed.items())
    print(
        f"{tried} kills, {sum(killed.values())} before the verb had ended ({by_verb}): the project was whole each time"
    )


if __name__ == "__main__":
    main()
