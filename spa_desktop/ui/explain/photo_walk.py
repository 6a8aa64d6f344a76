"""Going through the test photos: filter, back and on, and what the model said of each."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.words import count

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

# The test photos that the arrow keys go through, and the filter on them.


@dataclass(frozen=True)
class Judged:
    """What the model said of a test photo."""

    class_id: int  # what it was taken for
    confidence: float  # 0 to 1


@dataclass(frozen=True)
class Filter:
    """Which test photos: all, those taken for another class, those it was unsure of, or those of one class."""

    kind: str = "all"  # "all", "wrong", "unsure", "class"
    class_id: int | None = None

    @property
    def needs_judgement(self) -> bool:
        """True if the photos have to be recognised first."""
        return self.kind in ("wrong", "unsure")


class Gallery:
    """Photos in a row, one of which is shown."""

    def __init__(self) -> None:
        self._all: tuple[PhotoRecord, ...] = ()
        self._judged: Mapping[int, Judged] | None = None
        self._filter = Filter()
        self._unsure_below = 0.5
        self.photos: list[PhotoRecord] = []
        self.place = 0

    @property
    def is_judged(self) -> bool:
        """True once it is known which photos were wrong."""
        return self._judged is not None

    @property
    def ids(self) -> frozenset[int]:
        """Of all photos, whether they pass the filter or not."""
        return frozenset(photo.id for photo in self._all)

    @property
    def current(self) -> PhotoRecord | None:
        return self.photos[self.place] if self.photos else None

    def judged(self, photo_id: int) -> Judged | None:
        """What the model said of a photo, None if that is not known."""
        return None if self._judged is None else self._judged.get(photo_id)

    def set_photos(self, photos: Sequence[PhotoRecord]) -> None:
        """Other photos; the one that is shown stays, if it is among them."""
        self._all = tuple(photos)
        self._sift()

    def set_judged(self, judged: Mapping[int, Judged] | None) -> None:
        """Other answers, None when they are not known any more."""
        self._judged = judged
        self._sift()

    def set_filter(self, chosen: Filter, unsure_below: float) -> None:
        """Another filter."""
        self._filter, self._unsure_below = chosen, unsure_below
        self._sift()

    def step(self, by: int) -> PhotoRecord | None:
        """Go on or back, stopping at the ends."""
        self.place = min(max(self.place + by, 0), max(len(self.photos) - 1, 0))
        return self.current

    def go_to(self, photo_id: int) -> PhotoRecord | None:
        """Go to a photo, None if it is not here."""
        for place, photo in enumerate(self.photos):
            if photo.id == photo_id:
                self.place = place
                return photo
        return None

    def _sift(self) -> None:
        before = self.current
        self.photos = [photo for photo in self._all if self._passes(photo)]
        self.place = min(self.place, max(len(self.photos) - 1, 0))
        if before is not None:
            self.go_to(before.id)

    def _passes(self, photo: PhotoRecord) -> bool:
        if self._filter.kind == "class":
            return photo.class_id == self._filter.class_id
        if self._filter.kind == "all":
            return True
        found = self.judged(photo.id)
        if found is None:
            return False
        if self._filter.kind == "wrong":
            return found.class_id != photo.class_id  # the label may be another than when the photo was judged
        return found.confidence < self._unsure_below


@dataclass(frozen=True)
class Found:
    """Photos of the project.

    Attributes:
        photos: test photos of the classes that were learned.
        wanted_id: the photo that was asked for besides.
        wanted: that photo, None if it is among them, or is not there any more.
    """

    photos: list[PhotoRecord]
    wanted_id: int | None
    wanted: PhotoRecord | None


def read_test_photos(bench: Workbench, job: Job, wanted_id: int | None = None) -> Found:
    """Test photos of the classes that were learned, and any other that is asked for. For worker threads."""
    info = bench.project.learner_info()
    known = set(info.class_ids) if info else set()
    photos = [photo for photo in bench.project.photos(split="test") if photo.class_id in known]
    wanted = None
    if wanted_id is not None and all(photo.id != wanted_id for photo in photos):
        with contextlib.suppress(InputError):
            wanted = bench.project.photo(wanted_id)
    return Found(photos, wanted_id, wanted)


def read_judged(bench: Workbench, job: Job) -> dict[int, Judged]:
    """What the model says of every test photo. For worker threads.

    Raises:
        InputError: if nothing was learned, or there is no test photo.
    """
    report: dict[str, Any] = bench.evaluate(job)
    photos, info = report["photos"], bench.project.learner_info()
    known = [item.id for item in bench.project.classes() if info is not None and item.id in info.class_ids]
    rows = zip(photos["id"], photos["answer"], photos["confidence"], strict=True)
    return {photo_id: Judged(known[answer], confidence) for photo_id, answer, confidence in rows}


# Which test photos are gone through, and where one is among them.


class GalleryBar(QWidget):
    """A filter, back, "3 of 80", on."""

    filter_chosen = Signal(object)  # Filter
    stepped = Signal(int)  # -1 or 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter = QComboBox()
        self.filter.setAccessibleName(self.tr("Which test photos"))
        self.filter.setMinimumWidth(168)
        self.back, self.on = QToolButton(), QToolButton()
        for button, picture, name in (
            (self.back, "left", self.tr("Photo before (Left)")),
            (self.on, "right", self.tr("Next photo (Right)")),
        ):
            button.setIcon(icon(picture))
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.place = set_type(QLabel(), Size.CAPTION, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        for widget in (self.filter, self.back, self.place, self.on):
            row.addWidget(widget)
        self.filter.activated.connect(self._on_filter)
        self.back.clicked.connect(self._on_back)
        self.on.clicked.connect(self._on_on)

    def set_classes(self, classes: Sequence[ClassRecord], chosen: Filter) -> None:
        """Offer filters: all, wrong, unsure, and each class."""
        self.filter.clear()
        self.filter.addItem(self.tr("All test photos"), Filter())
        self.filter.addItem(self.tr("Wrong"), Filter("wrong"))
        self.filter.addItem(self.tr("Unsure"), Filter("unsure"))
        self.filter.insertSeparator(self.filter.count())
        for item in classes:
            self.filter.addItem(item.name, Filter("class", item.id))
        self.show_filter(chosen)

    def show_filter(self, chosen: Filter) -> None:
        """Show which filter is on."""
        places = [place for place in range(self.filter.count()) if self.filter.itemData(place) == chosen]
        self.filter.setCurrentIndex(places[0] if places else 0)

    def show_place(self, gallery: Gallery, *, is_shown: bool, is_waiting: bool) -> None:
        """Show where the photo is, unless another one is shown than those of the gallery."""
        total = len(gallery.photos)
        if is_waiting:
            self.place.setText(self.tr("Checking..."))
        elif not total:
            self.place.setText(self.tr("no photos"))
        elif is_shown:
            self.place.setText(self.tr("{n} of {total}").format(n=count(gallery.place + 1), total=count(total)))
        else:
            self.place.setText(self.tr("{total} in all").format(total=count(total)))
        self.back.setEnabled(total > 0 and (not is_shown or gallery.place > 0))
        self.on.setEnabled(total > 0 and (not is_shown or gallery.place < total - 1))

    @Slot(int)
    def _on_filter(self, index: int) -> None:
        chosen = self.filter.itemData(index)
        if isinstance(chosen, Filter):
            self.filter_chosen.emit(chosen)

    @Slot()
    def _on_back(self) -> None:
        self.stepped.emit(-1)

    @Slot()
    def _on_on(self) -> None:
        self.stepped.emit(1)


class Walk(QObject):
    """Wires the gallery to its bar.

    Attributes:
        gallery: the photos.
        record: the one that is shown, None while none of them is.
        is_away: True while a photo is shown that is not one of them.
        away_record: that photo, where it is one of the project all the same.
    """

    photo_wanted = Signal(object)  # PhotoRecord
    nothing_left = Signal(str)  # why there is no photo to show

    def __init__(self, context: AppContext, bar: GalleryBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._bar = context, bar
        self.gallery = Gallery()
        self._reading: WorkHandle | None = None
        self._judging: WorkHandle | None = None
        self.reset()
        bar.filter_chosen.connect(self.set_filter)
        bar.stepped.connect(self.step)
        context.settings.changed.connect(self._on_settings)

    @property
    def filter(self) -> Filter:
        return self._filter

    def reset(self) -> None:
        """Another project: nothing is known any more."""
        self._filter = Filter()
        self._wanted_id: int | None = None
        self._stop_judging()
        self.record: PhotoRecord | None = None
        self.is_away = False
        self.away_record: PhotoRecord | None = None
        self.gallery.set_judged(None)
        self.gallery.set_photos([])

    def set_classes(self, classes: Sequence[ClassRecord]) -> None:
        """Offer a filter for each class. If the class that is gone through is not among them, all photos are."""
        is_gone = self._filter.kind == "class" and self._filter.class_id not in {item.id for item in classes}
        if is_gone:
            self._filter = Filter()
            self.gallery.set_filter(self._filter, self._context.settings.value.unsure_below)
        self._bar.set_classes(classes, self._filter)

    def reload(self) -> None:
        """Read the list of photos anew, and with it the photo that is shown besides."""
        wanted_id = self._wanted_id
        if wanted_id is None and self.away_record is not None:
            wanted_id = self.away_record.id
        # Two threads read: the list of before must not come after this one.
        if self._reading is not None:
            self._reading.abandon()
        self._reading = self._context.read(
            lambda bench, job: read_test_photos(bench, job, wanted_id), done=self._on_photos
        )

    def forget_judged(self) -> None:
        """The model is another: what it said counts no more."""
        self._stop_judging()
        self.gallery.set_judged(None)
        if self._filter.needs_judgement:
            self._judge()

    def show_id(self, photo_id: int) -> None:
        """Show a photo, as soon as the list is there."""
        self._wanted_id = photo_id
        self.set_filter(Filter())
        if self._wanted_id is not None:
            self.reload()

    def leave(self) -> None:
        """Another photo is shown than those of the list."""
        self.record, self.away_record, self.is_away = None, None, True
        self._tell_place()

    @Slot(int)
    def step(self, by: int) -> None:
        """Go on or back by so many photos; from another photo, come back to where one was."""
        photo = self.gallery.step(by if self.record is not None else 0)
        if photo is not None and photo != self.record:
            self._show(photo)

    @Slot(int)
    def go_to(self, photo_id: int) -> None:
        """Go to a photo, if it is still in the list."""
        photo = self.gallery.go_to(photo_id)
        if photo is not None and photo != self.record:
            self._show(photo)

    @Slot(object)
    def set_filter(self, chosen: Filter) -> None:
        """Go through these photos only."""
        self._filter = chosen
        self._bar.show_filter(chosen)
        self.gallery.set_filter(chosen, self._context.settings.value.unsure_below)
        if chosen.needs_judgement and not self.gallery.is_judged:
            self._judge()
        self.is_away = False
        self._show_what_is_there()

    @Slot(object)
    def _on_settings(self, names: set[str]) -> None:
        if "unsure_below" in names and self._filter.kind == "unsure":
            self.gallery.set_filter(self._filter, self._context.settings.value.unsure_below)
            self._show_what_is_there()

    @Slot(object)
    def _on_photos(self, found: Found) -> None:
        is_more = not {photo.id for photo in found.photos} <= self.gallery.ids
        self.gallery.set_photos(found.photos)
        if is_more and self.gallery.is_judged:
            self.forget_judged()
        if found.wanted_id is not None and found.wanted_id == self._wanted_id:
            if found.wanted is not None:
                self._wanted_id = None
                self.leave()
                self.away_record = found.wanted
                self.photo_wanted.emit(found.wanted)
                return
            if all(photo.id != self._wanted_id for photo in found.photos):
                self._wanted_id = None  # it was deleted meanwhile
        away = self.away_record
        if away is not None and found.wanted_id == away.id and found.wanted != away:
            self.away_record = found.wanted
            if found.wanted is not None:  # with another label
                self.photo_wanted.emit(found.wanted)
                return
            self.is_away = False  # it was deleted, or is one of the list by now
            self.gallery.go_to(away.id)
        self._show_what_is_there()

    def _show_what_is_there(self) -> None:
        wanted = None if self._wanted_id is None else self.gallery.go_to(self._wanted_id)
        current = wanted or self.gallery.current
        if wanted is not None:
            self._show(wanted)
        elif self.is_away or self._is_waiting or self._wanted_id is not None:
            self._tell_place()
        elif current is None:
            self.record = None
            self._tell_place()
            self.nothing_left.emit(self._why_nothing())
        elif current != self.record:  # another photo, or the same with another label
            self._show(current)
        else:
            self._tell_place()

    def _show(self, photo: PhotoRecord) -> None:
        self.record, self.away_record, self.is_away, self._wanted_id = photo, None, False, None
        self._tell_place()
        self.photo_wanted.emit(photo)

    def _why_nothing(self) -> str:
        if self._filter.kind == "wrong":
            return self.tr("No test photo was taken for another class.")
        if self._filter.kind == "unsure":
            return self.tr("The model was sure of every test photo.")
        return self.tr("There is no test photo. Drop a photo here, or open one.")

    def _tell_place(self) -> None:
        self._bar.show_place(self.gallery, is_shown=self.record is not None, is_waiting=self._is_waiting)

    @property
    def _is_waiting(self) -> bool:
        """Which photos are wanted is known only once they were judged."""
        return self._judging is not None and self._filter.needs_judgement

    def _stop_judging(self) -> None:
        if self._judging is not None:
            self._judging.abandon()
        self._judging = None

    def _judge(self) -> None:
        if self._judging is None:
            self._judging = self._context.read(
                read_judged,
                title=self.tr("Checking the test photos"),
                done=self._on_judged,
                failed=self._on_not_judged,
                cancelled=self._on_judging_cancelled,
                is_quiet=False,
            )

    @Slot(object)
    def _on_judged(self, judged: dict[int, Judged]) -> None:
        self._judging = None
        self.gallery.set_judged(judged)
        self._show_what_is_there()

    @Slot(object)
    def _on_not_judged(self, failure: WorkFailure) -> None:
        self._on_judging_cancelled()
        self._context.show_failure(failure)

    @Slot()
    def _on_judging_cancelled(self) -> None:
        self._judging = None
        if self._filter.needs_judgement:
            self.set_filter(Filter())
