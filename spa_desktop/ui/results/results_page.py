"""The Results page: figures, curves, confusions with their photos, classes, and how it all came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.metrics import Accuracy
from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, later
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto
from spa_desktop.ui.page import Page
from spa_desktop.ui.results.confused_pairs import PhotoStrip, ids_and_names
from spa_desktop.ui.results.matrices import similar_order
from spa_desktop.ui.results.results_export import ExportButton, to_text
from spa_desktop.ui.results.results_layout import ResultsBody, titled_card
from spa_desktop.ui.results.results_report import PhotoAnswer, Report, read_report
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import LargePhoto
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.labels import slot, wrapped
from spa_desktop.ui.widgets.tables import by_loss, table_of_changes
from spa_desktop.ui.widgets.words import accuracy_words, count, local_time
from spa_desktop.visible import visible
from spa_desktop.workbench import evaluating
from spa_desktop.workbench.evaluating import Comparison, KnownState

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject


_WIDE = 800  # pixels from where on there is room for two cards beside each other


class CompareView(QWidget):
    """Two choices of a state, a sentence, a table, and two strips of photos; the project is asked in the background."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.states: tuple[KnownState, ...] = ()
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.first, self.second = (QComboBox(sizeAdjustPolicy=policy, minimumContentsLength=24) for _ in range(2))
        self.first.setAccessibleName(self.tr("First state"))
        self.second.setAccessibleName(self.tr("Second state"))
        for box in (self.first, self.second):
            box.currentIndexChanged.connect(self._on_choice)
        self.sentence = set_type(wrapped(), Size.STRONG, strong=True)
        self.note = wrapped()
        self.model, self.table = table_of_changes(
            self.tr("Before"), self.tr("After"), self.tr("Classes in both states"), self
        )
        self.table.setColumnHidden(3, True)  # the range of the second: the photos stand beside
        self.lost, self.won = PhotoStrip(context), PhotoStrip(context)
        self.lost.view.setAccessibleName(self.tr("Photos that became wrong"))
        self.won.view.setAccessibleName(self.tr("Photos that became right"))
        self._lay_out()

    def _lay_out(self) -> None:
        choices = QFormLayout(fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        choices.addRow(self.tr("From"), self.first)
        choices.addRow(self.tr("to"), self.second)
        photos = QWidget()
        forms.column(self.lost, self.won, None, spacing=Space.M, of=photos)
        classes_card = titled_card(self.tr("Classes"), "two states", self.table)
        photos_card = titled_card(self.tr("Photos"), "two states", photos)
        self._cards = forms.row(classes_card, photos_card, spacing=Space.L)
        forms.column(
            choices,
            self.sentence,
            self.note,
            (self._cards, 1),
            spacing=Space.M,
            of=self,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for place, share in enumerate((6, 5) if self.width() >= _WIDE else (5, 2)):  # room for the names comes first
            self._cards.setStretch(place, share)

    def look(self, after_task: int | None = None) -> None:
        """Offer the states that there are now; see `show_states`."""
        self._context.background.abandon(self.show_comparison)
        work = self._context.read(lambda bench, job: evaluating.known_states(bench))
        work.newest(partial(self.show_states, after_task=after_task)).failure(self._on_failed)

    def forget(self) -> None:
        for shown in (self.show_states, self.show_comparison):
            self._context.background.abandon(shown)
        self.states = ()
        self.say("")

    @property
    def pair(self) -> tuple[int, int] | None:
        """The ids of the two states that are chosen."""
        return (self.first.currentData(), self.second.currentData()) if self.states else None

    def show_states(self, states: Sequence[KnownState], after_task: int | None = None) -> None:
        """Offer other states. What was chosen stays, if it is there; else the newest one and the one before it.

        They come the newest first. `after_task`: the state after it and the one before; of the first task, it and now.
        """
        before = self.pair
        self.states = tuple(states)
        ids = [state.id for state in self.states]
        second = next((place for place, known_state in enumerate(self.states) if known_state.task_id == after_task), 0)
        first = second + 1
        if first >= len(ids):
            first, second = len(ids) - 1, 0
        if after_task is None and before is not None and set(before) <= set(ids):
            first, second = ids.index(before[0]), ids.index(before[1])
        for box, place in ((self.first, first), (self.second, second)):
            forms.refill(box, [(self._title(state), state.id) for state in self.states], ids[place] if ids else None)
        self._on_choice()

    def show_comparison(self, comparison: Comparison) -> None:
        contents = self._context.opened
        self.model.fill(by_loss(comparison, contents.class_))
        lost, won, common = comparison.changed("lost"), comparison.changed("won"), len(comparison.photos)
        first, second = (accuracy_words(Accuracy(right, common)) for right in comparison.right)
        if self.first.currentIndex() == self.second.currentIndex():
            self.sentence.setText(self.tr("Choose two different states."))
        else:
            self.sentence.setText(
                self.tr("{first} before, {second} after: {won} became right, {lost} became wrong").format(
                    first=first, second=second, won=count(len(won)), lost=count(len(lost))
                )
            )
        one = self.tr("Counted on the one test photo that both answered, by the labels of today.")
        many = self.tr("Counted on the {n} test photos that both answered, by the labels of today.")
        self.note.setText(one if common == 1 else many.format(n=count(common)))
        ids = list(dict.fromkeys(key for photo in (*lost, *won) for key in (photo.class_id, photo.second)))
        classes = [(key, record.name if (record := contents.class_(key)) is not None else "–") for key in ids]
        for strip, changed, words in (
            (self.lost, lost, self.tr("From right to wrong: {n}")),
            (self.won, won, self.tr("From wrong to right: {n}")),
        ):
            photos = [
                PhotoAnswer(photo.photo, ids.index(photo.class_id), ids.index(photo.second), photo.sure)
                for photo in changed
            ]
            strip.show_list(classes, photos, words.format(n=count(len(changed))))

    def say(self, sentence: str) -> None:
        self.model.fill(())
        self.sentence.setText(sentence)
        self.note.clear()
        for strip in (self.lost, self.won):
            strip.caption.clear()
            strip.view.hide()

    def _title(self, state: KnownState) -> str:
        task = visible(state.task)
        words = {
            "topped up": self.tr("after {task}, known classes learned again"),
            "corrected": self.tr("after {task}, corrections learned"),
        }
        text = words.get(state.kind or "", self.tr("after {task}")).format(task=task)
        if state.is_current:
            text = self.tr("now: {state}").format(state=text)
        return f"{text} · {local_time(state.created)}"

    @Slot()
    def _on_choice(self) -> None:
        pair = self.pair
        if len(self.states) < 2:
            self.say(
                self.tr("There is one state so far. After the next task, or after corrections, two can be compared.")
            )
        elif pair is not None:
            work = self._context.read(lambda bench, job: evaluating.compare_states(bench, *pair))
            work.newest(self.show_comparison).failure(self._on_failed)

    def _on_failed(self, failure: WorkFailure) -> None:
        self.say(failure.message)


# The report, the answers behind it by photo, and the classes with similar ones together.
Measured = tuple[Report, Mapping[int, TestAnswer], tuple[int, ...]]


def measure(bench: OpenProject, contents: Contents, job: Job) -> Measured:
    """Check on the test photos; InputError if there is none, or nothing was learned. For worker threads."""
    report = read_report(evaluating.evaluate(bench, job), contents)
    info = bench.project.learner_info()
    answers = {answer.photo_id: answer for answer in bench.project.answers(info.id if info else 0)}
    return report, answers, similar_order(report, answers)


class ResultsPage(Page):
    """Measures the model when it appears and something changed since, on the read lane."""

    name = "results"

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Results"))
        self.report: Report | None = None
        self._key: tuple[object, ...] | None = None  # of the report that is shown, is being measured, or failed
        self._answers: Mapping[int, TestAnswer] = {}  # by photo
        self._after_task: int | None = None  # the state after it is to be compared
        self._similar: tuple[int, ...] = ()  # the classes, similar ones together
        self.parts = ResultsBody(context, self.body)
        self.parts.confusions.classes_chosen.connect(self._show_photos)
        self.parts.confusions.chosen.connect(self._show_list)
        self.parts.order.activated.connect(self._show_order)
        self.parts.pairs.chosen.connect(self._on_pair)
        self.parts.mistakes.clicked.connect(slot(self, self._show_photos, None, None))
        self.parts.worth.shown.connect(self.parts.mistakes.show)
        self.parts.strip.pointed.connect(self._on_photo)
        self.parts.correction.next_wanted.connect(self.parts.strip.view.go_on)
        self.parts.correction.take_keys_of(self, self.parts.strip.view)
        self.compare = CompareView(context)
        for strip in (self.parts.strip, self.compare.lost, self.compare.won):
            strip.opened.connect(self._enlarge)
        self.compare.hide()
        layout = self.body.layout()
        assert layout is not None, "the parts made it"
        layout.addWidget(self.compare)
        self.comparing = self.add_action(self.tr("Compare"), self._show_parts, "compare")
        self.comparing.setCheckable(True)
        self.comparing.setToolTip(self.tr("What changed from one state of the model to another"))
        self.copy = self.add_action(self.tr("Copy"), self._copy, "copy")
        self.copy.setToolTip(self.tr("Copy the figures as text"))
        self.export = ExportButton(context, self, self.parts.curves)
        self.add_to_header(self.export)
        self._show_buttons()

    def refresh(self) -> None:
        contents = self.context.opened
        key = _key(contents)
        if not contents.learned_ids:
            self.set_project()
            self.empty.say(
                "results",
                self.tr("Nothing is learned yet"),
                self.tr("Go to Train"),
                partial(self.context.go_to, "train"),
                self.tr("Accuracy, mistakes and what was forgotten are shown here after the first training."),
            )
        elif key != self._key:
            self._measure(contents, key)
        elif self.report is not None:
            self.parts.show_facts(contents)
        self._show_buttons()

    def show_item(self, item: object) -> None:
        """Show what a task changed: its number."""
        if isinstance(item, int):
            self._after_task = item
            self.comparing.setChecked(True)
            self._show_parts()

    def take_focus(self) -> None:
        """The page keeps it until the report is there, which comes before what is done with it."""
        bar = self.parts.verticalScrollBar()
        place = bar.value()
        if self._is_measuring and self.report is None:
            self.setFocus()
        else:
            super().take_focus()
        bar.setValue(place)  # the figures above what has the focus are read first

    def take_class(self, class_id: int | None) -> None:
        if self.report is not None:
            self.parts.point_at_class(class_id)

    def on_theme(self) -> None:
        self.parts.curves.restyle()

    def set_project(self) -> None:
        self.context.background.abandon(self._on_report)
        self.report = self._key = self._after_task = None
        self.parts.worth.forget()
        self.compare.forget()
        self.comparing.setChecked(False)
        self._show_parts()

    @property
    def _is_measuring(self) -> bool:
        return self.context.background.find(self._on_report) is not None

    def _measure(self, contents: Contents, key: tuple[object, ...]) -> None:
        if self._key is None or self._key[0] != key[0]:  # another model: one reads from the top
            self.parts.verticalScrollBar().setValue(0)
        self._key = key
        self.parts.correction.show_photo(None)  # photos and labels may be others now
        if self.report is None:
            self.empty.say("results", self.tr("Checking on the test photos"))
        else:
            self.parts.headline.note.setText(self.tr("Checking again"))
        work = self.context.read(lambda bench, job: measure(bench, contents, job))
        work.newest(self._on_report).failure(self._on_failed).cancelled(self._on_cancelled).progress(self._on_event)

    def _on_report(self, measured: Measured) -> None:
        self.report, self._answers, self._similar = measured
        self.parts.show_report(self.report, self.context.opened)
        self.take_class(self.context.class_id)
        self._show_parts()
        later(self._show_found)  # in a turn of its own: filling and laying out together would keep the window waiting

    @Slot()
    def _show_found(self) -> None:
        if self.report is not None and self.contents is not None:
            self._show_order()
            self.show_body()
            self._show_buttons()
            self.parts.worth.look(self.report)
            if self.window().focusWidget() is self:
                self.take_focus()

    def _on_failed(self, failure: WorkFailure) -> None:
        self.report = None
        self._show_buttons()
        self.empty.say("warning", failure.message, self.tr("Go to the classes"), partial(self.context.go_to, "classes"))

    def _on_cancelled(self) -> None:
        # It was dropped to leave the project. Who stays after all, as the next one could not be opened, finds it later.
        self._key = None
        self._is_stale = True

    def _on_event(self, event: JobEvent) -> None:
        if self.report is None and event.total:
            hint = self.tr("{done} of {total} photos").format(done=count(event.done), total=count(event.total))
            self.empty.say("results", self.tr("Checking on the test photos"), hint=hint)

    @Slot()
    def _show_parts(self) -> None:
        """Show the comparison, or all that is known of the model of now."""
        is_comparing = self.comparing.isChecked()
        self.parts.setVisible(not is_comparing)
        self.compare.setVisible(is_comparing)
        if is_comparing and self.report is not None:
            self.compare.look(self._after_task)
            self._after_task = None

    def _show_buttons(self) -> None:
        self.comparing.setEnabled(self.report is not None)
        self.copy.setEnabled(self.report is not None)
        self.export.show_report(self.report)

    @Slot(int, int)
    def _on_pair(self, truth: int, answer: int) -> None:
        self.parts.confusions.open_pair(truth, answer)
        self._show_photos(truth, answer)
        self.parts.ensureWidgetVisible(self.parts.strip)

    @Slot(object, object)
    def _show_photos(self, truth: int | None, answer: int | None) -> None:
        if self.report is not None:
            if truth is None or answer is None:
                self.parts.confusions.table.clearSelection()  # else a click on the same cell would show nothing
            self.parts.strip.show_photos(self.report, truth, answer)
            self.parts.worth.show_chosen(None)
            self.parts.mistakes.setVisible(truth is not None or answer is not None)

    @Slot(object, str)
    def _show_list(self, photos: Sequence[PhotoAnswer], sentence: str) -> None:
        if self.report is not None:
            self.parts.strip.show_list(ids_and_names(self.report), photos, sentence)
            self.parts.worth.show_chosen(None)
            self.parts.mistakes.show()

    @Slot()
    def _show_order(self) -> None:
        if self.report is not None:
            is_similar = self.parts.order.currentData() == "similar"
            learned = range(len(self.report.classes))
            self.parts.confusions.show_report(self.report, self._similar if is_similar else learned)

    @Slot(object, object)
    def _on_photo(self, strip: PhotoStrip, photo: PhotoAnswer | None) -> None:
        answered = None if photo is None else self._answered(photo, strip.model.classes)
        self.parts.correction.show_photo(answered)

    def _answered(self, photo: PhotoAnswer, classes: Sequence[tuple[int | None, str]]) -> AnsweredPhoto | None:
        label, kept = classes[photo.truth][0], self._answers.get(photo.id)
        if self.report is None or self._is_measuring or label is None:
            return None
        answer = classes[photo.answer][0] if photo.answer >= 0 else None
        answers: tuple[tuple[int, float], ...] = () if answer is None else ((answer, photo.confidence),)
        if photo.is_test and answer is not None and kept is not None and kept.class_ids[0] == answer:
            answers = tuple(zip(kept.class_ids, kept.probabilities, strict=True))
        return AnsweredPhoto(photo.id, answers, label, photo.is_test, is_doubted=photo.is_doubted)

    @Slot(object, int, object)
    def _enlarge(self, photos: list[LargePhoto], place: int, moved: Callable[[LargePhoto], None]) -> None:
        if self.isVisible():
            self.enlarge(photos, place, moved)

    @Slot()
    def _copy(self) -> None:
        if self.report is not None:
            QGuiApplication.clipboard().setText(to_text(self.report))
            self.banner(self.tr("The figures were copied."))


def _key(contents: Contents) -> tuple[object, ...]:
    """What the results depend on."""
    learned = [class_ for class_ in contents.classes if class_.id in contents.learned_ids]
    classes = tuple(
        (class_.id, class_.name, class_.color, class_.task_id, contents.counts[class_.id]) for class_ in learned
    )
    # Labels of test photos that move leave the model as it is, and maybe the number of photos of each class too.
    return contents.learner.id if contents.learner else None, contents.tasks, classes, contents.test_stamp
