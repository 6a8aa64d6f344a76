"""The lines of the speed table."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from benchmarks.speed.timing import Ratio


@dataclass(frozen=True)
class Line:
    """One line: what was measured, beside what, and what it should reach.

    Attributes:
        what: is measured.
        ratio: to the limit, or from it: see `is_speedup`.
        limit: what stands beside it, with its own figure.
        reach: the bound of the ratio.
        processor: the same ratio in processor time.
        is_speedup: True if the ratio should be at least `reach`, False if at most.
        note: how it was measured, where that needs a word.
    """

    what: str
    ratio: Ratio
    limit: str
    reach: float
    is_speedup: bool = False
    note: str = ""
    processor: Ratio | None = None

    @property
    def is_met(self) -> bool:
        return self.ratio.median >= self.reach if self.is_speedup else self.ratio.median <= self.reach

    def cells(self) -> tuple[str, ...]:
        """The line, with the commit that is measured, and today's date."""
        times = " times faster" if self.is_speedup else ""
        bound = f"at least {self.reach:g}" if self.is_speedup else f"at most {self.reach:.2f}"
        what = f"{self.what} ({self.note})" if self.note else self.what
        processor = "" if self.processor is None else f"{self.processor}{times}"
        met = "yes" if self.is_met else "no"
        return what, self.limit, f"{self.ratio}{times}", processor, bound, met, f"{commit()}, {date.today()}"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


HEADINGS = ("what", "limit beside it", "ratio: median (quartiles)", "in processor time", "reach", "met", "commit, date")


def commit() -> str:
    """The commit that is checked out, and whether anything was changed since."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
