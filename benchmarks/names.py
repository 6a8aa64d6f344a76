"""Names for groups, graded by WordNet: ``python -m benchmarks.names FOLDER``.

A group is a class of a data set, at most 15 of its training photos, or ImageNet's samples of the nouns right below one
kind. ``--found`` takes instead the groups that are found among all of these photos of a set, where four fifths of a
group are of one class. A name is right if it is what the class is (``truth/senses.tsv``) or a kind at most so many
steps above it; it is true if it is any kind above it. The nouns that the image tower was trained on and that are the
class, or a kind of it, are left out of all that is thought of; once more with all nouns, as the app uses them.

``--choose`` takes the numbers by which names are chosen from all sets but one, and grades that one with them.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.table import markdown
from benchmarks.truth.kinds import SINGLE, Case, cases
from spa_desktop.console import ConsoleJob
from spa_desktop.descriptions.wordnet import ancestors, is_telling, name_of, steps_up
from spa_desktop.discover import names, propose
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache

PHOTOS, PURE = 15, 0.8
SIBLINGS = range(3, 21)
# Sharpnesses, least share and power of the nouns without a text: what --choose tries.
GRID = list(product(((1.0, 0.5), (1.5, 0.75), (2.0, 1.0), (1.5,)), (0.15, 0.2, 0.3), (0.25, 0.5, 0.75)))


@dataclass(frozen=True)
class Graded:
    """What a group was called.

    Attributes:
        steps: of each name, how many it is above what the group is; None where it is not true.
    """

    data: str
    name: str
    names: tuple[names.Name, ...]
    steps: tuple[int | None, ...]

    def is_right(self, most: int) -> bool:
        """Whether one of the names is at most so many steps above what the group is."""
        return any(one is not None and one <= most for one in self.steps)


def main() -> None:
    """Name, grade and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--found", action="store_true", help="grade the groups that are found among the photos")
    parser.add_argument("--all", action="store_true", help="list all names")
    given = parser.parse_args()
    encoder = load_encoder("spa-lite")
    with ConsoleJob() as job:
        store = FeatureStore(encoder, FeatureCache(on_message=job.message))
        groups = list(groups_of(given.folder))
        if given.found:
            groups = list(found_among(groups, store, job))
        heights = heights_of(groups, store, job)
    if given.choose:
        print(table(chosen(groups, heights)))
        return
    found = graded(groups, heights)
    print(table(found))
    print("\nWith all nouns:\n")
    print(table(graded(groups, heights, leave_out=False)))
    if given.all:
        for one in found:
            said = [f"{name.name} {name.share:.2f} ({at})" for name, at in zip(one.names, one.steps, strict=True)]
            print(f"{one.data}/{one.name}: {', '.join(said) or 'nothing'}")


def groups_of(data: Path) -> Iterator[Case]:
    """Classes, each with training photos; and kinds, with a sample of each noun right below."""
    below: dict[str, list[Path]] = defaultdict(list)
    for case in cases(data):
        if case.data != SINGLE:
            folder = data / case.data / "train" / case.name
            yield replace(case, photos=tuple(sorted(folder.glob("*.jpg"))[:PHOTOS]))
            continue
        for kind in ancestors(case.right[0])[1:2]:
            below[kind] += case.photos
    for kind, photos in below.items():
        if len(photos) in SIBLINGS and is_telling(kind):
            yield Case(SINGLE, name_of(kind), tuple(photos), (kind,))


def found_among(classes: Sequence[Case], store: FeatureStore, job: Job) -> Iterator[Case]:
    """The groups found in the photos of each set that are nearly all of one class."""
    for data in dict.fromkeys(case.data for case in classes if case.data != SINGLE):
        case_of = {path: case for case in classes if case.data == data for path in case.photos}
        paths = list(case_of)
        for group in propose(store, list(map(PhotoRef.of, paths)), paths, job):
            case, count = Counter(case_of[path] for path in group.photos).most_common(1)[0]
            if count >= PURE * len(group.photos):
                yield replace(case, photos=tuple(group.photos))


def heights_of(groups: Sequence[Case], store: FeatureStore, job: Job) -> list[NDArray[np.float32]]:
    """What the namer goes by, of each group."""
    photos = [[PhotoRef.of(path) for path in case.photos] for case in groups]
    store.ensure([ref for several in photos for ref in several], job)
    return names.Namer(store.encoder).heights_of(store.pooled(several, keep=False) for several in photos)


def graded(groups: Sequence[Case], heights: Sequence[NDArray[np.float32]], *, leave_out: bool = True) -> list[Graded]:
    """The names of groups and what they are worth."""
    found = []
    for case, one in zip(groups, heights, strict=True):
        named = names.best_names(one, left_out=_own_nouns(case) if leave_out else ())
        above: dict[str, int] = {}
        for right in case.right:
            for kind, steps in steps_up(right).items():
                above[name_of(kind)] = min(steps, above.get(name_of(kind), steps))
        found.append(Graded(case.data, case.name, named, tuple(above.get(name.name) for name in named)))
    return found


@cache
def _own_nouns(case: Case) -> frozenset[str]:
    return case.own_nouns


def chosen(groups: Sequence[Case], heights: Sequence[NDArray[np.float32]]) -> list[Graded]:
    """Each set graded with the numbers that are best for the others: right names less false ones."""
    tried: dict[tuple[object, ...], list[Graded]] = {}
    kept = names._SHARPNESS, names._LEAST, names._UNNAMED
    for numbers in GRID:
        names._SHARPNESS, names._LEAST, names._UNNAMED = numbers
        tried[numbers] = graded(groups, heights)
    names._SHARPNESS, names._LEAST, names._UNNAMED = kept
    sets = list(dict.fromkeys(case.data for case in groups))

    def worth(numbers: tuple[object, ...], data: str) -> float:
        mine = [one for one in tried[numbers] if one.data == data]
        right = sum(one.is_right(2) + one.is_right(3) for one in mine) / 2 / len(mine)
        said = [step is None for one in mine for step in one.steps]
        return right - sum(said) / max(len(said), 1) * sum(bool(one.names) for one in mine) / len(mine)

    found = []
    for data in sets:
        best = max(tried, key=lambda numbers: sum(worth(numbers, other) for other in sets if other != data))
        print(f"{data}: {best}")
        found += [one for one in tried[best] if one.data == data]
    print(f"all: {max(tried, key=lambda numbers: sum(worth(numbers, data) for data in sets))}")
    return found


def table(found: Sequence[Graded]) -> str:
    """For each set: how many groups have a right name among theirs, and how many of the names are true."""
    rows = []
    sets = dict.fromkeys(one.data for one in found)
    for title, several in {**{data: [one for one in found if one.data == data] for data in sets}, "all": found}.items():
        said = [step is not None for one in several for step in one.steps]
        right = [f"{100 * sum(one.is_right(most) for one in several) / len(several):.0f}" for most in (3, 2, 0)]
        false = sum(bool(one.names) and not any(step is not None for step in one.steps) for one in several)
        named = sum(bool(one.names) for one in several)
        true = f"{100 * sum(said) / max(len(said), 1):.0f}"
        rows.append((title, str(len(several)), str(named), *right, str(len(said)), true, str(false)))
    titles = ("set", "groups", "named", "right within 3 steps, %", "2 steps, %", "the very noun, %")
    return markdown((*titles, "names", "true, %", "groups with false names only"), rows)


if __name__ == "__main__":
    main()
