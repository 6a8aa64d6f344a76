"""What to know about the photos before they are learned: a line for each, with a way to the class that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type
from spa_desktop.ui.widgets.advice_words import advice_words
from spa_desktop.workbench.data_advice import Advice


class AdviceList(QFrame):
    """A card of lines; hidden when there is nothing to say."""

    class_wanted = Signal(int)  # class id

    def __init__(self, after: QWidget, parent: QWidget | None = None) -> None:
        """Make it empty.

        Args:
            after: what the Tab key leaves for the first line.
            parent: as in Qt.
        """
        super().__init__(parent)
        self._after = after
        self.setProperty("card", True)
        self.advice: tuple[Advice, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        self._column.setSpacing(Space.XS)
        self.hide()

    def fill(self, advice: Sequence[Advice]) -> None:
        """Say these."""
        if tuple(advice) != self.advice:
            self.advice = tuple(advice)
            while self._column.count():
                item = self._column.takeAt(0)
                row = item.widget() if item else None
                if row is not None:
                    row.hide()
                    row.deleteLater()
            before = self._after
            for one in self.advice:
                row = AdviceRow(one)
                row.class_wanted.connect(self.class_wanted)
                self._column.addWidget(row)
                # What comes later would be last for the Tab key.
                self.setTabOrder(before, row.show_photos)
                before = row.show_photos
        self.setVisible(bool(self.advice))

    @property
    def lines(self) -> list[str]:
        """What it says."""
        return [advice_words(one) for one in self.advice]


class AdviceRow(QWidget):
    """One thing to know: a sign, the words, and a way to the photos."""

    class_wanted = Signal(int)

    def __init__(self, advice: Advice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._advice = advice
        said = advice_words(advice)
        self._sign = QLabel()
        self._sign.setFixedWidth(ICON)
        text = set_type(QLabel(said), Size.BODY)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_photos = QPushButton(self.tr("Go to the photos"))
        self.show_photos.setProperty("kind", "link")
        self.show_photos.setAccessibleName(
            self.tr("Go to the photos of {name}").format(name=advice.classes[0].name) + ". " + said
        )
        self.show_photos.clicked.connect(self._go)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self._sign)
        row.addWidget(text, 1)
        row.addWidget(self.show_photos)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        name, role = ("error", "bad") if self._advice.kind == "no photo" else ("warning", "warn")
        self._sign.setPixmap(icon_pixmap(name, role, ICON, self.devicePixelRatioF()))

    @Slot()
    def _go(self) -> None:
        self.class_wanted.emit(self._advice.classes[0].id)
