"""What the person changes in the text of the class that is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QInputDialog

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.descriptions import text_edits
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.edit_queue import DescriptionEdits


class TextChanges(QObject):
    """Hands what is done in the editor on to the edits."""

    def __init__(self, context: AppContext, editor: DescriptionEditor, edits: DescriptionEdits) -> None:
        super().__init__(editor)
        self._context, self._editor, self._edits = context, editor, edits
        self._input: QInputDialog | None = None
        editor.phrase_model.edited.connect(self._on_edited)
        editor.phrases.moved.connect(self._on_moved)
        editor.phrases.removed.connect(self._on_removed)
        editor.add_wanted.connect(self._ask_phrase)
        editor.sentence.committed.connect(self._on_sentence)
        editor.before.wanted.connect(self._use_previous)

    @Slot(int, str)
    def _on_edited(self, row: int, text: str) -> None:
        self._change(self.tr("change a phrase of"), text_edits.with_phrase(row, self._phrase(row), text))

    @Slot(int, int)
    def _on_moved(self, row: int, to: int) -> None:
        self._change(self.tr("reorder the phrases of"), text_edits.with_moved_phrase(row, to, self._phrase(row)))
        self._editor.phrases.setCurrentIndex(self._editor.phrase_model.index(to))

    @Slot(int)
    def _on_removed(self, row: int) -> None:
        self._change(self.tr("delete a phrase of"), text_edits.without_phrase(row, self._phrase(row)))

    @Slot(str)
    def _on_sentence(self, text: str) -> None:
        self._change(self.tr("change the sentence of"), text_edits.with_sentence(text))

    @Slot()
    def _ask_phrase(self) -> None:
        self._input = QInputDialog(self._editor)
        self._input.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._input.setWindowTitle(self.tr("Add a phrase"))
        self._input.setLabelText(self.tr("A few words on what can be seen, such as: red cap with white dots"))
        self._input.textValueSelected.connect(self.add_phrase)
        self._input.open()

    @Slot(str)
    def add_phrase(self, text: str) -> None:
        """Add a phrase at the end."""
        if text_edits.cleaned(text):
            self._change(self.tr("add a phrase to"), text_edits.with_new_phrase(text_edits.cleaned(text)))

    @Slot()
    def _use_previous(self) -> None:
        previous, shown = self._editor.before.previous, self._editor.description
        if previous is not None and shown is not None:
            self._edits.replace(shown.class_id, previous)

    def _phrase(self, row: int) -> str:
        return self._editor.phrase_model.phrases[row].text

    def _change(self, verb: str, change: text_edits.Change) -> None:
        if self._editor.description is not None and self._context.is_writable:
            self._edits.change(self._editor.description.class_id, verb, change)
