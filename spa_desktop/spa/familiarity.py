r"""Which photos belong to none of the classes: how familiar a photo is, and from where on it counts as known.

The familiarity of a photo is the largest cosine between the whitened photo and a whitened class mean,

.. math::
    f(x) = \max_c \cos_\Sigma(a, b_c) ,

which the score computes anyway. On held-out training photos it told known from unknown classes as well as or better
than the largest probability, the energy, Mahalanobis distances and the relative one (benchmarks/README.md).

The threshold keeps :data:`~spa_desktop.spa.config.KEPT_SHARE` of the known photos. It is set by training photos that
were held out of the sums which judged them, the same that set the weights of the score
(:mod:`~spa_desktop.spa.calibration`). Their familiarities are numbers that belong to a class, so the threshold follows
when classes are added, merged or forgotten.

Every new class moves the centre and the covariance, and with them all cosines. What a photo of class c can be expected
to have is

.. math::
    e_c = |b_c| / \sqrt{|b_c|^2 + N} ,

N being the mean squared length of whitened features seen from the mean of their class. A held-out familiarity is kept
in units of :math:`e_c^{\gamma}` and read in units of what it is now. (Ours.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from spa_desktop.spa.config import FEWEST_HELD_OUT, KEPT_SHARE
from spa_desktop.spa.projectors import uncompiled

# The weights of the score, from held-out photos of the training data, never from test photos.
#
# The score of class c is a weighted sum of evidence, :math:`\sum_k w_k e_{kc}`, and its softmax a probability. With
# :math:`w_k = w^0_k \exp(\theta + \delta_k)` the weights are the most probable ones given the held-out photos and a
# normal prior,
#
# .. math::
#     \min_{\theta, \delta} \; -\sum_i \log \mathrm{softmax}_c\Big(\sum_k w_k e_{ikc}\Big)_{y_i}
#            + \frac{\theta^2}{2 \sigma_\theta^2} + \sum_k \frac{\delta_k^2}{2 \sigma_\delta^2} .
#
# The scale is free to move, which is temperature scaling (Guo et al. 2017). The mix hardly is: a task holds out a few
# dozen photos, and a mix fitted to so few was worse on further photos than the defaults. The prior also keeps weights
# finite where a few classes are told apart perfectly. Over tasks the weights are averaged by the number of photos that
# spoke. (Ours.)

_SCALE_SIGMA = 1.0
_MIX_SIGMA = 0.2


def fit_weights(evidence: Tensor, labels: Tensor, prior: Tensor) -> Tensor:
    """Weights ``(E,)``, all above 0, on the device of the evidence.

    Args:
        evidence: ``(n, C, E)`` of held-out photos for every class.
        labels: ``(n,)``.
        prior: ``(E,)`` default weights, above 0.
    """
    if len(labels) == 0 or evidence.shape[1] < 2:
        return prior.clone()
    # In double precision: the line search stops early on rounding otherwise.
    evidence, start = evidence.double(), prior.double().log()
    scale, mix = start.new_zeros(()), torch.zeros_like(start)
    optimiser = uncompiled(torch.optim.LBFGS)(
        [scale.requires_grad_(), mix.requires_grad_()], max_iter=100, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        optimiser.zero_grad()
        with torch.enable_grad():
            loss = cross_entropy(evidence @ (start + scale + mix).exp(), labels, reduction="sum")
            loss = loss + scale.square() / (2 * _SCALE_SIGMA**2) + mix.square().sum() / (2 * _MIX_SIGMA**2)
            loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(objective)  # type: ignore[no-untyped-call]
    fitted = (start + scale + mix).detach()
    return fitted.exp().to(prior) if bool(torch.isfinite(fitted).all()) else prior.clone()


# How much of what the expected cosine changes by a familiarity follows. On further training photos of three data sets,
# ten and twenty a class, the mean share of known photos kept was 93.8 % with 0, 94.7 with 0.5 and 95.9 with 1.
_FOLLOWED = 0.5


def expected(lengths: Tensor, noise: float) -> Tensor:
    """What a familiarity is measured in, ``(C,)``, of squared lengths ``(C,)`` of whitened class means."""
    return (lengths / (lengths + noise).clamp_min(1e-12)).clamp_min(1e-4).pow(_FOLLOWED / 2)


@dataclass(frozen=True)
class KnownScale:
    """From where on a photo counts as known.

    Attributes:
        threshold: the familiarity below which a photo belongs to none of the classes.
        typical: the median of the held-out photos.
    """

    threshold: float
    typical: float

    @property
    def slope(self) -> float:
        """Of the logistic curve of :meth:`known`, at the threshold."""
        return math.log(19) / max(self.typical - self.threshold, 1e-6)

    def known(self, familiarity: float) -> float:
        """Does a photo belong to any class, 0 to 1: 0.5 at the threshold, 0.95 for a typical photo of a class (ours).

        It grows with the familiarity, by a logistic curve through these two points. It is no probability.

        >>> scale = KnownScale(threshold=0.2, typical=0.6)
        >>> [round(scale.known(value), 2) for value in (0.0, 0.2, 0.6)]
        [0.19, 0.5, 0.95]
        """
        return 0.5 * (1 + math.tanh(self.slope * (familiarity - self.threshold) / 2))


def scale_of(held: list[Tensor]) -> KnownScale | None:
    """The scale that held-out photos give; None where there were too few.

    Args:
        held: familiarities of the held-out photos of each class, ``(h,)`` each.

    >>> scale_of([torch.arange(0.0, 1.0, 0.05), torch.zeros(0)])
    KnownScale(threshold=0.0475, typical=0.475)
    >>> scale_of([torch.ones(2)]) is None
    True
    """
    if len(held) < 2:
        return None  # a single class lies at the centre of all class means: there is no direction to be near to
    pooled = torch.cat([one.cpu() for one in held])
    if len(pooled) < FEWEST_HELD_OUT:
        return None
    threshold, typical = (float(torch.quantile(pooled.double(), share)) for share in (1 - KEPT_SHARE, 0.5))
    return KnownScale(round(threshold, 6), round(typical, 6))
