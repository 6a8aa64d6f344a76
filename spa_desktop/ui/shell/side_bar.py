"""The story in order, and what comes next."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.shell.next_step import NextStep, next_step
from spa_desktop.ui.shell.page_registry import PAGE_NAMES, page_title
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type

WIDTH = 208


class SideBar(QWidget):
    """The pages as buttons; beneath them, where the project stands."""

    chosen = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._step: NextStep | None = None
        self._shown = ""
        self.setObjectName("sideBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._project = set_type(QLabel(), Size.STRONG, strong=True)
        self._project.setTextFormat(Qt.TextFormat.PlainText)
        self._project.setContentsMargins(Space.M, 0, 0, 0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.S, Space.L, Space.S, Space.L)
        column.setSpacing(Space.XS)
        column.addWidget(self._project)
        column.addSpacing(Space.M)
        for number, name in enumerate(PAGE_NAMES, start=1):
            button = QPushButton(icon(name), "  " + page_title(name))
            button.setAccessibleName(page_title(name))
            button.setProperty("kind", "nav")
            button.setIconSize(QSize(ICON, ICON))
            button.setCheckable(True)
            button.setToolTip(f"{page_title(name)} (Ctrl+{number})")
            button.clicked.connect(self._on_clicked)
            self._group.addButton(button)
            self._buttons[name] = button
            column.addWidget(button)
        column.addStretch(1)
        self._standing = set_type(QLabel(), Size.CAPTION, role="muted")
        self._standing.setWordWrap(True)
        self._standing.setTextFormat(Qt.TextFormat.PlainText)
        self._standing.setContentsMargins(Space.M, 0, Space.M, 0)
        self.next = QPushButton()
        self.next.setProperty("kind", "next")
        self.next.setIcon(icon("next", "accent"))
        self.next.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.next.clicked.connect(self._go_on)
        column.addWidget(self._standing)
        column.addWidget(self.next)
        for signal in (context.project_opened, context.project_changed, context.project_closed):
            signal.connect(self.refresh)
        self.refresh()

    def select(self, name: str) -> None:
        """Show which page is shown."""
        had_focus = any(button.hasFocus() for button in self._buttons.values())
        self._buttons[name].setChecked(True)
        self._shown = name
        self._show_next()
        if had_focus:
            self._buttons[name].setFocus()

    def button(self, name: str) -> QPushButton:
        """The button of a page."""
        return self._buttons[name]

    @Slot()
    def refresh(self) -> None:
        """Say where the project stands."""
        contents = self._context.contents
        self._step = next_step(contents) if contents else None
        name = contents.name if contents else ""
        room = WIDTH - 2 * Space.S - 2 * Space.M
        self._project.setText(QFontMetrics(self._project.font()).elidedText(name, Qt.TextElideMode.ElideMiddle, room))
        self._project.setToolTip(tip(str(contents.path)) if contents else "")
        self._standing.setText(self._step.standing if self._step else "")
        self.next.setText(self._step.action if self._step else "")
        self._show_next()

    def _show_next(self) -> None:
        # On its own page the page itself offers it.
        self.next.setVisible(self._step is not None and self._step.page != self._shown)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.refresh()

    @Slot()
    def _on_clicked(self) -> None:
        name = next(name for name, button in self._buttons.items() if button is self.sender())
        self.chosen.emit(name)

    @Slot()
    def _go_on(self) -> None:
        if self._step is not None:
            self._context.go_to(self._step.page)
