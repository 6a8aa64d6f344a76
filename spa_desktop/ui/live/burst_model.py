"""Recorded frames as an item model; those that are not ticked are not added."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QImage, QPixmap

_NOWHERE = QModelIndex()
THUMBNAIL = QSize(96, 72)
MOST = 100  # frames; a burst that is longer adds nothing that is new


class Burst(QAbstractListModel):
    """Frames in the order they were recorded."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frames: list[QImage] = []
        self._small: list[QPixmap] = []
        self._is_kept: list[bool] = []

    @property
    def is_full(self) -> bool:
        return len(self._frames) >= MOST

    @property
    def frames(self) -> list[QImage]:
        """All of them."""
        return list(self._frames)

    @property
    def kept(self) -> list[QImage]:
        """Those that are ticked."""
        return [frame for frame, is_kept in zip(self._frames, self._is_kept, strict=True) if is_kept]

    def record(self, frame: QImage) -> None:
        """Put a frame at the end, unless there are too many."""
        if not self.is_full and not frame.isNull():
            self._append(frame)

    def _append(self, frame: QImage) -> None:
        row = len(self._frames)
        self.beginInsertRows(_NOWHERE, row, row)
        self._frames.append(frame)
        fast = Qt.TransformationMode.FastTransformation
        self._small.append(QPixmap.fromImage(frame.scaled(THUMBNAIL * 2, Qt.AspectRatioMode.KeepAspectRatio, fast)))
        self._is_kept.append(True)
        self.endInsertRows()

    def clear(self) -> None:
        """No frames."""
        self.restore([])

    def restore(self, frames: list[QImage]) -> None:
        """These frames and no others, all ticked, however many there are."""
        self.beginResetModel()
        self._frames, self._small, self._is_kept = [], [], []
        self.endResetModel()
        for frame in frames:
            self._append(frame)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._frames)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = index.row()
        if role == Qt.ItemDataRole.DecorationRole:
            return self._small[row]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self._is_kept[row] else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("Frame {n}").format(n=row + 1)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tr("Click to leave it out") if self._is_kept[row] else self.tr("Click to take it in")
        return None

    def setData(
        self, index: QModelIndex | QPersistentModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        if not index.isValid() or role != Qt.ItemDataRole.CheckStateRole:
            return False
        self._is_kept[index.row()] = Qt.CheckState(value) == Qt.CheckState.Checked
        self.dataChanged.emit(index, index, [role])
        return True

    def toggle(self, index: QModelIndex) -> None:
        """Tick a frame, or take its tick away."""
        if index.isValid():
            is_kept = self._is_kept[index.row()]
            state = Qt.CheckState.Unchecked if is_kept else Qt.CheckState.Checked
            self.setData(index, state, Qt.ItemDataRole.CheckStateRole)
