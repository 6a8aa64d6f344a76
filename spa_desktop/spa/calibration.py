r"""The weights of the score, from held-out photos of the training data, never from test photos.

The score of class c is a weighted sum of evidence, :math:`\sum_k w_k e_{kc}`, and its softmax a probability. The
weights are the most probable ones given the held-out photos and a log-normal prior around fixed defaults,

.. math::
    \min_w \; -\sum_i \log \mathrm{softmax}_c\Big(\sum_k w_k e_{ikc}\Big)_{y_i}
           + \sum_k \frac{(\log w_k - \log w^0_k)^2}{2 \sigma^2} .

The prior keeps weights finite where a few classes are told apart perfectly. Over tasks the weights are averaged by
the number of photos that spoke. (Ours.)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_SIGMA = 1.0


def fit_weights(evidence: Tensor, labels: Tensor, prior: Tensor) -> Tensor:
    """Weights ``(E,)``, all above 0.

    Args:
        evidence: ``(n, C, E)`` of held-out photos for every class.
        labels: ``(n,)``.
        prior: ``(E,)`` default weights, above 0.
    """
    if len(labels) == 0 or evidence.shape[1] < 2:
        return prior.clone()
    # In double precision: the line search stops early on rounding otherwise.
    evidence, start = evidence.double(), prior.double().log()
    log_weights = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([log_weights], max_iter=100, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        optimiser.zero_grad()
        with torch.enable_grad():
            loss = cross_entropy(evidence @ log_weights.exp(), labels, reduction="sum")
            loss = loss + ((log_weights - start) ** 2).sum() / (2 * _SIGMA**2)
            loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(objective)  # type: ignore[no-untyped-call]
    fitted = log_weights.detach()
    return fitted.exp().to(prior) if bool(torch.isfinite(fitted).all()) else prior.clone()
