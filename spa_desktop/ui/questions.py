"""Lets a worker ask the person: may this be downloaded, may these photos be sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

if TYPE_CHECKING:
    from spa_desktop.clip.download import DownloadOffer
    from spa_desktop.descriptions.consent import Question as SendingQuestion
    from spa_desktop.jobs import Job


@dataclass
class Question:
    """A yes or no, asked from a worker and answered in the window."""

    title: str
    text: str
    yes: str
    answer: bool = False
    answered: threading.Event = field(default_factory=threading.Event)

    def give(self, answer: bool) -> None:
        self.answer = answer
        self.answered.set()


class Asker(QObject):
    """Brings questions from workers to the window, one box each that blocks nothing but its worker."""

    asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: list[tuple[Question, QMessageBox]] = []
        self._is_closed = False
        self.asked.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def ask(self, title: str, text: str, yes: str, job: Job | None = None) -> bool:
        """Ask from a worker and wait for the answer. Cancelling the job takes the question back.

        Raises:
            Cancelled: if the job was cancelled meanwhile.
        """
        question = Question(title, text, yes)
        if self._is_closed:
            return False
        self.asked.emit(question)
        while not question.answered.wait(0.1):
            if job is not None and job.is_cancelled:
                question.give(False)
                job.check()
        return question.answer

    def download_consent(self, offer: DownloadOffer) -> bool:
        """May a backbone be downloaded? For :class:`~spa_desktop.workbench.Workbench`."""
        text = self.tr("{megabytes} MB will be downloaded from {source}. Afterwards it works without a network.")
        return self.ask(
            self.tr("Download the backbone?"),
            text.format(megabytes=offer.megabytes, source=offer.source),
            self.tr("Download"),
        )

    def sending_consent(self, sending: SendingQuestion) -> bool:
        """May photos be sent to a writer? For :meth:`~spa_desktop.workbench.Workbench.describe`."""
        text = self.tr("{count} small photos will be sent to {destination}.").format(
            count=len(sending.photos), destination=sending.destination
        )
        if sending.cost is not None:
            text += " " + self.tr("That costs about ${cost}.").format(cost=f"{sending.cost:.3f}")
        return self.ask(self.tr("Send photos away?"), text, self.tr("Send"))

    def refuse_all(self) -> None:
        """Answer every open question with no, and those to come: the app is closing."""
        self._is_closed = True
        for question, box in list(self._open):
            question.give(False)
            box.close()

    @Slot(object)
    def _show(self, question: Question) -> None:
        if self._is_closed or question.answered.is_set():
            question.give(False)
            return
        box = QMessageBox(QMessageBox.Icon.Question, question.title, question.text, parent=QApplication.activeWindow())
        box.setInformativeText("")
        yes = box.addButton(question.yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(yes)
        box.setModal(True)
        entry = (question, box)
        self._open.append(entry)

        def finished(_: int) -> None:
            question.give(box.clickedButton() is yes)
            if entry in self._open:
                self._open.remove(entry)
            box.deleteLater()

        box.finished.connect(finished)
        box.open()
