"""A photo with what the model took it for, as the correction card takes it from a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage


@dataclass(frozen=True)
class AnsweredPhoto:
    """What the card is about.

    Attributes:
        photo: its number in the project, a file, or a picture in memory such as a frame.
        answers: class and probability, best first.
        label: the class that it has in the project; None for a photo that is not in it.
        is_test: it is a test photo of the project.
    """

    photo: int | Path | QImage
    answers: tuple[tuple[int, float], ...]
    label: int | None = None
    is_test: bool = False
