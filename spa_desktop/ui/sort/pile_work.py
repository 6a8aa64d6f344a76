"""The pile of photos in the window: acts show at once, are kept behind them, and the rest is grouped anew meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtGui import QImage

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.descriptions.consent import SETTING, keeps_local
from spa_desktop.discover.pile import Pile, PileGroup, Plan
from spa_desktop.errors import SpaError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Job, JobEvent
from spa_desktop.project import Skipped
from spa_desktop.project.folders import HAS_ALREADY, may_hold_photos
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import OneWork
from spa_desktop.ui.lightbox.photo_lightbox import read_file_picture
from spa_desktop.ui.preferences import writer_options
from spa_desktop.ui.widgets import words
from spa_desktop.workbench import sorting
from spa_desktop.workbench.sorting import Sorting

if TYPE_CHECKING:
    from spa_desktop.classify.sort_photos import Sorted
    from spa_desktop.discover.names import Evidence
    from spa_desktop.metrics import Accuracy
    from spa_desktop.workbench.open_project import OpenProject
    from spa_desktop.workbench.training import Trained


Names = dict[tuple[str, ...], str]  # by the photos of a group

AT_A_TIME = 10  # photos that are most useful to label
_MOST_ASKED = 128  # groups whose names are asked for at a time: within seconds; what many share names none


class PileWork(QObject):
    """One pile. Whatever takes long is done elsewhere; nothing here waits."""

    changed = Signal()  # groups, names, what is learned
    went_back = Signal(object)  # or again forth, by undo or redo: the names of the groups before by id
    advanced = Signal()  # loading or learning began, got on, or ended
    loaded = Signal()  # photos came
    learned_now = Signal(object, object)  # Trained, or Accuracy on tests that came alone, and what was left out

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.loading, self.learning = OneWork(self), OneWork(self)  # photos are found and encoded; named ones learned
        self.asking = OneWork(self)  # a service, for a name
        for work in (self.loading, self.learning):
            work.changed.connect(self.advanced)
        context.project_changed.connect(self._look_up_learned)
        context.model_changed.connect(self._on_model)
        self.forget()

    def forget(self) -> None:
        """Another project."""
        self.pile: Pile | None = None
        self.photos: dict[str, PhotoRef] = {}  # by the hash of their content, which is their key in the pile
        self.learned: Mapping[str, int] = {}  # the class of each that is in the project by now, by the same key
        self.doubts: list[tuple[int, int]] = []  # pairs of groups that may be the same
        self.skipped: tuple[Skipped, ...] = ()
        self._missing: tuple[PhotoRef, ...] = ()  # of the last time, that cannot be had now: they stay kept
        for work in (self.loading, self.learning, self.asking):
            if work.handle is not None:
                work.handle.abandon()
            work.forget()
        for slot in (self._on_found, self._on_plan, self._on_named, self._on_useful):
            self._context.background.abandon(slot)
        self._waiting: list[Path] = []
        self.found: tuple[str, ...] = ()  # paths of the first photos while they are read
        self._is_looked_for = self._is_asked = False  # for what was sorted the last time; whether there is any
        self._dropped: tuple[Pile, dict[str, PhotoRef]] | None = None
        self.names: dict[tuple[str, ...], tuple[str, ...]] = {}  # that groups may have, by their photos
        self._evidence: dict[tuple[str, ...], Evidence] = {}  # what speaks for names, of the groups that are there
        self.asked_names: dict[tuple[str, ...], tuple[str, ...]] = {}  # the same, by the service
        self.useful: list[tuple[str, ...]] = []  # photos to label, as last asked for, each with its near-duplicates
        self.is_grouped = False  # with all photos that came: the groups are those that one goes on with
        self._is_useful_known = self._are_photos_new = False
        self._moved: dict[str, str] = {}  # where photos lie that were moved, by where they lay
        self._sorting: Sorting | None = None  # the photos, as they were read last
        self._hints: Names = {}  # that files of groups bear
        self._groups: list[PileGroup] | None = None  # until something changes
        self._named: dict[str, list[PhotoRef]] | None = None

    # What is there to sort

    def look(self) -> None:
        """Bring back what was sorted in the project the last time, once."""
        if not self._is_looked_for and self._context.contents is not None:
            self._is_looked_for = self._is_asked = True
            work = self._context.read(lambda bench, job: sorting.has_sorting(bench))
            work.success(self._on_looked).over(self._on_asked)

    def _on_asked(self) -> None:
        self._is_asked = False
        self._tell()

    @property
    def is_reading(self) -> bool:
        """The first photos are on their way, or it is not known yet whether there are any."""
        return self.pile is None and (self.loading.is_busy or self._is_asked)

    def _on_looked(self, is_there: bool) -> None:
        if is_there and self.pile is None and not self.loading.is_busy:  # photos that came meanwhile bring it back too
            self._begin([])

    def add(self, paths: Sequence[Path]) -> None:
        """Have further photos sorted: files and folders; other files among them are left out."""
        self._is_looked_for = True
        if self.loading.is_busy:
            self._waiting += paths
        else:
            self._begin(list(paths))

    def relocate(self, places: Mapping[str, str]) -> None:
        """Photos lie elsewhere now, by where they lay: those that could not be had are read there."""
        self._moved |= places
        if self.pile is None:
            self._is_looked_for = False  # looking for it failed, or did not begin, or goes on
        elif not self.loading.is_busy:
            self._follow_moved()

    def _follow_moved(self) -> None:
        moved, self._moved = self._moved, {}
        back = [Path(moved[str(photo.path)]) for photo in self._missing if str(photo.path) in moved]

        def at_its_place(photo: PhotoRef) -> PhotoRef:
            return replace(photo, path=Path(moved.get(str(photo.path), photo.path)))

        self.photos = {key: at_its_place(photo) for key, photo in self.photos.items()}
        self._missing = tuple(map(at_its_place, self._missing))
        self._are_photos_new = True
        self._save()
        self._tell()
        if back:
            self.add(back)

    def _begin(self, paths: list[Path]) -> None:
        is_kept = self.pile is None and self._dropped is None  # else what is kept may be older than what is here
        photos = None if is_kept else list(self.photos.values())
        is_first, self.found = self.pile is None, ()
        groups = [group.photos for group in self.groups]

        def sources() -> list[Path]:
            return list(filter(may_hold_photos, paths))

        def begin(bench: OpenProject, job: Job) -> tuple[Sorting, Plan | None, Names] | None:
            found = sorting.begin_sorting(bench, job, sources=sources(), photos=photos)
            if found is None:
                return None
            # Its groups are there when it is shown.
            plan = found.pile.plan() if is_first and not found.pile.groups else None
            return found, plan, found.names_in_files(groups or found.pile.grouped(plan))

        if paths and is_first:
            self._context.read(lambda bench, job: find_photos(sources(), job).paths).hush().newest(self._on_found)
        title = self.tr("Encoding photos") if paths or is_first else ""
        work = self._context.read(begin, title=title, lane="folders")
        work.success(self._on_ready).cancelled(self._on_not_loaded).progress(self._on_event)
        self.loading.handle = work.over(self._on_loading_over)
        self._tell()

    def _on_found(self, paths: list[str]) -> None:
        if self.is_reading:
            self.found = tuple(paths)
            self.advanced.emit()

    def _on_event(self, _: JobEvent) -> None:
        self.advanced.emit()

    def _on_not_loaded(self) -> None:
        self._context.banner(
            self.tr("Cancelled. What was encoded is kept: the same photos take less time the next time.")
        )

    def _on_loading_over(self) -> None:
        self.loading.forget()
        self._tell()
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._begin(waiting)

    def _on_ready(self, ready: tuple[Sorting, Plan | None, Names] | None) -> None:
        if ready is None:
            return
        found, plan, names = ready
        was_missing = list[PhotoRef]()
        if self.pile is not None:
            found.pile.follow(self.pile)
            was_missing = [ref for ref in self._missing if ref.sha256 not in found.pile.photos]  # not looked for now
        elif not found.is_restored:
            self._context.banner(
                self.tr("How far the sorting was cannot be read any more: the photos are grouped anew.")
            )
        elif self._context.is_writable:  # the acts of the last time
            self._context.undo.drop(self)
            for _ in range(found.pile.acts):
                self._note(partial(self._go, Pile.undo), partial(self._go, Pile.redo), is_oldest=True)
        self.pile, self.skipped, self._sorting, self._hints = found.pile, found.skipped, found, names
        self.is_grouped = False
        if found.moved:
            said = self.tr("Found where they lie now: {photos}.")
            self._context.banner(said.format(photos=words.photos(found.moved)))
        if known := sum(file.reason == HAS_ALREADY for file in found.skipped):
            said = self.tr("In the project already, and not to be sorted: {photos}")
            self._context.banner(said.format(photos=words.photos(known)))
        self.useful, self._is_useful_known = [], False
        self.photos = {photo.sha256: photo for photo in found.photos}
        self._missing = tuple(dict.fromkeys([*was_missing, *found.missing]))
        self._are_photos_new |= found.added + found.moved > 0
        self._look_up_learned()
        if plan is not None:
            self._on_plan((plan, {}))
        else:
            self._plan()
        if self._are_photos_new:
            self._save()
        self._tell()
        self.loaded.emit()
        if self._moved:  # meanwhile
            self._follow_moved()

    @Slot()
    def _look_up_learned(self) -> None:
        if self.pile is not None and self._context.contents is not None:
            keys = list(self.photos)
            read = self._context.read(
                lambda bench, job: {key: one.class_id for key, one in bench.project.find_photos(keys).items()}
            )
            read.newest(self._on_learned_known)

    def _on_learned_known(self, learned: Mapping[str, int]) -> None:
        if self.pile is not None and learned != self.learned:
            self.learned = learned
            self._tell()

    @Slot()
    def _on_model(self) -> None:
        """Photos are compared in units of the model: with another model, the features are others."""
        if self.pile is not None and not self.loading.is_busy:
            self._begin([])

    # What the user does

    def act(self, act: Callable[[Pile], Any]) -> Any:
        """Do something to the pile. It is seen at once; keeping it and grouping the rest anew follow."""
        if self.pile is None or not self._context.is_writable:
            return None
        before = self.pile.acts
        with contextlib.suppress(KeyError):  # a group that was there when the key was pressed
            result = act(self.pile)
            for _ in range(self.pile.acts - before):
                self._note(partial(self._go, Pile.undo), partial(self._go, Pile.redo))
            self._after_act()
            return result
        return None

    def _note(
        self, take_back: Callable[[], None], redo: Callable[[], None] | None = None, *, is_oldest: bool = False
    ) -> None:
        text = QCoreApplication.translate("pages", "Sort")
        self._context.undo.add(text, take_back, self, redo=redo, is_oldest=is_oldest)

    def _go(self, go: Callable[[Pile], bool]) -> None:
        if self.pile is not None:
            names = {group.id: group.name for group in self.groups}
            go(self.pile)
            self._after_act()
            self.went_back.emit(names)

    def _after_act(self) -> None:
        self.doubts, self._is_useful_known = [], False
        self._tell()
        self._save()
        self._plan()

    def drop_all(self) -> None:
        """Sort nothing any more: the photos themselves stay where they are."""
        if self.pile is not None:
            self._dropped = self.pile, self.photos
            self._note(self._bring_back)
            self._take(None, {})

    def _bring_back(self) -> None:
        """Take that back, if nothing else was begun since."""
        if self._dropped is not None and self.pile is None:
            self._take(*self._dropped)

    def _take(self, pile: Pile | None, photos: dict[str, PhotoRef]) -> None:
        if self.loading.handle is not None:  # it would end with the photos of the pile before, and with those alone
            self.loading.handle.abandon()
            self.loading.handle, self._waiting = None, []
        self.pile, self.photos, self.learned, self.doubts, self.skipped = pile, photos, {}, [], ()
        self.useful, self._is_useful_known = [], False
        self._are_photos_new = True
        self._save()
        self._look_up_learned()
        self._plan()
        self._tell()

    # Behind it: the rest is grouped anew, and all is kept

    def _plan(self) -> None:
        """Group anew what nobody has touched. One at a time: the newest state is what counts."""
        pile, found, known = self.pile, self._sorting, self._hints
        if pile is None or found is None or self._context.background.find(self._on_plan):
            return

        def plan(bench: OpenProject, job: Job) -> tuple[Plan, Names]:
            plan = pile.plan()
            return plan, found.names_in_files(keys for keys in pile.grouped(plan) if keys not in known)

        self._context.read(plan).success(self._on_plan)

    def _on_plan(self, planned: tuple[Plan, Names]) -> None:
        pile, (plan, names) = self.pile, planned
        if pile is None:
            return
        if not pile.take(plan):
            self._plan()
            return
        self._hints |= names
        self.is_grouped = True
        self._tell()
        self._ask_names()
        self._context.read(lambda bench, job: (pile, pile.doubts())).newest(self._on_doubts)

    def _on_doubts(self, found: tuple[Pile, list[tuple[int, int]]]) -> None:
        if found[0] is self.pile and not self._context.background.find(self._on_plan) and found[1] != self.doubts:
            self.doubts = found[1]
            self._tell()

    @property
    def useful_left(self) -> list[tuple[int, tuple[str, ...]]]:
        """Of the photos that are most useful to label those without a name, each with its place."""
        if not self.useful or self.pile is None:
            return []
        settled = {
            *self.learned,
            *self.pile.aside,
            *(key for group in self.groups if group.name for key in group.photos),
        }
        return [(place, copies) for place, copies in enumerate(self.useful) if copies[0] not in settled]

    def forget_useful(self) -> None:
        """Others are to be labelled."""
        self._context.background.abandon(self._on_useful)
        self.useful, self._is_useful_known = [], False

    def ask_useful(self, *, as_test: bool = False) -> None:
        """Look for the photos that are most useful to label, once all those of before are labelled.

        Those of a test are some of what is left over, whichever: in the order of their hashes.
        """
        pile = self.pile
        if pile is not None and as_test:
            if not self.useful_left:
                self.useful = [(key,) for key in sorted(self.left_of(pile.left))[:AT_A_TIME]]
            return
        if pile is None or self._is_useful_known or self._context.background.find(self._on_useful) or self.useful_left:
            return
        self._is_useful_known = True
        learned = self.learned
        self._context.read(lambda bench, job: (pile, pile.useful(AT_A_TIME, learned))).success(self._on_useful)

    def _on_useful(self, found: tuple[Pile, list[tuple[str, ...]]]) -> None:
        if found[0] is self.pile:
            self.useful = found[1]
        self._tell()

    def _ask_names(self) -> None:
        """Have names proposed for groups that have none, and of which nobody asked yet. One question at a time."""
        asked = [
            group.photos
            for group in self.groups
            if not group.name and not group.like and group.photos not in self.names
        ]
        contents = self._context.contents
        if not asked or contents is None or not contents.has_texts or self._context.background.find(self._on_named):
            return
        given = {*contents.stored_names.values(), *(group.name for group in self.groups if group.name)}
        photos = [[self.photos[key] for key in keys] for keys in asked[:_MOST_ASKED]]
        there = {group.photos for group in self.groups}
        self._evidence = {keys: own for keys, own in self._evidence.items() if keys in there}
        beside = list(self._evidence.values())
        self._context.read(
            lambda bench, job: (asked, sorting.names_of_groups(bench, photos, given, beside, job))
        ).success(self._on_named)

    def _on_named(self, found: tuple[list[tuple[str, ...]], list[tuple[tuple[str, ...], Evidence]]]) -> None:
        for keys, (names, evidence) in zip(*found, strict=False):
            self.names[keys], self._evidence[keys] = names, evidence
        self._tell()
        self._ask_names()

    @property
    def has_service(self) -> bool:
        """Whether a service is the writer of the project, as on page Descriptions."""
        contents = self._context.contents
        is_service = contents is not None and self._context.settings.value.writer == "openai"
        return is_service and not keeps_local(self._context.opened.settings.get(SETTING))

    def ask_service(self, id: int) -> None:
        """Ask the service for names of a group, after the user agreed. It is named by nobody but the user."""
        group = next((candidate for candidate in self.groups if candidate.id == id), None)
        if group is None or self.asking.is_busy or not self.has_service or not self._context.is_writable:
            return
        photos = [self.photos[look[0]] for look in group.looks]
        consent, options = self._context.asker.sending_consent, writer_options(self._context.settings.value)
        called = self.tr("a group without a name")

        def work(bench: OpenProject, job: Job) -> tuple[str, tuple[str, ...]]:
            from spa_desktop.descriptions.openai.service import WriterOptions

            settings = WriterOptions.from_settings(options)
            return photos[0].sha256, sorting.ask_names(
                bench, photos, job, options=settings, consent=consent, called=called
            )

        self.asking.begin(
            self._context.run(self.tr("Asking the service for a name"), work).success(self._on_names_said)
        )

    def _on_names_said(self, found: tuple[str, tuple[str, ...]]) -> None:
        """Offer them to the group that the most typical photo is in by now."""
        self.asked_names |= {group.photos: found[1] for group in self.groups if found[0] in group.photos}
        self._tell()

    def _save(self) -> None:
        """Keep the pile in the project. One that waits to be kept gives way to this one."""
        bench, pile = self._context.workbench, self.pile
        if bench is None or not self._context.is_writable:
            return
        photos = [*self.photos.values(), *self._missing] if self._are_photos_new else None

        def keep(job: Job) -> None:
            sorting.keep_sorting(bench, None if pile is None else pile.as_json(), photos)

        self._context.background.start("", keep).newest(self._on_saved)

    def _on_saved(self, _: None) -> None:
        self._are_photos_new = False  # what was not kept is kept with the next act
        contents, pile = self._context.contents, self.pile
        waiting = len(self.photos) + len(self._missing) - len(pile.aside) if pile is not None else 0
        if contents is not None and not contents.classes and bool(contents.to_sort) != bool(waiting):
            self._context.run("", lambda bench, job: None)  # the side bar says whether there are any

    # Names, and what becomes of them

    def _tell(self) -> None:
        self._groups = self._named = None
        self.changed.emit()

    @property
    def groups(self) -> list[PileGroup]:
        """The groups of the pile. Those that are what they were are the same objects."""
        if self._groups is None:
            self._groups = self.pile.groups if self.pile is not None else []
        return self._groups

    def left_of(self, photos: tuple[str, ...]) -> tuple[str, ...]:
        """Photos that are not in the project yet."""
        return tuple(key for key in photos if key not in self.learned)

    def hint(self, group: PileGroup) -> str:
        """A name that the files of a group bear already, "" for none."""
        if group.photos not in self._hints and self._sorting is not None:  # the user has just made it
            self._hints |= {group.photos: "", **self._sorting.names_in_files([group.photos])}
        return self._hints.get(group.photos, "")

    @property
    def named(self) -> dict[str, list[PhotoRef]]:
        """Photos that were named and are not in the project yet, by the stored name."""
        if self._named is None:
            self._named = {}
            for group in self.groups:
                if group.name and (photos := self.left_of(group.photos)):
                    self._named.setdefault(group.name, []).extend(self.photos[key] for key in photos)
        return self._named

    @property
    def to_learn(self) -> list[str]:
        """Of the names those of which photos are learned: the others test classes that are there, by stored name."""
        contents, tests = self._context.contents, self.pile.tests if self.pile is not None else ()
        known = contents.shown_as if contents is not None else {}
        return [
            name
            for name, photos in self.named.items()
            if name not in known or not all(photo.sha256 in tests for photo in photos)
        ]

    def learn(self) -> None:
        named, share, pile = self.named, self._context.settings.value.test_share, self.pile
        if pile is None or not named or self.learning.is_busy or not self._context.is_writable:
            return
        tests, rule = pile.tests, self._context.settings.value.event_rule
        hashes = [photo.sha256 for photos in named.values() for photo in photos]
        looks = [look for group in self.groups if group.name for look in group.looks]

        def learn(bench: OpenProject, job: Job) -> tuple[Trained | Accuracy, tuple[Skipped, ...]]:
            done, skipped = sorting.learn_sorted(
                bench, named, job, test_share=share, tests=tests, looks=looks, rule=rule
            )
            return done or sorting.score_tests(bench, hashes, job), skipped

        work = self._context.run(self.tr("Learning what was named"), learn)
        self.learning.begin(work.success(self._on_learned).cancelled(self._on_not_learned))

    def _on_learned(self, found: tuple[Trained | Accuracy, tuple[Skipped, ...]]) -> None:
        self.learned_now.emit(*found)

    def _on_not_learned(self) -> None:
        self._context.banner(self.tr("Cancelled. Nothing was learned."))

    def read_pictures(self, bench: OpenProject, keys: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
        """Pictures from the photos' files, as long as they are what they were. For worker threads."""
        for photo in filter(None, map(self.photos.get, keys)):
            with contextlib.suppress(SpaError):
                yield photo.sha256, read_file_picture(photo.path, side, sha256=photo.sha256)


def copy_named(named: Mapping[str, Sequence[PhotoRef]], target: Path, job: Job) -> Sorted:
    """Copy photos into a folder for each name, if they are what was sorted: a stranger's project may name any file.

    InputError if the folder holds anything, cannot be written or has no room.
    """
    from spa_desktop.classify.answer_files import PhotoAnswer, stamp_of
    from spa_desktop.classify.sort_photos import plan_sort, sort_photos

    answers, names = [], dict(enumerate(named, start=1))
    for number, name in names.items():
        for photo in named[name]:
            size, changed = stamp_of(str(photo.path))
            place = PhotoAnswer(str(photo.path), (number,), (1.0,), size=size, changed=changed, sha256=photo.sha256)
            answers.append(place)
    return sort_photos(plan_sort(answers, names, target, move=False), job)
