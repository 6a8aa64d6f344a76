"""The page Live. It wires a source of frames, the model, and the recorder."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, QSignalBlocker, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from spa_desktop.project.documents import Frame
from spa_desktop.spa.config import THING_VIEWS
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto, CorrectionCard
from spa_desktop.ui.live.recording_tray import Recorder
from spa_desktop.ui.live.sources import FrameSource, Problem, SourceMenu, can_be_shown, source_for
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.colour_maps import attention, to_pillow
from spa_desktop.ui.photo.explanation_words import bars_of
from spa_desktop.ui.photo.newest_query import Newest
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas
from spa_desktop.ui.photo.photo_frame import PhotoFrame
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.preferences import Settings
from spa_desktop.ui.style.icons import icon, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.forms import Fold, column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, FittingLabel, slot, timer, tool_button
from spa_desktop.ui.widgets.probability_bars import ROW_HEIGHT, Bar, none_of_these, paint_bar, why_none_of_these
from spa_desktop.ui.widgets.words import LEAST_SHARE, percent, share_words, some_names
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.recognizer import Recognition, Recognizer, Seen

_GLIDE_MS, _MOST_BARS = 150, 4


class GlidingBars(QWidget):
    """Shows bars beside each other, in places that classes keep. Where the system wants no motion the bars jump.

    A class gets the next place when it is first probable. Where all are taken it gets that of one that is not any more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bars: list[Bar] = []  # what is shown, or glided to, from the left
        self._from: dict[int, float] = {}  # probabilities, by class
        self._is_unsure = False
        self._glide = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=_GLIDE_MS)
        self._glide.valueChanged.connect(slot(self, self.update))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Most probable classes"))

    def show_bars(self, bars: Sequence[Bar], *, is_unsure: bool = False, is_anew: bool = False) -> None:
        """Glide to other bars, given best first; without any, or anew, the places are free again."""
        self._from = {bar.class_id: bar.probability for bar in self._now()}
        given = {bar.class_id: bar for bar in bars[:_MOST_BARS]}
        kept = self.bars if bars and not is_anew else []
        rows = [given.pop(bar.class_id, replace(bar, probability=0.0)) for bar in kept]
        for bar in given.values():
            if bar.probability >= LEAST_SHARE and len(rows) < _MOST_BARS:
                rows.append(bar)
            elif bar.probability >= LEAST_SHARE:
                rows[min(range(_MOST_BARS), key=lambda row: rows[row].probability)] = bar
        self.bars, self._is_unsure = rows, is_unsure
        said = (f"{bar.name} {percent(100 * bar.probability)}" for bar in bars if bar.probability >= LEAST_SHARE)
        self.setAccessibleDescription(", ".join(said))
        self._glide.stop()
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0 and self.isVisible():
            self._glide.start()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_MOST_BARS * 96, ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        wide = (self.width() + 2 * Space.S) / max(len(self.bars), 2)  # of few, names need not be cut
        best = max((bar.probability for bar in self.bars), default=0.0)
        for place, (bar, goal) in enumerate(zip(self._now(), self.bars, strict=True)):
            # A bar that can be clicked has room around it; this one stands in line with the picture above.
            box = QRectF(place * wide - Space.S, 0, wide, self.height())
            paint_bar(painter, box, bar, is_strong=goal.probability == best, is_unsure=self._is_unsure, is_live=True)
        painter.end()

    def _now(self) -> list[Bar]:
        """The bars as long as they are at this moment; a new one grows in its place."""
        running = self._glide.state() == QVariantAnimation.State.Running
        rest = 1.0 - float(self._glide.currentValue()) if running else 0.0
        glided = ((self._from.get(bar.class_id, 0.0) - bar.probability) * rest for bar in self.bars)
        return [replace(bar, probability=bar.probability + less) for bar, less in zip(self.bars, glided, strict=True)]


_WIDTH, _CARD_WIDTH, _WIDE = 288, 320, 900  # of the answer and of the card; of the page, from where on that is beside
_LEAST_WIDTH = 200  # of the answer, where the picture is narrow
_SPAN = 2.0  # seconds over which frames a second are counted


class Panel(QFrame):
    """The answer, which lies over the picture, and what stands elsewhere: the bars, and how quick it was."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setFixedWidth(_WIDTH)
        self.verdict, self.share = FittingLabel(), set_type(QLabel(), Size.STRONG, role="muted")
        self.look = set_type(QLabel(self.tr("a quick look")), Size.CAPTION, role="muted")
        self.bars = GlidingBars()
        self.heading = set_type(QLabel(self.tr("If it were one of these")), Size.CAPTION, role="muted")
        self.speed = set_type(QLabel(), Size.CAPTION, role="muted")
        self._times: deque[float] = deque()  # when the answers of late came
        self._what, self.what_speed = WhatIsThis("live answer"), WhatIsThis("speed")
        top = Qt.AlignmentFlag.AlignTop
        answer = row((self.verdict, 1), self.share, (self._what, 0, top), spacing=Space.S)
        column(answer, self.look, self.heading, spacing=Space.XS, margins=(Space.M, Space.S, Space.S, Space.S), of=self)
        self.clear()

    def show_answer(self, bars: Sequence[Bar], settings: Settings, *, is_known: bool, is_anew: bool = False) -> None:
        """Show the most probable classes, best first; in grey where the photo belongs to none of them."""
        is_unsure = not bars or bars[0].probability < settings.unsure_below
        name = some_names([bar.name for bar in bars[:1]])  # a very long one would cover the picture
        if not is_known:
            self._say(none_of_these(name), is_muted=True, about=tip(why_none_of_these(settings.kept_share)))
        else:
            about = tip(*(bar.name for bar in bars[:1]))
            self._say(self.tr("unsure") if is_unsure else name, is_muted=is_unsure, about=about)
        self.share.setText("" if is_unsure or not is_known else share_words(bars[0].probability))
        self.heading.setHidden(is_known)
        self.bars.show_bars(bars, is_unsure=is_unsure or not is_known, is_anew=is_anew)

    def show_speed(self, milliseconds: float, *, is_still: bool) -> None:
        """Show how long an answer that came just now took, and how many there are a second while frames come."""
        text, now = self.tr("{ms} ms").format(ms=round(milliseconds)), time.monotonic()
        self._times.append(now)
        while now - self._times[0] > _SPAN:
            self._times.popleft()
        if is_still:
            self._times.clear()
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(now - self._times[0], 1e-6)
            text += " · " + self.tr("{n} frames a second").format(n=f"{rate:.1f}")
        self.look.setHidden(is_still)
        self.speed.setText(text)
        self.what_speed.show()

    def clear(self, text: str = "") -> None:
        self._say(text, is_muted=True)
        for part in (self.share, self.speed):
            part.clear()
        for hidden in (self.look, self.heading, self.what_speed):
            hidden.hide()
        self.bars.show_bars([])
        self._times.clear()

    def _say(self, text: str, *, is_muted: bool, about: str = "") -> None:
        self.verdict.show_name(visible(text), about)
        self.setVisible(bool(text))
        set_role(self.verdict, "muted" if is_muted else "text")


class SeekBar(QSlider):
    """A place in a video: a press goes there, and on with the pointer. Qt's own slider goes a step towards it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = partial(self.style().subControlRect, QStyle.ComplexControl.CC_Slider, option)
        bar, handle = part(QStyle.SubControl.SC_SliderGroove, self), part(QStyle.SubControl.SC_SliderHandle, self)
        left, span = bar.left() + handle.width() // 2, bar.width() - handle.width()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            x = round(event.position().x()) - left
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, span, option.upsideDown))
        super().mousePressEvent(event)  # the handle is there now, and is held


_LOWEST_PICTURE = 216  # what lies over it has room there


class Stage(QWidget):
    """The picture with the answer and the switches over it; beneath it the button to record, the bars and the rest."""

    def __init__(self, context: AppContext, panel: Panel) -> None:
        super().__init__()
        self.canvas = PhotoCanvas()
        self.canvas.setAccessibleName(self.tr("Live picture"))
        self.canvas.setMinimumHeight(_LOWEST_PICTURE)
        about = self.tr("Show which patches supported the class (O)")
        self.overlay = tool_button("overlay", self.tr("Heat map"), key="O", about=about, is_switch=True)
        about = self.tr("Hold the picture still, and a video where it is (F)")
        self.freeze = tool_button("freeze", self.tr("Freeze"), key="F", about=about, is_switch=True)
        about = self.tr("Exchange left and right on screen (M)")
        self.mirror = tool_button("mirror", self.tr("Mirror"), key="M", about=about, is_switch=True)
        about = self.tr("Explain this frame")
        self.explain = tool_button("explain", self.tr("Explain"), about=about)
        self.back = tool_button("left", self.tr("Photo before (Left)"), key="Left")
        about = self.tr("Stay at this photo (P)")
        self.hold = tool_button("pause", self.tr("Stay at this photo"), key="P", about=about, is_switch=True)
        self.forth = tool_button("right", self.tr("Next photo (Right)"), key="Right")
        self.walk = (self.back, self.hold, self.forth)
        self.seek = SeekBar(Qt.Orientation.Horizontal)
        self.seek.setAccessibleName(self.tr("Place in the video"))
        self.source = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.recorder, self.frame = Recorder(context), PhotoFrame(self.canvas)
        self._panel, self._switches = panel, QFrame()
        self._switches.setProperty("card", True)
        row(self.overlay, self.freeze, self.mirror, self.explain, spacing=0, margins=(Space.XS,) * 4, of=self._switches)
        corner = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        self._tools = row((panel, 0, corner), None, (self._switches, 0, corner), spacing=Space.S)
        self._over = column(self._tools, None, spacing=0, of=self.canvas)
        self.canvas.installEventFilter(self)
        speed = QWidget()
        heat_map = set_type(QLabel(self.overlay.text()), Size.CAPTION, role="muted")
        row(panel.speed, panel.what_speed, heat_map, WhatIsThis("heat map"), None, spacing=Space.S, of=speed)
        self.details = Fold(self.tr("Details"), speed)
        steps = row(None, *self.walk, spacing=Space.XS)  # as wide as the name: the button lies in the middle
        shown = row((self.source, 1), self.recorder.hold, (steps, 1), spacing=Space.XS)
        column(*((self.canvas, 1), self.seek, shown, panel.bars, self.recorder, self.details), spacing=Space.S, of=self)
        self.mirror.toggled.connect(self.canvas.set_mirrored)
        self.mirror.toggled.connect(slot(self, self.frame.place))
        self.show_walk(False)
        self.show_place(0, 0)

    def eventFilter(self, canvas: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place_tools()
        return False

    def place_tools(self) -> None:
        """Place the tools within the picture; beside it, or one below the other, where it is narrow."""
        place, canvas = self.canvas.placement(), self.canvas.rect()
        picture = place.target.toRect() if place is not None else canvas
        beside, room = picture.left() - 2 * Space.S, picture.width() - 2 * Space.S
        left = room - Space.S - self._switches.sizeHint().width()  # for the answer in one line with the switches
        is_beside = left < _LEAST_WIDTH <= beside
        wide = beside if is_beside else left if left >= _LEAST_WIDTH else room
        self._panel.setFixedWidth(max(min(wide, _WIDTH), _LEAST_WIDTH))
        below = QBoxLayout.Direction.TopToBottom
        self._tools.setDirection(below if wide == room else QBoxLayout.Direction.LeftToRight)
        high = self._tools.sizeHint().height() + 2 * Space.S
        across = 0 if is_beside else max(min(picture.left(), (canvas.width() - _LEAST_WIDTH) // 2 - Space.S), 0)
        down = max(min(picture.top(), (canvas.height() - high) // 2), 0)
        self._over.setContentsMargins(across + Space.S, down + Space.S, across + Space.S, down + Space.S)

    @Slot(int, int)
    def show_place(self, ms: int, length: int) -> None:
        """Show where a video is, unless the user is dragging; of other sources there is nothing to show."""
        self.seek.setVisible(length > 0)
        if not self.seek.isSliderDown():
            with QSignalBlocker(self.seek):
                self.seek.setRange(0, max(length, 1))
                self.seek.setPageStep(max(length // 20, 1))
                self.seek.setValue(ms)

    def show_walk(self, is_walk: bool) -> None:
        """Offer to step through photos, or not: a hidden button's key does nothing."""
        for button in self.walk:
            button.setVisible(is_walk)


class _Question(NamedTuple):
    """What is asked of a frame."""

    frame: QImage
    photo: Path | None  # the file that it is, whose pixels the other pages see
    is_still: bool  # it is answered as on every page; else in one view, as the next one comes soon
    closely: bool  # find as well which places of it supported the class, which takes longer
    area: Frame | None = None  # where the user says that the thing is, while the picture stays
    before: Seen | None = None  # the same frame as it was seen before


_STILL_MS = 500  # after which a picture that stays is answered as on every page
_FINE, _CELLS = 256, 32  # pixels a side of what is taken of a frame, and of the means of it that are compared
_NOISE = 20  # levels of 255: noise and light change no mean as much, a thing that covers a hundredth does


def _differs(frame: QImage, other: QImage) -> bool:
    """Whether frames show something else anywhere, and not only a camera's noise. Takes a millisecond."""
    if frame.size() != other.size():
        return True
    keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    means = [picture.scaled(_FINE, _FINE).scaled(_CELLS, _CELLS, keep, smooth) for picture in (frame, other)]
    first, second = (np.asarray(to_pillow(picture), dtype=np.int16) for picture in means)
    return int(np.abs(first - second).max()) > _NOISE


def _recognize(recognizer: Recognizer, question: _Question) -> Recognition:
    """For worker threads."""
    picture = to_pillow(question.frame) if question.photo is None else recognizer.open(question.photo)
    views = None if question.is_still else 1
    if question.before is not None:
        seen = recognizer.look_at(picture, question.before, question.area)
    else:
        closely = question.closely or (question.is_still and recognizer.views == THING_VIEWS)  # it has a frame
        seen = recognizer.see(picture, closely=closely, views=views, frame=question.area)
    found = recognizer.recognize(seen)
    if question.closely:
        _ = found.explanation  # made here, and not by the window's thread
    return found


class LivePage(Page):
    """Shows what a source shows, and what the model predicts."""

    name = "live"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Live"))
        self.setAcceptDrops(True)
        self.source_menu = SourceMenu()
        self.add_to_header(self.source_menu)
        self.start_button = self.set_primary(self.tr("Start camera"), self._on_start, "camera")
        self.panel = Panel()
        self.stage = Stage(context, self.panel)
        self.canvas, self.recorder = self.stage.canvas, self.stage.recorder
        self.card = CorrectionCard(context)
        self.card.take_keys_of(self)
        self.card.left_out.connect(self._on_left_out)
        self.card.next_wanted.connect(slot(self, self._step, 1))
        self.card.setMaximumWidth(_CARD_WIDTH)
        self._sides = row((self.stage, 1), (self.card, 0, Qt.AlignmentFlag.AlignTop), spacing=Space.L, of=self.body)
        self.newest = Newest(context, _recognize, lane="live", parent=self)
        self.source: FrameSource | None = None
        self._frame = QImage()
        self._photo: Path | None = None  # the file that the frame is, if it is one
        self._standing = QImage()  # the first frame of those that look like the one that is shown
        self._still = timer(self, _STILL_MS, self._on_still)
        self._answered: Path | None = None  # the file that was answered last: another one is not compared with it
        self._found: tuple[QImage, Recognition] | None = None
        self._area: Frame | None = None  # where the user says that the thing is in the picture that stays
        self._learner_id: int | None = None
        self.problem: Problem | None = None
        self._is_paused = False
        self._connect()

    def _connect(self) -> None:
        self.source_menu.path_chosen.connect(self.show_path)
        self.source_menu.camera_chosen.connect(self.start)
        self.source_menu.refused.connect(self._on_problem)
        self.newest.answered.connect(self._on_answered)
        self.newest.failed.connect(self._on_failed)
        self.newest.dropped.connect(self.stop)
        self.stage.overlay.toggled.connect(self._on_overlay)
        self.stage.freeze.toggled.connect(self._on_freeze)
        self.stage.frame.placed.connect(self._on_framed)
        self.stage.explain.clicked.connect(self._on_explain)
        for button, by in ((self.stage.back, -1), (self.stage.forth, 1)):
            button.clicked.connect(slot(self, self._step, by))
        self.stage.hold.toggled.connect(self._on_stay)
        self.stage.seek.valueChanged.connect(self._on_seek)
        self.recorder.hold.pressed.connect(self._on_held)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.card.isVisible() and self.canvas.hasFocus():
            self._step(1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
        self.card.setMinimumWidth(_CARD_WIDTH if is_wide else 0)
        self.card.setMaximumWidth(_CARD_WIDTH if is_wide else self.width())

    @property
    def unkept(self) -> str:
        return self.recorder.unkept

    def set_project(self) -> None:
        self.stop()
        self.newest.forget()
        self.recorder.forget()
        self._learner_id = self.problem = None

    def refresh(self) -> None:
        contents = self.context.opened
        self.recorder.class_name.offer(contents.class_ids)
        for part in (self.recorder, self.recorder.hold):  # the button lies beneath the picture
            part.setEnabled(contents.is_writable)
        learner_id = self.context.learner_id
        if learner_id != self._learner_id:
            self._learner_id, self._found = learner_id, None
            self.newest.forget()
            self.panel.clear()
            self.canvas.clear_patches()
            self._look()
        elif self._found is not None:  # a class may have another name now, also one that only keeps its row
            names = {class_.id: class_.name for class_ in contents.classes}
            bars = self.panel.bars
            bars.bars = [replace(bar, name=names.get(bar.class_id, bar.name)) for bar in bars.bars]
            self._show_answer(self._found[1])
        self._show_state()

    def start(self, source: FrameSource) -> None:
        self.stop()
        self.source, self.problem = source, None
        source.setParent(self)
        source.frame_came.connect(self._on_frame)
        source.failed.connect(self._on_problem)
        source.named.connect(self._on_named)
        source.moved.connect(self.stage.show_place)
        self._on_named(source.title)
        self.stage.mirror.setChecked(source.is_camera)
        self.canvas.show_text(self.tr("Waiting for the first picture..."))
        self._is_paused = not self.isVisible()
        if not self._is_paused:
            source.start()

    @Slot()
    def stop(self) -> None:
        """Give the source back, and show what can be done."""
        source, self.source = self.source, None
        self._is_paused, self._found, self._frame, self._photo = False, None, QImage(), None
        self._show_card()
        self._forget_area()
        self._still.stop()
        self._standing = QImage()
        self.newest.leave()
        self.panel.clear()
        self.stage.freeze.setChecked(False)
        self.stage.hold.setChecked(False)
        self.stage.show_walk(False)
        self.stage.show_place(0, 0)
        if source is not None:
            source.stop()
            source.blockSignals(True)  # a picture or a failure may come that was on its way
            source.deleteLater()
        self._show_state()

    @Slot(object)
    def show_path(self, path: Path) -> None:
        self.start(source_for(self.context, path))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # A camera must not film while nobody sees its picture.
        if self.source is not None:
            self._is_paused = True
            self._still.stop()
            self._standing = QImage()
            self.source.stop()
            self.newest.drop_waiting()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_paused and self.source is not None:
            self._is_paused = False
            self.source.start()

    def takes(self, path: Path) -> bool:
        return can_be_shown(path)

    def take_dropped(self, paths: list[Path]) -> None:
        self.show_path(paths[0])

    def _show_state(self) -> None:
        is_still = self.source is not None and self.source.is_still
        text, picture = self.tr("Stop"), "stop"
        if self.source is None:
            text, picture = self.tr("Start camera"), "camera"
        elif is_still:
            text, picture = self.tr("Close photo"), "close"
        self.start_button.setText(text)
        set_icon(self.start_button, picture, "on_accent")
        # Of an answered photo the card takes what it is.
        self.recorder.hold.setHidden(is_still and self.context.learner_id is not None)
        if self.source is not None:
            self.show_body()
        elif self.problem is not None:
            again = self.tr("Try again")
            self.empty.say(
                self.problem.icon, self.problem.reason, again, self.source_menu.start_camera, self.problem.advice
            )
        elif self.context.learner_id is None:
            self.empty.say(
                "live",
                self.tr("Nothing is learned yet"),
                self.tr("Go to Train"),
                partial(self.context.go_to, "train"),
                self.tr("Once it is, you see here at once the predicted class of what a camera, photo or video shows."),
            )
        else:
            self.empty.say(
                "live",
                self.tr("Point a camera at something, and see at once its predicted class."),
                hint=self.tr("Or drop a photo, a folder or a video here. Nothing that is shown leaves this computer."),
            )

    def _look(self) -> None:
        """Have the newest frame classified, if anything was learned."""
        if self._learner_id is None:
            self.panel.clear(self.tr("Nothing is learned yet"))
        elif not self._frame.isNull():
            if not self.newest.is_ready:
                self.canvas.set_caption(self.tr("Loading what was learned..."))
            is_still = self._is_frozen or self._photo is not None or self._is_standing
            closely = self.stage.overlay.isChecked()
            self.newest.ask(_Question(self._frame, self._photo, is_still, closely, self._area if is_still else None))

    @Slot()
    def _on_start(self) -> None:
        if self.source is not None:
            self.problem = None
            self.stop()
        else:
            self.source_menu.start_camera()

    @Slot(str)
    def _on_named(self, name: str) -> None:
        if self.source is None or self._is_frozen:
            return
        self.stage.source.setText(visible(name))
        self.stage.source.setToolTip(tip(name))
        self.stage.show_walk(self.source.is_walk)
        self._show_state()

    def _step(self, by: int) -> None:
        """Go to another photo of a folder. Who does so wants to look: it stays there."""
        if self.source is not None and self.source.is_walk:
            self.stage.freeze.setChecked(False)
            self.stage.hold.setChecked(True)
            self.source.step(by)

    @Slot(bool)
    def _on_stay(self, is_held: bool) -> None:
        self.stage.hold.setIcon(icon("play" if is_held else "pause"))
        self._hold()
        self._show_card()

    def _hold(self) -> None:
        """Nothing runs on beneath a picture that is held still."""
        if self.source is not None:
            self.source.hold(self._is_frozen or self.stage.hold.isChecked())

    @Slot(int)
    def _on_seek(self, ms: int) -> None:
        if self.source is not None:
            self._frame = QImage()  # a picture that is held still gives way to the one of that place
            self.card.show_photo(None)
            self.source.seek(ms)

    @Slot(QImage)
    def _on_frame(self, frame: QImage) -> None:
        if self.source is None or self._is_frozen:
            return
        if frame.size() != self._frame.size():
            self.canvas.clear_patches()
        self._frame, self._photo = frame, self.source.photo
        self.card.wait()
        self.recorder.see(frame)
        self.canvas.show_photo(frame, is_live=True)
        self.stage.place_tools()
        if self._is_frozen:  # before it there was nothing to hold
            self._hold()
        was_standing = self._is_standing
        if _differs(frame, self._standing):
            self._forget_area()
            self._standing = frame
            self._still.start()
        elif was_standing and self._photo is None:
            return  # it was answered closely, and still is that
        self._look()

    @property
    def _is_standing(self) -> bool:
        """The picture of a camera or a video did not change for a while."""
        return not self._standing.isNull() and not self._still.isActive()

    @Slot()
    def _on_still(self) -> None:
        if not self._is_frozen and self._photo is None:  # else it was answered so
            self._look()

    @property
    def _is_frozen(self) -> bool:
        """A picture is held still: before the first one there is nothing to hold."""
        return self.stage.freeze.isChecked() and not self._frame.isNull()

    @Slot(object, object)
    def _on_answered(self, question: _Question, found: Recognition) -> None:
        if (self._is_frozen or self._is_standing) and not question.is_still:
            return  # the frame that is held, or stays, is asked again
        is_anew = question.photo is not None and question.photo != self._answered
        self._found, self._answered = (question.frame, found), question.photo
        self.stage.frame.show_seen(found.seen)
        self._show_answer(found, is_anew=is_anew)
        self.panel.show_speed(found.milliseconds, is_still=question.is_still)
        self.canvas.set_caption("")
        self._draw_overlay()
        self._show_card()

    def _show_answer(self, found: Recognition, *, is_anew: bool = False) -> None:
        bars = bars_of(self.contents, found)
        self.panel.show_answer(bars, self.context.settings.value, is_known=found.is_known, is_anew=is_anew)
        self.canvas.setAccessibleDescription(self.panel.verdict.name)

    def _show_card(self) -> None:
        """Offer to correct what is shown once it stays, and the answer is its own; then no other class is asked for."""
        is_own = self._found is not None and self._found[0].cacheKey() == self._frame.cacheKey()
        is_walk = self.source is not None and self.source.is_walk and not self.stage.hold.isChecked()
        stays = self.stage.freeze.isChecked() or (self._photo is not None and not is_walk)
        if not is_own or not stays:
            self.card.show_photo(None)
        elif self.card.shown is None and self._found is not None:
            self.card.has_next = self.source is not None and self.source.is_walk
            self.card.show_photo(AnsweredPhoto.of(self._photo or self._frame, self._found[1], frame=self._area))
        self.recorder.show_naming(self.card.isHidden())

    @Slot(object)
    def _on_framed(self, area: Frame | None) -> None:
        text, take = self.stage.frame.accessibleName(), self._take_area
        self.context.undo.add(text, partial(take, self._area), self, redo=partial(take, area))
        self._take_area(area)

    def _take_area(self, area: Frame | None) -> None:
        if self._found is not None:
            self._area, (frame, found) = area, self._found
            self.card.show_photo(None)
            self.newest.ask(_Question(frame, self._photo, True, self.stage.overlay.isChecked(), area, found.seen))

    def _forget_area(self) -> None:
        """Another picture comes: what the user said of this one goes with it."""
        self._area = None
        if self.stage.frame.frame is not None:
            self.stage.frame.show_seen(None)
            self.context.undo.drop(self)

    @Slot(bool)
    def _on_overlay(self, is_wanted: bool) -> None:
        self._draw_overlay()
        if is_wanted:
            self._look()  # closely now

    def _draw_overlay(self) -> None:
        frame, found = self._found or (self._frame, None)
        is_wanted = self.stage.overlay.isChecked() and frame.size() == self._frame.size()
        if found is None or not is_wanted or not found.is_explained:
            self.canvas.clear_patches()
            return
        why = found.explanation
        self.canvas.set_patches(why.grid, why.crop, attention(why.heat))

    @Slot(object, object)
    def _on_failed(self, question: _Question, failure: WorkFailure) -> None:
        self.canvas.set_caption("")
        self._on_problem(Problem(failure.message, "", "warning"))

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self.problem = problem
        self.stop()

    @Slot(bool)
    def _on_freeze(self, is_frozen: bool) -> None:
        self._hold()
        if is_frozen:
            if self.recorder.class_name.hasFocus():  # it would take the keys of the card
                self.stage.freeze.setFocus()
            self._look()  # so that answer and overlay are of this very frame
        else:
            self._show_card()

    @Slot(object, str, bool)
    def _on_left_out(self, photo: AnsweredPhoto, verdict: str, is_change: bool) -> None:
        if verdict == "aside":  # there is nothing to keep it for
            self.stage.freeze.setChecked(False)

    @Slot()
    def _on_explain(self) -> None:
        if not self._frame.isNull():
            # Of frames that look alike, that which was answered: the answer is the same there.
            is_seen = self._is_standing and not self._is_frozen
            frame = self._found[0] if is_seen and self._found is not None else self._frame
            self.context.go_to("explain", self._photo or frame)

    @Slot()
    def _on_held(self) -> None:
        self.recorder.see(self._frame)  # a frame that stands still is recorded too
