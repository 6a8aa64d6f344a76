"""The page Use. It wires the run over folders to the grid and to what becomes of the answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from spa_desktop.project.folders import PHOTO_SUFFIXES, may_hold_photos
from spa_desktop.project.records import Correction
from spa_desktop.ui.app_state.contents import shown_name
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation, WorkFailure
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto, CorrectionCard, require_same
from spa_desktop.ui.lightbox.photo_lightbox import read_files
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.newest_query import Newest, WordSearch
from spa_desktop.ui.plain_text import name_keys
from spa_desktop.ui.style.theme import Size, Space
from spa_desktop.ui.thumbnails.photo_model import LargePhoto, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import PhotoGrid
from spa_desktop.ui.use.answer_grid import (
    AnswerModel,
    RunLine,
    SeveralCard,
    ViewBar,
    Word,
    rank_useful,
    relocated,
)
from spa_desktop.ui.use.folder_work import AnswerOutput, FolderWork
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.empty_state import Action
from spa_desktop.ui.widgets.forms import ChipFlow, column, row
from spa_desktop.ui.widgets.labels import button, say, set_primary, slot, timer, wrapped
from spa_desktop.ui.widgets.tables import why_skipped
from spa_desktop.ui.widgets.words import count, photos
from spa_desktop.visible import visible
from spa_desktop.workbench import corrections, evaluating, recognition

if TYPE_CHECKING:
    from spa_desktop.classify.answer_files import PhotoAnswer
    from spa_desktop.classify.folder_run import FolderAnswers, KeptRun
    from spa_desktop.classify.sort_photos import SortPlan
    from spa_desktop.discover.search import PhotoSearch
    from spa_desktop.jobs import Job
    from spa_desktop.project.documents import Frame
    from spa_desktop.workbench.open_project import OpenProject

_BATCH = 4  # pictures that are read at a time: photo files take longer than stored thumbnails
_COUNTS_MS = 500
_CARD_WIDTH = 296  # beside it two photos of the usual size have room in the smallest window, which scrolls


@dataclass(frozen=True)
class _Table:
    """The answers that stand on the page, and what they are of."""

    sources: tuple[Path, ...]
    folder: Path | None
    is_watched: bool
    answered_by: int | None
    photos: tuple[PhotoAnswer, ...]
    alone: list[PhotoAnswer]
    helped: list[PhotoAnswer]
    frames: dict[str, Frame | None]


class UsePage(Page):
    """Recognises photos and folders. The current photo can be corrected; a double click shows it large."""

    name = "use"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Use"))
        self.setAcceptDrops(True)
        self.folder_button = self.add_action(self.tr("Choose a folder"), self._choose_folder, "folder")
        self.photos_button = self.add_action(self.tr("Choose photos"), self._choose_photos, "photo")
        self.sort = self.set_primary(self.tr("Sort into folders..."), self._on_sort, "move")
        side = context.settings.value.answer_side
        self.pictures = ThumbnailSource(context, side, read=read_files, batch=_BATCH, parent=self)
        self.model = AnswerModel(self.pictures, self._hue, self)
        self.grid = PhotoGrid(self.model, side)
        self.grid.setAccessibleName(self.tr("Photos and their predicted classes"))
        self.line, self.bar, self.caution = RunLine(), ViewBar(self.grid), wrapped("", Size.BODY)
        self.words = WordSearch(context, self.bar.search, self._load_searched, self._is_a_name)
        title = self.tr("Finding what is most useful to label")
        self.useful = Newest(context, rank_useful, load=self._load_searched, title=title, parent=self)
        self._useful_ranks: Mapping[Hashable, float] = {}
        self.work = FolderWork(context, self)
        self.output = AnswerOutput(context, self, self.model, self._say_of_output)
        self._old = self.tr("These answers are of what was learned before")
        self._searched: tuple[list[str], tuple[list[str], PhotoSearch]] | None = None  # of which photos, and by what
        self._learner_id: int | None = None
        self._answered_by: int | None = None  # id of the model when the run began
        self._change_id = 0  # of the last change when the page was refreshed
        self._cautioned: tuple[int | None, float] | None = None  # by which model and share `caution` is
        self._words: list[dict[str, str | None]] = []  # said of photos, which undo or redo brings back
        self._moves: list[tuple[SortPlan, tuple[Path, ...]]] = []  # and the sources before each
        self._frames: dict[str, Frame | None] = {}  # where the user says that the thing is, by path
        self._is_at_next = False  # the photo that something was said of went, and the next one is in its place
        self._alone: list[PhotoAnswer] = []  # of the run that is over
        self._folder: Path | None = None  # of the run, if it is of one folder
        self._helped: list[PhotoAnswer] = []  # the same photos, answered together; empty where they were not
        self._before: _Table | None = None  # what stood there when the run began
        self._counting = timer(self, _COUNTS_MS, self._show_state)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        save = self.output.save_answers
        self.save_csv = button(self.tr("Save CSV"), slot(self, save, "csv"), picture="export")
        self.save_lines = button(self.tr("Save JSON lines"), slot(self, save, "jsonl"), picture="export")
        about = self.tr("For Lightroom, digiKam, Immich and others: into a file beside each photo")
        self.keywords = button(self.tr("Write keywords..."), self._on_keywords, picture="export", about=about)
        about = self.tr("Puts the photos that were moved into folders back where they were")
        self.back = button(self.tr("Undo the move"), self._undo_move, about=about)
        about = self.tr("Puts those that look alike together, to be named and learned")
        self.to_sort = button("", self._on_to_sort, picture="sort", about=about)
        self.to_sort.hide()
        self.card = CorrectionCard(self.context)
        self.several, self.hint = SeveralCard(), wrapped("", Size.BODY)
        self.card.take_keys_of(self, self.grid, none=self.several.none, aside=self.several.aside)
        side = QWidget()  # it stays: no photo may move beneath a pointer that clicks twice
        side.setFixedWidth(_CARD_WIDTH)
        self.open_burst = button("", self._on_burst)
        self.open_burst.hide()
        self.by_bursts = QCheckBox(self.tr("One answer a burst"))
        about = self.tr("Photos of a folder that were taken one right after the other are one row, which opens")
        self.by_bursts.setToolTip(about)
        self.together = QCheckBox(self.tr("Answer together"))
        about = self.tr("The photos help each other. What it changed is marked; what was learned stays as it is")
        self.together.setToolTip(about)
        self.watch = QCheckBox(self.tr("Watch this folder"))
        self.watch.setToolTip(self.tr("New photos in it are named as they come, as long as the project is open"))
        buttons = ChipFlow()  # in a second line where there is no room
        self.grid.setMinimumHeight(self.grid.cell.height() + Space.M)  # a photo is seen whole
        for widget in (self.save_csv, self.save_lines, self.keywords, self.back):
            buttons.addWidget(widget)
        switches = column(self.together, self.by_bursts, self.watch, spacing=Space.S)
        column(self.hint, self.card, self.several, self.open_burst, None, switches, spacing=Space.S, of=side)
        above = row((self.line, 1), self.to_sort, spacing=Space.S)  # the buttons need a second line with it
        shown = row((self.grid, 1), side, spacing=Space.L)
        column(above, self.caution, self.bar, self.words, (shown, 1), buttons, spacing=Space.S, of=self.body)

    def _connect(self) -> None:
        self.work.came.connect(self._on_came)
        self.work.staged.connect(self.line.show_stage)
        self.work.progressed.connect(self.line.show_progress)
        self.work.finished.connect(self._on_finished)
        self.work.stopped.connect(self._on_stopped)
        self.line.cancel.clicked.connect(self.work.cancel)
        self.line.resume.clicked.connect(self._go_on)
        self.line.faults.clicked.connect(self._show_faults)
        self.together.toggled.connect(self._on_together)
        self.watch.toggled.connect(self._follow_folder)
        self.work.found.connect(self._on_found)
        self.work.said.connect(self.banner)
        self.work.unwatched.connect(self._on_unwatched)
        self.by_bursts.toggled.connect(self._show_answers)
        self.bar.changed.connect(self._on_sifted)
        self.words.changed.connect(self._on_sifted)
        self.useful.answered.connect(self._on_useful)
        self.useful.failed.connect(self._on_useful_failed)
        self.bar.size_bar.side_chosen.connect(partial(self.context.settings.keep, "answer_side"))
        self.grid.opened.connect(self._on_looked_at)
        self.grid.chosen.connect(self._show_card)
        self.card.next_wanted.connect(self._on_next)
        for card in (self.card, self.several):
            card.left_out.connect(self._leave_out)
        self.card.noted.connect(self._note)
        self.several.field.given.connect(self._correct_all)
        self.output.relocated.connect(self._on_relocated)
        self.output.changed.connect(self._show_buttons)
        self.context.project_changed.connect(self._follow_words)
        self.message_bar.gone.connect(self._tell_of_age)

    @property
    def unkept(self) -> str:
        """Answers are kept by themselves; what the user said of photos that are not in the project is not."""
        text = self.tr("What you said of {photos} on the page Use is in no table yet.")
        unkept = len(self.model.said.items() - self.output.kept.items())
        return text.format(photos=photos(unkept)) if unkept else ""

    def set_project(self) -> None:
        self.work.forget()
        self.context.background.abandon(self._on_answers)
        self.output.leave()
        self.model.forget()
        self._forget_photos()
        self.bar.reset()
        self._learner_id, self._answered_by, self._change_id, self._cautioned = None, None, 0, None
        self._alone, self._helped, self._words, self._moves, self._searched = [], [], [], [], None
        self._folder = None
        self.watch.setChecked(False)

    def refresh(self) -> None:
        before, self._learner_id = self._learner_id, self.context.learner_id
        for widget in (self.folder_button, self.photos_button):
            widget.setVisible(self._learner_id is not None)
        self.model.unsure_below = self.context.settings.value.unsure_below
        self._follow_words()
        self._show_state()
        if self.hint.isHidden() and self.card.isHidden() and self.several.isHidden():
            self._show_card(self.grid.selected)  # the model was another one for a while
        if self._learner_id != before:
            self._follow_folder()
        if self._learner_id not in (None, before):
            if not self.model.all_photos:
                self.message_bar.hide()  # it may offer answers of the model of before
            self._show_card(self.grid.selected)
            self._tell_of_age()
            read = lambda bench, job: (run := recognition.last_run(bench), recognition.moves_of(run))  # noqa: E731
            self.context.read(read).success(self._on_kept)

    @Slot()
    def _follow_words(self, learned: Mapping[str, Word] | None = None) -> None:
        """Hear of each change, on other pages too: what was taken back before others were learned was not learned."""
        contents = self.contents
        if contents is None:
            return
        if any(change.verb == "learn corrections" and change.id > self._change_id for change in contents.undo):
            learned = self.model.corrected | dict(learned or {})
        self._change_id = self._last_change() or 0
        names = {item.id: item.name for item in contents.classes}
        self.model.rename(names)
        words: dict[int | str | None, Word] = {
            correction.photo_id or correction.path: (
                correction.verdict,
                names.get(correction.class_id or 0, shown_name(correction.class_name or "")),
            )
            for correction in contents.corrections
        }
        self._with_current(partial(self.model.take_words, words, learned or {}))

    @Slot(object)
    def _note(self, noted: Sequence[tuple[str, Correction | None, int | None]]) -> None:
        """Photos were corrected. The project may have one too, and then maybe says so already."""
        learned: dict[str, Word] = {}
        for path, correction, class_id in noted:
            if correction is None and class_id in self.model.names:
                learned[path] = "class", self.model.names[class_id]
            elif correction is not None and correction.photo_id is not None:
                self.model.numbers[path] = correction.photo_id
        before = {path: self.model.said.get(path) for path, *_ in noted}
        said: dict[str, str | None] = dict.fromkeys(before)  # the last word counts
        self._with_current(partial(self.model.say, said))
        if before != said and any(correction for _, correction, _ in noted):
            self._keep_words(self.context.undo.undo_text, before, said, is_part=True)
        self._follow_words(learned)
        self._show_state()

    def show_item(self, item: object) -> None:
        self.start([path for path in (item if isinstance(item, list) else [item]) if isinstance(path, Path)])

    def start(self, sources: Sequence[Path], *, resume: bool = False) -> None:
        """Recognise photos and folders, in place of those before."""
        if not sources or self.context.learner_id is None:
            return
        if self.model.all_photos or not self.work.is_running:
            self._before = _Table(
                self.work.sources,
                self._folder,
                self.watch.isChecked(),
                self._answered_by,
                self.model.all_photos,
                self._alone,
                self._helped,
                self._frames,
            )
        if tuple(sources) != self.work.sources:
            self.watch.setChecked(False)  # it was of the folder before
        self._answered_by = self.context.learner_id
        self.model.clear({item.id: item.name for item in self.context.opened.classes})
        self.message_bar.hide()
        self.pictures.clear()  # files may hold other photos than in the run before
        self._frames = {}
        self._forget_photos()
        self.bar.reset()
        self._alone, self._helped, self._searched = [], [], None
        is_photo = len(sources) > 1 or sources[0].suffix.lower() in PHOTO_SUFFIXES
        self._folder = None if is_photo else sources[0]  # moving its photos does not change what is watched
        self.context.background.abandon(self._on_answers)
        self.work.start(sources, resume=resume, together=self.together.isChecked())
        self._read_unknown()
        more = f" +{len(sources) - 1}" if len(sources) > 1 else ""
        self.line.show_begun(visible(sources[0].name or str(sources[0])) + more)
        self._show_state()

    def _read_unknown(self) -> None:
        """Have it said how far photos of other things are told from the classes, where that is not by far the most."""
        by = self.context.learner_id, self.context.settings.value.kept_share
        if by != self._cautioned:
            self._cautioned = by
            say(self.caution, "")
            self.context.read(evaluating.count_unknown).success(self._on_unknown)

    def _on_unknown(self, counts: tuple[int, int] | None) -> None:
        text = ""
        if counts is None:
            text = self.tr("Each photo gets the name of a class: too little is learned to tell “none of these”.")
        elif not counts[1]:
            text = self.tr("Photos of other things may get a wrong name. Without test photos nobody knows how often.")
        elif 2 * counts[0] < counts[1]:
            text = self.tr(
                "Photos of similar things may get a wrong name: when each class was left out in turn, {n} of {all} "
                "test photos were none of these."
            ).format(n=count(counts[0]), all=count(counts[1]))
        say(self.caution, text)

    def take_dropped(self, paths: list[Path]) -> None:
        self.start(paths)

    @property
    def can_take_drops(self) -> bool:
        return self.context.learner_id is not None

    def can_cancel(self, handle: Operation[Any]) -> bool:
        return handle is self.work.handle

    def takes(self, path: Path) -> bool:
        return may_hold_photos(path)

    def _hue(self, class_id: int) -> int:
        item = self.contents.class_(class_id) if self.contents is not None else None
        return item.color if item is not None else 0

    @Slot()
    def _show_state(self) -> None:
        """Draw what follows from the answers: buttons, line, filters; without any, what there is to do."""
        self._show_buttons()
        if self._alone and not self.work.is_running:
            self.line.show_over(self.model.counts.total(), self.model.counts["error"])
        about = self.tr("Once it is, drop photos or folders here, thousands of them if you like, to have each named.")
        if self.context.learner_id is None:
            go = partial(self.context.go_to, "train")
            self.empty.say("use", self.tr("Nothing is learned yet"), self.tr("Go to Train"), go, about)
        elif self.work.is_running or self.model.all_photos:
            self.show_body()
        else:
            about = self.tr(
                "Each photo is named, also in folders within folders. Then save the answers as a table, or sort the "
                "photos into a folder for each class. Nothing leaves this computer."
            )
            self.empty.say("use", self.tr("Drop photos or folders here"), hint=about)  # the blue button stands above
        if self.bar.is_choosing:  # its lines must not change places beneath the pointer
            self._counting.start()
            return
        changed = sum(photo.alone is not None for photo in self.model.all_photos)
        self.bar.set_counts(self.model.counts, self.model.names, changed)

    @Slot()
    def _show_faults(self) -> None:
        """Show the photos that cannot be read, and no others."""
        self.bar.search.clear()
        self.bar.filter.setCurrentIndex(self.bar.filter.findData("error"))
        self._on_sifted()

    @Slot()
    def _show_buttons(self) -> None:
        is_free, counts = not (self.work.is_running or self.output.is_busy), self.model.counts
        none, is_any_read = counts["none"], counts.total() > counts["error"]
        has_answers = self.context.learner_id is not None and (self.work.is_running or is_any_read)
        # Answers that hold no more are to be given again: they may be sorted still, which is no next step.
        self.primary_button = self.folder_button if not has_answers else self.sort if self._is_of_now else None
        for widget, picture in ((self.folder_button, "folder"), (self.sort, "move")):
            set_primary(widget, picture, is_primary=widget is self.primary_button)
        with self.keeping_focus():
            self.sort.setVisible(has_answers)
            for widget in (self.save_csv, self.save_lines, self.sort, self.keywords, self.to_sort):
                widget.setEnabled(is_free and bool(self.model.all_photos))
            self.back.setEnabled(is_free)
            self.back.setVisible(bool(self._moves))
            self.watch.setVisible(self._folder is not None)
            for box in (self.together, self.by_bursts):
                box.setEnabled(is_free)
        self.to_sort.setText(self.tr("Sort what is none of these ({n})").format(n=count(none)))
        self.to_sort.setVisible(bool(none) and self.context.is_writable and not self.work.is_running)

    @Slot(object)
    def _on_came(self, answers: list[PhotoAnswer]) -> None:
        if self._before is not None and any(answer.is_answered for answer in answers):
            if self._before.sources != self.work.sources:
                self.context.undo.drop(self)  # no word is taken back unseen
            self._before = None
        self.model.add(answers)
        if not self._counting.isActive():
            self._counting.start()

    @Slot()
    def _on_sifted(self) -> None:
        key, words, order = self.bar.wanted
        if order == "useful" and not (self._useful_ranks or self.useful.is_busy or self.work.is_running):
            answers = [
                answer for answer in self.model.answers if answer.is_answered and not self.model.word_on(answer.path)
            ]
            if answers:
                self.useful.ask(answers)
        ranks = self.words.similarity or (self._useful_ranks if order == "useful" else {})
        # Words that no name has are looked for in the photos, which stay meanwhile.
        before = self.model.photos
        self.model.sift(key, words if self._is_a_name(words) and not self.words.words else "", order, ranks)
        if self.model.photos != before and self.grid.currentIndex().isValid():
            self.grid.scrollTo(self.grid.currentIndex())

    @Slot(object, object)
    def _on_useful(self, asked: object, chosen: list[str]) -> None:
        if not chosen:
            return
        self._useful_ranks = {path: -place for place, path in enumerate(chosen)}
        self._on_sifted()
        if self.bar.order.currentData() == "useful":
            self.grid.select_row(0)

    @Slot(object, object)
    def _on_useful_failed(self, asked: object, failure: WorkFailure) -> None:
        self.context.show_failure(failure)

    def _forget_photos(self) -> None:
        """The photos are others now, or lie elsewhere: what was told of them is prepared anew."""
        self.words.forget()
        self.useful.forget()
        self._useful_ranks = {}

    def _prepare_anew(self) -> None:
        """Look for the words that stand there, and for what is most useful, among the photos that there are now."""
        self._forget_photos()
        if self.words.words:
            self.words.look()
        self._on_sifted()

    def _is_a_name(self, words: str) -> bool:
        return any(self.model.has_words(photo, words) for photo in self.model.all_photos)

    def _load_searched(self, bench: OpenProject, job: Job) -> tuple[list[str], PhotoSearch]:
        from spa_desktop.workbench.searching import file_search

        paths, kept = [photo.path for photo in self.model.all_photos if photo.is_answered], self._searched
        if kept is None or kept[0] != paths:
            kept = self._searched = paths, file_search(bench.store(job), paths, job)
        return kept[1]

    @Slot(object)
    def _show_card(self, chosen: Sequence[PhotoAnswer]) -> None:
        """Offer to correct what is selected. What it was predicted as holds for the model that answered alone."""
        if burst := self.model.burst_of(chosen[0]) if len(chosen) == 1 else ():
            is_open = chosen[0].event in self.model.opened
            self.open_burst.setText(self.tr("Close the burst") if is_open else self.tr("Show the photos of the burst"))
        self.open_burst.setVisible(bool(burst))
        chosen = self.model.with_hidden(chosen)
        answer, photo, self._is_at_next = chosen[0] if len(chosen) == 1 else None, None, False
        about = self.tr("Choose a photo to see its answer, and to correct it. Hold Shift or Ctrl to choose several.")
        about = name_keys(about)
        if answer is not None and not answer.is_answered:
            about = f"{visible(Path(answer.path).name)} {self.model.sentence(answer)}"
        elif answer is not None and self._is_of_now:
            pairs = zip(answer.class_ids, answer.probabilities, strict=True)
            is_known = not self.model.as_said(answer).rejected
            photo = AnsweredPhoto(
                Path(answer.path),
                tuple(pairs),
                stamp=(answer.size, answer.changed),
                is_known=is_known,
                frame=self._frames.get(answer.path),
            )
        elif answer is not None:
            about = self.tr("Something was learned since this was answered: recognise it again, or say what it is.")
        self.hint.setText(about)
        self.hint.setVisible(len(chosen) < 2 and photo is None)
        is_said = len(chosen) > 1 or (answer is not None and answer.is_answered and photo is None)
        if not is_said and self.several.isAncestorOf(self.window().focusWidget()):
            self.grid.setFocus()  # before it is hidden, which would give the focus to whoever is next
        self.several.setVisible(is_said)
        if is_said:
            self.several.show_photos(len(chosen), self.context.opened)
        self.card.show_photo(photo)

    @Slot(object, str, bool)
    def _leave_out(self, photo: AnsweredPhoto | None, verdict: str, is_part: bool) -> None:
        """Take a word on a photo, or on those that are selected; it may be a part of the project's last change."""
        selected = [answer.path for answer in self.model.with_hidden(self.grid.selected) if answer.is_answered]
        chosen = selected if photo is None else [str(photo.photo)]
        if not chosen:
            return
        waiting = [item.id for item in self.context.opened.corrections if photo is None and item.path in chosen]
        if waiting:
            work = self.context.run("", lambda bench, job: corrections.drop(bench, waiting))
            work.success(partial(self._say_of, chosen, verdict, True))
        else:
            self._say_of(chosen, verdict, is_part)

    def _say_of(self, chosen: Sequence[str], verdict: str, is_part: bool, _: None = None) -> None:
        before = {path: self.model.said.get(path) for path in chosen}
        said: dict[str, str | None] = dict.fromkeys(chosen, verdict)
        self._say(said)
        text = self.tr("{name}: none of these") if verdict == "none" else self.tr("{name}: set aside")
        text = text.format(name=visible(Path(chosen[0]).name) if len(chosen) == 1 else photos(len(chosen)))
        self._keep_words(text, before, said, is_part=is_part)
        self.banner(text, self.tr("Undo"), slot(self, self.context.undo.undo), is_of_last=True)

    def _keep_words(
        self, text: str, before: dict[str, str | None], said: dict[str, str | None], *, is_part: bool
    ) -> None:
        """Have undo and redo bring back what was said; :meth:`Undo.add` tells of `is_part`."""
        self._words += [before, said]
        take_back, redo = partial(self._say, before), partial(self._say, said)
        self.context.undo.add(text, take_back, self, redo=redo, is_part=is_part)

    @Slot()
    def _undo_move(self, plan: SortPlan | None = None) -> None:
        if plan is not None and self.output.is_busy:
            self._note_move(plan)  # it is not done yet, and stays next
            return
        self.message_bar.hide()
        self.output.undo(plan or self._moves[-1][0])

    def _note_move(self, plan: SortPlan) -> None:
        self.context.undo.add(self.sort.text().rstrip(".…"), partial(self._undo_move, plan), plan)

    def _say(self, said: Mapping[str, str | None]) -> None:
        self._with_current(partial(self.model.say, said))
        self._show_state()
        if None in said.values():
            self.card.unsay()

    def _with_current(self, take: Callable[[], None]) -> None:
        """Take what the user said. Where the current photo goes with it, the next one is in its place."""
        index, focus, word_on = self.grid.currentIndex(), self.window().focusWidget(), self.model.word_on
        before = (
            [(photo.path, word_on(photo.path)) for photo in self.model.photos[index.row() :]] if index.isValid() else []
        )
        take()
        if not before:
            return
        path, word = before[0]
        is_said, has_gone = word_on(path) != word, not self.grid.currentIndex().isValid()
        if has_gone:
            rows = (self.model.row_of(path) for path, word in before if word_on(path) == word)
            self.grid.select_row(next((row for row in rows if row is not None), None))
            if focus is self.card.field and focus.isVisible():
                focus.setFocus()  # Enter goes on
        self._is_at_next = has_gone if is_said else self._is_at_next

    @Slot()
    def _on_next(self) -> None:
        if not self._is_at_next:
            self.grid.go_on()
        self._is_at_next = False

    @Slot(object)
    def _correct_all(self, said: int | str) -> None:
        """Note as one step of undo that the selected photos, all or none, are of a class: its number, or a new name."""
        chosen = [answer for answer in self.model.with_hidden(self.grid.selected) if answer.is_answered]
        if not chosen:
            return
        class_id, class_name = (said, None) if isinstance(said, int) else (None, said)
        summary = f"{photos(len(chosen))}: {self.model.names[said] if isinstance(said, int) else said}"
        best = {answer.path: answer.class_ids[0] if self._is_of_now else None for answer in chosen}

        def work(bench: OpenProject, job: Job) -> list[tuple[str, Correction | None, int | None]]:
            noted, correct = [], partial(partial(corrections.correct, bench), class_id=class_id, class_name=class_name)
            with bench.project.as_one_change("correct", summary):
                for answer in chosen:
                    job.check()
                    require_same(answer.path, (answer.size, answer.changed))
                    noted.append((answer.path, correct(Path(answer.path), predicted=best[answer.path]), class_id))
            return noted

        self.context.run(self.tr("Correcting photos"), work).success(self._on_corrected)

    def _on_corrected(self, noted: list[tuple[str, Correction | None, int | None]]) -> None:
        self._note(noted)
        waiting = photos(len(self.context.opened.corrections))  # as the line below the page says
        self.banner(self.tr("To be learned: {photos}.").format(photos=waiting))

    @Slot(object)
    def _on_finished(self, result: FolderAnswers) -> None:
        if self._before is not None and self._before.photos:  # nothing could be read, and the table stays
            name, error = visible(self.work.sources[0].name), self.model.sentence(self.model.all_photos[0])
            self._on_stopped(None)
            self.banner(self.tr("No photo of {name} can be read: {reason}").format(name=name, reason=error))
            return
        self._alone = list(self.model.all_photos)
        self._helped = list(result.answers) if result.is_together else []
        self.together.setChecked(result.is_together)  # too many photos are answered alone
        if self._helped:
            self.model.replace(self._helped)
        self._over()
        if self.window().focusWidget() is self:  # as on the empty page
            self.grid.setFocus()
        if self.by_bursts.isChecked():
            self._show_answers()
        if result.skipped:
            first, n = result.skipped[0], count(len(result.skipped))
            text = self.tr("Left out: {n} ({path}: {reason})")
            self.banner(text.format(n=n, path=first.path, reason=why_skipped(first)))

    @Slot()
    def _follow_folder(self) -> None:
        """Watch the folder as long as the switch is on, all of it was answered, and by the model of now."""
        if not self.work.is_running:
            is_on = self.watch.isChecked() and bool(self._alone) and self.context.learner_id == self._answered_by
            self.work.watch(self._folder if is_on else None, self._alone)

    @Slot(object)
    def _on_found(self, answers: list[PhotoAnswer]) -> None:
        """Photos came into the folder, or were saved anew there."""
        new = {answer.path for answer in answers}
        if any(photo.path in new for photo in self.model.all_photos):
            self.model.drop(new)
            self.pictures.clear()
            self._frames = {path: frame for path, frame in self._frames.items() if path not in new}
        self._alone, self._helped = (
            [*(photo for photo in some if photo.path not in new), *answers] if some else []
            for some in (self._alone, self._helped)
        )
        self._on_came(answers)
        self._forget_photos()
        if self.by_bursts.isChecked():
            self._show_answers()

    @Slot(object)
    def _on_unwatched(self, failure: WorkFailure) -> None:
        self.watch.setChecked(False)
        self.context.show_failure(failure)

    @Slot(bool)
    def _on_together(self, is_on: bool) -> None:
        """Show the answers that the photos have together or alone; photos that were answered alone are run again."""
        if self._helped:
            self._show_answers()
        elif is_on and self._alone:
            self.start(self.work.sources)

    @Slot()
    def _show_answers(self) -> None:
        """Show the answers that the photos have together or alone, one for each burst where that is wanted."""
        answers = self._helped if self.together.isChecked() else self._alone
        rule = self.context.settings.value.event_rule
        if self.by_bursts.isChecked() and answers:

            def answer(job: object) -> list[PhotoAnswer]:
                from spa_desktop.classify.answer_files import answer_events

                return answer_events(answers, rule)

            self.context.background.look_up(answer).newest(self._on_answers)
        elif answers:
            self.context.background.abandon(self._on_answers)
            self._on_answers(answers)

    def _on_answers(self, answers: list[PhotoAnswer]) -> None:
        opened = {photo.path for photo in self.model.all_photos if photo.event and photo.event in self.model.opened}
        self.model.opened = {answer.event for answer in answers if answer.path in opened}
        self.model.replace(answers)
        self._prepare_anew()
        self._show_state()
        self._show_card(self.grid.selected)

    @Slot()
    def _on_burst(self) -> None:
        """Show the photos of the current one's burst, or that one in place of all."""
        burst = self.model.burst_of(self.grid.selected[0])
        self.model.opened ^= {burst[0].event}
        self._on_sifted()
        self.grid.select_row(self.model.row_of(burst[0].path))

    @Slot(object)
    def _on_stopped(self, failure: WorkFailure | None) -> None:
        if (before := self._before) is not None and before.photos:  # the folder is empty, say: what was answered stays
            self.work.sources, self._folder, self._answered_by = before.sources, before.folder, before.answered_by
            self._alone, self._helped, self._frames = before.alone, before.helped, before.frames
            self.model.replace(())
            self.model.add(before.photos)
            self.watch.setChecked(before.is_watched)
        self._over()
        if not self._alone:
            self.line.show_stopped(len(self.model.all_photos))
        if failure is not None:
            self.context.show_failure(failure)

    def _over(self) -> None:
        self._counting.stop()
        self._follow_folder()
        self._show_state()
        self._prepare_anew()
        self._tell_of_age()
        self._read_confirmed()

    def _read_confirmed(self) -> None:
        """Have photos whose labels the user confirmed in the project, maybe long ago, count as these labels."""
        contents = {photo.sha256 for photo in self.model.all_photos if photo.sha256}
        read = self.context.read(lambda bench, job: corrections.find_confirmed(bench.project, contents))
        read.success(self._on_confirmed)

    def _on_confirmed(self, labels: Mapping[str, int]) -> None:
        names, photos = self.model.names, self.model.all_photos
        found = {photo.path: names.get(labels[photo.sha256]) for photo in photos if photo.sha256 in labels}
        self._follow_words({path: ("class", name) for path, name in found.items() if name is not None})

    @property
    def _is_of_now(self) -> bool:
        """Nothing else was learned since the answers."""
        return self.context.learner_id in (None, self._answered_by)

    @property
    def _age(self) -> str:
        """What is said of the answers where another model was learned since; "" else."""
        return "" if self._is_of_now else self._old

    @Slot(str)
    def _tell_of_age(self, gone: str = "") -> None:
        """Say so where another model was learned since the answers were given, also once another message is gone."""
        text = self._old
        if gone.endswith(text):
            return
        if self.model.all_photos and not self.work.is_running and not self._is_of_now:
            self.banner(text, self.tr("Recognise again"), partial(self.start, self.work.sources))
        elif self.message_bar.text.endswith(text):  # it was undone
            self.message_bar.hide()

    def _say_of_output(
        self, text: str, action_text: str = "", action: Action = None, *, is_error: bool = False
    ) -> None:
        """Say how saving or sorting went. Where nothing else is offered, old answers are still said to be old."""
        if self._age and not action_text and not is_error:
            text, action_text = f"{text} · {self._age}", self.tr("Recognise again")
            action = partial(self.start, self.work.sources)
        self.banner(text, action_text, action, is_error=is_error)

    @Slot(object, object, bool)
    def _on_relocated(self, places: Mapping[str, str], plan: SortPlan, is_undoable: bool) -> None:
        self.model.relocate(places)
        self._prepare_anew()
        for said in self._words:
            for path in said.keys() & places.keys():
                said[places[path]] = said.pop(path)
        before = self.work.sources
        move = next((move for move in self._moves if move[0] is plan), None)
        if move is not None:  # it was undone, or a part of it
            self.context.undo.drop(plan)
            if plan.target in before:  # else other photos are here by now
                self.work.sources = tuple(dict.fromkeys((*move[1], plan.target))) if is_undoable else move[1]
            if not is_undoable:
                self._moves.remove(move)
        else:
            self._moves.append((plan, before))
            self._note_move(plan)
            paths = {photo.path for photo in self.model.all_photos}
            if not paths.isdisjoint(places.values()):  # else another run was begun meanwhile
                folders = map(Path, {path.rpartition(os.sep)[0] for path in paths})
                held = {ancestor for folder in folders for ancestor in (folder, *folder.parents)}
                left = (source for source in before if source in held or str(source) in paths)
                self.work.sources = (*left, plan.target)
        after = self.work.sources
        if after != before:
            self.context.read(lambda bench, job: recognition.relocate_run(bench, before, after, places), lane="folders")
        self._show_buttons()
        self._frames = {places.get(path, path): frame for path, frame in self._frames.items()}
        self._alone, self._helped = (relocated(answers, places) for answers in (self._alone, self._helped))
        self.pictures.clear()  # those that were asked for while they were moved are there now

    @Slot(object)
    def _on_looked_at(self, answer: PhotoAnswer) -> None:
        if answer.is_answered:
            seen = [photo for photo in self.model.photos if photo.is_answered]
            place = next(place for place, photo in enumerate(seen) if photo is answer)
            self.enlarge(seen, place, self.grid.follow, self._as_large)
            if self.lightbox is not None:
                self.lightbox.framed.connect(self._on_framed)

    @Slot(object, object)
    def _on_framed(self, photo: LargePhoto, frame: Frame | None) -> None:
        """It goes along with what the user says the photo is."""
        self._frames[str(photo.path)] = frame
        self._show_card(self.grid.selected)

    def _as_large(self, answer: PhotoAnswer) -> LargePhoto:
        path = Path(answer.path)
        about = f"{visible(path.name)} · {self.model.sentence(answer)}"
        return LargePhoto(path, about, frame=self._frames.get(answer.path))

    def _on_kept(self, kept: tuple[KeptRun | None, list[SortPlan]]) -> None:
        """Offer the answers of the last run, and to undo its moves: the page has neither once it was closed."""
        run, moves = kept
        if run is None or self.work.is_running or self.model.all_photos:
            return
        if not self._moves:
            # Not for Ctrl+Z, which would move photos that are not seen yet.
            self._moves = [(plan, tuple(sorted({Path(step.source).parent for step in plan.steps}))) for plan in moves]
            self._show_buttons()
        name = visible(run.sources[0].name or str(run.sources[0]))
        text, act = self.tr("{name} was not finished: {done} of {all} photos have answers"), self.tr("Go on")
        if run.is_old:
            text = self.tr("The model or the app has changed since these photos were answered: {name}, {photos}")
            act = self.tr("Recognise again")
        elif run.is_complete:
            text, act = self.tr("The answers of last time are kept: {name}, {photos}"), self.tr("Show them")
        text = text.format(name=name, photos=photos(run.total), done=count(run.done), all=count(run.total))
        self.banner(text, act, partial(self.start, run.sources, resume=not run.is_old))

    @Slot()
    def _go_on(self) -> None:
        self.start(self.work.sources, resume=True)

    @Slot()
    def _choose_folder(self) -> None:
        folder = forms.choose_folder(self, self.tr("Choose a folder of photos"))
        self.start([] if folder is None else [folder])

    @Slot()
    def _choose_photos(self) -> None:
        pattern = self.tr("Photos ({patterns})").format(patterns=forms.PHOTO_PATTERNS)
        self.start(forms.choose_files(self, self.tr("Choose photos"), pattern))

    @Slot()
    def _on_sort(self) -> None:
        self.output.sort(self.work.sources, self._age)

    @Slot()
    def _on_keywords(self) -> None:
        self.output.write_keywords(self.work.sources, self._age)

    @Slot()
    def _on_to_sort(self) -> None:
        self.context.go_to(
            "sort", [Path(answer.path) for answer in self.model.answers if self.model.key_of(answer) == "none"]
        )
