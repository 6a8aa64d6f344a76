"""The file format of a learner: what its parts are called, and whether bytes are a valid one. No torch is needed.

The bytes may come from a stranger, so nothing is allocated or computed before :func:`validate` has compared every name,
type and shape with what the description of the learner says there must be, and every number with its bounds. The
digest tells accidental damage: it is part of the description, over all of the tensors and the rest of the description.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, Any, Literal

import numpy as np
import safetensors
from pydantic import BaseModel, Field, ValidationError

from spa_desktop.errors import InputError
from spa_desktop.spa.config import ADDED_ODDS, SpaConfig

# 8: not how many views; 7: of held-out photos no cosine in the joint space, nor how much descriptions tell; 6: how
# familiar one was had one number, less what was usual; 5: another cosine; 4: without prior and held-out photos; 3:
# without sizes and digest, and another transport; before that other Gaussians.
FORMAT = 9
GAUSSIANS = ("globals", "textures", "patches", "selected")
_OLDEST = 3
_LARGEST_HEADER = 64 * 2**20
_MOST_TENSORS = 60_000  # one a class, five a task
_TYPES = {"F16": np.float16, "F32": np.float32}
# Beyond any value of a unit feature, a Gaussian of them, or a projector's column: no sum of products overflows.
_LARGEST = 1e6


class LearnerDamaged(InputError):
    """The bytes are no learner, or not a valid one."""


class LearnerOutdated(InputError):
    """The bytes are a learner of a version of the app whose learners cannot be used any more."""


_Size = Annotated[int, Field(ge=0, le=65_536)]
_Count = Annotated[int, Field(ge=0, le=100_000)]
_Layout = dict[str, tuple[type[np.floating[Any]], tuple[int, ...]]]


# How many features of a scatter are of none of the classes: as many as those of a thousand classes may be.
_Prior = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]


class ClassEntry(BaseModel, extra="forbid", strict=True):
    """A class, how many phrases it has, and of how many held-out photos it is known how familiar they were."""

    key: Annotated[str, Field(min_length=1, max_length=255)]
    task: _Count
    phrases: Annotated[int, Field(ge=1, le=64)]
    held: _Count


class TaskEntry(BaseModel, extra="forbid", strict=True):
    """The ranks of a task's image and text projector."""

    image: _Size
    text: _Size


class About(BaseModel, extra="forbid", strict=True):
    """What the tensors of a learner are."""

    format: Literal[9]
    width: Annotated[int, Field(ge=1, le=65_536)]
    dim: Annotated[int, Field(ge=1, le=65_536)]
    texture: _Size
    rank: Annotated[int, Field(ge=0, le=1024)]
    prior: dict[str, _Prior]
    config: dict[str, float | int | bool]
    rectified: bool
    weight_photos: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
    name_scale: Annotated[float, Field(ge=0, le=1e3, allow_inf_nan=False)]
    name_photos: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
    classes: Annotated[list[ClassEntry], Field(max_length=100_000)]
    tasks: Annotated[list[TaskEntry], Field(max_length=100_000)]
    digest: str


@dataclass(frozen=True)
class LearnerData:
    """A learner that was read and validated, as arrays."""

    about: About
    config: SpaConfig
    arrays: Mapping[str, np.ndarray[Any, Any]]

    @property
    def keys(self) -> list[str]:
        """The classes that it knows, in order."""
        return [entry.key for entry in self.about.classes]


def read_notes(blob: bytes) -> dict[str, str]:
    """The notes that were kept beside a learner. Like the learner itself, they may be a stranger's.

    Raises LearnerDamaged if the bytes are no learner.
    """
    notes = _header(blob)["__metadata__"]
    return {name: text for name, text in notes.items() if isinstance(text, str) and name != "spa"}


def is_outdated(header: bytes) -> bool:
    """Tell whether the header, whatever follows it, is of a learner of a version that cannot be used any more."""
    try:
        version = json.loads(_header(header)["__metadata__"]["spa"])["format"]
    except (LearnerDamaged, ValueError, KeyError, TypeError, RecursionError):
        return False
    return isinstance(version, int) and version < _OLDEST


def validate(blob: bytes, *, keys: Sequence[str] | None = None) -> LearnerData:
    """Read a learner, and check it: names, types, shapes, finite numbers within bounds, digest, classes.

    With `keys`, it must know these classes, in this order.

    Raises:
        LearnerDamaged: if the bytes are not what they should be.
        LearnerOutdated: if they are of a version that cannot be used any more.
        InputError: if they are of a newer version of the app.
    """
    header = _header(blob)
    try:
        about_json = json.loads(header["__metadata__"]["spa"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged("its header describes nothing") from None
    if not isinstance(about_json, dict):
        raise _damaged("its header describes nothing")
    version = about_json.get("format")
    if not isinstance(version, int) or isinstance(version, bool):
        raise _damaged("it has no format")
    if version > FORMAT:
        raise InputError("What was learned comes from a newer version of the app: update the app to open it")
    if version < _OLDEST:
        raise LearnerOutdated(
            "What was learned comes from an early version of the app and cannot be used any more: train again, and it "
            "is learned anew from its photos"
        )
    try:
        if len(header) > _MOST_TENSORS:
            raise ValueError("it has more parts than a learner can have")
        newer = _from_format_3(about_json, header) if version == 3 else about_json
        newer = _from_format_4(newer, header) if version < 5 else newer
        newer = {"name_scale": 0.0, "name_photos": 0.0, **newer} if version < 8 else newer
        about = About.model_validate({**newer, "format": FORMAT})
        config = SpaConfig(**about.config)  # type: ignore[arg-type]  # it looks at each value itself
        layout = _layout(about)
        if version < 5:
            del layout["held"]
        elif version < 8:
            layout["held"] = np.float32, (layout["held"][1][0], 2)[: 2 if version == 7 else 1]
        arrays = _arrays(blob, header, layout)
        if version > 3 and about_json["digest"] != digest(about_json, arrays):
            raise ValueError("its digest is another")
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(f"{'.'.join(map(str, first['loc']))[:80]}: {first['msg']}") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(str(error)) from None
    if version == 3:  # it had the weights of patches and whole photo the other way round
        arrays["weights"] = arrays["weights"][[0, 1, 3, 2]]
    if version < 5:
        arrays["held"] = np.zeros((0, 3), np.float32)
    elif version < 7:  # as much more than a usual photo of its class had
        less = -(_usual_familiarities(arrays["held"].size) if version == 5 else arrays["held"])
        arrays["held"] = np.stack([np.full_like(less, ADDED_ODDS), less, np.zeros_like(less)], axis=-1)
    elif version == 7:
        arrays["held"] = np.pad(arrays["held"], ((0, 0), (0, 1)))
    _check_values(arrays)
    if about.prior.keys() != set(GAUSSIANS):
        raise _damaged("it does not say how much of its sums is prior")
    found = [entry.key for entry in about.classes]
    if len(set(found)) < len(found) or any(entry.task >= len(about.tasks) for entry in about.classes):
        raise _damaged("its classes and tasks do not fit together")
    if keys is not None and found != list(keys):
        raise _damaged("it knows other classes than the project says")
    return LearnerData(about, config, arrays)


def _header(blob: bytes) -> dict[str, Any]:
    """What stands before the tensors, parsed once its length is known to be sane."""
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 or length > min(len(blob) - 8, _LARGEST_HEADER):
        raise _damaged("its header is cut off")
    try:
        header = json.loads(blob[8 : 8 + length])
    except (ValueError, RecursionError):
        raise _damaged("its header cannot be read") from None
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
        raise _damaged("its header describes nothing")
    return header


def _arrays(blob: bytes, header: Mapping[str, Any], layout: _Layout) -> dict[str, np.ndarray[Any, Any]]:
    """The tensors that must be there and no others, without a copy: no more memory than the bytes themselves."""
    if odd := sorted(layout.keys() ^ (header.keys() - {"__metadata__"})):
        raise ValueError(f"{odd[0][:40]} is {'missing' if odd[0] in layout else 'none of its parts'}")
    try:
        entries = safetensors.deserialize(blob)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from None
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, entry in entries:
        dtype, shape = layout[name]
        if _TYPES.get(entry["dtype"]) is not dtype or tuple(entry["shape"]) != shape:
            raise ValueError(f"{name} has another type or shape than it should")
        arrays[name] = np.frombuffer(entry["data"], dtype=dtype).reshape(shape)
    return arrays


def _layout(about: About) -> _Layout:
    """Names, types and shapes that a learner so described has."""
    half, single = np.float16, np.float32
    classes = len(about.classes)
    layout: _Layout = {
        "weights": (single, (4,)),
        "held": (single, (sum(entry.held for entry in about.classes), 3)),
    }
    for name in GAUSSIANS:
        width = {"globals": about.width, "textures": about.texture}.get(name, about.dim)
        layout[f"{name}.counts"] = single, (classes,)
        layout[f"{name}.means"] = half, (classes, width)
        layout[f"{name}.factors"] = half, (classes, about.rank if name == "globals" else 0, width)
        layout[f"{name}.spread"] = single, (width,)
        layout[f"{name}.correlations"] = half, (width * (width - 1) // 2,)
    for index, entry in enumerate(about.classes):
        layout[f"class.{index}"] = half, (2 + 2 * entry.phrases, about.dim)
    for index, task in enumerate(about.tasks):
        layout[f"image.{index}.centre"] = half, (about.width,)
        layout[f"image.{index}.read"] = single, (about.width, task.image)
        layout[f"image.{index}.write"] = half, (about.dim, task.image)
        layout[f"text.{index}.read"] = layout[f"text.{index}.write"] = half, (about.dim, task.text)
    return layout


def _check_values(arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    for name, array in arrays.items():
        # The greatest and the least of all: NaN and infinity show in them, without a copy of the array.
        if array.size and not (abs(float(array.max())) <= _LARGEST and abs(float(array.min())) <= _LARGEST):
            is_count = name.endswith(".counts") and bool(np.isfinite(array).all())
            if not is_count:
                raise _damaged(f"{name} has numbers that are not finite, or far too large")
    for name in GAUSSIANS:
        counts, spread = arrays[f"{name}.counts"], arrays[f"{name}.spread"]
        if counts.size and not (counts.min() >= 1 and counts.max() <= 1e12):
            raise _damaged(f"{name} has counts that cannot be")
        if spread.size and spread.min() < 0:
            raise _damaged(f"{name} has a negative spread")
        correlations = arrays[f"{name}.correlations"]
        # Rounding to half precision may lift a correlation of 1 by a step.
        if correlations.size and max(abs(float(correlations.max())), abs(float(correlations.min()))) > 1.01:
            raise _damaged(f"{name} has correlations above 1")
    if not (arrays["weights"] > 0).all():
        raise _damaged("a weight of the evidence is not above 0")


def _from_format_3(about: dict[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a learner of format 3 as one of format 4. It lacks sizes, which are those of its tensors."""
    config = {key: value for key, value in about["config"].items() if key != "tau"}
    count = about["tasks"]
    if not isinstance(count, int):
        raise ValueError("its number of tasks is none")
    tasks = [
        {"image": header[f"image.{index}.read"]["shape"][1], "text": header[f"text.{index}.read"]["shape"][1]}
        for index in range(min(count, len(header)))
    ]
    return {
        "format": 4,
        "width": header["globals.means"]["shape"][1],
        "dim": header["selected.means"]["shape"][1],
        "texture": header["textures.means"]["shape"][1],
        "rank": header["globals.factors"]["shape"][1],
        "config": config,
        "rectified": about["rectified"],
        "weight_photos": about["weight_photos"],
        "classes": about["classes"],
        "tasks": tasks,
        "digest": "",
    }


def _from_format_4(about: dict[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a learner of format 4 as one of format 5: no prior, and no held-out photos."""
    if "held" in header or any("held" in entry for entry in about["classes"]):
        raise ValueError("held is none of its parts")
    classes = [{**entry, "held": 0} for entry in about["classes"]]
    prior = dict.fromkeys(GAUSSIANS, 0.0)
    return {**about, "prior": prior, "classes": classes}


# How familiar held-out photos are, as they are kept, and how widely that spreads: the mean of five data sets.
USUAL_FAMILIARITY, USUAL_SPREAD = -1.6, 0.4


def _usual_familiarities(count: int) -> np.ndarray[Any, Any]:
    """Familiarities as held-out photos have them on other data sets, ``(count,)``: format 5 kept cosines instead."""
    normal = NormalDist(USUAL_FAMILIARITY, USUAL_SPREAD)
    # By the golden ratio those of each class, which lie side by side, spread as all of them do.
    ranks = (np.arange(count) * 0.6180339887 % 1).argsort().argsort()
    return np.array([normal.inv_cdf((rank + 0.5) / count) for rank in ranks.tolist()], np.float32)


def digest(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    """A checksum of a learner: of its description but for the digest itself, and of all of its tensors."""
    rest = {name: value for name, value in about.items() if name != "digest"}
    total = hashlib.blake2b(json.dumps(rest, sort_keys=True).encode(), digest_size=16)
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].dtype} {arrays[name].shape} ".encode())
        total.update(np.ascontiguousarray(arrays[name]).data)
    return total.hexdigest()


def _damaged(why: str) -> LearnerDamaged:
    # Names in the bytes may hold what moves the cursor of a terminal, or turns the text round.
    shown = "".join(letter if letter.isprintable() else "?" for letter in " ".join(why.split())[:200])
    return LearnerDamaged(f"What was learned is damaged ({shown})")
