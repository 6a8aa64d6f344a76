"""Answers as keywords in XMP sidecars, with a way back; and classes from the keywords of other programs."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from spa_desktop.classify.answer_files import PhotoAnswer, is_for_good
from spa_desktop.classify.folder_run import find_photos
from spa_desktop.classify.sort_photos import (
    Sorted,
    check_photos,
    forget_log,
    locked,
    logs_of,
    outside_of,
    read_log,
    write_log,
)
from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import split_box
from spa_desktop.photos.sidecars import (
    SIDECAR,
    USER,
    OwnKeyword,
    SidecarFault,
    own_keyword,
    packet_in,
    read_keywords,
    read_sidecar,
    sidecar_of,
    write_sidecar,
)
from spa_desktop.project.class_names import clean_name, name_key
from spa_desktop.project.folders import FoundClass, FoundClasses, FoundFile, Skipped
from spa_desktop.visible import QT_TRANSLATE_NOOP

KIND = "keywords"  # of a log
_ROW = TypeAdapter(tuple[str, tuple[str, str, str, str, str] | None])


@dataclass(frozen=True)
class KeywordPlan:
    """What writing keywords would do."""

    folder: Path  # that holds all of the photos: by it the writing is taken back
    # Sidecars that will be other ones; what is to stand there of ours, if anything; and what does before.
    steps: tuple[tuple[Path, OwnKeyword | None, OwnKeyword | None], ...]
    skipped: tuple[Skipped, ...] = ()  # photos whose sidecar is left alone, and why

    def counts(self) -> Counter[str]:
        """Sidecars by keyword; "" counts those that lose ours."""
        return Counter((own.path or own.keyword) if own else "" for _, own, _ in self.steps)


def plan_keywords(
    answers: Sequence[PhotoAnswer],
    names: Mapping[int, str],
    *,
    sources: Iterable[Path] = (),
    branch: str = "",
    otherwise: str = "",
    unsure_below: float = 0.0,
    model: str = "",
) -> KeywordPlan:
    """Plan to write the classes of photos into their sidecars; nothing is written.

    Below a `branch`, such as "Birds" or "Animals|Birds", keywords are hierarchical as well. Photos that are none of
    these, or whose class is less probable than `unsure_below`, get the keyword `otherwise`, or none. `model` is marked
    as what gave the answers. A photo without an answer is left alone, as is what a link leads to out of the `sources`,
    and what is no file of its own. Raises InputError if no photo has an answer, or none is there any more.
    """
    check_photos([answer.path for answer in answers if answer.is_answered])
    sources = tuple(sources)
    is_outside, real = outside_of(sources), cache(Path.resolve)  # thousands of photos share a folder
    steps, skipped = list[tuple[Path, OwnKeyword | None, OwnKeyword | None]](), list[Skipped]()
    for answer in answers:
        photo = Path(answer.path)
        try:
            if split_box(photo)[1]:
                raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is a box of a photo, no file of its own"))
            if not answer.is_answered or not photo.is_file():
                raise SidecarFault(answer.fault or QT_TRANSLATE_NOOP("errors", "it could not be read"))
            if is_outside(real(photo.parent), photo):
                raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it lies elsewhere, where a link leads to"))
            sidecar = sidecar_of(photo)
            content = read_sidecar(sidecar)
            own = _own_keyword(answer, names, branch, otherwise, unsure_below, model)
            before = None if content is None else read_keywords(content)[1]
            if own != before:
                steps.append((sidecar, own, before))
            elif own is None:
                text = QT_TRANSLATE_NOOP("errors", "it is unsure, or none of these, and gets no keyword")
                raise SidecarFault(text)
        except SidecarFault as fault:
            skipped.append(Skipped(photo, str(fault)))
    roots = [source if source.is_dir() else source.parent for source in sources]
    roots = roots or [Path(answer.path).parent for answer in answers]
    if not roots:
        raise InputError(QT_TRANSLATE_NOOP("errors", "Give at least one photo, or a folder of photos"))
    return KeywordPlan(Path(os.path.commonpath([root.resolve() for root in roots])), tuple(steps), tuple(skipped))


def _own_keyword(
    answer: PhotoAnswer, names: Mapping[int, str], branch: str, otherwise: str, below: float, model: str
) -> OwnKeyword | None:
    if answer.said:
        return own_keyword(answer.class_name(names), branch, by=USER)
    if answer.rejected or answer.is_unsure(below):
        return own_keyword(otherwise, branch, model=model) if otherwise else None
    return own_keyword(answer.class_name(names), branch, probability=f"{answer.probabilities[0]:.4f}", model=model)


def write_keywords(plan: KeywordPlan, job: Job | None = None, *, log: Path | None = None) -> Sorted:
    """Write keywords into sidecars, one after the other, each whole or not at all; :func:`undo_keywords` takes it back.

    `log` is that of an earlier call for the same folder: both are then taken back at once. Interrupted, the same call
    does what is left. Raises SpaError if the disk is full, or another run works on the folder; Cancelled likewise.
    """
    job = job or Job()
    with locked(plan.folder):
        if plan.steps:
            rows = ((os.fsencode(path).hex(), before and astuple(before)) for path, _, before in plan.steps)
            more = log if log is not None and log.is_file() else None  # taken back meanwhile, it is gone
            log = write_log(plan.folder, {"sort": KIND}, rows, more=more)
        done, failed = _write([(path, own) for path, own, _ in plan.steps], job, Stage.SORT)
    return Sorted(plan.folder, False, done, failed, log)


def is_newest(folder: Path) -> bool:
    """Keywords are what was done last in a folder, rather than that photos were moved there."""
    logs = logs_of(folder.expanduser().resolve())[:1]
    return any(read_log(path)[0].get("sort") == KIND for path in logs)


def undo_keywords(folder: Path, job: Job | None = None, *, places: Mapping[str, str] | None = None) -> Sorted:
    """Take back what was written last into the sidecars of a folder. What other programs wrote since then stays.

    `places` has where photos and sidecars that were moved since lie now, by where they lay.

    Raises InputError if nothing was; SpaError, Cancelled as :func:`write_keywords`; the rest can be taken back still.
    """
    folder, job = folder.expanduser().resolve(), job or Job()
    with locked(folder):
        log = next((path for path in logs_of(folder) if read_log(path)[0].get("sort") == KIND), None)
        if log is None:
            text = QT_TRANSLATE_NOOP("errors", "No keywords were written in {folder}: there is nothing to take back")
            raise InputError(text, folder=folder)
        try:
            rows = [_ROW.validate_json(line) for line in read_log(log)[1]]
            steps = [(os.fsdecode(bytes.fromhex(name)), own and OwnKeyword(*own)) for name, own in rows]
        except ValueError:
            text = QT_TRANSLATE_NOOP("errors", "{path} is damaged: the keywords cannot be taken back")
            raise InputError(text, path=log) from None
        now = [(_place(name, places or {}), own) for name, own in reversed(steps)]
        done, failed = _write([step for step in now if step[0].exists()], job, Stage.PUT_BACK)
        if not failed:
            forget_log(log)
    return Sorted(folder, True, done, failed)


def _place(sidecar: str, places: Mapping[str, str]) -> Path:
    """Where a sidecar lies now: one that came after the move goes by its photo."""
    photo = sidecar.removesuffix(SIDECAR)
    return Path(places.get(sidecar) or (f"{places[photo]}{SIDECAR}" if photo in places else sidecar))


def _write(steps: Sequence[tuple[Path, OwnKeyword | None]], job: Job, stage: Stage) -> tuple[int, tuple[Skipped, ...]]:
    job.stage(stage, total=len(steps))
    failed = []
    for sidecar, own in steps:
        try:
            write_sidecar(sidecar, own)
        except (SidecarFault, SpaError, OSError) as error:
            cause = error.__cause__ if isinstance(error, SpaError) else error
            if isinstance(cause, OSError) and is_for_good(cause):
                raise
            failed.append(Skipped(sidecar, str(error)))
        job.advance(detail=sidecar.name)
    return len(steps) - len(failed), tuple(failed)


# Classes from the keywords that other programs wrote.

NO_KEYWORD = QT_TRANSLATE_NOOP("errors", "it has no keyword")
_SEVERAL = QT_TRANSLATE_NOOP("errors", "it has keywords of several classes: {names}")
_KEYWORDS = QT_TRANSLATE_NOOP("errors", "its keywords: {reason}")


Found = tuple[Mapping[Path, tuple[str, ...]], Sequence[Skipped]]
"""The keywords of photos: "heron", or in branches "Birds|heron", where "Birds" is none; and the photos without one."""


def find_keywords(sources: Iterable[str | os.PathLike[str]], job: Job | None = None) -> Found:
    """The keywords of all photos in files and folders: of their sidecars, and of the XMP inside where there are none.

    Answers of this app are none, unless the user confirmed them. Raises InputError if there is no photo.
    """
    job = job or Job()
    photos, skipped = dict[Path, tuple[str, ...]](), list[Skipped]()
    for photo in map(Path, find_photos(sources, job).paths):
        job.check()
        try:
            content = read_sidecar(sidecar_of(photo)) or packet_in(photo)
            paths = read_keywords(content)[0] if content else ()
        except (SidecarFault, OSError) as fault:
            skipped.append(Skipped(photo, FilledText.of(_KEYWORDS, reason=fault)))
            continue
        parts = {part for path in paths if "|" in path for part in path.split("|")}
        above = {path.rpartition("|")[0] for path in paths}
        photos[photo] = tuple(path for path in paths if path not in above and ("|" in path or path not in parts))
        skipped += [] if photos[photo] else [Skipped(photo, NO_KEYWORD)]
    return photos, skipped


def keyword_names(found: Found, wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """The class of each keyword: the one that is `wanted` for it or its last part; of none, all have their last part.

    Raises InputError: a keyword that no photo has; two branches that would be one class.
    """
    keywords = sorted({keyword for keywords in found[0].values() for keyword in keywords})
    leaves = {keyword: keyword.rpartition("|")[2] for keyword in keywords}
    if strange := set(wanted or ()) - {*leaves, *leaves.values()}:
        text = QT_TRANSLATE_NOOP("errors", "No photo has the keyword {keyword}: check how it is written")
        raise InputError(text, keyword=repr(min(strange)))
    names = leaves
    if wanted is not None:
        names = {key: name for key, leaf in leaves.items() if (name := wanted.get(key) or wanted.get(leaf))}
    branches: dict[str, str] = {}
    for keyword in (keyword for keyword in names if "|" in keyword and keyword not in (wanted or ())):
        if (other := branches.setdefault(name_key(names[keyword]), keyword)) != keyword:
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "{other} and {keyword} would both be the class {name}: give one another name"
                ),
                other=repr(other),
                keyword=repr(keyword),
                name=repr(names[keyword]),
            )
    return names


def keyword_classes(found: Found, names: Mapping[str, str], *, is_shared: bool = False) -> FoundClasses:
    """Photos as classes by their keywords, which have `names` of classes. One with keywords of two classes is skipped.

    With `is_shared` it is in both, for the user to choose. Raises InputError if no photo is left.
    """
    files, skipped = defaultdict[str, list[FoundFile]](list), list(found[1])
    for photo, keywords in found[0].items():
        classes = {clean_name(names[keyword]) for keyword in keywords if keyword in names}
        if len(classes) == 1 or is_shared:
            for name in classes:
                files[name].append(FoundFile(photo, None))
        elif classes:
            skipped.append(Skipped(photo, FilledText.of(_SEVERAL, names=", ".join(sorted(classes)))))
    if not files:
        text = QT_TRANSLATE_NOOP("errors", "No photo has a keyword of one class alone: choose other keywords")
        raise InputError(text)
    classes_ = (FoundClass(name, photos[0].path.parent, tuple(photos)) for name, photos in sorted(files.items()))
    return FoundClasses(tuple(classes_), tuple(skipped))
