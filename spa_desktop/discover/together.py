r"""Photos of one folder that are answered together: a folder without names says how its classes vary (ours).

The mean of a class that was learned from a few photos is off by what those have by chance. The photos of a folder that
belong to it move it, as in expectation maximisation for a mixture of which some members are known. With :math:`u_i` a
photo as a whole in units of the covariance and :math:`b_c` the mean of the :math:`n_c` features that were learned of a
class, all of unit length, :math:`s_{ic}` the score of the photo alone, and N the photos of the folder that look most
like a photo, each round computes

.. math::
    p_{ic} = \mathrm{softmax}_c\Big(\tau \, u_i^T m_c + \lambda s_{ic} + \rho \log \pi_c
        + \frac{\gamma}{|N_i|} \sum_{j \in N_i} q_j p_{jc}\Big)

    m_c = \mathrm{unit}\Big(\kappa n_c b_c + \sum_i q_i p_{ic} u_i\Big), \qquad
    \pi_c \propto 1 + \sum_i p_{ic} .

Classes need not be of equal size. Photos of kinds that were never learned must pull nothing: their weight q is a
logistic function of the familiarity above the threshold of "none of these", where a photo shares its familiarity with
those that look most like it. A thing that is in the folder ten times is found unknown ten times.

What was learned is not changed, and one photo has the answer that it has alone. Related are LaplacianShot (Ziko et al.
2020), whose sum over neighbours this is, and TIM (Boudiaf et al. 2020), which takes all classes to be of equal size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spa_desktop.spa.config import KEPT_SHARE, USUAL_FAMILIARITY

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.scorer import Scored


@dataclass(frozen=True)
class Settings:
    """What the formulas above leave open.

    Chosen on training photos that were not learned, of five data sets with one, two and five photos a class, each
    judged with what the others chose: ADR 35.
    """

    tau: float = 40.0
    smoothing: float = 4.0  # gamma
    neighbours: int = 5
    anchor: float = 1 / 3  # kappa; a photo is three features
    alone: float = 0.3  # lambda
    prior: float = 0.5  # rho
    slope: float = 4.0  # of q
    rounds: int = 8
    sureness: float = 0.28  # what the last round's logits are multiplied with, so that probabilities hold


CHOSEN = Settings()
_COMPARED = 5000  # photos of a larger folder that neighbours are looked for among
_BLOCK = 1024


@dataclass(frozen=True)
class Looks:
    """What a folder needs to know of its n photos.

    Attributes:
        scores: ``(n, C)``, of each photo alone.
        whole: ``(n, W + T)``, see :attr:`~spa_desktop.spa.scorer.Scored.whole`.
        familiarity: ``(n,)``.
    """

    scores: Tensor
    whole: Tensor
    familiarity: Tensor

    @classmethod
    def of(cls, parts: Sequence[Scored]) -> Looks:
        """Of photos that were scored, part by part."""
        import torch

        return cls(*(torch.cat([getattr(one, name) for one in parts]) for name in ("scores", "whole", "familiarity")))


@dataclass(frozen=True)
class Together:
    """What photos are answered together.

    Attributes:
        probabilities: ``(n, C)``.
        familiarity: ``(n,)``; below the learner's threshold a photo belongs to none of the classes.
    """

    probabilities: Tensor
    familiarity: Tensor


def answer_together(
    learner: SpaLearner, looks: Looks, *, kept: float = KEPT_SHARE, settings: Settings = CHOSEN
) -> Together:
    """Answer the photos of one folder together.

    Args:
        learner: that scored them.
        looks: of all of them.
        kept: the share of known photos that is not to be answered "none of these".
        settings: of the method.
    """
    import torch
    from torch.nn.functional import normalize

    if len(looks.scores) < 2 or learner.memory is None:
        return Together(looks.scores.softmax(dim=-1), looks.familiarity)
    with torch.inference_mode():
        scores = looks.scores.log_softmax(dim=-1)
        photos, means = (normalize(rows.to(scores), dim=-1) for rows in (looks.whole, learner.scorer.whole_means))
        places, cosines = nearest(photos, settings.neighbours)
        familiarity = shared(looks.familiarity.to(scores), places, cosines)
        scale = learner.known_scale(kept)
        threshold = USUAL_FAMILIARITY if scale is None else scale.threshold
        weight = (settings.slope * (familiarity - threshold)).sigmoid()[:, None]
        anchors = settings.anchor * learner.memory.globals.counts.to(scores)[:, None] * means
        prior = scores.new_zeros(len(means))
        shares = (settings.tau * photos @ means.T + settings.alone * scores).softmax(dim=-1)
        for step in range(settings.rounds + 1):
            logits = settings.tau * photos @ means.T + settings.alone * scores + settings.prior * prior
            pull = settings.smoothing / places.shape[1] * weight * shares
            for column in places.T:  # one after the other, as all at once are n k C numbers
                logits += pull[column]
            if step == settings.rounds:
                break
            shares = logits.softmax(dim=-1)
            means = normalize(anchors + (weight * shares).T @ photos, dim=-1)
            prior = ((1 + shares.sum(dim=0)) / (len(means) + len(photos))).log()
        return Together((settings.sureness * logits).softmax(dim=-1), familiarity)


def nearest(photos: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Places ``(n, k)`` of the photos that look most like each of n, and cosines, of unit features ``(n, D)``."""
    import torch

    among = torch.arange(0, len(photos), -(-len(photos) // _COMPARED), device=photos.device)
    found = []
    for start in range(0, len(photos), _BLOCK):
        some = torch.arange(start, min(start + _BLOCK, len(photos)), device=photos.device)
        cosine = photos[some] @ photos[among].T
        cosine[some[:, None] == among] = -1  # itself
        found.append(cosine.topk(min(count, len(among) - 1), dim=-1))
    return among[torch.cat([one.indices for one in found])], torch.cat([one.values for one in found])


def shared(familiarity: Tensor, places: Tensor, cosines: Tensor) -> Tensor:
    """Familiarities ``(n,)``, half of each by its neighbours and theirs, as much as they look like it."""
    weights = cosines.clamp_min(0)
    weights = weights / weights.sum(dim=-1, keepdim=True).clamp_min(1e-6)
    found = familiarity
    for _ in range(2):
        found = (familiarity + (weights * found[places]).sum(dim=-1)) / 2
    return found
