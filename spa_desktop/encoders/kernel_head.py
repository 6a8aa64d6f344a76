"""spa-lite's map from MiniLM's states into the joint space: a linear part and random Fourier features (ours).

A linear map alone cannot bend: names and captions of one meaning lie along different directions of the states. Cosines
of fixed random directions (Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", 2007) let ridge
regression fit a smooth map that bends, still in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

NAMES = ("text_mean", "text_scale", "text_frequencies", "text_phases", "text_projection", "text_bias")


def fourier_features(states: Tensor, mean: Tensor, scale: Tensor, frequencies: Tensor, phases: Tensor) -> Tensor:
    """States ``(..., H)``, standardised, and R cosines of them: ``(..., H + R)``.

    Args:
        states: of tokens, or their mean.
        mean: ``(H,)``.
        scale: ``(1,)``.
        frequencies: ``(H, R)``.
        phases: ``(R,)``.
    """
    standard = (states - mean) / scale
    waves = math.sqrt(2 / len(phases)) * torch.cos(standard @ frequencies + phases)
    return torch.cat([standard, waves], dim=-1)


class FourierHead(nn.Module):
    """States ``(..., H)`` to the joint space ``(..., D)``."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Take the tensors of :data:`NAMES`, in float32."""
        super().__init__()
        for name in NAMES:
            self.register_buffer(name, weights[name].detach().clone().float())

    def forward(self, states: Tensor) -> Tensor:
        features = fourier_features(
            states,
            self.get_buffer("text_mean"),
            self.get_buffer("text_scale"),
            self.get_buffer("text_frequencies"),
            self.get_buffer("text_phases"),
        )
        place: Tensor = features @ self.get_buffer("text_projection") + self.get_buffer("text_bias")
        return place
