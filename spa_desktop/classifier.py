"""The public Python API, in the manner of scikit-learn: an image classifier that is taught class by class."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import replace
from functools import partial
from hashlib import sha256
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.exceptions import NotFittedError

from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, JobEvent, Stage
from spa_desktop.learning import (
    EXEMPLARS,
    choose_photos,
    chosen_views,
    config_for,
    encode_class_text,
    looks_of,
    or_on_cpu,
    progress_of,
    readable_name,
    remembered_exemplar,
)
from spa_desktop.metrics import NOT_MEASURED, Accuracy, ForgettingCurve, accuracy_matrix
from spa_desktop.photo_inputs import (
    BadInput,
    Label,
    Photos,
    check_settings,
    converted,
    description_of,
    descriptions_of,
    encoded,
    frame_of,
    label_of,
    labelled,
    labels_of,
    path_of,
    photos_of,
    place_of,
    quoted,
    share_of,
)
from spa_desktop.plain_files import write_output
from spa_desktop.recognizer import Explanation, KnownClass, Recognizer
from spa_desktop.saved_classifier import EARLIER, SavedClassifier, read_saved
from spa_desktop.spa.config import FEWEST_HELD_OUT, VIEWS, SpaConfig
from spa_desktop.workbench import recognition

if TYPE_CHECKING:
    from spa_desktop.classify.sort_photos import Sorted
    from spa_desktop.encoders.download import DownloadOffer
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.encoders.photo_encoder import PhotoEncoder
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.scorer import Scored


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
        backbone: str | PhotoEncoder = "spa-lite",
        *,
        download: bool = False,
        device: str = "auto",
        writer: str | None = "offline",
        config: SpaConfig | None = None,
        seed: int = 0,
        random_state: int | None = None,
        cache: bool = True,
        progress: bool = True,
        on_progress: Callable[[JobEvent], object] | None = None,
        views: int = VIEWS,
        focus: str = "auto",
        batch_size: int | None = None,
        ray: str | None = None,
    ) -> None:
        """Nothing is loaded before it is needed.

        Args:
            backbone: see ``spa-desktop backbones``; or an object that encodes photos, a
                :class:`~spa_desktop.PhotoEncoder`. It computes where it likes, and all else on the CPU. Neither it nor
                a model of timm reads texts: classes are then told apart by their photos alone.
            download: fetch the weights of `backbone` from the Hugging Face hub where they are not on this computer.
            device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
            writer: who describes classes for which no description is given: ``offline``, or None for the bare name.
                A backbone that reads no texts has none.
            config: settings of the method; None takes the defaults.
            seed: of whatever is left to chance, of 64 bits.
            random_state: the same by scikit-learn's name, for its tools; None takes `seed`.
            cache: keep features of photos in the app's cache folder.
            progress: show bars in a terminal, or in a notebook with ipywidgets, while it encodes and learns.
            on_progress: called with each step of what takes time: `stage`, `done` of `total` and, of a gradient step,
                `values`, pairs of "loss" (cross-entropy) and "accuracy" (percent). The work waits for it; an exception
                of it stops the work and leaves the classifier as it was. A pickle has none.
            views: of a photo that is asked about: 3 are all that the model learned from: the photo, its mirror image
                and its middle, or the four that look at the thing; 2 are the photo and its mirror image, 1 is the
                photo alone. What fewer save and cost: docs/python.md.
            focus: what a model looks at from its first task on: ``photo``, all of a photo; ``thing``, the square where
                the thing is that it shows, in four views; or ``auto``: the thing where photos of the first task that
                are left out are told better by it. Backbones but spa-lite look at the whole photo.
            batch_size: photos that are scored at once (None: 64) and, elsewhere than on a CPU, encoded at once (None:
                what suits the device).
            ray: encode photos that are files on a Ray cluster (the extra ``ray``), to the bits of a CPU here:
                ``local`` starts workers on this computer, ``auto`` takes the cluster that runs on it, HOST:PORT another
                one, whose machines find the photos at the same paths. None encodes here.

        As in scikit-learn, settings are checked when they are used: one that is wrong is an `InputError` of the first
        method that needs it.
        """
        self.backbone = backbone
        self.download = download
        self.device = device
        self.writer = writer
        self.config = config
        self.seed = seed
        self.random_state = random_state
        self.cache = cache
        self.progress = progress
        self.on_progress = on_progress
        self.views = views
        self.focus = focus
        self.batch_size = batch_size
        self.ray = ray

    # Learning

    def fit(self, X: Photos, y: Any = None, descriptions: Mapping[Label, object] | None = None) -> Self:
        """Learn from nothing: the earlier model is forgotten. Raises as :meth:`partial_fit`."""
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
                photo that cannot be read, named with its place, or has two labels; a description of an unknown label;
                a label that is not in `classes`; a description where the backbone reads no texts. The classifier is
                then as it was.
            InputError: a setting that is wrong.
        """
        photos, labels = labelled(X, y, getattr(self, "labels_", ()))
        given = descriptions_of(descriptions or {}, labels)
        if classes is not None and (strange := set(labels) - set(labels_of(classes))):
            raise BadInput(f"{next(filter(strange.__contains__, labels))!r} is a label, but not in classes: add it")
        with self._job() as job:
            return self._learn(photos, labels, given, job)

    def _learn(
        self, photos: Sequence[Any], labels: Sequence[Label], descriptions: Mapping[Label, object], job: Job
    ) -> Self:
        from spa_desktop.descriptions.registry import writer_for
        from spa_desktop.encoders.encoder import reads_no_texts
        from spa_desktop.spa.learner import SpaLearner
        from spa_desktop.spa.memory import ClassSamples

        encoder, store, known = self._encoder(job), self._store(), list(getattr(self, "labels_", []))
        config, earlier = config_for(encoder, self.config), getattr(self, "learner_", None)
        # Before anything is encoded, as it may be wrong.
        if descriptions and not encoder.has_texts:
            raise BadInput(f"{reads_no_texts(encoder.name)}. Leave the descriptions out")
        writer = None if self.writer is None or not encoder.has_texts else writer_for(self.writer, encoder)
        sorted_out: dict[Label, dict[PhotoRef, None]] = {}
        for label, ref in zip(labels, encoded(store, photos, job, self.ray, labels), strict=True):
            sorted_out.setdefault(label, {})[ref] = None  # the same photo twice says nothing new
        groups = {label: list(photos) for label, photos in sorted_out.items()}
        new = [label for label in groups if label not in known]
        if earlier is None:
            store = chosen_views(store, list(groups.values()), config, job, self.focus)
            encoded(store, photos, job, self.ray, labels)  # what is left of it
        learner: SpaLearner = earlier or SpaLearner(
            encoder.image_projection.to(encoder.device), replace(config, views=store.views), prior=encoder.prior
        )
        all_labels, phrases = [*known, *new], dict(getattr(self, "phrases_", {}))
        looks = looks_of(store, groups)
        shown = dict(getattr(self, "_shown", {}))
        for label in new:
            chosen = choose_photos(store, groups[label], EXEMPLARS, seed=self._seed, looks=looks, own=label)
            loaded = [(ref, partial(ExemplarFeatures, *store.load(ref))) for ref in chosen]
            shown[label] = tuple(Exemplar(ref.path, ref.sha256, features) for ref, features in loaded)

        def described(label: Label) -> tuple[str, tuple[str, ...]]:
            name = readable_name(str(label))
            if (given := descriptions.get(label)) is not None:
                return description_of(label, name, given)
            if writer is None:
                return "", ()
            others = {
                readable_name(str(other)): shown.get(other) or (remembered_exemplar(learner, str(place)),)
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
            learner = or_on_cpu(learner, lambda model: model.learn(task, seed=seed, progress=progress), job.message)
        for label in groups:
            if label in known:
                job.stage(Stage.TOP_UP, detail=str(label))
                learner = or_on_cpu(learner, methodcaller("top_up", samples(label)), job.message)
        # Nothing is changed before all of it is done.
        return self._set_learned(learner, all_labels, phrases, shown)

    def forget_class(self, label: Label) -> Self:
        """Forget a label: it is answered no more. What the others learned stays.

        Raises NotFittedError if nothing was learned; BadInput if the label was not learned, or is the only one.
        """
        self._require_fitted()
        place = place_of(label, self.labels_)
        if len(self.labels_) == 1:
            raise BadInput(f"{quoted(self.labels_[0])} is the only label: make a new classifier")
        labels = [known for known in self.labels_ if known != self.labels_[place]]
        learner = self.learner_.forget(str(place)).with_keys([str(at) for at in range(len(labels))])
        return self._set_learned(learner, labels, self.phrases_, self._shown)

    def rename_class(self, label: Label, new: Label) -> Self:
        """Call a label otherwise; what it learned stays.

        Raises NotFittedError if nothing was learned; BadInput if it was not learned, or the new one is no label, of
        another kind, or learned already.
        """
        self._require_fitted()
        place, named = place_of(label, self.labels_), label_of(new)
        old = self.labels_[place]
        if type(named) is not type(old) or named in self.labels_:
            raise BadInput(f"{quoted(named)} is of another kind, or learned already: give another label")
        labels = [named if known == old else known for known in self.labels_]
        phrases = {labels[at]: self.phrases_[known] for at, known in enumerate(self.labels_)}
        shown = {labels[self.labels_.index(known)]: photos for known, photos in self._shown.items()}
        return self._set_learned(self.learner_, labels, phrases, shown)

    # Recognising

    def predict(self, X: Photos, *, reject: bool | float = False, together: bool = False) -> NDArray[Any]:
        """The most probable label of each photo, ``(n,)``; ``(1,)`` of one photo alone.

        Args:
            X: n photos, or one alone.
            reject: give None for photos that belong to none of the labels learned. A number says how strictly: the
                share of photos that do belong to one which may be lost, as far as the photos learned tell; True is
                0.05. The answers are then an array of objects.
            together: let the photos help each other, as those of one folder do: see
                :mod:`spa_desktop.discover.together`. The model is not changed.

        Raises:
            NotFittedError: if nothing was learned.
            BadInput: if there is no photo, or one cannot be read; if `reject` is no share, or the model does not
                tell known photos from unknown ones: that takes two labels, and photos that training can hold out.
        """
        threshold = self._threshold(reject)
        probability, familiarity = self._answers(X, together=together)
        labels: NDArray[Any] = self.classes_[probability.argmax(axis=1)]
        if threshold is None:
            return labels
        return np.where(familiarity < threshold, np.array(None), labels.astype(object))

    def predict_frame(
        self, frame: NDArray[Any], channels: Literal["BGR", "RGB"], *, reject: bool | float = False
    ) -> tuple[Label | None, float]:
        """The most probable label of a frame of a video, and how probable it is, 0 to 1. Nothing is cached or written.

        It is quick: the frame is seen in one view, whatever `views` is, and made small in the way of live pictures.

        Args:
            frame: ``(height, width, 3)`` uint8, upright.
            channels: their order: "BGR", in which OpenCV gives frames, or "RGB". It has no default, as the wrong one
                gives answers too.
            reject: as in :meth:`predict`: the label is None for a frame that belongs to none of the labels learned.

        Raises:
            NotFittedError: if nothing was learned.
            BadInput: if the frame is no such array (the end of a video gives None), or as :meth:`predict` of `reject`.
        """
        threshold, picture, recognizer = self._threshold(reject), frame_of(frame, channels), self._recognizer(views=1)
        answer = recognizer.recognize(recognizer.see(picture), top=1)
        is_known = threshold is None or answer.familiarity >= threshold
        return self.labels_[answer.top[0].class_id] if is_known else None, answer.top[0].probability

    def _threshold(self, reject: bool | float) -> float | None:
        """The familiarity below which a photo is none of the labels; None where none is to be rejected."""
        self._require_fitted()
        if not (share := share_of(reject)):
            return None
        if (scale := self.learner_.known_scale(1 - share)) is None:
            raise BadInput(
                "What was learned cannot tell known photos from unknown ones: fit two labels or more, with two photos "
                f"or more each, {FEWEST_HELD_OUT} photos in all"
            )
        return scale.threshold

    def predict_proba(self, X: Photos, *, together: bool = False) -> NDArray[np.float64]:
        """How probable each class is, ``(n, C)`` in the order of `classes_`; rows sum to 1. Else as :meth:`predict`."""
        return self._answers(X, together=together)[0]

    def decision_function(self, X: Photos) -> NDArray[np.float64]:
        """The score of each class, ``(n, C)`` in the order of `classes_`, whose softmax is :meth:`predict_proba`.

        Of two classes it is ``(n,)``: the score of ``classes_[1]`` less that of ``classes_[0]``, the logarithm of the
        ratio of their probabilities, as scikit-learn's metrics read it. Raises as :meth:`predict`.
        """
        scores = self._answers(X, as_scores=True)[0]
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def transform(self, X: Photos) -> NDArray[np.float32]:
        """Embeddings of photos, ``(n, D)`` float32 of unit length, whatever was learned; nothing need be.

        They lie in the joint space of the backbone, where its texts lie: the mean of a photo's `views`, projected
        and normalised. What the method learns from is more than this: all patches, and textures.
        Raises BadInput as :meth:`predict`.
        """
        from spa_desktop.discover.search import joint_of

        with self._encoded(X) as (store, refs, _):
            joint: NDArray[np.float32] = joint_of(store.encoder, store.pooled(refs)).float().cpu().numpy()
        return joint

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns of :meth:`transform`, ``(D,)``, as scikit-learn's tools ask for them."""
        return np.array([f"spaclassifier{at}" for at in range(self._encoder().image_projection.shape[1])], object)

    def familiarity(self, X: Photos) -> NDArray[np.float64]:
        """How like one class that was learned each photo is, ``(n,)``: 2.5 at the most, and far less for most.

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
        right = sum(bool(predicted == other) for predicted, other in zip(self.predict(photos), labels, strict=True))
        return Accuracy(right, len(photos))

    def forgetting_curve(self, tasks: Iterable[tuple[Photos, Any]], X: Photos, y: Any = None) -> ForgettingCurve:
        """How well the test photos of each task are told after each task; as :meth:`accuracy`, of shares.

        The tasks are learned one after the other, with these settings, by a copy. This classifier stays as it is.

        Args:
            tasks: photos and labels of each, as :meth:`partial_fit` takes them.
            X: test photos of all of them; one belongs to the task that brings its label.
            y: their labels.

        Raises:
            BadInput: as :meth:`partial_fit` and :meth:`predict`, or for no task, or a label that no task brings.
        """
        given, (photos, labels) = [labelled(*task, ()) for task in tasks], labelled(X, y, ())
        task_of: dict[Label, int] = {}
        for task, (_, names) in enumerate(given):
            for name in names:
                task_of.setdefault(name, task)
        if strange := [label for label in labels if label not in task_of]:
            raise BadInput(f"{quoted(strange[0])} is a label of a test photo, but of no task")
        places = {label: place for place, label in enumerate(task_of)}
        made, predicted = self.__sklearn_clone__(), []
        for task_photos, names in given:
            answers = made.partial_fit(task_photos, names).predict(photos)
            predicted.append(np.array([places[label] for label in answers.tolist()]))
        true = np.array([places[label] for label in labels])
        return ForgettingCurve(accuracy_matrix(predicted, true, np.array(list(task_of.values()))))

    def _answers(self, X: Photos, **how: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities ``(n, C)`` in the order of `classes_`, or scores, and familiarities ``(n,)``."""
        self._require_fitted()
        with self._encoded(X) as (store, refs, job):
            return self._scored(store, refs, job, **how)

    def _scored(
        self, store: FeatureStore, refs: Sequence[PhotoRef], job: Job, together: bool = False, as_scores: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What :meth:`_answers` gives, of photos that are encoded."""
        from spa_desktop.discover.together import Looks, answer_together

        looks, together, columns = [], together and len(refs) > 1, self._columns
        found, familiar = np.zeros((len(refs), len(columns))), np.zeros(len(refs))
        for part, patches in store.iter_patches(refs, chunk=self.batch_size or 64):
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

    def write_keywords(
        self,
        X: Photos,
        *,
        branch: str = "",
        otherwise: str = "",
        unsure_below: float = 0.0,
        reject: bool | float = True,
    ) -> Sorted:
        """Write the predicted label of each photo as a keyword into an XMP sidecar beside it, for other programs.

        The sidecar is ``a.jpg.xmp``, or ``a.xmp`` where that is there. What other programs wrote stays; a keyword of an
        earlier call is replaced. ``spa-desktop unsort FOLDER`` takes the last call back; the result has the folder,
        `target`, how many sidecars were written, `done`, and those left alone, `failed`, with the reason.

        Args:
            X: n photo files by their paths, or one.
            branch: what the keywords lie below, such as "Animals/Birds": ``dc:subject`` has the label alone,
                ``lr:hierarchicalSubject`` and ``digiKam:TagsList`` the whole branch.
            otherwise: the keyword of photos that are unsure, or of none of the labels; "" gives them none.
            unsure_below: less probable labels are unsure, 0 to 1.
            reject: as in :meth:`predict`; False takes each photo for one of the labels.

        Raises NotFittedError, BadInput as :meth:`predict`, also for a photo that is no path; SpaError if the disk is
        full, where each sidecar is whole.
        """
        from spa_desktop.classify.answer_files import PhotoAnswer
        from spa_desktop.classify.keywords import plan_keywords, write_keywords

        threshold, photos = self._threshold(reject), photos_of(X)
        paths = [str(path_of(photo, f"Photo {place}").absolute()) for place, photo in enumerate(photos)]
        with self._encoded(photos) as (store, refs, job):
            probable, familiar = self._scored(store, refs, job)
            best = probable.argmax(axis=1)
            answers = [
                PhotoAnswer(
                    path, (int(at),), (float(row[at]),), rejected=threshold is not None and bool(known < threshold)
                )
                for path, at, row, known in zip(paths, best, probable, familiar, strict=True)
            ]
            names = dict(enumerate(map(str, self.classes_)))
            model = sha256(self._to_bytes(self._encoder().name)).hexdigest()[:12]
            plan = plan_keywords(
                answers, names, branch=branch, otherwise=otherwise, unsure_below=unsure_below, model=model
            )
            done = write_keywords(plan, job)
        return replace(done, failed=(*plan.skipped, *done.failed))

    def most_useful(self, X: Photos, n: int = 10) -> NDArray[np.int64]:
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
        with self._encoded(X) as (store, refs, job):
            doubt = np.zeros(len(refs), np.float32)
            if hasattr(self, "learner_"):
                probable, familiarity = self._scored(store, refs, job)
                doubt = doubt_of(probable)
                if (threshold := self.learner_.threshold) is not None:
                    doubt[familiarity < threshold] = 1  # nothing is known of what is none of the labels
            joint = joint_features(store, refs, job)
        features = np.stack([joint[ref.sha256].numpy() for ref in refs])
        return np.array(most_useful(features, doubt, int(n)), np.int64)

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
        chosen, other = (None if name is None else place_of(name, self.labels_) for name in (label, against))
        if other is not None and (chosen == other or len(self.labels_) == 1):
            raise BadInput(f"{self.labels_[other]!r} cannot be compared with itself: name another label")
        photos = photos_of(photo)
        if len(photos) > 1:
            raise BadInput(f"{len(photos)} photos are given: give one, as an explanation is of one photo")
        recognizer, columns = self._recognizer(self.views), self._columns.tolist()
        opened = converted(photos[0], 0, recognizer.open, lambda image: image)
        seen = recognizer.see(opened, closely=True)
        if chosen is None:
            top = recognizer.recognize(seen, top=2).top
            chosen = next(answer.class_id for answer in top if answer.class_id != other)
        explanation = recognizer.explain(seen, chosen, other)
        second = None if explanation.against_id is None else columns[explanation.against_id]
        return replace(explanation, class_id=columns[explanation.class_id], against_id=second, photo=opened)

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
        target, backbone = path_of(path, "The file"), self._encoder().name
        if isinstance(self.backbone, str):
            backbone = checked_name(self.backbone, allow_checkpoint)  # who saves agrees to the file that is named
        write_output(target, self._to_bytes(backbone), replaces=EARLIER)

    def export(
        self,
        folder: str | os.PathLike[str],
        *,
        half: bool = False,
        fixed: bool = False,
        runtime: str | os.PathLike[str] | None = None,
        force: bool = False,
    ) -> None:
        """Write the model as a folder that works without this package: ONNX model, script, web page.

        Needs the extra ``export``.

        Args:
            folder: that is to be made.
            half: keep the weights in half precision.
            fixed: add ``fixed.onnx``, of fixed shapes, for OpenCV's dnn; not of a model that looks at the thing.
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
            export_classifier(what, target, job, is_half=half, is_fixed=fixed, runtime=beside, replaces=force)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        download: bool = False,
        device: str = "auto",
        backbone: PhotoEncoder | None = None,
    ) -> Self:
        """Read a file that :meth:`save` wrote. It goes on learning where it stopped.

        The settings `seed`, `random_state`, `views`, `focus` and `batch_size` are as they were.

        Args:
            path: the file.
            download: fetch the weights of the backbone that the file names, where they are not on this computer.
            device: as of a new classifier.
            backbone: the object that it learned with, if that was one: the file does not hold it.

        Raises:
            InputError: if there is no such file, it is no saved classifier, it is damaged, of a newer version, of
                another backbone, of one that is not on this computer, or of a checkpoint file that was not agreed to:
                ``spa-desktop backbones --allow``; or if it learned with an object, and `backbone` is not given, or has
                another fingerprint.
        """
        about, blob = read_saved(path_of(path, "The classifier"), has_encoder=backbone is not None)
        chosen = about.backbone if backbone is None else backbone
        classifier = cls(chosen, download=download, device=device, **about.settings)
        with classifier._job() as job:
            classifier._encoder(job)
        classifier._set_saved(about, blob, path)
        classifier.config = classifier.learner_.config  # a copy, or a call of fit, learns with the same settings
        return classifier

    @classmethod
    def from_project(cls, path: str | os.PathLike[str], *, download: bool = False, device: str = "auto") -> Self:
        """What a project of the app has learned. The project's file is not changed, whatever is learned afterwards.

        `download` and `device` are settings of the classifier. The backbone that the file names is loaded here.

        Raises:
            InputError: if it is no project, has learned nothing, or its backbone is not on this computer.
        """
        from spa_desktop.workbench.open_project import OpenProject

        classifier, file = cls(download=download, device=device), path_of(path, "The project")
        opened = OpenProject.open(file, write=False, device=device, download_consent=classifier._may_download)
        with opened as bench, classifier._job() as job:
            learner, classes = recognition.learned(bench, job)
            classifier.backbone, classifier.config = bench.project.meta.backbone, learner.config
        names = [known.name for known in classes]
        keyed = learner.with_keys([str(place) for place in range(len(names))])
        return classifier._set_learned(keyed, names, {known.name: known.phrases for known in classes})

    # How it works inside

    def __sklearn_clone__(self) -> Self:
        """The same settings, nothing learned. scikit-learn would copy what `on_progress` belongs to: a bar, a log."""
        made = type(self)(**self.get_params(deep=False))
        if hasattr(self, "_metadata_request"):  # what set_score_request said
            made._metadata_request = deepcopy(self._metadata_request)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle holds: the settings, and of the model the bytes of a saved file."""
        state = {name: value for name, value in super().__getstate__().items() if name[-1] != "_" and name != "_shown"}
        state["on_progress"] = None  # which is of this process
        if hasattr(self, "learner_"):
            state["saved"] = self._to_bytes(self.backbone if isinstance(self.backbone, str) else self._encoder().name)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        from spa_desktop.feature_store import is_forked

        blob = state.pop("saved", None)
        super().__setstate__({**type(self)().get_params(deep=False), **state})  # an older one lacks settings
        if blob is not None and is_forked():  # told where it is used: a pool waits for ever for what it cannot unpickle
            self.__dict__["learner_"] = None
        elif blob is not None:
            self._set_saved(SavedClassifier.read(blob, "The pickle"), blob, "The pickle")

    def _to_bytes(self, backbone: str) -> bytes:
        return SavedClassifier.written(
            self.learner_, self._encoder(), backbone, self.get_params(deep=False), self.phrases_
        )

    def _set_saved(self, about: SavedClassifier, blob: bytes, name: object) -> Self:
        learner = about.learner(blob, self._encoder(), name)
        return self._set_learned(learner, about.labels, dict(zip(about.labels, about.phrases, strict=True)))

    @property
    def _seed(self) -> int:
        return int(self.seed if self.random_state is None else self.random_state)

    def _require_fitted(self) -> None:
        if not hasattr(self, "learner_"):
            raise NotFittedError("This SpaClassifier has learned nothing yet: call fit or partial_fit first")
        if self.__dict__["learner_"] is None:  # unpickled where it cannot be used, as this says
            self._encoder()

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
        self._columns = np.searchsorted(self.classes_, self.labels_)  # of the labels, as they were learned
        self._shown = dict(shown or {})
        return self

    def _may_download(self, offer: DownloadOffer | Path) -> bool:
        return self.download is True and not isinstance(offer, Path)  # a file that a project names is none

    def _encoder(self, job: Job | None = None) -> ClipEncoder:
        from spa_desktop.feature_store import is_forked, loaded_encoder
        from spa_desktop.workbench.open_project import download_progress

        if is_forked():  # it would wait for ever
            raise SpaError(
                "This process was forked from one that has loaded an encoder, whose threads it lacks: start processes "
                'by multiprocessing.get_context("spawn"), or with joblib'
            )
        check_settings(self.get_params(deep=False))
        if self.ray is not None and not isinstance(self.backbone, str):
            raise BadInput("An encoder that is an object encodes in this process alone: leave ray out")
        progress = None if job is None else download_progress(job)
        return loaded_encoder(self.backbone, self.device, consent=self._may_download, on_progress=progress)

    def _store(self, views: int = VIEWS, job: Job | None = None) -> FeatureStore:
        """Features as the model sees photos; of those that are asked about fewer views may be wanted."""
        from spa_desktop.feature_store import FeatureStore, MemoryCache
        from spa_desktop.project.feature_cache import FeatureCache

        cache = FeatureCache() if self.cache else MemoryCache()
        return FeatureStore(self._encoder(job), cache, views=self._seen(views), batch_size=self.batch_size)

    def _seen(self, views: int) -> int:
        """How many views there are for all that may be wanted of a photo."""
        learned = getattr(self, "learner_", None)
        return learned.config.views if views == VIEWS and learned is not None else views

    @contextmanager
    def _encoded(self, X: Photos) -> Iterator[tuple[FeatureStore, list[PhotoRef], Job]]:
        """Photos that are asked about, in as many views as are wanted."""
        photos = photos_of(X)
        with self._job() as job:
            store = self._store(self.views, job)
            yield store, encoded(store, photos, job, self.ray), job

    def _recognizer(self, views: int) -> Recognizer:
        known = {at: KnownClass(str(label), self.phrases_.get(label, ())) for at, label in enumerate(self.labels_)}
        return Recognizer(self._encoder(), self.learner_, known, views=self._seen(views))

    @contextmanager
    def _job(self) -> Iterator[Job]:
        from spa_desktop.console import ConsoleJob

        check_settings(self.get_params(deep=False))
        listener = self.on_progress or (lambda event: None)
        with ConsoleJob() if self.progress else nullcontext(Job()) as job, job.followed_by(listener):
            yield job
