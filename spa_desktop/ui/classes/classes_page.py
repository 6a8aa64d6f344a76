"""The Classes page: drop folders, see what there is to learn, put it right."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QLabel, QMenu, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.classes.class_tree import ClassOrder, ClassTreeModel, PhotoActions, TreeActions, menu_of
from spa_desktop.ui.classes.import_sheet import Adding
from spa_desktop.ui.corrections.worth_a_look import Picked, WorthALookCard, labels_left
from spa_desktop.ui.lightbox.photo_lightbox import read_sharp_pictures
from spa_desktop.ui.page import Page
from spa_desktop.ui.photo.newest_query import WordSearch
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import Caption, LargePhoto, Order, PhotoModel, ThumbnailSource, kind_of
from spa_desktop.ui.thumbnails.photo_view import GridBar, PhotoGrid
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.class_list import ClassListView, ClassNode, ListSplitter, Node, TaskNode
from spa_desktop.ui.widgets.forms import SearchField, column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, say, slot, tool_button, wrapped
from spa_desktop.ui.widgets.words import advice_words, count, percent
from spa_desktop.workbench import searching
from spa_desktop.workbench.corrections import confirmed_labels
from spa_desktop.workbench.overview import advice_on, photos_of

if TYPE_CHECKING:
    from spa_desktop.discover.search import PhotoSearch
    from spa_desktop.workbench.open_project import OpenProject

Found = tuple[Sequence[PhotoRecord], Mapping[int, float]]  # photos, and what their order goes by, by id


def read_photos(bench: OpenProject, class_ids: Sequence[int], order: Order, job: Job) -> Found:
    """All photos of classes, and what the order asks of them, see `PhotoModel.ranks`. For worker threads."""
    photos = [photo for key in class_ids for photo in bench.project.photos(key, set_aside=None)]
    if order == "typical":
        return photos, searching.typical(bench, class_ids, job)
    info = bench.project.learner_info() if order == "doubt" else None
    classes = {photo.id: photo.class_id for photo in photos}
    shares: dict[int, float] = {}
    for answer in bench.project.answers(info.id) if info is not None else ():
        if answer.photo_id in classes:
            given = dict(zip(answer.class_ids, answer.probabilities, strict=True))
            # A class that is not among those that were kept was less probable than all of them.
            shares[answer.photo_id] = given.get(classes[answer.photo_id], 0.0)
    return photos, shares


def read_these(bench: OpenProject, photo_ids: Sequence[int]) -> Found:
    """Photos by id, as far as they are still there. For worker threads."""
    photos = []
    for photo_id in photo_ids:
        with contextlib.suppress(InputError):
            photos.append(bench.project.photo(photo_id))
    return photos, {}


def _load_searched(bench: OpenProject, job: Job) -> tuple[list[int], PhotoSearch]:
    """All photos by id, ready to be searched by words. For worker threads."""
    photos, search = searching.photo_search(bench, job)
    return [photo.id for photo in photos], search


class ClassFinder(QWidget):
    """Above the classes: words to search by, and a menu of orders."""

    changed = Signal(str, str)  # the words, and a ClassOrder

    def __init__(self) -> None:
        super().__init__()
        self.search = SearchField(self.tr("Search classes and photos"))
        self.order: ClassOrder = "learning"
        menu = QMenu(self)
        orders: tuple[tuple[ClassOrder, str], ...] = (
            ("learning", self.tr("As they were added")),
            ("name", self.tr("By name")),
            ("newest", self.tr("Newest first")),
            ("photos", self.tr("Most photos first")),
        )
        forms.choices(menu, orders, self._on_order)[self.order].setChecked(True)
        self.button = tool_button("order", self.tr("Order of the classes"), menu=menu)
        row((self.search, 1), self.button, spacing=Space.XS, of=self)
        self.search.words_typed.connect(self._tell)

    def _on_order(self, order: ClassOrder) -> None:
        self.order = order
        self._tell()

    @Slot()
    def _tell(self) -> None:
        self.changed.emit(self.search.text(), self.order)


_COUNTS_WIDTH = 144  # room for what there is to learn and to test


class ClassHeader(QWidget):
    """Above the photos: name and counts of what is chosen, and a line where something waits to be done."""

    def __init__(self) -> None:
        super().__init__()
        self.name = set_type(ElidedLabel(), Size.STRONG, strong=True)
        self.counts = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.counts.setMinimumWidth(_COUNTS_WIDTH)
        hint = self.tr("What to do with the photos that are selected")
        self.photos = button(self.tr("Photos"), picture="photos", about=hint)
        hint = self.tr("What to do with this class or task")
        self.more = button(self.tr("Class"), picture="more", about=hint)
        self.note = set_type(QLabel(), Size.BODY, role="warn")
        self.advice = wrapped("", Size.BODY, role="warn")
        self.advice.hide()
        self.learn = button(self.tr("Train"), kind="link")
        self.fits = button("", kind="link")
        self.fits.hide()
        names = column(self.name, self.counts, spacing=0)
        top = row((names, 1), self.photos, self.more, spacing=Space.S)
        stale = row(self.note, self.learn, self.fits, None, spacing=Space.S)
        column(top, stale, self.advice, spacing=Space.S, of=self)
        self.show_node(None)

    def show_node(self, node: Node | None, selected: int = 0, sentence: str = "") -> None:
        """Show a class or task, or what other photos these are; and how many of them are selected."""
        self.name.setText(node.name if node else sentence)
        self.name.setToolTip(tip(self.name.text()))
        parts, counts = [], node.counts if node else None
        if counts is not None:
            parts.append(self.tr("{n} to learn").format(n=count(counts.train)))
            parts.append(self.tr("{n} to test").format(n=count(counts.test)))
        if counts is not None and counts.set_aside:
            parts.append(self.tr("{n} set aside").format(n=count(counts.set_aside)))
        if selected:
            parts.append(self.tr("{n} selected").format(n=count(selected)))
        self.counts.setText(" · ".join(parts))
        self.counts.setToolTip(self.counts.text())
        is_stale = isinstance(node, ClassNode) and node.record.state == "stale"
        fresh = node.counts.unlearned if isinstance(node, ClassNode) else 0
        changed = self.tr("Its photos or its text changed since it was learned")
        self.note.setText(self.tr("New photos are not learned yet") if fresh else changed)
        self.note.setVisible(is_stale)
        self.learn.setVisible(is_stale and isinstance(node, ClassNode) and node.counts.train > 0)
        self.more.setText(self.tr("Class") if isinstance(node, ClassNode) else self.tr("Task"))
        self.more.setEnabled(node is not None)
        self.photos.setEnabled(selected > 0)


class PhotoBar(GridBar):
    """The photos of a class by what they are for."""

    def __init__(self, grid: PhotoGrid) -> None:
        super().__init__(grid)
        self.set_names(self.tr("Which photos"), self.tr("Order of the photos"), self.tr("Search names"))
        self.show_photos(())
        self.show_answers(False)

    def show_photos(self, photos: Iterable[PhotoRecord]) -> None:
        counts = Counter(map(kind_of, photos))
        self.set_filters(
            (
                (self.tr("All photos"), "all", counts.total()),
                (self.tr("To learn"), "train", counts["train"]),
                (self.tr("To test"), "test", counts["test"]),
                (self.tr("Set aside"), "aside", counts["aside"]),
            )
        )

    def show_answers(self, has_answers: bool) -> None:
        """Offer the order by how sure the model is, where it answered."""
        sure = [(self.tr("Least sure first"), "doubt")] if has_answers else []
        orders = [(self.tr("As added"), "added"), (self.tr("By name"), "name")]
        self.set_orders([*orders, (self.tr("Least typical first"), "typical"), *sure])


_TREE_WIDTH = 280
_MOST_FOUND = 200  # photos that words find: further down nobody looks
_BATCH = 8  # pictures that are read at a time: large ones come from photo files


class ClassesPage(Page):
    """Left the tasks and classes, right the photos of what is chosen."""

    name = "classes"
    is_zone = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Classes"))
        self.setAcceptDrops(True)
        self.adding = Adding(context, self)
        self.tree_model = ClassTreeModel(self)
        self.tree = ClassListView(self.tree_model, self.tr("Tasks and classes"), 260)
        # A menu that Qt makes of actions shows no tip, which says why one is disabled.
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.tree.setDropIndicatorShown(True)
        self.finder = ClassFinder()
        side = context.settings.value.photo_side
        self.source = ThumbnailSource(context, side, read=read_sharp_pictures, batch=_BATCH, parent=self)
        self.photo_model = PhotoModel(self.source, self)
        self.photos = PhotoGrid(self.photo_model, side)
        self.photos.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.photos.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.bar = PhotoBar(self.photos)
        self.header = ClassHeader()
        self.words = WordSearch(context, self.finder.search, _load_searched, self._is_a_name)
        self.worth = WorthALookCard(context)
        self._looked_at: Picked | None = None  # photos that are worth a look, shown in place of a class
        self._has_names = True  # a class or task has the words that are searched
        self.tree_actions = TreeActions(context, self.tree)
        self.photo_actions = PhotoActions(context, self.photos)
        self._lay_out()
        self.train = self.set_primary(self.tr("Train"), slot(self, context.go_to, "train"), "train")
        self.add = self.add_action(self.tr("Add folders"), self.choose_folders, "add")
        self._connect()

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        column(self.finder, (self.tree, 100), self.worth, None, spacing=Space.M, of=left)
        margins = (Space.L, 0, 0, 0)
        column(self.header, self.bar, self.words, (self.photos, 1), spacing=Space.M, margins=margins, of=right)
        self._splitter = ListSplitter(left, right, self.tree, _TREE_WIDTH)
        QWidget.setTabOrder(self.tree, self.finder.search)  # the classes have the focus when the page appears
        QWidget.setTabOrder(self.finder.search, self.finder.button)
        column(self._splitter, spacing=0, of=self.body)
        self.header.more.setMenu(menu_of(self.tree, self.header))
        self.header.photos.setMenu(menu_of(self.photos, self.header))

    def _connect(self) -> None:
        self.tree.chosen.connect(self._on_chosen)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.picked.connect(self.context.choose_class)
        self.tree_model.rename_wanted.connect(self.tree_actions.rename_node)
        self.tree_model.photos_dropped.connect(self._on_photos_dropped)
        self.tree_model.class_dropped.connect(self.tree_actions.move_class)
        self.photos.chosen.connect(self._on_selection)
        self.photos.opened.connect(self._on_photo_opened)
        rename = QShortcut(QKeySequence("F2"), self.photos, context=Qt.ShortcutContext.WidgetShortcut)
        rename.activated.connect(self._rename)
        self.finder.changed.connect(self._on_searched)
        self.words.changed.connect(self._on_found)
        self.bar.changed.connect(self._read)
        self.worth.picked.connect(self._on_picked)
        self.bar.size_bar.side_chosen.connect(partial(self.context.settings.keep, "photo_side"))
        self.header.fits.clicked.connect(self.photo_actions.fits.trigger)
        self.header.learn.clicked.connect(slot(self, self.context.go_to, "train"))
        said = partial(self.banner, action_text=self.tr("Undo"), action=self.context.undo.undo)
        for actions in (self.tree_actions, self.photo_actions):
            actions.said.connect(said)
        self.tree_actions.refused.connect(partial(self.banner, is_error=True, is_of_last=True))
        self.adding.changed.connect(self._show_adding)
        self.adding.added.connect(self._choose)

    @Slot(QPoint)
    def _show_menu(self, at: QPoint) -> None:
        self.header.more.menu().popup(self.tree.viewport().mapToGlobal(at))

    def refresh(self) -> None:
        contents = self.context.opened
        has_changed = self.tree_model.fill(contents)
        self.tree.filled(has_changed=has_changed)
        self._splitter.share()
        self._show_adding()
        self.train.setVisible(bool(contents.to_learn))
        self.add.setVisible(bool(contents.tasks))
        self.bar.show_answers(bool(contents.learner and contents.evaluations))
        self._read()
        self.worth.refresh()
        self.words.forget()

    def set_project(self) -> None:
        self.context.background.abandon(self._show_photos)
        self.tree.forget()
        self.tree_model.fill(None)
        self.photos.fill(())
        self._looked_at = None
        self.bar.reset()
        self.worth.forget()
        self.words.forget()
        self.finder.search.forget()
        self.adding.forget()

    def show_item(self, item: object) -> None:
        if isinstance(item, int):
            self._choose(item)
        elif isinstance(item, Picked):
            self._on_picked(item)
        elif isinstance(item, Sequence):
            self.take_dropped(item)

    def take_class(self, class_id: int) -> None:
        if class_id != self.tree.class_id:
            self._choose(class_id)

    def on_theme(self) -> None:
        self.tree.viewport().update()
        self.photos.viewport().update()

    @Slot()
    def choose_folders(self) -> None:
        folders = forms.choose_folders(self, self.tr("Add folders of photos, or a folder of such folders"))
        if folders:
            self.take_dropped(folders)

    @Slot()
    def choose_by_keywords(self) -> None:
        folders = forms.choose_folders(self, self.tr("Folders of photos that have keywords"))
        self.adding.ask(folders, None, by_keywords=True)

    @Slot(object)
    def _on_chosen(self, node: Node | None) -> None:
        if node is not None:
            self._looked_at = None
        self._read()

    @Slot(object)
    def _on_picked(self, picked: Picked) -> None:
        self.tree.leave()
        self.bar.reset()
        self._looked_at = picked
        self._read()

    @Slot()
    def _read(self) -> None:
        """Read the photos of the class or task that is chosen, or those that are worth a look."""
        node, picked = self.tree.node, self._looked_at
        self.tree_actions.refresh()
        for action in (self.photo_actions.confirm, self.photo_actions.fits):
            action.setVisible(picked is not None and bool(picked.looks_like))
        self._show_header(len(self.photos.selected))
        self._advise(None if picked is not None else node)
        self.context.background.abandon(self._show_photos)
        order = self.bar.order.currentData()
        classes = node.classes if isinstance(node, TaskNode) else (node,) if node is not None else ()
        ids = [class_.id for class_ in classes]
        if self.contents is None or (picked is None and not ids):
            self._show_photos(((), {}))
            return

        def work(bench: OpenProject, job: Job) -> Found:
            return read_photos(bench, ids, order, job) if picked is None else read_these(bench, picked.photo_ids)

        self.context.read(work).success(self._show_photos)

    def _advise(self, node: Node | None) -> None:
        """Say what matters most about the photos of a class that is not learned yet."""
        contents, hints = self.contents, []
        if contents is not None and isinstance(node, ClassNode) and node.record in contents.to_learn:
            ids = {class_.id for class_ in contents.classes} - {node.id}
            others = photos_of(contents.classes, contents.counts, ids)
            photos = photos_of(contents.classes, contents.counts, {node.id})
            hints = [
                advice for advice in advice_on(photos, others) if any(class_.id == node.id for class_ in advice.classes)
            ]
        say(self.header.advice, advice_words(hints[0]) if hints else "")

    def _show_photos(self, found: Found) -> None:
        photos, self.photo_model.ranks = found
        picked = self._looked_at
        self.photo_actions.proposed = self._proposed(photos, picked) if picked is not None else {}
        self.photo_model.caption(self._captions(photos, picked) if picked is not None else {})
        if picked is not None and picked.is_of_labels:
            self._looked_at = replace(picked, sentence=labels_left(len(self.photo_actions.proposed)))
        self.photo_model.learned_ids = self.contents.learned_ids if self.contents is not None else frozenset()
        self.bar.show_photos(photos)
        kind, words, order = self.bar.wanted
        if order == "typical" and photos and not self.photo_model.ranks and self._looked_at is None:
            text = self.tr("Which photos are typical is known once they are looked at: describe the class, or train.")
            self.banner(text)
        # Found by words, they come as they were found.
        is_found = self._looked_at is not None and bool(self.words.words)
        self.bar.order.setVisible(not is_found)
        self.photo_model.sift(kind, words, "added" if is_found else order)
        self.photos.fill(photos)

    def _captions(self, photos: Sequence[PhotoRecord], picked: Picked) -> dict[int, Caption]:
        """Of photos of any classes: its class, and what it looks like."""
        names, captions = {class_.id: class_.name for class_ in self.context.opened.classes}, {}
        confirmed = confirmed_labels(self.context.opened.settings)
        for photo in photos:
            own, answer = names.get(photo.class_id, ""), self.photo_actions.proposed.get(photo.id)
            share = 0.0 if confirmed.get(photo.id) == photo.class_id else picked.looks_like.get(photo.id, (0, 0.0))[1]
            below = percent(100 * share) if share else ""
            captions[photo.id] = Caption(own if answer is None else f"{own} → {names[answer]}", below=below)
        return captions

    def _proposed(self, photos: Sequence[PhotoRecord], picked: Picked) -> dict[int, int]:
        """The classes that photos look like, by id; none of those that the user settled or that are gone."""
        contents = self.context.opened
        confirmed = confirmed_labels(contents.settings)
        answers = {photo.id: picked.looks_like[photo.id][0] for photo in photos if photo.id in picked.looks_like}
        settled = {correction.photo_id for correction in contents.corrections}  # they wait to be learned
        settled |= {photo.id for photo in photos if photo.class_id in (answers.get(photo.id), confirmed.get(photo.id))}
        return {key: answer for key, answer in answers.items() if key not in settled and contents.class_(answer)}

    def _show_header(self, selected: int) -> None:
        self.header.show_node(self.tree.node, selected, self._looked_at.sentence if self._looked_at else "")

    @Slot(str, str)
    def _on_searched(self, words: str, order: ClassOrder) -> None:
        """Show the classes that have the words; all where none has: the words are looked for in photos then."""
        self.tree_model.sift(words, order)
        has_changed = self.tree_model.fill(self.contents)
        self._has_names = bool(self.tree_model.tasks)
        if not self._has_names:
            self.tree_model.sift("", order)
            has_changed = self.tree_model.fill(self.contents)
        self.tree.filled(has_changed=has_changed)

    def _is_a_name(self, words: str) -> bool:
        return self._has_names  # the tree was sifted by the words before

    @Slot()
    def _on_found(self) -> None:
        """Show the photos that words find in place of a class; once they are gone, the class that was shown before."""
        if self.words.words:
            self._on_picked(Picked(tuple(self.words.order[:_MOST_FOUND]), f"“{self.words.words}”"))
        else:
            self._looked_at = None
            self.tree.come_back()
            self._read()

    @Slot(int)
    def _choose(self, class_id: int) -> None:
        if self.finder.search.text() and not self.tree_model.index_of((ClassNode, class_id)).isValid():
            self.finder.search.forget()
        self.tree.choose(ClassNode, class_id)

    @Slot(object)
    def _on_selection(self, photos: Sequence[PhotoRecord]) -> None:
        self._show_header(len(photos))
        self.photo_actions.refresh()
        fits = self.photo_actions.fits
        self.header.fits.setText(fits.text())
        self.header.fits.setEnabled(fits.isEnabled())
        self.header.fits.setVisible(fits.isVisible() and bool(self.photo_actions.proposed))

    @Slot(object, int)
    def _on_photos_dropped(self, photo_ids: Sequence[int], class_id: int) -> None:
        """Photos that are dropped on their own class stay as they are."""
        own = {photo.id for photo in self.photo_model.all_photos if photo.class_id == class_id}
        others = [key for key in photo_ids if key not in own]
        if others:
            self.photo_actions.move_photos(others, class_id)

    @Slot(object)
    def _on_photo_opened(self, photo: PhotoRecord) -> None:
        photos, contents = self.photo_model.photos, self.contents
        place = self.photo_model.row_of(photo.id)
        if place is None or contents is None:
            return
        names = {class_.id: class_.name for class_ in contents.classes}

        def as_large(photo: PhotoRecord) -> LargePhoto:
            return LargePhoto.of_record(photo, names.get(photo.class_id, ""), *self.photo_model.tags(photo))

        self.enlarge(photos, place, self.photos.follow, as_large)

    @Slot()
    def _show_adding(self) -> None:
        contents, can_add = self.contents, self.context.is_writable and not self.adding.is_busy
        with self.keeping_focus():
            self.add.setEnabled(can_add)
            if contents is None or contents.tasks:
                self.show_body()
            elif self.adding.is_busy:  # the status bar says how far that is
                self.empty.say("photos", self.tr("Reading the photos"))
            else:
                self.empty.say(
                    "photos",
                    self.tr("Drop folders of photos here"),
                    self.tr("Add folders") if can_add else "",
                    self.choose_folders,
                    self.tr(
                        "Each folder becomes a class to recognise, a folder of folders becomes many. "
                        "The photos stay where they are."
                    ),
                    (self.tr("No photos at hand? Open the sample project"), self.context.sample_wanted.emit),
                )
        about = self.tr("Import photos: each folder becomes a class to recognise")
        self.add.setToolTip(about if self.context.is_writable else self.tr("This project is open for reading only"))

    @Slot()
    def _rename(self) -> None:
        """The class of the photos: a photo has the name of its file."""
        if self.tree_actions.rename.isEnabled():
            self.tree_actions.rename.trigger()
        else:
            self.banner(self.tr("Choose the class at the left to rename it; a photo has the name of its file."))

    @property
    def can_take_drops(self) -> bool:
        return self.context.is_writable and not self.adding.is_busy

    def takes(self, path: Path) -> bool:
        return path.suffix.lower() != ".spa"

    def take_dropped(self, paths: Sequence[Path]) -> None:
        """Show the sheet for folders, or for photos that go to the class that is chosen."""
        key = self.tree.class_id
        name = self.contents.stored_names.get(key) if self.contents is not None and key is not None else None
        self.adding.ask(paths, name)
