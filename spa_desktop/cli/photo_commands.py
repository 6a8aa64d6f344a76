"""The commands on photos: recognise a few, or folders of thousands, search them, propose classes for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spa_desktop.cli.common import (
    STDIO,
    AsJson,
    Boxes,
    ByNul,
    Device,
    FileTimes,
    ProjectArg,
    RayAddress,
    Yes,
    app,
    cluster_at,
    open_project,
    plain_store,
    print_json,
    say_some,
    with_list,
)
from spa_desktop.console import ConsoleJob, answer, say, table
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.spa.config import none_of_these
from spa_desktop.visible import counted

if TYPE_CHECKING:
    from spa_desktop.classify.answer_files import PhotoAnswer
    from spa_desktop.classify.folder_run import FolderAnswers
    from spa_desktop.classify.keywords import KeywordPlan
    from spa_desktop.classify.sort_photos import Sorted, SortPlan
    from spa_desktop.discover import Group
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.project.folders import Skipped
    from spa_desktop.ray_cluster import Cluster

# Seconds: the files of answers grow while folders are read; and how much longer than it took to write them whole.
_WRITTEN_EVERY, _PAUSE = 10.0, 20


@app.command()
def classify(
    project: ProjectArg,
    images: Annotated[list[Path], typer.Argument(help="Photo files, or folders of them; - is a list on stdin.")],
    boxes: Boxes = None,
    top: Annotated[int, typer.Option(help="How many classes to name.", min=1)] = 5,
    as_json: AsJson = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --json or --jsonl: say why, too: patches and evidence.")
    ] = False,
    overlay: Annotated[Path | None, typer.Option(help="Draw patch attention into this folder.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write one row a photo to this file; - is stdout.")] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(help="Write one JSON object a line and photo to this file; - is stdout, as they come."),
    ] = None,
    observations: Annotated[
        Path | None, typer.Option(help="Write observations.csv of Camtrap DP; needs --deployment and --timezone.")
    ] = None,
    deployment: Annotated[str, typer.Option(help="With --observations: the deploymentID of the photos.")] = "",
    timezone: Annotated[str, typer.Option(help="With --observations: what the camera's clock shows, +02:00.")] = "",
    sort: Annotated[
        Path | None, typer.Option("--sort", "--sort-into", help="Copy the photos into folders by class, in here.")
    ] = None,
    move: Annotated[bool, typer.Option("--move", help="With --sort: move them; see: spa-desktop unsort.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="With --sort, --xmp: only say what would be done.")] = False,
    xmp: Annotated[bool, typer.Option("--xmp", help="Write keywords into XMP sidecars beside the photos.")] = False,
    branch: Annotated[str, typer.Option(help="With --xmp: the keywords lie below it, as in Animals/Birds.")] = "",
    otherwise: Annotated[str, typer.Option(help="With --xmp: keyword for unsure ones and none of these.")] = "",
    unsure_below: Annotated[
        float, typer.Option(help="With --xmp, --sort, --observations: less probable ones are unsure.", min=0.0, max=1.0)
    ] = 0.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was interrupted.")] = False,
    together: Annotated[
        bool,
        typer.Option("--together", help="Let the photos help each other: they are one folder, answered at the end."),
    ] = False,
    events: Annotated[
        float | None,
        typer.Option(help="One answer for photos taken so near, 60 is usual.", metavar="SECONDS", min=0.0),
    ] = None,
    file_times: FileTimes = False,
    by_nul: ByNul = False,
    ray: RayAddress = None,
    device: Device = "auto",
    yes: Yes = False,
) -> None:
    """Recognise photos; folders with all that is below them. A photo like no class learned is "none of these"."""
    from spa_desktop.workbench import recognition

    if file_times and events is None:
        raise InputError("--file-times goes with --events SECONDS")
    is_many = any((csv, jsonl, observations, sort, xmp, resume, together, ray, boxes, events is not None))
    is_many = is_many or any(path == STDIO or path.is_dir() for path in images)
    images = with_list(images, by_nul=by_nul)
    is_printed = as_json or STDIO in (csv, jsonl)
    is_said_last = together or boxes is not None or events is not None  # answers depend on those of other photos
    if (csv, jsonl).count(STDIO) + as_json > 1:
        raise InputError("--json, --csv - and --jsonl - print to the same place: give one of them")
    if (move and sort is None) or (plan and sort is None and not xmp):
        raise InputError("--move and --plan go with --sort DIR, --plan also with --xmp")
    if xmp and sort is not None:
        raise InputError("--sort and --xmp are two runs: write the keywords where the photos will lie")
    if not xmp and (branch or otherwise):
        raise InputError("--branch and --otherwise go with --xmp")
    if is_many and overlay is not None:
        raise InputError("--overlay is for single photos: give photo files, no folder and no --together")
    if observations == STDIO:
        raise InputError("--observations writes a file and nothing to stdout: give it a name, such as observations.csv")
    if (observations is None) != (not deployment and not timezone) or bool(deployment) != bool(timezone):
        raise InputError("--observations FILE, --deployment ID and --timezone +02:00 go together: give all three")
    try:
        zone = datetime.strptime(timezone or "Z", "%z").tzinfo
    except ValueError:
        raise InputError(f"{timezone!r} is no time zone: write it as +02:00") from None
    if explain and (resume or together or ray or events is not None):
        raise InputError("--explain looks at each photo anew: leave --resume, --together, --events and --ray out")
    from spa_desktop.classify import keywords, sort_photos
    from spa_desktop.classify.answer_files import (
        EARLIER_CSV,
        EARLIER_JSON_LINES,
        EARLIER_OBSERVATIONS,
        csv_lines,
        json_line,
        with_best_boxes,
        write_csv,
        write_json_lines,
        write_observations,
    )
    from spa_desktop.photos.events import EventRule
    from spa_desktop.plain_files import check_output

    csv_file, jsonl_file = (None if file == STDIO else file for file in (csv, jsonl))
    outputs = (csv_file, EARLIER_CSV), (jsonl_file, EARLIER_JSON_LINES), (observations, EARLIER_OBSERVATIONS)
    places = set[Path]()
    for file, replaces in outputs:
        if file is not None:
            if file.resolve() in places:
                raise InputError(f"{file} is named twice: give --csv, --jsonl and --observations a name each")
            places.add(file.resolve())
            check_output(file, replaces)
            if sort is not None and file.resolve().is_relative_to(sort.expanduser().resolve()):
                raise InputError(f"{file} lies in {sort}, which is for photos alone: choose another folder")
    sources = [path.expanduser().absolute() for path in images]
    begun = sort_photos.begun_sort(sort, sources) if sort is not None and resume else None
    if sort is not None and begun is None:
        sort_photos.checked_target(sort, sources)
    cluster = cluster_at(ray)
    with open_project(project, write=False, device=device, yes=yes) as bench, ConsoleJob() as job:
        if sort is not None and begun is not None:
            # The photos that were moved are not where they were: only the sorting is left to do.
            if plan:
                _show_plan(sort_photos.left_to_sort(sort), is_said=is_printed)
            else:
                say_sorted(sort_photos.resume_sort(sort, job))
            return
        came: list[PhotoAnswer] = []
        names, due = {class_.id: class_.name for class_ in bench.project.classes()}, time.monotonic() + _WRITTEN_EVERY
        as_given = _named_as_given(images)

        # What another run wrote is replaced by a whole run's answers alone.
        growing = {file for file in (csv_file, jsonl_file) if file is not None and (resume or not file.exists())}

        def write(answers: Sequence[PhotoAnswer], *, is_whole: bool = False) -> None:
            for file, write_to in ((csv_file, write_csv), (jsonl_file, write_json_lines)):
                if file is not None and answers and (is_whole or file in growing):
                    write_to(file, [*map(as_given, answers)], names)

        def print_lines(answers: Sequence[PhotoAnswer]) -> None:
            sys.stdout.writelines(json_line(as_given(answer), names) for answer in answers)
            sys.stdout.flush()

        def keep(answers: Sequence[PhotoAnswer]) -> None:
            nonlocal due
            came.extend(answers)
            if jsonl == STDIO and not is_said_last:
                print_lines(answers)
            began = time.monotonic()
            if began >= due:
                write(came)
                took = time.monotonic() - began
                due = began + took + max(_WRITTEN_EVERY, _PAUSE * took)

        try:
            found = recognition.classify(
                bench,
                images,
                job,
                boxes=boxes,
                singly=not is_many,
                top=top,
                explained=explain,
                overlay_dir=overlay,
                resume=resume,
                on_answers=keep,
                cluster=cluster,
                together=together,
                rule=None if events is None else EventRule(events, file_times),
            )
        except KeyboardInterrupt:
            write(came)
            if is_many:
                say("The answers so far are kept: the same command goes on with --resume")
            raise
        write(found.answers, is_whole=True)
        info = bench.project.learner_info()
        model = info.sha256[:12] if info else ""
        if observations is not None and zone is not None:
            given, by = [*map(as_given, found.answers)], f"SPA Desktop {model}"
            left_out = write_observations(
                observations, given, names, deployment=deployment, zone=zone, by=by, below=unsure_below
            )
            if left_out:
                say(f"Left out of {observations}: {counted(left_out, 'photo')} whose EXIF has no time")
        if jsonl == STDIO and is_said_last:
            print_lines(with_best_boxes(found.answers))
        if csv == STDIO:
            rows = with_best_boxes([*map(as_given, found.answers)])
            sys.stdout.writelines(line.decode() for line in csv_lines(rows, names))
        _say_unreadable(found, is_many=is_many)
        if sort is not None:
            wanted = sort_photos.plan_sort(
                found.answers, found.names, sort, sources=found.sources, move=move, unsure_below=unsure_below
            )
            if plan:
                _show_plan(wanted, is_said=is_printed)
            else:
                say_sorted(sort_photos.sort_photos(wanted, job))
        if xmp:
            marked = keywords.plan_keywords(
                found.answers,
                found.names,
                sources=found.sources,
                branch=branch,
                otherwise=otherwise,
                unsure_below=unsure_below,
                model=model,
            )
            if plan:
                _show_plan(marked, is_said=is_printed)
            else:
                _say_written(keywords.write_keywords(marked, job), marked)
    if as_json or not any((csv, jsonl, observations, sort, xmp)):
        shown = [as_given(photo).to_json(found.names) for photo in with_best_boxes(found.answers)]
        _show([{**image, "top": image["top"][:top]} if "top" in image else image for image in shown], as_json=as_json)
    if not is_many:
        return
    count = len(found.answers) - len(found.unreadable)
    before = f", {found.resumed} of them in an earlier run" if found.resumed else ""
    skipped = f", {len(found.unreadable)} could not be read" if found.unreadable else ""
    changed = sum(photo.alone is not None for photo in found.answers)
    how = "" if events is None else f" in {len({photo.event for photo in found.answers})} events"
    how += "; answered together" if found.is_together else ""
    helped = f"{how}, {changed} of them otherwise than alone" if how else ""
    say(f"Recognised {count} photos{before}{skipped}{helped}")


@app.command()
def unsort(
    folder: Annotated[Path, typer.Argument(help="The folder that photos were moved into, or of photos with keywords.")],
    project: Annotated[Path | None, typer.Option(help="A project that has the photos, and follows them back.")] = None,
) -> None:
    """Move photos that `classify --sort DIR --move` sorted back, or take back the keywords of `classify --xmp`."""
    from spa_desktop.classify.keywords import is_newest, undo_keywords
    from spa_desktop.classify.sort_photos import undo_sort
    from spa_desktop.workbench import recognition

    has_keywords = is_newest(folder)
    with ExitStack() as opened:
        # What the project cannot note is not moved.
        bench = opened.enter_context(open_project(project, write=True)) if project is not None else None
        job = opened.enter_context(ConsoleJob())

        def note(places: Mapping[str, str]) -> None:
            if bench is not None:
                recognition.relocate_photos(bench, places, job)

        done = undo_keywords(folder, job) if has_keywords else undo_sort(folder, job, note=note)
    _say_failed(done.failed, "Not taken back" if has_keywords else "Not moved back")
    say(f"Took the keywords of {done.done} sidecars back" if has_keywords else f"Moved {done.done} photos back")
    if done.failed:
        raise typer.Exit(1)


def _named_as_given(sources: Sequence[Path]) -> Callable[[PhotoAnswer], PhotoAnswer]:
    """Has an answer with the path of its photo in the words of the source that it was found in."""
    given = {path.expanduser().absolute(): path for path in sources if not path.is_absolute()}

    def as_given(answer: PhotoAnswer) -> PhotoAnswer:
        path = Path(answer.path)
        source = next((place for place in (path, *path.parents) if place in given), None) if given else None
        return answer if source is None else replace(answer, path=str(given[source] / path.relative_to(source)))

    return as_given


def _show(images: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"images": images})
        return
    for image in images:
        answers = ", ".join(f"{a['class']} {100 * a['probability']:.1f} %" for a in image.get("top", ()))
        if image.get("rejected"):
            answers = none_of_these(image["top"][0]["class"])
        if "alone" in image:
            answers = f"{answers} (alone: {image['alone']['class']})"
        answer(f"{image['path']}: {answers or image['error']}")


def _say_unreadable(folder: FolderAnswers, *, is_many: bool) -> None:
    if not is_many and len(folder.unreadable) == len(folder.answers):
        raise InputError(str(folder.unreadable[0].error))
    faults = [f"Skipped: {photo.error}" for photo in folder.unreadable]
    faults += [f"Skipped: {skip.path}: {skip.reason}" for skip in folder.skipped]
    say_some(faults, "Skipped {} more; --csv and --jsonl list them all")
    if folder.answers and len(folder.unreadable) == len(folder.answers):
        raise SpaError(f"Not one of the {len(folder.answers)} photos could be read")


def _show_plan(wanted: SortPlan | KeywordPlan, *, is_said: bool) -> None:
    from spa_desktop.classify.sort_photos import SortPlan

    title, what = "Would write into sidecars", "keyword"
    if isinstance(wanted, SortPlan):
        title = f"Would {'move' if wanted.is_move else 'copy'} into {wanted.target}"
        what = "folder"
    counts = sorted((name or "(no keyword any more)", count) for name, count in wanted.counts().items())
    if is_said:  # stdout is for data
        say(f"{title}: {', '.join(f'{folder} {count}' for folder, count in counts)}")
    else:
        table(title, (what, "photos"), [(folder, str(count)) for folder, count in counts])
    _say_failed(wanted.skipped, "Would stay")


def say_sorted(done: Sorted) -> None:
    """Say what was copied or moved, and what was not."""
    _say_failed(done.failed, "Not sorted")
    say(f"{'Moved' if done.is_move else 'Copied'} {done.done} photos into {done.target}")
    if done.is_move and done.done:
        say(f"To move them back: spa-desktop unsort {done.target}")
    if done.failed and not done.done:
        raise SpaError("Not one photo could be sorted")


def _say_written(done: Sorted, plan: KeywordPlan) -> None:
    _say_failed((*plan.skipped, *done.failed), "Left alone")
    say(f"Wrote the keywords of {counted(done.done, 'sidecar')}")
    if done.done:
        say(f"To take them back: spa-desktop unsort {done.target}")
    if done.failed and not done.done:
        raise SpaError("Not one sidecar could be written")


def _say_failed(faults: Sequence[Skipped], what: str) -> None:
    say_some([f"{what}: {fault.path}: {fault.reason}" for fault in faults], f"{what}: {{}} more")


@app.command()
def search(
    where: Annotated[Path, typer.Argument(help="A project, or a folder of photos.", metavar="PROJECT|FOLDER")],
    words: Annotated[str, typer.Argument(help="What is to be seen, in English.")],
    top: Annotated[int, typer.Option(help="How many photos to name.", min=1)] = 20,
    device: Device = "auto",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Find photos that words fit, of a project or in a folder and all that is below it."""
    from spa_desktop.workbench import searching

    with ConsoleJob() as job:
        if where.is_dir():
            found = searching.search_files(plain_store(device, job), [where], words, job, top=top)
        else:
            with open_project(where, write=False, device=device, yes=yes) as bench:
                found = searching.search(bench, words, job, top=top)
    if as_json:
        print_json(found)
        return
    if not found["fits"]:
        say(f"No photo shows {words} for sure: these are only the nearest")
    rows = [(f"{photo['similarity']:.3f}", photo["path"]) for photo in found["photos"]]
    table(f"Photos for {words}", ("similarity", "photo"), rows)


# Classes for photos without names.

_SURE = 0.5  # of a name that a folder is called by
_NO_GROUP = "No three photos are alike enough to be a class: give more photos of each thing"


@app.command()
def discover(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders of photos, or photo files; - is a list on stdin.", metavar="FOLDER...")
    ],
    project: Annotated[
        Path | None, typer.Option(help="Its classes are known; the others are found beside them.")
    ] = None,
    as_json: AsJson = False,
    into: Annotated[Path | None, typer.Option(help="Copy the photos into a folder for each group, in here.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="With --into: go on where a run was interrupted.")] = False,
    by_nul: ByNul = False,
    ray: RayAddress = None,
    device: Device = "auto",
    yes: Yes = False,
) -> None:
    """Propose classes for photos without names: groups of photos that look alike, and what they may be called."""
    from spa_desktop.classify import sort_photos
    from spa_desktop.classify.folder_run import find_photos
    from spa_desktop.discover import propose
    from spa_desktop.workbench import recognition

    sources = [path.expanduser().absolute() for path in with_list(folders, by_nul=by_nul)]
    if resume and into is None:
        raise InputError("--resume goes with --into DIR")
    if into is not None:
        if resume and sort_photos.begun_sort(into, sources) is not None:
            with ConsoleJob() as job:
                say_sorted(sort_photos.resume_sort(into, job))
            return
        sort_photos.checked_target(into, sources)
    cluster = cluster_at(ray)
    opened = nullcontext() if project is None else open_project(project, write=False, device=device, yes=yes)
    with opened as bench, ConsoleJob() as job:
        given = find_photos(sources, job)
        say_some([f"Skipped: {skip.path}: {skip.reason}" for skip in given.skipped], "Skipped {} more")
        store = bench.store(job) if bench else plain_store(device, job)
        model: dict[str, Any] = {}
        if bench and bench.project.learner_info() is not None:
            learner, classes = recognition.learned(bench, job)
            model = {"learner": learner, "labels": [known.name for known in classes]}
        photos = _read_photos(store, given.paths, job, cluster)
        groups = propose(store, [ref for ref, _ in photos], [photo.path for _, photo in photos], job, **model)
        placed = {row for group in groups for row in group.indices}
        ungrouped = [photo.path for row, (_, photo) in enumerate(photos) if row not in placed]
        if into is not None and groups:
            answers, names = _as_answers(groups, [photo for _, photo in photos])
            try:
                say_sorted(sort_photos.sort_photos(sort_photos.plan_sort(answers, names, into, sources=sources), job))
            except KeyboardInterrupt:
                say("Each photo that was copied is whole: the same command goes on with --resume")
                raise
    if as_json:
        print_json({"groups": [_as_json(group) for group in groups], "left": ungrouped})
    elif groups:
        _show_groups(groups)
    many = f"{counted(len(groups), 'group')} of {len(placed)} photos"
    say(
        f"{many}; {len(ungrouped)} {'is' if len(ungrouped) == 1 else 'are'} like too few others"
        if groups
        else _NO_GROUP
    )


def _read_photos(
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
            photos.append((photo, PhotoAnswer(path, size=size, changed=changed, sha256=photo.sha256)))
    broken = store.ensure(
        [*{ref.sha256: ref for ref, _ in photos}.values()], job, cluster=cluster
    )  # copies of a photo once
    faults += [f"{photo.path}: {broken[ref.sha256]}" for ref, photo in photos if ref.sha256 in broken]
    say_some([f"Skipped: {fault}" for fault in faults], "Skipped {} more")
    readable = [pair for pair in photos if pair[0].sha256 not in broken]
    if not readable:
        raise SpaError(f"Not one of the {len(paths)} photos could be read")
    return readable


def _as_answers(groups: Sequence[Group], photos: Sequence[PhotoAnswer]) -> tuple[list[PhotoAnswer], dict[int, str]]:
    """The groups as answers that can be sorted, and a name for each: only those of a known class share theirs.

    A name is one that is more probable than not; else the group has its number.
    """
    from spa_desktop.classify.sort_photos import free_name

    taken: dict[str, int] = {}
    known: dict[Any, str] = {}
    answers, names = [], {}
    for group in groups:  # known classes keep their names
        if group.known_class is not None and group.known_class not in known:
            known[group.known_class] = free_name(str(group.known_class), taken)
    for number, group in enumerate(groups):
        sure = next((name.name for name in group.names if name.share >= _SURE), f"group {number + 1}")
        names[number] = known.get(group.known_class) or free_name(sure, taken)
        answers += [replace(photos[row], class_ids=(number,), probabilities=(1.0,)) for row in group.indices]
    return answers, names


def _as_json(group: Group) -> dict[str, Any]:
    return {
        "photos": group.photos,
        "names": [{"name": name.name, "share": name.share} for name in group.names],
        "known_class": group.known_class,
        "tightness": round(group.tightness, 4),
    }


def _show_groups(groups: Sequence[Group]) -> None:
    rows = []
    for number, group in enumerate(groups, start=1):
        names = ", ".join(name.name for name in group.names)
        called = str(group.known_class) if group.known_class is not None else names or "-"
        rows.append((str(number), str(len(group.photos)), f"{group.tightness:.2f}", called, group.photos[0]))
    table("Groups", ("group", "photos", "tightness", "may be called", "most typical photo"), rows)


# The photos of a project, for other programs.


@app.command("export-dataset")
def export_dataset(
    project: ProjectArg,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="OUT", show_default=False)],
    form: Annotated[str, typer.Option("--as", help="folders, csv, coco or imagefolder (Hugging Face).")] = "folders",
    link: Annotated[bool, typer.Option("--link", help="Make symbolic links to the photos instead of copies.")] = False,
) -> None:
    """Write the photos, with their classes and splits, for other programs."""
    from spa_desktop.export import dataset

    with open_project(project, write=False) as bench, ConsoleJob() as job:
        made = dataset.export_dataset(bench.project, folder, form, job, is_linked=link)
    say_some([f"Left out: {photo.path}: {photo.reason}" for photo in made.left_out], "Left out: {} more")
    left_out = f"; {counted(len(made.left_out), 'photo')} left out" if made.left_out else ""
    classes = counted(len(made.labels), "class", "classes")
    say(f"Wrote {counted(made.photos, 'photo')} of {classes} into {folder}{left_out}")


# A folder that is watched.


@app.command()
def watch(
    project: ProjectArg,
    folder: Annotated[Path, typer.Argument(help="The folder that photos come into.", metavar="IN")],
    sort: Annotated[Path | None, typer.Option(help="Copy the photos into folders by class, in here.")] = None,
    move: Annotated[bool, typer.Option("--move", help="With --sort: move them; see: spa-desktop unsort.")] = False,
    jsonl: Annotated[
        Path | None, typer.Option(help="Add one JSON object a line and photo to this file; - is stdout.")
    ] = None,
    xmp: Annotated[bool, typer.Option("--xmp", help="Write keywords into XMP sidecars beside the photos.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1, max=86400.0)] = 2.0,
    device: Device = "auto",
) -> None:
    """Recognise the photos in a folder, and those that come, until Ctrl+C. A line on stdout for each."""
    from spa_desktop.classify.answer_files import EARLIER_JSON_LINES, append_json_lines, begin_json_lines, json_line
    from spa_desktop.classify.keywords import plan_keywords, write_keywords
    from spa_desktop.classify.sort_photos import growing_sort
    from spa_desktop.plain_files import check_output
    from spa_desktop.workbench import recognition

    if move and sort is None:
        raise InputError("--move goes with --sort DIR")
    if xmp and move:
        raise InputError("--xmp writes beside photos, and --move moves them: give one of them")
    source, is_stdout = folder.expanduser().absolute(), jsonl == STDIO
    lines: set[str] | None = None  # photos in the file
    if jsonl is not None and not is_stdout:
        if sort is not None and jsonl.resolve().is_relative_to(sort.expanduser().resolve()):
            raise InputError(f"{jsonl} lies in {sort}, which is for photos alone: choose another folder")
        check_output(jsonl, EARLIER_JSON_LINES)
        lines = begin_json_lines(jsonl)
    # No bars: it may run for weeks, and its lines tell how far it is.
    job = Job(lambda event: say(event.message) if event.message is not None else None)
    done, log = 0, None
    with ExitStack() as opened:
        bench = opened.enter_context(open_project(project, write=False, device=device))
        names = {class_.id: class_.name for class_ in bench.project.classes()}
        info = bench.project.learner_info()
        model = info.sha256[:12] if info else ""
        into = opened.enter_context(growing_sort(sort, source, names, job, move=move)) if sort is not None else None

        def take(answers: Sequence[PhotoAnswer], is_new: bool) -> None:
            """Each output gets new answers, and of an earlier run those that it does not have yet."""
            nonlocal done, log
            if answers and lines is not None and jsonl is not None:
                append_json_lines(jsonl, [photo for photo in answers if is_new or photo.path not in lines], names)
            if into is not None:
                _say_failed(into(answers, is_new).failed, "Not sorted")
            if answers and xmp:
                try:
                    planned = plan_keywords(answers, names, sources=[source], model=model)
                    written = write_keywords(planned, job, log=log)
                    _say_failed(written.failed, "No keyword")
                    log = written.log
                except InputError as error:  # these photos are gone already: others will come
                    say(f"No keyword: {error}")
            if not is_new:
                return
            for photo in answers:
                if photo.error is not None:
                    say(f"Skipped: {photo.error}")
                if is_stdout:
                    answer(json_line(photo, names).rstrip())
                elif photo.is_answered:
                    _show([photo.to_json(names)], as_json=False)
            sys.stdout.flush()
            done += len(answers)

        try:
            recognition.watch(bench, source, job, every=every, on_answers=take)
        except KeyboardInterrupt:
            say(f"Recognised {counted(done, 'photo')}: the same command goes on with those that come")
            raise
