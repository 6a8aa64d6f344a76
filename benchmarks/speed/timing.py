"""Ratios measured within one run: candidates take turns, so that a busy machine slows all alike.

Processor time, of all threads of this process, stands beside the time on the wall: other programs hardly change it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

Timed = Callable[[], object]


class Times(list[float]):
    """Seconds of each turn on the wall, and, as `processor`, those that the threads of this process computed."""

    def __init__(self, wall: Iterable[float] = (), processor: Iterable[float] = ()) -> None:
        super().__init__(wall)
        self.processor = list(processor)


@dataclass(frozen=True)
class Ratio:
    """A ratio of seconds over the turns of a run.

    Attributes:
        median: of the turns' ratios.
        low: their first quartile.
        high: their third quartile.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Sequence[float], below: Sequence[float]) -> Ratio:
        """Turn by turn."""
        ratios = [a / b for a, b in zip(above, below, strict=True)]
        if len(ratios) == 1:
            return cls(ratios[0], ratios[0], ratios[0])
        low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return cls(median, low, high)

    def __str__(self) -> str:
        digits = 0 if self.median >= 20 else 2
        low, median, high = (f"{value:.{digits}f}" for value in (self.low, self.median, self.high))
        return f"{median} ({low} to {high})"

    def scaled(self, factor: float) -> Ratio:
        """The ratio where `above` stands for `factor` times what was timed."""
        return Ratio(factor * self.median, factor * self.low, factor * self.high)


def take_turns(rounds: int, *, warm_up: int = 1, **candidates: Timed) -> dict[str, Times]:
    """Seconds of each candidate in each of `rounds` turns, after some that do not count."""
    spent = {name: Times() for name in candidates}
    for turn in range(warm_up + rounds):
        for name, function in candidates.items():
            _finish()
            started, computed = time.perf_counter(), time.process_time()
            function()
            _finish()
            if turn >= warm_up:
                spent[name].append(time.perf_counter() - started)
                spent[name].processor.append(time.process_time() - computed)
    return spent


def milliseconds(seconds: Sequence[float], each: int = 1) -> float:
    """The median, for each of `each` things done."""
    return 1000 * statistics.median(seconds) / each


def peak_memory() -> int:
    """Bytes that this process has held at most; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def held_memory() -> int:
    """Bytes that this process holds; the most it ever held where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak_memory()


def _finish() -> None:
    """A graphics card works on after a call has returned."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
