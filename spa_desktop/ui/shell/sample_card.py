"""The card of the sample project on the start page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.shell.first_steps import start_picture
from spa_desktop.ui.shell.sample_actions import SampleActions
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import RADIUS, Size, Space, set_type
from spa_desktop.ui.thumbnails.small_pictures import rounded

_PICTURE = 56


class SampleCard(QFrame):
    """Says what the sample project is and whether it is there; emits what the person wants."""

    open_wanted = Signal()
    anew_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._actions: SampleActions | None = None
        self._picture = QLabel()
        self.text = set_type(QLabel(), Size.BODY, role="muted")
        self.text.setWordWrap(True)
        self.open = QPushButton(self.tr("Open the sample project"))
        self.open.clicked.connect(self.open_wanted)
        self.more = QToolButton()
        self.more.setIcon(icon("more"))
        self.more.setProperty("kind", "more")
        self.more.setAccessibleName(self.tr("More for the sample project"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.anew = menu.addAction(icon("refresh"), self.tr("Make it anew..."))
        self.delete = menu.addAction(icon("delete"), self.tr("Delete it..."))
        self.anew.triggered.connect(self.anew_wanted)
        self.delete.triggered.connect(self.delete_wanted)
        self.more.setMenu(menu)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        words.addWidget(set_type(QLabel(self.tr("Sample project")), Size.STRONG, strong=True))
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        row.setSpacing(Space.M)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        row.addWidget(self.open, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        self.draw()

    def follow(self, actions: SampleActions) -> None:
        """Show the state of the sample project from now on."""
        self._actions = actions
        actions.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say whether it is there."""
        if self._actions is None:
            return
        is_busy, is_made = self._actions.is_busy, self._actions.is_made
        if is_busy:
            text = self.tr("At work: the status bar says how far it is, and can cancel it.")
        elif is_made:
            text = self.tr("A model that is trained: look at its results, and at what decided for each photo.")
        else:
            text = self.tr(
                "A model that is trained, to look around in. It is made on this computer when you first open it, "
                "from photos that the app draws. Nothing is downloaded."
            )
        self.text.setText(text)
        self.open.setEnabled(not is_busy)
        self.more.setVisible(is_made and not is_busy)

    def draw(self) -> None:
        """Draw the picture for the screen of now."""
        picture = QPixmap(start_picture("look"))
        self._picture.setPixmap(rounded(picture, _PICTURE, RADIUS, self.devicePixelRatioF()))
