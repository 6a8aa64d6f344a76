"""Features drawn from known Gaussians, and a small encoder with photos for it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.bench.baselines import Photos, TaskData
from spa_desktop.encoders.features import TextFeatures
from tests.workbench.tiny import TinyEncoder, draw_classes

WIDTH = 12


class DrawnEncoder:
    """Projects with a fixed matrix; the text of "a photo of a class 3." is the direction of class 3."""

    width, has_texts = WIDTH, True

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


@pytest.fixture
def tiny() -> TinyEncoder:
    return TinyEncoder()


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    """Four classes, three photos for training and two for testing each."""
    return draw_classes(tmp_path / "colours", ("red", "green", "blue", "amber"), train=3, test=2)
