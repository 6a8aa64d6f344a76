"""Frames of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt

from spa_desktop.ui.live.frame_source import FrameSource, Problem
from spa_desktop.ui.live.multimedia import multimedia

if TYPE_CHECKING:
    from PySide6.QtCore import QCameraPermission, QPermission

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Camera:
    """A camera that is plugged in."""

    id: bytes
    name: str
    is_default: bool


def cameras() -> list[Camera]:
    """Those that are plugged in, the default one first.

    Raises:
        MultimediaMissing: if QtMultimedia cannot be loaded.
    """
    media = multimedia()
    default = media.QMediaDevices.defaultVideoInput().id()
    found = [
        Camera(one.id().data(), one.description(), one.id() == default) for one in media.QMediaDevices.videoInputs()
    ]
    return sorted(found, key=lambda one: not one.is_default)


def no_camera() -> Problem:
    """Nothing is plugged in."""
    return Problem(
        translate("live", "No camera was found."),
        translate("live", "Plug one in and try again, or open a photo, a folder or a video."),
    )


class CameraSource(FrameSource):
    """Asks for permission where the system wants that, and says so when the camera is busy, or unplugged."""

    is_camera = True

    def __init__(self, camera: Camera, parent: QObject | None = None) -> None:
        super().__init__(camera.name, parent)
        self._id = camera.id
        self._parts: tuple[Any, ...] = ()
        self._is_wanted = False

    def start(self) -> None:
        self._is_wanted = True
        app = QCoreApplication.instance()
        if app is None or not hasattr(app, "checkPermission"):
            self._open()
            return
        from PySide6.QtCore import QCameraPermission

        permission = QCameraPermission()
        if app.checkPermission(permission) == Qt.PermissionStatus.Undetermined:
            app.requestPermission(permission, self, self._on_permission)
        else:
            self._on_permission(permission)

    def stop(self) -> None:
        self._is_wanted = False
        parts, self._parts = self._parts, ()
        if parts:
            parts[0].stop()
            for part in parts:
                part.deleteLater()

    def _on_permission(self, permission: QCameraPermission | QPermission) -> None:
        app = QCoreApplication.instance()
        if app is not None and app.checkPermission(permission) == Qt.PermissionStatus.Denied:
            self._fail(
                translate("live", "The system does not let this app use the camera."),
                translate("live", "Allow it in the system's privacy settings and try again."),
            )
        elif self._is_wanted:
            self._open()

    def _open(self) -> None:
        media = multimedia()
        device = next((one for one in media.QMediaDevices.videoInputs() if one.id().data() == self._id), None)
        if device is None:
            self._on_gone()
            return
        camera, session, sink = media.QCamera(device, self), media.QMediaCaptureSession(self), media.QVideoSink(self)
        devices = media.QMediaDevices(self)
        self._parts = (camera, session, sink, devices)
        session.setCamera(camera)
        session.setVideoSink(sink)
        sink.videoFrameChanged.connect(self._on_frame)
        camera.errorOccurred.connect(self._on_error)
        devices.videoInputsChanged.connect(self._on_devices)
        camera.start()

    def _on_frame(self, frame) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a QVideoFrame, not imported
        if self._is_wanted and frame.isValid():
            picture = frame.toImage()
            if not picture.isNull():
                self.frame_came.emit(picture)

    def _on_devices(self) -> None:
        if all(one.id != self._id for one in cameras()):
            self._on_gone()

    def _on_gone(self) -> None:
        self._fail(
            translate("live", "{name} was unplugged.").format(name=self.title),
            translate("live", "Plug it in again, or choose another source."),
        )

    def _on_error(self, error: object, text: str) -> None:
        self._fail(
            translate("live", "{name} gives no picture: {why}").format(name=self.title, why=text or str(error)),
            translate("live", "Another program may be using it: close that one and try again."),
        )

    def _fail(self, reason: str, advice: str) -> None:
        self.stop()
        self.failed.emit(Problem(reason, advice))
