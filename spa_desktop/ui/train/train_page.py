"""The Train page: before, during and after a training, and the queue of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Slot

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


class TrainPage(Page):
    """What will be learned, how it goes, and what came of it.

    The trainings of several tasks are started together; the write lane does them in order. When one fails, those after
    it are dropped.

    Attributes:
        queue: the tasks that are learned, the one that runs, or waits for the write lane, first.
        outcomes: of those that were learned since the last click.
    """

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
        self.queue: list[tuple[TaskNode, WorkHandle]] = []
        context.background.changed.connect(self._on_work)
        self.plan, self.history = PlanView(context), TaskHistory()
        self.history.record_wanted.connect(self._see_record)
        views = ((view, 1) for view in (self.plan, self.run, self.past))
        column(*views, self.history, None, spacing=Space.L, of=self.body)
        self.plan.changed.connect(self._show_buttons)
        self.plan.changed.connect(self._advise)
        self.train = self.set_primary(self.tr("Train"), self.start, "train")
        self.undo = self.add_action(self.tr("Undo"), self._undo, "undo")
        self.undo.setToolTip(self.tr("Take the last training back: the model as it was before"))
        self.stop = self.add_action(self.tr("Stop early"), self._stop, "stop")
        self.stop.setToolTip(self.tr("End the learning now and keep what is learned so far"))
        self.cancel = self.add_action(self.tr("Cancel"), self.cancel_all, "close")
        self.cancel.setToolTip(self.tr("End it and go back to the model as it was"))
        # In a turn of its own: page and plot together would keep the window waiting.
        later(self.run.plot.make_plot)

    def refresh(self) -> None:
        contents = self.context.opened
        pending = pending_tasks(contents)
        self.plan.fill(pending, len(contents.learned_ids), self._rates)
        self._advise()
        is_busy = bool(self.queue)
        self.history.show_contents(contents, is_busy=is_busy)
        recorded = [one for one in self.history.model.rows if one.records]
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
        return handle is self.handle

    @property
    def handle(self) -> WorkHandle | None:
        """The training that runs, or waits for the write lane."""
        return self.queue[0][1] if self.queue else None

    @property
    def waiting(self) -> list[str]:
        """Names of the tasks after it."""
        return [task.name for task, _ in self.queue[1:]]

    @Slot()
    def start(self) -> None:
        """Learn the tasks that are ticked, one after the other."""
        chosen = self.plan.chosen
        if not chosen or self.queue or not self.context.is_writable:
            return
        self.message_bar.hide()
        self.outcomes.clear()
        self._looked_at = None
        self.run.log.clear()
        self.queue = [(one, self._start(one.name)) for one in chosen]
        self._begin()
        self.refresh()

    def _start(self, task: str) -> WorkHandle:
        return self.context.run(
            self.tr("Learning {task}").format(task=task),
            lambda bench, job: bench.train(job, task=task),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            event=self._on_event,
            can_stop_early=True,
        )

    def _begin(self) -> None:
        task = self.queue[0][0]
        self.run.begin(task.name, task.counts.train, self._rates)

    @Slot()
    def _show_buttons(self) -> None:
        with self.keeping_focus():
            self._show_buttons_now()

    def _show_buttons_now(self) -> None:
        contents, handle, chosen = self.contents, self.handle, self.plan.chosen
        is_busy = handle is not None
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
            self.run.show_state(handle, self.waiting)

    @Slot(int)
    def _see_record(self, task_id: int) -> None:
        self._looked_at = task_id
        self.refresh()

    @Slot()
    def _stop(self) -> None:
        if self.handle is not None:
            self.handle.stop_early()

    @Slot()
    def cancel_all(self) -> None:
        """Cancel the training that runs, and those that wait."""
        self._drop_waiting()
        if self.handle is not None:
            self.handle.cancel()

    def _drop_waiting(self) -> None:
        dropped = [handle for _, handle in self.queue[1:]]
        self.queue = self.queue[:1]
        for handle in dropped:
            handle.cancel()

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
    def _on_work(self, handle: WorkHandle) -> None:
        if any(handle is one for _, one in self.queue):
            self._show_buttons()

    def _on_event(self, event: JobEvent) -> None:
        """One clock for the page and the status bar: a stage knows of its own steps only, and of a class at a time."""
        self.run.show_event(event)
        if self.handle is not None:
            self.handle.overall = self.run.clock.fraction, self.run.clock.seconds_left

    def _on_done(self, outcome: Trained) -> None:
        (_, handle), *self.queue = self.queue
        self.run.end(is_learned=True)
        self.outcomes.append(outcome)
        contents, settings = self.context.opened, self.context.settings
        self._learner_id = contents.learner.id if contents.learner else None
        if not handle.is_stopping:
            mixed = mixed_rates(self._rates, self.run.clock.measured())
            settings.update(rates={**settings.value.rates, contents.meta.backbone: mixed})
        if self.queue:
            self._begin()
        self.refresh_soon()
        self._show_buttons()

    def _on_failed(self, failure: WorkFailure) -> None:
        self._end()
        if failure.is_expected:
            self.banner(self.tr("Not learned: {reason}").format(reason=failure.message), is_error=True)
        else:
            self.banner(self.tr("Not learned. The model is as it was."), is_error=True)
            self.context.show_failure(failure)

    def _on_cancelled(self) -> None:
        # Also called for tasks that were dropped from the queue, and for one that was cancelled in the status bar.
        ended = [handle for _, handle in self.queue if handle.state == "cancelled"]
        if self.handle in ended:
            self._end()
            self.banner(self.tr("Cancelled. The model is as it was."))
        self.queue = [one for one in self.queue if one[1] not in ended]
        self._show_buttons()

    def _end(self) -> None:
        """None of the tasks is learned."""
        self._drop_waiting()
        self.queue = []
        self.run.end(is_learned=False)
        self.refresh_soon()
        self._show_buttons()

    @Slot()
    def _advise(self) -> None:
        """Say what to know about the photos of the tasks that are ticked."""
        contents = self.contents
        if contents is None:
            return
        chosen = {one.id for task in self.plan.chosen for one in task.classes}
        classes, counts = contents.classes, contents.counts
        looked_at = contents.path, tuple(sorted(chosen)), tuple(counts.items()), contents.settings.get(CONFIRMED)
        key = bool(self.queue), *looked_at
        if key != self._advised:
            self._advised, self._doubted = key, None
            ids = [one for one in sorted(chosen) if counts[one].unlearned]
            if self._looking is not None:
                self._looking.abandon()
            self._looking = None
            if ids and not self.queue:
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
