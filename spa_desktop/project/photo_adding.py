"""Scanned photos into the project: new classes in a task, or more photos for known ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.folders import FoundClasses, Scan, ScannedClass, Skipped
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import Waiting
from spa_desktop.project.records import ClassRecord, TaskRecord
from spa_desktop.project.transaction import Transaction

_NAMES = 1000  # of classes, as many as the history notes


@dataclass(frozen=True)
class Added:
    """What an import did."""

    task_id: int | None  # of the new classes; None when all were topped up
    class_ids: tuple[int, ...]
    train: int
    test: int
    skipped: tuple[Skipped, ...] = field(repr=False)


def check_addition(
    project: Project, found: FoundClasses | Scan, *, task: str | None = None, top_up: bool = False
) -> None:
    """Raise what `add_photos_of` would raise for names and task, before photos are read.

    Raises:
        InputError: a class that the project has already, unless `top_up`; a task that is trained already.
    """
    new = []
    for item in found.classes:
        if project.find_class(item.name) is None:
            new.append(item.name)
        elif not top_up:
            raise InputError(
                f"The project has a class {item.name!r} already: rename the folder {item.folder}, "
                "or add its photos to that class with --top-up"
            )
    known = project.find_task(task) if task is not None else None
    if new and known is not None and known.state == "trained":
        raise InputError(f"The task {known.name!r} is trained already: add {new[0]!r} to another task")


def add_photos_of(
    project: Project,
    scan: Scan,
    *,
    task: str | None = None,
    top_up: bool = False,
    verb: str = "add",
    job: Job | None = None,
) -> Added:
    """Store a scan in one transaction.

    Args:
        project: open for writing.
        scan: from `read_photos`; still open.
        task: name of the task for new classes, made if there is none. None: the last task if it is not trained yet,
            else a new one.
        top_up: add photos to classes that the project has.
        verb: for the history.
        job: hears of it, and may be cancelled, when it has to wait for other programs.

    Raises:
        InputError: as `check_addition`; a photo that another class of the project has (both are named); a new class
            without training photos; nothing new to add.
    """
    with project.transaction(verb, waiting=Waiting(job=job) if job else None) as tx:
        check_addition(project, scan, task=task, top_up=top_up)
        skipped = list(scan.skipped)
        target: TaskRecord | None = None
        class_ids, train, test = [], 0, 0
        for item in scan.classes:
            record = project.find_class(item.name)
            known = _known_photos(project, record, item)
            skipped += [
                Skipped(photo.path, "the class has this photo already")
                for photo in item.photos
                if photo.sha256 in known
            ]
            photos = [photo for photo in scan.new_photos(item) if photo.sha256 not in known] if known else None
            if record is None:
                if all(photo.split == "test" for photo in item.photos):
                    raise InputError(f"{item.folder} has photos to test but none to learn from: add a train folder")
                target = target or _task(project, tx, task)
                record = tx.add_class(item.name, target.id)
            tx.add_photos(record.id, scan.new_photos(item) if photos is None else photos)
            class_ids.append(record.id)
            added = [photo.split for photo in item.photos if photo.sha256 not in known]
            train, test = train + added.count("train"), test + added.count("test")
        if not train + test:
            raise InputError("All of these photos are in the project already: nothing was added")
        tx.summary = f"{_count(train + test, 'photo')} to {_count(len(class_ids), 'class', 'classes')}"
        tx.details.update(
            classes=[item.name for item in scan.classes[:_NAMES]],
            train=train,
            test=test,
            skipped=len(skipped),
            top_up=top_up,
        )
    return Added(None if target is None else target.id, tuple(class_ids), train, test, tuple(skipped))


def _known_photos(project: Project, record: ClassRecord | None, item: ScannedClass) -> set[str]:
    """Those photos that the class has already. Another class having one is an error."""
    known = project.find_photos(photo.sha256 for photo in item.photos)
    for photo in item.photos:
        twin = known.get(photo.sha256)
        if twin is not None and (record is None or twin.class_id != record.id):
            owner = project.class_(twin.class_id).name
            raise InputError(
                f"The same photo is in two classes: {twin.path} in {owner!r} and {photo.path} in {item.name!r}. "
                "Leave it out of one"
            )
    return set(known)


def _task(project: Project, tx: Transaction, name: str | None) -> TaskRecord:
    tasks = project.tasks()
    if name is not None:
        return project.find_task(name) or tx.add_task(name)
    if tasks and tasks[-1].state == "new":
        return tasks[-1]
    return tx.add_task(next_task_name({task.name for task in tasks}))


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
