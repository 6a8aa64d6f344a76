"""Where photos can be dropped: a large zone while there is nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.ui.page import primary
from spa_desktop.ui.style.icons import icon_pixmap, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.number_words import count, time_left


class DropZone(QFrame):
    """Says what to drop; while photos are read, says how far it is."""

    def __init__(
        self,
        choose: Callable[[], Any],
        cancel: Callable[[], Any],
        demo: Callable[[], Any],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dropZone")
        middle = Qt.AlignmentFlag.AlignHCenter
        self._picture = QLabel()
        self.sentence = set_type(QLabel(self.tr("Drop folders of photos here")), Size.TITLE, strong=True)
        self.hint = set_type(QLabel(), Size.BODY, role="muted")
        self.hint.setAlignment(middle)
        self.choose = primary(QPushButton(self.tr("Add folders")))
        set_icon(self.choose, "add", "on_accent")
        self.choose.clicked.connect(choose)
        self.demo = QPushButton(self.tr("No photos at hand? Try the demo"))
        self.demo.setProperty("kind", "link")
        self.demo.setToolTip(self.tr("Draws eight classes of photos and opens a project with them"))
        self.demo.clicked.connect(demo)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(320)
        self.bar.setAccessibleName(self.tr("Photos read"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(cancel)
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        for widget in (self._picture, self.sentence, self.hint, self.bar, self.choose, self.demo, self.cancel):
            column.addWidget(widget, 0, middle)
        column.addStretch(3)
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing is going on."""
        self._show_busy(False)
        self.sentence.setText(self.tr("Drop folders of photos here"))
        self.hint.setText(
            self.tr(
                "Each folder becomes a class to recognise, a folder of folders becomes many.\n"
                "The photos stay where they are."
            )
        )
        self._draw()

    def show_adding(self, event: JobEvent | None) -> None:
        """Photos are read."""
        self._show_busy(True)
        self.sentence.setText(self.tr("Reading the photos"))
        if event is None or not event.total:
            self.bar.setRange(0, 0)
            self.hint.setText("")
            return
        self.bar.setRange(0, event.total)
        self.bar.setValue(event.done)
        text = self.tr("{done} of {all}").format(done=count(event.done), all=count(event.total))
        self.hint.setText("   ".join(part for part in (text, time_left(event.seconds_left)) if part))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _show_busy(self, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.cancel.setVisible(is_busy)
        self.choose.setVisible(not is_busy)
        self.demo.setVisible(not is_busy)

    def _draw(self) -> None:
        self._picture.setPixmap(icon_pixmap("photos", "faint", 64, self.devicePixelRatioF()))
