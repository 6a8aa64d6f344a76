"""The Train page: what will be learned, how it goes, and what came of it; and the queue of tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHeaderView, QPushButton, QSizePolicy, QTreeView, QWidget

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation, WorkFailure, later
from spa_desktop.ui.corrections.worth_a_look import Picked, labels_sentence, unsettled
from spa_desktop.ui.page import Page, next_step
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.train.past_trainings import (
    TaskClock,
    TaskHistory,
    mixed_rates,
    photos_by_stage,
    rough_time,
    what_was_learned,
)
from spa_desktop.ui.train.training_view import TrainingView
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassNode, TaskNode
from spa_desktop.ui.widgets.forms import card, column, empty, row
from spa_desktop.ui.widgets.labels import button, say, slot, wrapped
from spa_desktop.ui.widgets.tables import Column, Index
from spa_desktop.ui.widgets.words import NO_BREAK, advice_words, count, some_names
from spa_desktop.workbench import class_changes, worth_a_look
from spa_desktop.workbench.corrections import CONFIRMED
from spa_desktop.workbench.open_project import EMBEDDED, OpenProject
from spa_desktop.workbench.overview import Advice, advice_on, photos_of
from spa_desktop.workbench.training import Trained, count_unencoded, train
from spa_desktop.workbench.worth_a_look import Suspect


def pending_tasks(contents: Contents) -> tuple[TaskNode, ...]:
    """The tasks that have something to learn, in the order of learning, with the photos that would be learned."""
    nodes = []
    for task in contents.tasks:
        classes = tuple(_pending(contents, class_) for class_ in contents.to_learn if class_.task_id == task.id)
        if classes:
            nodes.append(TaskNode(task, classes))
    return tuple(nodes)


def _pending(contents: Contents, record: ClassRecord) -> ClassNode:
    """A class that a training would learn.

    Its state is of a new class, whether the text that it is learned with is "written" or "missing"; "wordless" where
    the backbone reads none. Of a known class, which needs no text: "more" if it gets more photos, "anew" if the model
    knows it by photos that are gone, and learns it again from those left; "reworded" if it was learned with another
    text.
    """
    counts, state = contents.counts[record.id], "missing"
    if (part := contents.learned_as(record)) == "more":
        counts, state = replace(counts, train=counts.unlearned), part
    elif part in ("anew", "reworded"):
        state = part
    elif not contents.has_texts:
        state = "wordless"
    elif record.id in contents.descriptions:
        state = "written"
    return ClassNode(record, counts, state)


_ROW_HEIGHT, _LEAST_ROWS = 28, 6


class PlanModel(ClassListModel):
    """Columns: name, photos to learn, photos to test, text. Ticks are kept over a refill by the task's id."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unticked: set[int] = set()
        self.states = {
            "missing": (self.tr("will be written offline"), "muted"),
            "wordless": (self.tr("needs none"), "muted"),
            "more": (self.tr("more photos"), "muted"),
            "anew": (self.tr("photos were taken out"), "muted"),
            "reworded": (self.tr("its text changed"), "muted"),
        }
        self.columns = (
            Column(
                self.tr("Class"),
                lambda node: node.name,
                color=lambda node: node.record.color if isinstance(node, ClassNode) else None,
            ),
            Column(self.tr("To learn"), lambda node: count(node.counts.train), 88, is_number=True),
            Column(self.tr("To test"), lambda node: count(node.counts.test), 88, is_number=True),
            Column("", lambda node: self.state(node)[0], 192, role=lambda node: self.state(node)[1]),
        )

    def fill(self, tasks: Sequence[TaskNode]) -> bool:
        """Show these tasks. Gives True if rows came, went or changed places."""
        self._unticked &= {task.id for task in tasks}
        return self.show(tasks)

    @property
    def chosen(self) -> tuple[TaskNode, ...]:
        """The tasks that are ticked, in the order of learning."""
        return tuple(node for node in self.rows if isinstance(node, TaskNode) and node.id not in self._unticked)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, _ROW_HEIGHT)
        if isinstance(node, TaskNode) and index.column() == 0:
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Unchecked if node.id in self._unticked else Qt.CheckState.Checked
            if role == Qt.ItemDataRole.FontRole:
                font = QFont()
                font.setBold(True)
                return font
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self.node(index)
        if role != Qt.ItemDataRole.CheckStateRole or not isinstance(node, TaskNode):
            return False
        (self._unticked.discard if Qt.CheckState(value) == Qt.CheckState.Checked else self._unticked.add)(node.id)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        is_task = index.column() == 0 and isinstance(self.node(index), TaskNode)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if is_task else flags


class AdviceList(QFrame):
    """A card of lines about the photos, each with a way to them; hidden when there is nothing to say."""

    def __init__(self, context: AppContext, after: QWidget) -> None:
        """Make it empty; `after` is what the Tab key leaves for the first line."""
        super().__init__()
        self._context, self._after = context, after
        self.setProperty("card", True)
        self.advice: tuple[Advice, ...] = ()
        self.doubted: Picked | None = None
        self.buttons: list[QPushButton] = []  # one a line: the way to the photos
        self._column = column(spacing=Space.XS, margins=(Space.L, Space.S, Space.S, Space.S), of=self)
        self.hide()

    def fill(self, advice: Sequence[Advice], doubted: Picked | None = None) -> None:
        """Say these, and before them which labels may be wrong."""
        if (tuple(advice), doubted) != (self.advice, self.doubted):
            self.advice, self.doubted = tuple(advice), doubted
            empty(self._column)
            self.buttons = []
            if doubted is not None:
                self._add_line(Sign("warning", "warn"), doubted.sentence, self.tr("Look"), doubted)
            for item in self.advice:
                about = item.classes[0]
                sign = Sign("error", "bad") if item.kind == "no photo" else Sign("warning", "warn")
                name = self.tr("Go to the photos of {name}").format(name=about.name)
                self._add_line(sign, advice_words(item), self.tr("Go to the photos"), about.id, name)
            # What comes later would be last for the Tab key.
            for before, after in pairwise((self._after, *self.buttons)):
                self.setTabOrder(before, after)
        self.setVisible(bool(self.buttons))

    def _add_line(self, sign: Sign, said: str, text: str, photos: int | Picked, name: str = "") -> None:
        """Add a sign, the words, and a button that leads to the photos: of a class, or these."""
        words = wrapped(said, Size.BODY, role="text")
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        see = slot(self, self._context.go_to, "classes", photos)
        line, link = QWidget(), button(text, see, kind="link", name=f"{name or text}. {said}")
        row(sign, (words, 1), link, spacing=Space.S, of=line)
        self._column.addWidget(line)
        self.buttons.append(link)


class PlanView(QWidget):
    """A summary in words, and the tasks with their classes, of which the user ticks those to learn."""

    changed = Signal()  # another choice of tasks

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.model = PlanModel(self)
        self._rates: Mapping[str, float] | None = None
        self._known = 0
        self.unencoded: Mapping[int, int] | None = None  # photos by class id; None until they are counted
        self.summary = set_type(wrapped(), Size.STRONG, strong=True)
        self.texts, self.memory = wrapped(size=Size.BODY), wrapped()
        self.review = button(self.tr("Look at the descriptions"), self._review, kind="link")
        ground = card()
        texts = column(self.summary, self.texts, self.memory, spacing=Space.XS)
        review, margins = (self.review, 0, Qt.AlignmentFlag.AlignVCenter), (Space.L, Space.M, Space.S, Space.M)
        row((texts, 1), review, spacing=Space.S, margins=margins, of=ground)
        self.tree = QTreeView(uniformRowHeights=True)
        self.tree.setObjectName("planTree")
        self.tree.setModel(self.model)
        self.tree.setSizeAdjustPolicy(QTreeView.SizeAdjustPolicy.AdjustToContents)
        self.tree.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.tree.setAccessibleName(self.tr("Tasks to learn, with their classes"))
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.tree.activated.connect(self._on_activated)
        self.model.ticked.connect(self._on_ticked)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, column_ in enumerate(self.model.columns[1:], start=1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(place, column_.width)
        column(ground, self.tree, spacing=Space.L, of=self)

    def fill(self, tasks: Sequence[TaskNode], known: int, rates: Mapping[str, float] | None) -> None:
        """Show tasks, told the number of classes that are known already, and the rates of :func:`expected_seconds`."""
        self._rates, self._known = rates, known
        has_changed = self.model.fill(tasks)
        said = any(self.model.state(class_)[0] for task in tasks for class_ in task.classes)
        self.tree.setColumnHidden(len(self.model.columns) - 1, not said)
        if has_changed:
            self.tree.expandAll()
            rows = sum(1 + len(task.classes) for task in tasks)
            header = self.tree.header().sizeHint().height() + 2 * self.tree.frameWidth()
            self.tree.setMaximumHeight(header + _ROW_HEIGHT * rows)
            self.tree.setMinimumHeight(header + _ROW_HEIGHT * min(rows, _LEAST_ROWS))
        self._describe()

    def show_unencoded(self, counts: Mapping[int, int] | None) -> None:
        """Say how long it takes, told what `count_unencoded` gives."""
        self.unencoded = counts
        self._describe()

    @Slot()
    def _on_ticked(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        chosen = self.model.chosen
        names: dict[str, list[str]] = defaultdict(list)
        for task in chosen:
            for class_ in task.classes:
                names[class_.state].append(class_.name)
        missing, more, again, other = (names[key] for key in ("missing", "more", "anew", "reworded"))
        to_read = len(names["written"]) + len(missing)
        new = to_read + len(names["wordless"])
        self.review.setVisible(bool(to_read))
        if not chosen:
            self.summary.setText(self.tr("Tick a task to learn it"))
            self.texts.clear()
            self.memory.clear()
            return
        photos = sum(task.counts.train for task in chosen)
        parts = []
        if new:
            parts.append(self.tr("one new class") if new == 1 else self.tr("{n} new classes").format(n=count(new)))
        if more:
            parts.append(self.tr("more photos of {names}").format(names=some_names(more)))
        if again:
            parts.append(self.tr("{names} again, without the photos that are gone").format(names=some_names(again)))
        if other:
            parts.append(self.tr("{names} again, with the text of now").format(names=some_names(other)))
        said = [self.tr("Learns {what}").format(what="; ".join(parts)), words.photos(photos)]
        is_known = self._rates or self._context.opened.meta.backbone in EMBEDDED  # else nobody knows the time
        if is_known and self.unencoded is not None:
            work = photos_by_stage(chain.from_iterable(task.classes for task in chosen), self.unencoded)
            said.append(rough_time(work, self._rates).replace(" ", NO_BREAK))
        self.summary.setText(" · ".join(said))
        if not self._known and not sum(task.counts.test for task in chosen):
            memory = ""  # that there are no test photos is said above
        elif len(more) + len(again) + len(other) == self._known:
            memory = ""  # there is no other class
        elif not self._known:
            memory = self.tr("What is learned is checked on the test photos, which are never learned from.")
        elif again or other:
            memory = self.tr("It keeps what it knows of the other classes, and needs none of their photos.")
        else:
            memory = self.tr("It keeps what it knows (classes: {n}), and needs none of the old photos.")
        self.memory.setText(memory.format(n=count(self._known)))
        lines = []
        if missing:
            lines.append(self.tr("No text yet, written offline first: {names}").format(names=some_names(missing)))
        if not self._context.is_writable:
            lines.append(
                self.tr("Open for reading only. To train, close it where else it is open, and open it here again.")
            )
        say(self.texts, "\n".join(lines))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        node = self.model.node(index)
        if isinstance(node, ClassNode):
            self._context.go_to("descriptions", node.id)

    @Slot()
    def _review(self) -> None:
        new = ("written", "missing")
        waiting = [class_.id for task in self.model.chosen for class_ in task.classes if class_.state in new]
        self._context.go_to("descriptions", waiting[0])  # the link is seen where there is one


class TrainPage(Page):
    """What will be learned, how it goes, and what came of it.

    The trainings of several tasks are started together; the write lane does them in order. When one fails, those after
    it are dropped.
    """

    name = "train"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Train"))
        self.onward = self.set_primary(self.tr("Go on"), self._go_on)
        self.train = self.set_primary(self.tr("Train"), self.start, "train")
        self.outcomes: list[Trained] = []  # since the last click
        self._looked_at: int | None = None  # a task that was learned
        self._advised: object = None  # what the photos that may be labelled wrong were looked for among
        self._suspects: Sequence[Suspect] = ()
        self._learner_id: int | None = None  # of the model that the last outcome is about
        self.run, self.past = TrainingView(context), TrainingView(context, is_past=True)
        self.queue: list[tuple[TaskNode, Operation[Any]]] = []  # the one that runs, or waits for the write lane, first
        context.background.changed.connect(self._on_work)
        self.plan, self.history = PlanView(context), TaskHistory()
        self.advice = AdviceList(context, after=self.plan.review)
        self.history.record_wanted.connect(self._see_record)
        views = self.plan, (self.run, 100), self.past
        column(self.advice, *views, self.history, None, spacing=Space.L, of=self.body)
        self.plan.changed.connect(self._show_buttons)
        self.plan.changed.connect(self._advise)
        self.undo = self.add_action(self.tr("Undo"), self._undo, "undo")
        self.undo.setToolTip(self.tr("Take the last training back: the model as it was before"))
        self.stop = self.add_action(self.tr("Stop early"), self._stop, "stop")
        self.stop.setToolTip(self.tr("End the learning now and keep what is learned so far"))
        self.cancel = self.add_action(self.tr("Cancel"), self.cancel_all, "close")
        self.cancel.setToolTip(self.tr("End it and go back to the model as it was"))
        for widget in (self.undo, self.stop, self.cancel):
            widget.hide()  # also before the page is first shown: Ctrl+K would offer it
        # In a turn of its own: page and plot together would keep the window waiting.
        later(self.run.plot.make_plot)

    def refresh(self) -> None:
        contents = self.context.opened
        pending = pending_tasks(contents)
        self.plan.fill(pending, len(contents.learned_ids), self._rates)
        self._advise()
        is_busy = bool(self.queue)
        if pending and not is_busy:
            self.context.read(count_unencoded).newest(self.plan.show_unencoded).hush()
        self.history.show_contents(contents, is_busy=is_busy)
        recorded = [task_row for task_row in self.history.model.rows if task_row.records]
        last = max(recorded, key=lambda task_row: task_row.records[0].id, default=None)
        shown = next((task_row for task_row in recorded if task_row.task_id == self._looked_at), last)
        if shown is not None:
            is_new = bool(self.outcomes) and shown.records[0].learner_id == self._learner_id
            beside = contents.trainings[-len(self.outcomes) : -1] if is_new else ()
            self.past.show_records(shown.name, shown.records, beside)
        # What is to come is seen while the last result stands.
        self.plan.setVisible(bool(pending) and not is_busy)
        self.run.setVisible(is_busy)
        self.past.setVisible(shown is not None and not is_busy)
        if contents.classes:
            self.show_body()
        else:
            nothing = self.tr("Nothing to learn yet: add folders of photos first")
            self.empty.say("train", nothing, self.tr("Add photos"), partial(self.context.go_to, "classes"))
        self._show_buttons()

    def set_project(self) -> None:
        for _, handle in self.queue:
            handle.abandon()
        self.queue = []
        self.plan.unencoded = None
        self.plan.fill((), 0, None)  # tasks of another project have nothing to do with those before
        self.outcomes.clear()
        self.run.log.clear()
        self._looked_at = None

    def on_theme(self) -> None:
        self.plan.tree.viewport().update()
        self.run.plot.restyle()
        self.past.plot.restyle()

    def can_cancel(self, handle: Operation[Any]) -> bool:
        return handle is self.handle

    @property
    def handle(self) -> Operation[Any] | None:
        """The training that runs, or waits for the write lane."""
        return self.queue[0][1] if self.queue else None

    @property
    def waiting(self) -> list[str]:
        """Names of the tasks after it."""
        return [task.name for task, _ in self.queue[1:]]

    @Slot()
    def start(self) -> None:
        """Learn the tasks that are ticked, one after the other."""
        chosen = self.plan.model.chosen
        if not chosen or self.queue or not self.context.is_writable:
            return
        self.message_bar.hide()
        self.outcomes.clear()
        self._looked_at = None
        self.run.log.clear()
        act = object()
        self.queue = [(task, self._start(task.name, act)) for task in chosen]
        self._begin()
        self.refresh()
        self.scroll_to(self.run)

    def _start(self, task: str, act: object) -> Operation[Any]:
        def learn(bench: OpenProject, job: Job) -> Trained:
            job.act = act
            return train(bench, job, task=task)

        work = self.context.run(self.tr("Learning {task}").format(task=task), learn, can_stop_early=True)
        work.success(self._on_done).failure(self._on_failed)
        return work.cancelled(self._on_cancelled).progress(self._on_event)

    def _begin(self) -> None:
        task = self.queue[0][0]
        self.run.begin(task.name, TaskClock(photos_by_stage(task.classes, self.plan.unencoded), self._rates))

    @Slot()
    def _show_buttons(self) -> None:
        handle, chosen = self.handle, self.plan.model.chosen
        is_busy = handle is not None
        with self.keeping_focus():
            self.train.setVisible(not self.is_empty and not self.plan.isHidden())
            many = self.tr("Train {n} tasks").format(n=len(chosen))
            self.train.setText(self.tr("Train") if len(chosen) < 2 else many)
            self.train.setEnabled(bool(chosen) and self.context.is_writable)
            step = next_step(self.contents, self.name) if self.contents is not None else None
            self.onward.setVisible(step is not None and step.page != self.name and not is_busy and not self.is_empty)
            self.onward.setText(step.action if step is not None else "")
            self.primary_button = self.onward if self.train.isHidden() else self.train
            what, is_task = self._last_training()
            self.undo.setVisible(bool(what) and not is_busy and self.context.is_writable)
            text = self.tr("Undo “{task}”") if is_task else self.tr("Undo: {what}")
            self.undo.setText(text.format(task=caption(what), what=caption(what)))
            self.stop.setVisible(is_busy)
            self.cancel.setVisible(is_busy)
            if handle is not None:
                is_heard = handle.is_cancelling or handle.is_stopping
                self.stop.setEnabled(handle.state == "running" and not is_heard)
                self.stop.setText(self.tr("Stopping...") if handle.is_stopping else self.tr("Stop early"))
                self.cancel.setEnabled(not handle.is_cancelling)
                self.cancel.setText(self.tr("Cancelling...") if handle.is_cancelling else self.tr("Cancel"))
                self.run.show_state(handle, self.waiting)

    def undoes_last(self, holder: QWidget) -> bool:
        last = self.contents.undo[:1] if self.contents is not None else ()
        is_training = any(change.verb == "train" for change in last)
        return super().undoes_last(holder) or (holder is self.undo and is_training)

    def _last_training(self) -> tuple[str, bool]:
        """What Undo would take back, "" if nothing; and whether that is the name of a task, all of it."""
        contents = self.contents
        info = contents.undoable_training if contents else None
        task = contents.task(info.task_id) if contents and info and info.task_id is not None else None
        if contents is None or info is None or task is None:
            return "", False
        known = [class_.id for class_ in contents.classes_of(task.id) if class_.id in contents.learned_ids]
        changed = contents.steps[info.id].classes
        is_all = changed.keys() == set(known) and {"trained", "stale"}.isdisjoint(changed.values())
        record = next((training for training in reversed(contents.trainings) if training.learner_id == info.id), None)
        if record is None or (record.notes.kind == "learned" and is_all):
            return task.name, True
        what = what_was_learned(contents, record, 1)
        return what[:1].lower() + what[1:], False

    @Slot()
    def _go_on(self) -> None:
        self.context.go_to(next_step(self.context.opened, self.name).page)

    @Slot(int)
    def _see_record(self, task_id: int) -> None:
        self._looked_at = task_id
        self.refresh()
        self.scroll_to(self.past)

    @Slot()
    def _stop(self) -> None:
        if self.handle is not None:
            self.handle.stop_early()

    @Slot()
    def cancel_all(self) -> None:
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
        self.undo.setEnabled(False)
        work = self.context.run(self.tr("Undoing the training"), lambda bench, job: class_changes.undo_training(bench))
        work.over(partial(self.undo.setEnabled, True)).success(partial(self._on_undone, self._last_training()[0]))

    def _on_undone(self, what: str, task: str | None) -> None:
        self.outcomes.clear()
        self.refresh_soon()
        if task is not None:
            self.banner(self.tr("Undone: {what}. The model is as it was before.").format(what=what))

    @property
    def _rates(self) -> Mapping[str, float] | None:
        """Seconds a photo, by stage, of trainings on this computer; None before the first."""
        return self.context.settings.value.rates.get(self.context.opened.meta.backbone)

    @Slot(object)
    def _on_work(self, handle: Operation[Any]) -> None:
        if any(handle is operation for _, operation in self.queue):
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
        self._learner_id = self.context.learner_id
        if not handle.is_stopping:
            mixed = mixed_rates(self._rates, self.run.clock.measured())
            settings.update(rates=lambda kept: {**kept.rates, contents.meta.backbone: mixed})
        if self.queue:
            self._begin()
        self.refresh_soon()
        self._show_buttons()

    def _on_failed(self, failure: WorkFailure) -> None:
        self._end()
        why = self.tr("Not learned: {reason}").format(reason=failure.message)
        self.banner(why if failure.is_expected else self.tr("Not learned. The model is as it was."), is_error=True)

    def _on_cancelled(self) -> None:
        # Also called for tasks that were dropped from the queue, and for one that was cancelled in the status bar.
        ended = [handle for _, handle in self.queue if handle.state == "cancelled"]
        if self.handle in ended:
            self._end()
            self.banner(self.tr("Cancelled. The model is as it was."))
        self.queue = [pair for pair in self.queue if pair[1] not in ended]
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
        """Say what to know about the photos of the tasks that are ticked, and which labels may be wrong."""
        contents = self.context.opened
        chosen = {class_.id for task in self.plan.model.chosen for class_ in task.classes}
        classes, counts = contents.classes, contents.counts
        to_learn = [class_id for class_id in sorted(chosen) if counts[class_id].unlearned]
        # Describing encodes photos, and what was found without their features says nothing.
        encoded = contents.meta.fingerprint, tuple(contents.descriptions)
        looked_at = contents.path, tuple(to_learn), self.context.learner_id, tuple(counts.items()), encoded
        key = bool(self.queue), *looked_at, contents.settings.get(CONFIRMED)
        if key != self._advised:
            self._advised, self._suspects = key, ()
            self.context.background.abandon(self._on_doubted)
            if (to_learn or contents.learner) and not self.queue:
                self.context.read(worth_a_look.wrong_labels).success(self._on_doubted).hush()
        advice = advice_on(
            photos_of(classes, counts, chosen), photos_of(classes, counts, contents.learned_ids - chosen)
        )
        names = {class_.id: class_.name for class_ in classes}
        suspects = unsettled(self._suspects, contents)
        doubted = Picked.of(suspects, labels_sentence(suspects, names)) if suspects else None
        self.advice.fill(() if self.queue else advice, doubted)

    def _on_doubted(self, suspects: Sequence[Suspect]) -> None:
        self._suspects = suspects
        self._advise()
