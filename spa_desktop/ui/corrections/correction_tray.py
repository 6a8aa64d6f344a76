"""The tray at the window's bottom: what was corrected and waits to be learned, and what learning it did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from spa_desktop.project.records import Correction
from spa_desktop.ui.app_state.contents import Contents, shown_name
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import OneWork
from spa_desktop.ui.lightbox.photo_lightbox import read_files
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import Picture
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, announce, button, slot, tool_button
from spa_desktop.ui.widgets.words import count, listed
from spa_desktop.visible import visible
from spa_desktop.workbench import correction_learning
from spa_desktop.workbench.correction_learning import CHANGES, CorrectionOutcome
from spa_desktop.workbench.corrections import drop
from spa_desktop.workbench.evaluating import Comparison, PhotoChange


def said_of(correction: Correction, contents: Contents | None) -> str:
    """What was said of a photo: a name, or two words."""
    if correction.verdict == "aside":
        return QCoreApplication.translate("corrections", "set aside")
    if correction.verdict == "none":
        return QCoreApplication.translate("corrections", "none of these")
    item = contents.class_(correction.class_id or 0) if contents is not None else None
    return item.name if item is not None else shown_name(correction.class_name or "")


def gathered(contents: Contents) -> str:
    """How many corrections wait, of how many classes."""
    number = len(contents.corrections)
    classes = {
        correction.class_id or correction.class_name
        for correction in contents.corrections
        if correction.verdict == "class"
    }
    one = QCoreApplication.translate("corrections", "1 correction")
    many = QCoreApplication.translate("corrections", "{n} corrections")
    text = one if number == 1 else many.format(n=count(number))
    return f"{text} · {words.classes(len(classes))}" if classes else text


def outcome_words(outcome: CorrectionOutcome) -> str:
    """What learning did: how many are correct now, and what else changed."""
    parts = []
    if number := len(outcome.corrected.photos):
        one = QCoreApplication.translate("corrections", "{right} of 1 is correct (before: {before})")
        many = QCoreApplication.translate("corrections", "{right} of {n} are correct (before: {before})")
        before, right = outcome.corrected.right
        parts.append((one if number == 1 else many).format(right=right, n=number, before=before))
    elif outcome.photos == 1:
        parts.append(QCoreApplication.translate("corrections", "1 photo was corrected"))
    else:
        parts.append(QCoreApplication.translate("corrections", "{n} photos were corrected").format(n=outcome.photos))
    if outcome.made:
        names = listed(map(shown_name, outcome.made))
        parts.append(QCoreApplication.translate("corrections", "learned {names}").format(names=names))
    if outcome.waiting:
        names = listed(map(shown_name, outcome.waiting))
        parts.append(QCoreApplication.translate("corrections", "not learned yet: {names}").format(names=names))
    parts.append(_changes(outcome.others))
    return " · ".join(part for part in parts if part)


def _changes(others: Comparison) -> str:
    """How many other photos are answered otherwise now."""
    if not others.photos:
        return QCoreApplication.translate("corrections", "there was no other photo to check on")
    texts: dict[PhotoChange, str] = {
        "lost": QCoreApplication.translate("corrections", "{n} became wrong"),
        "rejected": QCoreApplication.translate("corrections", "{n} became none of these"),
        "won": QCoreApplication.translate("corrections", "{n} became right"),
        "changed": QCoreApplication.translate("corrections", "{n} wrong in another way"),
    }
    said = [text.format(n=count(len(photos))) for change, text in texts.items() if (photos := others.changed(change))]
    if not said:
        return QCoreApplication.translate("corrections", "none of {all} test and learned photos changed").format(
            all=count(len(others.photos))
        )
    text = QCoreApplication.translate("corrections", "of {all} test and learned photos {changes}")
    return text.format(all=count(len(others.photos)), changes=listed(said))


def outcome_tip(outcome: CorrectionOutcome) -> list[str]:
    """What else changed by class, and how it was counted."""
    text = QCoreApplication.translate(
        "corrections",
        "Corrected photos with the class they have now: {n}, of them test photos: {tests}. The others were learned, "
        "so that they are right is to be expected. What else changed is counted on photos that nobody corrected: "
        "{others} test photos, and {learned} photos that were learned.",
    )
    corrected, others = outcome.corrected, outcome.others
    n, learned = len(corrected.photos), len(others.photos) - others.tests
    said = text.format(n=n, tests=corrected.tests, others=others.tests, learned=learned)
    lines = [
        QCoreApplication.translate("corrections", CHANGES[change]).format(
            name=shown_name(class_.name), n=count(number), all=count(class_.photos)
        )
        for change, class_, number in others.changes()
    ]
    return [*lines, said]


_SIDE = 28
_MOST = 24  # that are shown, the last ones first
_VERB = "learn corrections"  # as the project's list of changes has it


class CorrectionTray(QFrame):
    """Shown while corrections wait, and while there is something to say of those that were learned."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("correctionTray")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._learning = OneWork(self)
        self._learning.changed.connect(self._show_button)
        self.source = ThumbnailSource(context, _SIDE, read=read_files, parent=self)
        self._key: tuple[tuple[int, str], ...] = ()
        self.outcome: CorrectionOutcome | None = None  # of the last model; it may be undone, or put away
        self.items: list[_Item] = []
        self._outcome_row, self._waiting_row = self._make_outcome_row(), self._make_waiting_row()
        margins = (Space.XL, Space.S) * 2
        column(self._outcome_row, self._waiting_row, spacing=Space.S, margins=margins, of=self)
        context.project_opened.connect(self._on_project)
        context.project_closed.connect(self._on_project)
        context.project_changed.connect(self._show_contents)
        self._show_contents()

    def _make_outcome_row(self) -> QWidget:
        outcome = QWidget()
        self._mark = QLabel()
        self.message = set_type(ElidedLabel(), Size.BODY)
        said = self.tr("Undo learning the corrections")
        self.undo = button(self.tr("Undo"), self._on_undo, kind="link", name=said, is_steady=True)
        close = tool_button("close", self.tr("Close this message"), self.put_away, role="muted")
        row(self._mark, (self.message, 1), self.undo, close, spacing=Space.S, of=outcome)
        return outcome

    def _make_waiting_row(self) -> QWidget:
        waiting, strip, scroll = QWidget(), QWidget(), QScrollArea()
        self.count = set_type(QLabel(), Size.BODY, strong=True)
        self._more = set_type(QLabel(), Size.CAPTION, role="muted")
        self._places = row(self._more, None, spacing=Space.S, of=strip)
        scroll.setWidget(strip)
        scroll.setWidgetResizable(True)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFixedHeight(_SIDE + 2 * Space.XS)
        for ground in (scroll.viewport(), strip):
            ground.setAutoFillBackground(False)
        self.learn = button(self.tr("Learn corrections"), self._on_learn, picture="train")  # the page has the blue one
        self.learn.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where the user works
        row(self.count, (scroll, 1), self.learn, spacing=Space.M, of=waiting)
        return waiting

    @Slot()
    def _on_project(self) -> None:
        self.outcome = None
        self._learning.forget()
        self._show_contents()

    @Slot()
    def _show_contents(self) -> None:
        contents = self._context.contents
        corrections = contents.corrections if contents is not None else ()
        if self.outcome is not None and not self._is_latest(self.outcome):
            self.outcome = None
        self._outcome_row.setVisible(self.outcome is not None)
        self._waiting_row.setVisible(bool(corrections))
        self.setVisible(bool(corrections) or self.outcome is not None or self._learning.is_busy)
        if self.outcome is not None and contents is not None:
            self.undo.setVisible(bool(contents.undo) and contents.undo[0].verb == _VERB)
        if contents is not None:
            self.count.setText(gathered(contents))
        self._fill(corrections)
        self._show_button()

    def _is_latest(self, outcome: CorrectionOutcome) -> bool:
        """Nothing else was learned since, and it was not undone."""
        redo = self._context.contents.redo if self._context.contents is not None else ()
        was_undone = bool(redo) and redo[0].verb == _VERB
        return self._context.learner_id == outcome.learner_id and not was_undone

    def _fill(self, corrections: Sequence[Correction]) -> None:
        contents = self._context.contents
        key = tuple((correction.id, said_of(correction, contents)) for correction in corrections)
        if key == self._key:  # every verb leads here, and most change nothing of it
            return
        self._key = key
        shown = tuple(reversed(corrections))[:_MOST]
        for item in self.items:
            self._places.removeWidget(item)
            item.hide()
            item.deleteLater()
        self.items = []
        for place, correction in enumerate(shown):
            item = _Item(correction, said_of(correction, contents), self.source)
            item.dropped.clicked.connect(slot(item, self._drop, correction.id))
            self._places.insertWidget(place, item)
            self.items.append(item)
        left = len(corrections) - len(shown)
        self._more.setText(self.tr("and {n} more").format(n=left))
        self._more.setVisible(left > 0)

    def _drop(self, key: int) -> None:
        self._context.run("", lambda bench, job: drop(bench, [key]))

    @Slot()
    def _on_learn(self) -> None:
        if not self._learning.is_busy:
            self._learning.begin(
                self._context.run(
                    self.tr("Learning corrections"),
                    correction_learning.learn_corrections,
                    can_stop_early=True,
                ).success(self._on_learned)
            )
            self._show_button()

    def _on_learned(self, outcome: CorrectionOutcome) -> None:
        self.outcome = outcome
        text = outcome_words(outcome)
        name, role = ("warning", "warn") if outcome.is_worse else ("check", "good")
        self._mark.setPixmap(icon(name, role).pixmap(16, 16))
        self.message.setText(text)
        self.message.setAccessibleName(text)
        announce(self, text)
        self.message.setToolTip(tip(text, *outcome_tip(outcome)))
        self._show_contents()

    @Slot()
    def _on_undo(self) -> None:
        """Take back the learning and nothing else, also at a double click or behind other work."""
        if self._context.contents is not None and self._context.contents.undo:
            self._context.undo.undo_change(self._context.contents.undo[0].id)

    @Slot()
    def _show_button(self) -> None:
        is_busy = self._learning.is_busy
        self.learn.setText(self.tr("Learning...") if is_busy else self.tr("Learn corrections"))
        self.learn.setEnabled(self._context.is_writable and not is_busy)
        for item in self.items:
            item.dropped.setEnabled(self._context.is_writable and not is_busy)

    @Slot()
    def put_away(self) -> None:
        """Say no more of what learning did: it is no news on another page."""
        self.outcome = None
        self._show_contents()


class _Item(QFrame):
    """One correction: a small picture, what was said, and an x."""

    def __init__(self, correction: Correction, said: str, source: ThumbnailSource) -> None:
        super().__init__()
        key = (correction.path, correction.sha256) if correction.photo_id is None else correction.photo_id
        text = set_type(QLabel(said if len(said) <= 20 else f"{said[:19]}…"), Size.CAPTION)
        text.setToolTip(tip(said))
        self.dropped = tool_button("close", self.tr("Take back: {what}").format(what=said), role="muted")
        self.dropped.setIconSize(QSize(12, 12))
        self.dropped.setToolTip(tip(self.tr("Take this correction back")))
        row(Picture(source, key), text, self.dropped, spacing=Space.XS, of=self)
        if correction.path is not None:
            self.setToolTip(tip(visible(Path(correction.path).name)))
