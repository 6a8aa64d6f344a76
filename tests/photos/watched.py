"""Photos opened in a process of their own, which is watched: how each ended, how long it took, how much memory.

`python -m tests.photos.watched` reads paths from its input, one a line, and answers each with a line of JSON.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AT_LEAST = 448
COMPUTING = 2  # seconds of the process that decodes: what takes too long shall not take long


@dataclass(frozen=True)
class Ended:
    """How one photo ended.

    Attributes:
        path: the file.
        how: "opened", "refused" (one line, no traceback), "raised" (anything else), "crashed" or "hung".
        text: the reason, or the size of the photo.
        seconds: of computing, in all threads of the process: a busy computer makes it no longer.
        memory: the most that the process held meanwhile, above what it held before, in MB.
    """

    path: Path
    how: str
    text: str
    seconds: float
    memory: float


def watch(paths: Sequence[Path], *, patience: float = 30.0) -> list[Ended]:
    """Open photos one after the other; a process that dies or does not answer costs only the photo at hand."""
    ended: list[Ended] = []
    command, environment = [sys.executable, "-m", "tests.photos.watched"], {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": {**os.environ, **environment}}
    while len(ended) < len(paths):
        with tempfile.TemporaryFile("w+") as said, subprocess.Popen(command, stderr=said, **pipes) as child:
            child.stdout.readline()  # it is ready
            for path in paths[len(ended) :]:
                child.stdin.write(f"{path}\n")
                child.stdin.flush()
                if not select.select([child.stdout], [], [], patience)[0]:
                    child.kill()
                    ended.append(Ended(path, "hung", f"no answer in {patience:.0f} s", patience, 0))
                    break
                if not (line := child.stdout.readline()):
                    said.seek(0)
                    ended.append(Ended(path, "crashed", f"{child.wait()}: {said.read()[-500:]}", 0, 0))
                    break
                ended.append(Ended(path, **json.loads(line)))
    return ended


def _main() -> None:
    from spa_desktop.errors import SpaError
    from spa_desktop.photos import opening

    opening.MAX_COMPUTING = COMPUTING
    _answer("ready")
    for line in sys.stdin:
        before, started = _forget_peak(), time.process_time()
        try:
            photo = opening.open_photo(line.rstrip("\n"), at_least=AT_LEAST)
            how, text = "opened", f"{photo.mode} {photo.width} x {photo.height}"
            del photo
        except SpaError as error:
            how, text = "refused", str(error)
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            how, text = "raised", f"{type(error).__name__}: {error}"
        seconds = time.process_time() - started
        _answer(json.dumps({"how": how, "text": text, "seconds": seconds, "memory": (_peak() - before) / 1000}))


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _forget_peak() -> int:
    """Set the peak back to what is held now, and give that, in kB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    _main()
