"""A training, running or past: its stages, its curve, the photos it encoded, and what it said."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from spa_desktop.jobs import JobEvent
from spa_desktop.project.documents import CurvePoint, PickedPatches
from spa_desktop.project.records import TrainingRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation, stage_words
from spa_desktop.ui.photo.photo_canvas import Placement, patch_box
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type, theme
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource, read_pictures
from spa_desktop.ui.thumbnails.photo_view import Picture, paint_picture
from spa_desktop.ui.train.past_trainings import (
    STAGES,
    OutcomeView,
    TaskClock,
    seconds_by_stage,
    stage_of,
    stage_title,
    what_was_learned,
)
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import Fold, card, column, grid, name_choice, row
from spa_desktop.ui.widgets.labels import button, say, slot, timer, wrapped
from spa_desktop.ui.widgets.plots import Plot, room_above, style_curve
from spa_desktop.ui.widgets.words import count, duration, local_time, time_left
from spa_desktop.visible import visible
from spa_desktop.workbench.training import TrainingRecorder

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

_REDRAW_MS = 66
_AXIS_WIDTH = 72  # so that the plot does not jump
_LEAST_LOSS = 0.01  # less is nothing, and no axis goes up to 6e-06
_MOST_LINES = 1000
_WIDE = 800  # of the page, from where on the stages have room beside the curve
_SMALL_PLOT = 136
_MARGINS = (Space.L, Space.M, Space.L, Space.M)  # in a card
_BAR = 1000  # steps of the bar
_MOST_PHOTOS = 12
SIDE = 72
_LARGE_SIDE = 104  # while they are encoded
_PASS_MS = 80
_MOST_PASSING = 200
_MOST_PICKED = 3
_DIM, _FRAME = QColor(0, 0, 0, 150), QColor(255, 255, 255, 220)
_SIGNS = {  # icon and role
    **dict.fromkeys(("waiting", "passed"), ("more", "faint")),
    "now": ("right", "accent"),
    "done": ("check", "good"),
}


class StageList(QWidget):
    """One row a stage: a sign, its name, and in words how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[Sign, QLabel, QLabel]] = {}
        lines = grid(Space.S, Space.S, stretch={1: 1}, of=self)
        for place, stage in enumerate(STAGES):
            sign, name = Sign(*_SIGNS["waiting"]), QLabel(stage_title(stage))
            state = set_type(QLabel(), Size.CAPTION, role="muted")
            state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for at, label in enumerate((sign, name, state)):
                lines.addWidget(label, place, at)
            self._rows[stage] = sign, name, state
        self.reset()

    def reset(self) -> None:
        self.states = dict.fromkeys(STAGES, "waiting")  # waiting, now, done, or passed
        self._draw("")

    def show_event(self, event: JobEvent) -> None:
        stage = stage_of(event.stage)
        if stage is None:
            return
        if self.states["check"] == "now" and stage != "check":
            # New test photos are checked before the training as well, with what was known until then.
            self.states = dict.fromkeys(STAGES, "waiting")
        self._leave(STAGES[: STAGES.index(stage)])
        self.states[stage] = "now"
        total = event.total
        part = f"{count(min(event.done, total))} / {count(total)}" if total else ""
        self._draw(part)

    def _leave(self, before: Sequence[str]) -> None:
        for other, state in self.states.items():
            if state == "now":
                self.states[other] = "done"
            elif state == "waiting" and other in before:
                # It had nothing to do: its photos were encoded before, its text is there or it needs none.
                self.states[other] = "passed"

    def finish(self) -> None:
        self._leave(STAGES)
        self._draw("")

    def show_times(self, times: Mapping[str, float]) -> None:
        """Show how many seconds each stage took in a training that is over, but for those that had nothing to do."""
        self.states = {stage: "done" if stage in times else "passed" for stage in STAGES}
        self._draw("")
        for stage, seconds in times.items():
            self._rows[stage][2].setText(duration(seconds) if seconds >= 1 else self.tr("under 1 s"))

    def _draw(self, part: str) -> None:
        words = {"waiting": "", "passed": "–", "now": part or self.tr("now"), "done": self.tr("done")}
        for stage, (sign, name, label) in self._rows.items():
            state = self.states[stage]
            sign.show_icon(*_SIGNS[state])
            label.setText(words[state])
            font = name.font()
            font.setBold(state == "now")
            name.setFont(font)
            set_role(name, "text" if state in ("now", "done") else "muted")


class LearningPlot(QWidget):
    """Loss of a training on the left axis, accuracy on the right.

    Until the plot is made (:meth:`make_plot`) and the first figure came, it says what will be seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._curve: tuple[CurvePoint, ...] = ()
        self._plot: Plot | None = None
        hint = QLabel(self.tr("Loss and accuracy are drawn here while it learns."))
        self._hint = set_type(hint, Size.BODY, role="muted")
        self._hint.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._hint)
        self._timer = timer(self, _REDRAW_MS, self._draw)

    @property
    def points(self) -> list[tuple[float, float, float]]:
        """Step, loss, and accuracy in per cent."""
        return [(point.step, point.loss, point.accuracy) for point in self._curve]

    @property
    def is_drawn(self) -> bool:
        return self._plot is not None and self._stack.currentWidget() is self._plot.widget

    @Slot()
    def make_plot(self) -> None:
        plot = self._plot = Plot(
            self.tr("Loss and accuracy while it learns"), left=self.tr("— loss"), bottom=self.tr("step")
        )
        item = plot.item
        self._right = pg.ViewBox(enableMenu=False)
        self._right.setMouseEnabled(x=False, y=False)
        item.showAxis("right")
        item.scene().addItem(self._right)
        item.getAxis("right").linkToView(self._right)
        self._right.setXLink(item)
        self._right.setYRange(0, room_above(0.0), padding=0)
        item.setLimits(yMin=0)
        item.getAxis("left").setWidth(_AXIS_WIDTH)
        item.vb.sigResized.connect(self._on_resized)
        self._loss_curve = item.plot(skipFiniteCheck=True)
        self._accuracy_curve = pg.PlotDataItem(skipFiniteCheck=True)
        self._right.addItem(self._accuracy_curve)
        plot.label("right", self.tr("- - accuracy, %"))  # in the colour of its line, so that no legend is needed
        self._stack.addWidget(plot.widget)
        self.restyle()
        self._draw()

    def clear(self) -> None:
        self._curve = ()
        self._draw()

    def follow(self, curve: Sequence[CurvePoint]) -> None:
        """Show how far the curve of a training is that runs: soon, at most 15 times a second."""
        if len(curve) != len(self._curve):
            self._curve = tuple(curve)
            if not self._timer.isActive():
                self._timer.start()

    def show_curve(self, curve: Sequence[CurvePoint]) -> None:
        """Show the curve of a training that is over."""
        self._curve = tuple(curve)
        self._hint.setText(self.tr("No curve was drawn: this training needed no steps."))
        if self._plot is None and curve:
            self.make_plot()
        self._draw()

    def restyle(self) -> None:
        if self._plot is None:
            return
        loss, accuracy = theme().color("accent"), theme().color("warn")
        self._plot.restyle({"left": loss, "right": accuracy})
        style_curve(self._loss_curve, loss)
        style_curve(self._accuracy_curve, accuracy, dash=Qt.PenStyle.DashLine)

    @Slot()
    def _on_resized(self) -> None:
        if self._plot is not None:
            self._right.setGeometry(self._plot.item.vb.sceneBoundingRect())
            self._right.linkedViewChanged(self._plot.item.vb, self._right.XAxis)

    @Slot()
    def _draw(self) -> None:
        if self._plot is None or not self._curve:
            self._stack.setCurrentWidget(self._hint)
            return
        steps, losses, accuracies = zip(*self.points, strict=True)
        self._loss_curve.setData(steps, losses)
        self._accuracy_curve.setData(steps, accuracies)
        # From zero: else the jitter of a loss that has come down would fill the plot and look like trouble.
        self._plot.item.setYRange(0, max(1.05 * max(losses), _LEAST_LOSS), padding=0)
        self._stack.setCurrentWidget(self._plot.widget)
        last = self.tr("Step {step}: loss {loss}, accuracy {accuracy} %")
        self._plot.widget.setAccessibleDescription(
            last.format(step=steps[-1], loss=f"{losses[-1]:.3g}", accuracy=f"{accuracies[-1]:.1f}")
        )


def read_by_content(bench: OpenProject, hashes: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
    """Pictures of photos of the project, by SHA-256. For worker threads."""
    keys = {photo.id: key for key, photo in bench.project.find_photos(hashes).items()}
    return ((keys[photo_id], picture) for photo_id, picture in read_pictures(bench, list(keys), side))


class PassingPhotos(QWidget):
    """The photos that were encoded last, the newest first: in one row, or as many rows as there is room for."""

    def __init__(self, context: AppContext, side: int, *, is_row: bool) -> None:
        super().__init__()
        self._side, self._is_row = side, is_row
        read = side if is_row else side + side // 4  # shown larger where that fills the width
        self._source = ThumbnailSource(context, read, read=read_by_content, batch=8, parent=self)
        self._source.loaded.connect(slot(self, self.update))
        self._next: str | None = None  # of those that come faster than they pass, the last one
        self.photos: list[str] = []  # that are shown, by SHA-256
        self._pace = timer(self, _PASS_MS, self._pass)
        policy = QSizePolicy.Policy.Fixed if is_row else QSizePolicy.Policy.Expanding
        self.setSizePolicy(QSizePolicy.Policy.Expanding, policy)
        self.setAccessibleName(self.tr("Photos that are encoded"))

    def add(self, hashes: Iterable[str]) -> None:
        """Have photos behind those that pass, where there is room for them."""
        self.photos = list(dict.fromkeys([*self.photos, *hashes]))[:_MOST_PASSING]
        self.update()

    def show_photo(self, sha256: str) -> None:
        if self.photos[:1] != [sha256]:
            self._next = sha256
            if not self._pace.isActive():
                self._pass()

    def show_kept(self, hashes: Sequence[str]) -> None:
        self.photos, self._next = list(hashes[:_MOST_PASSING]), None
        self._pace.stop()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(4 * (self._side + Space.S), self._side)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        columns = max((self.width() + Space.S) // (self._side + Space.S), 1)
        step = (self.width() + Space.S) / columns if not self._is_row else self._side + Space.S
        rows = 1 if self._is_row else max(int((self.height() + Space.S) / step), 1)
        for place, sha256 in enumerate(self.photos[: rows * columns]):
            picture = self._source.picture(sha256, self.devicePixelRatioF())
            box = QRectF(place % columns * step, place // columns * step, step - Space.S, step - Space.S)
            paint_picture(painter, box, picture)
        painter.end()

    @Slot()
    def _pass(self) -> None:
        if self._next is not None and self.isVisible():
            self.photos = list(dict.fromkeys([self._next, *self.photos]))[:_MOST_PASSING]
            self._next = None
            self._pace.start()
            self.update()


def read_picked(
    bench: OpenProject, picked: Sequence[PickedPatches], side: int
) -> Iterator[tuple[PickedPatches, QImage]]:
    """Photos of the project, all of each but the picked patches darkened. For worker threads."""
    pictures = dict(read_pictures(bench, [wanted.photo_id for wanted in picked], side))
    for photo in picked:
        if not (picture := pictures.get(photo.photo_id, QImage())).isNull():
            box, shade, windows = QRectF(picture.rect()), QPainterPath(), QPainterPath()
            shade.addRect(box)
            for patch in photo.patches:
                windows.addRect(patch_rect(patch, photo, box))
            painter = QPainter(picture)
            painter.fillPath(shade.subtracted(windows), _DIM)
            painter.setPen(QPen(_FRAME, max(box.width(), box.height()) / SIDE))
            painter.drawPath(windows.simplified())
            painter.end()
            yield photo, picture


def patch_rect(patch: int, picked: PickedPatches, box: QRectF) -> QRectF:
    """Where a patch lies on a photo that is drawn into a box."""
    left, top, width, height = picked.crop  # as parts of the photo
    part = patch_box(patch, picked.grid, (left, top, left + width, top + height))
    return Placement(box, QSize(1, 1)).to_screen(part)


class PhotoFlow(QWidget):
    """Photos that pass by, and beside them the last three with the patches that were picked on them."""

    def __init__(self, context: AppContext, *, is_row: bool) -> None:
        """Make it empty; `is_row`: in one row, and else as large as there is room."""
        super().__init__()
        side = SIDE if is_row else _LARGE_SIDE
        self.passing, self.picks = PassingPhotos(context, side, is_row=is_row), QWidget()
        self.picks.setAccessibleName(self.tr("Patches that were picked"))
        self.picked: tuple[PickedPatches, ...] = ()
        self._source = ThumbnailSource(context, side, is_square=False, read=read_picked, parent=self)
        self._pictures = [Picture(self._source, None) for _ in range(_MOST_PICKED)]
        for picture in self._pictures:
            policy = picture.sizePolicy()
            policy.setRetainSizeWhenHidden(not is_row)  # while they come, nothing moves
            picture.setSizePolicy(policy)
        (row if is_row else column)(*self._pictures, None, spacing=Space.S, of=self.picks)
        self.caption, self.picked_caption = (set_type(QLabel(), Size.CAPTION, role="muted") for _ in range(2))
        about = self.tr("The parts of a photo that speak most for its class: only these are matched with the words.")
        self.picked_caption.setToolTip(tip(about))
        places = grid(Space.L, Space.XS, stretch={0: 1}, of=self)
        for place, widget in enumerate((self.caption, self.picked_caption, self.passing, self.picks)):
            places.addWidget(widget, *divmod(place, 2))
        self.clear()

    def clear(self) -> None:
        self.passing.show_kept(())
        self.picks.show()
        self.show_picked(())
        self.caption.setText(self.tr("Photos pass by here as they are encoded."))

    def show_event(self, event: JobEvent) -> None:
        photo = event.photo
        if photo is None:
            return
        self.passing.add(photo.beside)
        if photo.picked:
            return
        if not photo.is_encoded_now:
            self.caption.setText(self.tr("Encoded before"))
        elif event.total:
            done, total = count(min(event.done, event.total)), count(event.total)
            text = self.tr("Encoded {done} of {total} new photos")
            self.caption.setText(text.format(done=done, total=total))
        self.passing.show_photo(photo.sha256)

    def show_picked(self, picked: Sequence[PickedPatches]) -> None:
        self.picked = tuple(picked[-_MOST_PICKED:])
        self.picked_caption.setText(self.tr("Patches it picked") if picked else self.tr("Patches it picks"))
        self.picks.setAccessibleDescription(words.photos(len(self.picked)) if picked else self.tr("None yet"))
        for picture, photo in itertools.zip_longest(self._pictures, self.picked):
            picture.show_key(photo)
            picture.setVisible(photo is not None)  # of a task of two classes, two are all that come

    def show_kept(self, photos: str, picked: Sequence[PickedPatches]) -> None:
        """Show what was kept of a training; `photos` says how many it learned from."""
        self.clear()
        self.caption.setText(photos)
        self.show_picked(picked)
        self.picks.setVisible(bool(picked))  # corrections need none
        self.picked_caption.setVisible(bool(picked))


class TrainingView(QWidget):
    """Follows the training that runs, or shows those of a task that are over.

    What is seen of either comes from one kind of record: the notes of a training that the project keeps are made by
    the same recorder that follows the one that runs.
    """

    def __init__(self, context: AppContext, *, is_past: bool = False) -> None:
        """Make it empty; `is_past`: it shows trainings that are over."""
        super().__init__()
        self._context = context
        self._stage = self._task = ""
        self._recorder, self.clock = TrainingRecorder(), TaskClock({})
        self._records: tuple[TrainingRecord, ...] = ()
        self._beside: Sequence[TrainingRecord] = ()
        self._shown: object = None  # what all of it is made of
        self.headline = set_type(wrapped("", Size.STRONG, role="text"), Size.STRONG, strong=True)
        self.which = QComboBox()
        name_choice(self.which, self.tr("Which training of the task"))
        self.which.setMinimumWidth(1)  # a long name makes no page wider
        self.which.currentIndexChanged.connect(self._show)
        self.heard = wrapped("", Size.BODY, role="warn")
        self.when, self.left, self.waiting = wrapped(), set_type(QLabel(), Size.CAPTION, role="muted"), wrapped()
        self.bar = QProgressBar(textVisible=False, minimum=0, maximum=_BAR)
        self.bar.setAccessibleName(self.tr("How far the task is"))
        self.stages = StageList()
        self.outcome = OutcomeView(context)
        hint = self.tr("Results: the photos that became right or wrong")
        self.results = button(self.tr("See the photos"), self._on_results, picture="results", about=hint)
        self.flow, self.plot = PhotoFlow(context, is_row=is_past), LearningPlot()
        self.log = QPlainTextEdit(readOnly=True, maximumBlockCount=_MOST_LINES, tabChangesFocus=True)
        self.log.setAccessibleName(self.tr("Log of the training"))
        self.log.setProperty("kind", "log")  # for a height of some lines
        for other in (
            (self.heard, self.bar, self.left, self.waiting) if is_past else (self.which, self.when, self.results)
        ):
            other.hide()
        self.plot.setFixedHeight(_SMALL_PLOT)
        title = titled(set_type(QLabel(self.tr("Loss and accuracy")), Size.STRONG, strong=True), "learning curves")
        top, left = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignLeft
        head = row((self.headline, 1), (WhatIsThis("stages"), 0, top), spacing=Space.S)
        stages = column(self.when, self.stages, (self.results, 0, left), None, spacing=Space.M)
        self._figures = row((stages, 1), (column(title, self.plot, None, spacing=Space.S), 1), spacing=Space.XL)
        body = card()
        self.details = Fold(self.tr("Details"), body)
        if is_past:
            column(head, self._figures, self.flow, self.log, spacing=Space.L, margins=_MARGINS, of=body)
            column(self.which, self.outcome, self.details, None, spacing=Space.L, of=self)
        else:
            self.outcome.hide()
            column(self._figures, self.log, spacing=Space.L, margins=_MARGINS, of=body)
            told = row(self.left, (self.waiting, 1), spacing=Space.L)
            whole = card()
            column(head, self.bar, told, self.heard, (self.flow, 1), spacing=Space.M, margins=_MARGINS, of=whole)
            column((whole, 1), self.details, spacing=Space.L, of=self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE
        self._figures.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)

    def begin(self, task: str, clock: TaskClock) -> None:
        """A training of a task begins, which a clock follows."""
        self._stage = ""
        self._recorder, self.clock = TrainingRecorder(), clock
        self.bar.setValue(0)
        self.left.clear()
        self.headline.setText(self.tr("Learning {task}").format(task=task))
        self.stages.reset()
        self.plot.clear()
        self.flow.clear()
        self._write(self.headline.text())

    def show_event(self, event: JobEvent) -> None:
        self._recorder.follow(event)
        self.stages.show_event(event)
        self.plot.follow(self._recorder.curve)
        self.flow.show_event(event)
        self.flow.show_picked(self._recorder.picked)
        if event.stage and event.stage != self._stage:
            self._stage = event.stage
            self._write(stage_words(event.stage))
        if event.message is not None:
            self._write(event.message)
        self.clock.show_event(event)
        self.bar.setValue(round(_BAR * self.clock.fraction))
        if self.clock.seconds_left is None:
            self.left.setText(self.tr("takes longer than expected"))
        else:
            self.left.setText(self.tr("about {left}").format(left=time_left(self.clock.seconds_left)))

    def end(self, *, is_learned: bool) -> None:
        """It is over: nothing is left of it to wait for."""
        self.left.clear()
        if is_learned:
            self.stages.finish()
            self.bar.setValue(_BAR)

    def show_state(self, handle: Operation[Any], waiting: list[str]) -> None:
        """Say what was heard, and what comes after it."""
        if handle.is_cancelling:
            text = self.tr("Cancelling. The model stays as it was.")
        elif handle.is_stopping:
            text = self.tr("Stopping early. What is learned so far is kept.")
        elif handle.state == "waiting":
            text = self.tr("Waits for other work to end.")
        else:
            text = ""
        say(self.heard, text)
        self.waiting.setText(self.tr("Then: {tasks}").format(tasks=words.listed(waiting)) if waiting else "")

    @property
    def record(self) -> TrainingRecord | None:
        """The training that is over and is shown."""
        place = self.which.currentIndex()
        return self._records[place] if 0 <= place < len(self._records) else None

    def show_records(self, task: str, records: Sequence[TrainingRecord], beside: Sequence[TrainingRecord] = ()) -> None:
        """Show the trainings of a task, the newest first and chosen; that one began with those `beside` it."""
        contents = self._context.opened
        # Names and labels are of now.
        shown = task, tuple(beside), tuple(records), contents.classes, contents.test_stamp
        if shown == self._shown:
            return
        self._shown = shown
        self._task, self._beside, self._records = task, beside, tuple(records)
        with QSignalBlocker(self.which):
            self.which.clear()
            self.which.addItems(
                [f"{what_was_learned(contents, record)} · {local_time(record.created)}" for record in self._records]
            )
        self.which.setVisible(len(self._records) > 1)
        self._show()

    @Slot()
    def _show(self) -> None:
        record = self.record
        if record is None:
            return
        notes = record.notes
        titles = {
            "learned": self.tr("How {task} was learned"),
            "topped up": self.tr("How known classes of {task} were learned again"),
            "corrected": self.tr("How corrections were learned"),
        }
        self.headline.setText(titles[notes.kind].format(task=self._task))
        self.outcome.show_record(record, self._beside if record is self._records[0] else ())
        self.when.setText(local_time(record.created))
        self.stages.show_times(seconds_by_stage(notes.stages))
        self.flow.show_kept(words.photos(notes.photos), notes.picked)
        self.plot.show_curve(notes.curve)
        self.log.setPlainText("\n".join(f"{entry.at:7.1f} s  {visible(entry.text)}" for entry in notes.log))
        self.log.setVisible(bool(notes.log))
        contents = self._context.opened
        self._context.read(lambda bench, job: (record.id, _some_photos(bench, contents, record))).success(
            self._on_photos
        )

    def _on_photos(self, found: tuple[int, list[str]]) -> None:
        if self.record is not None and self.record.id == found[0]:
            self.flow.passing.show_kept(found[1])

    @Slot()
    def _on_results(self) -> None:
        contents, record = self._context.opened, self.record
        if record is not None:
            is_first = len({class_.task_id for class_ in contents.classes if class_.id in contents.learned_ids}) < 2
            self._context.go_to("results", None if is_first else record.task_id)

    def _write(self, line: str) -> None:
        self.log.appendPlainText(f"{time.strftime('%H:%M:%S')}  {line}")


def _some_photos(bench: OpenProject, contents: Contents, record: TrainingRecord) -> list[str]:
    """Photos that a training learned, by SHA-256, of each class some. For worker threads.

    What a training before the last two learned is all that its task knows, less what came later; none where a later
    one is too long ago as well.
    """
    steps = contents.steps
    if (step := steps.get(record.learner_id)) is not None:
        class_ids, ids = list(step.classes), set(step.photos)
    else:
        later = [
            training
            for training in contents.trainings
            if training.id > record.id and (training.task_id == record.task_id or training.notes.kind == "corrected")
        ]
        if record.notes.kind != "learned" or any(training.learner_id not in steps for training in later):
            return []
        class_ids = [class_.id for class_ in contents.classes_of(record.task_id)]
        ids = {photo.id for key in class_ids for photo in bench.project.photos(key)}
        ids.difference_update(*(steps[training.learner_id].photos for training in later))
    learned = []
    for key in class_ids:
        known = [photo for photo in bench.project.photos(key, split="train") if photo.is_learned]
        new = [photo for photo in known if photo.id in ids]
        if not new and step is not None and record.notes.kind != "corrected":  # learned again: no photo of it is new
            new = known
        learned.append([photo.sha256 for photo in new])
    turns = itertools.zip_longest(*learned)  # one of each class, then another of each
    return [sha256 for turn in turns for sha256 in turn if sha256 is not None][:_MOST_PHOTOS]
