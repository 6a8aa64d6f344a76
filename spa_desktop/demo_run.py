"""The demo: draw photos, teach two tasks, look at what was learned. The whole loop without a window."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spa_desktop.demo import DemoSet, draw_demo
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.workbench import Workbench

_OVERLAYS_A_CLASS = 2
_MARKER = ".spa-desktop-demo"  # a folder with it is the demo's own, to be written over


def run_demo(folder: Path, job: Job) -> dict[str, Any]:
    """Draw the demo photos into `folder` and run add, describe, train, evaluate and classify on them.

    Returns:
        what :meth:`~spa_desktop.workbench.Workbench.evaluate` gives, with ``"project"``, ``"overlays"`` and
        ``"on_thing"``: how often the patches that speak loudest lie on the thing, in units of chance.

    Raises:
        InputError: if the folder is in use for something else, or cannot be written.
    """
    _claim(folder)
    project = folder / "demo.spa"
    for old in ("overlays", "photos", "masks"):
        shutil.rmtree(folder / old, ignore_errors=True)
    project.unlink(missing_ok=True)
    drawn = draw_demo(folder, job=job)
    with Workbench.create(project) as bench:
        for task in drawn.tasks:
            bench.add([task.folder], job, task=task.name)
            bench.describe("offline", job, task=task.name)
            bench.train(job, task=task.name)
        result = bench.evaluate(job)
        shown = [
            photo
            for task in drawn.tasks
            for name in task.classes
            for photo in task.photos(name, "test")[:_OVERLAYS_A_CLASS]
        ]
        overlays = folder / "overlays"
        found = bench.classify(shown, job, overlay_dir=overlays)
        size = len(shown)
        result["on_thing"] = round(sum(_on_thing(drawn, image) for image in found["images"]) / size, 3)
    return {**result, "project": str(project), "overlays": str(overlays)}


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is empty or of an earlier demo."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _MARKER).exists() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty: give the demo a folder of its own")
        (folder / _MARKER).touch()
    except FileExistsError:
        raise InputError(f"{folder} is a file: give the demo a folder of its own") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from None


def _on_thing(drawn: DemoSet, image: dict[str, Any]) -> float:
    """Share of the 16 loudest patches whose middle lies on the thing, in units of the thing's share of the photo."""
    mask = np.asarray(Image.open(drawn.mask_of(Path(image["path"]))).convert("L"), dtype=np.float32) / 255
    height, width = image["patches"]["grid"]
    share = np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BOX)).flatten()
    loudest = np.argsort(-np.array(image["patches"]["weights"]))[:16]
    return float(share[loudest].mean() / max(share.mean(), 1e-6))
