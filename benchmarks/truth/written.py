"""The phrases that the offline writer shows for every class of the data sets, from all training photos of a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spa_desktop.demo import draw_demo
from spa_desktop.descriptions.model import ClassDescription, DescriptionRequest, Exemplar, ExemplarFeatures
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import EXEMPLARS, choose_photos, looks_of, readable_name
from spa_desktop.project.feature_cache import FeatureCache

SETS = ("caltech40", "grocery40", "ucmerced21", "flowers51", "birds50")
DEMO = "demo"
DEMO_PHOTOS = 24


@dataclass(frozen=True)
class DescribedClass:
    """A class of a data set, the photos that show it, and what the writer says of it."""

    data: str
    name: str
    exemplars: tuple[Path, ...]
    description: ClassDescription


def described(
    data: Path, work: Path, encoder: ClipEncoder, job: Job, sets: tuple[str, ...]
) -> Iterator[DescribedClass]:
    """All classes of the sets that are there, each described beside the others of its set.

    Args:
        data: the folder of the data sets.
        work: where the demo's photos are drawn.
        encoder: the backbone.
        job: progress.
        sets: which.
    """
    writer = OfflineWriter(encoder)
    for name in sets:
        if name == DEMO:
            demo = draw_demo(work, photos_per_class=DEMO_PHOTOS, test_per_class=0)
            photos = {one: task.photos(one) for task in demo.tasks for one in task.classes}
            yield from _described(name, photos, writer, encoder, job)
        elif (data / name / "train").is_dir():
            folders = sorted(path for path in (data / name / "train").iterdir() if path.is_dir())
            photos = {path.name: sorted(path.glob("*.jpg")) for path in folders}
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
    for name, several in shown.items():
        own = readable_name(name)
        rivals = {other: found for other, found in exemplars.items() if other != own}
        text = writer.write(DescriptionRequest(own, exemplars[own], rivals), job)
        yield DescribedClass(data, name, tuple(ref.path for ref in several), text)


def load(store: FeatureStore, ref: PhotoRef) -> ExemplarFeatures:
    """The features of a photo as a writer asks for them."""
    return ExemplarFeatures(*store.load(ref))
