"""Describe classes: ask what has to be asked, have a writer write, keep the text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter, ValidationError

from spa_desktop.descriptions.consent import (
    KEEP_LOCAL,
    KEEPS_LOCAL,
    SETTING,
    Answer,
    ProjectFile,
    SendingQuestion,
    agreed_contents,
    forget_consents,
    keep_consent,
    keeps_local,
    prepare,
    question_for,
)
from spa_desktop.descriptions.model import (
    MOST_PHRASES,
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    PhraseSource,
    TokenUse,
    Writer,
    WrittenPhrase,
    cache_key,
)
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line, shorten
from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.learning import choose_photos, looks_of, readable_name, remembered_features
from spa_desktop.project import Project, Transaction, records
from spa_desktop.project.documents import Json
from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.method_settings import LIMITS, method_of
from spa_desktop.workbench.open_project import OpenProject, refs, required_task

if TYPE_CHECKING:
    from spa_desktop.descriptions.openai.service import WriterOptions
    from spa_desktop.feature_store import FeatureStore
    from spa_desktop.spa.learner import SpaLearner

# What a writer is shown of a class: its exemplars, those of the other classes, and the language to write in.

_LANGUAGE = "languages"  # the setting: a BCP 47 tag; once a tag for each class
_TAG = re.compile(r"(?=.{2,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # at most 35 letters, as RFC 5646 has it


def language_of(settings: Mapping[str, object]) -> str:
    """The language that classes are described in, a BCP 47 tag; of an older project, that of its first class."""
    language = settings.get(_LANGUAGE)
    tag = next(iter(language.values()), None) if isinstance(language, dict) else language
    # It goes to a service as it stands, and may be a stranger's.
    return tag if isinstance(tag, str) and _TAG.fullmatch(tag) else "en"


def set_language(project: Project, language: str) -> None:
    """Have classes described in a language from now on. Raises InputError if it is no BCP 47 tag."""
    tag = language.strip()
    if not _TAG.fullmatch(tag):
        text = QT_TRANSLATE_NOOP("errors", '"{language}" is no language tag: write en, nl, pt-BR or zh-Hans')
        raise InputError(text, language=shorten(language))
    # Settings are not undone: this is no step of its own.
    with project.transaction("language", tag, undo="with_previous") as tx:
        tx.set_setting(_LANGUAGE, tag)


class Shown:
    """Exemplars of all classes: those chosen before, or chosen now from photos that can still be read."""

    def __init__(self, bench: OpenProject, job: Job, *, required: set[int]) -> None:
        """Choose exemplars of the `required` classes where there are none.

        Raises InputError if no photo of such a class can be read.
        """
        self._bench, self._job = bench, job
        self._store = bench.store(job)
        self._classes = {known.id: known for known in bench.project.classes()}
        # Hashes of those for which the learner spoke, as neither file nor cache has them: their patches are no places.
        self.remembered: set[str] = set()
        # No more than the user can ask for, whatever a project says: each may go to a service.
        most = int(LIMITS["exemplars"][1])
        self.exemplars = {key: bench.project.exemplars(key)[:most] for key in self._classes}
        if new := [key for key, chosen in self.exemplars.items() if key in required and not chosen]:
            self._choose(new)
        self._readable = {key: readable_name(known.name) for key, known in self._classes.items()}
        # Made once: each class is among the others of all classes but itself.
        self._shown = {key: self._as_exemplars(known) for key, known in self._classes.items()}
        self._by_name = {self._readable[key]: shown for key, shown in self._shown.items()}
        self._language = language_of(bench.project.settings())

    def request(self, class_id: int) -> DescriptionRequest:
        """One class as a writer wants it. Features are fetched when they are asked for."""
        name = self._readable[class_id]
        return DescriptionRequest(name, self._shown[class_id], _Others(self._by_name, name), self._language)

    def photo_ids(self, class_id: int) -> Mapping[str, int]:
        """Exemplars, by hash, on which a patch is a place."""
        return {photo.sha256: photo.id for photo in self.exemplars[class_id] if photo.sha256 not in self.remembered}

    def _choose(self, new: Sequence[int]) -> None:
        """Choose for classes, whose photos are encoded first: each class is seen beside all others."""
        project, store = self._bench.project, self._store
        photos: dict[int, list[PhotoRecord]] = {key: [] for key in self._classes}
        for photo in project.photos(split="train"):
            photos[photo.class_id].append(photo)
        faults = store.ensure(refs([photo for key in new for photo in photos[key]]), self._job)
        looks = looks_of(store, {key: refs(mine) for key, mine in photos.items() if mine})
        count = method_of(project.settings()).exemplars
        for key in new:
            readable = {photo.sha256: photo for photo in photos[key] if photo.sha256 not in faults}
            if not readable:
                name = self._classes[key].name
                text = QT_TRANSLATE_NOOP("errors", "No photo of {name} can be read: put its photos back, or add others")
                raise InputError(text, name=name)
            candidates = refs([*readable.values()])
            chosen = choose_photos(store, candidates, count, seed=project.meta.seed, looks=looks, own=key)
            self.exemplars[key] = [readable[ref.sha256] for ref in chosen]

    def _as_exemplars(self, known: ClassRecord) -> tuple[Exemplar, ...]:
        shown = refs(self.exemplars[known.id])
        # No method of this object, which holds them: a cycle would keep the project's model in memory.
        load = partial(_load, self._store, partial(self._bench.learner, self._job), self.remembered, str(known.id))
        return tuple(Exemplar(ref.path, ref.sha256, partial(load, ref)) for ref in shown)


class _Others(Mapping[str, tuple[Exemplar, ...]]):
    """All classes but one, without a copy of them for each class."""

    def __init__(self, shown: Mapping[str, tuple[Exemplar, ...]], own: str) -> None:
        self._shown, self._own = shown, own

    def __getitem__(self, name: str) -> tuple[Exemplar, ...]:
        if name == self._own:
            raise KeyError(name)
        return self._shown[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._shown if name != self._own)

    def __len__(self) -> int:
        return len(self._shown) - 1


def _load(
    store: FeatureStore, learner_now: Callable[[], SpaLearner | None], remembered: set[str], key: str, ref: PhotoRef
) -> ExemplarFeatures:
    """Of an exemplar; where nothing has them, what the learner remembers of its class, which is noted."""
    try:
        return ExemplarFeatures(*store.load(ref))
    except InputError:
        learner = learner_now()
        if learner is None or key not in learner.keys:
            raise
        remembered.add(ref.sha256)
        return remembered_features(learner, key)


# Descriptions to and from the JSON of the project's cache.

_ADAPTER = TypeAdapter(ClassDescription)


def description_from_json(document: object) -> ClassDescription | None:
    """A text from the cache; None if it is something else, as it may be in a stranger's project."""
    try:
        text = _ADAPTER.validate_python(document, strict=False)
    except ValidationError:
        return None
    lines = (text.sentence, *text.texts)
    tokens, cost = text.tokens, text.cost
    is_sound = (
        len(text.phrases) <= MOST_PHRASES
        and (text.phrases or text.writer == "offline")  # which may know nothing
        and all(line == one_line(line) and 0 < len(line) <= LONGEST_SENTENCE for line in lines)
        and (tokens is None or TokenUse.counted(tokens.input, tokens.output) == tokens)
        and (cost is None or 0 <= cost < math.inf)
    )
    return text if is_sound else None


# Descriptions into the project: those that were paid for as they arrive, the others all at once.


class Keeper:
    """Stores what one run of a writer brings. However many transactions that takes, it is one step of undo."""

    def __init__(self, bench: OpenProject, writer: Writer, shown: Shown, *, keeps_own: bool = False) -> None:
        """Make ready. With `keeps_own`, the sentence and the phrases that the user wrote stay in the text."""
        self._bench, self._writer, self._shown, self._keeps_own = bench, writer, shown, keeps_own
        self._names = {known.id: known.name for known in bench.project.classes()}
        self._has_begun = False
        self.stored: dict[str, records.Description] = {}  # by class name

    def keep(self, written: Mapping[int, ClassDescription], *, of: int) -> None:
        """Store texts, by number of the class, in one transaction, as the first or a further part of `of` texts."""
        summary = f"{of} classes by {self._writer.name}"
        if len(written) == 1 and (of == 1 or self._has_begun):
            summary = f"{self._names[next(iter(written))]} by {self._writer.name}"
        undo: Literal["own", "with_previous"] = "with_previous" if self._has_begun else "own"
        with self._bench.project.transaction("describe", summary, undo=undo) as tx:
            self._bench.bind_backbone(tx)
            for key, text in written.items():
                self._store(tx, key, text)
        self._has_begun = True

    def _store(self, tx: Transaction, key: int, text: ClassDescription) -> None:
        shown = self._shown
        tx.set_exemplars(key, [photo.id for photo in shown.exemplars[key]])
        new = _record(key, text, shown.photo_ids(key))
        old = self._bench.project.description(key)
        if old is not None and self._keeps_own:
            new = with_own_phrases(new, old)
        # The same words again leave what they can be compared with, and an approval, as they are.
        if old is None or replace(old, is_approved=False, created="", cost=new.cost) != new:
            tx.put_description(new)
        self.stored[self._names[key]] = new
        if self._writer.is_cached:
            tx.cache_description(cache_key(self._writer, shown.request(key)), _ADAPTER.dump_python(text, mode="json"))


def with_own_phrases(new: records.Description, old: records.Description) -> records.Description:
    """A text that was written anew, with the phrases of the one before that the user wrote, in the rows they had.

    What stands in such a row is the user's word in place of the writer's. A sentence that the user wrote stays. What
    another sentence before quoted of them, the new one quotes as well.
    """
    own = {row: phrase for row, phrase in enumerate(old.phrases) if phrase.provenance == "edited"}
    own_texts = {phrase.text.casefold() for phrase in own.values()}
    phrases = [phrase for phrase in new.phrases if phrase.text.casefold() not in own_texts]
    for row, phrase in own.items():
        phrases[row : row + 1] = [phrase]
    if old.writer == "person":
        return replace(new, phrases=tuple(phrases), sentence=old.sentence, writer=old.writer)
    quoted = {part.rstrip(".").casefold() for part in old.sentence.split(", ")[1:]}
    new_sentence = new.sentence.casefold()
    missing = [
        text
        for phrase in own.values()
        if (text := phrase.text).casefold() in quoted and text.casefold() not in new_sentence
    ]
    sentence = ", ".join([new.sentence.removesuffix("."), *missing]) if missing else new.sentence
    return replace(new, phrases=tuple(phrases), sentence=sentence)


def _record(class_id: int, text: ClassDescription, photo_ids: Mapping[str, int]) -> records.Description:
    def place(support: PhraseSource | None) -> tuple[records.Support, ...]:
        if support is None or support.sha256 not in photo_ids:
            return ()
        return (records.Support(photo_ids[support.sha256], support.patch),)

    def phrase(item: WrittenPhrase) -> records.Phrase:
        return records.Phrase(item.text, item.provenance, place(item.support), item.knowledge)

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


SendingConsent = Callable[[SendingQuestion], "bool | Answer"]
"""Gives True or "send" for a yes that is remembered on this computer, "once" for one that is not, False for not this
time, and "keep-local" for a no that the project remembers."""


@dataclass(frozen=True)
class Described:
    """What :func:`describe` did."""

    descriptions: Mapping[str, records.Description]  # by class name
    kept: tuple[str, ...]  # classes whose edited text was left as it is
    failed: tuple[tuple[str, str], ...]  # class name and why, where a writer failed; the others are stored all the same
    # the numbers of those classes, for another writer to be asked if the user wants that
    failed_ids: tuple[int, ...] = ()


def describe(
    bench: OpenProject,
    provider: str = "offline",
    job: Job | None = None,
    *,
    task: str | None = None,
    class_ids: Sequence[int] | None = None,
    replace_edited: bool = False,
    keeps_own: bool = False,
    afresh: bool = False,
    language: str | None = None,
    consent: SendingConsent | None = None,
    options: WriterOptions | None = None,
) -> Described:
    """Have a writer describe classes: the given ones, or all of a task, or all that are not trained yet.

    Texts of a service are stored as they arrive, since they were paid for: cancelling keeps those that are there. Those
    of a writer on this computer are stored together, or none are. Either way it is one step of undo.

    The provider is "offline", "openai", or a file. Text that the user edited or approved stays but with
    `replace_edited`; then `keeps_own` keeps what the user wrote of it. With `afresh` the text is written
    even if the project still knows the answer to the same request. The language, a BCP 47 tag, holds for the project
    from now on. `consent` is asked before photos leave this computer, unless this user agreed before to send these
    photos of this project to this address. A yes is remembered on this computer, outside of the project.

    Raises InputError if there is no such class, task or writer, photos would be sent away without a key or consent, no
    photo of a class can be read, or the writer's settings are wrong; SpaError if the writer failed for every class;
    Cancelled if the job was cancelled before all classes were described.
    """
    project, job = bench.project, job or Job()
    if class_ids is None:
        class_ids = _to_describe(project, task)
    writer = bench.writer(provider, options, job)
    edited = {
        key
        for key, text in ({} if replace_edited else project.descriptions()).items()
        if text.is_approved or text.writer == "person" or any(phrase.provenance == "edited" for phrase in text.phrases)
    }
    wanted = [key for key in class_ids if key not in edited]
    names = {key: project.class_(key).name for key in class_ids}
    if language is not None:
        set_language(project, language)
    if any(not project.exemplars(key) for key in wanted):
        # Such a class is not in the cache for sure: better to hear of a missing key before its photos are encoded.
        prepare(writer, is_local=keeps_local(project.setting(SETTING)))
    shown = Shown(bench, job, required=set(wanted))
    known = {key: None if afresh else _cached(bench, writer, shown.request(key)) for key in wanted}
    pending = [key for key, text in known.items() if text is None]
    if pending:
        prepare(writer, is_local=keeps_local(project.setting(SETTING)))
        agree_to_send(bench, question_for(writer, map(shown.request, pending)), consent)

    job.stage(Stage.DESCRIBE, total=len(wanted), detail=writer.name)
    keeper = Keeper(bench, writer, shown, keeps_own=keeps_own)
    written: dict[int, ClassDescription] = {}
    failed: dict[int, SpaError] = {}
    dropped: list[int] = []

    def write(key: int) -> ClassDescription | SpaError:
        job.check()
        try:
            return known[key] or writer.write(shown.request(key), job)
        except Cancelled:
            raise
        except SpaError as error:
            return error

    def take(key: int, future: Future[ClassDescription | SpaError]) -> None:
        try:
            result = future.result()
        except Cancelled:
            dropped.append(key)
            return
        if isinstance(result, SpaError):
            failed[key] = result
        else:
            written[key] = result
            if writer.destination is not None:
                keeper.keep({key: result}, of=len(wanted))
            for note in result.notes:
                job.message(FilledText.of("{name}: {reason}", name=names[key], reason=note))
        with suppress(Cancelled):
            job.advance(detail=names[key])

    _each(wanted, write, take, job, parallel=writer.max_parallel)
    if dropped:
        kept = len(keeper.stored)
        tail = f": {kept} of {len(wanted)} classes were described, and their text is kept" if kept else ""
        raise Cancelled(f"Describing classes was cancelled{tail}")
    if failed and not written:
        key, problem = next((key, failed[key]) for key in wanted if key in failed)
        kind = InputError if isinstance(problem, InputError) else SpaError
        raise kind(FilledText.of("{name}: {reason}", name=names[key], reason=problem)) from problem
    shared: Sequence[str] = getattr(writer, "shared", ())
    if shared and written:
        text = QT_TRANSLATE_NOOP("errors", "Said of none, as most classes compared share it: {phrases}")
        job.message(FilledText.of(text, phrases=", ".join(shared)))
    if writer.destination is None and written:
        job.check()
        keeper.keep(written, of=len(written))
    in_order = {names[key]: keeper.stored[names[key]] for key in wanted if names[key] in keeper.stored}
    lost = [key for key in wanted if key in failed]
    return Described(
        in_order,
        tuple(names[key] for key in class_ids if key in edited),
        tuple((names[key], str(failed[key])) for key in lost),
        tuple(lost),
    )


def keep_local(bench: OpenProject, is_local: bool) -> None:
    """Have a project keep its photos on this computer whatever writer is chosen, or have it ask again."""
    project = bench.project
    answer: Json = dict(KEEP_LOCAL) if is_local else None
    with project.transaction("consent", "photos stay here" if is_local else "ask again", undo="with_previous") as tx:
        tx.set_setting(SETTING, answer)
    forget_consents(_file_of(project))


def _each(
    keys: Sequence[int],
    write: Callable[[int], ClassDescription | SpaError],
    take: Callable[[int, Future[ClassDescription | SpaError]], None],
    job: Job,
    *,
    parallel: int,
) -> None:
    """Write in threads, and take each text in this one as soon as it is there."""
    with ThreadPoolExecutor(max(parallel, 1)) as pool:
        futures = {pool.submit(write, key): key for key in keys}
        pending = dict(futures)
        try:
            for future in as_completed(futures):
                take(pending.pop(future), future)
        except BaseException as error:
            # The threads are to end at once, not after an answer that nobody waits for.
            job.cancel()
            if isinstance(error, KeyboardInterrupt):
                for future in as_completed(pending):
                    take(pending[future], future)
            raise


def _to_describe(project: Project, task: str | None) -> list[int]:
    known = project.classes()
    if not known:
        text = QT_TRANSLATE_NOOP("errors", "{path} has no class yet: add folders of photos first")
        raise InputError(text, path=project.path)
    if task is None:
        chosen = [item.id for item in known if item.state in ("new", "described")]
        return chosen or [item.id for item in known]
    task_id = required_task(project, task).id
    return [item.id for item in known if item.task_id == task_id]


def _cached(bench: OpenProject, writer: Writer, request: DescriptionRequest) -> ClassDescription | None:
    if not writer.is_cached:
        return None
    document = bench.project.cached_description(cache_key(writer, request))
    return None if document is None else description_from_json(document)


def _file_of(project: Project) -> ProjectFile:
    try:
        return ProjectFile.of(project.path, project.meta.project_id)
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
        raise SpaError(text, path=project.path, reason=error.strerror or error) from error


def agree_to_send(bench: OpenProject, question: SendingQuestion | None, ask: SendingConsent | None) -> None:
    """Have the question answered, by what this user agreed to before if that covers it.

    Raises InputError if nothing may be sent.
    """
    if question is None:
        return
    file = _file_of(bench.project)
    agreed = agreed_contents(file, question.destination)
    is_agreed = agreed is not None and question.contents <= agreed
    if not is_agreed and ask is not None:
        answer = ask(question)
        if answer == "keep-local":
            keep_local(bench, True)
            raise InputError(KEEPS_LOCAL)
        if answer is True or answer == "send":
            keep_consent(file, question)
        is_agreed = answer is True or answer in ("send", "once")
    if not is_agreed:
        raise InputError(f"Not agreed to yet: {question.text}", "agree")
