"""Recognising folders in the background, where answers come in groups; and saving, sorting and writing keywords."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.classify import answer_files, keywords, sort_photos
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.folder_run import FolderAnswers, FolderWatch
from spa_desktop.classify.keywords import KeywordPlan
from spa_desktop.classify.sort_photos import Sorted, SortPlan
from spa_desktop.jobs import Job, JobEvent, Stage
from spa_desktop.photos.opening import split_box
from spa_desktop.project import Skipped
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import OneWork, Operation, WorkFailure, stage_words
from spa_desktop.ui.use.answer_grid import AnswerModel
from spa_desktop.ui.use.plan_sheets import KeywordSheet, SortSheet
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.labels import slot, timer
from spa_desktop.ui.widgets.tables import why_skipped
from spa_desktop.ui.widgets.words import count
from spa_desktop.workbench import recognition

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject


class AnswerOutput(OneWork):
    """Saves and sorts in the background; says at the top of the page how it went."""

    # {path: new path} of photos that were moved, or moved back; the SortPlan; whether it can be undone still
    relocated = Signal(object, object, bool)

    def __init__(self, context: AppContext, page: QWidget, model: AnswerModel, say: Callable[..., None]) -> None:
        """Use `say` for messages: text, text of the action, the action, is it an error."""
        super().__init__(page)
        self._context, self._page, self._model, self._say = context, page, model, say
        self.sheet: SortSheet | None = None
        self.keyword_sheet: KeywordSheet | None = None
        self.kept: dict[str, str] = {}  # what the user said of photos, by path, that is in a file or in folders
        self._in_folders: dict[Path, dict[str, str]] = {}  # of which that is kept by a move alone, by its folder
        self._places: dict[str, str] = {}  # where photos that were moved lie now, by where they lay
        self._going: dict[str, str] = {}  # what was said when the answers began to be saved

    def _begin(self) -> tuple[list[PhotoAnswer], dict[int, str]]:
        """The answers, and the names of classes as the command line writes them; note what was said by now."""
        contents, model = self._context.opened, self._model
        self._going = {photo.path: model.said[photo.path] for photo in model.all_photos if photo.path in model.said}
        answers = [
            replace(answer, said=contents.meant_name(answer.said)) if answer.said else answer
            for answer in model.answers
        ]
        return answers, {key: contents.stored_names.get(key, name) for key, name in model.names.items()}

    def _start(self, title: str, work: Callable[[Job], Any], slot: Callable[..., Any]) -> Operation[Any]:
        operation = self._context.background.start(title, work, lane="folders").success(slot)
        self.begin(operation)
        return operation

    def save_answers(self, kind: str) -> None:
        """Ask where, and write a file: "csv" or "jsonl"."""
        suffix = f".{kind}"
        pattern = self.tr("Tables (*.csv)") if kind == "csv" else self.tr("JSON lines (*.jsonl)")
        start = self._context.opened.path.with_name(f"answers{suffix}")
        path = forms.save_file(self._page, self.tr("Save the answers"), start, pattern, suffix)
        if path is None:
            return
        answers, names = self._begin()
        write = answer_files.write_csv if kind == "csv" else answer_files.write_json_lines
        work = lambda job: write(path, answers, names, is_agreed=True)  # noqa: E731
        self._start(self.tr("Saving the answers"), work, partial(self._on_saved, path))

    def sort(self, sources: Sequence[Path], age: str) -> None:
        """Show the sheet; `age` says so where the answers are those of another model."""
        self.sheet = SortSheet(self._context, *self._begin(), sources, age, self._page)
        self.sheet.decided.connect(self._on_decided)
        self.sheet.open()

    def write_keywords(self, sources: Sequence[Path], age: str) -> None:
        """Show the sheet. Of answers of another model, as `age` says, it is not marked which one gave them."""
        learner, below = self._context.opened.learner, self._context.settings.value.unsure_below
        model = learner.sha256[:12] if learner is not None and not age else ""
        plan = partial(keywords.plan_keywords, *self._begin(), sources=sources, unsure_below=below, model=model)
        self.keyword_sheet = KeywordSheet(self._context, plan, age, self._page)
        self.keyword_sheet.decided.connect(self._on_keywords)
        self.keyword_sheet.open()

    @Slot(object)
    def _on_keywords(self, plan: KeywordPlan) -> None:
        work = partial(keywords.write_keywords, plan)
        self._start(self.tr("Writing keywords"), work, partial(self._on_written, plan))

    def _on_written(self, plan: KeywordPlan, done: Sorted) -> None:
        self._keep()
        text = self.tr("Wrote keywords for {photos}").format(photos=words.photos(done.done))
        text += _which(self.tr("Left alone: {n} ({why})"), (*done.failed, *plan.skipped))
        self._context.undo.add(self.tr("Write keywords"), partial(self.undo_keywords, done), done)
        self._say(text, self.tr("Undo"), slot(self, self.undo_keywords, done))

    def undo_keywords(self, done: Sorted) -> None:
        """Take back what was written last into the sidecars of a folder."""
        self._context.undo.drop(done)
        work = partial(keywords.undo_keywords, done.target, places=self._places)
        self._start(self.tr("Taking keywords back"), work, self._on_keywords_back)

    def _on_keywords_back(self, done: Sorted) -> None:
        text = self.tr("Took the keywords of {photos} back").format(photos=words.photos(done.done))
        self._say(text + _which(self.tr("Left alone: {n} ({why})"), done.failed))

    def leave(self) -> None:
        """Another project is opened, or none."""
        self.kept, self._in_folders, self._going = {}, {}, {}

    @Slot(object)
    def _on_decided(self, plan: SortPlan) -> None:
        self._sort(plan, partial(sort_photos.sort_photos, plan))

    def _go_on(self, plan: SortPlan) -> None:
        self._sort(plan, partial(sort_photos.resume_sort, plan.target))

    def _sort(self, plan: SortPlan, work: Callable[[Job], Sorted]) -> None:
        again = self.tr("Go on"), slot(self, self._go_on, plan)
        note = self._noting()

        def sort(job: Job) -> Sorted:
            done = work(job)
            if done.is_move:
                note(self._moves(done, plan), job)
            return done

        operation = self._start(self.tr("Sorting photos"), sort, partial(self._on_sorted, plan))
        operation.cancelled(partial(self._say, self.tr("Sorting was stopped"), *again))
        operation.failure(partial(self._on_sort_failed, again))

    def undo(self, plan: SortPlan) -> None:
        """Put the photos of a move back."""
        if not self.is_busy:
            again = slot(self, self.undo, plan)
            stopped = partial(self._say, self.tr("Putting photos back was stopped"), self.tr("Go on"), again)
            note = self._noting()
            work = lambda job: sort_photos.undo_sort(plan.target, job, note=lambda places: note(places, job))  # noqa: E731
            self._start(self.tr("Putting photos back"), work, partial(self._on_undone, plan)).cancelled(stopped)

    def _noting(self) -> Callable[[Mapping[str, str], Job], None]:
        """Has the project note where its photos lie now, in the lane of the move: a verb may keep "write" for hours."""
        bench = self._context.workbench if self._context.is_writable else None
        return lambda places, job: None if bench is None else recognition.relocate_photos(bench, places, job)

    def _keep(self, folder: Path | None = None) -> None:
        """What was said is in a file, in copies, or in the `folder` of a move, which can be undone."""
        if folder is not None:
            self._in_folders[folder] = dict(self._going.items() - self.kept.items())
        else:
            self._in_folders = {to: dict(said.items() - self._going.items()) for to, said in self._in_folders.items()}
        self.kept |= self._going

    def _on_saved(self, path: Path, _: object) -> None:
        self._keep()
        self._say(self.tr("Saved in {path}").format(path=path))

    def _on_sorted(self, plan: SortPlan, done: Sorted) -> None:
        self._keep(done.target if done.is_move else None)
        text = self.tr("Moved {photos} into {path}") if done.is_move else self.tr("Copied {photos} into {path}")
        text = text.format(photos=words.photos(done.done), path=done.target)
        text += _which(self.tr("Not sorted: {n} ({why})"), (*done.failed, *plan.skipped))
        if done.is_move:
            self._tell_moved(self._moves(done, plan), plan, True)
            self._say(text, self.tr("Undo"), slot(self, self.undo, plan))
        else:
            self._say(text, is_error=not done.done)

    def _on_undone(self, plan: SortPlan, done: Sorted) -> None:
        places = {new: old for old, new in self._moves(done, plan).items()}
        self._tell_moved(places, plan, done.can_go_on)
        self.kept = dict(self.kept.items() - self._in_folders.pop(plan.target, {}).items())
        text = self.tr("Moved {photos} back").format(photos=words.photos(done.done))
        text += _which(self.tr("Not moved back: {n} ({why})"), done.failed)
        if done.can_go_on:
            self._say(text, self.tr("Go on"), slot(self, self.undo, plan))  # the disk may be there again by then
        else:
            self._say(text)

    def _on_sort_failed(self, again: tuple[str, Callable[[], None]], failure: WorkFailure) -> None:
        self._say(failure.message, *again, is_error=True)

    def _tell_moved(self, places: Mapping[str, str], plan: SortPlan, is_undoable: bool) -> None:
        """What was said of photos goes along; the project has noted already where its own and those to learn lie."""
        self.kept, *others = (
            {places.get(path, path): verdict for path, verdict in some.items()}
            for some in (self.kept, *self._in_folders.values())
        )
        self._in_folders = dict(zip(self._in_folders, others, strict=True))
        self._places = {old: places.get(now, now) for old, now in self._places.items()} | dict(places)
        self.relocated.emit(places, plan, is_undoable)
        self._context.photos_moved.emit(places)
        if self._context.is_writable:  # also what was said meanwhile and waits in "write"; and the window sees it
            self._context.run("", lambda bench, job: recognition.relocate_photos(bench, places, job))

    @staticmethod
    def _moves(done: Sorted, plan: SortPlan) -> dict[str, str]:
        """Old and new paths of the photos of a move, or of its undoing, that went well."""
        failed = {str(failure.path) for failure in done.failed}
        moves = ((step.source, str(done.target / step.folder / step.name)) for step in plan.steps)
        moved = {old: new for old, new in moves if failed.isdisjoint((old, new))}
        boxes = ((str(file), box) for file, box in map(split_box, plan.boxes))  # they go along with their photos
        return moved | {old + box: moved[old] + box for old, box in boxes if old in moved}


def _which(text: str, left: Sequence[Skipped]) -> str:
    """A sentence behind another one on the photos that were left out, with the reason of the first; "" of none."""
    if not left:
        return ""
    return words.sentences(["", text.format(n=count(len(left)), why=f"{left[0].path.name}: {why_skipped(left[0])}")])


_GROUP_MS, _LOOK_MS = 250, 2_000  # between groups of answers, and between two looks at a folder that is watched
_MOST_AT_ONCE = 2000  # answers that are handed on at a time, so that a resumed run does not hold the window up


class FolderWork(QObject):
    """One run at a time; after it, the photos that come into a folder that is watched."""

    came = Signal(object)  # list[PhotoAnswer]
    staged = Signal(str)  # what goes on before photos are recognised, in words
    progressed = Signal(int, int, object)  # photos with an answer, photos in all, the newest JobEvent
    finished = Signal(object)  # FolderAnswers
    stopped = Signal(object)  # WorkFailure, or None where the user cancelled it; it can be gone on with
    found = Signal(object)  # list[PhotoAnswer], of photos that came into the folder that is watched, or changed
    said = Signal(str)  # what cannot be read there
    unwatched = Signal(object)  # WorkFailure: the folder is watched no more

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.sources: tuple[Path, ...] = ()  # of the run that is on, or was the last
        self.handle: Operation[FolderAnswers] | None = None
        self._answers: deque[Sequence[PhotoAnswer]] = deque()
        self._ending: Callable[[], None] | None = None
        self._sizes: deque[int] = deque()  # photos in all, once they are found
        self._done = 0
        self._timer = timer(self, _GROUP_MS, self._drain, is_single=False)
        self._watch: FolderWatch | None = None
        self.looking = timer(self, _LOOK_MS, self._look)

    @property
    def is_running(self) -> bool:
        return self.handle is not None

    def start(self, sources: Sequence[Path], *, resume: bool, together: bool) -> None:
        """Begin a run, in place of the one that is on."""
        self.forget()
        self.sources = tuple(sources)
        answers, sizes, chosen = self._answers, self._sizes, self.sources
        operation = self.handle = self._context.read(
            lambda bench, job: recognition.classify(
                bench,
                chosen,
                job,
                resume=resume,
                on_answers=answers.append,
                on_found=lambda total, _: sizes.append(total),
                together=together,
            ),
            title=self.tr("Recognising photos"),
            lane="folders",
        )
        operation.success(partial(self._over, self.finished)).failure(partial(self._over, self.stopped))
        operation.cancelled(partial(self._over, self.stopped, None)).progress(self._on_event)
        self._timer.start()

    def cancel(self) -> None:
        """Stop; `stopped` follows."""
        if self.handle is not None:
            self.handle.cancel()

    def forget(self) -> None:
        """Stop, and tell nobody of what it did."""
        self._timer.stop()
        self._watch = None
        self.looking.stop()
        handle, self.handle = self.handle, None
        self._answers, self._sizes = deque(), deque()
        self._ending = None
        self._done = 0
        if handle is not None:
            handle.abandon()

    def watch(self, folder: Path | None, answers: Sequence[PhotoAnswer] = ()) -> None:
        """Answer the photos of a folder that have no answer, as they come, in place of another folder's; None: stop."""
        self.looking.stop()
        self._watch = None if folder is None else FolderWatch(folder, answers)
        self._look()

    @Slot()
    def _look(self) -> None:
        watched, sources = self._watch, self.sources
        if watched is None:
            return

        def look(bench: OpenProject, job: Job) -> list[PhotoAnswer]:
            if not (paths := watched.look(job)):
                return []
            answers = recognition.classify(bench, paths, job, singly=True).answers
            recognition.keep_answers(bench, sources, answers)
            watched.take(answers)
            return list(answers)

        # Of those who wait to save or to sort, none waits longer than for the photos at hand.
        operation = self._context.read(look, lane="folders").progress(self._on_look_event)
        operation.success(partial(self._on_look, watched)).failure(partial(self._on_look_failed, watched))

    def _on_look(self, watched: FolderWatch, answers: list[PhotoAnswer]) -> None:
        if watched is self._watch:
            if answers:
                self.found.emit(answers)
            self.looking.start()

    def _on_look_failed(self, watched: FolderWatch, failure: WorkFailure) -> None:
        if watched is self._watch:
            self._watch = None
            self.unwatched.emit(failure)

    def _on_look_event(self, event: JobEvent) -> None:
        if event.message is not None:
            self.said.emit(event.message)

    def _on_event(self, event: JobEvent) -> None:
        if event.message is None and event.stage != Stage.RECOGNISE:
            number = f" · {count(event.done)}" if event.done else ""
            self.staged.emit(stage_words(event.stage) + number)

    @Slot()
    def _drain(self) -> None:
        """Hand on what came since the last time."""
        group: list[PhotoAnswer] = []
        while self._answers and len(group) < _MOST_AT_ONCE:
            group += self._answers.popleft()
        if group:
            self._done += len(group)
            self.came.emit(group)
        event = self.handle.event if self.handle is not None else None
        if event is not None and event.stage == Stage.RECOGNISE and self._sizes and self._ending is None:
            self.progressed.emit(self._done, self._sizes[-1], event)
        if self._ending is not None and not self._answers:
            tell, self._ending, self.handle = self._ending, None, None
            self._timer.stop()
            tell()

    def _over(self, ending: SignalInstance, outcome: FolderAnswers | WorkFailure | None) -> None:
        self._ending = partial(ending.emit, outcome)
        self._drain()
