r"""The weights of the score, from held-out photos of the training data, never from test photos.

The score of class c is a weighted sum of evidence, :math:`\sum_k w_k e_{kc}`, and its softmax a probability. With
:math:`w_k = w^0_k \exp(\theta + \delta_k)` the weights are the most probable ones given the held-out photos and a
normal prior,

.. math::
    \min_{\theta, \delta} \; -\sum_i \log \mathrm{softmax}_c\Big(\sum_k w_k e_{ikc}\Big)_{y_i}
           + \frac{\theta^2}{2 \sigma_\theta^2} + \sum_k \frac{\delta_k^2}{2 \sigma_\delta^2} .

The scale is free to move, which is temperature scaling (Guo et al. 2017). The mix hardly is: a task holds out a few
dozen photos, and a mix fitted to so few was worse on further photos than the defaults. The prior also keeps weights
finite where a few classes are told apart perfectly. Over tasks the weights are averaged by the number of photos that
spoke. (Ours.)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

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
    optimiser = torch.optim.LBFGS(
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
