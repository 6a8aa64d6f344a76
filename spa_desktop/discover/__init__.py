"""From photos of unknown class to proposed classes: ``spa_desktop.discover(photos)``.

The package is called as the function :func:`discover` that it holds: both have the name that says what they do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spa_desktop.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.discover.grouping import Floats, Known
    from spa_desktop.discover.names import Name
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.photo_inputs import Label, Photos
    from spa_desktop.spa.learner import SpaLearner

_CHUNK = 512  # photos whose features before the whitening are in memory at once
_OF_THE_CLASS = 0.7  # of a group's photos that are recognised as the known class that they lie beside: it is that class
ASKED = 60  # photos of a group, the most typical ones, that its names are judged by


@dataclass(frozen=True, eq=False)
class Group:
    """Photos that look alike: a class that could be.

    Attributes:
        photos: as they were given, the most typical first.
        indices: their places in what was given.
        names: at most three that it may have, what says the most first, each with its ``share``: how probable it is
            to be true, 0 to 1. Empty where nothing is sure, or the backbone reads no words.
        known_class: the label, learned before, that its photos belong to; None if there is none.
        tightness: how alike its photos are, 0 to 1.
    """

    photos: list[Any]
    indices: list[int]
    names: tuple[Name, ...]
    known_class: Label | None
    tightness: float


def discover(photos: Photos, classifier: Any = None, progress: bool = True) -> list[Group]:
    """Group photos of unknown class by what is on them; how many groups there are is not given.

    Args:
        photos: n photos, as for :class:`~spa_desktop.SpaClassifier`. Photos that are the same are in one group.
        classifier: an `SpaClassifier`. Photos of the labels that it has learned come as groups with a `known_class`,
            and the others are grouped beside them. None takes spa-lite, and nothing is known.
        progress: show bars in a terminal, or in a notebook with ipywidgets.

    Returns:
        The groups, the largest first. A photo that is like too few others is in none of them: those left over are the
        places that are in no group's `indices`. The list is empty where no three photos are alike.

    Raises:
        BadInput: if there is no photo, or one cannot be read, named with its place.
    """
    from spa_desktop.console import ConsoleJob
    from spa_desktop.feature_store import FeatureStore, loaded_encoder
    from spa_desktop.photo_inputs import BadInput, encoded, photos_of, quoted
    from spa_desktop.project.feature_cache import FeatureCache

    given = photos_of(photos)
    with ConsoleJob() if progress else nullcontext(Job()) as job:
        if classifier is None:
            from spa_desktop.encoders.lite_files import NAME

            store = FeatureStore(loaded_encoder(NAME, "auto"), FeatureCache())
        elif not hasattr(classifier, "_store"):
            raise BadInput(f"classifier is {quoted(classifier)}: give an SpaClassifier, or None")
        else:
            store = classifier._store()
        refs = encoded(store, given, job, getattr(classifier, "ray", None))
        learner, labels = getattr(classifier, "learner_", None), getattr(classifier, "labels_", ())
        return propose(store, refs, given, job, learner=learner, labels=labels)


def propose(
    store: FeatureStore,
    refs: Sequence[PhotoRef],
    photos: Sequence[Any],
    job: Job,
    *,
    learner: SpaLearner | None = None,
    labels: Sequence[Label] = (),
) -> list[Group]:
    """The groups of photos that are encoded; `photos` are what each is called in the groups.

    One of `refs` may be there more than once. `labels` are of the classes that the learner has learned, in its order.
    Raises Cancelled if the job was cancelled.
    """
    from spa_desktop.discover.names import Namer, names_apart
    from spa_desktop.discover.pile import Pile
    from spa_desktop.encoders.encoder import reads_no_texts

    job.stage("Grouping photos", total=len(refs))
    pile = Pile(list(map(str, range(len(refs)))), *features_of(store, refs, learner, list(map(str, labels)), job))
    pile.regroup()
    shown = pile.groups
    job.stage("Looking for names", total=len(shown))

    place_of = {str(label): place for place, label in enumerate(labels)}
    known_classes: list[Label | None] = []

    def asked() -> Iterator[Tensor]:
        for group in shown:
            pooled = store.pooled([refs[int(row)] for row in group.photos[:ASKED]], keep=False)
            place = place_of.get(group.like)
            is_it = place is not None and learner is not None and learner.share_of(place, pooled) >= _OF_THE_CLASS
            known_classes.append(labels[place] if place is not None and is_it else None)
            yield pooled
            job.advance()

    groups: list[Group] = []
    if store.encoder.has_texts:
        named = names_apart(Namer(store.encoder, job).evidence_of(asked()), place_of)
    else:
        named = [() for _ in asked()]
        job.message(reads_no_texts(store.encoder.name))
    for group, names in zip(shown, named, strict=True):
        rows = list(map(int, group.photos))
        groups.append(Group([photos[row] for row in rows], rows, names, known_classes[len(groups)], group.tightness))
    return groups


def features_of(
    store: FeatureStore, photos: Sequence[PhotoRef], learner: SpaLearner | None, names: Sequence[str], job: Job
) -> tuple[Floats, Known]:
    """Features ``(n, d)`` of n photos that are encoded, and the classes that they are compared with, if any are known.

    At least one photo. The names are of the learner's classes, in its order.
    """
    import numpy as np

    from spa_desktop.discover.grouping import Known, Space
    from spa_desktop.spa.config import SpaConfig
    from spa_desktop.spa.memory import Memory

    memory = learner.memory if learner is not None and learner.keys else None
    space = Space(memory, learner.config) if learner is not None and memory is not None else None
    known, rows = None if space is None else space.known(names), []
    for start in range(0, len(photos), _CHUNK):
        pooled = store.pooled(photos[start : start + _CHUNK], keep=False)
        if space is None:
            memory = Memory.for_photos([pooled], store.encoder.image_projection, SpaConfig(), store.encoder.prior)
            space = Space(memory, SpaConfig())
        rows.append(space.rows(pooled))
        job.advance(len(pooled))
    features: Floats = np.concatenate(rows)
    return features, known or Known.nothing(features.shape[1])


class _Package(ModuleType):
    """A module that is called as the function of its name."""

    def __call__(self, photos: Photos, classifier: Any = None, progress: bool = True) -> list[Group]:
        return discover(photos, classifier, progress)

    __call__.__doc__ = discover.__doc__


sys.modules[__name__].__class__ = _Package
