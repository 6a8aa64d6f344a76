"""Recognise photos that are not in the project: files, or frames of a camera."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spa_desktop.classify import folder_run
from spa_desktop.classify.answer_files import Chunk, PhotoAnswer, answer_chunks, answer_folder
from spa_desktop.classify.folder_run import FolderAnswers, KeptRun, find_photos, model_digest, newest_run, run_folders
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import PhotoError
from spa_desktop.plain_files import write_png
from spa_desktop.project import CheckReport, Project
from spa_desktop.recognizer import KnownClass, Recognizer
from spa_desktop.spa.config import VIEWS, none_of_these
from spa_desktop.spa.learner_format import LearnerOutdated, validate
from spa_desktop.workbench.open_project import OpenProject, learned_phrases

if TYPE_CHECKING:
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.recognizer import Recognition
    from spa_desktop.spa.learner import SpaLearner

# Patch attention drawn over a photo.

# Black, violet, orange, pale yellow: brightness grows along the map, so it reads in greyscale too.
_COLOURS = np.array([[8, 8, 20], [92, 24, 120], [222, 92, 48], [252, 238, 170]], dtype=np.float32)
_CAPTION = 26


def heat_map(weights: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Weights ``(h, w)`` from 0 to 1 as a smooth RGB picture of `size` pixels."""
    grey = Image.fromarray((np.clip(weights, 0, 1) * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    place = np.asarray(grey, dtype=np.float32) / 255 * (len(_COLOURS) - 1)
    low = np.clip(place.astype(int), 0, len(_COLOURS) - 2)
    share = (place - low)[..., None]
    colours = _COLOURS[low] * (1 - share) + _COLOURS[low + 1] * share
    return Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))


def overlay(photo: Image.Image, found: Recognition) -> Image.Image:
    """The photo with its patch attention on top; what the encoder does not see stays as it is."""
    why = found.explanation
    left, top, right, bottom = (round(edge) for edge in why.crop)
    heat = heat_map(why.heat, (max(right - left, 1), max(bottom - top, 1)))
    covered = photo.copy()
    covered.paste(heat, (left, top))
    return Image.blend(photo, covered, 0.55)


def save_overlay(photo: Image.Image, found: Recognition, path: Path, *, read: Collection[Path] = ()) -> None:
    """Photo and overlay side by side, with the answer beneath. An earlier one is replaced, if it is not among `read`.

    Raises InputError if something else is there; SpaError if the picture cannot be written.
    """
    shown = photo.copy()
    shown.thumbnail((480, 480))
    scale = shown.width / photo.width
    small = overlay(photo, found).resize(shown.size)
    sheet = Image.new("RGB", (2 * shown.width + 4, shown.height + _CAPTION), "white")
    sheet.paste(shown, (0, 0))
    sheet.paste(small, (shown.width + 4, 0))
    text = "   ".join(f"{item.name} {100 * item.probability:.1f} %" for item in found.top[:3])
    if not found.is_known:
        text = none_of_these(found.top[0].name)
    font = ImageFont.load_default(size=max(10, min(14, round(14 * min(scale, 1) + 4))))
    ImageDraw.Draw(sheet).text((6, shown.height + 5), text, fill="black", font=font)
    png = io.BytesIO()
    sheet.save(png, "PNG")
    write_png(path, png.getvalue(), read=read)


_STEM = 50  # letters of a photo's name that its overlay has, too


def learned(bench: OpenProject, job: Job | None = None) -> tuple[SpaLearner, list[KnownClass]]:
    """The model, and what is shown of its classes, in its order. Raises InputError if nothing was learned."""
    learner = bench.require_learner(job or Job())
    classes = known_classes(bench.project)
    return learner, [classes[int(key)] for key in learner.keys]


def recognizer(bench: OpenProject, job: Job | None = None, *, views: int = 3, with_looks: bool = False) -> Recognizer:
    """Ready to recognise photos, as long as nothing new is learned.

    `views` and `with_looks` are those of :class:`~spa_desktop.recognizer.Recognizer`. Raises InputError if nothing was
    learned.
    """
    job = job or Job()
    learner, classes, kept = bench.require_learner(job), known_classes(bench.project), bench.kept_share
    return Recognizer(bench.encoder(job), learner, classes, views=views, kept=kept, with_looks=with_looks)


def known_classes(project: Project) -> dict[int, KnownClass]:
    """The classes of a project by number, with the phrases that each was learned with."""
    phrases = learned_phrases(project)
    return {item.id: KnownClass(item.name, phrases.get(item.id, ())) for item in project.classes()}


def check(bench: OpenProject, job: Job | None = None) -> CheckReport:
    """Is the file valid? Every record, tensor and checksum, and the model, as strictly as when it is loaded."""
    report = bench.project.check(job)
    try:
        state = bench.project.learner()
        if state is not None:
            validate(state.blob, keys=[str(number) for number in state.info.class_ids])
    except LearnerOutdated:
        pass  # it is valid: that it has to be learned anew is said when it is used
    except InputError as error:
        return replace(report, problems=(*report.problems, str(error)))
    return report


def classify(
    bench: OpenProject,
    paths: Sequence[str | os.PathLike[str]],
    job: Job | None = None,
    *,
    top: int = 5,
    overlay_dir: str | os.PathLike[str] | None = None,
    explained: bool = True,
) -> dict[str, Any]:
    """Recognise photo files: the object of ``spa-desktop classify --json``.

    A photo that cannot be opened has ``"error"`` instead of answers. ``"patches"`` and ``"evidence"`` say why, which
    takes time: they are left out where nothing is to be `explained`. ``"answer"`` is the best class or
    :data:`~spa_desktop.spa.config.NONE_OF_THESE`. ``"known"``, 0 to 1, says whether the photo belongs to any class,
    ``"rejected"`` that it does not; both are None where the model does not tell. Raises InputError if nothing
    was learned, not one of the photos can be opened, or something is where an overlay goes; SpaError if an overlay
    cannot be written.
    """
    job, files = job or Job(), [Path(path) for path in paths]
    model = recognizer(bench, job)
    job.stage(Stage.RECOGNISE, total=len(files))
    images: list[dict[str, object]] = []
    faults = []
    for path in files:
        try:
            photo = model.open(path)
        except PhotoError as error:
            faults.append(str(error))
            images.append({"path": str(path), "error": str(error)})
            job.advance(detail=path.name)
            continue
        found = model.recognize(model.see(photo, closely=overlay_dir is not None), top=top)
        image: dict[str, object] = {
            "path": str(path),
            "answer": found.answer,
            "known": None if found.known is None else round(found.known, 4),
            "rejected": None if found.known is None else not found.is_known,
            "top": [{"class": item.name, "probability": round(item.probability, 6)} for item in found.top],
        }
        if explained:
            image["patches"] = {
                "grid": list(found.explanation.grid),
                "weights": [round(weight, 4) for weight in found.explanation.weights.tolist()],
                "selected": found.explanation.selected.tolist(),
            }
            image["evidence"] = found.explanation.shares
        images.append({**image, "milliseconds": round(found.milliseconds, 2)})
        if overlay_dir is not None:
            # Cut: a photo's name may be as long as a name can be.
            file = Path(overlay_dir) / f"{path.stem[:_STEM]}-{len(images)}.png"
            save_overlay(photo, found, file, read=files)
        job.advance(detail=path.name)
    if faults and len(faults) == len(files):
        raise InputError(faults[0])
    for fault in faults:
        job.message(f"Skipped: {fault}")
    return {"images": images}


# Recognise the photos of files and folders, in this process or on a cluster.


def classify_folders(
    bench: OpenProject,
    sources: Iterable[str | os.PathLike[str]],
    job: Job | None = None,
    *,
    resume: bool = False,
    on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
    on_found: Callable[[int, int], None] | None = None,
    cluster: Cluster | None = None,
    together: bool = False,
) -> FolderAnswers:
    """Recognise the photos in files and folders, and in all folders below, at the encoder's pace.

    Answers are kept in a journal as they come: a run that was cancelled or killed is gone on with by `resume`.
    `on_found` is called once before with how many photos there are and how many of them have answers already,
    `on_answers` with answers as they come, both in this thread. A cluster computes them with the same results.
    `together`, photos help each other: see :mod:`spa_desktop.discover.together`; `on_answers` has them alone. Raises
    InputError if nothing was learned, or there is no photo; Cancelled: the answers so far are kept, to be resumed.
    """
    job, model = job or Job(), _model_of(bench)
    if model is None:
        raise InputError(f"{bench.project.path} has learned nothing yet: train it first")
    found = find_photos(sources, job)
    answering = recognizer(bench, job, with_looks=together)

    def stream(chunks: Sequence[Chunk]) -> Generator[tuple[int, list[PhotoAnswer]]]:
        if cluster is None:
            yield from enumerate(answer_chunks(answering, chunks))
            return
        from spa_desktop.classify.folder_run import RecognizerRecipe, answer_on_cluster

        recipe = RecognizerRecipe.of(bench.project, answering, bench.encoder(job).fingerprint)
        yield from answer_on_cluster(recipe, chunks, cluster, job)

    known = known_classes(bench.project)
    names = {key: known[key].name for key in answering.class_ids}
    return run_folders(
        found,
        names,
        model,
        stream,
        job,
        resume=resume,
        on_answers=on_answers,
        on_found=on_found,
        together=partial(answer_folder, answering) if together else None,
    )


def last_run(bench: OpenProject) -> KeptRun | None:
    """The newest run of :func:`classify_folders` whose answers are kept, or None. Loads no torch.

    It is of this model, or else of the one before.
    """
    runs = ((age, newest_run(model)) for age in (0, 1) if (model := _model_of(bench, age)) is not None)
    return next((replace(run, is_old=age > 0) for age, run in runs if run is not None), None)


def relocate_run(
    bench: OpenProject, before: Sequence[Path], sources: Sequence[Path], places: Mapping[str, str]
) -> None:
    """Have the kept answers of :func:`classify_folders` go along with photos that were moved, by their paths.

    `before` and `sources` are the files and folders of the run before and after.
    """
    for age in (0, 1):
        if (model := _model_of(bench, age)) is not None:
            folder_run.relocate_run(model, before, sources, places)


def _model_of(bench: OpenProject, age: int = 0) -> str | None:
    """A name for what the project has learned, which changes with the answers; None if it has learned nothing.

    Where `age` is 1, for what it had learned before.
    """
    info, meta = bench.project.learner_info(age), bench.project.meta
    if info is None:
        return None
    return model_digest(info.sha256, bench.kept_share, meta.fingerprint or meta.backbone, VIEWS)
