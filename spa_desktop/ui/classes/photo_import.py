"""Adding photos: the sheet, the work behind it, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.project import Added, Skipped
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.classes.import_sheet import Addition, AddSheet, SkipReport
from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.labels import button
from spa_desktop.ui.widgets.words import count, time_left

# Where photos can be dropped: a large zone while there is nothing else.


class DropZone(QFrame):
    """Says what to drop; while photos are read, says how far it is."""

    def __init__(
        self,
        choose: Callable[[], Any],
        cancel: Callable[[], Any],
        demo: Callable[[], Any],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dropZone")
        middle = Qt.AlignmentFlag.AlignHCenter
        self.sentence = set_type(QLabel(self.tr("Drop folders of photos here")), Size.TITLE, strong=True)
        self.hint = set_type(QLabel(), Size.BODY, role="muted")
        self.hint.setAlignment(middle)
        self.choose = button(self.tr("Add folders"), choose, kind="primary", picture="add")
        hint = self.tr("Draws eight classes of photos and opens a project with them")
        self.demo = button(self.tr("No photos at hand? Try the demo"), demo, kind="link", about=hint)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(320)
        self.bar.setAccessibleName(self.tr("Photos read"))
        self.cancel = button(self.tr("Cancel"), cancel)
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        picture = Sign("photos", "faint", 64)
        for widget in (picture, self.sentence, self.hint, self.bar, self.choose, self.demo, self.cancel):
            column.addWidget(widget, 0, middle)
        column.addStretch(3)
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing is going on."""
        self._show_busy(False)
        self.sentence.setText(self.tr("Drop folders of photos here"))
        self.hint.setText(
            self.tr(
                "Each folder becomes a class to recognise, a folder of folders becomes many.\n"
                "The photos stay where they are."
            )
        )

    def show_adding(self, event: JobEvent | None) -> None:
        """Photos are read."""
        self._show_busy(True)
        self.sentence.setText(self.tr("Reading the photos"))
        if event is None or not event.total:
            self.bar.setRange(0, 0)
            self.hint.setText("")
            return
        self.bar.setRange(0, event.total)
        self.bar.setValue(event.done)
        text = self.tr("{done} of {all}").format(done=count(event.done), all=count(event.total))
        self.hint.setText("   ".join(part for part in (text, time_left(event.seconds_left)) if part))

    def _show_busy(self, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.cancel.setVisible(is_busy)
        self.choose.setVisible(not is_busy)
        self.demo.setVisible(not is_busy)


class Adding(QObject):
    """One addition at a time.

    Attributes:
        sheet: the one that was shown last.
        progress: how far the reading of photos is.
        last_folder: where the last folder lay.
    """

    changed = Signal()
    added = Signal(int)  # id of the first class that got photos
    said = Signal(str, object, object)  # as for a page's banner
    refused = Signal(str)  # what went wrong, in a line

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._window = context, parent
        self._handle: WorkHandle | None = None
        self._skipped: tuple[Skipped, ...] = ()
        self.sheet: AddSheet | None = None
        self.progress: JobEvent | None = None
        self.last_folder: Path | None = None

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def is_work(self, handle: WorkHandle) -> bool:
        """Whether that is the adding that goes on."""
        return handle is self._handle

    def ask(self, paths: Sequence[Path], class_name: str | None, parent: QWidget) -> None:
        """Show what would be added."""
        if self.is_busy or not paths or self._context.contents is None:
            return
        self.last_folder = paths[0].parent
        self.sheet = AddSheet(self._context, paths, class_name, parent)
        self.sheet.decided.connect(self._add)
        self.sheet.open()

    def forget(self) -> None:
        """Another project: what belonged to the one before is of no use."""
        self._handle, self.progress, self._skipped = None, None, ()

    @Slot()
    def cancel(self) -> None:
        """Stop reading; the project stays as it was."""
        if self._handle is not None:
            self._handle.cancel()

    @Slot(object)
    def _add(self, addition: Addition) -> None:
        self._skipped = addition.found.skipped
        self._handle = self._context.run(
            self.tr("Adding photos"),
            lambda bench, job: bench.add(
                addition.found, job, task=addition.task, top_up=addition.top_up, test_share=addition.test_share
            ),
            over=self._end,
            done=self._on_added,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            event=self._on_event,
        )
        self.changed.emit()

    def _on_event(self, event: JobEvent) -> None:
        self.progress = event
        self.changed.emit()

    def _on_added(self, added: Added) -> None:
        self._skipped = added.skipped
        photos, classes = words.photos(added.train + added.test), words.classes(len(added.class_ids))
        text = self.tr("Added {photos} to {classes}.").format(photos=photos, classes=classes)
        if added.skipped:
            text += " " + self.tr("{n} skipped.").format(n=count(len(added.skipped)))
            self.said.emit(text, self.tr("Show"), self.show_skipped)
        else:
            self.said.emit(text, None, None)
        if added.class_ids:
            self.added.emit(added.class_ids[0])

    @Slot()
    def show_skipped(self) -> None:
        """Show what was left out, and why."""
        SkipReport(self._skipped, self._window).open()

    def _on_failed(self, failure: WorkFailure) -> None:
        if failure.is_expected:
            self.refused.emit(self.tr("Nothing was added: {reason}").format(reason=failure.message))
        else:
            self._context.show_failure(failure)

    def _on_cancelled(self) -> None:
        self.said.emit(self.tr("Cancelled. Nothing was added."), None, None)

    def _end(self) -> None:
        self._handle, self.progress = None, None
        self.changed.emit()
