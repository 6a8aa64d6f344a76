"""What many classes and photos cost: ``python -m benchmarks.speed.scale learning|project|results``.

`learning` teaches the method drawn features of spa-lite's size, task by task, read from a feature store whose cache is
in memory. `project` makes a project of so many classes and photos without files, and times what the app reads of it.
`results` opens the page Results on such a project, a fifth of whose test photos are answered wrong. Prints Markdown
tables, in the processor's seconds: other programs hardly change them.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch.nn.functional import normalize

from benchmarks.speed.drawn import PHRASES, grown
from benchmarks.speed.table import markdown
from benchmarks.speed.timing import held_memory, peak_memory
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.errors import SpaError
from spa_desktop.feature_store import FeatureStore, PhotoRef, quantized
from spa_desktop.spa.config import VIEWS
from spa_desktop.spa.learner import SpaLearner, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText
from spa_desktop.workbench import overview, recognition, training

if TYPE_CHECKING:
    from PySide6.QtWidgets import QScrollBar

    from benchmarks.ui_latency import Bench
    from spa_desktop.workbench.open_project import OpenProject

SEEN = 8  # photos of a class that differ in their patches; the others have the same ones again


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.scale", description=__doc__)
    parser.add_argument("what", choices=("learning", "project", "results"))
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=100, help="of each class")
    parser.add_argument("--task", type=int, default=100, help="classes that are learned together")
    arguments = parser.parse_args()
    globals()[arguments.what](arguments.classes, arguments.photos, arguments.task)


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
        cells = (
            f"{known:,}",
            f"{known * photos:,}",
            f"{spent:.0f}",
            f"{whole:.0f}",
            f"{size:.0f}",
            f"{peak_memory() / 1e9:.2f}",
        )
        print("| " + " | ".join(cells) + " |", flush=True)


def project(classes: int, photos: int, task: int) -> None:
    """A project of so many classes, and what the app reads of it."""
    from spa_desktop.workbench.open_project import OpenProject

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
        with OpenProject.create(path) as bench:
            timed(
                f"{classes:,} classes with {photos} photos are added", lambda: _fill(bench, own, classes, photos, task)
            )
        with OpenProject.open(path) as bench:
            timed("photo_counts", lambda: bench.project.photo_counts() and None)
            timed("all photos", lambda: bench.project.photos() and None)
            timed("what the next training would learn", lambda: training.plan(bench) and None)
            timed("advice", lambda: overview.project_advice(bench) and None)
            timed("info", lambda: overview.overview(bench) and None)
            timed("check", lambda: recognition.check(bench) and None)
        timed("what the window reads", lambda: _contents(path))
        print()
        print(markdown(("what", "s of the processor", "ends with"), rows))
        print(f"\n{path.stat().st_size / 1e6:.0f} MB on the disk, {peak_memory() / 1e9:.2f} GB of memory at most")


def results(classes: int, photos: int, task: int) -> None:
    """The page Results of a project with so many classes: seconds of the window's thread, and its longest tick."""
    from PySide6.QtCore import QTimer

    from benchmarks.ui_latency import Bench  # Qt before all else of it
    from spa_desktop.workbench.open_project import OpenProject

    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        for kind in ("CACHE", "DATA", "CONFIG"):
            os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(Path(own) / kind.lower())
        path = Path(own) / "large.spa"
        with OpenProject.create(path) as bench:
            _fill(bench, own, classes, photos, task)
            _learned(bench)
        window = Bench(Path(own))
        window.context.open_project(path)
        window.wait(lambda: window.context.contents is not None and not window.context.background.operations)
        window.idle(2)
        page, held, rows = window.window.page_of("results"), held_memory(), []

        def timed(what: str, act: Callable[[], object], is_done: Callable[[], bool] = lambda: True) -> None:
            spent, most = time.thread_time(), [0.0]
            last = [spent]

            def tick() -> None:
                most[0], last[0] = max(most[0], time.thread_time() - last[0]), time.thread_time()

            timer = QTimer(interval=5)
            timer.timeout.connect(tick)
            timer.start()
            act()
            window.wait(lambda: is_done() and not window.context.background.operations)
            window.breathe(1000)
            timer.stop()
            rows.append((what, f"{time.thread_time() - spent:.2f}", f"{1000 * most[0]:.0f}"))
            print(rows[-1], flush=True)

        timed("the page opens", lambda: window.window.show_page("results"), lambda: page.report is not None)
        order = page.parts.order

        def in_order(name: str) -> None:
            order.setCurrentIndex(order.findData(name))
            page._on_order()

        timed("similar classes together", lambda: in_order("similar"))
        timed("a group of classes opens", lambda: page.parts.groups.open(*page.parts.groups.groups[:1] * 2))
        timed("in order of learning again", lambda: in_order("learning"))
        timed("a class is chosen", lambda: window.context.choose_class(page.report.classes[classes // 2].id))
        timed("a hundred scroll steps", lambda: _scroll(window, page.parts.verticalScrollBar()))
        print()
        print(markdown(("what", "s of the window's thread", "ms at most between two ticks"), rows))
        more, peak = (held_memory() - held) / 1e6, peak_memory() / 1e9
        print(f"\n{more:.0f} MB more than before the page was opened, {peak:.2f} GB at most")
        window.context.shutdown()


def _scroll(window: Bench, bar: QScrollBar) -> None:
    for step in range(100):
        bar.setValue(bar.maximum() * step // 99)
        window.breathe(16)


def _fill(bench: OpenProject, folder: str, classes: int, photos: int, task: int) -> None:
    """Classes with photos, of which every fifth is to test with, whose files are nowhere."""
    from spa_desktop.project.records import NewPhoto

    def photo(number: int, one: int) -> NewPhoto:
        name, split = f"{number}-{one}", "test" if one % 5 == 4 else "train"
        digest, picture = hashlib.sha256(name.encode()).hexdigest(), io.BytesIO()
        Image.effect_noise((16, 12), 60).resize((160, 120)).save(picture, "JPEG")
        return NewPhoto(Path(folder, f"{name}.jpg"), digest, split, 640, 480, 50_000, picture.getvalue())

    for first in range(0, classes, task):
        with bench.project.transaction("add", f"{first}") as tx:
            into = tx.add_task(f"task {first}").id
            for number in range(first, min(first + task, classes)):
                key = tx.add_class(f"class {number:06d}", into).id
                tx.add_photos(key, [photo(number, one) for one in range(photos)])


def _learned(bench: OpenProject) -> None:
    """All classes are learned, task by task, and test photos answered, a fifth wrong: drawn, not computed."""
    from spa_desktop.project.records import TestAnswer
    from spa_desktop.workbench.evaluating import stage_counts

    encoder, project = load_encoder("spa-lite", device="cpu"), bench.project
    memory = grown(None, 2, encoder).memory
    assert memory is not None, "it was learned"
    draw, known = np.random.default_rng(0), []
    tests = {one.id: one for one in project.photos(split="test")}
    for number, task in enumerate(project.tasks()):
        known += (new := project.classes(task.id))
        twin, ids = memory.copy(), [one.id for one in known]
        twin.classes = [replace(memory.classes[place % 2], key=str(key)) for place, key in enumerate(ids)]
        for one in twin.gaussians:
            places = torch.arange(len(ids)) % 2
            one.counts, one.means, one.factors = one.counts[places], one.means[places], one.factors[places]
        answers = []
        for one in tests.values():
            if one.class_id in ids:
                first, *others = draw.choice(ids, size=min(5, len(ids)), replace=False).tolist()
                best = first if draw.random() < 0.2 else one.class_id
                rest = [key for key in others if key != best][:3]
                answers.append(TestAnswer(one.id, (best, *rest), (0.7, *[0.1] * len(rest))))
        learned = [photo.id for one in new for photo in project.photos(one.id, split="train")]
        with project.transaction("train", task.name) as tx:
            if not number:
                bench.bind_backbone(tx)
            tx.put_learner(
                to_bytes(SpaLearner(encoder.image_projection, memory=twin)),
                based_on=project.learner_info(),
                task_id=task.id,
                class_ids=ids,
                trained_class_ids=[one.id for one in new],
                learned_photo_ids=learned,
            )
            tx.put_evaluation(task.id, stage_counts(answers, tests, known), answers)


def _contents(path: Path) -> None:
    from spa_desktop.project import Project
    from spa_desktop.ui.app_state.contents import read_contents

    with Project.open(path, write=False) as opened:
        read_contents(opened)


if __name__ == "__main__":
    main()
