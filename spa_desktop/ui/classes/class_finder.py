"""What stands above the classes: a search, and in which order they are."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from spa_desktop.ui.classes.tree_model import ClassOrder
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.widgets.search_field import SearchField


class ClassFinder(QWidget):
    """Words to search by, and a menu of orders."""

    changed = Signal(str, str)  # the words, and a ClassOrder

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField(self.tr("Search classes"))
        self.button = QToolButton()
        self.button.setIcon(icon("sort"))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setAccessibleName(self.tr("Order of the classes"))
        self.button.setToolTip(self.button.accessibleName())
        self.order: ClassOrder = "learning"
        menu, group = QMenu(self), QActionGroup(self)
        orders: tuple[tuple[str, ClassOrder], ...] = (
            (self.tr("As they were added"), "learning"),
            (self.tr("By name"), "name"),
            (self.tr("Newest first"), "newest"),
            (self.tr("Most photos first"), "photos"),
        )
        for text, order in orders:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(order)
            action.setChecked(order == self.order)
            group.addAction(action)
        self.button.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.search, 1)
        row.addWidget(self.button)
        group.triggered.connect(self._on_order)
        self.search.words_typed.connect(self._tell)

    @property
    def words(self) -> str:
        """What is searched."""
        return self.search.text()

    @Slot(QAction)
    def _on_order(self, action: QAction) -> None:
        self.order = action.data()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        self.changed.emit(self.words, self.order)
