"""How the window looks: a scale of spaces, one of type, the colours of now, and those of classes and states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QLabel

from spa_desktop.ui.style.palettes import LIGHT, Theme


class Space(IntEnum):
    """The spaces there are, in device-independent pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


PAGE_MARGIN = int(Space.XL)
RADIUS = 6
ICON = 20


class Size(IntEnum):
    """The sizes of type there are, in pixels."""

    CAPTION = 12
    BODY = 13
    STRONG = 15
    TITLE = 20
    FIGURE = 28


@dataclass(frozen=True)
class ClassStyle:
    """How a class is drawn everywhere.

    Attributes:
        color: one of Okabe and Ito's colour-blind-safe hues.
        symbol: pyqtgraph's name of the marker.
        dash: the pen's style.
    """

    color: QColor
    symbol: str
    dash: Qt.PenStyle


# Okabe and Ito, "Color Universal Design", 2008. The eighth, black, is a mid grey here: it must show on both themes.
_HUES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#808890")
_DARKER = {"#f0e442": "#b5a800", "#56b4e9": "#3a9bd1", "#e69f00": "#c98700"}  # so that thin lines show on white
_LIGHTER = {"#0072b2": "#4aa3dd"}
_SYMBOLS = ("o", "s", "t", "d", "+", "x", "star", "p")
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)

_current = LIGHT


def theme() -> Theme:
    """The colours that are shown now."""
    return _current


def use(wanted: Theme) -> None:
    """Have :func:`theme` give these colours from now on. For :mod:`spa_desktop.ui.style.theming`, which shows them."""
    global _current
    _current = wanted


def class_style(index: int) -> ClassStyle:
    """The style of the class (or task) with that number: the hues in order, then again with another marker and dash.

    Args:
        index: :attr:`~spa_desktop.project.records.ClassRecord.color`, or the place of a task.
    """
    turn, place = divmod(index, len(_HUES))
    hue = (_LIGHTER if _current.name == "dark" else _DARKER).get(_HUES[place], _HUES[place])
    symbol = _SYMBOLS[(place + turn) % len(_SYMBOLS)]
    return ClassStyle(QColor(hue), symbol, _DASHES[(place + turn) % len(_DASHES) if turn else 0])


def task_style(place: int, count: int) -> ClassStyle:
    """The style of a task's curve: from grey for the first to the accent for the last, so that no class's hue is meant.

    Args:
        place: of the task, from 0.
        count: of tasks.
    """
    old, new = _current.color("faint"), _current.color("accent")
    share = place / (count - 1) if count > 1 else 1.0

    def mix(a: int, b: int) -> int:
        return round(a + (b - a) * share)

    color = QColor(mix(old.red(), new.red()), mix(old.green(), new.green()), mix(old.blue(), new.blue()))
    return ClassStyle(color, _SYMBOLS[(place + 1) % len(_SYMBOLS)], Qt.PenStyle.DashLine)


def state_color(state: str) -> QColor:
    """The colour of the state of a class or task, never used without its word."""
    roles = {"new": "muted", "described": "accent", "trained": "good", "stale": "warn", "failed": "bad"}
    return _current.color(roles.get(state, "muted"))


def set_type(label: QLabel, size: Size, *, strong: bool = False, role: str = "text") -> QLabel:
    """Set size, weight and colour of a label by the scales; the colour follows the theme."""
    font = QFont(label.font())
    font.setPixelSize(int(size))
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    label.setFont(font)
    label.setProperty("role", role)
    return label
