"""What one photo was taken for, as small as thousands of them have to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spa_desktop.spa.config import NONE_OF_THESE


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """The most probable classes of a photo, or why there are none.

    Attributes:
        path: of the photo, absolute.
        class_ids: the most probable classes, best first; empty if the photo could not be read.
        probabilities: of them, 0 to 1, rounded to six decimals.
        milliseconds: from the file to the answer, in the thread that did it.
        known: 0 to 1, does it belong to any class; None where the model does not say.
        rejected: True for "none of these"; None where the model does not say.
        error: one line that says why it could not be read.
        size: of the file in bytes when it was read.
        changed: when the file was last changed, in nanoseconds.
    """

    path: str
    class_ids: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()
    milliseconds: float = 0.0
    known: float | None = None
    rejected: bool | None = None
    error: str | None = None
    size: int = 0
    changed: int = 0

    @property
    def is_answered(self) -> bool:
        return self.error is None

    @property
    def doubt(self) -> float:
        """How unsure the answer is, 0 to 1; 1 where there is none."""
        return 1 - self.probabilities[0] if self.probabilities else 1.0

    def class_name(self, names: Mapping[int, str]) -> str:
        """The class, or "none of these"; empty if there is no answer."""
        if not self.class_ids:
            return ""
        return NONE_OF_THESE if self.rejected else names[self.class_ids[0]]

    def to_json(self, names: Mapping[int, str]) -> dict[str, object]:
        """An object of ``classify --json``."""
        if self.error is not None:
            return {"path": self.path, "error": self.error}
        pairs = zip(self.class_ids, self.probabilities, strict=True)
        found: dict[str, object] = {
            "path": self.path,
            "top": [{"class": names[key], "probability": probability} for key, probability in pairs],
        }
        if self.rejected is not None:
            found |= {"answer": self.class_name(names), "rejected": self.rejected}
        if self.known is not None:
            found["known"] = self.known
        return {**found, "milliseconds": self.milliseconds}
