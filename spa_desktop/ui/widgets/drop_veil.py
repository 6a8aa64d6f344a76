"""What lies over a page while files are dragged over it, and says what dropping them does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from spa_desktop.ui.style.theme import Size, Space, set_type


class DropVeil(QFrame):
    """Lies over a page while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.setObjectName("dropZone")
        self.setProperty("dropping", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = set_type(QLabel(), Size.TITLE, strong=True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.addWidget(self.label, 0, Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def cover(self, text: str) -> None:
        """Show over all of the page."""
        self.label.setText(text)
        self.setGeometry(self._page.rect().adjusted(Space.S, Space.S, -Space.S, -Space.S))
        self.raise_()
        self.show()
