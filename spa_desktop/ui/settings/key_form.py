"""The key of a service: given, found and forgotten. It is shown by its place only."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from spa_desktop.jobs import Job
from spa_desktop.keys import ApiKey, find_key, forget_key, save_key
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.preferences import service_address
from spa_desktop.ui.style.theme import Size, Space, set_type


class KeySettings(QWidget):
    """A field that takes a key.

    Attributes:
        place: a line that says where a key is kept, for whoever lays this out to put beneath it.
    """

    failed = Signal(object)  # a WorkFailure

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText(self.tr("Paste a key"))
        self.key.setAccessibleName(self.tr("Key"))
        self.key.returnPressed.connect(self._save)
        self.save = QPushButton(self.tr("Save"))
        self.save.setAccessibleName(self.tr("Save the key"))
        self.save.clicked.connect(self._save)
        self.forget = QPushButton(self.tr("Forget"))
        self.forget.setAccessibleName(self.tr("Forget the key"))
        self.forget.clicked.connect(self._forget)
        self.place = set_type(QLabel(), Size.CAPTION, role="muted")
        self.place.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.key, 1)
        row.addWidget(self.save)
        row.addWidget(self.forget)

    def look(self) -> None:
        """Look whether there is a key, and where."""
        # The keyring may ask for a password first.
        address = service_address(self._context.settings.value)
        self._context.background.start(
            "", lambda job: find_key(address), done=self._on_key, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot()
    def _save(self) -> None:
        value, address = self.key.text(), service_address(self._context.settings.value)
        self.key.clear()
        self._context.background.start(
            "",
            lambda job: save_key(value, address),
            done=self._on_key,
            failed=self._on_failed,
            lane="read",
            is_quiet=True,
        )

    @Slot()
    def _forget(self) -> None:
        address = service_address(self._context.settings.value)

        def work(job: Job) -> ApiKey | None:
            forget_key(address)
            return find_key(address)

        self._context.background.start("", work, done=self._on_key, failed=self._on_failed, lane="read", is_quiet=True)

    @Slot(object)
    def _on_key(self, key: ApiKey | None) -> None:
        self.place.setText(
            self.tr("A key is kept in {place}.").format(place=key.place) if key else self.tr("There is no key yet.")
        )
        self.forget.setEnabled(key is not None and key.source != "environment")

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.failed.emit(failure)
