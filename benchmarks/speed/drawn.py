"""Features and learners that are drawn: the values of features do not change what they cost."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.spa.config import VIEWS, SpaConfig
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import ClassSamples, ClassText

CHUNK = 32
# A class has as many phrases as become tokens.
PHRASES = SpaConfig().tokens


def drawn_class(index: int, encoder: ClipEncoder, photos: int) -> ClassSamples:
    """A class scattered around a place of its own. Patches are drawn for one chunk, which comes again and again."""
    random = torch.Generator().manual_seed(index)
    width, dim, (high, wide) = encoder.width, encoder.dim, encoder.grid
    centre = torch.rand(width, generator=random)
    whole = (centre + 0.3 * torch.randn(photos, VIEWS, width, generator=random)).clamp_min(0)
    texture = normalize(torch.randn(photos, VIEWS, encoder.texture_width, generator=random), dim=-1)
    size = min(photos, CHUNK)
    spread = 0.3 * torch.randn(size, VIEWS, high * wide, dim, generator=random)
    chunk = normalize(centre @ encoder.image_projection + spread, dim=-1)
    phrases = normalize(torch.randn(PHRASES, dim, generator=random), dim=-1)

    def one_pass() -> Iterator[Tensor]:
        for start in range(0, photos, size):
            yield chunk[: photos - start]

    pooled, text = torch.cat([whole, texture], dim=-1), ClassText(phrases[0], phrases[1], phrases)
    return ClassSamples(str(index), pooled, one_pass, text)


def drawn_classes(first: int, count: int, encoder: ClipEncoder, photos: int) -> list[ClassSamples]:
    """Classes number `first` and following."""
    return [drawn_class(index, encoder, photos) for index in range(first, first + count)]


def grown(learner: SpaLearner | None, classes: int, encoder: ClipEncoder) -> SpaLearner:
    """A learner that knows `classes` classes, from the one that knows fewer, in tasks of 50 at the most.

    Old classes are learned from one photo each, without gradient steps or pseudo-features: what they leave behind is
    as large as ever, and what is measured afterwards has the method's own settings.
    """
    quick = SpaConfig(steps=0, use_pseudo_features=False)
    known = len(learner.keys) if learner else 0
    for start in range(known, classes, 50):
        memory = learner.memory if learner else None
        task = drawn_classes(start, min(50, classes - start), encoder, photos=1)
        learner = SpaLearner(encoder.image_projection, quick, memory=memory).learn(task)
    assert learner is not None, "classes is above 0"
    return SpaLearner(encoder.image_projection, SpaConfig(), memory=learner.memory)
