"""Frames of a video file, played over and over at its own speed, without its sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QUrl

from spa_desktop.ui.live.frame_source import FrameSource, Problem
from spa_desktop.ui.live.multimedia import MultimediaMissing, multimedia


class VideoSource(FrameSource):
    """Plays into a sink that nobody sees."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(path.name, parent)
        self._path = path
        self._player: Any = None  # QtMultimedia, which knows its types, is imported late
        self._sink: Any = None

    def start(self) -> None:
        if self._player is not None:
            self._player.play()
            return
        if not self._path.is_file():
            reason = QCoreApplication.translate("live", "{name} is missing: it was moved or deleted.")
            self._fail(reason.format(name=self._path.name))
            return
        try:
            media = multimedia()
        except MultimediaMissing as missing:
            self.failed.emit(missing.problem)
            return
        self._player, self._sink = media.QMediaPlayer(self), media.QVideoSink(self)
        self._player.setVideoSink(self._sink)
        self._player.setLoops(media.QMediaPlayer.Loops.Infinite)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.errorOccurred.connect(self._on_error)
        self._player.setSource(QUrl.fromLocalFile(str(self._path)))
        self._player.play()

    def stop(self) -> None:
        if self._player is not None:
            self._player.pause()

    def _on_frame(self, frame) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a QVideoFrame, not imported
        if frame.isValid():
            picture = frame.toImage()
            if not picture.isNull():
                self.frame_came.emit(picture)

    def _on_error(self, error: object, text: str) -> None:
        reason = QCoreApplication.translate("live", "{name} cannot be played: {why}")
        self._fail(reason.format(name=self._path.name, why=text))

    def _fail(self, reason: str) -> None:
        advice = QCoreApplication.translate("live", "Choose another video, best MP4 with H.264.")
        self.failed.emit(Problem(reason, advice, "video"))
