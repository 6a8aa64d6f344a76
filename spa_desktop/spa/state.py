"""A learner as safetensors bytes, and back with identical scores."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from spa_desktop.errors import InputError
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import ClassMemory, Memory
from spa_desktop.spa.projectors import ImageProjector, TextProjector
from spa_desktop.spa.rounding import packed, unpacked
from spa_desktop.spa.samples import ClassText
from spa_desktop.spa.statistics import ClassGaussians

_FORMAT = 3  # 2: textures; 3: scatter matrices as correlations, means in half precision
_GAUSSIANS = ("globals", "textures", "patches", "selected")


def to_bytes(learner: SpaLearner) -> bytes:
    """Everything that a learner knows, without its encoder.

    Raises:
        ValueError: if nothing was learned yet.
    """
    memory = learner.memory
    if memory is None:
        raise ValueError("nothing was learned yet")
    tensors: dict[str, Tensor] = {"weights": memory.weights}
    for name in _GAUSSIANS:
        gaussians: ClassGaussians = getattr(memory, name)
        tensors[f"{name}.counts"], tensors[f"{name}.means"] = gaussians.counts, gaussians.means.half()
        tensors[f"{name}.factors"] = gaussians.factors.half()
        tensors[f"{name}.spread"], tensors[f"{name}.correlations"] = packed(gaussians.scatter)
    for index, known in enumerate(memory.classes):
        text = known.text
        rows = torch.cat([text.name[None], text.description[None], text.phrases, known.grounded])
        tensors[f"class.{index}"] = rows.half()
    for index, image in enumerate(memory.image_projectors):
        tensors[f"image.{index}.centre"], tensors[f"image.{index}.read"] = image.centre.half(), image.read
        tensors[f"image.{index}.write"] = image.write.half()
    for index, text_side in enumerate(memory.text_projectors):
        tensors[f"text.{index}.read"], tensors[f"text.{index}.write"] = text_side.read.half(), text_side.write.half()
    about = {
        "format": _FORMAT,
        "config": {
            key: str(value) if value == float("inf") else value for key, value in asdict(learner.config).items()
        },
        "rectified": memory.rectified,
        "weight_photos": memory.weight_photos,
        "classes": [
            {"key": known.key, "task": known.task, "phrases": len(known.text.phrases)} for known in memory.classes
        ],
        "tasks": len(memory.image_projectors),
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(contiguous, metadata={"spa": json.dumps(about)})


def from_bytes(blob: bytes, image_projection: Tensor) -> SpaLearner:
    """The learner that :func:`to_bytes` wrote.

    Args:
        blob: its bytes.
        image_projection: ``(W, D)`` of the same encoder.

    Raises:
        InputError: if the bytes are no learner, or one of another encoder or a newer app.
    """
    try:
        return _read(blob, image_projection)
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"What was learned cannot be read back: {error}") from None


def _read(blob: bytes, image_projection: Tensor) -> SpaLearner:
    # Cloned, here and below: where in memory a tensor begins can decide the order of sums, and so their rounding.
    tensors = {name: tensor.clone() for name, tensor in safetensors.torch.load(blob).items()}
    about = json.loads(_metadata(blob)["spa"])
    if about["format"] > _FORMAT:
        raise InputError("What was learned comes from a newer version of the app: update the app to open it")
    width, dim = image_projection.shape
    if tensors["globals.means"].shape[1] != width or tensors["selected.means"].shape[1] != dim:
        raise InputError("What was learned belongs to another backbone")
    settings = {**about["config"], "tau": float(about["config"]["tau"])}
    config = SpaConfig(**{key: value for key, value in settings.items() if key in SpaConfig.__dataclass_fields__})
    memory = Memory.empty(width, dim, config, rectified=about["rectified"])
    for name in _GAUSSIANS:
        setattr(memory, name, _gaussians(tensors, name))
    memory.classes = [_class(tensors[f"class.{i}"].float(), entry) for i, entry in enumerate(about["classes"])]
    for index in range(about["tasks"]):
        centre, read, write = (tensors[f"image.{index}.{part}"].float() for part in ("centre", "read", "write"))
        memory.image_projectors.append(ImageProjector(centre, read, write))
        memory.text_projectors.append(
            TextProjector(tensors[f"text.{index}.read"].float(), tensors[f"text.{index}.write"].float())
        )
    memory.weights, memory.weight_photos = tensors["weights"], about["weight_photos"]
    return SpaLearner(image_projection, config, memory=memory)


def _metadata(blob: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    return header["__metadata__"]  # type: ignore[no-any-return]


def _gaussians(tensors: dict[str, Tensor], name: str) -> ClassGaussians:
    factors = tensors[f"{name}.factors"].float()
    gaussians = ClassGaussians(factors.shape[2], factors.shape[1])
    gaussians.counts, gaussians.means = tensors[f"{name}.counts"], tensors[f"{name}.means"].float()
    gaussians.factors = factors
    if f"{name}.scatter" in tensors:  # format 2: the upper triangle as it was
        row, column = torch.triu_indices(gaussians.width, gaussians.width)
        gaussians.scatter[row, column] = gaussians.scatter[column, row] = tensors[f"{name}.scatter"]
    else:
        gaussians.scatter = unpacked(tensors[f"{name}.spread"], tensors[f"{name}.correlations"])
    return gaussians


def _class(rows: Tensor, entry: dict[str, Any]) -> ClassMemory:
    phrases = entry["phrases"]
    parts = torch.split(rows, [1, 1, phrases, len(rows) - 2 - phrases])
    name, description, said, grounded = (part.clone() for part in parts)
    return ClassMemory(entry["key"], entry["task"], ClassText(name[0], description[0], said), grounded)
