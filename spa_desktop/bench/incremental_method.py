"""What the bench hands to a method, and what it asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.features import TextFeatures


class JointSpace(Protocol):
    """The part of a `ClipEncoder` that a method may ask for: texts, and the way into the space they share.

    `width` is W: what stands behind so many columns of a pooled feature is its texture.
    """

    width: int

    def project(self, features: Tensor) -> Tensor: ...

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures: ...


@dataclass(frozen=True)
class Photos:
    """Features of n photos.

    `pooled` is (n, V, W + T) float32, before the encoder's projection; view 0 is the photo as it is. `patches` starts a
    pass over the patch features: it yields a slice of the photos and their (m, V, N, D) float32 features in the joint
    space, unit length, so that memory does not grow with n.
    """

    pooled: Tensor
    patches: Callable[[], Iterator[tuple[slice, Tensor]]]


@dataclass(frozen=True)
class TaskData(Photos):
    """The training photos of one task. `labels` (n,) int64 are indices into `class_names`, all of them new classes."""

    labels: Tensor
    class_names: tuple[str, ...]
    encoder: JointSpace


class IncrementalClassifier(Protocol):
    """A method of the bench: it sees each task once, and answers over all classes seen so far, without a task id."""

    def learn(self, task: TaskData) -> None: ...

    def predict(self, photos: Photos) -> Tensor:
        """Scores (n, C) over all classes seen, in the order in which they came; the largest wins."""
        ...
