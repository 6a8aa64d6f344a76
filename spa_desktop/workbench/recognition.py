"""Recognise photos that are not in the project: files, or frames of a camera."""

from __future__ import annotations

from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Project
from spa_desktop.recognizer import KnownClass, Recognizer
from spa_desktop.spa.learner_format import LearnerOutdated, validate
from spa_desktop.workbench.learned_phrases import learned_phrases
from spa_desktop.workbench.session import Session

_STEM = 50  # letters of a photo's name that its overlay has, too


def recognizer_of(session: Session, job: Job, *, views: int = 3) -> Recognizer:
    """What a project has learned, ready to answer.

    Args:
        session: of the project.
        job: sees the loading.
        views: as for :class:`~spa_desktop.recognizer.Recognizer`.

    Raises:
        InputError: if nothing was learned.
    """
    learner = session.require_learner(job)
    return Recognizer(session.encoder(job), learner, known_classes(session.project), views=views)


def known_classes(project: Project) -> dict[int, KnownClass]:
    """The classes of a project by number, with the phrases that each was learned with."""
    phrases = learned_phrases(project)
    return {item.id: KnownClass(item.name, phrases.get(item.id, ())) for item in project.classes()}


def learner_fault(project: Project) -> str | None:
    """What is wrong with what was learned, in one line, or None. It is as strict as loading it, and needs no torch.

    A learner of an early version is whole: that it has to be learned anew is said when it is used.
    """
    try:
        state = project.learner()
        if state is not None:
            validate(state.blob, keys=[str(number) for number in state.info.class_ids])
    except LearnerOutdated:
        return None
    except InputError as error:
        return str(error)
    return None


def classify(
    session: Session, paths: list[Path], job: Job, *, top: int = 5, overlay_dir: Path | None = None
) -> dict[str, object]:
    """Recognise photo files.

    Returns:
        the JSON object of ``spa-desktop classify``; a photo that cannot be opened has ``"error"`` instead of answers.
        ``"answer"`` is the best class or :data:`~spa_desktop.spa.config.NONE_OF_THESE`. ``"known"``, 0 to 1, says
        whether the photo belongs to any class, ``"rejected"`` that it does not; both are None where what was learned
        does not tell.

    Raises:
        InputError: if nothing was learned, not one of the photos can be opened, or something is where an overlay goes.
        SpaError: if an overlay cannot be written.
    """
    from spa_desktop.photos.opening import PhotoError
    from spa_desktop.workbench.overlay import save_overlay

    recognizer = recognizer_of(session, job)
    job.stage(Stage.RECOGNISE, total=len(paths))
    images: list[dict[str, object]] = []
    faults = []
    for path in paths:
        try:
            photo = recognizer.open(path)
        except PhotoError as error:
            faults.append(str(error))
            images.append({"path": str(path), "error": str(error)})
            job.advance(detail=path.name)
            continue
        found = recognizer.recognize(recognizer.see(photo, closely=overlay_dir is not None), top=top)
        images.append(
            {
                "path": str(path),
                "answer": found.answer,
                "known": None if found.known is None else round(found.known, 4),
                "rejected": None if found.known is None else not found.is_known,
                "top": [{"class": item.name, "probability": round(item.probability, 6)} for item in found.top],
                "patches": {
                    "grid": list(found.explanation.grid),
                    "weights": [round(weight, 4) for weight in found.explanation.weights.tolist()],
                    "selected": found.explanation.selected.tolist(),
                },
                "evidence": found.explanation.shares,
                "milliseconds": round(found.milliseconds, 2),
            }
        )
        if overlay_dir is not None:
            # Cut: a photo's name may be as long as a name can be.
            save_overlay(photo, found, overlay_dir / f"{path.stem[:_STEM]}-{len(images)}.png", read=paths)
        job.advance(detail=path.name)
    if faults and len(faults) == len(paths):
        raise InputError(faults[0])
    for fault in faults:
        job.message(f"Skipped: {fault}")
    return {"images": images}
