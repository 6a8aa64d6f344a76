"""The text of one class: exemplars, phrases, sentence, approval."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QImage, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.project.records import Description, PhotoRecord, Phrase, Support
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.descriptions.described_classes_model import ClassRow, state_role
from spa_desktop.ui.descriptions.exemplar_strip import ExemplarStrip
from spa_desktop.ui.descriptions.language_menu import LanguagePicker
from spa_desktop.ui.descriptions.patch_places import Places
from spa_desktop.ui.descriptions.phrase_editor import PhraseModel, PhraseView
from spa_desktop.ui.descriptions.text_fields import Before, SentenceEdit
from spa_desktop.ui.page import EmptyState
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.what_is_this import WhatIsThis, titled

_LEAST_CAPTION = 120  # pixels


class _Sheet(QWidget):
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class DescriptionEditor(QWidget):
    """Shows a description and says what the person wants to change."""

    phrase_pointed = Signal(object)  # Phrase or None
    add_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.description: Description | None = None
        self._is_free = False
        self.name = set_type(ElidedLabel(), Size.STRONG, strong=True)
        self.state = set_type(ElidedLabel(), Size.CAPTION)
        self.again = QPushButton(self.tr("Write again"))
        set_icon(self.again, "refresh")
        self.again.setToolTip(self.tr("Have the writer describe this class anew"))
        self.compare = QPushButton(self.tr("Compare"))
        set_icon(self.compare, "list")
        self.compare.setToolTip(self.tr("Show the text as it was before"))
        self.compare.setCheckable(True)
        self.approve = QPushButton(self.tr("Approve"))
        self.strip = ExemplarStrip(context)
        self.strip_caption = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.strip_caption.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.strip_caption.setMinimumWidth(_LEAST_CAPTION)
        self.about_strip = WhatIsThis("exemplars")
        self.swap = QPushButton(self.tr("Swap photo"))
        self.swap.setProperty("kind", "small")
        self.swap.setToolTip(self.tr("Another photo of the class in place of the exemplar that is chosen (S)"))
        self.swap_action = QAction(icon("photos"), self.tr("Swap for another photo"), self.strip)
        self.swap_action.setShortcut("S")
        self.swap_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.strip.addAction(self.swap_action)
        self.language = LanguagePicker(context)
        self.phrase_model = PhraseModel(self)
        self.phrases = PhraseView(self.phrase_model)
        self.add = self._tool("add", self.tr("Add a phrase (Insert)"))
        self.remove = self._tool("delete", self.tr("Delete the phrase (Delete)"))
        self.up = self._tool("up", self.tr("Move up (Alt+Up)"))
        self.down = self._tool("down", self.tr("Move down (Alt+Down)"))
        self.nothing_known = set_type(QLabel(), Size.BODY, role="muted")
        self.nothing_known.setWordWrap(True)
        self.nothing_known.setText(
            self.tr(
                "Nothing is known for sure about this class. Add a phrase of your own, have a service write, or use a "
                "backbone with a stronger text tower."
            )
        )
        self.nothing_known.hide()
        self.sentence = SentenceEdit()
        self.before = Before()
        self.before.hide()
        self.empty = EmptyState()
        self._lay_out()
        self._text.resized.connect(self._share_room)
        self.add.clicked.connect(self.add_wanted)
        self.swap.clicked.connect(self.swap_action.trigger)
        self.strip.chosen.connect(self._show_swap)
        self.phrases.added.connect(self.add_wanted)
        self.phrases.pointed.connect(self.phrase_pointed)
        self.phrases.selectionModel().currentChanged.connect(self._show_tools)
        self.compare.toggled.connect(self.before.setVisible)
        for tool, slot in ((self.remove, self._remove), (self.up, self._up), (self.down, self._down)):
            tool.clicked.connect(slot)

    def _tool(self, icon_name: str, text: str) -> QToolButton:
        tool = QToolButton()
        tool.setIcon(icon(icon_name))
        tool.setToolTip(text)
        tool.setAccessibleName(text)
        return tool

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self.name, 1)
        for button in (self.language, self.again, self.approve):
            top.addWidget(button)
        below = QHBoxLayout()
        below.setSpacing(Space.S)
        below.addWidget(self.strip_caption)
        below.addWidget(self.about_strip)
        below.addStretch(1)
        below.addWidget(self.swap)
        tools = QHBoxLayout()
        tools.setSpacing(Space.XS)
        tools.addLayout(titled(set_type(QLabel(self.tr("Phrases")), Size.BODY, strong=True), "phrases"), 1)
        self.compare.setProperty("kind", "small")
        tools.addWidget(self.compare)
        for tool in (self.add, self.remove, self.up, self.down):
            tools.addWidget(tool)
        texts = QHBoxLayout()
        texts.setSpacing(Space.L)
        texts.addWidget(self.phrases, 3)
        texts.addWidget(self.before, 2)
        text = self._text = _Sheet()
        column = QVBoxLayout(text)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.strip)
        column.addLayout(below)
        column.addSpacing(Space.S)
        column.addLayout(tools)
        column.addWidget(self.nothing_known)
        column.addLayout(texts, 100)
        column.addSpacing(Space.S)
        column.addWidget(set_type(QLabel(self.tr("In one sentence")), Size.BODY, strong=True))
        column.addWidget(self.sentence)
        column.addStretch(1)
        self._views = QStackedWidget()
        self._views.addWidget(text)
        self._views.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.L, 0, 0, 0)
        outer.setSpacing(Space.S)
        outer.addLayout(top)
        outer.addWidget(self.state)
        outer.addWidget(self._views, 1)

    def show_class(self, row: ClassRow, state: str, description: Description | None, *, is_writable: bool) -> None:
        """Show the text of a class, or that there is none yet."""
        self.description = description
        self.name.setText(row.record.name)
        self.name.setToolTip(tip(row.record.name))
        self.state.setText(" · ".join([state, *self._written(description)]))
        self.state.setToolTip(tip(self.state.text()))
        self.state.setProperty("role", state_role(row.state))
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)
        is_free = is_writable and row.state != "writing"
        self.language.show_class(row.record.id)
        self.language.setVisible(is_writable)
        self.language.setEnabled(is_free)
        self._views.setCurrentIndex(0 if description else 1)
        self.compare.setVisible(description is not None)
        self.again.setVisible(description is not None and is_writable)
        self.again.setEnabled(is_free)
        self.approve.setVisible(description is not None and is_writable)
        is_approved = description is not None and description.is_approved
        self.approve.setText(self.tr("Not approved") if is_approved else self.tr("Approve"))
        self.approve.setToolTip(self.tr("Take the approval back") if is_approved else self.tr("Learn with this text"))
        set_icon(self.approve, "undo" if is_approved else "check")
        self.approve.setEnabled(is_free)
        self.phrases.fill(description.phrases if description else (), is_writable=is_free)
        self.nothing_known.setVisible(description is not None and not description.phrases)
        self._share_room()
        self.sentence.show_text(description.sentence if description else "")
        self.sentence.setReadOnly(not is_free)
        self.add.setEnabled(is_free)
        self._is_free = is_free
        self._show_tools()
        self._show_swap()

    def show_exemplars(self, photos: Sequence[PhotoRecord]) -> None:
        """Show the photos that the text was written from."""
        self.strip.show_photos(photos)
        self.strip.setVisible(bool(photos))
        self.strip_caption.setVisible(bool(photos))
        self.about_strip.setVisible(bool(photos))
        self._show_swap()
        self._share_room()
        self.point(None, None, None)

    def point(self, phrase: Phrase | None, support: Support | None, places: Places | None) -> None:
        """Mark the patch that goes with a phrase, where one is known."""
        self.strip.point(support, places)
        text = self.tr("Exemplars: typical and different ones")
        if self.strip.patch_rect() is not None:
            text = self.tr("Marked: the part of a photo that goes best with this phrase")
        elif phrase is not None:
            text = self.tr("Which part of a photo goes with this phrase is not known")
        self.strip_caption.setText(text)
        self.strip_caption.setToolTip(tip(text))

    def show_crop(self, support: Support, crop: QImage) -> None:
        """Show the patch that is marked enlarged."""
        self.strip.show_crop(support, crop)

    @Slot()
    def _share_room(self) -> None:
        """The exemplars get what the rest of the sheet does not need."""
        layout = self._text.layout()
        if layout is not None:
            # A text that breaks into lines needs more than its layout's least size says, which is of one line.
            needed = max(layout.minimumSize().height(), layout.totalMinimumHeightForWidth(self._text.width()))
            self.strip.set_room(self._text.height() - needed + self.strip.height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "strip"):
            self.strip.update()
        super().changeEvent(event)

    def _written(self, description: Description | None) -> list[str]:
        if description is None:
            return []
        who = {
            "offline": self.tr("written offline"),
            "openai": self.tr("written by {model}").format(model=description.model or "GPT"),
            "file": self.tr("read from a file"),
        }
        parts = [who[description.writer]] if description.writer in who else []
        tokens = description.input_tokens + description.output_tokens
        if tokens:
            parts.append(self.tr("{n} tokens").format(n=count(tokens)))
        if description.cost:
            parts.append(self.tr("about {money}").format(money=f"${description.cost:.4f}"))
        return parts

    @Slot()
    def _show_tools(self) -> None:
        row, last = self.phrases.row, len(self.phrase_model.phrases) - 1
        is_free = self._is_free and row is not None
        self.remove.setEnabled(is_free and last > 0)
        self.up.setEnabled(is_free and row is not None and row > 0)
        self.down.setEnabled(is_free and row is not None and row < last)

    @Slot()
    def _show_swap(self) -> None:
        self.swap.setVisible(bool(self.strip.photos))
        for one in (self.swap, self.swap_action):
            one.setEnabled(self._is_free and self.strip.current is not None)

    @Slot()
    def _remove(self) -> None:
        if self.phrases.row is not None:
            self.phrases.removed.emit(self.phrases.row)

    @Slot()
    def _up(self) -> None:
        self._shift(-1)

    @Slot()
    def _down(self) -> None:
        self._shift(1)

    def _shift(self, step: int) -> None:
        if self.phrases.row is not None:
            self.phrases.moved.emit(self.phrases.row, self.phrases.row + step)
