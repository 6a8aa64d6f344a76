"""What learning did to a class that was known before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassChange:
    """What a training did to a class that was known before it. Accuracies in per cent, None without a test photo."""

    name: str
    color: int
    photos: int
    before: float | None
    after: float | None

    @property
    def lost(self) -> float | None:
        """Points that were lost; negative if some were won."""
        return None if self.before is None or self.after is None else self.before - self.after
