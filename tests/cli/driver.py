"""The command line on the tiny encoder, in a process of its own: `python -m tests.cli.driver ARGUMENT...`.

With `--serve` it reads commands from stdin, a JSON list a line, and runs each in a fork, as importing the libraries
anew would take longer than the commands do. It answers with the process id, and with the exit status at the end.
"""

from __future__ import annotations

import json
import os
import sys

from spa_desktop import cli
from spa_desktop.clip import backbones
from tests.workbench.tiny import load_tiny


def run(arguments: list[str]) -> None:
    sys.argv = ["spa-desktop", *arguments]
    cli.main()


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def serve() -> None:
    # What the commands import, so that no fork has to.
    import spa_desktop.descriptions.registry
    import spa_desktop.features
    import spa_desktop.project
    import spa_desktop.spa.state
    import spa_desktop.workbench  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            try:
                run(json.loads(line))
            except SystemExit as end:
                sys.stderr.flush()
                os._exit(int(end.code or 0))
            sys.stderr.flush()
            os._exit(0)
        _answer(child)
        _answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        run(sys.argv[1:])
