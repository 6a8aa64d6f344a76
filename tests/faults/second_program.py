"""Another program that has to do with the same project: ``python -m tests.faults.second_program``.

It reads one JSON object a line: ``{"path": ..., "rename": [class id, name] or null}``, and answers with one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from spa_desktop.errors import SpaError
from spa_desktop.project import Project
from tests.faults.expected_project import content_of

REPOSITORY = Path(__file__).resolve().parents[2]


class SecondProgram:
    """The other program, as the first sees it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.second_program"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, path: Path, *, rename: tuple[int, str] | None = None) -> dict[str, Any]:
        """Have it read the project, or rename a class in it. ``{"content": ...}`` or ``{"error": ...}``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"path": str(path), "rename": rename}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


def _answer(path: str, rename: list[Any] | None) -> dict[str, Any]:
    try:
        with Project.open(path, write=rename is not None) as project:
            if rename is not None:
                with project.transaction("rename", "from elsewhere") as tx:
                    tx.rename_class(*rename)
            return {"content": content_of(project)}
    except SpaError as error:
        return {"error": type(error).__name__, "message": str(error)}


def main() -> None:
    """Answer until nobody asks any more."""
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
