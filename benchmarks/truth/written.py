"""The phrases that the offline writer shows for every class of the data sets, from all training photos of a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import torch

from spa_desktop.descriptions.model import ClassDescription, DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.descriptions.offline_writer import OfflineWriter, seen_from_everyday
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import everyday_of
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import EXEMPLARS, choose_photos, looks_of, readable_name
from spa_desktop.project.feature_cache import FeatureCache

SETS = ("caltech40", "grocery40", "ucmerced21", "flowers51", "birds50", "clothing", "hand_digits", "small7")


@dataclass(frozen=True)
class DescribedClass:
    """A class of a data set, the photos that show it, and what the writer says of it.

    Attributes:
        data, name: the class.
        exemplars: its photos.
        description: the text.
        nearest: the class whose photos are most like its own.
        seconds: that writing took, by the clock and of all cores.
    """

    data: str
    name: str
    exemplars: tuple[Path, ...]
    description: ClassDescription
    nearest: str
    seconds: tuple[float, float]


def described(
    data: Path, encoder: ClipEncoder, job: Job, sets: Sequence[str], most: int | None = None
) -> Iterator[DescribedClass]:
    """All classes of the sets that are there, each described beside the others of its set.

    Args:
        data: the folder of the data sets.
        encoder: the backbone.
        job: progress.
        sets: which; those of "one+another" are one problem.
        most: photos of a class, at the most.
    """
    writer = OfflineWriter(encoder)
    for name in sets:
        folders = sorted(path for part in name.split("+") for path in (data / part / "train").glob("*/"))
        photos = {path.name: sorted(path.glob("*.jpg"))[:most] for path in folders}
        if photos:
            yield from _described(name, photos, writer, encoder, job)


def _described(
    data: str, photos: Mapping[str, list[Path]], writer: OfflineWriter, encoder: ClipEncoder, job: Job
) -> Iterator[DescribedClass]:
    store = FeatureStore(encoder, FeatureCache(on_message=job.message))
    refs = {name: [PhotoRef.of(path) for path in files] for name, files in photos.items()}
    store.ensure([ref for several in refs.values() for ref in several], job)
    looks = looks_of(store, refs)
    shown = {
        name: choose_photos(store, several, EXEMPLARS, seed=0, looks=looks, own=name) for name, several in refs.items()
    }
    exemplars = {
        readable_name(name): tuple(Exemplar(ref.path, ref.sha256, partial(load, store, ref)) for ref in several)
        for name, several in shown.items()
    }
    everyday = everyday_of(encoder.name)
    assert everyday is not None, "the whole build is graded"
    directions = torch.stack([seen_from_everyday(encoder, some, *everyday)[0] for some in exemplars.values()])
    nearest = (directions @ directions.T).fill_diagonal_(-1).argmax(dim=1).tolist()
    for place, (name, several) in enumerate(shown.items()):
        own = readable_name(name)
        rivals = {other: found for other, found in exemplars.items() if other != own}
        start, computed = perf_counter(), process_time()
        text = writer.write(DescriptionRequest(own, exemplars[own], rivals), job)
        took = perf_counter() - start, process_time() - computed
        yield DescribedClass(data, name, tuple(ref.path for ref in several), text, [*shown][nearest[place]], took)


def load(store: FeatureStore, ref: PhotoRef) -> ExemplarFeatures:
    """The features of a photo as a writer asks for them."""
    return ExemplarFeatures(*store.load(ref))
