"""What the start page says about a project, read without opening it for good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.project_opening import require_there

_PICTURES = 4


@dataclass(frozen=True)
class RecentProject:
    """A row of the start page.

    Attributes:
        path: of the file.
        classes: how many there are.
        accuracy: per cent after the last task, None if nothing was learned or tested.
        changed: seconds since the epoch, of the file.
        thumbnails: JPEGs of up to four photos, of different classes.
        fault: why it cannot be opened, empty if it can.
    """

    path: Path
    classes: int = 0
    accuracy: float | None = None
    changed: float = 0.0
    thumbnails: tuple[bytes, ...] = ()
    fault: str = ""


def read_recent(paths: tuple[Path, ...], job: Job) -> tuple[RecentProject, ...]:
    """Look at projects. For worker threads."""
    found = []
    for path in paths:
        job.check()
        found.append(_read(path))
    return tuple(found)


def _read(path: Path) -> RecentProject:
    from spa_desktop.project import Project

    try:
        require_there(path)
        with Project.open(path) as project:
            classes = project.classes()
            shown: list[int] = []
            for item in classes[:_PICTURES]:
                photos = project.exemplars(item.id) or project.photos(item.id)
                shown += [photo.id for photo in photos[: 1 if len(classes) >= _PICTURES else _PICTURES]]
            pictures = project.thumbnails(shown[:_PICTURES])
            evaluations = project.evaluations()
            accuracy = last_accuracy(evaluations[-1].document) if evaluations else None
            return RecentProject(
                path,
                len(classes),
                accuracy,
                path.stat().st_mtime,
                tuple(pictures[key] for key in shown[:_PICTURES] if key in pictures),
            )
    except (SpaError, OSError) as error:
        return RecentProject(path, fault=str(error))


def last_accuracy(document: Any) -> float | None:
    """Per cent of all test photos that a stored evaluation got right."""
    tasks = document.get("tasks", {}).values()
    count = sum(number for _, number in tasks)
    return 100 * sum(right for right, _ in tasks) / count if count else None
