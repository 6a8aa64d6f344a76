"""Forms as all of the settings look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel

from spa_desktop.ui.theme import Space

_LABEL_WIDTH, _ROW_HEIGHT = 184, 30


def form_layout() -> QFormLayout:
    """An empty form."""
    form = QFormLayout()
    form.setSpacing(Space.S)
    form.setHorizontalSpacing(Space.L)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def form_label(text: str) -> QLabel:
    """A label of the same width in every section, so that the fields stand in one line."""
    label = QLabel(text)
    label.setFixedWidth(_LABEL_WIDTH)
    label.setMinimumHeight(_ROW_HEIGHT if text else 0)
    return label
