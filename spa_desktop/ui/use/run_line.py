"""One line over the grid: how many photos, how fast, how long still, and the button that stops or goes on."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.use.folder_work import RunProgress
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.number_words import count, time_left


class RunLine(QWidget):
    """Text, a thin bar while photos are recognised, Cancel or Go on."""

    cancelled = Signal()
    resumed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = set_type(QLabel(), Size.BODY)
        self.place = set_type(ElidedLabel(), Size.BODY, role="muted")
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self._on_cancel)
        self.resume = QPushButton(self.tr("Go on"))
        self.resume.setToolTip(self.tr("Goes on where it was stopped; what is answered is not done again"))
        self.resume.clicked.connect(self.resumed)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Photos recognised"))
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.text)
        row.addWidget(self.place, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.resume)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(row)
        column.addWidget(self.bar)

    def show_begun(self, place: str) -> None:
        """A run begins."""
        self.place.setText(place)
        self._show(self.tr("Looking for photos"), is_on=True)
        self.bar.setRange(0, 0)

    def show_progress(self, progress: RunProgress) -> None:
        """It is on."""
        if progress.stage:
            number = f" · {count(progress.done)}" if progress.done else ""
            self._show(progress.stage + number, is_on=True)
            return
        photos = plural_words.photos(progress.total or 0)
        parts = [self.tr("{done} of {photos}").format(done=count(progress.done), photos=photos)]
        if progress.rate is not None:
            parts.append(
                self.tr("{n} a second").format(
                    n=f"{progress.rate:.0f}" if progress.rate >= 10 else f"{progress.rate:.1f}"
                )
            )
        if progress.seconds_left is not None:
            parts.append(time_left(progress.seconds_left))
        self._show(" · ".join(parts), is_on=True)
        self.bar.setRange(0, max(progress.total or 0, 1))
        self.bar.setValue(progress.done)

    def show_over(self, total: int, unreadable: int) -> None:
        """It is over."""
        text = plural_words.photos(total)
        if unreadable:
            text += " · " + self.tr("{n} cannot be read").format(n=count(unreadable))
        self._show(text, is_on=False)

    def show_stopped(self, done: int) -> None:
        """It was stopped and can be gone on with."""
        text = self.tr("Stopped after {photos}").format(photos=plural_words.photos(done))
        self._show(text, is_on=False, can_resume=True)

    def _show(self, text: str, *, is_on: bool, can_resume: bool = False) -> None:
        self.text.setText(text)
        self.bar.setVisible(is_on)
        self.cancel.setVisible(is_on)
        self.cancel.setEnabled(True)
        self.resume.setVisible(can_resume)

    @Slot()
    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancelled.emit()
