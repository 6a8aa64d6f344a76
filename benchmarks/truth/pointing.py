"""Where heat and phrases point: ``python -m benchmarks.truth.pointing ../shared/data``.

Real photos: boxes of the thing, drawn by looking, in ``boxes.json`` (left, top, right and bottom as shares of the
photo's sides; several where there are several things). Is the brightest place inside, and how much heat is there for
its area, inside against outside? Drawn photos know their parts: is the brightest place of a phrase on the part, in
units of chance?

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
from spa_desktop.demo import DemoSet, draw_demo
from spa_desktop.descriptions.bank import bank_features, load_bank
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import EXEMPLARS, choose_photos, readable_name
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.recognizer import Explanation

Floats = NDArray[np.float32]
Crop = tuple[float, float, float, float]
BOXES = Path(__file__).with_name("boxes.json")
LEARNED = 10  # photos of each class
NOW, BEFORE = "Explain", "Explain before"
# True phrases with a part of the demo's things.
PARTS = {
    "fly agaric": {"red cap with white spots": "cap", "white spots": "spots", "pale stem": "stem"},
    "ladybird": {"red shell with black spots": "shell", "black head": "head"},
    "strawberry": {"green leaves": "leaves", "red flesh with seeds": "flesh"},
    "sunflower": {"yellow petals": "petals", "dark disc of seeds": "disc"},
    "polka-dot mug": {"handle of a mug": "handle", "round dots": "dots"},
    "soccer ball": {"black pentagons": "dark patches"},
    "zebra-striped vase": {"black and white stripes": "stripes"},
}


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


def drawn(folder: Path, maps: Maps, seed: int) -> Iterator[tuple[str, str, float, float]]:
    """Phrase, map, cover of the part at the brightest place, and mean cover, over test photos."""
    demo = draw_demo(folder, photos_per_class=12, test_per_class=10, with_parts=True, seed=seed)
    texts = {name: list(parts) for name, parts in PARTS.items()}
    model = SpaClassifier(writer=None, progress=False)
    for task in demo.tasks:
        model.partial_fit(*task.labelled(), {name: texts[name] for name in task.classes if name in texts})
    for task in demo.tasks:
        for name in (one for one in task.classes if one in texts):
            photos = task.photos(name, "test")
            found = [model.explain(photo, name) for photo in photos]
            for number, (phrase, part) in enumerate(PARTS[name].items()):
                shown = {
                    NOW: [one.heat if one.lights is None else one.lights[number] for one in found],
                    BEFORE: [_plan(one, number) for one in found],
                    "text": [maps.by_text(photo, phrase) for photo in photos],
                }
                for title, heats in shown.items():
                    covers = [
                        _cover(demo, photo, part, one.crop, heat.shape)
                        for photo, one, heat in zip(photos, found, heats, strict=True)
                    ]
                    best = mean(float(one.flat[heat.argmax()]) for one, heat in zip(covers, heats, strict=True))
                    yield f"{name}: {phrase}", title, best, mean(float(one.mean()) for one in covers)


def _plan(one: Explanation, phrase: int) -> Floats:
    """What a phrase takes of each patch."""
    found = np.zeros(one.grid[0] * one.grid[1], np.float32)
    found[one.selected] = one.plan[:, phrase]
    return found.reshape(one.grid)


def _cover(demo: DemoSet, photo: Path, part: str, crop: Crop, shape: tuple[int, ...]) -> Floats:
    """The share of each cell of a map over the crop that a part covers."""
    left, top, right, bottom = (round(edge) for edge in crop)
    with Image.open(demo.parts_of(photo)[part]) as mask:
        seen = mask.convert("L").crop((left, top, right, bottom))
    return np.asarray(seen.resize(shape[::-1], Image.Resampling.BOX), dtype=np.float32) / 255


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.pointing", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/truth/pointing"), help="for the demo's photos")
    parser.add_argument("--seed", type=int, default=0, help="of the demo's photos")
    given = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    with ConsoleJob() as job:
        maps = Maps(encoder, job)
        cells = list(real(given.data, maps, encoder))
        parts = list(drawn(given.out, maps, given.seed))
    print("| set | map | photos | brightest place inside, % | chance, % | heat inside / outside (median) |")
    print("|---|---|---|---|---|---|")
    sets = list(dict.fromkeys(cell[0] for cell in cells))
    for data in [*sets, "all"]:
        for title in dict.fromkeys(cell[1] for cell in cells):
            mine = [cell for cell in cells if cell[0] in (data, *(sets if data == "all" else ())) and cell[1] == title]
            hits, chance = 100 * mean(cell[2] for cell in mine), 100 * mean(cell[4] for cell in mine)
            ratio = median(cell[3] for cell in mine if not np.isnan(cell[3]))
            print(f"| {data} | {title} | {len(mine)} | {hits:.0f} | {chance:.0f} | {min(ratio, 99):.1f} |")
    titles = list(dict.fromkeys(part[1] for part in parts))
    print(f"\n| part at the brightest place, times chance | {' | '.join(titles)} |\n|---{'|---' * len(titles)}|")
    table = {(phrase, title): best / usual for phrase, title, best, usual in parts}
    phrases = list(dict.fromkeys(part[0] for part in parts))
    for phrase in phrases:
        print(f"| {phrase} | {' | '.join(f'{table[phrase, title]:.1f}' for title in titles)} |")
    means = [mean(table[phrase, title] for phrase in phrases) for title in titles]
    print(f"| mean | {' | '.join(f'{value:.1f}' for value in means)} |")


if __name__ == "__main__":
    main()
