"""The folders that were found, as rows to tick and to rename before anything is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spa_desktop.class_text import readable_name
from spa_desktop.errors import InputError
from spa_desktop.project import FoundClass, FoundClasses, Skipped, clean_name
from spa_desktop.project.folders import held_out_count
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.visible import visible

Index = QModelIndex | QPersistentModelIndex
NAME, PHOTOS, TESTS, NOTE, FOLDER = range(5)
_PARTS = 3  # of a folder's path that are shown


@dataclass(frozen=True)
class FoundRow:
    """A folder, and what becomes of it.

    Attributes:
        found: the folder.
        name: the one that its class will get.
        split_tests: photos to test where folders called test say so, None where none does.
        is_wanted: it is ticked.
    """

    found: FoundClass
    name: str
    split_tests: int | None
    is_wanted: bool = True

    @classmethod
    def of(cls, found: FoundClass) -> FoundRow:
        """A folder as it was found."""
        splits = Counter(file.split for file in found.files)
        return cls(found, found.name, splits["test"] if splits.total() > splits[None] else None)


class FoundModel(QAbstractTableModel):
    """Columns: class, photos, of these to test, what will happen, folder."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[FoundRow, ...] = ()
        self._names: Counter[str] = Counter()  # of the rows that are wanted
        self._known: frozenset[str] = frozenset()
        self._share = 0.0

    def fill(self, found: Sequence[FoundClass], known: frozenset[str], share: float) -> None:
        """Show what was found.

        Args:
            found: the folders.
            known: names of the classes that the project has.
            share: of the photos, 0 to 1, that is held out for testing where no test folder says so.
        """
        self.beginResetModel()
        self.rows = tuple(map(FoundRow.of, found))
        self._names = Counter(row.name for row in self.rows)
        self._known, self._share = known, share
        self.endResetModel()

    def set_share(self, share: float) -> None:
        """Show how many photos another share holds out."""
        self._share = share
        self._all_changed()

    @property
    def wanted(self) -> list[FoundRow]:
        return [row for row in self.rows if row.is_wanted]

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
        return any(row.split_tests is None for row in self.wanted)

    def problem(self) -> str:
        """Why this cannot be added as it is; empty if it can."""
        if not self.wanted:
            return self.tr("Tick at least one folder")
        return next((text for row in self.wanted if (text := self._problem_of(row))), "")

    def chosen(self, skipped: Sequence[Skipped]) -> FoundClasses:
        """What is to be added."""
        return FoundClasses(tuple(replace(row.found, name=row.name) for row in self.wanted), tuple(skipped))

    def tests(self, row: FoundRow) -> int:
        """How many photos will be for testing, if all of them can be read."""
        if row.split_tests is not None:
            return row.split_tests
        return held_out_count(len(row.found.files), self._share)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (PHOTOS, TESTS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Class"), self.tr("Photos"), self.tr("To test"), self.tr("What happens"), self.tr("Folder"))[
            section
        ]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            values = {
                NAME: readable_name(row.name) or row.name,
                PHOTOS: count(len(row.found.files)),
                TESTS: count(self.tests(row)),
            }
            return values.get(column) or (self._note(row) if column == NOTE else _place(row.found))
        if role == Qt.ItemDataRole.EditRole and column == NAME:
            return readable_name(row.name) or row.name
        if role == Qt.ItemDataRole.CheckStateRole and column == NAME:
            return Qt.CheckState.Checked if row.is_wanted else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(*([self._note(row)] if column == NOTE else map(str, _folders(row.found))))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (PHOTOS, TESTS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme().color(self._role(row, column))
        return None

    def _meant(self, row: FoundRow, name: str) -> str:
        """The stored name behind one that is shown: what was not changed stays, a class that is there is meant."""
        if name == readable_name(row.name):
            return row.name
        same = [known for known in self._known if readable_name(known) == name]
        return same[0] if name not in self._known and len(same) == 1 else name

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            row = replace(row, is_wanted=Qt.CheckState(value) == Qt.CheckState.Checked)
        elif role == Qt.ItemDataRole.EditRole:
            try:
                row = replace(row, name=self._meant(row, clean_name(str(value))))
            except InputError:
                return False
        else:
            return False
        self.rows = (*self.rows[: index.row()], row, *self.rows[index.row() + 1 :])
        self._names = Counter(one.name for one in self.wanted)
        self._all_changed()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def _problem_of(self, row: FoundRow) -> str:
        if self._names[row.name] > 1:
            return self.tr("Two folders would be the class {name}: rename one").format(name=row.name)
        if row.name not in self._known and self.tests(row) == len(row.found.files):
            return self.tr("{name} has photos to test but none to learn from").format(name=row.name)
        return ""

    def _note(self, row: FoundRow) -> str:
        if not row.is_wanted:
            return self.tr("left out")
        if self._problem_of(row):
            return self._problem_of(row)
        return self.tr("more photos for this class") if row.name in self._known else self.tr("new class")

    def _role(self, row: FoundRow, column: int) -> str:
        if not row.is_wanted:
            return "faint"
        if column == NOTE and self._problem_of(row):
            return "bad"
        if column == NOTE and row.name in self._known:
            return "accent"
        return "text" if column in (NAME, PHOTOS, TESTS) else "muted"

    def _all_changed(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, FOLDER))


def _folders(found: FoundClass) -> list[Path]:
    """Where the photos of a class lie: one folder, or those called train and test."""
    by_split = {file.split: file.path for file in found.files}
    if len(by_split) < 2 or all(path.is_relative_to(found.folder) for path in by_split.values()):
        return [found.folder]
    # Of photos/train/apple and photos/test/apple, found.folder is the one that was read first.
    depth = len(found.folder.parts)
    return sorted({Path(*file.path.parts[:depth]) for file in found.files}, key=lambda path: "train" not in path.parts)


def _place(found: FoundClass) -> str:
    folders = _folders(found)
    if len(folders) == 1:
        return _short(folders[0])
    first, *others = folders
    place = next(
        (at for at, parts in enumerate(zip(*(path.parts for path in folders), strict=False)) if len({*parts}) > 1), 0
    )
    both = " + ".join(path.parts[place] for path in (first, *others))
    return visible(str(Path("…", *first.parts[max(place - 1, 0) : place], both, *first.parts[place + 1 :])))


def _short(folder: Path) -> str:
    parts = folder.parts
    return visible(str(folder if len(parts) <= _PARTS else Path("…", *parts[-_PARTS:])))
