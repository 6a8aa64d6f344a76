"""The list of groups as rows: how they are painted, and the field in which the current row gets its name.

Nothing jumps: after a key the row that is current stands where the eye is, whatever came or went above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.ui.background.work import later
from spa_desktop.ui.sort.group_rows import (
    ASIDE,
    FIELD,
    PHOTO,
    SMALL,
    GroupModel,
    GroupRow,
    Places,
    Suggestion,
    places_of,
)
from spa_desktop.ui.style.theme import Size, Space, font_of, theme
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import TAG_HEIGHT, paint_nothing, paint_picture, paint_tag
from spa_desktop.ui.widgets.forms import ClassPicker
from spa_desktop.ui.widgets.labels import draw_box, slot
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import count, photos

Key = Qt.Key
_FIELD_EDGE = 1 + int(Space.S) + 2  # left of the text in a field: its border, its padding, and Qt's own margin


class NameField(ClassPicker):
    """The name of the current row. Enter gives what is typed, Escape leaves it, Up and Down go to other rows."""

    entered = Signal()  # it has the focus
    left = Signal()  # by Escape
    walked = Signal(int)  # rows up or down
    abandoned = Signal()  # the focus went elsewhere

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)
        self.say_for("")
        self.offered = 0  # suggestions: while nothing is typed, a digit takes one
        self.popup.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have the list of names stand above the field: beneath lies what can be done with the group."""
        if watched is self.popup and event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize):
            place = self.mapToGlobal(QPoint(0, -self.popup.height()))
            if self.popup.pos() != place:
                self.popup.move(place)
        return super().eventFilter(watched, event)

    def say_for(self, whom: str) -> None:
        """Say whose name it is: that of some photos, in words, or "" for the group."""
        of_some = self.tr("Name of {photos}").format(photos=whom)
        self.setPlaceholderText(of_some if whom else self.tr("Name"))
        self.setAccessibleName(of_some if whom else self.tr("Name of the group"))

    def offer_all(self) -> None:
        """Show none: the row says which it may be."""

    def take(self) -> None:
        self.popup.hide()
        if self.typed:  # else it would pass over a group without a word; Down does that
            self.given.emit(self.typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, is_choosing = event.key(), self.popup.isVisible()
        if key == Key.Key_Escape and not is_choosing:
            self.left.emit()
        elif key in (Key.Key_Up, Key.Key_Down) and not is_choosing:
            self.walked.emit(-1 if key == Key.Key_Up else 1)
        elif (
            key == Key.Key_Escape  # it closes the list of names
            or (key in (Key.Key_Return, Key.Key_Enter) and event.isAutoRepeat())
            or (not self.isModified() and 0 <= key - Key.Key_1 < self.offered)  # the list takes it
            # Nothing is typed: the list undoes what was done last.
            or (event.matches(QKeySequence.StandardKey.Undo) and not (self.isUndoAvailable() or self.text()))
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.abandoned.emit()


class GroupList(QListView):
    """Groups as rows."""

    # Numbers of groups, keys of photos if it is for these alone, the name as it was typed, go on to the next row.
    name_given = Signal(object, object, str, bool)
    tile_changed = Signal()

    def __init__(self, model: GroupModel, source: ThumbnailSource, side: int) -> None:
        super().__init__()
        self.group_model, self.source = model, source
        self.side = side  # of the first picture of a row, in device-independent pixels
        self._picked: list[str] = []
        self._is_next = False
        self.picked_in = 0  # number of the row that they are in
        self.target: int | None = None  # number of the row that something is dragged over
        self.is_naming = False  # the field is open
        self.nothing = ""  # the text in the place of rows where there are none
        self._typed: tuple[list[int], list[str], str] | None = None  # a name that is given once a click is over
        self._places: dict[int, tuple[GroupRow, Places]] = {}
        self._laid_out = 0  # the width that they were made for
        self.can_edit = True
        self._last_place = 0  # of the current row
        self.field = NameField(self.viewport())
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setProperty("focus", "item")
        self.setAccessibleName(self.tr("Groups of photos"))
        self.field.entered.connect(self._on_entered)
        self.field.given.connect(self._give)
        self.field.left.connect(self._close_field)
        self.field.walked.connect(self._on_walked)
        self.field.abandoned.connect(self._on_abandoned)
        self.verticalScrollBar().setSingleStep(40)
        self.verticalScrollBar().valueChanged.connect(self._place_field)
        source.loaded.connect(slot(self, self.viewport().update))

    # What is where

    @property
    def tile(self) -> QSize:
        """For the slider: the size of a large picture."""
        return QSize(self.side, self.side)

    def set_side(self, side: int) -> None:
        if side and side != self.side:
            self.side = side
            self.source.set_side(side)
            self._lay_out_again()
            self.tile_changed.emit()

    def places(self, row: GroupRow) -> Places:
        known = self._places.get(row.id)
        if known is None or known[0] is not row:
            metrics = QFontMetrics(font_of(self.font(), Size.CAPTION))
            known = self._places[row.id] = row, places_of(row, self._room, self.side, metrics)
        return known[1]

    @property
    def _room(self) -> int:
        """Width of a row without the scroll bar, be it there or not: nothing moves when it comes."""
        return self.contentsRect().width() - self.verticalScrollBar().sizeHint().width()

    @property
    def row(self) -> GroupRow | None:
        place = self.currentIndex().row()
        return self.group_model.rows[place] if 0 <= place < len(self.group_model.rows) else None

    @property
    def picked(self) -> list[str]:
        """Keys of the photos that are chosen, all in one row."""
        return self._picked

    @picked.setter
    def picked(self, keys: list[str]) -> None:
        self._picked = keys
        named = self._picked_to_name
        self.field.say_for(photos(len(named)) if named else "")
        self.viewport().update()

    def pick(self, id: int, keys: list[str], *, is_next: bool = False) -> None:
        """Pick photos of a row; `is_next`, the next one for keys such as X: a name is for the group all the same."""
        self.picked_in, self._is_next = id, is_next
        self.picked = keys

    @property
    def _picked_to_name(self) -> list[str]:
        """The photos that get a name without the others of their group."""
        row = self.row
        if row is None or not row.is_group or row.is_photo or row.id != self.picked_in or self._is_next:
            return []
        return row.all_of(self._picked)

    @property
    def is_in_sight(self) -> bool:
        """Whether at least a part of the current row is seen."""
        return self.visualRect(self.currentIndex()).intersects(self.viewport().rect())

    @property
    def chosen(self) -> list[int]:
        """Numbers of the groups that are selected, or of the current one, from above."""
        rows = {index.row() for index in self.selectionModel().selectedIndexes()} | {self.currentIndex().row()}
        chosen_rows = [
            self.group_model.rows[place] for place in sorted(rows) if 0 <= place < len(self.group_model.rows)
        ]
        return [row.id for row in chosen_rows if row.is_group]

    @property
    def merged(self) -> list[int]:
        """Numbers of the groups that become one by M: those that are selected, or the current one and that above it."""
        rows, place, chosen = self.group_model.rows, self.currentIndex().row(), self.chosen
        ids = [rows[place - 1].id, *chosen] if len(chosen) == 1 and place > 0 and rows[place - 1].is_group else chosen
        return [] if max(ids, default=0) >= PHOTO else ids

    def actions_of(self, row: GroupRow, places: Places, origin: QPoint) -> list[tuple[Key, str, QRect]]:
        """What can be clicked in the current row, by the key that does the same: its text, and where."""
        if not self.can_edit:
            texts = []
        elif row.parts:
            texts = [(Key.Key_S, self.tr("Split like this  S")), (Key.Key_Escape, self.tr("Keep it  Esc"))]
        elif row.is_folded and self.is_naming:  # the field takes the room
            texts = []
        elif self.picked and self.picked_in == row.id:
            texts = [(Key.Key_G, self.tr("Own group  G"))]
            if self.can_unstack(row):  # there is room for three
                texts.append((Key.Key_B, self.tr("Show all  B")))
            elif not row.unstacked.isdisjoint(self.picked):
                texts.append((Key.Key_B, self.tr("Show one  B")))
            elif row.id != ASIDE:
                texts.append((Key.Key_Delete, self.tr("Set aside  Del")))
            if row.is_group and not row.is_photo:
                texts.insert(0, (Key.Key_X, self.tr("Take out  X")))
        elif not row.is_group or row.is_folded:
            texts = []
        else:
            texts = [(Key.Key_Delete, self.tr("Set aside  Del"))]
            if row.can_split:
                texts.insert(0, (Key.Key_S, self.tr("Split  S")))
            if len(self.merged) > 1:
                is_up = len(self.chosen) == 1
                texts.insert(0, (Key.Key_M, self.tr("Merge up  M") if is_up else self.tr("Merge them  M")))
        metrics, x = QFontMetrics(font_of(self.font(), Size.CAPTION)), places.actions.left() + origin.x()
        actions = []
        for key, text in texts:
            wide = metrics.horizontalAdvance(text)
            actions.append((key, text, QRect(x, places.actions.top() + origin.y(), wide, places.actions.height())))
            x += wide + Space.L
        return actions

    def can_unstack(self, row: GroupRow) -> bool:
        """A photo is picked that stands for its near-duplicates, which can be shown."""
        return not row.is_photo and not row.copies.keys().isdisjoint(self.picked)

    # What is shown

    def show_rows(self, rows: Sequence[GroupRow], current: int | None = None) -> None:
        """Show other rows; `current` is the number of the one that is current now, None: the one that was stays so."""
        before, top = self.row, self.visualRect(self.currentIndex()).top()
        first = self.indexAt(QPoint(1, 1))
        edge, held = self.visualRect(first).top(), None
        if first.isValid() and not self.is_in_sight:  # the user looks at other rows
            held = self.group_model.rows[first.row()].id
        selected = () if current is not None else self.selectionModel().selectedIndexes()
        kept = {self.group_model.rows[index.row()].id for index in selected}
        was_naming, typed = self.is_naming, self.field.text()
        is_other = current is not None and (before is None or before.id != current)
        if current is None and rows and rows[0].is_group and not any(row.is_group for row in self.group_model.rows):
            current = rows[0].id  # groups, where there was none
            before = None
        wanted = current if current is not None else before.id if before is not None else None
        self.setUpdatesEnabled(False)
        self.setAutoScroll(False)
        self.group_model.fill(rows)
        self.doItemsLayout()
        place = self.group_model.row_of(wanted)
        if place is None and rows:
            near = self.currentIndex().row() if before is None else self._last_place
            place = min(max(near, 0), len(rows) - 1)
        if place is not None:
            index, flags = self.group_model.index(place), QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
            for other in (self.group_model.row_of(id) for id in kept):
                if other is not None:
                    self.selectionModel().select(self.group_model.index(other), flags.Select)
            if is_other or before is None or held is None:
                self._hold(index.row(), top if before is not None else None, is_other=is_other)
            elif (at := self.group_model.row_of(held)) is not None:
                self._scroll_by(self.visualRect(self.group_model.index(at)).top() - edge)
        if self.row is None or self.row.id != self.picked_in:
            self.picked = []
        self.picked = [key for key in self.picked if self.row is not None and key in self.row.photos]
        self.setAutoScroll(True)
        self.setUpdatesEnabled(True)
        if was_naming and self.row is not None and self.row.is_group:
            is_same = not is_other and before is not None and before.id == self.row.id
            self.name_current(text=typed if is_same else None)
        else:
            self._close_field()

    def _hold(self, place: int, top: int | None, *, is_other: bool) -> None:
        """Scroll so that a row stands where the eye is; it may come nearer to the top by the rows that folded."""
        box = self.visualRect(self.group_model.index(place))
        if top is not None:
            wanted = min(box.top(), max(top, self.viewport().height() // 3)) if is_other else top
            self._scroll_by(box.top() - wanted)
            box = self.visualRect(self.group_model.index(place))
        if box.bottom() > self.viewport().height():
            self._scroll_by(min(box.bottom() - self.viewport().height(), box.top()))
        elif box.top() < 0:
            self._scroll_by(box.top())

    def _scroll_by(self, pixels: int) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + pixels)

    def _lay_out_again(self) -> None:
        """Rows have other heights now: the current one stays where it is."""
        self._places.clear()
        top = self.visualRect(self.currentIndex()).top()
        self.doItemsLayout()
        if self.currentIndex().isValid():
            self._scroll_by(self.visualRect(self.currentIndex()).top() - top)
        self._place_field()

    def go_to(self, id: int | None) -> None:
        place = self.group_model.row_of(id)
        if place is not None:
            self.picked = []
            self.setCurrentIndex(self.group_model.index(place))

    def after(self, ids: Sequence[int]) -> int | None:
        """Number of the row to go to once these groups are named: the next without a name, else the next."""
        rows = self.group_model.rows
        place = max((at for at, row in enumerate(rows) if row.id in ids), default=-1)
        following = [row for row in rows[place + 1 :] if row.is_group]
        bare = next((row.id for row in following if not row.name), None)
        return bare if bare is not None else following[0].id if following else (ids[0] if ids else None)

    def below(self, ids: Sequence[int]) -> int | None:
        """Number of the row below these, to go to when they are gone."""
        rows = self.group_model.rows
        places = [at for at, row in enumerate(rows) if row.id in ids]
        if not places:
            return None
        beneath = rows[places[-1] + 1 :]
        return beneath[0].id if beneath else rows[places[0] - 1].id if places[0] else None

    # The field

    def name_current(self, text: str | None = None) -> None:
        """Open the field over the current row with a text, or its name, or the first that it may have, to type over."""
        row = self.row
        if row is None or not row.is_group or not self.can_edit:
            return
        is_new = not self.is_naming or text is None
        self.is_naming = True
        if is_new:
            sure = next((suggestion.text for suggestion in row.suggestions if suggestion.is_sure), "")
            self.field.setText(text or ("" if self._picked_to_name else row.name or sure))
            self.field.setModified(False)
            self.field.selectAll()
        self.field.offered = len(row.suggestions)
        self._place_field()
        self.field.show()
        self.field.setFocus()
        self.viewport().update()

    @Slot()
    def _close_field(self) -> None:
        self.is_naming = False
        if self.field.hasFocus():
            self.field.setModified(False)
            self.setFocus()  # before it is hidden, which would give the focus to whoever is next
        row = self.row
        has_place = row is not None and row.is_group and not row.name
        self.field.clear()
        self.field.setVisible(has_place and self.can_edit)
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
        self.can_edit = can
        if not can:
            self._close_field()

    @Slot()
    def _on_entered(self) -> None:
        if not self.is_naming:  # it was clicked
            self.name_current()

    @Slot(object)
    def _give(self, name: str) -> None:
        """Name what is chosen, and go on with the focus in the list: its keys act at once."""
        self.is_naming = False
        self.name_given.emit(self.chosen, self._picked_to_name, name, True)
        if not self.is_naming:  # the name was taken
            self._close_field()

    def _go(self, id: int | None) -> None:
        was_naming = self.is_naming
        self.is_naming = False
        self.go_to(id)
        if was_naming:
            self.name_current()

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

    def _typed_name(self) -> tuple[list[int], list[str], str] | None:
        """What was typed, of which groups, and of which photos alone; None if nothing was."""
        text, row = self.field.text().strip(), self.row
        if not self.is_naming or not self.field.isModified() or not text or row is None or text == row.name:
            return None
        return self.chosen, self._picked_to_name, text

    @property
    def typed_of(self) -> set[int]:
        """Numbers of the groups whose name is being typed."""
        typed = self._typed_name() or self._typed
        return set(typed[0]) if typed is not None else set()

    def currentChanged(self, current: Any, previous: Any) -> None:
        super().currentChanged(current, previous)
        if self.row is not None and self.row.id != self.picked_in:
            self.picked = []
        if current.row() >= 0:
            self._last_place = current.row()
        if self.updatesEnabled() and not self.is_naming:
            self._close_field()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.group_model.rows and self.nothing:
            paint_nothing(self, self.nothing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._room != self._laid_out:  # else what lies beneath, or the scroll bar, came or went: no row moves
            self._laid_out = self._room
            self._lay_out_again()


class RowDelegate(QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, view: GroupList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10, self._view.places(self._view.group_model.rows[index.row()]).height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, row = self._view, self._view.group_model.rows[index.row()]
        places, origin = view.places(row), option.rect.topLeft()
        is_current = index.row() == view.currentIndex().row()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, is_current=is_current, is_target=row.id == view.target)
        for key, place in places.photos:
            self._paint_photo(painter, row, key, place.translated(origin))
        if places.more is not None:
            self._paint_more(painter, row, places, origin)
        painter.setPen(QPen(theme().color("line"), 1))
        for y in places.lines:
            start = origin + QPoint(int(Space.M), y)
            painter.drawLine(start, start + QPoint(places.name.left() - 2 * Space.M - Space.L, 0))
        self._paint_panel(painter, row, places, origin, is_current=is_current)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, is_current: bool, is_target: bool
    ) -> None:
        colors = theme()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        if is_selected or is_target:
            painter.setBrush(colors.color("accent_soft"))
            painter.drawRect(option.rect)
        if is_current:
            painter.setBrush(colors.color("accent"))
            painter.drawRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height() - 1))
        painter.setPen(QPen(colors.color("accent" if is_target else "line"), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

    def _paint_photo(self, painter: QPainter, row: GroupRow, key: str, place: QRect) -> None:
        source = self._view.source
        picture = source.picture(key, painter.device().devicePixelRatioF())
        paint_picture(painter, QRectF(place), picture, 0.5 if row.id == ASIDE else 1.0)
        if len(row.copies.get(key, ())) > 1 and place.width() > SMALL:
            painter.setFont(font_of(painter.font(), Size.CAPTION))
            text = f"×{len(row.copies[key])}"  # near-duplicates
            paint_tag(painter, place.left() + Space.XS, place.bottom() - Space.XS - TAG_HEIGHT + 1, text)
        if key in self._view.picked and row.id == self._view.picked_in:
            edge = QPen(theme().color("accent"), 3)
            draw_box(painter, QRectF(place).adjusted(-1, -1, 1, 1), Qt.BrushStyle.NoBrush, edge)

    def _paint_more(self, painter: QPainter, row: GroupRow, places: Places, origin: QPoint) -> None:
        assert places.more is not None, "there are more"
        box = places.more.translated(origin)
        draw_box(painter, box, theme().color("hover"))
        painter.setPen(theme().color("muted"))
        painter.setFont(font_of(painter.font(), Size.CAPTION if row.is_folded else Size.BODY))
        text = f"+{count(places.hidden)}" if places.hidden else self.tr("Fewer")
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_panel(
        self, painter: QPainter, row: GroupRow, places: Places, origin: QPoint, *, is_current: bool
    ) -> None:
        colors, middle = theme(), Qt.AlignmentFlag.AlignVCenter
        name, caption = font_of(painter.font(), Size.BODY, strong=True), font_of(painter.font(), Size.CAPTION)
        actions = self._view.actions_of(row, places, origin) if is_current else []
        above = QPoint(0, -places.actions.height() // 2 if actions and row.is_folded else 0)  # they share the line
        field_box, number = places.name.translated(origin + above), places.count.translated(origin + above)
        painter.setFont(caption)
        painter.setPen(colors.color("muted"))
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | middle, photos(row.total))
        if not row.is_group or (row.name and not (is_current and self._view.is_naming)):
            painter.setFont(name)
            painter.setPen(colors.color("text" if row.is_group else "muted"))
            text = row.name if row.is_group else self._view.group_model.title(row)
            text = QFontMetrics(name).elidedText(text, Qt.TextElideMode.ElideRight, field_box.width())
            painter.drawText(field_box, Qt.AlignmentFlag.AlignLeft | middle, text)
        elif not is_current and self._view.can_edit:
            box = QRectF(field_box).adjusted(0.5, 0.5, -0.5, -0.5)
            draw_box(painter, box, colors.color("base"), colors.color("border"))
            painter.setPen(colors.color("muted"))
            painter.setFont(font_of(painter.font(), Size.BODY))
            inner = field_box.adjusted(_FIELD_EDGE, 0, 0, 0)
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, self._view.field.tr("Name"))
        painter.setFont(caption)
        for place, (suggestion, at) in enumerate(zip(row.suggestions, places.suggestions, strict=False)):
            self._paint_suggestion(painter, place, suggestion, at.translated(origin))
        painter.setFont(caption)
        painter.setPen(colors.color("muted"))
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(places.hint.translated(origin), int(wrap), row.hint)
        painter.setPen(colors.color("accent"))
        for _, text, at in actions:
            painter.drawText(at, Qt.AlignmentFlag.AlignLeft | middle, text)

    def _paint_suggestion(self, painter: QPainter, place: int, suggestion: Suggestion, box: QRect) -> None:
        colors, left = theme(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        edge = colors.color("accent" if suggestion.is_known else "line")
        draw_box(painter, QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), colors.color("base"), edge)
        inner = box.adjusted(Space.S, 0, -Space.S, 0)
        painter.setPen(colors.color("muted"))
        key = f"{place + 1}  "
        painter.drawText(inner, left, key)
        painter.setPen(colors.color("text"))
        wide = painter.fontMetrics().horizontalAdvance(key)
        text = painter.fontMetrics().elidedText(suggestion.text, Qt.TextElideMode.ElideRight, inner.width() - wide + 2)
        painter.drawText(inner.adjusted(wide, 0, 2, 0), left, text)
