"""Where frames come from: camera, photo, folder, video, and the menu to choose one."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu, QPushButton

from spa_desktop.jobs import Job
from spa_desktop.project.folders import may_hold_photos
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.photo.colour_maps import to_qimage
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.labels import slot, timer

if TYPE_CHECKING:
    from PySide6.QtCore import QCameraPermission, QPermission

translate = QCoreApplication.translate


@dataclass
class Problem(Exception):
    """Why there is no picture, what to do, and the icon that is drawn above."""

    reason: str
    advice: str
    icon: str = "camera-off"


class FrameSource(QObject):
    """Photos, a video or a camera: gives frames from :meth:`start` to :meth:`stop`, as fast as they come."""

    frame_came = Signal(QImage)
    failed = Signal(object)  # Problem; no frame follows
    named = Signal(str)  # what the frames that follow are of
    moved = Signal(int, int)  # where a video is, and how long it is, in milliseconds

    is_camera = False
    is_walk = False  # True: several photos one after the other, which the user can step through and hold
    photo: Path | None = None  # the file that the frame is, where it stands still

    @property
    def is_still(self) -> bool:
        """Whether it is one photo, after which no other frame comes."""
        return self.photo is not None and not self.is_walk

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self._is_running = False
        self._sink: Any = None  # QtMultimedia, which knows its types, is imported late

    def start(self) -> None:
        raise NotImplementedError

    def step(self, by: int) -> None:
        """Go on to another photo, where :attr:`is_walk` says there are several."""

    def hold(self, is_held: bool) -> None:
        """Stay at the photo or the place of the video that is shown, or go on by oneself again."""

    def seek(self, ms: int) -> None:
        """Go to a place of a video."""

    def stop(self) -> None:
        """Give no more frames, and give the device back."""
        raise NotImplementedError

    def _watch(self, sink: object) -> None:
        self._sink = sink
        self._sink.videoFrameChanged.connect(self._on_video_frame)
        _hush_ffmpeg()

    def _on_video_frame(self, frame) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a QVideoFrame, not imported
        # A window that is slower than its frames has many of them waiting: all but the newest are left out.
        is_wanted = self._is_running and frame.isValid() and frame == self._sink.videoFrame()
        picture = frame.toImage() if is_wanted else QImage()
        if not picture.isNull():
            self.frame_came.emit(picture)


def _hush_ffmpeg() -> None:
    """Keep FFmpeg, which Qt has loaded by now, from writing a line a frame to the terminal; errors come by Qt."""
    root = Path(multimedia().__file__ or "").parent  # of PySide6
    for name in ("Qt/lib/libavutil.so.??", "Qt/lib/libavutil.??.dylib", "avutil-??.dll"):
        for library in root.glob(name):
            with contextlib.suppress(OSError):  # Qt plays with something else here
                ctypes.CDLL(str(library)).av_log_set_level(8)  # AV_LOG_FATAL


def multimedia() -> ModuleType:
    """QtMultimedia, imported when it is first needed; raises a Problem where it, or a library under it, is missing."""
    try:
        return importlib.import_module("PySide6.QtMultimedia")
    except ImportError as error:
        reason = translate("live", "Cameras and videos cannot be used here: a part of the system is missing.")
        advice = translate("live", "Photos and folders work without it. What is missing: {message}")
        if "libpulse" in str(error):
            advice = translate(
                "live",
                "Install the system's package libpulse0 and start the app again. Photos and folders work without it.",
            )
        raise Problem(reason, advice.format(message=str(error).split(":")[0])) from error


_LONGEST_SIDE = 1600  # pixels; more is not seen, and takes time with every repaint
_EACH_MS = 1500  # how long a photo of a folder is shown


class PhotoSource(FrameSource):
    """A photo, or those of a folder one after the other, over and over."""

    def __init__(self, context: AppContext, path: Path) -> None:
        super().__init__(path.name)
        self._context, self._path = context, path
        self._files: list[Path] = []
        self._at = 0
        self._by = 1  # which way the photos were gone through last
        self._is_held = False
        self._faults = 0
        self._timer = timer(self, _EACH_MS, slot(self, self.step, 1))

    def start(self) -> None:
        self._is_running = True
        if self._files:
            self._read()
            return
        self._at = 0
        path = self._path

        def find(job: Job) -> list[Path]:
            from spa_desktop.classify.folder_run import find_photos

            return [Path(file) for file in find_photos([path], job).paths]

        self._context.background.look_up(find).success(self._on_files).failure(self._on_none)

    def stop(self) -> None:
        self._is_running = False
        self._timer.stop()

    @property
    def is_walk(self) -> bool:  # type: ignore[override]
        return len(self._files) > 1

    def step(self, by: int) -> None:
        if self.is_walk and self._is_running:
            self._timer.stop()
            self._by = by
            self._at = (self._at + by) % len(self._files)
            self._read()

    def hold(self, is_held: bool) -> None:
        self._is_held = is_held
        if is_held:
            self._timer.stop()
        elif self.is_walk and self._is_running:
            self._timer.start()

    def _read(self) -> None:
        file = self._files[self._at]
        # A user who steps quickly is not shown what was passed.
        work = self._context.background.look_up(lambda job: read_picture(file))
        work.newest(self._on_picture).failure(self._on_broken)

    def _on_files(self, files: list[Path]) -> None:
        self._files = files
        if self._is_running:
            self._read()

    def _on_none(self, failure: WorkFailure) -> None:
        advice = translate("live", "Choose another one.")
        self.failed.emit(Problem(failure.message, advice, "photo"))

    def _on_picture(self, picture: QImage) -> None:
        self._faults = 0
        if self._is_running:
            self.photo = self._files[self._at]
            self.named.emit(self._name())
            self.frame_came.emit(picture)
            if self.is_walk and not self._is_held:
                self._timer.start()

    def _name(self) -> str:
        if not self.is_walk:
            return self.title
        text = translate("live", "{name}, {n} of {all} in {folder}")
        return text.format(name=self._files[self._at].name, n=self._at + 1, all=len(self._files), folder=self.title)

    def _on_broken(self, failure: WorkFailure) -> None:
        self._faults += 1
        if self._faults >= len(self._files):
            self._on_none(failure)
        else:
            self.step(self._by)


def read_picture(file: Path) -> QImage:
    """A photo for the screen, upright, not longer than 1600 pixels; InputError if not readable. For worker threads."""
    from spa_desktop.photos.opening import open_photo

    photo = open_photo(file, at_least=_LONGEST_SIDE)
    photo.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return to_qimage(photo)


class VideoSource(FrameSource):
    """A video file, played over and over at its own speed, without sound, into a sink that nobody sees."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self._path = path
        self._player: Any = None
        self._is_held = False

    def start(self) -> None:
        self._is_running = True
        if self._player is not None:
            self.hold(self._is_held)
            return
        if not os.path.isfile(self._path):  # noqa: PTH113 - Path.is_file fails where a name is too long
            self._fail(translate("live", "{name} is missing: it was moved or deleted.").format(name=self._path.name))
            return
        try:
            media = multimedia()
        except Problem as problem:
            self.failed.emit(problem)
            return
        self._player = media.QMediaPlayer(self)
        self._watch(media.QVideoSink(self))
        self._player.setVideoSink(self._sink)
        self._player.setLoops(media.QMediaPlayer.Loops.Infinite)
        self._player.errorOccurred.connect(self._on_error)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.positionChanged.connect(self._on_moved)
        self._player.setSource(QUrl.fromLocalFile(str(self._path)))
        self._player.play()

    def stop(self) -> None:
        self._is_running = False
        if self._player is not None:
            self._player.pause()

    def hold(self, is_held: bool) -> None:
        self._is_held = is_held
        if self._player is not None and is_held:
            self._player.pause()
        elif self._player is not None and self._is_running:
            self._player.play()

    def seek(self, ms: int) -> None:
        if self._player is not None:
            self._player.setPosition(ms)

    def _on_moved(self, ms: int) -> None:
        self.moved.emit(ms, self._player.duration())

    def _on_error(self, error: object, text: str) -> None:
        self._fail(translate("live", "{name} cannot be played: {why}").format(name=self._path.name, why=text))

    def _on_status(self, status: object) -> None:
        if status == self._player.MediaStatus.LoadedMedia and not self._player.hasVideo():  # sound alone, or nothing
            self._on_error(None, translate("live", "there are no pictures in it"))

    def _fail(self, reason: str) -> None:
        advice = translate("live", "Choose another video, best MP4 with H.264.")
        self.failed.emit(Problem(reason, advice, "video"))


@dataclass(frozen=True)
class Camera:
    """A camera that is plugged in."""

    id: bytes
    name: str


def cameras() -> list[Camera]:
    """Those that are plugged in, the default one first. Raises as :func:`multimedia`."""
    media = multimedia()
    devices = sorted(media.QMediaDevices.videoInputs(), key=lambda device: not device.isDefault())
    return [Camera(device.id().data(), device.description()) for device in devices]


class CameraSource(FrameSource):
    """A camera that was listed, so that QtMultimedia is there: says so where it is forbidden, busy or unplugged."""

    is_camera = True

    def __init__(self, camera: Camera) -> None:
        super().__init__(camera.name)
        self._id = camera.id
        self._parts: tuple[Any, ...] = ()

    def start(self) -> None:
        self._is_running = True
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
        self._is_running = False
        parts, self._parts = self._parts, ()
        if parts:
            parts[0].stop()
            for part in parts:
                part.deleteLater()

    def _on_permission(self, permission: QCameraPermission | QPermission) -> None:
        app = QCoreApplication.instance()
        if app is not None and app.checkPermission(permission) == Qt.PermissionStatus.Denied:
            reason = translate("live", "The system does not let this app use the camera.")
            self._fail(Problem(reason, translate("live", "Allow it in the system's privacy settings and try again.")))
        elif self._is_running:
            self._open()

    def _open(self) -> None:
        media = multimedia()
        inputs = {device.id().data(): device for device in media.QMediaDevices.videoInputs()}
        if (device := inputs.get(self._id)) is None:
            self._on_gone()
            return
        camera, session, sink = media.QCamera(device, self), media.QMediaCaptureSession(self), media.QVideoSink(self)
        devices = media.QMediaDevices(self)
        self._parts = (camera, session, sink, devices)
        session.setCamera(camera)
        session.setVideoSink(sink)
        self._watch(sink)
        camera.errorOccurred.connect(self._on_error)
        devices.videoInputsChanged.connect(self._on_devices)
        camera.start()

    def _on_devices(self) -> None:
        if all(camera.id != self._id for camera in cameras()):
            self._on_gone()

    def _on_gone(self) -> None:
        reason = translate("live", "{name} was unplugged.").format(name=self.title)
        self._fail(Problem(reason, translate("live", "Plug it in again, or choose another source.")))

    def _on_error(self, error: object, text: str) -> None:
        reason = translate("live", "{name} gives no picture: {why}").format(name=self.title, why=text or str(error))
        self._fail(Problem(reason, translate("live", "Another program may be using it: close that one and try again.")))

    def _fail(self, problem: Problem) -> None:
        self.stop()
        self.failed.emit(problem)


VIDEO_SUFFIXES = frozenset((".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"))


def source_for(context: AppContext, path: Path) -> FrameSource:
    """The source that suits a file or a folder."""
    is_video = path.suffix.lower() in VIDEO_SUFFIXES and not os.path.isdir(path)  # noqa: PTH112
    return VideoSource(path) if is_video else PhotoSource(context, path)


def can_be_shown(path: Path) -> bool:
    """Whether it is a folder, a photo or a video."""
    return may_hold_photos(path) or path.suffix.lower() in VIDEO_SUFFIXES


class SourceMenu(QPushButton):
    """Emits the path or camera that was chosen, or why there is none."""

    path_chosen = Signal(object)  # Path
    camera_chosen = Signal(object)  # CameraSource
    refused = Signal(object)  # Problem

    def __init__(self) -> None:
        super().__init__()
        self.setText(self.tr("Source"))
        set_icon(self, "live")
        self.choices = QMenu(self)
        self.choices.setAccessibleName(self.text())
        self.choices.aboutToShow.connect(self.fill)
        self.choices.triggered.connect(self._on_chosen)
        self.setMenu(self.choices)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List what there is; of the cameras each by name, once one was asked for."""
        self.choices.clear()
        known = cameras() if "PySide6.QtMultimedia" in sys.modules else []
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
            offered = cameras()
        except Problem as problem:
            self.refused.emit(problem)
            return
        if offered:
            self.camera_chosen.emit(CameraSource(offered[0]))
        else:
            advice = translate("live", "Plug one in and try again, or open a photo, a folder or a video.")
            self.refused.emit(Problem(translate("live", "No camera was found."), advice))

    def _offer(self, picture: str, text: str, choice: object) -> None:
        self.choices.addAction(icon(picture), caption(text)).setData(choice)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        choice = action.data()
        if isinstance(choice, Camera):
            self.camera_chosen.emit(CameraSource(choice))
        elif choice == "camera":
            self.start_camera()
        else:
            self._choose_path(choice)

    def _choose_path(self, kind: str) -> None:
        videos = self.tr("Videos ({patterns})").format(patterns=forms.VIDEO_PATTERNS)
        pictures = self.tr("Photos ({patterns})").format(patterns=forms.PHOTO_PATTERNS)
        if kind == "folder":
            path = forms.choose_folder(self, self.tr("Choose a folder of photos"))
        elif kind == "video":
            path = forms.choose_file(self, self.tr("Choose a video"), videos)
        else:
            path = forms.choose_file(self, self.tr("Choose a photo"), pictures)
        if path is not None:
            self.path_chosen.emit(path)
