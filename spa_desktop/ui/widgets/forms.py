"""How parts of the window are put together: layouts, folds, chips, fields; dialogs that choose files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMargins,
    QObject,
    QPoint,
    QRect,
    QSettings,
    QSignalBlocker,
    QSize,
    QStringListModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QComboBox,
    QCompleter,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QLineEdit,
    QListView,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.project.class_names import name_key
from spa_desktop.project.folders import PHOTO_SUFFIXES
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.widgets.labels import slot, timer

_Box = TypeVar("_Box", bound=QBoxLayout)

_TYPING_MS = 200
_MOST_NAMES = 12


def name_choice(box: QComboBox, name: str) -> None:
    """Say what is chosen. On Linux Qt tells screen readers the value as the name: there the description says it."""
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)
    if (line := box.lineEdit()) is not None:
        line.setAccessibleName(name)


def refill(box: QComboBox, entries: Iterable[tuple[str, object]], chosen: object) -> None:
    """Offer other texts with what they stand for, `chosen` or else the first being on; the box tells nobody of it."""
    with QSignalBlocker(box):
        box.clear()
        for text, data in entries:
            box.addItem(text, data)
        box.setCurrentIndex(max(box.findData(chosen), 0))


class Choice(QComboBox):
    """The values of a setting; `names` is what the user reads, by value, and `label` what a screen reader says."""

    def __init__(self, store: SettingsStore, setting: str, label: str, names: Mapping[str, str]) -> None:
        super().__init__()
        self._store, self._setting = store, setting
        name_choice(self, label)
        for value, name in names.items():
            self.addItem(name, value)
        self.show_value()
        self.activated.connect(self._keep)

    def show_value(self) -> None:
        self.setCurrentIndex(max(self.findData(getattr(self._store.value, self._setting)), 0))

    @Slot()
    def _keep(self) -> None:
        self._store.update(**{self._setting: self.currentData()})


class SearchField(QLineEdit):
    """A line with a lens and a button that clears it, as Escape does. It emits once the user pauses."""

    words_typed = Signal(str)

    def __init__(self, text: str) -> None:
        """Make an empty field; `text` says what is searched, in grey while nothing is typed and as accessible name."""
        super().__init__(clearButtonEnabled=True)
        self._lens = QAction(icon("search", "muted"), "", self)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)
        if clear := self.findChild(QAction, "_q_qlineeditclearaction"):  # Qt gives it no name
            clear.setText(self.tr("Clear"))
        self.set_name(text)
        self._typing = timer(self, _TYPING_MS, self._tell)
        self.textChanged.connect(self._typing.start)

    def set_name(self, text: str) -> None:
        self.setPlaceholderText(text)
        self.setAccessibleName(text)
        self._lens.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.forget()
        else:
            super().keyPressEvent(event)

    def forget(self) -> None:
        """Be empty, and say so at once."""
        self.clear()
        self._typing.stop()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        self.words_typed.emit(self.text())


class ClassPicker(QLineEdit):
    """A line to choose a class in, by any part of its name, or to give a name that no class has.

    Enter takes what is typed; Tab, an arrow or a click takes what is proposed.
    """

    given = Signal(object)  # class id, or the name of a class that is to be made; the line holds the name
    left_empty = Signal()  # Enter, and nothing was typed

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Make an empty line; `text` is its accessible name."""
        super().__init__(parent)
        self._ids: Mapping[str, int | None] = {}
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self, filterMode=Qt.MatchFlag.MatchContains, maxVisibleItems=_MOST_NAMES)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = completer.popup()
        assert popup is not None, "it is made when it is asked for"
        self.popup = popup
        self.popup.setAccessibleName(self.tr("Classes"))
        self.popup.installEventFilter(self)
        self._is_moving = False
        self.setCompleter(completer)
        self.setMaxLength(255)
        self.setPlaceholderText(self.tr("A class, or a new name"))
        self.setAccessibleName(text)
        # Queued: the completer writes the name into the line after the signal.
        completer.activated.connect(self._give, Qt.ConnectionType.QueuedConnection)

    def offer(self, ids: Mapping[str, int | None]) -> None:
        """Offer classes: their numbers by name, None for one that is to be made. The name of a class stays its name."""
        if ids == self._ids:
            return
        held = self._ids.get(self.text())
        renamed = [name for name, class_id in ids.items() if held is not None and class_id == held]
        self._ids = ids
        self._names.setStringList(sorted(ids, key=str.casefold))
        popup = self.popup
        popup.ensurePolished()
        longest = max(map(popup.fontMetrics().horizontalAdvance, ids), default=0)
        around = 2 * (popup.frameWidth() + Space.L) + popup.verticalScrollBar().sizeHint().width()
        popup.setMinimumWidth(min(longest + around, self.screen().availableGeometry().width()))
        if renamed and renamed != [self.text()]:
            self.setText(renamed[0])

    def event(self, event: QEvent) -> bool:
        is_empty = not (self.isUndoAvailable() or self.text())
        is_undo = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo)
        if is_undo and is_empty and event.type() == QEvent.Type.ShortcutOverride:
            return False  # the window undoes what was done last
        return super().event(event)

    def eventFilter(self, popup: QObject, event: QEvent) -> bool:
        """The completer places its list as if that were as wide as the line: a wider one stays on the screen."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and not self._is_moving:
            screen = self.screen().availableGeometry()
            left = max(min(self.popup.x(), screen.right() + 1 - self.popup.width()), screen.left())
            self._is_moving = True  # it is told of its own move before the place is another
            self.popup.move(left, self.popup.y())
            self._is_moving = False
        return super().eventFilter(popup, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.offer_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take()
        elif event.key() == Qt.Key.Key_Down:
            self.offer_all()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.textEdited.emit("")
        else:
            super().keyPressEvent(event)
            if self.typed in self._ids and self.completer().completionCount() == 1:
                self.popup.hide()  # it proposes nothing more, and would take the next arrow

    def offer_all(self) -> None:
        """Show all classes while nothing is typed, or the whole name of one."""
        if not self.text() or self.text() in self._ids:
            self.completer().setCompletionPrefix("")
            self.completer().complete()

    @property
    def typed(self) -> str:
        return " ".join(self.text().split())

    @property
    def meant(self) -> str:
        """What Enter takes: the class of this name, however it is spelled, else a new one of the name as typed."""
        typed = self.typed
        same = [name for name in self._ids if name_key(name) == name_key(typed)]
        return same[0] if typed not in self._ids and len(same) == 1 else typed

    @property
    def proposal(self) -> str:
        """What Tab takes: the first of the names that what is typed is a part of, "" where it is a name itself."""
        self.completer().setCompletionPrefix(self.typed)
        name = self.completer().currentCompletion()
        return name if self.typed and self.meant not in self._ids else ""

    def focusNextPrevChild(self, is_next: bool) -> bool:
        proposal = self.proposal if is_next else ""
        if proposal and self.popup.isVisible():
            self.popup.hide()
            self.setText(proposal)
            self.textEdited.emit(proposal)
            return True
        return super().focusNextPrevChild(is_next)

    @Slot(str)
    def _give(self, name: str) -> None:
        self.popup.hide()
        self.setText(name)
        class_id = self._ids.get(name)
        self.given.emit(name if class_id is None else class_id)

    def take(self) -> None:
        """Enter."""
        if self.typed:
            self._give(self.meant)
        else:
            self.forget()
            self.left_empty.emit()

    @Slot()
    def forget(self) -> None:
        self.popup.hide()
        self.setText("")  # `clear` could be undone: Ctrl+Z brought the text back, and not the photo


def has_words(words: str, text: str) -> bool:
    """Whether all words are in a text, whatever their case.

    >>> has_words("red 2", "Red-panda-002.jpg"), has_words("blue", "red"), has_words("  ", "red")
    (True, False, True)
    """
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


# The dialogs that choose files. They live here so that tests can answer in the user's place.

PHOTO_PATTERNS = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
VIDEO_PATTERNS = "*.mp4 *.avi *.mov *.mkv *.webm"


_LAST = "photos/lastFolder"  # where photos were chosen last: dialogs begin there


def keep_place(paths: Sequence[Path]) -> None:
    """Have the next dialog for photos begin where these lie. Qt's own memory misses a path that was typed."""
    if paths:
        QSettings().setValue(_LAST, str(paths[0].parent))


def _place(parent: QWidget | None) -> str:
    """Where a dialog for photos begins: without one that was chosen, in the folder of the project, else at home."""
    project = parent.window().windowFilePath() if parent is not None else ""
    places = str(QSettings().value(_LAST, "")), project and str(Path(project).parent)
    # The one of `Path` raises where nobody may look.
    return next((place for place in places if os.path.isdir(place)), str(Path.home()))  # noqa: PTH112


def choose_folder(parent: QWidget | None, title: str) -> Path | None:
    """One folder, or None."""
    name = QFileDialog.getExistingDirectory(parent, title, _place(parent))
    chosen = [Path(name)] if name else []
    keep_place(chosen)
    return chosen[0] if chosen else None


def choose_folders(parent: QWidget | None, title: str) -> list[Path]:
    """Folders, several with Ctrl or Shift; none if the user thinks better of it.

    The systems' own dialogs choose one folder only, so this is Qt's.
    """
    dialog = QFileDialog(parent, title, _place(parent), fileMode=QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    for view in (*dialog.findChildren(QListView), *dialog.findChildren(QTreeView)):
        if view.objectName() in ("listView", "treeView"):
            view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    chosen = [Path(name) for name in dialog.selectedFiles()] if dialog.exec() else []
    dialog.deleteLater()
    # Without those that hold another of them: one walks through these to choose.
    folders = [folder for folder in chosen if not any(folder in other.parents for other in chosen)]
    keep_place(folders)
    return folders


def choose_file(parent: QWidget | None, title: str, pattern: str, start: Path | None = None) -> Path | None:
    """One file to open, or None. `pattern` is Qt's, such as ``"Projects (*.spa)"``; no `start`: as for photos."""
    name, _ = QFileDialog.getOpenFileName(parent, title, _place(parent) if start is None else str(start), pattern)
    if name and start is None:
        keep_place([Path(name)])
    return Path(name) if name else None


def choose_files(parent: QWidget | None, title: str, pattern: str) -> list[Path]:
    """Files to open."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, _place(parent), pattern)
    keep_place(list(map(Path, names)))
    return [Path(name) for name in names]


def save_file(parent: QWidget | None, title: str, start: Path, pattern: str, suffix: str) -> Path | None:
    """Where to save, with the suffix, or None. The dialog asks before it names a file that exists."""
    dialog = QFileDialog(parent, title, str(start.parent), pattern, acceptMode=QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix.removeprefix("."))
    dialog.selectFile(start.name)
    while (path := _chosen(dialog)) is not None and path.suffix.lower() != suffix:
        path = path.with_name(path.name + suffix)
        if not path.exists():
            break
        dialog.selectFile(path.name)  # it was asked about the name without the suffix
    dialog.deleteLater()
    return path


class _ExportDialog(QFileDialog):
    """Qt's dialog walks into a folder whose name is given; this one takes it, where it is empty or holds an export."""

    def accept(self) -> None:
        path = Path(self.selectedFiles()[0])
        if path != Path(self.directory().path()) and path.is_dir() and _may_be_exported_to(path):
            self.done(QFileDialog.DialogCode.Accepted)
        else:
            super().accept()


def _may_be_exported_to(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:  # the first alone: there may be a hundred thousand
            return next(entries, None) is None or (folder / "signature.json").exists()
    except OSError:
        return True  # whoever writes into it says why not


def export_folder(parent: QWidget | None, title: str, start: Path) -> Path | None:
    """Where to export to, or None: a name that nothing has yet, an empty folder, or one that may hold an export."""
    dialog = _ExportDialog(parent, title, str(start.parent), acceptMode=QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # whoever writes into it asks
    dialog.setLabelText(QFileDialog.DialogLabel.FileName, QCoreApplication.translate("dialogs", "Folder:"))
    dialog.selectFile(start.name)
    path = _chosen(dialog)
    dialog.deleteLater()
    return path


def _chosen(dialog: QFileDialog) -> Path | None:
    return Path(dialog.selectedFiles()[0]) if dialog.exec() else None


def choose_project(parent: QWidget | None, start: Path | None = None) -> Path | None:
    """A project file to open, or None."""
    title = QCoreApplication.translate("dialogs", "Open a project")
    return choose_file(parent, title, QCoreApplication.translate("dialogs", "Projects (*.spa)"), start)


def new_project(parent: QWidget | None, start: Path) -> Path | None:
    """Where to make a new project, or None."""
    title = QCoreApplication.translate("dialogs", "New project")
    return save_file(parent, title, start, QCoreApplication.translate("dialogs", "Projects (*.spa)"), ".spa")


_Part = QWidget | QLayout
_Parts = _Part | tuple[_Part, int] | tuple[_Part, int, Qt.AlignmentFlag] | int | None


def row(*parts: _Parts, spacing: int, margins: Sequence[int] = (0, 0, 0, 0), of: QWidget | None = None) -> QHBoxLayout:
    """Widgets and layouts side by side; margins are left, top, right, bottom; it becomes the layout `of` a widget.

    A part may have a stretch, and an alignment, in a tuple; None is room that stretches, a number more room.
    """
    return _fill(QHBoxLayout(of) if of is not None else QHBoxLayout(), parts, spacing, margins)


def column(
    *parts: _Parts, spacing: int, margins: Sequence[int] = (0, 0, 0, 0), of: QWidget | None = None
) -> QVBoxLayout:
    """Widgets and layouts beneath each other; the arguments are those of `row`."""
    return _fill(QVBoxLayout(of) if of is not None else QVBoxLayout(), parts, spacing, margins)


def _fill(box: _Box, parts: Sequence[_Parts], spacing: int, margins: Sequence[int]) -> _Box:
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    for part in parts:
        if part is None:
            box.addStretch(1)
            continue
        if isinstance(part, int):
            box.addSpacing(part)
            continue
        thing, stretch, *alignment = part if isinstance(part, tuple) else (part, 0)
        if isinstance(thing, QLayout):
            box.addLayout(thing, stretch)
        else:
            box.addWidget(thing, stretch, *alignment)
    return box


def empty(layout: QLayout) -> None:
    """Take all widgets out of a layout, and delete them."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def grid(across: int, down: int, *, stretch: Mapping[int, int] | None = None, of: QWidget | None = None) -> QGridLayout:
    """An empty grid without margins, with spaces across and down; `stretch` is of columns, by number."""
    made = QGridLayout(of) if of is not None else QGridLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setHorizontalSpacing(across)
    made.setVerticalSpacing(down)
    for column, share in (stretch or {}).items():
        made.setColumnStretch(column, share)
    return made


def choices(menu: QMenu, entries: Iterable[tuple[str, str]], chosen: Callable[[Any], Any]) -> dict[str, QAction]:
    """Put values with their texts on a menu, one of which is on; a slot gets the one that is chosen."""
    group, actions = QActionGroup(menu), {}
    for value, text in entries:
        action = actions[value] = group.addAction(menu.addAction(text))
        action.setCheckable(True)
        action.setData(value)
        action.triggered.connect(slot(action, chosen, value))
    return actions


def card() -> QFrame:
    """A frame with a ground of its own."""
    frame = QFrame()
    frame.setProperty("card", True)
    return frame


class Fold(QWidget):
    """A heading that hides what is beneath it until it is clicked."""

    def __init__(self, title: str, body: QWidget) -> None:
        super().__init__()
        self.button = QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setText(title)
        self.button.setAccessibleName(title)
        self.button.setProperty("kind", "fold")
        self.button.setCheckable(True)
        self.button.toggled.connect(self._show)
        self._body = body
        column((self.button, 0, Qt.AlignmentFlag.AlignLeft), body, spacing=Space.S, of=self)
        self._show(False)

    @Slot(bool)
    def _show(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self.button.setIcon(icon("down" if is_open else "right"))


class ChipFlow(QLayout):
    """Lays widgets out in a row, and on in the next line where there is no room (after Qt's Flow Layout example)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))
        self.setSpacing(int(Space.S))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, is_trial=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, is_trial: bool) -> int:
        """Put the widgets into a rectangle, or only say how high that would be."""
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(max(rect.width(), item.minimumSize().width()), 1 << 20))
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if not is_trial:
                item.setGeometry(QRect(QPoint(x, y), size))
            x, line = x + size.width() + self.spacing(), max(line, size.height())
        return y + line - rect.y()
