"""The menus, and the palettes of Ctrl+K and Ctrl+F: one line to type in, beneath it what fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QSize, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QIcon, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from spa_desktop.demo import CREDIT
from spa_desktop.paths import log_file
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.shell.project_actions import tell
from spa_desktop.ui.shell.side_bar import PAGE_NAMES, page_title
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import ICON, Size, Space, class_style, set_type, theme
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.forms import SearchField, column, has_words
from spa_desktop.ui.widgets.labels import announce, can_focus, paint_row_ground, slot, timer
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.version import __version__
from spa_desktop.visible import visible
from spa_desktop.workbench import class_changes, recognition, recovery
from spa_desktop.workbench.recovery import are_all_missing, missing_to_learn

if TYPE_CHECKING:
    from spa_desktop.export.dataset import Dataset
    from spa_desktop.jobs import Job
    from spa_desktop.project.check import CheckReport
    from spa_desktop.ui.classes.classes_page import ClassesPage
    from spa_desktop.ui.use.use_page import UsePage
    from spa_desktop.workbench.open_project import OpenProject
    from spa_desktop.workbench.recovery import MovedPhotos


class Menus(QObject):
    """Builds the menu bar and keeps it right."""

    def __init__(self, window: Any, context: AppContext) -> None:
        """Fill the menu bar of a `MainWindow`, which makes this object and so cannot be imported here."""
        super().__init__(window)
        self._window, self._context, self._projects = window, context, window.projects
        self._of_project: list[QAction] = []
        for fill in (self._file, self._edit, self._project, self._view, self._help):
            fill()
        of_project = (context.project_opened, context.project_closed, context.project_changed)
        for signal in (*of_project, context.settings.changed, context.undo.changed):
            signal.connect(self.refresh)
        for signal in (context.background.changed, context.background.ended):
            signal.connect(self._on_work)
        context.project_opened.connect(self._look_for_photos)
        self.refresh()

    def _add(
        self,
        menu: QMenu,
        text: str,
        does: Callable[..., Any],
        keys: QKeySequence | QKeySequence.StandardKey | str | None = None,
        *,
        needs_project: bool = False,
    ) -> QAction:
        action = menu.addAction(text, does)
        if isinstance(keys, QKeySequence.StandardKey):
            action.setShortcuts(keys)
        elif keys is not None:
            action.setShortcut(keys)
        if needs_project:
            self._of_project.append(action)
        return action

    def _file(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&File"))
        keys = QKeySequence.StandardKey
        self._add(menu, self.tr("&New project..."), self._projects.new, keys.New)
        self._add(menu, self.tr("&Open..."), self._projects.open_dialog, keys.Open)
        self._recent = menu.addMenu(self.tr("Open &recent"))
        self._add(menu, self.tr("Open the sam&ple project"), self._window.sample.open)
        menu.addSeparator()
        self._add(menu, self.tr("&Close project"), self._projects.close, "Ctrl+W", needs_project=True)
        menu.addSeparator()
        settings = self._add(menu, self.tr("&Settings..."), slot(self, self._window.show_settings), "Ctrl+,")
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        leave = self._add(menu, self.tr("&Quit"), self._window.close, "Ctrl+Q")
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Edit"))
        self.undo = self._add(menu, self.tr("&Undo"), self._context.undo.undo, QKeySequence.StandardKey.Undo)
        self.redo = self._add(menu, self.tr("&Redo"), self._context.undo.redo, QKeySequence.StandardKey.Redo)
        menu.addSeparator()
        find = self._window.finder.show_search
        self._add(menu, self.tr("&Find..."), find, QKeySequence.StandardKey.Find, needs_project=True)
        self._add(menu, self.tr("C&ommands..."), self._window.finder.show_commands, "Ctrl+K")

    def _project(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Project"))
        self._add(menu, self.tr("&Next step"), self._window.go_on, "Ctrl+Return", needs_project=True)
        self.recognise = self._add(menu, self.tr("Recognise &photos of a folder..."), self._recognise, "Ctrl+Shift+O")
        self._add(menu, self.tr("&Check the file"), self._check, needs_project=True)
        versions = self._projects.versions.offer_for_open
        self._add(menu, self.tr("&Earlier versions..."), versions, needs_project=True)
        self.by_keywords = self._add(menu, self.tr("Add classes from &keywords..."), self._add_by_keywords)
        self.find_photos = self._add(menu, self.tr("Find &moved photos..."), self._find_photos)
        self.forget = self._add(menu, self.tr("&Forget what was learned"), self._forget)
        # Its entries name themselves in full, as Commands lists them without the menu that they are on.
        dataset = menu.addMenu(self.tr("Export photos as a &dataset"))
        forms_of = {
            "folders": self.tr("Export photos as folders..."),
            "csv": self.tr("Export photos with a CSV manifest..."),
            "coco": self.tr("Export photos with COCO JSON..."),
            "imagefolder": self.tr("Export photos for Hugging Face..."),
        }
        for form, text in forms_of.items():
            self._add(dataset, text, slot(self, self._export_dataset, form), needs_project=True)
        self._add(menu, self.tr("Show in &folder"), self._show_folder, needs_project=True)

    def _view(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&View"))
        for number, name in enumerate(PAGE_NAMES, start=1):
            go = slot(self, self._context.go_to, name)
            self._add(menu, page_title(name), go, f"Ctrl+{number}", needs_project=True)
        menu.addSeparator()
        labels = {
            "system": self.tr("Theme: like the system"),
            "light": self.tr("Theme: light"),
            "dark": self.tr("Theme: dark"),
        }
        self.appearances = forms.choices(menu, labels.items(), partial(self._context.settings.keep, "appearance"))

    def _help(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Help"))
        self._add(menu, self.tr("&Guide"), slot(self, self._window.show_guide), "F1")  # of the page that is shown
        self._add(menu, self.tr("&Shortcuts"), slot(self, self._window.show_guide, "shortcuts"))
        self._add(menu, self.tr("&What the words mean"), slot(self, self._window.show_guide, "glossary"))
        menu.addSeparator()
        self._add(menu, self.tr("Show the &log"), self._show_log)
        about = self._add(menu, self.tr("&About SPA Desktop"), self._about)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    @Slot(object)
    def _on_work(self, handle: Operation[Any]) -> None:
        """What changes the project began or ended; how far it is, up to 30 times a second, is on no menu."""
        if handle.lane == "write" and (handle.event is None or handle.is_over):
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        translate = QCoreApplication.translate
        closed = "" if self._context.contents is not None else self.tr("No project is open")
        kept = "" if self._context.is_writable else closed or translate("StatusStrip", "open for reading only")
        unlearned = (
            "" if self._context.learner_id is not None else closed or translate("UsePage", "Nothing is learned yet")
        )
        reasons = dict.fromkeys(self._of_project, closed) | dict.fromkeys((self.by_keywords, self.find_photos), kept)
        for action, why_not in (reasons | {self.recognise: unlearned, self.forget: kept or unlearned}).items():
            action.setEnabled(not why_not)
            action.setToolTip(why_not)  # the palette says it
        steps = self._context.undo
        undo, redo = steps.undo_text, steps.redo_text
        self.undo.setEnabled(steps.can_undo)
        self.redo.setEnabled(steps.can_redo and steps.is_free)
        text = self.tr("&Undo {what}") if undo or closed else self.tr("Nothing to &undo since it was opened")
        self.undo.setText(text.format(what=caption(undo)).rstrip())
        self.redo.setText(self.tr("&Redo {what}").format(what=caption(redo)).rstrip())
        self.appearances[self._context.settings.value.appearance].setChecked(True)
        self._fill_recent()

    def _fill_recent(self) -> None:
        recent = self._context.settings.value.recent
        if [action.data() for action in self._recent.actions()] == list(recent):
            return
        self._recent.clear()
        for name in recent:
            action = self._recent.addAction(caption(Path(name).stem))
            action.setData(name)
            action.setToolTip(tip(name))
            action.triggered.connect(slot(action, self._projects.open, Path(name)))
        self._recent.setEnabled(bool(recent))

    @Slot()
    def _check(self) -> None:
        place = self._context.place

        def work(bench: OpenProject, job: Job) -> CheckReport:
            report = recognition.check(bench, job)
            if place is not None:
                place.require()
            return report

        self._context.read(work, title=self.tr("Checking the file")).success(self._on_checked)

    def _on_checked(self, report: CheckReport) -> None:
        if report.is_valid:
            self._context.banner(self.tr("The file is valid: every record and checksum was read."))
        else:
            text = self.tr("The file is damaged: {problem}").format(problem=report.problems[0])
            self._context.banner(
                text, self.tr("Earlier versions..."), self._projects.versions.offer_for_open, is_error=True
            )

    @Slot()
    def _look_for_photos(self) -> None:
        look = lambda bench, job: (are_all_missing(bench.project), missing_to_learn(bench.project))  # noqa: E731
        self._context.read(look).success(self._on_looked)

    def _on_looked(self, found: tuple[bool, list[Path]]) -> None:
        are_gone, to_learn = found
        if (are_gone or to_learn) and (page := self._window.page) is not None and not page.message_bar.text:
            text = self.tr("No photo of the project is where it was: the folder was moved, or its disk is not here.")
            if not are_gone:
                text = self.tr("Not where they were, and still to be learned or sorted: {photos}, such as {path}.")
                text = text.format(photos=words.photos(len(to_learn)), path=visible(str(to_learn[0])))
            can = self._context.is_writable
            self._context.banner(text, *((self.tr("Find moved photos..."), self._find_photos) if can else ()))

    @Slot()
    def _find_photos(self) -> None:
        """Ask for a folder, and look for photos that were moved or renamed there and in all folders below."""
        folder = forms.choose_folder(self._window, self.tr("In which folder are the photos now?"))
        if folder is not None and self._context.contents is not None:
            self._context.run(
                self.tr("Looking for photos"), lambda bench, job: recovery.find_moved_photos(bench, [folder], job)
            ).success(self._on_photos_found)

    def _on_photos_found(self, done: MovedPhotos) -> None:
        if done.places:
            self._context.photos_moved.emit(done.places)
        told = []
        if done.found or done.missing:
            told.append(self.tr("Found: {photos}.").format(photos=words.photos(done.found)))
        for of, text in (
            (done.changed, self.tr("Changed outside, not missing: {photos}, such as {path}.")),
            (done.missing, self.tr("Still missing: {photos}, such as {path}.")),
        ):
            if of:
                told.append(text.format(photos=words.photos(len(of)), path=visible(str(of[0].path))))
        if done.missing:
            self._context.banner(" ".join(told), self.tr("Look elsewhere"), self._find_photos)
        else:
            self._context.banner(" ".join(told) or self.tr("All photos are where they were."))

    @Slot()
    def _forget(self) -> None:
        work = self._context.run(
            self.tr("Forgetting what was learned"), lambda bench, job: class_changes.forget_all(bench)
        )
        work.success(self._on_forgotten)

    def _on_forgotten(self, _: None) -> None:
        text = self.tr("What was learned is forgotten. Photos and texts stay, to be learned anew.")
        self._context.banner(text, self.tr("Undo"), self._context.undo.undo)

    @Slot()
    def _recognise(self) -> None:
        self._context.go_to("use")
        cast("UsePage", self._window.page_of("use")).folder_button.click()

    @Slot()
    def _add_by_keywords(self) -> None:
        self._context.go_to("classes")
        cast("ClassesPage", self._window.page_of("classes")).choose_by_keywords()

    def _export_dataset(self, form: str) -> None:
        contents = self._context.opened
        start = contents.path.with_name(self.tr("{project} photos").format(project=contents.name))
        folder = forms.export_folder(self._window, self.tr("Export photos into a new folder"), start)
        if folder is None:
            return

        def work(bench: OpenProject, job: Job) -> Dataset:
            from spa_desktop.export.dataset import export_dataset

            return export_dataset(bench.project, folder, form, job)

        self._context.read(work, title=self.tr("Exporting photos")).success(self._on_dataset)

    def _on_dataset(self, made: Dataset) -> None:
        text = self.tr("{photos} exported to {folder}.").format(photos=words.photos(made.photos), folder=made.folder)
        if made.left_out:
            left = self.tr("Left out: {n}, gone or changed, such as {path}")
            text += " " + left.format(n=words.count(len(made.left_out)), path=made.left_out[0].path)
        self._context.banner(text)

    @Slot()
    def _show_folder(self) -> None:
        if (place := self._context.place) is not None:
            self._context.read(lambda bench, job: place.require()).success(self._on_folder)

    def _on_folder(self, _: None) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._context.opened.path.parent)))

    @Slot()
    def _show_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file())))

    @Slot()
    def _about(self) -> None:
        text = self.tr(
            "SPA Desktop {version}\n\n"
            "Teaches an image classifier class by class, on this computer, without starting over.\n\n"
            "Photos of the sample project, made smaller: {credit}"
        )
        title, credit = self.tr("About SPA Desktop"), CREDIT
        tell(self._window, title, text.format(version=__version__, credit=credit))


def fit(typed: str, text: str, also: str = "") -> float | None:
    """A score, larger is better; None if a text does not fit.

    Best fits what has the words as they were typed, at its beginning, then at that of a word, before others; then what
    has each of them, in this order before others, or words that begin with these letters; then what says so only
    `also`. Short texts come first.

    >>> fit("project", "New project") > fit("project", "Unproject it") > fit("np", "New project")
    True
    >>> fit("earlier", "Earlier versions") > fit("earlier", "Learn earlier")
    True
    >>> fit("merge a into b", "Merge a into: b") > fit("merge a into b", "Merge b into: a")
    True
    >>> fit("help", "Open the sample project") is None, fit("help", "Guide", "Help") is None
    (True, False)
    """
    low, typed = text.casefold(), typed.casefold().strip()
    place = low.find(typed)
    if not typed:
        return 0.0
    if place >= 0:
        score = 30.0 if place == 0 else 10.0 if low[place - 1].isalnum() else 20.0
    elif re.search(r".*\b".join(map(re.escape, typed.split())), low):
        score = 5.0
    elif has_words(typed, low) or typed in "".join(word[0] for word in low.split()):
        score = 0.0
    elif all(f" {word}" in f" {low} {also.casefold()}" for word in typed.split()):
        score = -10.0
    else:
        return None
    return score - min(len(text) / 100, 9.0)


_WIDTH, _HEIGHT, _ROW, _TOP = 560, 400, 32, 72
_MOST = 60
_GONE_MS = 30  # until the screen shows the window again where the palette was: what is done may take a second
_HINT, _IS_POSSIBLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Entry(NamedTuple):  # there may be ten thousand: a frozen dataclass takes three times as long to make
    """Something to do or to go to."""

    text: str  # what it is, and what is searched
    do: Callable[[], Any]
    hint: str = ""  # its keys, or where it is
    icon: QIcon | None = None
    is_possible: bool = True  # else it is shown last and grey, and its hint says why not
    also: str = ""  # words that are searched as well, and not shown


class _EntryDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        paint_row_ground(painter, option)
        box = option.rect.adjusted(Space.M, 0, -Space.M, 0)
        entry_icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(entry_icon, QIcon) and not entry_icon.isNull():
            entry_icon.paint(painter, box.left(), box.center().y() - ICON // 2 + 1, ICON, ICON)
        box.setLeft(box.left() + ICON + Space.S)
        metrics, middle = painter.fontMetrics(), Qt.TextElideMode.ElideMiddle
        hint = metrics.elidedText(index.data(_HINT), middle, box.width() * 2 // 3)
        painter.setPen(theme().color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, hint)
        box.setRight(box.right() - metrics.horizontalAdvance(hint) - Space.M)
        painter.setPen(theme().color("text" if index.data(_IS_POSSIBLE) else "faint"))
        text = metrics.elidedText(index.data(), middle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class Palette(QDialog):
    """Lies over the upper part of the window until something is chosen, Escape is pressed, or one clicks beside it."""

    def __init__(self, title: str, placeholder: str, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setObjectName("palette")
        self._entries = list(entries)
        self.fitting: list[Entry] = []  # those that are shown
        self.line = QLineEdit(placeholderText=placeholder, clearButtonEnabled=True)
        self.line.setAccessibleName(title)
        self.view = QListWidget()
        self.view.setItemDelegate(_EntryDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName(title)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = set_type(QLabel(self.tr("Nothing fits")), Size.BODY, role="muted")
        margins = (Space.S, Space.S, Space.S, Space.S)
        column(self.line, self.view, self.nothing, spacing=Space.S, margins=margins, of=self)
        self.line.textChanged.connect(self._show_fitting)
        self.view.itemClicked.connect(self._choose)
        self._show_fitting("")
        self.view.currentItemChanged.connect(self._announce)  # the line keeps the focus
        self.resize(min(_WIDTH, parent.width() - 2 * Space.XL), min(_HEIGHT, parent.height() - _TOP - Space.XL))
        self.move(parent.mapToGlobal(QPoint((parent.width() - self.width()) // 2, _TOP)))
        self.line.setFocus()

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Offer more, which a worker had to look up. Where somebody went down the list meanwhile, they stay there."""
        row = self.view.currentRow()
        chosen = self.fitting[row] if row > 0 else None
        self._entries += entries
        self._show_fitting(self.line.text())
        if chosen is not None and chosen in self.fitting:
            self.view.setCurrentRow(self.fitting.index(chosen))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif event.key() in _PASSED_ON:
            self.view.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _show_fitting(self, typed: str) -> None:
        scored = [
            (score, entry) for entry in self._entries if (score := fit(typed, entry.text, entry.also)) is not None
        ]
        scored.sort(key=lambda pair: (not pair[1].is_possible, -pair[0]))
        self.fitting = [entry for _, entry in scored[:_MOST]]
        self.view.clear()
        for entry in self.fitting:
            item = QListWidgetItem(entry.icon or QIcon(), entry.text, self.view)
            item.setData(_HINT, entry.hint)
            item.setData(_IS_POSSIBLE, entry.is_possible)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (entry.text, entry.hint))))
        self.view.setCurrentRow(0)
        self.view.setVisible(bool(self.fitting))
        self.nothing.setVisible(not self.fitting)
        if not self.fitting:
            announce(self, self.nothing.text())

    @Slot()
    def _announce(self) -> None:
        if (item := self.view.currentItem()) is not None:
            announce(self, item.data(Qt.ItemDataRole.AccessibleTextRole))

    @Slot()
    def _choose(self) -> None:
        if (row := self.view.currentRow()) >= 0:
            entry = self.fitting[row]
            if entry.is_possible:
                self.hide()
                gone = timer(self, _GONE_MS, self.close)
                gone.timeout.connect(slot(self, entry.do))
                gone.start()


# What the palettes offer: every action of menus and pages, settings; classes, tasks, texts and photos.


def plain(text: str) -> str:
    """The text of an action without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip(".").strip()


# The page, None in menus; the button, list, box or menu; the button, box or action; its text; what is searched as well.
_Offer = tuple[Page | None, Any, Any, str, str]
_KINDS = (QAbstractItemView, QPushButton, QToolButton, QCheckBox, QComboBox)
_SETTINGS = (  # what each is called in the dialog, and what else it may be called
    ("SettingsDialog", "Theme", "dark light"),
    ("SettingsDialog", "Language", "English Chinese 简体中文"),
    ("BackboneChoice", "Backbone", "CLIP model"),
    ("SettingsDialog", "Device", "GPU CUDA CPU"),
    ("WriterSettings", "Writer", "GPT OpenAI API key"),
)


def command_entries(window: Any, page: Page | None) -> list[Entry]:
    """What the page offers, by its tip, which names what it is done with; the menus; what other pages offer; settings.

    What cannot be done now on this page, or in the menus, says so.
    """
    entries: dict[str, Entry] = {}
    offered, translate = set[Any](), QCoreApplication.translate
    # Which actions open a menu is asked of the menus: PySide deletes what QAction.menu() gives.
    menus = {menu.menuAction(): menu for menu in window.findChildren(QMenu)}
    offers = list(_offers(window, page))
    for at, holder, act, text, also in offers:
        if act in menus and at in (None, page):
            # The classes or tasks of menus such as Merge into: last, as they may be many.
            if at is not None and act.isEnabled():
                targets = [
                    action for action in menus[act].actions() if action.isVisible() and action.data() is not None
                ]
                offers += [(at, holder, action, f"{text}: {plain(action.text())}", "") for action in targets]
            continue
        place = at.title.text() if at is not None else plain(holder.title())
        # To go where one is would do nothing, and "Train" be taken for the button of that page.
        if not text or act in offered or (page is not None and text == page.title.text() != place):
            continue
        offered.add(act)
        is_possible, keys, sign = at not in (None, page) or (act.isEnabled() and holder.isEnabled()), "", QIcon()
        if not isinstance(act, QComboBox):
            keys = act.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if at in (None, page) else ""
            # The picture of a primary button is of a colour that is not seen here.
            sign = icon(act.icon().name()) if act.icon().name() else act.icon()
        hint = (keys or place) if is_possible else _why_not(window.context, holder, act, text)
        does = partial(_do, window, at, holder, act, text)
        entries.setdefault(text, Entry(text, does, hint, sign, is_possible, f"{place} {also}"))
    settings = translate("SettingsDialog", "Settings")
    for context, name, also in _SETTINGS:
        named, text = translate(context, name), f"{settings}: {translate(context, name)}"
        entries.setdefault(text, Entry(text, partial(window.show_settings, named), "", icon("settings"), also=also))
    return list(entries.values())


def _name(act: Any) -> str:
    if isinstance(act, QComboBox):
        return act.accessibleName()
    return plain((act.accessibleName() if isinstance(act, QWidget) else "") or act.text())


def _why_not(context: AppContext, holder: Any, act: Any, text: str) -> str:
    """Why something cannot be done now: the tip of an action says so where it is not its name."""
    if isinstance(act, QAction) and act.toolTip() not in (text, _name(act)):
        return act.toolTip()
    if context.contents is not None and not context.is_writable:
        return QCoreApplication.translate("StatusStrip", "open for reading only")
    if isinstance(holder, QAbstractItemView) and not holder.selectionModel().hasSelection():
        return QCoreApplication.translate("palette", "nothing is selected")
    return QCoreApplication.translate("palette", "not now")


def _offers(window: Any, page: Page | None) -> Iterator[_Offer]:
    if page is not None:
        yield from _offers_of(page, is_shown=True)
    for menu in window.menuBar().findChildren(QMenu):
        yield from ((None, menu, action, plain(action.text()), "") for action in menu.actions() if action.isVisible())
    if page is not None:
        if window.tray.learn.isVisible():
            yield page, window.tray, window.tray.learn, _name(window.tray.learn), ""
        for other in sorted(window.findChildren(Page), key=lambda other: PAGE_NAMES.index(other.name)):
            if other is not page:
                yield from _offers_of(other, is_shown=False)


def _offers_of(page: Page, *, is_shown: bool) -> Iterator[_Offer]:
    for holder in (widget for kind in _KINDS for widget in page.findChildren(kind)):
        part = next((part for part in page.openers if part.isHidden() and part.isAncestorOf(holder)), None)
        seen = page.openers[part] if part is not None and holder.isVisibleTo(part) else holder
        around = page.window() if is_shown else page.body if page.body.isAncestorOf(seen) else page
        if isinstance(holder, WhatIsThis) or page.undoes_last(holder) or not seen.isVisibleTo(around):
            continue
        menu = holder.menu() if isinstance(holder, QPushButton | QToolButton) else None
        if menu is not None:
            actions = filter(QAction.isVisible, menu.actions())
            yield from ((page, holder, action, _name(action), _name(holder)) for action in actions)
        elif not isinstance(holder, QAbstractItemView):
            yield page, holder, holder, _name(holder), holder.toolTip()
        elif is_shown and holder.contextMenuPolicy() != Qt.ContextMenuPolicy.DefaultContextMenu:
            actions = filter(QAction.isVisible, holder.actions())
            yield from ((page, holder, action, action.toolTip(), _name(action)) for action in actions)


def _do(window: Any, page: Page | None, holder: Any, act: Any, named: str) -> None:
    """Do it, on its page. Beneath the header of a page that was not shown the user does it, who sees with what then.

    Where it cannot be done, the page says why not.
    """
    is_elsewhere = page is not None and page is not window.page
    if page is not None:
        if is_elsewhere:
            window.show_page(page.name)
        for part, opener in page.openers.items():
            if part.isHidden() and part.isAncestorOf(holder):
                opener.click()
    if not act.isVisible() or not act.isEnabled() or (page is not None and not can_focus(holder)):
        return
    if isinstance(act, QComboBox):
        act.setFocus()
        act.showPopup()
    elif page is None or not is_elsewhere or not page.body.isAncestorOf(holder):
        if not is_elsewhere or _name(act) == named:  # on a page that was not shown it may have been old
            (act.trigger if isinstance(act, QAction) else act.click)()
    elif isinstance(act, QAction):
        holder.menu().popup(holder.mapToGlobal(QPoint(0, holder.height())))
        holder.menu().setActiveAction(act)
    else:
        act.setFocus()


class Finder(QObject):
    """Opens the palettes over the window."""

    def __init__(self, context: AppContext, window: Any) -> None:
        """Offer what is in a `MainWindow`, which makes this object and so cannot be imported here."""
        super().__init__(window)
        self._context, self._window = context, window
        self.palette: Palette | None = None

    @Slot()
    def show_commands(self) -> None:
        """Ctrl+K."""
        entries = command_entries(self._window, self._window.page)
        self._open(self.tr("Commands"), self.tr("What do you want to do?"), entries)

    @Slot()
    def show_search(self) -> None:
        """Ctrl+F: go to the search of the page; from there, and where it has none, search the project."""
        page = self._window.page
        fields = page.findChildren(SearchField) if page is not None else ()
        field = next((field for field in fields if field.isVisible()), None)
        if field is not None and not field.hasFocus():
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            field.selectAll()
            return
        contents, go, entries = self._context.opened, self._context.go_to, list[Entry]()
        tasks = {record.id: record.name for record in contents.tasks}
        names = {class_.id: class_.name for class_ in contents.classes}
        for class_ in contents.classes:
            sign = swatch(class_style(class_.color))
            entries.append(Entry(class_.name, partial(go, "classes", class_.id), tasks.get(class_.task_id, ""), sign))
        sign = icon("descriptions")
        for class_id, text in contents.descriptions.items():
            for phrase in text.phrases:
                hint = names.get(class_id, "")
                entries.append(Entry(phrase.text, partial(go, "descriptions", class_id), hint, sign))
        for task in contents.tasks:
            if classes := contents.classes_of(task.id):
                hint = QCoreApplication.translate("palette", "task")
                entries.append(Entry(task.name, partial(go, "classes", classes[0].id), hint, icon("task")))
        self._open(self.tr("Find"), self.tr("A class, a task, a phrase or a photo"), entries)
        self._context.read(
            lambda bench, job: [(photo.id, visible(photo.name), photo.class_id) for photo in bench.project.photos()]
        ).success(self._on_photos)

    def _open(self, title: str, placeholder: str, entries: list[Entry]) -> None:
        self._context.background.abandon(self._on_photos)
        self.palette = Palette(title, placeholder, entries, self._window)
        self.palette.destroyed.connect(self._on_gone)
        self.palette.show()

    @Slot()
    def _on_gone(self) -> None:
        self.palette = None

    def _on_photos(self, photos: list[tuple[int, str, int]]) -> None:
        if self.palette is None:
            return
        contents = self._context.opened
        # The model can be explained; else the photo's class is the place to see it.
        is_learned = contents.learner is not None
        names = {class_.id: class_.name for class_ in contents.classes}
        go, sign = self._context.go_to, icon("photo")
        self.palette.add_entries(
            [
                Entry(name, partial(go, *(("explain", key) if is_learned else ("classes", owner))), names[owner], sign)
                for key, name, owner in photos
                if owner in names
            ]
        )
