"""The card that says what a photo is: the same wherever a photo is shown with an answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import Correction, Verdict
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.answered_photo import AnsweredPhoto
from spa_desktop.ui.corrections.chip_flow import ChipFlow
from spa_desktop.ui.corrections.class_field import ClassField
from spa_desktop.ui.corrections.correction_words import said_of
from spa_desktop.ui.corrections.frame_keeping import keep_frame
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.number_words import percent

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench

_MOST_CHIPS = 9
_LONGEST_NAME = 32


class CorrectionCard(QFrame):
    """Takes a photo with its answer, and notes in the project what the person says it is.

    It is about one photo that is chosen and seen. Whatever is pressed while that photo is not seen corrects nothing.
    """

    next_wanted = Signal()  # Enter, and nothing was typed

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._context = context
        self._view: QAbstractItemView | None = None
        self._shown: AnsweredPhoto | None = None
        self._is_waiting = False  # for what the next photo was taken for
        self._learner_id: int | None = None  # of the model that answered
        self._said: tuple[AnsweredPhoto, str, str] | None = None  # of which photo, the sentence and its role
        self._asked: deque[AnsweredPhoto] = deque()  # corrections are noted one after the other, maybe much later
        self.taken = ElidedLabel()
        self.state = set_type(QLabel(), Size.CAPTION, role="muted")
        self.state.setWordWrap(True)
        self.field = ClassField()
        self.aside = QPushButton(self.tr("Set aside"))
        self.aside.setToolTip(tip(self.tr("Keep the photo in the project without using it (Delete)")))
        self.none = QPushButton(self.tr("None of these"))
        self.none.setToolTip(tip(self.tr("It is of no class of this project: it is set aside (0)")))
        self.chips: list[_Chip] = []
        self._lay_out()
        self.field.class_chosen.connect(self._on_class)
        self.field.name_given.connect(self._on_name)
        self.field.left_empty.connect(self.next_wanted)
        self.field.textEdited.connect(self._on_typed)
        self.aside.clicked.connect(self._on_aside)
        self.none.clicked.connect(self._on_none)
        context.project_changed.connect(self._on_changed)
        context.project_closed.connect(self._on_changed)
        self.hide()

    @property
    def shown(self) -> AnsweredPhoto | None:
        """The photo that it is about; None while it is about none, or waits."""
        return None if self._is_waiting else self._shown

    def show_photo(self, shown: AnsweredPhoto | None) -> None:
        """Be about another photo; None hides the card, and so does a photo whose class is gone."""
        contents = self._context.contents
        if contents is None or (shown is not None and shown.label is not None and not contents.class_(shown.label)):
            shown = None
        if shown is None or self._shown is None or shown.photo != self._shown.photo:
            self.field.forget()
        self._shown, self._is_waiting = shown, False
        self._learner_id = contents.learner.id if contents is not None and contents.learner is not None else None
        self.setVisible(shown is not None)
        self._draw()

    def wait(self) -> None:
        """Keep its place, and correct nothing until :meth:`show_photo` is told of the next photo."""
        self._is_waiting = True

    def take_keys_of(self, page: QWidget, view: QAbstractItemView | None = None) -> None:
        """Have the digits, and Delete, correct the photo wherever on a page the focus is, but in fields of text.

        Args:
            page: whose keys.
            view: where the photo is the current item, and may be scrolled out of sight; None if it cannot.
        """
        self._view = view
        for number in range(1, _MOST_CHIPS + 1):
            self._key(page, str(number), lambda number=number: self._press(number - 1))  # type: ignore[misc]
        self._key(page, "0", lambda: self.none.isEnabled() and self._on_none())
        self._key(page, "Del", lambda: self.aside.isEnabled() and self._on_aside())

    def _key(self, page: QWidget, key: str, action: Callable[[], Any]) -> None:
        shortcut = _CardKey(QKeySequence(key), page, self, action)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _lay_out(self) -> None:
        it_is = set_type(QLabel(self.tr("It is")), Size.BODY, strong=True)
        it_is.setBuddy(self.field)
        self.field.setMinimumWidth(120)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(it_is)
        row.addWidget(self.field, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.aside)
        buttons.addWidget(self.none)
        buttons.addStretch(1)
        self.flow = ChipFlow()
        self.flow.setSpacing(int(Space.XS))
        for place in range(_MOST_CHIPS):
            chip = _Chip(self, place)
            self.chips.append(chip)
            self.flow.addWidget(chip)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addWidget(self.taken)
        column.addLayout(row)
        column.addLayout(self.flow)
        column.addLayout(buttons)
        column.addWidget(self.state)

    def _draw(self) -> None:
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None:
            return
        self.field.set_classes(contents.classes)
        names = {item.id: item.name for item in contents.classes}
        answers = [(key, share) for key, share in shown.answers if key in names]
        text = self._told(answers, names)
        self.taken.setText(text)
        self.taken.setToolTip(tip(text))
        offered = [key for key, _ in answers if key != shown.label][:_MOST_CHIPS]
        for place, chip in enumerate(self.chips):
            chip.setVisible(place < len(offered))
            if place < len(offered):
                chip.show_class(offered[place], names[offered[place]])
        is_writable = contents.is_writable
        for widget in (self.field, *self.chips):
            widget.setEnabled(is_writable)
        self.aside.setVisible(shown.label is not None)
        self.none.setVisible(shown.label is not None)
        for button in (self.aside, self.none):
            button.setEnabled(is_writable and shown.label is not None)
        self._say_state()

    def _told(self, answers: Sequence[tuple[int, float]], names: Mapping[int, str]) -> str:
        """What it was taken for, and what it is called in the project."""
        shown = self._shown
        label = names.get(shown.label or 0) if shown is not None else None
        if not answers:
            return "" if label is None else self.tr("Its label is {label}").format(label=label)
        name, share = names[answers[0][0]], percent(100 * answers[0][1])
        if label is None:
            return self.tr("Taken for {name}, {share} sure").format(name=name, share=share)
        if shown is not None and shown.is_test:
            text = self.tr("Taken for {name}, {share} sure · its label is {label}")
        else:
            text = self.tr("Looks like {name}, {share} sure · it was learned as {label}")
        return text.format(name=name, share=share, label=label)

    def _say_state(self) -> None:
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None:
            return
        waiting = next((one for one in contents.corrections if _is_of(one, shown.photo)), None)
        if not contents.is_writable:
            text, role = self.tr("The project is open for reading only."), "muted"
        elif waiting is not None:
            text, role = (
                self.tr("You said: {what}. It waits to be learned.").format(what=said_of(waiting, contents)),
                "good",
            )
        elif self._said is not None and self._said[0] == shown:
            text, role = self._said[1:]
        elif isinstance(shown.photo, QImage):  # there is no next one
            text, role = self.tr("Keys 1 to 9 choose."), "muted"
        else:
            text, role = self.tr("Keys 1 to 9 choose, Enter goes on to the next photo."), "muted"
        self._write(text, role)

    def _write(self, text: str, role: str) -> None:
        self.state.setText(text)
        self.state.setProperty("role", role)
        self.state.style().polish(self.state)

    def _press(self, place: int) -> None:
        chip = self.chips[place]
        if self.isVisible() and not chip.isHidden() and chip.isEnabled():
            chip.click()

    @Slot(int)
    def _on_class(self, class_id: int) -> None:
        self._correct("class", class_id=class_id)

    @Slot(str)
    def _on_name(self, name: str) -> None:
        self._correct("class", class_name=name)

    @Slot()
    def _on_aside(self) -> None:
        self._correct("aside")

    @Slot()
    def _on_none(self) -> None:
        self._correct("none")

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        text, matches = " ".join(text.split()), self.field.matches
        if not text:
            self._say_state()
            return
        if not matches:
            said = self.tr("Enter makes the new class {name}.").format(name=text)
        elif len(matches) > 1:
            said = self.tr("{n} classes match: choose one. Ctrl+Enter makes the new class {name}.")
            said = said.format(n=len(matches), name=text)
        elif matches[0].casefold() == text.casefold():
            said = self.tr("Enter takes {name}.").format(name=matches[0])
        else:
            said = self.tr("Enter takes {name}. Ctrl+Enter makes the new class {new}.")
            said = said.format(name=matches[0], new=text)
        self._write(said, "muted")

    def _correct(self, verdict: Verdict, *, class_id: int | None = None, class_name: str | None = None) -> None:
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None or self.visibleRegion().isEmpty():
            return
        if self._is_waiting or not self._is_photo_in_sight():
            self._write(self.tr("Nothing was corrected: the photo was not in sight."), "muted")
            return
        taken_for = shown.answers[0][0] if shown.answers else None
        photo, project, when = shown.photo, contents.path, datetime.now()

        def work(bench: Workbench, job: Job) -> Correction | None:
            file = keep_frame(project, photo, when) if isinstance(photo, QImage) else photo
            return bench.correct(file, verdict, class_id=class_id, class_name=class_name, taken_for=taken_for)

        self._asked.append(shown)
        self._context.run(
            self.tr("Correcting a photo"), work, done=self._on_corrected, failed=self._on_failed, is_quiet=True
        )

    def _is_photo_in_sight(self) -> bool:
        """False if it was scrolled out of sight. It is scrolled back then, to be looked at first."""
        view = self._view
        if view is None or view.viewport().visibleRegion().intersects(view.visualRect(view.currentIndex())):
            return True
        view.scrollTo(view.currentIndex())
        return False

    @Slot(object)
    def _on_corrected(self, correction: Correction | None) -> None:
        shown = self._asked.popleft()
        if correction is None and shown.is_test:
            text = self.tr("That is its label already. A test photo is only checked, never learned.")
            self._said = shown, text, "muted"
        elif correction is None:
            self._said = shown, self.tr("That is its label already."), "muted"
        elif isinstance(shown.photo, QImage):  # of others the contents say it
            said = self.tr("You said: {what}. It waits to be learned.").format(
                what=said_of(correction, self._context.contents)
            )
            self._said = shown, said, "good"
        self._say_state()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        shown = self._asked.popleft()
        if failure.is_expected:
            self._said = shown, failure.message, "bad"
            self._say_state()
        else:
            self._context.show_failure(failure)

    @Slot()
    def _on_changed(self) -> None:
        # What was said of a frame is known by this card alone, and is taken back in the tray.
        if self._said is not None and isinstance(self._said[0].photo, QImage) and not self._waits():
            self._said = None
        contents = self._context.contents
        learner = contents.learner if contents is not None else None
        if self._is_waiting:
            self._draw()
        elif (learner and learner.id) != self._learner_id:
            self.show_photo(None)  # another model takes the photo for something else
        else:
            self.show_photo(self._shown)

    def _waits(self) -> bool:
        return self._context.contents is not None and bool(self._context.contents.corrections)


class _Chip(QPushButton):
    """A likely class, with the digit that chooses it."""

    def __init__(self, card: CorrectionCard, place: int) -> None:
        super().__init__()
        self._card, self._place = card, place
        self._class_id = 0
        self.setProperty("kind", "small")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._on_clicked)

    def show_class(self, class_id: int, name: str) -> None:
        self._class_id = class_id
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        self.setText(caption(f"{self._place + 1}  {short}"))
        self.setToolTip(tip(name))
        self.setAccessibleName(self.tr("It is {name}").format(name=name))

    @Slot()
    def _on_clicked(self) -> None:
        self._card.field.class_chosen.emit(self._class_id)


class _CardKey(QShortcut):
    """A key of a page that acts on its card while the card is seen."""

    def __init__(self, key: QKeySequence, page: QWidget, card: CorrectionCard, action: Callable[[], Any]) -> None:
        super().__init__(key, page)
        self._card, self._action = card, action
        self.activated.connect(self._on_activated)

    @Slot()
    def _on_activated(self) -> None:
        if self._card.isVisible():
            self._action()


def _is_of(correction: Correction, photo: int | Path | QImage) -> bool:
    if isinstance(photo, int):
        return correction.photo_id == photo
    return isinstance(photo, Path) and correction.path == str(photo.absolute())
