"""Fields that show one setting each: what the person chooses holds at once, and so does what is changed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLayout, QSpinBox, QWidget

from spa_desktop.ui.preferences import Settings, SettingsStore
from spa_desktop.ui.style.theme import Space


class Choice(QComboBox):
    """A list of the values of a setting."""

    def __init__(self, store: SettingsStore, setting: str, label: str, names: Mapping[str, str]) -> None:
        """Show a setting.

        Args:
            store: has it.
            setting: the name of a field of `Settings`.
            label: its name for the person.
            names: what the person reads, by value.
        """
        super().__init__()
        self._store, self._setting = store, setting
        self.setAccessibleName(label)
        for value, name in names.items():
            self.addItem(name, value)
        self.activated.connect(self._keep)
        store.changed.connect(self.show_value)
        self.show_value()

    @Slot()
    def show_value(self) -> None:
        """Show what holds; the first value where that is not in the list."""
        self.setCurrentIndex(max(self.findData(getattr(self._store.value, self._setting)), 0))

    @Slot()
    def _keep(self) -> None:
        self._store.update(**{self._setting: self.currentData()})


class Number(QSpinBox):
    """A number within the bounds that `Settings` gives it."""

    def __init__(self, store: SettingsStore, setting: str, label: str, *, is_share: bool = False) -> None:
        """Show a setting; the arguments are those of `Choice`. A share from 0 to 1 is shown in per cent."""
        super().__init__()
        self._store, self._setting, self._is_share = store, setting, is_share
        self.setAccessibleName(label)
        scale = 100 if is_share else 1
        bounds = Settings.model_fields[setting].metadata
        low = next(bound.ge for bound in bounds if hasattr(bound, "ge"))
        high = next(bound.le for bound in bounds if hasattr(bound, "le"))
        self.setRange(round(scale * low), round(scale * high))
        self.setSuffix(" %" if is_share else "")
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
    for one in fields:
        named = one.accessibleName() if isinstance(one, QWidget) else ""
        name, field = one if isinstance(one, tuple) else (named, one)
        label = QLabel(name)
        label.setFixedWidth(_LABEL_WIDTH)  # in every section, so that the fields stand in one line
        label.setMinimumHeight(_ROW_HEIGHT if name else 0)
        if isinstance(field, QWidget):
            label.setToolTip(field.toolTip() if name else "")
        form.addRow(label, field)
    return form
