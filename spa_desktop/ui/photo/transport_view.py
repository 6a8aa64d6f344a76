"""Phrases and patches of one photo, read off the transport plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from spa_desktop.ui.photo.colour_maps import attention, difference, veil

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
    if shown.second is None:
        return attention(shown.first.heat)
    if shown.first.places is not None:  # of the same two classes: one's gain is the other's loss
        return difference(shown.first.places.clip(min=0), (-shown.first.places).clip(min=0))
    return difference(shown.first.heat, shown.second.heat)


def light_of_phrase(one: Explanation, phrase: int) -> QImage | None:
    """Dark where a phrase is not true, clear where it is; None where that is not told as finely as this."""
    return None if one.lights is None else veil(one.lights[phrase])


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
