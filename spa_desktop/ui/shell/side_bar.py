"""The story in order, and what comes next."""

from __future__ import annotations

import importlib
from typing import Any

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation
from spa_desktop.ui.page import NextStep, Page, next_step
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot, wrapped
from spa_desktop.visible import visible

# The eight pages, in the order of the story. They are imported when they are first shown, not at the start.

PAGE_NAMES = ("sort", "classes", "descriptions", "train", "results", "explain", "live", "use")


def page_title(name: str) -> str:
    """The name of a page for the side bar and the menu."""
    translate = QCoreApplication.translate
    titles = {
        "sort": translate("pages", "Sort"),
        "classes": translate("pages", "Classes"),
        "descriptions": translate("pages", "Descriptions"),
        "train": translate("pages", "Train"),
        "results": translate("pages", "Results"),
        "explain": translate("pages", "Explain"),
        "live": translate("pages", "Live"),
        "use": translate("pages", "Use"),
    }
    return titles[name]


def module_of_page(name: str) -> str:
    """The name of the module that a page is imported from."""
    return f"spa_desktop.ui.{name}.{name}_page"


def make_page(name: str, context: AppContext) -> Page:
    """Make one of the pages."""
    module = importlib.import_module(module_of_page(name))
    page: Page = getattr(module, f"{name.capitalize()}Page")(context)
    page.title.setText(page_title(name))
    page.setAccessibleName(page_title(name))
    return page


WIDTH = 208
_ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)


class _PageButton(QPushButton):
    """Leads into its page. Arrows show one page after the other."""

    walked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in _ARROWS:
            self.walked.emit()


class SideBar(QWidget):
    """The pages as buttons; beneath them, where the project stands."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.step: NextStep | None = None  # None where no project is open
        self._shown = ""
        self._training: Operation[Any] | None = None  # that runs, or waits
        self.setObjectName("sideBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._project = ElidedLabel()
        self._project.mode = Qt.TextElideMode.ElideMiddle
        set_type(self._project, Size.STRONG, strong=True).setContentsMargins(Space.M, 0, Space.M, 0)
        self._place = ElidedLabel()  # where the project is saved
        self._place.mode = Qt.TextElideMode.ElideMiddle
        set_type(self._place, Size.CAPTION, role="muted").setContentsMargins(Space.M, 0, Space.M, 0)
        self.buttons: dict[str, QPushButton] = {}
        for number, name in enumerate(PAGE_NAMES, start=1):
            page = self.buttons[name] = _PageButton(icon(name), "  " + page_title(name))
            page.walked.connect(self._on_walked)
            page.setAccessibleName(page_title(name))
            page.setProperty("kind", "nav")
            page.setIconSize(QSize(ICON, ICON))
            page.setCheckable(True)
            page.setAutoExclusive(True)  # one of several to screen readers, and no check box
            keys = QKeySequence(f"Ctrl+{number}").toString(QKeySequence.SequenceFormat.NativeText)
            page.setToolTip(f"{page_title(name)} ({keys})")
            page.clicked.connect(slot(page, context.go_to, name))
        self._standing = wrapped()
        self._standing.setContentsMargins(Space.M, 0, Space.M, 0)
        self.next = button("", self._go_on, kind="next")
        self.next.setIcon(icon("next", "accent"))
        self.next.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        parts = (self._project, self._place, Space.M, *self.buttons.values(), None, self._standing, self.next)
        column(*parts, spacing=Space.XS, margins=(Space.S, Space.L, Space.S, Space.S), of=self)
        for signal in (context.project_opened, context.project_changed, context.project_closed):
            signal.connect(self.refresh)
        context.background.changed.connect(self._on_work)
        self.refresh()

    def select(self, name: str) -> None:
        self.buttons[name].setChecked(True)
        for page, entry in self.buttons.items():  # Tab enters at the page that is shown
            entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus if page == name else Qt.FocusPolicy.ClickFocus)
        self._shown = name
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        contents = self._context.contents
        self.step = next_step(contents, self._shown) if contents else None
        if self.step and self._training is not None:  # which describes classes, but stores all at its end
            self.step = NextStep(self._training.title, page_title("train"), "train")
        self._project.setText(contents.name if contents else "")
        path = contents.path if contents else None
        self._place.setText(visible(str(path.parent)) if path else "")
        for label in (self._project, self._place):
            label.setToolTip(tip(str(path)) if path else "")
        self._standing.setText(self.step.standing if self.step else "")
        self.next.setText(self.step.action if self.step else "")
        # On its own page the page itself offers it.
        self.next.setVisible(self.step is not None and self.step.page != self._shown)

    @Slot(object)
    def _on_work(self, _: Operation[Any]) -> None:
        before, handles = self._training, self._context.background.operations
        self._training = next((handle for handle in handles if handle.can_stop_early), None)
        if self._training is not before:
            self.refresh()

    @Slot()
    def _on_walked(self) -> None:
        self.buttons[self._shown].setFocus()

    @Slot()
    def _go_on(self) -> None:
        if self.step is not None:
            self._context.go_to(self.step.page)
