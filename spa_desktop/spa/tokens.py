r"""Semantic tokens: the phrases of a description, grounded in the photos of the class by the transport plan.

A phrase lives where the text encoder puts it, which on a weak backbone is far from the patches that show it. So each
token is moved to the barycentre of the patches that the plan gives it,

.. math::
    \hat s_j = \sum_n T_{nj} p_n \Big/ \sum_n T_{nj},

first under the cost between patches and phrases, then, a few times, under the cost to the barycentres themselves with
a share of the text left in. Half of the class mean is mixed in, since few photos ground a token loosely. (Ours.)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.transport import transport_plan

_ROUNDS = 4
_TEXT_SHARE = 0.3
_MEAN_SHARE = 0.5
_EPSILON = 0.1
_MOST_PATCHES = 1024


def ground_tokens(patches: Tensor, tokens: Tensor, patch_gaussian: LinearDiscriminant) -> Tensor:
    """Move the tokens of a class into its patches.

    Args:
        patches: ``(M, D)`` selected patches of the class's photos.
        tokens: ``(J, D)`` features of its phrases.
        patch_gaussian: of selected patches; patches are compared in units of its covariance.

    Returns:
        ``(J, D)`` grounded tokens among the patches, in the frozen joint space.
    """
    if len(patches) > _MOST_PATCHES:
        patches = patches[torch.linspace(0, len(patches) - 1, _MOST_PATCHES).long()]
    mean = patches.mean(dim=0)
    if len(tokens) == 1:
        return mean[None]
    # What all phrases, or all patches, of the class share tells none of them apart.
    by_text = 1 - normalize(patches - mean, dim=-1) @ normalize(tokens - tokens.mean(dim=0), dim=-1).T
    patch_mass = patches.new_full((len(patches),), 1 / len(patches))
    token_mass = patches.new_full((len(tokens),), 1 / len(tokens))
    white = patch_gaussian.whiten(patches)
    cost = by_text
    for _ in range(_ROUNDS):
        # Tau far above epsilon: no token may go without patches, or it would never find any.
        plan = transport_plan(cost, patch_mass, token_mass, epsilon=_EPSILON, tau=1.0)
        centres = plan.T @ patches / plan.sum(dim=0)[:, None]
        by_sight = 1 - white @ patch_gaussian.whiten(centres).T
        cost = (1 - _TEXT_SHARE) * by_sight + _TEXT_SHARE * by_text
    return (1 - _MEAN_SHARE) * centres + _MEAN_SHARE * mean


def padded(rows: list[Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Tokens of C classes as one tensor: ``(C, J, D)`` and their masses ``(C, J)``, which are 0 on padding.

    Args:
        rows: for each class ``(J_c, D)`` tokens, J_c at least 1.
        count: J.
    """
    width = rows[0].shape[1]
    tokens, mass = torch.zeros(len(rows), count, width), torch.zeros(len(rows), count)
    for index, row in enumerate(rows):
        used = min(count, len(row))
        tokens[index, :used], mass[index, :used] = row[:used], 1 / used
    return tokens, mass
