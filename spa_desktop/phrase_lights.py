r"""Where in a photo a phrase is true, as far as the score and the pixels tell (ours).

A phrase is lit at a place as much as

1. the transport plan of the score gives it of the patches there,
2. the place adds to the score of the class, which is told on finer cells than patches are, and
3. the place has of the colours that the phrase names, measured on the pixels; without colours it asks nothing.

The light is the product. Of a background the second is turned round: it is where nothing speaks for the class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.descriptions.colour_naming import NAMES, lab_of, names_of

if TYPE_CHECKING:
    from PIL import Image

Floats = NDArray[np.float32]

_PIXELS = 6  # along a side of a cell: enough to tell shares of colours
_SPELLINGS = {"gray": "grey", "golden": "yellow"}
_BACKGROUND = "background"


def pixels_of(photo: Image.Image, crop: tuple[float, float, float, float], side: int) -> NDArray[np.uint8]:
    """The part of a photo that the encoder sees, small: ``(6 side, 6 side, 3)``."""
    from PIL import Image

    left, top, right, bottom = (round(edge) for edge in crop)
    return np.asarray(
        photo.crop((left, top, right, bottom)).resize((_PIXELS * side,) * 2, Image.Resampling.BOX).convert("RGB")
    )


def phrase_lights(
    phrases: Sequence[str],
    plan: Floats,
    selected: NDArray[np.int64],
    grid: tuple[int, int],
    places: Floats,
    pixels: NDArray[np.uint8],
) -> Floats:
    """The light of each phrase, from 0 to 1, the brightest place as 1; 0 everywhere where no place has all it takes.

    Args:
        phrases: J phrases of a class.
        plan: ``(K, J)``, what each phrase takes of each patch.
        selected: ``(K,)``, where these patches are on the grid.
        grid: ``(h, w)`` of the patches.
        places: ``(s, s)``, what each cell of the photo adds to the class's score.
        pixels: from :func:`pixels_of` for as many cells.

    Returns:
        ``(J, s, s)``.
    """
    side = len(places)
    spoke = places.clip(min=0) / max(float(places.max()), 1e-12)
    colours = None
    found = np.zeros((len(phrases), side, side), np.float32)
    for index, phrase in enumerate(phrases):
        taken = np.zeros(grid[0] * grid[1], np.float32)
        taken[selected] = plan[:, index]
        light = _smooth(taken.reshape(grid), side) * spoke
        if phrase.lower().endswith(_BACKGROUND):
            light = 1 - spoke
        if named := colours_named(phrase):
            colours = names_of(lab_of(pixels)) if colours is None else colours
            has = np.isin(colours, [NAMES.index(name) for name in named])
            light = light * has.reshape(side, _PIXELS, side, _PIXELS).mean((1, 3), dtype=np.float32)
        most = float(light.max())
        found[index] = light / most if most > 0 else 0
    return found


def colours_named(phrase: str) -> list[str]:
    """The basic colours that a phrase names.

    >>> colours_named("Red cap with white spots"), colours_named("round fruit")
    (['red', 'white'], [])
    """
    words = re.findall(r"[^\W\d_]+", phrase.lower())
    return [name for word in words if (name := _SPELLINGS.get(word, word)) in NAMES]


def _smooth(grid: Floats, side: int) -> Floats:
    """A grid ``(h, w)`` on finer cells ``(side, side)``, never below zero."""
    from PIL import Image

    fine = Image.fromarray(grid).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(fine, dtype=np.float32).clip(min=0)
