"""What every page gets: the open project, the background, the settings, undo, and workers' questions to the user."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QMessageBox

from spa_desktop import paths
from spa_desktop.descriptions.consent import dollars
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.project import Change, Waiting
from spa_desktop.ui.app_state.contents import Contents, Opened, Place, read_contents
from spa_desktop.ui.background.work import (
    Background,
    LaneName,
    Operation,
    Result,
    WorkFailure,
    current_job,
)
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.style.theme import ThemeManager
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.empty_state import Action
from spa_desktop.ui.widgets.labels import message_box
from spa_desktop.visible import visible
from spa_desktop.workbench.open_project import OpenProject

if TYPE_CHECKING:
    from spa_desktop.descriptions.consent import SendingQuestion
    from spa_desktop.encoders.download import DownloadOffer
    from spa_desktop.project import Transaction

Reply = Literal["yes", "no", "never"]


_ACROSS, _MOST_PICTURES, _SIDE, _GAP = 4, 24, 56, 4  # small photos in a question


def draw_sheet(photos: Sequence[Path]) -> QImage:
    """Photos small and side by side, of very many some; without those that cannot be read. For worker threads."""
    from PIL import Image, ImageOps

    from spa_desktop.photos.opening import open_photo

    pictures, side, step = [], 2 * _SIDE, 2 * (_SIDE + _GAP)  # for screens of two pixels a unit
    for photo in photos[:: -(-len(photos) // _MOST_PICTURES) or 1]:
        with contextlib.suppress(SpaError):
            pictures.append(ImageOps.fit(open_photo(photo, at_least=side), (side, side)))
    if not pictures:
        return QImage()
    sheet = Image.new("RGBA", (min(len(pictures), _ACROSS) * step, -(-len(pictures) // _ACROSS) * step))
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place % _ACROSS * step, place // _ACROSS * step))
    drawn = QImage(sheet.tobytes(), sheet.width, sheet.height, QImage.Format.Format_RGBA8888).copy()
    drawn.setDevicePixelRatio(2)
    return drawn


class Asker(QObject):
    """Brings questions from workers to the window, one box each that blocks nothing but its worker."""

    _asked = Signal(object, str, str, str, str, str, QImage)  # a Future of the reply, and what `_reply` is given
    _taken_back = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: dict[Future[Reply], QMessageBox] = {}
        self._is_closed = False
        self._asked.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._taken_back.connect(self._close, Qt.ConnectionType.QueuedConnection)

    def _reply(
        self, title: str, text: str, yes: str, never: str = "", details: str = "", picture: QImage | None = None
    ) -> Reply:
        """Ask from a worker and wait for the answer. `never` is a button for a no that is kept; "" leaves it out.

        With it Enter is a no: what is asked should be read. `picture` stands beside the text.

        Where the worker's job is cancelled meanwhile, the question is taken back.
        """
        if self._is_closed:
            return "no"
        job, reply = current_job(), Future[Reply]()
        self._asked.emit(reply, title, text, yes, never, details, picture or QImage())
        while not wait([reply], 0.1).done:
            if job is not None and job.is_cancelled:
                self._taken_back.emit(reply)
                job.check()
        return reply.result()

    def download_consent(self, offer: DownloadOffer | Path) -> bool:
        """May a backbone be downloaded, or read from a file? For :class:`OpenProject`."""
        if isinstance(offer, Path):
            text = self.tr("The project names a file as its backbone: {file}. Read it only if you know this file.")
            text = text.format(file=visible(str(offer)))
            return self._reply(self.tr("Read the backbone's file?"), text, self.tr("Read")) == "yes"
        if offer.megabytes is None:
            text = self.tr("{name} will be downloaded from {source}. Its size is not known.")
        else:
            text = self.tr("{name} ({megabytes} MB) will be downloaded from {source}.")
        text += " " + self.tr("Afterwards it works without a network.") + "\n\n"
        if offer.licence:
            text += self.tr("Licence of the weights: {licence}.")
        else:
            text += self.tr("The licence of the weights is not known: read the page.")
        text = text.format(
            name=visible(offer.backbone),
            megabytes=offer.megabytes,
            source=visible(offer.source),
            licence=offer.licence,
        )
        return self._reply(self.tr("Download the backbone?"), text, self.tr("Download")) == "yes"

    def sending_consent(self, sending: SendingQuestion) -> bool | Literal["keep-local"]:
        """May photos be sent to a writer? For :meth:`~spa_desktop.workbench.describing.describe`."""
        text = self.tr("{photos} of {classes} will be sent to {model} at {destination}.").format(
            photos=words.small_photos(len(sending.photos)),
            classes=visible(sending.classes),
            model=visible(sending.model),
            destination=visible(sending.destination),
        )
        text += "\n\n"
        if sending.cost is not None:
            text += self.tr("That costs about {money}.").format(money=dollars(sending.cost))
            if sending.prices_as_of:
                text += " " + self.tr("(Prices of {day}.)").format(day=sending.prices_as_of)
        else:
            text += self.tr("What that costs is not known.")
        text += "\n\n" + self.tr("Names of files stay here; the names of the classes go along.")
        text += " " + self.tr("You are asked again for other photos, another address, or a copy of the project.")
        details = "\n".join(visible(f"{photo.parent.name}/{photo.name}") for photo in sending.photos)
        never, sheet = self.tr("Keep this project local"), draw_sheet(sending.photos)
        reply = self._reply(self.tr("Send photos away?"), text, self.tr("Send"), never, details, sheet)
        return "keep-local" if reply == "never" else reply == "yes"

    def replace_consent(self, folder: Path) -> bool:
        """May an earlier export give way to a new one?"""
        text = self.tr("{folder} holds an earlier export. The new one takes its place.").format(
            folder=visible(str(folder))
        )
        return self._reply(self.tr("Replace the earlier export?"), text, self.tr("Replace")) == "yes"

    def refuse_all(self) -> None:
        """Answer every open question with no, and those to come: the app is closing."""
        self._is_closed = True
        for box in list(self._open.values()):
            box.close()

    @Slot(object)
    def _close(self, reply: Future[Reply]) -> None:
        if reply in self._open:
            self._open[reply].close()

    @Slot(object, str, str, str, str, str, QImage)
    def _show(
        self, reply: Future[Reply], title: str, text: str, yes: str, never: str, details: str, picture: QImage
    ) -> None:
        if self._is_closed:
            reply.set_result("no")
            return
        box = self._open[reply] = message_box(QApplication.activeWindow(), title, text)
        if details:
            box.setDetailedText(details)
        if not picture.isNull():
            box.setIconPixmap(QPixmap.fromImage(picture))
        agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        refuse = box.addButton(never, QMessageBox.ButtonRole.DestructiveRole) if never else None
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel if never else agree)
        box.setModal(True)

        def finished(_: int) -> None:
            del self._open[reply]
            clicked = box.clickedButton()
            is_never = refuse is not None and clicked is refuse
            reply.set_result("yes" if clicked is agree else "never" if is_never else "no")
            box.deleteLater()

        box.finished.connect(finished)
        box.open()


@dataclass(eq=False)
class Act:
    """Something that was done on a page, and that is no change of the project."""

    text: str  # what it was, in words
    take_back: Callable[[], Any]
    of: object  # what it goes with
    when: float  # it was done, of `time.monotonic`
    after: int  # number of the project's last change that was asked for by then, 0 if there was none
    redo: Callable[[], Any] | None  # does it again, once it was taken back


class Undo(QObject):
    """Undoes and redoes, in one order, what was done to the project, which keeps the list of that, and on pages."""

    went_back = Signal(str, bool)  # what was done, in words, and whether it is done again
    changed = Signal(bool)  # the acts of pages; true where one was just done or taken back

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._context = context
        self._under_way: list[str] = []  # "undo" and "redo", in the order in which they are done
        self._acts: list[Act] = []  # of pages, the last one last
        self._undone: list[Act] = []  # of those that can be redone, the one that was undone last is last
        self._parts: dict[int, Act] = {}  # by origin of the change of the project that each is a part of
        context.project_closed.connect(self._forget)

    def add(
        self,
        text: str,
        take_back: Callable[[], Any],
        of: object,
        *,
        redo: Callable[[], Any] | None = None,
        is_oldest: bool = False,
        is_part: bool = False,
    ) -> None:
        """Have what was done on a page undone in its turn, which for the oldest comes after all others.

        A part of the project's change that was just made is undone and redone with it.
        """
        when, after = (0.0, 0) if is_oldest else (time.monotonic(), self._last_change)
        act = Act(text, take_back, of, when, after, redo)
        if is_part:
            self._parts[self._context.opened.undo[0].origin] = act
        else:
            self._acts, self._undone = [act, *self._acts] if is_oldest else [*self._acts, act], []
        self.changed.emit(not is_oldest)

    def drop(self, of: object) -> None:
        """Undo or redo no act any more that goes with something."""
        self._acts, self._undone = ([act for act in acts if act.of is not of] for acts in (self._acts, self._undone))
        self._parts = {change: act for change, act in self._parts.items() if act.of is not of}
        self.changed.emit(False)

    def follow(self, change: Operation[Any]) -> None:
        """Have what was done on pages since a change was asked for, which is made now, undone before it."""
        contents = self._context.opened
        made = next((last.id for last in contents.undo), 0)
        for act in self._acts:
            if act.when > change.began:
                act.after = made
        if not contents.redo:  # a new change: what was taken back before it is not redone any more
            self._undone = [act for act in self._undone if act.after == made]

    @Slot()
    def _forget(self) -> None:
        self._acts, self._undone, self._parts = [], [], {}

    @property
    def _last_change(self) -> int:
        """Number of the project's last change once what is under way is done."""
        changes = self._context.contents.undo if self._context.contents is not None else ()
        return next((change.id for change in changes[self._under_way.count("undo") :]), 0)

    @property
    def _act(self) -> Act | None:
        """The last act on a page, where nothing in the project was changed since."""
        is_last = self._acts and self._acts[-1].after >= self._last_change and "redo" not in self._under_way
        return self._acts[-1] if is_last else None

    @property
    def _undone_act(self) -> Act | None:
        """The act that redo does again: the project is again as it was when that act was done."""
        is_as_then = self._undone and self._undone[-1].after == self._last_change and "redo" not in self._under_way
        return self._undone[-1] if is_as_then else None

    def would_undo(self, of: object, verb: str) -> bool:
        """Whether undo would take back an act that goes with something, or a change of the project by a verb."""
        if self._act is not None:
            return self._act.of is of
        changes = self._context.contents.undo if self._context.contents is not None else ()
        return any(change.verb == verb for change in changes[self._under_way.count("undo") :][:1])

    @property
    def is_free(self) -> bool:
        """While a verb runs, undo would only wait behind it and then take that verb back."""
        return not any(work.lane == "write" and work.title for work in self._context.background.operations)

    @property
    def undo_text(self) -> str:
        """What undo would take back; "" if there is nothing."""
        if self._act is not None:
            return self._act.text
        return self._text(self._context.contents.undo) if self._context.contents is not None else ""

    @property
    def redo_text(self) -> str:
        if self._undone_act is not None:
            return self._undone_act.text
        return self._text(self._context.contents.redo) if self._context.contents is not None else ""

    def _text(self, changes: Sequence[Change]) -> str:
        part = self._parts.get(changes[0].origin) if changes else None
        return part.text if part is not None else _text(changes)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo, or will be once what is under way is done."""
        is_there = bool(self.undo_text) or "redo" in self._under_way
        return self._act is not None or (is_there and self.is_free)

    @property
    def can_redo(self) -> bool:
        return bool(self.redo_text) or "undo" in self._under_way

    @Slot()
    def undo(self) -> None:
        """Take back the last change. Several are taken back one after the other, however quickly they are asked for."""
        if (act := self._act) is not None:
            self._acts.remove(act)
            self._undone += [act] if act.redo is not None else []
            self.changed.emit(True)
            act.take_back()
            if act.redo is not None:  # else it takes its time, and its page says how it ended
                self.went_back.emit(act.text, False)
        else:
            self._do("undo")

    def undo_change(self, change_id: int) -> None:
        """Undo that change if it is the last that was done; say so if it is not any more."""
        self._do("undo", change_id)

    @Slot()
    def redo(self) -> None:
        if (act := self._undone_act) is not None and act.redo is not None:
            self._undone.remove(act)
            self._acts.append(replace(act, when=time.monotonic()))
            self.changed.emit(True)
            act.redo()
            self.went_back.emit(act.text, True)
        else:
            self._do("redo")

    def _do(self, name: Literal["undo", "redo"], change_id: int = 0) -> None:
        """Undo or redo, behind what is under way; the other one can be asked for at once.

        With an id it undoes nothing but that change.
        """

        def work(bench: OpenProject, job: Job) -> Change | None:
            if name == "redo":
                return bench.project.redo()
            is_late = change_id and [change.id for change in bench.project.undo_changes[:1]] != [change_id]
            return None if is_late else bench.project.undo()

        if self._context.contents is not None:
            self._under_way.append(name)
            done = partial(self._on_done, name == "redo", change_id)
            self._context.run("", work).over(self._on_over).success(done)

    def _on_over(self) -> None:
        self._under_way.pop(0)

    def _on_done(self, is_redo: bool, change_id: int, change: Change | None) -> None:
        if change is not None:
            if (part := self._parts.get(change.origin)) is not None and part.redo is not None:
                (part.redo if is_redo else part.take_back)()
            self.went_back.emit(self._text([change]), is_redo)
        elif change_id:
            text = QCoreApplication.translate(
                "AppContext", "Something else was done since: use Undo in the Edit menu, step by step."
            )
            self._context.banner(text)


def _text(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    change, translate = changes[0], QCoreApplication.translate
    # What the engine calls its verbs. Edits of the window come in the user's language already.
    words = {
        "add": translate("undo", "add"),
        "top up": translate("undo", "top up"),
        "describe": translate("undo", "describe"),
        "train": translate("undo", "train"),
        "undo training": translate("undo", "taking back the training of"),
        "delete class": translate("undo", "delete class"),
        "merge": translate("undo", "merge"),
        "forget": translate("undo", "forget"),
        "find photos": translate("undo", "find"),
        "frame": translate("undo", "the frame of"),
        "correct": translate("undo", "correct"),
        "drop correction": translate("undo", "take back the correction of"),
        "learn": translate("undo", "learn"),
        "learn corrections": translate("undo", "learn the corrections of"),
    }
    text = visible(f"{words.get(change.verb, change.verb)} {change.summary}".strip())
    return text if len(text) <= 60 else text[:57] + "..."


class AppContext(QObject):
    """One open project, or none, and all that the pages share."""

    project_opened = Signal()
    project_closed = Signal()
    project_changed = Signal()  # after any verb, undo and redo; `contents` is new
    model_changed = Signal()  # the model is another than before; follows `project_changed`
    photos_moved = Signal(object)  # where photos lie now, by where they lay
    page_requested = Signal(str, object)  # name of the page, and what to show on it or None
    banner_requested = Signal(str, object, object, bool)  # text, text of the action, the action, tells of an error
    sample_wanted = Signal()  # a page offers the sample project, and the user took it
    failure_shown = Signal(object)  # a WorkFailure that no page takes care of

    def __init__(self, settings: SettingsStore | None = None) -> None:
        super().__init__()
        self.settings = settings or SettingsStore(parent=self)
        self.theme = ThemeManager(self.settings.value.appearance, parent=self)
        self.background = Background(self)
        self.asker = Asker(self)  # lets a worker ask the user
        # Of the open project; None when none is open. The thread of the window touches `contents` only.
        self.workbench: OpenProject | None = None
        self.contents: Contents | None = None  # as of the last verb
        self.place: Place | None = None  # where its file lay when it was opened
        self.class_id: int | None = None  # that the user chose last, on whatever page
        self._next: Opened | None = None  # waits for what is at work on the project that is open
        self._written: dict[Job, Contents] = {}  # after verbs whose end was not told yet
        self.undo = Undo(self)  # behind Edit, Undo and Redo
        self.settings.changed.connect(self._on_settings)
        self.background.unhandled.connect(self.show_failure)
        self.background.changed.connect(self._on_work)  # the first who hears of it
        self.background.ended.connect(self._adopt_next)

    @property
    def opened(self) -> Contents:
        """What the project holds, for what is only done while one is open."""
        if self.contents is None:
            raise RuntimeError("no project is open")
        return self.contents

    @property
    def learner_id(self) -> int | None:
        """Of what the open project has learned; None where it has learned nothing, or none is open."""
        learner = self.contents.learner if self.contents is not None else None
        return learner.id if learner is not None else None

    @property
    def is_writable(self) -> bool:
        return self.contents is not None and self.contents.is_writable

    def run(
        self, title: str, function: Callable[[OpenProject, Job], Result], *, can_stop_early: bool = False
    ) -> Operation[Result]:
        """Do a verb: a function that may change the project, after those that wait already.

        `contents` is new and `project_changed` was emitted before a slot is called. Without a slot for its failure, a
        banner says what went wrong.
        """

        def work(bench: OpenProject, job: Job) -> Result:
            try:
                result = function(bench, job)
            except Exception:
                with contextlib.suppress(Exception):  # the first fault is the one to tell of
                    self._written[job] = read_contents(bench.project)  # also what a part of a verb may have changed
                raise
            self._written[job] = read_contents(bench.project)
            bench.release()
            return result

        return self.read(work, title=title, lane="write", can_stop_early=can_stop_early)

    def edit(self, verb: str, summary: str, function: Callable[[Transaction], Result]) -> Operation[Result]:
        """Do a small edit in one transaction; it can be undone."""

        def work(bench: OpenProject, job: Job) -> Result:
            with bench.project.transaction(verb, summary, waiting=Waiting(job=job)) as tx:
                return function(tx)

        return self.run("", work)

    def read(
        self,
        function: Callable[[OpenProject, Job], Result],
        *,
        title: str = "",
        lane: LaneName = "read",
        can_stop_early: bool = False,
    ) -> Operation[Result]:
        """Look something up without changing anything. The file answers when no verb is writing just then."""
        if self.workbench is None:
            raise RuntimeError("no project is open")
        work = partial(function, self.workbench)
        operation = self.background.start(title, work, lane=lane, can_stop_early=can_stop_early)
        operation.project = self.workbench
        return operation

    @Slot(object)
    def _on_work(self, operation: Operation[Any]) -> None:
        """The window sees the new contents before the page hears that its verb is done."""
        if not operation.is_over:
            return
        contents = self._written.pop(operation.job, None)
        if operation.project not in (None, self.workbench):
            operation.state = "cancelled"  # in the project that is open by now the same numbers are other photos
        elif contents is not None:
            before, self.contents = self.opened, contents
            self.undo.follow(operation)
            self.project_changed.emit()
            if (before.learner and before.learner.id) != self.learner_id:
                self.model_changed.emit()

    def go_to(self, page: str, item: object = None) -> None:
        """Show a page by its name ("classes", "train", "explain" and so on), and something on it."""
        self.page_requested.emit(page, item)

    @Slot(int)
    def choose_class(self, class_id: int) -> None:
        """The user chose a class: other pages show the same when they appear."""
        self.class_id = class_id

    def banner(self, text: str, action_text: str = "", action: Action = None, *, is_error: bool = False) -> None:
        """Say something quietly at the top of the page that is shown."""
        self.banner_requested.emit(text, action_text, action, is_error)

    @Slot(object)
    def show_failure(self, failure: WorkFailure) -> None:
        """An expected failure is one line at the top of the page; a fault of the app is a dialog with details."""
        if failure.is_expected:
            self.banner(failure.message, is_error=True)
        else:
            self.failure_shown.emit(failure)

    def adopt(self, opened: Opened) -> None:
        """Take over a project that a worker opened, once the edits that were made meanwhile are stored."""
        self._drop_next()
        self._next = opened
        self._adopt_next()

    @Slot()
    def _adopt_next(self) -> None:
        at_work = (handle for handle in self.background.operations if handle.lane == "write" or not handle.is_quiet)
        if self._next is None or (self.workbench is not None and any(at_work)):
            return
        opened, self._next = self._next, None
        self.close_project()
        workbench, contents = self.workbench, self.contents = opened
        workbench.kept_share = self.settings.value.kept_share
        self.place = Place.of(contents.path)  # it was just opened, so that its disk answers at once
        if contents.path != paths.sample_project():  # it has a place of its own on the start page
            self.settings.add_recent(contents.path)
        self.project_opened.emit()
        for notice in workbench.project.notices:
            self.banner(notice)

    def open_project(self, path: Path, *, write: bool = True) -> Operation[Opened]:
        """Open a project file in the background; `project_opened` follows."""
        title = self.tr("Opening {name}").format(name=path.name)
        return self.background.start(title, lambda job: self.open_workbench(path, write=write)).success(self.adopt)

    def create_project(self, path: Path) -> Operation[Opened]:
        """Make a project file and open it; `project_opened` follows."""
        title, backbone = self.tr("Making {name}").format(name=path.name), self.settings.value.backbone
        work = self.background.start(title, lambda job: self.open_workbench(path, backbone=backbone))
        return work.success(self.adopt)

    def open_workbench(self, path: Path, *, write: bool = True, backbone: str = "") -> Opened:
        """Open a project file, or make one with a `backbone`. For worker threads; raises as :class:`OpenProject`."""
        how: dict[str, Any] = {"device": self.settings.value.device, "download_consent": self.asker.download_consent}
        create, open_ = OpenProject.create, OpenProject.open
        bench = create(path, backbone=backbone, **how) if backbone else open_(path, write=write, **how)
        try:
            return bench, read_contents(bench.project)
        except BaseException:
            bench.close()
            raise

    def close_project(self) -> None:
        """Close the project. Nothing may be at work on it any more."""
        if self.workbench is None:
            return
        bench, self.workbench, self.contents, self.place = self.workbench, None, None, None
        self.class_id = None
        for operation in self.background.operations:
            if operation.project is bench:
                operation.cancel()
        self.project_closed.emit()
        with contextlib.suppress(OSError):
            bench.close()

    def close_project_at(self, path: Path) -> None:
        if self.place is not None and self.place.path == path:
            self.close_project()

    def shutdown(self) -> bool:
        """Cancel everything, wait some seconds, and close the project. Gives False as :meth:`Background.shutdown`."""
        self.asker.refuse_all()
        is_over = self.background.shutdown()
        if is_over:
            self._drop_next()
            self.close_project()
        return is_over

    def _drop_next(self) -> None:
        opened, self._next = self._next, None
        if opened is not None:
            with contextlib.suppress(OSError):
                opened[0].close()

    @Slot(object)
    def _on_settings(self, names: set[str]) -> None:
        if "appearance" in names:
            self.theme.set_appearance(self.settings.value.appearance)
        if "kept_share" in names and self.workbench is not None:
            self.workbench.kept_share = self.settings.value.kept_share
            self.model_changed.emit()
