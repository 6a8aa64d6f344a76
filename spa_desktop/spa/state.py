"""A learner as safetensors bytes, and back with identical scores. What is read back is validated first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from torch import Tensor

from spa_desktop.errors import InputError
from spa_desktop.spa.gaussians import ClassGaussians
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.learner_format import FORMAT, GAUSSIANS, ClassEntry, digest, validate
from spa_desktop.spa.memory import ClassMemory, Memory
from spa_desktop.spa.precision import packed, unpacked
from spa_desktop.spa.projectors import ImageProjector, TextProjector
from spa_desktop.spa.samples import ClassText


def to_bytes(learner: SpaLearner, *, notes: Mapping[str, str] | None = None) -> bytes:
    """Everything that a learner knows, without its encoder.

    Args:
        learner: that knows something.
        notes: further texts to keep beside it, by name; :func:`~spa_desktop.spa.learner_format.read_notes` reads them.

    Raises:
        ValueError: if nothing was learned yet.
        LearnerDamaged: if it could not be read again, as one that goes on from numbers at the very edge of what can be.
    """
    if learner.memory is None:
        raise ValueError("nothing was learned yet")
    memory = learner.memory.to("cpu")
    tensors: dict[str, Tensor] = {"weights": memory.weights}
    tensors["held"] = torch.cat([torch.zeros(0), *(known.held for known in memory.classes)])
    for name in GAUSSIANS:
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
    arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in tensors.items()}
    sides = zip(memory.image_projectors, memory.text_projectors, strict=True)
    about: dict[str, Any] = {
        "format": FORMAT,
        "width": memory.width,
        "dim": memory.dim,
        "texture": memory.textures.width,
        "rank": memory.globals.factors.shape[1],
        "prior": {name: float(getattr(memory, name).prior) for name in GAUSSIANS},
        "config": asdict(learner.config),
        "rectified": memory.rectified,
        "weight_photos": memory.weight_photos,
        "classes": [
            {"key": known.key, "task": known.task, "phrases": len(known.text.phrases), "held": len(known.held)}
            for known in memory.classes
        ],
        "tasks": [{"image": image.read.shape[1], "text": text.read.shape[1]} for image, text in sides],
    }
    about["digest"] = digest(about, arrays)
    blob = safetensors.numpy.save(arrays, metadata={**(notes or {}), "spa": json.dumps(about)})
    validate(blob)
    return blob


def from_bytes(blob: bytes, image_projection: Tensor, *, keys: Sequence[str] | None = None) -> SpaLearner:
    """The learner that :func:`to_bytes` wrote, on the device of the projection.

    Args:
        blob: its bytes.
        image_projection: ``(W, D)`` of the same encoder.
        keys: the classes that it must know.

    Raises:
        LearnerDamaged: if the bytes are not what they should be.
        LearnerOutdated: if they are of a version that cannot be used any more.
        InputError: if they belong to another encoder, or a newer version of the app.
    """
    data = validate(blob, keys=keys)
    if (data.about.width, data.about.dim) != tuple(image_projection.shape):
        raise InputError("What was learned belongs to another backbone")
    about, arrays = data.about, data.arrays

    def tensor(name: str) -> Tensor:
        # Copied: where in memory a tensor begins can decide the order of sums, and so their rounding.
        return torch.from_numpy(arrays[name].astype(np.float32))

    memory = Memory.empty(about.width, about.dim, data.config, rectified=about.rectified, texture_width=about.texture)
    for name in GAUSSIANS:
        gaussians: ClassGaussians = getattr(memory, name)
        gaussians.counts, gaussians.means = tensor(f"{name}.counts"), tensor(f"{name}.means")
        gaussians.factors = tensor(f"{name}.factors")
        gaussians.prior = torch.tensor(about.prior[name])
        gaussians.scatter = unpacked(tensor(f"{name}.spread"), torch.from_numpy(arrays[f"{name}.correlations"].copy()))
    held = torch.split(tensor("held"), [entry.held for entry in about.classes])
    memory.classes = [_class(tensor(f"class.{i}"), entry, held[i].clone()) for i, entry in enumerate(about.classes)]
    for index in range(len(about.tasks)):
        centre, read, write = (tensor(f"image.{index}.{part}") for part in ("centre", "read", "write"))
        memory.image_projectors.append(ImageProjector(centre, read, write))
        memory.text_projectors.append(TextProjector(tensor(f"text.{index}.read"), tensor(f"text.{index}.write")))
    memory.weights, memory.weight_photos = tensor("weights"), about.weight_photos
    return SpaLearner(image_projection, data.config, memory=memory.to(image_projection.device))


def _class(rows: Tensor, entry: ClassEntry, held: Tensor) -> ClassMemory:
    parts = torch.split(rows, [1, 1, entry.phrases, entry.phrases])
    name, description, said, grounded = (part.clone() for part in parts)
    return ClassMemory(entry.key, entry.task, ClassText(name[0], description[0], said), grounded, held)
