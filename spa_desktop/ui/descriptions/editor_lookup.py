"""What the editor shows beyond the text: exemplars, the text of before, and where a phrase was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from spa_desktop.project.records import Description, PhotoRecord, Phrase
from spa_desktop.ui.app_state.contents import shown_description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.patch_places import Places, find_places

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class _Found:
    asked: int
    exemplars: list[PhotoRecord]
    previous: Description | None


def _look_up(bench: Workbench, class_id: int, asked: int) -> _Found:
    previous = bench.project.previous_description(class_id)
    return _Found(asked, bench.project.exemplars(class_id), shown_description(previous) if previous else None)


class LookUp(QObject):
    """Reads in the background what belongs to a class, and puts it into the editor."""

    def __init__(self, context: AppContext, editor: DescriptionEditor) -> None:
        super().__init__(editor)
        self._context, self._editor = context, editor
        self._class_id: int | None = None
        self._asked = 0
        self._exemplars: list[PhotoRecord] = []
        self._places: Places | None = None
        self._is_asked_for_places = False
        self._phrase: Phrase | None = None
        editor.phrase_pointed.connect(self._on_pointed)

    def forget(self) -> None:
        """Another project: answers that are still to come are not wanted."""
        self._asked += 1
        self._class_id = None

    def look(self, class_id: int | None) -> None:
        """Read what belongs to a class."""
        if class_id != self._class_id:
            self._class_id, self._phrase = class_id, None
            self._show_exemplars([])
        self._asked += 1
        asked = self._asked
        if class_id is not None:
            self._context.read(lambda bench, job: _look_up(bench, class_id, asked), done=self._on_found)

    @Slot(object)
    def _on_found(self, found: _Found) -> None:
        if found.asked != self._asked:
            return
        if found.exemplars != self._exemplars:
            self._show_exemplars(found.exemplars)
        self._editor.before.show_texts(found.previous, self._editor.description, is_writable=self._context.is_writable)

    def _show_exemplars(self, photos: list[PhotoRecord]) -> None:
        self._exemplars, self._places, self._is_asked_for_places = photos, None, False
        self._editor.show_exemplars(photos)

    @Slot(object)
    def _on_pointed(self, phrase: Phrase | None) -> None:
        self._phrase = phrase
        self._editor.point(phrase, self._places)
        if phrase is not None and phrase.support and self._exemplars and not self._is_asked_for_places:
            self._is_asked_for_places = True
            photos = list(self._exemplars)
            self._context.read(lambda bench, job: (photos, find_places(bench, photos, job)), done=self._on_places)

    @Slot(object)
    def _on_places(self, result: tuple[list[PhotoRecord], Places | None]) -> None:
        photos, places = result
        if photos == self._exemplars:
            self._places = places
            self._editor.point(self._phrase, places)
