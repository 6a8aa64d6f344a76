"""Photos of a cell, the classes that are confused most, and what is worth a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.corrections.worth_a_look import Kind, WorthALookLinks, labels_sentence
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import PhotoAnswer, Report
from spa_desktop.ui.style.theme import Size, Space, font_of, set_type
from spa_desktop.ui.thumbnails.photo_model import LINE, Caption, LargePhoto, Look, PhotoList, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import Picture, PictureView
from spa_desktop.ui.widgets.forms import ChipFlow, column, empty, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot
from spa_desktop.ui.widgets.words import alone, count, percent

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench.open_project import OpenProject
    from spa_desktop.workbench.worth_a_look import WorthALook

_SIDE = 128
_BESIDE = 250  # photos before and after one that is enlarged, of thousands


class PhotoModel(PhotoList):
    """Photos with what they are and were predicted as."""

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(source, parent)
        self.classes: Sequence[tuple[int | None, str]] = ()  # ids and names of those that answers speak of

    def look(self, photo: PhotoAnswer) -> Look:
        truth, answer = self._names(photo)
        text = truth if photo.is_right else self.tr("to learn") if photo.answer < 0 else f"{truth} → {answer}"
        below = "" if photo.answer < 0 else percent(100 * photo.confidence)
        return Look(photo.id, said=self.said(photo), caption=Caption(text, below=below))

    def about(self, photo: PhotoAnswer) -> Sequence[str]:
        return (self.said(photo),)

    def said(self, photo: PhotoAnswer) -> str:
        """What a photo is and was predicted as, in words."""
        truth, answer = self._names(photo)
        text = self.tr("{truth}, predicted as {answer} ({share} sure)")
        if photo.answer < 0:
            text = self.tr("One to learn from, beside the test photo before it")
        elif photo.is_doubted:
            text = self.tr("This label may be wrong: {answer} fits better than {truth} ({share})")
        elif photo.is_right:
            text = self.tr("{truth}, answered right ({share} sure)")
        return text.format(truth=truth, answer=answer, share=percent(100 * photo.confidence))

    def _names(self, photo: PhotoAnswer) -> tuple[str, str]:
        return self.classes[photo.truth][1], self.classes[max(photo.answer, 0)][1]


def photos_sentence(report: Report, truth: int | None, answer: int | None, n: int) -> str:
    """Which photos these are: of a class, predicted as a class (places of both, None: any); with neither, mistakes."""
    translate = QCoreApplication.translate
    if truth is None and answer is None:
        text = translate("PhotoStrip", "Photos answered wrong: {n}")
        if report.is_alone:
            text = alone()
        elif n == 0:
            text = translate("PhotoStrip", "Every test photo was answered right.")
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


def ids_and_names(report: Report) -> list[tuple[int | None, str]]:
    """Of the classes of a report."""
    return [(class_.id, class_.name) for class_ in report.classes]


class PhotoStrip(QWidget):
    """One row of photos under a sentence that says which they are."""

    # list[LargePhoto], the place of the one to look at closely, and a slot that follows from photo to photo
    opened = Signal(object, int, object)
    pointed = Signal(object, object)  # this strip, and the PhotoAnswer that is selected, None if none is

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.model = PhotoModel(ThumbnailSource(context, _SIDE, parent=self), self)
        self.caption = set_type(QLabel(), Size.BODY, role="muted")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.view = PictureView(self.model, QSize(_SIDE, _SIDE))
        self.view.setAccessibleName(self.tr("Photos of the chosen cell"))
        self.view.setFrameShape(PictureView.Shape.NoFrame)
        self.view.setStyleSheet("QListView { border: none; }")
        self.view.opened.connect(self._on_opened)
        self.view.chosen.connect(self._on_chosen)
        self.lines = column(self.caption, self.view, spacing=Space.S, of=self)

    def show_photos(self, report: Report, truth: int | None, answer: int | None) -> None:
        """Show the photos of a cell, or all that were answered wrong."""
        photos = report.photos_of(truth, answer)
        self.show_list(ids_and_names(report), photos, photos_sentence(report, truth, answer, len(photos)))

    def show_list(
        self, classes: Sequence[tuple[int | None, str]], photos: Sequence[PhotoAnswer], sentence: str
    ) -> None:
        """Show any photos, under a sentence; their classes are places in `classes`."""
        self.caption.setText(sentence)
        self.model.fill(())  # none is selected any more
        self.model.classes = classes
        metrics = QFontMetrics(font_of(self.view.font(), Size.CAPTION))
        looks = map(self.model.look, {(photo.truth, photo.answer): photo for photo in photos}.values())
        is_wide = any(look.caption and metrics.horizontalAdvance(look.caption.text) > _SIDE for look in looks)
        self.model.caption_height = (3 if is_wide else 2) * LINE
        self.view.setFixedHeight(self.view.cell.height() + Space.XS)
        self.model.fill(photos)
        self.view.setVisible(bool(photos))

    @Slot(object)
    def _on_chosen(self, photos: Sequence[PhotoAnswer]) -> None:
        self.pointed.emit(self, photos[0] if photos else None)

    @Slot()
    def _on_opened(self) -> None:
        row = self.view.currentIndex().row()
        first = max(0, row - _BESIDE)
        said = [(photo.id, self.model.said(photo)) for photo in self.model.photos[first : row + _BESIDE]]
        place = row - first

        def work(bench: OpenProject, job: Job) -> tuple[list[LargePhoto], int]:
            return [LargePhoto.of_record(bench.project.photo(key), about) for key, about in said], place

        self._context.read(work).success(self._on_large)

    def _on_large(self, found: tuple[list[LargePhoto], int]) -> None:
        self.opened.emit(*found, self.view.follow)


MOST = 4
_PICTURE_SIDE = 64
_NAMES_WIDTH = 280


@dataclass(frozen=True)
class ConfusedPair:
    """A class and what its photos were predicted as. Classes are places in :attr:`Report.classes`."""

    truth: int  # the class
    answer: int  # what it was predicted as
    wrong: int  # photos of the class that were predicted as the answer
    all: int  # test photos of the class
    photo: int  # one of the wrong ones, the surest: it is the one to learn from
    other: int | None  # a photo of the answer's class that was answered right, None if there is none


def confused_pairs(report: Report, most: int = MOST) -> tuple[ConfusedPair, ...]:
    """The pairs with the most photos, the largest share of the class first among equals."""
    counts = Counter((photo.truth, photo.answer) for photo in report.photos if not photo.is_right)
    every = Counter(photo.truth for photo in report.photos)
    pairs = []
    ranked = sorted(counts.items(), key=lambda item: (-item[1], every[item[0][0]], item[0]))
    for (truth, answer), wrong in ranked[:most]:
        photos = report.photos_of(truth, answer)
        right = report.photos_of(answer, answer)
        surest = max(photos, key=lambda photo: photo.confidence).id
        typical = max(right, key=lambda photo: photo.confidence).id if right else None
        pairs.append(ConfusedPair(truth, answer, wrong, every[truth], surest, typical))
    return tuple(pairs)


class ConfusedPairs(QWidget):
    """Pairs beside each other. Thumbnails come from a worker."""

    chosen = Signal(int, int)  # places of the class and of what it was predicted as

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.pairs: tuple[ConfusedPair, ...] = ()
        self.buttons: list[QPushButton] = []
        self._source = ThumbnailSource(context, _PICTURE_SIDE, parent=self)
        self._flow = ChipFlow(self)
        self._flow.setSpacing(int(Space.L))
        self._place = QWidget(self, visible=False, focusPolicy=Qt.FocusPolicy.TabFocus)  # where Tab comes to the pairs

    def show_report(self, report: Report) -> None:
        self.pairs = confused_pairs(report)
        empty(self._flow)
        self.buttons = [self._add(pair, report) for pair in self.pairs]
        for before, link in pairwise([self._place, *self.buttons]):  # Qt puts what is new at the end
            QWidget.setTabOrder(before, link)
        self.setVisible(len(self.pairs) > 1)  # else the photos beneath, or the line above them, say it all

    def _add(self, pair: ConfusedPair, report: Report) -> QPushButton:
        """What was predicted as what, how often, and the way there, beside the surest of the wrong ones."""
        shown, truth, answer = QWidget(), report.classes[pair.truth].name, report.classes[pair.answer].name
        names = set_type(ElidedLabel(), Size.BODY, strong=True)
        names.setText(f"{truth} → {answer}")
        names.setToolTip(tip(names.text()))
        names.setFixedWidth(min(names.fontMetrics().horizontalAdvance(names.text()) + 2, _NAMES_WIDTH))
        share = self.tr("{n} of {all}").format(n=count(pair.wrong), all=count(pair.all))
        look = self.tr("Look at it") if pair.wrong == 1 else self.tr("Look at the {n}").format(n=count(pair.wrong))
        said = self.tr("{n} of {truth} predicted as {answer}").format(n=count(pair.wrong), truth=truth, answer=answer)
        link = button(look, slot(shown, self.chosen.emit, pair.truth, pair.answer), kind="link", about=said, name=said)
        low = Qt.AlignmentFlag.AlignBottom
        row(
            Picture(self._source, pair.photo),
            column(
                (names, 0, low),
                row(set_type(QLabel(share), Size.BODY, role="bad"), link, None, spacing=Space.XS),
                spacing=0,
            ),
            spacing=Space.S,
            of=shown,
        )
        self._flow.addWidget(shown)
        return link


class WorthALookRow(WorthALookLinks):
    """What is worth a look: looked for once a report is shown. A click shows the photos in a strip."""

    shown = Signal()  # photos are shown, and not all that were answered wrong

    def __init__(self, context: AppContext, strip: PhotoStrip) -> None:
        super().__init__(context, ("mislabelled", "doubted", "twins", "scarce"))
        self._report: Report | None = None
        self.strip = strip
        flow = ChipFlow()
        column(flow, self.note, spacing=Space.S, of=self)
        self._lay_out_links(flow, "small")
        for link in self.links.values():
            link.setCheckable(True)
        self.hide()

    def look(self, report: Report) -> None:
        """Look for what goes with a report; what was found before is gone."""
        self.forget()
        self._report = report
        self._look(is_asked=False)

    def forget(self) -> None:
        super().forget()
        self.show_chosen(None)
        self.hide()

    def _on_found(self, review: WorthALook | None) -> None:
        super()._on_found(review)
        self.setVisible(self.found is not None and any(getattr(self.found, kind) for kind in self.links))

    def show_chosen(self, chosen: Kind | None) -> None:
        """Highlight the button whose photos the strip shows; None: it shows others."""
        for kind, link in self.links.items():
            link.setChecked(kind == chosen)

    def _show(self, kind: Kind, review: WorthALook) -> None:
        self.show_chosen(None if kind == "scarce" else kind)
        if kind == "scarce":
            self._context.go_to("classes", review.scarce[0][0])
            return
        assert self._report is not None, "it was looked for with a report"
        classes = list(dict.fromkeys((*ids_and_names(self._report), *self._names.items())))  # also those to be learned
        places = {class_id: place for place, (class_id, _) in enumerate(classes)}
        photos = [
            PhotoAnswer(
                suspect.photo_id,
                places[suspect.class_id],
                places[suspect.answer],
                suspect.confidence,
                suspect.is_test,
                is_doubted=kind == "mislabelled",
            )
            for suspect in (review.doubted if kind == "doubted" else review.mislabelled)
            if suspect.class_id in places and suspect.answer in places
        ]
        text = labels_sentence(review.mislabelled, self._names)
        if kind == "doubted":
            text = self.tr("Test photos it was not sure of, the least sure first: {n}")
        if kind == "twins":
            text = self.tr("Test photos, each before the one to learn from that is all but the same: {n}")
            answered = {answer.id: answer for answer in self._report.photos}
            pairs = [(learned, answered[test]) for learned, test in review.twins if test in answered]
            # Of the one that was learned no answer is known that would mean anything: it is shown beside the other.
            photos = [
                photo
                for learned, test in pairs
                for photo in (test, PhotoAnswer(learned, test.truth, -1, 0.0, is_test=False))
            ]
        if kind != "mislabelled":
            text = text.format(n=len(photos) // (2 if kind == "twins" else 1))
        self.strip.show_list(classes, photos, text)
        self.shown.emit()
