"""spa-lite's map from MiniLM's states into the joint space: a linear part and a Gaussian kernel (ours).

    f(x) = s W + k(s, Z) V + b,    s = (x - mean) / scale,    k(s, z) = exp(-(frequency |s - z|)^2 / 2)

A linear map alone cannot bend: names and captions of one meaning lie along different directions of the states. Kernel
ridge regression bends, in closed form. Its functions are spanned by the kernels of some texts, the landmarks Z, instead
of all that were learned from (Williams and Seeger, "Using the Nyström Method to Speed Up Kernel Machines", 2001).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

NAMES = ("text_mean", "text_scale", "text_landmarks", "text_frequency", "text_projection", "text_bias")


def gaussian_kernel(points: Tensor, landmarks: Tensor, frequency: Tensor | float) -> Tensor:
    """``(..., M)``: 1 where a point ``(..., H)`` is a landmark of ``(M, H)``, near 0 far away.

    >>> gaussian_kernel(torch.tensor([[0.0, 0.0], [0.0, 9.0]]), torch.zeros(1, 2), 1.0).round().tolist()
    [[1.0], [0.0]]
    """
    squares = points.square().sum(dim=-1, keepdim=True) + landmarks.square().sum(dim=-1)
    distances = (squares - 2 * points @ landmarks.T).clamp_min(0)
    return torch.exp(-0.5 * frequency**2 * distances)


class KernelHead(nn.Module):
    """States ``(..., H)`` to the joint space ``(..., D)``."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Take the tensors of :data:`NAMES`, in float32.

        Args:
            weights: ``text_mean`` (H,), ``text_scale`` (1,), ``text_landmarks`` (M, H), ``text_frequency`` (1,),
                ``text_projection`` (H + M, D), ``text_bias`` (D,).
        """
        super().__init__()
        for name in NAMES:
            self.register_buffer(name, weights[name].detach().clone().float())

    def forward(self, states: Tensor) -> Tensor:
        standard = (states - self.get_buffer("text_mean")) / self.get_buffer("text_scale")
        near = gaussian_kernel(standard, self.get_buffer("text_landmarks"), self.get_buffer("text_frequency"))
        features = torch.cat([standard, near], dim=-1)
        place: Tensor = features @ self.get_buffer("text_projection") + self.get_buffer("text_bias")
        return place
