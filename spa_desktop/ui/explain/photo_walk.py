"""Going through the test photos: a filter, back, "3 of 80", on, and what the model predicted for each."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import name_choice, row
from spa_desktop.ui.widgets.labels import slot, tool_button
from spa_desktop.ui.widgets.words import count
from spa_desktop.workbench import evaluating

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject


Prediction = tuple[int, float]
"""The class that the model predicted for a test photo, and how sure it was, 0 to 1."""


@dataclass(frozen=True)
class Filter:
    """Which test photos: all, those predicted as another class, those it was unsure of, or those of one class."""

    kind: str = "all"  # "all", "wrong", "unsure", "class"
    class_id: int | None = None

    @property
    def needs_predictions(self) -> bool:
        """True if the photos have to be recognised first."""
        return self.kind in ("wrong", "unsure")


_Found = tuple[list[PhotoRecord], PhotoRecord | None]  # test photos, and the one that was asked for, if it is there


def read_test_photos(bench: OpenProject, job: Job, wanted_id: int | None = None) -> _Found:
    """Test photos of the classes that were learned, and any photo that is asked for. For worker threads."""
    info = bench.project.learner_info()
    known = set(info.class_ids) if info else set()
    photos = [photo for photo in bench.project.photos(split="test") if photo.class_id in known]
    wanted = None
    if wanted_id is not None:
        with contextlib.suppress(InputError):
            wanted = bench.project.photo(wanted_id)
    return photos, wanted


def read_predictions(bench: OpenProject, job: Job) -> dict[int, Prediction]:
    """What the model predicts for every test photo, by its id; InputError if there is none. For worker threads."""
    report: dict[str, Any] = evaluating.evaluate(bench, job, estimated=False)
    photos, info = report["photos"], bench.project.learner_info()
    known = [item.id for item in bench.project.classes() if info is not None and item.id in info.class_ids]
    rows = zip(photos["id"], photos["answer"], photos["confidence"], strict=True)
    return {photo_id: (known[answer], confidence) for photo_id, answer, confidence in rows}


class PhotoWalk(QWidget):
    """The test photos that pass a filter, in a row, one of which is shown on the page."""

    photo_wanted = Signal(object)  # PhotoRecord
    nothing_left = Signal(str)  # why there is no photo to show
    filter_chosen = Signal(object)  # the Filter that the user chose

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.choice = QComboBox()
        name_choice(self.choice, self.tr("Which test photos"))
        self.choice.setMinimumWidth(168)
        self.choice.activated.connect(self._on_choice)
        self.back = tool_button("left", self.tr("Photo before (Left)"), slot(self, self.step, -1))
        self.on = tool_button("right", self.tr("Next photo (Right)"), self.go_on)
        self.counter = set_type(QLabel(), Size.CAPTION, role="muted")
        row(self.choice, self.back, self.counter, self.on, spacing=Space.XS, of=self)
        self.reset()
        context.settings.changed.connect(self._on_settings)

    def reset(self) -> None:
        self._context.background.abandon(self._on_checked)
        self.filter = Filter()
        self.photos: list[PhotoRecord] = []  # that pass it
        self.place = 0  # of the one among them that is shown, or was shown last
        # The photo of the project that is shown, whether it is one of them or not; None for any other photo.
        self.record: PhotoRecord | None = None
        self.is_away = False  # a photo is shown that is not one of them
        self._all: Sequence[PhotoRecord] = ()
        self._predictions: Mapping[int, Prediction] | None = None
        self._wanted_id: int | None = None  # is shown as soon as the list is there

    @property
    def is_checked(self) -> bool:
        """True once it is known which photos were predicted as another class."""
        return self._predictions is not None

    @property
    def is_here(self) -> bool:
        return self.record is not None and self.record == self._current

    def set_classes(self, classes: Sequence[ClassRecord]) -> None:
        """Offer a filter for each class. If the class that is gone through is not among them, all photos are."""
        if self.filter.kind == "class" and self.filter.class_id not in {item.id for item in classes}:
            self.filter = Filter()
            self._sift()
        self.choice.clear()
        self.choice.addItem(self.tr("All test photos"), Filter())
        self.choice.addItem(self.tr("Wrong"), Filter("wrong"))
        self.choice.addItem(self.tr("Unsure"), Filter("unsure"))
        self.choice.insertSeparator(self.choice.count())
        for item in classes:
            self.choice.addItem(item.name, Filter("class", item.id))
        self._show_filter()

    def reload(self) -> None:
        """Read the list of photos anew, and with it the photo that is shown besides."""
        shown_id = self.record.id if self.record is not None else None
        wanted_id = shown_id if self._wanted_id is None else self._wanted_id
        self._context.read(lambda bench, job: read_test_photos(bench, job, wanted_id)).newest(
            partial(self._on_photos, wanted_id)
        )

    def forget_predictions(self) -> None:
        """The model is another: what it predicted counts no more."""
        self._context.background.abandon(self._on_checked)
        self._predictions = None
        self._sift()
        if self.filter.needs_predictions:
            self._check()

    def show_id(self, photo_id: int) -> None:
        """Show a photo, as soon as the list is there."""
        self._wanted_id = photo_id
        self.set_filter(Filter())
        if self._wanted_id is not None:
            self.reload()

    def leave(self) -> None:
        """A photo is shown that is not one of the project."""
        self.record, self.is_away, self._wanted_id = None, True, None
        self._show_place()

    def step(self, by: int) -> None:
        """Go on or back by so many photos, stopping at the ends; from another photo, come back to where one was."""
        self.place = min(max(self.place + (by if self.is_here else 0), 0), max(len(self.photos) - 1, 0))
        if self._current is not None and self._current != self.record:
            self._show(self._current)

    @Slot()
    def go_on(self) -> None:
        self.step(1)

    def go_to(self, photo_id: int) -> None:
        """Go to a photo, if it is still in the list."""
        photo = self._find(photo_id)
        if photo is not None and photo != self.record:
            self._show(photo)

    def set_filter(self, chosen: Filter) -> None:
        self.filter, self.is_away = chosen, False
        self._show_filter()
        self._sift()
        if chosen.needs_predictions and not self.is_checked:
            self._check()
        self._show_what_is_there()

    @property
    def _current(self) -> PhotoRecord | None:
        return self.photos[self.place] if self.photos else None

    def _find(self, photo_id: int) -> PhotoRecord | None:
        """Move to a photo of the list, and give it; None if it is not there."""
        place = next((place for place, photo in enumerate(self.photos) if photo.id == photo_id), None)
        if place is None:
            return None
        self.place = place
        return self.photos[place]

    def _sift(self) -> None:
        """Keep the photos that pass the filter, and the place of the one that is shown if it is among them."""
        before = self._current
        self.photos = [photo for photo in self._all if self._passes(photo)]
        self.place = min(self.place, max(len(self.photos) - 1, 0))
        if before is not None:
            self._find(before.id)

    def _passes(self, photo: PhotoRecord) -> bool:
        if self.filter.kind == "class":
            return photo.class_id == self.filter.class_id
        if self.filter.kind == "all":
            return True
        prediction = (self._predictions or {}).get(photo.id)
        if prediction is None:
            return False
        if self.filter.kind == "wrong":
            return prediction[0] != photo.class_id  # the label may be another than when it was predicted
        return prediction[1] < self._context.settings.value.unsure_below

    def _show_filter(self) -> None:
        places = (place for place in range(self.choice.count()) if self.choice.itemData(place) == self.filter)
        self.choice.setCurrentIndex(next(places, 0))

    def _show_place(self) -> None:
        total = len(self.photos)
        if self._is_waiting:
            text = self.tr("Checking...")
        elif not total:
            text = self.tr("no photos")
        elif self.is_here:
            text = self.tr("{n} of {total}").format(n=count(self.place + 1), total=count(total))
        else:
            text = self.tr("{total} in all").format(total=count(total))
        self.counter.setText(text)
        self.back.setEnabled(total > 0 and (not self.is_here or self.place > 0))
        self.on.setEnabled(total > 0 and (not self.is_here or self.place < total - 1))

    def _show_what_is_there(self) -> None:
        wanted = None if self._wanted_id is None else self._find(self._wanted_id)
        current = self._current
        if wanted is not None:
            self._show(wanted)
        elif self.is_away or self._is_waiting or self._wanted_id is not None:
            self._show_place()
        elif current is None:
            self.record = None
            self._show_place()
            why = {
                "wrong": self.tr("No test photo was predicted as another class."),
                "unsure": self.tr("The model was sure of every test photo."),
            }
            none = self.tr("There is no test photo. Drop a photo here, or open one.")
            self.nothing_left.emit(why.get(self.filter.kind, none))
        elif current != self.record:  # another photo, or the same with another label
            self._show(current)
        else:
            self._show_place()

    def _show(self, photo: PhotoRecord, *, is_away: bool = False) -> None:
        self.record, self.is_away, self._wanted_id = photo, is_away, None
        self._show_place()
        self.photo_wanted.emit(photo)

    @property
    def _is_waiting(self) -> bool:
        """Which photos are wanted is known only once the model predicted for them."""
        return self.filter.needs_predictions and self._context.background.find(self._on_checked) is not None

    def _check(self) -> None:
        if not self._context.background.find(self._on_checked):
            work = self._context.read(read_predictions, title=self.tr("Checking the test photos"))
            work.success(self._on_checked).failure(self._on_not_checked).cancelled(self._on_checking_cancelled)

    @Slot(int)
    def _on_choice(self, index: int) -> None:
        chosen = self.choice.itemData(index)
        if isinstance(chosen, Filter):
            self.set_filter(chosen)
            self.filter_chosen.emit(chosen)

    @Slot(object)
    def _on_settings(self, names: set[str]) -> None:
        if "unsure_below" in names and self.filter.kind == "unsure":
            self._sift()
            self._show_what_is_there()

    def _on_photos(self, wanted_id: int | None, found: _Found) -> None:
        photos, wanted = found
        is_more = not {photo.id for photo in photos} <= {photo.id for photo in self._all}
        self._all = photos
        self._sift()
        if is_more and self.is_checked:
            self.forget_predictions()
        shown = self.record if self.is_away or self._is_waiting else None
        is_asked = wanted_id is not None and wanted_id == self._wanted_id
        if is_asked or (shown is not None and wanted_id == shown.id):
            self.is_away = wanted is not None and all(photo.id != wanted.id for photo in photos)
            if wanted is not None and (is_asked or wanted != shown):  # with another label, maybe
                self._find(wanted.id)
                self._show(wanted, is_away=self.is_away)
                return
            self._wanted_id = None
            if wanted is None:  # it was deleted meanwhile
                self.record = None
                if not self._is_waiting:
                    self.is_away = True
                    self._show_place()
                    self.nothing_left.emit(self.tr("This photo is not in the project any more."))
                    return
        self._show_what_is_there()

    def _on_checked(self, predictions: dict[int, Prediction]) -> None:
        self._predictions = predictions
        self._sift()
        self._show_what_is_there()

    def _on_not_checked(self, failure: WorkFailure) -> None:
        self._on_checking_cancelled()
        self._context.show_failure(failure)

    def _on_checking_cancelled(self) -> None:
        if self.filter.needs_predictions:
            self.set_filter(Filter())
