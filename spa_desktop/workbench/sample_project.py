"""The sample project: trained on the demo photos, made on this computer ahead of its use, in the app's folder.

A copy in the cache folder, as it was made, has it there at once when it was deleted or is to be as it was.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from spa_desktop import demo, paths
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, JobEvent, Stage
from spa_desktop.plain_files import write_own_file
from spa_desktop.project import Project, ProjectBusy, ProjectInUse
from spa_desktop.project.folders import add_classes
from spa_desktop.version import __version__
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench import training
from spa_desktop.workbench.open_project import DEFAULT_BACKBONE, Consent, OpenProject

# What making it goes through, with seconds of computing, where threads share it those of two (one AMD EPYC core: 25).
_LATER_TASK = (
    *((Stage.ENCODE, 1.5), (Stage.DESCRIBE, 0.5), (Stage.MEASURE, 0.2), (Stage.HOLD_OUT, 1.2)),
    *((Stage.PROJECT, 0.3), (Stage.TEST, 0.3), (Stage.SAVE, 0.2)),
)
_COURSE = (
    *((Stage.READ, 0.3), (Stage.LOAD, 1.4), (Stage.ENCODE, 1.9), (Stage.DESCRIBE, 2.1), (Stage.ENCODE, 2.6)),
    *((Stage.MEASURE, 0.2), (Stage.HOLD_OUT, 1.2), (Stage.PROJECT, 0.2), (Stage.TEST, 0.2), (Stage.SAVE, 0.2)),
    *_LATER_TASK,
    *_LATER_TASK,
)
_SOURCES = Path(__file__).parents[1]  # what the app learns with; a bundle has the version alone to tell its own
_TOO_SOON = 0.1  # of the whole: so little tells no pace


class SampleClock:
    """How far the making of the sample is, and how long the rest takes at the pace of this computer so far."""

    def __init__(self) -> None:
        self._place, self._share = 0, 0.0
        self._began: float | None = None

    def show_event(self, event: JobEvent) -> tuple[float, float | None]:
        """The share of the whole that is done, 0 to 1, and the seconds left; None as long as nobody knows."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began  # it may have waited until now for other work
        ahead = range(self._place, len(_COURSE))
        self._place = next((place for place in ahead if _COURSE[place][0] == event.stage), self._place)
        stage, seconds = _COURSE[self._place]
        within = event.done / event.total if event.total and event.stage == stage else 0.0
        done = sum(expected for _, expected in _COURSE[: self._place]) + seconds * min(within, 1.0)
        self._share = max(self._share, done / sum(expected for _, expected in _COURSE))
        remaining = (now - self._began) * (1 / self._share - 1) if self._share >= _TOO_SOON else None
        return self._share, remaining


def make_sample(job: Job, *, device: str = "auto", consent: Consent | None = None) -> Path:
    """Copy the photos, and describe, train and check all tasks on them, unless it is there or kept. Gives the project.

    When it is cancelled, no project is left behind. Raises InputError: the folder cannot be written; SpaError: the
    photos cannot be copied; Cancelled: the job was cancelled.
    """
    path = paths.sample_project()
    folder = path.parent
    if path.exists():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, job):
            return path if path.exists() else _make(path, job, device, consent)
    except OSError as error:
        raise InputError(
            f"The sample project cannot be made in {folder} ({error.strerror or error}). "
            f"Make room there, or set SPA_DESKTOP_DATA_DIR to another folder"
        ) from error


@contextmanager
def _locked(folder: Path, job: Job) -> Iterator[None]:
    """One window at a time makes it: another waits, and finds it made."""
    lock = FileLock(folder / ".lock", timeout=0.1)
    while not lock.is_locked:
        job.check()
        with suppress(Timeout):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(path: Path, job: Job, device: str, consent: Consent | None) -> Path:
    folder, making = path.parent, path.parent / "making"
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        is_kept = _take_kept(making, job)
        shutil.rmtree(folder / "photos", ignore_errors=True)  # of one that was stopped, maybe of an earlier version
        tasks = demo.copy_demo(folder, job)
        unfinished = making / path.name
        if is_kept:
            unfinished.replace(path)
            return path
        with OpenProject(
            Project.create(unfinished, backbone=DEFAULT_BACKBONE), device=device, download_consent=consent
        ) as bench:
            for task in tasks:
                add_classes(bench.project, [task.folder], job, task=task.name)
            for task in tasks:
                training.train(bench, job, task=task.name)
        _keep(unfinished)
        unfinished.replace(path)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return path


def make_ahead(job: Job, *, device: str = "auto") -> None:
    """Make it before anybody asks for it, unless it is there at once: it exists, or a copy is kept."""
    if not _copy_path().exists():
        make_sample(job, device=device)


def _copy_path() -> Path:
    """Where the copy lies that this code made of this backbone and these photos for this folder, which it names."""
    digest = hashlib.sha256((paths.models_dir() / DEFAULT_BACKBONE / "config.json").read_bytes())
    digest.update(os.fsencode(paths.sample_project()))
    sources = (path for path in _SOURCES.rglob("*.py") if path.relative_to(_SOURCES).parts[0] != "ui")
    for file in (*sorted(sources), *sorted(demo.PHOTOS.rglob("*.jpg"))):
        digest.update(file.read_bytes())
    return paths.cache_dir() / "sample" / f"{__version__}-{digest.hexdigest()[:16]}.zip"


def _keep(project: Path) -> None:
    """Keep a copy in place of all others. Where there is no room for it, there is none."""
    with suppress(OSError):
        kept, content = _copy_path(), io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.write(project, project.name)
        shutil.rmtree(kept.parent, ignore_errors=True)
        write_own_file(kept, content.getvalue())


def _take_kept(folder: Path, job: Job) -> bool:
    """Unpack the copy, if there is one and it is whole: its checksums are right, and its project opens."""
    try:
        with zipfile.ZipFile(_copy_path()) as archive:
            archive.extractall(folder)
        Project.open(folder / paths.sample_project().name).close()
        return True
    except Exception as error:  # noqa: BLE001 - damage has many kinds of errors
        if not isinstance(error, FileNotFoundError) or any(folder.iterdir()):
            text = QT_TRANSLATE_NOOP(
                "errors", "The copy of the sample project that was kept is damaged: it is made anew"
            )
            job.message(text)
    shutil.rmtree(folder)
    folder.mkdir()
    return False


def delete_sample() -> None:
    """Delete it with its photos; it is made anew when it is wanted again, from the copy that is kept.

    Raises InputError: it is open, here or in another window, or its folder cannot be deleted.
    """
    path = paths.sample_project()
    folder = path.parent
    if path.exists():
        try:
            Project.open(path, write=True).close()
        except (ProjectBusy, ProjectInUse) as error:
            text = QT_TRANSLATE_NOOP("errors", "The sample project is open: close it first ({reason})")
            raise InputError(text, reason=error) from error
        except SpaError:
            pass  # what cannot be opened can still be deleted
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{folder} cannot be deleted: {reason}")
        raise InputError(text, folder=folder, reason=error.strerror or error) from error
