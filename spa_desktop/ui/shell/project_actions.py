"""New, open, demo, close: what leads from one project to another, or to none, and the questions that are asked then."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QObject, QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QDialog, QHeaderView, QMessageBox, QTableView, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project import ProjectBusy, ProjectDamaged, ProjectReadOnly, are_sorted
from spa_desktop.project.folders import SPLITS, require_photo
from spa_desktop.project.recover import recover
from spa_desktop.project.versions import DELETING
from spa_desktop.ui.app_state.contents import Opened, Relation
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation, WorkFailure, later
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.labels import button, message_box, wrapped
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of
from spa_desktop.ui.widgets.words import listed, local_time, sentences
from spa_desktop.visible import visible, visible_lines
from spa_desktop.workbench.recovery import restore_project, versions

Role = QMessageBox.ButtonRole
# What a button says, its place among the others, and what it does.
Answer = tuple[str, QMessageBox.ButtonRole, Callable[[], Any]]
# Calls what it is given once no work is left that needs the open project; may ask the user.
WhenFree = Callable[[Callable[[], Any]], None]


class Asking(QObject):
    """Asks one question at a time over the window. Enter and Escape give the answer that changes nothing."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.box: QMessageBox | None = None  # the question that is asked now
        self.answers: dict[str, QAbstractButton] = {}  # of the last question by what they say; but for "stay"
        self._slots: dict[QAbstractButton, Callable[[], Any]] = {}

    def ask(
        self,
        title: str,
        text: str,
        answers: Sequence[Answer],
        *,
        about: str = "",
        stay: str = "",
        over: QWidget | None = None,
    ) -> None:
        """Ask, over the window or another one. `stay` is the answer that changes nothing, "Cancel" without words."""
        box = self.box = message_box(over or self._window, title, text)
        box.setInformativeText(about)
        self.answers = {label: box.addButton(label, role) for label, role, _ in answers}
        self._slots = {self.answers[label]: slot for label, _, slot in answers}
        cancel = QMessageBox.StandardButton.Cancel
        nothing = box.addButton(stay, Role.RejectRole) if stay else box.addButton(cancel)
        box.setDefaultButton(nothing)
        box.setEscapeButton(nothing)
        box.finished.connect(self._on_finished)
        box.open()

    def drop(self) -> None:
        """Take the question back: nobody need answer it."""
        box, self.box = self.box, None
        if box is not None:
            box.close()
            box.deleteLater()

    def stay(self) -> None:
        """Hear that nothing is to be done."""

    @Slot(int)
    def _on_finished(self, _: int) -> None:
        box, self.box = self.box, None
        if box is not None:
            slot = self._slots.get(box.clickedButton(), self.stay)
            box.deleteLater()
            slot()


def tell(window: QWidget, title: str, text: str) -> None:
    """Show a text over the window until it is closed."""
    box = message_box(window, title, text)
    box.setStandardButtons(QMessageBox.StandardButton.Close)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


class Leaving(Asking):
    """Calls what it is given once nothing is at work any more, and asks the user first where that takes time."""

    waits = Signal(str)  # what happens once the work has ended, in words; "" if nothing does

    def __init__(self, context: AppContext, window: QWidget, unkept: Callable[[], str]) -> None:
        """`unkept` says what nobody has kept yet, such as recorded frames; "" if there is nothing."""
        super().__init__(window)
        self._context, self._unkept = context, unkept
        self._asked_for: Callable[[], Any] | None = None
        self._then: Callable[[], Any] | None = None  # what was asked for, once the user agreed to wait for it
        self._given_up = ""  # what the user said may be lost
        self._later = self._now = self._meanwhile = ""  # what the buttons say, and the window while it waits
        # Queued: those who hear of the same end may start something that has to be waited for too.
        context.background.ended.connect(self._go_on, Qt.ConnectionType.QueuedConnection)

    def when_free(self, then: Callable[[], Any], *, is_quit: bool = False) -> None:
        """Call `then` soon, or when the work has ended, or never if the user would rather stay.

        `is_quit`: it ends the app, and else this project is closed.
        """
        # Fields give their text to the project when they lose the focus.
        field = self._window.focusWidget()
        if field is not None:
            self._window.setFocus()
            back = field if field.isVisible() else field.parentWidget()  # a list, whose editor is closed by that
            (back or self._window).setFocus()
        if self.box is not None:
            self.box.raise_()
            return
        self._asked_for, self._given_up, background = then, "", self._context.background
        self._later, self._now = self.tr("Close when finished"), self.tr("Close now")
        self._meanwhile = self.tr("Closes when this is finished")
        if is_quit:
            self._later, self._now = self.tr("Quit when finished"), self.tr("Quit now")
            self._meanwhile = self.tr("Quits when this is finished")
        if not background.is_busy:
            self._wait()
            return
        self.ask(
            self.tr("Still at work"),
            self._unfinished(),
            (
                (self._later, Role.AcceptRole, self._wait),
                (self._now, Role.DestructiveRole, self._cancel),
            ),
            about=self.tr("What was finished before is safe. Only what is not finished is lost."),
            stay=self.tr("Keep working"),
        )

    def _unfinished(self) -> str:
        titles = listed(handle.title for handle in self._context.background.operations if not handle.is_quiet)
        return self.tr("Not finished yet: {titles}").format(titles=titles)

    def stay(self) -> None:
        """Leave nothing, not because of an earlier answer either."""
        self._then = None
        self.waits.emit("")

    def _wait(self) -> None:
        self._then = self._asked_for
        if self._context.background.is_busy:
            self.waits.emit(self._meanwhile)
        later(self._go_on)

    def _cancel(self) -> None:
        for handle in self._context.background.operations:
            # Edits that wait behind the work were seen to be made: they are short, and are done before leaving.
            if not handle.is_quiet or handle.lane != "write":
                handle.cancel()
        self._wait()

    @Slot()
    def _go_on(self) -> None:
        if self.box is not None and self._later in self.answers:
            if self._context.background.is_busy:
                self.box.setText(self._unfinished())
            else:
                self.drop()
                leave = self._now, Role.DestructiveRole, self._cancel
                self.ask(self.tr("Finished"), self.tr("It is finished now."), (leave,), stay=self.tr("Keep working"))
        if self._then is None or self.box is not None or self._context.background.is_busy:
            return
        if (text := self._unkept()) and text != self._given_up:
            answers = ((self.tr("Leave without them"), Role.DestructiveRole, partial(self._give_up, text)),)
            self.ask(self.tr("Not kept yet"), text, answers, stay=self.tr("Keep working"))
            return
        # Thumbnails and the like are wanted no more; edits are short, and are waited for.
        for handle in self._context.background.operations:
            if handle.lane != "write":
                handle.cancel()
        # Where no project is open, only edits are: loading the sample's backbone takes seconds, and cannot be stopped.
        is_open = self._context.contents is not None
        if not any(is_open or handle.lane == "write" for handle in self._context.background.operations):
            then = self._then
            self.stay()
            then()

    def _give_up(self, text: str) -> None:
        self._given_up = text
        later(self._go_on)


_SIZE = (620, 380)
_MEGABYTE = 1_000_000


class EarlierVersions(QDialog):
    """A list of versions. It changes nothing itself: it tells what the user wants."""

    restore_wanted = Signal(object)  # a version, as `spa_desktop.workbench.recovery.versions` gives it

    def __init__(self, context: AppContext, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Earlier versions"))
        self.resize(*_SIZE)
        name = visible(path.name)
        text = self.tr(
            "The last versions of {name} are kept beside it: before the first change of an hour, before each training, "
            "and before what was learned is deleted, merged or forgotten. When one is brought back, what is there now "
            "is kept as a version too."
        )
        about = wrapped(text.format(name=name), Size.BODY)
        about.setToolTip(tip(str(path)))
        contents = context.contents
        self._contents = contents if contents is not None and contents.path == path else None
        self._none = self.tr("No earlier version of {name} is kept.").format(name=name)
        self.note = wrapped(self.tr("Looking..."), Size.BODY, role="text")
        columns = (
            Column(self.tr("Kept on"), lambda version: local_time(version["created"])),
            Column(self.tr("What happened next"), self._next),
            Column(self.tr("Size"), lambda version: size_of(version["size"])),
        )
        self.model = ColumnModel(columns, self)
        self.table = table_of(self.model, columns, self.tr("Earlier versions"), is_framed=True)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        for place in (0, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.table.hide()
        self.recover = button(
            self.tr("Recover what can be read..."),
            self.accept,
            about=self.tr("Reads a damaged file piece by piece, and saves what can be read in a new one"),
        )
        self.restore = button(self.tr("Bring back..."), self._restore, kind="primary")
        self.restore.setEnabled(False)
        self.restore.setDefault(True)  # else Enter in the list would press Recover
        close = button(self.tr("Close"), self.reject)
        self.table.doubleClicked.connect(self._restore)
        buttons = forms.row(self.recover, None, close, self.restore, spacing=Space.S)
        parts = (about, (self.note, 1, Qt.AlignmentFlag.AlignTop), (self.table, 1), buttons)
        forms.column(*parts, spacing=Space.L, margins=SHEET_MARGINS, of=self)
        context.background.look_up(lambda job: versions(path)).success(self._on_found).failure(self._on_failed)

    def _on_found(self, versions: Sequence[dict[str, Any]]) -> None:
        self.note.setText(self._none)
        self.note.setVisible(not versions)
        self.table.setVisible(bool(versions))
        self.model.fill(versions)
        self.restore.setEnabled(bool(versions))
        if versions:
            self.table.selectRow(0)
            self.table.setFocus()

    def _on_failed(self, failure: WorkFailure) -> None:
        self.note.setText(visible(failure.message))

    @Slot()
    def _restore(self) -> None:
        for index in self.table.selectionModel().selectedRows():
            self.restore_wanted.emit(self.model.rows[index.row()])

    def _next(self, version: dict[str, Any]) -> str:
        """What happened after it, and before the next one was kept: of trainings, which classes they learned."""
        from spa_desktop.ui.train.past_trainings import what_was_learned

        contents = self._contents
        if contents is not None and version["why"] == "before training":
            kept = {other["number"]: Path(other["path"]).name for other in self.model.rows}  # begins with the moment
            since, until = kept[version["number"]], kept.get(version["number"] - 1, "9")
            moments = ((item, item.created.replace("-", "").replace(":", "")) for item in contents.trainings)
            if learned := [item for item, moment in moments if since <= moment < until]:
                return sentences(what_was_learned(contents, record) for record in learned)
        words = {
            "before changes": self.tr("the project was changed"),
            "before training": self.tr("a task was learned"),
            "before forgetting": self.tr("what was learned was forgotten"),
            DELETING: self.tr("a learned class was deleted or merged"),
            "before restore": self.tr("another version was brought back"),
            "before rollback": self.tr("unfinished work was rolled back"),
        }
        return words.get(version["why"], visible(version["why"]))


def size_of(number: int) -> str:
    """Bytes, as the user reads them."""
    return QLocale().formattedDataSize(number, 1 if number >= _MEGABYTE else 0, QLocale.DataSizeFormat.DataSizeSIFormat)


class VersionActions(Asking):
    """Offers the earlier versions of a project: brings one back, or saves what is intact of a damaged project."""

    def __init__(self, context: AppContext, window: QWidget, when_free: WhenFree) -> None:
        super().__init__(window)
        self._context, self._when_free = context, when_free
        self._path = Path()  # of the project whose versions were offered last
        self.dialog: EarlierVersions | None = None

    @Slot()
    def offer_for_open(self) -> None:
        if self._context.contents is not None:
            self.offer(self._context.contents.path)

    def offer(self, path: Path) -> None:
        """Offer the versions of a project, whether it can be opened or not."""
        self._path = path
        self.dialog = EarlierVersions(self._context, path, self._window)
        self.dialog.restore_wanted.connect(self._ask)
        self.dialog.recover.clicked.connect(self._choose_new)
        self.dialog.open()

    @Slot(object)
    def _ask(self, version: dict[str, Any]) -> None:
        text = self.tr("{name} becomes what it was on {when}.")
        self.ask(
            self.tr("Bring this version back?"),
            text.format(name=visible(self._path.name), when=local_time(version["created"])),
            ((self.tr("Bring back"), Role.AcceptRole, partial(self._leave_list, version)),),
            about=self.tr("What is there now is kept as a version, and can be brought back as well."),
            over=self.dialog,
        )

    def _leave_list(self, version: dict[str, Any]) -> None:
        assert self.dialog is not None, "the question was asked over it"
        self.dialog.accept()
        self._when_free(partial(self._restore, version))

    @Slot()
    def _choose_new(self) -> None:
        start = self._path.with_name(self.tr("{name} recovered").format(name=self._path.stem) + ".spa")
        new = forms.new_project(self._window, start)
        if new is not None:
            self._when_free(partial(self._recover, new))

    def _restore(self, version: dict[str, Any]) -> None:
        path = self._path
        gone = self.tr("That version is not kept any more: choose another")

        def work(job: Job) -> Opened:
            # They may have been numbered anew meanwhile.
            number = next((other["number"] for other in versions(path) if other["path"] == version["path"]), None)
            if number is None:
                raise InputError(gone)
            restore_project(path, number)
            return self._context.open_workbench(path)

        self._start(self.tr("Bringing an earlier version back"), work, partial(self._on_restored, version))

    def _recover(self, new: Path) -> None:
        path = self._path

        def work(job: Job) -> tuple[list[str], Opened]:
            return recover(path, new, job), self._context.open_workbench(new)

        self._start(self.tr("Saving what can be read"), work, self._on_recovered)

    def _start(self, title: str, work: Callable[[Job], Any], done: Callable[[Any], Any]) -> None:
        self._context.close_project_at(self._path)  # nobody else may write to it now
        self._context.background.start(title, work).success(done).failure(self._on_failed)

    def _on_restored(self, version: dict[str, Any], opened: Opened) -> None:
        self._context.adopt(opened)
        text = self.tr("The version of {when} is back. What was there before is kept as a version.")
        text = text.format(when=local_time(version["created"]))
        self._context.banner(text, self.tr("Earlier versions..."), self.offer_for_open)

    def _on_recovered(self, found: tuple[list[str], Opened]) -> None:
        lines, opened = found
        self._context.adopt(opened)
        text = self.tr("What could be read of {old} was saved in {new}, which is open now. {old} stays as it is.")
        text = text.format(old=visible(self._path.name), new=visible(opened[1].path.name))
        title = self.tr("What was saved")
        by_table = visible_lines("\n".join(lines))
        show = partial(tell, self._window, title, by_table)
        self._context.banner(text, title, show)

    def _on_failed(self, failure: WorkFailure) -> None:
        offer = partial(self.offer, self._path)
        self._context.banner(failure.message, self.tr("Earlier versions..."), offer, is_error=True)


class ProjectActions(QObject):
    """Does what start page and File menu offer."""

    def __init__(self, context: AppContext, window: QWidget, when_free: WhenFree) -> None:
        super().__init__(window)
        self._context, self._window, self._when_free = context, window, when_free
        self._then: Callable[[], Any] | None = None  # what follows once the project that is wanted is open
        self.versions = VersionActions(context, window, when_free)
        # Queued: first every page hears that another project is open.
        context.project_opened.connect(self._go_on, Qt.ConnectionType.QueuedConnection)
        self._opening: tuple[Path, Operation[Any]] | None = None  # what was opened last

    def projects_folder(self) -> Path:
        """Where new projects go unless the user says otherwise."""
        chosen = self._context.settings.value.projects_folder
        documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        return Path(chosen or (documents if documents.is_dir() else Path.home()))

    @Slot()
    def new(self) -> None:
        self._new(self.tr("My photos"))

    def new_from_folders(self, folders: list[Path]) -> None:
        """Make a project for what was dropped, named after it and saved where projects lie, and offer to add it.

        None is made where no photo can be read. Where nothing can be written, the user is asked for another place.
        """

        def look(job: Job) -> bool:
            require_photo(folders, job)
            return are_sorted(folders, job)

        work = self._context.background.start(self.tr("Looking for photos"), look, lane="read")
        work.success(partial(self._create_named_after, folders)).failure(self._on_failed)

    def _create_named_after(self, folders: list[Path], is_sorted: bool) -> None:
        first = folders[0].parent if folders[0].suffix else folders[0]
        if first.name.casefold() in SPLITS:  # "train" says nothing
            first = first.parent
        name = first.name or self.tr("My photos")
        path, then = _free_name(self.projects_folder(), name), partial(self._on_looked, folders, is_sorted)
        self._then, refused = then, partial(self._on_refused, name, then)
        self._when_free(lambda: self._context.create_project(path).failure(refused))

    def _on_refused(self, name: str, then: Callable[[], Any], failure: WorkFailure) -> None:
        self._on_failed(failure)
        if failure.is_expected:
            self._new(name, then)

    @Slot()
    def choose_folders(self) -> None:
        folders = forms.choose_folders(self._window, self.tr("Folders of photos"))
        if folders:
            self.new_from_folders(folders)

    def sort_or_add(self, paths: list[Path]) -> None:
        """Take what was dropped to the page that it is for: photos that folders name to Classes, others to Sort."""
        done = partial(self._on_looked, paths)
        self._context.background.look_up(lambda job: are_sorted(paths, job)).success(done).failure(self._on_failed)

    def _on_looked(self, paths: list[Path], is_sorted: bool) -> None:
        if self._context.contents is not None:
            self._context.go_to("classes" if is_sorted else "sort", paths)
            if not is_sorted and any(not path.suffix for path in paths):
                text = self.tr("Photos that look alike are put together, and you name them.")
                by_folder = partial(self._context.go_to, "classes", paths)
                self._context.banner(text, self.tr("Name them by folder"), by_folder)

    @Slot()
    def open_dialog(self) -> None:
        path = forms.choose_project(self._window, self.projects_folder())
        if path is not None:
            self.open(path)

    @Slot(object)
    def open(self, path: Path, then: Callable[[], Any] | None = None) -> None:
        """Open a project in place of the one that is open, unless it is the same; call `then` once it is open."""
        if self._opening and self._opening[0] == path and self._opening[1] in self._context.background.operations:
            return  # such as by the second click of a double click
        self._then = then
        place = self._context.place
        if place is None:
            self._when_free(partial(self._open, path))
        else:
            done = partial(self._on_compared, path)
            self._context.background.look_up(lambda job: place.compare(path)).success(done).failure(self._on_failed)

    def _on_compared(self, path: Path, relation: Relation) -> None:
        if relation == "open":
            self._then = None
        else:
            self._when_free(partial(self._open, path, is_lost=relation == "lost"))

    @Slot()
    def close(self) -> None:
        self._when_free(self._context.close_project)

    def _new(self, name: str, then: Callable[[], Any] | None = None) -> None:
        folder = self.projects_folder()
        path = forms.new_project(self._window, _free_name(folder, name))
        if path is None:
            return
        if path.exists():
            # The system's dialog may have offered to replace it. Nobody loses a project by a click.
            text = self.tr("There is a {name} in {folder} already, and it was not replaced.")
            text = text.format(name=path.name, folder=path.parent)
            self._context.banner(text, self.tr("Open it"), partial(self.open, path), is_error=True)
            return
        self._then = then
        self._when_free(partial(self._create, path))

    def _create(self, path: Path) -> None:
        self._context.close_project_at(path)  # it is not there any more, but its lock is
        self._context.settings.update(projects_folder=str(path.parent))
        self._context.create_project(path).failure(self._on_failed)

    def _open(self, path: Path, *, is_lost: bool = False, write: bool = True) -> None:
        if is_lost:
            # Its lock would keep us out.
            self._context.close_project()
        opening = self._context.open_project(path, write=write)
        self._opening = path, opening.failure(partial(self._on_open_failed, path))

    def _on_open_failed(self, path: Path, failure: WorkFailure) -> None:
        # A busy or locked project can still be read.
        if failure.kind in (ProjectBusy.__name__, ProjectReadOnly.__name__):
            read = partial(self._when_free, partial(self._open, path, write=False))
            self._context.banner(failure.message, self.tr("Open for reading"), read, is_error=True)
        elif failure.is_expected:
            is_damaged = failure.kind == ProjectDamaged.__name__  # else there may be versions to bring back
            done = partial(self._on_recoverable_known, path, failure)
            look_up = self._context.background.look_up(lambda job: is_damaged or bool(versions(path)))
            look_up.success(done).failure(self._on_failed)
        else:
            self._on_failed(failure)

    def _on_recoverable_known(self, path: Path, failure: WorkFailure, is_recoverable: bool) -> None:
        if is_recoverable:
            self._then = None
            offer = partial(self.versions.offer, path)
            self._context.banner(failure.message, self.tr("Earlier versions..."), offer, is_error=True)
        else:
            self._on_failed(failure)

    def _on_failed(self, failure: WorkFailure) -> None:
        self._then = None
        self._context.show_failure(failure)

    @Slot()
    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


def _free_name(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}.spa", 2
    while os.path.exists(path):  # noqa: PTH110 - the one of `Path` raises where nobody may look
        path, number = folder / f"{name} {number}.spa", number + 1
    return path
