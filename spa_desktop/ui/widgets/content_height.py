"""Lists that are as high as what is in them, so that no large empty frame stands on a page."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QAbstractItemView

_ENOUGH = 4000  # pixels: no screen is higher


def fit_height(view: QAbstractItemView, least: int = 0) -> None:
    """Let a list or tree become as high as its rows are, but no higher; `least` pixels at least."""
    height = 0
    for index in _rows(view, QModelIndex()):
        height += view.sizeHintForIndex(index).height()
        if height > _ENOUGH:
            break
    view.setMaximumHeight(max(height + 2 * view.frameWidth() + 2, least))


def _rows(view: QAbstractItemView, parent: QModelIndex) -> Iterator[QModelIndex]:
    model = view.model()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _rows(view, index)
