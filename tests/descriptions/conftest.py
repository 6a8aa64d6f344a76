"""A small encoder whose joint space can be read off: one axis a word."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.descriptions.model import Exemplar, ExemplarFeatures
from spa_desktop.descriptions.wordnet import singular, words
from spa_desktop.encoders.features import TextFeatures

# Words that are no axis add a little to the last one.
AXES = ("red", "green", "stripe", "spot", "wing", "wheel", "leaf", "shiny", "water", "other")
PATCHES = 4


class WordEncoder:
    """Texts and photos in a space with an axis for each of ten words. Photos are already in it: W equals D."""

    name = "words"
    context_length = 40
    logit_scale = 10.0
    width = dim = len(AXES)
    grid = (2, 2)
    has_texts = True

    def __init__(self, fingerprint: str = "f" * 64) -> None:
        self.fingerprint = self.text_fingerprint = fingerprint
        self.texts_encoded = 0

    def require_texts(self) -> None:
        """It reads some."""

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        self.texts_encoded += len(texts)
        rows = torch.stack([self._row(text) for text in texts])
        return TextFeatures(rows, rows[:, None], torch.ones(len(texts), 1, dtype=torch.bool))

    def project(self, features: Tensor) -> Tensor:
        return normalize(features, dim=-1)

    def crop_box(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        return (0.0, 0.0, float(size[0]), float(size[1]))

    def fits(self, text: str) -> bool:
        return len(text.split()) + 2 <= self.context_length

    @staticmethod
    def _row(text: str) -> Tensor:
        row = torch.full((len(AXES),), 0.05)
        for word in words(text):
            if singular(word) in AXES:
                row[AXES.index(singular(word))] += 1.0
            else:
                row[-1] += 0.1
        return normalize(row, dim=0)


def photo(where: dict[int, str], name: str, calls: list[str] | None = None) -> Exemplar:
    """An exemplar whose patches show the given words; the other patches show nothing much."""

    def load() -> ExemplarFeatures:
        if calls is not None:
            calls.append(name)
        patches = torch.full((2, PATCHES, len(AXES)), 0.1)
        for patch, word in where.items():
            patches[:, patch, AXES.index(word)] += 2.0
        return ExemplarFeatures(patches.mean(1), patches)

    return Exemplar(Path(f"{name}.jpg"), f"sha-{name}", load)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def bank() -> tuple[str, ...]:
    """Eleven phrases, each about one axis."""
    colours = ("bright red skin", "deep red cloth", "bright green skin", "shiny metal surface", "shiny glass surface")
    parts = ("thin stripes", "round spots", "pair of wings", "spoked wheels", "broad leaves", "open water")
    return (*colours, *parts)


@pytest.fixture
def make_photo() -> Callable[..., Exemplar]:
    return photo
