"""QtMultimedia, imported when it is first needed: on some systems it cannot be, and most people never need it."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from PySide6.QtCore import QCoreApplication

from spa_desktop.ui.live.frame_source import Problem


class MultimediaMissing(Exception):
    """QtMultimedia cannot be loaded.

    Attributes:
        problem: what to tell the person.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def multimedia() -> ModuleType:
    """The module.

    Raises:
        MultimediaMissing: if it, or a library that it stands on, is not there.
    """
    try:
        return importlib.import_module("PySide6.QtMultimedia")
    except ImportError as error:
        raise MultimediaMissing(_problem(str(error))) from error


def is_loaded() -> bool:
    """True once something has needed it."""
    return "PySide6.QtMultimedia" in sys.modules


def _problem(message: str) -> Problem:
    translate = QCoreApplication.translate
    reason = translate("live", "Cameras and videos cannot be used here: a part of the system is missing.")
    if "libpulse" in message:
        advice = translate(
            "live",
            "Install the system's package libpulse0 and start the app again. Photos and folders work without it.",
        )
    else:
        advice = translate("live", "Photos and folders work without it. What is missing: {message}")
    return Problem(reason, advice.format(message=message.split(":")[0]))
