"""The page Sort: photos that are not sorted yet, in groups that get names. It wires the pile to the list of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QSizePolicy

from spa_desktop.discover.pile import Pile, PileGroup
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.metrics import Accuracy
from spa_desktop.project import Skipped, clean_name
from spa_desktop.project.class_names import name_key
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.lightbox.photo_lightbox import read_files
from spa_desktop.ui.page import Page, next_step
from spa_desktop.ui.photo.newest_query import WordSearch
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.sort.group_rows import ASIDE, LEFT, PHOTO, GroupModel, GroupRow, Suggestion, merged_order
from spa_desktop.ui.sort.group_view import GroupView, Question, SortBar
from spa_desktop.ui.sort.pile_work import AT_A_TIME, PileWork, copy_named
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import LargePhoto, Look, PhotoList, ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import PhotoGrid
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.forms import column, has_words
from spa_desktop.ui.widgets.labels import ElidedLabel, button, tool_button
from spa_desktop.ui.widgets.tables import SkipReport, why_skipped
from spa_desktop.ui.widgets.words import accuracy_words, count
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.classify.sort_photos import Sorted
    from spa_desktop.discover.search import PhotoSearch
    from spa_desktop.workbench.open_project import OpenProject
    from spa_desktop.workbench.training import Trained

_BATCH, _MOST_SUGGESTED = 8, 3
_MOST_LIKELY = 9  # names for a photo: as many as there are keys
_SMALL = 44
_READ_AHEAD = 200  # pictures that are there when the groups come, whichever photos they show first
_AT_A_GLANCE = 5  # photos of a group that words are compared with, the most typical ones


class DroppedPhotos(PhotoList):
    """Paths of photos that are in no group yet, as they are being read."""

    def key(self, photo: str) -> str:
        return photo

    def look(self, photo: str) -> Look:
        return Look(photo, visible(Path(photo).name))


class SortPage(Page):
    """Groups of photos as rows; what is named is learned with one button."""

    name = "sort"
    is_zone = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Sort"))
        self.work = PileWork(context, self)
        side = context.settings.value.sort_side
        read = self.work.read_pictures
        self.pictures = ThumbnailSource(context, side, read=read, batch=_BATCH, parent=self)
        self.small = ThumbnailSource(context, _SMALL, read=read, batch=_BATCH, parent=self)
        self.model = GroupModel(parent=self)
        self.view = GroupView(self.model, self.pictures, side)
        self.dropped_pictures = ThumbnailSource(context, side, read=read_files, batch=_BATCH, parent=self)
        self.dropped = PhotoGrid(DroppedPhotos(self.dropped_pictures, self), side)  # until they are in groups
        self.dropped.setSelectionMode(PhotoGrid.SelectionMode.NoSelection)
        self.dropped.setAccessibleName(self.tr("Looking at the photos..."))
        self.bar, self.question = SortBar(self.view), Question(self.small)
        self.words = WordSearch(context, self.bar.search, self._load_searched, self._is_a_name)
        self.bar.search.returnPressed.connect(self.view.setFocus)
        self._forget()
        self._lay_out()
        self._connect()

    def _forget(self) -> None:
        self._order: list[int] = []  # of the groups as they are shown
        self._ranked_for: tuple[Mapping[str, int], bool] = {}, False  # learned photos, which do not count; see `_show`
        self._fits_less: int | None = None  # the group before which what is left over stands: it fits the words less
        self._opened: set[int] = set()
        self._unstacked: frozenset[str] = frozenset()  # photos that stand beside their near-duplicates
        self._just_named: set[int] = set()  # they stay in sight where only those without a name are shown
        self._parts: tuple[int, tuple[tuple[str, ...], ...]] | None = None  # of a group that may be split
        self._rows: dict[int, tuple[tuple[Any, ...], list[str], GroupRow]] = {}  # and what each was made of
        self._given: set[str] = set()  # names that groups have
        self._useful: Sequence[tuple[str, ...]] = ()  # photos to label that were shown last
        self._is_test_done = False  # all its photos were named just now
        self._digits: dict[str, list[str]] = {}  # of photos of a test: the names in the order of their digits
        self._ordered = ""  # how the groups were ordered last
        self._next: int | None = None  # number of the row to go to when the groups are shown

    def _lay_out(self) -> None:
        self.counts = set_type(ElidedLabel(), Size.BODY, role="muted")
        self.counts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.skips = button("", self._show_skips, kind="link")
        self.skips.hide()
        self.add_to_header(self.skips)
        self.add_to_header(self.counts)
        self.learn = self.set_primary(self.tr("Learn"), self.work.learn, "train")
        self.choose = self.add_action(self.tr("Add photos"), self._choose_folder, "add")
        menu = QMenu(self)
        self.service = menu.addAction(self.tr("Ask the service for a name"), self._ask_service)
        menu.aboutToShow.connect(self._refresh_menu)
        self._refresh_menu()
        self.copy = menu.addAction(self.tr("Copy into class folders..."), self._copy)
        self.clear = menu.addAction(self.tr("Take all photos out of Sort"), self._clear)
        self.more = tool_button("more", self.tr("More"), menu=menu)
        self.more.setProperty("kind", "more")
        self.add_to_header(self.more)
        self.keys = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self._show_keys()
        photos = (self.dropped, 1), (self.view, 1)
        column(self.bar, self.words, *photos, self.question, self.keys, spacing=Space.M, of=self.body)

    def _connect(self) -> None:
        work, view = self.work, self.view
        self.context.photos_moved.connect(self._on_photos_moved)
        work.changed.connect(self._show)
        work.went_back.connect(self._on_went_back)
        work.advanced.connect(self._show_work)
        work.loaded.connect(self._on_loaded)
        work.learned_now.connect(self._on_learned)
        self.bar.changed.connect(self._on_sifted)
        self.words.changed.connect(self._on_words)
        self.bar.size_bar.side_chosen.connect(self._keep_side)
        self.question.answered.connect(self._on_answer)
        view.name_given.connect(self._on_name)
        view.merge_wanted.connect(self._on_merge)
        view.split_wanted.connect(self._on_split)
        view.split_left.connect(self._on_split_left)
        view.aside_wanted.connect(self._on_aside)
        view.move_wanted.connect(self._on_move)
        view.gather_wanted.connect(self._on_gather)
        view.answer_given.connect(self._on_answer)
        view.undo_wanted.connect(self._undo)
        view.field.left.connect(self._show)
        view.field.entered.connect(self._show_keys)
        view.field.abandoned.connect(self._show_keys)
        view.field.abandoned.connect(self._show)
        view.selectionModel().currentChanged.connect(self._show_keys)
        view.open_wanted.connect(self._on_open)
        view.unstack_wanted.connect(self._on_unstack)
        view.enlarge_wanted.connect(self._on_enlarge)

    @Slot(int)
    def _keep_side(self, side: int) -> None:
        self.context.settings.update(sort_side=side)
        self.dropped.set_side(side)

    # What there is

    def set_project(self) -> None:
        self.work.forget()
        self._forget()
        self.model.fill(())
        self.words.forget()
        self.bar.reset()
        self.question.ask(None)
        self.pictures.clear()
        self.small.clear()

    def refresh(self) -> None:
        self.work.look()
        self.view.set_editable(self.context.is_writable)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._order = []  # what comes next stands as the order says that is chosen

    def focusInEvent(self, event: QFocusEvent) -> None:
        if not self.is_empty:  # once Learn was pressed, U acts. A focus proxy would draw Tab over what stands above.
            (self.dropped if self.work.is_reading else self.view).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.bar.search.text():
            self.bar.search.forget()
        else:
            super().keyPressEvent(event)

    def show_item(self, item: object) -> None:
        if isinstance(item, Sequence):
            self.take_dropped(item)

    def take_dropped(self, paths: Sequence[Path]) -> None:
        if paths and self.context.is_writable:
            self.message_bar.hide()
            self._end_test()
            self.work.add(paths)
            self._show()

    @Slot(object)
    def _on_photos_moved(self, places: Mapping[str, str]) -> None:
        self.work.relocate(places)
        self._read_missing()
        self.refresh_soon()

    def _read_missing(self) -> None:
        for source in (self.pictures, self.small):
            source.forget_missing()

    @Slot()
    def _choose_folder(self) -> None:
        folders = forms.choose_folders(self, self.tr("Choose folders of photos that are not sorted yet"))
        if folders:
            self.take_dropped(folders)

    # What is shown

    @Slot()
    def _show(self) -> None:
        self._show_work()
        contents, pile = self.contents, self.work.pile
        if contents is None:
            return
        if pile is None:
            if self.work.is_reading:
                self.show_body()
                self.model.fill(())
                return
            self.question.ask(None)
            self.empty.say(
                "photos",
                self.tr("Drop photos that are not sorted yet"),
                self.tr("Add photos") if self.context.is_writable else "",
                self._choose_folder,
                self.tr(
                    "Those that look alike are put together. You give each group its name, and it becomes a class to "
                    "recognise. The photos stay where they are, and nothing leaves this computer without your yes."
                ),
            )
            return
        groups = {group.id: group for group in self.work.groups if self.work.left_of(group.photos)}
        if self._next is None and not groups.keys() >= self.view.typed_of:
            return  # grouped anew under a name that is being typed: its row stands until it is given or left
        ranked_for = self.work.learned, self.work.is_grouped
        if self._ranked_for != ranked_for:  # photos came, or were learned, and a moment later their groups are there
            self._ranked_for, self._order = ranked_for, []
        is_ranked = not self._order
        self._order = merged_order(self._order or [group.id for group in self._ranked()], list(groups))
        self._given = {name_key(group.name) for group in self.work.groups if group.name}
        self._rows = {id: row for id, row in self._rows.items() if id in groups}
        known = [class_.name for class_ in contents.classes]
        known += [self._shown(group.name) for group in groups.values() if group.name]
        self.view.field.offer(dict.fromkeys(known))
        # Words that no name has are looked for in the photos, which stay meanwhile.
        typed = self.bar.wanted[1]
        named = typed if not self.words.words and self._is_a_name(typed) else ""
        shown = [groups[id] for id in self._order if self._is_wanted(groups[id], named)]
        rows = [*self._useful_rows(), *map(self._row, shown)]
        for id, keys in ((LEFT, pile.left), (ASIDE, pile.aside)):
            if keys := self.work.left_of(keys):
                keys = tuple(sorted(keys, key=self._unlike)) if self.words.words else keys
                row = GroupRow(id, keys, hint=self._about(id, groups), is_open=id in self._opened)
                ids = [other_row.id for other_row in rows]
                rows.insert(ids.index(self._fits_less) if id == LEFT and self._fits_less in ids else len(ids), row)
        is_first = self.view.currentIndex().row() == 0 and not (self.view.typed_of or self.view.picked)
        if is_ranked and is_first and self._next is None:  # nobody went to another
            self._next = next((row.id for row in rows if row.is_group), None)
        current, self._next = self._next, None
        self.show_body()
        all_sorted = self.tr("All photos are sorted. Drop others; U undoes what was done last")
        nothing = self.tr("Looking at the photos...") if self.work.loading.is_busy else all_sorted
        self.view.nothing = self.tr("No group fits") if groups else nothing
        self.view.show_rows(rows, current)
        self._show_keys()
        self._show_counts(list(groups.values()))
        if self._is_test_done:
            self._is_test_done = False
            said = self.tr("No photo of the test is left to name.")
            self.banner(said, self.learn.text(), self.work.learn, is_of_last=True)
        pair = next((pair for pair in self.work.doubts if all(id in groups for id in pair)), None)
        asked = [(self.work.left_of(groups[id].photos), self._shown(groups[id].name)) for id in pair or ()]
        self.question.ask(pair, asked)

    def _is_wanted(self, group: PileGroup, words_: str) -> bool:
        kind, is_named = self.bar.wanted[0], bool(group.name)
        is_kind = {"bare": not is_named or group.id in self._just_named, "named": is_named}.get(kind, True)
        return is_kind and (not words_ or self._is_called(group, words_))

    def _is_called(self, group: PileGroup, words_: str) -> bool:
        """Whether words are in the name of a group, or in those of its files."""
        files = (self.work.photos[key].path.name for key in group.photos)
        return has_words(words_, " ".join([self._shown(group.name), *files]))

    def _is_a_name(self, words_: str) -> bool:
        return any(self._is_called(group, words_) for group in self.work.groups)

    def _load_searched(self, bench: OpenProject, job: Job) -> tuple[list[str], PhotoSearch]:
        from spa_desktop.workbench.searching import search_of

        return search_of(bench.store(job), self.work.photos, job)

    def _unlike(self, *keys: str) -> float:
        """How far photos are from what is searched for; those that could not be searched are furthest."""
        near = [self.words.similarity[key] for key in keys if key in self.words.similarity]
        return -sum(near) / len(near) if near else 1.0

    def _row(self, group: PileGroup) -> GroupRow:
        """A group as a row; the same one as before where nothing about it is another, as most are after a key."""
        parts = self._parts[1] if self._parts is not None and self._parts[0] == group.id else ()
        if parts and {key for part in parts for key in part} != set(group.photos):
            self._parts, parts = None, ()  # it was grouped anew meanwhile
        # A name that another group has is not one for groups that are not like it.
        names = [name for name in self.work.names.get(group.photos, ()) if name_key(name) not in self._given]
        is_open = group.id in self._opened
        said, known = self.work.asked_names.get(group.photos), self._rows.get(group.id)
        about = group, self.work.learned, self.contents, parts, is_open, said, self._unstacked
        if known is None or known[1] != names or any(old is not new for old, new in zip(known[0], about, strict=True)):
            known = self._rows[group.id] = about, names, self._new_row(group, parts, names, is_open=is_open)
        return known[2]

    def _useful_rows(self) -> list[GroupRow]:
        """The photos that are most useful to label, one a row, where this order is wanted; keys go to the first."""
        kind, words_, order = self.bar.wanted
        if order not in ("useful", "test") or kind == "named" or words_:
            return []
        self.work.ask_useful(as_test=order == "test")
        if self.work.useful is not self._useful:
            pile = self.work.pile
            was_asked = {copies[0] for copies in self._useful} if order == "test" else set()
            if pile is not None and was_asked.isdisjoint(pile.left):
                self._is_test_done |= not was_asked.isdisjoint(pile.tests - self.work.learned.keys())
            self._useful = self.work.useful
            self._digits.clear()
            if self._useful and not self.view.typed_of:
                self._next = PHOTO
        left, pile = self.work.useful_left, self.work.pile
        hint = self.tr("Most useful to label: {n} of {all}") if order == "useful" else self.tr("Test: {n} of {all}")
        likely = pile.likely([copies[0] for _, copies in left], _MOST_LIKELY) if pile is not None else []
        if order == "test":  # nothing is learned by it, so that a digit goes on to mean what was read beside it
            for place, (_, copies) in enumerate(left):
                known = self._digits.setdefault(copies[0], [])
                known.extend(name for name in likely[place] if name not in known)
                likely[place] = tuple(sorted(likely[place], key=known.index))
        return [
            GroupRow(
                PHOTO + place,
                copies[:1],
                {copies[0]: copies},
                suggestions=tuple(Suggestion(self._shown(name), is_known=True, is_sure=False) for name in names),
                hint=hint.format(n=place + 1, all=len(self._useful)),
            )
            for (place, copies), names in zip(left, likely, strict=True)
        ]

    def _new_row(
        self, group: PileGroup, parts: tuple[tuple[str, ...], ...], names: list[str], *, is_open: bool
    ) -> GroupRow:
        looks, unstacked = list[tuple[str, ...]](), frozenset[str]()
        for look in filter(None, map(self.work.left_of, group.looks)):
            is_stack_open = len(look) > 1 and not self._unstacked.isdisjoint(look)
            looks += [(key,) for key in look] if is_stack_open else [look]
            unstacked = unstacked.union(look) if is_stack_open else unstacked
        photos, copies = tuple(look[0] for look in looks), {look[0]: look for look in looks if len(look) > 1}
        hint = ""
        if parts:
            kinds = self.tr("Two kinds, as it seems.") if len(parts) == 2 else self.tr("{n} kinds, as it seems.")
            hint, shown = kinds.format(n=len(parts)), set(photos)
            parts = tuple(tuple(key for key in part if key in shown) for part in parts)
        is_bare = not group.name and self.context.is_writable
        suggestions = tuple(self._suggestions(group, names)) if is_bare else ()
        name = self._shown(group.name)
        return GroupRow(group.id, photos, copies, name, suggestions, hint, parts, is_open, unstacked)

    def _suggestions(self, group: PileGroup, names: list[str]) -> Iterator[Suggestion]:
        seen: set[str] = set()
        known = self.contents.shown_as if self.contents is not None else {}
        likely = group.like, self.work.hint(group)
        sure = likely if len(group.looks) > 1 else likely[1:]  # a photo alone is put beside the nearest that is named
        for name in (*self.work.asked_names.get(group.photos, ()), *likely, *names):
            stored = self._stored(name)
            if stored and stored not in seen and len(seen) < _MOST_SUGGESTED:
                seen.add(stored)
                is_known = stored in known or name == group.like
                yield Suggestion(self._shown(stored), is_known, name in sure)

    def _shown(self, stored: str) -> str:
        """A name as it is shown: that of a class as on other pages."""
        known = self.contents.shown_as.get(stored) if self.contents is not None else None
        return visible(stored) if known is None else known

    def _stored(self, text: str) -> str:
        """The name that is meant by a text, "" where it is none."""
        try:
            name = clean_name(text) if text else ""
        except InputError:
            return ""
        return self.contents.meant_name(name) if self.contents is not None and name else name

    def _about(self, id: int, groups: dict[int, PileGroup]) -> str:
        if id == ASIDE:
            return ""
        if not groups:
            return self.tr("No groups were found. Pick photos of one kind, and press Enter to make a group of them.")
        return self.tr("They are in no group so far. They are grouped anew as you name.")

    def _show_counts(self, shown: Sequence[PileGroup]) -> None:
        named = self.work.named
        total = len(self.work.left_of(tuple(self.work.photos)))
        left = len(self.work.left_of(self.work.pile.left)) if self.work.pile is not None else 0
        text = words.photos(total) + (" · " + self.tr("{n} left over").format(n=count(left)) if left else "")
        self.counts.setText(text)
        self.counts.setToolTip(text)
        bare = sum(not group.name for group in shown)
        self.bar.show_counts(bare, len(shown) - bare)
        classes = len(self.work.to_learn)
        text = self.tr("Learn {classes}").format(classes=words.classes(classes)) if classes else self.tr("Learn")
        if named and not classes:
            text = self.tr("Test with {photos}").format(photos=words.photos(sum(map(len, named.values()))))
        self.learn.setText(text)
        self.skips.setVisible(bool(self.work.skipped))
        one, many = self.tr("1 file left out"), self.tr("{n} files left out")
        self.skips.setText((one if len(self.work.skipped) == 1 else many).format(n=count(len(self.work.skipped))))
        self.copy.setEnabled(bool(shown) and len(shown) > bare)

    @Slot()
    def _show_work(self) -> None:
        has_pile, can, is_reading = self.work.pile is not None, self.context.is_writable, self.work.is_reading
        if is_reading:
            handle = self.work.loading.handle
            event = handle.event if handle is not None else None
            text, how_far = self.tr("Looking at the photos..."), self.tr("Looking at the photos: {done} of {all}")
            if event is not None and event.total:
                text = how_far.format(done=count(min(event.done, event.total)), all=count(event.total))
            self.counts.setText(text)
            self.counts.setToolTip(text)
        found = self.work.found if is_reading else ()
        if self.dropped.photo_list.all_photos is not found:  # not with each step: there may be very many
            self.dropped.fill(found)
        for path in reversed(found[:_READ_AHEAD]):
            self.dropped_pictures.picture(path, self.dropped.devicePixelRatioF())
        with self.keeping_focus():
            for widget in (self.learn, self.more, self.choose, self.bar):
                widget.setVisible(has_pile)
            self.keys.setVisible(has_pile and can)
            self.counts.setVisible(has_pile or is_reading)
            self.view.setVisible(not is_reading)
            self.dropped.setVisible(is_reading)
            self.choose.setEnabled(can)
            self.learn.setEnabled(bool(self.work.named) and can and not self.work.learning.is_busy)

    @Slot()
    def _show_keys(self) -> None:
        """Say what keys do now: letters are letters while a name is typed."""
        number = len(self.view.row.suggestions) if self.view.row is not None else 0
        many = self.tr("1 to {n} suggestions").format(n=number)
        digits = "" if not number else self.tr("1 suggestion") if number == 1 else many
        if self.view.is_naming:
            first, others = self.tr("Enter accept the name"), self.tr("Up, Down other groups · Escape leave it")
        else:
            first = self.tr("Enter name")
            others = self.tr("M merge · S split · X take out · G own group · Del set aside · U undo")
        keys = " · ".join(filter(None, (first, digits, others)))
        self.keys.setText(keys)
        self.keys.setToolTip(tip(keys))

    # What the user does

    @Slot(object, object, str, bool)
    def _on_name(self, ids: list[int], picked: list[str], text: str, goes_on: bool) -> None:
        """Name groups, or of one the photos that are picked alone, and go on to the next row unless the user did."""
        name = self._stored(text)
        if not name:
            said = self.tr("{name} is no name for a class: choose another").format(name=text)
            self.banner(said, is_error=True, is_of_last=True)
            if goes_on:
                self.view.name_current(text)
            return
        self._parts = None
        if picked and any(group.id == ids[0] and group.name == name for group in self.work.groups):
            return  # they have it
        if picked:
            self._gather(picked, ids[0], name)
            self._say_joined(picked, name, ids[0])
            return
        self._opened -= set(ids)
        self._next = self.view.after(ids) if goes_on else None
        self._just_named = self._just_named | set(ids)
        there = {group.id for group in self.work.groups}
        seen = [row for row in self.model.rows if row.id in ids and row.id not in there]
        gone = [key for row in seen for key in row.all_of(row.photos)]  # the name is for what one saw while typing
        as_test = self.bar.wanted[2] == "test" and all(row.is_photo for row in seen)

        def act(pile: Pile) -> int:
            made = [pile.gather(gone, name, as_test=as_test)] if gone else []
            still = [id for id in ids if id in there]
            return pile.name([*made, *still], name) if still or not made else made[0]  # one act, to be undone by one

        if self.work.act(act) is None:
            self._next = None

    @Slot(object)
    def _on_merge(self, ids: list[int]) -> None:
        # From one row into the one above it: what comes next is current then, and the same key goes on.
        is_into_above = len(self.view.chosen) < 2
        self._next = self.view.below(ids) if is_into_above else ids[0]
        above, *below = (group for id in ids for group in self.work.groups if group.id == id)
        self.work.act(lambda pile: pile.merge(ids))
        if is_into_above and above.name:  # it may have folded to one line, which does not show them
            self._say_joined([key for group in below for key in self.work.left_of(group.photos)], above.name)

    def _say_joined(self, keys: Sequence[str], name: str, taken_from: int | None = None) -> None:
        """Say what joined a name, and that what is left of the group it was taken from does not stay as it is."""
        text = self.tr("{photos} joined {name}.").format(photos=words.photos(len(keys)), name=self._shown(name))
        if any(group.id == taken_from and not group.touched for group in self.work.groups):
            text = " ".join([text, self.tr("The rest of the group is grouped anew.")])
        self.banner(text, self.tr("Undo"), self._undo, is_of_last=True)

    @Slot(int)
    def _on_split(self, id: int) -> None:
        pile = self.work.pile
        if pile is None:
            return
        if self._parts is not None and self._parts[0] == id:
            parts, self._parts = self._parts[1], None
            self.work.act(lambda pile: pile.split(id, parts))
            return

        def propose(bench: OpenProject, job: Job) -> tuple[int, tuple[tuple[str, ...], ...]]:
            try:  # it takes a second for a group of some thousands, which may be no group any more
                return id, tuple(pile.propose_split(id))
            except KeyError:
                return id, ()

        self.context.read(propose).success(self._on_proposed)

    def _on_proposed(self, found: tuple[int, tuple[tuple[str, ...], ...]]) -> None:
        if len(found[1]) < 2:
            self.banner(self.tr("These photos are too much alike to be split"))
            return
        self._parts = found
        self._show()

    @Slot()
    def _on_split_left(self) -> None:
        self._parts = None
        self._show()

    @Slot(object)
    def _on_aside(self, keys: list[str]) -> None:
        current = self.view.row
        is_whole = current is not None and current.id > 0 and set(current.photos) <= set(keys)
        if current is not None and is_whole:
            self._next = self.view.below([current.id])
        self.work.act(lambda pile: pile.set_aside(keys))
        if is_whole and len(keys) > 1:
            text = self.tr("{photos} set aside.").format(photos=words.photos(len(keys)))
            self.banner(text, self.tr("Undo"), self._undo, is_of_last=True)

    @Slot(object, object)
    def _on_move(self, keys: list[str], id: int | None) -> None:
        self.work.act(lambda pile: pile.move(keys, id))

    @Slot(object)
    def _on_gather(self, keys: list[str]) -> None:
        self._next = self._gather(keys, self.view.row.id if self.view.row is not None else None)
        if self._next is not None:
            self._show()
            self.view.name_current()

    def _gather(self, keys: list[str], near: int | None, name: str = "") -> int | None:
        """Make a group of photos, behind the one that they come from, or have them join that of the name."""
        others = list(self._order)
        made: int | None = self.work.act(lambda pile: pile.gather(keys, name))
        if made is not None and made not in others:
            place = others.index(near) + 1 if near in others else len(others)
            self._order = [*others[:place], made, *others[place:]]
            self._just_named = self._just_named | {made}
            self._show()
        return made

    @Slot(bool)
    def _on_answer(self, is_same: bool) -> None:
        pair = self.question.pair
        if pair is not None and self.question.is_seen:
            self.work.act(lambda pile: pile.same(*pair, is_same))

    @Slot()
    def _undo(self) -> None:
        undo = self.context.undo
        if self._parts is not None:  # proposed, and not done
            self._on_split_left()
        elif undo.can_undo and undo.would_undo(self.work, "learn"):
            undo.undo()
        elif undo.can_undo:  # a letter takes back nothing of other pages
            keys = QKeySequence(QKeySequence.StandardKey.Undo).toString(QKeySequence.SequenceFormat.NativeText)
            text = self.tr("Nothing on this page is left to undo. {keys} undoes: {what}")
            self.banner(text.format(keys=keys, what=visible(undo.undo_text)))
        else:
            self.banner(self.tr("There is nothing to undo"))
        if not self.view.field.hasFocus():
            self.view.setFocus()  # the button is gone, and keys act at once

    @Slot(object)
    def _on_went_back(self, names: Mapping[int, str]) -> None:
        self._parts = None
        back = [group.id for group in self.work.groups if group.name != names.get(group.id)]
        self._next = min(back, key=lambda id: id not in names, default=None)  # by its name, else what is there again
        self._show()

    @Slot(int, bool)
    def _on_open(self, id: int, is_open: bool) -> None:
        self._opened = self._opened | {id} if is_open else self._opened - {id}
        self._show()

    @Slot(int, object, bool)
    def _on_unstack(self, id: int, keys: list[str], is_open: bool) -> None:
        looks = next((group.looks for group in self.work.groups if group.id == id), ())
        stacks = {key for look in looks if not set(keys).isdisjoint(look) for key in look}
        self._unstacked = self._unstacked | stacks if is_open else self._unstacked - stacks
        self._opened |= {id} if is_open else set()  # there may be more than two lines have room for
        self._show()

    @Slot(int, str)
    def _on_enlarge(self, id: int, key: str) -> None:
        shown = self.model.rows[self.model.row_of(id) or 0]
        photos = [self.work.photos[photo_key] for photo_key in shown.shown]
        about = [" · ".join(filter(None, (visible(photo.path.name), shown.name))) for photo in photos]
        large = [LargePhoto(photo.path, text, sha256=photo.sha256) for photo, text in zip(photos, about, strict=True)]
        self.enlarge(large, shown.shown.index(key), self._on_moved)

    @Slot(object)
    def _on_moved(self, photo: LargePhoto) -> None:
        """Pick what is looked at, if the current row, which may be another by now, has it."""
        shown = self.view.row
        if shown is not None and photo.sha256 in shown.shown:
            self.view.pick(shown.id, [photo.sha256], is_next=True)

    @Slot()
    def _on_sifted(self) -> None:
        """Another order holds from now on: what comes later does not move what stands."""
        pile, order = self.work.pile, self.bar.wanted[2]
        if order != self._ordered:
            self._ordered = order
            self.work.forget_useful()
            self._useful = ()
        self._just_named = set()
        if pile is not None:
            groups = self._ranked()
            self._order = [group.id for group in groups]
            left = self._nearest(pile.left)
            less = (group.id for group in groups if self.words.words and left < self._nearest(group.photos))
            self._fits_less = next(less, None)
        self._show()

    def _ranked(self) -> list[PileGroup]:
        """The groups in the order that is wanted, by the photos of theirs that are left."""
        order = self.bar.wanted[2]
        ranks = {
            "largest": lambda group: -len(self.work.left_of(group.photos)),
            "tightest": lambda group: -group.tightness,
            "name": lambda group: (not group.name, self._shown(group.name).casefold()),
            "found": lambda group: self._unlike(*(look[0] for look in group.looks[:_AT_A_GLANCE])),
        }
        rank = ranks["found" if self.words.words else order if order in ranks else "largest"]
        return sorted(self.work.groups, key=rank)

    def _nearest(self, photos: tuple[str, ...]) -> float:
        """How far those of some photos that fit the words best are from them."""
        return self._unlike(*sorted(self.work.left_of(photos), key=self._unlike)[:_AT_A_GLANCE])

    @Slot()
    def _on_words(self) -> None:
        """Groups that show what is searched for come first, and the first is where keys go."""
        self._on_sifted()
        if self.words.words and self.model.rows:
            self.view.go_to(self.model.rows[0].id)

    @Slot()
    def _show_skips(self) -> None:
        self.view.setFocus()  # else Enter would open it again, once it is closed
        SkipReport(self.work.skipped, self).open()

    # What comes of it

    @Slot()
    def _on_loaded(self) -> None:
        if not self.context.opened.has_texts:
            self.banner(self.tr("This project's backbone reads no words: no names are proposed for groups"))
        self._read_missing()
        paths = {photo.sha256: str(photo.path) for photo in self.work.photos.values()}
        self.pictures.take_over(self.dropped_pictures, paths)
        self.words.forget()
        if self.words.words:
            self.words.look()
        if self.isVisible() and self.view.isVisible():
            self.view.go_to(self.model.rows[0].id if self.model.rows and self.view.row is None else None)
            self.view.setFocus()

    @Slot(object, object)
    def _on_learned(self, done: Trained | Accuracy, skipped: Sequence[Skipped]) -> None:
        is_alike = self.context.opened.has_alike_tests
        if isinstance(done, Accuracy):
            self._end_test()
            text = self.tr("The test photos were added: {right}.").format(right=accuracy_words(done))
        else:
            names = [*done.learned, *done.topped_up]
            text = self.tr("Learned {classes}.").format(classes=words.classes(len(names)))
            if done.notes.tests and not done.is_alone:
                right = accuracy_words(done.notes.accuracy, is_alike=is_alike)
                text += " " + self.tr("Test photos: {right}.").format(right=right)
                if done.untested:
                    text += " " + words.untested(list(map(self._shown, done.untested))) + "."
        if skipped:
            text += " " + self.tr("Left out: {n} ({why})").format(n=count(len(skipped)), why=_why(skipped))
        step = next_step(self.context.opened, "sort")
        answer, action = step.action, partial(self.context.go_to, step.page)
        left = self.work.left_of(self.work.pile.left) if self.work.pile is not None and is_alike else ()
        if left:
            number = min(len(left), AT_A_TIME)
            answer = self.tr("Name {n} of those left over, as an honest test").format(n=count(number))
            action = partial(self._begin_test)
        self.banner(text, answer, action, is_of_last=True)

    @Slot()
    def _begin_test(self) -> None:
        self.bar.search.forget()  # words and the groups with a name alone would hide them
        self.bar.filter.setCurrentIndex(0)
        self.bar.order.setCurrentIndex(self.bar.order.findData("test"))
        self.view.setFocus()

    def _end_test(self) -> None:
        """Show the groups again: what is named from now on is learned."""
        if self.bar.wanted[2] == "test":
            self.bar.order.setCurrentIndex(self.bar.order.findData("largest"))

    @Slot()
    def _copy(self) -> None:
        """Copy what was named into a folder for each name. The photos stay where they are."""
        contents = self.context.opened
        start = contents.path.with_name(self.tr("{name} sorted").format(name=contents.name))
        title = self.tr("Copy into which folder? Name a new one, or choose an empty one")
        target = forms.export_folder(self, title, start)
        named = {
            group.name: [self.work.photos[key] for key in group.photos] for group in self.work.groups if group.name
        }
        if target is not None:
            self.context.background.start(
                self.tr("Copying photos"), lambda job: copy_named(named, target, job), lane="folders"
            ).success(self._on_copied)

    def _on_copied(self, done: Sorted) -> None:
        text = self.tr("Copied {photos} into {path}").format(photos=words.photos(done.done), path=done.target)
        if done.failed:
            failed = self.tr("Not copied: {n} ({why})").format(n=count(len(done.failed)), why=_why(done.failed))
            text = words.sentences([text, failed])
        self.banner(text)

    @Slot()
    def _clear(self) -> None:
        self.work.drop_all()
        self.banner(self.tr("Nothing is sorted any more."), self.tr("Undo"), self._undo, is_of_last=True)

    @Slot()
    def _refresh_menu(self) -> None:
        """The service can be asked for a name of the current group, where a service is the writer."""
        row = self.view.row
        can = row is not None and row.is_group and not row.is_photo and not row.name
        self.service.setVisible(self.work.has_service)
        self.service.setEnabled(can and not self.work.asking.is_busy)

    @Slot()
    def _ask_service(self) -> None:
        if self.view.row is not None:
            self.work.ask_service(self.view.row.id)


def _why(skipped: Sequence[Skipped]) -> str:
    return f"{visible(skipped[0].path.name)}: {why_skipped(skipped[0])}"
