"""Questions to the model, one at a time: of those that come meanwhile only the newest is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from spa_desktop.jobs import Job
from spa_desktop.ui.context import AppContext
from spa_desktop.ui.explain.meeting import Explained
from spa_desktop.ui.work import WorkFailure, WorkHandle

if TYPE_CHECKING:
    from spa_desktop.workbench import Recognizer, Workbench


@dataclass(frozen=True)
class Question:
    """What to explain.

    Attributes:
        photo: a file, or a picture in memory.
        class_id: the class to explain, None for the most probable one.
        second_id: the class to compare it with, None for none.
    """

    photo: Path | QImage
    class_id: int | None = None
    second_id: int | None = None


@dataclass(frozen=True)
class _Answered:
    recognizer: Recognizer
    opened: Image.Image
    shown: Explained


class Explainer(QObject):
    """Asks the model in the background. It is loaded with the first question, and again after it changed."""

    answered = Signal(object, object)  # the Question, and Explained
    failed = Signal(object, object)  # the Question, and WorkFailure
    dropped = Signal()  # the work was cancelled

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._recognizer: Recognizer | None = None
        self._opened: tuple[Path | QImage, Image.Image] | None = None
        self._handle: WorkHandle | None = None
        self._asked: Question | None = None
        self._next: Question | None = None
        self._age = self._asked_age = 0

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._recognizer is not None

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def forget(self) -> None:
        """What was learned is another now, or the project is: load anew, and drop what was asked."""
        self._age += 1
        self._recognizer = self._opened = self._next = None

    def ask(self, question: Question) -> None:
        """Ask; `answered` or `failed` follows, unless something newer is asked before."""
        self._next = question
        if self._handle is None:
            self._start()

    def _start(self) -> None:
        question, self._next = self._next, None
        if question is None or self._context.workbench is None:
            return
        recognizer, self._asked, self._asked_age = self._recognizer, question, self._age
        kept = self._opened[1] if self._opened is not None and self._opened[0] is question.photo else None

        def work(bench: Workbench, job: Job) -> _Answered:
            ready = recognizer or bench.recognizer(job)
            opened = kept
            if opened is None:
                is_file = isinstance(question.photo, Path)
                opened = ready.open(question.photo) if is_file else to_pillow(question.photo)  # type: ignore[arg-type]
            return _Answered(ready, opened, explain(ready, opened, question))

        self._handle = self._context.read(
            work,
            title=self.tr("Loading what was learned"),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            is_quiet=recognizer is not None,
        )

    def _on_done(self, found: _Answered) -> None:
        question = self._end()
        if self._asked_age == self._age:
            self._recognizer, self._opened = found.recognizer, (question.photo, found.opened)
            if self._next is None:
                self.answered.emit(question, found.shown)
        self._go_on()

    def _on_failed(self, failure: WorkFailure) -> None:
        question = self._end()
        if self._asked_age == self._age and self._next is None:
            self.failed.emit(question, failure)
        self._go_on()

    def _on_cancelled(self) -> None:
        self._end()
        self._next = None
        self.dropped.emit()

    def _end(self) -> Question:
        self._handle = None
        assert self._asked is not None, "something was asked"
        return self._asked

    def _go_on(self) -> None:
        if self._handle is None and self._next is not None:
            self._start()


def explain(recognizer: Recognizer, photo: Image.Image, question: Question) -> Explained:
    """Recognise a photo, and explain one or two classes. For worker threads."""
    found = recognizer.recognize(photo)
    class_id = found.top[0].class_id if question.class_id is None else question.class_id
    first = recognizer.explain(photo, class_id)
    is_compared = question.second_id is not None and question.second_id != class_id
    second = recognizer.explain(photo, question.second_id) if is_compared else None  # type: ignore[arg-type]
    return Explained(to_qimage(photo), found, first, second)


def to_qimage(photo: Image.Image) -> QImage:
    """An RGB photo for the screen, with memory of its own."""
    data = photo.convert("RGB").tobytes()
    return QImage(data, photo.width, photo.height, 3 * photo.width, QImage.Format.Format_RGB888).copy()


def to_pillow(picture: QImage) -> Image.Image:
    """A picture of the screen as an RGB photo."""
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return Image.fromarray(np.ascontiguousarray(rows[:, : 3 * rgb.width()]).reshape(rgb.height(), rgb.width(), 3))
