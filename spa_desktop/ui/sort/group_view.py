"""What the user does with the list of groups, by keys, clicks and dragging; and what stands around it.

Single letters act while the list has the focus; in the field for the name they are letters.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QLabel

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.sort.group_list import GroupList
from spa_desktop.ui.sort.group_rows import ASIDE, LEFT, MOST_IN_LINE, GroupModel, GroupRow
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import GridBar, Picture
from spa_desktop.ui.widgets import forms, labels, words
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot

Key = Qt.Key
_MIME = f"application/x-spa-desktop-{uuid4().hex}-sorted"
_EDGE, _SCROLL = 40, 24  # pixels from the edge where dragging scrolls, and by how much
_OF_ALL = frozenset((Key.Key_Y, Key.Key_N, Key.Key_U))  # whichever row is current
_LETTERS = _OF_ALL.union((Key.Key_M, Key.Key_S, Key.Key_X, Key.Key_G, Key.Key_B))


class GroupView(GroupList):
    """Groups as rows that can be named, merged, split, sorted out and dragged about."""

    merge_wanted = Signal(object)  # numbers of groups, at least two
    split_wanted = Signal(int)  # look at it, and do it when it is looked at
    split_left = Signal()  # it stays together
    aside_wanted = Signal(object)  # keys
    move_wanted = Signal(object, object)  # keys, number of a group; None: out of theirs
    gather_wanted = Signal(object)  # keys: a group of their own
    answer_given = Signal(bool)  # to "Are these the same?"
    undo_wanted = Signal()
    open_wanted = Signal(int, bool)  # show all photos of a row, or not any more
    unstack_wanted = Signal(int, object, bool)  # number of a group, keys in it; show their near-duplicates, or not more
    enlarge_wanted = Signal(int, str)  # number of the row, key

    def __init__(self, model: GroupModel, source: ThumbnailSource, side: int) -> None:
        super().__init__(model, source, side)
        self._pressed: tuple[QPoint, str] | None = None
        self._letter, self._letter_at, self._is_word = 0, 0.0, False  # the letter that was typed last, and when
        self.field.given.connect(self._on_given)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)

    # Keys

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and event.text().strip():
                event.accept()  # else they would go to a menu
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.row, event.key()
        self._note_letter(event)
        if event.text() and key not in _OF_ALL and not self.is_in_sight:
            self.scrollTo(self.currentIndex())  # the user sees what a key does
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in (Key.Key_Left, Key.Key_Right) and row is not None:
            is_more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._step(row, 1 if key == Key.Key_Right else -1, is_more=is_more)
        elif key == Key.Key_Space and row is not None and row.shown:
            self.enlarge_wanted.emit(row.id, self.picked[-1] if self.picked else row.shown[0])
        elif key in (Key.Key_Return, Key.Key_Enter):
            if row is not None and row.is_group and not event.isAutoRepeat():
                self.name_current()
            elif row is not None and self.picked and self.can_edit and not event.isAutoRepeat():
                self.gather_wanted.emit(row.all_of(self.picked))
        elif key == Key.Key_Escape and row is not None and (row.parts or self.picked or row.is_open):
            self._escape(row)
        elif key in _LETTERS or Key.Key_1 <= key <= Key.Key_9 or key == Key.Key_Delete:
            if not event.isAutoRepeat() and self.can_edit and not self._is_word:
                self._act(key, row)
        elif event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_given(self) -> None:
        self._letter, self._letter_at = 0, time.monotonic()

    def _note_letter(self, event: QKeyEvent) -> None:
        """Tell a word from commands: it follows a name, or another letter, at once.

        Who types a name without Enter before it changes nothing by it, but by its first letter after a pause.
        """
        now, is_letter = time.monotonic(), event.text().isalpha()
        is_soon = now - self._letter_at < labels.DEAF_SECONDS
        self._is_word = is_letter and is_soon and (self._is_word or event.key() != self._letter)
        self._letter, self._letter_at = event.key(), now if is_letter else 0.0

    def _escape(self, row: GroupRow) -> None:
        if row.parts:
            self.split_left.emit()
        elif self.picked:
            self.picked = []
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
            if len(self.merged) > 1:
                self.merge_wanted.emit(self.merged)
        elif key == Key.Key_S:
            if row.can_split:
                self.split_wanted.emit(row.id)
        elif key == Key.Key_G and self.picked:
            self.gather_wanted.emit(row.all_of(self.picked))
        elif key == Key.Key_B and self.picked:
            self.unstack_wanted.emit(row.id, self.picked, self.can_unstack(row))
        elif key == Key.Key_X and self.picked and row.is_group and not row.is_photo:
            self.move_wanted.emit(self._picked_and_on(row), None)
        elif key == Key.Key_Delete:
            self._set_aside(row)
        elif key - Key.Key_1 < len(row.suggestions) and key >= Key.Key_1:
            self._give(row.suggestions[key - Key.Key_1].text)

    def _set_aside(self, row: GroupRow) -> None:
        if self.picked:
            self.aside_wanted.emit(self._picked_and_on(row))
        elif row.id != ASIDE:
            chosen = set(self.chosen) or {row.id}
            rows = [group for group in self.group_model.rows if group.id in chosen]
            self.aside_wanted.emit([key for group in rows for key in group.all_of(group.photos)])

    def _picked_and_on(self, row: GroupRow) -> list[str]:
        """The photos that are picked; the one behind them is picked next, so that the same key can be pressed again."""
        picked, shown = list(self.picked), row.shown
        last = max(shown.index(key) for key in picked)
        following = [key for key in (*shown[last + 1 :], *reversed(shown[:last])) if key not in picked]
        self.pick(row.id, following[:1], is_next=True)
        return row.all_of(picked)

    def _step(self, row: GroupRow, by: int, *, is_more: bool) -> None:
        """Go from photo to photo; beyond the last that is shown, all are. `is_more`: those before stay picked."""
        shown = row.shown
        if not shown:
            return
        at = shown.index(self.picked[-1]) + by if self.picked and self.picked[-1] in shown else 0 if by > 0 else -1
        if is_more and by < 0 and len(self.picked) > 1:
            self.pick(row.id, self.picked[:-1])
        elif at < 0:
            self.picked = []
        else:
            photo = shown[min(at, len(shown) - 1)]
            before = [key for key in self.picked if key in shown and key != photo] if is_more else []
            self.pick(row.id, [*before, photo])
            seen = [key for key, _ in self.places(row).photos]
            if photo not in seen and not row.is_open:
                self.open_wanted.emit(row.id, True)

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
        if index == self.currentIndex():
            for action, _, box in self.actions_of(row, places, origin):
                if box.contains(at):
                    return row, "action", action
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
        if row is not self.row and row.id not in self.chosen:
            self.go_to(row.id)
        if what == "more":
            self.open_wanted.emit(row.id, not row.is_open)
        elif what == "suggestion" and self.can_edit:
            self._give(row.suggestions[which].text)
        elif what == "action" and which == Key.Key_Escape:
            self.split_left.emit()
        elif what == "action" and self.can_edit:
            self._act(which, row)

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
        self.pick(row.id, picked)
        self._pressed = (event.position().toPoint(), key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (at - self._pressed[0]).manhattanLength() >= QApplication.startDragDistance() and self.can_edit:
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
            self.pick(row.id, [key], is_next=True)
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
        event.setAccepted(event.mimeData().hasFormat(_MIME))  # files are for the page

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        at = event.position().toPoint()
        if at.y() < _EDGE:
            self._scroll_by(-_SCROLL)
        elif at.y() > self.viewport().height() - _EDGE:
            self._scroll_by(_SCROLL)
        row = self._hit(at)[0]
        is_wanted = row is not None and row.id != self.picked_in
        self._show_target(row.id if is_wanted and row is not None else None)
        event.setAccepted(is_wanted)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_target(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_target(None)
        row, _, _ = self._hit(event.position().toPoint())
        keys = bytes(event.mimeData().data(_MIME).data()).decode().split()
        if row is None or not self.can_edit:
            return
        event.acceptProposedAction()
        self.picked = []
        if row.id == ASIDE:
            self.aside_wanted.emit(keys)
        else:
            self.move_wanted.emit(keys, None if row.id == LEFT else row.id)

    def _show_target(self, id: int | None) -> None:
        if id != self.target:
            self.target = id
            self.viewport().update()


_LEAST_ASKED = 4  # pictures of two groups together
_LONGEST_NAME = 240  # pixels
_NAMES, _NUMBERS = 120, 64  # pixels for the names of two groups, and for how many photos have no picture


class SortBar(GridBar):
    """Which groups, in which order, with which words, how large."""

    def __init__(self, view: GroupView) -> None:
        super().__init__(view)
        self.size_bar.fit.hide()
        self.search.setMinimumWidth(160)
        for widget in (self.filter, self.order, self.size_bar.slider):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the groups
        self.set_names(self.tr("Which groups"), self.tr("Order of the groups"), self.tr("Search by words"))
        largest, tightest = (self.tr("Largest first"), "largest"), (self.tr("Most alike first"), "tightest")
        useful = self.tr("Most useful to label"), "useful"
        test = self.tr("Left over, as a test"), "test"
        self.set_orders([largest, tightest, (self.tr("By name"), "name"), useful, test])
        self.show_counts(0, 0)

    def show_counts(self, bare: int, named: int) -> None:
        kinds = (self.tr("All groups"), "all", bare + named), (self.tr("Without a name"), "bare", bare)
        self.set_filters((*kinds, (self.tr("With a name"), "named", named)))


class Question(QFrame):
    """Two groups that are close: are they the same? One at a time; the keys Y and N answer as well."""

    answered = Signal(bool)

    def __init__(self, source: ThumbnailSource) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.pair: tuple[int, int] | None = None
        self._asked: object = None
        self._seen_at: float | None = None  # when what is asked came to the screen
        self._photos: list[Sequence[str]] = []  # of the two groups
        self.pictures = [[Picture(source, None) for _ in range(MOST_IN_LINE)] for _ in range(2)]
        self.more = [set_type(QLabel(), Size.CAPTION, role="muted") for _ in range(2)]
        self.names = [set_type(ElidedLabel(), Size.CAPTION, role="muted") for _ in range(2)]
        text = set_type(QLabel(self.tr("Are these the same?")), Size.BODY, strong=True)
        yes, no = (slot(self, self.answered.emit, is_same) for is_same in (True, False))
        self.yes = button(self.tr("Yes  Y"), yes, name=self.tr("Yes, they are the same"))
        self.no = button(self.tr("No  N"), no, name=self.tr("No, they are different"))
        for answer in (self.yes, self.no):
            answer.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for more, name in zip(self.more, self.names, strict=True):
            more.setContentsMargins(0, 0, Space.XS, 0)
            name.setMaximumWidth(_LONGEST_NAME)
        first, second = self.pictures
        left_more, right_more = self.more
        left_name, right_name = ((name, 9) for name in self.names)
        gap = Space.XL
        both = forms.row(*first, left_more, left_name, gap, *second, right_more, right_name, None, spacing=Space.XS)
        self._step = source.side + Space.XS
        fixed = sum(widget.sizeHint().width() for widget in (text, self.yes, self.no))
        self._beside = fixed + _NUMBERS + Space.XL + 4 * Space.M  # pixels that are for no picture and no name
        margins = (Space.M, Space.S, Space.M, Space.S)
        forms.row(text, Space.M, (both, 1), self.yes, self.no, spacing=Space.XS, margins=margins, of=self)
        self.hide()

    def ask(self, pair: tuple[int, int] | None, groups: Sequence[tuple[Sequence[str], str]] = ()) -> None:
        """Ask about two groups: photos and name of each. None asks nothing."""
        self.pair = pair
        asked = [(tuple(photos[:MOST_IN_LINE]), name) for photos, name in groups]
        if asked != self._asked:
            self._asked, self._seen_at = asked, None
            self.update()
        self.setVisible(pair is not None)
        self._photos = [photos for photos, _ in groups]
        for (photos, name), label in zip(groups, self.names, strict=False):
            label.setText(name or words.photos(len(photos)))
        self._show_fitting()

    def _show_fitting(self) -> None:
        """Show as many pictures as there is room for: a small group is whole, where it can be."""
        number = max((self.width() - self._beside - _NAMES) // self._step, _LEAST_ASKED)
        wanted = [min(len(photos), MOST_IN_LINE) for photos in self._photos]
        others = reversed(wanted)  # the room that one leaves is for the other
        sides = zip(self._photos, self.pictures, self.more, wanted, others, strict=False)
        for photos, pictures, more, most, other in sides:
            fitting = min(most, max(number - other, number // 2))
            for place, picture in enumerate(pictures):
                picture.show_key(photos[place] if place < fitting else None)
                picture.setVisible(place < fitting)
            more.setText(f"+{words.count(len(photos) - fitting)}")
            more.setVisible(fitting < len(photos))

    def minimumSizeHint(self) -> QSize:
        """The room for the fewest pictures: with more of them, the window can be made narrower all the same."""
        return QSize(self._beside + _LEAST_ASKED * self._step, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_fitting()

    @property
    def is_seen(self) -> bool:
        """Whether it stands there long enough to be what an answer is about."""
        return self._seen_at is not None and time.monotonic() - self._seen_at >= labels.DEAF_SECONDS

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._seen_at is None:
            self._seen_at = time.monotonic()
