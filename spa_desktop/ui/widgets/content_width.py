"""How wide the list left of a page is: as its longest row wants, within bounds, until the person moves the splitter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtWidgets import QAbstractItemView, QSplitter

_MOST = 0.42  # of the splitter's width


class ContentWidth(QObject):
    """Shares the width of a splitter between a list, its first widget or in it, and the rest."""

    def __init__(self, splitter: QSplitter, view: QAbstractItemView, least: int) -> None:
        """Make ready.

        Args:
            splitter: of two widgets.
            view: the list or tree in the first.
            least: pixels that the first gets at least.
        """
        super().__init__(splitter)
        self._splitter, self._view, self._least = splitter, view, least
        self._is_moved = False
        splitter.splitterMoved.connect(self._on_moved)
        splitter.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.share()
        return super().eventFilter(watched, event)

    @Slot()
    def share(self) -> None:
        """The rows, or the room, are others."""
        room = self._splitter.width() - self._splitter.handleWidth()
        if self._is_moved or room <= 2 * self._least:
            return
        bar = self._view.verticalScrollBar().sizeHint().width()
        wanted = self._view.sizeHintForColumn(0) + bar + 2 * self._view.frameWidth()
        width = max(min(wanted, round(_MOST * room)), self._least)
        self._splitter.setSizes([width, room - width])

    @Slot()
    def _on_moved(self) -> None:
        self._is_moved = True
