"""Icons: our own SVGs, drawn with `currentColor` and tinted from the theme when they are painted."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QEvent, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QLabel

from spa_desktop import paths
from spa_desktop.ui.style.theme import ICON, theme

_IN_TEXT = 16  # px
_LARGEST_COMMON = 32  # px; larger ones are pictures, and their stroke would look heavy


def icon(name: str, role: str = "text") -> QIcon:
    """The icon `resources/icons/NAME.svg` in the colour of a role of the theme; it follows the theme by itself."""
    _source(name)  # a name that is wrong is found here, and not when it is painted
    return QIcon(_Engine(name, role))


def set_icon(button: QAbstractButton, name: str, role: str = "text") -> None:
    """Put an icon on a button with a text, and room between the two."""
    button.setIcon(icon(name, role))
    button.setIconSize(QSize(ICON, _IN_TEXT))


def icon_pixmap(name: str, role: str = "text", size: int = ICON, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture, in the colours of now. For empty states; draw it anew when the theme changes."""
    return icon(name, role).pixmap(QSize(size, size), ratio)


class Sign(QLabel):
    """An icon in the colour of a role of the theme, drawn anew when the theme changes."""

    def __init__(self, name: str, role: str, size: int = ICON) -> None:
        super().__init__()
        self._size, self._shown = size, ("", "")
        self.show_icon(name, role)

    def show_icon(self, name: str, role: str) -> None:
        if self._shown != (name, role):
            self._shown = name, role
            self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self.setPixmap(icon_pixmap(*self._shown, self._size, self.devicePixelRatioF()))


@cache
def _source(name: str) -> str:
    return (paths.resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _renderer(name: str, color: str, is_fine: bool = False) -> QSvgRenderer:
    source = _source(name).replace("currentColor", color)
    if is_fine:
        source = source.replace('stroke-width="1.5"', 'stroke-width="0.8"')
    return QSvgRenderer(QByteArray(source.encode()))


class _Engine(QIconEngine):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def paint(self, painter: QPainter, rect, mode: QIcon.Mode, state: QIcon.State) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        if mode == QIcon.Mode.Disabled:
            role = "faint"
        elif mode == QIcon.Mode.Selected or state == QIcon.State.On:
            role = "accent" if self._role == "text" else self._role
        else:
            role = self._role
        # A wider icon size only keeps the text at a distance.
        side = min(rect.width(), rect.height())
        square = QRectF(rect.left(), rect.center().y() - side / 2, side, side)
        _renderer(self._name, theme().color(role).name(), side > _LARGEST_COMMON).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # Since Qt 6.8 the size is that on screen, and not in device pixels.
        pixmap = QPixmap((QSizeF(size) * scale).toSize())
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRectF(QPointF(), QSizeF(size)), mode, state)
        painter.end()
        return pixmap

    def iconName(self) -> str:
        return self._name

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role)
