"""The model, or an index of photos, asked one question at a time: of those that come meanwhile only the newest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import LaneName, Operation, WorkFailure
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, set_role, set_type
from spa_desktop.ui.widgets.forms import SearchField
from spa_desktop.ui.widgets.labels import ElidedLabel, say
from spa_desktop.workbench import recognition

if TYPE_CHECKING:
    from spa_desktop.discover.search import Found, PhotoSearch
    from spa_desktop.workbench.open_project import OpenProject

    Searched = tuple[Sequence[Hashable], PhotoSearch]  # photos as their page knows them, in the order of the search

Load = Callable[["OpenProject", Job], Any]


class Newest(QObject):
    """Asks in the background. What answers is loaded with the first question, and again after :meth:`forget`."""

    answered = Signal(object, object)  # the question, and the answer
    failed = Signal(object, object)  # the question, and WorkFailure
    dropped = Signal()  # the work was cancelled: somebody wants the threads free

    def __init__(
        self,
        context: AppContext,
        answer: Callable[[Any, Any], Any],  # what was loaded, and a question, to its answer; for worker threads
        *,
        lane: LaneName = "read",
        load: Load | None = None,  # of what answers; None: a recogniser of the model, else nothing is asked
        title: str = "",  # of the loading
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._answer, self._lane, self._needs_learner = context, answer, lane, load is None
        self._load: Load = load or recognition.recognizer
        self._title = title or self.tr("Loading what was learned")
        self._loaded: Any = None
        self._next: Any = None
        self._asked: Any = None
        self.answers = 0  # questions that were answered
        if self._needs_learner:  # a page that is not shown would keep what is known no more
            context.model_changed.connect(self._let_go)

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._loaded is not None

    @property
    def is_busy(self) -> bool:
        return self._context.background.find(self._on_done) is not None

    @property
    def has_newer(self) -> bool:
        """True while a question waits that is newer than the one that is, or was just, answered."""
        return self._next is not None

    def ask(self, question: object) -> None:
        """Ask as soon as the question before is answered; `answered` or `failed` follows, unless a newer one comes."""
        self._next = question
        if not self.is_busy:
            self._start()

    def drop_waiting(self) -> None:
        self._next = None

    def leave(self) -> None:
        """Forget the question that waits, and the answer or failure of the one that is being answered."""
        self._next = self._asked = None

    def forget(self) -> None:
        """The model is another now, or the project is: load anew, and drop what was asked."""
        self._context.background.abandon(self._on_done)
        self._loaded = self._next = None

    @Slot()
    def _let_go(self) -> None:
        self._loaded = None

    def _start(self) -> None:
        question, self._next = self._next, None
        contents = self._context.contents
        if question is None or contents is None or (self._needs_learner and contents.learner is None):
            return
        loaded, answer, load, self._asked = self._loaded, self._answer, self._load, question

        def work(bench: OpenProject, job: Job) -> tuple[Any, Any]:
            ready = loaded or load(bench, job)
            return ready, answer(ready, question)

        asked = self._context.read(work, title=self._title if loaded is None else "", lane=self._lane)
        asked.success(partial(self._on_done, asked)).failure(self._on_failed).cancelled(self._on_cancelled)

    def _on_done(self, asked: Operation[Any], found: tuple[Any, Any]) -> None:
        if asked.is_cancelling:
            self._on_cancelled()
            return
        self._loaded, answer = found
        self.answers += 1
        if self._asked is not None:
            self.answered.emit(self._asked, answer)
        self._go_on()

    def _on_failed(self, failure: WorkFailure) -> None:
        if self._asked is not None:
            self.failed.emit(self._asked, failure)
        self._go_on()

    def _on_cancelled(self) -> None:
        self._next = None
        self.dropped.emit()

    def _go_on(self) -> None:
        if not self.is_busy:  # who heard of the answer may have asked again
            self._start()


class WordSearch(ElidedLabel):
    """Looks for the words of a field in photos, in the background, and says in a line what is found.

    Words that names have are for the page alone, which finds names; Enter looks for them in the photos all the same.
    """

    changed = Signal()  # photos were found, or are not searched any more

    def __init__(
        self,
        context: AppContext,
        field: SearchField,
        load: Callable[[OpenProject, Job], Searched],
        is_named: Callable[[str], bool],
    ) -> None:
        """Watch a field. `load` gives photos and their search, in a worker; `is_named`: whether names have words."""
        super().__init__()
        self.words = ""  # that `similarity` is of
        self.similarity: Mapping[Hashable, float] = {}  # of each photo to the words, as the page knows photos
        self._context = context
        self._field, self._is_named, self._wanted = field, is_named, ""  # what is looked for just now
        set_type(self, Size.BODY, role="muted").setTextFormat(Qt.TextFormat.PlainText)
        title = self.tr("Preparing photos to be searched")
        self.newest = Newest(context, _find, load=load, title=title, parent=self)
        context.project_opened.connect(self._show_tip)
        self._show_tip()
        field.words_typed.connect(self._on_typed)
        field.returnPressed.connect(self.look)
        self.newest.answered.connect(self._on_found)
        self.newest.failed.connect(self._on_failed)
        self.newest.dropped.connect(self._leave)
        self._say("")

    @property
    def order(self) -> list[Any]:
        """The photos that were searched, the most similar first."""
        return sorted(self.similarity, key=lambda key: -self.similarity[key])

    @property
    def _names_alone(self) -> str:
        """Why photos are not searched by words; "" where they are."""
        contents = self._context.contents
        is_wordless = contents is not None and not contents.has_texts
        return self.tr("This project's backbone reads no words: only names are found") if is_wordless else ""

    @Slot()
    def _show_tip(self) -> None:
        by_words = self.tr("Names are found as you type. Enter looks for English words in what photos show")
        self._field.setToolTip(tip(self._names_alone or by_words))

    def forget(self) -> None:
        """The photos are others now: they are prepared anew with the next words, and at once where some wait."""
        is_asked = self.newest.is_busy
        self.newest.forget()
        if is_asked and self._wanted:
            self.newest.ask(self._wanted)

    @Slot()
    def look(self) -> None:
        """Look for the words of the field in the photos."""
        self._wanted = " ".join(self._field.text().split())
        if not self._wanted:
            self._leave()
            return
        if self._names_alone:
            self._say(self._names_alone, role="warn")
            return
        if not self.words:
            self._say(self.tr("Looking at the photos..."))
        self.newest.ask(self._wanted)

    @Slot(str)
    def _on_typed(self, words: str) -> None:
        if " ".join(words.split()) == self._wanted:
            return
        if not words.split() or self._is_named(words):
            self._leave()
        else:
            self.look()

    @Slot()
    def _leave(self) -> None:
        """Photos are not searched any more."""
        self.newest.leave()
        had, self.words, self._wanted, self.similarity = self.words, "", "", {}
        self._say("")
        if had:
            self.changed.emit()

    @Slot(object, object)
    def _on_found(self, words: str, found: tuple[Sequence[Hashable], Found]) -> None:
        keys, result = found
        self.words = words
        self.similarity = dict(zip(keys, result.similarity.tolist(), strict=True))
        if result.fits:
            self._say(self.tr("Photos by what they show, the nearest to “{words}” first").format(words=self.words))
        else:
            text = self.tr("No photo shows “{words}” for sure: the nearest first")
            self._say(text.format(words=self.words), role="warn")
        self.changed.emit()

    @Slot(object, object)
    def _on_failed(self, words: str, failure: WorkFailure) -> None:
        self._leave()
        self._say(failure.message, role="warn")

    def _say(self, text: str, *, role: str = "muted") -> None:
        set_role(self, role)
        say(self, text)


def _find(ready: Searched, words: str) -> tuple[Sequence[Hashable], Found]:
    keys, search = ready
    return keys, search.find(words)
