"""Gather what the user says photos are, until it is learned: see :mod:`spa_desktop.workbench.correction_learning`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from spa_desktop.errors import FilledText, InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import hash_photo
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project import FoundClass, FoundClasses, FoundFile, Project, Transaction
from spa_desktop.project.class_names import clean_name, name_key
from spa_desktop.project.documents import Frame
from spa_desktop.project.folders import read_photos
from spa_desktop.project.records import Correction, NewPhoto, PhotoRecord, Verdict
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted
from spa_desktop.workbench.open_project import OpenProject

CONFIRMED = "confirmed labels"
"""The setting of the project under which labels are kept that the user said are right. An undo leaves it."""

_MOST_CONFIRMED = 50_000
_LABELS: TypeAdapter[dict[int, int]] = TypeAdapter(dict[int, int])


def confirmed_labels(settings: Mapping[str, object]) -> dict[int, int]:
    """Class by photo, as the user said. A label is confirmed while the photo is of that class."""
    try:
        return _LABELS.validate_python(settings.get(CONFIRMED) or {})
    except ValidationError:
        return {}


def find_confirmed(project: Project, contents: Iterable[str]) -> dict[str, int]:
    """The classes that the user confirmed, by SHA-256, of the photos of the project that have these contents."""
    labels, photos = confirmed_labels({CONFIRMED: project.setting(CONFIRMED)}), project.find_photos(contents)
    return {key: photo.class_id for key, photo in photos.items() if labels.get(photo.id) == photo.class_id}


def confirm(project: Project, tx: Transaction, labels: Mapping[int, int]) -> None:
    """Keep that these photos are of these classes: nobody is asked whether they are."""
    found = {**confirmed_labels({CONFIRMED: project.setting(CONFIRMED)}), **labels}
    newest = list(found.items())[-_MOST_CONFIRMED:]
    tx.set_setting(CONFIRMED, {str(photo_id): class_id for photo_id, class_id in newest})


def correct(
    bench: OpenProject,
    photo: int | Path,
    verdict: Verdict = "class",
    *,
    class_id: int | None = None,
    class_name: str | None = None,
    predicted: int | None = None,
    frame: Frame | None = None,
) -> Correction | None:
    """Note what a photo is. It waits until it is learned, or taken back.

    The photo is its number in the project, or a file; a file whose content the project has is that photo of the
    project. It is of a class by its number or its name, which is made when it is learned if the project does not have
    it; the verdicts "aside" and "none" both set it aside. The predicted class is only shown. A file is learned with its
    `frame`.

    Gives what waits now; None if the project says so already, and nothing is to be done. What waited is dropped then,
    and the label is confirmed: it is no longer said to be worth a look. Raises InputError: no such photo or class, the
    file cannot be read, the name is none, or there is nothing to set aside, as the photo is not in the project.
    """
    project = bench.project
    known, file, content = _find(project, photo)
    if class_name is not None:
        class_name = clean_name(class_name)
        existing = project.find_class(class_name)
        if existing is not None:
            class_id, class_name = existing.id, None
    if verdict == "class" and class_id is None and class_name is None:
        raise InputError(QT_TRANSLATE_NOOP("errors", "Say which class the photo is of"))
    if verdict != "class":
        class_id = class_name = None
        if known is None:
            text = QT_TRANSLATE_NOOP("errors", "{file} is not in the project: there is nothing to set aside")
            raise InputError(text, file=file)
    name = known.name if known is not None else file.name
    # The project says already that it is set aside, or used, and then of this class.
    says_so = known is not None and known.is_set_aside == (verdict != "class")
    if known is not None and says_so and (known.is_set_aside or known.class_id == class_id):
        # It may have waited as a file that came into the project since.
        waiting = (item for item in project.corrections() if known.id == item.photo_id or content == item.sha256)
        drop(bench, [item.id for item in waiting])
        if class_id is not None:
            # Settings are not undone: joined to the verb before, this makes no step of undo that would do nothing.
            with project.transaction("confirm", name, undo="with_previous") as tx:
                confirm(project, tx, {known.id: class_id})
        return None
    with project.transaction("correct", f"{name}: {_label_text(project, verdict, class_id, class_name)}") as tx:
        number = tx.put_correction(
            file if known is None else known.id,
            verdict,
            class_id=class_id,
            class_name=class_name,
            predicted=predicted,
            sha256=content,
            frame=frame,
        )
    return next(correction for correction in project.corrections() if correction.id == number)


def drop(bench: OpenProject, correction_ids: Sequence[int]) -> None:
    """Take corrections back that were not learned yet; of those that are gone nothing is said."""
    project = bench.project
    known = {correction.id: correction for correction in project.corrections()}
    dropped = [known[key] for key in correction_ids if key in known]
    if not dropped:
        return
    photo_id, path = dropped[0].photo_id, dropped[0].path
    first = project.photo(photo_id).name if photo_id is not None else Path(path or "").name
    summary = first if len(dropped) == 1 else counted(len(dropped), "photo")
    with project.transaction("drop correction", summary) as tx:
        tx.drop_corrections([correction.id for correction in dropped])


def _find(project: Project, photo: int | Path) -> tuple[PhotoRecord | None, Path, str]:
    """The photo of the project, if it is one; its file; the SHA-256 of its content."""
    if isinstance(photo, int):
        record = project.photo(photo)
        return record, Path(record.path), record.sha256
    file = photo.absolute()
    content = hash_photo(file)
    return project.find_photos([content]).get(content), file, content


def _label_text(project: Project, verdict: Verdict, class_id: int | None, class_name: str | None) -> str:
    if verdict != "class":
        return "set aside" if verdict == "aside" else "none of these"
    return project.class_(class_id).name if class_id is not None else class_name or ""


# What corrections that wait would do: which labels move, what is learned, and what is taken out of a class.

Target = int | str
"""A class of the project by its number, or one that is to be made by its name."""


@dataclass(frozen=True)
class Corrected:
    """One correction and its photo."""

    correction: Correction  # that waited
    target: Target | None  # the class that the photo is of; None where it is set aside
    photo: PhotoRecord | None  # the photo of the project; None for one from outside
    new: NewPhoto | None = None  # the photo from outside; None for one of the project

    @property
    def ref(self) -> PhotoRef:
        """What the feature store wants to know of it."""
        if self.photo is not None:
            return PhotoRef(Path(self.photo.path), self.photo.sha256, frame=self.photo.frame)
        assert self.new is not None, "it is one or the other"
        return PhotoRef(self.new.path, self.new.sha256, frame=self.correction.frame)

    @property
    def is_test(self) -> bool:
        """A test photo moves its label and stays a test photo: it is never learned."""
        return self.photo is not None and self.photo.split == "test"


@dataclass
class CorrectionPlan:
    """What is to be done."""

    items: list[Corrected] = field(default_factory=list)  # the corrections that can be carried out
    # corrections that say nothing, as a later one is of the same photo
    superseded: list[int] = field(default_factory=list)
    # by class that was learned, photos that it was learned from and that are not of it
    taken_out: dict[int, list[PhotoRef]] = field(default_factory=dict)
    added: dict[int, list[PhotoRef]] = field(default_factory=dict)  # by class that was learned, photos to learn
    # by name of a class that is to be made and learned, its photos
    made: dict[str, list[PhotoRef]] = field(default_factory=dict)
    # classes that were learned from photos that are not of them, and from which these cannot be taken out
    left_in: set[int] = field(default_factory=set)

    @property
    def teaches(self) -> bool:
        """Whether anything that was learned changes."""
        return bool(self.taken_out or self.added or self.made)

    @property
    def taught(self) -> list[int]:
        """The known classes whose sums change."""
        return list(dict.fromkeys([*self.taken_out, *self.added]))


def plan_corrections(project: Project, known: Sequence[int], job: Job) -> CorrectionPlan:
    """Read what waits, and open the photos from outside.

    A photo that cannot be read stays where it waits, and the job reports why. Raises InputError if none of them can be
    carried out.
    """
    plan, faults = CorrectionPlan(), []
    by_content: dict[str, Corrected] = {}
    spelled: dict[str, str] = {}  # names of the classes that are to be made
    for correction in project.corrections():
        job.check()
        try:
            item = _item(project, correction)
            if isinstance(item.target, str):
                item = replace(item, target=spelled.setdefault(name_key(item.target), item.target))
        except InputError as error:
            faults.append(str(error))
            continue
        older = by_content.pop(item.ref.sha256, None)
        if older is not None:
            plan.superseded.append(older.correction.id)
        by_content[item.ref.sha256] = item
    for fault in faults:
        job.message(FilledText.of(QT_TRANSLATE_NOOP("errors", "Left waiting: {reason}"), reason=fault))
    if faults and not by_content:
        raise InputError(faults[0])
    plan.items = list(by_content.values())
    _sort(project, plan, set(known), job)
    return plan


def leave_out_unreadable(plan: CorrectionPlan, store: FeatureStore, job: Job) -> None:
    """Encode what is learned or taken out; what cannot be encoded moves its label only, and the job reports why."""
    wanted = [ref for part in (plan.taken_out, plan.added, plan.made) for refs in part.values() for ref in refs]
    faults = store.ensure(wanted, job)
    for reason in faults.values():
        job.message(FilledText.of(QT_TRANSLATE_NOOP("errors", "Photo left out: {reason}"), reason=reason))
    plan.left_in |= {key for key, refs in plan.taken_out.items() if any(ref.sha256 in faults for ref in refs)}
    for part in (plan.taken_out, plan.added, plan.made):
        for key, refs in list(part.items()):
            readable = [ref for ref in refs if ref.sha256 not in faults]
            if readable:
                part[key] = readable  # type: ignore[index]
            else:
                del part[key]  # type: ignore[arg-type]


def _item(project: Project, correction: Correction) -> Corrected:
    target: Target | None = correction.class_id
    if correction.class_name is not None:
        made = project.find_class(correction.class_name)
        target = correction.class_name if made is None else made.id
    if correction.photo_id is not None:
        return Corrected(correction, target, project.photo(correction.photo_id))
    file = Path(correction.path or "")
    if is_elsewhere(file):
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors", "{file} is not on this computer: copy the photo here, and say again what it is"
            ),
            file=file,
        )
    class_ = FoundClass(correction.class_name or "photo", file.parent, (FoundFile(file, "train"),))
    with read_photos(FoundClasses((class_,), ())) as scan:
        new = next(scan.new_photos(scan.classes[0]))
    if new.sha256 != correction.sha256:
        # The project may be a stranger's, and name any file of this computer: what is in it stays out of the project.
        text = QT_TRANSLATE_NOOP("errors", "{file} is another photo than was corrected: say again what it is")
        raise InputError(text, file=file)
    twin = project.find_photos([new.sha256]).get(new.sha256)  # it was added meanwhile
    return Corrected(correction, target, twin, None if twin is not None else new)


def _sort(project: Project, plan: CorrectionPlan, known: set[int], job: Job) -> None:
    lost: Counter[int] = Counter()
    for item in plan.items:
        photo, target = item.photo, item.target
        if photo is not None and photo.is_learned and photo.split == "train" and photo.class_id in known:
            if target == photo.class_id:
                continue
            plan.taken_out.setdefault(photo.class_id, []).append(item.ref)
            lost[photo.class_id] += 1
        if target is None or item.is_test:
            continue
        if isinstance(target, str):
            plan.made.setdefault(target, []).append(item.ref)
        elif target in known:
            plan.added.setdefault(target, []).append(item.ref)
    for class_id, count in lost.items():
        learned = sum(photo.is_learned for photo in project.photos(class_id, split="train", set_aside=None))
        if count >= learned and class_id not in plan.added:
            name = project.class_(class_id).name
            text = QT_TRANSLATE_NOOP(
                "errors", "No photo that {name} was learned from would be left: what was learned of it stays as it is"
            )
            job.message(FilledText.of(text, name=name))
            del plan.taken_out[class_id]
            plan.left_in.add(class_id)
