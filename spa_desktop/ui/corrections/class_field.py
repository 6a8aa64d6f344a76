"""A line to type or choose a class in: it finds names by any part of them, and takes a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from spa_desktop.class_text import readable_name
from spa_desktop.project.records import ClassRecord

_LONGEST = 255
_ROWS = 12


class ClassField(QLineEdit):
    """Emits a class that was chosen, or a name that no class has."""

    class_chosen = Signal(int)  # class id
    name_given = Signal(str)  # of a class that is to be made
    left_empty = Signal()  # Enter, and nothing was typed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: dict[str, int] = {}
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(_ROWS)
        self._popup = completer.popup()
        if self._popup is not None:
            self._popup.setAccessibleName(self.tr("Classes"))
        self.setCompleter(completer)
        self.setMaxLength(_LONGEST)
        self.setPlaceholderText(self.tr("A class, or a new name"))
        self.setAccessibleName(self.tr("What the photo is"))
        # Queued: the completer writes the name into the line after it tells of it.
        completer.activated.connect(self._on_activated, Qt.ConnectionType.QueuedConnection)

    def set_classes(self, classes: Sequence[ClassRecord]) -> None:
        """Offer classes, in the order of their names."""
        self._ids = {item.name: item.id for item in classes}
        self._names.setStringList(sorted(self._ids, key=str.casefold))

    def class_named(self, text: str) -> int | None:
        """The class with a name, in any case of its letters; None if there is none."""
        text = " ".join(text.split())
        for one in (text, readable_name(text)):  # classes are shown with blanks for underscores
            if one in self._ids:
                return self._ids[one]
        folded = [key for name, key in self._ids.items() if name.casefold() == text.casefold()]
        return folded[0] if len(folded) == 1 else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._offer()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.MouseFocusReason:
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(as_new=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.key() == Qt.Key.Key_Down and not self.text():
            self._offer()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def _offer(self) -> None:
        """Show all classes while nothing is typed."""
        if not self.text():
            self.completer().setCompletionPrefix("")
            self.completer().complete()

    @property
    def matches(self) -> list[str]:
        """The names that what is typed is a part of; the one alone that it is."""
        text = " ".join(self.text().split()).casefold()
        exact = self.class_named(text) if text else None
        if exact is not None:
            return [name for name, key in self._ids.items() if key == exact]
        return [name for name in self._ids if text and text in name.casefold()]

    @Slot(str)
    def _on_activated(self, name: str) -> None:
        self.forget()
        if name in self._ids:
            self.class_chosen.emit(self._ids[name])

    def _take(self, *, as_new: bool) -> None:
        """Enter: the class that is meant, or a new one where no name is like it. Which of several is not guessed."""
        text, matches = " ".join(self.text().split()), self.matches
        if not text:
            self.forget()
            self.left_empty.emit()
        elif len(matches) == 1 and (not as_new or matches[0].casefold() == text.casefold()):
            self._on_activated(matches[0])
        elif not matches or as_new:
            self.forget()
            self.name_given.emit(text)
        else:
            self.completer().complete()

    def forget(self) -> None:
        """Put away what is typed, and the list."""
        if self._popup is not None:
            self._popup.hide()
        self.clear()
