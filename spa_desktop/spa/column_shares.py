r"""What each number of a photo's pooled feature adds to the difference of two classes' scores (ours).

All evidence of the photo as a whole is linear in what it reads, once the photo's lengths are known: the whitened
feature's in :math:`a^T b_c / (|a| |b_c|) + \rho \, a^T b_c / \mathrm{gap}`, the projected joint feature's in
:math:`z^T t'_c`. So the share of a number is itself times a slope. What is left over, the same for every photo of these
lengths, belongs to no number.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from spa_desktop.spa.gaussians import SharedGaussian
from spa_desktop.spa.projectors import JoinedProjectors


class ClassReaders:
    """What Gaussians read of a feature for a class: the whitening times the whitened class mean, kept once asked."""

    def __init__(self, gaussian: SharedGaussian) -> None:
        """Of one kind of feature."""
        self.gaussian = gaussian
        self._kept: dict[int, Tensor] = {}

    def __getitem__(self, index: int) -> Tensor:
        """``(W,)`` of the class at a place."""
        if index not in self._kept:
            self._kept[index] = self.gaussian.whitening @ self.gaussian.means[index]
        return self._kept[index]


def by_gaussians(
    parts: Sequence[tuple[ClassReaders, Tensor]], first: int, second: int, density_share: float
) -> list[Tensor]:
    """What the numbers of each part's features ``(V, W_i)`` add to the evidence of the photo as a whole.

    Args:
        parts: what class Gaussians read, and features as they read them.
        first: place of the class.
        second: place of the other.
        density_share: rho.
    """
    gaussians = [readers.gaussian for readers, _ in parts]
    white = [readers.gaussian.whiten(features) for readers, features in parts]
    length = torch.stack([one.square().sum(dim=-1) for one in white]).sum(dim=0)
    class_length = torch.stack([one.means[[first, second]].square().sum(dim=-1) for one in gaussians]).sum(dim=0)
    unit = (length[:, None] * class_length).clamp_min(1e-24).rsqrt()
    slope = (unit + density_share / sum(one.gap for one in gaussians))[..., None]
    return [features * (slope[:, 0] * readers[first] - slope[:, 1] * readers[second]) for readers, features in parts]


def by_text(
    pooled: Tensor, features: Tensor, image_projection: Tensor, projectors: JoinedProjectors, texts: Tensor
) -> Tensor:
    """What the numbers of global features ``(V, W)`` add to the evidence of the text, ``(V, W)``.

    Args:
        pooled: ``(V, W)``, as the encoder gives them.
        features: ``(V, W)``, in the Gaussian space.
        image_projection: ``(W, D)``.
        projectors: of all tasks.
        texts: ``(D,)``, the class's text less the other's.
    """
    joint = pooled @ image_projection
    length = torch.linalg.vector_norm(joint, dim=-1, keepdim=True).clamp_min(1e-12)
    moved = torch.linalg.vector_norm(joint / length + projectors(features), dim=-1, keepdim=True).clamp_min(1e-12)
    by_sight = pooled * (image_projection @ texts) / length
    shares: Tensor = (by_sight + features * projectors.pull(texts)) / moved
    return shares
