"""The answers of a run over folders: rows of a grid, the line over it that says how far it is, filters and orders."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QProgressBar, QWidget

from spa_desktop.classify.answer_files import is_same
from spa_desktop.jobs import JobEvent
from spa_desktop.project import Skipped
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.plain_text import reason_text
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import Caption, Look, PhotoList, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import GridBar, PhotoGrid
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import ClassPicker, column, has_words, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot
from spa_desktop.ui.widgets.probability_bars import none_of_these
from spa_desktop.ui.widgets.tables import why_skipped
from spa_desktop.ui.widgets.words import count, percent, share_words, time_left
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.classify.answer_files import PhotoAnswer
    from spa_desktop.discover.search import PhotoSearch

Order = Literal["found", "doubt", "useful", "sure", "name"]
Key = int | Literal["none", "error", "changed"]
"""What photos are filtered by: a class, "none of these", that they could not be read, or were answered otherwise.

A class that the user named and that is to be made has a number below 0.
"""

Word = tuple[str, str]
"""What the user said of a photo: "class" and its name, or "none" (of these) or "aside" (which is not shown) and ""."""

_TIP_CLASSES = 3
_MOST_USEFUL = 100  # photos that are put in this order: ten times ten


def relocated(answers: Iterable[PhotoAnswer], places: Mapping[str, str]) -> list[PhotoAnswer]:
    """The answers of photos that lie elsewhere now: `places` by where they lay."""
    return [replace(answer, path=places.get(answer.path, answer.path)) for answer in answers]


class AnswerModel(PhotoList):
    """One row a photo that passes the filter; beneath it the class's mark, its name, how sure, and the file's name."""

    caption_height = 36

    def __init__(self, source: ThumbnailSource, hue: Callable[[int], int], parent: QObject | None = None) -> None:
        """Make an empty list; `hue` gives the number of a class in the order of hues."""
        super().__init__(source, parent)
        self.names: dict[int, str] = {}  # of the classes, by number
        self.counts: Counter[Key] = Counter()  # photos by what they count for
        self.said: dict[str, str] = {}  # "none" or "aside" (which is not shown) by path, as the user said
        self.corrected: dict[str, Word] = {}  # by path of a photo that waits to be learned
        self.learned: dict[str, Word] = {}  # the same, of those that were learned since, or are in the project so
        # Size and time by path of photos that something was said of, while they are answered anew.
        self._stamps: dict[str, tuple[int, int]] = {}
        self.numbers: dict[str, int] = {}  # by path of a photo that the project has too, and that is corrected
        self._wanted: tuple[Key | None, str, Order, Mapping[Hashable, float] | None] = None, "", "found", None
        self._settled: set[str] = set()  # what the user had said when this order was chosen
        self.unsure_below = 0.0  # an answer of less probability is marked
        self.opened: set[int] = set()  # bursts whose photos are all shown
        self._bursts: dict[int, list[PhotoAnswer]] = {}  # of several photos, by their number
        self._hue = hue

    def forget(self) -> None:
        """Forget the answers, and what the user said of photos."""
        self.clear({})
        for known in (self.said, self.corrected, self.learned, self.numbers, self._stamps):
            known.clear()

    def clear(self, names: Mapping[int, str]) -> None:
        """Forget the answers. What the user said holds for the photos when they are answered anew."""
        said = {*self.said, *self.learned, *self.numbers}
        self._stamps |= {photo.path: (photo.size, photo.changed) for photo in self.all_photos if photo.path in said}
        self.names = dict(names)
        self.counts.clear()
        self._group(())
        self.fill(())

    def drop(self, paths: Collection[str]) -> None:
        """Take photos out that are answered anew. What the user said of them holds if they are the same photos."""
        dropped = [photo for photo in self.all_photos if photo.path in paths]
        self._stamps |= {photo.path: (photo.size, photo.changed) for photo in dropped}
        self.replace([photo for photo in self.all_photos if photo.path not in paths])

    def add(self, answers: Sequence[PhotoAnswer]) -> None:
        for answer in answers:
            now = answer.size, answer.changed
            if not is_same(now, self._stamps.pop(answer.path, now)):  # another photo has its name by now
                for known in (self.said, self.learned, self.numbers):
                    known.pop(answer.path, None)
        self.counts.update(map(self.key_of, self._heard(answers)))
        super().add(answers)

    def rename(self, names: Mapping[int, str]) -> None:
        """Take the names of the project's classes of now; a class that is gone is none that a photo was said to be."""
        new = {old: names[key] for key, old in self.names.items() if key in names}
        learned = ((path, (verdict, new.get(name, name))) for path, (verdict, name) in self.learned.items())
        self.learned = {path: word for path, word in learned if word[0] != "class" or word[1] in names.values()}
        known = {key: name for key, name in self.names.items() if key > 0}
        if {**known, **names} != known:
            self.names = {**known, **names}
            self._count()
        else:
            self._tell()

    def _tell(self) -> None:
        if self.photos:
            self.dataChanged.emit(self.index(0), self.index(len(self.photos) - 1))

    def say(self, words: Mapping[str, str | None]) -> None:
        """Take what the user says of photos, by path; None takes it back."""
        said = {path: verdict for path, verdict in {**self.said, **words}.items() if verdict is not None}
        if said != self.said:
            self.said = said
            self._count()

    def take_words(self, waiting: Mapping[int | str | None, Word], learned: Mapping[str, Word]) -> None:
        """Take what was said of photos, by their path or number: all that waits, and what more was learned.

        A correction that was learned and waits again may be taken back.
        """
        before = {**self.learned, **self.corrected}
        numbered = {path: waiting[number] for path, number in self.numbers.items() if number in waiting}
        self.corrected = {path: word for path, word in waiting.items() if isinstance(path, str)} | numbered
        known = {**self.learned, **learned}
        self.learned = {path: word for path, word in known.items() if path not in self.corrected}
        if {**self.learned, **self.corrected} != before:
            self._count()

    def _count(self) -> None:
        self.counts = Counter(map(self.key_of, self.answers))
        self.sift(*self._wanted)
        self._tell()

    def word_on(self, path: str) -> Word | None:
        """What the user said of a photo."""
        said = self.said.get(path)
        return (said, "") if said is not None else self.corrected.get(path) or self.learned.get(path)

    def as_said(self, answer: PhotoAnswer) -> PhotoAnswer:
        """The answer, or the class or "none of these" where the user said so."""
        verdict, name = self.word_on(answer.path) or ("", "")
        if verdict == "none":
            return replace(answer, rejected=True)
        return replace(answer, said=name) if name else answer

    @property
    def answers(self) -> list[PhotoAnswer]:
        """All answers as the user said, without those that were set aside."""
        return self._heard(self.all_photos)

    def _heard(self, answers: Iterable[PhotoAnswer]) -> list[PhotoAnswer]:
        return [self.as_said(answer) for answer in answers if not self._is_aside(answer)]

    def _is_aside(self, answer: PhotoAnswer) -> bool:
        return (self.word_on(answer.path) or ("",))[0] == "aside"

    def key_of(self, answer: PhotoAnswer) -> Key:
        """What a photo counts for, as the user said."""
        corrected = self.as_said(answer)
        if not corrected.is_answered:
            return "error"
        if not corrected.said:
            return "none" if corrected.rejected else corrected.class_ids[0]
        key = next((key for key, name in self.names.items() if name == corrected.said), None)
        if key is None:
            key = min(0, *self.names) - 1
            self.names[key] = corrected.said
        return key

    def name_of(self, answer: PhotoAnswer) -> str:
        """The name that a photo has on its tile."""
        key = self.key_of(answer)
        if isinstance(key, int):
            return self.names.get(key, "")
        return self.tr("None of these") if key == "none" else self.tr("Cannot be read")

    def has_words(self, answer: PhotoAnswer, words: str) -> bool:
        """Whether words are in the answer, or the name of the photo or its folder: what lies above is mostly alike."""
        above = answer.path.rfind(os.sep, 0, max(0, answer.path.rfind(os.sep)))
        return has_words(words, f"{answer.path[above + 1 :]} {self.name_of(answer)}")

    def _doubt(self, answer: PhotoAnswer) -> float:
        return 0.0 if answer.path in self._settled else answer.doubt

    def relocate(self, places: Mapping[str, str]) -> None:
        """Take where photos lie now; :meth:`sift` shows it."""
        for name in ("said", "corrected", "learned", "numbers"):
            setattr(self, name, {places.get(path, path): value for path, value in getattr(self, name).items()})
        self.all_photos = tuple(relocated(self.all_photos, places))
        self._group(self.all_photos)

    def _group(self, answers: Sequence[PhotoAnswer]) -> None:
        bursts: dict[int, list[PhotoAnswer]] = {}
        for answer in answers:
            if answer.event:
                bursts.setdefault(answer.event, []).append(answer)
        # One that does not contradict the others stands for them.
        ordered = {event: sorted(photos, key=lambda photo: photo.alone is not None) for event, photos in bursts.items()}
        self._bursts = {event: photos for event, photos in ordered.items() if len(photos) > 1}

    def burst_of(self, answer: PhotoAnswer) -> Sequence[PhotoAnswer]:
        """The photos of its burst, where one answer is given for several."""
        return self._bursts.get(answer.event, ())

    def _stands_for(self, answer: PhotoAnswer) -> Sequence[PhotoAnswer]:
        """The photos of a closed burst whose first photo this is: it is shown in place of all."""
        burst = () if answer.event in self.opened else self.burst_of(answer)
        return burst if burst and burst[0].path == answer.path else ()

    def with_hidden(self, chosen: Sequence[PhotoAnswer]) -> list[PhotoAnswer]:
        """These photos and those that they stand for."""
        photos = {photo.path: photo for answer in chosen for photo in (answer, *self._stands_for(answer))}
        return list(photos.values())

    def sift(self, key: Key | None, words: str, order: Order, ranks: Mapping[Hashable, float] | None = None) -> None:
        """Show only what counts for `key`, with these words in it (:meth:`has_words`), in this order.

        `ranks`, by path, go before the order: the highest first, and those without one last.
        """
        wanted = key, words, order, ranks
        if wanted != self._wanted:  # what is said from now on stays in its place, so that the next one is beside it
            self._settled = {answer.path for answer in self.all_photos if self.word_on(answer.path) is not None}
        self._wanted, self.is_searched = wanted, bool(words)
        orders: Mapping[Order, Callable[[PhotoAnswer], object]] = {
            "found": lambda answer: 0,
            "doubt": lambda answer: (not answer.is_answered, -self._doubt(answer)),
            "sure": self._doubt,
            "name": lambda answer: Path(answer.path).name.casefold(),
        }
        # What is most useful is unsure first until it is known, and after those that it is known of.
        usual = orders["doubt" if order == "useful" else order]

        def passes(answer: PhotoAnswer) -> bool:
            counts = answer.alone is not None if key == "changed" else key is None or key == self.key_of(answer)
            if not counts or self._is_aside(answer):
                return False
            first = next(iter(self.burst_of(answer)), answer)  # it stands for a closed burst, but for what was said
            is_hidden = first.path != answer.path and self.word_on(answer.path) == self.word_on(first.path)
            if is_hidden and key != "changed" and answer.event not in self.opened:
                return False
            return not words or self.has_words(answer, words)

        self._passes = passes
        self._rank = usual if order != "found" else None
        if ranks:
            self._rank = lambda answer: (-ranks.get(answer.path, -math.inf), usual(answer))
        self.fill(self.all_photos)

    def replace(self, answers: Sequence[PhotoAnswer]) -> None:
        self.all_photos = tuple(answers)
        self._group(self.all_photos)
        self._count()

    def sentence(self, answer: PhotoAnswer) -> str:
        """The answer in one sentence."""
        return self._sentence(self.as_said(answer))

    def _sentence(self, answer: PhotoAnswer) -> str:
        if not answer.is_answered:
            return why_skipped(Skipped(Path(answer.path), answer.error or "")) or self.tr("cannot be read")
        if answer.said:
            return answer.said
        name = self.names.get(answer.class_ids[0], "")
        return none_of_these(name) if answer.rejected else f"{name}, {percent(100 * answer.probabilities[0])}"

    def key(self, answer: PhotoAnswer) -> str:
        return answer.path

    def look(self, answer: PhotoAnswer) -> Look:
        key, sentence, is_said = self.key_of(answer), self.sentence(answer), bool(self.as_said(answer).said)
        name = visible(Path(answer.path).name)
        # Of what is none of the classes the tip and the card say which is nearest: there is no room for it here.
        caption = Caption(self.name_of(answer), below=name)
        if isinstance(key, int):
            share, hue = answer.probabilities[0], self._hue(key) if key > 0 else None
            figure = "" if is_said else percent(100 * share, digits=0)
            caption = Caption(caption.text, hue, figure, share < self.unsure_below and not is_said, name)
        picture, sign = (answer.path, "") if answer.is_answered else (None, "warning")
        stands_for = self._stands_for(answer)
        changed = self.tr("Contradicts its burst") if answer.event else self.tr("Changed")
        differ = sum(photo.alone is not None for photo in stands_for)
        some = self.tr("1 contradicts it") if differ == 1 else self.tr("{n} contradict it")
        marked = (
            (bool(stands_for), f"×{len(stands_for)}"),
            (self.word_on(answer.path) is not None, self.tr("corrected")),
            (answer.alone is not None and not stands_for, changed),
            (bool(differ), some.format(n=count(differ))),
        )
        marks = tuple(mark for is_so, mark in marked if is_so)
        said = ", ".join((name, sentence, *marks))
        return Look(picture, name, said, sign=sign, marks=marks, caption=caption)

    def about(self, answer: PhotoAnswer) -> Sequence[str]:
        corrected = self.as_said(answer)
        lines = [f"{corrected.said} · {self.tr('corrected')}"] if corrected.said else []
        if corrected.rejected:
            lines.append(self._sentence(replace(corrected, said="")))
        else:
            best = zip(answer.class_ids[:_TIP_CLASSES], answer.probabilities, strict=False)
            lines += [f"{self.names.get(key, '')}  {share_words(share)}" for key, share in best]
        if answer.alone is not None:
            lines.append(self.tr("Alone: {answer}").format(answer=self._sentence(answer.alone)))
        return answer.path, *lines, *filter(None, [reason_text(answer.error or "")])


def rank_useful(ready: tuple[list[str], PhotoSearch], asked: Sequence[PhotoAnswer]) -> list[str]:
    """The photos whose labels would teach most, of answers. For worker threads."""
    import numpy as np

    from spa_desktop.discover.useful import doubt_of, most_useful

    answers, (paths, search) = {answer.path: answer for answer in asked}, ready
    rows = [row for row, path in enumerate(paths) if path in answers]
    searched = [answers[paths[row]] for row in rows]
    if not searched:  # what is left of them cannot be read any more
        return []
    doubt = doubt_of(np.array([answer.probabilities for answer in searched]))
    doubt[[bool(answer.rejected) for answer in searched]] = 1  # nothing is known of what is none of the classes
    return [searched[place].path for place in most_useful(search.joint.numpy()[rows], doubt, _MOST_USEFUL)]


class RunLine(QWidget):
    """One line over the grid: text, a thin bar while photos are recognised, Cancel or Go on."""

    def __init__(self) -> None:
        super().__init__()
        self.text = set_type(QLabel(), Size.BODY)
        self.faults = button("", kind="link", about=self.tr("Shows those that cannot be read, with the reason"))
        self.place = set_type(ElidedLabel(), Size.BODY, role="muted")
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(slot(self, self.cancel.setEnabled, False))
        about = self.tr("Goes on where it was stopped; what is answered is not done again")
        self.resume = button(self.tr("Go on"), about=about)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Photos recognised"))
        line = row(self.text, self.faults, (self.place, 1), self.cancel, self.resume, spacing=Space.S)
        column(line, self.bar, spacing=Space.S, of=self)

    def show_begun(self, place: str) -> None:
        self.place.setText(place)
        self.show_stage(self.tr("Looking for photos"))
        self.bar.setRange(0, 0)

    @Slot(str)
    def show_stage(self, stage: str) -> None:
        self._show(stage, is_on=True)

    @Slot(int, int, object)
    def show_progress(self, done: int, total: int, event: JobEvent) -> None:
        """So many photos are recognised; what is left to wait is that of the event, as in the status bar."""
        parts = [self.tr("{done} of {photos}").format(done=count(done), photos=words.photos(total))]
        if event.seconds_left and event.total:
            rate = (event.total - event.done) / event.seconds_left
            number = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
            parts += [self.tr("{n} a second").format(n=number), time_left(event.seconds_left)]
        self._show(" · ".join(parts), is_on=True)
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def show_over(self, total: int, unreadable: int) -> None:
        self._show(words.photos(total - unreadable), is_on=False)
        text = self.tr("1 file cannot be read") if unreadable == 1 else self.tr("{n} files cannot be read")
        self.faults.setText(text.format(n=count(unreadable)))
        self.faults.setVisible(bool(unreadable))

    def show_stopped(self, done: int) -> None:
        text = self.tr("Stopped after {photos}").format(photos=words.photos(done))
        self._show(text, is_on=False, can_resume=True)

    def _show(self, text: str, *, is_on: bool, can_resume: bool = False) -> None:
        self.text.setText(text)
        self.faults.hide()
        self.bar.setVisible(is_on)
        self.cancel.setVisible(is_on)
        self.cancel.setEnabled(True)
        self.resume.setVisible(can_resume)


_FILTER_WIDTH = 200


class ViewBar(GridBar):
    """The answers by class, and by how sure they are."""

    def __init__(self, grid: PhotoGrid) -> None:
        super().__init__(grid)
        self.set_names(self.tr("Which photos"), self.tr("Order"), self.tr("Search names and photos"))
        # Names of classes may be long.
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.filter.setMinimumWidth(_FILTER_WIDTH)
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
                (self.tr("All"), None, counts.total()),
                *((visible(names.get(key, "")), key, counts[key]) for key in keys),
                *((text, key, counts[key]) for text, key in rest if counts[key] or key == chosen),
                *(((self.tr("Changed"), "changed", changed),) if changed or chosen == "changed" else ()),
            )
        )


class SeveralCard(QFrame):
    """Takes what the user says of all photos that are selected, without an answer of the model beside it."""

    left_out = Signal(object, str, bool)  # None, "aside" or "none", and False: see :class:`CorrectionCard`

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.number = set_type(QLabel(), Size.BODY, strong=True)
        self.field = ClassPicker(self.tr("What the photos are"))
        self.field.given.connect(self.field.forget)
        self.aside = button(self.tr("Set aside"), slot(self, self.left_out.emit, None, "aside", False))
        self.none = button(self.tr("None of these"), slot(self, self.left_out.emit, None, "none", False))
        self.they_are = set_type(QLabel(), Size.BODY, strong=True)
        self.they_are.setBuddy(self.field)
        buttons = row(self.aside, self.none, None, spacing=Space.S)
        line = row(self.they_are, (self.field, 1), spacing=Space.S)
        column(self.number, line, buttons, spacing=Space.S, margins=(Space.M,) * 4, of=self)

    def show_photos(self, number: int, contents: Contents) -> None:
        self.number.setText(self.tr("{n} photos are selected").format(n=count(number)))
        self.number.setVisible(number > 1)
        self.they_are.setText(self.tr("They are") if number > 1 else self.tr("It is"))
        self.field.offer(contents.class_ids)
        self.field.forget()
        self.setEnabled(contents.is_writable)
