"""Who writes descriptions: the offline writer, or a service with an address, a model and a key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from spa_desktop.jobs import Job
from spa_desktop.keys import ApiKey, find_key, forget_key, save_key
from spa_desktop.ui.context import AppContext
from spa_desktop.ui.forms import form_label, form_layout
from spa_desktop.ui.theme import Size, Space, set_type
from spa_desktop.ui.work import WorkFailure


class WriterSettings(QWidget):
    """The part of the settings that decides whether anything leaves this computer."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        values = context.settings.value
        self.writer = QComboBox()
        self.writer.addItem(self.tr("Offline (photos stay here)"), "offline")
        self.writer.addItem(self.tr("GPT (sends a few small photos away)"), "openai")
        self.writer.setCurrentIndex(max(self.writer.findData(values.writer), 0))
        self.writer.setAccessibleName(self.tr("Writer"))
        self.writer.activated.connect(self._on_writer)
        self.address = QLineEdit(values.address)
        self.address.setAccessibleName(self.tr("Address of the service"))
        self.address.editingFinished.connect(self._on_address)
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.model.addItem(values.model)
        self.model.setAccessibleName(self.tr("Model"))
        self.model.currentTextChanged.connect(self._on_model)
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
        self.test = QPushButton(self.tr("Test"))
        self.test.setToolTip(self.tr("Asks the service for its models. No photo is sent."))
        self.test.clicked.connect(self._test)
        self.result = set_type(QLabel(), Size.CAPTION, role="muted")
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        keys = QHBoxLayout()
        keys.setSpacing(Space.S)
        keys.addWidget(self.key, 1)
        keys.addWidget(self.save)
        keys.addWidget(self.forget)
        tests = QHBoxLayout()
        tests.setSpacing(Space.M)
        tests.addWidget(self.test)
        tests.addWidget(self.result, 1)
        form = form_layout()
        form.addRow(form_label(self.tr("Writer")), self.writer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(form)
        self.service = QWidget()
        form = form_layout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(form_label(self.tr("Address")), self.address)
        form.addRow(form_label(self.tr("Model")), self.model)
        form.addRow(form_label(self.tr("Key")), keys)
        form.addRow(form_label(""), self.place)
        form.addRow(form_label(""), tests)
        self.service.setLayout(form)
        column.addWidget(self.service)
        self._show_service()

    def _show_service(self) -> None:
        is_wanted = self.writer.currentData() == "openai"
        self.service.setVisible(is_wanted)
        if is_wanted:
            self._look_for_key()

    def _look_for_key(self) -> None:
        # The keyring may ask for a password first.
        address = self._context.settings.value.address
        self._context.background.start(
            "", lambda job: find_key(address), done=self._on_key, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot()
    def _on_writer(self) -> None:
        self._context.settings.update(writer=self.writer.currentData())
        self._show_service()

    @Slot()
    def _on_address(self) -> None:
        if self.address.text().strip() != self._context.settings.value.address:
            self._context.settings.update(address=self.address.text().strip())
            self._look_for_key()

    @Slot(str)
    def _on_model(self, name: str) -> None:
        if name.strip():
            self._context.settings.update(model=name.strip())

    @Slot()
    def _save(self) -> None:
        value, address = self.key.text(), self._context.settings.value.address
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
        address = self._context.settings.value.address

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

    @Slot()
    def _test(self) -> None:
        address, model = self._context.settings.value.address, self._context.settings.value.model

        def work(job: Job) -> list[str]:
            from spa_desktop.descriptions.openai.options import WriterOptions
            from spa_desktop.descriptions.openai.service import Service

            service = Service(WriterOptions.from_settings({"base_url": address, "model": model}))
            try:
                return service.list_models(job)
            finally:
                service.close()

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
