"""Everything is read from a damaged project, and some is written: each answers, or says in one line why not."""

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from spa_desktop.errors import SpaError
from spa_desktop.project import Project
from tests.faults.project import readers, writers

SECONDS = 5.0  # of computing: a busy computer makes it no longer
PATIENCE = 60.0  # by the clock, for what waits and does not compute


@dataclass
class Examined:
    """What came of it."""

    refused: str = ""  # why it could not be opened, "" if it could
    problems: tuple[str, ...] = ()  # what `check` found
    failed: dict[str, str] = field(default_factory=dict)  # readers that said why they cannot answer
    # what must not be: another exception, a message of several lines, something that took too long
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds of computing

    @property
    def outcome(self) -> str:
        if self.faults:
            return "fault"
        return "refused" if self.refused else "found by check" if self.problems else "whole"


def _digest(path: Path) -> bytes:
    """What stands for the content: the content itself may be of hundreds of megabytes, and memory is measured."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def examine(path: Path, *, write: bool) -> Examined:
    """Open a project, check it, and read all of it; then open it for writing, if asked to."""
    found = Examined()
    before = _digest(path)
    project = attempt(found, "open", lambda: Project.open(path))
    if project is not None:
        with project:
            report = attempt(found, "check", project.check)
            found.problems = report.problems if report is not None else ()
            found.faults += [f"check: {line!r}" for line in found.problems if "\n" in line or len(line) > 1000]
            for name, read in readers(project):
                attempt(found, name, read)
        # What cannot be read, check has to know of. A method that makes no sense is refused only where it is used.
        unknown = set(found.failed) - {"method", "plan"}
        if unknown and not found.problems:
            found.faults.append(f"check found nothing, but these failed: {found.failed}")
    found.refused = found.failed.get("open", "")
    if _digest(path) != before:
        found.faults.append("a reader changed the file")
    if write:
        writer = attempt(found, "open for writing", lambda: Project.open(path, write=True))
        if writer is not None:
            with writer:
                for name, action in writers(writer):
                    attempt(found, name, action)
                attempt(found, "check after writing", writer.check)
    return found


def attempt(found: Examined, name: str, action):
    """Do something, and note whether it answers, says in one line why not, or does anything else."""
    started, computing = time.monotonic(), time.process_time()
    try:
        return action()
    except SpaError as error:
        text = str(error)
        found.failed[name] = text
        if "\n" in text or len(text) > 1000 or not text.isprintable():
            found.faults.append(f"{name}: {text[:2000]!r}")
    except BaseException as error:  # noqa: BLE001
        found.faults.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
    finally:
        seconds, waited = time.process_time() - computing, time.monotonic() - started
        found.slowest = max(found.slowest, seconds)
        if seconds > SECONDS or waited > PATIENCE:
            found.faults.append(f"{name}: took {seconds:.1f} s of computing, {waited:.1f} s in all")
    return None
