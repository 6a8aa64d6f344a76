"""Before a training: what will be learned, from how many photos, with which text, about how long."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QLabel, QPushButton, QTreeView, QVBoxLayout, QWidget

from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.train.advice_list import AdviceList
from spa_desktop.ui.train.plan_model import CLASS_ROLE, PlanModel
from spa_desktop.ui.train.training_plan import PendingTask, rough_time
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.plural_words import some_names

_WIDTHS = (88, 88, 192)


class PlanView(QWidget):
    """A summary in words, and the tasks with their classes, of which the person ticks those to learn."""

    changed = Signal()  # another choice of tasks
    review_wanted = Signal(object)  # class id or None: the descriptions are to be looked at

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PlanModel(self)
        self._pace: float | None = None
        self._known = 0
        self.summary = set_type(QLabel(), Size.STRONG, strong=True)
        self.texts = set_type(QLabel(), Size.BODY)
        self.memory = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.summary, self.texts, self.memory):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.review = QPushButton(self.tr("Look at the descriptions"))
        self.review.setProperty("kind", "link")
        self.review.clicked.connect(self._review)
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for label in (self.summary, self.texts, self.memory):
            words.addWidget(label)
        row = QHBoxLayout(card)
        row.setContentsMargins(Space.L, Space.M, Space.S, Space.M)
        row.addLayout(words, 1)
        row.addWidget(self.review, 0, Qt.AlignmentFlag.AlignVCenter)
        self.advice = AdviceList(after=self.review)
        self.tree = QTreeView()
        self.tree.setObjectName("planTree")
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Tasks to learn, with their classes"))
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.tree.setUniformRowHeights(True)
        self.tree.activated.connect(self._on_activated)
        self.model.itemChanged.connect(self._on_ticked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(card)
        column.addWidget(self.advice)
        column.addWidget(self.tree, 1)

    @property
    def chosen(self) -> tuple[PendingTask, ...]:
        """What will be learned, in this order."""
        return self.model.chosen()

    def fill(self, tasks: Sequence[PendingTask], known: int, pace: float | None) -> None:
        """Show tasks.

        Args:
            tasks: with something to learn in each.
            known: classes that the model knows already.
            pace: seconds a photo as measured here, None if nothing was.
        """
        self._pace, self._known = pace, known
        if tuple(tasks) != self.model.tasks:
            self.model.fill(tasks)
            self._lay_out()
        self._describe()

    def forget(self) -> None:
        """Another project was opened, or it was closed: its tasks have nothing to do with those before."""
        self.model.forget()

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self.model.restyle()
        self._lay_out()

    def _lay_out(self) -> None:
        self.tree.expandAll()
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS, start=1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionsMovable(False)

    @Slot()
    def _on_ticked(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        chosen = self.chosen
        self.review.setVisible(any(one.text != "approved" for task in chosen for one in task.new))
        if not chosen:
            self.summary.setText(self.tr("Tick a task to learn it"))
            self.texts.clear()
            self.memory.clear()
            return
        photos = sum(task.photos for task in chosen)
        new = sum(len(task.new) for task in chosen)
        more = [one.record.name for task in chosen for one in task.classes if one.is_top_up]
        again = [one.record.name for task in chosen for one in task.classes if one.is_again]
        parts = []
        if new:
            parts.append(self.tr("one new class") if new == 1 else self.tr("{n} new classes").format(n=count(new)))
        if more:
            parts.append(self.tr("more photos of {names}").format(names=some_names(more)))
        if again:
            parts.append(self.tr("{names} again, without the photos that are gone").format(names=some_names(again)))
        what = self.tr(" and ").join(parts)
        self.summary.setText(
            self.tr("Learns {what} from {photos}, {time}").format(
                what=what, photos=plural_words.photos(photos), time=rough_time(photos, self._pace)
            )
        )
        self._describe_texts(chosen)
        if not self._known:
            memory = self.tr("What is learned is checked on the test photos, which are never learned from.")
        elif again:
            memory = self.tr("It keeps what it knows of the other classes, and needs none of their photos.")
        else:
            memory = self.tr("It keeps what it knows (classes: {n}), and needs none of the old photos.")
        self.memory.setText(memory.format(n=count(self._known)))

    def _describe_texts(self, chosen: Sequence[PendingTask]) -> None:
        drafts = [name for task in chosen for name in task.names("draft")]
        missing = [name for task in chosen for name in task.names("missing")]
        lines = []
        if drafts:
            lines.append(self.tr("Text not approved yet: {names}").format(names=some_names(drafts)))
        if missing:
            lines.append(self.tr("No text yet, written offline first: {names}").format(names=some_names(missing)))
        if not lines and any(task.new for task in chosen):  # those of known classes have no part in it
            lines.append(self.tr("All texts are approved"))
        self.texts.setText("\n".join(lines))
        self.texts.setProperty("role", "warn" if drafts or missing else "good")
        self.texts.style().polish(self.texts)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        class_id = index.siblingAtColumn(0).data(CLASS_ROLE)
        if class_id is not None:
            self.review_wanted.emit(class_id)

    @Slot()
    def _review(self) -> None:
        waiting = [one.record.id for task in self.chosen for one in task.new if one.text != "approved"]
        self.review_wanted.emit(waiting[0] if waiting else None)
