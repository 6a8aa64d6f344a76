"""Photos opened in a process of their own, which is watched: how each ended, how long it took, how much memory.

`python -m tests.photos.watched` reads paths from its input, one a line, and answers each with a line of JSON.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
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
    while len(ended) < len(paths):
        ended += _watch_one_process(paths[len(ended) :], patience)
    return ended


def _watch_one_process(paths: Sequence[Path], patience: float) -> Iterator[Ended]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.photos.watched"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    answers: queue.Queue[str] = queue.Queue()
    said: list[str] = []

    def read_answers() -> None:
        for line in child.stdout:
            answers.put(line)
        answers.put("")  # it is gone

    readers = [threading.Thread(target=read_answers), threading.Thread(target=lambda: said.extend(child.stderr))]
    for reader in readers:
        reader.start()
    try:
        answers.get()  # it is ready
        for path in paths:
            child.stdin.write(f"{path}\n")
            child.stdin.flush()
            try:
                line = answers.get(timeout=patience)
            except queue.Empty:
                child.kill()
                yield Ended(path, "hung", f"no answer in {patience:.0f} s", patience, 0)
                return
            if not line:
                number = -child.wait()
                name = signal.Signals(number).name if number > 0 else f"exit status {-number}"
                yield Ended(path, "crashed", f"{name}: {''.join(said)[-500:]}", 0, 0)
                return
            answer = json.loads(line)
            yield Ended(path, answer["how"], answer["text"], answer["seconds"], answer["memory"])
    finally:
        child.kill()
        child.wait()
        for reader in readers:
            reader.join()
        for stream in (child.stdin, child.stdout, child.stderr):
            stream.close()


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
