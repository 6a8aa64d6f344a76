"""Pseudo-features: old classes as their Gaussians remember them (SPA's abstract; RAPF, Huang et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spa_desktop.spa.statistics import ClassGaussians


@dataclass(frozen=True)
class PseudoFeatures:
    """Draws of global features in the Gaussian space.

    Attributes:
        features: ``(m, W)``.
        labels: ``(m,)``, the class each was drawn from.
    """

    features: Tensor
    labels: Tensor

    @classmethod
    def draw(
        cls, gaussians: ClassGaussians, classes: list[int], count: int, *, shrinkage: float, seed: int
    ) -> PseudoFeatures:
        """Draw `count` features of each of `classes`.

        They are drawn once a task, not once a step: a product with the ``(W, W)`` root in each step would cost more
        than all of the rest of the training.
        """
        if not classes or not count:
            return cls(torch.zeros(0, gaussians.width), torch.zeros(0, dtype=torch.long))
        root = gaussians.root(shrinkage)
        generator = torch.Generator().manual_seed(seed)
        drawn = [gaussians.draw(index, count, root, generator) for index in classes]
        return cls(torch.cat(drawn), torch.tensor(classes).repeat_interleave(count))
