"""The command that recognises photos: a few, explained, or folders of thousands, into files or sorted into folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spa_desktop.cli.common import AsJson, Device, ProjectArg, RayAddress, app, open_project, print_json
from spa_desktop.console import ConsoleJob, answer, say, table
from spa_desktop.errors import InputError, SpaError

if TYPE_CHECKING:
    from spa_desktop.classify.folder_run import FolderAnswers
    from spa_desktop.classify.sort_photos import Sorted, SortPlan
    from spa_desktop.jobs import Job

_MOST_LISTED = 20


@app.command()
def classify(
    project: ProjectArg,
    images: Annotated[list[Path], typer.Argument(help="Photo files, or folders of them.")],
    top: Annotated[int, typer.Option(help="How many classes to name.", min=1)] = 5,
    as_json: AsJson = False,
    overlay: Annotated[Path | None, typer.Option(help="Draw patch attention into this folder.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write one row a photo to this file.")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="Write one JSON object a line and photo to this file.")] = None,
    sort: Annotated[
        Path | None, typer.Option("--sort", "--sort-into", help="Copy the photos into folders by class, in here.")
    ] = None,
    move: Annotated[bool, typer.Option("--move", help="With --sort: move them; see: spa-desktop unsort.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="With --sort: only say what would be done.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was interrupted.")] = False,
    ray: RayAddress = None,
    device: Device = "auto",
) -> None:
    """Recognise photos; folders with all that is below them. A photo like no class learned is "none of these"."""
    is_many = any((csv, jsonl, sort, resume, ray)) or any(path.is_dir() for path in images)
    if (move or plan) and sort is None:
        raise InputError("--move and --plan go with --sort DIR")
    if not is_many:
        _classify_few(project, images, top=top, as_json=as_json, overlay=overlay, device=device)
        return
    if overlay is not None:
        raise InputError("--overlay is for single photos: give photo files and no folder")
    _classify_many(
        project, images, top=top, as_json=as_json, csv=csv, jsonl=jsonl, sort=sort, move=move, plan=plan,
        resume=resume, ray=ray, device=device,
    )  # fmt: skip


@app.command()
def unsort(folder: Annotated[Path, typer.Argument(help="The folder that photos were moved into.")]) -> None:
    """Move photos that `classify --sort DIR --move` sorted back to where they were."""
    from spa_desktop.classify.sort_photos import undo_sort

    with ConsoleJob() as job:
        done = undo_sort(folder, job)
    _say_failed([(str(one.path), one.reason) for one in done.failed], "Not moved back")
    say(f"Moved {done.done} photos back")
    if done.failed:
        raise typer.Exit(1)


def _classify_few(
    project: Path, images: list[Path], *, top: int, as_json: bool, overlay: Path | None, device: str
) -> None:
    with open_project(project, write=False, device=device) as bench, ConsoleJob() as job:
        found = bench.classify(images, job, top=top, overlay_dir=overlay)
    if as_json:
        print_json(found)
        return
    for image in found["images"]:
        answers = ", ".join(f"{a['class']} {100 * a['probability']:.1f} %" for a in image.get("top", ()))
        if image.get("rejected"):
            answers = f"{image['answer']} (nearest: {answers})"
        answer(f"{image['path']}: {answers or image['error']}")


def _classify_many(
    project: Path,
    sources: list[Path],
    *,
    top: int,
    as_json: bool,
    csv: Path | None,
    jsonl: Path | None,
    sort: Path | None,
    move: bool,
    plan: bool,
    resume: bool,
    ray: str | None,
    device: str,
) -> None:
    from spa_desktop.classify.answer_files import EARLIER_CSV, EARLIER_JSON_LINES, write_csv, write_json_lines
    from spa_desktop.classify.sort_photos import checked_target
    from spa_desktop.plain_files import check_output
    from spa_desktop.ray_cluster import Cluster

    if csv is not None and csv == jsonl:
        raise InputError(f"--csv and --jsonl both name {csv}: give two names")
    for file, replaces in ((csv, EARLIER_CSV), (jsonl, EARLIER_JSON_LINES)):
        if file is not None:
            check_output(file, replaces)
    is_begun = sort is not None and resume and _is_begun(sort)
    if sort is not None and not is_begun:
        checked_target(sort, [path.expanduser().absolute() for path in sources])
    cluster = None if ray is None else Cluster.of(ray)
    with open_project(project, write=False, device=device) as bench, ConsoleJob() as job:
        if is_begun:
            # The photos that were moved are not where they were: only the sorting is left to do.
            assert sort is not None, "it was begun"
            _go_on_sorting(sort, job, only_plan=plan, as_json=as_json)
            return
        try:
            found = bench.classify_folders(sources, job, resume=resume, cluster=cluster)
        except KeyboardInterrupt:
            say("The answers so far are kept: the same command goes on with --resume")
            raise
        if csv is not None:
            write_csv(csv, found.answers, found.names)
        if jsonl is not None:
            write_json_lines(jsonl, found.answers, found.names)
        _say_unreadable(found)
        if sort is not None:
            _sort(found, sort, job, move=move, only_plan=plan, as_json=as_json)
    if as_json:
        print_json({"images": [_cut(one.to_json(found.names), top) for one in found.answers]})
    elif not any((csv, jsonl, sort)):
        for one in found.answers:
            pairs = zip(one.class_ids, one.probabilities, strict=True)
            said = ", ".join(f"{found.names[key]} {100 * share:.1f} %" for key, share in list(pairs)[:top])
            if one.rejected:
                said = f"{one.class_name(found.names)} (nearest: {said})"
            answer(f"{one.path}: {said or one.error}")
    _say_done(found)


def _cut(image: dict[str, object], top: int) -> dict[str, object]:
    listed = image.get("top")
    return {**image, "top": listed[:top]} if isinstance(listed, list) else image


def _say_unreadable(found: FolderAnswers) -> None:
    faults = [(one.path, one.error or "") for one in found.unreadable]
    faults += [(str(one.path), f"{one.path}: {one.reason}") for one in found.skipped]
    for _, reason in faults[:_MOST_LISTED]:
        say(f"Skipped: {reason}")
    if len(faults) > _MOST_LISTED:
        say(f"Skipped {len(faults) - _MOST_LISTED} more; --csv and --jsonl list them all")
    if found.answers and len(found.unreadable) == len(found.answers):
        raise SpaError(f"Not one of the {len(found.answers)} photos could be read")


def _say_done(found: FolderAnswers) -> None:
    count = len(found.answers) - len(found.unreadable)
    before = f", {found.resumed} of them in an earlier run" if found.resumed else ""
    skipped = f", {len(found.unreadable)} could not be read" if found.unreadable else ""
    say(f"Recognised {count} photos{before}{skipped}")


def _sort(found: FolderAnswers, target: Path, job: Job, *, move: bool, only_plan: bool, as_json: bool) -> None:
    from spa_desktop.classify.sort_photos import plan_sort, sort_photos

    wanted = plan_sort(found.answers, found.names, target, sources=found.sources, move=move)
    if only_plan:
        _show_plan(wanted, as_json=as_json)
        return
    _sorted(lambda job: sort_photos(wanted, job), job)


def _show_plan(wanted: SortPlan, *, as_json: bool) -> None:
    title = f"Would {'move' if wanted.is_move else 'copy'} into {wanted.target}"
    counts = sorted(wanted.counts().items())
    if as_json:  # stdout is for the one object
        say(f"{title}: {', '.join(f'{folder} {count}' for folder, count in counts)}")
    else:
        table(title, ("folder", "photos"), [(folder, str(count)) for folder, count in counts])
    _say_failed([(str(one.path), one.reason) for one in wanted.skipped], "Would stay")


def _sorted(work: Callable[[Job], Sorted], job: Job) -> None:
    done = work(job)
    _say_failed([(str(one.path), one.reason) for one in done.failed], "Not sorted")
    say(f"{'Moved' if done.is_move else 'Copied'} {done.done} photos into {done.target}")
    if done.is_move and done.done:
        say(f"To move them back: spa-desktop unsort {done.target}")
    if done.failed and not done.done:
        raise SpaError("Not one photo could be sorted")


def _is_begun(target: Path) -> bool:
    from spa_desktop.classify.sort_photos import kept_plan

    return kept_plan(target.expanduser().absolute()) is not None


def _go_on_sorting(target: Path, job: Job, *, only_plan: bool, as_json: bool) -> None:
    from spa_desktop.classify.sort_photos import left_to_sort, resume_sort

    if only_plan:
        _show_plan(left_to_sort(target), as_json=as_json)
        return
    _sorted(lambda job: resume_sort(target, job), job)


def _say_failed(faults: Sequence[tuple[str, str]], what: str) -> None:
    for path, reason in faults[:_MOST_LISTED]:
        say(f"{what}: {path}: {reason}")
    if len(faults) > _MOST_LISTED:
        say(f"{what}: {len(faults) - _MOST_LISTED} more")
