r"""Which patches of a photo speak, and for which class.

The relevance of patch n to class c is a margin: how much more the patch says for c than for any other class,

.. math::
    r_{nc} = z_n\big(g_c(p_n) - \max_{k \ne c} g_k(p_n)\big)
           + \beta \, z_n\big(p_n^T d_c - \max_{k \ne c} p_n^T d_k\big),

with g the class Gaussians of patches, d the features of the descriptions, beta the weight of the text, and z the
standard score over the photo's patches, which makes the two terms comparable on every backbone. (Ours; SPA's abstract
says that descriptions guide the selection of discriminative patches.)
"""

from __future__ import annotations

import torch
from torch import Tensor


def margins(scores: Tensor) -> Tensor:
    """How far each class is ahead of the best other one: ``(..., C)`` to ``(..., C)``.

    With one class there is no other, and the scores stand for themselves.

    >>> margins(torch.tensor([1.0, 4.0, 2.0]))
    tensor([-3.,  2., -2.])
    """
    if scores.shape[-1] == 1:
        return scores
    best = scores.topk(2, dim=-1)
    is_first = torch.nn.functional.one_hot(best.indices[..., 0], scores.shape[-1]).bool()
    return torch.where(is_first, scores - best.values[..., 1:], scores - best.values[..., :1])


def _lead(scores: Tensor) -> Tensor:
    """How far the first class is ahead of the second, the largest of :func:`margins`: ``(..., C)`` to ``(...,)``."""
    if scores.shape[-1] == 1:
        return scores[..., 0]
    first, second = scores.topk(2, dim=-1).values.unbind(dim=-1)
    return first - second


def standard_score(values: Tensor, dim: int = -1) -> Tensor:
    """Values minus their mean, in units of their deviation, along `dim`."""
    centred = values - values.mean(dim=dim, keepdim=True)
    return centred / centred.square().mean(dim=dim, keepdim=True).sqrt().clamp_min(1e-6)


def relevance(visual: Tensor, textual: Tensor, text_weight: float) -> Tensor:
    """Relevance of each patch to each class.

    Args:
        visual: ``(..., N, C)`` scores of patches under the class Gaussians.
        textual: ``(..., N, C)`` cosines of patches and descriptions.
        text_weight: beta.

    Returns:
        ``(..., N, C)``.
    """
    by_sight = standard_score(margins(visual), dim=-2)
    return by_sight if text_weight == 0 else by_sight + text_weight * standard_score(margins(textual), dim=-2)


def relevance_to(index: int, visual: Tensor, textual: Tensor, text_weight: float) -> Tensor:
    """Relevance of each patch to one class, ``(..., N)``: a column of :func:`relevance` without the others."""
    by_sight = standard_score(_margin(visual, index))
    return by_sight if text_weight == 0 else by_sight + text_weight * standard_score(_margin(textual, index))


def _margin(scores: Tensor, index: int) -> Tensor:
    own = scores[..., index]
    if scores.shape[-1] == 1:
        return own
    others = [part.amax(dim=-1) for part in (scores[..., :index], scores[..., index + 1 :]) if part.shape[-1]]
    return own - (torch.maximum(*others) if len(others) == 2 else others[0])


def decisiveness(visual: Tensor, textual: Tensor, text_weight: float) -> Tensor:
    """Relevance of each patch to whichever class it speaks for, when the class is not known: ``(..., N)``.

    The margin of a patch's first class over its second, in sight and text, in standard scores over the photo.
    """
    by_sight = standard_score(_lead(visual))
    return by_sight if text_weight == 0 else by_sight + text_weight * standard_score(_lead(textual))


def select(relevances: Tensor, count: int) -> Tensor:
    """Indices ``(..., K)`` of the most relevant of ``(..., N)`` patches, most relevant first; K is at most N."""
    return relevances.topk(min(count, relevances.shape[-1]), dim=-1).indices


def take(patches: Tensor, index: Tensor) -> Tensor:
    """The selected patches: ``(..., N, D)`` and ``(..., K)`` to ``(..., K, D)``."""
    return torch.gather(patches, -2, index.unsqueeze(-1).expand(*index.shape, patches.shape[-1]))
