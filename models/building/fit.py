"""What the maps of spa-lite are made of, in closed form (ours). Matrices in, matrices out.

Image side: a classifier's rows, centred, say along which directions classes differ; the top right singular vectors
span that space. Text side: see :mod:`models.building.kernel_ridge`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Ridge:
    """An affine map ``x @ weight + bias``."""

    weight: Tensor
    bias: Tensor

    def __call__(self, states: Tensor) -> Tensor:
        place: Tensor = normalize(states @ self.weight + self.bias, dim=1)
        return place


@dataclass(frozen=True)
class Retrieval:
    """How often a text's class comes first, and among the first five, in per cent, of the classes held out."""

    first: float
    five: float


def image_projection(classifier: Tensor, dim: int) -> Tensor:
    """The top `dim` right singular vectors of the centred ``(C, W)`` classifier, as ``(W, dim)``."""
    _, _, directions = torch.linalg.svd(classifier - classifier.mean(dim=0), full_matrices=False)
    basis = directions[:dim].T
    # Singular vectors are free in sign: the largest entry of each is made positive, so that builds agree.
    largest = basis.gather(0, basis.abs().argmax(dim=0, keepdim=True))
    return torch.mul(basis, largest.sign())


def class_targets(classifier: Tensor, projection: Tensor) -> Tensor:
    """The classes' places in the joint space, ``(C, D)``, unit length."""
    targets: Tensor = normalize((classifier - classifier.mean(dim=0)) @ projection, dim=1)
    return targets


def text_weights(labels: Tensor, kinds: list[str]) -> Tensor:
    """One weight a text, ``(T,)``: every kind counts 1 for every class, however many texts it has."""
    weights = torch.empty(len(labels), dtype=torch.float64)
    for kind in sorted(set(kinds)):
        chosen = torch.tensor([other == kind for other in kinds])
        counts = torch.bincount(labels[chosen])
        weights[chosen] = 1.0 / counts[labels[chosen]].double()
    return weights


def partly_white(photos: Tensor, classes: Tensor, floor: float) -> Tensor:
    """The ``(D, D)`` matrix behind texts that makes a cosine with photos count rare directions more.

    Places vary much along a few directions, which most texts and photos share, and little along those that tell one
    from another. Of the covariances S of photos and of classes, each of trace D, this is ``(mean S + floor)^(-1/2)``;
    an infinite floor changes no cosine, none at all whitens in full.

    Args:
        photos: ``(P, D)`` places of photos.
        classes: ``(C, D)`` places of classes.
        floor: added to all variances, whose mean is 1.
    """
    mean = torch.zeros(photos.shape[1], photos.shape[1], dtype=photos.dtype)
    for places in (photos, classes):
        covariance = torch.cov(places.T)
        mean += covariance / covariance.diagonal().mean() / 2
    values, vectors = torch.linalg.eigh(mean)
    return torch.mul(vectors, (values + floor).rsqrt()) @ vectors.T


def fit_ridge(states: Tensor, targets: Tensor, weights: Tensor, strength: float) -> Ridge:
    """Weighted ridge regression with a free bias.

    Args:
        states: ``(T, H)`` float64.
        targets: ``(T, D)`` float64.
        weights: ``(T,)`` float64.
        strength: penalty, in units of the states' mean variance.
    """
    share = (weights / weights.sum())[:, None]
    state_mean, target_mean = (share * states).sum(dim=0), (share * targets).sum(dim=0)
    centred = states - state_mean
    covariance = centred.T @ (share * centred)
    covariance.diagonal().add_(strength * covariance.diagonal().mean())
    weight = torch.linalg.solve(covariance, centred.T @ (share * (targets - target_mean)))
    return Ridge(weight, target_mean - state_mean @ weight)


def retrieval(embedded: Tensor, labels: Tensor, targets: Tensor, held_out: Tensor) -> Retrieval:
    """Search each text's class among `held_out` alone.

    Args:
        embedded: ``(T, D)`` texts of held-out classes in the joint space.
        labels: ``(T,)`` their classes.
        targets: ``(C, D)``.
        held_out: ``(K,)`` classes.
    """
    best = held_out[(embedded @ targets[held_out].T).topk(min(5, len(held_out)), dim=1).indices]
    hits = best == labels[:, None]
    return Retrieval(100 * float(hits[:, 0].double().mean()), 100 * float(hits.any(dim=1).double().mean()))


def best_scale(similarities: Tensor, labels: Tensor, scales: list[float]) -> float:
    """The logit scale of `scales` with the highest likelihood.

    Args:
        similarities: ``(T, K)`` cosines.
        labels: ``(T,)`` the right column of each row.
        scales: candidates.
    """
    losses = [float(torch.nn.functional.cross_entropy(scale * similarities, labels)) for scale in scales]
    return scales[losses.index(min(losses))]
