"""Recognise photos that are not in the project: files, or frames of a camera."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spa_desktop.classify import folder_run
from spa_desktop.classify.answer_files import (
    TOP,
    Chunk,
    PhotoAnswer,
    answer_chunks,
    answer_events,
    answer_folder,
    chunks_of,
    stamp_of,
)
from spa_desktop.classify.folder_run import (
    AnswerJournal,
    FolderAnswers,
    FolderWatch,
    FoundPhotos,
    KeptRun,
    find_photos,
    model_digest,
    newest_run,
    run_folders,
)
from spa_desktop.classify.sort_photos import SortPlan, newest_plan
from spa_desktop.descriptions.wordnet import plain
from spa_desktop.errors import FilledText, InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.events import EventRule
from spa_desktop.photos.opening import split_box
from spa_desktop.plain_files import write_png
from spa_desktop.project import CheckReport, Project, Waiting
from spa_desktop.recognizer import MOST_KEPT, KnownClass, Recognizer
from spa_desktop.spa.config import VIEWS, none_of_these
from spa_desktop.spa.learner_format import LearnerOutdated, validate
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.open_project import OpenProject, learned_phrases, learned_sentences, nothing_learned
from spa_desktop.workbench.sorting import kept_elsewhere, put_photos

if TYPE_CHECKING:
    from spa_desktop.ray_cluster import Cluster
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


def save_overlay(
    photo: Image.Image, answer: PhotoAnswer, names: Mapping[int, str], path: Path, *, read: Collection[Path] = ()
) -> None:
    """Photo and overlay side by side, with its answer, which is explained, beneath.

    An earlier one is replaced, if it is not among `read`. Raises InputError if something else is there; SpaError if the
    picture cannot be written.
    """
    assert answer.why is not None, "it is explained"
    left, top, right, bottom = (round(edge) for edge in answer.why.crop)
    covered = photo.copy()  # but for what the encoder does not see
    covered.paste(heat_map(answer.why.heat, (max(right - left, 1), max(bottom - top, 1))), (left, top))
    shown = photo.copy()
    shown.thumbnail((480, 480))
    scale = shown.width / photo.width
    small = Image.blend(photo, covered, 0.55).resize(shown.size)
    sheet = Image.new("RGB", (2 * shown.width + 4, shown.height + _CAPTION), "white")
    sheet.paste(shown, (0, 0))
    sheet.paste(small, (shown.width + 4, 0))
    best = zip(answer.class_ids[:3], answer.probabilities, strict=False)
    text = "   ".join(f"{names[key]} {100 * probability:.1f} %" for key, probability in best)
    if answer.rejected:
        text = none_of_these(names[answer.class_ids[0]])
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


def recognizer(
    bench: OpenProject,
    job: Job | None = None,
    *,
    views: int | None = None,
    with_looks: bool = False,
    with_store: bool = False,
) -> Recognizer:
    """Ready to recognise photos, as long as nothing new is learned.

    `views` and `with_looks` are those of :class:`~spa_desktop.recognizer.Recognizer`; `with_store`, it reads and fills
    the feature cache. Raises InputError if nothing was learned.
    """
    job = job or Job()
    learner, classes, kept = bench.require_learner(job), known_classes(bench.project), bench.kept_share
    encoder, store = bench.encoder(job), bench.store(job) if with_store else None
    return Recognizer(encoder, learner, classes, views=views, kept=kept, with_looks=with_looks, store=store)


def known_classes(project: Project) -> dict[int, KnownClass]:
    """The classes of a project by number, with the phrases that each was learned with.

    And with its sentence, where that is not made of the name and the phrases.
    """
    phrases, sentences, classes = learned_phrases(project), learned_sentences(project), dict[int, KnownClass]()
    for item in project.classes():
        sentence, own = sentences.get(item.id, ""), phrases.get(item.id, ())
        leads = (f"a photo of {article}{plain(item.name)}" for article in ("", "a ", "an "))
        is_made = any(", ".join((lead, *own)).startswith(sentence) for lead in leads)
        classes[item.id] = KnownClass(item.name, own, "" if is_made else sentence)
    return classes


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


# Recognise the photos of files and folders, in this process or on a cluster.


def classify(
    bench: OpenProject,
    sources: Iterable[str | os.PathLike[str]],
    job: Job | None = None,
    *,
    boxes: Path | None = None,
    singly: bool = False,
    top: int = TOP,
    explained: bool = False,
    overlay_dir: str | os.PathLike[str] | None = None,
    resume: bool = False,
    on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
    on_found: Callable[[int, int], None] | None = None,
    cluster: Cluster | None = None,
    together: bool = False,
    rule: EventRule | None = None,
) -> FolderAnswers:
    """Recognise the photos in files and folders, and in all folders below, at the encoder's pace.

    Answers are kept in a journal as they come: a run that was cancelled or killed is gone on with by `resume`, and one
    over the same photos takes them from there, without loading the model.
    `on_found` is called once before with how many photos there are and how many of them have answers already,
    `on_answers` with answers as they come, both in this thread. A cluster computes them with the same results.
    `together`, photos help each other: see :mod:`spa_desktop.discover.together`; `on_answers` has them alone. `boxes`
    as in :func:`~spa_desktop.classify.folder_run.find_photos`. With a `rule`, photos of one event get one answer at the
    end.

    `singly`, the sources are photo files, and named as they are given: each is answered alone, with the `top` classes,
    and nothing is kept. Only there may pictures of what spoke for answers be drawn into the folder `overlay_dir`.
    Answers are `explained` without a cluster, which takes time; those of an earlier run are not.

    Raises InputError if nothing was learned, there is no photo, or something is where an overlay goes; SpaError if an
    overlay cannot be written; Cancelled: the answers so far are kept, to be resumed.
    """
    job, model, info = job or Job(), _model_of(bench), bench.project.learner_info()
    assert info is not None, "it has a model"
    files = [str(Path(path)) for path in sources] if singly else []
    photos = FoundPhotos(tuple(map(Path, files)), files) if singly else find_photos(sources, job, boxes=boxes)
    is_explained, classes = explained or overlay_dir is not None, known_classes(bench.project)
    names = {key: classes[key].name for key in info.class_ids if key in classes}

    @cache
    def load() -> Recognizer:  # which takes seconds: where all photos have answers, it is not needed
        loaded = recognizer(bench, job, with_looks=together, with_store=cluster is None)
        if _model_of(bench) != model:
            text = QT_TRANSLATE_NOOP("errors", "{path} was changed meanwhile: begin again")
            raise InputError(text, path=bench.project.path)
        return loaded

    def stream(chunks: Sequence[Chunk]) -> Generator[tuple[int, list[PhotoAnswer]]]:
        answering = load()
        if cluster is None:
            yield from enumerate(answer_chunks(answering, chunks, top=top if singly else TOP, explained=is_explained))
            return
        from spa_desktop.classify.folder_run import RecognizerRecipe, answer_on_cluster

        recipe = RecognizerRecipe.of(bench.project, answering, bench.encoder(job).fingerprint)
        yield from answer_on_cluster(recipe, chunks, cluster, job)

    def begin(total: int, resumed: int) -> None:
        if resumed < total:
            load()
        if total - resumed > MOST_KEPT and cluster is None:
            text = QT_TRANSLATE_NOOP(
                "errors", "Features of {n} photos are kept for the next time; more would push out those of others"
            )
            job.message(FilledText.of(text, n=f"{MOST_KEPT:,}"))
        if on_found is not None:
            on_found(total, resumed)

    numbers = count(1)

    def tell(answers: Sequence[PhotoAnswer]) -> None:
        if overlay_dir is not None:
            for answer in answers:
                path, number = Path(answer.path), next(numbers)
                if answer.why is not None:
                    # Cut: a photo's name may be as long as a name can be.
                    file = Path(overlay_dir) / f"{path.stem[:_STEM]}-{number}.png"
                    save_overlay(load().open(path), answer, names, file, read=[Path(source) for source in files])
        if on_answers is not None:
            on_answers(answers)

    answers = run_folders(
        photos,
        names,
        model,
        stream,
        job,
        resume=resume,
        on_answers=tell,
        on_found=begin,
        together=(lambda alone: answer_folder(load(), alone)) if together else None,
        singly=singly,
        explained=is_explained,
    )
    return answers if rule is None else replace(answers, answers=tuple(answer_events(answers.answers, rule)))


def watch(
    bench: OpenProject,
    folder: str | os.PathLike[str],
    job: Job,
    *,
    every: float = 2.0,
    on_answers: Callable[[Sequence[PhotoAnswer], bool], None],
) -> None:
    """Recognise the photos in a folder and all folders below, and those that come, until the job is cancelled.

    A photo is taken once it has the same size and time in two looks, which are `every` so many seconds. The model is
    that of the beginning. `on_answers` is called with answers and whether they are new: first with those that an
    earlier run over the folder has left in the journal, of files that are still the same; then with new ones as they
    come, before the journal has them, so that a run that is killed loses none, and with none after each look. What
    fails is a message of the job.

    Raises InputError if nothing was learned, or there is no such folder; Cancelled.
    """
    source, model = Path(folder).expanduser().absolute(), _model_of(bench)
    if not source.is_dir():
        raise InputError(QT_TRANSLATE_NOOP("errors", "There is no folder {path}: check the name"), path=source)
    answering = recognizer(bench, job)
    with AnswerJournal(model, (source,), on_message=job.message) as journal:
        kept = journal.open(1, answering.class_ids, resume=True).values()
        same = [answer for answer in kept if (answer.size, answer.changed) == stamp_of(answer.path)]
        on_answers(same, False)
        watched = FolderWatch(source, same)
        try:
            while True:
                with closing(answer_chunks(answering, chunks_of(watched.look(job)))) as chunks:
                    for answers in chunks:
                        on_answers(answers, True)
                        journal.append(answers)
                        watched.take(answers)
                        job.check()
                on_answers([], True)
                job.wait(every)
        finally:
            journal.finish()


def last_run(bench: OpenProject) -> KeptRun | None:
    """The newest run of :func:`classify` whose answers are kept, or None. Loads no torch.

    It is of this model, or else of another that the project had.
    """
    if bench.project.learner_info() is None:
        return None
    return newest_run(_model_of(bench)) or newest_run(_model_of(bench), is_old=True)


def moves_of(run: KeptRun | None) -> list[SortPlan]:
    """The moves by which the photos of a run came into its folders, which can be undone."""
    plans = [newest_plan(source) for source in (run.sources if run is not None else ())]
    return [plan for plan in plans if plan is not None and plan.is_move]


def relocate_photos(bench: OpenProject, places: Mapping[str, str], job: Job) -> None:
    """Have the project note where its photos, those to learn and those to sort lie now: `places` by where they lay.

    Boxes go along with their photos.
    """

    def moved(path: str) -> Path | None:
        file, box = (path, "") if path in places else split_box(path)
        return Path(places[str(file)] + box) if str(file) in places else None

    waiting = (correction.path for correction in bench.project.corrections())
    paths = {old: new for old in waiting if old is not None and (new := moved(old)) is not None}
    own = bench.project.photos(set_aside=None)
    photos = {photo.id: new for photo in own if (new := moved(photo.path)) is not None}
    kept = kept_elsewhere(bench.project, places)
    undoable = {old: new for old in bench.project.undoable_paths() if (new := moved(old)) is not None}
    if photos or paths or kept or undoable:
        with bench.project.transaction("relocate", undo="apart", waiting=Waiting(job=job)) as tx:
            tx.relocate_undoable(undoable)
            tx.relocate_corrections(paths)
            tx.relocate_photos(photos)
            if kept:
                put_photos(tx, kept)


def relocate_run(
    bench: OpenProject, before: Sequence[Path], sources: Sequence[Path], places: Mapping[str, str]
) -> None:
    """Have the kept answers of :func:`classify` go along with photos that were moved, by their paths.

    `before` and `sources` are the files and folders of the run before and after.
    """
    if bench.project.learner_info() is not None:
        folder_run.relocate_run(_model_of(bench), before, sources, places)


def keep_answers(bench: OpenProject, sources: Sequence[Path], answers: Sequence[PhotoAnswer]) -> None:
    """Keep the answers of photos that came after a run of :func:`classify` over `sources`, or changed, with its own."""
    if bench.project.learner_info() is not None:
        folder_run.keep_answers(_model_of(bench), sources, answers)


def _model_of(bench: OpenProject) -> str:
    """A name for what the project has learned, which changes with the answers. Raises InputError if that is nothing."""
    info, meta = bench.project.learner_info(), bench.project.meta
    if info is None:
        raise nothing_learned(bench.project)
    return model_digest(
        info.sha256, bench.kept_share, meta.fingerprint or meta.backbone, VIEWS, project_id=meta.project_id
    )
