"""The tasks that are learned one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.workbench.task_outcome import Outcome

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

Learn = Callable[["Workbench", Job, str], Outcome]


class TrainingQueue(QObject):
    """Starts the trainings together; the write lane does them in order. When one fails, those after it are dropped."""

    began = Signal(str)  # the name of the task that comes next
    got_on = Signal(object)  # a JobEvent of the training that runs
    learned = Signal(object, bool)  # an Outcome, and whether it was stopped early
    failed = Signal(object)  # a WorkFailure
    cancelled = Signal()
    changed = Signal()  # something was heard, began or ended

    def __init__(self, context: AppContext, learn: Learn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._learn = context, learn
        self._queue: list[tuple[str, WorkHandle]] = []
        context.background.changed.connect(self._on_changed)

    @property
    def is_busy(self) -> bool:
        return bool(self._queue)

    @property
    def handle(self) -> WorkHandle | None:
        """The training that runs, or waits for the write lane."""
        return self._queue[0][1] if self._queue else None

    @property
    def waiting(self) -> list[str]:
        """Names of the tasks after it."""
        return [name for name, _ in self._queue[1:]]

    def start(self, tasks: Sequence[str]) -> None:
        """Learn these, in this order."""
        self._queue = [(task, self._start(task)) for task in tasks]
        self.began.emit(tasks[0])

    def cancel(self) -> None:
        """Cancel the training that runs, and those that wait."""
        self._drop_waiting()
        if self.handle is not None:
            self.handle.cancel()

    def _start(self, task: str) -> WorkHandle:
        return self._context.run(
            self.tr("Learning {task}").format(task=task),
            lambda bench, job: self._learn(bench, job, task),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            event=self._on_event,
            can_stop_early=True,
        )

    def _drop_waiting(self) -> None:
        dropped = [handle for _, handle in self._queue[1:]]
        self._queue = self._queue[:1]
        for handle in dropped:
            handle.cancel()

    @Slot(object)
    def _on_event(self, event: JobEvent) -> None:
        self.got_on.emit(event)

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        (_, handle), *self._queue = self._queue
        self.learned.emit(outcome, handle.is_stopping)
        if self._queue:
            self.began.emit(self._queue[0][0])
        self.changed.emit()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._drop_waiting()
        self._queue = []
        self.failed.emit(failure)
        self.changed.emit()

    @Slot()
    def _on_cancelled(self) -> None:
        # Also called for tasks that were dropped from the queue, and for one that was cancelled in the status bar.
        ended = [handle for _, handle in self._queue if handle.state == "cancelled"]
        if not ended:
            return
        if self.handle in ended:
            self._drop_waiting()
            self._queue = []
            self.cancelled.emit()
        else:
            self._queue = [(name, handle) for name, handle in self._queue if handle not in ended]
        self.changed.emit()

    @Slot(object)
    def _on_changed(self, handle: WorkHandle) -> None:
        if any(handle is one for _, one in self._queue):
            self.changed.emit()
