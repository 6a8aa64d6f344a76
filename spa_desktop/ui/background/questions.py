"""Lets a worker ask the person: may this be downloaded, may these photos be sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from spa_desktop.ui.background.work import current_job
from spa_desktop.ui.widgets import words
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.descriptions.consent import SendingQuestion
    from spa_desktop.encoders.download import DownloadOffer


Reply = Literal["yes", "no", "never"]


@dataclass
class Question:
    """A yes or no, asked from a worker and answered in the window.

    Attributes:
        title: of the box.
        text: what is asked.
        yes: the button that agrees.
        never: the button for a no that is kept; "" leaves it out.
        details: more for who wants to know, such as a list of files.
        answer: what the person said.
        answered: set once that is known.
    """

    title: str
    text: str
    yes: str
    never: str = ""
    details: str = ""
    answer: Reply = "no"
    answered: threading.Event = field(default_factory=threading.Event)

    def give(self, answer: Reply) -> None:
        self.answer = answer
        self.answered.set()


class Asker(QObject):
    """Brings questions from workers to the window, one box each that blocks nothing but its worker."""

    asked = Signal(object)
    taken_back = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: list[tuple[Question, QMessageBox]] = []
        self._is_closed = False
        self.asked.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self.taken_back.connect(self._close, Qt.ConnectionType.QueuedConnection)

    def _reply(self, question: Question) -> Reply:
        """Ask from a worker and wait for the answer. Cancelling the worker's job takes the question back.

        Raises:
            Cancelled: if the job was cancelled meanwhile.
        """
        if self._is_closed:
            return "no"
        job = current_job()
        self.asked.emit(question)
        while not question.answered.wait(0.1):
            if job is not None and job.is_cancelled:
                question.give("no")
                self.taken_back.emit(question)
                job.check()
        return question.answer

    def download_consent(self, offer: DownloadOffer | Path) -> bool:
        """May a backbone be downloaded, or read from a file? For :class:`~spa_desktop.workbench.Workbench`."""
        if isinstance(offer, Path):
            text = self.tr("The project names a file as its backbone: {file}. Read it only if you know this file.")
            text = text.format(file=visible(str(offer)))
            return self._reply(Question(self.tr("Read the backbone's file?"), text, self.tr("Read"))) == "yes"
        if offer.megabytes is None:
            text = self.tr("{name} will be downloaded from {source}. Its size is not known.")
        else:
            text = self.tr("{name} ({megabytes} MB) will be downloaded from {source}.")
        text += " " + self.tr("Afterwards it works without a network.")
        text = text.format(name=visible(offer.backbone), megabytes=offer.megabytes, source=visible(offer.source))
        return self._reply(Question(self.tr("Download the backbone?"), text, self.tr("Download"))) == "yes"

    def sending_consent(self, sending: SendingQuestion) -> bool | Literal["keep-local"]:
        """May photos be sent to a writer? For :meth:`~spa_desktop.workbench.Workbench.describe`."""
        text = self.tr("{photos} of {classes} will be sent to {model} at {destination}.").format(
            photos=words.small_photos(len(sending.photos)),
            classes=visible(sending.classes),
            model=visible(sending.model),
            destination=visible(sending.destination),
        )
        if sending.folders:
            text += " " + self.tr("They lie in {folders}.").format(folders=visible(sending.folders))
        if sending.cost is not None:
            text += " " + self.tr("That costs about ${cost}.").format(cost=f"{sending.cost:.3f}")
            if sending.prices_as_of:
                text += " " + self.tr("(Prices of {day}.)").format(day=sending.prices_as_of)
        else:
            text += " " + self.tr("What that costs is not known.")
        text += "\n\n" + self.tr("Names of files stay here; the names of the classes go along.")
        text += " " + self.tr("You are asked again for other photos, another address, or a copy of the project.")
        question = Question(
            self.tr("Send photos away?"),
            text,
            self.tr("Send"),
            never=self.tr("Keep this project local"),
            details="\n".join(visible(str(photo)) for photo in sending.photos),
        )
        reply = self._reply(question)
        return "keep-local" if reply == "never" else reply == "yes"

    def refuse_all(self) -> None:
        """Answer every open question with no, and those to come: the app is closing."""
        self._is_closed = True
        for question, box in list(self._open):
            question.give("no")
            box.close()

    @Slot(object)
    def _close(self, question: Question) -> None:
        for one, box in list(self._open):
            if one is question:
                box.close()

    @Slot(object)
    def _show(self, question: Question) -> None:
        if self._is_closed or question.answered.is_set():
            question.give("no")
            return
        box = QMessageBox(QMessageBox.Icon.Question, question.title, question.text, parent=QApplication.activeWindow())
        # Names of classes and folders come from the project, and are no mark-up.
        box.setTextFormat(Qt.TextFormat.PlainText)
        if question.details:
            box.setDetailedText(question.details)
        yes = box.addButton(question.yes, QMessageBox.ButtonRole.AcceptRole)
        never = box.addButton(question.never, QMessageBox.ButtonRole.DestructiveRole) if question.never else None
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(yes)
        box.setModal(True)
        entry = (question, box)
        self._open.append(entry)

        def finished(_: int) -> None:
            clicked = box.clickedButton()
            is_never = never is not None and clicked is never
            question.give("yes" if clicked is yes else "never" if is_never else "no")
            if entry in self._open:
                self._open.remove(entry)
            box.deleteLater()

        box.finished.connect(finished)
        box.open()
