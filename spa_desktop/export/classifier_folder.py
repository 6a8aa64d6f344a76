"""The folder of an export, written whole or not at all."""

from __future__ import annotations

import datetime
import json
import os
import re
from pathlib import Path

from spa_desktop.export.browser_runtime import FOLDER, BrowserRuntime, page_with, runtime_of_page
from spa_desktop.export.export_readme import readme_of
from spa_desktop.export.exported_classifier import ExportedClassifier
from spa_desktop.export.finished_folder import finished_folder, has_earlier
from spa_desktop.export.graph_builder import require_onnx
from spa_desktop.export.model_graph import model_bytes
from spa_desktop.export.self_check import check_model
from spa_desktop.export.signature import FORMAT, signature_of
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import resources_dir
from spa_desktop.version import __version__

MODEL, LABELS, SIGNATURE, README = "model.onnx", "labels.txt", "signature.json", "README.md"
SCRIPT, PAGE = "predict.py", "index.html"
FILES = (MODEL, LABELS, SIGNATURE, README, SCRIPT, PAGE, FOLDER, "__pycache__")
_SIGNATURE_BEGINS = re.compile(rb'\{\s*"format": "%s"' % FORMAT.encode())  # other programs have files of that name
_STEPS = 3


def export_classifier(
    what: ExportedClassifier,
    folder: str | os.PathLike[str],
    job: Job | None = None,
    *,
    is_half: bool = False,
    runtime: BrowserRuntime | None = None,
    replaces: bool = False,
) -> Path:
    """Write a classifier as a folder that works without the app.

    Args:
        what: is exported.
        folder: that is to be made. It is missing, or empty, or, with `replaces`, an earlier export.
        job: progress and cancellation.
        is_half: keep the weights in half precision: half the size.
        runtime: is put beside the page; None has the page take it from a public address.
        replaces: an earlier export gives way.

    Returns:
        the folder.

    Raises:
        InputError: if the package `onnx` is missing, the backbone cannot be exported, or the folder is in use for
            something else.
        SpaError: if the model would not answer as the app does, or cannot be written. Nothing is left of it then.
        Cancelled: likewise.
    """
    require_onnx()
    job, target = job or Job(), Path(folder)
    with finished_folder(target, ours=FILES, mark=SIGNATURE, begins=_SIGNATURE_BEGINS, replaces=replaces) as new:
        job.stage(Stage.EXPORT, total=_STEPS)
        about = {"title": what.title, "app": f"SPA Desktop {__version__}"}
        model = model_bytes(what.encoder, what.learner, about, is_half=is_half)
        job.advance()
        check_model(what, model)
        job.advance()
        (new / MODEL).write_bytes(model)
        created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        page = runtime_of_page(is_beside=runtime is not None)
        signature = signature_of(what, model, is_half=is_half, created=created)
        _write(new / SIGNATURE, json.dumps(signature, indent=2, ensure_ascii=False) + "\n")
        _write(new / LABELS, "".join(f"{' '.join(label.split())}\n" for label in what.labels))
        _write(new / README, readme_of(signature, page))
        _write(new / PAGE, page_with(page))
        (new / SCRIPT).write_bytes((resources_dir() / "export" / SCRIPT).read_bytes())
        if runtime is not None:
            (new / FOLDER).mkdir()
            for name, content in runtime.files.items():
                (new / FOLDER / name).write_bytes(content)
        job.advance()
    return target


def check_target(folder: str | os.PathLike[str], *, replaces: bool) -> None:
    """See, before any work, that a folder may be made or replaced.

    Raises:
        InputError: if it may not.
    """
    has_earlier(Path(folder), ours=FILES, mark=SIGNATURE, begins=_SIGNATURE_BEGINS, replaces=replaces)


def _write(file: Path, text: str) -> None:
    # Names of classes may come from names of folders that are no text.
    file.write_bytes(text.encode("utf-8", errors="backslashreplace"))
