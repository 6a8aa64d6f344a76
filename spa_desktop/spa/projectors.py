"""Task-specific projectors: one pair a task, added to the frozen features, never changed again.

The formulas: docs/method.md, 6. On the image side a column for each class of the task reads about the cosine between
photo and class mean, and moves the photo towards the text of that class and of no other; it starts in closed form and
is trained by cross-entropy on the task's photos and on pseudo-features of the old classes. On the text side a ridge map
of low rank moves the task's descriptions and phrases towards what they describe.

Sums over tasks and frozen old pairs follow PROOF (Zhou et al. 2023) and ENGINE (2025), pseudo-features SPA's abstract
and RAPF (Huang et al. 2024); the residual low-rank form and its start in closed form are ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.gaussians import SharedGaussian

# Holds the projector near its closed-form start, which the loss alone would leave for a perfect fit.
_PULL = 1.0
_Optimizer = TypeVar("_Optimizer", bound=torch.optim.Optimizer)


@dataclass(frozen=True)
class ImageProjector:
    """The image side of one task: it adds its coordinates times U^T to the joint feature."""

    centre: Tensor  #: m, ``(W,)``
    read: Tensor  #: V, ``(W, r)``
    write: Tensor  #: U, ``(D, r)``

    def coordinates(self, features: Tensor) -> Tensor:
        """What the projector reads off ``(..., W)`` features in the Gaussian space: ``(..., r)``."""
        return (features - self.centre) @ self.read


@dataclass(frozen=True)
class TextProjector:
    """The text side of one task."""

    read: Tensor  #: P, ``(D, r)``
    write: Tensor  #: Q, ``(D, r)``

    def __call__(self, texts: Tensor) -> Tensor:
        """Text features ``(..., D)``, moved, unit length."""
        return normalize(texts + (texts @ self.read) @ self.write.T, dim=-1)


class JoinedProjectors:
    """The image sides of all tasks as one map: ``(W,)`` features in the Gaussian space to their shift ``(D,)``.

    The map is kept as the product of two narrow matrices, ``(W, R)`` and ``(R, D)``, or as one, whichever is less.
    """

    def __init__(self, projectors: Sequence[ImageProjector], image_projection: Tensor) -> None:
        """Join them; `image_projection` ``(W, D)`` says how large the map of none is."""
        width, dim = image_projection.shape
        read = torch.cat([image_projection.new_zeros(width, 0), *(p.read for p in projectors)], dim=1)
        write = torch.cat([image_projection.new_zeros(dim, 0), *(p.write for p in projectors)], dim=1).T.contiguous()
        self._offset = image_projection.new_zeros(dim)
        for projector in projectors:
            self._offset = self._offset + (projector.centre @ projector.read) @ projector.write.T
        self._factors = [read, write] if read.shape[1] * (width + dim) < width * dim else [read @ write]

    def __call__(self, features: Tensor) -> Tensor:
        """``(..., W)`` to ``(..., D)``."""
        shift = features
        for factor in self._factors:
            shift = shift @ factor
        return shift - self._offset

    def pull(self, direction: Tensor) -> Tensor:
        """How much each number of a feature moves it along a direction ``(D,)``: ``(W,)``."""
        for factor in reversed(self._factors):
            direction = factor @ direction
        return direction


def fit_text_projector(texts: Tensor, targets: Tensor, *, ridge: float, rank: int) -> TextProjector:
    """The ridge map from text features to what they describe, as a residual of a rank that is bounded.

    Texts ``(n, D)`` are descriptions and phrases of a task's classes; targets ``(n, D)`` the mean photo of the class,
    and the grounded token of the phrase; all unit rows. `ridge` is added to the diagonal of the Gram matrix.
    """
    gram = texts @ texts.T
    gram.diagonal().add_(ridge)
    # residual = T^T (T T^T + ridge I)^-1 (Y - T), of rank n at the most.
    solved = torch.linalg.solve(gram, targets - texts)
    if len(texts) <= rank:
        return TextProjector(texts.T.clone(), solved.T.clone())
    # The SVD of the product, by way of the n x n matrix between two orthonormal bases.
    left, first = torch.linalg.qr(texts.T)
    right, second = torch.linalg.qr(solved.T)
    inner_left, values, inner_right = torch.linalg.svd(first @ second.T)
    root = values[:rank].sqrt()
    return TextProjector((left @ inner_left)[:, :rank] * root, (right @ inner_right.T)[:, :rank] * root)


def class_directions(gaussian: SharedGaussian, places: Sequence[int], features: Tensor) -> Tensor:
    """Directions ``(W, r)`` that read how near a feature is to each of r class means: about their cosines.

    Cosines are measured from the Gaussian's centre and in its covariance. The mean length of the task's photos
    ``(n, W)`` replaces each photo's own.
    """
    length = gaussian.whiten(features).square().sum(dim=-1).mean().sqrt().clamp_min(1e-6)
    directions: Tensor = gaussian.whitening @ normalize(gaussian.means[list(places)], dim=-1).T / length
    return directions


def pointing_write(texts: Tensor, places: Sequence[int], *, ridge: float, gain: float) -> Tensor:
    """Columns ``(D, r)``, each of which moves a photo towards one text of ``(C, D)`` and away from none of the others.

    `ridge` is added to the diagonal of the Gram matrix, since two texts may be nearly the same; a photo at a class
    mean, whose own length is 1, is moved by `gain`.

    >>> pointing_write(torch.eye(3), [2], ridge=0.0, gain=5.0).T
    tensor([[0., 0., 5.]])
    """
    gram = texts @ texts.T
    gram.diagonal().add_(ridge)
    chosen = torch.eye(len(texts), device=texts.device)[:, list(places)]
    columns: Tensor = gain * texts.T @ torch.linalg.solve(gram, chosen)
    return columns


@dataclass(frozen=True)
class TrainingStep:
    """A step of a stage that is done: a class, a fold, or a gradient step."""

    step: int  #: which one, from 1
    steps: int  #: how many the stage has
    loss: float | None = None  #: of a gradient step, for a curve; None for a class or a fold
    accuracy: float | None = None  #: share of photos that a gradient step had right; None for a class or a fold


@dataclass(frozen=True)
class ProjectorBatch:
    """Photos or pseudo-features as the projector sees them."""

    joint: Tensor  #: ``(n, D)`` joint features with the shifts of earlier projectors, not yet of unit length
    coordinates: Tensor  #: ``(n, r)`` what the new projector reads
    labels: Tensor  #: ``(n,)``
    weight: float = 1.0  #: what each counts in the loss
    #: ``(n, C)``, joint features times the texts of all classes, where they are known already
    products: Tensor | None = None
    lengths: Tensor | None = None  #: ``(n,)``, squared, of the joint features, where they are known already

    def rows(self, rows: Tensor, weight: float) -> ProjectorBatch:
        """Some of them, with another weight."""
        known = [None if part is None else part.index_select(0, rows) for part in (self.products, self.lengths)]
        joint, read = (part.index_select(0, rows) for part in (self.joint, self.coordinates))
        return ProjectorBatch(joint, read, self.labels[rows], weight, *known)

    def beside(self, texts: Tensor) -> ProjectorBatch:
        """The same with what stays as it is in all steps: lengths, and products with texts ``(C, D)``."""
        if self.products is not None:
            return self
        return replace(self, products=self.joint @ texts.T, lengths=self.joint.square().sum(dim=-1))

    def cosines(self, write: Tensor, texts: Tensor) -> Tensor:
        """Of moved features and texts, ``(n, C)``: from the products, so that a step has no product of size D by C."""
        assert self.products is not None and self.lengths is not None, "`beside` comes first"  # noqa: PT018
        moved = self.products + self.coordinates @ (write.T @ texts.T)
        along = 2 * (self.joint @ write) + self.coordinates @ (write.T @ write)
        lengths = self.lengths + (along * self.coordinates).sum(dim=-1)
        return moved * lengths.clamp_min(1e-24).rsqrt()[:, None]


def uncompiled(kind: type[_Optimizer]) -> type[_Optimizer]:
    """An optimiser without the wrappers whose first call imports torch's compiler, which takes over a second."""
    plain = {name: inspect.unwrap(getattr(kind, name)) for name in ("add_param_group", "zero_grad", "step")}
    made: type[_Optimizer] = type(kind.__name__, (kind,), plain | {"step": torch.no_grad()(plain["step"])})
    return made


def train_write(
    start: Tensor,
    photos: ProjectorBatch,
    pseudo: Callable[[], ProjectorBatch | None],
    texts: Tensor,
    config: SpaConfig,
    *,
    on_step: Callable[[TrainingStep], bool] | None = None,
) -> Tensor:
    """Train U ``(D, r)`` from its closed-form start by cross-entropy on photos and pseudo-features.

    `pseudo` draws pseudo-features of old classes for a step; None where there is no old class. Texts ``(C, D)`` are
    projected descriptions of all classes, unit length. `on_step` sees each step; False from it ends the training with
    what is learned so far.
    """
    if texts.shape[0] < 2:
        return start
    # The start may be of any size, and steps of Adam have a fixed one: they are taken in units of the start.
    size = start.square().mean().sqrt().clamp_min(1e-6)
    start = start.T.contiguous().T  # column by column in memory: three times as fast, and forth and back
    change = torch.zeros_like(start).requires_grad_()
    optimiser = uncompiled(torch.optim.Adam)([change], lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    photos = photos.beside(texts)
    for step in range(config.steps):
        drawn = pseudo()
        batches = [photos] if drawn is None else [photos, drawn.beside(texts)]
        labels = torch.cat([batch.labels for batch in batches])
        weights = torch.cat([torch.full_like(batch.labels, batch.weight, dtype=start.dtype) for batch in batches])
        with torch.enable_grad():
            write = start + size * change
            logits = config.logit_scale * torch.cat([batch.cosines(write, texts) for batch in batches])
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
