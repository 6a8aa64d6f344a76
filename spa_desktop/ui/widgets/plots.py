"""How plots look: colours from the theme, thin smooth lines, and markers that tell curves apart without colour.

pyqtgraph looks at every class of Qt when it is imported. In a worker, while the window makes widgets, that crashes now
and then: so it is imported in the window's thread, and before the window shows, for it takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
    QTransform,
)

from spa_desktop.ui.plain_text import as_html
from spa_desktop.ui.style.theme import ClassStyle, Size, font_of, theme

THIN, THICK = 1, 2
_SYMBOL_SIZE, _SWATCH = 9, 12
_MARKED = 0.84  # of the square that a marker is drawn in


class Plot:
    """One pyqtgraph plot in the colours of the theme, without pyqtgraph's own mouse and menus."""

    def __init__(self, name: str, *, left: str, bottom: str) -> None:
        self.widget: pg.GraphicsLayoutWidget = pg.GraphicsLayoutWidget()
        self.widget.setAccessibleName(name)
        self.widget.setFrameShape(self.widget.Shape.NoFrame)
        # Nothing in a plot takes keys or the wheel, and the page behind it scrolls.
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.widget.setAntialiasing(True)
        self.widget.ci.setContentsMargins(0, 4, 4, 0)
        self.item: pg.PlotItem = self.widget.addPlot(row=0, col=0, enableMenu=False)
        self.item.setMouseEnabled(x=False, y=False)
        self.item.hideButtons()
        self.font = font_of(self.widget.font(), Size.CAPTION)
        self._labels = {"left": left, "bottom": bottom}
        self.restyle()

    def label(self, side: str, text: str) -> None:
        self._labels[side] = text
        self.restyle()

    def restyle(self, colors: Mapping[str, QColor] | None = None) -> None:
        """Take the colours of the theme of now; curves are the caller's, and so may colours of labels be, by axis."""
        now, size = theme(), f"{int(Size.CAPTION)}px"
        self.widget.setBackground(now.color("base"))
        for side in ("left", "bottom", *(["right"] if "right" in self._labels else [])):
            axis = self.item.getAxis(side)
            axis.setPen(QPen(now.color("line")))
            axis.setTextPen(QPen(now.color("muted")))
            axis.setTickFont(self.font)
            axis.setStyle(tickLength=-4, autoExpandTextSpace=True)
            text = as_html(self._labels[side])
            # No prefixes: small numbers would be multiplied by a million, and no label would say so.
            color = (colors or {}).get(side, now.color("muted")).name()
            axis.setLabel(text, siPrefixEnableRanges=(), color=color, **{"font-size": size})
            axis.enableAutoSIPrefix(False)
        self.item.showGrid(x=False, y=True, alpha=0.12)


def room_above(bottom: float) -> float:
    """Where an axis in per cent ends that begins at `bottom`: with room for all of "100", which is left out else."""
    return 100 + 0.1 * (100 - bottom)


def pen(color: QColor, dash: Qt.PenStyle = Qt.PenStyle.SolidLine, width: int = THIN) -> QPen:
    """A pen whose width does not grow with the axes, but with the scale of the screen.

    Smooth lines wider than one pixel are slow to draw: curves here have some tens of points.
    """
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication), "who draws has a screen"
    made: QPen = pg.mkPen(color, width=width * app.devicePixelRatio(), style=dash)
    return made


def style_curve(
    curve: pg.PlotDataItem,
    color: QColor,
    *,
    symbol: str | None = None,
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine,
    width: int = THIN,
) -> None:
    """Draw a curve with that pen and marker."""
    look: dict[str, object] = {"pen": pen(color, dash, width), "symbol": symbol}
    if symbol is not None:
        edge = pen(theme().color("base")) if symbol not in ("+", "x") else pen(color)
        look |= {"symbolSize": _SYMBOL_SIZE, "symbolBrush": color, "symbolPen": edge}
    curve.opts.update(look)  # at once: with a setter each the curve would be made anew five times
    curve.updateItems(styleUpdate=True)


def swatch(style: ClassStyle) -> QIcon:
    """The marker of a class as an icon, so that a list and a curve show the same sign.

    Models ask for it at each painting, and menus for each class after each verb: it is drawn once.
    """
    ratio, side = 3, _SWATCH
    key = f"swatch {style.symbol} {style.color.name()}"
    drawn = QPixmap()
    if QPixmapCache.find(key, drawn):
        return QIcon(drawn)
    pixmap = QPixmap(side * ratio, side * ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.color)
    painter.drawPath(marker(style.symbol, side * ratio))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, pixmap)
    return QIcon(pixmap)


def marker(symbol: str, side: float) -> QPainterPath:
    """The outline of a symbol of pyqtgraph's, in a square at the origin."""
    place = QTransform().translate(side / 2, side / 2).scale(_MARKED * side, _MARKED * side)
    path: QPainterPath = Symbols[symbol]
    return place.map(path)
