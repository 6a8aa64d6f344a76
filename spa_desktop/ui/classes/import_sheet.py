"""Adding photos: the sheet that shows what will be added before it is, the work behind it, the messages afterwards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QComboBox, QDialog, QHeaderView, QLabel, QSpinBox, QWidget

from spa_desktop.classify.keywords import find_keywords, keyword_classes, keyword_names
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.learning import readable_name
from spa_desktop.project import Added, FoundClass, FoundClasses, FoundFile, Skipped, clean_name, find_dropped
from spa_desktop.project.class_names import name_key, next_task_name
from spa_desktop.project.folders import HAS_ALREADY, NO_PHOTOS, FoundCopy, add_classes, held_out_count
from spa_desktop.project.records import PhotoCounts, Split
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import OneWork, WorkFailure
from spa_desktop.ui.lightbox.photo_lightbox import read_file_picture
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, set_type, theme
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource, draw_rounded
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import column, name_choice, row
from spa_desktop.ui.widgets.labels import button, open_with, wrapped
from spa_desktop.ui.widgets.tables import Column, ColumnModel, Index, SkipReport, table_of, why_skipped
from spa_desktop.ui.widgets.words import count, listed
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

NAME, PHOTOS, TESTS, NOTE, FOLDER = range(5)
_PARTS = 3  # of a folder's path that are shown
_NAME_WIDTH, _NOTE_WIDTH, _WIDEST = 264, 200, 440
_FOLDER_LESS = 160  # that the path of a folder can do without


Several = Mapping[tuple[int, ...], Sequence[Path]]
"""Photos that are in several classes, by the places of these."""


@dataclass(frozen=True)
class FoundRow:
    """A folder, or one photo of it that another class has as well, and what becomes of it."""

    found: FoundClass
    name: str  # the one that its class will get
    is_wanted: bool = True  # it is ticked
    place: int = -1  # of the folder that a photo is from, among the rows
    content: str = ""  # SHA-256 of a photo's file; "" for a folder
    owner: str = ""  # stored name of the class of the project that has the photo; "" where none has
    # How many of its photos are to be added, by what their folders say of them.
    splits: Mapping[Split | None, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many photos are to be added."""
        return sum(self.splits.values())

    @property
    def said_tests(self) -> int | None:
        """How many of them folders called test hold, None where no folder says."""
        return self.splits.get("test", 0) if self.total > self.splits.get(None, 0) else None


class FoundModel(ColumnModel):
    """Columns: class, photos, of these to test, what will happen, folder."""

    def __init__(self, pictures: ThumbnailSource | None = None, parent: QObject | None = None) -> None:
        super().__init__((), parent)
        self.columns = (
            Column(self.tr("Class"), self._title, _NAME_WIDTH),
            Column(self.tr("Photos"), lambda row: count(row.total), 76, is_number=True),
            Column(self.tr("To test"), lambda row: "" if row.content else count(self.tests(row)), 76, is_number=True),
            Column(self.tr("What happens"), self._note, _NOTE_WIDTH),
            Column(self.tr("Folder"), lambda row: self._keywords.get(row.found.name) or _place(row)),
        )
        self._pictures = pictures
        self._names: Counter[str] = Counter()  # of the rows that are wanted
        self._known: Mapping[str, PhotoCounts] = {}
        self._share = 0.0
        self._left_out: set[Path] = set()  # photos that are not ticked
        self._has: dict[str, dict[str, None]] = {}  # names of the classes that a photo is in, by content
        self._keywords: Mapping[str, str] = {}  # of each class, where classes are keywords
        self._several: Several = {}
        self._splits: list[Counter[Split | None]] = []  # of all photos of each row, to be added or not
        self.shared = 0  # photos with keywords of several classes that are ticked

    def show(
        self,
        found: Sequence[FoundClass],
        known: Mapping[str, PhotoCounts],
        share: float,
        copies: Sequence[FoundCopy] = (),
        keywords: Mapping[str, str] | None = None,
        several: Several | None = None,
    ) -> None:
        """Show the folders that were found, and `copies`: photos that are in two classes.

        With `keywords` of the classes, a photo may be in `several`. A class that has one of its own is ticked.
        The project has classes `known`, with so many photos; a `share` of the photos, 0 to 1, is held out where no test
        folder says so.
        """
        self._known, self._share, self._keywords, self._several = known, share, keywords or {}, several or {}
        title = self.tr("Keyword") if keywords else self.tr("Folder")
        self.columns = (*self.columns[:FOLDER], replace(self.columns[FOLDER], title=title))
        rows, contents = [FoundRow(item, item.name) for item in found], set[str]()
        for copy in copies:
            item = FoundClass(found[copy.place].name, copy.file.path.parent, (copy.file,))
            is_wanted = not copy.owner and copy.sha256 not in contents  # the first of several
            rows.append(FoundRow(item, item.name, is_wanted, copy.place, copy.sha256, copy.owner))
            contents.add(copy.sha256)
        self._splits = [Counter(file.split for file in row.found.files if not row.found.reason) for row in rows]
        if keywords:
            shared = Counter[int]()
            for places, paths in self._several.items():
                shared.update(dict.fromkeys(places, len(paths)))
            rows = [replace(row, is_wanted=len(row.found.files) > shared[at]) for at, row in enumerate(rows)]
        self._take(rows)
        self.fill(self.rows)

    def _take(self, rows: Sequence[FoundRow]) -> None:
        """A photo goes with its folder: it has its name. There may be a hundred thousand: they are not gone through."""
        out, self._left_out, self.shared = Counter[tuple[int, Split | None]](), set(), 0
        copies = [(at, copy, copy.found.files[0]) for at, copy in enumerate(rows) if copy.content]
        for at, copy, file in copies:
            if not copy.is_wanted:
                self._left_out.add(file.path)
                out.update({(at, file.split): 1, (copy.place, file.split): 1})
        for places, paths in self._several.items():
            if sum(rows[at].is_wanted for at in places) > 1:
                self._left_out.update(paths)
                self.shared += len(paths)
                out.update({(at, None): len(paths) for at in places})
        self.rows = tuple(
            replace(
                entry,
                name=rows[entry.place].name if entry.content else entry.name,
                splits={split: left for split, n in self._splits[at].items() if (left := n - out[at, split])},
            )
            for at, entry in enumerate(rows)
        )
        self._names = Counter(name_key(entry.name) for entry in self.wanted)
        self._has = {}
        for at, _, _ in copies:
            self._has.setdefault(self.rows[at].content, {})[self.rows[at].name] = None

    def files(self, row: FoundRow) -> list[FoundFile]:
        """The photos of a row that are to be added."""
        is_whole = row.total == len(row.found.files)
        return [file for file in row.found.files if is_whole or file.path not in self._left_out]

    @Slot(int)
    def set_share(self, percent: int) -> None:
        self._share = percent / 100
        self._all_changed()

    @property
    def wanted(self) -> list[FoundRow]:
        return [row for row in self.rows if self._is_ticked(row) and not row.content]

    @property
    def tops_up(self) -> bool:
        """True if photos go to classes that the project has."""
        return any(row.name in self._known for row in self.wanted)

    @property
    def adds_classes(self) -> bool:
        return any(row.name not in self._known for row in self.wanted)

    @property
    def is_share_used(self) -> bool:
        """False if folders called test decide for every class."""
        return any(row.said_tests is None for row in self.wanted)

    def problem(self) -> str:
        """Why this cannot be added as it is; empty if it can."""
        if not any(map(self._can_tick, self.rows)):
            return next(map(self._problem_of, self.rows), "")
        if not self.wanted:
            return self.tr("Tick at least one keyword") if self._keywords else self.tr("Tick at least one folder")
        return next(filter(None, map(self._problem_of, self.wanted)), "")

    def chosen(self, skipped: Sequence[Skipped]) -> FoundClasses:
        classes = [replace(row.found, name=row.name, files=tuple(self.files(row))) for row in self.wanted]
        return FoundClasses(tuple(classes), tuple(skipped), copies=())

    def tests(self, row: FoundRow) -> int:
        """How many photos will be for testing, if all of them can be read."""
        said = row.said_tests
        return held_out_count(row.total, self._share, self._known.get(row.name, NO_PHOTOS)) if said is None else said

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.EditRole:
            return super().data(index)
        if role == Qt.ItemDataRole.CheckStateRole and column == NAME and self._can_tick(row):
            return Qt.CheckState.Checked if row.is_wanted else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole and column == NAME and self._pictures is not None:
            return self._pictures.picture(tuple(str(file.path) for file in row.found.files[:_STRIP]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(*([self._note(row)] if column == NOTE else [self._title(row), *map(str, _folders(row))]))
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme().color(self._role(row, column))
        return super().data(index, role)

    def _meant(self, row: FoundRow, name: str) -> str:
        """The stored name behind one that is shown: what was not changed stays, a class that is there is meant."""
        if name == readable_name(row.name):
            return row.name
        same = sorted(known for known in self._known if name_key(known) == name_key(name))
        return same[0] if name not in self._known and same else name

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        rows, at = list(self.rows), index.row()
        if role == Qt.ItemDataRole.CheckStateRole:
            content, is_wanted = rows[at].content, Qt.CheckState(value) == Qt.CheckState.Checked
            if content and is_wanted:  # a photo goes to one class
                rows = [replace(entry, is_wanted=False) if entry.content == content else entry for entry in rows]
            rows[at] = replace(rows[at], is_wanted=is_wanted)
        elif role == Qt.ItemDataRole.EditRole:
            try:
                rows[at] = replace(rows[at], name=self._meant(rows[at], clean_name(str(value))))
            except InputError:
                return False
        else:
            return False
        self._take(rows)
        self._all_changed()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.rows[index.row()]
        if index.column() == NAME and self._can_tick(row):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == NAME and not row.content:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def _title(self, row: FoundRow) -> str:
        return visible(row.found.files[0].path.name) if row.content else readable_name(row.name) or row.name

    def _can_tick(self, row: FoundRow) -> bool:
        """Not a folder that has no photo to add. Of keywords that share all photos, each can be."""
        return not row.owner if row.content else row.total > 0 or bool(self._keywords)

    def _is_ticked(self, row: FoundRow) -> bool:
        return row.is_wanted and self._can_tick(row)

    def _problem_of(self, row: FoundRow) -> str:
        name = self._title(row)
        if row.found.reason:
            path = row.found.files[0].path
            return f"{visible(path.name)}: {why_skipped(Skipped(path, row.found.reason))}"
        if not row.total:
            return self.tr("Each new photo of {name} is in another class").format(name=name)
        if self._names[name_key(row.name)] > 1:
            return self.tr("Two rows would be the class {name}: rename one").format(name=name)
        if row.name not in self._known and self.tests(row) == row.total:
            return self.tr("{name} has photos to test but none to learn from").format(name=name)
        return ""

    def _note(self, row: FoundRow) -> str:
        if row.content:
            others = [row.owner] if row.owner else [*self._has[row.content]]
            others = [readable_name(name) for name in others if name != row.name]  # none: two folders of one name
            text = self.tr("{name}, also in {others}") if others else "{name}"
            return text.format(name=readable_name(row.name), others=listed(others))
        if not self._can_tick(row):
            return self._problem_of(row)
        if not row.is_wanted:
            return self.tr("left out")
        new = self.tr("more photos for this class") if row.name in self._known else self.tr("new class")
        return self._problem_of(row) or new

    def _role(self, row: FoundRow, column: int) -> str:
        if not self._is_ticked(row):
            return "faint"
        if column == NOTE:
            return "bad" if self._problem_of(row) else "accent" if row.name in self._known else "muted"
        return "muted" if column == FOLDER else "text"

    def _all_changed(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, FOLDER))


def _folders(row: FoundRow) -> list[Path]:
    """Where the photos of a class lie: one folder, or those called train and test."""
    found = row.found
    if len(row.splits) < 2:
        return [found.folder]
    by_split = {file.split: file.path for file in found.files}
    if all(path.is_relative_to(found.folder) for path in by_split.values()):
        return [found.folder]
    # Of photos/train/apple and photos/test/apple, found.folder is the one that was read first.
    depth = len(found.folder.parts)
    return sorted({Path(*file.path.parts[:depth]) for file in found.files}, key=lambda path: "train" not in path.parts)


def _place(row: FoundRow) -> str:
    """The last parts of these folders' paths, such as "…/photos/train + test/apple"."""
    parts = [
        " + ".join(dict.fromkeys(names)) for names in zip(*(folder.parts for folder in _folders(row)), strict=False)
    ]
    is_whole = len(parts) <= _PARTS + 1  # with the root
    return visible(str(Path(*parts) if is_whole else Path("…", *parts[-_PARTS:])))


_SHEET_SIZE = (920, 560)
_ROW = 40

# Names of folders that say nothing of what the photos in them have in common.
_SAY_NOTHING = frozenset(("photos", "images", "pictures", "data", "dataset", "classes"))
_SPLITS = frozenset(("train", "training", "test"))


def _task_name(found: FoundClasses, known: Container[str]) -> str:
    """What the folders around the new classes are called; "" where that says nothing."""
    around = {item.folder.parent for item in found.classes if item.name not in known}
    around = {folder.parent if folder.name.casefold() in _SPLITS else folder for folder in around}
    names = {clean_name(name) for folder in around if any(map(str.isalpha, name := readable_name(folder.name)))}
    said = sorted(candidate for candidate in names if candidate.casefold() not in _SAY_NOTHING)
    return " + ".join(said) if len(said) < 3 else ""


_STRIP = 3  # photos of a folder
_STRIP_SIZE = QSize(_STRIP * 32 + (_STRIP - 1) * Space.XS, 32)


def _read_strips(bench: OpenProject, keys: Sequence[tuple[str, ...]], side: int) -> Iterator[tuple[object, QImage]]:
    """The first photos of folders side by side. For worker threads."""
    high = max(side * _STRIP_SIZE.height() // _STRIP_SIZE.width(), 1)
    for paths in keys:
        strip = QImage(side, high, QImage.Format.Format_ARGB32_Premultiplied)
        strip.fill(Qt.GlobalColor.transparent)
        painter = QPainter(strip)
        for place, path in enumerate(paths):
            left = place * (side - high) // (_STRIP - 1)
            try:
                painter.drawImage(left, 0, draw_rounded(read_file_picture(Path(path), high), high))
            except SpaError:
                box, font = QRect(left, 0, high, high), painter.font()
                painter.fillRect(box, theme().color("line"))
                font.setPixelSize(high * 2 // 3)
                painter.setFont(font)
                painter.setPen(theme().color("warn"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "!")  # adding says why it cannot be read
        painter.end()
        yield paths, strip


ByKeywords = tuple[FoundClasses, Mapping[str, str], Several]
"""The classes of keywords, a photo in all of its; the keywords of each class; and the photos that are in several."""


def _find_by_keywords(files: Sequence[FoundFile], bench: OpenProject, job: Job) -> ByKeywords:
    """For worker threads. Raises InputError if no photo has a keyword."""
    found = find_keywords([file.path for file in files], job)
    try:
        names = keyword_names(found)
    except InputError:  # two branches end alike: whole, they differ
        names = keyword_names(found, {keyword: keyword for keywords in found[0].values() for keyword in keywords})
    stored = {name_key(class_.name): class_.name for class_ in bench.project.classes()}
    keywords = dict[str, str]()
    for keyword, name in names.items():
        names[keyword] = name = stored.setdefault(name_key(clean_name(name)), clean_name(name))
        keywords[name] = f"{keywords[name]}, {visible(keyword)}" if name in keywords else visible(keyword)
    classes, places = keyword_classes(found, names, is_shared=True), defaultdict[Path, list[int]](list)
    for at, class_ in enumerate(classes.classes):
        for file in class_.files:
            places[file.path].append(at)
    several = defaultdict[tuple[int, ...], list[Path]](list)
    for path, of in places.items():
        if len(of) > 1:
            several[tuple(of)].append(path)
    return classes, keywords, several


class AddSheet(QDialog):
    """Looks into the folders in the background, shows what is there, and says what was decided."""

    # Classes with the names they get; the task of new ones, or None; some go to known classes; share to test, 0 to 1
    decided = Signal(object, object, bool, float)

    def __init__(
        self,
        context: AppContext,
        paths: Sequence[Path],
        class_name: str | None = None,
        parent: QWidget | None = None,
        *,
        by_keywords: bool = False,
    ) -> None:
        """Open with `open()`. Single photos go to the class `class_name`; None: one named after their folder.

        With `by_keywords`, classes of keywords are shown as soon as there are some.
        """
        super().__init__(parent)
        self._context, self._is_by_keywords = context, by_keywords
        self._skipped: tuple[Skipped, ...] = ()
        self._known = 0  # files that the project has, in the same class or another
        self._shown: ByKeywords = FoundClasses((), ()), {}, {}
        self._other: ByKeywords = self._shown
        self.setWindowTitle(self.tr("Add photos"))
        open_with(self, *_SHEET_SIZE)
        self._pictures = ThumbnailSource(
            context, _STRIP_SIZE.width(), is_square=False, read=_read_strips, batch=1, parent=self
        )
        self.model = FoundModel(self._pictures, self)
        self._build()
        self._pictures.loaded.connect(self.table.viewport().update)
        self.model.dataChanged.connect(self._refresh)
        self.state.setText(self.tr("Looking into the folders..."))
        chosen = self._paths = list(paths)
        work = context.read(lambda bench, job: find_dropped(bench.project, chosen, job, class_name))
        work.success(self._on_found).failure(self._on_failed)
        self.finished.connect(self._on_finished)

    def _build(self) -> None:
        self.title = set_type(QLabel(self.tr("What will be added")), Size.STRONG, strong=True)
        self.state = wrapped("", Size.BODY)
        self.skips = button("", self._show_skips, kind="link")
        self.skips.hide()
        self.by_keywords = button(self.tr("Classes from keywords"), self._switch, kind="link")
        self.by_keywords.hide()
        self.table = table_of(self.model, self.model.columns, self.tr("Folders that were found"), is_framed=True)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.setIconSize(_STRIP_SIZE)
        for place in (place for place, column_ in enumerate(self.model.columns) if column_.width):  # names may be long
            self.table.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
        self.task = QComboBox(editable=True, insertPolicy=QComboBox.InsertPolicy.NoInsert)
        name_choice(self.task, self.tr("Task of the new classes"))
        self.task.setMinimumWidth(200)
        self.task.currentTextChanged.connect(self._refresh)
        self.share = QSpinBox()
        self.share.setRange(0, 50)
        self.share.setSuffix(" %")
        self.share.setValue(round(100 * self._context.settings.value.test_share))
        self.share.setAccessibleName(self.tr("Photos held out for testing"))
        self.share.valueChanged.connect(self.model.set_share)
        self.problem = wrapped("", Size.BODY, role="bad")
        self.add = button(self.tr("Add"), self._decide, kind="primary")
        self.add.setDefault(True)
        self.cancel = button(self.tr("Cancel"), self.reject)
        about = self.tr("Puts photos that look alike together; you say what each group is")
        self.unsorted = button(self.tr("Not sorted yet? Sort them"), self._sort, kind="link", about=about)
        task, share = QLabel(self.tr("Task")), QLabel(self.tr("Held out for testing"))
        options = row(task, self.task, Space.L, share, self.share, Space.L, None, spacing=Space.S)
        column(
            self.title,
            row((self.state, 1), self.by_keywords, self.skips, spacing=Space.S),
            (self.table, 1),
            options,
            row(self.unsorted, (self.problem, 1), self.cancel, self.add, spacing=Space.S),
            spacing=Space.M,
            margins=SHEET_MARGINS,
            of=self,
        )
        for widget in (self.add, self.task, self.share):
            widget.setEnabled(False)

    def _fill_tasks(self, name: str) -> None:
        """Offer tasks: first that of the name if it is not trained yet, else a new one, called so if it can be."""
        contents = self._context.contents
        tasks = contents.tasks if contents else ()
        if not name and tasks and tasks[-1].state == "new":  # nothing says that they are another task
            name = tasks[-1].name
        free, taken = [task.name for task in tasks if task.state == "new"], {name_key(task.name) for task in tasks}
        same = [task_name for task_name in free if name_key(task_name) == name_key(name)]
        new = next_task_name(taken) if not name or name_key(name) in taken else name
        self.task.clear()
        self.task.addItems(list(dict.fromkeys([*same, *free, new] if same else [new, *free])))

    def _on_found(self, found: FoundClasses) -> None:
        self._shown = found, {}, {}
        self._known = sum(file.reason == HAS_ALREADY for file in found.skipped)
        self._known += sum(bool(copy.owner) for copy in found.copies or ())
        self._show()
        files = [file for row in self.model.wanted for file in self.model.files(row)]
        self._context.read(partial(_find_by_keywords, files)).success(self._on_keywords).failure(self._on_none)

    def _on_keywords(self, found: ByKeywords) -> None:
        self._other = replace(found[0], skipped=(*self._skipped, *found[0].skipped)), *found[1:]
        self.by_keywords.show()
        if self._is_by_keywords:
            self._switch()

    def _on_none(self, _failure: WorkFailure) -> None:
        self.by_keywords.setText(self.tr("No photo has a keyword"))
        self.by_keywords.setEnabled(False)
        self.by_keywords.setVisible(self._is_by_keywords)

    @Slot()
    def _switch(self) -> None:
        self._shown, self._other = self._other, self._shown
        text = self.tr("Classes from folders") if self._shown[1] else self.tr("Classes from keywords")
        self.by_keywords.setText(text)
        self._show()

    def _show(self) -> None:
        found, keywords, several = self._shown
        contents = self._context.contents
        known = {name: contents.counts[key] for key, name in contents.stored_names.items()} if contents else {}
        self._skipped = found.skipped
        self._fill_tasks(_task_name(found, known))
        self.model.show(found.classes, known, self.share.value() / 100, found.copies or (), keywords, several)
        wanted = self.table.sizeHintForColumn(NAME) + _STRIP_SIZE.width() + Space.S  # the photos come later
        more = max(min(wanted, _WIDEST) - _NAME_WIDTH, 0)
        more_noted = max(min(self.table.sizeHintForColumn(NOTE), _WIDEST) - _NOTE_WIDTH, 0)
        page = self.parentWidget()
        room = page.window().width() - 2 * Space.XL - self.width() if page is not None else 0
        room = max(room, -_FOLDER_LESS)  # where the window is narrower, the sheet is
        self.resize(self.width() + min(more + more_noted, room), self.height())
        more = min(more, room + _FOLDER_LESS)
        self.table.setColumnWidth(NAME, _NAME_WIDTH + more)
        self.table.setColumnWidth(NOTE, _NOTE_WIDTH + min(more_noted, room + _FOLDER_LESS - more))
        self.skips.setText(self.tr("{n} skipped · Show").format(n=count(len(found.skipped))))
        self.skips.setVisible(bool(found.skipped))
        self._refresh()
        self.add.setFocus()

    def _on_failed(self, failure: WorkFailure) -> None:
        self.state.setText("")
        self.problem.setText(failure.message)

    @Slot()
    def _refresh(self) -> None:
        rows = self.model.wanted
        if not self.model.rows:
            return
        photos = sum(row.total for row in rows)
        text = self.tr("{classes}, {photos}").format(classes=words.classes(len(rows)), photos=words.photos(photos))
        if twins := len({row.content for row in self.model.rows if row.content and not row.owner}):
            one, many = self.tr("1 photo is in two classes"), self.tr("{n} photos are in two classes")
            both = one if twins == 1 else many.format(n=count(twins))
            text += " · " + self.tr("{both}: tick where it belongs, in the last rows").format(both=both)
        if self._known:
            text += " · " + self.tr("{photos} in the project already").format(photos=words.photos(self._known))
        if shared := self.model.shared:
            text += " · " + self.tr("{photos} with several of these keywords").format(photos=words.photos(shared))
        self.state.setText(text)
        self.task.setEnabled(self.model.adds_classes)
        self.task.setToolTip("" if self.model.adds_classes else self.tr("These classes have their task already"))
        self.share.setEnabled(self.model.is_share_used)
        about = self.tr("These photos are not learned from: they show how good the model is")
        said = self.tr("The folders named train and test say which photos are held out")
        self.share.setToolTip(about if self.model.is_share_used else said)
        problem = self.model.problem() or self._task_problem()
        self.problem.setText(problem)
        self.add.setEnabled(not problem)
        self.add.setText(self.tr("Add {photos}").format(photos=words.photos(photos)) if photos else self.tr("Add"))

    def _task_problem(self) -> str:
        if not self.model.adds_classes:
            return ""
        try:
            name = clean_name(self.task.currentText())
        except InputError:
            return self.tr("Give the task a name")
        contents = self._context.contents
        if contents and any(
            name_key(task.name) == name_key(name) and task.state == "trained" for task in contents.tasks
        ):
            return self.tr("{name} is trained already: choose another task").format(name=name)
        return ""

    @Slot()
    def _show_skips(self) -> None:
        SkipReport(self._skipped, self).open()

    @Slot()
    def _sort(self) -> None:
        self.reject()
        self._context.go_to("sort", self._paths)

    @Slot()
    def _decide(self) -> None:
        task = clean_name(self.task.currentText()) if self.model.adds_classes else None
        found = self.model.chosen(self._skipped)
        self.decided.emit(found, task, self.model.tops_up, self.share.value() / 100)
        self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._context.background.abandon(self._on_found)
        self._context.background.abandon(self._on_keywords)
        self.deleteLater()


class Adding(OneWork):
    """One addition at a time. The page says what came of it."""

    added = Signal(int)  # id of the first class that got photos

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page
        self.sheet: AddSheet | None = None  # that was shown last

    def ask(self, paths: Sequence[Path], class_name: str | None, *, by_keywords: bool = False) -> None:
        if self.is_busy or not paths or self._context.contents is None:
            return
        self.sheet = AddSheet(self._context, paths, class_name, self._page, by_keywords=by_keywords)
        self.sheet.decided.connect(self._add)
        self.sheet.open()

    @Slot(object, object, bool, float)
    def _add(self, found: FoundClasses, task: str | None, top_up: bool, test_share: float) -> None:
        how: dict[str, Any] = {"task": task, "top_up": top_up, "test_share": test_share}
        how["rule"] = self._context.settings.value.event_rule
        work = self._context.run(
            self.tr("Adding photos"), lambda bench, job: add_classes(bench.project, found, job, **how)
        )
        cancelled = partial(self._page.banner, self.tr("Cancelled. Nothing was added."))
        self.begin(work.success(self._on_added).failure(self._on_failed).cancelled(cancelled))

    def _on_added(self, added: Added) -> None:
        photos, classes = words.photos(added.train + added.test), words.classes(len(added.class_ids))
        text = self.tr("Added {photos} to {classes}.").format(photos=photos, classes=classes)
        if added.skipped:
            text += " " + self.tr("{n} skipped.").format(n=count(len(added.skipped)))
            show = lambda: SkipReport(added.skipped, self._page).open()  # noqa: E731
            self._page.banner(text, self.tr("Show"), show, is_of_last=True)
        else:
            self._page.banner(text)
        if added.class_ids:
            self.added.emit(added.class_ids[0])

    def _on_failed(self, failure: WorkFailure) -> None:
        self._page.banner(self.tr("Nothing was added: {reason}").format(reason=failure.message), is_error=True)
