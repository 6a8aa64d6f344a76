"""Gather what a person says photos are, until it is learned: see :mod:`spa_desktop.workbench.correction_learning`."""

from __future__ import annotations

from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.records import Correction, PhotoRecord, Verdict


def correct(
    project: Project,
    photo: int | Path,
    verdict: Verdict = "class",
    *,
    class_id: int | None = None,
    class_name: str | None = None,
    taken_for: int | None = None,
) -> Correction | None:
    """Note what a photo is. It waits until it is learned, or taken back.

    Args:
        project: open for writing.
        photo: its number in the project, or a file. A file whose content the project has is that photo of the project.
        verdict: it is a class, is to be set aside, or is none of the classes. Of the last two both set it aside.
        class_id: the class that it is.
        class_name: the name of the class instead; one that the project does not have is made when it is learned.
        taken_for: the class that the model predicted, to be shown.

    Returns:
        What waits now; None if the project says so already, and nothing is to be done. What waited is dropped then.

    Raises:
        InputError: no such photo or class, the file cannot be read, the name is none, or there is nothing to set
            aside, as the photo is not in the project.
    """
    known, file, content = _find(project, photo)
    if class_name is not None:
        class_name = clean_name(class_name)
        existing = project.find_class(class_name)
        if existing is not None:
            class_id, class_name = existing.id, None
    if verdict == "class" and class_id is None and class_name is None:
        raise InputError("Say which class the photo is of")
    if verdict != "class" and known is None:
        raise InputError(f"{file} is not in the project: there is nothing to set aside")
    name = known.name if known is not None else file.name
    if known is not None and _says_so(known, verdict, class_id):
        # It may have waited as a file that came into the project since.
        drop(project, [one.id for one in project.corrections() if known.id == one.photo_id or content == one.sha256])
        return None
    with project.transaction("correct", f"{name}: {_said(project, verdict, class_id, class_name)}") as tx:
        number = tx.put_correction(
            file if known is None else known.id,
            verdict,
            class_id=class_id if verdict == "class" else None,
            class_name=class_name if verdict == "class" else None,
            taken_for=taken_for,
            sha256=content,
        )
    return next(one for one in project.corrections() if one.id == number)


def drop(project: Project, correction_ids: list[int]) -> None:
    """Take corrections back that were not learned yet; of those that are gone nothing is said."""
    known = {one.id: one for one in project.corrections()}
    found = [known[key] for key in correction_ids if key in known]
    if not found:
        return
    first = project.photo(found[0].photo_id).name if found[0].photo_id is not None else Path(found[0].path or "").name
    summary = first if len(found) == 1 else f"{len(found)} photos"
    with project.transaction("drop correction", summary) as tx:
        tx.drop_corrections([one.id for one in found])


def _find(project: Project, photo: int | Path) -> tuple[PhotoRecord | None, Path, str]:
    """The photo of the project, if it is one; its file; the SHA-256 of its content."""
    if isinstance(photo, int):
        found = project.photo(photo)
        return found, Path(found.path), found.sha256
    from spa_desktop.photos.opening import hash_photo

    file = photo.absolute()
    content = hash_photo(file)
    return project.find_photos([content]).get(content), file, content


def _says_so(photo: PhotoRecord, verdict: Verdict, class_id: int | None) -> bool:
    """Whether a photo is in the project already as it is said to be."""
    if verdict != "class":
        return photo.is_set_aside
    return photo.class_id == class_id and not photo.is_set_aside


def _said(project: Project, verdict: Verdict, class_id: int | None, class_name: str | None) -> str:
    if verdict != "class":
        return "set aside" if verdict == "aside" else "none of these"
    return project.class_(class_id).name if class_id is not None else class_name or ""
