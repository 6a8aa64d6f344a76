"""Labels, buttons and small widgets that fit their room: wrapped, elided and shrinking text, heights; slots, timers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any
from weakref import WeakMethod

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetrics,
    QGradient,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionViewItem,
    QToolButton,
    QToolTip,
    QWidget,
)

from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import RADIUS, Size, Space, set_role, set_type, theme

_FRAME = QSize(2, 32)  # of a window, its title bar with it


class _Call(QObject):
    def __init__(self, owner: QObject, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        super().__init__(owner)
        # A method would keep its owner alive, which keeps this: only the collection of garbage would end them.
        self._function = WeakMethod(function) if isinstance(function, MethodType) else lambda: function
        self._arguments = arguments

    @Slot()
    def call(self) -> None:
        function = self._function()
        if function is not None:
            function(*self._arguments)


def slot(owner: QObject, function: Callable[..., Any], *arguments: Any) -> Callable[[], None]:
    """A slot that calls a function with these arguments, whatever the signal carries; it goes with its owner."""
    return _Call(owner, function, arguments).call


def timer(owner: QObject, ms: int, function: Callable[[], Any], *, is_single: bool = True) -> QTimer:
    """A timer that is not started yet. It calls a slot once, or over and over where it is not single."""
    made = QTimer(owner, singleShot=is_single, interval=ms)
    made.timeout.connect(function)
    return made


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say a text of a widget that does not get the focus."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


def wrapped(text: str = "", size: Size = Size.CAPTION, *, role: str = "muted") -> QLabel:
    """A text that goes on in the next line where there is no room for it."""
    return set_type(QLabel(text, textFormat=Qt.TextFormat.PlainText, wordWrap=True), size, role=role)


def say(label: QLabel | QPushButton, text: str) -> None:
    """Show a text; what has none to show is hidden."""
    label.setText(text)
    label.setVisible(bool(text))


def message_box(window: QWidget | None, title: str, text: str) -> QMessageBox:
    """A box over the window without the platform's picture. Names in the text come from the project: no mark-up."""
    return QMessageBox(QMessageBox.Icon.NoIcon, title, text, parent=window, textFormat=Qt.TextFormat.PlainText)


def ask_line(parent: QWidget, title: str, question: str, slot: Callable[[str], None]) -> QInputDialog:
    """Ask for a line of text; `slot` gets it."""
    box = QInputDialog(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setLabelText(question)
    box.textValueSelected.connect(slot)
    box.open()
    return box


def button(
    text: str,
    slot: Callable[..., Any] | None = None,
    *,
    picture: str = "",
    kind: str = "",
    about: str = "",
    name: str = "",
    is_steady: bool = False,
) -> QPushButton:
    """A button with a text, and perhaps an icon `picture`; a :class:`SteadyButton` on demand.

    `kind` is of the style sheet: "primary", "small" or "link"; `about` the tooltip; `name` for screen readers.
    """
    made = SteadyButton(text) if is_steady else QPushButton(text)
    if slot is not None:
        made.clicked.connect(slot)
    if picture:
        set_icon(made, picture, "on_accent" if kind == "primary" else "text")
    made.setProperty("kind", kind or None)
    made.setToolTip(tip(about))
    made.setAccessibleName(name)
    return made


def set_primary(button: QPushButton, picture: str, *, is_primary: bool) -> None:
    """Have a button with an icon that is shown be the blue one, or not any more."""
    kind = "primary" if is_primary else None
    if button.property("kind") != kind:
        set_icon(button, picture, "on_accent" if is_primary else "text")
        set_role(button, kind, "kind")


def tool_button(
    picture: str,
    name: str,
    slot: Callable[..., Any] | None = None,
    *,
    role: str = "text",
    key: str = "",
    about: str = "",
    is_switch: bool = False,
    menu: QMenu | None = None,
) -> QToolButton:
    """A button that is an icon; its name is the tooltip too, unless there is more to say about it."""
    made = QToolButton()
    made.setIcon(icon(picture, role))
    made.setText(caption(name))  # seen where a page shows it beside the icon; later it would clear the shortcut
    made.setAccessibleName(name)
    made.setToolTip(about or name)
    made.setShortcut(key)
    made.setCheckable(is_switch)
    if menu is not None:
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    if slot is not None:
        made.clicked.connect(slot)
    return made


class ElidedLabel(QLabel):
    """One line with an ellipsis where there is no room for all of it; what is beside it is not cut."""

    mode = Qt.TextElideMode.ElideRight  # where the ellipsis is

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        text = self.fontMetrics().elidedText(self.text(), self.mode, self.contentsRect().width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.contentsRect(), self.alignment(), text)


_SIZES = (Size.FIGURE, Size.TITLE, Size.STRONG)
_BREAK = "\N{ZERO WIDTH SPACE}"


class FittingLabel(QLabel):
    """Shows a name in one line, as large as there is room for; one too long for the smallest size is broken anywhere.

    `text()` is the name as it is drawn; `name` as it was given.
    """

    def __init__(self) -> None:
        super().__init__(wordWrap=True)
        self.name = ""
        set_type(self, Size.FIGURE, strong=True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_name(self, name: str, about: str = "") -> None:
        """Show another name, with a tooltip about it; the name itself where there is none."""
        self.setToolTip(about or tip(name))
        if name != self.name:
            self.name = name
            self.setAccessibleName(name)
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _fit(self) -> None:
        font = QFont(self.font())
        for size in _SIZES:
            font.setPixelSize(int(size))
            advance = QFontMetrics(font).horizontalAdvance
            if advance(self.name) <= self.width():
                break
        self.setFont(font)
        words = self.name.split()
        fits = all(advance(word) <= self.width() for word in words)
        self.setText(self.name if fits else " ".join(map(_BREAK.join, words)))


_ENOUGH = 4000  # pixels: no screen is higher


def can_focus(widget: QWidget | None) -> bool:
    """Whether it is there, seen, and can be used."""
    return widget is not None and widget.isVisible() and widget.isEnabled()


def keeps_focus(within: QWidget, home: QWidget | None) -> bool:
    """Give the focus to `home` where what has it was hidden or disabled: the next in line may be a button that acts.

    For `focusNextPrevChild`, which Qt calls then, and for Tab.
    """
    focus = within.window().focusWidget()
    has_gone = focus is not None and not can_focus(focus)
    if has_gone and home is not None and home.isVisible():
        home.setFocus()
        return True
    return False


class _TipsBelow(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        group = self.parent()
        if event.type() != QEvent.Type.ToolTip or not isinstance(watched, QWidget) or not isinstance(group, QWidget):
            return False
        QToolTip.showText(group.mapToGlobal(group.rect().bottomLeft()), watched.toolTip(), watched)
        return True


def show_tips_below(group: QWidget, *parts: QWidget) -> None:
    """Show the tooltips of parts below their group: beside the pointer they would hide the next part."""
    tips = _TipsBelow(group)
    for part in parts:
        part.installEventFilter(tips)


def scroll_to_focus(window: QWidget) -> None:
    """Bring what has the focus into sight: a scroll area does so itself only where Tab was in it before."""
    focus = window.focusWidget()
    above: QWidget | None = focus
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(focus)
        above = above.parentWidget()


def open_with(window: QWidget, width: int, height: int) -> None:
    """Give a window this size, or as much of it as its screen has room for beside the frame and the task bar."""
    window.resize(QSize(width, height).boundedTo(window.screen().availableSize() - _FRAME))


def fit_height(view: QAbstractItemView, least: int = 0) -> None:
    """Let a list or tree become as high as its rows are, but no higher; `least` pixels at least."""
    height = 0
    for index in _rows(view, QModelIndex()):
        height += view.sizeHintForIndex(index).height()
        if height > _ENOUGH:
            break
    view.setMaximumHeight(max(height + 2 * view.frameWidth() + 2, least))


def _rows(view: QAbstractItemView, parent: QModelIndex) -> Iterator[QModelIndex]:
    model = view.model()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _rows(view, index)


def draw_box(
    painter: QPainter,
    box: QRect | QRectF,
    fill: QColor | QGradient | Qt.BrushStyle,
    edge: QColor | QPen | Qt.PenStyle = Qt.PenStyle.NoPen,
    radius: float = RADIUS,
) -> None:
    """Draw a rectangle with round corners."""
    painter.setPen(edge)
    painter.setBrush(fill)
    painter.drawRoundedRect(box, radius, radius)


def paint_row_ground(painter: QPainter, option: QStyleOptionViewItem, row: QRect | None = None) -> None:
    """Paint a row that is chosen or pointed at, and nothing under another; `row` in place of the option's rectangle."""
    is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    if not is_chosen and not option.state & QStyle.StateFlag.State_MouseOver:
        return
    ground = (row or option.rect).adjusted(Space.XS, 1, -Space.XS, -1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_box(painter, ground, theme().color("accent_soft" if is_chosen else "hover"))


def press_focused(window: QWidget, event: QKeyEvent) -> bool:
    """Whether a key is Enter and a button has the focus. Then it is pressed."""
    button = window.focusWidget()
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat()
    if not is_enter or not isinstance(button, QAbstractButton) or not button.isEnabled():
        return False
    button.click()
    return True


DEAF_SECONDS = 0.5  # after a change, it is about what was there: a double click may take as long (Windows: 500 ms)
_PRESSING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select)


class SteadyButton(QPushButton):
    """A button in a place where other buttons were, or will be: of the header of a page, of a message, of a task.

    For half a second after it appears or gets another text it hears neither clicks nor keys. `click()` works always.
    """

    _changed_at = 0.0

    def setText(self, text: str) -> None:
        if text != self.text():
            self._changed_at = time.monotonic()
        super().setText(text)

    @property
    def is_deaf(self) -> bool:
        return time.monotonic() - self._changed_at < DEAF_SECONDS

    def showEvent(self, event: QShowEvent) -> None:
        if not event.spontaneous():
            self._changed_at = time.monotonic()
        super().showEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.is_deaf:
            event.accept()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A key that is held would press what comes next as well.
        if event.key() in _PRESSING and (self.is_deaf or event.isAutoRepeat()):
            event.accept()
        else:
            super().keyPressEvent(event)
