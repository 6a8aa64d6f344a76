"""The gradient steps of a task's image projector: cross-entropy on photos and pseudo-features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from spa_desktop.spa.config import SpaConfig

# Holds the projector near its closed-form start, which the loss alone would leave for a perfect fit.
_PULL = 1.0


@dataclass(frozen=True)
class TrainingStep:
    """What one step measured, for a curve."""

    step: int
    steps: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class ProjectorBatch:
    """Photos or pseudo-features as the projector sees them.

    Attributes:
        joint: ``(n, D)`` joint features with the shifts of earlier projectors, not yet of unit length.
        coordinates: ``(n, r)`` what the new projector reads.
        labels: ``(n,)``.
        weight: what each counts in the loss.
    """

    joint: Tensor
    coordinates: Tensor
    labels: Tensor
    weight: float = 1.0


def train_write(
    start: Tensor,
    photos: ProjectorBatch,
    pseudo: Callable[[], ProjectorBatch | None],
    texts: Tensor,
    config: SpaConfig,
    *,
    on_step: Callable[[TrainingStep], bool] | None = None,
) -> Tensor:
    """Train U from its closed-form start.

    Args:
        start: ``(D, r)``.
        photos: of the task.
        pseudo: draws pseudo-features anew; None where there is no old class.
        texts: ``(C, D)`` projected descriptions of all classes, unit length.
        config: steps, learning rate, scale.
        on_step: sees each step; False from it ends the training with what is learned so far.

    Returns:
        ``(D, r)``.
    """
    if texts.shape[0] < 2:
        return start
    # The start may be of any size, and steps of Adam have a fixed one: they are taken in units of the start.
    size = start.square().mean().sqrt().clamp_min(1e-6)
    change = torch.zeros_like(start).requires_grad_()
    optimiser = torch.optim.Adam([change], lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    for step in range(config.steps):
        drawn = pseudo()
        batches = [photos] if drawn is None else [photos, drawn]
        joint = torch.cat([batch.joint for batch in batches])
        coordinates = torch.cat([batch.coordinates for batch in batches])
        labels = torch.cat([batch.labels for batch in batches])
        weights = torch.cat([torch.full((len(batch.labels),), batch.weight) for batch in batches])
        with torch.enable_grad():
            write = start + size * change
            logits = config.logit_scale * normalize(joint + coordinates @ write.T, dim=-1) @ texts.T
            loss = (weights * cross_entropy(logits, labels, reduction="none")).sum() / weights.sum()
            pulled = loss + _PULL * change.square().mean()
            optimiser.zero_grad()
            pulled.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if on_step is not None:
            accuracy = float((logits.argmax(dim=-1) == labels).float().mean())
            if not on_step(TrainingStep(step + 1, config.steps, float(loss.detach()), accuracy)):
                break
    return start + size * change.detach()
