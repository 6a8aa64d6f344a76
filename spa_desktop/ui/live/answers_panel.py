"""The right of the page: what it is, the top five, and how fast."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spa_desktop.ui.live.gliding_bars import GlidingBars
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.fitting_label import FittingLabel
from spa_desktop.ui.widgets.probability_bars import Bar
from spa_desktop.ui.widgets.unknown_photo import none_of_these, why_none_of_these
from spa_desktop.ui.widgets.what_is_this import WhatIsThis, titled
from spa_desktop.visible import visible

_WIDTH, _NARROWEST = 320, 260


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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self.verdict, 1)
        top.addWidget(WhatIsThis("live answer"), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(self.bars)
        column.addLayout(titled(self.speed, "speed"))
        column.addStretch(1)

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

    def show_speed(self, milliseconds: float, frames_a_second: float) -> None:
        """Show how long the last answer took, and how many there are a second."""
        text = self.tr("{ms} ms").format(ms=round(milliseconds))
        if frames_a_second > 0:
            text += " · " + self.tr("{n} frames a second").format(n=f"{frames_a_second:.1f}")
        self.speed.setText(text)

    def clear(self, text: str = "") -> None:
        """No answer, and why."""
        self._say(text, is_muted=True)
        self.bars.show_bars([])
        self.speed.clear()

    def _say(self, text: str, *, is_muted: bool, about: str = "") -> None:
        self.verdict.show_name(visible(text), about)
        role = "muted" if is_muted else "text"
        if self.verdict.property("role") != role:
            self.verdict.setProperty("role", role)
            # A style sheet looks at properties only when it is applied.
            self.verdict.style().unpolish(self.verdict)
            self.verdict.style().polish(self.verdict)
