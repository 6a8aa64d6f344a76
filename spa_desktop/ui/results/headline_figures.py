"""The headline figures, each with its definition in the tooltip; and cards to put things on."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStyle, QVBoxLayout, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.figure_texts import Topic
from spa_desktop.ui.widgets.number_words import count, percent, points
from spa_desktop.ui.widgets.what_is_this import WhatIsThis, titled


class Card(QFrame):
    """A titled frame with something in it."""

    def __init__(
        self, title: str, topic: Topic, content: QWidget, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.title = set_type(QLabel(title), Size.STRONG, strong=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setToolTip(tip(hint))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(titled(self.title, topic))
        column.addWidget(content, 1)


class Figure(QWidget):
    """A number that matters, and what it is."""

    def __init__(self, caption: str, topic: Topic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = set_type(QLabel("–"), Size.FIGURE, strong=True)
        self.caption = set_type(QLabel(caption), Size.BODY, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.number, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self.caption, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(WhatIsThis(topic), 0, Qt.AlignmentFlag.AlignVCenter)

    def say(self, number: str, hint: str) -> None:
        """Show a number, and on demand what it means."""
        self.number.setText(number)
        self.setToolTip(tip(hint))
        self.number.setAccessibleName(f"{number} {self.caption.text()}")
        self.number.setAccessibleDescription(hint)


class _Note(QLabel):
    """A line that gives way to what stands beside it: where it does not fit, its end is left out."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        where = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        role = self.foregroundRole()
        self.style().drawItemText(painter, self.rect(), int(where), self.palette(), self.isEnabled(), text, role)
        painter.end()


class Headline(QWidget):
    """Accuracy now, on average, and what was forgotten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.now = Figure(self.tr("right now"), "accuracy now")
        self.average = Figure(self.tr("average"), "average accuracy")
        self.forgotten = Figure(self.tr("points forgotten"), "forgotten")
        self.note = set_type(_Note(), Size.CAPTION, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        for figure in (self.now, self.average, self.forgotten):
            row.addWidget(figure)
        row.addStretch(1)
        row.addWidget(self.note)

    def show_report(self, report: Report) -> None:
        """Show its figures."""
        right = sum(photo.is_right for photo in report.photos)
        self.now.say(
            percent(report.last),
            self.tr(
                "{right} of {n} test photos of all learned classes are answered right. Each counts by its first class, "
                "also where the answer would be “none of these”."
            ).format(right=count(right), n=count(len(report.photos))),
        )
        steps = [percent(value) for value in report.curve if value is not None]
        self.average.say(
            percent(report.average),
            self.tr(
                "Mean of the accuracies after each task, each on all classes seen until then: ({sum}) / {n}."
            ).format(sum=" + ".join(steps), n=len(steps)),
        )
        self.forgotten.say(points(report.forgetting), self._forgotten_hint(report))
        self.note.setText(self.tr("test photos: {n}").format(n=count(len(report.photos))))

    def _forgotten_hint(self, report: Report) -> str:
        old = len(report.tasks) - 1
        if report.forgetting is None:
            return self.tr("From the second task on: how many points old tasks lost.")
        if old == 1:
            return self.tr(
                "Best accuracy the old task ever had before the last training, less its accuracy now. "
                "Below zero, it became better."
            )
        return self.tr(
            "Mean over the {n} old tasks of: best accuracy the task ever had before the last training, "
            "less its accuracy now. Below zero, old tasks became better."
        ).format(n=old)
