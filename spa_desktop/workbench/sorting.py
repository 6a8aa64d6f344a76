"""Sort photos without names into classes: what is kept of it, what it begins with, and the learning of what was named.

The pile itself is :class:`spa_desktop.discover.pile.Pile`. Its photos are known by the SHA-256 of their content, so
that a photo which the project has learned meanwhile is the same one, wherever it lies.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.descriptions.consent import SETTING, keeps_local, prepare, question_for
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.discover import ASKED, features_of
from spa_desktop.errors import FilledText, InputError, SpaError, without_path
from spa_desktop.feature_store import PhotoRef, read_refs
from spa_desktop.jobs import Job
from spa_desktop.learning import readable_name
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.photos.events import USUAL, EventRule, artists_of
from spa_desktop.photos.opening import is_missing
from spa_desktop.plain_files import is_elsewhere, read_head
from spa_desktop.project import FoundClass, FoundClasses, FoundFile, Project, Skipped, Transaction, clean_name
from spa_desktop.project.class_names import name_key, next_task_name
from spa_desktop.project.documents import Place, Sha256
from spa_desktop.project.folders import HAS_ALREADY, SAME_PHOTO, add_classes, originality
from spa_desktop.project.records import Split
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.corrections import drop
from spa_desktop.workbench.describing import SendingConsent, agree_to_send, describe
from spa_desktop.workbench.evaluating import evaluate
from spa_desktop.workbench.method_settings import LIMITS, method_of
from spa_desktop.workbench.open_project import OpenProject, has_texts
from spa_desktop.workbench.training import Trained, train

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.discover.names import Evidence
    from spa_desktop.discover.pile import Pile

# What is kept in the project: the photos, which seldom change, and the pile, which changes with each key.

_PHOTOS, _PILE = "photos", "pile"
# Settings of the project: the ids of classes that began as groups, the hashes of test photos of other classes that
# were in groups, and those of photos that were in no group.
_SORTED, _ALIKE, _HONEST = "sorted classes", "alike tests", "honest tests"
_NONE_READ = QT_TRANSLATE_NOOP("errors", "None of the {n} photos can be read. {why}")
_NONE_SORTED = QT_TRANSLATE_NOOP("errors", "No photo can be sorted ({n} left out). {why}")
_ALL_MISSING = QT_TRANSLATE_NOOP(
    "errors",
    "No photo of {name} is where it was, such as {path}. Find moved photos, in the Project menu, looks for it",
)
_KEPT = TypeAdapter(Annotated[list[tuple[Place, Sha256]], Field(max_length=1_000_000)])


@dataclass(frozen=True)
class Sorting:
    """The photos that are sorted, and a pile of them."""

    photos: tuple[PhotoRef, ...]  # with those that were added just now at the end; their features are at hand
    pile: Pile  # of all of them, as it was kept; with no group where `photos` were given
    is_restored: bool  # False where what was kept of it cannot be read: none is in a group then
    added: int  # how many of them were not sorted before
    moved: int  # how many were found that were not where they had been
    skipped: tuple[Skipped, ...]  # files that were left out, and why
    missing: tuple[PhotoRef, ...]  # photos of the last time that cannot be had now. They stay kept.
    folders: Mapping[str, int]  # how many of the photos lie in a folder of a name
    words: Mapping[str, int]  # how many of their files' names begin with a word, see :func:`name_in_files`
    artists: frozenset[str] = frozenset()  # which of these are the names of who took them

    def names_in_files(self, groups: Iterable[Sequence[str]]) -> dict[tuple[str, ...], str]:
        """The name that the files of each group bear, by the group's photos. For a worker: microseconds a photo."""
        paths, there = self._paths, (keys for keys in groups if self._paths.keys() >= {*keys})
        named = partial(name_in_files, folders=self.folders, words=self.words, artists=self.artists)
        return {tuple(keys): named([paths[key] for key in keys]) for keys in there}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        return {photo.sha256: photo.path for photo in self.photos}


def has_sorting(bench: OpenProject) -> bool:
    """Whether photos are being sorted in the project."""
    return bench.project.sorting(_PHOTOS) is not None


def photos_to_sort(project: Project) -> int:
    """How many photos wait to be sorted: not those that were set aside."""
    waiting = 0
    with contextlib.suppress(SpaError, LookupError, TypeError):  # what cannot be read is told of where it is sorted
        photos: Any = project.sorting(_PHOTOS)
        waiting = len(photos)
        pile: Any = project.sorting(_PILE)
        waiting -= len(pile["states"][0]["aside"])
    return max(waiting, 0)


def begin_sorting(
    bench: OpenProject,
    job: Job | None = None,
    *,
    sources: Iterable[str | os.PathLike[str]] = (),
    photos: Sequence[PhotoRef] | None = None,
) -> Sorting | None:
    """Get photos ready to be sorted: those of the last time, and those of further files and folders. None without any.

    Photos that are encoded stay in the cache, so a run that was cancelled goes on where it was. `photos` are those that
    are being sorted; None for those that the project keeps. Raises InputError if there is no photo in the sources, or
    none that can be read.
    """
    from spa_desktop.discover.pile import Pile

    job, skipped = job or Job(), list[Skipped]()
    earlier = _photos_here(bench, skipped) if photos is None else list(photos)
    pile = bench.project.sorting(_PILE) if photos is None else None
    known_at = {photo.sha256: photo.path for photo in earlier}
    new = _find_new_photos(sources, job, skipped, known_at)
    moved = {photo.sha256: photo.path for photo in new if photo.sha256 in known_at}
    earlier = [replace(photo, path=moved.get(photo.sha256, photo.path)) for photo in earlier]
    new = [photo for photo in new if photo.sha256 not in moved]
    owned = bench.project.find_photos(photo.sha256 for photo in new)
    skipped += [Skipped(photo.path, HAS_ALREADY) for photo in new if photo.sha256 in owned]
    new = [photo for photo in new if photo.sha256 not in owned]
    if not earlier and not new:
        if owned:
            text = QT_TRANSLATE_NOOP("errors", "No photo is left to sort. Photos in the project already: {n}")
            raise InputError(text, n=len(owned))
        if skipped:
            raise _refusal(_NONE_SORTED, skipped)
        return None
    wanted = [*earlier, *new]
    store = bench.store(job)
    faults = store.ensure(wanted, job)
    skipped += [Skipped(photo.path, faults[photo.sha256]) for photo in wanted if photo.sha256 in faults]
    ready = [photo for photo in wanted if photo.sha256 not in faults]
    if not ready:
        raise _refusal(_NONE_READ, skipped[-len(faults) :])
    learner = bench.learner(job)
    names = {str(item.id): item.name for item in bench.project.classes()}
    known = [names.get(key, "") for key in learner.keys] if learner is not None else []
    made = Pile([photo.sha256 for photo in ready], *features_of(store, ready, learner, known, job))
    made.compare()
    is_restored = True
    if pile is not None:
        try:
            made.restore(pile)
        except ValueError:
            is_restored = False
    missing = tuple(photo for photo in earlier if photo.sha256 in faults)
    added = sum(photo.sha256 not in faults for photo in new)
    folders = Counter(photo.path.parent.name for photo in ready)
    words = Counter(_word(photo.path.stem) for photo in ready)
    artists = _artists(ready, words)
    counts = added, len(moved)
    return Sorting(tuple(ready), made, is_restored, *counts, tuple(skipped), missing, folders, words, artists)


def keep_sorting(bench: OpenProject, pile: Mapping[str, Any] | None, photos: Sequence[PhotoRef] | None = None) -> None:
    """Keep a pile in the project, which is no step of undo: the pile has its own.

    The pile is what its `as_json` gives, without "photos"; None to keep nothing any more. Its photos, in its order, are
    given where they are others than before.
    """
    with bench.project.transaction("sort", undo="apart") as tx:
        tx.put_sorting(_PILE, None if pile is None else dict(pile))
        if pile is None:
            tx.put_sorting(_PHOTOS, None)
        elif photos is not None:
            put_photos(tx, photos)


def honest_tests(project: Project) -> frozenset[int]:
    """Ids of the test photos that were left over when they were named: in no group of photos that look alike."""
    photos = project.find_photos(_listed(project, _HONEST)).values()
    return frozenset(photo.id for photo in photos if photo.split == "test" and not photo.is_set_aside)


def are_tests_alike(project: Project) -> bool:
    """Whether most test photos of learned classes come from groups of photos that look alike, whatever began the class.

    What is left over is in no group, so that an accuracy on them is higher than on photos that nobody sorted.
    """
    info = project.learner_info()
    learned = info.class_ids if info is not None else ()
    tests = {key: counts.test for key, counts in project.photo_counts().items() if key in learned}
    began = tests.keys() & _listed(project, _SORTED)
    number = sum(tests[key] for key in began)
    for setting, classes, sign in ((_HONEST, began, -1), (_ALIKE, tests.keys() - began, 1)):
        photos = project.find_photos(_listed(project, setting)).values()
        are_tests = (photo.split == "test" and photo.class_id in classes and not photo.is_set_aside for photo in photos)
        number += sign * sum(are_tests)
    return 2 * number > sum(tests.values())


def _listed(project: Project, setting: str) -> list[Any]:
    """Ids or hashes that a setting names; what they are of may be gone."""
    listed: Any = project.setting(setting)
    return [key for key in listed if isinstance(key, str | int)] if isinstance(listed, list) else []


def score_tests(bench: OpenProject, hashes: Collection[str], job: Job) -> Accuracy:
    """How many of the test photos with these hashes are answered right; not measured where nothing was learned."""
    project = bench.project
    info = project.learner_info()
    photos = [photo for photo in project.find_photos(hashes).values() if photo.split == "test"]
    labels = {photo.id: photo.class_id for photo in photos if info is not None and photo.class_id in info.class_ids}
    if info is None or not labels:
        return NOT_MEASURED
    evaluate(bench, job, estimated=False)
    answers = [answer for answer in project.answers(info.id) if answer.photo_id in labels]
    return Accuracy(sum(answer.class_ids[0] == labels[answer.photo_id] for answer in answers), len(answers))


def learn_sorted(
    bench: OpenProject,
    named: Mapping[str, Sequence[PhotoRef]],
    job: Job | None = None,
    *,
    test_share: float = 0.2,
    tests: Collection[str] = (),
    looks: Iterable[Sequence[str]] = (),
    rule: EventRule = USUAL,
) -> tuple[Trained | None, tuple[Skipped, ...]]:
    """Make classes of named photos, describe them on this computer, and learn them: one task, and one step of undo.

    A name that the project has gets the photos as new ones of that class. What was said of a photo before, and waits to
    be learned, gives way: learning it would leave a class without a photo. As with folders, a share of the photos of
    each class is held out for testing; `tests` are hashes of photos that were in no group, and test a class in place of
    that share; `looks` are those of near-duplicates, which stay on one side. Gives the model, None where nothing but
    tests came, and the photos that were left out as they cannot be read any more. Raises InputError as `add_classes`
    and `train`, or if a photo was changed since it was sorted; Cancelled: nothing is changed then.
    """
    job, project = job or Job(), bench.project
    classes, look_of = [], {key: look[0] for look in looks for key in look}
    for name, photos in named.items():
        # Something is to be learned of a class.
        has_more = project.find_class(name) is not None or any(photo.sha256 not in tests for photo in photos)
        splits: list[Split | None] = ["test" if has_more and photo.sha256 in tests else None for photo in photos]
        files = [
            FoundFile(photo.path, split, photo.sha256, look_of.get(photo.sha256, ""))
            for photo, split in zip(photos, splits, strict=True)
        ]
        classes.append(FoundClass(clean_name(name), photos[0].path.parent, tuple(files)))
        if project.find_class(name) is None and all(is_missing(photo.path) for photo in photos):
            raise InputError(_ALL_MISSING, name=name, path=photos[0].path)
    folders = FoundClasses(tuple(classes), ())
    tasks = {item.name for item in project.tasks()}
    new = [item.name for item in classes if project.find_class(item.name) is None]
    task = next_task_name(tasks) if new else None
    hashes = {photo.sha256 for photos in named.values() for photo in photos}
    with project.as_one_change("learn", classes[0].name if len(classes) == 1 else f"{len(classes)} classes"):
        added = add_classes(project, folders, job, task=task, top_up=True, test_share=test_share, rule=rule)
        drop(bench, [correction.id for correction in project.corrections() if correction.sha256 in hashes])
        made = [project.class_(key) for key in added.class_ids]
        bare = [item.id for item in made if item.name in new]
        if bare:
            if has_texts(project.meta.backbone):
                describe(bench, "offline", job, class_ids=bare)
            with project.transaction("sort", undo="apart") as tx:
                tx.set_setting(_SORTED, [*_listed(project, _SORTED), *bare])
        grouped = project.find_photos(hashes - {*tests}).items()
        alike = {key for key, photo in grouped if photo.split == "test" and photo.class_id not in bare}
        for setting, keys in ((_HONEST, hashes & {*tests}), (_ALIKE, alike)):
            if keys:
                with project.transaction("sort", undo="apart") as tx:
                    tx.set_setting(setting, [*_listed(project, setting), *sorted(keys)])
        trained = None
        # The new task first; classes of other tasks that got photos are learned with their own.
        to_learn = [item for item in map(project.class_, added.class_ids) if item.state != "trained"]
        own = {item.task_id: None for item in sorted(to_learn, key=lambda item: item.id not in bare)}
        for task_id in own:
            done = train(bench, job, task=project.task(task_id).name)
            if trained is not None and done is not None:  # what was measured is of the last
                learned, topped_up = (*trained.learned, *done.learned), (*trained.topped_up, *done.topped_up)
                done = replace(done, learned=learned, topped_up=topped_up)
            trained = done or trained
    return trained, added.skipped


def names_of_groups(
    bench: OpenProject,
    groups: Sequence[Sequence[PhotoRef]],
    given: Collection[str] = (),
    beside: Sequence[Evidence] = (),
    job: Job | None = None,
) -> list[tuple[tuple[str, ...], Evidence]]:
    """Names that groups may have, three at most, none where the text tower is unsure; each with what speaks for them.

    Of each group the most typical photos come first, and are encoded. Names that are `given` to classes or other groups
    are not proposed once more, nor is what many of them and of the others, for which `beside` speaks,
    would be called.
    """
    from spa_desktop.discover.names import Namer, names_apart

    job = job or Job()
    store = bench.store(job)

    def pooled() -> Iterator[Tensor]:
        for photos in groups:
            job.check()
            yield store.pooled(photos[:ASKED], keep=False)

    evidence = Namer(store.encoder, job).evidence_of(pooled())
    named = names_apart([*evidence, *beside], given)[: len(evidence)]
    return [(tuple(name.name for name in names), own) for names, own in zip(named, evidence, strict=True)]


def ask_names(
    bench: OpenProject,
    photos: Sequence[PhotoRef],
    job: Job | None = None,
    *,
    options: WriterOptions | None = None,
    consent: SendingConsent | None = None,
    called: str = "a group without a name",
) -> tuple[str, ...]:
    """One to three names that the service which writes descriptions gives a group, by as many photos as for those.

    The most typical photos come first. `called` is the group in the question and in messages; nothing is sent before
    the consent. Raises InputError if photos would be sent away without a key or consent, or none can be opened;
    SpaError if the service gave no name.
    """
    from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter

    job, project = job or Job(), bench.project
    writer = OpenAIWriter(bench.encoder(job).fits, options, purpose="name")
    most = min(method_of(project.settings()).exemplars, int(LIMITS["exemplars"][1]))
    store = bench.store(job)

    def features(photo: PhotoRef) -> ExemplarFeatures:
        return ExemplarFeatures(*store.load(photo))

    shown = tuple(Exemplar(photo.path, photo.sha256, partial(features, photo)) for photo in photos[:most])
    request = DescriptionRequest(called, shown, {readable_name(class_.name): () for class_ in project.classes()})
    prepare(writer, is_local=keeps_local(project.setting(SETTING)))
    agree_to_send(bench, question_for(writer, [request]), consent)
    return tuple(map(clean_name, writer.name_group(request, job)))


def _refusal(text: str, skipped: Sequence[Skipped]) -> InputError:
    """Of several that were left out the first is named. Why it cannot be read begins with its path."""
    path, reason = skipped[0].path, skipped[0].reason
    if reason.startswith(str(path)):
        why = without_path(reason, path, path=path.name)
    else:
        why = FilledText.of("{name}: {reason}", name=path.name, reason=reason)
    return InputError(text if len(skipped) > 1 else "{why}", n=len(skipped), why=why)


def kept_photos(project: Project) -> list[PhotoRef]:
    """The photos of the last time, wherever they lay. Raises InputError if they cannot be read."""
    kept = project.sorting(_PHOTOS)
    try:
        return [PhotoRef(Path(path), sha256) for path, sha256 in _KEPT.validate_python([] if kept is None else kept)]
    except ValidationError:
        text = QT_TRANSLATE_NOOP("errors", "The photos that were being sorted cannot be read any more: drop them again")
        raise InputError(text) from None


def kept_elsewhere(project: Project, places: Mapping[str, str]) -> list[PhotoRef]:
    """The photos of the last time where they lie now, `places` by where they lay; none where none of them moved."""
    with contextlib.suppress(InputError):
        photos = kept_photos(project)
        if not places.keys().isdisjoint(str(photo.path) for photo in photos):
            return [replace(photo, path=Path(places.get(str(photo.path), photo.path))) for photo in photos]
    return []


def put_photos(tx: Transaction, photos: Sequence[PhotoRef]) -> None:
    """Keep which photos are being sorted, as a part of another change."""
    tx.put_sorting(_PHOTOS, [[str(photo.path), photo.sha256] for photo in photos])


def _photos_here(bench: OpenProject, skipped: list[Skipped]) -> list[PhotoRef]:
    """Those of them on this computer. The project may be a stranger's: no other computer is asked for one."""
    here: dict[str, PhotoRef] = {}
    for photo in kept_photos(bench.project):
        if is_elsewhere(photo.path):
            skipped.append(Skipped(photo.path, QT_TRANSLATE_NOOP("errors", "it is not on this computer")))
        else:
            here.setdefault(photo.sha256, photo)
    return list(here.values())


def _find_new_photos(
    sources: Iterable[str | os.PathLike[str]], job: Job, skipped: list[Skipped], known_at: Mapping[str, Path]
) -> list[PhotoRef]:
    """The photos of files and folders that are not known yet, or not where they were, each content once."""
    sources = list(sources)
    if not sources:
        return []
    given = find_photos(sources, job)
    skipped += given.skipped
    same: dict[str, list[PhotoRef]] = {}
    for path, photo in read_refs(given.paths, job):
        if isinstance(photo, str):
            skipped.append(Skipped(Path(path), photo))
        else:
            same.setdefault(photo.sha256, []).append(photo)
    photos = []
    for key, files in same.items():
        first, *others = sorted(files, key=lambda file: originality(file.path))
        if key in known_at and not is_missing(known_at[key]):
            skipped.append(Skipped(first.path, QT_TRANSLATE_NOOP("errors", "it is sorted already")))
        else:
            photos.append(first)
        skipped += [Skipped(file.path, FilledText.of(SAME_PHOTO, name=first.path.name)) for file in others]
    return photos


# Names that the photos bear already.

_SHARE, _SHORTEST = 0.8, 3  # of a group's files that have the word; letters
_MOST_READ = 200  # words of which a photo is opened


def name_in_files(
    paths: Sequence[Path],
    folders: Mapping[str, int],
    words: Mapping[str, int] | None = None,
    artists: Collection[str] = (),
) -> str:
    """The word that nearly all files of a group have in common at the beginning of their names, else their folder's.

    It is the folder's where the group has half of the photos in it. `folders` says how many of all photos lie in a
    folder of a name, `words` how many begin with a word: one that most have tells no group from the others, and one of
    `artists` none.

    >>> name_in_files([Path(f"/a/red panda_{n:03}.jpg") for n in range(5)], {"a": 5})
    'red panda'
    >>> name_in_files([Path(f"/a/IMG_{n}.jpg") for n in range(5)], {"a": 50})
    ''
    """
    word, number = Counter(_word(path.stem) for path in paths).most_common(1)[0]
    of_all = (words or {}).get(word, 0)
    is_telling = of_all <= sum(folders.values()) / 2 or 2 * number >= of_all
    if word and number >= _SHARE * len(paths) and is_telling and word not in artists:
        return word
    folder, number = Counter(path.parent.name for path in paths).most_common(1)[0]
    is_own = number >= _SHARE * len(paths) and 2 * number >= folders.get(folder, 0)
    return folder if is_own and any(map(str.isalpha, folder)) else ""


def _artists(photos: Sequence[PhotoRef], words: Counter[str]) -> frozenset[str]:
    """Those of the most common words that a photo which has one says is the name of who took it."""
    first = {_word(photo.path.stem): photo.path for photo in reversed(photos)}
    found = set[str]()
    for word, _ in words.most_common(_MOST_READ):
        with contextlib.suppress(OSError, ValueError):
            artists = artists_of(read_head(Path(os.path.realpath(first[word]))))
            found.update([word] if name_key(word) in {name_key(_word(name)) for name in artists} else ())
    return frozenset(found - {""})


_CAMERAS = frozenset(
    ("img", "dsc", "dscn", "dscf", "pxl", "image", "photo", "picture", "frame", "mvi", "gopr", "vid", "screenshot")
)


def _word(stem: str) -> str:
    """What a file's name says but for numbers, "" where that is no word."""
    text = stem.replace("_", " ").replace("-", " ").strip()
    # "tr" in "cat tr001" is of the number, "panda" in "red panda1" is not, and "cat cat" says no more than "cat".
    word = " ".join(dict.fromkeys(re.sub(r"\s[^\W\d]{0,2}\d\S*|\d", "", text).strip(" .()").split()))
    is_named = 3 * sum(map(str.isalpha, text)) >= len(text)  # it is more than a number
    is_word = len(word) >= _SHORTEST and is_named and word.casefold() not in _CAMERAS
    return word if is_word else ""
