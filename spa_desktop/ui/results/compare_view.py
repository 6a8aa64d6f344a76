"""Two states of the model side by side: accuracy by class, and the photos that became right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.results.confused_pairs import PhotoStrip
from spa_desktop.ui.results.results_layout import Card
from spa_desktop.ui.results.results_report import ClassResult, PhotoAnswer, Report
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.tables import by_loss, table_of_changes
from spa_desktop.ui.widgets.words import accuracy_words, count, local_time
from spa_desktop.visible import visible
from spa_desktop.workbench.evaluating import ChangedPhoto, Comparison, KnownState

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench


class CompareView(QWidget):
    """Two choices of a state, a sentence, a table, and two strips of photos; the project is asked in the background."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.states: tuple[KnownState, ...] = ()
        self.found: Comparison | None = None
        self._report: Report | None = None
        self._work: WorkHandle | None = None
        self.first, self.second = QComboBox(), QComboBox()
        self.first.setAccessibleName(self.tr("First state"))
        self.second.setAccessibleName(self.tr("Second state"))
        for box in (self.first, self.second):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(24)
            box.currentIndexChanged.connect(self._on_choice)
        self.sentence = set_type(QLabel(), Size.STRONG, strong=True)
        self.note = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.sentence, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.model, self.table = table_of_changes(
            self.tr("First"), self.tr("Second"), self.tr("Classes in both states"), self
        )
        self.table.setColumnHidden(3, True)  # the range of the second: the photos stand beside
        self.lost, self.won = PhotoStrip(context), PhotoStrip(context)
        self.lost.view.setAccessibleName(self.tr("Photos that became wrong"))
        self.won.view.setAccessibleName(self.tr("Photos that became right"))
        self._lay_out()

    def _lay_out(self) -> None:
        from_, to = QLabel(self.tr("From")), QLabel(self.tr("to"))
        from_.setBuddy(self.first)
        to.setBuddy(self.second)
        photos = QWidget()
        forms.column(self.lost, self.won, None, spacing=Space.M, of=photos)
        classes_card = Card(self.tr("Classes"), "two states", self.table)
        photos_card = Card(self.tr("Photos"), "two states", photos)
        forms.column(
            forms.row(from_, (self.first, 1), to, (self.second, 1), spacing=Space.S),
            self.sentence,
            self.note,
            (forms.row((classes_card, 6), (photos_card, 5), spacing=Space.L), 1),
            spacing=Space.M,
            of=self,
        )

    def look(self, report: Report, after_task: int | None = None) -> None:
        """Offer the states that there are now.

        Args:
            report: of the model of now.
            after_task: choose the state after this task, and the one before it.
        """
        self._report = report
        self._start(lambda bench, job: (bench.known_states(), after_task), self._on_states)

    def forget(self) -> None:
        """The project was closed."""
        if self._work is not None:
            self._work.abandon()
        self._report = None
        self.states = ()
        self.say("")

    @property
    def pair(self) -> tuple[int, int] | None:
        """The states that are chosen."""
        places = self.first.currentIndex(), self.second.currentIndex()
        if not all(0 <= place < len(self.states) for place in places):
            return None
        return self.states[places[0]].id, self.states[places[1]].id

    def show_states(self, states: Sequence[KnownState], after_task: int | None = None) -> None:
        """Offer other states. What was chosen stays, if it is there; else the newest one and the one before it.

        Args:
            states: the newest first.
            after_task: choose the state after this task, and the one before it; of the first task, it and now.
        """
        before = self.pair
        self.states = tuple(states)
        for box in (self.first, self.second):
            box.blockSignals(True)
            box.clear()
            box.addItems([self._title(one) for one in self.states])
        ids = [one.id for one in self.states]
        second = next((place for place, one in enumerate(self.states) if one.task_id == after_task), 0)
        first = second + 1
        if first >= len(ids):
            first, second = len(ids) - 1, 0
        if after_task is None and before is not None and set(before) <= set(ids):
            first, second = ids.index(before[0]), ids.index(before[1])
        self.first.setCurrentIndex(first)
        self.second.setCurrentIndex(second)
        for box in (self.first, self.second):
            box.blockSignals(False)
        self._on_choice()

    def show_comparison(self, found: Comparison, report: Report, contents: Contents) -> None:
        """Show what changed between the two."""
        self.found = found
        rows = [(one, record) for one in found.classes if (record := contents.class_(one.class_id)) is not None]
        self.model.fill(by_loss(rows))
        lost, won = len(found.lost), len(found.won)
        first, second = (accuracy_words(Accuracy(right, found.common)) for right in found.right)
        if found.first.id == found.second.id:
            self.sentence.setText(self.tr("Choose two different states."))
        else:
            self.sentence.setText(
                self.tr("{first} before, {second} after: {won} became right, {lost} became wrong").format(
                    first=first, second=second, won=count(won), lost=count(lost)
                )
            )
        one = self.tr("Counted on the one test photo that both answered, by the labels of today.")
        many = self.tr("Counted on the {n} test photos that both answered, by the labels of today.")
        self.note.setText(one if found.common == 1 else many.format(n=count(found.common)))
        classes, places = _classes(report, contents, found)
        shown = replace(report, classes=classes)
        for strip, changed, words in (
            (self.lost, found.lost, self.tr("From right to wrong: {n}")),
            (self.won, found.won, self.tr("From wrong to right: {n}")),
        ):
            strip.show_list(shown, [_answer(one, places) for one in changed], words.format(n=count(len(changed))))

    def say(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        self.found = None
        self.model.fill(())
        self.sentence.setText(sentence)
        self.note.clear()
        for strip in (self.lost, self.won):
            strip.caption.clear()
            strip.view.hide()

    def _title(self, state: KnownState) -> str:
        task = visible(state.task)
        words = {
            "topped up": self.tr("after {task}, photos of known classes learned"),
            "corrected": self.tr("after {task}, corrections learned"),
        }
        text = words.get(state.kind or "", self.tr("after {task}")).format(task=task)
        if state.is_current:
            text = self.tr("now: {state}").format(state=text)
        return f"{text} · {local_time(state.created)}"

    def _start(self, function: Callable[[Workbench, Job], Any], done: Callable[[Any], Any]) -> None:
        self._work = self._context.read(function, done=done, failed=self._on_failed, instead_of=self._work)

    def _on_states(self, found: tuple[list[KnownState], int | None]) -> None:
        self._work = None
        self.show_states(*found)

    @Slot()
    def _on_choice(self) -> None:
        pair = self.pair
        if len(self.states) < 2:
            self.say(
                self.tr("There is one state so far. After the next task, or after corrections, two can be compared.")
            )
        elif pair is not None:
            self._start(lambda bench, job: bench.compare_states(*pair), self._on_compared)

    def _on_compared(self, found: Comparison) -> None:
        self._work = None
        contents = self._context.contents
        if self._report is not None and contents is not None:
            self.show_comparison(found, self._report, contents)

    def _on_failed(self, failure: WorkFailure) -> None:
        self._work = None
        self.say(failure.message)
        if not failure.is_expected:
            self._context.show_failure(failure)


def _classes(
    report: Report, contents: Contents, found: Comparison
) -> tuple[tuple[ClassResult, ...], Mapping[int, int]]:
    """The classes of a report, and those beside that photos were predicted as, with the place of each by its number."""
    classes = list(report.classes)
    places = {one.id: place for place, one in enumerate(classes) if one.id is not None}
    for photo in (*found.lost, *found.won):
        for class_id in (photo.class_id, photo.second):
            if class_id not in places:
                record = contents.class_(class_id)
                places[class_id] = len(classes)
                name = record.name if record is not None else "–"
                classes.append(ClassResult(None, name, record.color if record else 0, "", 0, 0, NOT_MEASURED, None))
    return tuple(classes), places


def _answer(photo: ChangedPhoto, places: Mapping[int, int]) -> PhotoAnswer:
    return PhotoAnswer(photo.photo_id, places[photo.class_id], places[photo.second], photo.sure)
