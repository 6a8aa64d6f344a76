"""Who writes: the offline writer or a service, with a plain badge on what leaves this computer."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from spa_desktop.errors import InputError
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.preferences import service_address
from spa_desktop.ui.style.icons import icon, icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import plural_words
from spa_desktop.visible import visible

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
        menu.addSeparator()
        self.local = menu.addAction(icon("lock"), self.tr("Keep this project's photos on this computer"))
        self.local.setToolTip(self.tr("Nothing of this project is sent to a service, whoever asks"))
        self.local.setCheckable(True)
        self.local.triggered.connect(self._keep_local)
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
        context.project_opened.connect(self.refresh)
        context.project_changed.connect(self.refresh)
        self.refresh()

    @property
    def writer(self) -> str:
        """The name of the writer: `offline` or `openai`."""
        return "offline" if self.is_local else self._context.settings.value.writer

    @property
    def is_local(self) -> bool:
        """Whether the project keeps its photos here, whatever writer is chosen."""
        kept = self._context.contents.settings.get("consent") if self._context.contents else None
        return isinstance(kept, dict) and kept.get("answer") == "keep-local"

    @Slot()
    def refresh(self) -> None:
        """Show what the settings say."""
        values = self._context.settings.value
        address = service_address(values)
        host = urlsplit(address).netloc or address
        self.actions_by_writer["offline"].setText(self.tr("Offline (photos stay here)"))
        online = self.actions_by_writer["openai"]
        online.setText(
            self.tr("{model} (sends {photos} a class to {host})").format(
                model=caption(values.model), photos=plural_words.small_photos(self._exemplars()), host=caption(host)
            )
        )
        is_local = self.is_local
        online.setEnabled(not is_local)
        self.local.setChecked(is_local)
        self.local.setEnabled(self._context.is_writable)
        online.setToolTip(self.tr("You are asked before anything is sent, with the address and the cost"))
        sends = self.writer == "openai"
        for name, action in self.actions_by_writer.items():
            action.setChecked(name == self.writer)
        writer = visible(values.model) if sends else self.tr("Offline")
        self.button.setText(caption(writer))
        self.button.setAccessibleName(self.tr("Writer: {name}").format(name=writer))
        self.badge.setText(
            self.tr("Sends photos to {host}").format(host=visible(host))
            if sends
            else self.tr("This project's photos stay here")
            if is_local
            else self.tr("Stays on this computer")
        )
        role = "warn" if sends else "good"
        self.badge.setProperty("role", role)
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)
        self._sign.setPixmap(icon_pixmap("send" if sends else "offline", role, _BADGE_ICON, self.devicePixelRatioF()))

    def _exemplars(self) -> int:
        from spa_desktop.workbench.method_settings import MethodSettings, method_of

        try:
            return method_of(self._context.contents.settings if self._context.contents else {}).exemplars
        except InputError:
            return MethodSettings.exemplars

    @Slot(bool)
    def _keep_local(self, is_local: bool) -> None:
        self._context.run(self.tr("Keeping the answer"), lambda bench, job: bench.keep_local(is_local), is_quiet=True)

    @Slot()
    def _choose(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction), "only actions are connected"
        self._context.settings.update(writer=action.data())
        self.refresh()
