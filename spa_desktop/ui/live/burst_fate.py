"""What becomes of a burst: it is added to a class, or discarded, and comes back where that fails or is regretted."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Added, FoundClass, FoundClasses, FoundFile, clean_name
from spa_desktop.project.folders import held_out_count
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_card import write_frame
from spa_desktop.ui.live.recording_tray import Recorder
from spa_desktop.ui.widgets import words

if TYPE_CHECKING:
    from spa_desktop.project import Added
    from spa_desktop.workbench import Workbench

# Recorded frames to photos of a class.


def frames_folder(project: Path, class_name: str) -> Path:
    """Where the frames of a class are kept: beside the project, under names that every system takes."""
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", class_name).strip(" .") or "_"
    return project.with_name(f"{project.stem} frames") / safe[:100]


def add_frames(
    bench: Workbench, job: Job, frames: Sequence[QImage], class_name: str, *, test_share: float, when: datetime
) -> Added:
    """Write frames as JPEG files beside the project, and add them to a class, which is made if there is none.

    Frames that follow each other look alike. So the ones to test with are the last of the burst, and not picked from
    among those that are learned.

    Raises:
        InputError: if the name is no name, a frame cannot lie there, or the project does not take it. Nothing is left
            behind then.
        SpaError: if a file cannot be written; likewise.
        Cancelled: likewise.
    """
    name = clean_name(class_name)
    folder = frames_folder(Path(bench.project.path), name)
    first_test = len(frames) - held_out_count(len(frames), test_share)
    written: list[Path] = []
    try:
        job.stage(Stage.KEEP, total=len(frames))
        for number, frame in enumerate(frames, start=1):
            file = folder / f"frame-{when:%Y%m%d-%H%M%S-%f}-{number:03d}.jpg"
            write_frame(file, frame)
            written.append(file)
            job.advance()
        files = tuple(FoundFile(file, "test" if place >= first_test else "train") for place, file in enumerate(written))
        found = FoundClasses((FoundClass(name, folder, files),), ())
        return bench.add(found, job, top_up=True)
    except BaseException:
        for file in written:
            with contextlib.suppress(OSError):
                file.unlink()
        with contextlib.suppress(OSError):  # not if older frames are in it
            folder.rmdir()
            folder.parent.rmdir()
        raise


class _Addition(QObject):
    """One burst on its way into the project: several may wait for a training to end."""

    def __init__(self, frames: list[QImage], recording: Recording) -> None:
        super().__init__(recording)
        self._frames, self._recording = frames, recording

    @Slot(object)
    def on_added(self, added: Added) -> None:
        self._recording.say_added(added)
        self.deleteLater()

    @Slot(object)
    def on_failed(self, failure: WorkFailure) -> None:
        self._recording.bring_back(self._frames)
        self._recording.show_failure(failure)
        self.deleteLater()

    @Slot()
    def on_cancelled(self) -> None:
        self._recording.bring_back(self._frames)
        self.deleteLater()


class Recording(QObject):
    """Wires the recorder to the project."""

    def __init__(self, context: AppContext, recorder: Recorder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._recorder = context, recorder
        self._discarded: list[QImage] = []
        recorder.add_wanted.connect(self._on_add)
        recorder.discarded.connect(self._on_discarded)

    @property
    def unkept(self) -> str:
        """How many frames were recorded and are in no class yet, in a sentence; "" if there are none."""
        count = len(self._recorder.burst.frames)
        if count == 1:
            return self.tr("One recorded frame was not added to a class.")
        return self.tr("{n} recorded frames were not added to a class.").format(n=count) if count else ""

    def forget(self) -> None:
        """Another project: frames of the one before are not for it."""
        self._discarded = []
        self._recorder.forget()

    @Slot(str, object)
    def _on_add(self, class_name: str, frames: list[QImage]) -> None:
        share, when = self._context.settings.value.test_share, datetime.now()
        contents = self._context.contents
        stored = contents.meant_name(class_name) if contents is not None else class_name
        addition = _Addition(self._recorder.burst.frames, self)
        self._recorder.burst.clear()
        self._context.run(
            self.tr("Adding frames to {name}").format(name=class_name),
            lambda bench, job: add_frames(bench, job, frames, stored, test_share=share, when=when),
            done=addition.on_added,
            failed=addition.on_failed,
            cancelled=addition.on_cancelled,
        )

    def say_added(self, added: Added) -> None:
        """Say what became of a burst that was added."""
        if added.test:
            text = self.tr("Added {train} to learn from and {test} to test with. The next training learns them.")
        else:
            text = self.tr("Added {train} to learn from. The next training learns them.")
        text = text.format(train=words.frames(added.train), test=added.test)
        self._context.banner(text, self.tr("Go to Train"), self._go_to_train)

    def show_failure(self, failure: WorkFailure) -> None:
        """Say why a burst was not added."""
        self._context.show_failure(failure)

    def bring_back(self, frames: list[QImage]) -> None:
        """Put frames before those that are in the tray."""
        self._recorder.burst.restore(frames + self._recorder.burst.frames)

    @Slot(object)
    def _on_discarded(self, frames: list[QImage]) -> None:
        self._discarded = frames
        text = self.tr("Discarded {frames}.").format(frames=words.frames(len(frames)))
        self._context.banner(text, self.tr("Bring them back"), self._bring_back_discarded)

    @Slot()
    def _bring_back_discarded(self) -> None:
        self.bring_back(self._discarded)
        self._discarded = []

    @Slot()
    def _go_to_train(self) -> None:
        self._context.go_to("train")
