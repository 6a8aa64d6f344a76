"""The right of the page: what it is, the top five, and how fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import FittingLabel
from spa_desktop.ui.widgets.probability_bars import ROW_HEIGHT, Bar, none_of_these, paint_bar, why_none_of_these
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import visible

# The top five as bars that glide to their new places.

_GLIDE_MS = 150


@dataclass(frozen=True)
class _Drawn:
    bar: Bar
    row: float  # 0 is the top


class GlidingBars(QWidget):
    """Shows bars, best first. Where the system wants no motion they jump."""

    def __init__(self, most: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self._from: dict[int, _Drawn] = {}
        self._to: dict[int, _Drawn] = {}
        self._is_unsure = False
        self._glide = QVariantAnimation(self)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.valueChanged.connect(self._on_step)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Most probable classes"))

    @property
    def bars(self) -> list[Bar]:
        """What is shown, or glided to."""
        return [drawn.bar for drawn in self._to.values()]

    def show_bars(self, bars: Sequence[Bar], *, is_unsure: bool = False) -> None:
        """Glide to other bars."""
        self._from = {drawn.bar.class_id: drawn for drawn in self._now()}
        self._to = {bar.class_id: _Drawn(bar, row) for row, bar in enumerate(bars[: self._most])}
        self._is_unsure = is_unsure
        lines = [f"{bar.name} {percent(100 * bar.probability)}" for bar in bars[: self._most]]
        self.setAccessibleDescription(", ".join(lines))
        self._glide.stop()
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0 and self.isVisible():
            self._glide.setDuration(_GLIDE_MS)
            self._glide.start()
        else:
            self._from = dict(self._to)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, self._most * ROW_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for drawn in self._now():
            # A bar that can be clicked has room around it; this one stands in line with the words above and beneath.
            box = QRectF(-Space.S, drawn.row * ROW_HEIGHT, self.width() + 2 * Space.S, ROW_HEIGHT)
            paint_bar(painter, box, drawn.bar, is_strong=drawn.row < 0.5, is_unsure=self._is_unsure)
        painter.end()

    def _now(self) -> list[_Drawn]:
        """Where the bars are at this moment; a new one comes in from below, the first ones grow in place."""
        running = self._glide.state() == QVariantAnimation.State.Running
        share = float(self._glide.currentValue()) if running else 1.0
        found = []
        for class_id, end in self._to.items():
            below = end.row if not self._from else float(self._most)
            start = self._from.get(class_id) or _Drawn(replace(end.bar, probability=0.0), below)
            probability = start.bar.probability + share * (end.bar.probability - start.bar.probability)
            row = start.row + share * (end.row - start.row)
            found.append(_Drawn(replace(end.bar, probability=probability), row))
        return found

    @Slot()
    def _on_step(self) -> None:
        self.update()


_WIDTH, _NARROWEST = 320, 260
_SPAN = 2.0  # seconds over which frames a second are counted


class Panel(QWidget):
    """Shows answers as they come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDTH)
        self.verdict = FittingLabel()
        self.bars = GlidingBars()
        self.speed = set_type(QLabel(), Size.CAPTION, role="muted")
        about = self.tr(
            "From the frame to the answer, and frames answered a second. Frames that come meanwhile are skipped."
        )
        self.speed.setToolTip(tip(about))
        self._times: deque[float] = deque()  # when the answers of late came
        top = row((self.verdict, 1), (WhatIsThis("live answer"), 0, Qt.AlignmentFlag.AlignTop), spacing=Space.S)
        column(top, self.bars, titled(self.speed, "speed"), None, spacing=Space.M, of=self)

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, super().sizeHint().height())

    def show_bars(self, bars: Sequence[Bar], unsure_below: float, *, is_known: bool = True) -> None:
        """Show the most probable classes, best first; in grey where the photo belongs to none of them."""
        is_unsure = not bars or bars[0].probability < unsure_below
        if not is_known:
            self._say(none_of_these(), is_muted=True, about=tip(why_none_of_these()))
        else:
            self._say(self.tr("unsure") if is_unsure else bars[0].name, is_muted=is_unsure)
        self.bars.show_bars(bars, is_unsure=is_unsure or not is_known)

    def show_speed(self, milliseconds: float) -> None:
        """Show how long an answer that came just now took, and how many there are a second."""
        text, now = self.tr("{ms} ms").format(ms=round(milliseconds)), time.monotonic()
        self._times.append(now)
        while now - self._times[0] > _SPAN:
            self._times.popleft()
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(now - self._times[0], 1e-6)
            text += " · " + self.tr("{n} frames a second").format(n=f"{rate:.1f}")
        self.speed.setText(text)

    def clear(self, text: str = "") -> None:
        """No answer, and why."""
        self._say(text, is_muted=True)
        self.bars.show_bars([])
        self.speed.clear()
        self._times.clear()

    def _say(self, text: str, *, is_muted: bool, about: str = "") -> None:
        self.verdict.show_name(visible(text), about)
        set_role(self.verdict, "muted" if is_muted else "text")
