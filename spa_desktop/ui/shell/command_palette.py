"""Ctrl+K and Ctrl+F: one line to type in, and beneath it what fits, to be done or gone to with Enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.page import Page
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import ICON, Size, Space, class_style, set_type, theme
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.labels import paint_row_ground
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench

# How well a few typed letters fit a text: letters in order, better at the beginnings of words and side by side.

_Item = TypeVar("_Item")


def fit(typed: str, text: str) -> float | None:
    """A score, larger is better; None if the letters are not all there in this order.

    Each letter counts 1, 3 at the beginning of a word, and 2 right after the letter before; texts that say little else
    come first. Blanks in what is typed are not looked for.

    >>> fit("np", "New project") > fit("np", "Open project")
    True
    >>> fit("xyz", "New project") is None
    True
    """
    low, typed = text.casefold(), typed.casefold().strip()
    whole = low.find(typed) if typed else -1
    score, at, before = 0.0, 0, -2
    for letter in "".join(typed.split()):
        place = low.find(letter, at)
        if place < 0:
            return None
        starts = place == 0 or not low[place - 1].isalnum()
        score += 3.0 if starts else 2.0 if place == before + 1 else 1.0
        before, at = place, place + 1
    if whole >= 0:
        score += 10.0 + (5.0 if whole == 0 or not low[whole - 1].isalnum() else 0.0)
    return score - len(text) / 100


def best(typed: str, items: Iterable[tuple[str, _Item]], most: int) -> list[_Item]:
    """The items whose texts fit best, best first; all in their order if nothing is typed."""
    if not typed.strip():
        return [item for _, item in items][:most]
    scored = []
    for place, (text, item) in enumerate(items):
        score = fit(typed, text)
        if score is not None:
            scored.append((score, place, item))
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [item for _, _, item in scored[:most]]


_WIDTH, _HEIGHT, _ROW, _TOP = 560, 400, 32, 72
_MOST = 60
_HINT = Qt.ItemDataRole.UserRole
_PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)

_Index = QModelIndex | QPersistentModelIndex


class Entry(NamedTuple):  # there may be ten thousand: a frozen dataclass takes three times as long to make
    """Something to do or to go to.

    Attributes:
        text: what it is, and what is searched.
        do: does it.
        hint: its keys, or where it is.
        icon: before it.
    """

    text: str
    do: Callable[[], Any]
    hint: str = ""
    icon: QIcon | None = None


class _EntryDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        paint_row_ground(painter, option)
        box = option.rect.adjusted(Space.M, 0, -Space.M, 0)
        entry_icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(entry_icon, QIcon) and not entry_icon.isNull():
            entry_icon.paint(painter, box.left(), box.center().y() - ICON // 2 + 1, ICON, ICON)
        box.setLeft(box.left() + ICON + Space.S)
        hint = index.data(_HINT) or ""
        painter.setPen(theme().color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, hint)
        box.setRight(box.right() - painter.fontMetrics().horizontalAdvance(hint) - Space.M)
        painter.setPen(theme().color("text"))
        text = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class Palette(QDialog):
    """Lies over the upper part of the window until something is chosen, Escape is pressed, or one clicks beside it."""

    def __init__(self, title: str, placeholder: str, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setObjectName("palette")
        self._entries = list(entries)
        self.fitting: list[Entry] = []  # those that are shown
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(title)
        self.line.setClearButtonEnabled(True)
        self.view = QListWidget()
        self.view.setItemDelegate(_EntryDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName(title)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = set_type(QLabel(self.tr("Nothing fits")), Size.BODY, role="muted")
        margins = (Space.S, Space.S, Space.S, Space.S)
        column(self.line, self.view, self.nothing, spacing=Space.S, margins=margins, of=self)
        self.line.textChanged.connect(self._show_fitting)
        self.view.itemClicked.connect(self._choose)
        self._show_fitting("")
        width = min(_WIDTH, parent.width() - 2 * Space.XL)
        self.resize(width, min(_HEIGHT, parent.height() - _TOP - Space.XL))
        self.move(parent.mapToGlobal(QPoint((parent.width() - width) // 2, _TOP)))
        self.line.setFocus()

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Offer more, which a worker had to look up. Where somebody went down the list meanwhile, they stay there."""
        row = self.view.currentRow()
        chosen = self.fitting[row] if row > 0 else None
        self._entries += entries
        self._show_fitting(self.line.text())
        if chosen is not None and chosen in self.fitting:
            self.view.setCurrentRow(self.fitting.index(chosen))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif event.key() in _PASSED_ON:
            self.view.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _show_fitting(self, typed: str) -> None:
        self.fitting = best(typed, ((entry.text, entry) for entry in self._entries), _MOST)
        self.view.clear()
        for entry in self.fitting:
            item = QListWidgetItem(entry.icon or QIcon(), entry.text, self.view)
            item.setData(_HINT, entry.hint)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (entry.text, entry.hint))))
        self.view.setCurrentRow(0)
        self.view.setVisible(bool(self.fitting))
        self.nothing.setVisible(not self.fitting)

    @Slot()
    def _choose(self) -> None:
        row = self.view.currentRow()
        if row >= 0:
            entry = self.fitting[row]
            self.close()
            entry.do()


# What the palettes offer: every action of menus and of the page that is shown; classes, tasks, texts and photos.


def plain(text: str) -> str:
    """The text of an action without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip(".").strip()


def command_entries(window: QMainWindow, page: Page | None) -> list[Entry]:
    """All that can be done now. What the page offers comes first."""
    found: dict[str, Entry] = {}
    opening = {menu.menuAction() for menu in window.menuBar().findChildren(QMenu)}
    if page is not None:
        for button in page.findChildren(QPushButton):
            if button.isVisible() and button.isEnabled() and button.text() and button.menu() is None:
                text = plain(button.text())
                found.setdefault(text, Entry(text, button.click, page.title.text(), button.icon()))
        for action in _own_actions(page):
            _put(found, action, page.title.text())
    for menu in window.menuBar().findChildren(QMenu):
        for action in menu.actions():
            if action not in opening:
                _put(found, action, plain(menu.title()))
    return list(found.values())


def _put(found: dict[str, Entry], action: QAction, place: str) -> None:
    text = plain(action.text())
    if action.isSeparator() or not text or not action.isEnabled() or not action.isVisible():
        return
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    found.setdefault(text, Entry(text, action.trigger, keys or place, action.icon()))


def _own_actions(page: Page) -> Iterator[QAction]:
    # Actions that only open a menu are not among them. (QAction.menu() is not asked: PySide deletes what it gives.)
    opening = {menu.menuAction() for menu in page.findChildren(QMenu)}
    for widget in page.findChildren(QWidget):
        if widget.isVisible() and widget.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu:
            yield from (action for action in widget.actions() if action not in opening)


class Finder(QObject):
    """Opens the palettes over the window."""

    def __init__(self, context: AppContext, window: Any) -> None:
        """Offer what is in a `MainWindow`, which makes this object and so cannot be imported here."""
        super().__init__(window)
        self._context, self._window = context, window
        self.palette: Palette | None = None
        self._looking: WorkHandle | None = None  # for photos, to offer in the palette that is open

    @Slot()
    def show_commands(self) -> None:
        """Ctrl+K."""
        entries = command_entries(self._window, self._window.page)
        self._open(self.tr("Commands"), self.tr("What do you want to do?"), entries)

    @Slot()
    def show_search(self) -> None:
        """Ctrl+F."""
        entries = self._known_entries()
        self._open(self.tr("Find"), self.tr("A class, a task, a phrase or a photo"), entries)
        if self._context.workbench is not None:
            self._looking = self._context.read(_photo_names, done=self._on_photos)

    def _open(self, title: str, placeholder: str, entries: list[Entry]) -> None:
        if self._looking is not None:
            self._looking.abandon()
        self.palette = Palette(title, placeholder, entries, self._window)
        self.palette.destroyed.connect(self._on_gone)
        self.palette.show()

    @Slot()
    def _on_gone(self) -> None:
        self.palette = None

    def _known_entries(self) -> list[Entry]:
        contents = self._context.contents
        if contents is None:
            return []
        go = self._context.go_to
        found = []
        tasks, names = {one.id: one.name for one in contents.tasks}, {one.id: one.name for one in contents.classes}
        for one in contents.classes:
            sign = swatch(class_style(one.color))
            found.append(Entry(one.name, partial(go, "classes", one.id), tasks.get(one.task_id, ""), sign))
        sign = icon("descriptions")
        for class_id, text in contents.descriptions.items():
            for phrase in text.phrases:
                hint = names.get(class_id, "")
                found.append(Entry(phrase.text, partial(go, "descriptions", class_id), hint, sign))
        for task in contents.tasks:
            classes = contents.classes_of(task.id)
            if classes:
                hint = QCoreApplication.translate("palette", "task")
                found.append(Entry(task.name, partial(go, "classes", classes[0].id), hint, icon("task")))
        return found

    def _on_photos(self, photos: list[tuple[int, str, int]]) -> None:
        contents = self._context.contents
        if self.palette is None or contents is None:
            return
        # What was learned can be explained; else the photo's class is the place to see it.
        is_learned = contents.learner is not None
        names = {one.id: one.name for one in contents.classes}
        go, sign = self._context.go_to, icon("photo")
        self.palette.add_entries(
            [
                Entry(name, partial(go, *(("explain", key) if is_learned else ("classes", owner))), names[owner], sign)
                for key, name, owner in photos
                if owner in names
            ]
        )


def _photo_names(bench: Workbench, job: Job) -> list[tuple[int, str, int]]:
    return [(photo.id, visible(photo.name), photo.class_id) for photo in bench.project.photos()]
