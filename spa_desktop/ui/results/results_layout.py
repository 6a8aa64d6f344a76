"""How the parts of the Results page lie: headline, curves and confusions, photos, matrix and classes, run card."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QModelIndex, QSize, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QStyle,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.corrections.correction_card import CorrectionCard
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.accuracy_curves import AccuracyCurves
from spa_desktop.ui.results.confused_pairs import ConfusedPairs, PhotoStrip
from spa_desktop.ui.results.matrices import ConfusionMap, HeatTable
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.results.table_models import SORT_ROLE, ClassTableModel, ConfusionModel, MatrixModel
from spa_desktop.ui.results.worth_a_look_row import WorthALookRow
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.words import count, devices_of_training, duration, percent, points
from spa_desktop.version import __version__
from spa_desktop.visible import visible

# The run card: what these results are of, so that they can be had again.


class RunCard(QWidget):
    """Backbone, seed, order, versions and times, to be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: list[tuple[str, str]] = []  # what it says, by name
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(Space.XL)
        self._form.setVerticalSpacing(Space.XS)

    def show_contents(self, contents: Contents) -> None:
        """Describe the model of a project."""
        self.facts = []
        while self._form.rowCount():
            self._form.removeRow(0)
        meta, learner = contents.meta, contents.learner
        learned = {one.task_id for one in contents.classes if one.id in contents.learned_ids}
        order = [task.name for task in contents.tasks if task.id in learned]
        self._add(self.tr("Backbone"), meta.backbone + (f" ({meta.fingerprint[:12]})" if meta.fingerprint else ""))
        self._add(self.tr("Seed"), str(meta.seed))
        self._add(self.tr("Order of tasks"), " → ".join(order))
        times = [
            f"{task.name} {_when(stage.created)}"
            for stage in contents.evaluations
            if (task := contents.task(stage.task_id)) is not None
        ]
        self._add(self.tr("Learned"), ", ".join(times))
        self._add(self.tr("Made with"), f"SPA Desktop {meta.app_version}")
        self._add(self.tr("Shown by"), f"SPA Desktop {__version__}, Python {platform.python_version()}")
        if learner is not None:
            seconds, method = learner.meta.get("seconds"), learner.meta.get("method")
            if isinstance(seconds, int | float):
                self._add(self.tr("Last training took"), duration(seconds))
            self._add(self.tr("Devices"), devices_of_training(learner.meta) or "–")
            if isinstance(method, dict) and {"patches", "epsilon"} <= method.keys():
                self._add(self.tr("Method"), self.tr("K {patches}, ε {epsilon}").format(**method))
            size = QLocale().formattedDataSize(learner.size)
            self._add(self.tr("Model"), f"{size}, {learner.sha256[:12]}")

    def _add(self, name: str, value: str) -> None:
        self.facts = [*self.facts, (name, visible(value))]
        label = set_type(QLabel(visible(value)), Size.BODY)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form.addRow(set_type(QLabel(name), Size.BODY, role="muted"), label)


def _when(moment: str) -> str:
    """A moment in UTC as the person's clock and language say it."""
    local = QDateTime.fromString(moment, Qt.DateFormat.ISODateWithMs).toLocalTime()
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


# In which order the confusion matrix has its classes: a small menu.


class ClassOrderButton(QToolButton):
    """Says which order it is, and offers the other."""

    chosen = Signal(str)  # "learning" or "similar"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("sort"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Order of the classes in the matrix"))
        menu, group = QMenu(self), QActionGroup(self)
        self.actions_by_order: dict[str, QAction] = {}
        for order, text in (("learning", self.tr("In order of learning")), ("similar", self.tr("Similar together"))):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(order)
            group.addAction(action)
            self.actions_by_order[order] = action
        self.setMenu(menu)
        self.show_order("learning")
        group.triggered.connect(self._on_chosen)

    def show_order(self, order: str) -> None:
        """Show which order is on."""
        action = self.actions_by_order[order]
        action.setChecked(True)
        self.setText(action.text())

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.show_order(action.data())
        self.chosen.emit(action.data())


# The headline figures, each with its definition in the tooltip; and cards to put things on.


class Card(QFrame):
    """A titled frame with something in it."""

    def __init__(self, title: str, topic: str, content: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.title = set_type(QLabel(title), Size.STRONG, strong=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setToolTip(tip(hint))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(titled(self.title, topic))
        column.addWidget(content, 1)


class Figure(QWidget):
    """A number that matters, and what it is."""

    def __init__(self, caption: str, topic: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = set_type(QLabel("–"), Size.FIGURE, strong=True)
        self.caption = set_type(QLabel(caption), Size.BODY, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.number, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self.caption, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(WhatIsThis(topic), 0, Qt.AlignmentFlag.AlignVCenter)

    def say(self, number: str, hint: str) -> None:
        """Show a number, and on demand what it means."""
        self.number.setText(number)
        self.setToolTip(tip(hint))
        self.number.setAccessibleName(f"{number} {self.caption.text()}")
        self.number.setAccessibleDescription(hint)


class _Note(QLabel):
    """A line that gives way to what stands beside it: where it does not fit, its end is left out."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        where = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        role = self.foregroundRole()
        self.style().drawItemText(painter, self.rect(), int(where), self.palette(), self.isEnabled(), text, role)
        painter.end()


class Headline(QWidget):
    """Accuracy now, on average, and what was forgotten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.now = Figure(self.tr("right now"), "accuracy now")
        self.average = Figure(self.tr("average"), "average accuracy")
        self.forgotten = Figure(self.tr("points forgotten"), "forgotten")
        self.note = set_type(_Note(), Size.CAPTION, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        for figure in (self.now, self.average, self.forgotten):
            row.addWidget(figure)
        row.addStretch(1)
        row.addWidget(self.note)

    def show_report(self, report: Report) -> None:
        """Show its figures."""
        right = sum(photo.is_right for photo in report.photos)
        self.now.say(
            percent(report.last),
            self.tr(
                "{right} of {n} test photos of all learned classes are answered right. Each counts by its first class, "
                "also where the answer would be “none of these”."
            ).format(right=count(right), n=count(len(report.photos))),
        )
        steps = [percent(value) for value in report.curve if value is not None]
        self.average.say(
            percent(report.average),
            self.tr(
                "Mean of the accuracies after each task, each on all classes seen until then: ({sum}) / {n}."
            ).format(sum=" + ".join(steps), n=len(steps)),
        )
        self.forgotten.say(points(report.forgetting), self._forgotten_hint(report))
        self.note.setText(self.tr("test photos: {n}").format(n=count(len(report.photos))))

    def _forgotten_hint(self, report: Report) -> str:
        old = len(report.tasks) - 1
        if report.forgetting is None:
            return self.tr("From the second task on: how many points old tasks lost.")
        if old == 1:
            return self.tr(
                "Best accuracy the old task ever had before the last training, less its accuracy now. "
                "Below zero, it became better."
            )
        return self.tr(
            "Mean over the {n} old tasks of: best accuracy the task ever had before the last training, "
            "less its accuracy now. Below zero, old tasks became better."
        ).format(n=old)


_UPPER, _LOWER = 376, 336
_MOST_UPPER, _ABOVE_ROWS, _ROW = 640, 240, 20  # pixels: of a card, of it above the matrix's rows, of such a row
_NARROW, _WIDE = 900, 1500  # pixels of the page
_MOST_NAMED = 40  # classes whose names and numbers can be read in the confusion matrix
_WIDTHS = (80, 72, 80, 88)  # task, photos, accuracy, lost


class ExportButton(QPushButton):
    """A button with a menu: curves as PNG or SVG, figures as CSV, the model for other programs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Export"))
        set_icon(self, "export")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.html = menu.addAction(self.tr("Report, all on one page (HTML)"))
        self.pdf = menu.addAction(self.tr("Report, all on one page (PDF)"))
        menu.addSeparator()
        self.png = menu.addAction(self.tr("Curves as a picture (PNG)"))
        self.svg = menu.addAction(self.tr("Curves as a drawing (SVG)"))
        self.csv = menu.addAction(self.tr("All figures as a table (CSV)"))
        menu.addSeparator()
        self.model = menu.addAction(self.tr("Model: ONNX file, script and web page"))
        self.offline = menu.addAction(self.tr("Model, with a web page that works offline (downloads 33 MB once)"))
        self.setMenu(menu)


class ResultsBody(QScrollArea):
    """All parts of the page, in a scroll area that fills `body`."""

    class_pointed = Signal(int)  # class id: the person chose it in the table

    def __init__(self, context: AppContext, body: QWidget) -> None:
        super().__init__(body)
        self.headline = Headline()
        self.curves = AccuracyCurves()
        self.confusions, self.matrices, self.classes = ConfusionModel(self), MatrixModel(self), ClassTableModel(self)
        self.confusion = HeatTable(self.tr("Where it errs: row is the class, column the answer"), names_width=220)
        self.confusion.setModel(self.confusions)
        self.map = ConfusionMap()
        self.confusion_views = QStackedWidget()
        for view in (self.confusion, self.map):
            self.confusion_views.addWidget(view)
        self.order = ClassOrderButton()
        self.pairs = ConfusedPairs(context)
        self.matrix = HeatTable(self.tr("Accuracy after each task, on each task"), names_width=180, is_wide=True)
        self.matrix.setModel(self.matrices)
        self.strip = PhotoStrip(context)
        self.correction = CorrectionCard(context)
        self.worth = WorthALookRow(context)
        self.mistakes = QPushButton(self.tr("Show all mistakes"))
        self.mistakes.setProperty("kind", "small")
        self.mistakes.hide()
        self.table = self._make_table()
        self.card = RunCard()
        self._lay_out()
        self.table.clicked.connect(self._on_class)
        self.table.activated.connect(self._on_class)
        outer = QVBoxLayout(body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self)

    def point_at_class(self, class_id: int | None) -> None:
        """Select a class in the table."""
        report = self.classes.report
        places = [place for place, one in enumerate(report.classes) if one.id == class_id] if report else []
        self.table.clearSelection()
        if places and class_id is not None:
            index = self._class_order.mapFromSource(self.classes.index(places[0], 0))
            self.table.selectRow(index.row())
            self.table.scrollTo(index)

    @Slot(QModelIndex)
    def _on_class(self, index: QModelIndex) -> None:
        report = self.classes.report
        class_id = report.classes[self._class_order.mapToSource(index).row()].id if report else None
        if class_id is not None:
            self.class_pointed.emit(class_id)

    def _fit_upper(self, classes: int) -> None:
        """The confusion matrix gets a height at which the rows of all classes can be read."""
        height = min(max(_UPPER, _ABOVE_ROWS + classes * _ROW), _MOST_UPPER)
        for card in self._upper:
            card.setFixedHeight(height)

    def show_order(self, order: Sequence[int]) -> None:
        """Show the classes of the confusion matrix in this order."""
        if self.confusion_views.currentWidget() is self.map:
            self.map.set_order(order)
        else:
            self.confusion.set_order(order)

    def show_report(self, report: Report, contents: Contents) -> None:
        """Show another report."""
        self.headline.show_report(report)
        self.curves.show_report(report)
        self.pairs.show_report(report)
        # A table of some ten thousand cells would be slow to draw, and nobody could read a number in it.
        is_large = len(report.classes) > _MOST_NAMED
        self._fit_upper(len(report.classes))
        self.confusions.fill(None if is_large else report)
        self.map.show_report(report)
        self.confusion_views.setCurrentWidget(self.map if is_large else self.confusion)
        self.matrices.fill(report)
        self.classes.fill(report)
        self.strip.show_photos(report, None, None)
        self.mistakes.hide()
        self.worth.forget()
        self.card.show_contents(contents)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where the table is narrow its names are worth more than those of the tasks.
        self.table.setColumnHidden(1, self.viewport().width() < _NARROW)
        # Where there is room, two cards that are often short stand beside each other.
        is_wide = self.viewport().width() >= _WIDE
        side, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._first.setDirection(side if is_wide else down)
        self._upper_row.setDirection(down if self.viewport().width() < _NARROW else side)

    def _make_table(self) -> QTableView:
        order = self._class_order = QSortFilterProxyModel(self)
        order.setSourceModel(self.classes)
        order.setSortRole(SORT_ROLE)
        table = QTableView()
        table.setModel(order)
        table.setAccessibleName(self.tr("Classes with their accuracy"))
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setTabKeyNavigation(False)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setStyleSheet("QTableView { border: none; }")
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS, start=1):
            header.resizeSection(column, width)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return table

    def _lay_out(self) -> None:
        err = QWidget()
        err_row = QVBoxLayout(err)
        err_row.setContentsMargins(0, 0, 0, 0)
        err_row.setSpacing(Space.XS)
        err_row.addWidget(self.order, 0, Qt.AlignmentFlag.AlignRight)
        err_row.addWidget(self.confusion_views, 1)
        confused = QWidget()
        confused_column = QVBoxLayout(confused)
        confused_column.setContentsMargins(0, 0, 0, 0)
        confused_column.setSpacing(Space.M)
        confused_column.addWidget(self.pairs)
        photos = QWidget()
        photo_column = QVBoxLayout(photos)
        photo_column.setContentsMargins(0, 0, 0, 0)
        photo_column.setSpacing(Space.M)
        photo_row = QHBoxLayout()
        photo_row.addWidget(self.strip, 1)
        photo_row.addWidget(self.mistakes, 0, Qt.AlignmentFlag.AlignTop)
        photo_column.addLayout(photo_row)
        photo_column.addWidget(self.correction)
        confused_column.addWidget(photos)
        cards = (
            Card(
                self.tr("Accuracy over tasks"),
                "accuracy over tasks",
                self.curves,
                self.tr(
                    "All classes learned so far, each task by itself, and for comparison two simpler classifiers: "
                    "zero-shot goes by the names alone, SLDA by whole photos without any text"
                ),
            ),
            Card(
                self.tr("Where it errs"),
                "confusion matrix",
                err,
                self.tr("Row: what the photo is. Column: what it was taken for. A cell shows its photos below."),
            ),
            Card(
                self.tr("Most confused"),
                "most confused",
                confused,
                self.tr("The classes that most photos were taken for another of. Photos of all mistakes are below."),
            ),
            Card(
                self.tr("Accuracy matrix"),
                "accuracy matrix",
                self.matrix,
                self.tr("Row: after which task. Column: accuracy on the test photos of that task, in per cent."),
            ),
            Card(self.tr("Classes"), "classes table", self.table),
            Card(self.tr("How it was made"), "run card", self.card),
        )
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, Space.S, 0)
        grid.setSpacing(Space.L)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.headline, 0, 0, 1, 2)
        self._first = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._first.setSpacing(Space.L)
        self._first.addWidget(cards[2], 3)
        self._first.addWidget(Card(self.tr("Worth a look"), "worth a look", self.worth), 2)
        grid.addLayout(self._first, 1, 0, 1, 2)
        self._upper_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._upper_row.setSpacing(Space.L)
        for card in cards[:2]:
            self._upper_row.addWidget(card, 1)
        grid.addLayout(self._upper_row, 3, 0, 1, 2)
        lower = QHBoxLayout()
        lower.setSpacing(Space.L)
        lower.addWidget(cards[3], 4)
        lower.addWidget(cards[4], 5)
        grid.addLayout(lower, 4, 0, 1, 2)
        grid.addWidget(cards[5], 5, 0, 1, 2)
        grid.setRowStretch(6, 1)  # height that nobody needs stays below the cards, and makes none of them empty
        self._upper = cards[:2]
        self._fit_upper(0)
        for card in cards[3:5]:
            card.setFixedHeight(_LOWER)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
