"""What a backbone is made of: an image tower, a text tower and what goes with them, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from spa_desktop.encoders.transform import PhotoTransform


class VisionTower(Protocol):
    """Photos to features before `projection`."""

    projection: Tensor | None  # (W', D); None: the identity
    texture_width: int  # T; 0 where a tower gives no texture

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        """``(B, 3, S, S)`` to pooled ``(B, W + T)``, patches ``(B, N, W')`` and the grid ``(h, w)``.

        W' is W, or less where the global feature has a part that the projection does not read: its last columns. The
        texture lies behind the global feature.
        """
        ...


@runtime_checkable
class MappedTower(Protocol):
    """An image tower that also gives the maps that its pooled feature is made of."""

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pooled and patches as a call gives them, and the maps of ``ImageFeatures.maps``."""
        ...


class TextTower(Protocol):
    """Token ids ``(T, C)`` to sentence ``(T, D)`` and tokens ``(T, C', D)``, C' at most C, not yet of unit length."""

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]: ...


class Tokens(Protocol):
    """Texts to token ids, with lengths, the words' places and their text."""

    def ids(self, texts: Sequence[str]) -> Tensor:
        """``(T, context_length)``, cut where a text is longer than the context."""
        ...

    def words(self, ids: Tensor) -> Tensor:
        """``(T, L)`` bool, True on words: not on start, end or padding."""
        ...

    def count(self, text: str) -> int:
        """Tokens of `text`, start and end included, uncut."""
        ...

    def texts(self, text: str) -> list[str]:
        """The text of each word token of `text`, in the order of the True places of its mask."""
        ...


def stay(device: torch.device) -> None:
    """Move nothing: for towers that run on the CPU alone."""


@dataclass(frozen=True)
class Towers:
    """The parts of a backbone, as :class:`~spa_desktop.encoders.encoder.ClipEncoder` takes them.

    Attributes:
        vision: the image tower.
        language: the text tower.
        tokens: texts to what `language` reads.
        transform: photos to what `vision` reads.
        fingerprint: sha256 that stands for the image tower and the transform.
        context_length: the most tokens of a text, start and end included.
        logit_scale: what cosines are multiplied with before a softmax.
        move: moves both towers to a device.
        text_fingerprint: sha256 that stands for the text tower; "" where `fingerprint` stands for both.
    """

    vision: VisionTower
    language: TextTower
    tokens: Tokens
    transform: PhotoTransform
    fingerprint: str
    context_length: int
    logit_scale: float
    move: Callable[[torch.device], None] = stay
    text_fingerprint: str = ""
