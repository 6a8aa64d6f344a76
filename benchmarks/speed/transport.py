"""Transport for many photos and classes at once, against POT's solver for single problems in a loop."""

from __future__ import annotations

import numpy as np
import ot
import torch

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.transport import balanced_plan

PHOTOS, CLASSES = 64, 100
# How far cosines of patches and tokens spread, in units of the covariance, on real photos.
SPREAD = 0.2
TOLERANCE = 1e-3


def transport_line(device: torch.device, rounds: int, *, looped: int) -> Line:
    """Balanced plans. `looped` of the problems are solved one by one, and the rest reckoned from them."""
    config = SpaConfig()
    patches, tokens = config.patches, config.tokens
    random = torch.Generator().manual_seed(0)
    cost = 1 - SPREAD * torch.randn(PHOTOS * CLASSES, patches, tokens, generator=random)
    a, b = torch.full((patches,), 1 / patches), torch.full((tokens,), 1 / tokens)
    every = len(cost) // looped
    some = cost[::every][:looped].double().numpy()
    a64, b64 = a.double().numpy(), b.double().numpy()
    there = [part.to(device) for part in (cost, a, b)]

    def batched() -> torch.Tensor:
        return balanced_plan(*there, epsilon=config.epsilon)

    def one_by_one() -> list[np.ndarray]:
        return [ot.sinkhorn(a64, b64, one, config.epsilon, warn=False) for one in some]

    expected, found = np.stack(one_by_one()), batched().cpu()[::every][:looped].numpy()
    # A plan sums to 1: so much of its mass lies elsewhere, and so much do the costs differ.
    moved = float(np.abs(found - expected).sum(axis=(1, 2)).max())
    assert moved <= TOLERANCE, f"plans differ from those of ot.sinkhorn: {moved:.1e}"
    spent = take_turns(rounds, loop=one_by_one, batched=batched)
    share = len(cost) / looped
    return Line(
        f"transport for {PHOTOS} photos x {CLASSES} classes",
        Ratio.of(spent["loop"], spent["batched"]).scaled(share),
        f"`ot.sinkhorn` in a loop, {share * milliseconds(spent['loop']) / 1000:.1f} s, from {looped} problems",
        20,
        is_speedup=True,
        note=f"{device.type}, {milliseconds(spent['batched']):.0f} ms; at most {moved:.0e} of a plan moved",
    )
