"""What the editor shows beyond the text: exemplars, the text of before, and where a phrase was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.project.records import Description, PhotoRecord, Phrase, Support
from spa_desktop.ui.app_state.contents import shown_description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.exemplar_strip import Box, Places, find_places
from spa_desktop.ui.photo.colour_maps import to_qimage
from spa_desktop.ui.thumbnails.photo_model import thumbnail_of
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Explanation, Workbench

# Which patch of the exemplars the model itself grounds a phrase in: read off the transport plan of its score.


def ground_phrases(bench: Workbench, class_id: int, photos: Sequence[PhotoRecord], job: Job) -> dict[str, Support]:
    """The best patch for each phrase that a class was learned with. For worker threads.

    Of the patches that the score of an exemplar used, those count of which a phrase takes more than no phrase does; the
    most similar one is the best. A phrase for which there is none is left out, and so is one that was written or
    changed after the class was learned. (Ours.)

    Args:
        bench: of the project.
        class_id: of a class that was learned.
        photos: its exemplars. Those whose file is gone, or another now, are left out.
        job: can be cancelled between photos.
    """
    recognizer = bench.recognizer(job, views=1)
    best: dict[str, tuple[float, Support]] = {}
    for photo in photos:
        job.advance(0)
        try:
            seen = recognizer.see(recognizer.open(Path(photo.path), sha256=photo.sha256))
        except SpaError:
            continue
        for text, likeness, patch in found_in(recognizer.explain(seen, class_id)):
            if text not in best or likeness > best[text][0]:
                best[text] = (likeness, Support(photo.id, patch))
    return {text: support for text, (_, support) in best.items()}


def found_in(one: Explanation) -> list[tuple[str, float, int]]:
    """The phrases of an explanation that have a patch: text, similarity, and number of the patch on the grid."""
    found = []
    for phrase, text in enumerate(one.phrases):
        taken = one.plan[:, phrase] > one.dustbin
        if text and taken.any():
            row = int((one.similarity[:, phrase] - 4.0 * ~taken).argmax())  # cosines differ by 2 at most
            found.append((visible(text), float(one.similarity[row, phrase]), int(one.selected[row])))
    return found


# The part of a photo around a patch, enlarged.

SIDE = 480  # pixels of the crop: twice what it is drawn at, for fine screens
_AROUND = 1.0  # patches that are shown on each side: one alone is hard to place


def read_crop(bench: Workbench, photo: PhotoRecord, box: Box) -> QImage:
    """A square around a patch, the patch outlined; a null image where there is no picture. For worker threads.

    Args:
        bench: of the project.
        photo: an exemplar. Where its file is gone, its thumbnail is used.
        box: the patch, in shares of the photo.
    """
    from spa_desktop.photos.opening import open_photo

    try:
        picture = to_qimage(open_photo(Path(photo.path), sha256=photo.sha256))
    except SpaError:
        picture = thumbnail_of(bench.project.thumbnails([photo.id]).get(photo.id, b""))
    return QImage() if picture.isNull() else cut(picture, box)


def cut(picture: QImage, box: Box) -> QImage:
    """The square around a patch, moved to lie inside of the picture where it is large enough for that."""
    left, top = box[0] * picture.width(), box[1] * picture.height()
    width, height = box[2] * picture.width(), box[3] * picture.height()
    side = min(max(width, height) * (1 + 2 * _AROUND), picture.width(), picture.height())
    x = min(max(left + width / 2 - side / 2, 0), picture.width() - side)
    y = min(max(top + height / 2 - side / 2, 0), picture.height() - side)
    part = picture.copy(QRect(round(x), round(y), max(round(side), 1), max(round(side), 1)))
    smooth = Qt.TransformationMode.SmoothTransformation
    crop = part.scaled(SIDE, SIDE, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    crop = crop.convertToFormat(QImage.Format.Format_RGB32)
    scale = SIDE / max(side, 1.0)
    painter = QPainter(crop)
    patch = QRectF((left - x) * scale, (top - y) * scale, width * scale, height * scale)
    for color, pen in ((QColor(0, 0, 0), 6), (QColor(255, 255, 255), 3)):  # light on dark: it shows on any photo
        painter.setPen(QPen(color, pen))
        painter.drawRect(patch)
    painter.end()
    return crop


@dataclass(frozen=True)
class _Seen:
    """Where patches lie on exemplars, and which the phrases were grounded in."""

    exemplars: tuple[PhotoRecord, ...]
    places: Places | None
    grounded: dict[str, Support] | None  # None if that was not asked


class LookUp(QObject):
    """Reads in the background what belongs to a class, and puts it into the editor."""

    def __init__(self, context: AppContext, editor: DescriptionEditor) -> None:
        super().__init__(editor)
        self._context, self._editor, self._strip = context, editor, editor.strip
        self._class_id: int | None = None
        self._learner_id: int | None = None  # of what the phrases were grounded in
        self._looking: WorkHandle | None = None
        self._places: Places | None = None
        self._grounded: dict[str, Support] = {}
        self._asked_for: set[str] = set()  # "places" and "grounding" of the exemplars
        self._cropped: Support | None = None  # its part of the photo is being read
        self._phrase: Phrase | None = None
        editor.phrases.pointed.connect(self._on_pointed)

    def forget(self) -> None:
        """Another project: answers that are still to come are not wanted."""
        if self._looking is not None:
            self._looking.abandon()
        self._class_id = None

    def look(self, class_id: int | None) -> None:
        """Read what belongs to a class."""
        contents = self._context.contents
        learner_id = contents.learner.id if contents is not None and contents.learner is not None else None
        if learner_id != self._learner_id:
            self._learner_id, self._grounded = learner_id, {}
            self._asked_for.discard("grounding")
        if class_id != self._class_id:
            self._class_id, self._phrase = class_id, None
            self._show_exemplars([])
            self._editor.before.forget()
        if self._looking is not None:
            self._looking.abandon()
        if class_id is not None:
            self._looking = self._context.read(
                lambda bench, job: (bench.project.exemplars(class_id), bench.project.previous_description(class_id)),
                done=self._on_found,
            )

    def _on_found(self, found: tuple[list[PhotoRecord], Description | None]) -> None:
        exemplars, text = found
        if tuple(exemplars) != self._strip.photos:
            self._show_exemplars(exemplars)
        previous = shown_description(text) if text is not None else None
        self._editor.before.show_texts(previous, self._editor.description, is_writable=self._context.is_writable)

    def _show_exemplars(self, photos: list[PhotoRecord]) -> None:
        self._places, self._grounded, self._cropped = None, {}, None
        self._asked_for.clear()
        self._editor.show_exemplars(photos)

    @Slot(object)
    def _on_pointed(self, phrase: Phrase | None) -> None:
        self._phrase = phrase
        support = self._support
        self._editor.point(phrase, support, self._places)
        contents, class_id, photos = self._context.contents, self._class_id, self._strip.photos
        if phrase is None or class_id is None or not photos:
            return
        wanted = "places" if support is not None else "grounding"
        is_learned = contents is not None and class_id in contents.learned_ids
        if wanted not in self._asked_for and (support is not None or is_learned):
            self._asked_for.add(wanted)

            def see(bench: Workbench, job: Job) -> _Seen:
                from spa_desktop.workbench import DEFAULT_BACKBONE

                # Loading any other backbone may ask for a download, which pointing at a phrase must not.
                if bench.project.meta.backbone != DEFAULT_BACKBONE:
                    return _Seen(photos, None, None)
                grounded = ground_phrases(bench, class_id, photos, job) if wanted == "grounding" else None
                return _Seen(photos, find_places(bench, photos, job), grounded)

            self._context.read(see, done=self._on_seen, failed=self._on_not_seen)
        self._show_crop()

    @property
    def _support(self) -> Support | None:
        """The patch that goes with the phrase: that it was read from, else that which the model grounds it in."""
        if self._phrase is None:
            return None
        return self._phrase.support[0] if self._phrase.support else self._grounded.get(self._phrase.text)

    def _show_crop(self) -> None:
        """Read the part of the photo around the patch, unless that is being done."""
        support, places = self._support, self._places
        photo = next((one for one in self._strip.photos if support is not None and one.id == support.photo_id), None)
        box = places.patch(photo.id, support.patch) if places and photo and support else None
        if support is None or photo is None or box is None or support == self._cropped:
            return
        self._cropped = support
        self._context.read(lambda bench, job: (support, read_crop(bench, photo, box)), done=self._on_crop)

    def _on_seen(self, seen: _Seen) -> None:
        if seen.exemplars == self._strip.photos:
            self._places = seen.places
            if seen.grounded is not None:
                self._grounded = seen.grounded
            self._on_pointed(self._phrase)

    def _on_not_seen(self, failure: WorkFailure) -> None:
        """Nothing is marked: pointing at a phrase is no verb that fails."""
        if not failure.is_expected:
            self._context.show_failure(failure)

    def _on_crop(self, found: tuple[Support, QImage]) -> None:
        support, crop = found
        self._cropped = None
        if support == self._support:
            self._strip.show_crop(support, crop)
        else:
            self._show_crop()
