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


def by_gaussians(
    parts: Sequence[tuple[SharedGaussian, Tensor]], first: int, second: int, density_share: float
) -> list[Tensor]:
    """What the numbers of each part's features ``(V, W_i)`` add to the evidence of the photo as a whole.

    Args:
        parts: class Gaussians, and features as they read them.
        first: place of the class.
        second: place of the other.
        density_share: rho.
    """
    white = [gaussian.whiten(features) for gaussian, features in parts]
    length = torch.stack([one.square().sum(dim=-1) for one in white]).sum(dim=0)
    class_length = torch.stack([gaussian.means.square().sum(dim=-1) for gaussian, _ in parts]).sum(dim=0)
    unit = (length[:, None] * class_length[[first, second]]).clamp_min(1e-24).rsqrt()
    slope = (unit + density_share / sum(gaussian.gap for gaussian, _ in parts))[..., None]
    found = []
    for gaussian, features in parts:
        direction = slope[:, 0] * gaussian.means[first] - slope[:, 1] * gaussian.means[second]
        found.append(features * (direction @ gaussian.whitening.T))
    return found


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
