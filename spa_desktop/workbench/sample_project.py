"""The sample project: trained on demo photos, made on this computer when it is first wanted, in the app's folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop import paths
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.project import Project, ProjectBusy, ProjectInUse
from spa_desktop.workbench import DEFAULT_BACKBONE, Workbench

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import Consent

# A class: fewer photos than the demo has, so that it is made sooner.
PHOTOS, TESTS = 8, 8


def make_sample(job: Job, *, device: str = "auto", consent: Consent | None = None) -> Path:
    """Draw the photos, and describe, train and check both tasks on them, unless that was done. Gives the project.

    When it is cancelled, no project is left behind.

    Raises:
        InputError: the folder cannot be written.
        SpaError: the photos cannot be drawn.
        Cancelled: the job was cancelled.
    """
    from spa_desktop.demo import draw_demo

    path = paths.sample_project()
    folder = path.parent
    if path.exists():
        return path
    making = folder / "making"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        drawn = draw_demo(folder, photos_per_class=PHOTOS, test_per_class=TESTS, job=job)
        shutil.rmtree(folder / "masks", ignore_errors=True)  # nobody looks at them
        unfinished = making / path.name
        with Workbench(
            Project.create(unfinished, backbone=DEFAULT_BACKBONE), device=device, download_consent=consent
        ) as bench:
            for task in drawn.tasks:
                bench.add([task.folder], job, task=task.name)
            for task in drawn.tasks:
                bench.train(job, task=task.name)
        unfinished.replace(path)
    except OSError as error:
        raise InputError(
            f"The sample project cannot be made in {folder} ({error.strerror or error}). "
            f"Make room there, or set SPA_DESKTOP_DATA_DIR to another folder"
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return path


def delete_sample() -> None:
    """Delete it with its photos; it is made anew when it is wanted again.

    Raises InputError: it is open, here or in another window, or its folder cannot be deleted.
    """
    path = paths.sample_project()
    folder = path.parent
    if path.exists():
        try:
            Project.open(path, write=True).close()
        except (ProjectBusy, ProjectInUse) as error:
            raise InputError(f"The sample project is open: close it first ({error})") from error
        except SpaError:
            pass  # what cannot be opened can still be deleted
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be deleted: {error.strerror or error}") from error
