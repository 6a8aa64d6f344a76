"""What a writer is shown of a class: its exemplars, those of its rivals, and the language to write in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from spa_desktop.class_exemplars import choose_photos, remembered_features
from spa_desktop.class_text import readable_name
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.descriptions.quality import shorten
from spa_desktop.errors import InputError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.project import Project
from spa_desktop.project.records import ClassRecord, Json, PhotoRecord
from spa_desktop.workbench.method_settings import LIMITS, method_of
from spa_desktop.workbench.session import Session, refs

DEFAULT_LANGUAGE = "en"
LANGUAGES = "languages"  # the setting: class number -> BCP 47 tag
_LONGEST_TAG = 35  # letters, as RFC 5646 has it
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def language_of(project: Project, class_id: int) -> str:
    """The language that a class is described in, a BCP 47 tag."""
    return _languages(project).get(str(class_id), DEFAULT_LANGUAGE)


def with_language(project: Project, class_ids: Sequence[int], language: str) -> Json:
    """The setting :data:`LANGUAGES` with another language for some classes.

    Raises:
        InputError: if it is no language tag.
    """
    tag = language.strip()
    if not _is_tag(tag):
        raise InputError(f'"{shorten(language)}" is no language tag: write en, nl, pt-BR or zh-Hans')
    return {**_languages(project), **{str(key): tag for key in class_ids}}


def _languages(project: Project) -> dict[str, str]:
    kept = project.setting(LANGUAGES)
    # They go to a service as they stand, and may be a stranger's.
    tags = kept.items() if isinstance(kept, dict) else ()
    return {key: tag for key, tag in tags if isinstance(tag, str) and _is_tag(tag)}


def _is_tag(text: str) -> bool:
    return len(text) <= _LONGEST_TAG and _TAG.fullmatch(text) is not None


class Shown:
    """Exemplars of all classes: those chosen before, or chosen now from photos that can still be read.

    Attributes:
        exemplars: by class number; classes that are not `required` may have none.
        remembered: hashes of exemplars for which the learner spoke, as neither file nor cache has them. Their patches
            are no places on a photo.
    """

    def __init__(self, session: Session, job: Job, *, required: set[int]) -> None:
        """Choose exemplars of the `required` classes where there are none.

        Raises:
            InputError: if no photo of such a class can be read.
        """
        self._session, self._job = session, job
        self._store = session.store(job)
        self._classes = {known.id: known for known in session.project.classes()}
        self.remembered: set[str] = set()
        self.exemplars = {key: self._choose(known, key in required) for key, known in self._classes.items()}
        # Made once: each class is a rival of all others.
        self._shown = {key: self._as_exemplars(known) for key, known in self._classes.items()}
        self._readable = {key: readable_name(known.name) for key, known in self._classes.items()}

    def request(self, class_id: int) -> DescriptionRequest:
        """One class as a writer wants it. Features are fetched when they are asked for."""
        rivals = {self._readable[key]: shown for key, shown in self._shown.items() if key != class_id}
        language = language_of(self._session.project, class_id)
        return DescriptionRequest(self._readable[class_id], self._shown[class_id], rivals, language)

    def photo_ids(self, class_id: int) -> Mapping[str, int]:
        """Exemplars, by hash, on which a patch is a place."""
        return {one.sha256: one.id for one in self.exemplars[class_id] if one.sha256 not in self.remembered}

    def _choose(self, known: ClassRecord, is_required: bool) -> list[PhotoRecord]:
        project = self._session.project
        # No more than a person can ask for, whatever a project says: each may go to a service.
        chosen = project.exemplars(known.id)[: int(LIMITS["exemplars"][1])]
        if chosen or not is_required:
            return chosen
        photos = project.photos(known.id, split="train")
        faults = {fault.photo.sha256 for fault in self._store.ensure(refs(photos), self._job)}
        photos = [photo for photo in photos if photo.sha256 not in faults]
        if not photos:
            raise InputError(f"No photo of {known.name} can be read: put its photos back, or add others")
        count = method_of(project.settings()).exemplars
        by_content = {photo.sha256: photo for photo in photos}
        found = choose_photos(self._store, refs(photos), count, seed=project.meta.seed)
        return [by_content[ref.sha256] for ref in found]

    def _as_exemplars(self, known: ClassRecord) -> tuple[Exemplar, ...]:
        shown = refs(self.exemplars[known.id])
        return tuple(Exemplar(ref.path, ref.sha256, partial(self._load, known, ref)) for ref in shown)

    def _load(self, known: ClassRecord, ref: PhotoRef) -> ExemplarFeatures:
        try:
            return ExemplarFeatures(*self._store.load(ref))
        except InputError:
            learner = self._session.learner(self._job)
            if learner is None or str(known.id) not in learner.keys:
                raise
            self.remembered.add(ref.sha256)
            return remembered_features(learner, str(known.id))
