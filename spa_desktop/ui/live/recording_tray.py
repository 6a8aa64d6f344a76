"""Record a burst while a button is held, look it through, add it to a class."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type, theme

# Recorded frames as an item model; those that are not ticked are not added.

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


_Index = QModelIndex | QPersistentModelIndex
_GAP_SECONDS = 0.1  # between recorded frames: closer ones are all but the same
_TICK = 20


class _FrameDelegate(QStyledItemDelegate):
    def editorEvent(self, *_: object) -> bool:
        """Leave each click to the list: where Qt has the box of a tick, it would toggle the tick once more."""
        return False

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return THUMBNAIL + QSize(Space.S, Space.S)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        box = QRectF(option.rect).adjusted(4, 4, -4, -4)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        is_kept = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = picture.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.setOpacity(1.0 if is_kept else 0.3)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
        painter.setOpacity(1.0)
        corner = QRectF(place.right() - _TICK - 2, place.bottom() - _TICK - 2, _TICK, _TICK)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("accent") if is_kept else QColor(0, 0, 0, 140))
        painter.drawEllipse(corner)
        icon("check" if is_kept else "close", "on_accent" if is_kept else "line").paint(
            painter, corner.adjusted(3, 3, -3, -3).toRect()
        )
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("accent"), 2))
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), 4, 4)
        painter.restore()


class FrameList(QListView):
    """Recorded frames in a row. A click or Space leaves one out."""

    def __init__(self, burst: Burst, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._burst = burst
        self.setModel(burst)
        self.setItemDelegate(_FrameDelegate(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(THUMBNAIL.height() + Space.S + 2 * Space.S + Space.XS)
        self.setAccessibleName(self.tr("Recorded frames"))
        self.setProperty("focus", "item")
        self.clicked.connect(self._burst.toggle)
        self._burst.rowsInserted.connect(self.scrollToBottom)

    def event(self, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else they go through the photos of a folder
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._burst.toggle(self.currentIndex())
        else:
            super().keyPressEvent(event)


class HoldButton(QPushButton):
    """Down until it is let go, wherever the pointer is by then: a hand that holds a button may slip."""

    def hitButton(self, pos: QPoint) -> bool:
        return self.isDown() or super().hitButton(pos)


class Recorder(QFrame):
    """A tray, and beneath it, where they stay when the tray fills, a class and a button to hold."""

    add_wanted = Signal(str, object)  # name of the class, list[QImage]
    discarded = Signal(object)  # list[QImage]
    held = Signal()  # the button went down: a frame that stands still is recorded too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.burst = Burst(self)
        self._recorded_at = 0.0
        self.class_name = QComboBox()
        self.class_name.setEditable(True)
        self.class_name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.class_name.setAccessibleName(self.tr("Class to add frames to"))
        line = self.class_name.lineEdit()
        assert line is not None, "it is editable"
        line.setPlaceholderText(self.tr("Class or new name"))
        line.setMaxLength(255)
        self.hold = HoldButton(self.tr("Hold to record"))
        set_icon(self.hold, "record", "bad")
        about = self.tr("Records frames while it is held, by mouse or with Space; you look them through first")
        self.hold.setToolTip(tip(about))
        self.frames = FrameList(self.burst)
        self.add = QPushButton()
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setProperty("kind", "link")
        self.hint = set_type(QLabel(), Size.CAPTION, role="muted")
        self.hint.setWordWrap(True)
        label = QLabel(self.tr("Add to class"))
        label.setBuddy(self.class_name)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for widget, stretch in ((label, 0), (self.class_name, 1), (self.hold, 0)):
            row.addWidget(widget, stretch)
        self._review = QWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.hint, 1)
        buttons.addWidget(self.discard)
        buttons.addWidget(self.add)
        tray = QVBoxLayout(self._review)
        tray.setContentsMargins(0, 0, 0, 0)
        tray.setSpacing(Space.S)
        tray.addWidget(self.frames)
        tray.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._review)
        column.addLayout(row)
        self.hold.pressed.connect(self.held)
        self.hold.released.connect(self._show_review)
        self.add.clicked.connect(self._on_add)
        self.discard.clicked.connect(self._on_discard)
        self.class_name.editTextChanged.connect(self._show_review)
        for signal in (self.burst.rowsInserted, self.burst.modelReset, self.burst.dataChanged):
            signal.connect(self._show_review)
        self._show_review()

    def set_classes(self, classes: Sequence[ClassRecord]) -> None:
        """Offer classes; what was typed stays, but for the name of a class that has another one now."""
        text = self.class_name.currentText()
        meant = [one for one in range(self.class_name.count()) if self.class_name.itemText(one) == text]
        key = self.class_name.itemData(meant[0]) if meant else None
        text = next((item.name for item in classes if item.id == key), text)
        self.class_name.clear()
        for item in classes:
            self.class_name.addItem(item.name, item.id)
        self.class_name.setCurrentIndex(-1)
        self.class_name.setEditText(text)

    def forget(self) -> None:
        """Another project: neither the frames nor the class are for it."""
        self.burst.clear()
        self.class_name.clear()
        self.class_name.clearEditText()

    @Slot(QImage)
    def see(self, frame: QImage) -> None:
        """Record a frame if the button is held, and the last one is long enough ago."""
        now = time.monotonic()
        if self.hold.isDown() and now - self._recorded_at >= _GAP_SECONDS:
            self._recorded_at = now
            self.burst.record(frame)

    @Slot()
    def _show_review(self) -> None:
        kept, total = len(self.burst.kept), self.burst.rowCount()
        name = self.class_name.currentText().strip()
        self._review.setVisible(total > 0)
        self.add.setText(self.tr("Add {n} frames").format(n=kept) if kept != 1 else self.tr("Add 1 frame"))
        self.add.setEnabled(kept > 0 and bool(name) and not self.hold.isDown())
        if self.burst.is_full:
            self.hint.setText(self.tr("{n} frames are enough. Click those to leave out.").format(n=MOST))
        elif not name:
            self.hint.setText(self.tr("Name the class below. Click frames to leave them out."))
        else:
            self.hint.setText(self.tr("Click frames to leave them out."))

    @Slot()
    def _on_add(self) -> None:
        self.add_wanted.emit(self.class_name.currentText().strip(), self.burst.kept)

    @Slot()
    def _on_discard(self) -> None:
        frames = self.burst.frames
        self.burst.clear()
        self.discarded.emit(frames)
