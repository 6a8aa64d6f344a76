"""Features drawn from known Gaussians, and a small encoder with photos for it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.bench.baselines import Photos, TaskData
from spa_desktop.encoders.features import ImageFeatures, TextFeatures

WIDTH = 12


class DrawnEncoder:
    """Projects with a fixed matrix; the text of "a photo of a class 3." is the direction of class 3."""

    width = WIDTH

    def __init__(self, means: Tensor) -> None:
        self._means = means
        self.texts: list[str] = []

    def project(self, features: Tensor) -> Tensor:
        return normalize(features, dim=-1)

    def encode_texts(self, texts: list[str]) -> TextFeatures:
        self.texts += texts
        rows = torch.stack([self._means[int(text.rstrip(".").split()[-1])] for text in texts])
        sentence = normalize(rows, dim=-1)
        return TextFeatures(sentence, sentence[:, None], torch.ones(len(texts), 1, dtype=torch.bool))


class Drawn:
    """Classes far enough apart to learn, near enough to err; view 1 is view 0 with a little noise."""

    def __init__(
        self, classes: int = 6, *, train: int = 20, test: int = 40, spread: float = 1.2, seed: int = 0
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.means = 2 * torch.rand(classes, WIDTH, generator=random) + 3
        self.encoder = DrawnEncoder(self.means)
        # One shared covariance, far from round.
        self._mix = spread * torch.randn(WIDTH, WIDTH, generator=random) / WIDTH**0.5
        self.train = [self._draw(c, train, random) for c in range(classes)]
        self.test = [self._draw(c, test, random) for c in range(classes)]

    def task(self, classes: range) -> TaskData:
        labels = torch.repeat_interleave(
            torch.arange(len(classes)), torch.tensor([len(self.train[c]) for c in classes])
        )
        return TaskData(
            pooled=torch.cat([self.train[c] for c in classes]),
            patches=lambda: iter(()),
            labels=labels,
            class_names=tuple(f"class_{c}" for c in classes),
            encoder=self.encoder,
        )

    def photos(self, classes: range) -> Photos:
        return Photos(torch.cat([self.test[c] for c in classes]), lambda: iter(()))

    def labels(self, classes: range) -> Tensor:
        return torch.repeat_interleave(torch.arange(len(classes)), torch.tensor([len(self.test[c]) for c in classes]))

    def _draw(self, c: int, count: int, random: torch.Generator) -> Tensor:
        rows = (self.means[c] + torch.randn(count, WIDTH, generator=random) @ self._mix).clamp(min=0.01)
        mirrored = (rows + 0.1 * torch.randn(count, WIDTH, generator=random)).clamp(min=0.01)
        return torch.stack([rows, mirrored], dim=1)


@pytest.fixture
def draw() -> Callable[..., Drawn]:
    """Makes a data set of drawn features: `draw(classes, train=..., test=..., spread=..., seed=...)`."""
    return Drawn


class TinyEncoder:
    """A real, small encoder: a fixed random map of each quarter of the photo. Counts what it is asked to encode."""

    name, fingerprint, text_fingerprint = "tiny", "tiny-fingerprint", "tiny-texts"
    prior: Mapping[str, Tensor] = {}  # nothing is known of it
    width, pooled_width, patch_width, dim, grid = 24, 24, 24, 24, (2, 2)
    input_size, batch_size, logit_scale = 8, 4, 10.0
    device = torch.device("cpu")

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(0)
        self._map = torch.randn(3 * 16, self.width, generator=random)
        self.encoded = 0
        self._lock = threading.Lock()

    def preprocess(self, photo: Image.Image) -> Tensor:
        pixels = np.asarray(photo.resize((8, 8)), dtype=np.float32) / 255
        return torch.from_numpy(pixels).permute(2, 0, 1)

    def encode_images(self, images: Tensor, *, with_maps: bool = False) -> ImageFeatures:
        with self._lock:  # photos are encoded in several threads
            self.encoded += len(images)
        cells = images.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(len(images), 4, -1)
        patches = (cells @ self._map).relu()
        return ImageFeatures(patches.mean(1), patches, self.grid)

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        rows = torch.stack([torch.randn(24, generator=torch.Generator().manual_seed(len(text))) for text in texts])
        sentence = normalize(rows, dim=-1)
        return TextFeatures(sentence, sentence[:, None], torch.ones(len(texts), 1, dtype=torch.bool))

    def project(self, features: Tensor) -> Tensor:
        return normalize(features, dim=-1)


@pytest.fixture
def tiny() -> TinyEncoder:
    return TinyEncoder()


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    """Four classes by colour, three photos for training and two for testing each, with noise of its own."""
    random = np.random.default_rng(0)
    for c, colour in {
        "red": (200, 40, 40),
        "green": (40, 200, 40),
        "blue": (40, 40, 200),
        "grey": (90, 90, 90),
    }.items():
        for part, count in (("train", 3), ("test", 2)):
            folder = tmp_path / "colours" / part / c
            folder.mkdir(parents=True)
            for i in range(count):
                pixels = np.clip(np.array(colour) + random.integers(-40, 40, (12, 12, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return tmp_path / "colours"
