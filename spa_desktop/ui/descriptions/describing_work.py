"""Having classes described, in the background, and what is said of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.jobs import Job
from spa_desktop.project.records import Description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.descriptions.text_edits import same_words
from spa_desktop.ui.preferences import writer_options
from spa_desktop.ui.widgets.number_words import count

if TYPE_CHECKING:
    from spa_desktop.workbench import Described, Workbench
    from spa_desktop.workbench.describing import SendingConsent


class Writing(QObject):
    """One run of a writer at a time.

    Attributes:
        class_ids: classes that are being described now.
    """

    changed = Signal()
    said = Signal(str, object, object)  # a line, the text of an action or None, the action or None

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._handle: WorkHandle | None = None
        self._before: Description | None = None
        self._is_service = self._is_again = False
        self._left: list[int] = []  # classes that a service failed for
        self.class_ids: frozenset[int] = frozenset()

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def is_work(self, handle: WorkHandle) -> bool:
        """Whether that is the run that goes on."""
        return handle is self._handle

    def start(self, class_ids: Sequence[int], writer: str, *, again: bool = False) -> None:
        """Describe classes; `again` also replaces a text that was approved, but for the person's own phrases."""
        contents = self._context.contents
        if self.is_busy or contents is None or not class_ids:
            return
        ids = list(class_ids)
        self.class_ids = frozenset(ids)
        self._before = contents.descriptions.get(ids[0]) if again else None
        self._is_service, self._is_again, self._left = writer != "offline", again, ids
        consent, values = self._context.asker.sending_consent, self._context.settings.value
        options = writer_options(values)
        self._handle = self._context.run(
            self.tr("Describing"),
            lambda bench, job: _describe(bench, job, ids, writer, options, is_again=again, consent=consent),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
        )
        self.changed.emit()

    def forget(self) -> None:
        """Another project."""
        self._handle, self.class_ids = None, frozenset()

    @Slot()
    def cancel(self) -> None:
        """Stop writing; no text is changed."""
        if self._handle is not None:
            self._handle.cancel()
            self.changed.emit()

    @property
    def is_cancelling(self) -> bool:
        return self._handle is not None and self._handle.is_cancelling

    @Slot(object)
    def _on_done(self, described: Described) -> None:
        before, self._before = self._before, None
        self._end()
        number = len(described.descriptions)
        if number == 1 and before is not None and same_words(before, next(iter(described.descriptions.values()))):
            self._say(self.tr("The writer gave the same text again."))
            return
        contents = self._context.contents
        assert contents is not None, "a verb of another project tells nothing"
        shown = {contents.stored_names[one.id]: one.name for one in contents.classes}
        parts = []
        if number == 1:
            parts.append(self.tr("1 class was described."))
        elif number or not described.kept:
            parts.append(self.tr("{n} classes were described.").format(n=count(number)))
        if described.kept:
            names = ", ".join(shown.get(one, one) for one in described.kept)
            parts.append(self.tr("Your own text of {names} was kept.").format(names=names))
        if described.failed:
            name, reason = described.failed[0]
            parts.append(
                self.tr("{n} failed: {name}: {reason}").format(
                    n=count(len(described.failed)), name=shown.get(name, name), reason=reason
                )
            )
        self._left = list(described.failed_ids)
        self._say(" ".join(parts), can_go_on=bool(self._left))

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._end()
        if failure.is_expected:
            self._say(failure.message, can_go_on=bool(self._left))
        else:
            self._context.show_failure(failure)

    @Slot()
    def _on_cancelled(self) -> None:
        self._end()
        if self._is_service:
            # They were paid for.
            self._say(self.tr("Cancelled. Texts that had come by then are kept."))
        else:
            self._say(self.tr("Cancelled. The descriptions are as they were."))

    @Slot()
    def write_offline(self) -> None:
        """Have the offline writer describe what a service failed for, now that the person asks for it."""
        self.start(self._left, "offline", again=self._is_again)

    def _say(self, line: str, *, can_go_on: bool = False) -> None:
        if can_go_on and self._is_service:
            self.said.emit(line, self.tr("Write offline"), self.write_offline)
        else:
            self.said.emit(line, None, None)

    def _end(self) -> None:
        self._handle, self.class_ids = None, frozenset()
        self.changed.emit()


def _describe(
    bench: Workbench,
    job: Job,
    class_ids: list[int],
    writer: str,
    options: Mapping[str, object],
    *,
    is_again: bool,
    consent: SendingConsent,
) -> Described:
    from spa_desktop.descriptions.openai.service import WriterOptions

    return bench.describe(
        writer,
        job,
        class_ids=class_ids,
        replace_edited=is_again,
        keeps_own=True,
        afresh=is_again,
        consent=consent,
        options=WriterOptions.from_settings(options) if writer == "openai" else None,
    )
