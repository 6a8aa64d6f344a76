"""Matrices in colour: the accuracy of tasks, the confusion of classes, and similar classes side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.confused_pairs import photos_sentence
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import Size, Space, blend, class_style, font_of, theme
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import accuracy_words, counted

HEAT_ROLE = Qt.ItemDataRole.UserRole  # (share 0..1, name of a colour's role)
_COUNTED = 4  # tasks whose cells have room for counts


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
    found = report.counts[row][column]
    said = said.format(stage=report.tasks[row], counted=accuracy_words(found), task=report.tasks[column])
    text = counted(found) if len(report.tasks) <= _COUNTED else f"{value:.1f}"
    # Accuracies are mostly high: the square spreads the upper end.
    return Cell(text, (value / 100) ** 2, "accent", said)


class HeatModel(QAbstractTableModel):
    """A square of cells with the same names at both sides."""

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
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return self.rowCount(parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if section >= len(self.names):
            return None
        is_row = orientation == Qt.Orientation.Vertical
        name = (self._row_names if is_row else self.names)[section]
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
_SWATCH, _LEAST_NAMES = 24, 100  # room for the sign of a class, for the names at least
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

    def __init__(self, name: str, *, names_width: int, is_wide: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent, showGrid=False, cornerButtonEnabled=False)
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

    def set_order(self, order: Sequence[int]) -> None:
        """Show rows and columns in this order; their numbers stay what they are."""
        for header in (self.horizontalHeader(), self.verticalHeader()):
            for place, section in enumerate(order):
                header.moveSection(header.visualIndex(section), place)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        cells = self.cells.columnCount()
        if not cells:
            return
        names = self.verticalHeader()
        rest = max(self.width() - cells * _SMALLEST - 2 * self.frameWidth() - 2, _LEAST_NAMES)
        names.setFixedWidth(min(_widest(names) + _SWATCH + 2 * Space.S, self._names_width, rest))
        self.updateGeometries()
        wide = self.viewport().width() // cells
        # Cells need not be square: the table fills its card.
        self.horizontalHeader().setDefaultSectionSize(max(wide, _NARROWEST if self._is_wide else _SMALLEST))
        self.updateGeometries()  # names that are written upwards leave less height to the rows
        high = self.viewport().height() // cells
        self.verticalHeader().setDefaultSectionSize(max(min(high, _HIGHEST), _SMALLEST))


_ZOOM = 1.25  # of one step of the wheel
_FEWEST = 8  # cells a side that are left when zoomed in

_KEYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class ConfusionMap(QWidget):
    """The confusion matrix of many classes as a picture, with zoom. A click, or the arrow keys, choose a cell."""

    chosen = Signal(int, int)  # row, column

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusPolicy=Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Confusion matrix: row is the class, column the prediction"))
        self.report: Report | None = None
        self.cell = (0, 0)  # the chosen row and column, as they are seen
        self.part = QRectF()  # the cells that are seen
        self._order: Sequence[int] = ()
        self._picture = QImage()

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def show_report(self, report: Report) -> None:
        self.report = report
        side = len(report.classes)
        self.cell, self.part = (0, 0), QRectF(0, 0, side, side)
        self.set_order(range(side))

    def set_order(self, order: Sequence[int]) -> None:
        """Show classes in this order; their numbers stay what they are."""
        self._order = order
        self.restyle()

    def cell_text(self, row: int, column: int) -> str:
        assert self.report is not None, "a report is shown"
        return confusion_cell(self.report, self._order[row], self._order[column]).said

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """The row and column, as they are seen, at a place of the widget."""
        if not self._order or not self.rect().contains(place.toPoint()):
            return None
        column = int(self.part.x() + place.x() / self.width() * self.part.width())
        row = int(self.part.y() + place.y() / self.height() * self.part.height())
        side = len(self._order)
        return (row, column) if 0 <= row < side and 0 <= column < side else None

    def restyle(self) -> None:
        if self.report is None or not self._order:
            return
        counts = np.array(self.report.confusion, dtype=np.float32)[np.ix_(self._order, self._order)]
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        strength = np.where(counts > 0, 0.15 + 0.85 * np.sqrt(shares), 0.0)[..., None]
        ground, right, wrong = (_rgb(role) for role in ("window", "accent", "bad"))
        hue = np.where(np.eye(len(counts), dtype=bool)[..., None], right, wrong)
        pixels = np.ascontiguousarray((ground + strength * (hue - ground)).round().astype(np.uint8))
        side = len(counts)
        self._picture = QImage(pixels.data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._picture, self.part)
        row, column = self.cell
        if self.hasFocus() and self.part.contains(QPointF(column + 0.5, row + 0.5)):
            across, down = self.width() / self.part.width(), self.height() / self.part.height()
            left, top = (column - self.part.x()) * across, (row - self.part.y()) * down
            painter.setPen(QPen(theme().color("text"), 2))
            painter.drawRect(QRectF(left, top, max(across, 6), max(down, 6)))
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            if cell is not None:
                QToolTip.showText(event.globalPos(), tip(self.cell_text(*cell)), self, QRect(event.pos(), QSize(1, 1)))
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self._order or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the page scrolls
            return
        self.zoom(_ZOOM if event.angleDelta().y() > 0 else 1 / _ZOOM, event.position().toPoint())

    def zoom(self, factor: float, at: QPoint) -> None:
        """Show fewer cells (factor above 1) or more around a place of the widget."""
        classes = len(self._order)
        side = min(max(self.part.width() / factor, min(_FEWEST, classes)), classes)
        across, down = at.x() / max(self.width(), 1), at.y() / max(self.height(), 1)
        x = self.part.x() + across * (self.part.width() - side)
        y = self.part.y() + down * (self.part.height() - side)
        self.part = QRectF(min(max(x, 0), classes - side), min(max(y, 0), classes - side), side, side)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._order and event.key() in _KEYS:
            rows, columns = _KEYS[Qt.Key(event.key())]
            last = len(self._order) - 1
            row, column = min(max(self.cell[0] + rows, 0), last), min(max(self.cell[1] + columns, 0), last)
            self._choose((row, column))
            # The part that is seen follows the cell.
            x = min(max(self.part.x(), column + 1 - self.part.width()), column)
            y = min(max(self.part.y(), row + 1 - self.part.height()), row)
            self.part.moveTo(x, y)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(_ZOOM if event.key() == Qt.Key.Key_Plus else 1 / _ZOOM, self.rect().center())
        else:
            super().keyPressEvent(event)

    def _choose(self, cell: tuple[int, int]) -> None:
        self.cell = cell
        self.setAccessibleDescription(self.cell_text(*cell))
        self.chosen.emit(self._order[cell[0]], self._order[cell[1]])
        self.update()


def _rgb(role: str) -> np.ndarray:
    color = theme().color(role)
    return np.array((color.red(), color.green(), color.blue()), dtype=np.float32)


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

    places = {one.id: place for place, one in enumerate(report.classes)}
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
