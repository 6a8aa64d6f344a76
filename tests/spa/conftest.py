"""A small world with known parts: photos and texts of classes, drawn as features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText

WIDTH, TEXTURE, DIM, PATCHES, PARTS = 24, 6, 12, 9, 2


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """On tensors this small, more threads only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@dataclass
class World:
    """Classes with a centre among global features, another among textures, and two parts among patches.

    Four of nine patches show the class's parts (two each), the others one of three backgrounds that all classes share.
    """

    signed: bool = False
    views: int = 2
    classes: int = 8
    noise: float = 0.35
    patch_noise: float = 0.1
    seed: int = 0
    projection: Tensor = field(init=False)
    centres: Tensor = field(init=False)
    textures: Tensor = field(init=False)
    parts: Tensor = field(init=False)
    backgrounds: Tensor = field(init=False)

    def __post_init__(self) -> None:
        generator = torch.Generator().manual_seed(self.seed)
        self.projection = torch.randn(WIDTH, DIM, generator=generator) / WIDTH**0.5
        centres = torch.randn(self.classes, WIDTH, generator=generator)
        self.centres = centres if self.signed else centres.clamp_min(0)
        axes = torch.linalg.qr(torch.randn(DIM, DIM, generator=generator))[0]
        # Parts may look like each other, but never like a background.
        self.backgrounds = axes[:3]
        parts = torch.randn(self.classes, PARTS, DIM - 3, generator=generator) @ axes[3:]
        self.parts = normalize(parts, dim=-1)
        self.textures = torch.randn(self.classes, TEXTURE, generator=generator)

    def photos(self, index: int, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
        """``(n, V, W + T)`` pooled and ``(n, V, N, D)`` patches."""
        generator = torch.Generator().manual_seed(1000 * index + seed + 1)
        pooled = self.centres[index] + self.noise * torch.randn(count, 1, WIDTH, generator=generator)
        pooled = pooled + 0.05 * torch.randn(count, self.views, WIDTH, generator=generator)
        pooled = pooled if self.signed else pooled.clamp_min(0)
        shown = self.backgrounds[torch.randint(0, 3, (count, 1, PATCHES), generator=generator)]
        shown[:, :, [0, 4]], shown[:, :, [1, 5]] = self.parts[index, 0], self.parts[index, 1]
        shown = shown + self.patch_noise * torch.randn(count, self.views, PATCHES, DIM, generator=generator)
        texture = self.textures[index] + self.noise * torch.randn(count, self.views, TEXTURE, generator=generator)
        return torch.cat([pooled, normalize(texture, dim=-1)], dim=-1), normalize(shown, dim=-1)

    def text(self, index: int) -> ClassText:
        generator = torch.Generator().manual_seed(5000 + index)

        def near(rows: Tensor, noise: float) -> Tensor:
            return normalize(rows + noise * torch.randn(rows.shape, generator=generator), dim=-1)

        whole = normalize(self.centres[index] @ self.projection, dim=-1) + self.parts[index].sum(dim=0)
        return ClassText(near(whole, 0.4), near(whole, 0.1), near(self.parts[index], 0.1))

    def accuracy(self, learner: SpaLearner, classes: Sequence[int], count: int = 15, seed: int = 77) -> float:
        """Over new photos of some classes."""
        right = 0
        for index in classes:
            answers = learner.scores(*self.photos(index, count, seed)).argmax(dim=1)
            right += int((answers == learner.keys.index(f"class {index}")).sum())
        return right / (count * len(classes))

    def samples(self, index: int, count: int = 12, *, seed: int = 0, chunk: int | None = None) -> ClassSamples:
        pooled, patches = self.photos(index, count, seed)
        return ClassSamples(
            f"class {index}", pooled, lambda: iter(patches.split(chunk or count)), text=self.text(index)
        )


@pytest.fixture(scope="session")
def make_world() -> type[World]:
    return World


@pytest.fixture(scope="session")
def world() -> World:
    """Non-negative features, two views. Read it only."""
    return World()


@pytest.fixture(scope="session")
def config() -> SpaConfig:
    """The method's own settings, but for sizes that fit the small world."""
    return SpaConfig(patches=4, tokens=3, rank=8, text_rank=8, steps=10, folds=3, kept_photos=10)


@pytest.fixture(scope="session")
def learner(world, config) -> SpaLearner:
    """Two classes, and then a third. Read it only."""
    return SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)]).learn([world.samples(2)])


@pytest.fixture(scope="module")
def blob(learner) -> bytes:
    return to_bytes(learner)
