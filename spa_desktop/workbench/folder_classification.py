"""Recognise the photos of files and folders, in this process or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from spa_desktop.classify.answer_journal import UnfinishedRun, model_digest, unfinished_run
from spa_desktop.classify.answer_stream import Chunk, answer_chunks
from spa_desktop.classify.finding_photos import find_photos
from spa_desktop.classify.folder_run import FolderAnswers, run_folders
from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.errors import InputError
from spa_desktop.feature_store import VIEWS
from spa_desktop.jobs import Job
from spa_desktop.project import Project
from spa_desktop.recognizer import Recognizer
from spa_desktop.workbench.recognition import known_classes, recognizer_of
from spa_desktop.workbench.session import Session

if TYPE_CHECKING:
    from spa_desktop.ray_cluster import Cluster


def classify_folders(
    session: Session,
    sources: Iterable[str | os.PathLike[str]],
    job: Job,
    *,
    resume: bool = False,
    on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
    on_found: Callable[[int, int], None] | None = None,
    cluster: Cluster | None = None,
) -> FolderAnswers:
    """Recognise the photos in files and folders, and in all folders below.

    Answers are kept in a journal as they come: a run that was cancelled or killed is gone on with by `resume`.

    Raises:
        InputError: if nothing was learned, or there is no photo.
        Cancelled: the answers so far are kept.
    """
    model = _require_model(session.project)
    found = find_photos(sources, job)
    recognizer = recognizer_of(session, job)

    def stream(chunks: Sequence[Chunk]) -> Iterator[tuple[int, list[PhotoAnswer]]]:
        if cluster is None:
            return enumerate(answer_chunks(recognizer, chunks))
        from spa_desktop.classify.ray_answers import RecognizerRecipe, answer_on_cluster

        recipe = RecognizerRecipe.of(session.project, recognizer, session.encoder(job).fingerprint)
        return answer_on_cluster(recipe, chunks, cluster, job)

    names = class_names(session.project, recognizer)
    return run_folders(found, names, model, stream, job, resume=resume, on_answers=on_answers, on_found=on_found)


def class_names(project: Project, recognizer: Recognizer) -> dict[int, str]:
    """The names of the classes that answers can have."""
    known = known_classes(project)
    return {key: known[key].name for key in recognizer.class_ids}


def interrupted_run(project: Project) -> UnfinishedRun | None:
    """The newest run of what the project has learned that was interrupted, or None. Loads no torch."""
    model = model_of(project)
    return None if model is None else unfinished_run(model)


def model_of(project: Project) -> str | None:
    """A name for what the project has learned, which changes with the answers; None if it has learned nothing."""
    info, meta = project.learner_info(), project.meta
    return None if info is None else model_digest(info.sha256, meta.fingerprint or meta.backbone, VIEWS)


def _require_model(project: Project) -> str:
    model = model_of(project)
    if model is None:
        raise InputError(f"{project.path} has learned nothing yet: train it first")
    return model
