"""The command that proposes classes for photos without names."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spa_desktop.cli.classify_command import say_sorted
from spa_desktop.cli.common import AsJson, Device, RayAddress, app, open_project, plain_store, print_json, say_some
from spa_desktop.console import ConsoleJob, say, table
from spa_desktop.errors import InputError, SpaError
from spa_desktop.visible import counted

if TYPE_CHECKING:
    from spa_desktop.classify.answer_files import PhotoAnswer
    from spa_desktop.discover import Group
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.jobs import Job
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.workbench import Workbench

_SURE = 0.5  # of a name that a folder is called by
_NO_GROUP = "No three photos are alike enough to be a class: give more photos of each thing"


@app.command()
def discover(
    folders: Annotated[list[Path], typer.Argument(help="Folders of photos, or photo files.", metavar="FOLDER...")],
    project: Annotated[
        Path | None, typer.Option(help="Its classes are known; the others are found beside them.")
    ] = None,
    as_json: AsJson = False,
    into: Annotated[Path | None, typer.Option(help="Copy the photos into a folder for each group, in here.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="With --into: go on where a run was interrupted.")] = False,
    ray: RayAddress = None,
    device: Device = "auto",
) -> None:
    """Propose classes for photos without names: groups of photos that look alike, and what they may be called."""
    from spa_desktop.classify import sort_photos
    from spa_desktop.classify.folder_run import find_photos
    from spa_desktop.discover import propose
    from spa_desktop.ray_cluster import Cluster

    sources = [path.expanduser().absolute() for path in folders]
    if resume and into is None:
        raise InputError("--resume goes with --into DIR")
    if into is not None:
        if resume and sort_photos.begun_sort(into, sources) is not None:
            with ConsoleJob() as job:
                say_sorted(sort_photos.resume_sort(into, job))
            return
        sort_photos.checked_target(into, sources)
    cluster = None if ray is None else Cluster.of(ray)
    with _opened(project, device) as bench, ConsoleJob() as job:
        found = find_photos(sources, job)
        say_some([f"Skipped: {one.path}: {one.reason}" for one in found.skipped], "Skipped {} more")
        store = bench.store(job) if bench else plain_store(device, job)
        taught: dict[str, Any] = {}
        if bench and bench.project.learner_info() is not None:
            learner, classes = bench.learned(job)
            taught = {"learner": learner, "labels": [known.name for known in classes]}
        photos = _read(store, found.paths, job, cluster)
        groups = propose(store, [ref for ref, _ in photos], [one.path for _, one in photos], job, **taught)
        placed = {row for group in groups for row in group.indices}
        left = [one.path for row, (_, one) in enumerate(photos) if row not in placed]
        if into is not None and groups:
            answers, names = _as_answers(groups, [one for _, one in photos])
            try:
                say_sorted(sort_photos.sort_photos(sort_photos.plan_sort(answers, names, into, sources=sources), job))
            except KeyboardInterrupt:
                say("Each photo that was copied is whole: the same command goes on with --resume")
                raise
    if as_json:
        print_json({"groups": [_as_json(group) for group in groups], "left": left})
    elif groups:
        _show(groups)
    many = f"{counted(len(groups), 'group')} of {len(placed)} photos"
    say(f"{many}; {len(left)} {'is' if len(left) == 1 else 'are'} like too few others" if groups else _NO_GROUP)


def _opened(project: Path | None, device: str) -> AbstractContextManager[Workbench | None]:
    return nullcontext() if project is None else open_project(project, write=False, device=device)


def _read(
    store: FeatureStore, paths: Sequence[str], job: Job, cluster: Cluster | None
) -> list[tuple[PhotoRef, PhotoAnswer]]:
    """The photos that can be read, encoded, with their size and time before they were; the others are said."""
    from spa_desktop.classify.answer_files import PhotoAnswer, stamp_of
    from spa_desktop.feature_store import read_refs

    photos, faults = [], []
    stamps = list(map(stamp_of, paths))
    for (size, changed), (path, photo) in zip(stamps, read_refs(paths, job), strict=True):
        if isinstance(photo, str):
            faults.append(photo)
        else:
            photos.append((photo, PhotoAnswer(path, size=size, changed=changed)))
    broken = store.ensure(
        [*{ref.sha256: ref for ref, _ in photos}.values()], job, cluster=cluster
    )  # copies of a photo once
    faults += [f"{one.path}: {broken[ref.sha256]}" for ref, one in photos if ref.sha256 in broken]
    say_some([f"Skipped: {fault}" for fault in faults], "Skipped {} more")
    readable = [one for one in photos if one[0].sha256 not in broken]
    if not readable:
        raise SpaError(f"Not one of the {len(paths)} photos could be read")
    return readable


def _as_answers(groups: Sequence[Group], photos: Sequence[PhotoAnswer]) -> tuple[list[PhotoAnswer], dict[int, str]]:
    """The groups as answers that can be sorted, and a name for each: only those of a known class share theirs.

    A name is one that is more probable than not; else the group has its number.
    """
    from dataclasses import replace

    from spa_desktop.classify.sort_photos import free_name

    taken: dict[str, int] = {}
    known: dict[Any, str] = {}
    answers, names = [], {}
    for group in groups:  # known classes keep their names
        if group.known_class is not None and group.known_class not in known:
            known[group.known_class] = free_name(str(group.known_class), taken)
    for number, group in enumerate(groups):
        sure = next((one.name for one in group.names if one.share >= _SURE), f"group {number + 1}")
        names[number] = known.get(group.known_class) or free_name(sure, taken)
        answers += [replace(photos[row], class_ids=(number,), probabilities=(1.0,)) for row in group.indices]
    return answers, names


def _as_json(group: Group) -> dict[str, Any]:
    return {
        "photos": group.photos,
        "names": [{"name": one.name, "share": one.share} for one in group.names],
        "known_class": group.known_class,
        "tightness": round(group.tightness, 4),
    }


def _show(groups: Sequence[Group]) -> None:
    rows = []
    for number, group in enumerate(groups, start=1):
        names = ", ".join(one.name for one in group.names)
        called = str(group.known_class) if group.known_class is not None else names or "-"
        rows.append((str(number), str(len(group.photos)), f"{group.tightness:.2f}", called, group.photos[0]))
    table("Groups", ("group", "photos", "tightness", "may be called", "most typical photo"), rows)
