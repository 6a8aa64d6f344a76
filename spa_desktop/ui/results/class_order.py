"""In which order the confusion matrix has its classes: a small menu."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from spa_desktop.ui.style.icons import icon


class ClassOrderButton(QToolButton):
    """Says which order it is, and offers the other."""

    chosen = Signal(str)  # "learning" or "similar"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("sort"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Order of the classes in the matrix"))
        menu, group = QMenu(self), QActionGroup(self)
        self.actions_by_order: dict[str, QAction] = {}
        for order, text in (("learning", self.tr("In order of learning")), ("similar", self.tr("Similar together"))):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(order)
            group.addAction(action)
            self.actions_by_order[order] = action
        self.setMenu(menu)
        self.show_order("learning")
        group.triggered.connect(self._on_chosen)

    def show_order(self, order: str) -> None:
        """Show which order is on."""
        action = self.actions_by_order[order]
        action.setChecked(True)
        self.setText(action.text())

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.show_order(action.data())
        self.chosen.emit(action.data())
