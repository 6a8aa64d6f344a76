"""Names of the groups that are found, graded by WordNet: ``python -m benchmarks.names FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form. The first training photos of a set are a pile that is grouped.
Of groups of which four fifths are one class every name is graded by what the class means (``truth/senses.tsv``):
*telling* is what is true of it and of at most a quarter of the pile, *empty* what is true of more, else it is false.
All groups of a pile are asked of at once, or `--at-a-time`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import torch

from benchmarks.calibration import SETS
from benchmarks.speed.table import markdown
from benchmarks.truth.kinds import cases
from spa_desktop.discover import ASKED, features_of
from spa_desktop.discover.names import Namer, names_apart
from spa_desktop.discover.pile import Pile
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache

PURE = 0.8
PHOTOS, MORE = 12, 30  # of a class; where there are at most ten classes
GRADES = ("groups", "telling", "empty", "false")


def main() -> None:
    """Group, name, grade and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--at-a-time", type=int, default=1_000_000, help="groups")
    given = parser.parse_args()
    torch.set_grad_enabled(False)
    store = FeatureStore(load_encoder("spa-lite"), FeatureCache())
    found = {name: graded(given.folder, name, store, given.at_a_time) for name in given.sets}
    found["all"] = sum(found.values(), Counter())
    print(markdown(("set", *GRADES), [(name, *(str(of[grade]) for grade in GRADES)) for name, of in found.items()]))


def graded(folder: Path, name: str, store: FeatureStore, at_a_time: int) -> Counter[str]:
    """How many groups of one class a pile falls into, and how many names of them are telling, empty and false."""
    meant = {case.name: case for case in cases(folder, (name,))}
    classes = sorted((folder / name / "train").glob("*/"))
    most = PHOTOS if len(classes) > 10 else MORE
    refs = [PhotoRef.of(path) for one in classes for path in sorted(one.glob("*.jpg"))[:most]]
    of_pile = Counter(ref.path.parent.name for ref in refs)
    store.ensure(refs, Job())
    pile = Pile(list(map(str, range(len(refs)))), *features_of(store, refs, None, [], Job()))
    pile.regroup()
    groups = [[refs[int(place)] for place in group.photos] for group in pile.groups]
    evidence = Namer(store.encoder).evidence_of(store.pooled(photos[:ASKED], keep=False) for photos in groups)
    starts = range(0, len(groups), at_a_time)
    named = [names for start in starts for names in names_apart(evidence[start : start + at_a_time])]
    found = Counter[str]()
    for photos, names in zip(groups, named, strict=True):
        own, count = Counter(ref.path.parent.name for ref in photos).most_common(1)[0]
        if count >= PURE * len(photos):
            found["groups"] += 1
            for said in names:
                fitting = [one for one in of_pile if one in meant and meant[one].is_true(said.name)]
                is_empty = sum(of_pile[one] for one in fitting) > len(refs) / 4
                found["false" if own not in fitting else "empty" if is_empty else "telling"] += 1
    return found


if __name__ == "__main__":
    main()
