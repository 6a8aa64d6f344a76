"""What becomes of the answers: saved to a file, or the photos sorted into folders, with a way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.use.sort_sheet import SortSheet
from spa_desktop.ui.widgets import file_dialogs, plural_words
from spa_desktop.ui.widgets.number_words import count

if TYPE_CHECKING:
    from spa_desktop.classify.sort_photos import Sorted
    from spa_desktop.classify.sort_plan import SortPlan
    from spa_desktop.workbench import PhotoAnswer


class AnswerOutput(QObject):
    """Saves and sorts in the background; says at the top of the page how it went."""

    relocated = Signal(object)  # {path: new path} of photos that were moved
    busy_changed = Signal()

    def __init__(self, context: AppContext, page: QWidget, say: Callable[..., None]) -> None:
        """Use `say` for messages: text, text of the action, the action."""
        super().__init__(page)
        self._context, self._page, self._say = context, page, say
        self._target: Path | None = None
        self._plan: SortPlan | None = None
        self.is_busy = False
        self.sheet: SortSheet | None = None

    def save(self, kind: str, answers: Sequence[PhotoAnswer], names: Mapping[int, str], start: Path) -> None:
        """Ask where, and write a file: "csv" or "jsonl"."""
        suffix = f".{kind}"
        pattern = self.tr("Tables (*.csv)") if kind == "csv" else self.tr("JSON lines (*.jsonl)")
        path = file_dialogs.save_file(
            self._page, self.tr("Save the answers"), start / f"answers{suffix}", pattern, suffix
        )
        if path is None:
            return
        kept, known = tuple(answers), dict(names)

        def write(job: Job) -> Path:
            from spa_desktop.classify.answer_files import write_csv, write_json_lines

            (write_csv if kind == "csv" else write_json_lines)(path, kept, known, is_agreed=True)
            return path

        self._start(self.tr("Saving the answers"), write, self._on_saved, self._on_failed, self._rest)

    def sort(self, answers: Sequence[PhotoAnswer], names: Mapping[int, str], sources: Sequence[Path]) -> None:
        """Show the sheet."""
        self.sheet = SortSheet(self._context, answers, names, sources, self._page)
        self.sheet.decided.connect(self._on_decided)
        self.sheet.open()

    def forget(self) -> None:
        """Another project: what was sorted can still be undone on the command line."""
        self._target = self._plan = None

    @Slot(object)
    def _on_decided(self, plan: SortPlan) -> None:
        from spa_desktop.classify.sort_photos import sort_photos

        self._plan, self._target = plan, plan.target
        self._sort(lambda job: sort_photos(plan, job))

    @Slot()
    def _go_on(self) -> None:
        from spa_desktop.classify.sort_photos import resume_sort

        target = self._target
        if target is not None:
            self._sort(lambda job: resume_sort(target, job))

    def _sort(self, work: Callable[[Job], Sorted]) -> None:
        self._start(self.tr("Sorting photos"), work, self._on_sorted, self._on_sort_failed, self._on_stopped)

    @Slot()
    def _undo(self) -> None:
        from spa_desktop.classify.sort_photos import undo_sort

        target = self._target
        if target is not None:
            title = self.tr("Putting photos back")
            back = self._on_undone, self._on_failed, self._on_undoing_stopped
            self._start(title, lambda job: undo_sort(target, job), *back)

    def _start(
        self,
        title: str,
        work: Callable[[Job], Any],
        done: Callable[[Any], None],
        failed: Callable[[WorkFailure], None],
        cancelled: Callable[[], None],
    ) -> None:
        self.is_busy = True
        self.busy_changed.emit()
        self._context.background.start(title, work, done=done, failed=failed, cancelled=cancelled, lane="folders")

    def _rest(self) -> None:
        self.is_busy = False
        self.busy_changed.emit()

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._rest()
        self._say(self.tr("Saved in {path}").format(path=path))

    @Slot(object)
    def _on_sorted(self, done: Sorted) -> None:
        self._rest()
        text = self.tr("Moved {photos} into {path}") if done.is_move else self.tr("Copied {photos} into {path}")
        text = text.format(photos=plural_words.photos(done.done), path=done.target)
        if done.failed:
            why = f"{done.failed[0].path.name}: {done.failed[0].reason}"
            text = f"{text}. " + self.tr("Not sorted: {n} ({why})").format(n=count(len(done.failed)), why=why)
        if done.is_move:
            self.relocated.emit(self._moves(done))
            self._say(text, self.tr("Undo"), self._undo)
        else:
            self._say(text)

    @Slot(object)
    def _on_undone(self, done: Sorted) -> None:
        self._rest()
        failed = {str(one.path) for one in done.failed}
        back = {new: old for old, new in self._moves(done).items() if new not in failed}
        self.relocated.emit(back)
        text = self.tr("Moved {photos} back").format(photos=plural_words.photos(done.done))
        if done.failed:
            why = f"{done.failed[0].path.name}: {done.failed[0].reason}"
            text = f"{text}. " + self.tr("Not moved back: {n} ({why})").format(n=count(len(done.failed)), why=why)
        self._say(text)

    @Slot(object)
    def _on_sort_failed(self, failure: WorkFailure) -> None:
        self._rest()
        if failure.is_expected:
            self._say(failure.message, self.tr("Go on"), self._go_on)
        else:
            self._context.show_failure(failure)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._rest()
        self._context.show_failure(failure)

    @Slot()
    def _on_stopped(self) -> None:
        self._rest()
        if self._target is not None:
            self._say(self.tr("Sorting was stopped"), self.tr("Go on"), self._go_on)

    @Slot()
    def _on_undoing_stopped(self) -> None:
        self._rest()
        if self._target is not None:
            self._say(self.tr("Putting photos back was stopped"), self.tr("Go on"), self._undo)

    def _moves(self, done: Sorted) -> dict[str, str]:
        """Old and new paths of the photos of a move that went well."""
        failed = {str(one.path) for one in done.failed}
        steps = self._plan.steps if self._plan is not None else ()
        return {step.source: str(done.target / step.folder / step.name) for step in steps if step.source not in failed}
