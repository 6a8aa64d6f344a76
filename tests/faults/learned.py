"""Projects that have learned something, damaged, and asked for answers: the right ones, or one clear line.

The tensors and settings of what was learned are changed and the checksums made to fit, as somebody could who means
harm; and the whole file is damaged as in :mod:`tests.faults.damage`. Needs torch, but no real encoder.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spa_desktop.encoders import backbones
from spa_desktop.project import Project
from spa_desktop.workbench import Workbench
from tests.faults.damage import KINDS, Damage
from tests.faults.examine import Examined, attempt
from tests.spa.learner_bytes import put_together, signed, taken_apart
from tests.workbench.tiny import draw_classes, load_tiny


@dataclass(frozen=True)
class Taught:
    """A project that learned three classes in two tasks on the tiny encoder.

    Attributes:
        path: of the file.
        probes: photos to be recognised.
        answers: what the undamaged project says of them.
    """

    path: Path
    probes: list[Path]
    answers: object


def teach(folder: Path) -> Taught:
    """Make one. From now on every backbone is the tiny encoder in this process."""
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    path = folder / "Learned.spa"
    photos = [draw_classes(folder / f"photos {n}", looks) for n, looks in enumerate((("red", "green"), ("blue",)))]
    with Workbench.create(path) as bench:
        for number, one in enumerate(photos):
            bench.add([one], task=f"Task {number}")
            bench.train()
        bench.evaluate()
    probes = sorted(file for one in photos for file in (one / "test").rglob("*-6.png"))
    with Workbench.open(path, write=False) as bench:
        return Taught(path, probes, answers_of(bench, probes))


def answers_of(bench: Workbench, probes: list[Path]) -> object:
    """The answers of a project, as JSON can say them: no NaN, no infinity."""
    images = bench.classify(probes)["images"]
    said = [[(top["class"], top["probability"]) for top in image["top"]] for image in images]
    json.dumps(images, allow_nan=False)
    return said


# Damage to what was learned

_ODD = (math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1.0, 1e-30, 1e30, 65504.0, 6e-8)
_SETTINGS = (None, True, -1, 0, 1, 16, 10**9, 10**400, 0.5, -0.5, 1e300, "16", "", [], {}, [16])
_SHAPES: tuple[Callable[[Any], Any], ...] = (
    lambda array: array[:0],
    lambda array: array[:-1],
    lambda array: np.concatenate([array, array[-1:]]),
    lambda array: array[None],
    lambda array: array.reshape(-1),
    lambda array: array.astype(np.float64),
    lambda array: array.astype(np.float16 if array.dtype == np.float32 else np.float32),
    lambda array: array.astype(np.int32),
    lambda array: np.zeros((0, 24_000), array.dtype),
)


def _numbers(about: Any, arrays: Any, chance: random.Random) -> str:
    name = chance.choice([name for name, array in arrays.items() if array.size])
    array = arrays[name] = arrays[name].copy()
    flat = array.reshape(-1)
    how = chance.choice(("a number", "many numbers", "all", "noise", "turned round", "another sign", "a bit"))
    value = chance.choice(_ODD)
    with np.errstate(all="ignore"):
        if how == "a number":
            flat[chance.randrange(flat.size)] = value
        elif how == "many numbers":
            flat[:: chance.choice((2, 3, 7))] = value
        elif how == "all":
            flat[:] = value
        elif how == "noise":
            flat[:] = np.random.default_rng(chance.randrange(1 << 30)).normal(
                0, chance.choice((1e-3, 1, 1e4)), flat.size
            )
        elif how == "turned round":
            flat[:] = flat[::-1].copy()
        elif how == "another sign":
            flat[:] = -flat
        else:
            raw = flat.view(np.uint8)
            raw[chance.randrange(raw.size)] ^= 1 << chance.randrange(8)
    return f"{name}: {how} ({value})"


def _shapes(about: Any, arrays: Any, chance: random.Random) -> str:
    name = chance.choice(list(arrays))
    how = chance.randrange(len(_SHAPES) + 3)
    if how < len(_SHAPES):
        if arrays[name].ndim == 0 or not arrays[name].size:
            return "nothing"
        arrays[name] = np.ascontiguousarray(_SHAPES[how](arrays[name]))
    elif how == len(_SHAPES):
        del arrays[name]
    elif how == len(_SHAPES) + 1:
        arrays[chance.choice(("more", "class.9", "weights ", "\x1b[2J"))] = arrays[name]
    else:
        other = chance.choice(list(arrays))
        arrays[name], arrays[other] = arrays[other], arrays[name]
    return f"{name}: shape {how}"


def _settings(about: Any, arrays: Any, chance: random.Random) -> str:
    """A value anywhere in the description of the learner, or one more or less."""
    place: Any = about
    trail = []
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return "nothing"
        key = chance.choice(keys)
        trail.append(str(key))
        if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.8:
            place = place[key]
            continue
        break
    how = chance.random()
    if how < 0.15:
        del place[key]
    elif how < 0.3 and isinstance(place, dict):
        place["more"] = chance.choice(_SETTINGS)
    elif how < 0.45 and isinstance(place, list):
        place.append(place[key])
    else:
        place[key] = chance.choice(_SETTINGS)
    return ".".join(trail)


def _learner(path: Path, chance: random.Random) -> str:
    """Change what was learned, with checksums that fit; in half of the cases the digest inside fits as well."""
    with closing(sqlite3.connect(path)) as connection:
        key, blob = connection.execute("SELECT id, blob FROM learners ORDER BY id DESC").fetchone()
        about, arrays = taken_apart(blob)
        change = chance.choice((_numbers, _numbers, _shapes, _settings))
        what = change(about, arrays, chance)
        is_signed = chance.random() < 0.5
        try:
            changed = (signed if is_signed else put_together)(about, arrays)
        except (ValueError, TypeError, OverflowError, KeyError):  # the writer itself will not have it
            changed = put_together(about, arrays)
        connection.execute(
            "UPDATE learners SET blob = ?, sha256 = ? WHERE id = ?", (changed, hashlib.sha256(changed).hexdigest(), key)
        )
        connection.commit()
    return f"{what}{', signed' if is_signed else ''}"


LEARNED_KINDS: dict[str, Callable[[Path, random.Random], str]] = {"what was learned": _learner} | {
    f"{name}, learned": KINDS[name]
    for name in ("random bytes", "pages", "flipped bit", "cells", "own journal", "length")
}
"""Kinds of damage to such projects. What changes rows by SQL is not among them: that is another project, not damage."""


def damage_learned(path: Path, seed: int) -> Damage:
    """Damage such a project in place: every second time what was learned, else the file."""
    kinds = list(LEARNED_KINDS)
    kind = kinds[0] if seed % 2 == 0 else kinds[1 + seed // 2 % (len(kinds) - 1)]
    return Damage(kind, LEARNED_KINDS[kind](path, random.Random(seed)))


@dataclass
class Answered(Examined):
    """What came of asking.

    Attributes:
        is_other: the answers are others than before.
    """

    is_other: bool = False


def examine_learned(taught: Taught, path: Path, done: Damage) -> Answered:
    """Open a damaged copy, check it, ask for answers, and evaluate."""
    found = Answered()
    bench = attempt(found, "open", lambda: Workbench.open(path, write=False))
    if bench is None:
        found.refused = found.failed.get("open", "")
        return found
    with bench:
        report = attempt(found, "check", bench.check)
        found.problems = report.problems if report is not None else ()
        said = attempt(found, "classify", lambda: answers_of(bench, taught.probes))
        attempt(found, "evaluate", lambda: json.dumps(bench.evaluate(), allow_nan=False))
    if said is None and "classify" in found.failed and not found.problems:
        found.faults.append(f"check found nothing, but: {found.failed['classify']}")
    found.is_other = said is not None and said != taught.answers
    # Somebody who makes a digest that fits has made another model, which no check can tell from the first.
    if found.is_other and not found.problems and not done.name.endswith(", signed"):
        found.faults.append(f"other answers, and check found nothing: {said}")
    return found


def blob_of(path: Path) -> bytes | None:
    """What a project has learned, byte for byte."""
    with Project.open(path) as project:
        state = project.learner()
        return None if state is None else state.blob
