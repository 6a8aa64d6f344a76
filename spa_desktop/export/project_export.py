"""Export what a project has learned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.errors import InputError
from spa_desktop.export.classifier_folder import ExportedClassifier, check_target, export_classifier
from spa_desktop.export.graph_builder import require_onnx
from spa_desktop.jobs import Job
from spa_desktop.metrics import NOT_MEASURED, Accuracy

if TYPE_CHECKING:
    from spa_desktop.export.browser_runtime import BrowserRuntime
    from spa_desktop.workbench import Workbench


def export_project(
    bench: Workbench,
    folder: str | os.PathLike[str],
    job: Job | None = None,
    *,
    is_half: bool = False,
    runtime: BrowserRuntime | None = None,
    replaces: bool = False,
) -> Path:
    """Write what a project has learned as a folder that works without the app.

    Args and errors are those of :func:`~spa_desktop.export.classifier_folder.export_classifier`.

    Raises:
        InputError: as well if the project has learned nothing.
    """
    require_onnx()
    check_target(folder, replaces=replaces)
    job = job or Job()
    learner, classes = bench.learned(job)
    project = bench.project
    encoder = bench.encoder(job)
    known = {str(item.id): item for item in project.classes()}
    tasks = []
    for task in project.tasks():
        labels = tuple(known[key].name for key in learner.keys if known[key].task_id == task.id)
        if labels:
            tasks.append((task.name, labels))
    labels = tuple(one.name for one in classes)
    measured, kept = _measured(bench, job), bench.kept_share
    what = ExportedClassifier(project.path.stem, encoder, learner, labels, tuple(tasks), *measured, kept=kept)
    return export_classifier(what, folder, job, is_half=is_half, runtime=runtime, replaces=replaces)


def _measured(bench: Workbench, job: Job) -> tuple[Accuracy, dict[str, Accuracy]]:
    try:
        counted = bench.evaluate(job, estimated=False)["counted"]
    except InputError:  # there is no test photo
        return NOT_MEASURED, {}
    return Accuracy.of_json(counted["last"]), {
        name: Accuracy.of_json(one) for name, one in counted["per_class"].items()
    }
