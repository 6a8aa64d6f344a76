"""A field for words to search by, which speaks once the person pauses."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QWidget

from spa_desktop.ui.style.icons import icon

_TYPING_MS = 200


class SearchField(QLineEdit):
    """A line with a lens and a button that clears it."""

    words_typed = Signal(str)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Make an empty field.

        Args:
            text: what is searched, in grey while nothing is typed; also the field's accessible name.
            parent: as always.
        """
        super().__init__(parent)
        self.setPlaceholderText(text)
        self.setAccessibleName(text)
        self.setClearButtonEnabled(True)
        self.addAction(QAction(icon("search", "muted"), "", self), QLineEdit.ActionPosition.LeadingPosition)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self.textChanged.connect(self._typing.start)
        self._typing.timeout.connect(self._tell)

    def forget(self) -> None:
        """Be empty, and say so at once."""
        self.clear()
        self._typing.stop()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        self.words_typed.emit(self.text())


def has_words(words: str, text: str) -> bool:
    """Whether all words are in a text, whatever their case.

    >>> has_words("red 2", "Red-panda-002.jpg"), has_words("blue", "red"), has_words("  ", "red")
    (True, False, True)
    """
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())
