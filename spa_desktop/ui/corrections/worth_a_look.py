"""What is worth a look among the photos: buttons that say how many there are of a kind, and show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QPushButton

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.labels import button, say, slot, wrapped
from spa_desktop.ui.widgets.words import count, listed, some_names
from spa_desktop.workbench import worth_a_look
from spa_desktop.workbench.corrections import confirmed_labels
from spa_desktop.workbench.worth_a_look import FEW, MOST, Suspect, WorthALook

Kind = Literal["mislabelled", "doubted", "twins", "scarce"]


def labels_left(number: int) -> str:
    """How many labels may be wrong."""
    if not number:
        return QCoreApplication.translate("worth a look", "None of these labels is doubted any more")
    if number == 1:
        return QCoreApplication.translate("worth a look", "1 label may be wrong")
    return QCoreApplication.translate("worth a look", "{n} labels may be wrong").format(n=count(number))


def _text_and_hint(kind: Kind, review: WorthALook, names: Mapping[int, str]) -> tuple[str, str]:
    """How many there are of a kind, and why they are worth a look. Classes are named by `names`."""
    translate = QCoreApplication.translate
    if kind == "mislabelled":
        one = many = labels_left(len(review.mislabelled))
        hint = translate(
            "worth a look",
            "By all other photos another class fits better. Say that the label is right, move the photo, or remove it.",
        )
    elif kind == "doubted":
        one = translate("worth a look", "1 test photo it was not sure of")
        many = translate("worth a look", "{n} test photos it was not sure of")
        hint = translate("worth a look", "The least sure first.")
    elif kind == "twins":
        one = translate("worth a look", "1 near-duplicate across learn and test")
        many = translate("worth a look", "{n} near-duplicates across learn and test")
        hint = translate(
            "worth a look", "A test photo that was all but learned makes the accuracy look better than it is."
        )
    else:
        one = translate("worth a look", "1 class with fewer than {few} photos to learn from")
        many = translate("worth a look", "{n} classes with fewer than {few} photos to learn from")
        hint = listed(f"{names.get(key, '')} ({n})" for key, n in review.scarce[:8])
    number = len(getattr(review, kind))
    return (one if number == 1 else many).format(n=count(number), few=FEW), hint


def unsettled(suspects: Sequence[Suspect], contents: Contents) -> tuple[Suspect, ...]:
    """Those whose label was not confirmed meanwhile, and whose correction does not wait to be learned."""
    said, waiting = confirmed_labels(contents.settings), {item.photo_id for item in contents.corrections}
    return tuple(
        suspect
        for suspect in suspects
        if said.get(suspect.photo_id) != suspect.class_id and suspect.photo_id not in waiting
    )


def labels_sentence(suspects: Sequence[Suspect], names: Mapping[int, str]) -> str:
    """How many labels may be wrong, and which classes fit better. Classes are named by `names`."""
    text = QCoreApplication.translate("worth a look", "This label may be wrong: {pairs}")
    if len(suspects) > 1:
        text = QCoreApplication.translate("worth a look", "{n} labels may be wrong: {pairs}")
    pairs = (f"{names.get(suspect.class_id, '')} → {names.get(suspect.answer, '')}" for suspect in suspects)
    return text.format(n=count(len(suspects)), pairs=some_names(list(dict.fromkeys(pairs))))


class WorthALookLinks(QFrame):
    """Looks in the background, and has a button for each kind that was found."""

    def __init__(self, context: AppContext, kinds: Sequence[Kind]) -> None:
        super().__init__()
        self._context = context
        self._review: WorthALook | None = None  # what was found
        self.found: WorthALook | None = None  # what of it is not settled yet
        self.note = wrapped("", Size.BODY)
        self.links: dict[Kind, QPushButton] = {kind: QPushButton() for kind in kinds}
        context.project_changed.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        if self._review is not None and self._unsettled(self._review) != self.found:
            self._on_found(self._review)

    def _unsettled(self, review: WorthALook) -> WorthALook:
        contents = self._context.contents
        return review if contents is None else replace(review, mislabelled=unsettled(review.mislabelled, contents))

    @property
    def _names(self) -> dict[int, str]:
        contents = self._context.contents
        return {class_.id: class_.name for class_ in contents.classes} if contents is not None else {}

    def _lay_out_links(self, layout: QLayout, look: str) -> None:
        for kind, link in self.links.items():
            link.setProperty("kind", look)
            link.clicked.connect(slot(self, self._on_clicked, kind))
            layout.addWidget(link)
            link.hide()

    def _show(self, kind: Kind, review: WorthALook) -> None:
        raise NotImplementedError

    def _look(self, *, is_asked: bool) -> None:
        """Look through the photos; with `is_asked` among the works that the user sees."""
        say(self.note, QCoreApplication.translate("worth a look", "Looking through the photos..."))
        below = self._context.settings.value.unsure_below
        work = self._context.read(
            lambda bench, job: worth_a_look.worth_a_look(bench, below, job),
            title=QCoreApplication.translate("worth a look", "Looking through the photos") if is_asked else "",
            lane="folders" if is_asked else "read",
        )
        work.success(self._on_found).failure(self._on_failed).cancelled(self._on_cancelled)

    def forget(self) -> None:
        self._context.background.abandon(self._on_found)
        self._review = self.found = None
        for link in self.links.values():
            link.hide()
        say(self.note, "")

    def _on_found(self, review: WorthALook | None) -> None:
        if review is None:
            self._on_cancelled()
            return
        self._review, review = review, self._unsettled(review)
        self.found = review
        names, parts = self._names, []
        for kind, link in self.links.items():
            text, hint = _text_and_hint(kind, review, names)
            link.setText(text)
            link.setToolTip(tip(hint))
            link.setVisible(bool(getattr(review, kind)))
        if not any(getattr(review, kind) for kind in self.links):
            parts.append(QCoreApplication.translate("worth a look", "Nothing stands out."))
        if review.unseen:
            unseen = QCoreApplication.translate(
                "worth a look",
                "{n} photos were not checked: {most} are at most, and those alone whose features are kept here.",
            )
            parts.append(unseen.format(n=count(review.unseen), most=count(MOST)))
        if review.new:
            new = QCoreApplication.translate(
                "worth a look", "{n} new photos are not checked yet: that comes when they are described or learned."
            )
            parts.append(new.format(n=count(review.new)))
        say(self.note, " ".join(parts))

    def _on_failed(self, failure: WorkFailure) -> None:
        say(self.note, failure.message)

    def _on_cancelled(self) -> None:
        say(self.note, "")

    def _on_clicked(self, kind: Kind) -> None:
        if self.found is not None:
            self._show(kind, self.found)


@dataclass(frozen=True)
class Picked:
    """Photos to show, and the sentence above them."""

    photo_ids: tuple[int, ...]
    sentence: str
    # By photo id: the class that fits better, and how probable it is that the label is wrong; or what it was predicted
    # as, and how probable that is.
    looks_like: Mapping[int, tuple[int, float]] = field(default_factory=dict, hash=False)
    is_of_labels: bool = False  # the labels may be wrong: what is above the photos says how many still may be

    @classmethod
    def of(cls, suspects: Sequence[Suspect], sentence: str, *, is_of_labels: bool = True) -> Self:
        """Photos that may be labelled wrong, or are doubted."""
        looks_like = {suspect.photo_id: (suspect.answer, suspect.confidence) for suspect in suspects}
        return cls(tuple(looks_like), sentence, looks_like, is_of_labels)


class WorthALookCard(WorthALookLinks):
    """Looks when it is asked to: that loads the backbone. It is hidden while nothing is learned."""

    picked = Signal(object)  # Picked

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, ("mislabelled", "doubted", "twins"))
        self._key: object = None  # of the model, and of the photos
        self.setProperty("card", True)
        about = self.tr("Finds labels that may be wrong, unsure photos and near-duplicates")
        self.start = button(self.tr("Look through the photos"), self.look, kind="link", about=about)
        title, margins = set_type(QLabel(self.tr("Worth a look")), Size.BODY, strong=True), (Space.M, Space.S) * 2
        lines = column(title, self.start, self.note, spacing=Space.XS, margins=margins, of=self)
        self._lay_out_links(lines, "link")
        for widget in (self.start, *self.links.values()):
            widget.setStyleSheet("text-align: left;")
        self.hide()

    def refresh(self) -> None:
        """What was found holds for the model and the photos that it was found with."""
        contents = self._context.contents
        key = None
        if contents is not None and contents.learner is not None:
            key = contents.learner.id, tuple(contents.counts.items()), len(contents.descriptions)
        if key != self._key:
            self.forget()
            self._key = key
        self.setVisible(key is not None)

    @Slot()
    def look(self) -> None:
        self.start.hide()
        self._look(is_asked=True)

    def forget(self) -> None:
        super().forget()
        self._key = None
        self.start.show()
        self.hide()

    def _on_failed(self, failure: WorkFailure) -> None:
        self._on_cancelled()
        self._context.show_failure(failure)

    def _on_cancelled(self) -> None:
        super()._on_cancelled()
        self.start.show()

    def _show(self, kind: Kind, review: WorthALook) -> None:
        sentence = self.links[kind].text()
        # Each test photo stands before the one to learn from that is all but the same.
        twins = dict.fromkeys(key for learned, test in review.twins for key in (test, learned))
        suspects, is_of_labels = getattr(review, kind), kind == "mislabelled"
        picked = Picked.of(suspects, sentence, is_of_labels=is_of_labels)
        self.picked.emit(Picked(tuple(twins), sentence) if kind == "twins" else picked)
