"""The page Use. It wires the run over folders to the grid and to what becomes of the answers."""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QProgressBar, QWidget

from spa_desktop.errors import SpaError
from spa_desktop.project.folders import PHOTO_SUFFIXES
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto, CorrectionCard
from spa_desktop.ui.lightbox.photo_lightbox import LargePhoto, read_file_picture
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.newest_query import Newest
from spa_desktop.ui.photo.word_search import WordSearch
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import Caption, Look, PhotoList, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import GridBar, PictureGrid
from spa_desktop.ui.use.folder_work import AnswerOutput, FolderWork, RunProgress
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.forms import column, has_words, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot, timer
from spa_desktop.ui.widgets.probability_bars import none_of_these
from spa_desktop.ui.widgets.words import count, percent, time_left
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.discover.search import PhotoSearch
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import FolderAnswers, PhotoAnswer, UnfinishedRun, Workbench

Order = Literal["found", "doubt", "useful", "sure", "name"]
Key = int | Literal["none", "error", "changed"]
"""What photos are filtered by: a class, "none of these", that they could not be read, or were answered otherwise."""

_TIP_CLASSES = 3

_RANKS: Mapping[Order, Callable[[PhotoAnswer], object] | None] = {
    "found": None,
    "doubt": lambda one: -one.doubt,
    "useful": lambda one: -one.doubt,  # until it is known, and after those that it is known of
    "sure": lambda one: one.doubt,
    "name": lambda one: Path(one.path).name.casefold(),
}


def key_of(answer: PhotoAnswer) -> Key:
    """What a photo counts for."""
    if not answer.is_answered:
        return "error"
    return "none" if answer.rejected else answer.class_ids[0]


def is_named(answer: PhotoAnswer, words: str) -> bool:
    """Whether words are in the name of a photo or of its folder: what lies above is the same for nearly all."""
    above = answer.path.rfind(os.sep, 0, max(0, answer.path.rfind(os.sep)))
    return has_words(words, answer.path[above + 1 :])


def counts_for(answer: PhotoAnswer, key: Key | None) -> bool:
    """Whether a photo passes a filter; None lets all pass."""
    return answer.alone is not None if key == "changed" else key is None or key_of(answer) == key


class AnswerModel(PhotoList):
    """One row a photo that passes the filter; beneath it the class's mark, its name, how sure, and the file's name.

    Attributes:
        names: of the classes, by number.
        counts: photos by what they count for.
        said: "none" or "aside", which a person said of a photo, by its path; what is set aside is not shown.
        unsure_below: probability under which an answer is marked as unsure.
    """

    caption_height = 36

    def __init__(self, source: ThumbnailSource, hue: Callable[[int], int], parent: QObject | None = None) -> None:
        """Make an empty list; `hue` gives the number of a class in the order of hues."""
        super().__init__(source, parent)
        self.names: Mapping[int, str] = {}
        self.counts: Counter[Key] = Counter()
        self.said: dict[str, str] = {}
        self._wanted: tuple[Key | None, str, Order, Mapping[Hashable, float] | None] = None, "", "found", None
        self.unsure_below = 0.0
        self._hue = hue

    def clear(self, names: Mapping[int, str]) -> None:
        """Begin anew, with the names of the classes that answers can have."""
        self.names = dict(names)
        self.counts.clear()
        self.said.clear()
        self.fill(())

    def add(self, answers: Sequence[PhotoAnswer]) -> None:
        self.counts.update(map(key_of, answers))
        super().add(answers)

    def rename(self, names: Mapping[int, str]) -> None:
        """Classes have other names now."""
        self.names = {key: names.get(key, name) for key, name in self.names.items()}
        self._tell()

    def _tell(self) -> None:
        if self.photos:
            self.dataChanged.emit(self.index(0), self.index(len(self.photos) - 1))

    def say(self, path: str, verdict: str | None) -> None:
        """Take what a person says of a photo; None takes it back."""
        self.said.pop(path, None)
        if verdict is not None:
            self.said[path] = verdict
        self.counts = Counter(map(key_of, self.answers))
        self.sift(*self._wanted)
        self._tell()

    def as_said(self, answer: PhotoAnswer) -> PhotoAnswer:
        """The answer, or "none of these" where a person said so."""
        return replace(answer, rejected=True) if self.said.get(answer.path) == "none" else answer

    @property
    def answers(self) -> list[PhotoAnswer]:
        """All answers as a person said, without those that were set aside."""
        return [self.as_said(one) for one in self.all_photos if self.said.get(one.path) != "aside"]

    def relocate(self, places: Mapping[str, str]) -> None:
        """Photos lie elsewhere now."""
        self.said = {places.get(path, path): verdict for path, verdict in self.said.items()}
        self.fill(replace(one, path=places.get(one.path, one.path)) for one in self.all_photos)

    def sift(self, key: Key | None, words: str, order: Order, ranks: Mapping[Hashable, float] | None = None) -> None:
        """Show only what counts for `key`, with these words in its name or that of its folder, in this order.

        Args:
            key: what photos count for; "changed" for those that answer otherwise together.
            words: in their names.
            order: of the photos.
            ranks: by path, before the order: the highest first, and those without one last.
        """
        self._wanted = key, words, order, ranks
        usual = _RANKS[order] or (lambda one: 0)

        def passes(one: PhotoAnswer) -> bool:
            is_seen = self.said.get(one.path) != "aside"
            return is_seen and counts_for(self.as_said(one), key) and is_named(one, words)

        self._passes = passes
        self._rank = (lambda one: (-ranks.get(one.path, -math.inf), usual(one))) if ranks else _RANKS[order]
        self.fill(self.all_photos)

    def replace(self, answers: Sequence[PhotoAnswer]) -> None:
        """The same photos have other answers now."""
        self.fill(answers)
        self.counts = Counter(map(key_of, self.answers))

    def sentence(self, answer: PhotoAnswer) -> str:
        """The answer in one sentence."""
        answer = self.as_said(answer)
        if not answer.is_answered:
            return (answer.error or "").removeprefix(answer.path).strip() or self.tr("cannot be read")
        name = self.names.get(answer.class_ids[0], "")
        return none_of_these(name) if answer.rejected else f"{name}, {percent(100 * answer.probabilities[0])}"

    def key(self, answer: PhotoAnswer) -> str:
        return answer.path

    def look(self, answer: PhotoAnswer) -> Look:
        key, sentence = key_of(self.as_said(answer)), self.sentence(answer)
        name = visible(Path(answer.path).name)
        caption = Caption(visible(sentence), below=name)
        if isinstance(key, int):
            share = answer.probabilities[0]
            figure = percent(100 * share, digits=0)
            caption = Caption(self.names.get(key, ""), self._hue(key), figure, share < self.unsure_below, name)
        picture, sign = (answer.path, "") if answer.is_answered else (None, "warning")
        marked = (answer.path in self.said, self.tr("corrected")), (answer.alone is not None, self.tr("Changed"))
        marks = tuple(mark for is_so, mark in marked if is_so)
        said = ", ".join((name, sentence, *marks))
        return Look(picture, name, said, sign=sign, marks=marks, caption=caption)

    def about(self, answer: PhotoAnswer) -> Sequence[str]:
        lines = [self.sentence(answer)]
        if key_of(self.as_said(answer)) != "none":
            best = zip(answer.class_ids[:_TIP_CLASSES], answer.probabilities, strict=False)
            lines = [f"{self.names.get(key, '')}  {percent(100 * share)}" for key, share in best]
        if answer.alone is not None:
            lines.append(self.tr("Alone: {answer}").format(answer=self.sentence(answer.alone)))
        return answer.path, *lines, *filter(None, [answer.error])


def read_files(bench: Workbench, paths: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
    """Photos by path; those that cannot be read are left out. For worker threads."""
    for path in paths:
        with contextlib.suppress(SpaError):
            yield path, read_file_picture(Path(path), side)


# One line over the grid: how many photos, how fast, how long still, and the button that stops or goes on.


class RunLine(QWidget):
    """Text, a thin bar while photos are recognised, Cancel or Go on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = set_type(QLabel(), Size.BODY)
        self.place = set_type(ElidedLabel(), Size.BODY, role="muted")
        self.cancel = button(self.tr("Cancel"), self._on_cancel)
        about = self.tr("Goes on where it was stopped; what is answered is not done again")
        self.resume = button(self.tr("Go on"), about=about)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Photos recognised"))
        line = row(self.text, (self.place, 1), self.cancel, self.resume, spacing=Space.S)
        column(line, self.bar, spacing=Space.S, of=self)

    def show_begun(self, place: str) -> None:
        """A run begins."""
        self.place.setText(place)
        self._show(self.tr("Looking for photos"), is_on=True)
        self.bar.setRange(0, 0)

    def show_progress(self, progress: RunProgress) -> None:
        """It is on."""
        if progress.stage:
            number = f" · {count(progress.done)}" if progress.done else ""
            self._show(progress.stage + number, is_on=True)
            return
        photos = words.photos(progress.total or 0)
        parts = [self.tr("{done} of {photos}").format(done=count(progress.done), photos=photos)]
        if progress.rate is not None:
            parts.append(
                self.tr("{n} a second").format(
                    n=f"{progress.rate:.0f}" if progress.rate >= 10 else f"{progress.rate:.1f}"
                )
            )
        if progress.seconds_left is not None:
            parts.append(time_left(progress.seconds_left))
        self._show(" · ".join(parts), is_on=True)
        self.bar.setRange(0, max(progress.total or 0, 1))
        self.bar.setValue(progress.done)

    def show_over(self, total: int, unreadable: int) -> None:
        """It is over."""
        text = words.photos(total)
        if unreadable:
            text += " · " + self.tr("{n} cannot be read").format(n=count(unreadable))
        self._show(text, is_on=False)

    def show_stopped(self, done: int) -> None:
        """It was stopped and can be gone on with."""
        text = self.tr("Stopped after {photos}").format(photos=words.photos(done))
        self._show(text, is_on=False, can_resume=True)

    def _show(self, text: str, *, is_on: bool, can_resume: bool = False) -> None:
        self.text.setText(text)
        self.bar.setVisible(is_on)
        self.cancel.setVisible(is_on)
        self.cancel.setEnabled(True)
        self.resume.setVisible(can_resume)

    @Slot()
    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)


_FILTER_WIDTH, _SEARCH_WIDTH = 200, 160


class ViewBar(GridBar):
    """The answers by class, and by how sure they are."""

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(grid, parent)
        self.set_names(self.tr("Which photos"), self.tr("Order"), self.tr("Search names and photos"))
        # Names of classes may be long.
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.filter.setMinimumWidth(_FILTER_WIDTH)
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self._places.setColumnStretch(3, 1)  # half of the room is left free
        orders: tuple[tuple[str, Order], ...] = (
            (self.tr("As found"), "found"),
            (self.tr("Unsure first"), "doubt"),
            (self.tr("Most useful to label"), "useful"),
            (self.tr("Sure first"), "sure"),
            (self.tr("By name"), "name"),
        )
        self.set_orders(orders)
        self.set_counts(Counter(), {})

    @property
    def is_choosing(self) -> bool:
        """True while the list of filters is open."""
        return self.filter.view().isVisible()

    def set_counts(self, counts: Counter[Key], names: Mapping[int, str], changed: int = 0) -> None:
        """Show how many photos there are of each class, most first; the filter that is on stays on."""
        chosen = self.filter.currentData()
        keys = [key for key, _ in counts.most_common() if isinstance(key, int)]
        if isinstance(chosen, int) and chosen in names and chosen not in counts:
            keys.append(chosen)
        rest: tuple[tuple[str, Key], ...] = (self.tr("None of these"), "none"), (self.tr("Cannot be read"), "error")
        self.set_filters(
            (
                (self.tr("All photos"), None, counts.total()),
                *((visible(names.get(key, "")), key, counts[key]) for key in keys),
                *((text, key, counts[key]) for text, key in rest if counts[key] or key == chosen),
                *(((self.tr("Changed"), "changed", changed),) if changed or chosen == "changed" else ()),
            )
        )


_MOST_USEFUL = 100  # photos that are put in this order: ten times ten
_BATCH = 4  # pictures that are read at a time: photo files take longer than stored thumbnails
_COUNTS_MS = 500
_CARD_WIDTH = 300


class UsePage(Page):
    """Recognises photos and folders. The current photo can be corrected; a double click shows it large."""

    name = "use"

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Use"))
        self.setAcceptDrops(True)
        self.folder_button = self.set_primary(self.tr("Choose a folder"), self._choose_folder, "folder")
        self.photos_button = self.add_action(self.tr("Choose photos"), self._choose_photos, "photo")
        side = context.settings.value.answer_side
        self.pictures = ThumbnailSource(context, side, read=read_files, batch=_BATCH, parent=self)
        self.model = AnswerModel(self.pictures, self._hue, self)
        self.grid = PictureGrid(self.model, side)
        self.grid.setAccessibleName(self.tr("Photos and their predicted classes"))
        self.line, self.bar = RunLine(), ViewBar(self.grid)
        self.words = WordSearch(context, self.bar.search, self._load_searched, self._is_a_name)
        title = self.tr("Finding what is most useful to label")
        self.useful = Newest(context, _rank_useful, load=self._load_searched, title=title, parent=self)
        self._useful_ranks: Mapping[Hashable, float] = {}
        self.work = FolderWork(context, self)
        self.output = AnswerOutput(context, self, self.banner)
        # Of which photos, and what they are searched and compared by.
        self._searched: tuple[tuple[PhotoAnswer, ...], tuple[list[str], PhotoSearch]] | None = None
        self._learner_id: int | None = None
        self._answered_by: int | None = None  # id of what was learned when the run began
        self._alone: list[PhotoAnswer] = []  # of the run that is over
        self._helped: list[PhotoAnswer] = []  # the same photos, answered together; empty where they were not
        self._counting = timer(self, _COUNTS_MS, self._show_counts)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.save_csv = button(self.tr("Save CSV"), slot(self, self._save, "csv"), picture="export")
        self.save_lines = button(self.tr("Save JSON lines"), slot(self, self._save, "jsonl"), picture="export")
        self.sort = button(self.tr("Sort into folders..."), self._on_sort, picture="move")
        about = self.tr("Puts those that look alike together, to be named and learned")
        self.to_sort = button("", self._on_to_sort, picture="sort", about=about)
        self.to_sort.hide()
        self.card = CorrectionCard(self.context)
        self.card.setFixedWidth(_CARD_WIDTH)
        self.card.take_keys_of(self, self.grid)
        policy = self.card.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # no photo may move beneath a pointer that clicks twice
        self.card.setSizePolicy(policy)
        shown = row((self.grid, 1), (self.card, 0, Qt.AlignmentFlag.AlignTop), spacing=Space.L)
        self.together = QCheckBox(self.tr("Answer together"))
        self.together.setToolTip(
            self.tr("The photos help each other. What it changed is marked; what was learned stays as it is")
        )
        buttons = row(self.save_csv, self.save_lines, self.sort, self.to_sort, None, self.together, spacing=Space.S)
        column(self.line, self.bar, self.words, (shown, 1), buttons, spacing=Space.M, of=self.body)

    def _connect(self) -> None:
        self.work.came.connect(self._on_came)
        self.work.progressed.connect(self.line.show_progress)
        self.work.finished.connect(self._on_finished)
        self.work.stopped.connect(self._on_stopped)
        self.work.failed.connect(self._on_failed)
        self.line.cancel.clicked.connect(self.work.cancel)
        self.line.resume.clicked.connect(self._go_on)
        self.together.toggled.connect(self._on_together)
        self.bar.changed.connect(self._on_sifted)
        self.words.changed.connect(self._on_sifted)
        self.useful.answered.connect(self._on_useful)
        self.useful.failed.connect(self._on_useful_failed)
        self.bar.size_bar.side_chosen.connect(self._on_side)
        self.grid.opened.connect(self._on_looked_at)
        self.grid.chosen.connect(self._show_card)
        self.card.next_wanted.connect(self.grid.go_on)
        self.card.left_out.connect(self._on_left_out)
        self.output.relocated.connect(self._on_relocated)
        self.output.busy_changed.connect(self._show_buttons)

    def set_project(self) -> None:
        self.work.forget()
        self.output.forget()
        self.model.clear({})
        self._forget_photos()
        self.bar.reset()
        self._learner_id = self._answered_by = None

    def refresh(self) -> None:
        contents = self.contents
        has_model = contents is not None and contents.learner is not None
        self.folder_button.setVisible(has_model)
        self.photos_button.setVisible(has_model)
        if contents is None or contents.learner is None:
            self._learner_id = None
            self.show_empty(
                "use",
                self.tr("Nothing is learned yet"),
                self.tr("Go to Train"),
                partial(self.context.go_to, "train"),
                self.tr("Once it is, drop photos or folders here, thousands of them if you like, to have each named."),
            )
            return
        self.model.unsure_below = self.context.settings.value.unsure_below
        self.model.rename({item.id: item.name for item in contents.classes})
        self._show_counts()
        if contents.learner.id != self._learner_id:
            self._learner_id = contents.learner.id
            self._show_card(self.grid.selected)
            self._tell_of_age()
            self.context.read(_look_for_interrupted, done=self._on_interrupted)
        self._show_state()

    def show_item(self, item: object) -> None:
        paths = item if isinstance(item, list) else [item]
        self.start([path for path in paths if isinstance(path, Path)])

    def start(self, sources: Sequence[Path], *, resume: bool = False) -> None:
        """Recognise photos and folders, in place of those before."""
        contents = self.contents
        if not sources or contents is None or contents.learner is None:
            return
        self.message_bar.hide()
        self._answered_by = contents.learner.id
        self.model.clear({item.id: item.name for item in contents.classes})
        self.pictures.clear()  # files may hold other photos than in the run before
        self._forget_photos()
        self.bar.reset()
        self._show_counts()
        self._alone, self._helped = [], []
        self.work.start(sources, resume=resume, together=self.together.isChecked())
        more = f" +{len(sources) - 1}" if len(sources) > 1 else ""
        self.line.show_begun(visible(sources[0].name or str(sources[0])) + more)
        self._show_state()

    def take_dropped(self, paths: list[Path]) -> None:
        self.start(paths)

    def droppable(self, paths: list[Path]) -> list[Path]:
        if self.contents is None or self.contents.learner is None:
            return []
        return [path for path in paths if path.suffix.lower() in PHOTO_SUFFIXES or path.is_dir()]

    def _hue(self, class_id: int) -> int:
        item = self.contents.class_(class_id) if self.contents is not None else None
        return item.color if item is not None else 0

    def _show_state(self) -> None:
        self._show_buttons()
        if self.work.is_running or self.model.all_photos:
            self.show_body()
            return
        self.show_empty(
            "use",
            self.tr("Drop photos or folders here"),
            self.tr("Choose a folder"),
            self._choose_folder,
            self.tr(
                "Each photo is named, also in folders within folders. Then save the answers as a table, or sort the "
                "photos into a folder for each class. Nothing leaves this computer."
            ),
        )

    @Slot()
    def _show_buttons(self) -> None:
        can = bool(self.model.all_photos) and not self.work.is_running and not self.output.is_busy
        for one in (self.save_csv, self.save_lines, self.sort, self.to_sort):
            one.setEnabled(can)
        none = self.model.counts["none"]
        self.to_sort.setText(self.tr("Sort what is none of these ({n})").format(n=count(none)))
        self.to_sort.setVisible(bool(none) and self.context.is_writable)
        self.together.setEnabled(not self.work.is_running and not self.output.is_busy)

    @Slot(int)
    def _on_side(self, side: int) -> None:
        self.context.settings.update(answer_side=side)

    @Slot(object)
    def _on_came(self, answers: list[PhotoAnswer]) -> None:
        self.model.add(answers)
        if not self._counting.isActive():
            self._counting.start()

    @Slot()
    def _on_sifted(self) -> None:
        key, words, order = self.bar.wanted
        if order == "useful" and not self._useful_ranks and not self.work.is_running:
            self.useful.ask((self.model.all_photos, len(self.model.names)))
        ranks = self.words.similarity or (self._useful_ranks if order == "useful" else {})
        self.model.sift(key, "" if self.words.words else words, order, ranks)

    @Slot(object, object)
    def _on_useful(self, asked: object, chosen: list[str]) -> None:
        self._useful_ranks = {path: -place for place, path in enumerate(chosen)}
        self._on_sifted()
        if chosen and self.bar.order.currentData() == "useful":
            self.grid.select_row(0)

    @Slot(object, object)
    def _on_useful_failed(self, asked: object, failure: WorkFailure) -> None:
        self.context.show_failure(failure)

    def _forget_photos(self) -> None:
        """The photos are others now, or lie elsewhere: what was told of them is prepared anew."""
        self.words.forget()
        self.useful.forget()
        self._searched, self._useful_ranks = None, {}

    def _prepare_anew(self) -> None:
        """Look for the words that stand there, and for what is most useful, among the photos that there are now."""
        self._forget_photos()
        if self.words.words:
            self.words.look()
        self._on_sifted()

    def _is_a_name(self, words: str) -> bool:
        return any(is_named(one, words) for one in self.model.all_photos)

    def _load_searched(self, bench: Workbench, job: Job) -> tuple[list[str], PhotoSearch]:
        from spa_desktop.workbench.searching import file_search

        photos, kept = self.model.all_photos, self._searched
        if kept is None or kept[0] is not photos:
            paths = [one.path for one in photos if one.is_answered]
            kept = self._searched = photos, file_search(bench.store(job), paths, job)
        return kept[1]

    @Slot(object)
    def _show_card(self, chosen: Sequence[PhotoAnswer]) -> None:
        """Offer to correct the selected photo. What it was predicted as holds for the model that answered alone."""
        learner, photo = self.contents.learner if self.contents is not None else None, None
        if chosen and chosen[0].is_answered and learner is not None and learner.id == self._answered_by:
            pairs = zip(chosen[0].class_ids, chosen[0].probabilities, strict=True)
            stamp = chosen[0].size, chosen[0].changed
            is_known = not self.model.as_said(chosen[0]).rejected
            photo = AnsweredPhoto(Path(chosen[0].path), tuple(pairs), stamp=stamp, is_known=is_known)
        self.card.show_photo(photo)

    @Slot(object, str)
    def _on_left_out(self, photo: AnsweredPhoto, verdict: str) -> None:
        """Answers that are saved or sorted are as the person said."""
        path = str(photo.photo)
        self._say(path, verdict)
        text = self.tr("{name}: none of these") if verdict == "none" else self.tr("{name} was set aside")
        text = text.format(name=visible(Path(path).name))
        self.banner(text, self.tr("Undo"), partial(self._say, path, None))

    def _say(self, path: str, verdict: str | None) -> None:
        place = self.grid.currentIndex().row()
        self.model.say(path, verdict)
        self._show_counts()
        if not self.grid.currentIndex().isValid():  # the photo went, and the next one is in its place
            self.grid.select_row(place)
        if verdict is None:
            self.card.unsay()

    @Slot()
    def _show_counts(self) -> None:
        if self.bar.is_choosing:  # its lines must not change places beneath the pointer
            self._counting.start()
            return
        changed = sum(one.alone is not None for one in self._helped) if self.together.isChecked() else 0
        self.bar.set_counts(self.model.counts, self.model.names, changed)

    @Slot(object)
    def _on_finished(self, found: FolderAnswers) -> None:
        self._alone = list(self.model.all_photos)
        self._helped = list(found.answers) if found.is_together else []
        self._over()
        self.line.show_over(len(found.answers), len(found.unreadable))
        self._on_together(self.together.isChecked())
        if found.skipped:
            first = found.skipped[0]
            text = self.tr("Left out: {n} ({path}: {reason})")
            self.banner(text.format(n=count(len(found.skipped)), path=first.path, reason=first.reason))
        self._tell_of_age()

    @Slot(bool)
    def _on_together(self, is_on: bool) -> None:
        """Show the answers that the photos have together or alone; photos that were answered alone are run again."""
        if not self._alone or self.work.is_running or self.output.is_busy:
            return
        if is_on and not self._helped:
            self.start(self.work.sources)
            return
        if self._helped:
            self.model.replace(self._helped if is_on else self._alone)
            self._show_counts()

    @Slot()
    def _on_stopped(self) -> None:
        self._over()
        self.line.show_stopped(len(self.model.all_photos))
        self._tell_of_age()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._over()
        if self.model.all_photos:
            self.line.show_stopped(len(self.model.all_photos))
        self.context.show_failure(failure)

    def _over(self) -> None:
        self._counting.stop()
        self._show_counts()
        self._show_state()
        self._prepare_anew()

    def _tell_of_age(self) -> None:
        """Say so where another model was learned since the answers were given."""
        learner = self.contents.learner if self.contents is not None else None
        if self.model.all_photos and not self.work.is_running and learner and learner.id != self._answered_by:
            text = self.tr("These answers are of what was learned before")
            self.banner(text, self.tr("Recognise again"), partial(self.start, self.work.sources))

    @Slot(object)
    def _on_relocated(self, places: Mapping[str, str]) -> None:
        self.model.relocate(places)
        self._prepare_anew()
        self._alone, self._helped = (
            [replace(one, path=places.get(one.path, one.path)) for one in answers]
            for answers in (self._alone, self._helped)
        )
        self.pictures.clear()  # those that were asked for while they were moved are there now

    @Slot(object)
    def _on_looked_at(self, answer: PhotoAnswer) -> None:
        if answer.is_answered:
            seen = [one for one in self.model.photos if one.is_answered]
            self.enlarge(list(map(self._large, seen)), seen.index(answer), self._on_moved)

    def _large(self, answer: PhotoAnswer) -> LargePhoto:
        path = Path(answer.path)
        return LargePhoto(path, " · ".join((visible(path.name), self.model.sentence(answer))))

    @Slot(int)
    def _on_moved(self, place: int) -> None:
        """Follow in the grid, which may hold other answers by now."""
        if self.lightbox is not None:
            self.grid.select_row(self.model.row_of(str(self.lightbox.photos[place].path)))

    def _on_interrupted(self, run: UnfinishedRun | None) -> None:
        if run is None or self.work.is_running or self.model.all_photos:
            return
        text = self.tr("{name} was not finished: {done} of {all} photos have answers")
        name = visible(run.sources[0].name or str(run.sources[0]))
        text = text.format(name=name, done=count(run.done), all=count(run.total))
        self.banner(text, self.tr("Go on"), partial(self.start, run.sources, resume=True))

    @Slot()
    def _go_on(self) -> None:
        self.start(self.work.sources, resume=True)

    @Slot()
    def _choose_folder(self) -> None:
        folder = forms.choose_folder(self, self.tr("Choose a folder of photos"))
        if folder is not None:
            self.start([folder])

    @Slot()
    def _choose_photos(self) -> None:
        pattern = self.tr("Photos ({patterns})").format(patterns=forms.PHOTO_PATTERNS)
        self.start(forms.choose_files(self, self.tr("Choose photos"), pattern))

    def _save(self, kind: str) -> None:
        beside = self.contents.path.parent if self.contents is not None else Path.home()
        self.output.save_answers(kind, self.model.answers, self._stored_names, beside)

    @Slot()
    def _on_sort(self) -> None:
        self.output.sort(self.model.answers, self._stored_names, self.work.sources)

    @Slot()
    def _on_to_sort(self) -> None:
        self.context.go_to("sort", [Path(one.path) for one in self.model.answers if key_of(one) == "none"])

    @property
    def _stored_names(self) -> dict[int, str]:
        """Names for files: as the command line writes them."""
        stored = self.contents.stored_names if self.contents is not None else {}
        return {key: stored.get(key, name) for key, name in self.model.names.items()}


def _rank_useful(ready: tuple[list[str], PhotoSearch], asked: tuple[Sequence[PhotoAnswer], int]) -> list[str]:
    """The photos whose labels would teach most, of answers among so many classes. For worker threads."""
    import numpy as np

    from spa_desktop.discover.useful import doubt_of, most_useful

    answers, (paths, search) = {one.path: one for one in asked[0]}, ready
    rows = [row for row, path in enumerate(paths) if path in answers]
    found = [answers[paths[row]] for row in rows]
    doubt = doubt_of(np.array([one.probabilities for one in found]), asked[1])
    doubt[[bool(one.rejected) for one in found]] = 1  # nothing is known of what is none of the classes
    return [found[place].path for place in most_useful(search.joint.numpy()[rows], doubt, _MOST_USEFUL)]


def _look_for_interrupted(bench: Workbench, job: object) -> UnfinishedRun | None:
    return bench.interrupted_run()
