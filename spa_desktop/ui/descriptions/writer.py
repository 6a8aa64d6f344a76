"""Who writes: the offline writer or a service, with a plain badge on what leaves this computer."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from spa_desktop.ui.context import AppContext
from spa_desktop.ui.icons import icon, icon_pixmap
from spa_desktop.ui.theme import Size, Space, set_type

_BADGE_ICON = 16


class WriterPicker(QWidget):
    """A button with the writers, and a badge."""

    settings_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.button = QPushButton()
        self.button.setToolTip(self.tr("Who writes the descriptions"))
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        self.actions_by_writer: dict[str, QAction] = {}
        for name, icon_name in (("offline", "offline"), ("openai", "send")):
            action = menu.addAction(icon(icon_name), "")
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(self._choose)
            group.addAction(action)
            self.actions_by_writer[name] = action
        self.button.setMenu(menu)
        self._sign = QLabel()
        self.badge = set_type(QLabel(), Size.CAPTION)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self._sign)
        row.addWidget(self.badge)
        row.addSpacing(Space.XS)
        row.addWidget(self.button)
        context.settings.changed.connect(self.refresh)
        context.theme_changed.connect(self.refresh)
        self.refresh()

    @property
    def writer(self) -> str:
        """The name of the writer: `offline` or `openai`."""
        return self._context.settings.value.writer

    @Slot()
    def refresh(self) -> None:
        """Show what the settings say."""
        values = self._context.settings.value
        host = urlsplit(values.address).netloc or values.address
        self.actions_by_writer["offline"].setText(self.tr("Offline (photos stay here)"))
        online = self.actions_by_writer["openai"]
        online.setText(
            self.tr("{model} (sends 6 small photos a class to {host})").format(model=values.model, host=host)
        )
        online.setToolTip(self.tr("You are asked before anything is sent, with the address and the cost"))
        sends = self.writer == "openai"
        for name, action in self.actions_by_writer.items():
            action.setChecked(name == self.writer)
        self.button.setText(values.model if sends else self.tr("Offline"))
        self.button.setAccessibleName(self.tr("Writer: {name}").format(name=self.button.text()))
        self.badge.setText(
            self.tr("Sends photos to {host}").format(host=host) if sends else self.tr("Stays on this computer")
        )
        role = "warn" if sends else "good"
        self.badge.setProperty("role", role)
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)
        self._sign.setPixmap(icon_pixmap("send" if sends else "offline", role, _BADGE_ICON, self.devicePixelRatioF()))

    @Slot()
    def _choose(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction), "only actions are connected"
        self._context.settings.update(writer=action.data())
        self.refresh()
