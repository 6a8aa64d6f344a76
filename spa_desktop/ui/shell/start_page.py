"""Where the app begins: a place to drop photos, recent projects, the sample. The whole page takes what is dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QPushButton, QScrollArea, QSizePolicy, QWidget

from spa_desktop import paths
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, JobEvent
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.project import Project
from spa_desktop.project.documents import right_of
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import LaneName, Operation, stage_words
from spa_desktop.ui.plain_text import error_text, tip
from spa_desktop.ui.shell.project_actions import Asking, ProjectActions, Role
from spa_desktop.ui.style.icons import Sign, icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import draw_rounded, thumbnail_of
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.empty_state import MessageBar
from spa_desktop.ui.widgets.forms import column, empty, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, say, slot, tool_button, wrapped
from spa_desktop.ui.widgets.words import accuracy_words, time_left
from spa_desktop.visible import visible
from spa_desktop.workbench import sample_project
from spa_desktop.workbench.sorting import are_tests_alike


class SampleActions(Asking):
    """Does what the card of the sample project and the File menu offer."""

    changed = Signal()  # whether it is there, or at work

    def __init__(self, context: AppContext, window: QWidget, projects: ProjectActions) -> None:
        super().__init__(window)
        self._context, self._projects = context, projects
        self._handle: Operation[Any] | None = None
        self.is_ahead = False  # it is being made, and nobody asked for it yet
        self._clock = sample_project.SampleClock()
        self.doing = ""  # what it is at, in words
        context.sample_wanted.connect(self.open)
        context.project_opened.connect(self._stop_ahead)

    @property
    def is_busy(self) -> bool:
        """It is being made or deleted."""
        return self._handle is not None

    @property
    def is_made(self) -> bool:
        """It is there, to be opened at once."""
        return paths.sample_project().exists()

    @Slot()
    def open(self) -> None:
        """Open it; make it first, if it is not there."""
        title = self.tr("Making the sample project")
        if self.is_ahead and self._handle is not None:
            self.is_ahead, self._handle.title = False, title  # as if it had been asked for from the beginning
            self._handle.success(self._on_made).failure(self._context.background.unhandled.emit)
            if self._handle.is_cancelling:
                self._handle.cancelled(self.open)
            self.changed.emit()
        if self.is_busy:
            return
        if self.is_made:
            self._projects.open(paths.sample_project(), self._show_it)
            return
        device, consent = self._context.settings.value.device, self._context.asker.download_consent
        self._start(
            title,
            lambda job: sample_project.make_sample(job, device=device, consent=consent),
            self._on_made,
        )

    def prepare(self) -> None:
        """Make it quietly, so that it opens at once. A project that is opened meanwhile goes first."""
        if self.is_busy or self.is_made or self._context.contents is not None:
            return
        device, self.is_ahead = self._context.settings.value.device, True
        self._start("", lambda job: sample_project.make_ahead(job, device=device), None, lane="folders")
        assert self._handle is not None, "it was just started"
        self._handle.hush()  # who asks for it is told why

    @Slot()
    def _stop_ahead(self) -> None:
        if self.is_ahead and self._handle is not None:
            self._handle.cancel()

    @Slot()
    def make_anew(self) -> None:
        """Ask, then delete it and make it once more."""
        about = self.tr("What you changed in it is lost.")
        self._ask_to_delete(self.tr("Make the sample project anew?"), about, self.tr("Make it anew"), self._on_deleted)

    @Slot()
    def delete(self) -> None:
        """Ask, then delete it with its photos."""
        self._ask_to_delete(
            self.tr("Delete the sample project?"),
            self.tr("It is deleted with its photos. A copy stays in the cache folder."),
            self.tr("Delete it"),
        )

    def _ask_to_delete(self, question: str, about: str, yes: str, done: Callable[[Any], Any] | None = None) -> None:
        if not self.is_busy and self.box is None:
            title, work = self.tr("Deleting the sample project"), lambda job: sample_project.delete_sample()
            answers = ((yes, Role.DestructiveRole, partial(self._start, title, work, done)),)
            self.ask(self.tr("Sample project"), question, answers, about=about, stay=self.tr("Keep it"))

    def _start(
        self, title: str, work: Callable[[Job], Any], done: Callable[[Any], Any] | None, *, lane: LaneName = "write"
    ) -> None:
        handle = self._context.background.start(title, work, lane=lane)
        self._handle = handle.over(self._on_over).progress(self._on_event)
        if done is not None:
            self._handle.success(done)
        self._clock = sample_project.SampleClock()
        self.changed.emit()

    def _on_event(self, event: JobEvent) -> None:
        """Say what it does now, and how long all of it still takes: who waits learns what the app does."""
        assert self._handle is not None, "it is at work"
        if event.message and not event.stage:  # what was found before it began
            self._context.banner(event.message)
        self._handle.overall = self._clock.show_event(event)
        parts = [stage_words(event.stage), event.detail or "", time_left(self._handle.overall[1])]
        self.doing = " · ".join(filter(None, parts))
        self.changed.emit()

    def _on_made(self, _: Path | None) -> None:
        if self._context.contents is None:
            self.open()
        else:
            # The user went on to something else meanwhile.
            self._context.banner(self.tr("The sample project is ready"), self.tr("Open it"), self.open)

    def _on_deleted(self, _: None) -> None:
        self.open()

    def _on_over(self) -> None:
        self._handle, self.doing, self.is_ahead = None, "", False
        self.changed.emit()

    def _show_it(self) -> None:
        contents = self._context.contents
        if contents is None or contents.path != paths.sample_project():
            return  # the user stayed where they were, and opened something else later
        self._context.go_to("explain")
        self._context.banner(
            self.tr("This is the sample project: try anything in it. The start page can make it anew.")
        )


_PICTURES = 3


@dataclass(frozen=True)
class RecentProject:
    """A row of the start page, read without opening the project for good."""

    path: Path
    classes: int = 0
    accuracy: Accuracy = NOT_MEASURED  # after the last task; of one class alone there is none
    counted_on: str = ""  # when that was counted (UTC, ISO 8601), where it is not of the model and the labels of now
    changed: float = 0.0  # seconds since the epoch
    thumbnails: tuple[bytes, ...] = ()  # JPEGs of up to three photos, of different classes
    fault: str = ""  # why it cannot be opened
    is_alike: bool = False  # most test photos looked alike


def read_recent(path: Path, job: Job) -> RecentProject:
    """Look at a project. For worker threads."""
    job.check()
    try:
        with Project.open(path) as project:
            classes = project.classes()
            shown: list[int] = []
            for item in classes[:_PICTURES]:
                photos = project.exemplars(item.id) or project.photos(item.id)
                shown += [photo.id for photo in photos[: 1 if len(classes) >= _PICTURES else _PICTURES]]
            pictures = project.thumbnails(shown[:_PICTURES])
            evaluations = project.evaluations()
            info = project.learner_info()
            # One class alone has no accuracy now, whatever it had beside others.
            can_tell = evaluations and info is not None and len(info.class_ids) > 1
            last = evaluations[-1] if can_tell else None
            accuracy = right_of(last.document) if last else NOT_MEASURED
            is_of_now = last and info and last.answers and last.learner_id == info.id
            thumbnails = tuple(pictures[key] for key in shown[:_PICTURES] if key in pictures)
            counted_on = last.created if last and not is_of_now else ""
            is_alike = are_tests_alike(project)
            changed = path.stat().st_mtime
            return RecentProject(path, len(classes), accuracy, counted_on, changed, thumbnails, is_alike=is_alike)
    except (SpaError, OSError) as error:
        return RecentProject(path, fault=error_text(error))


_PICTURE = 56


class SampleCard(QFrame):
    """Says what the sample project is and whether it is there, and offers what can be done with it."""

    def __init__(self, actions: SampleActions) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._actions = actions
        picture = _picture(QImage(str(paths.resources_dir() / "sample.png")), _PICTURE, self.devicePixelRatioF())
        self.text = wrapped("", Size.BODY)
        self.open = button(self.tr("Open the sample project"), actions.open)
        menu = QMenu(self)
        self.anew = menu.addAction(icon("refresh"), self.tr("Make it anew..."))
        self.delete = menu.addAction(icon("delete"), self.tr("Delete it..."))
        self.anew.triggered.connect(actions.make_anew)
        self.delete.triggered.connect(actions.delete)
        self.more = tool_button("more", self.tr("More for the sample project"), menu=menu)
        self.more.setProperty("kind", "more")
        title = set_type(QLabel(self.tr("Sample project")), Size.STRONG, strong=True)
        texts, middle = column(title, self.text, spacing=Space.XS), Qt.AlignmentFlag.AlignVCenter
        parts = (picture, (texts, 1), (self.open, 0, middle), (self.more, 0, middle))
        row(*parts, spacing=Space.M, margins=(Space.M, Space.M, Space.M, Space.M), of=self)
        actions.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        is_busy, is_made = self._actions.is_busy, self._actions.is_made
        if is_busy:
            text = self.tr("Twelve classes are described and learned in three tasks. Now: {doing}")
            text = text.format(doing=self._actions.doing or "…")
        elif is_made:
            text = self.tr("A model that is trained: look at its results, and at what decided for each photo.")
        else:
            text = self.tr(
                "A model that is trained, to look around in. It is made on this computer from photos that come with "
                "the app. Nothing is downloaded."
            )
        self.text.setText(text)
        self.open.setEnabled(self._actions.is_ahead or not is_busy)
        self.more.setVisible(is_made and not is_busy)


def _picture(image: QImage, side: int, ratio: float) -> QLabel:
    return QLabel(pixmap=QPixmap.fromImage(draw_rounded(image, round(side * ratio), ratio)))


_COLUMN_WIDTH = 720
_STRIP_PICTURE = 48


class StartPage(QWidget):
    """Begins with what is there: recent projects, the sample project, or nothing yet."""

    def __init__(self, context: AppContext, projects: ProjectActions, sample: SampleActions) -> None:
        super().__init__()
        self._context, self._projects = context, projects
        self.setObjectName("startPage")
        self.message_bar = MessageBar()
        title = set_type(QLabel("SPA Desktop"), Size.FIGURE, strong=True)
        line = QLabel(self.tr("Teach an image classifier with your own photos, one class at a time."))
        heading = column(title, set_type(line, Size.BODY, role="muted"), spacing=Space.XS)
        top = row((Sign("app", "text", 48), 0, Qt.AlignmentFlag.AlignTop), (heading, 1), spacing=Space.L)
        self._recent_title = set_type(QLabel(self.tr("Recent projects")), Size.STRONG, strong=True)
        self._rows = column(spacing=Space.XS)
        self.drop_zone = QFrame()
        self.drop_zone.setObjectName("dropZone")
        middle = Qt.AlignmentFlag.AlignHCenter
        first = set_type(QLabel(self.tr("Drop a folder of photos here")), Size.TITLE, strong=True)
        hint = wrapped(self.tr("A project of its name is made at once. Photos stay where they are."), Size.BODY)
        hint.setAlignment(middle)
        self.choose = button(self.tr("Choose a folder"), projects.choose_folders, picture="photos", kind="primary")
        self.new = button(self.tr("New project"), projects.new, picture="add")
        self.open = button(self.tr("Open..."), projects.open_dialog, picture="folder")
        buttons = row(None, self.choose, self.new, self.open, None, spacing=Space.S)
        parts = ((first, 0, middle), hint, Space.S, buttons)
        column(*parts, spacing=Space.S, margins=(Space.XL, Space.XL, Space.XL, Space.XL), of=self.drop_zone)
        self.sample = SampleCard(sample)
        content = QWidget(maximumWidth=_COLUMN_WIDTH)
        content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        above = (self.message_bar, top, self.drop_zone)
        beneath = (self.sample, self._recent_title, self._rows, None)
        column(*above, *beneath, spacing=Space.L, margins=(Space.XL, Space.XXL, Space.XL, Space.XXL), of=content)
        around = QWidget()
        row(None, (content, 8), None, spacing=-1, of=around)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(around)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column(scroll, spacing=0, of=self)
        self._show_rows(tuple(RecentProject(Path(name)) for name in context.settings.value.recent))

    def refresh(self) -> None:
        self._context.settings.update()  # from other windows
        names = tuple(Path(name) for name in self._context.settings.value.recent)
        self._context.background.look_up(lambda job: [read_recent(name, job) for name in names]).newest(self._show_rows)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.sample.refresh()

    def _show_rows(self, projects: Sequence[RecentProject]) -> None:
        focused = next((old.project.path for old in self.findChildren(RecentRow) if old.hasFocus()), None)
        empty(self._rows)
        for project in projects:
            recent = RecentRow(project)
            recent.chosen.connect(self._projects.open)
            recent.forgotten.connect(self._forget)
            self._rows.addWidget(recent)
            if project.path == focused:
                recent.setFocus()
        self._recent_title.setVisible(bool(projects))

    @Slot(object)
    def _forget(self, path: Path) -> None:
        self._context.settings.remove_recent(str(path))
        self.refresh()


class RecentRow(QPushButton):
    """A project that was open before."""

    chosen = Signal(object)
    forgotten = Signal(object)

    def __init__(self, project: RecentProject) -> None:
        super().__init__()
        self.project = project
        self.setProperty("kind", "row")
        title = visible(project.path.stem)
        right, facts = self._said()
        name = set_type(QLabel(title), Size.STRONG, strong=True)
        results, about = ElidedLabel(), ElidedLabel()
        say(results, right)
        results.setToolTip(tip(project.fault or right))
        set_type(results, Size.CAPTION, role="bad" if project.fault else "muted")
        about.setText(" · ".join([*facts, visible(str(project.path.parent))]))
        set_type(about, Size.CAPTION, role="muted")
        for label in (name, results, about):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(", ".join([title, *filter(None, (right, " · ".join(facts)))]))
        self.setToolTip(tip(str(project.path)))
        off = self.tr("Take {name} off this list").format(name=title)
        stays = self.tr("Take off this list; the file stays (Delete)")
        forget = slot(self, self.forgotten.emit, project.path)
        self.remove = button("", forget, kind="link", about=stays, name=off)
        self.remove.setIcon(icon("close", "muted"))
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by key it is Delete
        texts = column(name, results, about, spacing=0)
        parts = row((texts, 1), spacing=Space.S, margins=(Space.M, Space.S, Space.S, Space.S), of=self)
        for picture in project.thumbnails:
            label = _picture(thumbnail_of(picture), _STRIP_PICTURE, self.devicePixelRatioF())
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            parts.addWidget(label)
        parts.addWidget(self.remove)
        self.clicked.connect(slot(self, self.chosen.emit, project.path))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Arrows go from project to project, past the crosses beside them.
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            around = self.parentWidget()
            assert around is not None, "it stands in the start page"
            rows = around.findChildren(RecentRow)
            place = rows.index(self) + (1 if event.key() == Qt.Key.Key_Down else -1)
            if 0 <= place < len(rows):
                rows[place].setFocus()
        elif event.key() == Qt.Key.Key_Delete:
            self.forgotten.emit(self.project.path)
        else:
            super().keyPressEvent(event)

    def _said(self) -> tuple[str, list[str]]:
        """How many photos were right, or that it cannot be opened; and what else is known of it."""
        project = self.project
        if project.fault:
            return self.tr("Cannot be opened"), []
        if not project.changed:
            return "", []
        right = accuracy_words(project.accuracy, is_alike=project.is_alike) if project.accuracy.photos else ""
        if right and project.counted_on:
            right += " · " + words.counted_on(project.counted_on)
        changed = QDateTime.fromSecsSinceEpoch(int(project.changed)).date()
        return right, [words.classes(project.classes), QLocale().toString(changed, QLocale.FormatType.ShortFormat)]
