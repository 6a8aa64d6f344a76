"""What the editor shows beyond the text: exemplars, the text of before, and where a phrase was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from spa_desktop.project.records import Description, PhotoRecord, Phrase, Support
from spa_desktop.ui.app_state.contents import shown_description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.patch_crop import read_crop
from spa_desktop.ui.descriptions.patch_places import Places, find_places
from spa_desktop.ui.descriptions.phrase_grounding import ground_phrases

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
        self._learner_id: int | None = None  # of what the phrases were grounded in
        self._asked = 0
        self._exemplars: list[PhotoRecord] = []
        self._places: Places | None = None
        self._is_asked_for_places = self._is_asked_for_grounding = False
        self._grounded: dict[str, Support] = {}
        self._cropped: Support | None = None  # its part of the photo is being read
        self._phrase: Phrase | None = None
        editor.phrase_pointed.connect(self._on_pointed)

    def forget(self) -> None:
        """Another project: answers that are still to come are not wanted."""
        self._asked += 1
        self._class_id = None

    def look(self, class_id: int | None) -> None:
        """Read what belongs to a class."""
        contents = self._context.contents
        learner_id = contents.learner.id if contents is not None and contents.learner is not None else None
        if learner_id != self._learner_id:
            self._learner_id = learner_id
            self._grounded, self._is_asked_for_grounding = {}, False
        if class_id != self._class_id:
            self._class_id, self._phrase = class_id, None
            self._show_exemplars([])
            self._editor.before.forget()
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
        self._grounded, self._is_asked_for_grounding, self._cropped = {}, False, None
        self._editor.show_exemplars(photos)

    @Slot(object)
    def _on_pointed(self, phrase: Phrase | None) -> None:
        self._phrase = phrase
        support = self._support
        self._editor.point(phrase, support, self._places)
        if phrase is None or not self._exemplars:
            return
        photos = list(self._exemplars)
        if support is None and not self._is_asked_for_grounding and self._is_learned:
            self._is_asked_for_grounding = True
            class_id = self._class_id
            assert class_id is not None, "its exemplars are shown"
            self._context.read(
                lambda bench, job: (photos, ground_phrases(bench, class_id, photos, job)),
                done=self._on_grounded,
                failed=self._on_not_grounded,
            )
        if support is not None and not self._is_asked_for_places:
            self._is_asked_for_places = True
            self._context.read(lambda bench, job: (photos, find_places(bench, photos, job)), done=self._on_places)
        self._show_crop()

    @property
    def _support(self) -> Support | None:
        """The patch that goes with the phrase: that it was read from, else that which the model grounds it in."""
        if self._phrase is None:
            return None
        return self._phrase.support[0] if self._phrase.support else self._grounded.get(self._phrase.text)

    @property
    def _is_learned(self) -> bool:
        contents = self._context.contents
        return contents is not None and self._class_id in contents.learned_ids

    def _show_crop(self) -> None:
        """Read the part of the photo around the patch, unless that is being done."""
        support = self._support
        photo = next((one for one in self._exemplars if support is not None and one.id == support.photo_id), None)
        box = self._places.patch(photo.id, support.patch) if self._places and photo and support else None
        if support is None or photo is None or box is None or support == self._cropped:
            return
        self._cropped = support
        self._context.read(lambda bench, job: (support, read_crop(bench, photo, box)), done=self._on_crop)

    @Slot(object)
    def _on_places(self, result: tuple[list[PhotoRecord], Places | None]) -> None:
        photos, places = result
        if photos == self._exemplars:
            self._places = places
            self._on_pointed(self._phrase)

    @Slot(object)
    def _on_grounded(self, result: tuple[list[PhotoRecord], dict[str, Support]]) -> None:
        photos, grounded = result
        if photos == self._exemplars:
            self._grounded = grounded
            self._on_pointed(self._phrase)

    @Slot(object)
    def _on_not_grounded(self, failure: WorkFailure) -> None:
        """Nothing is marked: pointing at a phrase is no verb that fails."""
        if not failure.is_expected:
            self._context.show_failure(failure)

    @Slot(object)
    def _on_crop(self, found: tuple[Support, QImage]) -> None:
        support, crop = found
        self._cropped = None
        if support == self._support:
            self._editor.show_crop(support, crop)
        else:
            self._show_crop()
