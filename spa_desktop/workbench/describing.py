"""Describe classes: ask what has to be asked, have a writer write, keep the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass

from spa_desktop.descriptions.consent import (
    KEEP_LOCAL,
    KEEPS_LOCAL,
    SETTING,
    Answer,
    Consent,
    SendingQuestion,
    keeps_local,
    prepare,
    question_for,
    require,
)
from spa_desktop.descriptions.consent_file import ProjectFile, forget_consents, keep_consent, kept_consent
from spa_desktop.descriptions.model import ClassDescription, DescriptionRequest, TokenUse, Writer, cache_key
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.project import Project, records
from spa_desktop.workbench.description_codec import description_from_json
from spa_desktop.workbench.description_requests import LANGUAGES, Shown, with_language
from spa_desktop.workbench.description_storing import Keeper, Written
from spa_desktop.workbench.session import Session

SendingConsent = Callable[[SendingQuestion], "bool | Answer"]
"""Gives True or "send" for a yes that is remembered on this computer, "once" for one that is not, False for not this
time, and "keep-local" for a no that the project remembers."""


@dataclass(frozen=True)
class Described:
    """What :func:`describe` did.

    Attributes:
        descriptions: by class name.
        kept: classes whose edited text was left as it is.
        failed: class name and why, where a writer failed; the others are stored all the same.
        failed_ids: the numbers of those classes, for another writer to be asked if the person wants that.
    """

    descriptions: Mapping[str, records.Description]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    failed_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Failed:
    """A class that a writer gave no text for."""

    error: SpaError
    is_answer: bool  # which is to be paid for
    tokens: TokenUse | None
    cost: float | None

    @classmethod
    def of(cls, error: SpaError) -> _Failed:
        found = (getattr(error, name, None) for name in ("tokens", "cost"))
        return cls(error, bool(getattr(error, "is_answer", False)), *found)


def describe(
    session: Session,
    writer: Writer,
    job: Job,
    *,
    class_ids: Sequence[int],
    replace_edited: bool = False,
    keeps_own: bool = False,
    afresh: bool = False,
    language: str | None = None,
    consent: SendingConsent | None = None,
) -> Described:
    """Write and store the descriptions of classes.

    Texts of a service are stored as they arrive, a transaction each, since they were paid for: cancelling keeps those
    that are there. A writer on this computer costs nothing but time: its texts are stored together, or none are. Either
    way it is one step of undo.

    Args:
        session: the open project.
        writer: who writes.
        job: progress and cancellation.
        class_ids: which classes.
        replace_edited: write over text that a person edited or approved.
        keeps_own: of such a text, the phrases that the person wrote stay.
        afresh: have the text written even if the project still knows the answer to the same request.
        language: a BCP 47 tag to write these classes in, from now on; None: as before.
        consent: is asked before photos leave this computer, unless this person has agreed to it before.

    Raises:
        InputError: if there is no such class, photos would be sent away without a key or consent, no photo of a class
            can be read, or the writer's settings are wrong.
        SpaError: if the writer failed for every class.
        Cancelled: if the job was cancelled before all classes were described.
    """
    project = session.project
    edited = set() if replace_edited else _edited(project)
    wanted = [key for key in class_ids if key not in edited]
    names = {key: project.class_(key).name for key in class_ids}
    if language is not None:
        chosen = with_language(project, wanted, language)
        with project.transaction("language", language, undo="with_previous") as tx:
            tx.set_setting(LANGUAGES, chosen)
    if any(not project.exemplars(key) for key in wanted):
        # Such a class is not in the cache for sure: better to hear of a missing key before its photos are encoded.
        prepare(writer, is_local=keeps_local(project.setting(SETTING)))
    shown = Shown(session, job, required=set(wanted))
    requests = {key: shown.request(key) for key in wanted}
    known = {key: None if afresh else _cached(session, writer, request) for key, request in requests.items()}
    pending = [requests[key] for key, text in known.items() if text is None]
    if pending:
        prepare(writer, is_local=keeps_local(project.setting(SETTING)))
        _ask(project, question_for(writer, pending), consent)

    job.stage(Stage.DESCRIBE, total=len(wanted), detail=writer.name)
    keeper = Keeper(session, writer, shown, keeps_own=keeps_own)
    written: list[Written] = []
    failed: dict[int, _Failed] = {}
    dropped: list[int] = []
    asked: set[int] = set()

    def write(key: int) -> Written | _Failed:
        text = known[key]
        job.check()
        asked.add(key)
        try:
            return Written(key, text or writer.write(requests[key], job), text is None)
        except Cancelled:
            raise
        except SpaError as error:
            return _Failed.of(error)

    def take(key: int, future: Future[Written | _Failed]) -> None:
        try:
            result = future.result()
        except Cancelled:
            dropped.append(key)
            if key in asked and writer.destination is not None:
                keeper.count(key, None, None)
            return
        if isinstance(result, _Failed):
            failed[key] = result
            if result.is_answer:
                keeper.count(key, result.tokens, result.cost)
        else:
            written.append(result)
            if writer.destination is not None:
                keeper.keep([result], of=len(wanted))
            for note in result.text.notes:
                job.message(f"{names[key]}: {note}")
        with suppress(Cancelled):
            job.advance(detail=names[key])

    _each(wanted, write, take, job, parallel=writer.max_parallel)
    if dropped:
        kept = len(keeper.stored)
        tail = f": {kept} of {len(wanted)} classes were described, and their text is kept" if kept else ""
        raise Cancelled(f"Describing classes was cancelled{tail}")
    if failed and not written:
        key, problem = next((key, failed[key]) for key in wanted if key in failed)
        kind = InputError if isinstance(problem.error, InputError) else SpaError
        raise kind(f"{names[key]}: {problem.error}") from problem.error
    if writer.destination is None and written:
        job.check()
        keeper.keep(written, of=len(written))
    in_order = {names[key]: keeper.stored[names[key]] for key in wanted if names[key] in keeper.stored}
    lost = [key for key in wanted if key in failed]
    return Described(
        in_order,
        tuple(names[key] for key in class_ids if key in edited),
        tuple((names[key], str(failed[key].error)) for key in lost),
        tuple(lost),
    )


def keep_local(project: Project, is_local: bool) -> None:
    """Have a project keep its photos on this computer whatever writer is chosen, or have it ask again."""
    answer: records.Json = dict(KEEP_LOCAL) if is_local else None
    with project.transaction("consent", "photos stay here" if is_local else "ask again", undo="with_previous") as tx:
        tx.set_setting(SETTING, answer)
    forget_consents(_file_of(project))


def _each(
    keys: Sequence[int],
    write: Callable[[int], Written | _Failed],
    take: Callable[[int, Future[Written | _Failed]], None],
    job: Job,
    *,
    parallel: int,
) -> None:
    """Write in threads, and take each text in this one as soon as it is there."""
    with ThreadPoolExecutor(max(parallel, 1)) as pool:
        futures = {pool.submit(write, key): key for key in keys}
        left = dict(futures)
        try:
            for future in as_completed(futures):
                take(left.pop(future), future)
        except BaseException as error:
            # The threads are to end at once, not after an answer that nobody waits for.
            job.cancel()
            if isinstance(error, KeyboardInterrupt):
                for future in as_completed(left):
                    take(left[future], future)
            raise


def _edited(project: Project) -> set[int]:
    return {
        key
        for key, text in project.descriptions().items()
        if text.is_approved or any(phrase.provenance == "edited" for phrase in text.phrases)
    }


def _cached(session: Session, writer: Writer, request: DescriptionRequest) -> ClassDescription | None:
    if not writer.is_cached:
        return None
    document = session.project.cached_description(cache_key(writer, request))
    return None if document is None else description_from_json(document)


def _file_of(project: Project) -> ProjectFile:
    try:
        return ProjectFile.of(project.path, str(getattr(project.meta, "project_id", "")))
    except OSError as error:
        raise SpaError(f"{project.path} cannot be read: {error.strerror or error}") from error


def _ask(project: Project, question: SendingQuestion | None, ask: SendingConsent | None) -> None:
    """Have the question answered, by what this person agreed to before if that covers it.

    Raises:
        InputError: if nothing may be sent.
    """
    if question is None:
        return
    file = _file_of(project)
    consent = kept_consent(file, question.destination)
    if ask is not None and (consent is None or not consent.allows(question)):
        answer = ask(question)
        if answer == "keep-local":
            keep_local(project, True)
            raise InputError(KEEPS_LOCAL)
        if answer is True or answer == "send":
            keep_consent(file, question)
        if answer is True or answer in ("send", "once"):
            consent = Consent(question.destination, question.contents)
    require(question, consent)
