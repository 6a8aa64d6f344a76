"""The confusion matrix of many classes as a picture: colour alone, names and numbers under the pointer, and zoom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets.number_words import count

_ZOOM = 1.25  # of one step of the wheel
_FEWEST = 8  # cells a side that are left when zoomed in

_KEYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class ConfusionMap(QWidget):
    """Row: what a photo is; column: what it was taken for. A click, or the arrow keys, choose a cell."""

    chosen = Signal(int, int)  # row, column

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Where it errs: row is the class, column the answer"))
        self.report: Report | None = None
        self.cell = (0, 0)  # as it is seen
        self._order: tuple[int, ...] = ()
        self._picture = QImage()
        self._part = QRectF()  # in cells

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def show_report(self, report: Report) -> None:
        """Show another report."""
        self.report, self.cell = report, (0, 0)
        self._order = tuple(range(len(report.classes)))
        side = len(report.classes)
        self._part = QRectF(0, 0, side, side)
        self._draw()

    def set_order(self, order: Sequence[int]) -> None:
        """Show classes in this order; their numbers stay what they are."""
        self._order = tuple(order)
        self._draw()

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self._draw()

    @property
    def part(self) -> QRectF:
        """The cells that are seen."""
        return QRectF(self._part)

    def cell_text(self, row: int, column: int) -> str:
        """A cell, as it is seen, in words."""
        assert self.report is not None, "a report is shown"
        row, column = self._order[row], self._order[column]
        names, number = self.report.classes, count(self.report.confusion[row][column])
        said = self.tr("Photos of {truth}, taken for {answer}: {n}")
        if row == column:
            said = self.tr("Photos of {truth}, answered right: {n}")
        return said.format(n=number, truth=names[row].name, answer=names[column].name)

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """The row and column, as they are seen, at a place of the widget."""
        if self.report is None or not self._part.width() or not self.rect().contains(place.toPoint()):
            return None
        column = int(self._part.x() + place.x() / self.width() * self._part.width())
        row = int(self._part.y() + place.y() / self.height() * self._part.height())
        side = len(self.report.classes)
        return (row, column) if 0 <= row < side and 0 <= column < side else None

    def _draw(self) -> None:
        if self.report is None or not self.report.confusion:
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
        painter.drawImage(QRectF(self.rect()), self._picture, self._part)
        row, column = self.cell
        if self.hasFocus() and self._part.contains(QPointF(column + 0.5, row + 0.5)):
            across, down = self.width() / self._part.width(), self.height() / self._part.height()
            left, top = (column - self._part.x()) * across, (row - self._part.y()) * down
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
        if self.report is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the page scrolls
            return
        self.zoom(_ZOOM if event.angleDelta().y() > 0 else 1 / _ZOOM, event.position().toPoint())

    def zoom(self, factor: float, at: QPoint) -> None:
        """Show fewer cells (factor above 1) or more around a place of the widget."""
        if self.report is None:
            return
        whole = len(self.report.classes)
        side = min(max(self._part.width() / factor, min(_FEWEST, whole)), whole)
        across, down = at.x() / max(self.width(), 1), at.y() / max(self.height(), 1)
        x = self._part.x() + across * (self._part.width() - side)
        y = self._part.y() + down * (self._part.height() - side)
        self._part = QRectF(min(max(x, 0), whole - side), min(max(y, 0), whole - side), side, side)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.report is not None and event.key() in _KEYS:
            rows, columns = _KEYS[Qt.Key(event.key())]
            last = len(self.report.classes) - 1
            row, column = min(max(self.cell[0] + rows, 0), last), min(max(self.cell[1] + columns, 0), last)
            self._choose((row, column))
            self._follow()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(_ZOOM if event.key() == Qt.Key.Key_Plus else 1 / _ZOOM, self.rect().center())
        else:
            super().keyPressEvent(event)

    def _follow(self) -> None:
        """Show the cell where it is beyond what is seen."""
        row, column = self.cell
        x = min(max(self._part.x(), column + 1 - self._part.width()), column)
        y = min(max(self._part.y(), row + 1 - self._part.height()), row)
        self._part.moveTo(x, y)

    def _choose(self, cell: tuple[int, int]) -> None:
        self.cell = cell
        self.setAccessibleDescription(self.cell_text(*cell))
        self.chosen.emit(self._order[cell[0]], self._order[cell[1]])
        self.update()


def _rgb(role: str) -> np.ndarray:
    color = theme().color(role)
    return np.array((color.red(), color.green(), color.blue()), dtype=np.float32)
