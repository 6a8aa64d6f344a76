"""Who writes descriptions: the offline writer, or a service with an address, a model and a key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.keys import ApiKey, find_key, forget_key, save_key
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.preferences import service_address, writer_options
from spa_desktop.ui.settings.fields import Choice, Number
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import column, form_label, form_layout, row

# The key of a service: given, found and forgotten. It is shown by its place only.


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
        row((self.key, 1), self.save, self.forget, spacing=Space.S, of=self)

    def look(self) -> None:
        """Look whether there is a key, and where."""
        # The keyring may ask for a password first.
        address = service_address(self._context.settings.value)
        self._start(lambda job: find_key(address))

    @Slot()
    def _save(self) -> None:
        value, address = self.key.text(), service_address(self._context.settings.value)
        self.key.clear()
        self._start(lambda job: save_key(value, address))

    @Slot()
    def _forget(self) -> None:
        address = service_address(self._context.settings.value)

        def work(job: Job) -> ApiKey | None:
            forget_key(address)
            return find_key(address)

        self._start(work)

    def _start(self, work: Callable[[Job], ApiKey | None]) -> None:
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


class WriterSettings(QWidget):
    """The part of the settings that decides whether anything leaves this computer."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        values = context.settings.value
        names = {
            "offline": self.tr("Offline (photos stay here)"),
            "openai": self.tr("GPT (sends a few small photos away)"),
        }
        self.writer = Choice(context.settings, "writer", self.tr("Writer"), names)
        self.writer.activated.connect(self._show_service)
        self.address = QLineEdit(values.address)
        self.address.setAccessibleName(self.tr("Address of the service"))
        self.address.editingFinished.connect(self._on_address)
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.model.addItem(values.model)
        self.model.setAccessibleName(self.tr("Model"))
        self.model.currentTextChanged.connect(self._on_model)
        self.unencrypted = QCheckBox(self.tr("Send without encryption"))
        self.unencrypted.setToolTip(self.tr("Photos and key can be read on the way. Holds for this address only."))
        self.unencrypted.clicked.connect(self._on_unencrypted)
        self.where = set_type(QLabel(), Size.CAPTION, role="warn")
        self.where.setWordWrap(True)
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        names = {
            "": self.tr("As the model likes"),
            "minimal": self.tr("Minimal"),
            "low": self.tr("Low"),
            "medium": self.tr("Medium"),
            "high": self.tr("High"),
        }
        self.effort = Choice(context.settings, "effort", self.tr("Effort"), names)
        self.effort.setToolTip(self.tr("How long a reasoning model thinks before it answers: longer costs more"))
        self.parallel = Number(context.settings, "parallel", self.tr("Classes at once"))
        self.keys = KeySettings(context)
        self.keys.failed.connect(self._on_failed)
        self.test = QPushButton(self.tr("Test"))
        self.test.setToolTip(self.tr("Asks the service for its models. No photo is sent."))
        self.test.clicked.connect(self._test)
        self.result = set_type(QLabel(), Size.CAPTION, role="muted")
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        tests = row(self.test, (self.result, 1), spacing=Space.M)
        form = form_layout()
        form.addRow(form_label(self.tr("Writer")), self.writer)
        self.service = QWidget()
        column(form, self.service, spacing=Space.S, of=self)
        form = form_layout()
        form.setContentsMargins(0, 0, 0, 0)
        # One row for all: hidden rows of a form would leave their spacing behind.
        address = column(self.address, self.where, self.unencrypted, spacing=Space.XS)
        form.addRow(form_label(self.tr("Address")), address)
        form.addRow(form_label(self.tr("Model")), self.model)
        form.addRow(form_label(self.tr("Effort")), self.effort)
        form.addRow(form_label(self.tr("Classes at once")), self.parallel)
        form.addRow(form_label(self.tr("Key")), self.keys)
        form.addRow(form_label(""), self.keys.place)
        form.addRow(form_label(""), tests)
        self.service.setLayout(form)
        self._show_service()

    @Slot()
    def _show_service(self) -> None:
        is_wanted = self.writer.currentData() == "openai"
        self.service.setVisible(is_wanted)
        if is_wanted:
            self._show_where()
            self.keys.look()

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
            self.keys.look()

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
        self._context.background.start(
            "", work, done=self._on_models, failed=self._on_failed, lane="read", is_quiet=True
        )

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
        set_type(self.result, Size.CAPTION, role=role)
        self.result.style().unpolish(self.result)
        self.result.style().polish(self.result)
