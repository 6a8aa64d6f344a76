"""Who writes descriptions: the offline writer, or a service with an address, a model and a key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.keys import ApiKey, find_key, forget_key, save_key
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.preferences import service_address, writer_options
from spa_desktop.ui.settings.fields import Choice, Number, form_of
from spa_desktop.ui.style.theme import Space, set_role
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, wrapped


class WriterSettings(QWidget):
    """The part of the settings that decides whether anything leaves this computer.

    The key of a service is given, found and forgotten here; it is shown by its place only.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, store = context, context.settings
        names = {
            "offline": self.tr("Offline (photos stay here)"),
            "openai": self.tr("GPT (sends a few small photos away)"),
        }
        self.writer = Choice(store, "writer", self.tr("Writer"), names)
        self.writer.activated.connect(self._show_service)
        self.address = QLineEdit(store.value.address)
        self.address.setAccessibleName(self.tr("Address of the service"))
        self.address.editingFinished.connect(self._on_address)
        self.where = wrapped(role="warn")
        self.unencrypted = QCheckBox(self.tr("Send without encryption"))
        self.unencrypted.setToolTip(self.tr("Photos and key can be read on the way. Holds for this address only."))
        self.unencrypted.clicked.connect(self._on_unencrypted)
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.model.addItem(store.value.model)
        self.model.setAccessibleName(self.tr("Model"))
        self.model.currentTextChanged.connect(self._on_model)
        names = {
            "": self.tr("As the model likes"),
            "minimal": self.tr("Minimal"),
            "low": self.tr("Low"),
            "medium": self.tr("Medium"),
            "high": self.tr("High"),
        }
        self.effort = Choice(store, "effort", self.tr("Effort"), names)
        self.effort.setToolTip(self.tr("How long a reasoning model thinks before it answers: longer costs more"))
        self.parallel = Number(store, "parallel", self.tr("Classes at once"))
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText(self.tr("Paste a key"))
        self.key.setAccessibleName(self.tr("Key"))
        self.key.returnPressed.connect(self._save_key)
        self.save = button(self.tr("Save"), self._save_key, name=self.tr("Save the key"))
        self.forget = button(self.tr("Forget"), self._forget_key, name=self.tr("Forget the key"))
        self.place = wrapped()
        about = self.tr("Asks the service for its models. No photo is sent.")
        self.test = button(self.tr("Test"), self._test, about=about)
        self.result = wrapped()
        self.service = QWidget()
        # One row for all of the address: hidden rows of a form would leave their spacing behind.
        form = form_of(
            (self.tr("Address"), column(self.address, self.where, self.unencrypted, spacing=Space.XS)),
            self.model,
            self.effort,
            self.parallel,
            (self.tr("Key"), row((self.key, 1), self.save, self.forget, spacing=Space.S)),
            self.place,
            row(self.test, (self.result, 1), spacing=Space.M),
        )
        form.setContentsMargins(0, 0, 0, 0)
        self.service.setLayout(form)
        column(form_of(self.writer), self.service, spacing=Space.S, of=self)
        self._show_service()

    @Slot()
    def _show_service(self) -> None:
        is_wanted = self.writer.currentData() == "openai"
        self.service.setVisible(is_wanted)
        if is_wanted:
            self._show_where()
            self._look_for_key()

    def _show_where(self) -> None:
        """Say what is to be known of the address: another one comes first, or anybody can read along."""
        from spa_desktop.descriptions.openai.service import check_address

        values = self._context.settings.value
        address, lines = service_address(values), []
        if address != values.address:
            lines.append(self.tr("OPENAI_BASE_URL is set and comes first: {address}").format(address=address))
        is_open = False
        try:
            check_address(address)
        except InputError as error:
            lines.append(str(error))
            with contextlib.suppress(InputError):
                check_address(address, allow_unencrypted=True)
                is_open = True
        self.where.setText("\n".join(lines))
        self.where.setVisible(bool(lines))
        self.unencrypted.setVisible(is_open)
        self.unencrypted.setChecked(is_open and values.unencrypted == address)

    @Slot()
    def _on_address(self) -> None:
        if self.address.text().strip() != self._context.settings.value.address:
            self._context.settings.update(address=self.address.text().strip())
            self._show_where()
            self._look_for_key()

    @Slot(str)
    def _on_model(self, name: str) -> None:
        if name.strip():
            self._context.settings.update(model=name.strip())

    @Slot(bool)
    def _on_unencrypted(self, is_allowed: bool) -> None:
        address = service_address(self._context.settings.value)
        self._context.settings.update(unencrypted=address if is_allowed else "")

    @Slot()
    def _test(self) -> None:
        options = writer_options(self._context.settings.value)

        def work(job: Job) -> list[str]:
            from spa_desktop.descriptions.openai.service import Service, WriterOptions

            return Service(WriterOptions.from_settings(options)).list_models(job)

        self.test.setEnabled(False)
        self._say(self.tr("Asking..."), "muted")
        self._start(work, self._on_models)

    @Slot(object)
    def _on_models(self, names: list[str]) -> None:
        self.test.setEnabled(True)
        model = self._context.settings.value.model
        self.model.blockSignals(True)
        self.model.clear()
        self.model.addItems(names)
        self.model.setCurrentText(model)
        self.model.blockSignals(False)
        if model in names:
            self._say(self.tr("It works: {model} is there.").format(model=model), "good")
        else:
            self._say(self.tr("The service answers, but has no model {model}.").format(model=model), "warn")

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.test.setEnabled(True)
        self._say(failure.message, "bad")

    def _say(self, text: str, role: str) -> None:
        self.result.setText(text)
        set_role(self.result, role)

    def _look_for_key(self) -> None:
        """Look whether there is a key, and where."""
        # The keyring may ask for a password first.
        address = service_address(self._context.settings.value)
        self._start(lambda job: find_key(address), self._on_key)

    @Slot()
    def _save_key(self) -> None:
        value, address = self.key.text(), service_address(self._context.settings.value)
        self.key.clear()
        self._start(lambda job: save_key(value, address), self._on_key)

    @Slot()
    def _forget_key(self) -> None:
        address = service_address(self._context.settings.value)

        def work(job: Job) -> ApiKey | None:
            forget_key(address)
            return find_key(address)

        self._start(work, self._on_key)

    def _start(self, work: Callable[[Job], Any], done: Callable[[Any], Any]) -> None:
        self._context.background.look_up(work, done=done, failed=self._on_failed)

    @Slot(object)
    def _on_key(self, key: ApiKey | None) -> None:
        self.place.setText(
            self.tr("A key is kept in {place}.").format(place=key.place) if key else self.tr("There is no key yet.")
        )
        self.forget.setEnabled(key is not None and key.source != "environment")
