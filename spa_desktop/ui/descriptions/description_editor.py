"""The text of one class: exemplars, phrases, sentence, approval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QInputDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from spa_desktop.descriptions.consent import dollars
from spa_desktop.jobs import Job
from spa_desktop.project.records import Description, PhotoRecord, Phrase, Support
from spa_desktop.ui.app_state.contents import shown_description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.descriptions.exemplar_strip import ExemplarStrip, Places, ground_phrases
from spa_desktop.ui.descriptions.phrase_editor import PhraseModel, PhraseView
from spa_desktop.ui.plain_text import name_keys, tip
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type, theme
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassNode
from spa_desktop.ui.widgets.empty_state import EmptyState
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot, tool_button, wrapped
from spa_desktop.ui.widgets.words import count

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

_SENTENCE_HEIGHT = 64


class SentenceEdit(QPlainTextEdit):
    """One sentence over two lines. Committed by Enter or by leaving; Escape takes it back."""

    committed = Signal(str)

    def __init__(self) -> None:
        super().__init__(tabChangesFocus=True)
        self._stored = ""
        self.setFixedHeight(_SENTENCE_HEIGHT)
        self.setProperty("kind", "sentence")  # the least height of the style sheet goes before that of the widget
        self.setAccessibleName(self.tr("The class in one sentence"))

    def forget(self) -> None:
        """Drop what is typed: it was for another class."""
        self._stored = ""
        self.clear()

    def show_text(self, text: str) -> None:
        """Show what is stored, unless something else is being typed."""
        was_touched = self.hasFocus() and self.toPlainText() != self._stored
        self._stored = text
        if not was_touched and self.toPlainText() != text:
            self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._stored)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._commit()

    def _commit(self) -> None:
        text = " ".join(self.toPlainText().split())
        if not text:
            self.setPlainText(self._stored)
        elif text != self._stored:
            self._stored = text
            self.committed.emit(text)


class Before(QFrame):
    """The text as it was before, beside what it is now."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.title = set_type(QLabel(self.tr("Compared with before")), Size.BODY, strong=True)
        self.text = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.text.setProperty("kind", "bare")
        self.text.setAccessibleName(self.title.text())
        self.use = button(self.tr("Use this text"), kind="small")
        margins = (Space.M, Space.S, Space.XS, Space.S)
        use = self.use, 0, Qt.AlignmentFlag.AlignLeft
        column(self.title, (self.text, 1), use, spacing=Space.S, margins=margins, of=self)
        self.previous: Description | None = None

    def forget(self) -> None:
        """Show nothing: another class is shown, and what its text was before is not known yet."""
        self.previous = None
        self.use.hide()
        self.text.clear()

    def show_texts(self, previous: Description | None, current: Description | None, *, is_writable: bool) -> None:
        """Show what only the old text says, what only the new one says, and what both say."""
        self.previous = previous
        self.use.setVisible(previous is not None and is_writable)
        if previous is None or current is None:
            self.text.setCurrentCharFormat(QTextCharFormat())  # else it has the colour of what was shown last
            self.text.setPlainText(self.tr("There is no text before this one."))
            return
        old, new = [phrase.text for phrase in previous.phrases], [phrase.text for phrase in current.phrases]
        lines = [("=", text, "text") if text in new else ("−", text, "bad") for text in old]
        lines += [("+", text, "good") for text in new if text not in old]
        if previous.sentence != current.sentence:
            lines += [("−", previous.sentence, "bad"), ("+", current.sentence, "good")]
        self.text.clear()
        cursor, form = QTextCursor(self.text.document()), QTextCharFormat()
        for number, (sign, text, role) in enumerate(lines):
            form.setForeground(theme().color(role))
            cursor.insertText(("\n" if number else "") + f"{sign}  {text}", form)


_LEAST_CAPTION = 120  # pixels


class DescriptionEditor(QWidget):
    """Shows a description and says what the user wants to change.

    What belongs to a class beyond its text is read in the background: exemplars, the text of before, and for the phrase
    that is pointed at where it was seen.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._learner_id: int | None = None  # of what the phrases were grounded in
        self._places: Places | None = None
        self._grounded: dict[str, Support] = {}
        self._asked_for: set[str] = set()  # "places" and "grounding" of the exemplars
        self._phrase: Phrase | None = None  # is pointed at
        self.description: Description | None = None
        self._class_id: int | None = None
        self._is_free = False
        self.name = set_type(ElidedLabel(), Size.STRONG, strong=True)
        self.state = set_type(ElidedLabel(), Size.CAPTION)
        hint = self.tr("Have the writer describe this class anew")
        self.again = button(self.tr("Write again"), picture="refresh", about=hint)
        hint = self.tr("Show the text as it was before")
        self.compare = button(self.tr("Compare"), kind="small", picture="list", about=hint)
        self.compare.setCheckable(True)
        self.approve = QPushButton(self.tr("Approve"))
        self.strip = ExemplarStrip(context)
        self.strip_caption = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.strip_caption.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.strip_caption.setMinimumWidth(_LEAST_CAPTION)
        self.about_strip = WhatIsThis("exemplars")
        self.swap_action = self.strip.addAction(icon("photos"), self.tr("Swap for another photo"))
        hint = self.tr("Another photo of the class in place of the exemplar that is chosen (Ctrl+Shift+S)")
        self.swap = button(self.tr("Swap photo"), self.swap_action.trigger, kind="small", about=name_keys(hint))
        self.swap_action.setShortcut("Ctrl+Shift+S")
        self.swap_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.phrase_model = PhraseModel(self)
        self.phrases = PhraseView(self.phrase_model)
        self.add = tool_button("add", self.tr("Add a phrase (Insert)"), self.phrases.ask)
        self.remove = tool_button("delete", self.tr("Delete the phrase (Delete)"), self.phrases.remove)
        self.up = tool_button("up", name_keys(self.tr("Move up (Alt+Up)")), slot(self, self.phrases.shift, -1))
        self.down = tool_button("down", name_keys(self.tr("Move down (Alt+Down)")), slot(self, self.phrases.shift, 1))
        nothing = self.tr(
            "Nothing is known for sure about this class. Add a phrase of your own or have a service write, or leave "
            "it: the model learns from the photos."
        )
        self.nothing_known = wrapped(nothing, Size.BODY)
        self.nothing_known.hide()
        self.sentence = SentenceEdit()
        self.before = Before()
        self.before.hide()
        self.empty = EmptyState()
        self._lay_out()
        self.strip.chosen.connect(self._show_swap)
        self.phrases.selectionModel().currentChanged.connect(self._show_tools)
        self.phrases.pointed.connect(self._on_pointed)
        self.compare.toggled.connect(self._show_before)

    def _lay_out(self) -> None:
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row((self.name, 6), (self.state, 5), spacing=Space.S)  # beside the buttons it would be cut
        top = row(None, self.again, self.approve, spacing=Space.S)
        below = row(self.strip_caption, self.about_strip, None, self.swap, spacing=Space.S)
        title = titled(set_type(QLabel(self.tr("Phrases")), Size.BODY, strong=True), "phrases")
        tools = row((title, 1), self.compare, self.add, self.remove, self.up, self.down, spacing=Space.XS)
        texts = self._texts = row((self.phrases, 3), (self.before, 2), spacing=Space.L)
        sheet = QWidget()
        heading = set_type(QLabel(self.tr("In one sentence")), Size.BODY, strong=True)
        about = self.about = wrapped()
        # Of a text that wraps, the least size of a splitter's side counts one line: the second would find no room. It
        # stands last, where the second line leaves no hole.
        about.setMinimumHeight(2 * about.fontMetrics().lineSpacing())
        about.setAlignment(Qt.AlignmentFlag.AlignTop)
        # The exemplars get what the rest of the sheet does not need.
        above = ((self.strip, 10_000), below, Space.S, tools, self.nothing_known)
        self._sheet = column(
            *above, (texts, 100), Space.S, heading, self.sentence, about, None, spacing=Space.S, of=sheet
        )
        self._views = QStackedWidget()
        self._views.addWidget(sheet)
        self._views.addWidget(self.empty)
        column(line, top, (self._views, 1), spacing=Space.S, margins=(Space.L, 0, 0, 0), of=self)

    @Slot(bool)
    def _show_before(self, is_shown: bool) -> None:
        self.before.setVisible(is_shown)
        self._leave_no_hole()
        # In line with it; alone the phrases have the height that they need, and what is beneath follows at once.
        self._texts.setAlignment(self.phrases, Qt.AlignmentFlag.AlignTop if is_shown else Qt.AlignmentFlag(0))

    def _leave_no_hole(self) -> None:
        """Where there is no list of phrases, what is beneath follows at once."""
        self._sheet.setStretchFactor(self._texts, 0 if self._texts.isEmpty() else 100)

    def forget(self) -> None:
        """Another class, or another project, is shown next: what is typed, or still to be read, is not for it."""
        self.description = self._class_id = self._phrase = None
        self._context.background.abandon(self._on_found)
        self.before.forget()
        self.show_exemplars(())
        self.sentence.forget()
        for box in self.findChildren(QInputDialog):
            box.reject()

    def show_class(
        self, node: ClassNode, model: ClassListModel, description: Description | None, *, is_writable: bool
    ) -> None:
        """Show the text of a class, or that there is none yet; `model` has the words of its state."""
        if node.id != self._class_id:  # without a hand of the user, where the one before was deleted
            self.forget()
        self.description, self._class_id = description, node.id
        self.name.setText(node.name)
        self.name.setToolTip(tip(node.name))
        state, role = model.state(node)
        self.state.setText(" · ".join(filter(None, [state, *self._written(description)])))
        self.state.setToolTip(tip(self.state.text()))
        set_role(self.state, role)
        is_free = is_writable and node.state != "writing"
        self._views.setCurrentIndex(0 if description else 1)
        self.compare.setVisible(description is not None)
        for part in (self.again, self.approve):
            part.setVisible(description is not None and is_writable)
        for tool in (self.again, self.approve, self.add):
            tool.setEnabled(is_free)
        is_approved = description is not None and description.is_approved
        self.approve.setText(self.tr("Take approval back") if is_approved else self.tr("Approve"))
        self.approve.setToolTip("" if is_approved else self.tr("Learn with this text"))
        set_icon(self.approve, "undo" if is_approved else "check")
        self.phrases.fill(description.phrases if description else (), is_writable=is_free)
        self.nothing_known.setVisible(description is not None and not description.phrases)
        self.phrases.setVisible(self.nothing_known.isHidden())
        self._leave_no_hole()
        self.sentence.show_text(description.sentence if description else "")
        is_reworded = node.id in self._context.opened.reworded
        compared = self.tr("The model compares photos with this sentence as a whole, and with each phrase.")
        other = self.tr("The model was learned with another text. It does not know this one until it is trained again.")
        self.about.setText(other if is_reworded else compared)
        set_role(self.about, "warn" if is_reworded else "muted")
        self.sentence.setReadOnly(not is_free)
        self._is_free = is_free
        self._show_tools()
        self._show_swap()

    def look(self) -> None:
        class_id, learner = self._class_id, self._context.opened.learner
        if class_id is None:
            return
        if (learner.id if learner is not None else None) != self._learner_id:
            self._learner_id, self._grounded = learner.id if learner is not None else None, {}
            self._asked_for.discard("grounding")
        self._context.read(
            lambda bench, job: (bench.project.exemplars(class_id), bench.project.description(class_id, 1))
        ).newest(self._on_found)

    def _on_found(self, found: tuple[list[PhotoRecord], Description | None]) -> None:
        exemplars, text = found
        if tuple(exemplars) != self.strip.photos:
            self.show_exemplars(exemplars)
        previous = shown_description(text) if text is not None else None
        self.before.show_texts(previous, self.description, is_writable=self._context.is_writable)

    def show_exemplars(self, photos: Sequence[PhotoRecord]) -> None:
        self._places, self._grounded = None, {}
        self._asked_for.clear()
        self.strip.show_photos(photos)
        for part in (self.strip, self.strip_caption, self.about_strip):
            part.setVisible(bool(photos))
        self._show_swap()
        self._on_pointed(None)

    @Slot(object)
    def _on_pointed(self, phrase: Phrase | None) -> None:
        """Mark the patch that goes with a phrase: that it was read from, else that which the model grounds it in."""
        self._phrase, support = phrase, None
        if phrase is not None:
            support = phrase.support[0] if phrase.support else self._grounded.get(phrase.text)
        self.strip.point(support, self._places)
        text = self.tr("Exemplars: typical and different ones")
        if self.strip.patch_rect() is not None:
            text = self.tr("Marked: the part of a photo that goes best with this phrase")
        elif phrase is not None:
            text = self.tr("Which part of a photo goes with this phrase is not known")
        self.strip_caption.setText(text)
        self.strip_caption.setToolTip(tip(text))
        if phrase is not None:
            self._see("grounding" if support is None else "places")

    def _see(self, wanted: str) -> None:
        """Find where the patches of the exemplars lie, and for "grounding" of a class that was learned its phrases."""
        photos, class_id, learned = self.strip.photos, self._class_id, self._context.opened.learned_ids
        if not photos or wanted in self._asked_for or (wanted == "grounding" and class_id not in learned):
            return
        self._asked_for.add(wanted)

        def see(bench: OpenProject, job: Job) -> tuple[Sequence[PhotoRecord], Places | None, dict[str, Support] | None]:
            from spa_desktop.workbench.open_project import EMBEDDED

            # Loading any other backbone may ask for a download, which pointing at a phrase must not.
            if bench.project.meta.backbone not in EMBEDDED or class_id is None:
                return photos, None, None
            grounded = ground_phrases(bench, class_id, photos, job) if wanted == "grounding" else None
            encoder = bench.encoder(job)
            crops = {photo.id: encoder.crop_box((photo.width, photo.height)) for photo in photos}
            return photos, (encoder.grid, crops), grounded

        self._context.read(see).success(self._on_seen).hush()  # pointing at a phrase is no verb that fails

    def _on_seen(self, seen: tuple[Sequence[PhotoRecord], Places | None, dict[str, Support] | None]) -> None:
        photos, places, grounded = seen
        if photos == self.strip.photos:
            self._places = places
            if grounded is not None:
                self._grounded = grounded
            self._on_pointed(self._phrase)

    def _written(self, description: Description | None) -> list[str]:
        if description is None:
            return []
        who = {
            "offline": self.tr("written offline"),
            "openai": self.tr("written by {model}").format(model=description.model or "GPT"),
            "file": self.tr("read from a file"),
            "person": self.tr("sentence written by you"),
        }
        parts = [who[description.writer]] if description.writer in who else []
        if description.phrases and all(phrase.provenance == "edited" for phrase in description.phrases):
            parts = [self.tr("written by you")]  # the writer knew nothing, or nothing of it is left
        if description.cost:  # first: of a long line the end is cut
            parts.append(self.tr("about {money}").format(money=dollars(description.cost)))
        tokens = description.input_tokens + description.output_tokens
        if tokens:
            parts.append(self.tr("{n} tokens").format(n=count(tokens)))
        return parts

    @Slot()
    def _show_tools(self) -> None:
        row, last = self.phrases.currentIndex().row(), len(self.phrase_model.phrases) - 1
        for tool, can in ((self.remove, row >= 0 and last > 0), (self.up, row > 0), (self.down, 0 <= row < last)):
            tool.setEnabled(self._is_free and can)

    @Slot()
    def _show_swap(self) -> None:
        self.swap.setVisible(bool(self.strip.photos))
        for control in (self.swap, self.swap_action):
            control.setEnabled(self._is_free and self.strip.current is not None)
