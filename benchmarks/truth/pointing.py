"""Where heat and phrases point: ``python -m benchmarks.truth.pointing ../shared/data``.

Boxes of the thing, drawn by looking, are in ``boxes.json`` (left, top, right and bottom as shares of the photo's sides;
several where there are several things). Is the brightest place inside, and how much heat is there for its area, inside
against outside?

Measured is what Explain shows, of a classifier that learned all classes of the set, ten photos of each; beside it what
it showed before, which was the selected patches alone, and the maps of descriptions: the cosine of patches with a text
or with the class's exemplars, seen from the means of everyday photos and of the phrase bank.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop import SpaClassifier
from spa_desktop.console import ConsoleJob
from spa_desktop.descriptions.bank import bank_features, load_bank
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import EXEMPLARS, choose_photos, readable_name
from spa_desktop.project.feature_cache import FeatureCache

Floats = NDArray[np.float32]
Crop = tuple[float, float, float, float]
BOXES = Path(__file__).with_name("boxes.json")
LEARNED = 10  # photos of each class
NOW, BEFORE = "Explain", "Explain before"


class Maps:
    """Heat by cosines, from patches of the photo and its mirror image."""

    def __init__(self, encoder: ClipEncoder, job: Job) -> None:
        self._encoder, self._job = encoder, job
        self._store = FeatureStore(encoder, FeatureCache())
        self._photo, self._patch = lite_files.read_everyday()
        self._bank = bank_features(load_bank(), encoder).mean(0)

    def by_text(self, photo: Path, text: str) -> Floats:
        """Heat ``(h, w)`` of a text."""
        feature = self._encoder.encode_texts([text]).sentence[0]
        return self._heat(photo, normalize(feature - self._bank, dim=0))

    def by_exemplars(self, photo: Path, photos: list[Path]) -> Floats:
        """Heat ``(h, w)`` of a class's exemplars."""
        shown = choose_photos(self._store, self._refs(photos), EXEMPLARS, seed=0)
        places = self._encoder.project(self._store.pooled(shown)[:, :2]).mean((0, 1))
        return self._heat(photo, normalize(places - self._photo, dim=0))

    def _heat(self, photo: Path, direction: Tensor) -> Floats:
        _, patches = next(self._store.iter_patches(self._refs([photo])))
        heat = normalize(patches[0, :2].mean(0) - self._patch, dim=-1) @ direction
        return (heat - heat.min()).reshape(self._encoder.grid).numpy()

    def _refs(self, photos: list[Path]) -> list[PhotoRef]:
        refs = [PhotoRef.of(path) for path in photos]
        self._store.ensure(refs, self._job)
        return refs


def real(data: Path, maps: Maps, encoder: ClipEncoder) -> Iterator[tuple[str, str, bool, float, float]]:
    """Data set, map, brightest place inside, heat for its area inside against outside, share of places inside."""
    learned: dict[str, SpaClassifier] = {}
    for name, boxes in json.loads(BOXES.read_text(encoding="utf-8")).items():
        path = data / name
        if not path.exists():
            continue
        data_set = path.parts[-4]
        if data_set not in learned:
            learned = {data_set: _learn(path.parents[2] / "train")}
        found = learned[data_set].explain(path)
        train = sorted((path.parents[2] / "train" / path.parent.name).glob("*.jpg"))
        shown = {
            NOW: found.heat,
            BEFORE: found.weights.reshape(found.grid),
            "text": maps.by_text(path, f"a photo of a {readable_name(path.parent.name)}."),
            "exemplars": maps.by_exemplars(path, train),
        }
        with Image.open(path) as photo:
            size = photo.size
        for title, heat in shown.items():
            inside = _inside(size, encoder.crop_box(size), boxes, heat.shape)
            here, there = heat[inside].mean(), heat[~inside].mean() if (~inside).any() else np.nan
            is_hit = bool(inside.flat[heat.argmax()])
            yield data_set, title, is_hit, float(here / max(there, 1e-6)), float(inside.mean())


def _learn(train: Path) -> SpaClassifier:
    files = [file for folder in sorted(train.iterdir()) for file in sorted(folder.glob("*.jpg"))[:LEARNED]]
    return SpaClassifier(writer=None, progress=False).fit(files, [file.parent.name for file in files])


def _inside(
    size: tuple[int, int], crop: Crop, boxes: list[float] | list[list[float]], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Which cells of a map ``(h, w)`` over the crop have their middle in a box."""
    (width, height), (left, top, right, bottom), (rows, columns) = size, crop, shape
    x = (left + (np.arange(columns) + 0.5) * (right - left) / columns) / width
    y = (top + (np.arange(rows) + 0.5) * (bottom - top) / rows) / height
    found = np.zeros(shape, bool)
    for box in np.atleast_2d(np.array(boxes)):
        found |= np.outer((y >= box[1]) & (y <= box[3]), (x >= box[0]) & (x <= box[2]))
    return found


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.pointing", description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    with ConsoleJob() as job:
        maps = Maps(encoder, job)
        cells = list(real(given.data, maps, encoder))
    print("| set | map | photos | brightest place inside, % | chance, % | heat inside / outside (median) |")
    print("|---|---|---|---|---|---|")
    sets = list(dict.fromkeys(cell[0] for cell in cells))
    for data in [*sets, "all"]:
        for title in dict.fromkeys(cell[1] for cell in cells):
            mine = [cell for cell in cells if cell[0] in (data, *(sets if data == "all" else ())) and cell[1] == title]
            hits, chance = 100 * mean(cell[2] for cell in mine), 100 * mean(cell[4] for cell in mine)
            ratio = median(cell[3] for cell in mine if not np.isnan(cell[3]))
            print(f"| {data} | {title} | {len(mine)} | {hits:.0f} | {chance:.0f} | {min(ratio, 99):.1f} |")


if __name__ == "__main__":
    main()
