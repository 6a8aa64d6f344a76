"""What decided: how much each kind of evidence adds to the lead of one class over another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type, theme
from spa_desktop.ui.widgets.what_is_this import WhatIsThis

_HEIGHT, _BAR, _NARROWEST = 18, 8, 60
# Words that add less than this share of all that was added hardly counted.
_HARDLY = 0.05


@dataclass(frozen=True)
class Kind:
    """One line: a kind of evidence as a person sees it.

    Attributes:
        name: of the line.
        about: what it is, for the tooltip.
        share: what it adds to the difference of the two scores.
    """

    name: str
    about: str
    share: float


def kinds_of(shares: Mapping[str, float]) -> tuple[Kind, ...]:
    """The method's five kinds of evidence as four that a person can tell apart. Their shares add up to the same."""
    return (
        Kind(
            QCoreApplication.translate("decided", "whole photo"),
            QCoreApplication.translate(
                "decided", "How near the photo as a whole lies to what was learned of the classes"
            ),
            shares["global"],
        ),
        Kind(
            QCoreApplication.translate("decided", "surface"),
            QCoreApplication.translate(
                "decided", "How near its textures, prints and patterns lie to those of the classes"
            ),
            shares["texture"],
        ),
        Kind(
            QCoreApplication.translate("decided", "parts"),
            QCoreApplication.translate("decided", "What the selected patches say by themselves"),
            shares["patches"],
        ),
        Kind(
            QCoreApplication.translate("decided", "words"),
            QCoreApplication.translate(
                "decided", "How well the photo and its patches fit the description of the class and its phrases"
            ),
            shares["text"] + shares["alignment"],
        ),
    )


class ShareBar(QWidget):
    """A bar to the right of a middle line for what speaks for the class, to the left for what speaks against it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def part(self) -> float:
        """From -1 to 1."""
        return self._part

    def show_part(self, part: float) -> None:
        """Show a share as a part of the largest."""
        self._part = max(-1.0, min(part, 1.0))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_NARROWEST, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # What speaks for the class is nearly always more: it has the larger side.
        zero, top = self.width() / 4, (self.height() - _BAR) / 2
        length = (self.width() - zero if self._part > 0 else zero) * abs(self._part)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("accent" if self._part > 0 else "warn"))
        painter.drawRoundedRect(QRectF(zero if self._part > 0 else zero - length, top, length, _BAR), 2, 2)
        painter.setPen(theme().color("border"))
        painter.drawLine(int(zero), 1, int(zero), self.height() - 1)
        painter.end()


class Decided(QWidget):
    """Four lines with their bars and figures, and a word where words hardly counted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = set_type(QLabel(), Size.STRONG, strong=True)
        self.heading.setWordWrap(True)
        self.note = set_type(QLabel(), Size.CAPTION, role="muted")
        self.note.setWordWrap(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.S)
        self._grid.setVerticalSpacing(Space.XS)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self.heading, 0, 0, 1, 2)
        self._grid.addWidget(WhatIsThis("decided"), 0, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.rows: list[tuple[QLabel, ShareBar, QLabel]] = []
        for row in range(1, 5):
            name, bar, figure = QLabel(), ShareBar(), QLabel()
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((name, bar, figure)):
                self._grid.addWidget(widget, row, column)
            self.rows.append((name, bar, figure))
        self._grid.addWidget(self.note, 5, 0, 1, 3)

    def show_shares(self, first: str, other: str | None, shares: Mapping[str, float]) -> None:
        """Show what decided for one class against another; nothing where there is no other class.

        Args:
            first: name of the class.
            other: name of the other class, None where there is none.
            shares: by kind of evidence.
        """
        self.setVisible(other is not None)
        if other is None:
            return
        self.heading.setText(self.tr("{first} against {other}").format(first=first, other=other))
        kinds = kinds_of(shares)
        largest = max(abs(kind.share) for kind in kinds) or 1.0
        about = self.tr(
            "The lines add up to the lead of the score. A lead of 1 makes a class 2.7 times as probable as the other, "
            "a lead of 5 makes it 148 times."
        )
        for (name, bar, figure), kind in zip(self.rows, kinds, strict=True):
            name.setText(kind.name)
            figure.setText(f"{kind.share:+.2f}".replace("-", "\u2212"))
            bar.show_part(kind.share / largest)
            for widget in (name, bar, figure):
                widget.setToolTip(tip(f"{kind.about}. {about}"))
            bar.setAccessibleName(f"{kind.name} {kind.share:+.2f}")
        self.note.setText(self.tr("Words hardly counted here.") if hardly_counted(kinds) else "")
        self.note.setVisible(bool(self.note.text()))


def hardly_counted(kinds: Sequence[Kind]) -> bool:
    """Tell whether words, the last kind, added next to nothing in either direction."""
    total = sum(abs(kind.share) for kind in kinds)
    return abs(kinds[-1].share) < _HARDLY * total
