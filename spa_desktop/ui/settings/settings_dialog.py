"""The settings: a plain form. Every change holds at once, so there is no OK to forget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.later import later
from spa_desktop.ui.page import primary
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.settings.writer_form import WriterSettings
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import Fold, form_label, form_layout
from spa_desktop.ui.widgets.words import device_name

if TYPE_CHECKING:
    from spa_desktop.workbench import MethodSettings, Workbench
    from spa_desktop.workbench.method_settings import Speed

# The method's own settings, folded away: they belong to the project that is open.


class MethodSection(QWidget):
    """K, epsilon and exemplars, each with what it does, and a way back to the defaults."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.whose = set_type(QLabel(), Size.CAPTION, role="muted")
        self.whose.setWordWrap(True)
        self.whose.setTextFormat(Qt.TextFormat.PlainText)
        self.patches, self.epsilon, self.exemplars = QSpinBox(), QDoubleSpinBox(), QSpinBox()
        self.epsilon.setDecimals(3)
        self.epsilon.setSingleStep(0.01)
        self.learned = set_type(QLabel(), Size.CAPTION, role="muted")
        self.learned.setWordWrap(True)
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Back to the values that suit most photos"))
        self.reset.clicked.connect(self._reset)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.whose)
        column.addLayout(self._form())
        self.fold = Fold(self.tr("Advanced"), body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, Space.S, 0, 0)
        outer.addWidget(self.fold)
        for signal in (context.project_changed, context.project_opened, context.project_closed):
            signal.connect(self.refresh)
        self._set_limits()
        self.refresh()

    def _form(self) -> QFormLayout:
        form = self._layout = form_layout()
        rows = (
            (
                self.patches,
                self.tr("Patches of a photo (K)"),
                self.tr(
                    "How many patches of a photo speak for a class. More see more of the thing, and more of what is "
                    "around it. Holds for a model that is learned from nothing."
                ),
            ),
            (
                self.epsilon,
                self.tr("Softness of the match (ε)"),
                self.tr(
                    "How softly patches are shared out among the words of a description: small gives each patch to one "
                    "word, large to many. Holds from the next task on."
                ),
            ),
            (
                self.exemplars,
                self.tr("Exemplars of a class"),
                self.tr(
                    "How many photos show a class to whoever describes it. Holds for classes without exemplars so far."
                ),
            ),
        )
        for box, label, about in rows:
            box.setKeyboardTracking(False)
            box.setToolTip(tip(about))
            box.setAccessibleName(label)
            box.setAccessibleDescription(about)
            box.valueChanged.connect(self._on_value)
            named = form_label(label)
            named.setToolTip(tip(about))
            form.addRow(named, box)
        form.addRow(form_label(""), self.learned)
        form.addRow(form_label(""), self.reset)
        form.setAlignment(self.reset, Qt.AlignmentFlag.AlignLeft)
        return form

    def _set_limits(self) -> None:
        from spa_desktop.workbench.method_settings import LIMITS

        for name, box in self._boxes.items():
            low, high = LIMITS[name]
            box.blockSignals(True)
            box.setRange(*((low, high) if box is self.epsilon else (int(low), int(high))))
            box.blockSignals(False)

    @property
    def _boxes(self) -> Mapping[str, QSpinBox | QDoubleSpinBox]:
        return {"patches": self.patches, "epsilon": self.epsilon, "exemplars": self.exemplars}

    @Slot()
    def refresh(self) -> None:
        """Show what holds in the project that is open."""
        from spa_desktop.workbench.method_settings import MethodSettings, method_of

        contents = self._context.contents
        try:
            method = method_of(contents.settings) if contents else MethodSettings()
        except InputError as error:
            method = MethodSettings()
            self.whose.setText(str(error))
        else:
            self.whose.setText(
                self.tr("Of the project {name}.").format(name=contents.name)
                if contents
                else self.tr("These belong to a project: open one to set them.")
            )
        for name, box in self._boxes.items():
            box.blockSignals(True)
            box.setValue(getattr(method, name))
            box.blockSignals(False)
            box.setEnabled(self._context.is_writable)
        is_default = contents is None or (method == MethodSettings() and not contents.settings.get("method"))
        self.reset.setEnabled(self._context.is_writable and not is_default)
        self.learned.setText(self._about_learned(method))
        self._layout.setRowVisible(self.learned, bool(self.learned.text()))

    def _about_learned(self, method: MethodSettings) -> str:
        """Where what was learned keeps to other values than those that are set."""
        from spa_desktop.workbench.method_settings import MethodSettings

        learner = self._context.contents.learner if self._context.contents else None
        if learner is None:
            return ""
        noted: Any = learner.meta.get("method")
        known = noted if isinstance(noted, dict) else {}
        lines = []
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
        from spa_desktop.workbench import MethodSettings

        self._store(MethodSettings(self.patches.value(), self.epsilon.value(), self.exemplars.value()))

    @Slot()
    def _reset(self) -> None:
        from spa_desktop.workbench import MethodSettings

        self._store(MethodSettings())

    def _store(self, method: MethodSettings) -> None:
        def work(bench: Workbench, job: Job) -> None:
            bench.set_method(method)

        if self._context.is_writable:
            self._context.run(self.tr("Keeping the settings"), work, is_quiet=True)


# Which backbone new projects get: how large it is, whether it is here, and how fast it is on this computer.


@dataclass(frozen=True)
class _Found:
    name: str
    title: str
    megabytes: int
    is_here: bool


class BackboneChoice(QWidget):
    """What is known of the backbone that is chosen, and a button that measures it.

    Attributes:
        box: the list of backbones, for whoever lays this out to put above it.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._found: dict[str, _Found] = {}
        self._handle: WorkHandle | None = None
        chosen = context.settings.value.backbone
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Backbone"))
        self.box.addItem(chosen, chosen)
        self.box.activated.connect(self._on_chosen)
        self.about = set_type(QLabel(self.tr("Looking for backbones...")), Size.CAPTION, role="muted")
        self.about.setWordWrap(True)
        self.speed = set_type(QLabel(), Size.CAPTION, role="muted")
        self.speed.setWordWrap(True)
        self.measure = QPushButton(self.tr("Measure the speed"))
        self.measure.setProperty("kind", "small")
        self.measure.setToolTip(self.tr("Encodes pictures of noise for two seconds, once the backbone is loaded"))
        self.measure.setEnabled(False)
        self.measure.clicked.connect(self._measure)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.measure)
        row.addWidget(self.speed, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.about)
        column.addLayout(row)
        context.settings.changed.connect(self.show_values)
        context.background.start(
            "", _find_backbones, done=self._on_found, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot()
    def show_values(self) -> None:
        """Show what holds, also when it was changed elsewhere."""
        values = self._context.settings.value
        self.box.setCurrentIndex(max(self.box.findData(values.backbone), 0))
        found = self._found.get(values.backbone)
        self.measure.setEnabled(found is not None and found.is_here and self._handle is None)
        if found is not None:
            where = self.tr("on this computer") if found.is_here else self.tr("downloaded when it is first used")
            keeps = self.tr("A project keeps the backbone that it was made with.")
            self.about.setText(f"{found.title} · {found.megabytes} MB, {where}. {keeps}")
        if self._handle is None:
            speed = values.speeds.get(values.backbone)
            self.speed.setText(self.tr("{n} photos a second here").format(n=f"{speed:.1f}") if speed else "")

    @Slot()
    def _on_chosen(self) -> None:
        self._context.settings.update(backbone=self.box.currentData())

    @Slot(object)
    def _on_found(self, found: list[_Found]) -> None:
        chosen = self._context.settings.value.backbone
        self.box.clear()
        for one in found:
            self.box.addItem(one.name, one.name)
            self._found[one.name] = one
        if self.box.findData(chosen) < 0:
            self.box.addItem(chosen, chosen)
        self.show_values()

    @Slot()
    def _measure(self) -> None:
        values = self._context.settings.value
        name, device = values.backbone, values.device

        def work(job: Job) -> Speed:
            from spa_desktop.workbench.method_settings import measure_speed

            return measure_speed(name, device, job)

        self.speed.setText(self.tr("Measuring..."))
        self._handle = self._context.background.start(
            self.tr("Measuring the backbone"),
            work,
            done=self._on_measured,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            lane="read",
        )
        self.show_values()

    @Slot(object)
    def _on_measured(self, speed: Speed) -> None:
        self._handle = None
        speeds = self._context.settings.value.speeds
        self._context.settings.update(speeds={**speeds, speed.backbone: round(speed.photos, 1)})
        self.show_values()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        self.show_values()
        self.about.setText(failure.message)

    @Slot()
    def _on_cancelled(self) -> None:
        self._handle = None
        self.show_values()


def _find_backbones(job: Job) -> list[_Found]:
    from spa_desktop.encoders.backbones import list_backbones

    return [_Found(one.name, one.title, one.megabytes, one.is_downloaded) for one in list_backbones()]


_WIDTH, _HEIGHT = 640, 680


class SettingsDialog(QDialog):
    """Everything that a person may choose, of the app; a project keeps its own backbone and method."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Settings"))
        self.resize(_WIDTH, _HEIGHT)
        self._context = context
        values = context.settings.value
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        self._column.setSpacing(Space.M)

        form = self._section(self.tr("Appearance"))
        self.appearance = self._choice(
            form,
            self.tr("Theme"),
            {"system": self.tr("Like the system"), "light": self.tr("Light"), "dark": self.tr("Dark")},
            values.appearance,
            "appearance",
        )
        self.language = self._choice(
            form,
            self.tr("Language"),
            {"system": self.tr("Like the system"), "en": "English", "zh_CN": "简体中文"},
            values.language,
            "language",
        )
        self._note(form, self.tr("Holds at once, or when the work that is running has ended."))

        form = self._section(self.tr("New projects"))
        self.backbone = BackboneChoice(context)
        form.addRow(form_label(self.tr("Backbone")), self.backbone.box)
        form.addRow(form_label(""), self.backbone)
        self.test_share = QSpinBox()
        self.test_share.setRange(0, 50)
        self.test_share.setSuffix(" %")
        self.test_share.setValue(round(100 * values.test_share))
        self.test_share.setAccessibleName(self.tr("Photos held out for testing"))
        self.test_share.valueChanged.connect(self._on_test_share)
        form.addRow(form_label(self.tr("Photos held out for testing")), self.test_share)

        form = self._section(self.tr("This computer"))
        self.device = self._choice(
            form,
            self.tr("Device"),
            {
                "auto": self.tr("The fastest there is"),
                **{kind: device_name(kind) for kind in ("cpu", "cuda", "mps")},
            },
            values.device,
            "device",
        )
        self._note(form, self.tr("Holds at once; work that is running goes on where it is."))
        self.unsure = QDoubleSpinBox()
        self.unsure.setRange(0, 100)
        self.unsure.setDecimals(0)
        self.unsure.setSuffix(" %")
        self.unsure.setValue(100 * values.unsure_below)
        self.unsure.setAccessibleName(self.tr("Say unsure below"))
        self.unsure.valueChanged.connect(self._on_unsure)
        form.addRow(form_label(self.tr("Say “unsure” below")), self.unsure)

        self.writer = WriterSettings(context)
        self._heading(self.tr("Descriptions"))
        self._column.addWidget(self.writer)
        self.method = MethodSection(context)
        self.method.fold.button.toggled.connect(self._on_folded)
        self._column.addWidget(self.method)
        self._column.addStretch(1)

        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(content)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close = primary(QPushButton(self.tr("Close")))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(Space.XL, Space.S, Space.XL, Space.L)
        buttons.addStretch(1)
        buttons.addWidget(close)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(buttons)
        context.settings.changed.connect(self._show_values)

    def show_section(self, section: QWidget) -> None:
        """Scroll to a part of the form, once it has the place it takes."""
        self._wanted = section
        later(self._show_wanted)

    @Slot()
    def _show_wanted(self) -> None:
        self._scroll.ensureWidgetVisible(self._wanted)

    def _heading(self, text: str) -> None:
        label = set_type(QLabel(text), Size.STRONG, strong=True)
        label.setContentsMargins(0, Space.S, 0, 0)
        self._column.addWidget(label)

    def _section(self, title: str) -> QFormLayout:
        self._heading(title)
        form = form_layout()
        self._column.addLayout(form)
        return form

    def _choice(self, form: QFormLayout, label: str, names: dict[str, str], chosen: str, setting: str) -> QComboBox:
        box = QComboBox()
        box.setProperty("setting", setting)
        box.setAccessibleName(label)
        for value, name in names.items():
            box.addItem(name, value)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.activated.connect(self._on_chosen)
        form.addRow(form_label(label), box)
        return box

    def _note(self, form: QFormLayout, text: str) -> QLabel:
        label = set_type(QLabel(text), Size.CAPTION, role="muted")
        label.setWordWrap(True)
        form.addRow(form_label(""), label)
        return label

    @Slot()
    def _on_chosen(self) -> None:
        box = self.sender()
        assert isinstance(box, QComboBox), "only combo boxes are connected"
        self._context.settings.update(**{str(box.property("setting")): box.currentData()})
        if box is self.device and self._context.workbench is not None:
            device = str(box.currentData())
            self._context.read(lambda bench, job: bench.use_device(device))

    @Slot(bool)
    def _on_folded(self, is_open: bool) -> None:
        if is_open:
            self.show_section(self.method)

    @Slot(int)
    def _on_test_share(self, value: int) -> None:
        self._context.settings.update(test_share=value / 100)

    @Slot(float)
    def _on_unsure(self, value: float) -> None:
        self._context.settings.update(unsure_below=value / 100)

    @Slot()
    def _show_values(self) -> None:
        """Show what holds, also when it was changed elsewhere."""
        values = self._context.settings.value
        for box in (self.appearance, self.language, self.device):
            box.setCurrentIndex(max(box.findData(getattr(values, str(box.property("setting")))), 0))
