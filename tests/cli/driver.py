"""The command line on the tiny encoder, each command in a process of its own: `python -m tests.cli.driver`.

It reads commands from stdin, a JSON list a line, and runs each in a fork, as importing the libraries anew would take
longer than the commands do. It answers with the process id, and with the exit status at the end.
"""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from spa_desktop import cli
from spa_desktop.clip import backbones
from tests.workbench.tiny import load_tiny


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _run(arguments: list[str]) -> NoReturn:
    code = 1
    try:
        sys.argv = ["spa-desktop", *arguments]
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    # What the commands import, so that no fork has to.
    import spa_desktop.descriptions.registry
    import spa_desktop.features
    import spa_desktop.project
    import spa_desktop.spa.state
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
        _answer(child)
        # Left a zombie until the next command, so that its number stays its own for whoever wants to kill it.
        end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        _answer(end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)


if __name__ == "__main__":
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    serve()
