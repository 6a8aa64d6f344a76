"""What lies under a row of a list or tree whose delegate paints it by itself."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from spa_desktop.ui.style.theme import RADIUS, Space, theme


def paint_row_ground(painter: QPainter, option: QStyleOptionViewItem, row: QRect | None = None) -> None:
    """Paint a row that is chosen or pointed at, and nothing under another; `row` in place of the option's rectangle."""
    is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    if not is_chosen and not option.state & QStyle.StateFlag.State_MouseOver:
        return
    ground = (row or option.rect).adjusted(Space.XS, 1, -Space.XS, -1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("accent_soft" if is_chosen else "hover"))
    painter.drawRoundedRect(ground, RADIUS, RADIUS)
