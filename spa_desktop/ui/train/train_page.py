"""The Train page: before, during and after a training, and the queue of tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.jobs import JobEvent
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle, later
from spa_desktop.ui.corrections.worth_a_look import Picked
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.train.after_training import TaskHistory
from spa_desktop.ui.train.before_training import PlanView, pending_tasks
from spa_desktop.ui.train.stages import mixed_rates
from spa_desktop.ui.train.training_view import TrainingView
from spa_desktop.ui.widgets.class_list import TaskNode
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.words import count, some_names
from spa_desktop.workbench.corrections import CONFIRMED
from spa_desktop.workbench.overview import data_advice, photos_of
from spa_desktop.workbench.training import Trained
from spa_desktop.workbench.worth_a_look import Suspect

# The tasks that are learned one after the other.


class TrainingQueue(QObject):
    """Starts the trainings together; the write lane does them in order. When one fails, those after it are dropped."""

    began = Signal(object)  # the task that comes next, a TaskNode
    learned = Signal(object, bool)  # what was Trained, and whether it was stopped early
    failed = Signal(object)  # a WorkFailure
    cancelled = Signal()
    changed = Signal()  # something was heard, began or ended

    def __init__(self, context: AppContext, event: Callable[[JobEvent], None], parent: QObject) -> None:
        """Make it empty; `event` gets the events of the training that runs, and is a bound method of a QObject."""
        super().__init__(parent)
        self._context, self._event = context, event
        self._queue: list[tuple[TaskNode, WorkHandle]] = []
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
        return [task.name for task, _ in self._queue[1:]]

    def start(self, tasks: Sequence[TaskNode]) -> None:
        """Learn these, in this order."""
        self._queue = [(one, self._start(one.name)) for one in tasks]
        self.began.emit(tasks[0])

    def cancel(self) -> None:
        """Cancel the training that runs, and those that wait."""
        self._drop_waiting()
        if self.handle is not None:
            self.handle.cancel()

    def _start(self, task: str) -> WorkHandle:
        return self._context.run(
            self.tr("Learning {task}").format(task=task),
            lambda bench, job: bench.train(job, task=task),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            event=self._event,
            can_stop_early=True,
        )

    def _drop_waiting(self) -> None:
        dropped = [handle for _, handle in self._queue[1:]]
        self._queue = self._queue[:1]
        for handle in dropped:
            handle.cancel()

    def _on_done(self, outcome: Trained) -> None:
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
            self._queue = [one for one in self._queue if one[1] not in ended]
        self.changed.emit()

    @Slot(object)
    def _on_changed(self, handle: WorkHandle) -> None:
        if any(handle is one for _, one in self._queue):
            self.changed.emit()


class TrainPage(Page):
    """What will be learned, how it goes, and what came of it."""

    name = "train"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Train"))
        self.outcomes: list[Trained] = []
        self._looked_at: int | None = None  # a task that was learned
        self._advised: object = None  # what the photos that may be labelled wrong were looked for among
        self._looking: WorkHandle | None = None
        self._doubted: Picked | None = None
        self._learner_id: int | None = None  # of the model that the last outcome is about
        self.run, self.past = TrainingView(context), TrainingView(context, is_past=True)
        self.queue = TrainingQueue(context, self._on_event, self)
        self.queue.began.connect(self._on_began)
        self.queue.learned.connect(self._on_learned)
        self.queue.failed.connect(self._on_failed)
        self.queue.cancelled.connect(self._on_cancelled)
        self.queue.changed.connect(self._show_buttons)
        self.plan, self.history = PlanView(), TaskHistory()
        self.past.results_wanted.connect(self._see_changes)
        self.history.record_wanted.connect(self._see_record)
        views = ((view, 1) for view in (self.plan, self.run, self.past))
        column(*views, self.history, None, spacing=Space.L, of=self.body)
        self.plan.changed.connect(self._show_buttons)
        self.plan.changed.connect(self._advise)
        self.plan.advice.class_wanted.connect(self._show_class)
        self.plan.advice.photos_wanted.connect(self._show_photos)
        self.plan.review_wanted.connect(self._review)
        self.train = self.set_primary(self.tr("Train"), self.start, "train")
        self.undo = self.add_action(self.tr("Undo"), self._undo, "undo")
        self.undo.setToolTip(self.tr("Take the last training back: the model as it was before"))
        self.stop = self.add_action(self.tr("Stop early"), self._stop, "stop")
        self.stop.setToolTip(self.tr("End the learning now and keep what is learned so far"))
        self.cancel = self.add_action(self.tr("Cancel"), self._cancel, "close")
        self.cancel.setToolTip(self.tr("End it and go back to the model as it was"))
        # In a turn of its own: page and plot together would keep the window waiting.
        later(self.run.plot.make_plot)

    def refresh(self) -> None:
        contents = self.context.opened
        pending = pending_tasks(contents)
        self.plan.fill(pending, len(contents.learned_ids), self._rates)
        self._advise()
        self.history.show_contents(contents, is_busy=self.queue.is_busy)
        is_busy = self.queue.is_busy
        recorded = [one for one in self.history.tasks if one.records]
        last = max(recorded, key=lambda one: one.records[0].id, default=None)
        shown = next((one for one in recorded if one.task_id == self._looked_at), last)
        if shown is not None:
            newest = shown.records[0]
            is_new = bool(self.outcomes) and newest.learner_id == self._learner_id
            self.past.show_records(shown.name, shown.records, self.outcomes[-1] if is_new else None)
        # What is to come is seen while the last result stands.
        self.plan.setVisible(bool(pending) and not is_busy)
        self.run.setVisible(is_busy)
        self.past.setVisible(shown is not None and not is_busy)
        if contents.classes:
            self.show_body()
        else:
            self.show_empty(
                "train",
                self.tr("Nothing to learn yet: add folders of photos first"),
                self.tr("Add photos"),
                partial(self.context.go_to, "classes"),
            )
        self._show_buttons()

    def set_project(self) -> None:
        self.plan.fill((), 0, None)  # tasks of another project have nothing to do with those before
        self.outcomes.clear()
        self.run.log.clear()
        self._looked_at = None

    def on_theme(self) -> None:
        self.plan.tree.viewport().update()
        self.run.plot.restyle()
        self.past.plot.restyle()

    def can_cancel(self, handle: WorkHandle) -> bool:
        return handle is self.queue.handle

    @Slot()
    def start(self) -> None:
        """Learn the tasks that are ticked, one after the other."""
        chosen = self.plan.chosen
        if not chosen or self.queue.is_busy or not self.context.is_writable:
            return
        self.message_bar.hide()
        self.outcomes.clear()
        self._looked_at = None
        self.run.log.clear()
        self.queue.start(chosen)
        self.refresh()

    @Slot()
    def _show_buttons(self) -> None:
        with self.keeping_focus():
            self._show_buttons_now()

    def _show_buttons_now(self) -> None:
        contents, handle, is_busy = self.contents, self.queue.handle, self.queue.is_busy
        chosen = self.plan.chosen
        self.train.setVisible(not self.is_empty and not self.plan.isHidden())
        self.train.setText(self.tr("Train") if len(chosen) < 2 else self.tr("Train {n} tasks").format(n=len(chosen)))
        self.train.setEnabled(bool(chosen) and self.context.is_writable)
        self.train.setToolTip("" if self.context.is_writable else self.tr("This project is open for reading only"))
        info = contents.undoable_training if contents else None
        task = contents.task(info.task_id) if contents and info and info.task_id is not None else None
        self.undo.setVisible(task is not None and not is_busy and self.context.is_writable)
        if task is not None:
            self.undo.setText(self.tr("Undo {task}").format(task=caption(task.name)))
        self.stop.setVisible(is_busy)
        self.cancel.setVisible(is_busy)
        if handle is not None:
            is_heard = handle.is_cancelling or handle.is_stopping
            self.stop.setEnabled(handle.state == "running" and not is_heard)
            self.stop.setText(self.tr("Stopping...") if handle.is_stopping else self.tr("Stop early"))
            self.cancel.setEnabled(not handle.is_cancelling)
            self.cancel.setText(self.tr("Cancelling...") if handle.is_cancelling else self.tr("Cancel"))
            self.run.show_state(handle, self.queue.waiting)

    @Slot(int)
    def _see_record(self, task_id: int) -> None:
        self._looked_at = None if self._looked_at == task_id else task_id
        self.refresh()

    @Slot(int)
    def _see_changes(self, task_id: int) -> None:
        self.context.go_to("results", task_id if len(self.history.tasks) > 1 else None)

    @Slot()
    def _stop(self) -> None:
        if self.queue.handle is not None:
            self.queue.handle.stop_early()

    @Slot()
    def _cancel(self) -> None:
        self.queue.cancel()

    @Slot()
    def _undo(self) -> None:
        if not self.undo.isEnabled():
            return  # it is at work: the same press again would take the training before that one back as well
        self._let_undo(False)
        self.context.run(
            self.tr("Undoing the training"),
            lambda bench, job: bench.undo_training(),
            over=self._let_undo,
            done=self._on_undone,
        )

    def _on_undone(self, task: str | None) -> None:
        self.outcomes.clear()
        self.refresh_soon()
        if task is not None:
            self.banner(self.tr("{task} was undone. The model is as it was before.").format(task=task))

    @Slot()
    def _let_undo(self, is_free: bool = True) -> None:
        self.undo.setEnabled(is_free)

    @property
    def _rates(self) -> Mapping[str, float] | None:
        """Seconds a photo, by stage, of trainings on this computer; None before the first."""
        return self.context.settings.value.rates.get(self.context.opened.meta.backbone)

    @Slot(object)
    def _on_began(self, task: TaskNode) -> None:
        self.run.begin(task.name, task.counts.train, self._rates)
        self._show_buttons()

    @Slot(object, bool)
    def _on_learned(self, outcome: Trained, was_stopped: bool) -> None:
        self.run.end(is_learned=True)
        self.outcomes.append(outcome)
        contents, settings = self.context.opened, self.context.settings
        self._learner_id = contents.learner.id if contents.learner else None
        if not was_stopped:
            mixed = mixed_rates(self._rates, self.run.clock.measured())
            settings.update(rates={**settings.value.rates, contents.meta.backbone: mixed})
        self.refresh_soon()

    def _on_event(self, event: JobEvent) -> None:
        """One clock for the page and the status bar: a stage knows of its own steps only, and of a class at a time."""
        self.run.show_event(event)
        if self.queue.handle is not None:
            self.queue.handle.overall = self.run.clock.fraction, self.run.clock.seconds_left

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.run.end(is_learned=False)
        self.refresh_soon()
        if failure.is_expected:
            self.banner(self.tr("Not learned: {reason}").format(reason=failure.message), is_error=True)
        else:
            self.banner(self.tr("Not learned. The model is as it was."), is_error=True)
            self.context.show_failure(failure)

    @Slot()
    def _on_cancelled(self) -> None:
        self.run.end(is_learned=False)
        self.refresh_soon()
        self.banner(self.tr("Cancelled. The model is as it was."))

    @Slot(object)
    def _review(self, class_id: int | None) -> None:
        self.context.go_to("descriptions", class_id)

    @Slot()
    def _advise(self) -> None:
        """Say what to know about the photos of the tasks that are ticked."""
        contents = self.contents
        if contents is None:
            return
        chosen = {one.id for task in self.plan.chosen for one in task.classes}
        classes, counts = contents.classes, contents.counts
        looked_at = contents.path, tuple(sorted(chosen)), tuple(counts.items()), contents.settings.get(CONFIRMED)
        key = self.queue.is_busy, *looked_at
        if key != self._advised:
            self._advised, self._doubted = key, None
            ids = [one for one in sorted(chosen) if counts[one].unlearned]
            if self._looking is not None:
                self._looking.abandon()
            self._looking = None
            if ids and not self.queue.is_busy:
                self._looking = self.context.read(
                    lambda bench, job: bench.doubtful_labels(ids, job), done=self._on_doubted, failed=self._on_unknown
                )
        to_learn = photos_of(classes, counts, chosen)
        advice = data_advice(to_learn, photos_of(classes, counts, contents.learned_ids - chosen))
        self.plan.advice.fill(advice, self._doubted)

    def _on_doubted(self, found: Sequence[Suspect]) -> None:
        self._looking, contents = None, self.contents
        if contents is None or not found:
            return
        names = {one.id: one.name for one in contents.classes}
        pairs = dict.fromkeys(f"{names.get(one.class_id, '')} → {names.get(one.answer, '')}" for one in found)
        text = self.tr("1 photo probably belongs to another class: {pairs}")
        if len(found) > 1:
            text = self.tr("{n} photos probably belong to another class: {pairs}")
        sentence = text.format(n=count(len(found)), pairs=some_names(list(pairs)))
        self._doubted = Picked(tuple(one.photo_id for one in found), sentence)
        self._advise()

    def _on_unknown(self, _: WorkFailure) -> None:
        """Nothing is said: whatever ails the backbone or the file, the training will say so."""
        self._looking = None

    @Slot(object)
    def _show_photos(self, picked: Picked) -> None:
        self.context.go_to("classes", picked)

    @Slot(int)
    def _show_class(self, class_id: int) -> None:
        self.context.go_to("classes", class_id)
