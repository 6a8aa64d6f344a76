"""What is worth a look among the photos: a card beneath the classes, each line of which shows its photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import PhotoCounts
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.words import doubted_line, mislabelled_line, note_of, twins_line

if TYPE_CHECKING:
    from spa_desktop.workbench.worth_a_look import WorthALook

_Key = tuple[int, tuple[tuple[int, PhotoCounts], ...]]


@dataclass(frozen=True)
class Picked:
    """Photos to look at, and the sentence above them."""

    photo_ids: tuple[int, ...]
    sentence: str


class WorthALookCard(QFrame):
    """Looks in the background when it is asked to: that loads the backbone. It is hidden while nothing is learned."""

    picked = Signal(object)  # Picked

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._key: _Key | None = None  # of what was learned, and of the photos
        self._handle: WorkHandle | None = None
        self.found: WorthALook | None = None
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(set_type(QLabel(self.tr("Worth a look")), Size.BODY, strong=True))
        self.start = self._link(column)
        self.start.setText(self.tr("Look through the photos"))
        self.start.setToolTip(
            tip(self.tr("Finds photos that look like another class, unsure ones and near-duplicates"))
        )
        self.note = set_type(QLabel(), Size.BODY, role="muted")
        self.note.setWordWrap(True)
        column.addWidget(self.note)
        self.mislabelled, self.doubted, self.twins = (self._link(column) for _ in range(3))
        self.start.clicked.connect(self.look)
        self.mislabelled.clicked.connect(self._on_mislabelled)
        self.doubted.clicked.connect(self._on_doubted)
        self.twins.clicked.connect(self._on_twins)
        self.forget()

    def refresh(self) -> None:
        """What was found holds for the model and the photos that it was found with."""
        contents = self._context.contents
        key: _Key | None = None
        if contents is not None and contents.learner is not None:
            key = contents.learner.id, tuple(contents.counts.items())
        if key != self._key:
            self.forget()
            self._key = key
        self.setVisible(key is not None)

    @Slot()
    def look(self) -> None:
        """Look through the photos; what was found is shown here."""
        key, below = self._key, self._context.settings.value.unsure_below
        if key is None or self._handle is not None or self._context.contents is None:
            return
        self.start.hide()
        self.note.setText(self.tr("Looking through the photos..."))
        self.note.show()
        self._handle = self._context.read(
            lambda bench, job: (key, bench.worth_a_look(below, job)),
            title=self.tr("Looking through the photos"),
            done=self._on_found,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            lane="folders",
            is_quiet=False,
        )

    def forget(self) -> None:
        """Drop what was found, and what is being looked for."""
        if self._handle is not None:
            self._handle.abandon()
        self._handle = self._key = self.found = None
        for widget in (self.note, self.mislabelled, self.doubted, self.twins):
            widget.hide()
        self.start.show()
        self.hide()

    @Slot(object)
    def _on_found(self, looked: tuple[_Key, WorthALook | None]) -> None:
        key, found = looked
        if key != self._key or found is None:
            return
        self._handle, self.found = None, found
        lines = mislabelled_line(found), doubted_line(found), twins_line(found)
        for line, button in zip(lines, (self.mislabelled, self.doubted, self.twins), strict=True):
            line.show_on(button)
        note = note_of(found, is_empty=not any(line.number for line in lines))
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        self.note.hide()
        self.start.show()
        self._context.show_failure(failure)

    @Slot()
    def _on_cancelled(self) -> None:
        self._handle = None
        self.note.hide()
        self.start.show()

    @Slot()
    def _on_mislabelled(self) -> None:
        if self.found is not None:
            self._pick(self.mislabelled, tuple(one.photo_id for one in self.found.mislabelled))

    @Slot()
    def _on_doubted(self) -> None:
        if self.found is not None:
            self._pick(self.doubted, tuple(one.photo_id for one in self.found.doubted))

    @Slot()
    def _on_twins(self) -> None:
        if self.found is not None:
            # Each test photo stands before the one to learn from that is all but the same.
            self._pick(self.twins, tuple(key for learned, test in self.found.twins for key in (test, learned)))

    def _pick(self, button: QPushButton, photo_ids: tuple[int, ...]) -> None:
        self.picked.emit(Picked(tuple(dict.fromkeys(photo_ids)), button.text()))

    def _link(self, column: QVBoxLayout) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "link")
        button.setStyleSheet("text-align: left;")
        column.addWidget(button)
        return button
