"""A search field whose words are looked for in what photos show, where they are in no name; and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.photo.newest_query import Newest
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, set_role, set_type
from spa_desktop.ui.widgets.forms import SearchField
from spa_desktop.ui.widgets.labels import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spa_desktop.discover.search import Found, PhotoSearch
    from spa_desktop.workbench import Workbench

    Searched = tuple[Sequence[Hashable], PhotoSearch]  # photos as their page knows them, in the order of the search


class WordSearch(ElidedLabel):
    """Looks for the words of a field in photos, in the background, and says in a line what is found.

    Words that names have are for the page alone, which finds names; Enter looks for them in the photos all the same.

    """

    changed = Signal()  # photos were found, or are not searched any more

    def __init__(
        self,
        context: AppContext,
        field: SearchField,
        load: Callable[[Workbench, Job], Searched],
        is_named: Callable[[str], bool],
        parent: QWidget | None = None,
    ) -> None:
        """Watch a field. `load` gives photos and their search, in a worker; `is_named`: whether names have words."""
        super().__init__(parent)
        self.words, self.fits = "", True  # that `similarity` is of, and whether they fit any photo
        self.similarity: Mapping[Hashable, float] = {}  # of each photo to the words, as the page knows photos
        self._field, self._is_named, self._wanted = field, is_named, ""  # what is looked for just now
        set_type(self, Size.BODY, role="muted").setTextFormat(Qt.TextFormat.PlainText)
        title = self.tr("Preparing photos to be searched")
        self.newest = Newest(context, _find, load=load, title=title, parent=self)
        field.setToolTip(tip(self.tr("Names are found as you type. Enter looks for English words in what photos show")))
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
        had, self.words, self._wanted, self.similarity, self.fits = self.words, "", "", {}, True
        self._say("")
        if had:
            self.changed.emit()

    @Slot(object, object)
    def _on_found(self, words: str, found: tuple[Sequence[Hashable], Found]) -> None:
        keys, result = found
        self.words, self.fits = words, result.fits
        self.similarity = dict(zip(keys, result.similarity.tolist(), strict=True))
        if result.fits:
            self._say(self.tr("Photos by what they show, the nearest to “{words}” first").format(words=self.words))
        else:
            self._say(self.tr("Nothing fits “{words}”: the photos nearest to it").format(words=self.words), role="warn")
        self.changed.emit()

    @Slot(object, object)
    def _on_failed(self, words: str, failure: WorkFailure) -> None:
        self._leave()
        self._say(failure.message, role="warn")

    def _say(self, text: str, *, role: str = "muted") -> None:
        set_role(self, role)
        self.setText(text)
        self.setVisible(bool(text))


def _find(ready: Searched, words: str) -> tuple[Sequence[Hashable], Found]:
    keys, search = ready
    return keys, search.find(words)
