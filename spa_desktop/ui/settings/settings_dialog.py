"""The settings: a plain form. Every change holds at once, so there is no OK to forget."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from spa_desktop.descriptions.openai.service import Service, WriterOptions, check_address
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.keys import ApiKey, find_key, forget_key, save_key
from spa_desktop.spa.config import THING_VIEWS, VIEWS
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.plain_text import error_text, tip
from spa_desktop.ui.preferences import Settings, SettingsStore, service_address, writer_options
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, set_role, set_type
from spa_desktop.ui.widgets.forms import Choice, Fold, choose_file, column, name_choice, row
from spa_desktop.ui.widgets.labels import ask_line, button, open_with, say, scroll_to_focus, slot, wrapped
from spa_desktop.ui.widgets.words import device_name
from spa_desktop.workbench.method_settings import LIMITS, MethodSettings, measure_speed, method_of

if TYPE_CHECKING:
    from spa_desktop.encoders.backbones import Backbone


class Number(QSpinBox):
    """A number within the bounds that `Settings` gives it; a share from 0 to 1 is shown in per cent."""

    def __init__(self, store: SettingsStore, setting: str, label: str, *, is_share: bool = False) -> None:
        super().__init__(suffix=" %" if is_share else "")
        self._store, self._setting, self._is_share = store, setting, is_share
        self.setAccessibleName(label)
        bounds, scale = Settings.model_fields[setting].metadata, 100 if is_share else 1
        low, high = (next(getattr(bound, end) for bound in bounds if hasattr(bound, end)) for end in ("ge", "le"))
        self.setRange(round(scale * low), round(scale * high))
        self.setValue(round(scale * getattr(store.value, setting)))
        self.valueChanged.connect(self._keep)

    @Slot(int)
    def _keep(self, number: int) -> None:
        self._store.update(**{self._setting: number / 100 if self._is_share else number})


_Field = QWidget | QLayout
_LABEL_WIDTH, _ROW_HEIGHT = 184, 30


def form_of(*fields: _Field | tuple[str, _Field]) -> QFormLayout:
    """A form of fields, each beside the name it comes with or its accessible name: notes and layouts have none."""
    form = QFormLayout()
    form.setSpacing(Space.S)
    form.setHorizontalSpacing(Space.L)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for entry in fields:
        named = entry.accessibleName() if isinstance(entry, QWidget) else ""
        name, field = entry if isinstance(entry, tuple) else (named, entry)
        label = QLabel(name)
        label.setFixedWidth(_LABEL_WIDTH)  # in every section, so that the fields stand in one line
        label.setMinimumHeight(_ROW_HEIGHT if name else 0)
        if isinstance(field, QWidget) and name:
            label.setToolTip(field.toolTip())
            label.setBuddy(field)  # on Linux Qt tells screen readers the value of a choice as its name
        form.addRow(label, field)
    return form


class WriterSettings(QWidget):
    """The part of the settings that decides whether anything leaves this computer.

    The key of a service is given, found and forgotten here; it is shown by its place only.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
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
        self.model = QComboBox(editable=True, insertPolicy=QComboBox.InsertPolicy.NoInsert)
        self.model.addItem(store.value.model)
        name_choice(self.model, self.tr("Model"))
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
        self.key = QLineEdit(echoMode=QLineEdit.EchoMode.Password, placeholderText=self.tr("Paste a key"))
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
        values = self._context.settings.value
        address, lines = service_address(values), []
        if address != values.address:
            lines.append(self.tr("OPENAI_BASE_URL is set and comes first: {address}").format(address=address))
        is_open = False
        try:
            check_address(address)
        except InputError as error:
            lines.append(error_text(error))
            with contextlib.suppress(InputError):
                check_address(address, allow_unencrypted=True)
                is_open = True
        say(self.where, "\n".join(lines))
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
            return Service(WriterOptions.from_settings(options)).list_models(job)

        self.test.setEnabled(False)
        self._say(self.tr("Asking..."), "muted")
        self._context.background.look_up(work).newest(self._on_models).failure(self._on_failed)

    def _on_models(self, names: list[str]) -> None:
        self.test.setEnabled(True)
        model = self._context.settings.value.model
        with QSignalBlocker(self.model):
            self.model.clear()
            self.model.addItems(names)
            self.model.setCurrentText(model)
        if model in names:
            self._say(self.tr("It works: {model} is there.").format(model=model), "good")
        else:
            self._say(self.tr("The service answers, but has no model {model}.").format(model=model), "warn")

    def _on_failed(self, failure: WorkFailure) -> None:
        self.test.setEnabled(True)
        self._say(failure.message, "bad")

    def _say(self, text: str, role: str) -> None:
        self.result.setText(text)
        set_role(self.result, role)

    def _look_for_key(self, _: ApiKey | None = None) -> None:
        # The keyring may ask for a password first: the answer for an address before could come last.
        address = service_address(self._context.settings.value)
        look_up = self._context.background.look_up(lambda job: find_key(address))
        look_up.newest(self._on_key).failure(self._on_failed)

    @Slot()
    def _save_key(self) -> None:
        value, address = self.key.text(), service_address(self._context.settings.value)
        self.key.clear()
        self._keep(lambda job: save_key(value, address))

    @Slot()
    def _forget_key(self) -> None:
        address = service_address(self._context.settings.value)
        self._keep(lambda job: forget_key(address))

    def _keep(self, work: Callable[[Job], ApiKey | None]) -> None:
        # Each is wanted, also where another one follows: it may be of another address.
        self._context.background.look_up(work).success(self._look_for_key).failure(self._on_failed)

    def _on_key(self, key: ApiKey | None) -> None:
        places = {
            "environment": self.tr("the environment variable OPENAI_API_KEY"),
            "keyring": self.tr("the system's keyring"),
            "session": self.tr("the app's memory, until it is closed"),
        }
        place = self.tr("A key is kept in {place}.").format(place=places[key.source]) if key else ""
        self.place.setText(place or self.tr("There is no key yet."))
        self.forget.setEnabled(key is not None and key.source != "environment")


class MethodSection(QWidget):
    """K, epsilon and exemplars of the project that is open, each with what it does, and a way back to the defaults."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.whose, self.learned = wrapped(), wrapped()
        self.patches, self.exemplars = QSpinBox(), QSpinBox()
        self.epsilon, self.focus = QDoubleSpinBox(decimals=3, singleStep=0.01), QComboBox()
        self._boxes: dict[str, QSpinBox | QDoubleSpinBox]
        self._boxes = {"patches": self.patches, "epsilon": self.epsilon, "exemplars": self.exemplars}
        labels = (
            self.tr("Patches of a photo (K)"),
            self.tr("Softness of the match (ε)"),
            self.tr("Exemplars of a class"),
        )
        abouts = (
            self.tr(
                "How many patches of a photo support a class. More see more of the thing, and more of what is "
                "around it. Holds for a model that is learned from nothing."
            ),
            self.tr(
                "How softly patches are shared out among the words of a description: small gives each patch to one "
                "word, large to many. Holds from the next task on."
            ),
            self.tr(
                "How many photos show a class to whoever describes it. Holds for classes without exemplars so far."
            ),
        )
        for (name, box), label, about in zip(self._boxes.items(), labels, abouts, strict=True):
            low, high = LIMITS[name]
            box.setRange(*((low, high) if isinstance(box, QDoubleSpinBox) else (int(low), int(high))))
            box.setKeyboardTracking(False)
            box.setToolTip(tip(about))
            box.setAccessibleName(label)
            box.setAccessibleDescription(about)
            box.valueChanged.connect(self._on_value)
        choices = {
            "auto": self.tr("Automatic"),
            "photo": self.tr("The whole photo"),
            "thing": self.tr("The thing in it"),
        }
        for name, text in choices.items():
            self.focus.addItem(text, name)
        about = self.tr(
            "The thing is looked for in each photo, and seen larger. Automatic takes it where photos that are left out "
            "are told better by it. A model that looks at something else is learned anew by the next training. Where a "
            "model looked for the thing, photos show a frame, which can be moved."
        )
        self.focus.setToolTip(tip(about))
        self.focus.setAccessibleName(self.tr("Look at"))
        self.focus.setAccessibleDescription(about)
        self.focus.currentIndexChanged.connect(self._on_value)
        about = self.tr("Back to the values that suit most photos")
        self.reset = button(self.tr("Reset"), slot(self, self._store, MethodSettings()), about=about)
        self._form = form_of(*self._boxes.values(), self.focus, self.learned, row(self.reset, None, spacing=0))
        body = QWidget()
        column(self.whose, self._form, spacing=Space.S, of=body)
        self.fold = Fold(self.tr("Advanced"), body)
        column(self.fold, spacing=0, margins=(0, Space.S, 0, 0), of=self)
        for signal in (context.project_changed, context.project_opened, context.project_closed):
            signal.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        contents = self._context.contents
        try:
            method = method_of(contents.settings) if contents else MethodSettings()
        except InputError as error:
            method = MethodSettings()
            self.whose.setText(error_text(error))
        else:
            self.whose.setText(
                self.tr("Of the project {name}.").format(name=contents.name)
                if contents
                else self.tr("These belong to a project: open one to set them.")
            )
        for name, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setValue(getattr(method, name))
            box.setEnabled(self._context.is_writable)
        with QSignalBlocker(self.focus):
            self.focus.setCurrentIndex(self.focus.findData(method.focus))
        self.focus.setEnabled(self._context.is_writable)
        is_default = contents is None or (method == MethodSettings() and not contents.settings.get("method"))
        self.reset.setEnabled(self._context.is_writable and not is_default)
        self.learned.setText(self._about_learned(method))
        self._form.setRowVisible(self.learned, bool(self.learned.text()))

    def _about_learned(self, method: MethodSettings) -> str:
        """Where the model keeps to other values than those that are set."""
        learner = self._context.contents.learner if self._context.contents else None
        if learner is None:
            return ""
        noted: Any = learner.meta.get("method")
        known = noted if isinstance(noted, dict) else {}
        looks_at_thing = known.get("views", VIEWS) == THING_VIEWS
        lines = [self.tr("Looks at: the thing.") if looks_at_thing else self.tr("Looks at: the whole photo.")]
        patches = known.get("patches", MethodSettings().patches)
        if patches != method.patches:
            lines.append(
                self.tr(
                    "What was learned keeps to {n} patches. To change that, forget what was learned (Project menu) and "
                    "learn it anew."
                ).format(n=patches)
            )
        if known.get("epsilon", MethodSettings().epsilon) != method.epsilon:
            lines.append(self.tr("The new softness holds from the next task on."))
        return " ".join(lines)

    @Slot()
    def _on_value(self) -> None:
        values = self.patches.value(), self.epsilon.value(), self.exemplars.value(), self.focus.currentData()
        self._store(MethodSettings(*values))

    def _store(self, method: MethodSettings) -> None:
        if self._context.is_writable:
            self._context.run("", lambda bench, job: bench.set_method(method))


class BackboneChoice(QWidget):
    """What is known of the backbone that is chosen, and a button that measures it; `box` is the list, to put above."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._found: dict[str, Backbone] = {}
        chosen = context.settings.value.backbone
        self.box = Choice(context.settings, "backbone", self.tr("Backbone"), {chosen: chosen})
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)  # for long paths
        self.about, self.speed = wrapped(self.tr("Looking for backbones...")), wrapped()
        about = self.tr("Encodes pictures of noise for two seconds, once the backbone is loaded")
        self.measure = button(self.tr("Measure the speed"), self._measure, kind="small", about=about)
        self.measure.setEnabled(False)
        about = self.tr("Weights that lie on this computer, of a model of open_clip or timm")
        self.file = button(self.tr("From a file..."), self._choose_file, kind="small", about=about)
        buttons = row(self.file, self.measure, (self.speed, 1), spacing=Space.M)
        column(self.about, buttons, spacing=Space.S, of=self)
        context.settings.changed.connect(self.show_values)
        context.background.look_up(_find_backbones).success(self._on_found).failure(self._on_failed)

    @Slot()
    def show_values(self) -> None:
        values = self._context.settings.value
        self.box.show_value()
        backbone = self._found.get(values.backbone)
        is_measuring = self._context.background.find(self._on_measured) is not None
        self.measure.setEnabled((backbone is None or backbone.is_downloaded) and not is_measuring)
        self.file.setEnabled(not is_measuring)
        if self._found:
            keeps = self.tr("A project keeps the backbone that it was made with.")
            self.about.setText(f"{self._costs(backbone)} {keeps}" if backbone is not None else keeps)
        if not is_measuring:
            speed = values.speeds.get(values.backbone)
            self.speed.setText(self.tr("{n} photos a second here").format(n=f"{speed:.1f}") if speed else "")

    def _costs(self, backbone: Backbone) -> str:
        where = self.tr("on this computer") if backbone.is_downloaded else self.tr("downloaded when it is first used")
        text = self.tr("{title} · {megabytes} MB, {where} · {memory} GB of memory · licence: {licence}.")
        return text.format(
            title=backbone.title,
            megabytes=backbone.megabytes,
            where=where,
            memory=f"{backbone.memory_gb:.1f}",
            licence=QCoreApplication.translate("backbones", backbone.licence) or self.tr("not stated"),
        )

    def _on_found(self, backbones: list[Backbone]) -> None:
        chosen = self._context.settings.value.backbone
        self.box.clear()
        for place, backbone in enumerate(backbones):
            self.box.addItem(backbone.name, backbone.name)
            self.box.setItemData(place, tip(self._costs(backbone)), Qt.ItemDataRole.ToolTipRole)
            self._found[backbone.name] = backbone
        if self.box.findData(chosen) < 0:
            self.box.addItem(chosen, chosen)
        self.show_values()

    @Slot()
    def _choose_file(self) -> None:
        pattern = self.tr("Weights") + " (*.pt *.pth *.bin *.safetensors)"
        if file := choose_file(self, self.tr("Weights of a backbone"), pattern):
            self._context.background.look_up(lambda job: _names_of_file(file)).success(self._on_names)

    def _on_names(self, names: list[str]) -> None:
        if len(names) == 1:
            self._measure_backbone(names[0])
            return
        file, architectures = names[0].partition(":")[2], [name.partition(":")[0] for name in names]
        question = self.tr("The architecture that the weights are of, as open_clip calls it; or timm:NAME")
        box = ask_line(self, self.tr("Weights of a backbone"), question, partial(self._on_architecture, file))
        box.setComboBoxEditable(True)
        box.setComboBoxItems(architectures)
        box.setTextValue(architectures[0])

    def _on_architecture(self, file: str, architecture: str) -> None:
        self._measure_backbone(f"{architecture.strip()}:{file}")

    @Slot()
    def _measure(self) -> None:
        self._measure_backbone(self._context.settings.value.backbone)

    def _measure_backbone(self, name: str) -> None:
        device = self._context.settings.value.device
        self.speed.setText(self.tr("Measuring..."))
        work = self._context.background.start(
            self.tr("Measuring the backbone"), lambda job: (name, measure_speed(name, device, job)), lane="read"
        )
        work.over(self.show_values).success(self._on_measured).failure(self._on_failed)
        self.show_values()

    def _on_measured(self, measured: tuple[str, float]) -> None:
        name, speed = measured
        if self.box.findData(name) < 0:  # a file: it is chosen once it was loaded
            self.box.addItem(name, name)
            self._context.settings.update(backbone=name)
        self._context.settings.update(speeds=lambda kept: {**kept.speeds, name: round(speed, 1)})

    def _on_failed(self, failure: WorkFailure) -> None:
        self.about.setText(failure.message)


def _names_of_file(file: Path) -> list[str]:
    from spa_desktop.encoders.backbones import names_of_file

    return names_of_file(file)


def _find_backbones(job: Job) -> list[Backbone]:
    from spa_desktop.encoders.backbones import list_backbones

    return list_backbones()


_WIDTH, _HEIGHT = 640, 680


class SettingsDialog(QDialog):
    """Everything that the user may choose, of the app; a project keeps its own backbone and method."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Settings"))
        open_with(self, _WIDTH, _HEIGHT)
        self._context = context
        store = context.settings
        names = {"system": self.tr("Like the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self.appearance = Choice(store, "appearance", self.tr("Theme"), names)
        names = {"system": self.tr("Like the system"), "en": "English", "zh_CN": "简体中文"}
        self.language = Choice(store, "language", self.tr("Language"), names)
        of_language = wrapped(self.tr("Holds from the next start."))
        self.backbone = BackboneChoice(context)
        self.test_share = Number(store, "test_share", self.tr("Photos held out for testing"), is_share=True)
        self.event_gap = Number(store, "event_gap", self.tr("Seconds between photos of a burst"))
        self.file_times = QCheckBox(self.tr("Of photos without a time, take the file's"))
        self.file_times.setChecked(store.value.uses_file_times)
        self.file_times.toggled.connect(partial(store.keep, "uses_file_times"))
        names = {kind: device_name(kind) for kind in ("cpu", "cuda", "mps")}
        self.device = Choice(store, "device", self.tr("Device"), {"auto": self.tr("The fastest there is"), **names})
        self.device.activated.connect(self._use_device)
        of_device = wrapped(self.tr("Holds at once; work that is running goes on where it is."))
        self.unsure = Number(store, "unsure_below", self.tr("Say unsure below"), is_share=True)
        unsure = (self.tr("Say “unsure” below"), self.unsure)
        self.kept = Number(store, "kept_share", self.tr("Known photos kept from “none of these”"), is_share=True)
        of_kept = wrapped(
            self.tr(
                "The fewer are kept, the more photos like no class are called “none of these”. With 95 %, of quite "
                "other things 2 of 100 pass as a class, 8 on the worst of eight sets; of things of the same kind half, "
                "at worst 86."
            )
        )
        kept = (self.tr("Known photos to keep"), self.kept)
        self.writer = WriterSettings(context)
        self.method = MethodSection(context)
        content = QWidget()
        column(
            _heading(self.tr("Appearance")),
            form_of(self.appearance, self.language, of_language),
            _heading(self.tr("New projects")),
            form_of(self.backbone.box, self.backbone, self.test_share),
            _heading(self.tr("Bursts")),
            form_of((self.tr("Seconds between photos"), self.event_gap), self.file_times),
            _heading(self.tr("This computer")),
            form_of(self.device, of_device, unsure, kept, of_kept),
            _heading(self.tr("Descriptions")),
            self.writer,
            self.method,
            None,
            spacing=Space.M,
            margins=SHEET_MARGINS,
            of=content,
        )
        scroll = self._scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(content)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Queued: once it has the place it takes.
        show = slot(self, scroll.ensureWidgetVisible, self.method)
        self.method.fold.button.toggled.connect(show, Qt.ConnectionType.QueuedConnection)
        close = button(self.tr("Close"), self.accept, kind="primary")
        close.setDefault(True)
        buttons = row(None, close, spacing=Space.S, margins=(Space.XL, Space.S, Space.XL, Space.L))
        column((scroll, 1), buttons, spacing=-1, of=self)

    def show_at(self, name: str) -> None:
        """Open at the field of that name, at the beginning where none has it."""
        self.open()
        for field in self.findChildren(QWidget):
            if name and field.accessibleName() == name and field.isVisible():
                field.setFocus()
                self._scroll.ensureWidgetVisible(field)
                break

    def focusNextPrevChild(self, is_next: bool) -> bool:
        is_found = super().focusNextPrevChild(is_next)
        scroll_to_focus(self)
        return is_found

    @Slot()
    def _use_device(self) -> None:
        if self._context.workbench is not None:
            device = self._context.settings.value.device
            self._context.read(lambda bench, job: bench.use_device(device))


def _heading(text: str) -> QLabel:
    label = set_type(QLabel(text), Size.STRONG, strong=True)
    label.setContentsMargins(0, Space.S, 0, 0)
    return label
