"""How the parts of the Results page lie: how good it is, what to fix, and folded details."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QModelIndex, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QFrame,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QTableView,
    QWidget,
)

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.corrections.correction_card import CorrectionCard
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.accuracy_curves import AccuracyCurves
from spa_desktop.ui.results.confused_pairs import ConfusedPairs, PhotoStrip, WorthALookRow
from spa_desktop.ui.results.matrices import Confusions, HeatTable, accuracy_cell
from spa_desktop.ui.results.results_report import ClassResult, Report, accuracy_of, run_facts
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import Choice, Fold, card, column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, keeps_focus, say, wrapped
from spa_desktop.ui.widgets.tables import SORT_ROLE, Column, ColumnModel, table_of

_TASK_WIDTH = 128  # pixels that names of tasks may take in the narrowest window


def titled_card(title: str, topic: str, content: QWidget) -> QFrame:
    """A card with a title above something, and what that is: see :func:`figure_text`."""
    made, heading = card(), set_type(QLabel(title), Size.STRONG, strong=True)
    column(titled(heading, topic), (content, 1), spacing=Space.S, margins=(Space.L, Space.M) * 2, of=made)
    return made


class Figure(QWidget):
    """A number that matters, and what it is; the first of them is large."""

    def __init__(self, topic: str, *, is_first: bool = False) -> None:
        super().__init__()
        self.number = set_type(QLabel("–"), Size.FIGURE if is_first else Size.BODY, strong=True)
        self.caption = set_type(QLabel(), Size.BODY, role="muted")
        baseline, centre = Qt.AlignmentFlag.AlignBaseline, Qt.AlignmentFlag.AlignVCenter
        parts = (self.number, 0, baseline), (self.caption, 0, baseline), (WhatIsThis(topic), 0, centre)
        row(*parts, spacing=Space.XS, of=self)

    def say(self, number: str, caption: str, hint: str) -> None:
        self.number.setText(number)
        self.caption.setText(caption)
        self.setToolTip(tip(hint))
        self.number.setAccessibleName(f"{number} {caption}")
        self.number.setAccessibleDescription(hint)


class Headline(QWidget):
    """Accuracy now, on average, and what was forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Figure("accuracy now", is_first=True)
        self.average, self.forgotten = Figure("average accuracy"), Figure("forgotten")
        self.note = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.note.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # beside the stretch
        self.untested, self.events = wrapped("", Size.BODY), wrapped("", Size.BODY)
        column(
            row(self.now, None, self.note, spacing=Space.L),
            row(self.average, self.forgotten, None, spacing=Space.L),
            self.untested,
            self.events,
            spacing=Space.XS,
            of=self,
        )

    def show_report(self, report: Report) -> None:
        accuracy = report.accuracy
        about = self.tr(
            "{right} of {n} test photos of all learned classes are answered right. Each counts by its first class, "
            "also where the answer would be “none of these”."
        ).format(right=words.count(accuracy.right), n=words.count(accuracy.photos))
        number, caption = words.headline(accuracy, is_alike=report.is_alike)
        self.now.number.setVisible(bool(caption))
        self.now.say(
            number, caption or words.alone(), f"{about} {words.about_range(accuracy)}" if caption else words.alone()
        )
        steps = [words.percent(value) for value in report.curve if value is not None]
        about = self.tr("Mean of the accuracies after each task, each on all classes seen until then: ({sum}) / {n}.")
        about = about.format(sum=" + ".join(steps), n=len(steps))
        self.average.say(words.percent(report.average), self.tr("average"), about)
        about = self.tr(
            "Best accuracy that an old task ever had before the last training, less its accuracy now; of several the "
            "mean. Where they became better, it is what they gained."
        )
        self.forgotten.say(*words.forgetting(report.forgetting, report.old_tests), about)
        for figure in (self.average, self.forgotten):  # of one task they say nothing
            figure.setVisible(len(report.tasks) > 1)
        self.note.clear()
        say(self.untested, words.untested(report.untested))
        self.untested.setToolTip(tip(words.listed(report.untested)))
        honest = self.tr("Test photos that were in no group: {right}").format(right=words.accuracy_words(report.honest))
        say(
            self.events, words.held_out(report.events) or (honest if 0 < report.honest.photos < accuracy.photos else "")
        )


_UPPER, _LOWER = 376, 336
_MOST_UPPER, _ABOVE_ROWS, _ROW = 640, 240, 20  # pixels: of a card, of it above the matrix's rows, of such a row
# Pixels of the page: below the second, the table of classes has no room for names beside the accuracy matrix.
_NARROW, _NARROW_BELOW = 900, 1050


def _about_estimate(class_: ClassResult) -> str:
    if class_.test:
        return words.alone()
    none = QCoreApplication.translate("ClassesTable", "There is no test photo of this class.")
    if not class_.is_estimate:
        return none
    text = QCoreApplication.translate(
        "ClassesTable",
        "Leave-one-out estimate: {counted} photos that were learned would be predicted as their class by their look as "
        "a whole, had each not been learned. Photos that were taken one right after the other flatter it.",
    )
    return f"{none} {text.format(counted=words.accuracy_words(class_.estimate))}"


class ResultsBody(QScrollArea):
    """All parts of the page, in a scroll area that fills `body`."""

    def __init__(self, context: AppContext, body: QWidget) -> None:
        super().__init__(body)
        self._context = context
        self._report: Report | None = None
        self.headline = Headline()
        self.curves = AccuracyCurves()
        self.confusions = Confusions()
        orders = {"learning": self.tr("In order of learning"), "similar": self.tr("Similar together")}
        label = self.tr("Order of the classes in the matrix")
        self.order = Choice(context.settings, "confusion_order", label, orders)
        self.pairs = ConfusedPairs(context)
        self.matrix = HeatTable(self.tr("Accuracy after each task, on each task"), names_width=180, is_wide=True)
        self.strip = PhotoStrip(context)
        self.correction = CorrectionCard(context)
        self.worth = WorthALookRow(context, self.strip)
        self.mistakes = button(self.tr("Show all mistakes"), kind="small")
        self.mistakes.hide()
        self.table = self._make_table()
        self.card = QWidget()
        self._facts = QFormLayout(self.card, horizontalSpacing=Space.XL, verticalSpacing=Space.XS)
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._lay_out()
        self.table.clicked.connect(self._on_class)
        self.table.activated.connect(self._on_class)
        column(self, spacing=0, of=body)

    def point_at_class(self, class_id: int | None) -> None:
        places = [place for place, class_ in enumerate(self.classes.rows) if class_.id == class_id]
        self.table.clearSelection()
        if places and class_id is not None:
            index = self._class_order.mapFromSource(self.classes.index(places[0], 0))
            self.table.selectRow(index.row())
            self.table.scrollTo(index)

    @Slot(QModelIndex)
    def _on_class(self, index: QModelIndex) -> None:
        class_id = self.classes.rows[self._class_order.mapToSource(index).row()].id
        if class_id is not None:
            self._context.choose_class(class_id)

    def _fit_upper(self) -> None:
        """The confusion matrix gets a height at which the rows of all classes can be read; so does what is beside."""
        classes = len(self._report.classes) if self._report is not None else 0
        height = min(max(_UPPER, _ABOVE_ROWS + classes * _ROW), _MOST_UPPER)
        is_beside = self._upper_row.direction() == QBoxLayout.Direction.LeftToRight
        curves, confusions = self._upper
        confusions.setFixedHeight(height)
        curves.setFixedHeight(height if is_beside else _UPPER)

    def show_report(self, report: Report, contents: Contents) -> None:
        self.headline.show_report(report)
        self.curves.show_report(report)
        self.pairs.show_report(report)
        self._report = report
        self._fit_upper()
        self._upper[1].setVisible(not report.is_alone)  # of one class they say nothing
        for widget in self._of_tasks:  # of one task they would say what the headline says
            widget.setVisible(len(report.tasks) > 1)
        after = [self.tr("after {task}").format(task=task) for task in report.tasks]
        self.matrix.cells.fill(report.tasks, partial(accuracy_cell, report), row_names=after)
        self.classes.fill(report.classes)
        self.strip.show_photos(report, None, None)
        self.mistakes.hide()
        self.worth.forget()
        self.show_facts(contents)

    def show_facts(self, contents: Contents) -> None:
        """Say what these results are of, so that they can be had again; to be selected and copied."""
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for name, value in run_facts(contents):
            label = wrapped(value, Size.BODY, role="text")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._facts.addRow(set_type(QLabel(name), Size.BODY, role="muted"), label)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        for pair, least in ((self._upper_row, _NARROW), (self._lower_row, _NARROW_BELOW)):
            pair.setDirection(down if self.viewport().width() < least else side)
        self.table.horizontalHeader().setMaximumSectionSize(max(_TASK_WIDTH, self.viewport().width() // 6))
        self._fit_upper()

    def focusNextPrevChild(self, is_next: bool) -> bool:
        return keeps_focus(self, self) or super().focusNextPrevChild(is_next)

    def _make_table(self) -> QTableView:
        lowest = float("-inf")  # what was not measured is sorted below all figures
        columns = (
            Column(
                self.tr("Class"),
                lambda class_: class_.name,
                order=lambda class_: class_.name.casefold(),
                color=lambda class_: class_.color,
            ),
            Column(
                self.tr("Task"), lambda class_: class_.task, _TASK_WIDTH, order=lambda class_: class_.task.casefold()
            ),
            Column(
                self.tr("Photos"),
                lambda class_: f"{words.count(class_.train)} + {words.count(class_.test)}",
                72,
                is_number=True,
                hint=self.tr("Photos learned from + photos checked on"),
                order=lambda class_: class_.train + class_.test,
            ),
            Column(
                self.tr("Accuracy"),
                accuracy_of,
                104,
                is_number=True,
                order=lambda class_: lowest if class_.accuracy.per_cent is None else class_.accuracy.per_cent,
                role=lambda class_: None if class_.accuracy.photos else "muted",
                tip=lambda class_: words.about_range(class_.accuracy) or _about_estimate(class_),
            ),
            Column(
                self.tr("Forgotten"),
                lambda class_: words.points(class_.lost, class_.test),
                152,
                is_number=True,
                hint=self.tr("Best earlier accuracy less the accuracy now: points, of few test photos how many"),
                order=lambda class_: lowest if class_.lost is None else class_.lost,
                role=lambda class_: None if class_.lost is None else words.points_role(class_.lost),
            ),
        )
        self.classes = ColumnModel(columns, self)
        order = self._class_order = QSortFilterProxyModel(self)
        order.setSourceModel(self.classes)
        order.setSortRole(SORT_ROLE)
        table = table_of(order, columns, self.tr("Classes with their accuracy"))
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        return table

    def _lay_out(self) -> None:
        confusions, to_fix, details, content = QWidget(), QWidget(), QWidget(), QWidget()
        right, top = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignTop
        column((self.order, 0, right), (self.confusions, 1), spacing=Space.XS, of=confusions)
        photos = row((self.strip, 1), (self.mistakes, 0, top), spacing=Space.M)
        column(self.pairs, self.worth, photos, spacing=Space.S, of=to_fix)
        self.strip.lines.addWidget(self.correction)
        curves_card = titled_card(self.tr("Accuracy over tasks"), "accuracy over tasks", self.curves)
        confusions_card = titled_card(self.tr("Confusions"), "confusion matrix", confusions)
        matrix_card = titled_card(self.tr("Accuracy matrix"), "accuracy matrix", self.matrix)
        classes_card = titled_card(self.tr("Classes"), "classes table", self.table)
        self._upper, self._of_tasks = (curves_card, confusions_card), (curves_card, matrix_card)
        self._upper_row = row((curves_card, 1), (confusions_card, 1), spacing=Space.L)
        self._lower_row = row((matrix_card, 4), (classes_card, 5), spacing=Space.L)
        run_card = titled_card(self.tr("How it was made"), "run card", self.card)
        column(self._upper_row, self._lower_row, run_card, spacing=Space.L, of=details)
        self.details = Fold(self.tr("Details"), details)
        fix_card = titled_card(self.tr("What to fix"), "what to fix", to_fix)
        # Height that nobody needs stays below the cards, and makes none of them empty.
        column(self.headline, fix_card, self.details, None, spacing=Space.L, of=content)
        for widget in (matrix_card, classes_card):
            widget.setFixedHeight(_LOWER)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
