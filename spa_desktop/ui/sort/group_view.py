"""The list of groups: keys, clicks and dragging, and the field in which the current row gets its name.

Single letters act while the list has the focus; in the field they are letters. Nothing jumps: after a key the row that
is current stands where the eye is, whatever came or went above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelectionModel,
    QMimeData,
    QPoint,
    QRect,
    QSize,
    QStringListModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QCompleter, QLineEdit, QListView, QWidget

from spa_desktop.ui.background.work import later
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.sort.group_rows import (
    ASIDE,
    FIELD,
    LEFT,
    Action,
    GroupModel,
    GroupRow,
    Places,
    RowDelegate,
    places_of,
)
from spa_desktop.ui.style.theme import Size, Space
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.widgets.forms import local_paths

Key = Qt.Key
_MIME = f"application/x-spa-desktop-{uuid4().hex}-sorted"
_EDGE, _SCROLL = 40, 24  # pixels from the edge where dragging scrolls, and by how much
_ROUNDING = 32


class NameField(QLineEdit):
    """The name of the current row. Enter accepts it, Escape leaves it as it was, Up and Down go to other rows."""

    accepted = Signal(str)
    left = Signal()  # by Escape
    walked = Signal(int)  # rows up or down
    abandoned = Signal()  # the focus went elsewhere

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(255)
        self.setPlaceholderText(self.tr("Name"))
        self.setAccessibleName(self.tr("Name of the group"))
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)
        self.hide()

    def offer(self, names: Sequence[str]) -> None:
        """Complete what is typed to these names."""
        if list(names) != self._names.stringList():
            self._names.setStringList(list(names))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self.completer().popup()
        is_choosing = popup is not None and popup.isVisible()
        if event.key() in (Key.Key_Return, Key.Key_Enter) and not event.isAutoRepeat():
            if popup is not None:
                popup.hide()
            self.accepted.emit(self.text().strip())
        elif event.key() == Key.Key_Escape and not is_choosing:
            self.left.emit()
        elif event.key() in (Key.Key_Up, Key.Key_Down) and not is_choosing:
            self.walked.emit(-1 if event.key() == Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.abandoned.emit()


class GroupView(QListView):
    """Groups as rows.

    Attributes:
        group_model: its rows.
        source: of the pictures.
        side: of the first picture of a row, in device-independent pixels.
        picked: keys of the photos that are chosen, all in one row.
        picked_in: the number of that row.
        target: number of the row that something is dragged over; None for none.
        is_naming: the field is open.
    """

    name_given = Signal(object, str, bool)  # numbers of groups, the name as it was typed, go on to the next row
    merge_wanted = Signal(object)  # numbers of groups, at least two
    split_wanted = Signal(int)  # look at it, and do it when it is looked at
    split_left = Signal()  # it stays together
    throw_wanted = Signal(object)  # keys: out of their group
    aside_wanted = Signal(object)  # keys
    move_wanted = Signal(object, int)  # keys, number of a group
    gather_wanted = Signal(object)  # keys: a group of their own
    answer_given = Signal(bool)  # to "Are these the same?"
    undo_wanted = Signal()
    open_wanted = Signal(int, bool)  # show all photos of a row, or not any more
    enlarge_wanted = Signal(int, str)  # number of the row, key
    files_dropped = Signal(object)  # paths
    tile_changed = Signal()

    def __init__(self, model: GroupModel, source: ThumbnailSource, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group_model, self.source, self.side = model, source, side
        self.picked: list[str] = []
        self.picked_in = 0
        self.target: int | None = None
        self.is_naming = False
        self._pressed: tuple[QPoint, str] | None = None
        self._typed: tuple[list[int], str] | None = None  # a name that is given once a click is over
        self._places: dict[int, tuple[GroupRow, int, Places]] = {}
        self._can_edit = True
        self.field = NameField(self.viewport())
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setProperty("focus", "item")
        self.setAccessibleName(self.tr("Groups of photos"))
        self.field.accepted.connect(self._on_accepted)
        self.field.left.connect(self._on_field_left)
        self.field.walked.connect(self._on_walked)
        self.field.abandoned.connect(self._on_abandoned)
        self.verticalScrollBar().setSingleStep(40)
        self.verticalScrollBar().valueChanged.connect(self._place_field)
        source.loaded.connect(self._on_loaded)

    # What is where

    @property
    def tile(self) -> QSize:
        """For the slider: the size of a large picture."""
        return QSize(self.side, self.side)

    def set_side(self, side: int) -> None:
        """Show pictures of another size."""
        if side and side != self.side:
            self.side = side
            self._places.clear()
            self.source.set_side(-(-side // _ROUNDING) * _ROUNDING)
            self._keeping_sight(lambda: self.doItemsLayout())
            self.tile_changed.emit()

    def places(self, row: GroupRow) -> Places:
        """Where the things of a row lie."""
        width, known = self.viewport().width(), self._places.get(row.id)
        if known is not None and known[1] == width and known[0] is row:
            return known[2]
        font = QFont(self.font())
        font.setPixelSize(int(Size.CAPTION))
        found = places_of(row, width, self.side, QFontMetrics(font))
        self._places[row.id] = (row, width, found)
        return found

    @property
    def row(self) -> GroupRow | None:
        """The current row."""
        place = self.currentIndex().row()
        return self.group_model.rows[place] if 0 <= place < len(self.group_model.rows) else None

    @property
    def chosen(self) -> list[int]:
        """Numbers of the groups that are selected, or of the current one, from above."""
        rows = {index.row() for index in self.selectionModel().selectedIndexes()} | {self.currentIndex().row()}
        found = [self.group_model.rows[place] for place in sorted(rows) if 0 <= place < len(self.group_model.rows)]
        return [one.id for one in found if one.is_group]

    def links(self, row: GroupRow, places: Places, origin: QPoint) -> list[tuple[str, QRect]]:
        """What can be clicked in the current row, and where."""
        return [(text, box) for _, text, box in self._actions(row, places, origin)]

    def _actions(self, row: GroupRow, places: Places, origin: QPoint) -> list[tuple[Action, str, QRect]]:
        if row.parts:
            texts: list[tuple[Action, str]] = [("split", self.tr("Split so  S")), ("keep", self.tr("Keep it  Esc"))]
        else:
            texts = [("split", self.tr("Split  S")), ("aside", self.tr("Set aside  X"))]
            if len(self.chosen) > 1:
                texts.insert(0, ("merge", self.tr("Merge them  M")))
            elif self.group_model.place_of(row.id):
                texts.insert(0, ("merge", self.tr("Merge up  M")))
        font = QFont(self.font())
        font.setPixelSize(int(Size.CAPTION))
        metrics, x = QFontMetrics(font), places.actions.left() + origin.x()
        found = []
        for name, text in texts:
            wide = metrics.horizontalAdvance(text)
            found.append((name, text, QRect(x, places.actions.top() + origin.y(), wide, places.actions.height())))
            x += wide + Space.L
        return found

    # What is shown

    def show_rows(self, rows: Sequence[GroupRow], current: int | None = None) -> None:
        """Show other rows.

        Args:
            rows: all of them.
            current: number of the row that is current now; None for the one that was.
        """
        before, top = self.row, self.visualRect(self.currentIndex()).top()
        kept = {one.id for one in self._selected_rows()} if current is None else set()
        was_naming, typed = self.is_naming, self.field.text()
        is_other = current is not None and (before is None or before.id != current)
        if current is None and rows and rows[0].is_group and not any(one.is_group for one in self.group_model.rows):
            current = rows[0].id  # groups, where there was none
            before = None
        wanted = current if current is not None else before.id if before is not None else None
        self.setUpdatesEnabled(False)
        self.setAutoScroll(False)
        self.group_model.fill(rows)
        self.doItemsLayout()
        place = self.group_model.place_of(wanted)
        if place is None and rows:
            place = min(max(self.currentIndex().row(), 0), len(rows) - 1) if before is None else self._near(before)
        if place is not None:
            index, flags = self.group_model.index(place), QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
            for other in (self.group_model.place_of(id) for id in kept):
                if other is not None:
                    self.selectionModel().select(self.group_model.index(other), flags.Select)
            self._hold(index.row(), top if before is not None else None, is_other=is_other)
        if self.row is None or self.row.id != self.picked_in:
            self.picked = []
        self.picked = [key for key in self.picked if self.row is not None and key in self.row.photos]
        self.setAutoScroll(True)
        self.setUpdatesEnabled(True)
        if was_naming and self.row is not None and self.row.is_group:
            self.name_current(text=None if is_other else typed)
        else:
            self._close_field()

    def _selected_rows(self) -> list[GroupRow]:
        places = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        return [self.group_model.rows[place] for place in places if place < len(self.group_model.rows)]

    def _near(self, before: GroupRow) -> int:
        """Where to go when the current row is gone: where it was."""
        return min(self._last_place, len(self.group_model.rows) - 1)

    _last_place = 0

    def _hold(self, place: int, top: int | None, *, is_other: bool) -> None:
        """Scroll so that a row stands where the eye is; it may come nearer to the top by the rows that folded."""
        bar, box = self.verticalScrollBar(), self.visualRect(self.group_model.index(place))
        self._last_place = place
        if top is not None:
            wanted = min(box.top(), max(top, self.viewport().height() // 3)) if is_other else top
            bar.setValue(bar.value() + box.top() - wanted)
            box = self.visualRect(self.group_model.index(place))
        if box.bottom() > self.viewport().height():
            bar.setValue(bar.value() + min(box.bottom() - self.viewport().height(), box.top()))
        elif box.top() < 0:
            bar.setValue(bar.value() + box.top())

    def _keeping_sight(self, change: Any) -> None:
        """Do something that changes heights, with the current row where it is."""
        top = self.visualRect(self.currentIndex()).top()
        change()
        if self.currentIndex().isValid():
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self.currentIndex()).top() - top)
        self._place_field()

    def go_to(self, id: int | None) -> None:
        """Make a row current."""
        place = self.group_model.place_of(id)
        if place is not None:
            self.picked = []
            self.setCurrentIndex(self.group_model.index(place))

    def after(self, ids: Sequence[int]) -> int | None:
        """Number of the row to go to once these groups are named: the next without a name, else the next."""
        rows = self.group_model.rows
        place = max((at for at, one in enumerate(rows) if one.id in ids), default=-1)
        following = [one for one in rows[place + 1 :] if one.is_group]
        bare = next((one.id for one in following if not one.name), None)
        return bare if bare is not None else following[0].id if following else (ids[0] if ids else None)

    def below(self, ids: Sequence[int]) -> int | None:
        """Number of the row below these, to go to when they are gone."""
        rows = self.group_model.rows
        places = [at for at, one in enumerate(rows) if one.id in ids]
        if not places:
            return None
        beneath = rows[places[-1] + 1 :]
        return beneath[0].id if beneath else rows[places[0] - 1].id if places[0] else None

    # The field

    def name_current(self, text: str | None = None) -> None:
        """Open the field over the current row, with its name, or the first that it may have, to be typed over.

        Args:
            text: what stands in it instead.
        """
        row = self.row
        if row is None or not row.is_group or not self._can_edit:
            return
        is_new = not self.is_naming or text is None
        self.is_naming = True
        if is_new:
            self.field.setText(text or row.name or (row.suggestions[0].text if row.suggestions else ""))
            self.field.setModified(False)
            self.field.selectAll()
        self._place_field()
        self.field.show()
        if not self.field.hasFocus():
            self.field.setFocus()
        self.viewport().update()

    def _close_field(self) -> None:
        self.is_naming = False
        if self.field.hasFocus():
            self.field.setModified(False)
            self.setFocus()  # before it is hidden, which would give the focus to whoever is next
        row = self.row
        has_place = row is not None and row.is_group and not row.name
        self.field.blockSignals(True)
        self.field.clear()
        self.field.blockSignals(False)
        self.field.setVisible(has_place and self._can_edit)
        self._place_field()
        self.viewport().update()

    @Slot()
    def _place_field(self) -> None:
        row = self.row
        if row is None or not row.is_group:
            self.field.hide()
            return
        box = self.places(row).name.translated(self.visualRect(self.currentIndex()).topLeft())
        box = QRect(box.left(), box.center().y() - FIELD // 2 + 1, box.width(), FIELD)
        self.field.setGeometry(box)

    def set_editable(self, can: bool) -> None:
        """Whether anything can be done, beside looking."""
        self._can_edit = can
        if not can:
            self._close_field()

    @Slot(str)
    def _on_accepted(self, text: str) -> None:
        ids = self.chosen
        if text:
            self.name_given.emit(ids, text, True)
        else:
            self._go(self.after(ids))

    def _go(self, id: int | None) -> None:
        was_naming = self.is_naming
        self.is_naming = False
        self.go_to(id)
        if was_naming:
            self.name_current()

    @Slot()
    def _on_field_left(self) -> None:
        self._close_field()

    @Slot(int)
    def _on_walked(self, by: int) -> None:
        rows, place = self.group_model.rows, self.currentIndex().row() + by
        if 0 <= place < len(rows) and rows[place].is_group:
            typed, self._typed = self._typed_name(), None
            self._go(rows[place].id)
            if typed is not None:
                self.name_given.emit(*typed, False)

    @Slot()
    def _on_abandoned(self) -> None:
        """Who typed a name and goes elsewhere means it. A click that does so comes first: rows fold after it."""
        typed = self._typed_name()
        if typed is not None:
            self._typed = typed
            later(self._keep_typed)
        self._close_field()

    @Slot()
    def _keep_typed(self) -> None:
        typed, self._typed = self._typed, None
        if typed is not None:
            self.name_given.emit(*typed, False)

    def _typed_name(self) -> tuple[list[int], str] | None:
        """What was typed, and of which groups; None if nothing was."""
        text, row = self.field.text().strip(), self.row
        if not self.is_naming or not self.field.isModified() or not text or row is None or text == row.name:
            return None
        return self.chosen, text

    def currentChanged(self, current: Any, previous: Any) -> None:
        super().currentChanged(current, previous)
        if self.row is not None and self.row.id != self.picked_in:
            self.picked = []
        if current.row() >= 0:
            self._last_place = current.row()
        if self.updatesEnabled() and not self.is_naming:
            self._close_field()

    # Keys

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if event.matches(QKeySequence.StandardKey.Undo) or (plain and event.text().strip()):
                event.accept()  # else they would go to a menu
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.row, event.key()
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_wanted.emit()
        elif event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in (Key.Key_Left, Key.Key_Right) and row is not None:
            self._step(row, 1 if key == Key.Key_Right else -1)
        elif key == Key.Key_Space and row is not None and row.shown:
            self.enlarge_wanted.emit(row.id, self.picked[-1] if self.picked else row.shown[0])
        elif key in (Key.Key_Return, Key.Key_Enter):
            if not event.isAutoRepeat():
                self._enter(row)
        elif key == Key.Key_Escape and row is not None and (row.parts or self.picked or row.is_open):
            self._escape(row)
        elif key in _LETTERS or Key.Key_1 <= key <= Key.Key_3 or key == Key.Key_Delete:
            if not event.isAutoRepeat() and self._can_edit:
                self._act(key, row)
        elif event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _enter(self, row: GroupRow | None) -> None:
        if row is not None and row.is_group:
            self.name_current()
        elif row is not None and self.picked and self._can_edit:
            self.gather_wanted.emit(row.all_of(self.picked))

    def _escape(self, row: GroupRow) -> None:
        if row.parts:
            self.split_left.emit()
        elif self.picked:
            self.picked = []
            self.viewport().update()
        else:
            self.open_wanted.emit(row.id, False)

    def _act(self, key: int, row: GroupRow | None) -> None:
        if key == Key.Key_U:
            self.undo_wanted.emit()
        elif key in (Key.Key_Y, Key.Key_N):
            self.answer_given.emit(key == Key.Key_Y)
        elif row is None:
            return
        elif key == Key.Key_M:
            self._merge()
        elif key == Key.Key_S and row.is_group:
            self.split_wanted.emit(row.id)
        elif key == Key.Key_G and self.picked:
            self.gather_wanted.emit(row.all_of(self.picked))
        elif key == Key.Key_X and self.picked and row.is_group:
            self.throw_wanted.emit(self._picked_and_on(row))
        elif key in (Key.Key_X, Key.Key_Delete):
            self._set_aside(row)
        elif key - Key.Key_1 < len(row.suggestions) and key >= Key.Key_1:
            self.name_given.emit(self.chosen, row.suggestions[key - Key.Key_1].text, True)

    def _merge(self) -> None:
        ids, rows, place = self.chosen, self.group_model.rows, self.currentIndex().row()
        if len(ids) > 1:
            self.merge_wanted.emit(ids)
        elif ids and place > 0 and rows[place - 1].is_group:
            self.merge_wanted.emit([rows[place - 1].id, ids[0]])

    def _set_aside(self, row: GroupRow) -> None:
        if self.picked:
            self.aside_wanted.emit(self._picked_and_on(row))
        elif row.id != ASIDE:
            chosen = set(self.chosen) or {row.id}
            rows = [one for one in self.group_model.rows if one.id in chosen]
            self.aside_wanted.emit([key for one in rows for key in one.all_of(one.photos)])

    def _picked_and_on(self, row: GroupRow) -> list[str]:
        """The photos that are picked; the one behind them is picked next, so that the same key can be pressed again."""
        picked, shown = list(self.picked), row.shown
        last = max(shown.index(key) for key in picked)
        following = [key for key in (*shown[last + 1 :], *reversed(shown[:last])) if key not in picked]
        self.picked, self.picked_in = following[:1], row.id
        return row.all_of(picked)

    def _step(self, row: GroupRow, by: int) -> None:
        """Go from photo to photo; beyond the last that is shown, all are."""
        shown = row.shown
        if not shown:
            return
        at = shown.index(self.picked[-1]) + by if self.picked and self.picked[-1] in shown else 0 if by > 0 else -1
        if at < 0:
            self.picked = []
        else:
            self.picked, self.picked_in = [shown[min(at, len(shown) - 1)]], row.id
            seen = [key for key, _ in self.places(row).photos]
            if self.picked[0] not in seen and not row.is_open:
                self.open_wanted.emit(row.id, True)
        self.viewport().update()

    # The mouse

    def _hit(self, at: QPoint) -> tuple[GroupRow | None, str, Any]:
        """What lies at a place of the viewport: the row, what of it, and which."""
        index = self.indexAt(at)
        if not index.isValid():
            return None, "", None
        row, origin = self.group_model.rows[index.row()], self.visualRect(index).topLeft()
        places, inner = self.places(row), at - origin
        for key, box in places.photos:
            if box.contains(inner):
                return row, "photo", key
        if places.more is not None and places.more.contains(inner):
            return row, "more", None
        for place, box in enumerate(places.suggestions):
            if box.contains(inner):
                return row, "suggestion", place
        if index == self.currentIndex() and row.is_group and not row.is_folded:
            for name, _, box in self._actions(row, places, origin):
                if box.contains(at):
                    return row, "action", name
        if row.is_group and places.name.contains(inner):
            return row, "name", None
        return row, "", None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        row, what, which = self._hit(at)
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() != Qt.MouseButton.LeftButton or row is None:
            super().mousePressEvent(event)
            return
        if what == "photo":
            self._press_photo(row, which, event)
            return
        if what in ("", "name") or not is_plain:
            self.picked = []
            super().mousePressEvent(event)
            self.setFocus()
            if what == "name" and is_plain:
                self.name_current()
            return
        self.setFocus()
        if row.id not in self.chosen:
            self.go_to(row.id)
        if what == "more":
            self.open_wanted.emit(row.id, not row.is_open)
        elif what == "suggestion" and self._can_edit:
            self.name_given.emit(self.chosen, row.suggestions[which].text, True)
        elif what == "action":
            self._do_action(which, row)

    def _do_action(self, action: Action, row: GroupRow) -> None:
        if action == "keep":
            self.split_left.emit()
        elif self._can_edit:
            self.picked = []
            self._act({"merge": Key.Key_M, "split": Key.Key_S, "aside": Key.Key_X}[action], row)

    def _press_photo(self, row: GroupRow, key: str, event: QMouseEvent) -> None:
        self.setFocus()
        many = event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.picked_in == row.id
        picked = list(self.picked) if many or (key in self.picked and self.picked_in == row.id) else []
        if many and key in picked:
            picked.remove(key)
        elif key not in picked:
            picked.append(key)
        if self.row is None or self.row.id != row.id:
            self.go_to(row.id)
        self.picked, self.picked_in = picked, row.id
        self._pressed = (event.position().toPoint(), key)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (at - self._pressed[0]).manhattanLength() >= QApplication.startDragDistance() and self._can_edit:
                self._pressed = None
                self._drag()
            return
        what = self._hit(at)[1]
        is_link = what in ("more", "suggestion", "action")
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            self._pressed = None
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row, what, key = self._hit(event.position().toPoint())
        self._pressed = None
        if row is not None and what == "photo":
            self.enlarge_wanted.emit(row.id, key)
        elif what not in ("suggestion", "action", "more"):
            if row is not None and row.is_group and row.name:
                self.open_wanted.emit(row.id, row.is_folded)
        else:
            self.mousePressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            row, what, _ = self._hit(event.pos())  # type: ignore[attr-defined]
            is_named = what == "name" and row is not None and row.name
            self.viewport().setToolTip(tip(row.name) if is_named and row is not None else "")
        return super().viewportEvent(event)

    # Dragging

    def mime(self) -> QMimeData:
        """The photos that are picked, to be dragged."""
        data, row = QMimeData(), self.row
        keys = row.all_of(self.picked) if row is not None else []
        data.setData(_MIME, QByteArray(" ".join(keys).encode()))
        return data

    def _drag(self) -> None:
        drag, picture = QDrag(self), self.source.picture(self.picked[-1], self.devicePixelRatioF())
        drag.setMimeData(self.mime())
        if picture is not None:
            drag.setPixmap(QPixmap.fromImage(picture).scaledToWidth(64, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.MoveAction)
        self._show_target(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(_MIME) or local_paths(event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        at = event.position().toPoint()
        if not event.mimeData().hasFormat(_MIME):
            event.acceptProposedAction()
            return
        bar = self.verticalScrollBar()
        if at.y() < _EDGE:
            bar.setValue(bar.value() - _SCROLL)
        elif at.y() > self.viewport().height() - _EDGE:
            bar.setValue(bar.value() + _SCROLL)
        row = self._hit(at)[0]
        is_wanted = row is not None and row.id != self.picked_in
        self._show_target(row.id if is_wanted and row is not None else None)
        event.setAccepted(is_wanted)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_target(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_target(None)
        if not event.mimeData().hasFormat(_MIME):
            event.acceptProposedAction()
            self.files_dropped.emit(local_paths(event.mimeData().urls()))
            return
        row, keys = (
            self._hit(event.position().toPoint())[0],
            bytes(event.mimeData().data(_MIME).data()).decode().split(),
        )
        if row is None or not self._can_edit:
            return
        event.acceptProposedAction()
        self.picked = []
        if row.id == LEFT:
            self.throw_wanted.emit(keys)
        elif row.id == ASIDE:
            self.aside_wanted.emit(keys)
        else:
            self.move_wanted.emit(keys, row.id)

    def _show_target(self, id: int | None) -> None:
        if id != self.target:
            self.target = id
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._places.clear()
        super().resizeEvent(event)
        self._keeping_sight(self.doItemsLayout)

    @Slot()
    def _on_loaded(self) -> None:
        self.viewport().update()


_LETTERS = frozenset(
    (Key.Key_M, Key.Key_S, Key.Key_X, Key.Key_Y, Key.Key_N, Key.Key_U, Key.Key_G),
)
