"""The public Python API: an image classifier that is taught class by class, in the manner of scikit-learn.

>>> from spa_desktop import SpaClassifier                                         # doctest: +SKIP
>>> classifier = SpaClassifier()                                                  # doctest: +SKIP
>>> classifier.partial_fit(["cat1.jpg", "dog1.jpg"], ["cat", "dog"])              # doctest: +SKIP
>>> classifier.partial_fit(["llama1.jpg"], ["llama"])  # cats and dogs are kept   # doctest: +SKIP
>>> classifier.predict(["who.jpg"])                                               # doctest: +SKIP
array(['llama'], dtype='<U5')
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from numbers import Real
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.exceptions import NotFittedError

from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.errors import InputError
from spa_desktop.given_photos import (
    BadInput,
    Label,
    Photos,
    check_settings,
    converted,
    encoded,
    is_text,
    label_of,
    labelled,
    labels_of,
    path_of,
    photos_of,
    phrases_of,
    quoted,
)
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import (
    EXEMPLARS,
    choose_photos,
    encode_class_text,
    looks_of,
    or_on_cpu,
    progress_of,
    readable_name,
    remembered_features,
)
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.plain_files import read_plain_file, write_output
from spa_desktop.recognizer import Explanation, KnownClass, Recognizer
from spa_desktop.saved_classifier import EARLIER, LARGEST, SavedClassifier
from spa_desktop.spa.config import FEWEST_HELD_OUT, KEPT_SHARE, SpaConfig

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.scorer import Scored

_BATCH = 64


class SpaClassifier(ClassifierMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Class-incremental image classifier: SPA on the features of a frozen backbone.

    Photos are paths, bytes of photo files, PIL images, or arrays and tensors ``(height, width, 3)`` or
    ``(height, width)`` of uint8 or of fractions from 0 to 1: in a list or the like, as one array
    ``(n, height, width, 3)``, or one photo alone, which is one photo in every method. Labels are strings, integers of
    64 bits or truth values; one photo alone may have one label alone; a torch `Dataset` brings its own. Every photo is
    encoded once and cached on this computer; what is kept of a class is no photo.

    Attributes:
        classes_: the labels, sorted. All answers count classes in this order.
        labels_: the labels in the order in which they were learned.
        phrases_: by label, the phrases that describe it.
    """

    def __init__(
        self,
        backbone: str = "spa-lite",
        *,
        device: str = "auto",
        writer: str | None = "offline",
        config: SpaConfig | None = None,
        seed: int = 0,
        random_state: int | None = None,
        cache: bool = True,
        progress: bool = True,
    ) -> None:
        """Nothing is loaded before it is needed.

        Args:
            backbone: see ``spa-desktop backbones``. One that is not on this computer is not downloaded from here:
                make a project with it once, which asks.
            device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
            writer: who describes classes for which no description is given: ``offline``, or None for the bare name.
            config: settings of the method; None takes the defaults.
            seed: of whatever is left to chance, of 64 bits.
            random_state: the same by scikit-learn's name, for its tools; None takes `seed`.
            cache: keep features of photos in the app's cache folder.
            progress: show bars in a terminal or a notebook while photos are encoded and classes learned.

        As in scikit-learn, settings are checked when they are used: one that is wrong is an `InputError` of the first
        method that needs it.
        """
        self.backbone = backbone
        self.device = device
        self.writer = writer
        self.config = config
        self.seed = seed
        self.random_state = random_state
        self.cache = cache
        self.progress = progress

    # Learning

    def fit(self, X: Photos, y: Any = None, descriptions: Mapping[Label, object] | None = None) -> Self:
        """Learn from nothing: what was learned before is forgotten. Raises as :meth:`partial_fit`."""
        fresh = type(self)(**self.get_params(deep=False)).partial_fit(X, y, descriptions)
        return self._set_learned(fresh.learner_, fresh.labels_, fresh.phrases_, fresh._shown)

    def partial_fit(
        self,
        X: Photos,
        y: Any = None,
        descriptions: Mapping[Label, object] | None = None,
        *,
        classes: Iterable[Label] | None = None,
    ) -> Self:
        """Learn one task: the labels that are new, together. Photos of known labels are added to their classes.

        Args:
            X: n photos, or one alone; or a torch `Dataset` or a list of pairs of a photo and its label.
            y: n labels, or one alone; None with pairs.
            descriptions: by label: a sentence, or a list of short visual phrases. Labels without one are described by
                `writer`. A label that is known keeps the description that it was learned with.
            classes: all labels that there may be, as scikit-learn's tools pass them. They need not be given, and what
                has no photo is not learned.

        Raises:
            BadInput: no photo; labels of another number, of no kind that labels have, or of several at once; a
                photo that cannot be read, named with its place; a description of an unknown label; a label that is
                not in `classes`. The classifier is then as it was.
            InputError: a setting that is wrong.
        """
        known = list(getattr(self, "labels_", []))
        photos, labels = labelled(X, y, known)
        if not isinstance(descriptions := descriptions or {}, Mapping):
            raise BadInput(f"The descriptions are {quoted(descriptions)}: give a dict of a text for each label")
        given = {label_of(label): text for label, text in descriptions.items()}
        if unknown := [label for label in given if label not in labels]:
            raise BadInput(f"There is a description of {unknown[0]!r}, but no photo has this label")
        if classes is not None and (strange := set(labels) - set(labels_of(classes))):
            raise BadInput(f"{next(one for one in labels if one in strange)!r} is a label, but not in classes: add it")
        with self._job() as job:
            return self._learn(photos, labels, known, given, job)

    def _learn(
        self,
        photos: Sequence[Any],
        labels: Sequence[Label],
        known: list[Label],
        descriptions: Mapping[Label, object],
        job: Job,
    ) -> Self:
        from spa_desktop.descriptions.registry import writer_for
        from spa_desktop.spa.learner import SpaLearner
        from spa_desktop.spa.memory import ClassSamples

        encoder, store = self._encoder(), self._store()
        # Before anything is encoded, as it may be wrong.
        writer = None if self.writer is None else writer_for(self.writer, encoder)
        sorted_out: dict[Label, dict[PhotoRef, None]] = {}
        for label, ref in zip(labels, encoded(store, photos, job), strict=True):
            sorted_out.setdefault(label, {})[ref] = None  # the same photo twice says nothing new
        groups = {label: list(mine) for label, mine in sorted_out.items()}
        new = [label for label in groups if label not in known]
        learner: SpaLearner = getattr(self, "learner_", None) or SpaLearner(
            encoder.image_projection.to(encoder.device), self.config or SpaConfig(), prior=encoder.prior
        )
        all_labels, phrases = [*known, *new], dict(getattr(self, "phrases_", {}))
        looks = looks_of(store, groups)
        shown = dict(getattr(self, "_shown", {}))
        for label in new:
            chosen = choose_photos(store, groups[label], EXEMPLARS, seed=self._seed, looks=looks, own=label)
            shown[label] = tuple(
                Exemplar(ref.path, ref.sha256, lambda loaded=loaded: loaded)  # type: ignore[misc]
                for ref in chosen
                for loaded in [ExemplarFeatures(*store.load(ref))]
            )

        def described(label: Label) -> tuple[str, tuple[str, ...]]:
            given, name = descriptions.get(label), readable_name(str(label))
            if isinstance(given, str) and is_text(given):
                return given, ()
            if given is not None:
                said = phrases_of(label, given)
                return f"a photo of a {name}: {', '.join(said)}.", said
            if writer is None:
                return "", ()
            others = {
                readable_name(str(other)): shown.get(other) or _remembered(learner, str(place))
                for place, other in enumerate(all_labels)
                if other != label
            }
            text = writer.write(DescriptionRequest(name, shown[label], others), job)
            return text.sentence, text.texts

        def samples(label: Label) -> ClassSamples:
            sentence, said = described(label) if label in new else ("", phrases.get(label, ()))
            phrases[label], mine = said, groups[label]
            return ClassSamples(
                str(all_labels.index(label)),
                store.pooled(mine),
                lambda: (part for _, part in store.iter_patches(mine)),
                encode_class_text(encoder, str(label), sentence, said),
            )

        if new:
            task = [samples(label) for label in new]
            seed, progress = self._seed, progress_of(job)
            learner = or_on_cpu(learner, lambda one: one.learn(task, seed=seed, progress=progress), job.message)
        for label in groups:
            if label in known:
                job.stage(Stage.TOP_UP, detail=str(label))
                learner = or_on_cpu(learner, methodcaller("top_up", samples(label)), job.message)
        # Nothing is changed before all of it is done.
        return self._set_learned(learner, all_labels, phrases, shown)

    # Recognising

    def predict(self, X: Photos, *, reject: bool | float = False, together: bool = False) -> np.ndarray[Any, Any]:
        """The most probable label of each photo, ``(n,)``; ``(1,)`` of one photo alone.

        Args:
            X: n photos, or one alone.
            reject: give None for photos that belong to none of the labels learned. A number says how strictly: the
                share of photos that do belong to one which may be lost, as far as the photos learned tell; True is
                0.05. The answers are then an array of objects.
            together: let the photos help each other, as those of one folder do: see
                :mod:`spa_desktop.discover.together`. What was learned is not changed.

        Raises:
            NotFittedError: if nothing was learned.
            BadInput: if there is no photo, or one cannot be read; with `reject`, if it is no number from 0 to below 1,
                or what was learned does not tell known photos from unknown ones: that takes two labels, and photos that
                training can hold out.
        """
        self._require_fitted()
        if isinstance(reject, bool | np.bool_):
            reject = 1 - KEPT_SHARE if reject else 0.0
        if not isinstance(reject, Real) or not 0 <= reject < 1:
            raise BadInput(f"reject is {quoted(reject)}: give True, False or the share of known photos that may go")
        scale = self.learner_.known_scale(1 - float(reject)) if reject else None
        if reject and scale is None:
            raise BadInput(
                "What was learned cannot tell known photos from unknown ones: fit two labels or more, with two photos "
                f"or more each, {FEWEST_HELD_OUT} photos in all"
            )
        probability, familiarity = self._answers(X, together=together)
        labels: np.ndarray[Any, Any] = self.classes_[probability.argmax(axis=1)]
        if scale is None:
            return labels
        answers: np.ndarray[Any, Any] = labels.astype(object)
        answers[familiarity < scale.threshold] = None
        return answers

    def predict_proba(self, X: Photos, *, together: bool = False) -> np.ndarray[Any, Any]:
        """How probable each class is, ``(n, C)`` in the order of `classes_`; rows sum to 1. Else as :meth:`predict`."""
        return self._answers(X, together=together)[0]

    def decision_function(self, X: Photos) -> np.ndarray[Any, Any]:
        """The score of each class, ``(n, C)`` in the order of `classes_`, whose softmax is :meth:`predict_proba`.

        Of two classes it is ``(n,)``: the score of ``classes_[1]`` less that of ``classes_[0]``, the logarithm of the
        ratio of their probabilities, as scikit-learn's metrics read it. Raises as :meth:`predict`.
        """
        scores = self._answers(X, as_scores=True)[0]
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def transform(self, X: Photos) -> np.ndarray[Any, Any]:
        """Embeddings of photos, ``(n, D)`` float32 of unit length, whatever was learned; nothing need be.

        They lie in the joint space of the backbone, where its texts lie: the mean of the photo, its mirror image and
        its middle, projected and normalised. What the method learns from is more than this: all patches, and textures.
        Raises BadInput as :meth:`predict`.
        """
        from spa_desktop.discover.search import joint_of

        photos = photos_of(X)
        with self._job() as job:
            store = self._store()
            refs = encoded(store, photos, job)
            found: np.ndarray[Any, Any] = joint_of(store.encoder, store.pooled(refs)).float().cpu().numpy()
        return found

    def familiarity(self, X: Photos) -> np.ndarray[Any, Any]:
        """How like one class that was learned each photo is, ``(n,)``: 1 at the most, and below 0 for most.

        Below ``learner_.threshold`` a photo belongs to none of them: see :mod:`spa_desktop.spa.familiarity`. Raises as
        :meth:`predict`.
        """
        return self._answers(X)[1]

    def score(self, X: Photos, y: Any = None, sample_weight: Any = None) -> float:
        """The share of photos, of all weights, whose label is predicted. Raises as :meth:`predict` and :meth:`fit`."""
        self._require_fitted()
        photos, labels = labelled(X, y, self.labels_)
        return float(super().score(photos, labels, sample_weight))

    def accuracy(self, X: Photos, y: Any = None) -> Accuracy:
        """How many photos are predicted as their label, of how many, with the 95 % range that so few leave open.

        Nothing is measured while one label alone was learned, as there is nothing to tell it from. Raises as
        :meth:`score`.
        """
        self._require_fitted()
        photos, labels = labelled(X, y, self.labels_)
        if len(self.labels_) < 2:
            return NOT_MEASURED
        right = sum(bool(one == other) for one, other in zip(self.predict(photos), labels, strict=True))
        return Accuracy(right, len(photos))

    def _answers(self, X: Photos, **how: bool) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Probabilities ``(n, C)`` in the order of `classes_`, or scores, and familiarities ``(n,)``."""
        self._require_fitted()
        photos = photos_of(X)
        with self._job() as job:
            store = self._store()
            return self._scored(store, encoded(store, photos, job), job, **how)

    def _scored(
        self, store: FeatureStore, refs: Sequence[PhotoRef], job: Job, together: bool = False, as_scores: bool = False
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """What :meth:`_answers` gives, of photos that are encoded."""
        from spa_desktop.discover.together import Looks, answer_together

        columns, looks, together = self._columns(), [], together and len(refs) > 1
        found, familiar = np.zeros((len(refs), len(columns))), np.zeros(len(refs))
        for part, patches in store.iter_patches(refs, chunk=_BATCH):
            pooled = store.pooled(refs[part])
            scored: Scored = or_on_cpu(self.learner_, methodcaller("score", pooled, patches), job.message)
            scores = scored.scores.double()
            found[part, columns] = (scores if as_scores else scores.softmax(dim=-1)).cpu().numpy()
            familiar[part] = scored.familiarity.cpu().numpy()
            if together:
                looks.append(Looks.of(scored))
        if together:
            answers = answer_together(self.learner_, Looks.joined(looks))
            found[:, columns], familiar = answers.probabilities.cpu().numpy(), answers.familiarity.cpu().numpy()
        return found, familiar

    def most_useful(self, X: Photos, n: int = 10) -> np.ndarray[Any, Any]:
        """Which of some photos without labels to label next: ``(n,)`` places in X, the most useful first.

        They are doubtful, many doubtful ones resemble them, and they are far from each other: see
        :mod:`spa_desktop.discover.useful`. With nothing learned they are the typical ones.

        Args:
            X: photos.
            n: how many, at least 1; all of them where there are fewer.

        Raises:
            BadInput: if there is no photo, one cannot be read, or n is no such number.
        """
        from spa_desktop.discover.search import joint_features
        from spa_desktop.discover.useful import doubt_of, most_useful

        if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
            raise BadInput(f"n is {quoted(n)}: give how many photos, a whole number from 1 on")
        photos = photos_of(X)
        with self._job() as job:
            store = self._store()
            refs = encoded(store, photos, job)
            doubt = np.zeros(len(refs), np.float32)
            if hasattr(self, "learner_"):
                probable, familiarity = self._scored(store, refs, job)
                doubt = doubt_of(probable)
                if (threshold := self.learner_.threshold) is not None:
                    doubt[familiarity < threshold] = 1  # nothing is known of what is none of the labels
            joint = joint_features(store, refs, job)
        features = np.stack([joint[ref.sha256].numpy() for ref in refs])
        return np.array(most_useful(features, doubt, int(n)))

    def explain(self, photo: Photos, label: Label | None = None, against: Label | None = None) -> Explanation:
        """Why a photo was predicted as one label rather than as another.

        Args:
            photo: one photo, alone or in a list.
            label: to be explained; None takes the most probable one, but for `against`.
            against: to be compared with; None takes the best one that is left.

        Returns:
            What each kind of evidence and each patch adds to the difference of the two scores, and how patches and
            phrases were matched. `class_id` and `against_id` are places in `classes_`.

        Raises:
            NotFittedError, BadInput: as :meth:`predict`, or for a label not learned, or one compared with itself.
        """
        self._require_fitted()
        asked = [None if one is None else label_of(one) for one in (label, against)]
        learned = {(type(one), one): place for place, one in enumerate(self.labels_)}  # 1 is True, but another label
        chosen, other = (None if one is None else learned.get((type(one), one), -1) for one in asked)
        if -1 in (chosen, other):
            names = ", ".join(map(str, self.labels_[:20]))
            raise BadInput(f"{quoted(asked[0 if chosen == -1 else 1])} was not learned. Learned are: {names}")
        if other is not None and (chosen == other or len(learned) == 1):
            raise BadInput(f"{asked[1]!r} cannot be compared with itself: name another label")
        photos = photos_of(photo)
        if len(photos) > 1:
            raise BadInput(f"{len(photos)} photos are given: give one, as an explanation is of one photo")
        recognizer, columns = self._recognizer(), self._columns()
        opened = converted(photos[0], 0, recognizer.open, lambda image: image)
        seen = recognizer.see(opened, closely=True)
        if chosen is None:
            top = recognizer.recognize(seen, top=2).top
            chosen = next(answer.class_id for answer in top if answer.class_id != other)
        found = recognizer.explain(seen, chosen, other)
        second = None if found.against_id is None else columns[found.against_id]
        return replace(found, class_id=columns[found.class_id], against_id=second)

    # Files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all that was learned to one file (safetensors), without photos and without the backbone.

        Raises:
            NotFittedError: if nothing was learned.
            InputError: if something else than a saved classifier is there.
            SpaError: if the file cannot be written; one that was there before is kept.
        """
        from spa_desktop.descriptions.consent import allow_checkpoint
        from spa_desktop.encoders.backbones import checked_name

        self._require_fitted()
        target = path_of(path, "The file")
        backbone = checked_name(self.backbone, allow_checkpoint)  # who saves agrees to the file that is named
        write_output(target, self._to_bytes(backbone), replaces=EARLIER)

    def export(
        self,
        folder: str | os.PathLike[str],
        *,
        half: bool = False,
        runtime: str | os.PathLike[str] | None = None,
        force: bool = False,
    ) -> None:
        """Write what was learned as a folder that works without this package: ONNX model, script, web page.

        Needs the package `onnx`: ``pip install onnx``.

        Args:
            folder: that is to be made.
            half: keep the weights in half precision.
            runtime: the npm package `onnxruntime-web`, to be put beside the page, so that it works offline.
            force: replace an earlier export.

        Raises:
            NotFittedError: if nothing was learned.
            InputError: if `onnx` is missing, the backbone cannot be exported, or the folder is in use.
            SpaError: if the folder cannot be written; nothing is left of it then.
        """
        from spa_desktop.export.browser_runtime import read_runtime
        from spa_desktop.export.classifier_folder import ExportedClassifier, export_classifier

        self._require_fitted()
        assert self.learner_.memory is not None, "something was learned"
        target, labels = path_of(folder, "The folder"), tuple(map(str, self.labels_))
        tasks: dict[int, list[str]] = {}
        for label, known in zip(labels, self.learner_.memory.classes, strict=True):
            tasks.setdefault(known.task, []).append(label)
        named = tuple((f"Task {task + 1}", tuple(tasks[task])) for task in sorted(tasks))
        what = ExportedClassifier(target.name, self._encoder(), self.learner_, labels, named)
        beside = None if runtime is None else read_runtime(path_of(runtime, "The runtime"))
        with self._job() as job:
            export_classifier(what, target, job, is_half=half, runtime=beside, replaces=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """Read a file that :meth:`save` wrote. It goes on learning where it stopped.

        Raises:
            InputError: if there is no such file, it is no saved classifier, it is damaged, of a newer version, of
                another backbone, or of a checkpoint file that was not agreed to: ``spa-desktop backbones --allow``.
        """
        from spa_desktop.descriptions.consent import is_allowed
        from spa_desktop.encoders.backbones import checked_name

        try:
            blob = read_plain_file(path_of(path, "The classifier"), LARGEST)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
        about = SavedClassifier.read(blob, path)
        checked_name(about.backbone, is_allowed)  # the file is a stranger's, and may name any file of this computer
        classifier = cls(about.backbone, device=device, seed=about.seed)._set_saved(about, blob, path)
        classifier.config = classifier.learner_.config  # a copy, or a call of fit, learns with the same settings
        return classifier

    @classmethod
    def from_project(cls, path: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """What a project of the app has learned. The project's file is not changed, whatever is learned afterwards.

        Raises:
            InputError: if it is no project, or has learned nothing.
        """
        from spa_desktop.workbench import Workbench

        with Workbench.open(path_of(path, "The project"), write=False, device=device) as bench:
            learner, classes = bench.learned()
            classifier = cls(bench.project.meta.backbone, device=device, config=learner.config)
        names = [known.name for known in classes]
        keyed = learner.with_keys([str(place) for place in range(len(names))])
        return classifier._set_learned(keyed, names, {known.name: known.phrases for known in classes})

    # How it works inside

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle holds: the settings, and of what was learned the bytes of a saved file."""
        state = dict(super().__getstate__())
        if hasattr(self, "learner_"):
            for name in ("learner_", "labels_", "phrases_", "classes_", "_shown"):
                del state[name]
            state["saved"] = self._to_bytes(self.backbone)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        blob = state.pop("saved", None)
        super().__setstate__(state)
        if blob is not None:
            self._set_saved(SavedClassifier.read(blob, "The pickle"), blob, "The pickle")

    def _to_bytes(self, backbone: str) -> bytes:
        return SavedClassifier.written(self.learner_, self._encoder(), backbone, self._seed, self.phrases_)

    def _set_saved(self, about: SavedClassifier, blob: bytes, name: object) -> Self:
        learner = about.learner(blob, self._encoder(), name)
        return self._set_learned(learner, about.labels, dict(zip(about.labels, about.phrases, strict=True)))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "learner_")

    @property
    def _seed(self) -> int:
        return int(self.seed if self.random_state is None else self.random_state)

    def _require_fitted(self) -> None:
        if not hasattr(self, "learner_"):
            raise NotFittedError("This SpaClassifier has learned nothing yet: call fit or partial_fit first")

    def _set_learned(
        self,
        learner: SpaLearner,
        labels: Sequence[Label],
        phrases: Mapping[Label, Sequence[str]],
        shown: Mapping[Label, tuple[Exemplar, ...]] | None = None,
    ) -> Self:
        self.learner_, self.labels_ = learner, list(labels)
        self.phrases_ = {label: tuple(phrases.get(label, ())) for label in labels}
        self.classes_ = np.unique(np.array(self.labels_))
        self._shown = dict(shown or {})
        return self

    def _columns(self) -> list[int]:
        """Where in `classes_` each class of the learner is, which has them as they were learned."""
        found: list[int] = np.searchsorted(self.classes_, self.labels_).tolist()
        return found

    def _encoder(self) -> ClipEncoder:
        from spa_desktop.feature_store import loaded_encoder

        check_settings(self.get_params(deep=False))
        return loaded_encoder(self.backbone, self.device)

    def _store(self) -> FeatureStore:
        from spa_desktop.feature_store import FeatureStore, MemoryCache
        from spa_desktop.project.feature_cache import FeatureCache

        return FeatureStore(self._encoder(), FeatureCache() if self.cache else MemoryCache())

    def _recognizer(self) -> Recognizer:
        known = {at: KnownClass(str(one), self.phrases_.get(one, ())) for at, one in enumerate(self.labels_)}
        return Recognizer(self._encoder(), self.learner_, known)

    def _job(self) -> AbstractContextManager[Job]:
        from spa_desktop.console import ConsoleJob

        return ConsoleJob() if self.progress else nullcontext(Job())


def _remembered(learner: SpaLearner, key: str) -> tuple[Exemplar, ...]:
    """What stands for the exemplars of a class whose photos are not at hand."""
    return (Exemplar(Path(key), key, lambda: remembered_features(learner, key)),)
