"""Which photos belong to none of the classes: how familiar a photo is, and from where on it counts as known.

The formulas: docs/method.md, 8 and 9. Familiar is the largest probability by the photo as a whole, less the Mahalanobis
distance to the nearest class mean, with a weight of the cosine to the nearest class mean where texts lie. The three err
on different photos: a photo of a thing of another kind is far from all means, a photo of a class between two that are
known is as likely one as the other, and of a few mixed classes the covariance does not know which differences matter,
but the backbone does. (The sum is ours; largest probability: Hendrycks and Gimpel 2017; Mahalanobis distance: Lee et
al. 2018.)

The threshold keeps a share of the known photos, :data:`~spa_desktop.spa.config.KEPT_SHARE` if nothing else is asked,
judged by :mod:`~spa_desktop.spa.leave_one_out`. What is kept of them belongs to a class, so the threshold follows when
classes are added, merged or forgotten. (Ours.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from spa_desktop.spa.config import ADDED_ODDS, COSINE_WEIGHT, FEWEST_HELD_OUT, KEPT_SHARE, SpaConfig
from spa_desktop.spa.gaussians import SharedGaussian
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.projectors import uncompiled

# The weights of the score, from held-out photos of the training data: the most probable ones given these and a normal
# prior (docs/method.md, 8). The scale is free to move, which is temperature scaling (Guo et al. 2017). The mix hardly
# is: a mix fitted to a few dozen photos was worse on further photos than the defaults, and the prior keeps weights
# finite where a few classes are told apart perfectly. (Ours.)

_SCALE_SIGMA = 1.0
_MIX_SIGMA = 0.2


def fit_weights(evidence: Tensor, labels: Tensor, prior: Tensor, beside: Tensor | None = None) -> Tensor:
    """Weights ``(E,)``, all above 0, on the device of the evidence.

    Of evidence ``(n, C, E)`` of held-out photos for every class, their labels ``(n,)``, default weights ``(E,)`` as the
    prior, and scores ``(n, C)`` that are added to the weighed evidence as they are.
    """
    if len(labels) == 0 or evidence.shape[1] < 2:
        return prior.clone()
    # In double precision: the line search stops early on rounding otherwise.
    evidence, start = evidence.double(), prior.double().log()
    known = evidence.new_zeros(()) if beside is None else beside.double()
    scale, mix = start.new_zeros(()), torch.zeros_like(start)
    optimiser = uncompiled(torch.optim.LBFGS)(
        [scale.requires_grad_(), mix.requires_grad_()], max_iter=100, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        optimiser.zero_grad()
        with torch.enable_grad():
            loss = cross_entropy(evidence @ (start + scale + mix).exp() + known, labels, reduction="sum")
            loss = loss + scale.square() / (2 * _SCALE_SIGMA**2) + mix.square().sum() / (2 * _MIX_SIGMA**2)
            loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(objective)  # type: ignore[no-untyped-call]
    fitted = (start + scale + mix).detach()
    return fitted.exp().to(prior) if bool(torch.isfinite(fitted).all()) else prior.clone()


# How sure names alone are at the most, in units of how far a photo's cosines with them lie apart. It bounds what a few
# photos that are all right would say, and little else. (Ours.)
NAME_SIGMA = 3.0


def fit_scale(cosines: Tensor, labels: Tensor) -> float:
    """What cosines ``(n, C)`` are multiplied with for their softmax to give labels ``(n,)`` most probably; 0 at least.

    This is temperature scaling (Guo et al. 2017) with a normal prior.

    >>> cosines = torch.tensor([[0.3, 0.2], [0.2, 0.3], [0.3, 0.2]])
    >>> fit_scale(cosines, torch.tensor([1, 0, 1])), round(fit_scale(cosines, torch.tensor([0, 1, 1])), 1)
    (0.0, 6.4)
    """
    cosines = cosines.double()
    right = cosines.gather(1, labels[:, None])[:, 0]
    precision = float(cosines.std(dim=1).mean().clamp_min(1e-6) / NAME_SIGMA) ** 2
    low, high = 0.0, 1000.0
    for _ in range(50):  # the likelihood is concave
        middle = (low + high) / 2
        expected = ((middle * cosines).softmax(dim=1) * cosines).sum(dim=1)
        is_more = float((right - expected).sum() - middle * precision) > 0
        low, high = (middle, high) if is_more else (low, middle)
    return low


# What evidence is multiplied with: a third of its first weight, as a photo of no class has one that is sure as well.
COOLED = 20 / 3


class WholePhoto:
    """Judges photos as a whole: by the Gaussians of global features, and of textures where they are used."""

    def __init__(self, memory: Memory, config: SpaConfig) -> None:
        """Make ready. Raises ValueError if nothing was learned."""
        self._memory, self._config, self._cosine_weight = memory, config, memory.cosine_weight
        uses_both = config.use_texture and memory.textures.width > 0
        self.gaussians = [memory.globals, memory.textures] if uses_both else [memory.globals]
        self.shared = [
            SharedGaussian.fit(gaussian, config.global_shrinkage) for gaussian in self.gaussians
        ]  # ready to be asked
        self.width = sum(gaussian.width for gaussian in self.gaussians)

    def features(self, pooled: Tensor) -> list[Tensor]:
        """Of pooled features ``(..., W + T)`` what each of the Gaussians reads: ``(..., W_i)``."""
        return [self._memory.global_features(pooled), self._memory.texture_features(pooled)][: len(self.shared)]

    def whiten(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Of :meth:`features` ``(..., W_i)`` each in units of its covariance."""
        return [gaussian.whiten(rows) for gaussian, rows in zip(self.shared, features, strict=True)]

    def seen(self, white: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """Evidence and squared distances of whitened features ``(n, V, W_i)``, as :meth:`evidence` has them."""
        dots = [rows @ gaussian.means.T for gaussian, rows in zip(self.shared, white, strict=True)]
        length = torch.stack([rows.square().sum(dim=-1) for rows in white]).sum(dim=0)
        return self.evidence(dots, [gaussian.lengths for gaussian in self.shared], length)

    def evidence(
        self, dots: Sequence[Tensor], class_lengths: Sequence[Tensor], length: Tensor
    ) -> tuple[list[Tensor], Tensor]:
        """What the photo as a whole says for each class, of whitened features: mean over views.

        For the global feature and the texture each: products ``(n, V, C)`` of features and class means, and squared
        lengths ``(C,)`` of the class means; `length` ``(n, V)`` are squared lengths of both. Gives the evidence
        ``(n, C)`` of each, and the squared Mahalanobis distances ``(n, C)``.
        """
        dot, class_length = torch.stack(list(dots)).sum(dim=0), torch.stack(list(class_lengths)).sum(dim=0)
        unit = (length[..., None] * class_length).clamp_min(1e-24).rsqrt()
        share = self._config.density_share / sum(gaussian.gap for gaussian in self.shared)
        evidence = [
            (products * unit + share * (products - lengths / 2)).mean(dim=1)
            for products, lengths in zip(dots, class_lengths, strict=True)
        ]
        return evidence, (length[..., None] - 2 * dot + class_length).mean(dim=1)

    def terms(self, evidence: Sequence[Tensor], away: Tensor) -> tuple[Tensor, Tensor]:
        """Largest probability and distance ``(n,)`` of photos, of what :meth:`evidence` gives."""
        likely = (COOLED * torch.stack(list(evidence)).sum(dim=0)).softmax(dim=-1).amax(dim=-1)
        return likely, (away.amin(dim=-1).clamp_min(0) / self.width).sqrt()

    def familiarity(self, evidence: Sequence[Tensor], away: Tensor, cosine: Tensor) -> Tensor:
        """How familiar photos are ``(n,)``, of the same and of :func:`nearest_cosine`."""
        likely, distance = self.terms(evidence, away)
        return likely - distance + self._cosine_weight * cosine


def nearest_cosine(views: Tensor, means: Tensor) -> Tensor:
    """Cosine ``(n,)`` of photos and the nearest of class means ``(C, D)``, mean over views ``(n, V, D)``.

    In the joint space, all of unit length.
    """
    return (views.mean(dim=1) @ means.T).amax(dim=-1)


_PRIOR_CLASSES = 2  # what has been seen of other sets counts for so many classes


def as_held(likely: Tensor, distance: Tensor, cosine: Tensor, classes: int) -> Tensor:
    """What is kept of held-out photos: odds that a class adds, distance and cosine ``(h, 3)``.

    Of their largest probabilities ``(h,)`` beside so many classes, distances ``(h,)`` and cosines ``(h,)``.
    """
    added = (1 / likely - 1 + _PRIOR_CLASSES * ADDED_ODDS) / (classes - 1 + _PRIOR_CLASSES)
    return torch.stack([added, distance, cosine], dim=-1)


def held_familiarity(held: Tensor, classes: int, cosine_weight: float = COSINE_WEIGHT) -> Tensor:
    """How familiar held-out photos ``(h, 3)`` are expected to be ``(h,)`` beside so many classes.

    >>> held = as_held(torch.tensor([0.9, 1.0]), torch.ones(2), torch.zeros(2), 3)
    >>> held_familiarity(held, 3), held_familiarity(held, 20)
    (tensor([-0.1000,  0.0000]), tensor([-0.5890, -0.4595]))
    """
    odds = held[:, 0] * (classes - 1 + _PRIOR_CLASSES) - _PRIOR_CLASSES * ADDED_ODDS
    return 1 / (1 + odds.clamp_min(0)) - held[:, 1] + cosine_weight * held[:, 2]


@dataclass(frozen=True)
class KnownScale:
    """From where on a photo counts as known."""

    threshold: float  #: the familiarity below which a photo belongs to none of the classes
    typical: float  #: the median of the held-out photos

    @property
    def slope(self) -> float:
        """Of the logistic curve of :meth:`known`; bounded, since its two points meet where half are to be kept."""
        return math.log(19) / max(self.typical - self.threshold, 0.1)

    def known(self, familiarity: float) -> float:
        """Does a photo belong to any class, 0 to 1: 0.5 at the threshold, at the most 0.95 for a typical one (ours).

        It grows with the familiarity, by a logistic curve through these two points, if they are not all but the same:
        then it is less for a typical photo. It is no probability.

        >>> scale = KnownScale(threshold=0.2, typical=0.6)
        >>> [round(scale.known(value), 2) for value in (0.0, 0.2, 0.6)]
        [0.19, 0.5, 0.95]
        """
        return 0.5 * (1 + math.tanh(self.slope * (familiarity - self.threshold) / 2))


# The spread of held-out photos counts as if so many more had one as it is on other data sets.
_PRIOR_PHOTOS, PRIOR_SPREAD = 20, 0.37


def scale_of(held: list[Tensor], kept: float = KEPT_SHARE) -> KnownScale | None:
    """The scale that familiarities ``(h,)`` of held-out photos of each class give; None where there were too few.

    `kept` is the share of known photos that are to be kept, above 0 and below 1. They are taken to spread normally.

    >>> scale_of([torch.ones(2)]) is None
    True
    """
    pooled = torch.cat([values.cpu() for values in held]).double()
    if len(pooled) < FEWEST_HELD_OUT:
        return None
    middle, count = pooled.mean(), len(pooled)
    away = (pooled - middle).square().sum() + _PRIOR_PHOTOS * PRIOR_SPREAD**2
    spread = float((away / (count + _PRIOR_PHOTOS)).sqrt())
    threshold = float(middle) + NormalDist().inv_cdf(1 - kept) * spread
    return KnownScale(round(threshold, 6), round(float(pooled.median()), 6))
