"""The most probable classes as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QToolButton, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import ClassStyle, Size, Space, class_style, font_of, theme
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, draw_box, show_tips_below, slot, tool_button
from spa_desktop.ui.widgets.plots import marker
from spa_desktop.ui.widgets.words import LEAST_SHARE, count, share_words


def none_of_these(nearest: str) -> str:
    """The one sentence about such a photo, in the window's language: probabilities are among classes, and not said.

    >>> none_of_these("water lily")
    'None of these (nearest: water lily)'
    """
    return QCoreApplication.translate("unknown", "None of these (nearest: {name})").format(name=nearest)


def why_none_of_these(kept: float) -> str:
    """What it means where a share `kept` of the known photos is to be kept, for a tooltip.

    >>> why_none_of_these(0.9)
    'About 10 % of photos that do belong to a class are rejected as well.'
    """
    text = QCoreApplication.translate(
        "unknown", "About {rest} % of photos that do belong to a class are rejected as well."
    )
    return text.format(rest=round(100 * (1 - kept)))


ROW_HEIGHT = 40
_BAR_HEIGHT = 8
MARK = 12
_MOST, _MOST_OPEN = 5, 20  # classes, at first and once others are asked for


@dataclass(frozen=True)
class Bar:
    """One class and how probable it is."""

    class_id: int
    name: str
    color: int  # its number in the order of hues
    probability: float  # 0 to 1


def paint_bar(
    painter: QPainter, box: QRectF, bar: Bar, *, is_strong: bool = False, is_unsure: bool = False, is_live: bool = False
) -> None:
    """Draw a class's mark, name, probability, and the bar beneath, into a row of `ROW_HEIGHT`.

    Where `is_live` there is less room: the name has its line alone, the probability stands beside the bar. Of a class
    that is hardly probable by now there is only the name, in grey.
    """
    colours, style = theme(), class_style(bar.color)
    is_gone = is_live and bar.probability < LEAST_SHARE
    is_unsure = is_unsure or is_gone
    hue = colours.color("faint") if is_unsure else style.color
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = box.adjusted(Space.S, Space.XS, -Space.S, -Space.XS)
    paint_mark(painter, QPointF(inner.left() + MARK / 2, inner.top() + 9), style, is_unsure=is_unsure)
    painter.setFont(font_of(painter.font(), Size.BODY, strong=is_strong))
    painter.setPen(colours.color("muted" if is_unsure else "text"))
    figure, right = share_words(bar.probability), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    line = QRectF(inner.left() + MARK + Space.S, inner.top(), inner.width() - MARK - Space.S, 18)
    room = line.width() - (0 if is_live else painter.fontMetrics().horizontalAdvance(figure) + Space.S)
    name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, round(room))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
    if is_gone:
        return
    groove = QRectF(inner.left(), inner.bottom() - _BAR_HEIGHT, inner.width(), _BAR_HEIGHT)
    if is_live:
        painter.setFont(font_of(painter.font(), Size.CAPTION))
        line = groove.adjusted(0, -Space.XS, 0, Space.XS)
        groove.setRight(groove.right() - painter.fontMetrics().horizontalAdvance(share_words(1.0)) - Space.S)
    painter.drawText(line, right, figure)
    draw_box(painter, groove, colours.color("line"), radius=_BAR_HEIGHT / 2)
    outline = QPainterPath()
    outline.addRoundedRect(groove, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
    painter.save()
    painter.setClipPath(outline)
    painter.setBrush(hue)
    painter.drawRect(QRectF(groove.topLeft(), groove.bottomLeft() + QPointF(groove.width() * bar.probability, 0)))
    painter.restore()


def paint_mark(painter: QPainter, centre: QPointF, style: ClassStyle, *, is_unsure: bool = False) -> None:
    """Draw the marker of a class: its hue, and a shape for those who do not see hues. The same as in curves."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sign = marker(style.symbol, MARK).translated(centre - QPointF(MARK / 2, MARK / 2))
    painter.fillPath(sign, theme().color("faint") if is_unsure else style.color)


class BarButton(QAbstractButton):
    """A bar that can be chosen."""

    def __init__(self) -> None:
        super().__init__(checkable=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.bar: Bar | None = None

    def show_bar(self, bar: Bar) -> None:
        self.bar = bar
        text = self.tr("{name}, {probability}").format(name=bar.name, probability=share_words(bar.probability))
        self.setAccessibleName(text)
        self.setToolTip(tip(self.tr("Show what supported {name}").format(name=bar.name)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = theme().color("accent") if self.hasFocus() else Qt.PenStyle.NoPen
        hovered = theme().color("hover") if self.underMouse() else Qt.BrushStyle.NoBrush
        draw_box(painter, box, theme().color("accent_soft") if self.isChecked() else hovered, edge)
        if self.bar is not None:
            paint_bar(painter, box, self.bar, is_strong=self.isChecked())


class TopBars(QWidget):
    """The top classes, one of which is explained, and perhaps one that it is compared with."""

    chosen = Signal(int)  # class id
    pinned = Signal(object)  # class id to compare with, None for none

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.buttons: list[BarButton] = []
        self.pins: list[QToolButton] = []
        self._rows: list[QWidget] = []
        self.others = button("", self._show_all, kind="link", about=self.tr("Show them"))
        self._is_open = False  # the user wants to see those that are less probable too
        self._shown: tuple[Sequence[Bar], int | None, int | None] = ((), None, None)
        self._layout = column((self.others, 0, Qt.AlignmentFlag.AlignLeft), spacing=0, of=self)
        self.show_bars([], None, None)

    def show_bars(self, bars: Sequence[Bar], chosen: int | None, pinned: int | None) -> None:
        """Show classes, best first, what is chosen or compared with among them; a line says how many others are."""
        self._shown = bars, chosen, pinned
        most, least = (_MOST_OPEN, 0.0) if self._is_open else (_MOST, LEAST_SHARE)
        best = [bar for bar in bars[:most] if bar.probability >= least]
        bars = best + [bar for bar in bars[len(best) :] if bar.class_id in (chosen, pinned)]
        rest = len(self._shown[0]) - len(bars)
        share = share_words(sum(bar.probability for bar in self._shown[0]) - sum(bar.probability for bar in bars))
        one, many = self.tr("1 other, {share}"), self.tr("{n} others, together {share}")
        self.others.setText((one if rest == 1 else many).format(n=count(rest), share=share))
        self.others.setVisible(rest > 0)
        self.others.setEnabled(not self._is_open)
        while len(self._rows) < len(bars):
            self._layout.insertWidget(len(self._rows), self._row(len(self._rows)))
        for place, (bar_button, pin) in enumerate(zip(self.buttons, self.pins, strict=True)):
            is_shown = place < len(bars)
            self._rows[place].setVisible(is_shown)
            if not is_shown:
                continue
            bar = bars[place]
            bar_button.show_bar(bar)
            bar_button.setChecked(bar.class_id == chosen)
            pin.setChecked(bar.class_id == pinned)
            pin.setEnabled(bar.class_id != chosen)
            pin.setAccessibleName(self.tr("Compare with {name}").format(name=bar.name))
            pin.setToolTip(tip(pin.accessibleName()))

    @Slot()
    def _show_all(self) -> None:
        self._is_open = True
        self.show_bars(*self._shown)

    def _row(self, place: int) -> QWidget:
        both = QWidget()
        bar, pin = BarButton(), tool_button("pin", "", slot(self, self._pin, place), is_switch=True)
        bar.clicked.connect(slot(self, self._choose, place))
        self._group.addButton(bar)
        QButtonGroup(both, exclusive=False).addButton(pin)  # its own: arrow keys go to the page, and Tab to every pin
        row((bar, 1), pin, spacing=Space.XS, of=both)
        show_tips_below(self, bar)
        self._rows.append(both)
        self.buttons.append(bar)
        self.pins.append(pin)
        return both

    def _choose(self, place: int) -> None:
        bar = self.buttons[place].bar
        if bar is not None:
            self.chosen.emit(bar.class_id)

    def _pin(self, place: int) -> None:
        bar = self.buttons[place].bar
        if bar is not None:
            self.pinned.emit(bar.class_id if self.pins[place].isChecked() else None)
