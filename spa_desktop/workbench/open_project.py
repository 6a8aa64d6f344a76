"""An open project with its encoder, feature cache and learner, each loaded when it is first needed."""

from __future__ import annotations

import functools
import itertools
import os
import re
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from spa_desktop.descriptions.consent import allow_checkpoint, is_allowed
from spa_desktop.errors import FilledText, InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef, dequantized, loaded_encoder, pooled_key, quantized
from spa_desktop.jobs import Job, SeenPhoto, Stage
from spa_desktop.learning import config_for
from spa_desktop.project import FeatureCache, Project, Transaction
from spa_desktop.project.documents import Json
from spa_desktop.project.project_failures import damaged
from spa_desktop.project.records import ClassRecord, Description, LearnerInfo, PhotoRecord, TaskRecord
from spa_desktop.spa.config import KEPT_SHARE, THING_VIEWS, VIEWS, SpaConfig
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.method_settings import SETTING, MethodSettings, method_of

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.descriptions.model import Writer
    from spa_desktop.descriptions.openai.service import WriterOptions
    from spa_desktop.encoders.download import DownloadOffer
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner

Consent = Callable[["DownloadOffer | Path"], bool]
"""Is asked before weights are downloaded, the offer names source and size; or before a checkpoint file is read."""

# They ship with the app, and loading them asks for nothing. The default first.
EMBEDDED = ("spa-lite", "spa-lite-int8")
DEFAULT_BACKBONE = EMBEDDED[0]


def has_texts(backbone: str) -> bool:
    """Whether a backbone that a project may have reads texts, by its name: nothing is loaded."""
    return not backbone.startswith("timm:")


_KEPT_SECONDS = 300  # what describes; texts are mostly written, read and written again within them


class OpenProject:
    """An open project with its encoder, feature cache and learner, each loaded when it is first needed.

    The project is for reading, and for small edits in transactions of one's own; `kept_share` is the share of photos of
    known classes that is not to be answered "none of these".
    """

    def __init__(
        self,
        project: Project,
        *,
        device: str = "auto",
        download_consent: Consent | None = None,
    ) -> None:
        self.project, self.kept_share = project, KEPT_SHARE
        self._device, self._download_consent = device, download_consent
        self._cache: FeatureCache | None = None
        self._encoder: ClipEncoder | None = None
        self._learner: tuple[LearnerInfo, SpaLearner] | None = None
        self._writer: tuple[ClipEncoder, Writer] | None = None
        self._writer_asked = 0.0
        # The window classifies in one thread and trains in another: each thing is loaded once.
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, backbone: str = DEFAULT_BACKBONE, **settings: Any) -> Self:
        """Make a new project file.

        Raises InputError if there is such a file, it cannot be written, or the backbone is unknown.
        """
        if backbone not in EMBEDDED:  # to check another loads torch, which takes seconds
            from spa_desktop.encoders.backbones import checked_name

            backbone = checked_name(backbone, allow_checkpoint)  # who makes a project agrees to the file that it names
        return cls(Project.create(path, backbone=backbone, seed=settings.pop("seed", 0)), **settings)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        write: bool = True,
        on_message: Callable[[str], None] | None = None,
        **settings: Any,
    ) -> Self:
        """Open a project file.

        Settings are those of the constructor, the others those of :meth:`spa_desktop.project.Project.open`. Raises
        InputError as :meth:`spa_desktop.project.Project.open`.
        """
        return cls(Project.open(path, write=write, on_message=on_message), **settings)

    def close(self) -> None:
        """Close the file and give its lock back."""
        self.project.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def device(self) -> str:
        """Where the encoder runs: "cpu", "cuda" or "mps"; "" as long as nobody can know without loading it."""
        if self._encoder is not None:
            return self._encoder.device.type
        return only_device() if self._device == "auto" else self._device

    def use_device(self, name: str) -> None:
        """Run the encoder on another device, "auto" for the fastest, from the next verb on.

        Raises InputError if this computer has no such device.
        """
        from spa_desktop.encoders.device import choose_device

        choose_device(name)
        with self._lock:
            self._device, self._encoder, self._learner = name, None, None

    @property
    def method(self) -> MethodSettings:
        """The settings of the method, which are kept with the project.

        Raises InputError if those that are kept make no sense.
        """
        return method_of(self.project.settings())

    def set_method(self, method: MethodSettings) -> None:
        """Keep other settings of the method with the project; the model stays as it is."""
        # Settings are not undone: joined to the verb before, this makes no step of undo that would do nothing.
        with self.project.transaction("set method", method.summary, undo="with_previous") as tx:
            tx.set_setting(SETTING, method.to_json() or None)

    def encoder(self, job: Job | None = None) -> ClipEncoder:
        """The project's backbone, loaded.

        Raises InputError if its weights are not those that the project was made with.
        """
        job = job or Job()
        with self._lock:
            if self._encoder is None:
                job.stage(Stage.LOAD)
                meta = self.project.meta
                encoder = self._load_encoder(meta.backbone, job)
                if meta.fingerprint and meta.fingerprint != encoder.fingerprint:
                    text = QT_TRANSLATE_NOOP(
                        "errors",
                        "{path} was made with other weights of {backbone} than those here, or an earlier version of "
                        "its features: use the same weights and version, or make a new project",
                    )
                    raise InputError(text, path=self.project.path, backbone=meta.backbone)
                self._encoder = encoder
            return self._encoder

    def _load_encoder(self, backbone: str, job: Job) -> ClipEncoder:
        if backbone in EMBEDDED:  # all projects share it
            return loaded_encoder(backbone, self._device, on_message=functools.partial(_tell, weakref.ref(job)))
        from spa_desktop.encoders.backbones import load_encoder

        return load_encoder(
            backbone,
            device=self._device,
            consent=self._download_consent,
            allow_file=self._may_read,
            on_progress=download_progress(job),
            on_message=job.message,
        )

    def writer(self, provider: str, options: WriterOptions | None = None, job: Job | None = None) -> Writer:
        """Who describes, by :func:`writer_for`. The offline writer is kept, with what it found out of classes."""
        from spa_desktop.descriptions.registry import writer_for

        encoder = self.encoder(job)
        writer = writer_for(provider, encoder, options)
        if writer.name != "offline":
            return writer
        with self._lock:
            self._writer_asked, loaded = time.monotonic(), self._writer
            if loaded is None or loaded[0] is not encoder:
                loaded = self._writer = encoder, writer
            return loaded[1]

    def release(self) -> None:
        """Let go of the offline writer, 20 MB, if nobody asked for minutes. Waits for nobody."""
        if self._writer is not None and time.monotonic() > self._writer_asked + _KEPT_SECONDS:
            self._writer = None

    def _may_read(self, file: Path) -> bool:
        """Whether the user agreed that projects may name a checkpoint file; asks if there is somebody to be asked."""
        if is_allowed(file):
            return True
        ask = self._download_consent
        return ask is not None and ask(file) and allow_checkpoint(file)

    def bind_backbone(self, tx: Transaction) -> None:
        """Bind the project to the weights of the encoder that was loaded, in the first verb that depends on them."""
        meta = self.project.meta
        if self._encoder is not None and not meta.fingerprint:
            tx.set_backbone(meta.backbone, self._encoder.fingerprint)

    @property
    def views(self) -> int | None:
        """In how many views the model sees photos; None if nothing was learned."""
        return views_of(self.project.learner_info())

    def store(self, job: Job) -> FeatureStore:
        """Features of photos by way of the cache, in the model's views, or those of the whole photo without one."""
        encoder, views = self.encoder(job), self.views or VIEWS
        with self._lock:
            if self._cache is None:
                self._cache = FeatureCache(on_message=job.message)
            # A store keeps pooled features in memory: a fresh one a verb lets them go.
            return FeatureStore(encoder, self._cache, views=views)

    def encoded(self, photos: Sequence[PhotoRecord], job: Job, views: int | None = None) -> list[PhotoRecord]:
        """Those photos whose features are in the cache, in so many views or the model's.

        The backbone is not loaded where none can be.
        """
        views, meta = views or self.views or VIEWS, self.project.meta
        hashes = [photo.key(views) for photo in refs(photos)]
        with self._lock:
            if self._cache is None:
                self._cache = FeatureCache(on_message=job.message)
            fingerprint = meta.fingerprint
            if not fingerprint:  # no verb has bound the project yet, but Sort or another one may have seen its photos
                if meta.backbone not in EMBEDDED or not self._cache.has_of_any_encoder(hashes):
                    return []
                fingerprint = self.encoder(job).fingerprint
        key, has = pooled_key(fingerprint, views), self._cache.has
        return [photo for photo, sha256 in zip(photos, hashes, strict=True) if has(key, sha256)]

    def learner(self, job: Job) -> SpaLearner | None:
        """The model, None if nothing was."""
        return self.info_and_learner(job)[1]

    def info_and_learner(self, job: Job) -> tuple[LearnerInfo | None, SpaLearner | None]:
        """The model, and which version of it that is; None if nothing was."""
        from spa_desktop.spa.learner import from_bytes

        if self.project.learner_info() is None:
            return None, None
        encoder = self.encoder(job)
        with self._lock:
            with self.project.snapshot():
                info = self.project.learner_info()
                if info is None:
                    return None, None
                if self._learner is not None and self._learner[0] == info:
                    return self._learner
                state = self.project.learner()
            assert state is not None, "there is one at this moment"
            # The method computes where the encoder does.
            projection = encoder.image_projection.to(encoder.device)
            keys = [str(key) for key in state.info.class_ids]
            if not {item.id for item in self.project.classes()}.issuperset(state.info.class_ids):
                raise damaged(self.project.path, "the model knows other classes than the project")
            self._learner = (state.info, from_bytes(state.blob, projection, keys=keys))
            return self._learner

    def require_learner(self, job: Job) -> SpaLearner:
        """The model. Raises InputError if nothing was."""
        learner = self.learner(job)
        if learner is None:
            raise nothing_learned(self.project)
        return learner

    def new_learner(self, job: Job, views: int) -> SpaLearner:
        """One that knows nothing and sees photos in so many views, with the project's settings of the method."""
        from spa_desktop.spa.learner import SpaLearner

        method = self.method
        encoder = self.encoder(job)
        config = config_for(encoder, SpaConfig(patches=method.patches, epsilon=method.epsilon, views=views))
        return SpaLearner(encoder.image_projection.to(encoder.device), config, prior=encoder.prior)


def views_of(info: LearnerInfo | None) -> int | None:
    """In how many views a model sees photos; None if there is none."""
    if info is None:
        return None
    return THING_VIEWS if _meta_of(info, SETTING).get("views") == THING_VIEWS else VIEWS


def nothing_learned(project: Project) -> InputError:
    """What to raise where there is no model."""
    text = QT_TRANSLATE_NOOP("errors", "{path} has learned nothing yet: train it first")
    return InputError(text, path=project.path)


def required_task(project: Project, name: str) -> TaskRecord:
    """The task of a name. Raises InputError if there is none; the line names those that there are."""
    task = project.find_task(name)
    if task is None:
        names = ", ".join(item.name for item in project.tasks())
        raise InputError(f"{project.path} has no task {name!r}. Its tasks: {names}")
    return task


@functools.cache
def only_device() -> str:
    """The device that there is no choice about, found without loading torch; "" if there may be a choice."""
    # Asked past the import system's hooks: the window's would load torch's libraries at the mere question.
    spec = PathFinder.find_spec("torch")
    if sys.platform == "darwin" or spec is None or spec.origin is None:
        return ""
    # Each build of torch says in this file what it was built for; one for the CPU alone has no other device.
    built = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    is_for_gpu = re.search(r"^(cuda|hip|xpu)\b[^=]*= *['\"]", built, re.MULTILINE)
    return "" if is_for_gpu else "cpu"


def download_progress(job: Job) -> Callable[[int, int], None]:
    """Hand bytes done and bytes in all to a job, in megabytes."""
    done = 0

    def tell(received: int, total: int) -> None:
        nonlocal done
        if done == 0:
            job.stage(Stage.DOWNLOAD, total=max(total // 2**20, 1))
        step = received // 2**20 - done
        if step > 0:
            done += step
            job.advance(step)

    return tell


def refs(photos: Iterable[PhotoRecord]) -> list[PhotoRef]:
    """What the feature store wants to know of photos."""
    return [PhotoRef(Path(photo.path), photo.sha256, frame=photo.frame) for photo in photos]


def patches_of(
    store: FeatureStore, photos: Sequence[PhotoRef], job: Job | None = None
) -> Callable[[], Iterator[Tensor]]:
    """Passes over the patches of photos in chunks, as the learner wants them; a job is shown a photo of each chunk."""
    turns = itertools.count()

    def chunks() -> Iterator[Tensor]:
        turn = next(turns)
        for part, patches in store.iter_patches(photos):
            if job is not None:
                some = tuple(photo.sha256 for photo in photos[part])
                job.show(SeenPhoto(some[turn % len(some)], is_encoded_now=False, beside=some))
            yield patches

    return chunks


# A test photo's features as the project stores them: all views, pooled and patches, in one blob.


def pack_photo(pooled: Tensor, patches: Tensor) -> bytes:
    """Pooled ``(V, W + T)`` and patches ``(V, N, D)`` of one photo as safetensors bytes."""
    from safetensors.torch import save

    levels, scale = quantized(patches)
    return save({"pooled": pooled.half().contiguous(), "patches": levels, "scale": scale})


def unpack_photo(blob: bytes) -> tuple[Tensor, Tensor]:
    """What :func:`pack_photo` packed, float32."""
    from safetensors.torch import load

    parts = load(blob)
    return parts["pooled"].float(), dequantized(parts["patches"], parts["scale"])


def _tell(job: weakref.ref[Job], text: str) -> None:
    """Say a line where the job is there still: an encoder that outlives it must not keep it, and who listens to it."""
    listening = job()
    if listening is not None:
        listening.message(text)


def unpack_pooled(blob: bytes) -> Tensor:
    """The pooled features alone, in a fraction of the time."""
    from safetensors.torch import load

    return load(blob)["pooled"].float()


def encodable(store: FeatureStore, photos: Sequence[PhotoRecord], job: Job, *, said: str) -> list[PhotoRecord]:
    """Encode photos that are not in the cache; gives those that have features now, and says why others have none.

    `said` is the line on a photo that is left out, such as "Photo left out: {reason}".
    """
    faults = store.ensure(refs(photos), job)
    for reason in faults.values():
        job.message(FilledText.of(said, reason=reason))
    return [photo for photo in photos if photo.sha256 not in faults]


def packed_refs(store: FeatureStore, photos: Sequence[PhotoRef]) -> Iterator[bytes]:
    """Packed features of photos, one at a time. Raises InputError if a photo is neither in the cache nor readable."""
    for part, patches in store.iter_patches(photos):
        yield from map(pack_photo, store.pooled(photos[part]), patches)


def packed(store: FeatureStore, photos: Sequence[PhotoRecord]) -> Iterator[tuple[int, bytes]]:
    """Photo id and what :func:`packed_refs` gives."""
    return zip((photo.id for photo in photos), packed_refs(store, refs(photos)), strict=True)


# The words that classes were learned with. Texts may be edited afterwards; the model stays what it was.

PHRASES, SENTENCES = "phrases", "sentences"  # with the learner: {class id: [phrase, ...]}, {class id: sentence}


def words_to_keep(project: Project, new: Sequence[ClassRecord]) -> dict[str, Json]:
    """What to keep with a learner that is about to be stored: the words of all classes it knows, by class id.

    The project is as it was while the learner learned. Classes that are not `new` were learned with what is kept
    already.
    """
    info, texts = project.learner_info(), project.descriptions()
    phrases, sentences = _meta_of(info, PHRASES), _meta_of(info, SENTENCES)
    for item in new:
        text = texts.get(item.id)
        phrases[str(item.id)] = [phrase.text for phrase in text.phrases] if text else []
        sentences[str(item.id)] = text.sentence if text else ""
    return {PHRASES: phrases, SENTENCES: sentences}


def learned_phrases(project: Project) -> dict[int, tuple[str, ...]]:
    """The phrases that each class was learned with; of projects that do not say, those that it has now."""
    found = {key: tuple(phrase.text for phrase in text.phrases) for key, text in project.descriptions().items()}
    for key, phrases in _meta_of(project.learner_info(), PHRASES).items():
        if isinstance(phrases, list) and key.isdecimal() and len(key) < 17:
            found[int(key)] = tuple(map(str, phrases))
    return found


def learned_sentences(project: Project) -> dict[int, str]:
    """The sentence that each class was learned with; of projects that do not say, the one that it has now."""
    found = {key: text.sentence for key, text in project.descriptions().items()}
    kept = _meta_of(project.learner_info(), SENTENCES).items()
    return found | {int(key): str(sentence) for key, sentence in kept if key.isdecimal() and len(key) < 17}


def reworded(info: LearnerInfo | None, texts: Mapping[int, Description]) -> frozenset[int]:
    """The classes that were learned with other words than their text has now, whatever the order of the phrases.

    Learners of older versions do not say the sentence, or no words at all: then the phrases decide, or nothing does.
    """
    phrases, sentences = _meta_of(info, PHRASES), _meta_of(info, SENTENCES)
    changed = set[int]()
    for class_id in set(info.class_ids if info else ()) & texts.keys():
        text, learned = texts[class_id], phrases.get(str(class_id))
        is_same = isinstance(learned, list) and sorted(map(str, learned)) == sorted(
            phrase.text for phrase in text.phrases
        )
        if learned is not None and not (is_same and sentences.get(str(class_id), text.sentence) == text.sentence):
            changed.add(class_id)
    return frozenset(changed)


def _meta_of(info: LearnerInfo | None, name: str) -> dict[str, Json]:
    value = None if info is None else info.meta.get(name)
    return dict(value) if isinstance(value, dict) else {}
