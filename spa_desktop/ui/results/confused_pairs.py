"""Photos of a cell, the classes that are confused most, and what is worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.corrections.correction_card import ChipFlow
from spa_desktop.ui.corrections.worth_a_look import Kind, WorthALookLinks
from spa_desktop.ui.lightbox.photo_lightbox import LargePhoto
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import PhotoAnswer, Report
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import Look, PhotoList, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import Picture, PictureView
from spa_desktop.ui.widgets.forms import column, grid, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot
from spa_desktop.ui.widgets.words import alone, count, percent

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench
    from spa_desktop.workbench.worth_a_look import WorthALook

# The photos behind a cell of the confusion matrix: a strip of thumbnails.

_SIDE = 96
_BESIDE = 250  # photos before and after one that is enlarged, of thousands


class PhotoModel(PhotoList):
    """Photos with what they are and were predicted as."""

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(source, parent)
        self.report: Report | None = None

    def look(self, photo: PhotoAnswer) -> Look:
        return Look(photo.id, said=self.said(photo))

    def about(self, photo: PhotoAnswer) -> Sequence[str]:
        return (self.said(photo),)

    def said(self, photo: PhotoAnswer) -> str:
        """What a photo is and was predicted as, in words."""
        assert self.report is not None, "the photos are those of a report"
        truth, answer = (self.report.classes[max(place, 0)].name for place in (photo.truth, photo.answer))
        text = self.tr("{truth}, predicted as {answer} ({share} sure)")
        if photo.answer < 0:
            text = self.tr("One to learn from, beside the test photo before it")
        elif not photo.is_test:
            text = self.tr("{truth}, learned; looks like {answer} ({share} sure)")
        elif photo.is_right:
            text = self.tr("{truth}, answered right ({share} sure)")
        return text.format(truth=truth, answer=answer, share=percent(100 * photo.confidence))


def photos_sentence(report: Report, truth: int | None, answer: int | None, n: int) -> str:
    """Which photos these are: of a class, predicted as a class (places of both, None: any); with neither, mistakes."""
    translate = QCoreApplication.translate
    if truth is None and answer is None:
        text = translate("PhotoStrip", "Photos answered wrong: {n}. Choose a cell to see its photos.")
        if report.is_alone:
            text = alone()
        elif n == 0:
            text = translate("PhotoStrip", "Every test photo was answered right. Choose a cell to see its photos.")
    elif truth is None:
        text = translate("PhotoStrip", "Photos predicted as {answer}: {n}")
    elif answer is None:
        text = translate("PhotoStrip", "Photos of {truth}: {n}")
    elif truth == answer:
        text = translate("PhotoStrip", "Photos of {truth}, answered right: {n}")
    else:
        text = translate("PhotoStrip", "Photos of {truth}, predicted as {answer}: {n}")
    first, second = ("" if place is None else report.classes[place].name for place in (truth, answer))
    return text.format(n=count(n), truth=first, answer=second)


class PhotoStrip(QWidget):
    """One row of photos under a sentence that says which they are."""

    opened = Signal(object, int)  # list[LargePhoto], and the place of the one to look at closely
    pointed = Signal(object)  # the PhotoAnswer that is selected, None if none is

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = PhotoModel(ThumbnailSource(context, _SIDE, parent=self), self)
        self.caption = set_type(QLabel(), Size.BODY, role="muted")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.view = PictureView(self.model, QSize(_SIDE, _SIDE))
        self.view.setAccessibleName(self.tr("Photos of the chosen cell"))
        self.view.setFixedHeight(_SIDE + Space.S + Space.XL)
        self.view.setFrameShape(PictureView.Shape.NoFrame)
        self.view.setStyleSheet("QListView { border: none; }")
        self.view.opened.connect(self._on_opened)
        self.view.chosen.connect(self._on_chosen)
        column(self.caption, self.view, spacing=Space.S, of=self)

    def show_photos(self, report: Report, truth: int | None, answer: int | None) -> None:
        """Show the photos of a cell, or all that were answered wrong."""
        photos = report.photos_of(truth, answer)
        self.show_list(report, photos, photos_sentence(report, truth, answer, len(photos)))

    def show_list(self, report: Report, photos: Sequence[PhotoAnswer], sentence: str) -> None:
        """Show any photos of a report's classes, under a sentence."""
        self.caption.setText(sentence)
        self.model.fill(())  # none is selected any more
        self.model.report = report
        self.model.fill(photos)
        self.view.setVisible(bool(photos))

    @Slot(object)
    def _on_chosen(self, photos: Sequence[PhotoAnswer]) -> None:
        self.pointed.emit(photos[0] if photos else None)

    @Slot()
    def _on_opened(self) -> None:
        row = self.view.currentIndex().row()
        first = max(0, row - _BESIDE)
        said = [(one.id, self.model.said(one)) for one in self.model.photos[first : row + _BESIDE]]
        place = row - first

        def work(bench: Workbench, job: Job) -> tuple[list[LargePhoto], int]:
            return [LargePhoto.of_record(bench.project.photo(key), about) for key, about in said], place

        self._context.read(work, done=self._on_large)

    def _on_large(self, found: tuple[list[LargePhoto], int]) -> None:
        self.opened.emit(*found)


MOST = 4
_PICTURE_SIDE = 64
_WIDTH = 1100  # of a row at most: what belongs together stays together on a wide screen


@dataclass(frozen=True)
class ConfusedPair:
    """A class and what its photos were predicted as. Classes are places in :attr:`Report.classes`.

    Attributes:
        truth: the class.
        answer: what it was predicted as.
        wrong: photos of the class that were predicted as the answer.
        all: test photos of the class.
        photo: one of the wrong ones, the surest: it is the one to learn from.
        other: a photo of the answer's class that was answered right, None if there is none.
    """

    truth: int
    answer: int
    wrong: int
    all: int
    photo: int
    other: int | None


def confused_pairs(report: Report, most: int = MOST) -> tuple[ConfusedPair, ...]:
    """The pairs with the most photos, the largest share of the class first among equals."""
    found = []
    for truth, answers in enumerate(report.confusion):
        for answer, wrong in enumerate(answers):
            if truth != answer and wrong:
                found.append((wrong, wrong / sum(answers), truth, answer))
    found.sort(key=lambda one: (-one[0], -one[1], one[2], one[3]))
    pairs = []
    for wrong, _, truth, answer in found[:most]:
        photos = report.photos_of(truth, answer)
        right = report.photos_of(answer, answer)
        surest = max(photos, key=lambda one: one.confidence).id if photos else 0
        typical = max(right, key=lambda one: one.confidence).id if right else None
        pairs.append(ConfusedPair(truth, answer, wrong, sum(report.confusion[truth]), surest, typical))
    return tuple(pairs)


class ConfusedPairs(QWidget):
    """Rows of pairs. Thumbnails come from a worker."""

    chosen = Signal(int, int)  # places of the class and of what it was predicted as

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs: tuple[ConfusedPair, ...] = ()
        self.buttons: list[QPushButton] = []
        self._source = ThumbnailSource(context, _PICTURE_SIDE, parent=self)
        self._row = row(spacing=0, of=self)
        self._row.addStretch(0)
        self._rows: QWidget | None = None

    def show_report(self, report: Report) -> None:
        """Show another report."""
        self.pairs = confused_pairs(report)
        self.buttons = []
        if self._rows is not None:
            self._row.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = QWidget()
        lines = grid(Space.M, Space.S, stretch={1: 1, 4: 1}, of=self._rows)  # the names get the room
        for place, pair in enumerate(self.pairs):
            self._add(lines, place, pair, report)
        self._rows.setMaximumWidth(_WIDTH)
        self._row.insertWidget(0, self._rows, 1)
        self.setVisible(bool(self.pairs))  # without mistakes the line above the photos says so

    def _add(self, lines: QGridLayout, place: int, pair: ConfusedPair, report: Report) -> None:
        truth, answer = report.classes[pair.truth].name, report.classes[pair.answer].name
        names = []
        for name in (truth, answer):
            label = set_type(ElidedLabel(), Size.BODY, strong=True)
            label.setText(name)
            label.setToolTip(tip(name))
            names.append(label)
        share = self.tr("{n} of {all}").format(n=count(pair.wrong), all=count(pair.all))
        look = self.tr("Look at it") if pair.wrong == 1 else self.tr("Look at the {n}").format(n=count(pair.wrong))
        said = self.tr("{n} of {truth} predicted as {answer}").format(n=count(pair.wrong), truth=truth, answer=answer)
        see = slot(lines, self.chosen.emit, pair.truth, pair.answer)
        link = button(look, see, kind="link", about=said, name=said)
        self.buttons.append(link)
        lines.addWidget(Picture(self._source, pair.photo), place, 0)
        lines.addWidget(names[0], place, 1)
        lines.addWidget(set_type(QLabel(self.tr("predicted as")), Size.CAPTION, role="muted"), place, 2)
        lines.addWidget(Picture(self._source, pair.other), place, 3)
        lines.addWidget(names[1], place, 4)
        lines.addWidget(set_type(QLabel(share), Size.BODY, role="bad"), place, 5, Qt.AlignmentFlag.AlignRight)
        lines.addWidget(link, place, 6)


class WorthALookRow(WorthALookLinks):
    """What is worth a look, in one row: looked for once a report is shown."""

    photos_wanted = Signal(object, str)  # list[PhotoAnswer], and the sentence above them

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, ("mislabelled", "doubted", "twins", "scarce"), parent)
        self._report: Report | None = None
        flow = ChipFlow()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(flow)
        lines.addWidget(self.note)
        self._lay_out_links(flow, "small")

    def look(self, report: Report) -> None:
        """Look for what goes with a report; what was found before is gone."""
        self.forget()
        self._report = report
        self._look(is_asked=False)

    def _show(self, kind: Kind, found: WorthALook) -> None:
        if kind == "scarce":
            self._context.go_to("classes", found.scarce[0][0])
            return
        assert self._report is not None, "it was looked for with a report"
        places = {one.id: place for place, one in enumerate(self._report.classes)}
        photos = [
            PhotoAnswer(one.photo_id, places[one.class_id], places[one.answer], one.confidence, one.is_test)
            for one in (found.doubted if kind == "doubted" else found.mislabelled)
            if one.class_id in places and one.answer in places
        ]
        text = self.tr("Photos that look like another class, the surest first: {n}")
        if kind == "doubted":
            text = self.tr("Test photos it was not sure of, the least sure first: {n}")
        if kind == "twins":
            text = self.tr("Test photos, each before the one to learn from that is all but the same: {n}")
            answered = {one.id: one for one in self._report.photos}
            pairs = [(learned, answered[test]) for learned, test in found.twins if test in answered]
            # Of the one that was learned no answer is known that would mean anything: it is shown beside the other.
            photos = [
                photo
                for learned, test in pairs
                for photo in (test, PhotoAnswer(learned, test.truth, -1, 0.0, is_test=False))
            ]
        self.photos_wanted.emit(photos, text.format(n=len(photos) // (2 if kind == "twins" else 1)))
