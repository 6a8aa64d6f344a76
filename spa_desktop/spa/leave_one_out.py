"""What learned photos would be predicted as by their look as a whole, had they not been learned (ours)."""

from __future__ import annotations

import torch
from torch import Tensor

from spa_desktop.spa.gaussians import SharedGaussian
from spa_desktop.spa.learner import SpaLearner

_WHOLE = 3  # place of the photo as a whole among the weights of a memory


class LeaveOneOut:
    r"""Scores photos that a learner has learned, each as if it had not been.

    The score is that part of the learner's own that goes by the whole photo: cosine and log-density of global features
    and textures. A photo's V views brought its class's mean, and the scatter that all share, a part U of rank V + 1 at
    the most. Without it the mean is known from the count, and products under the covariance by Woodbury's identity. In
    whitened features, where the covariance is the identity:

    .. math::
        \langle x, y \rangle' = x^T y + x^T U (I / c - U^T U)^{-1} U^T y, \qquad c = (1 - s) / \mathrm{freedom}

    With fewer photos than features this matters: a photo lies almost within the scatter that it brought itself. The
    middle of the classes, the mean variance and the unit of evidence stay as they are. Text and patches have no say.
    Where classes were forgotten, less may be left of U than a photo brought: then c is smaller, see :func:`_held`.
    """

    def __init__(self, learner: SpaLearner) -> None:
        """Make ready.

        Raises:
            ValueError: if nothing was learned.
        """
        if learner.memory is None or not learner.keys:
            raise ValueError("nothing was learned yet")
        self._learner, self._memory, config = learner, learner.memory, learner.config
        gaussians = [self._memory.globals]
        if config.use_texture and self._memory.textures.width:
            gaussians.append(self._memory.textures)
        self._parts = [(one, SharedGaussian.fit(one, config.global_shrinkage)) for one in gaussians]

    @torch.inference_mode()
    def scores(self, key: str, pooled: Tensor) -> Tensor | None:
        """Scores ``(n, C)`` of photos ``(n, V, W + T)`` of a class; their softmax is a probability.

        None if there is nothing to compare with: the class has no other photo, or there is no other class.

        Raises:
            KeyError: if the class was never learned.
        """
        if key not in self._learner.keys:
            raise KeyError(key)
        place, views = self._learner.keys.index(key), pooled.shape[1]
        if len(self._learner.keys) < 2 or float(self._memory.globals.counts[place]) <= views:
            return None
        pooled = pooled.to(self._learner.device)
        features = [self._memory.global_features(pooled), self._memory.texture_features(pooled)]
        dots, class_lengths, length = [], [], torch.zeros(1, device=pooled.device)
        shrinkage = self._learner.config.global_shrinkage
        for (gaussians, shared), rows in zip(self._parts, features, strict=False):
            white = shared.whiten(rows)
            count = float(gaussians.counts[place])
            own = (shared.means[place] * count - white.sum(dim=1)) / (count - views)
            middle = white.mean(dim=1)
            step = (middle - own) * ((count - views) * views / count) ** 0.5
            brought = torch.cat([white - middle[:, None], step[:, None]], dim=1)
            weight = _held(brought, (1 - shrinkage) / gaussians.freedom, shared, shrinkage)
            identity = torch.eye(views + 1, device=white.device)
            inner = torch.linalg.inv(identity / weight[:, None, None] - brought @ brought.mT)
            means = shared.means.repeat(len(own), 1, 1)
            means[:, place] = own
            of_photo, of_means = white @ brought.mT, means @ brought.mT
            dots.append(white @ means.mT + of_photo @ inner @ of_means.mT)
            class_length = means.square().sum(dim=-1) + (of_means @ inner * of_means).sum(dim=-1)
            class_lengths.append(class_length[:, None])
            length = length + (white.square().sum(dim=-1) + (of_photo @ inner * of_photo).sum(dim=-1))[..., None]
        gap = sum(shared.gap for _, shared in self._parts)
        unit = (length * torch.stack(class_lengths).sum(dim=0)).clamp_min(1e-24).rsqrt()
        share = self._learner.config.density_share / gap
        evidence = [
            dot * unit + share * (dot - class_length / 2) for dot, class_length in zip(dots, class_lengths, strict=True)
        ]
        whole: Tensor = torch.stack(evidence).sum(dim=0).mean(dim=1) * self._memory.weights[_WHOLE]
        return whole


def _held(brought: Tensor, weight: float, shared: SharedGaussian, shrinkage: float) -> Tensor:
    """What each photo's part U ``(n, V + 1, W)`` of the scatter weighs in the covariance: c, or as much as is there.

    With a forgotten class the scatter became less, and with it the part of each photo; how much of that is left is not
    kept. Nothing that is taken out leaves less variance than the share of the mean one that the covariance was given.
    """
    values, vectors = torch.linalg.eigh(brought @ brought.mT)
    most = values[:, -1].clamp_min(1e-12)
    along = (vectors[:, None, :, -1] @ brought)[:, 0] / most.sqrt()[:, None]
    level = shrinkage * shared.root.square().sum() / len(shared.root)
    least = level * (along @ shared.whitening.T).square().sum(dim=-1)
    # Half of it, since both are rounded.
    return torch.where(1 - weight * most < least / 2, (1 - least).clamp_min(0) / most, weight).clamp_min(1e-12)
