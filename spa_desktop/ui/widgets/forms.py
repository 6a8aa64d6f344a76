"""Forms as all of the settings look."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Space

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


class Fold(QWidget):
    """A heading that hides what is beneath it until it is clicked."""

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setAccessibleName(title)
        self.button.setProperty("kind", "fold")
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._show)
        self._body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(body)
        self._show(False)

    @property
    def is_open(self) -> bool:
        return self.button.isChecked()

    @Slot(bool)
    def _show(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self.button.setIcon(icon("down" if is_open else "right"))
