"""What every source of frames is: one interface for photos, folders, videos and cameras."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage


@dataclass(frozen=True)
class Problem:
    """Why there is no picture.

    Attributes:
        reason: one sentence.
        advice: what to do.
        icon: what is drawn above.
    """

    reason: str
    advice: str
    icon: str = "camera-off"


class FrameSource(QObject):
    """Gives frames from :meth:`start` to :meth:`stop`, as fast as they come."""

    frame_came = Signal(QImage)
    failed = Signal(object)  # Problem; no frame follows
    named = Signal(str)  # what the frames that follow are of

    is_camera = False
    is_walk = False  # True: several photos one after the other, which the person can step through and hold

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title

    def start(self) -> None:
        """Begin, or go on."""
        raise NotImplementedError

    def step(self, by: int) -> None:
        """Go on to another photo, where :attr:`is_walk` says there are several."""

    def hold(self, is_held: bool) -> None:
        """Stay at the photo that is shown, or go on by oneself again."""

    def stop(self) -> None:
        """Give no more frames, and give the device back."""
        raise NotImplementedError
