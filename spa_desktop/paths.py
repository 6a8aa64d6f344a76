"""Where things lie: what ships with the app, and the user's own folders.

`resources/`, `models/` and `docs/guide/` stand beside the package in a checkout and inside it in an installed wheel.
The user's folders are the platform's own; an environment variable (`SPA_DESKTOP_CACHE_DIR`, `SPA_DESKTOP_DATA_DIR`,
`SPA_DESKTOP_CONFIG_DIR`) moves each. No function here makes a folder: whoever writes into one does.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from spa_desktop.errors import InputError

_APP = "spa-desktop"
_PACKAGE = Path(__file__).resolve().parent


def resources_dir() -> Path:
    """The folder of icons, styles, translations and the phrase bank."""
    return _shipped("resources")


def models_dir() -> Path:
    """The folder of the embedded backbone's own files."""
    return _shipped("models")


def guide_dir() -> Path:
    """The folder of the guide: Markdown files, and a folder of them for each other language."""
    return _shipped("guide", "docs/guide")


def cache_dir() -> Path:
    """The folder of what can be computed or downloaded again. Safe to delete."""
    return _user_dir("SPA_DESKTOP_CACHE_DIR", platformdirs.user_cache_path(_APP, appauthor=False))


def data_dir() -> Path:
    """The folder of what the app keeps for the user outside of projects."""
    return _user_dir("SPA_DESKTOP_DATA_DIR", platformdirs.user_data_path(_APP, appauthor=False))


def sample_project() -> Path:
    """The file of the sample project, there or not. Its photos lie beside it."""
    return data_dir() / "sample" / "Sample project.spa"


def config_dir() -> Path:
    """The folder of the user's settings."""
    return _user_dir("SPA_DESKTOP_CONFIG_DIR", platformdirs.user_config_path(_APP, appauthor=False))


def log_file() -> Path:
    """Where the window keeps its log."""
    return platformdirs.user_log_path(_APP, appauthor=False) / "window.log"


def _shipped(name: str, place: str = "") -> Path:
    packed = _PACKAGE / f"_{name}"
    return packed if packed.is_dir() else _PACKAGE.parent / (place or name)


def _user_dir(variable: str, default: Path) -> Path:
    # An empty variable counts as unset, as the XDG specification has it.
    override = os.environ.get(variable)
    try:
        return Path(override).expanduser().absolute() if override else default
    except RuntimeError:
        raise InputError(f"{variable} is {override}, which is the home folder of nobody here: change it") from None
