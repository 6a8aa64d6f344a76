"""What a verb leaves behind, and the order in which the window hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from spa_desktop.jobs import Job
from spa_desktop.project import Waiting
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.background.work import WorkFailure, call

if TYPE_CHECKING:
    from spa_desktop.project import Transaction
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class Verb:
    """What a verb that was done leaves behind.

    Attributes:
        result: what it gave.
        contents: what the project holds now.
    """

    result: Any
    contents: Contents


def in_transaction(verb: str, summary: str, function: Callable[[Transaction], Any]) -> Callable[[Workbench, Job], Any]:
    """A small edit as a verb. For worker threads."""

    def work(bench: Workbench, job: Job) -> Any:
        with bench.project.transaction(verb, summary, waiting=Waiting(job=job)) as tx:
            return function(tx)

    return work


class VerbReceiver(QObject):
    """Makes the window see the new contents before the page hears that its verb is done."""

    def __init__(
        self,
        take: Callable[[Verb], Any],
        reread: Callable[[], Any],
        done: Callable[[Any], Any] | None,
        failed: Callable[[WorkFailure], Any],
        cancelled: Callable[[], Any] | None,
        parent: QObject,
    ) -> None:
        """Receive the end of one verb.

        Args:
            take: takes over what it left behind.
            reread: makes the contents new after a verb that did not end well.
            done: of the page, with the verb's result.
            failed: of the page.
            cancelled: of the page.
            parent: owns it until the verb ends.
        """
        super().__init__(parent)
        self._take, self._reread = take, reread
        self._done, self._failed, self._cancelled = done, failed, cancelled

    def on_done(self, verb: Verb) -> None:
        self._take(verb)
        self._end(self._done, verb.result)

    def on_failed(self, failure: WorkFailure) -> None:
        self._reread()
        self._end(self._failed, failure)

    def on_cancelled(self) -> None:
        self._reread()
        self._end(self._cancelled)

    def _end(self, callback: Callable[..., Any] | None, *arguments: Any) -> None:
        self.deleteLater()
        call(callback, *arguments)
