r"""Photos of one folder that are answered together: a folder without names says how its classes vary (ours).

The mean of a class that was learned from a few photos is off by what those have by chance. The photos of a folder that
belong to it move it, as in expectation maximisation for a mixture of which some members are known. With :math:`u_i` a
photo as a whole in units of the covariance and :math:`b_c` the mean of the :math:`n_c` features that were learned of a
class, all of unit length, :math:`s_{ic}` the score of the photo alone, and N the photos of the folder that look most
like a photo, each round computes

.. math::
    p_{ic} = \mathrm{softmax}_c\Big(\tau \, u_i^T m_c + \lambda s_{ic} + \rho \log \pi_c
        + \frac{\gamma}{|N_i|} \sum_{j \in N_i} p_{jc}\Big)

    m_c = \mathrm{unit}\Big(\kappa n_c b_c + \sum_i q_i p_{ic} u_i\Big), \qquad
    \pi_c \propto 1 + \sum_i p_{ic} .

Classes need not be of equal size. Photos of kinds that were never learned must pull nothing: their weight q is a
logistic function of the familiarity, which a photo shares with those that look most like it. A thing that is in the
folder ten times is found unknown ten times. Photos are seen in the directions in which the folder varies most.

Where the class means lead astray, as where photos are hard and names say more, the answers that change are those that
photos alone were sure of. Where photos alone are of two minds about a folder, those that come to share an answer do
not, taken together, look much more like that class than like any other. Then each photo keeps the answer that it has
alone. Of few photos less is believed.

The model is not changed, and one photo has the answer that it has alone. Related are LaplacianShot (Ziko et al.
2020), whose sum over neighbours this is, and TIM (Boudiaf et al. 2020), which takes all classes to be of equal size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.scorer import Scored


@dataclass(frozen=True)
class Settings:
    """What the formulas above leave open.

    Chosen on training photos that were not learned, of five data sets with one, two and five photos a class, some of
    them anew on eight, each judged with what the others chose: ADR 35.
    """

    tau: float = 25.0
    alone: float = 1.0  #: lambda
    prior: float = 0.5  #: rho
    smoothing: float = 1.0  #: gamma
    joined: int = 3  #: photos that a photo is joined with
    neighbours: int = 5  #: photos that familiarity is shared with
    anchor: float = 0.34  #: kappa: a photo is three features
    middle: float = -0.4  #: the familiarity at which q is a half
    slope: float = 5.0  #: of q
    rounds: int = 9
    directions: int = 120  #: at most; two fifths of the photos, at least twenty
    stricter: float = 0.24  #: what familiarity loses that is all shared: it errs less, so fewer known photos are lost
    sureness: float = 0.35  #: what the logits of the last round are multiplied with, so that probabilities hold
    most_lost: float = 0.25  #: probability, of photos alone, that changed answers may lose in the mean
    least_lead: float = 1.25  #: see :func:`lead`, in the mean of changed answers
    few: float = 20.0  #: so many photos halve `most_lost`


CHOSEN = Settings()
_COMPARED = 5000  # photos of a larger folder that neighbours are looked for among
_BLOCK = 1024


@dataclass(frozen=True)
class Looks:
    """What a folder needs to know of its n photos."""

    scores: Tensor  #: ``(n, C)``, of each photo alone
    familiarity: Tensor  #: ``(n,)``
    whole: Tensor  #: ``(n, W + T)``, see :attr:`~spa_desktop.spa.scorer.Scored.seen`

    @classmethod
    def of(cls, scored: Scored) -> Looks:
        """Of photos that were scored."""
        return cls(scored.scores.cpu(), scored.familiarity.cpu(), scored.seen.cpu())

    @classmethod
    def joined(cls, parts: Sequence[Looks]) -> Looks:
        """Of photos that were scored in parts."""
        import torch

        return cls(*(torch.cat(rows) for rows in zip(*(vars(part).values() for part in parts), strict=True)))

    @classmethod
    def unpacked(cls, rows: Sequence[bytes], classes: int, width: int) -> list[Looks | None]:
        """Looks of C classes and W + T numbers, as :attr:`~spa_desktop.recognizer.Recognition.look` is; else None.

        They come from a disk that can give anything back.
        """
        import numpy as np
        import torch

        looks: list[Looks | None] = []
        for row in rows:
            is_look = len(row) == 2 * (classes + 1 + width)
            numbers = np.frombuffer(row if is_look else b"", np.float16).astype(np.float32)
            if not is_look or not np.isfinite(numbers).all():
                looks.append(None)
                continue
            look = torch.from_numpy(numbers)[None]
            looks.append(cls(look[:, :classes], look[:, classes], look[:, classes + 1 :]))
        return looks


@dataclass(frozen=True)
class Together:
    """What photos are answered together."""

    probabilities: Tensor  #: ``(n, C)``
    familiarity: Tensor  #: ``(n,)``; below the learner's threshold a photo belongs to none of the classes


def answer_together(learner: SpaLearner, looks: Looks, *, settings: Settings = CHOSEN) -> Together:
    """Answer the photos of one folder together, by their looks, which this learner scored."""
    import torch
    from torch.nn.functional import normalize

    if len(looks.scores) < 2 or learner.memory is None:
        return Together(looks.scores.softmax(dim=-1), looks.familiarity)
    with torch.inference_mode():
        scores = looks.scores.to(learner.device).log_softmax(dim=-1)
        photos, means = seen_from_the_folder(looks.whole.to(scores), learner.scorer.whole_means, settings)
        places, cosines = nearest(photos, settings.neighbours)
        familiarity, share = shared(looks.familiarity.to(scores), places, cosines)
        # Of a learner of earlier versions familiarities are without the cosine, which lifts them by about one.
        middle = settings.middle - (learner.memory.cosine_weight == 0)
        weight = (settings.slope * (familiarity - middle)).sigmoid()[:, None]
        anchors = settings.anchor * learner.memory.globals.counts[:, None] * means
        prior = scores.new_zeros(len(means))
        shares = (settings.tau * photos @ means.T + settings.alone * scores).softmax(dim=-1)
        for step in range(settings.rounds + 1):
            logits = settings.tau * photos @ means.T + settings.alone * scores + settings.prior * prior
            joined = places[:, : settings.joined]
            pull = settings.smoothing / joined.shape[1] * shares
            for column in joined.T:  # one after the other, as all at once are n k C numbers
                logits += pull[column]
            if step == settings.rounds:
                break
            shares = logits.softmax(dim=-1)
            means = normalize(anchors + (weight * shares).T @ photos, dim=-1)
            prior = ((1 + shares.sum(dim=0)) / (len(means) + len(photos))).log()
        alone, answers = scores.exp(), logits.argmax(dim=-1)
        lost = alone.amax(dim=-1) - alone.gather(1, answers[:, None])[:, 0]
        changed = lost > 0
        most_lost = settings.most_lost * len(lost) / (len(lost) + settings.few)
        is_led_astray = bool(  # a mean of nothing is not
            (lost[changed].mean() > most_lost) | (lead(scores, answers)[changed].mean() < settings.least_lead)
        )
        probabilities = alone if is_led_astray else (settings.sureness * logits).softmax(dim=-1)
        familiarity = familiarity - settings.stricter * share
        return Together(probabilities.cpu(), familiarity.cpu())


def lead(scores: Tensor, answers: Tensor) -> Tensor:
    """How far the class of an answer is ahead of the next ``(n,)``, in the mean log-probability of those that have it.

    Of scores ``(n, C)`` and answers ``(n,)``.
    """
    classes, group = answers.unique(return_inverse=True)  # type: ignore[no-untyped-call]
    means = scores.new_zeros(len(classes), scores.shape[1]).index_add_(0, group, scores)
    means /= group.bincount()[:, None]
    own = means.gather(1, classes[:, None])
    others = means.scatter(1, classes[:, None], -math.inf)
    return (own - others.amax(dim=1, keepdim=True))[group, 0]


def seen_from_the_folder(photos: Tensor, means: Tensor, settings: Settings) -> tuple[Tensor, Tensor]:
    """Unit photos ``(n, d)`` in the directions in which the folder varies most, and unit class means ``(C, d)``.

    What a class mean is beyond these directions is kept as one more number, in which photos are 0.
    """
    import torch
    from sklearn.utils.extmath import randomized_svd
    from torch.nn.functional import normalize, pad

    photos, means = normalize(photos, dim=-1), normalize(means, dim=-1)
    count = min(settings.directions, max(20, 2 * len(photos) // 5))
    if count >= min(photos.shape) - 1:
        return photos, means
    _, _, axes = randomized_svd(photos.cpu().numpy(), count, random_state=0)
    along = torch.from_numpy(axes).to(photos).T
    seen = means @ along
    beyond = (1 - seen.square().sum(dim=-1, keepdim=True)).clamp_min(0).sqrt()
    return pad(normalize(photos @ along, dim=-1), (0, 1)), torch.cat([seen, beyond], dim=-1)


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
    return among[torch.cat([best.indices for best in found])], torch.cat([best.values for best in found])


def shared(familiarity: Tensor, places: Tensor, cosines: Tensor) -> tuple[Tensor, Tensor]:
    """Familiarities ``(n,)`` that photos share with their neighbours and theirs, and how much of each is shared.

    The photo itself counts 1, a neighbour as much as twice its squared cosine.
    """
    weights = 2 * cosines.clamp_min(0).square()
    whole, familiarities = 1 + weights.sum(dim=-1), familiarity
    for _ in range(2):
        familiarities = (familiarity + (weights * familiarities[places]).sum(dim=-1)) / whole
    return familiarities, 1 - 1 / whole
