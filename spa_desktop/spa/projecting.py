"""Learning the projector pair of a task from a memory and the photos kept of the task."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant, from_gaussian_space
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.projectors import (
    ImageProjector,
    class_directions,
    fit_text_projector,
    pointing_write,
)
from spa_desktop.spa.pseudo import PseudoFeatures
from spa_desktop.spa.samples import KeptPhotos
from spa_desktop.spa.training import ProjectorBatch, TrainingStep, train_write

# The most pseudo-features in a step. With hundreds of old classes they are fewer than the settings ask for, and each
# counts for several.
_MOST_PSEUDO = 1024


def learn_projectors(
    memory: Memory,
    kept: KeptPhotos,
    old: PseudoFeatures,
    image_projection: Tensor,
    config: SpaConfig,
    *,
    seed: int,
    on_step: Callable[[TrainingStep], bool] | None = None,
) -> None:
    """Append the pair of the newest task to `memory`.

    Args:
        memory: holds Gaussians, texts and grounded tokens of the task's classes already.
        kept: photos of the task to learn from.
        old: pseudo-features of the classes before.
        image_projection: ``(W, D)`` of the encoder.
        config: settings.
        seed: of the choice of pseudo-features in each step.
        on_step: sees each gradient step; False from it ends them.
    """
    number = len(memory.text_projectors)
    means = _joint(memory.globals.means, image_projection, memory)
    mine = [index for index, known in enumerate(memory.classes) if known.task == number]
    texts, targets = [], []
    for index in mine:
        known = memory.classes[index]
        texts.append(torch.cat([known.text.description[None], known.text.phrases]))
        targets.append(torch.cat([means[index][None], normalize(known.grounded, dim=-1)]))
    memory.text_projectors.append(
        fit_text_projector(torch.cat(texts), torch.cat(targets), ridge=config.text_ridge, rank=config.text_rank)
    )
    memory.image_projectors.append(
        _learn_image_side(memory, mine, kept, old, image_projection, config, seed=seed, on_step=on_step)
    )


def _learn_image_side(
    memory: Memory,
    mine: list[int],
    kept: KeptPhotos,
    old: PseudoFeatures,
    image_projection: Tensor,
    config: SpaConfig,
    *,
    seed: int,
    on_step: Callable[[TrainingStep], bool] | None,
) -> ImageProjector:
    gaussian = LinearDiscriminant.fit(memory.globals, config.projector_shrinkage)
    features = memory.global_features(kept.pooled).flatten(0, 1)
    read = class_directions(gaussian, memory.globals.means[mine], features)
    goals = memory.texts(projected=True)
    start = pointing_write(goals, mine, ridge=config.ridge, gain=config.gain)
    blank = ImageProjector(gaussian.centre, read, torch.zeros_like(start))
    earlier = memory.image_projectors

    def batch(features: Tensor, joint: Tensor, labels: Tensor) -> ProjectorBatch:
        for projector in earlier:
            joint = joint + projector.shift(features)
        return ProjectorBatch(joint, blank.coordinates(features), labels)

    joint = normalize(kept.pooled[..., : memory.width] @ image_projection, dim=-1).flatten(0, 1)
    photos = batch(features, joint, kept.labels.repeat_interleave(kept.pooled.shape[1]))
    pool = batch(old.features, _joint(old.features, image_projection, memory), old.labels)
    asked = config.pseudo_features * len(torch.unique(old.labels))
    each = min(asked, _MOST_PSEUDO)
    generator = torch.Generator().manual_seed(seed)

    def pseudo() -> ProjectorBatch | None:
        if not each:
            return None
        rows = torch.randperm(len(pool.labels), generator=generator)[:each]
        return ProjectorBatch(pool.joint[rows], pool.coordinates[rows], pool.labels[rows], weight=asked / each)

    write = train_write(start, photos, pseudo, goals, config, on_step=on_step)
    return ImageProjector(blank.centre, read, write)


def _joint(features: Tensor, image_projection: Tensor, memory: Memory) -> Tensor:
    """Features of the Gaussian space in the joint space, ``(..., W)`` to ``(..., D)``, unit length."""
    return normalize(from_gaussian_space(features, rectified=memory.rectified) @ image_projection, dim=-1)
