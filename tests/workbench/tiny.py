"""A real encoder that is small enough to run a hundred times a second, and photos that it can tell apart."""

import colorsys
import functools
import io
import shutil
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.demo import SPLITS, demo_tasks
from spa_desktop.descriptions.model import DescriptionRequest, Knowledge, PhraseSource, WrittenPhrase
from spa_desktop.descriptions.offline_writer import Facts, OfflineWriter
from spa_desktop.discover.grouping import Known, Space
from spa_desktop.encoders.features import ImageFeatures, TextFeatures, texture_of

# Hue, and how many stripes cross the photo.
LOOKS: Mapping[str, tuple[float, int]] = {
    "red": (0.0, 0),
    "green": (0.33, 0),
    "blue": (0.66, 0),
    "amber": (0.12, 4),
    "violet": (0.8, 4),
    "teal": (0.5, 4),
}


class TinyEncoder:
    """Nine patches through a fixed random map, their texture, and words as fixed random directions.

    Attributes:
        encoded: how many images it was asked for.
    """

    name, fingerprint, text_fingerprint = "tiny", "tiny-fingerprint", "tiny-texts"
    prior: Mapping[str, Tensor] = {}  # nothing is known of it
    width, texture_width, pooled_width, patch_width, dim, grid = 24, 10, 34, 24, 16, (3, 3)
    input_size, batch_size, context_length, logit_scale = 12, 8, 77, 20.0
    device = torch.device("cpu")
    has_maps = finds_things = False  # its texture is made of the patches themselves
    has_texts = takes_threads = True

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(0)
        self._map = torch.randn(3 * 16, self.width, generator=random)
        self.image_projection = torch.randn(self.width, self.dim, generator=random) / self.width**0.5
        self.encoded = 0
        self._lock = threading.Lock()

    def require_texts(self) -> None:
        """It reads some."""

    def release(self) -> None:
        """It has loaded nothing."""

    def preprocess(self, photo: Image.Image, *, quickly: bool = False) -> Tensor:
        small = photo.resize((self.input_size, self.input_size), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.asarray(small, dtype=np.float32) / 255).permute(2, 0, 1)

    def crop_box(self, photo_size: tuple[int, int]) -> tuple[float, float, float, float]:
        return (0.0, 0.0, float(photo_size[0]), float(photo_size[1]))

    def encode_images(self, images: Tensor, *, with_maps: bool = False) -> ImageFeatures:
        with self._lock:  # photos are encoded in several threads
            self.encoded += len(images)
        cells = images.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(len(images), 9, -1)
        patches = (cells @ self._map).relu()
        cells = patches.transpose(1, 2).unflatten(2, self.grid)
        texture = texture_of(cells, cells, torch.eye(24)[:, :4])
        return ImageFeatures(torch.cat([patches.mean(1), texture], dim=1), patches, self.grid)

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        return self._encoded(*texts)

    @classmethod
    @functools.cache
    def _encoded(cls, *texts: str) -> TextFeatures:
        """Nearly every test has the bank and the nouns encoded."""
        words = [[cls._word(word) for word in text.lower().split()] for text in texts]
        longest = max(map(len, words))
        tokens = torch.stack([torch.stack(row + [torch.zeros(cls.dim)] * (longest - len(row))) for row in words])
        mask = torch.tensor([[place < len(row) for place in range(longest)] for row in words])
        return TextFeatures(normalize(tokens.sum(1), dim=-1), tokens, mask)

    def project(self, features: Tensor) -> Tensor:
        return normalize(features[..., : self.width] @ self.image_projection, dim=-1)

    def token_count(self, text: str) -> int:
        return len(text.split()) + 2

    def fits(self, text: str) -> bool:
        return self.token_count(text) <= self.context_length

    @classmethod
    @functools.cache
    def _word(cls, word: str) -> Tensor:
        random = torch.Generator().manual_seed(zlib.crc32(word.encode()))
        return normalize(torch.randn(cls.dim, generator=random), dim=0)


def load_tiny(made: list[TinyEncoder] | None = None) -> Callable[..., TinyEncoder]:
    """Stands in for `load_encoder`; puts what it makes into `made`."""

    def load(name: str, **settings: Any) -> TinyEncoder:
        encoder = TinyEncoder()
        if made is not None:
            made.append(encoder)
        return encoder

    return load


def draw_photo(file: Path, look: str, seed: int) -> Path:
    """A photo of a thing that looks so; another seed gives another photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_drawn(look, seed, file.suffix))
    return file


@functools.cache
def _drawn(look: str, seed: int, suffix: str) -> bytes:
    """Content of a photo, drawn once a process."""
    hue, stripes = LOOKS[look]
    random = np.random.default_rng([zlib.crc32(look.encode()), seed])
    colour = np.float32(colorsys.hsv_to_rgb((hue + random.normal(0, 0.02)) % 1, 0.75, 0.7))
    wave = np.sin(np.linspace(0, 2 * np.pi * stripes, 24, endpoint=False) + random.uniform(0, 1)) * 0.25
    pixels = colour + wave[:, None, None] + random.normal(0, 0.06, (24, 24, 3))
    content = io.BytesIO()
    Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(content, Image.registered_extensions()[suffix])
    return content.getvalue()


def few_demo_photos(folder: Path, count: int, tasks: int = 3) -> Path:
    """Make a folder to stand in for `demo.PHOTOS`, with so many tasks, and photos of each class and split."""
    for task in demo_tasks()[:tasks]:
        for split in SPLITS:
            for name in task.classes:
                (folder / task.name / split / name).mkdir(parents=True)
                for photo in task.photos(name, split)[:count]:
                    shutil.copy(photo, folder / task.name / split / name)
    return folder


def draw_classes(folder: Path, looks: Sequence[str], *, train: int = 6, test: int = 3) -> Path:
    """`folder/train/LOOK/*.png` and `folder/test/LOOK/*.png`."""
    for look in looks:
        for seed in range(train + test):
            draw_photo(folder / ("train" if seed < train else "test") / look / f"{look}-{seed}.png", look, seed)
    return folder


def _six_phrases(writer: OfflineWriter, request: DescriptionRequest, *_: object) -> list[WrittenPhrase]:
    texts = (f"{request.class_name} all over", "fine grain", "soft edges", "square frame", "dull shine", "no shadow")
    known, shown = Knowledge("bank", 0.9, "said in a test"), request.exemplars
    return [
        WrittenPhrase(text, "offline", PhraseSource(n, shown[n].sha256, n, 0.5) if n < len(shown) else None, known)
        for n, text in enumerate(texts)
    ]


def writer_of_six_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The offline writer knows six phrases of every class, seen on its first exemplars.

    The tiny encoder resembles nothing, so the writer would rightly say nothing. What it would look up for that takes
    a third of a training.
    """
    monkeypatch.setattr(OfflineWriter, "_facts_of", lambda *_: Facts(None, (), frozenset()))
    monkeypatch.setattr(OfflineWriter, "_phrases", _six_phrases)


MORE_LOOKS = {"lime": (0.22, 1), "pink": (0.9, 0), "navy": (0.58, 0), "sand": (0.16, 7)}


def tell_looks_apart(monkeypatch: pytest.MonkeyPatch, near: float = 0.1) -> None:
    """Photos of one look are a group, and there are ten looks, of which two pairs are taken for one.

    In the tiny encoder's features all photos are alike: near each other they are so here as well, and far from each
    other they are not (random features of a Gaussian kernel, Rahimi and Recht 2007).
    """
    rows, known = Space.rows, Space.known

    def spread(space: Space, found: np.ndarray) -> np.ndarray:
        is_bare = not len(space._parts[0][0].counts)
        random, unit = np.random.RandomState(0), near if is_bare else 80 * near  # what was learned has its own
        angles = found @ (random.randn(found.shape[1], 256) / unit) + random.uniform(0, 2 * np.pi, 256)
        return (10 * np.cos(angles)).astype(np.float32)

    def spread_known(space: Space, names: Sequence[str]) -> Known:
        found = known(space, names)
        return Known(found.names, spread(space, found.means), found.counts)

    monkeypatch.setattr(Space, "rows", lambda space, pooled: spread(space, rows(space, pooled)))
    monkeypatch.setattr(Space, "known", spread_known)
    for look, how in MORE_LOOKS.items():
        monkeypatch.setitem(LOOKS, look, how)  # type: ignore[arg-type]
