"""Which source of frames suits a file or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from spa_desktop.project.folders import PHOTO_SUFFIXES
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.live.frame_source import FrameSource
from spa_desktop.ui.live.photo_source import PhotoSource
from spa_desktop.ui.live.video_source import VideoSource

VIDEO_SUFFIXES = frozenset((".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"))


def source_for(context: AppContext, path: Path, parent: QObject | None = None) -> FrameSource:
    """The source that suits a file or a folder."""
    if path.suffix.lower() in VIDEO_SUFFIXES and not path.is_dir():
        return VideoSource(path, parent)
    return PhotoSource(context, path, parent)


def suits(paths: Sequence[Path]) -> Path | None:
    """The first of dropped files and folders that can be shown."""
    for path in paths:
        if path.is_dir() or path.suffix.lower() in PHOTO_SUFFIXES | VIDEO_SUFFIXES:
            return path
    return None
