"""What stands around the groups: which are shown, a question about two of them, and how far the work is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QSizePolicy, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.ui.background.work import OneWork, stage_words
from spa_desktop.ui.sort.group_view import GroupView
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import GridBar, Picture
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot
from spa_desktop.ui.widgets.words import count, time_left

if TYPE_CHECKING:
    pass

_IN_QUESTION = 3  # photos of each of two groups
_LONGEST_NAME = 240  # pixels


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
        yes, no = (slot(self, self.answered.emit, is_same) for is_same in (True, False))
        self.yes = button(self.tr("Yes  Y"), yes, name=self.tr("Yes, they are the same"))
        self.no = button(self.tr("No  N"), no, name=self.tr("No, they are different"))
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
