"""Several seeds put together: mean and spread of each method, and paired differences with a confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

FIGURES = ("average", "last", "forgetting")
REFERENCE = "spa"


def paired_difference(ours: Sequence[float], theirs: Sequence[float], confidence: float = 0.95) -> dict[str, float]:
    """Mean of the differences run by run, with Student's interval of that mean.

    Args:
        ours: at least two values.
        theirs: as many, of the same runs in the same order.
        confidence: of the interval.

    Returns:
        `{"mean", "low", "high"}`.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    n = len(differences)
    half = student.ppf((1 + confidence) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    mean = float(differences.mean())
    return {"mean": round(mean, 4), "low": round(mean - float(half), 4), "high": round(mean + float(half), 4)}


def summarize(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put the runs of several seeds together.

    Returns:
        What the runs share (`"dataset"`, `"backbone"`, `"increment"`, ...), and `"seeds"`, `"runs"`,
        `"summary": {METHOD: {FIGURE: {"mean", "spread"}}}` with the sample standard deviation over seeds as spread, and
        `"paired": {METHOD: {FIGURE: {"mean", "low", "high"}}}`: `spa` minus each other method, seed by seed, with a
        95 % interval; empty if `spa` was not run.
    """
    values = {
        name: {figure: [run["methods"][name][figure] for run in runs] for figure in FIGURES}
        for name in runs[0]["methods"]
    }
    shared = {k: v for k, v in runs[0].items() if k not in ("seed", "class_order", "methods")}
    return {
        **shared,
        "seeds": [run["seed"] for run in runs],
        "runs": list(runs),
        "summary": {
            name: {
                figure: {"mean": round(float(np.mean(v)), 4), "spread": round(float(np.std(v, ddof=1)), 4)}
                for figure, v in figures.items()
            }
            for name, figures in values.items()
        },
        "paired": {
            name: {figure: paired_difference(values[REFERENCE][figure], v) for figure, v in figures.items()}
            for name, figures in values.items()
            if REFERENCE in values and name != REFERENCE
        },
    }
