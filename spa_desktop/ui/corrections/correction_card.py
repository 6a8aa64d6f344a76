"""The card that says what a photo is: the same wherever a photo is shown with an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QLabel, QPushButton, QWidget

from spa_desktop.classify.answer_files import is_same, stamp_of
from spa_desktop.errors import InputError
from spa_desktop.plain_files import UNWRITABLE, reason_of, write_output
from spa_desktop.project.documents import Frame
from spa_desktop.project.records import Correction, Verdict
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_tray import said_of
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets.forms import ChipFlow, ClassPicker, column, row
from spa_desktop.ui.widgets.labels import button, keeps_focus, say, slot, wrapped
from spa_desktop.ui.widgets.probability_bars import none_of_these
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench import corrections
from spa_desktop.workbench.corrections import confirmed_labels

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.recognizer import Recognition
    from spa_desktop.workbench.open_project import OpenProject

_QUALITY = 95


def keep_frame(project: Path, frame: QImage, when: datetime) -> Path:
    """Write a frame that was shown at a time into the folder of corrected frames beside the project, once.

    Gives its path; :func:`write_frame` says what goes wrong.
    """
    file = project.with_name(f"{project.stem} frames") / "corrected" / f"frame-{when:%Y%m%d-%H%M%S-%f}.jpg"
    if not file.exists():
        write_frame(file, frame)
    return file


def write_frame(file: Path, frame: QImage) -> None:
    """Write a frame as a new JPEG file in a folder of the frames folder, which lies beside the project.

    InputError if the project's folder is gone, a link is in the place of a folder, or the file is there.
    """
    folder, home = file.parent, file.parents[2]
    if not home.is_dir():
        # To make it would be to write into the place where a disk belongs.
        text = QT_TRANSLATE_NOOP("errors", "The project's folder {path} is not there: bring it or its disk back first")
        raise InputError(text, path=home)
    # A project may come with links beside it, which lead anywhere.
    if link := next((path for path in (folder.parent, folder) if path.is_symlink()), None):
        text = QT_TRANSLATE_NOOP("errors", "{link} is a link that leads elsewhere: remove it first")
        raise InputError(text, link=link)
    content = file_content(frame, "JPG", _QUALITY)
    if not content:
        raise InputError(QT_TRANSLATE_NOOP("errors", "{file} cannot be made from the frame"), file=file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(UNWRITABLE, path=file, reason=reason_of(error)) from error
    write_output(file, content, replaces=None)


@dataclass(frozen=True)
class AnsweredPhoto:
    """A photo with what the model predicted: what the card is about."""

    photo: int | Path | QImage  # its number in the project, a file, or a picture in memory such as a frame
    answers: tuple[tuple[int, float], ...]  # class and probability, best first
    label: int | None = None  # the class that it has in the project; None for a photo that is not in it
    is_test: bool = False  # it is a test photo of the project
    # Size and time of the last change of a file, as the model saw it; None where it is not compared.
    stamp: tuple[int, int] | None = None
    is_known: bool = True  # False for a photo that is none of the classes
    is_doubted: bool = False  # its label may be wrong: the first answer fits better
    frame: Frame | None = None  # where the user said that the thing is, of a photo that is not in the project

    @classmethod
    def of(cls, photo: int | Path | QImage, recognition: Recognition, **more: Any) -> AnsweredPhoto:
        """With what it was predicted as, and `more` of the attributes."""
        return cls(
            photo,
            tuple((answer.class_id, answer.probability) for answer in recognition.top),
            is_known=recognition.is_known,
            **more,
        )


@dataclass(frozen=True)
class _Said:
    """What the card alone knows to be said of a photo."""

    of: AnsweredPhoto
    text: str
    role: str = "good"
    correction: Correction | None = None  # that it tells of; a number may be given to another one later
    is_in_its_place: bool = False  # the correction was dropped for it, and undo brings it back


_MOST_CHIPS = 9
_LONGEST_NAME = 32


class CorrectionCard(QFrame):
    """Takes a photo with its answer, and notes in the project what the user says it is.

    It is about one photo that is chosen and seen. Whatever is pressed while that photo is not seen corrects nothing.
    """

    next_wanted = Signal()  # Enter, and nothing was typed
    # AnsweredPhoto, which is not in the project; "aside" or "none"; whether a correction of it was dropped for that
    left_out = Signal(object, str, bool)
    # [(path of a file; Correction that waits, or None where the project has it so; class id, None for a new one)]
    noted = Signal(object)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._context = context
        self.has_next = True  # Enter goes on to another photo
        self.view: QAbstractItemView | None = None  # has the photo as its current item, and may be scrolled
        self._home: QWidget | None = None  # shows the photo where there is no view
        self._shown: AnsweredPhoto | None = None
        self._frame = QImage(), datetime.now()  # the one that was shown last, and since when
        self._is_waiting = False  # for the answer to the next photo
        self._learner_id: int | None = None  # of the model that answered
        self._said: _Said | None = None
        self._is_opened = False  # the user has something to say, though the answer agrees with the label
        self.prediction = wrapped("", Size.BODY, role="text")
        self.prediction.setMinimumWidth(1)  # a long name makes no card wider
        self.state = wrapped()
        self.field = ClassPicker(self.tr("What the photo is"))
        self.right = button(self.tr("Its label is right"), self._on_right)
        self.agreed = button(self.tr("Right"), slot(self, self.next_wanted.emit), about=self.tr("On to the next photo"))
        self.wrong = button(self.tr("Wrong..."), self._on_wrong, about=self.tr("Say what it is (1 to 9, 0, Delete)"))
        about = self.tr("Leave the photo out; nothing is learned of it (Delete)")
        self.aside = button(self.tr("Set aside"), slot(self, self._correct, "aside"), about=about)
        about = self.tr("It is of no class of this project; nothing is learned of it (0)")
        self.none = button(self.tr("None of these"), slot(self, self._correct, "none"), about=about)
        self.chips = [button("", slot(self, self._on_chip, n), kind="small") for n in range(_MOST_CHIPS)]
        self._offered: list[int] = []  # the classes of the chips
        self._lay_out()
        self.field.given.connect(self.field.forget)
        self.field.given.connect(partial(self._correct, "class"))
        self.field.left_empty.connect(self.next_wanted)
        self.field.textEdited.connect(self._on_typed)
        self.field.installEventFilter(self)
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
            self._is_opened = False
        if shown is not None and isinstance(shown.photo, QImage) and shown.photo != self._frame[0]:
            self._frame = shown.photo, datetime.now()
        self._shown, self._is_waiting = shown, False
        self._learner_id = self._context.learner_id
        self.setVisible(shown is not None)
        self._draw()

    def wait(self) -> None:
        """Keep its place, and correct nothing until :meth:`show_photo` gets the next photo."""
        self._is_waiting = True

    def take_keys_of(
        self,
        page: QWidget,
        view: QAbstractItemView | None = None,
        *,
        home: QWidget | None = None,
        none: QPushButton | None = None,
        aside: QPushButton | None = None,
    ) -> None:
        """Have the digits, and Delete, correct the photo wherever on a page the focus is, but in fields of text.

        In a `view` the photo is the current item, and may be scrolled out of sight; it, `home` or the page gets the
        focus of buttons that go. `none` and `aside` are pressed by 0 and Delete where they are seen in place of this
        card.
        """
        self.view, self._home = view, home or page
        page.installEventFilter(self)
        instead = {self.none: none, self.aside: aside}
        for key, widget in (("0", self.none), ("Del", self.aside), *zip("123456789", self.chips, strict=True)):
            shortcut = QShortcut(QKeySequence(key), page, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot(self, self._on_key, widget, instead.get(widget)))

    def _on_key(self, widget: QPushButton, instead: QPushButton | None) -> None:
        # A key that is pressed in an open list, as that of the filters, is meant for the list.
        if QApplication.activePopupWidget() is not None:
            return
        if not self.isVisible():
            if instead is not None and instead.isVisible():
                instead.click()
        elif self.whole.isHidden() and widget in self.chips:
            self._open()  # what the digit would say is seen first
        elif not widget.isHidden():
            widget.click()

    @Slot()
    def _on_wrong(self) -> None:
        self._open()
        self.field.setFocus()  # what is typed now is a name, also where it begins with a digit

    def _open(self) -> None:
        self._is_opened = True
        self._draw()

    def eventFilter(self, page: QObject, event: QEvent) -> bool:
        """Escape that nothing else on the page took; and who types a name is not told of keys."""
        if page is self.field:
            if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
                self._number_chips()
                self._on_typed()
            return False
        if not (self._is_opened and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress):
            return False
        is_taken = event.key() == Qt.Key.Key_Escape and self.isVisible() and QApplication.activePopupWidget() is None
        if is_taken:  # it takes "Wrong..." back
            self._is_opened = False
            self._draw()
            self.wrong.setFocus()
        return is_taken

    def _lay_out(self) -> None:
        it_is = set_type(QLabel(self.tr("It is")), Size.BODY, strong=True)
        it_is.setBuddy(self.field)
        self.field.setMinimumWidth(120)
        flow, others = ChipFlow(), ChipFlow()
        flow.setSpacing(int(Space.XS))
        for widget in (self.right, self.aside, self.none):
            others.addWidget(widget)
        for chip in self.chips:
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            flow.addWidget(chip)
        self.whole, self.short = QWidget(), QWidget()
        column(row(it_is, (self.field, 1), spacing=Space.S), flow, others, spacing=Space.S, of=self.whole)
        row(self.agreed, self.wrong, None, spacing=Space.S, of=self.short)
        column(self.prediction, self.short, self.whole, self.state, spacing=Space.S, margins=(Space.M,) * 4, of=self)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        return keeps_focus(self, self.view or self._home) or super().focusNextPrevChild(is_next)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where chips take more lines it needs more height: a page that has not so much scrolls."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.totalMinimumHeightForWidth(self.width()))

    def _draw(self) -> None:
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None:
            return
        self.field.offer(contents.class_ids)
        names = {item.id: item.name for item in contents.classes}
        answers = [(key, share) for key, share in shown.answers if key in names]
        self.prediction.setText(self._summary(shown, answers, names))
        self._offered = [key for key, _ in answers if key != shown.label][:_MOST_CHIPS]
        for chip in self.chips[len(self._offered) :]:
            chip.hide()
        for chip, key in zip(self.chips, self._offered, strict=False):
            chip.setToolTip(tip(names[key]))
            chip.setAccessibleName(self.tr("It is {name}").format(name=names[key]))
            chip.show()
        self._number_chips()
        is_whole = self._is_opened or not self._agrees(shown, contents)
        self.whole.setVisible(is_whole)
        self.short.setVisible(not is_whole)
        is_other = shown.label is not None and [key for key, _ in answers[:1]] != [shown.label]
        self.right.setVisible(is_other and not self._is_confirmed(shown, contents))
        for widget in (self.field, *self.chips, self.right, self.aside, self.none):
            widget.setEnabled(contents.is_writable)
        self._say_state()

    def _number_chips(self) -> None:
        """Each chip says its class, and the digit that chooses it: none while digits are typed as text."""
        contents = self._context.contents
        if contents is None:  # it closes, and takes the focus from the field
            return
        names = {item.id: item.name for item in contents.classes}
        for place, (chip, key) in enumerate(zip(self.chips, self._offered, strict=False), start=1):
            name = names[key]
            short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
            chip.setText(caption(short if self.field.hasFocus() else f"{place}  {short}"))

    def _agrees(self, shown: AnsweredPhoto, contents: Contents) -> bool:
        """The answer is the label, and nobody said something else."""
        is_right = shown.is_known and [key for key, _ in shown.answers[:1]] == [shown.label]
        is_said = self._said is not None and self._said.of == shown
        return (
            is_right and not is_said and not any(_is_of(correction, shown.photo) for correction in contents.corrections)
        )

    def _summary(self, shown: AnsweredPhoto, answers: Sequence[tuple[int, float]], names: Mapping[int, str]) -> str:
        label = names.get(shown.label or 0)
        if not answers:
            return "" if label is None else self.tr("Its label is {label}").format(label=label)
        name, share = names[answers[0][0]], percent(100 * answers[0][1])
        predicted = self.tr("Predicted as {name}, {share} sure").format(name=name, share=share)
        said = predicted if shown.is_known else none_of_these(name)
        if label is None:
            return said
        text = self.tr("{said} · its label is {label}") if shown.is_test else self.tr("{said} · learned as {label}")
        if shown.is_doubted:
            text = self.tr("This label may be wrong: {name} fits better than {label}.")
        return text.format(said=said, label=label, name=name)

    def _is_confirmed(self, shown: AnsweredPhoto, contents: Contents) -> bool:
        photo, label = shown.photo, shown.label
        return isinstance(photo, int) and label is not None and confirmed_labels(contents.settings).get(photo) == label

    def _say_state(self) -> None:
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None:
            return
        waiting = next((correction for correction in contents.corrections if _is_of(correction, shown.photo)), None)
        if not contents.is_writable:
            text, role = self.tr("The project is open for reading only."), "muted"
        elif waiting is not None:
            text, role = self._waiting_words(waiting), "good"
        elif self._said is not None and self._said.of == shown:
            text, role = self._said.text, self._said.role
        elif self._is_confirmed(shown, contents):
            text, role = self.tr("You said that its label is right."), "good"
        elif self.whole.isHidden():  # two buttons say it
            text, role = "", "muted"
        elif self.field.hasFocus():
            text, role = self.tr("Type a class or a new name, then Enter."), "muted"
        elif not self.has_next or isinstance(shown.photo, QImage) or self.view is not None:  # or Enter shows it large
            text, role = self.tr("The number keys choose."), "muted"
        else:
            text, role = self.tr("The number keys choose, Enter goes on to the next photo."), "muted"
        self._write(text, role)

    def _waiting_words(self, correction: Correction) -> str:
        what = said_of(correction, self._context.contents)
        return self.tr("You said: {what}. It waits to be learned.").format(what=what)

    def _write(self, text: str, role: str) -> None:
        say(self.state, text)
        set_role(self.state, role)
        self._fit()

    def _on_chip(self, place: int) -> None:
        self._correct("class", self._offered[place])

    @Slot()
    def _on_right(self) -> None:
        if self._shown is not None and self._shown.label is not None:
            self._correct("class", self._shown.label)

    @Slot()
    def _on_typed(self) -> None:
        name, proposal, contents = self.field.meant, self.field.proposal, self._context.contents
        if not name or contents is None:
            self._say_state()
            return
        takes, makes = self.tr("Enter takes {name}."), self.tr("Enter makes the new class {name}.")
        said = takes if name in contents.class_ids else makes
        if proposal:
            said += " " + self.tr("Tab takes {proposal}.")
        self._write(said.format(name=name, proposal=proposal), "muted")

    def _correct(self, verdict: Verdict, said: int | str | None = None) -> None:
        """Note what was said: of a class its number, or the name that it is to have."""
        shown, contents = self._shown, self._context.contents
        if shown is None or contents is None or self.visibleRegion().isEmpty():
            return
        if self._is_waiting or not self._is_photo_in_sight():
            self._write(self.tr("Nothing was corrected: the photo was not in sight."), "muted")
            return
        said_before = self._said if self._said is not None and self._said.of == shown else _Said(shown, "")
        known = said_before.correction
        if verdict != "class" and isinstance(shown.photo, QImage) and (known is None or said_before.is_in_its_place):
            self._leave_out(shown, verdict, known)
            return
        class_id, class_name = (None, said) if isinstance(said, str) else (said, None)
        predicted = shown.answers[0][0] if shown.answers else None
        photo, project, when = shown.photo, contents.path, self._frame[1]

        def note(bench: OpenProject) -> Correction | None:
            if shown.stamp is not None:
                require_same(str(photo), shown.stamp)
            if verdict != "class" and isinstance(photo, QImage) and known is not None:
                corrections.drop(bench, [known.id])
                return None
            if verdict != "class" and isinstance(photo, Path) and not _is_in(bench, photo):
                return None
            file = keep_frame(project, photo, when) if isinstance(photo, QImage) else photo
            return corrections.correct(
                bench,
                file,
                verdict,
                class_id=class_id,
                class_name=class_name,
                predicted=predicted,
                frame=shown.frame,
            )

        def work(bench: OpenProject, job: Job) -> tuple[Correction | None, Correction | None]:
            before = bench.project.corrections()
            noted, waiting = note(bench), {correction.id for correction in bench.project.corrections()}
            return noted, next((correction for correction in before if correction.id not in waiting), None)

        # Corrections are noted one after the other, maybe much later.
        done, failed = partial(self._on_corrected, shown, verdict, class_id), partial(self._on_failed, shown)
        self._context.run("", work).success(done).failure(failed)

    def _is_photo_in_sight(self) -> bool:
        """False if it was scrolled out of sight. It is scrolled back then, to be seen first."""
        view = self.view
        if view is None or view.viewport().visibleRegion().intersects(view.visualRect(view.currentIndex())):
            return True
        view.scrollTo(view.currentIndex())
        return False

    def _leave_out(self, shown: AnsweredPhoto, verdict: Verdict, dropped: Correction | None = None) -> None:
        """What becomes of a photo that is not in the project, its page knows; `dropped` is the correction of before."""
        what = self.tr("none of these") if verdict == "none" else self.tr("set aside")
        text = self.tr("You said: {what}. Nothing is learned of it.").format(what=what)
        self._said = _Said(shown, text, correction=dropped, is_in_its_place=dropped is not None)
        self._say_state()
        self.left_out.emit(shown, verdict, dropped is not None)

    def unsay(self) -> None:
        self._said = None
        self._say_state()

    def _on_corrected(
        self,
        shown: AnsweredPhoto,
        verdict: Verdict,
        class_id: int | None,
        noted: tuple[Correction | None, Correction | None],
    ) -> None:
        correction, dropped = noted
        if correction is None and verdict != "class" and shown.label is None:
            self._leave_out(shown, verdict, dropped)
            return
        if correction is None:
            text = self.tr("That is its label already: you are not asked again.")
            if shown.is_test:
                text += " " + self.tr("A test photo is only checked, never learned.")
            self._said = _Said(shown, text)
        elif not _is_of(correction, shown.photo):  # else the contents say it
            self._said = _Said(shown, self._waiting_words(correction), correction=correction)
        self._say_state()
        if isinstance(shown.photo, Path):
            self.noted.emit([(str(shown.photo), correction, class_id)])

    def _on_failed(self, shown: AnsweredPhoto, failure: WorkFailure) -> None:
        self._said = _Said(shown, failure.message, "bad")
        self._say_state()

    @Slot()
    def _on_changed(self) -> None:
        contents, said = self._context.contents, self._said
        if said is not None and said.correction is not None:  # it may be taken back in the tray, or be back
            if contents is not None and said.correction in contents.corrections:
                self._said = replace(said, text=self._waiting_words(said.correction), is_in_its_place=False)
            elif not said.is_in_its_place:
                self._said = None
        if self._is_waiting:
            self._draw()
        elif self._context.learner_id != self._learner_id:
            self.show_photo(None)  # another model may predict something else
        else:
            self.show_photo(self._shown)


def require_same(path: str, stamp: tuple[int, int]) -> None:
    """InputError if another photo has the path by now; a file that is gone passes. For worker threads."""
    now = stamp_of(path)
    if now != (0, 0) and not is_same(now, stamp):
        text = QT_TRANSLATE_NOOP("errors", "{path} has changed since the model saw it: have it recognised again")
        raise InputError(text, path=path)


def _is_in(bench: OpenProject, file: Path) -> bool:
    """Whether a file is a photo of the project; what was said of another before is taken back. For worker threads."""
    from spa_desktop.photos.opening import hash_photo

    if bench.project.find_photos([hash_photo(file)]):
        return True
    corrections.drop(bench, [correction.id for correction in bench.project.corrections() if _is_of(correction, file)])
    return False


def _is_of(correction: Correction, photo: int | Path | QImage) -> bool:
    if isinstance(photo, int):
        return correction.photo_id == photo
    return isinstance(photo, Path) and correction.path == str(photo.absolute())
