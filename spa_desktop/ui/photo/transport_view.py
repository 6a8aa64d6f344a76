"""Phrases and patches of one photo, read off the transport plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from spa_desktop.ui.photo.colour_maps import attention, difference

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
    """What spoke for the class; or, where another is pinned, what spoke for the one and what for the other."""
    height, width = shown.first.grid
    if shown.second is None:
        return attention(shown.first.weights.reshape(height, width))
    first, second = shown.first.weights, shown.second.weights
    return difference(first.reshape(height, width), second.reshape(height, width))


def patches_of_phrase(one: Explanation, phrase: int) -> dict[int, float]:
    """How much a phrase takes of each patch that the score used, beside the one of which it takes most: 0 to 1."""
    column = one.plan[:, phrase]
    most = max(float(column.max()), 1e-12)
    return {int(patch): float(mass) / most for patch, mass in zip(one.selected, column, strict=True)}


def phrases_of_patch(one: Explanation, patch: int) -> list[float] | None:
    """The share of a patch's mass that goes to each phrase; the rest goes to none. None if it was not used."""
    places = np.flatnonzero(one.selected == patch)
    if not len(places):
        return None
    row = one.plan[places[0]]
    total = float(row.sum() + one.dustbin[places[0]])
    return [float(mass) / total for mass in row]
