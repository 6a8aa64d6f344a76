"""The top five as bars that glide to their new places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, QVariantAnimation, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import ROW_HEIGHT, Bar, paint_bar

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
