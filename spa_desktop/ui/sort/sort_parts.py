"""What stands around the groups: which are shown, a question about two of them, and how far the work is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar, QSizePolicy, QWidget

from spa_desktop.errors import SpaError
from spa_desktop.jobs import JobEvent
from spa_desktop.ui.background.work import OneWork, stage_words
from spa_desktop.ui.lightbox.photo_lightbox import read_file_picture
from spa_desktop.ui.sort.group_view import GroupView
from spa_desktop.ui.sort.pile_work import PileWork
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import GridBar, Picture
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button
from spa_desktop.ui.widgets.words import count, time_left

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

_IN_QUESTION = 3  # photos of each of two groups
_LONGEST_NAME = 240  # pixels


def picture_reader(work: PileWork) -> Callable[[Workbench, Sequence[str], int], Iterator[tuple[str, QImage]]]:
    """Reads pictures in a worker: from the photos' files, as long as they are what they were."""

    def read(bench: Workbench, keys: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
        for key in keys:
            photo = work.photos.get(key)
            if photo is not None:
                try:
                    yield key, read_file_picture(photo.path, side, sha256=photo.sha256)
                except SpaError:
                    yield key, QImage()

    return read


class SortBar(GridBar):
    """Which groups, in which order, with which words, how large."""

    def __init__(self, view: GroupView, parent: QWidget | None = None) -> None:
        super().__init__(view, parent)
        self.size_bar.fit.hide()
        self.search.setMinimumWidth(160)
        self._places.setColumnStretch(3, 1)  # half of the room is left free
        self.set_names(self.tr("Which groups"), self.tr("Order of the groups"), self.tr("Search by words"))
        largest, tightest = (self.tr("Largest first"), "largest"), (self.tr("Most alike first"), "tightest")
        useful = self.tr("Most useful to label"), "useful"
        self.set_orders([largest, tightest, (self.tr("By name"), "name"), useful])
        self.show_counts(0, 0)

    def show_counts(self, bare: int, named: int) -> None:
        """Say how many groups there are of each kind."""
        kinds = (self.tr("All groups"), "all", bare + named), (self.tr("Without a name"), "bare", bare)
        self.set_filters((*kinds, (self.tr("With a name"), "named", named)))


class Question(QFrame):
    """Two groups that are close: are they the same? One at a time; the keys Y and N answer as well."""

    answered = Signal(bool)

    def __init__(self, source: ThumbnailSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.pair: tuple[int, int] | None = None
        self._sides = [[Picture(source, None) for _ in range(_IN_QUESTION)] for _ in range(2)]
        self.names = [set_type(ElidedLabel(), Size.CAPTION, role="muted") for _ in range(2)]
        text = set_type(QLabel(self.tr("Are these the same?")), Size.BODY, strong=True)
        self.yes = button(self.tr("Yes  Y"), self._yes, name=self.tr("Yes, they are the same"))
        self.no = button(self.tr("No  N"), self._no, name=self.tr("No, they are different"))
        first, second = self._sides
        for name in self.names:
            name.setMaximumWidth(_LONGEST_NAME)
        one, two = ((name, 9) for name in self.names)
        both = row(*first, one, Space.XL, *second, two, None, spacing=Space.XS)
        margins = (Space.M, Space.S, Space.M, Space.S)
        row(text, Space.M, (both, 1), self.yes, self.no, spacing=Space.XS, margins=margins, of=self)
        self.hide()

    def ask(self, pair: tuple[int, int] | None, groups: Sequence[tuple[Sequence[str], str]] = ()) -> None:
        """Ask about two groups: photos and name of each. None asks nothing."""
        self.pair = pair
        self.setVisible(pair is not None)
        for (photos, name), pictures, label in zip(groups, self._sides, self.names, strict=False):
            for place, picture in enumerate(pictures):
                picture.show_key(photos[place] if place < len(photos) else None)
                picture.setVisible(place < len(photos))
            label.setText(name or words.photos(len(photos)))

    @Slot()
    def _yes(self) -> None:
        self.answered.emit(True)

    @Slot()
    def _no(self) -> None:
        self.answered.emit(False)


class ServiceAction(QAction):
    """Has the service be asked for a name of the current group; in the menu only where a service is the writer."""

    def __init__(self, menu: QMenu, work: PileWork, view: GroupView) -> None:
        super().__init__(self.tr("Ask the service for a name"), menu)
        self._work, self._view = work, view
        menu.addAction(self)
        menu.aboutToShow.connect(self.refresh)
        self.triggered.connect(self._ask)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what can be asked for now."""
        row = self._view.row
        self.setVisible(self._work.has_service)
        can = row is not None and row.is_group and not row.is_photo and not row.name
        self.setEnabled(can and not self._work.asking.is_busy)

    @Slot()
    def _ask(self) -> None:
        if self._view.row is not None:
            self._work.ask_service(self._view.row.id)


class WorkLine(QWidget):
    """How far encoding or learning is, with one estimate, and Cancel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = set_type(ElidedLabel(), Size.BODY)
        self.cancel = button(self.tr("Cancel"))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Photos encoded"))
        column(row((self.text, 1), self.cancel, spacing=Space.S), self.bar, spacing=Space.S, of=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)  # also where it stands alone
        self.hide()

    def show_work(self, work: OneWork | None, event: JobEvent | None) -> None:
        """Show what goes on; None for nothing."""
        self.setVisible(work is not None)
        if work is None or work.handle is None:
            return
        total = event.total if event is not None else None
        parts = [stage_words(event.stage) if event is not None and event.stage else work.handle.title]
        if event is not None and total:
            done = self.tr("{done} of {all}").format(done=count(min(event.done, total)), all=count(total))
            parts += [done, *filter(None, [time_left(event.seconds_left)])]
        self.text.setText(" · ".join(parts))
        self.bar.setRange(0, total or 0)
        self.bar.setValue(min(event.done, total) if event is not None and total else 0)
        self.cancel.setEnabled(not work.handle.is_cancelling)
