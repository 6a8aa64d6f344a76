"""Questions to the model: what was a photo taken for, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.photo.colour_maps import to_pillow, to_qimage
from spa_desktop.ui.photo.explanation_words import Explained
from spa_desktop.ui.photo.newest_query import Newest

if TYPE_CHECKING:
    from spa_desktop.recognizer import Seen
    from spa_desktop.workbench import Recognizer


@dataclass(frozen=True)
class PhotoQuestion:
    """What to explain.

    Attributes:
        photo: a file, or a picture in memory.
        class_id: the class to explain, None for the most probable one.
        second_id: the class to compare it with, None for none.
        sha256: of a photo of the project: the file must have it.
    """

    photo: Path | QImage
    class_id: int | None = None
    second_id: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class _Looked:
    """A photo that was opened and encoded: other classes can be asked about without doing so again."""

    photo: Path | QImage
    shown: QImage
    seen: Seen


@dataclass(frozen=True)
class _Asked:
    question: PhotoQuestion
    looked: _Looked | None  # at the same photo before


class Explainer(QObject):
    """Asks the model in the background. It is loaded with the first question, and again after it changed."""

    answered = Signal(object, object)  # the Question, and Explained
    failed = Signal(object, object)  # the Question, and WorkFailure
    dropped = Signal()  # the work was cancelled

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest = Newest(context, _explain, parent=self)
        self._looked: _Looked | None = None
        self._newest.answered.connect(self._on_answered)
        self._newest.failed.connect(self._on_failed)
        self._newest.dropped.connect(self.dropped)

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._newest.is_ready

    def forget(self) -> None:
        """What was learned is another now, or the project is: load anew, and drop what was asked."""
        self._looked = None
        self._newest.forget()

    def ask(self, question: PhotoQuestion) -> None:
        """Ask; `answered` or `failed` follows, unless something newer is asked before."""
        is_same = self._looked is not None and self._looked.photo is question.photo
        self._newest.ask(_Asked(question, self._looked if is_same else None))

    def _on_answered(self, asked: _Asked, found: tuple[_Looked, Explained]) -> None:
        self._looked = found[0]
        if not self._newest.has_newer:
            self.answered.emit(asked.question, found[1])

    def _on_failed(self, asked: _Asked, failure: WorkFailure) -> None:
        if not self._newest.has_newer:
            self.failed.emit(asked.question, failure)


def _explain(recognizer: Recognizer, asked: _Asked) -> tuple[_Looked, Explained]:
    """Recognise a photo, and explain one or two classes. For worker threads."""
    question, looked = asked.question, asked.looked
    if looked is None:
        photo = question.photo
        opened = recognizer.open(photo, sha256=question.sha256) if isinstance(photo, Path) else to_pillow(photo)
        looked = _Looked(question.photo, to_qimage(opened), recognizer.see(opened, closely=True))
    first, second = question.class_id, question.second_id
    if first is None and second is None:
        found, _ = recognizer.recognize_and_explain(looked.seen)
        return looked, Explained(looked.shown, found, found.explanation)
    if first is None:
        first = recognizer.recognize(looked.seen).top[0].class_id
    if second is None or second == first:  # nothing to compare with
        found, (one,) = recognizer.recognize_and_explain(looked.seen, [(first, None)])
        return looked, Explained(looked.shown, found, one)
    found, (one, other) = recognizer.recognize_and_explain(looked.seen, [(first, second), (second, first)])
    return looked, Explained(looked.shown, found, one, other)
