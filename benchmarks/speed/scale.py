"""What many classes and photos cost: ``python -m benchmarks.speed.scale learning|project``.

`learning` teaches the method drawn features of spa-lite's size, task by task, read from a feature store whose cache is
in memory. `project` makes a project of so many classes and photos without files, and times what the app reads of it.
Prints Markdown tables, in the processor's seconds: other programs hardly change them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch.nn.functional import normalize

from benchmarks.speed.drawn import PHRASES
from benchmarks.speed.table import markdown
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.errors import SpaError
from spa_desktop.feature_store import FeatureStore, PhotoRef, quantized
from spa_desktop.spa.config import VIEWS
from spa_desktop.spa.learner import SpaLearner, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText

SEEN = 8  # photos of a class that differ in their patches; the others have the same ones again


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.scale", description=__doc__)
    parser.add_argument("what", choices=("learning", "project"))
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=100, help="of each class")
    parser.add_argument("--task", type=int, default=100, help="classes that are learned together")
    arguments = parser.parse_args()
    (learning if arguments.what == "learning" else project)(arguments.classes, arguments.photos, arguments.task)


class DrawnCache:
    """Stands in for the feature cache: features of any photo, drawn about its class, which its hash begins with."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder
        self._entries = lru_cache(maxsize=2)(self._drawn)

    def has(self, fingerprint: str, sha256: str) -> bool:
        return True

    def get_many(self, fingerprint: str, hashes: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        for place, sha256 in enumerate(hashes):
            entries = self._entries(int(sha256[:8], 16), "pooled" in fingerprint)
            yield place, entries[int(sha256[8:16], 16) % SEEN]

    def _drawn(self, number: int, is_pooled: bool) -> list[bytes]:
        encoder, random = self._encoder, torch.Generator().manual_seed(number)
        centre, (high, wide) = torch.rand(encoder.width, generator=random), encoder.grid
        if is_pooled:
            whole = (centre + 0.3 * torch.randn(SEEN, VIEWS, encoder.width, generator=random)).clamp_min(0)
            texture = normalize(torch.randn(SEEN, VIEWS, encoder.texture_width, generator=random), dim=-1)
            return [save({"pooled": one.clone()}) for one in torch.cat([whole, texture], dim=-1)]
        spread = 0.3 * torch.randn(SEEN, VIEWS, high * wide, encoder.dim, generator=random)
        levels, scales = quantized(normalize(centre @ encoder.image_projection + spread, dim=-1))
        return [save({"patches": one.clone(), "scale": two.clone()}) for one, two in zip(levels, scales, strict=True)]


def drawn_sample(store: FeatureStore, number: int, photos: int) -> ClassSamples:
    """Class `number`, with so many photos."""
    refs = [PhotoRef(Path("none"), f"{number:08x}{photo:08x}" + 48 * "0") for photo in range(photos)]
    phrases = normalize(
        torch.randn(PHRASES, store.encoder.dim, generator=torch.Generator().manual_seed(number)), dim=-1
    )
    text = ClassText(phrases[0], phrases[1], phrases)
    pooled = store.pooled(refs, keep=False)
    return ClassSamples(str(number), pooled, lambda: (part for _, part in store.iter_patches(refs)), text)


def learning(classes: int, photos: int, task: int) -> None:
    """All classes, task by task."""
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite", device="cpu")
    store = FeatureStore(encoder, DrawnCache(encoder))  # type: ignore[arg-type]
    learner = SpaLearner(encoder.image_projection, prior=encoder.prior)
    print(markdown(("classes", "photos", "this task, s of the processor", "all, s", "learner, MB", "peak, GB"), []))
    whole = 0.0
    for first in range(0, classes, task):
        began = time.process_time()
        count = min(task, classes - first)
        learner = learner.learn([drawn_sample(store, number, photos) for number in range(first, first + count)])
        spent = time.process_time() - began
        whole += spent
        known, size = first + count, len(to_bytes(learner)) / 1e6
        cells = f"{known:,}", f"{known * photos:,}", f"{spent:.0f}", f"{whole:.0f}", f"{size:.0f}", f"{_peak():.2f}"
        print("| " + " | ".join(cells) + " |", flush=True)


def project(classes: int, photos: int, task: int) -> None:
    """A project of so many classes, and what the app reads of it."""
    from spa_desktop.project.records import NewPhoto
    from spa_desktop.workbench import Workbench

    rows: list[tuple[str, str, str]] = []

    def timed(what: str, act: Callable[[], object]) -> None:
        began = time.process_time()
        try:
            said = str(act() or "")
        except SpaError as error:  # what breaks is what is asked
            said = f"{type(error).__name__}: {error}"[:120]
        rows.append((what, f"{time.process_time() - began:.2f}", said))
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        for kind in ("CACHE", "DATA", "CONFIG"):
            os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(Path(own) / kind.lower())
        path = Path(own) / "large.spa"
        picture = np.random.default_rng(0).bytes(4000)

        def filled(bench: Workbench) -> None:
            for first in range(0, classes, task):
                with bench.project.transaction("add", f"{first}") as tx:
                    into = tx.add_task(f"task {first}").id
                    for number in range(first, min(first + task, classes)):
                        key = tx.add_class(f"class {number:06d}", into).id
                        tx.add_photos(key, [_photo(NewPhoto, own, number, one, picture) for one in range(photos)])

        with Workbench.create(path) as bench:
            timed(f"{classes:,} classes with {photos} photos are added", lambda: filled(bench))
        with Workbench.open(path) as bench:
            timed("photo_counts", lambda: bench.project.photo_counts() and None)
            timed("all photos", lambda: bench.project.photos() and None)
            timed("what the next training would learn", lambda: bench.plan() and None)
            timed("advice", lambda: bench.data_advice() and None)
            timed("info", lambda: bench.info() and None)
            timed("check", lambda: bench.check() and None)
        timed("what the window reads", lambda: _contents(path))
        print()
        print(markdown(("what", "s of the processor", "ends with"), rows))
        print(f"\n{path.stat().st_size / 1e6:.0f} MB on the disk, {_peak():.2f} GB of memory at most")


def _photo(kind: type, folder: str, number: int, one: int, picture: bytes) -> object:
    name = f"{number}-{one}"
    split = "test" if one % 5 == 4 else "train"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return kind(Path(folder, f"{name}.jpg"), digest, split, 640, 480, 50_000, picture)


def _contents(path: Path) -> None:
    from spa_desktop.project import Project
    from spa_desktop.ui.app_state.contents import read_contents

    with Project.open(path, write=False) as opened:
        read_contents(opened)


def _peak() -> float:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9


if __name__ == "__main__":
    main()
