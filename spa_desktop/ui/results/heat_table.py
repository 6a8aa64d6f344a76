"""Tables whose cells are coloured by their figure, and headers that write upwards where columns are narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spa_desktop.ui.results.table_models import HEAT_ROLE
from spa_desktop.ui.style.theme import Size, Space, theme

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

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        now = theme()
        share, role = index.data(HEAT_ROLE)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        rect: QRect = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        ground = _blend(now.color("base"), now.color(role), 0.12 + 0.88 * share) if text else now.color("window")
        painter.fillRect(rect, ground)
        font = painter.font()
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        # A cell that is too small shows its colour only; the tooltip has the number.
        if text and painter.fontMetrics().horizontalAdvance(text) <= rect.width():
            painter.setPen(_readable_on(ground))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(now.color("text"), 2))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()


def _blend(ground: QColor, color: QColor, share: float) -> QColor:
    def mix(a: int, b: int) -> int:
        return round(a + (b - a) * share)

    return QColor(mix(ground.red(), color.red()), mix(ground.green(), color.green()), mix(ground.blue(), color.blue()))


def _readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more (WCAG relative luminance)."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    bright = 0.2126 * linear(ground.redF()) + 0.7152 * linear(ground.greenF()) + 0.0722 * linear(ground.blueF())
    return QColor("#000000") if bright > 0.179 else QColor("#ffffff")


class NameHeader(QHeaderView):
    """A horizontal header that writes upwards where its columns are narrower than a name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)

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
    """A table of square cells, or wide ones, that fill the room there is."""

    def __init__(self, name: str, *, names_width: int, is_wide: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_wide, self._names_width = is_wide, names_width
        self.setAccessibleName(name)
        self.setItemDelegate(HeatDelegate(self))
        self.setShowGrid(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setStyleSheet(_BARE)
        self.setHorizontalHeader(NameHeader(self))
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

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            model.modelReset.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        cells = self.model().columnCount() if self.model() else 0
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
