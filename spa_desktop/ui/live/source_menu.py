"""The menu of sources: cameras, a photo, a folder, a video."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from spa_desktop.ui.live.camera_source import Camera, CameraSource, cameras, no_camera
from spa_desktop.ui.live.multimedia import MultimediaMissing, is_loaded
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.widgets import file_dialogs


class SourceMenu(QPushButton):
    """Emits the path or camera that was chosen, or why there is none."""

    path_chosen = Signal(object)  # Path
    camera_chosen = Signal(object)  # CameraSource
    refused = Signal(object)  # Problem

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Source"))
        set_icon(self, "live")
        self.choices = QMenu(self)
        self.choices.setAccessibleName(self.text())
        self.choices.aboutToShow.connect(self.fill)
        self.choices.triggered.connect(self._on_chosen)
        self.setMenu(self.choices)

    @Slot()
    def fill(self) -> None:
        """List what there is; of the cameras each by name, once one was asked for."""
        self.choices.clear()
        known: list[Camera] = []
        if is_loaded():
            with contextlib.suppress(MultimediaMissing):
                known = cameras()
        for camera in known:
            self._offer("camera", camera.name, camera)
        if not known:
            self._offer("camera", self.tr("Camera"), "camera")
        self.choices.addSeparator()
        self._offer("photo", self.tr("Photo..."), "photo")
        self._offer("folder", self.tr("Folder of photos..."), "folder")
        self._offer("video", self.tr("Video..."), "video")

    @Slot()
    def start_camera(self) -> None:
        """Choose the default camera, or say why there is none."""
        try:
            found = cameras()
        except MultimediaMissing as missing:
            self.refused.emit(missing.problem)
            return
        if found:
            self.camera_chosen.emit(CameraSource(found[0]))
        else:
            self.refused.emit(no_camera())

    def _offer(self, picture: str, text: str, what: object) -> None:
        action = QAction(icon(picture), caption(text), self.choices)
        action.setData(what)
        self.choices.addAction(action)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        what = action.data()
        if isinstance(what, Camera):
            self.camera_chosen.emit(CameraSource(what))
        elif what == "camera":
            self.start_camera()
        else:
            self._choose_path(what)

    def _choose_path(self, what: str) -> None:
        if what == "folder":
            path = file_dialogs.choose_folder(self, self.tr("Choose a folder of photos"))
        elif what == "video":
            pattern = self.tr("Videos ({patterns})").format(patterns=file_dialogs.VIDEO_PATTERNS)
            path = file_dialogs.choose_file(self, self.tr("Choose a video"), pattern)
        else:
            pattern = self.tr("Photos ({patterns})").format(patterns=file_dialogs.PHOTO_PATTERNS)
            path = file_dialogs.choose_file(self, self.tr("Choose a photo"), pattern)
        if path is not None:
            self.path_chosen.emit(path)
