"""Fields of the editor: the sentence, and what the text was before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import Description
from spa_desktop.ui.style.theme import Size, Space, set_type, theme

_SENTENCE_HEIGHT = 64


class SentenceEdit(QPlainTextEdit):
    """One sentence over two lines. Committed by Enter or by leaving; Escape takes it back."""

    committed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stored = ""
        self.setTabChangesFocus(True)
        self.setFixedHeight(_SENTENCE_HEIGHT)
        self.setProperty("kind", "sentence")  # the least height of the style sheet goes before that of the widget
        self.setAccessibleName(self.tr("The class in one sentence"))

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

    wanted = Signal()  # take the text of before

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.title = set_type(QLabel(self.tr("Compared with before")), Size.BODY, strong=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setProperty("kind", "bare")
        self.text.setAccessibleName(self.title.text())
        self.use = QPushButton(self.tr("Use this text"))
        self.use.setProperty("kind", "small")
        self.use.clicked.connect(self.wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.XS, Space.S)
        column.setSpacing(Space.S)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
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
            self.text.setPlainText(self.tr("There is no text before this one."))
            return
        colors = theme()
        old, new = [one.text for one in previous.phrases], [one.text for one in current.phrases]
        lines = [("=", text, "text") if text in new else ("−", text, "bad") for text in old]
        lines += [("+", text, "good") for text in new if text not in old]
        if previous.sentence != current.sentence:
            lines.append(("−", previous.sentence, "bad"))
        self._write([(f"{sign}  {text}", colors.color(role)) for sign, text, role in lines])

    def _write(self, lines: Sequence[tuple[str, QColor]]) -> None:
        self.text.clear()
        cursor, form = QTextCursor(self.text.document()), QTextCharFormat()
        for number, (line, color) in enumerate(lines):
            if number:
                cursor.insertBlock()
            form.setForeground(color)
            cursor.insertText(line, form)
