"""Patch selection: which patches tell a class from the others, and where its phrases lie among the patches.

The formulas: docs/method.md, 3 and 4. The relevance of a patch is a margin: how much more it says for a class than for
any other, in sight and in text, as standard scores over the photo's patches, which makes the two comparable on every
backbone. A phrase lives where the text encoder puts it, which on a weak backbone is far from the patches that show it:
it is moved to the barycentre of those that a transport plan gives it. (Ours; SPA's abstract says that descriptions
guide the selection of discriminative patches.)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.gaussians import SharedGaussian
from spa_desktop.spa.transport import balanced_plan

_GROUNDING_ROUNDS = 4
_TEXT_SHARE, _MEAN_SHARE = 0.3, 0.5
_GROUNDING_EPSILON = 0.1
_MOST_PATCHES = 1024


def relevance(visual: Tensor, textual: Tensor, text_weight: float, index: int | None = None) -> Tensor:
    """The evidence of each patch of a photo for a class, or, without an index, for its own best class: ``(..., N)``.

    Of its log-densities under the class Gaussians ``(..., N, C)``, up to a term of each patch, and, weighed by beta,
    its cosines with descriptions ``(..., N, C)``.
    """
    by_sight = standard_score(margin(visual, index))
    return by_sight if text_weight == 0 else by_sight + text_weight * standard_score(margin(textual, index))


def margin(scores: Tensor, index: int | None = None) -> Tensor:
    """How far a class is ahead of the best other one, ``(..., C)`` to ``(...,)``; None: the first ahead of the second.

    With one class there is no other, and its score stands for itself.

    >>> scores = torch.tensor([1.0, 4.0, 2.0])
    >>> margin(scores, 2).item(), margin(scores).item()
    (-2.0, 2.0)
    """
    if scores.shape[-1] == 1:
        return scores[..., 0]
    if index is None:
        first, place = scores.max(dim=-1, keepdim=True)
        return first[..., 0] - scores.scatter(-1, place, -torch.inf).amax(dim=-1)
    others = [part.amax(dim=-1) for part in (scores[..., :index], scores[..., index + 1 :]) if part.shape[-1]]
    return scores[..., index] - (torch.maximum(*others) if len(others) == 2 else others[0])


def standard_score(values: Tensor) -> Tensor:
    """Values minus their mean, in units of their deviation, along the last dimension."""
    centred = values - values.mean(dim=-1, keepdim=True)
    return centred / centred.square().mean(dim=-1, keepdim=True).sqrt().clamp_min(1e-6)


def select(relevances: Tensor, count: int) -> Tensor:
    """Places ``(..., K)`` of the most relevant of ``(..., N)`` patches, most relevant first; K is at most N."""
    return relevances.topk(min(count, relevances.shape[-1]), dim=-1).indices


def take(patches: Tensor, places: Tensor) -> Tensor:
    """The selected patches: ``(..., N, D)`` and ``(..., K)`` to ``(..., K, D)``."""
    return torch.gather(patches, -2, places.unsqueeze(-1).expand(*places.shape, patches.shape[-1]))


def ground_tokens(patches: Tensor, phrases: Tensor, gaussian: SharedGaussian) -> Tensor:
    """Move the phrases ``(J, D)`` of a class into its selected patches ``(M, D)``, as tokens in the joint space.

    The Gaussian is of selected patches; patches are compared in units of its covariance.
    """
    if len(patches) > _MOST_PATCHES:
        patches = patches[torch.linspace(0, len(patches) - 1, _MOST_PATCHES, device=patches.device).long()]
    mean = patches.mean(dim=0)
    if len(phrases) == 1:
        return mean[None]
    # What all phrases, or all patches, of the class share tells none of them apart.
    by_text = 1 - normalize(patches - mean, dim=-1) @ normalize(phrases - phrases.mean(dim=0), dim=-1).T
    patch_mass, token_mass = (patches.new_full((count,), 1 / count) for count in by_text.shape)
    white = normalize(gaussian.whiten(patches), dim=-1)
    cost = by_text
    for _ in range(_GROUNDING_ROUNDS):
        # No dustbin: a token that took no patch would have no place.
        plan = balanced_plan(cost, patch_mass, token_mass, epsilon=_GROUNDING_EPSILON)
        centres = plan.T @ patches / plan.sum(dim=0)[:, None]
        by_sight = 1 - white @ normalize(gaussian.whiten(centres), dim=-1).T
        cost = (1 - _TEXT_SHARE) * by_sight + _TEXT_SHARE * by_text
    return (1 - _MEAN_SHARE) * centres + _MEAN_SHARE * mean


def padded(rows: list[Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Tokens ``(J_c, D)`` of C classes as one tensor ``(C, J, D)``, and their masses ``(C, J)``, 0 on padding."""
    tokens = rows[0].new_zeros(len(rows), count, rows[0].shape[1])
    mass = rows[0].new_zeros(len(rows), count)
    for index, row in enumerate(rows):
        used = min(count, len(row))
        tokens[index, :used], mass[index, :used] = row[:used], 1 / used
    return tokens, mass


def shortlist(evidence: Tensor, most: int) -> Tensor:
    """The M classes that weighed evidence ``(..., C)`` likes best: worth asking a photo's patches about.

    Places ``(..., M)``, smallest first; M is cut to C.

    >>> shortlist(torch.tensor([0.1, 0.9, 0.5, 0.7]), most=2)
    tensor([1, 3])
    """
    return evidence.topk(min(most, evidence.shape[-1]), dim=-1).indices.sort(dim=-1).values


def with_least(values: Tensor, places: Tensor, classes: int) -> Tensor:
    """Values ``(..., M)`` of shortlisted classes as values ``(..., C)`` of all, the others with the least of them.

    A class that is not on the shortlist is behind those that are by all other evidence, so it stays behind them.

    >>> with_least(torch.tensor([0.4, 0.2]), torch.tensor([1, 3]), classes=4)
    tensor([0.2000, 0.4000, 0.2000, 0.2000])
    """
    least = values.amin(dim=-1, keepdim=True)
    return least.expand(*values.shape[:-1], classes).scatter(-1, places, values)
