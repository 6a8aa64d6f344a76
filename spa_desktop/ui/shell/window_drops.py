"""Drops that the page beneath does not take: photos and folders go to the Classes page, a project is opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.widgets.drop_veil import DropVeil
from spa_desktop.ui.widgets.file_dialogs import local_paths


class WindowDrops(QObject):
    """Handles the drag and drop events that reach the main window, and says before the drop what it will do."""

    project_dropped = Signal(object)  # Path

    def __init__(self, context: AppContext, window: QWidget, veiled: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._veil = DropVeil(veiled)
        window.setAcceptDrops(True)

    def handle(self, event: QEvent) -> bool:
        """Take an event of a drag. Gives False for any other event."""
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and isinstance(event, QDropEvent):
            said = self._what(event.mimeData())
            if said:
                self._veil.cover(said)
                event.acceptProposedAction()
            else:
                event.ignore()
            return True
        if kind == QEvent.Type.DragLeave:
            self._veil.hide()
            return True
        if kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._veil.hide()
            self._take(event)
            return True
        return False

    def _what(self, data: QMimeData) -> str:
        """What a drop will do, "" if nothing."""
        paths = local_paths(data.urls())
        if not paths:
            return ""
        if _project(paths) is not None:
            return self.tr("Drop to open the project")
        contents = self._context.contents
        if contents is None:
            return ""
        return self.tr("Drop to add to the classes") if contents.is_writable else ""

    def _take(self, event: QDropEvent) -> None:
        if not self._what(event.mimeData()):
            return
        event.acceptProposedAction()
        paths = local_paths(event.mimeData().urls())
        project = _project(paths)
        if project is not None:
            self.project_dropped.emit(project)
        else:
            self._context.go_to("classes", paths)


def _project(paths: list[Path]) -> Path | None:
    return next((path for path in paths if path.suffix.lower() == ".spa"), None)
