"""Kinds graded by WordNet: is what the offline writer says a thing to be an ancestor of what it is?

Each class's own noun is left out of what photos are compared with, so every class is as new as one that nobody named
to the image tower. Right senses are in ``senses.tsv``, given by looking at photos and glosses (set, class, synsets; of
flowers also the blossom, which is what is seen of them, of cartons also the carton), and in ``imagenet_samples``' own
labels. A kind is true if it is a right sense or an ancestor of one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.speed.table import markdown
from benchmarks.truth import written
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.descriptions.offline_writer import OfflineWriter, seen_from_everyday
from spa_desktop.descriptions.resemblance import Likeness, Resemblance, certain_meaning, resembled_kinds, said_of
from spa_desktop.descriptions.wordnet import ancestors, name_of, photographed_nouns
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import everyday_of
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import EXEMPLARS, choose_photos, looks_of, readable_name
from spa_desktop.project.feature_cache import FeatureCache

SINGLE = "imagenet_samples"  # a photo a class
SETS = (*written.SETS, SINGLE)
_FILE = Path(__file__).with_name("senses.tsv")
_PHOTOS = 10  # a class, of which exemplars are chosen
_GENERIC = "n11669921"  # flower: not what is left out for a class of flowers


@dataclass(frozen=True)
class Case:
    """A class, photos of it, and the synsets that its name means."""

    data: str
    name: str
    photos: tuple[Path, ...]
    right: tuple[str, ...]

    @property
    def own_nouns(self) -> frozenset[str]:
        """Nouns of the challenge that are this very thing or a kind of it."""
        right = set(self.right) - {_GENERIC}
        return frozenset(noun for noun in photographed_nouns() if right & set(ancestors(noun)))

    def is_true(self, kind: str) -> bool:
        """Whether the noun `kind` names a right sense, or what is above it."""
        return any(kind in map(name_of, ancestors(synset)) for synset in self.right)


@dataclass(frozen=True)
class Graded:
    """What was said of a class and whether it is true.

    Attributes:
        data, name: the class.
        unknown: kinds said by resemblance alone, as of a name that says nothing, with their verdicts.
        named: kinds said where the name is known to the writer.
        sense: whether the meaning of the name that was taken for certain is right; None where none was.
    """

    data: str
    name: str
    unknown: tuple[tuple[str, bool], ...]
    named: tuple[tuple[str, bool], ...]
    sense: bool | None


def cases(data: Path, sets: Sequence[str] = SETS) -> Iterator[Case]:
    """The classes of the sets that are there whose meaning is known."""
    if SINGLE in sets and (data / SINGLE / "labels.csv").exists():
        with (data / SINGLE / "labels.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield Case(SINGLE, row["name"], (data / SINGLE / row["file"],), (row["wnid"],))
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        name, label, right = line.split("\t")
        photos = sorted((data / name / "train" / label).glob("*.jpg"))[:_PHOTOS]
        if name in sets and photos:
            yield Case(name, label, tuple(photos), tuple(right.split()))


def graded(found: Sequence[Case], encoder: ClipEncoder, job: Job) -> Iterator[Graded]:
    """What the writer says of each class, own noun left out, as of an unknown name and of its own."""
    store = FeatureStore(encoder, FeatureCache(on_message=job.message))
    writer, resemblance, everyday = OfflineWriter(encoder), Resemblance(encoder), everyday_of(encoder.name)
    assert everyday is not None, "the whole build is graded"
    photos = {case: [PhotoRef.of(path) for path in case.photos] for case in found}
    store.ensure([ref for several in photos.values() for ref in several], job)
    looks = {
        data: looks_of(store, {case: refs for case, refs in photos.items() if case.data == data})
        for data in dict.fromkeys(case.data for case in found)
    }
    for case, refs in photos.items():
        exemplars = tuple(
            Exemplar(ref.path, ref.sha256, partial(written.load, store, ref))
            for ref in choose_photos(store, refs, EXEMPLARS, seed=0, looks=looks[case.data], own=case)
        )
        height = writer.height_of(seen_from_everyday(encoder, exemplars, *everyday)[0])
        likeness = resemblance.of(exemplars, height, case.own_nouns)
        unknown = [kind.name for kind in resembled_kinds(likeness, "")]
        sense, named = _named(case, likeness)
        yield Graded(
            case.data,
            case.name,
            tuple((kind, case.is_true(kind)) for kind in unknown),
            tuple((kind, case.is_true(kind)) for kind in named),
            sense,
        )


def _named(case: Case, likeness: Likeness | None) -> tuple[bool | None, list[str]]:
    name = readable_name(case.name)
    meaning = certain_meaning(name, likeness)
    if meaning is None:
        return None, [kind.name for kind in resembled_kinds(likeness, name)]
    synset = meaning.sense.synset
    is_right = any(synset in ancestors(right) for right in case.right)
    return is_right, [phrase for phrase in said_of(meaning, name) if phrase in meaning.kinds]


def kinds_table(found: Sequence[Graded]) -> str:
    """For each set: kinds said and true, as of an unknown name and of its own, and meanings taken and right."""
    groups = {name: [one for one in found if one.data == name] for name in dict.fromkeys(one.data for one in found)}
    rows = []
    for title, several in {**groups, "all": list(found)}.items():
        cells = [title, str(len(several))]
        for kinds in ([one.unknown for one in several], [one.named for one in several]):
            verdicts = [is_true for one in kinds for _, is_true in one]
            cells += [f"{sum(map(bool, kinds))}", *_share(verdicts)]
        cells += _share([one.sense for one in several if one.sense is not None])
        rows.append(tuple(cells))
    heads = ("classes with a kind", "kinds said", "true, %")
    titles = ("set", "classes", *heads, *(f"{head}, name known" for head in heads), "meanings taken", "right, %")
    return markdown(titles, rows)


def figures(found: Sequence[Graded]) -> dict[str, dict[str, float]]:
    """Per cent of the kinds that are true, of each set and of all: as of an unknown name, and name known."""
    per_cent: dict[str, dict[str, float]] = {"kinds": {}, "kinds_named": {}}
    for name in (*dict.fromkeys(one.data for one in found), "all"):
        some = [one for one in found if name in (one.data, "all")]
        for row, kinds in (("kinds", [o.unknown for o in some]), ("kinds_named", [o.named for o in some])):
            verdicts = [is_true for one in kinds for _, is_true in one]
            if verdicts:
                per_cent[row][name] = 100 * sum(verdicts) / len(verdicts)
    return per_cent


def _share(verdicts: Sequence[bool | None]) -> tuple[str, str]:
    right = f"{100 * sum(map(bool, verdicts)) / len(verdicts):.1f}" if verdicts else "-"
    return str(len(verdicts)), right


def false_kinds(found: Sequence[Graded]) -> list[str]:
    """What was said that is not true, a line a class."""
    lines = []
    for one in found:
        wrong = dict.fromkeys(kind for kind, is_true in (*one.unknown, *one.named) if not is_true)
        meaning = ["the meaning of its name"] if one.sense is False else []
        if wrong or meaning:
            lines.append(f"{one.data}/{one.name}: {', '.join([*wrong, *meaning])}")
    return lines
