"""The comparison of two states, with what it reads in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.results.compare_view import CompareView
from spa_desktop.ui.results.results_report import Report
from spa_desktop.workbench.state_comparison import Comparison, KnownState

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench


class CompareDesk(CompareView):
    """Asks the project for its states, and for what changed between the two that are chosen."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._report: Report | None = None
        self._after_task: int | None = None
        self._asked: tuple[int, int] | None = None
        self._work: WorkHandle | None = None
        self.pair_chosen.connect(self._on_pair)

    def look(self, report: Report, after_task: int | None = None) -> None:
        """Offer the states that there are now.

        Args:
            report: of the model of now.
            after_task: choose the state after this task, and the one before it.
        """
        self._report, self._after_task = report, after_task
        self._start(lambda bench, job: bench.known_states(), self._on_states)

    def forget(self) -> None:
        """The project was closed."""
        self._report = self._asked = self._after_task = None
        self.states = ()
        self.say("")

    def _start(self, function: Callable[[Workbench, Job], Any], done: Callable[[Any], Any]) -> None:
        if self._work is not None:
            self._work.abandon()
        self._work = self._context.read(function, done=done, failed=self._on_failed)

    @Slot(object)
    def _on_states(self, states: list[KnownState]) -> None:
        self._work = None
        self.show_states(states, self._after_task)
        self._after_task = None

    @Slot(int, int)
    def _on_pair(self, first: int, second: int) -> None:
        pair = self._asked = (first, second)

        def work(bench: Workbench, job: Job) -> tuple[tuple[int, int], Comparison]:
            return pair, bench.compare_states(*pair)

        self._start(work, self._on_compared)

    @Slot(object)
    def _on_compared(self, result: tuple[tuple[int, int], Comparison]) -> None:
        pair, found = result
        self._work = None
        contents = self._context.contents
        if pair == self._asked and self._report is not None and contents is not None:
            self.show_comparison(found, self._report, contents)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._work = None
        self.say(failure.message)
        if not failure.is_expected:
            self._context.show_failure(failure)
