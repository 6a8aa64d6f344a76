"""The phrases of a class as lines to edit, each with a mark that says who wrote it, or how it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from spa_desktop.errors import InputError
from spa_desktop.project.records import Description, Phrase
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, font_of, theme
from spa_desktop.ui.widgets.labels import ask_line, draw_box, paint_row_ground
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.visible import visible

# What the user can do to a description, as plain functions. Each gives another description and changes none.

Change = Callable[[Description], Description]
MOST_LETTERS = 200  # of a phrase: no encoder reads more


def cleaned(text: str) -> str:
    """Text as it is stored: one line, blanks collapsed, no more words than are read."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_LETTERS else line[: MOST_LETTERS + 1].rpartition(" ")[0] or line[:MOST_LETTERS]


def with_phrase(row: int, before: str, text: str) -> Change:
    """Give the phrase in a row another text, or delete it where that is empty.

    It is the user's then, and was read from no photo. A sentence that quotes the phrase quotes the new one. The last
    phrase is not deleted: a description needs one.
    """

    def change(description: Description) -> Description:
        _require(description, row, before)
        phrases = list(description.phrases)
        if not text and len(phrases) == 1:
            raise InputError(
                QCoreApplication.translate(
                    "text edits", "A description needs one phrase at least: change this one instead"
                )
            )
        phrases[row : row + 1] = [Phrase(text, "edited")] if text else []
        sentence = _quoting(description.sentence, description.phrases[row].text, text)
        return replace(_new(description, phrases), sentence=sentence)

    return change


def with_new_phrase(text: str) -> Change:
    """Add a phrase at the end, and to a sentence that quotes the others, or that there are none to quote for."""

    def change(description: Description) -> Description:
        if any(phrase.text.casefold() == text.casefold() for phrase in description.phrases):
            said = QCoreApplication.translate("text edits", "The description says “{text}” already")
            raise InputError(said.format(text=text))
        sentence, phrases = description.sentence, description.phrases
        if not phrases or any(_quoting(sentence, phrase.text, "") != sentence for phrase in phrases):
            end = "." if sentence.endswith(".") else ""
            sentence = f"{sentence.removesuffix('.')}, {text}{end}"
        return replace(_new(description, [*phrases, Phrase(text, "edited")]), sentence=sentence)

    return change


def with_moved_phrase(row: int, to: int, before: str) -> Change:
    """Put the phrase in a row into another row."""

    def change(description: Description) -> Description:
        _require(description, row, before)
        phrases = list(description.phrases)
        phrases.insert(to, phrases.pop(row))
        return _new(description, phrases)

    return change


def with_sentence(text: str) -> Change:
    """Give it another sentence, which is the user's."""
    return lambda description: replace(description, sentence=text, writer="person", created="")


def _quoting(sentence: str, old: str, new: str) -> str:
    """A sentence with another phrase in place of one that it quotes between commas; without it, if `new` is empty."""
    lead, *parts = sentence.split(", ")
    words = [part.rstrip(".").casefold() for part in parts]
    if old.casefold() not in words:
        return sentence
    place = words.index(old.casefold())
    end = parts[place][len(old) :]
    parts[place : place + 1] = [new + end] if new else []
    return ", ".join([lead, *parts]) + ("" if new else end)


def _new(description: Description, phrases: list[Phrase]) -> Description:
    return replace(description, phrases=tuple(phrases), created="")


def _require(description: Description, row: int, before: str) -> None:
    # What was before is known as it was shown.
    if row >= len(description.phrases) or visible(description.phrases[row].text) != before:
        raise InputError(
            QCoreApplication.translate("text edits", "The description has changed meanwhile: try once more")
        )


def same_words(before: Description, after: Description) -> bool:
    """Whether two descriptions say the same in the same order."""
    return before.sentence == after.sentence and [p.text for p in before.phrases] == [p.text for p in after.phrases]


PHRASE_ROLE = Qt.ItemDataRole.UserRole
_ROW_HEIGHT, _MARK_HEIGHT, _MARK_WIDTH = 36, 20, 148
_MOST_ROWS, _FEWEST_ROWS = 8, 2  # that the list is high, at most and at least
_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
_ROLES = {"offline": "muted", "gpt": "accent", "edited": "good", "imported": "muted"}


class PhraseModel(QAbstractListModel):
    """One row a phrase. It says what the user wants to change, and is filled anew once that was done."""

    wanted = Signal(str, object)  # a verb, and the Change
    said = Signal(str)  # a line about what was typed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phrases: tuple[Phrase, ...] = ()
        self.is_writable = False

    def fill(self, phrases: tuple[Phrase, ...], *, is_writable: bool) -> None:
        """Show these phrases. A line in which somebody types stays as it is unless its own phrase is another now."""
        self.is_writable = is_writable
        if len(phrases) == len(self.phrases):
            before, self.phrases = self.phrases, phrases
            for row, (old, new) in enumerate(zip(before, phrases, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self.phrases = phrases
        self.endResetModel()

    @Slot(str)
    def add(self, text: str) -> None:
        if new := self._kept(text):
            self.wanted.emit(self.tr("add a phrase to"), with_new_phrase(new))

    def remove(self, row: int) -> None:
        self.wanted.emit(self.tr("delete a phrase of"), with_phrase(row, self.phrases[row].text, ""))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.phrases)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        phrase = self.phrases[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return phrase.text
        if role == PHRASE_ROLE:
            return phrase
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{phrase.text}, {self.mark(phrase)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [self._source(phrase)[1], phrase.knowledge.detail if phrase.knowledge is not None else ""]
            seen = self.tr("The marked patch above is where it was seen best") if phrase.support else ""
            return tip(*filter(None, (*lines, seen)))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        text, old = self._kept(str(value)), self.phrases[index.row()].text
        if role == Qt.ItemDataRole.EditRole and text and text != old:
            self.wanted.emit(self.tr("change a phrase of"), with_phrase(index.row(), old, text))
        return False

    def _kept(self, text: str) -> str:
        kept = cleaned(text)
        if len(kept) < len(" ".join(text.split())):
            cut = self.tr("A phrase has at most {n} letters. What came after “{word}” was left out.")
            self.said.emit(cut.format(n=MOST_LETTERS, word=kept.split()[-1]))
        return kept

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() and self.is_writable else flags

    def mark(self, phrase: Phrase) -> str:
        """Who wrote it, or how it is known and how surely, in a few words."""
        said = self._source(phrase)[0]
        return said if phrase.knowledge is None else f"{said} {100 * phrase.knowledge.certainty:.0f} %"

    def _source(self, phrase: Phrase) -> tuple[str, str]:
        """Who wrote it, or how it is known: in a few words, and in a sentence."""
        bank = self.tr("A phrase of the bank that the photos are like, and whose words are known to hold")
        offline = self.tr("Written on this computer, by comparing words with the exemplars")
        sources = {
            "name": (self.tr("from the name"), self.tr("What WordNet says of the name, whose meaning is certain")),
            "resemblance": (self.tr("looks like it"), self.tr("What the photos look like to the backbone")),
            "measured": (self.tr("measured"), self.tr("Measured on the exemplars themselves")),
            "bank": (self.tr("phrase bank"), bank),
            "offline": (self.tr("offline"), offline),
            "gpt": (self.tr("GPT"), self.tr("Written by a service that saw the exemplars")),
            "edited": (self.tr("yours"), self.tr("Written by you")),
            "imported": (self.tr("imported"), self.tr("Read from a file")),
        }
        return sources[phrase.provenance if phrase.knowledge is None else phrase.knowledge.basis]


class PhraseView(QListView):
    """The phrases. Emits the one that is pointed at, by mouse or keyboard."""

    pointed = Signal(object)  # Phrase or None

    def __init__(self, model: PhraseModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(model, self))
        self.setMouseTracking(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)  # a phrase that is long takes more lines where it is narrow
        self.setAccessibleName(self.tr("Phrases"))
        self.entered.connect(self._point)
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def row(self) -> int | None:
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def fill(self, phrases: tuple[Phrase, ...], *, is_writable: bool) -> None:
        """Show phrases; the keyboard stays where it was, or goes to one that was added."""
        before = self._model.phrases
        row = len(before) if before and phrases[:-1] == before else self.row
        self._model.fill(phrases, is_writable=is_writable)
        if row is not None and phrases and not self.currentIndex().isValid():
            self.setCurrentIndex(self._model.index(min(row, len(phrases) - 1)))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the phrases, with room for one more: no large empty list."""
        heights = [self.sizeHintForIndex(self._model.index(row)).height() for row in range(len(self._model.phrases))]
        frame = 2 * self.frameWidth() + 2
        self.setMinimumHeight(sum(heights[:_FEWEST_ROWS]) + frame if heights else 0)
        self.setMaximumHeight(sum(heights[:_MOST_ROWS]) + _ROW_HEIGHT + frame if heights else 0)  # no empty frame

    @Slot()
    def ask(self) -> None:
        text = self.tr("A few words on what can be seen, such as: red cap with white dots")
        ask_line(self, self.tr("Add a phrase"), text, self._model.add)

    @Slot()
    def remove(self) -> None:
        if self.row is not None:
            self._model.remove(self.row)

    def shift(self, step: int) -> None:
        """Move the phrase that is chosen up (-1) or down (1)."""
        if self.row is not None and 0 <= (to := self.row + step) < len(self._model.phrases):
            moved = with_moved_phrase(self.row, to, self._model.phrases[self.row].text)
            self._model.wanted.emit(self.tr("reorder the phrases of"), moved)
            self.setCurrentIndex(self._model.index(to))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._model.is_writable:
            super().keyPressEvent(event)
            return
        # Enter in a line reaches the list as well, after the line took it.
        row = None if self.state() == QAbstractItemView.State.EditingState else self.row
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if row is not None and is_alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.shift(1 if event.key() == Qt.Key.Key_Down else -1)
        elif row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.edit(self.currentIndex())
        elif row is not None and event.key() == Qt.Key.Key_Delete:
            self.remove()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._point(self.currentIndex() if self.hasFocus() else QModelIndex())
        return super().viewportEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pointed.emit(None)

    @Slot(QModelIndex)
    def _point(self, index: QModelIndex) -> None:
        self.pointed.emit(self._model.phrases[index.row()] if index.isValid() else None)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _: QModelIndex) -> None:
        if self.hasFocus():
            self._point(current)


class _Delegate(QStyledItemDelegate):
    def __init__(self, model: PhraseModel, view: PhraseView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # The width is the view's: longer texts take more lines.
        width = self._view.viewport().width() - 2 * Space.M - _MARK_WIDTH - Space.S
        wide = QRect(0, 0, max(width, 1), 10 * _ROW_HEIGHT)
        height = QFontMetrics(option.font).boundingRect(wide, _WRAPPED, index.data()).height()
        return QSize(0, max(height + 2 * Space.S, _ROW_HEIGHT))

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        editor.setAccessibleName(self._view.accessibleName())
        super().setEditorData(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect.adjusted(Space.XS, 2, -Space.XS, -2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        phrase: Phrase = index.data(PHRASE_ROLE)
        colors = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row_ground(painter, option)
        rest = option.rect.adjusted(Space.M, 0, -Space.M, 0)
        box = QRect(0, rest.center().y() - _MARK_HEIGHT // 2 + 1, _MARK_WIDTH, _MARK_HEIGHT)
        box.moveRight(rest.right())
        draw_box(painter, box, Qt.BrushStyle.NoBrush, colors.color("line"))
        painter.setFont(font_of(option.font, Size.CAPTION))
        painter.setPen(colors.color(_ROLES[phrase.provenance]))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._model.mark(phrase))
        rest.setRight(box.left() - Space.S)
        painter.setFont(option.font)
        painter.setPen(colors.color("text"))
        painter.drawText(rest, _WRAPPED, phrase.text)
        painter.restore()
