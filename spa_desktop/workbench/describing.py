"""Describe classes: choose exemplars, have a writer write, store the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from spa_desktop.descriptions.consent import SETTING, Consent, Question, question_for, require
from spa_desktop.descriptions.model import (
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    Phrase,
    Support,
    Writer,
    cache_key,
)
from spa_desktop.errors import InputError, SpaError
from spa_desktop.features import FeatureStore, PhotoRef
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project import records
from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.workbench.codec import description_from_json, description_to_json
from spa_desktop.workbench.session import Session, readable_name, refs

EXEMPLARS = 6


SendingConsent = Callable[[Question], bool]


@dataclass(frozen=True)
class Described:
    """What :func:`describe` did.

    Attributes:
        descriptions: by class name.
        kept: classes whose edited text was left as it is.
        failed: class name and why, where a writer failed; the others are stored all the same.
    """

    descriptions: Mapping[str, records.Description]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def describe(
    session: Session,
    writer: Writer,
    job: Job,
    *,
    class_ids: Sequence[int],
    replace_edited: bool = False,
    consent: SendingConsent | None = None,
) -> Described:
    """Write and store the descriptions of classes, in one transaction.

    Raises:
        InputError: if photos would be sent away without consent, no photo of a class can be read, or the writer's
            settings are wrong.
        SpaError: if the writer failed for every class.
    """
    project = session.project
    classes = {known.id: known for known in project.classes()}
    edited = set() if replace_edited else _edited(session)
    wanted = [classes[key] for key in class_ids if key not in edited]
    kept = tuple(classes[key].name for key in class_ids if key in edited)
    store = session.store(job)
    shown = _exemplars(session, store, job, required={known.id for known in wanted})
    features = _Features(session, store, job)
    requests = {known.id: _request(session, known, classes, shown, features) for known in wanted}
    pending = [request for request in requests.values() if not _cached(session, writer, request)]
    agreed = _ask(session, question_for(writer, pending), consent)

    job.stage(f"Describing classes ({writer.name})", total=len(wanted))
    written: dict[int, ClassDescription] = {}
    failed: list[tuple[str, SpaError]] = []

    def write(known: ClassRecord) -> tuple[ClassRecord, ClassDescription | SpaError]:
        request = requests[known.id]
        stored = _cached(session, writer, request)
        if stored is not None:
            return known, stored
        try:
            return known, writer.write(request, job)
        except Cancelled:
            raise
        except SpaError as error:
            return known, error

    with ThreadPoolExecutor(max(writer.max_parallel, 1)) as pool:
        for known, result in pool.map(write, wanted):
            if isinstance(result, SpaError):
                failed.append((known.name, result))
            else:
                written[known.id] = result
                for note in result.notes:
                    job.message(f"{known.name}: {note}")
            job.advance(detail=known.name)
    if failed and not written:
        name, error = failed[0]
        raise (InputError if isinstance(error, InputError) else SpaError)(f"{name}: {error}") from error
    stored_now = {}
    with project.transaction("describe", f"{len(written)} classes by {writer.name}") as tx:
        session.bind_backbone(tx)
        if agreed is not None:
            tx.set_setting(SETTING, dict(agreed.to_json()))
        for key, text in written.items():
            # What a learner remembers of a class has patches of no photo to point at.
            ids = {photo.sha256: photo.id for photo in shown[key] if photo.sha256 not in features.remembered}
            tx.set_exemplars(key, [photo.id for photo in shown[key]])
            stored_now[classes[key].name] = _record(key, text, ids)
            tx.put_description(stored_now[classes[key].name])
            if writer.is_cached:
                tx.cache_description(cache_key(writer, requests[key]), description_to_json(text))
        job.check()
    return Described(stored_now, kept, tuple((name, str(error)) for name, error in failed))


def _edited(session: Session) -> set[int]:
    return {
        key
        for key, text in session.project.descriptions().items()
        if text.is_approved or any(phrase.provenance == "edited" for phrase in text.phrases)
    }


def _exemplars(
    session: Session,
    store: FeatureStore,
    job: Job,
    *,
    required: set[int],
) -> dict[int, list[PhotoRecord]]:
    """Exemplars of every class: those chosen before, or chosen now from photos that can still be read."""
    from spa_desktop.spa.exemplars import choose_exemplars

    found: dict[int, list[PhotoRecord]] = {}
    project = session.project
    for known in project.classes():
        chosen = project.exemplars(known.id)
        if known.id in required and not chosen:
            photos = project.photos(known.id, split="train")
            faults = {fault.photo.sha256 for fault in store.ensure(refs(photos), job)}
            photos = [photo for photo in photos if photo.sha256 not in faults]
            if not photos:
                raise InputError(f"No photo of {known.name} can be read: put its photos back, or add others")
            pooled = store.pooled(refs(photos))[:, 0]
            chosen = [photos[row] for row in choose_exemplars(pooled, EXEMPLARS, seed=project.meta.seed)]
        found[known.id] = chosen
    return found


class _Features:
    """Features of exemplars; what the learner remembers of their class where neither file nor cache has them.

    Attributes:
        remembered: hashes of the exemplars for which the learner spoke. Their patches are no places on a photo.
    """

    def __init__(self, session: Session, store: FeatureStore, job: Job) -> None:
        self._session, self._store, self._job = session, store, job
        self.remembered: set[str] = set()

    def exemplars(self, known: ClassRecord, photos: Sequence[PhotoRecord]) -> tuple[Exemplar, ...]:
        """Photos of a class as a writer wants them: features are fetched when they are asked for."""
        return tuple(Exemplar(ref.path, ref.sha256, partial(self._load, known, ref)) for ref in refs(photos))

    def _load(self, known: ClassRecord, ref: PhotoRef) -> ExemplarFeatures:
        from spa_desktop.spa.discriminant import from_gaussian_space

        try:
            return ExemplarFeatures(*self._store.load(ref))
        except InputError:
            learner = self._session.learner(self._job)
            if learner is None or learner.memory is None or str(known.id) not in learner.keys:
                raise
            memory = learner.memory
            index = memory.index(str(known.id))
            pooled = from_gaussian_space(memory.globals.means[index], rectified=memory.rectified)
            self.remembered.add(ref.sha256)
            return ExemplarFeatures(pooled[None], memory.classes[index].grounded[None])


def _request(
    session: Session,
    known: ClassRecord,
    classes: Mapping[int, ClassRecord],
    shown: Mapping[int, list[PhotoRecord]],
    features: _Features,
) -> DescriptionRequest:
    rivals = {
        readable_name(other.name): features.exemplars(other, shown[other.id])
        for other in classes.values()
        if other.id != known.id
    }
    language = str(session.project.setting("language", "en"))
    return DescriptionRequest(readable_name(known.name), features.exemplars(known, shown[known.id]), rivals, language)


def _cached(session: Session, writer: Writer, request: DescriptionRequest) -> ClassDescription | None:
    if not writer.is_cached:
        return None
    document = session.project.cached_description(cache_key(writer, request))
    return None if document is None else description_from_json(document)


def _ask(session: Session, question: Question | None, ask: SendingConsent | None) -> Consent | None:
    """Have the question answered, by the project's own kept answer if there is one. Gives an answer that is new.

    Raises:
        InputError: if nothing may be sent.
    """
    kept = Consent.from_json(session.project.setting(SETTING))
    if question is None:
        return None
    if ask is not None and (kept is None or kept.allows(question) is None) and ask(question):
        return Consent("send", question.destination)
    require(question, kept)
    return None


def _record(class_id: int, text: ClassDescription, photo_ids: Mapping[str, int]) -> records.Description:
    def place(support: Support | None) -> tuple[records.Support, ...]:
        if support is None or support.sha256 not in photo_ids:
            return ()
        return (records.Support(photo_ids[support.sha256], support.patch),)

    def phrase(item: Phrase) -> records.Phrase:
        return records.Phrase(item.text, item.provenance, place(item.support))

    return records.Description(
        class_id=class_id,
        phrases=tuple(phrase(item) for item in text.phrases),
        sentence=text.sentence,
        writer=text.writer,
        model=text.model,
        instruction_version=text.instructions_version,
        input_tokens=text.tokens.input if text.tokens else 0,
        output_tokens=text.tokens.output if text.tokens else 0,
        cost=text.cost,
    )
