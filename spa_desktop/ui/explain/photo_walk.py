"""Going through the test photos: filter, back and on, and what the model said of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.explain.gallery_bar import GalleryBar
from spa_desktop.ui.explain.photo_filter import Filter, Found, Gallery, Judged, read_judged, read_test_photos


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
