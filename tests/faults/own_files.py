"""Files that the app keeps for itself, and one that it exports, as functions of bytes: see :mod:`tests.faults.parsers`.

A disk, another program or another person may have changed them. What cannot be is not believed, or refused in one line.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from spa_desktop.errors import InputError
from spa_desktop.paths import resources_dir

_MODEL = "a" * 64
_CLASS_IDS = (1, 2, 3)


@functools.cache
def _folder() -> Path:
    """A folder that lasts as long as the process."""
    made = tempfile.TemporaryDirectory()
    _folders.append(made)
    return Path(made.name)


_folders: list[tempfile.TemporaryDirectory[str]] = []


def _one_line(error: BaseException) -> None:
    assert "\n" not in str(error), str(error)[:300]
    assert len(str(error)) < 3000


# Answers of a run over folders


def run_answers(content: bytes) -> None:
    """A journal is read, gone on with, and read again: the same answers and one more."""
    from spa_desktop.classify.answer_files import PhotoAnswer
    from spa_desktop.classify.folder_run import AnswerJournal, unfinished_run

    root = _folder() / "answers"
    with mock.patch("os.fsync"):  # the disk is not what is tried
        journal = AnswerJournal(_MODEL, [Path("/photos")], root=root)
        root.mkdir(exist_ok=True)
        journal.path.write_bytes(content)
        offered = unfinished_run(_MODEL, root=root)
        if offered is not None:
            assert all(source.is_absolute() for source in offered.sources)
            assert 0 < offered.done <= offered.total
        with journal:
            kept = journal.open(9, _CLASS_IDS, resume=True)
            journal.append([PhotoAnswer("/photos/new.jpg", (1,), (1.0,), 2.0, size=1, changed=1)])
        for one in kept.values():
            json.dumps(one.to_json({1: "a", 2: "b", 3: "c"}), allow_nan=False)
            assert set(one.class_ids) <= set(_CLASS_IDS)
            assert math.isfinite(one.doubt)
        with AnswerJournal(_MODEL, [Path("/photos")], root=root) as again:
            assert again.open(9, _CLASS_IDS, resume=True).keys() == kept.keys() | {"/photos/new.jpg"}


def run_journals() -> list[bytes]:
    head = {"answers": 1, "model": _MODEL, "sources": [b"/photos".hex()], "total": 9}
    line = {"path": "/photos/1.jpg", "size": 5, "changed": 7, "ids": [1, 2], "p": [0.9, 0.1], "ms": 3.5}
    lines = (line, {**line, "path": "/photos/2.jpg", "known": 0.7, "rejected": False})
    fault = {"path": "/photos/3.jpg", "size": 0, "changed": 0, "error": "/photos/3.jpg is missing"}
    texts = [json.dumps(one) for one in (head, *lines, fault)]
    whole = ("\n".join(texts) + "\n").encode()
    return [whole, whole + b'{"complete":true}\n', whole[:-20]]


# The log of a sort


def sort_log(content: bytes) -> None:
    """Whatever a log says, no step leads out of the folder."""
    from spa_desktop.classify import sort_photos as logs

    target = _folder() / "sorted"
    with mock.patch.dict(os.environ, {"SPA_DESKTOP_DATA_DIR": str(_folder() / "data")}):
        path = logs._path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b"TARGET", os.fsencode(target).hex().encode()))
        try:
            plan = logs.kept_plan(target)
        except InputError as error:
            _one_line(error)
            return
    for step in plan.steps if plan is not None else ():
        goal = target / step.folder / step.name
        assert Path(os.path.normpath(goal)).parent.parent == target
        assert Path(step.source).is_absolute()
        os.path.lexists(goal)
        os.path.lexists(step.source)


def sort_logs() -> list[bytes]:
    head = {"sort": 1, "target": "TARGET", "move": True}
    rows = [
        [b"/photos/1.jpg".hex(), "red", b"1.jpg".hex(), 5, 7],
        [b"/p/2.jpg".hex(), "none", b"2 (2).jpg".hex(), 5, 7],
    ]
    return ["\n".join(json.dumps(one) for one in (head, *rows)).encode(), json.dumps(head).encode()]


# Prices


def prices(content: bytes) -> None:
    """A table that is taken gives finite figures for everything."""
    from spa_desktop.descriptions.model import TokenUse
    from spa_desktop.descriptions.openai.openai_writer import load_prices

    folder = _folder() / "config"
    folder.mkdir(exist_ok=True)
    (folder / "prices.toml").write_bytes(content)
    with mock.patch.dict(os.environ, {"SPA_DESKTOP_CONFIG_DIR": str(folder)}):
        try:
            found = load_prices()
        except InputError as error:
            _one_line(error)
            return
    for model in [*found.models, "unheard-of"][:5]:
        guess = found.guess(model, photos=5, characters=2000, effort="high")
        for tokens in (guess, TokenUse(10**7, 10**7)):
            cost = found.cost(model, tokens)
            assert cost is None or math.isfinite(cost)


def price_tables() -> list[bytes]:
    return [(resources_dir() / "prices.toml").read_bytes()]


# What an exported model says of itself


@functools.cache
def _predict() -> Any:
    spec = importlib.util.spec_from_file_location("predict_of_an_export", resources_dir() / "export" / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def signature(content: bytes) -> None:
    """What is refused is refused by one of the errors that the script tells in one line."""
    file = _folder() / "signature.json"
    file.write_bytes(content)
    try:
        said = _predict().read_signature(file)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return
    assert Path(said["model"]["file"]).name == said["model"]["file"]
    for label in said["labels"]:
        shown = _predict().shown(label)
        assert shown.splitlines() in ([], [shown])
        shown.encode()


def signatures() -> list[bytes]:
    said = {
        "model": {"file": "model.onnx", "sha256": "0" * 64},
        "labels": ["cat", "dog\u202e"],
        "none_of_these": {"output": "known", "threshold": 0.5},
        "input": {"decode_at_least": 520},
    }
    return [json.dumps(said).encode(), json.dumps(said | {"none_of_these": None}).encode()]
