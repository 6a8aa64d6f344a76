"""Where heat and phrases point: ``python -m benchmarks.truth.pointing ../shared/data``.

Real photos: boxes of the thing, drawn by looking, in ``boxes.json`` (left, top, right and bottom as shares of the
photo's sides). Is the brightest patch inside, and how much heat is there for its area, inside against outside? Drawn
photos know their parts: is the brightest patch of a phrase on the part, in units of chance?

Each is measured for two maps: the cosine of patches with a text, as it was before, and the same seen from the means of
everyday photos and of the phrase bank. For whole things, the class's exemplars take the place of the text as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.descriptions import coverage
from spa_desktop.class_exemplars import EXEMPLARS, choose_photos
from spa_desktop.class_text import readable_name
from spa_desktop.console import ConsoleJob
from spa_desktop.demo import draw_demo
from spa_desktop.descriptions.bank import bank_features, load_bank
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache

BOXES = Path(__file__).with_name("boxes.json")
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
    """Heat of photos, from patches of the photo and its mirror image."""

    def __init__(self, encoder: ClipEncoder, job: Job) -> None:
        self._encoder, self._job = encoder, job
        self._store = FeatureStore(encoder, FeatureCache())
        self._photo, self._patch = lite_files.read_everyday()
        self._bank = bank_features(load_bank(), encoder).mean(0)

    def patches(self, photos: list[Path]) -> Tensor:
        """``(n, N, D)``."""
        refs = [PhotoRef.of(path) for path in photos]
        self._store.ensure(refs, self._job)
        return torch.cat([part[:, :2].mean(1) for _, part in self._store.iter_patches(refs)])

    def by_text(self, patches: Tensor, text: str) -> dict[str, Tensor]:
        """Heat ``(n, N)`` of a text, plain and centred."""
        feature = self._encoder.encode_texts([text]).sentence[0]
        centred = normalize(feature - self._bank, dim=0)
        return {"text": patches @ feature, "text, centred": normalize(patches - self._patch, dim=-1) @ centred}

    def by_exemplars(self, patches: Tensor, photos: list[Path]) -> Tensor:
        """Heat ``(n, N)`` of a class's exemplars, centred."""
        refs = [PhotoRef.of(path) for path in photos]
        shown = choose_photos(self._store, refs, EXEMPLARS, seed=0)
        places = self._encoder.project(self._store.pooled(shown)[:, :2]).mean((0, 1))
        return normalize(patches - self._patch, dim=-1) @ normalize(places - self._photo, dim=0)


def real(data: Path, maps: Maps, encoder: ClipEncoder) -> Iterator[tuple[str, str, bool, float, float]]:
    """Data set, map, brightest patch inside, heat for its area inside against outside, share of patches inside."""
    for name, box in json.loads(BOXES.read_text(encoding="utf-8")).items():
        path = data / name
        if not path.exists():
            continue
        patches = maps.patches([path])
        inside = _inside(path, box, encoder)
        found = maps.by_text(patches, f"a photo of a {readable_name(path.parent.name)}.")
        train = sorted((path.parents[2] / "train" / path.parent.name).glob("*.jpg"))
        maps._store.ensure([PhotoRef.of(one) for one in train], maps._job)
        found["exemplars, centred"] = maps.by_exemplars(patches, train)
        for title, heat in found.items():
            warmth = heat[0] - heat[0].min()
            here, there = float(warmth[inside].mean()), float(warmth[~inside].mean()) if (~inside).any() else np.nan
            yield (
                path.parts[-4],
                title,
                bool(inside[int(warmth.argmax())]),
                here / max(there, 1e-6),
                float(inside.float().mean()),
            )


def _inside(path: Path, box: list[float], encoder: ClipEncoder) -> Tensor:
    """Which patches have their middle in the box, ``(N,)`` bool."""
    with Image.open(path) as photo:
        width, height = photo.size
    left, top, right, bottom = encoder.crop_box((width, height))
    rows, columns = encoder.grid
    x = (left + (np.arange(columns) + 0.5) * (right - left) / columns) / width
    y = (top + (np.arange(rows) + 0.5) * (bottom - top) / rows) / height
    in_x, in_y = (x >= box[0]) & (x <= box[2]), (y >= box[1]) & (y <= box[3])
    return torch.from_numpy(np.outer(in_y, in_x).ravel())


def drawn(folder: Path, maps: Maps, encoder: ClipEncoder) -> Iterator[tuple[str, str, float, float]]:
    """Phrase, map, cover of the part at the brightest patch, and mean cover, over test photos."""
    demo = draw_demo(folder, photos_per_class=6, test_per_class=10, with_parts=True)
    for task in demo.tasks:
        for name in task.classes:
            photos = task.photos(name, "test")
            patches = maps.patches(photos)
            for phrase, part in PARTS.get(name, {}).items():
                covers = torch.stack([coverage(demo.parts_of(photo)[part], encoder) for photo in photos])
                for title, heat in maps.by_text(patches, phrase).items():
                    best = covers.gather(1, heat.argmax(1, keepdim=True))[:, 0]
                    yield f"{name}: {phrase}", title, float(best.mean()), float(covers.mean())


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.pointing", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/truth/pointing"), help="for the demo's photos")
    given = parser.parse_args()
    encoder = load_encoder("spa-lite")
    with ConsoleJob() as job:
        maps = Maps(encoder, job)
        cells = list(real(given.data, maps, encoder))
        parts = list(drawn(given.out, maps, encoder))
    print("| set | map | photos | brightest patch inside, % | chance, % | heat inside / outside |")
    print("|---|---|---|---|---|---|")
    for data in dict.fromkeys(cell[0] for cell in cells):
        for title in dict.fromkeys(cell[1] for cell in cells):
            mine = [cell for cell in cells if cell[:2] == (data, title)]
            hits, chance = 100 * mean(cell[2] for cell in mine), 100 * mean(cell[4] for cell in mine)
            ratio = float(np.nanmedian([cell[3] for cell in mine]))
            print(f"| {data} | {title} | {len(mine)} | {hits:.0f} | {chance:.0f} | {ratio:.2f} (median) |")
    print("\n| phrase and part | map | part at the brightest patch, times chance |\n|---|---|---|")
    for phrase, title, best, usual in parts:
        print(f"| {phrase} | {title} | {best / usual:.2f} |")
    for title in dict.fromkeys(part[1] for part in parts):
        print(f"| mean | {title} | {mean(best / usual for _, other, best, usual in parts if other == title):.2f} |")


if __name__ == "__main__":
    main()
