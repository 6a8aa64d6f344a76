"""The settings: a plain form. Every change holds at once, so there is no OK to forget."""

from __future__ import annotations

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

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.later import later
from spa_desktop.ui.page import primary
from spa_desktop.ui.settings.backbone_form import BackboneChoice
from spa_desktop.ui.settings.method_form import MethodSection
from spa_desktop.ui.settings.writer_form import WriterSettings
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.device_names import device_name
from spa_desktop.ui.widgets.forms import form_label, form_layout

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
