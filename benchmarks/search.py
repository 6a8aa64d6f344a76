"""Search by words on real photos: ``python -m benchmarks.search FOLDER``.

FOLDER holds five data sets, each in ImageFolder form; all photos of a set are searched. Printed are, of the names of
its classes, how many of the 20 nearest photos are of the class; how many names of its classes are told to fit, and how
many names of other sets' classes are told not to, with the threshold that is chosen on the other sets: so that a share
of what is not there is taken to fit.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy import FINE, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.console import ConsoleJob
from spa_desktop.discover.search import FITS_FROM, PhotoSearch, joint_features
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.learning import readable_name
from spa_desktop.project.feature_cache import FeatureCache

NEAREST = 20
SIZES = (5, 20, 60, 200, 10_000)  # photos of a set that are searched: the threshold is for all sizes alike


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=[*INCREMENTS, *FINE])
    parser.add_argument("--false", type=float, default=0.1, help="share of absent names that may be told to fit")
    arguments = parser.parse_args()
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    photos: dict[str, tuple[torch.Tensor, np.ndarray]] = {}
    with ConsoleJob() as job:
        for name in arguments.sets:
            files = sorted((arguments.folder / name).glob("*/*/*.jpg"))
            refs = [PhotoRef.of(file) for file in files]
            joint = joint_features(store, refs, job)
            photos[name] = torch.stack([joint[ref.sha256] for ref in refs]), np.array([f.parent.name for f in files])
    classes = {name: sorted(set(labels)) for name, (_, labels) in photos.items()}
    fits: dict[tuple[str, int, bool], list[float]] = {}  # of set, size, and whether the words name what is there
    precision = {}
    for name, (joint, labels) in photos.items():
        for size in SIZES:
            chosen = np.random.RandomState(size).permutation(len(labels))[:size]
            search = PhotoSearch(encoder, joint[chosen])
            there = set(labels[chosen])
            asked = {words: search.find(readable_name(words)) for words in sorted(there)}
            fits[name, size, True] = [found.fit for found in asked.values()]
            others = [words for other, names in classes.items() if other != name for words in names]
            fits[name, size, False] = [search.find(readable_name(words)).fit for words in others]
        hits = [np.mean(labels[chosen[found.order[:NEAREST]]] == words) for words, found in asked.items()]
        precision[name] = 100 * float(np.mean(hits))
    rows = []
    for name in photos:
        threshold = _threshold(fits, [other for other in photos if other != name], 1 - arguments.false)
        cells = [
            (_share(fits[name, size, True], threshold), _share(fits[name, size, False], threshold)) for size in SIZES
        ]
        rows.append(
            (name, f"{precision[name]:.1f}", f"{threshold:.2f}", *(f"{a:.0f} / {100 - b:.0f}" for a, b in cells))
        )
    sizes = (*(f"{size} photos" for size in SIZES[:-1]), "all photos")
    print(markdown(("set", f"right of {NEAREST}", "threshold", *sizes), rows))
    print(f"\nchosen on all sets: {_threshold(fits, list(photos), 1 - arguments.false):.2f}; in the app: {FITS_FROM}")


def _share(fits: list[float], threshold: float) -> float:
    return 100 * float(np.mean(np.array(fits) >= threshold))


def _threshold(fits: dict[tuple[str, int, bool], list[float]], sets: list[str], share: float) -> float:
    """Below which this share of absent names lies, each set and size counting alike."""
    drawn = [
        np.quantile(found, np.linspace(0, 1, 101))
        for (name, _, is_there), found in fits.items()
        if name in sets and not is_there
    ]
    return float(np.quantile(np.concatenate(drawn), share))


if __name__ == "__main__":
    main()
