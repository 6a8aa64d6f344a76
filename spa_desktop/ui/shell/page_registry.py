"""The seven pages, in the order of the story. They are imported when a project is first opened, not at the start."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page

_CLASSES = {
    "classes": "ClassesPage",
    "descriptions": "DescriptionsPage",
    "train": "TrainPage",
    "results": "ResultsPage",
    "explain": "ExplainPage",
    "live": "LivePage",
    "use": "UsePage",
}
PAGE_NAMES = tuple(_CLASSES)


def page_title(name: str) -> str:
    """The name of a page for the side bar and the menu."""
    titles = {
        "classes": QCoreApplication.translate("pages", "Classes"),
        "descriptions": QCoreApplication.translate("pages", "Descriptions"),
        "train": QCoreApplication.translate("pages", "Train"),
        "results": QCoreApplication.translate("pages", "Results"),
        "explain": QCoreApplication.translate("pages", "Explain"),
        "live": QCoreApplication.translate("pages", "Live"),
        "use": QCoreApplication.translate("pages", "Use"),
    }
    return titles[name]


def make_pages(context: AppContext) -> Iterator[Page]:
    """Make the pages, one at a time, so that the window can breathe in between."""
    for name, class_name in _CLASSES.items():
        module = importlib.import_module(f"spa_desktop.ui.{name}.{name}_page")
        page: Page = getattr(module, class_name)(context)
        page.title.setText(page_title(name))
        yield page
