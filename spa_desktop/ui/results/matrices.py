"""Matrices in colour: the accuracy of tasks, the confusion of classes, and similar classes side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QItemSelection,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spa_desktop.metrics import confusion
from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.confused_pairs import photos_sentence
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import Size, Space, blend, class_style, font_of, theme
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, wrapped
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import accuracy_words, count, counted

Counts = NDArray[np.int64]
HEAT_ROLE = Qt.ItemDataRole.UserRole  # (share 0..1, name of a colour's role)
FEW_TASKS = 4  # tasks whose cells have room for counts


class Cell(NamedTuple):
    """What a cell shows, how strong (0 to 1) which colour of the theme is behind it, and a sentence that says it."""

    text: str
    share: float
    role: str
    said: str


def confusion_cell(report: Report, row: int, column: int) -> Cell:
    """Row: what a photo is; column: what it was predicted as."""
    value, total = report.confusion[row][column], sum(report.confusion[row])
    said = photos_sentence(report, row, column, value)
    return Cell(str(value or ""), value / total if total else 0.0, "accent" if row == column else "bad", said)


def accuracy_cell(report: Report, row: int, column: int) -> Cell:
    """Row: after which task; column: accuracy on which task."""
    value = report.matrix[row][column]
    if value is None:
        return Cell("", 0.0, "accent", "")
    said = QCoreApplication.translate("MatrixModel", "After {stage}, test photos of {task}: {counted}")
    accuracy = report.counts[row][column]
    said = said.format(stage=report.tasks[row], counted=accuracy_words(accuracy), task=report.tasks[column])
    text = counted(accuracy) if len(report.tasks) <= FEW_TASKS else f"{value:.1f}"
    # Accuracies are mostly high: the square spreads the upper end.
    return Cell(text, (value / 100) ** 2, "accent", said)


class HeatModel(QAbstractTableModel):
    """Cells with names at both sides."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: Sequence[str] = ()
        self._row_names: Sequence[str] = ()
        self._colors: Sequence[int] = ()
        self._cell: Callable[[int, int], Cell] | None = None

    def fill(
        self,
        names: Sequence[str],
        cell: Callable[[int, int], Cell],
        *,
        row_names: Sequence[str] = (),
        colors: Sequence[int] = (),
    ) -> None:
        """Show cells, each by its row and column. `names` are of the columns, and of the rows without `row_names`.

        `colors` are numbers of the classes whose markers stand before the rows' names.
        """
        self.beginResetModel()
        self.names, self._row_names, self._cell, self._colors = names, row_names or names, cell, colors
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._row_names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        is_row = orientation == Qt.Orientation.Vertical
        names = self._row_names if is_row else self.names
        if section >= len(names):
            return None
        name = names[section]
        if role == Qt.ItemDataRole.DecorationRole and is_row and self._colors:
            return swatch(class_style(self._colors[section]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(name)
        return name if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._cell is None or not index.isValid():
            return None
        cell = self._cell(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == HEAT_ROLE:
            return cell.share, cell.role
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(cell.said) or None
        return (cell.said or None) if role == Qt.ItemDataRole.AccessibleTextRole else None


_SMALLEST, _HIGHEST = 18, 160
_NARROWEST = 34  # of cells with an accuracy in them
_SWATCH, _LEAST_NAMES = 24, 64  # room for the sign of a class, for the names at least
_NAMES_HEIGHT, _NAME_HEIGHT = 140, 24  # of names that are written upwards at most, and of others
_BARE = """
QTableView, QHeaderView { border: none; }
QHeaderView::section { border: none; padding: 0 4px; }
QTableCornerButton::section { border: none; background: transparent; }
"""


class HeatDelegate(QStyledItemDelegate):
    """Paints a cell's figure over a colour as strong as its share."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now = theme()
        share, role = index.data(HEAT_ROLE)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        rect: QRect = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        ground = blend(now.color("base"), now.color(role), 0.12 + 0.88 * share) if text else now.color("window")
        painter.fillRect(rect, ground)
        painter.setFont(font_of(painter.font(), Size.CAPTION))
        # A cell that is too small shows its colour only; the tooltip has the number.
        if text and painter.fontMetrics().horizontalAdvance(text) <= rect.width():
            painter.setPen(_readable_on(ground))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(now.color("text"), 2))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()


def _readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more (WCAG relative luminance)."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    bright = 0.2126 * linear(ground.redF()) + 0.7152 * linear(ground.greenF()) + 0.0722 * linear(ground.blueF())
    return QColor("#000000") if bright > 0.179 else QColor("#ffffff")


class NameHeader(QHeaderView):
    """A horizontal header that writes upwards where its columns are narrower than a name."""

    @property
    def is_upward(self) -> bool:
        return self.defaultSectionSize() < _widest(self) + 2 * Space.S

    def sizeHint(self) -> QSize:
        height = min(_widest(self) + 2 * Space.S, _NAMES_HEIGHT) if self.is_upward else _NAME_HEIGHT
        return QSize(super().sizeHint().width(), height)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        if not self.is_upward:
            super().paintSection(painter, rect, section)
            return
        name = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        painter.save()
        painter.fillRect(rect, theme().color("base"))
        painter.setPen(theme().color("muted"))
        painter.translate(rect.left(), rect.bottom())
        painter.rotate(-90)
        turned = QRect(Space.XS, 0, rect.height() - Space.XS, rect.width())
        name = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, turned.width())
        painter.drawText(turned, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


def _widest(header: QHeaderView) -> int:
    """Pixels of the longest name of a header."""
    model, metrics = header.model(), header.fontMetrics()
    names = (str(model.headerData(place, header.orientation()) or "") for place in range(header.count()))
    return max(map(metrics.horizontalAdvance, names), default=0)


class HeatTable(QTableView):
    """A table of cells that fill the room there is."""

    def __init__(self, name: str, *, names_width: int, is_wide: bool = False) -> None:
        super().__init__(showGrid=False, cornerButtonEnabled=False)
        self._is_wide, self._names_width = is_wide, names_width
        self.cells = HeatModel(self)
        self.setModel(self.cells)
        self.cells.modelReset.connect(self._fit)
        self.setAccessibleName(name)
        self.setItemDelegate(HeatDelegate(self))
        self.setFrameShape(self.Shape.NoFrame)
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setStyleSheet(_BARE)
        self.setHorizontalHeader(NameHeader(Qt.Orientation.Horizontal, self))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(_SMALLEST)
            header.setHighlightSections(False)
            header.setSectionsClickable(True)
        self.verticalHeader().setFixedWidth(names_width)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        cells, rows = self.cells.columnCount(), self.cells.rowCount()
        if not cells or not rows:
            return
        names = self.verticalHeader()
        rest = max(self.width() - cells * _SMALLEST - 2 * self.frameWidth() - 2, _LEAST_NAMES)
        names.setFixedWidth(min(_widest(names) + _SWATCH + 2 * Space.S, self._names_width, rest))
        self.updateGeometries()
        wide = self.viewport().width() // cells
        # Cells need not be square: the table fills its card.
        self.horizontalHeader().setDefaultSectionSize(max(wide, _NARROWEST if self._is_wide else _SMALLEST))
        self.updateGeometries()  # names that are written upwards leave less height to the rows
        high = self.viewport().height() // rows
        self.verticalHeader().setDefaultSectionSize(max(min(high, _HIGHEST), _SMALLEST))


MOST_NAMED = 40  # classes whose names and numbers can be read beside each other
_MOST_IN_BLOCK = 20  # classes of a group, but where there would be too many groups


class Group(NamedTuple):
    """Classes that stand together, as places in :attr:`Report.classes`, under one name."""

    name: str
    places: tuple[int, ...]
    short: str  # name over a column


def groups_of(report: Report, order: Sequence[int], wrong: Counts) -> list[Group]:
    """Groups of many classes in an order: the tasks, where that is their order and each can be read; else runs of it.

    A run ends where the fewest mistakes are of a class before and one after it. `wrong`: the true classes and the
    answers ``(2, m)`` of the mistakes.
    """
    names = [class_.name for class_ in report.classes]
    tasks: dict[str, list[int]] = {}
    for place, result in enumerate(report.classes):
        tasks.setdefault(result.task, []).append(place)
    together = [place for places in tasks.values() for place in places]
    if 1 < len(tasks) <= MOST_NAMED >= max(map(len, tasks.values())) and list(order) == together:
        return [Group(task, tuple(places), task) for task, places in tasks.items()]
    count, most = len(order), max(_MOST_IN_BLOCK, round(len(order) ** 0.5))
    low, high = np.sort(np.argsort(order)[wrong], axis=0)  # where the two classes of each mistake stand
    starts, ends = (np.bincount(places + 1, minlength=count + 1) for places in (low, high))
    parted = np.cumsum(starts - ends)  # mistakes of a class before a place and one from there on
    groups, begin = list[Group](), 0
    while begin < count:
        end = count
        if count - begin > most:
            end = min(range(begin + most, begin + most // 2, -1), key=lambda place: parted[place])
        first, last, run = names[order[begin]], names[order[end - 1]], tuple(order[begin:end])
        groups.append(Group(first, run, first) if first == last else Group(f"{first} … {last}", run, f"{first} …"))
        begin = end
    return groups


class Confusions(QWidget):
    """What each class was predicted as. Of many classes the mistakes by groups: a click, or Enter, opens one or two."""

    classes_chosen = Signal(object, object)  # places of a class and of what it was predicted as, one of them maybe None
    chosen = Signal(object, str)  # photos of a cell with groups, and a sentence that says which
    report: Report  # that is shown

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[Group] = []  # none where all classes can be read beside each other
        self.is_open = False  # classes are seen, not groups
        self._rows: Sequence[Group] = ()
        self._columns: Sequence[Group] = ()
        self._wrong = self._between = np.zeros((0, 0), dtype=np.int64)  # mistakes by classes and by groups
        self._names = (
            self.tr("Confusion matrix: row is the class, column the prediction"),
            self.tr("Mistakes: row is the class or group, column the prediction"),
        )
        self.table = HeatTable(self._names[0], names_width=220)
        self.title = wrapped(size=Size.BODY)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # no name widens the card
        self.back = button(self.tr("All groups"), self.show_groups, kind="small")
        column(row(self.back, (self.title, 1), spacing=Space.S), (self.table, 1), spacing=Space.XS, of=self)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.clicked.connect(self._open_cell)
        self.table.activated.connect(self._open_cell)
        self.table.verticalHeader().sectionClicked.connect(self._on_row)
        self.table.horizontalHeader().sectionClicked.connect(self._on_column)

    def show_report(self, report: Report, order: Sequence[int]) -> None:
        """Show the classes in an order, or their groups."""
        self.report = report
        mistakes = [(photo.truth, photo.answer) for photo in report.photos_of(None, None)]
        wrong = np.array(mistakes, dtype=np.int64).reshape(-1, 2).T
        self._wrong = confusion(wrong[0], wrong[1], len(order))
        # A table of some ten thousand cells would be slow to draw, and nobody could read a number in it.
        is_large = len(order) > MOST_NAMED
        self.table.setAccessibleName(self._names[is_large])
        if not is_large:
            self.groups, classes = [], [self._alone(place) for place in order]
            axes = self.tr("Rows: what photos are. Columns: what they were predicted as. A cell shows its photos.")
            self._show(classes, classes, axes, is_open=True)
            return
        self.groups = groups_of(report, order, wrong)
        group_of = np.zeros(len(order), dtype=np.int64)
        for number, group in enumerate(self.groups):
            group_of[list(group.places)] = number
        self._between = confusion(group_of[wrong[0]], group_of[wrong[1]], len(self.groups))
        self.show_groups()

    @Slot()
    def show_groups(self) -> None:
        self._show(self.groups, self.groups, self.tr("Mistakes by groups of classes: a click opens a group"))

    def open(self, truths: Group, answers: Group) -> None:
        """Show the classes of a group, and beside them what was predicted as none of these; of two, those confused."""
        rows, columns = ([self._alone(place) for place in group.places] for group in (truths, answers))
        if truths is answers:
            rest = set(range(len(self.report.classes))) - set(truths.places)
            columns.append(Group(self.tr("other groups"), tuple(rest), self.tr("other groups")))
            self._show(rows, columns, truths.name, is_open=True)
            return
        wrong = self._wrong[np.ix_(truths.places, answers.places)] > 0
        if wrong.any():
            rows = [group for group, mistakes in zip(rows, wrong, strict=True) if mistakes.any()]
            columns = [group for group, mistakes in zip(columns, wrong.T, strict=True) if mistakes.any()]
            self._show(rows, columns, f"{truths.name} → {answers.name}", is_open=True)

    def open_pair(self, truth: int, answer: int) -> None:
        """Show a class and what it was predicted as, which are places of the report."""
        if self.groups:
            self.open(*(next(group for group in self.groups if place in group.places) for place in (truth, answer)))
        rows, columns = ([group.places for group in side] for side in (self._rows, self._columns))
        self.table.setCurrentIndex(self.table.cells.index(rows.index((truth,)), columns.index((answer,))))

    def _alone(self, place: int) -> Group:
        name = self.report.classes[place].name
        return Group(name, (place,), name)

    def _show(self, rows: Sequence[Group], columns: Sequence[Group], title: str, *, is_open: bool = False) -> None:
        self._rows, self._columns, self.is_open = rows, columns, is_open
        colors = [self.report.classes[group.places[0]].color for group in rows] if is_open else []
        names, row_names = [group.short for group in columns], [group.name for group in rows]
        self.table.cells.fill(names, self._cell, row_names=row_names, colors=colors)
        self.title.setText(title)
        self.back.setVisible(is_open and bool(self.groups))

    def _cell(self, row: int, column: int) -> Cell:
        truths, answers = self._rows[row], self._columns[column]
        if self.is_open and len(truths.places) == len(answers.places) == 1:
            return confusion_cell(self.report, truths.places[0], answers.places[0])
        if self.is_open:
            wrong, share = int(self._wrong[np.ix_(truths.places, answers.places)].sum()), 0.0
        else:
            wrong = int(self._between[row, column])
            share = wrong / max(int(self._between.max()), 1)
        text = self.tr("Photos of {truth}, predicted as a class of {answer}: {n}")
        if truths is answers:
            text = self.tr("Photos of {truth}, predicted as another class of it: {n}")
        said = text.format(truth=truths.name, answer=answers.name, n=count(wrong))
        if truths is answers and not wrong:
            return Cell("0", 0.0, "accent", said)
        return Cell(str(wrong or ""), share, "bad", said)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, chosen: QItemSelection, _: QItemSelection) -> None:
        if not chosen.indexes():
            return
        index = chosen.indexes()[0]
        truths, answers = self._rows[index.row()].places, self._columns[index.column()].places
        if self.is_open and len(truths) == len(answers) == 1:
            self.classes_chosen.emit(truths[0], answers[0])
            return
        wrong = self.report.photos_of(None, None)
        photos = [photo for photo in wrong if photo.truth in truths and photo.answer in answers]
        self.chosen.emit(photos, self._cell(index.row(), index.column()).said)

    @Slot(QModelIndex)
    def _open_cell(self, index: QModelIndex) -> None:
        if not self.is_open:
            self.open(self.groups[index.row()], self.groups[index.column()])

    @Slot(int)
    def _on_row(self, section: int) -> None:
        if not self.is_open:
            self.open(self.groups[section], self.groups[section])
        else:
            self.classes_chosen.emit(self._rows[section].places[0], None)

    @Slot(int)
    def _on_column(self, section: int) -> None:
        if not self.is_open:
            self.open(self.groups[section], self.groups[section])
        elif len(self._columns[section].places) == 1:  # not what is of other groups
            self.classes_chosen.emit(None, self._columns[section].places[0])


_LEAST = 1e-6  # a probability below it says nothing
_MOST_OPTIMAL = 200  # classes up to which the leaves of the tree are turned to stand best: it takes their cube


def similar_order(report: Report, answers: Mapping[int, TestAnswer]) -> tuple[int, ...]:
    """Places of :attr:`Report.classes` in an order that groups similar ones. For worker threads.

    How similar two classes are is how probable the model finds the one for test photos of the other, on average, both
    ways; that is known even where every photo is answered right. The logarithms are clustered hierarchically (average
    linkage), and the leaves of the tree are turned so that neighbours are alike (Bar-Joseph, Gifford and Jaakkola,
    "Fast optimal leaf ordering for hierarchical clustering", 2001). Ours. `answers` are by photo.
    """
    number = len(report.classes)
    if number < 3:
        return tuple(range(number))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    places = {class_.id: place for place, class_ in enumerate(report.classes)}
    given = np.zeros((number, number))
    photos = np.zeros(number)
    for photo in report.photos:
        kept = answers.get(photo.id)
        if kept is None:
            continue
        photos[photo.truth] += 1
        for class_id, share in zip(kept.class_ids, kept.probabilities, strict=True):
            if class_id in places:
                given[photo.truth, places[class_id]] += share
    shares = given / np.maximum(photos, 1)[:, None]
    distances = -np.log(np.clip((shares + shares.T) / 2, _LEAST, 1.0))
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average", optimal_ordering=number <= _MOST_OPTIMAL)
    order = [int(place) for place in leaves_list(tree)]
    # A tree can be read from either end: begin at the one whose class was learned first.
    return tuple(order if order[0] <= order[-1] else reversed(order))
