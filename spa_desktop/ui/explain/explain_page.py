"""The page Explain. It wires photo, answers and test photos to the model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from spa_desktop.classify.answer_files import stamp_of
from spa_desktop.photos.opening import MissingPhoto
from spa_desktop.project.documents import Frame
from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto, CorrectionCard
from spa_desktop.ui.explain.answer_panel import Answers
from spa_desktop.ui.explain.photo_walk import Filter, PhotoWalk
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.colour_maps import ATTENTION, DIFFERENCE, color_at, to_pillow, to_qimage, veil
from spa_desktop.ui.photo.explanation_words import Explained, Row, overlay_of, patches_of_phrase, phrases_of_patch
from spa_desktop.ui.photo.newest_query import Newest
from spa_desktop.ui.photo.photo_canvas import Crop, PhotoCanvas
from spa_desktop.ui.photo.photo_frame import PhotoFrame
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, font_of, set_type, theme
from spa_desktop.ui.thumbnails.photo_model import LargePhoto
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, draw_box, timer, tool_button
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.recognizer import Recognizer

_STRIP, _HEIGHT, _STOPS = 96, 8, 9


class Legend(QWidget):
    """What the colours over the photo mean: a strip of them between two words."""

    def __init__(self) -> None:
        super().__init__()
        self.words = "", ""  # left and right of the strip
        self._is_difference = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def say(self, left: str, right: str, *, is_difference: bool) -> None:
        self.words, self._is_difference = (left, right), is_difference
        self.setAccessibleName(self.tr("Colours from {left} to {right}").format(left=left, right=right))
        if is_difference:
            text = self.tr("Dark: evidence for {left}; bright: evidence for {right}")
        else:
            text = self.tr("Bright: evidence for {right}")
        self.setToolTip(tip(text.format(left=left, right=right)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_STRIP + 200, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(_STRIP, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.words[1]:
            return
        painter = QPainter(self)
        painter.setFont(font_of(painter.font(), Size.CAPTION))
        metrics = painter.fontMetrics()
        room = max((self.width() - _STRIP - 2 * Space.S) // 2, 0)
        left, right = (metrics.elidedText(word, Qt.TextElideMode.ElideRight, room) for word in self.words)
        at = self.width() - metrics.horizontalAdvance(right) - Space.S - _STRIP
        strip = QRectF(at, (self.height() - _HEIGHT) / 2, _STRIP, _HEIGHT)
        painter.setPen(theme().color("muted"))
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, 0, at - Space.S, self.height()), middle, left)
        painter.drawText(QRectF(0, 0, self.width(), self.height()), middle, right)
        gradient = QLinearGradient(strip.topLeft(), strip.topRight())
        for stop in range(_STOPS):
            place = stop / (_STOPS - 1)
            color = color_at(DIFFERENCE if self._is_difference else ATTENTION, place)
            color.setAlphaF(1.0 if self._is_difference else place)  # as clear as over the photo
            gradient.setColorAt(place, color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(painter, strip, gradient, theme().color("line"), 3)


_LOWEST_PHOTO = 176  # pixels, in the smallest window, which scrolls: so much is needed to judge it
_KEEP_MS = 400  # after the last step of the slider


class Viewer(QWidget):
    """Photo, caption, heat map and how strong it is, grid, legend.

    The heat map is on at first. The choice is kept.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.canvas = PhotoCanvas()
        self.frame = PhotoFrame(self.canvas)
        self.canvas.setMinimumHeight(_LOWEST_PHOTO)
        self.caption = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self._overlay: QImage | None = None
        self._place: tuple[tuple[int, int], Crop] | None = None
        about = self.tr("Colour the parts that supported the class (H)")
        self.heat = tool_button("overlay", self.tr("Heat map"), about=about, is_switch=True)
        self.heat.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setMinimumWidth(64)
        self.slider.setMaximumWidth(140)
        self.slider.setAccessibleName(self.tr("Opacity of the overlay"))
        self.slider.setToolTip(self.tr("How strongly the overlay covers the photo"))
        about = self.tr("Show the grid of patches: the pieces of the photo that the model compares")
        self.grid = tool_button("grid", self.tr("Show the grid of patches"), about=about, is_switch=True)
        self.grid.toggled.connect(self.canvas.set_grid_shown)
        self.legend = Legend()
        policy = self.legend.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the photo stays as large as it is
        self.legend.setSizePolicy(policy)
        about = self.tr("Show the photo large (double-click)")
        self.large = tool_button("enlarge", self.tr("Show the photo large"), about=about)
        self._tips = {tool: tool.toolTip() for tool in (self.heat, self.slider, self.grid, self.large)}
        self._keeping = timer(self, _KEEP_MS, self._keep)
        column(
            (self.canvas, 1),
            row((self.caption, 1), WhatIsThis("heat map"), spacing=Space.S),
            row(self.heat, self.slider, self.grid, self.large, None, spacing=Space.S),
            self.legend,
            spacing=Space.S,
            of=self,
        )
        settings = context.settings.value
        self.heat.setChecked(settings.heat_map)
        self.legend.setVisible(settings.heat_map)
        self.slider.setValue(settings.heat_strength)
        self.canvas.set_opacity(settings.heat_strength / 100)
        self.heat.toggled.connect(self._on_heat)
        self.slider.valueChanged.connect(self._on_opacity)

    def show_explained(self, shown: Explained, caption: str, legend: tuple[str, str]) -> None:
        """Show a photo, what supported its class, and the words for the two ends of the colours."""
        self._enable_tools("")
        self.canvas.set_caption("")
        self.canvas.show_photo(shown.photo)
        self.frame.show_seen(shown.seen)
        self._overlay = overlay_of(shown)
        self._place = (shown.first.grid, shown.first.crop)
        self._draw()
        self.canvas.set_lit(None)
        self.canvas.setAccessibleDescription(caption)
        self.caption.setText(caption)
        self.caption.setToolTip(tip(caption))
        self.legend.say(*legend, is_difference=shown.second is not None)

    def clear(self, text: str) -> None:
        self._enable_tools(text)
        self._place = self._overlay = None
        self.canvas.set_caption("")
        self.canvas.show_text(text)
        self.frame.show_seen(None)
        self.caption.setText("")
        self.caption.setToolTip("")
        self.legend.say("", "", is_difference=False)

    def _enable_tools(self, why_not: str) -> None:
        """Enable the tools, or say in their tips why there is no photo. The photo takes the focus from them."""
        if why_not and any(tool.hasFocus() for tool in self._tips):
            self.canvas.setFocus()
        for tool, about in self._tips.items():
            tool.setEnabled(not why_not)
            tool.setToolTip(tip(why_not) if why_not else about)

    def _draw(self) -> None:
        if self._place is not None:
            self.canvas.set_patches(*self._place, self._overlay if self.heat.isChecked() else None)

    @Slot(bool)
    def _on_heat(self, is_on: bool) -> None:
        self.legend.setVisible(is_on)
        self._draw()
        self._keeping.start()

    @Slot(int)
    def _on_opacity(self, value: int) -> None:
        self.canvas.set_opacity(value / 100)
        self.heat.setChecked(True)
        self._keeping.start()

    @Slot()
    def _keep(self) -> None:
        self._context.settings.update(heat_map=self.heat.isChecked(), heat_strength=self.slider.value())


class _Seen(QWidget):
    """As high as what is seen of a page, which scrolls for what stands beside; higher where it needs to be."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._room = body.parentWidget()
        if self._room is not None:
            self._room.installEventFilter(self)

    def _fit(self) -> None:
        lines = self.layout()
        if lines is not None and self._room is not None:
            least = max(lines.totalMinimumSize().height(), lines.totalMinimumHeightForWidth(self.width()))
            self.setMaximumHeight(max(self._room.height(), least))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)


_PATIENCE_MS = 300  # a wait that is shorter needs no word
_NO_MODIFIER = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class PhotoQuestion:
    """What to explain."""

    photo: Path | QImage  # a file, or a picture in memory
    class_id: int | None = None  # the class to explain, None for the most probable one
    second_id: int | None = None  # the class to compare it with, None for none
    label: int | None = None  # the class that the photo has: a wrong answer is compared with it where no other is named
    sha256: str | None = None  # of a photo of the project: the file must have it
    before: Explained | None = None  # an answer about the same photo, which need not be opened and encoded again
    frame: Frame | None = None  # where the user says that the thing is


def explain_photo(recognizer: Recognizer, question: PhotoQuestion) -> Explained:
    """Recognise a photo, and explain one or two classes. For worker threads."""
    photo, before, first, second = question.photo, question.before, question.class_id, question.second_id
    stamp = before.stamp if before is not None else None
    if before is None:
        if isinstance(photo, Path) and question.sha256 is None:
            stamp = stamp_of(str(photo))
        opened = recognizer.open(photo, sha256=question.sha256) if isinstance(photo, Path) else to_pillow(photo)
        picture, seen = to_qimage(opened), recognizer.see(opened, closely=True, frame=question.frame)
    else:
        picture, seen = before.photo, recognizer.look_at(to_pillow(before.photo), before.seen, question.frame)
    if first is None and second is None and question.label is not None:
        first = recognizer.recognize(seen).top[0].class_id
        second = question.label if question.label != first else None
        first = first if second is not None else None
    if first is None and second is None:
        recognition, _ = recognizer.recognize_and_explain(seen, top=len(recognizer.class_ids))
        return Explained(picture, seen, recognition, recognition.explanation, stamp=stamp)
    if first is None:
        first = recognizer.recognize(seen).top[0].class_id
    pairs: list[tuple[int, int | None]] = [(first, None)]
    if second is not None and second != first:
        pairs = [(first, second), (second, first)]
    recognition, explanations = recognizer.recognize_and_explain(seen, pairs, top=len(recognizer.class_ids))
    return Explained(picture, seen, recognition, *explanations, stamp=stamp)


class ExplainPage(Page):
    """Shows why a photo was predicted as a class."""

    name = "explain"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Explain"))
        self.setAcceptDrops(True)
        self.walk = PhotoWalk(context)
        self.add_to_header(self.walk)
        self.open_button = self.set_primary(self.tr("Open a photo"), self._choose, "photo")
        self.viewer, self.answers = Viewer(context), Answers()
        self.canvas = self.viewer.canvas
        self.card = CorrectionCard(context)
        self.card.take_keys_of(self, home=self.canvas)
        self._left = _Seen(self.body)
        forms.column((self.viewer, 1), self.card, spacing=Space.M, of=self._left)
        left = forms.column((self._left, 100), None, spacing=0)
        forms.row((left, 3), (self.answers, 1), spacing=Space.XL, of=self.body)
        self.explainer = Newest(context, explain_photo, parent=self)
        self._patience = timer(self, _PATIENCE_MS, self._say_busy)
        self._reset()
        self._connect()

    def _connect(self) -> None:
        self.walk.photo_wanted.connect(self._on_photo)
        self.walk.filter_chosen.connect(self._on_filter)
        self.walk.nothing_left.connect(self._on_nothing)
        self.explainer.answered.connect(self._on_answered)
        self.explainer.failed.connect(self._on_failed)
        self.explainer.dropped.connect(self._on_dropped)
        self.answers.bars.chosen.connect(self._on_class)
        self.answers.bars.pinned.connect(self._on_pinned)
        self.answers.compare.activated.connect(self._on_compare)
        self.answers.phrases.row_pointed.connect(self._on_row)
        self.card.next_wanted.connect(self.walk.go_on)
        self.canvas.patch_pointed.connect(self._on_patch)
        self.viewer.frame.placed.connect(self._on_framed)
        self.viewer.large.clicked.connect(self.show_large)

    def _reset(self) -> None:
        self._learner_id: int | None = None
        self._photo: Path | QImage | None = None
        self._sha256: str | None = None
        self._frame: Frame | None = None  # where the user says that the thing is
        self._class_id: int | None = None
        self._pinned_id: int | None = None
        self._compares_label = True  # a wrong answer with the label of its photo, until the user chooses otherwise
        self._taken_class_id: int | None = None  # the class that was chosen elsewhere, and shown here
        self.shown_answer: Explained | None = None
        self._answered: Path | QImage | None = None  # the photo that `shown_answer` is of

    def set_project(self) -> None:
        self._patience.stop()
        self.explainer.forget()
        self.walk.reset()
        self._reset()
        self._clear("")

    def refresh(self) -> None:
        contents = self.context.opened
        self.walk.setVisible(contents.learner is not None)
        self.open_button.setVisible(contents.learner is not None)
        if contents.learner is None:
            self._learner_id = None
            self.empty.say(
                "explain",
                self.tr("Nothing is learned yet"),
                self.tr("Go to Train"),
                partial(self.context.go_to, "train"),
                self.tr(
                    "Once it is, you see here which parts of a photo supported a class, and which phrases they met."
                ),
            )
            return
        self.show_body()
        known = [item for item in contents.classes if item.id in contents.learned_ids]
        if self._pinned_id not in contents.learned_ids:
            self._pinned_id = None
        self.walk.set_classes(known)
        self.answers.set_classes(known, self._pinned_id)
        if contents.learner.id != self._learner_id:
            self._learner_id = contents.learner.id
            self._class_id = self._answered = None
            self.card.wait()
            self.explainer.forget()
            self.walk.forget_predictions()
            self._ask()
        elif self.shown_answer is not None and self._answered is self._photo:  # else the next answer is near
            self._draw(self.shown_answer)  # a class may have another name now
        self.walk.reload()

    def show_item(self, item: object) -> None:
        if isinstance(item, int):
            self.walk.show_id(item)
        elif isinstance(item, Path | QImage):
            self.walk.leave()
            self._look_at(item)

    def take_class(self, class_id: int) -> None:
        """Go through the photos of the class, unless that was done, and the user went on to others since."""
        contents = self.context.opened
        if class_id == self._taken_class_id or class_id not in contents.learned_ids:
            return
        if not contents.counts[class_id].test:
            return  # it has no photo to show
        self._taken_class_id = class_id
        self.walk.set_filter(Filter("class", class_id))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIER:
            self.walk.step(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_H and event.modifiers() == _NO_MODIFIER:
            self.viewer.heat.click()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.canvas.hasFocus():
            self.walk.go_on()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.canvas.rect().contains(self.canvas.mapFrom(self, event.position().toPoint())):
            self.show_large()

    @Slot()
    def show_large(self) -> None:
        """Show the photo over the window, with those that the arrow keys go through."""
        contents, record, photo = self.contents, self.walk.record, self._photo
        names = {class_.id: class_.name for class_ in contents.classes} if contents else {}

        def as_large(photo: PhotoRecord) -> LargePhoto:
            return LargePhoto.of_record(photo, names.get(photo.class_id, ""))

        if self.walk.is_here:
            self.enlarge(self.walk.photos, self.walk.place, self._on_enlarged, as_large)
        elif record is not None:
            self.enlarge([as_large(record)], 0)
        elif isinstance(photo, Path):
            self.enlarge([LargePhoto(photo, visible(photo.name))], 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.is_empty:
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def can_take_drops(self) -> bool:
        return not self.is_empty

    def takes(self, path: Path) -> bool:
        return os.path.isfile(path)  # noqa: PTH113 - Path.is_file fails where a name is too long

    def take_dropped(self, paths: list[Path]) -> None:
        self.show_item(paths[0])

    @Slot()
    def _choose(self) -> None:
        pattern = self.tr("Photos ({patterns})").format(patterns=forms.PHOTO_PATTERNS)
        file = forms.choose_file(self, self.tr("Open a photo"), pattern)
        if file is not None:
            self.show_item(file)

    @Slot(object)
    def _on_photo(self, record: PhotoRecord) -> None:
        self._look_at(Path(record.path), record.sha256, record.frame)

    @Slot(object)
    def _on_filter(self, chosen: Filter) -> None:
        if chosen.class_id is not None:
            self._taken_class_id = chosen.class_id
            self.context.choose_class(chosen.class_id)

    @Slot(str)
    def _on_nothing(self, why: str) -> None:
        self._photo = None
        self._patience.stop()
        self._clear(why)

    def _look_at(self, photo: Path | QImage, sha256: str | None = None, frame: Frame | None = None) -> None:
        if sha256 is None or (photo, sha256) != (self._photo, self._sha256):
            self._photo = photo  # else what is known of it still holds
            self.viewer.frame.show_seen(None)
            self.context.undo.drop(self)
        self._sha256, self._frame, self._class_id, self._compares_label = sha256, frame, None, True
        self.card.wait()
        self._ask()

    def _ask(self) -> None:
        if self._photo is not None:
            self._patience.start()
            before = self.shown_answer if self._answered is self._photo else None
            record = self.walk.record
            is_learned = record is not None and record.class_id in self.context.opened.learned_ids
            label = record.class_id if record is not None and is_learned and self._compares_label else None
            asked = self._photo, self._class_id, self._pinned_id, label, self._sha256, before, self._frame
            self.explainer.ask(PhotoQuestion(*asked))

    @Slot(object)
    def _on_framed(self, frame: Frame | None) -> None:
        """The user says where the thing is. It is kept with a photo of the project, else for as long as it is shown."""
        record, before = self.walk.record, self._frame
        self._take_frame(frame)
        if record is None or not self.context.is_writable:
            text, take = self.viewer.frame.accessibleName(), self._take_frame
            self.context.undo.add(text, partial(take, before), self, redo=partial(take, frame))
        else:
            self.context.edit("frame", record.name, lambda tx: tx.set_frame(record.id, frame))

    def _take_frame(self, frame: Frame | None) -> None:
        self._frame = frame
        self._ask()

    @Slot(int)
    def _on_class(self, class_id: int) -> None:
        self._class_id = class_id
        self._ask()

    @Slot(object)
    def _on_pinned(self, class_id: int | None) -> None:
        self._pinned_id, self._compares_label = class_id, False
        self._ask()

    @Slot(int)
    def _on_compare(self, index: int) -> None:
        self._on_pinned(self.answers.compare.itemData(index))

    @Slot(object, object)
    def _on_answered(self, question: PhotoQuestion, shown: Explained) -> None:
        # The list may have become empty since.
        if question.photo is self._photo and not self.explainer.has_newer:
            self._patience.stop()
            self._answered = question.photo
            self._draw(shown)

    @Slot(object, object)
    def _on_failed(self, question: PhotoQuestion, failure: WorkFailure) -> None:
        if question.photo is not self._photo or self.explainer.has_newer:
            return
        self._patience.stop()
        text = failure.message
        if question.sha256 is not None and failure.kind == MissingPhoto.__name__ and self.context.is_writable:
            text = words.sentences([text, self.tr("Find moved photos, in the Project menu, looks for it.")])
        self._clear(text)

    @Slot()
    def _on_dropped(self) -> None:
        self._patience.stop()
        if self.shown_answer is None:
            self._clear(self.tr("Cancelled. Choose a photo to look at it after all."))
            return
        self.canvas.set_caption("")
        if self.card.shown is None:  # no answer comes that it could wait for
            self.card.show_photo(None)

    def _draw(self, shown: Explained) -> None:
        self.shown_answer = shown
        caption = shown.caption(self.contents, self._photo, self.walk.record)
        self.viewer.show_explained(shown, caption, shown.legend(self.contents))
        self.answers.show_explained(shown, self.contents, self.context.settings.value.kept_share)
        self._on_patch(self.canvas.pointed)
        self._show_card(shown)

    def _show_card(self, shown: Explained) -> None:
        record, recognition = self.walk.record, shown.found
        if record is not None:
            is_test = record.split == "test"
            self.card.show_photo(AnsweredPhoto.of(record.id, recognition, label=record.class_id, is_test=is_test))
        elif self._photo is not None:
            answered = AnsweredPhoto.of(self._photo, recognition, stamp=shown.stamp, frame=shown.seen.frame)
            self.card.show_photo(answered)

    def _clear(self, text: str) -> None:
        self.shown_answer = None
        self.viewer.clear(text)
        self.answers.clear()
        self.card.show_photo(None)

    @Slot()
    def _say_busy(self) -> None:
        """Say what goes on, over the photo that is shown, if there is one."""
        is_ready = self.explainer.is_ready
        text = self.tr("Looking at the photo...") if is_ready else self.tr("Loading what was learned...")
        if self.canvas.photo.isNull():
            self.canvas.show_text(text)
        else:
            self.canvas.set_caption(text)

    @Slot(object)
    def _on_enlarged(self, photo: LargePhoto) -> None:
        """Follow the enlarged photo. The list may hold other photos by now."""
        if photo.photo_id is not None:
            self.walk.go_to(photo.photo_id)

    @Slot(object)
    def _on_row(self, row: Row | None) -> None:
        shown = self.shown_answer
        if shown is None or row is None or row.phrase is None:
            self.canvas.set_lit(None)
            self.canvas.set_caption("" if row is None else self.tr("This sentence is compared with the whole photo."))
            return
        explanation = shown.explanations[row.side]
        light = None if explanation.lights is None else explanation.lights[row.phrase]
        self.canvas.set_lit(patches_of_phrase(explanation, row.phrase) if light is None else veil(light))
        is_dark = light is not None and not light.any()
        self.canvas.set_caption(self.tr("Nothing in this photo fits this phrase.") if is_dark else "")

    @Slot(object)
    def _on_patch(self, patch: int | None) -> None:
        shown = self.shown_answer
        if shown is None or patch is None:
            self.answers.show_shares(())
        else:
            self.answers.show_shares([phrases_of_patch(explanation, patch) for explanation in shown.explanations])
