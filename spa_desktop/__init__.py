"""SPA Desktop: teach an image classifier, class by class, without starting over."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from spa_desktop.version import __version__

if TYPE_CHECKING:
    from spa_desktop.classifier import SpaClassifier
    from spa_desktop.discover import discover
    from spa_desktop.encoders.photo_encoder import PhotoEncoder
    from spa_desktop.errors import InputError
    from spa_desktop.jobs import JobEvent
    from spa_desktop.photo_inputs import BadInput, PhotoLike, from_dataframe, from_folder
    from spa_desktop.recognizer import Explanation
    from spa_desktop.spa.config import SpaConfig

__all__ = [
    "BadInput",
    "Explanation",
    "InputError",
    "JobEvent",
    "PhotoEncoder",
    "PhotoLike",
    "SpaClassifier",
    "SpaConfig",
    "__version__",
    "discover",
    "from_dataframe",
    "from_folder",
]
_FROM = {
    "BadInput": "photo_inputs",
    "Explanation": "recognizer",
    "InputError": "errors",
    "JobEvent": "jobs",
    "PhotoEncoder": "encoders.photo_encoder",
    "PhotoLike": "photo_inputs",
    "SpaClassifier": "classifier",
    "SpaConfig": "spa.config",
    "from_dataframe": "photo_inputs",
    "from_folder": "photo_inputs",
}

# Before torch's OpenMP is loaded: its threads would otherwise spin while they wait, and on few cores they then wait for
# each other. With decoding threads beside it the encoder was up to ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Before a library is loaded that tells its makers who uses it: docs/dependencies.md says what each does. These are no
# defaults: nobody who uses the app is asked, so nothing is sent. Processes that are started inherit them.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0"}


def __getattr__(name: str) -> object:
    """Load what is public when it is first asked for: importing the package alone loads neither torch nor Qt."""
    if name == "discover":
        return import_module("spa_desktop.discover")
    if name in _FROM:
        return getattr(import_module(f"spa_desktop.{_FROM[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
