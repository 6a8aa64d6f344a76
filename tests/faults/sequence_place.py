"""Where sequences of verbs are done: photos, a tiny encoder and figures, shared by all of a run."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from spa_desktop.encoders import backbones
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.feature_store import as_kept
from tests.workbench.tiny import LOOKS, TinyEncoder, draw_photo

PHOTOS_OF_A_LOOK = 40


@dataclass
class Place:
    """What all sequences of a run share: photos, an encoder, features of the photos that are asked about, figures."""

    folder: Path
    encoder: TinyEncoder = field(default_factory=TinyEncoder)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.photos = {
            look: [
                draw_photo(self.folder / "photos" / f"{look}-{seed}.png", look, seed)
                for seed in range(PHOTOS_OF_A_LOOK)
            ]
            for look in LOOKS
        }
        probes = [draw_photo(self.folder / "probes" / f"{look}.png", look, 999) for look in LOOKS]
        encoded = list(encode_files(self.encoder, probes))
        self.pooled = torch.stack([one.pooled for one in encoded])
        self.patches = as_kept(self.encoder.project(torch.stack([one.patches for one in encoded])))


_now: list[Place] = []


@contextmanager
def place() -> Iterator[Place]:
    """A folder, in memory where there is such a file system, with the tiny encoder for every backbone."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(Path(name, "cache")))
        here = Place(Path(name))
        _now.append(here)
        encoder = here.encoder
        patch.setattr(backbones, "load_encoder", lambda *_, **__: encoder)
        try:
            yield here
        finally:
            _now.remove(here)


def place_of_now() -> Place:
    assert _now, "sequences are done within `place`"
    return _now[-1]
