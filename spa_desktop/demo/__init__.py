"""The demo photos, of twelve classes in three tasks. They lie in `resources/photos`, which says where they are from."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spa_desktop import jobs, paths
from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import read_plain_file, write_output

PHOTOS = paths.resources_dir() / "photos"
CREDIT = (
    "Li, F.-F., Andreeto, M., Ranzato, M., Perona, P. (2022), Caltech 101 (1.0), CaltechDATA, "
    "https://doi.org/10.22002/D1.20086, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"
)
SPLITS = ("train", "test")


@dataclass(frozen=True)
class DemoTask:
    """Classes that are learned together. `folder` holds `train/CLASS/*.jpg` and `test/CLASS/*.jpg`."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of the task, which is that of its folder."""
        return self.folder.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes, sorted."""
        return tuple(sorted(path.name for path in (self.folder / "train").iterdir() if path.is_dir()))

    def photos(self, name: str, split: str = "train") -> list[Path]:
        """The photos of a class that are to be learned (`train`) or tested on (`test`)."""
        return sorted((self.folder / split / name).glob("*.jpg"))

    def labelled(self, split: str = "train") -> tuple[list[Path], list[str]]:
        """All photos of a split, and the class of each."""
        pairs = [(photo, name) for name in self.classes for photo in self.photos(name, split)]
        return [photo for photo, _ in pairs], [name for _, name in pairs]


def demo_tasks() -> tuple[DemoTask, ...]:
    """The tasks of the photos that ship with the app, sorted by name."""
    return tuple(DemoTask(path) for path in sorted(PHOTOS.iterdir()) if path.is_dir())


def copy_demo(folder: str | os.PathLike[str], job: jobs.Job | None = None) -> tuple[DemoTask, ...]:
    """Copy the demo photos to `photos/TASK/SPLIT/CLASS` under `folder`, which is made. Gives the tasks of the copy.

    A photo that was copied there before stays.

    Raises InputError: `folder` holds photos that are not the demo's, or anything else under the name of one; SpaError:
    the photos cannot be written; Cancelled: the job was cancelled; the photos copied so far stay.
    """
    job, target = job or jobs.Job(), Path(folder, "photos")
    photos = {
        target / task.name / photo.relative_to(task.folder): photo
        for task in demo_tasks()
        for split in SPLITS
        for photo in task.labelled(split)[0]
    }
    if strangers := {*target.rglob("*.jpg")} - {*photos}:
        raise _in_the_way(min(strangers))
    job.stage(jobs.Stage.READ, total=len(photos))
    try:
        for copy, photo in photos.items():
            job.check()
            content = photo.read_bytes()
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(copy):
                write_output(copy, content, replaces=None, is_synced=False)
            elif not _holds(copy, content):
                raise _in_the_way(copy)
            job.advance()
    except OSError as error:
        raise SpaError(f"The demo photos cannot be written to {folder}: {error.strerror or error}") from error
    return tuple(DemoTask(target / task.name) for task in demo_tasks())  # not what else lies there


def _holds(path: Path, content: bytes) -> bool:
    with suppress(OSError):
        return read_plain_file(path, len(content)) == content
    return False


def _in_the_way(path: Path) -> InputError:
    return InputError(f"{path} is no photo of the demo: move it away, or give the demo another folder")
