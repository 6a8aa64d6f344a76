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

import torch
from torch import Tensor

from spa_desktop.spa.config import FEWEST_HELD_OUT, KEPT_SHARE

# How much of what the expected cosine changes by a familiarity follows. On further training photos of three data sets,
# ten and twenty a class, the mean share of known photos kept was 93.8 % with 0, 94.7 with 0.5 and 95.9 with 1.
_FOLLOWED = 0.5


def expected(lengths: Tensor, noise: float) -> Tensor:
    """What a familiarity is measured in, ``(C,)``, of squared lengths ``(C,)`` of whitened class means."""
    return (lengths / (lengths + noise).clamp_min(1e-12)).clamp_min(1e-4).pow(_FOLLOWED / 2)


def threshold_of(held: list[Tensor]) -> float | None:
    """The familiarity below which a photo belongs to none of the classes; None where too few photos were held out.

    Args:
        held: familiarities of the held-out photos of each class, ``(h,)`` each.

    >>> threshold_of([torch.arange(0.0, 1.0, 0.05), torch.zeros(0)])
    0.0475
    >>> threshold_of([torch.ones(2)]) is None
    True
    """
    if len(held) < 2:
        return None  # a single class lies at the centre of all class means: there is no direction to be near to
    pooled = torch.cat(held)
    if len(pooled) < FEWEST_HELD_OUT:
        return None
    return round(float(torch.quantile(pooled.double(), 1 - KEPT_SHARE)), 6)
