"""Transport for many photos and classes at once, against POT's solvers in a loop."""

from __future__ import annotations

import math

import numpy as np
import ot
import torch
from torch import Tensor

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.transport import transport_plan

PHOTOS, CLASSES = 64, 100
# How far cosines of patches and tokens spread, in units of the covariance, on real photos.
SPREAD = 0.2
TOLERANCE = 1e-3


def transport_lines(device: torch.device, rounds: int, *, looped: int) -> list[Line]:
    """Balanced and unbalanced. `looped` of the problems are solved one by one, and the rest reckoned from them."""
    config = SpaConfig()
    patches, tokens = config.patches, config.tokens
    random = torch.Generator().manual_seed(0)
    cost = 1 - SPREAD * torch.randn(PHOTOS, CLASSES, patches, tokens, generator=random)
    a, b = torch.full((patches,), 1 / patches), torch.full((tokens,), 1 / tokens)
    every = PHOTOS * CLASSES // looped
    some = cost.reshape(-1, patches, tokens)[::every][:looped].double().numpy()
    a64, b64 = np.full(patches, 1 / patches), np.full(tokens, 1 / tokens)
    there = [part.to(device) for part in (cost, a, b)]

    def ours(tau: float) -> Tensor:
        return transport_plan(*there, epsilon=config.epsilon, tau=tau)

    def balanced() -> list[np.ndarray]:
        return [ot.sinkhorn(a64, b64, one, config.epsilon, warn=False) for one in some]

    def unbalanced() -> list[np.ndarray]:
        marginals = (math.inf, config.tau)
        return [ot.unbalanced.sinkhorn_unbalanced(a64, b64, one, config.epsilon, marginals) for one in some]

    lines = []
    for name, tau, one_by_one in (
        ("ot.sinkhorn", math.inf, balanced),
        ("ot.unbalanced.sinkhorn_unbalanced", config.tau, unbalanced),
    ):
        expected = np.stack(one_by_one())
        found = ours(tau).cpu().reshape(-1, patches, tokens)[::every][:looped].numpy()
        # A plan sums to 1: so much of its mass lies elsewhere, and so much do the costs differ.
        moved = float(np.abs(found - expected).sum(axis=(1, 2)).max())
        assert moved <= TOLERANCE, f"plans differ from those of {name}: {moved:.1e}"
        spent = take_turns(rounds, loop=one_by_one, ours=lambda tau=tau: ours(tau))
        share = len(cost.reshape(-1, patches, tokens)) / looped
        lines.append(
            Line(
                f"transport for {PHOTOS} photos x {CLASSES} classes, {'balanced' if math.isinf(tau) else 'unbalanced'}",
                Ratio.of(spent["loop"], spent["ours"]).scaled(share),
                f"`{name}` in a loop, {share * milliseconds(spent['loop']) / 1000:.1f} s, from {looped} problems",
                50,
                is_speedup=True,
                note=f"{device.type}, {milliseconds(spent['ours']):.0f} ms; at most {moved:.0e} of a plan moved",
            )
        )
    return lines
