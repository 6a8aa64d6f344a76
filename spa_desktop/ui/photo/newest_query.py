"""The model, or an index of photos, asked one question at a time: of those that come meanwhile only the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import LaneName, WorkFailure, WorkHandle

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

Load = Callable[["Workbench", Job], Any]


class Newest(QObject):
    """Asks in the background. What answers is loaded with the first question, and again after :meth:`forget`."""

    answered = Signal(object, object)  # the question, and the answer
    failed = Signal(object, object)  # the question, and WorkFailure
    dropped = Signal()  # the work was cancelled: somebody wants the threads free

    def __init__(
        self,
        context: AppContext,
        answer: Callable[[Any, Any], Any],  # what was loaded, and a question, to its answer; for worker threads
        *,
        lane: LaneName = "read",
        views: int = 3,  # as for `Recognizer`
        load: Load | None = None,  # of what answers; None: a recogniser of what was learned, else nothing is asked
        title: str = "",  # of the loading
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._answer, self._lane, self._needs_learner = context, answer, lane, load is None
        self._load: Load = load or (lambda bench, job: bench.recognizer(job, views=views))
        self._title = title or self.tr("Loading what was learned")
        self._loaded: Any = None
        self._next: Any = None
        self._asked: Any = None
        self._handle: WorkHandle | None = None
        self.answers = self.missed = 0  # questions that were answered; that a newer one took the place of

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._loaded is not None

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    @property
    def has_newer(self) -> bool:
        """True while a question waits that is newer than the one that is, or was just, answered."""
        return self._next is not None

    def ask(self, question: object) -> None:
        """Ask as soon as the question before is answered; `answered` or `failed` follows, unless a newer one comes."""
        self.missed += self._next is not None
        self._next = question
        if self._handle is None:
            self._start()

    def rest(self) -> None:
        """Forget the question that waits."""
        self._next = None

    def leave(self) -> None:
        """Forget the question that waits, and the answer to the one that is being answered."""
        self._next = self._asked = None

    def forget(self) -> None:
        """What was learned is another now, or the project is: load anew, and drop what was asked."""
        if self._handle is not None:
            self._handle.abandon()
        self._handle = self._loaded = self._next = None

    def _start(self) -> None:
        question, self._next = self._next, None
        contents = self._context.contents
        if question is None or contents is None or (self._needs_learner and contents.learner is None):
            return
        loaded, answer, load, self._asked = self._loaded, self._answer, self._load, question

        def work(bench: Workbench, job: Job) -> tuple[Any, Any]:
            ready = loaded or load(bench, job)
            return ready, answer(ready, question)

        self._handle = self._context.read(
            work,
            title=self._title,
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            lane=self._lane,
            is_quiet=loaded is not None,
        )

    def _on_done(self, found: tuple[Any, Any]) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and handle.is_cancelling:
            self._on_cancelled()
            return
        self._loaded, answer = found
        self.answers += 1
        if self._asked is not None:
            self.answered.emit(self._asked, answer)
        self._go_on()

    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        self.failed.emit(self._asked, failure)
        self._go_on()

    def _on_cancelled(self) -> None:
        self._handle = self._next = None
        self.dropped.emit()

    def _go_on(self) -> None:
        if self._handle is None:  # who heard of the answer may have asked again
            self._start()
