"""The dialogs that choose files. They live here so that tests can answer in a person's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QListView, QTreeView, QWidget

from spa_desktop.project.folders import PHOTO_SUFFIXES

PHOTO_PATTERNS = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
VIDEO_PATTERNS = "*.mp4 *.avi *.mov *.mkv *.webm"


def choose_folder(parent: QWidget | None, title: str, start: Path | None = None) -> Path | None:
    """One folder, or None."""
    name = QFileDialog.getExistingDirectory(parent, title, str(start or ""))
    return Path(name) if name else None


def choose_folders(parent: QWidget | None, title: str, start: Path | None = None) -> list[Path]:
    """Folders, several with Ctrl or Shift; none if the person thinks better of it.

    The systems' own dialogs choose one folder only, so this is Qt's.
    """
    dialog = folders_dialog(parent, title, start)
    chosen = [Path(name) for name in dialog.selectedFiles()] if dialog.exec() else []
    dialog.deleteLater()
    return outermost(chosen)


def folders_dialog(parent: QWidget | None, title: str, start: Path | None = None) -> QFileDialog:
    """Qt's dialog for folders, in whose list several can be selected."""
    dialog = QFileDialog(parent, title, str(start or ""))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    for view in (*dialog.findChildren(QListView), *dialog.findChildren(QTreeView)):
        if view.objectName() in ("listView", "treeView"):
            view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    return dialog


def outermost(folders: Sequence[Path]) -> list[Path]:
    """The folders that were chosen, without those that hold another of them: one walks through these to choose."""
    return [one for one in folders if not any(one != other and one in other.parents for other in folders)]


def choose_file(parent: QWidget | None, title: str, pattern: str, start: Path | None = None) -> Path | None:
    """One file to open, or None. `pattern` is Qt's, such as ``"Projects (*.spa)"``."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(start or ""), pattern)
    return Path(name) if name else None


def choose_files(parent: QWidget | None, title: str, pattern: str, start: Path | None = None) -> list[Path]:
    """Files to open."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, str(start or ""), pattern)
    return [Path(name) for name in names]


def save_file(parent: QWidget | None, title: str, start: Path, pattern: str, suffix: str) -> Path | None:
    """Where to save, with the suffix, or None. The dialog asks before it names a file that exists."""
    dialog = QFileDialog(parent, title, str(start.parent), pattern)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(suffix.removeprefix("."))
    dialog.selectFile(start.name)
    while (path := _chosen(dialog)) is not None and path.suffix.lower() != suffix:
        path = path.with_name(path.name + suffix)
        if not path.exists():
            break
        dialog.selectFile(path.name)  # it was asked about the name without the suffix
    dialog.deleteLater()
    return path


def new_folder(parent: QWidget | None, title: str, start: Path) -> Path | None:
    """Where to make a new folder, or None: a name that nothing has yet, or an empty folder."""
    dialog = QFileDialog(parent, title, str(start.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever written over
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


def local_paths(urls: Sequence[object]) -> list[Path]:
    """The files and folders among dropped URLs."""
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]  # type: ignore[attr-defined]
