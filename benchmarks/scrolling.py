"""Scrolling a class of 10,000 photos from end to end: what `benchmarks.ui_latency` measures of it."""

from __future__ import annotations

import gc
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.speed.timing import held_memory

PHOTOS, PICTURES, STEPS = 10_000, 200, 300
STEP_MS = 16  # a frame of a screen


def draw_project(path: Path) -> Path:
    """A project with one class of 10,000 photos: thumbnails as large as real ones, of which few differ."""
    from spa_desktop.project import Project
    from spa_desktop.project.records import NewPhoto

    random = np.random.default_rng(0)
    thumbnails = []
    for _ in range(PICTURES):
        file = io.BytesIO()
        pixels = random.integers(0, 255, (15, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((160, 120)).save(file, "JPEG", quality=85)
        thumbnails.append(file.getvalue())

    def photos() -> Iterator[NewPhoto]:
        for index in range(PHOTOS):
            digest, picture = hashlib.sha256(str(index).encode()).hexdigest(), thumbnails[index % PICTURES]
            yield NewPhoto(Path(f"/drawn/{index}.jpg"), digest, "train", 640, 480, 9, picture)

    with Project.create(path, backbone="spa-lite", seed=0) as project, project.transaction("add", "drawn") as edit:
        edit.add_photos(edit.add_class("many", edit.add_task("one").id).id, photos())
    return path


def scroll(bench: Any, path: Path) -> tuple[Any, float]:
    """Open the project, scroll the class from its first photo to its last.

    Returns:
        the ticks of the window meanwhile, and how many megabytes more the process holds once all pictures have come.
    """
    draw_project(path)
    bench.context.close_project()
    bench.context.open_project(path)
    page = bench.window.page_of("classes")
    bench.window.show_page("classes")
    bench.wait(lambda: len(page.photo_model.photos) == PHOTOS and not bench.context.background.operations)
    bench.idle(1)
    gc.collect()
    before, bar = held_memory(), page.photos.verticalScrollBar()
    bench.metronome.start()
    for step in range(STEPS + 1):
        bar.setValue(bar.maximum() * step // STEPS)
        bench.breathe(STEP_MS)
    bench.breathe(500)
    bench.wait(lambda: not bench.context.background.operations)
    return bench.metronome.stop(), (held_memory() - before) / 1e6
