"""Phrases and patches of one photo, read off the transport plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from spa_desktop.ui.explain.colours import attention, difference

if TYPE_CHECKING:
    from spa_desktop.workbench import Explanation, Recognition


@dataclass(frozen=True)
class Explained:
    """A photo, what it was taken for, and how it meets the phrases of one or two classes.

    Attributes:
        photo: as the model saw it.
        found: the most probable classes.
        first: the class that is explained.
        second: the class it is compared with, None for none.
    """

    photo: QImage
    found: Recognition
    first: Explanation
    second: Explanation | None = None

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        return (self.first,) if self.second is None else (self.first, self.second)


def overlay_of(shown: Explained) -> QImage:
    """The attention of the class, or the difference of the two classes."""
    height, width = shown.first.grid
    first = np.asarray(shown.first.weights, dtype=np.float32).reshape(height, width)
    if shown.second is None:
        return attention(first)
    return difference(first, np.asarray(shown.second.weights, dtype=np.float32).reshape(height, width))


def patches_of_phrase(one: Explanation, phrase: int) -> dict[int, float]:
    """The patches that the score uses, and how much each turns to a phrase: 1 for the one that does most, 0 for least.

    Every selected patch brings the same mass, so the column of the plan compares them; it is stretched, because the
    plan is soft and its raw values lie close together (ours).
    """
    column = np.asarray(one.plan)[:, phrase]
    low, high = float(column.min()), float(column.max())
    if high - low < 1e-9:
        return {int(patch): 1.0 for patch in one.selected}
    return {int(patch): float((mass - low) / (high - low)) for patch, mass in zip(one.selected, column, strict=True)}


def phrases_of_patch(one: Explanation, patch: int) -> list[float] | None:
    """The share of a patch's mass that goes to each phrase; sums to 1. None if the score does not use the patch."""
    places = np.flatnonzero(np.asarray(one.selected) == patch)
    if not len(places):
        return None
    row = np.asarray(one.plan)[places[0]]
    total = float(row.sum())
    return [float(mass) / total for mass in row] if total > 0 else None
