"""An encoder of photos of the user's own: any object of Python."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from spa_desktop.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

OBJECT = "object:"  # begins the name of a backbone that is an object; what follows is its type


@runtime_checkable
class PhotoEncoder(Protocol):
    """What ``SpaClassifier(backbone=...)`` takes in place of a name: it turns photos into features."""

    @property
    def fingerprint(self) -> str:
        """A text that stands for the weights and for all that `encode` does.

        Features are kept under it, and what was learned asks for it: give another one as soon as the same photo gets
        other features. It is read often: a checksum of the weights is to be computed once.
        """
        ...

    @property
    def input_size(self) -> int:
        """S, the side of the square photos that `encode` wants, in pixels."""
        ...

    def encode(self, images: Tensor) -> tuple[Any, Any, tuple[int, int]]:
        """Features of B photos. It is asked by one thread at a time, under ``torch.no_grad()``.

        Args:
            images: ``(B, 3, S, S)`` float32 on the CPU, RGB from 0 to 1, not normalised: the middle square of each
                photo. `encode` brings them to its own device.

        Returns:
            Pooled features ``(B, W)``, patches ``(B, N, D)`` row by row with D at most W, and their grid
            ``(rows, columns)`` with rows times columns N: tensors or arrays of finite numbers, on any device, which are
            kept as float32. W, N, D and the grid are always the same.

        Whatever it raises reaches the caller as it is. Only where memory runs out it is asked again, with fewer photos.
        """
        ...


class _ObjectTower:
    """The image tower that an object is."""

    projection: Tensor | None = None
    texture_width = 0

    def __init__(self, encoder: PhotoEncoder) -> None:
        self._encoder, self._lock = encoder, threading.Lock()
        self._shapes: tuple[object, ...] | None = None

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        import torch

        with self._lock:
            given = self._encoder.encode(images)
        try:
            pooled, patches, grid = given
            pooled, patches = torch.as_tensor(pooled), torch.as_tensor(patches)
            rows, columns = map(int, grid)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{type(self._encoder).__name__}.encode gave something else than pooled features, patches and a grid"
            ) from error
        pooled, patches = (part.detach().float().cpu() for part in (pooled, patches))
        shapes = pooled.shape[1:], patches.shape[1:], rows, columns
        if (
            pooled.ndim != 2
            or patches.ndim != 3
            or not len(pooled) == len(patches) == len(images)
            or min(rows, columns) < 1
            or patches.shape[1] != rows * columns
            or patches.shape[2] > pooled.shape[1]
            or shapes != (self._shapes or shapes)
        ):
            raise InputError(
                f"{type(self._encoder).__name__}.encode gave pooled features {tuple(pooled.shape)}, patches "
                f"{tuple(patches.shape)} and the grid {(rows, columns)} for {len(images)} photos: give (B, W), "
                "(B, rows times columns, D) with D at most W, and (rows, columns), always the same"
            )
        if not bool(torch.isfinite(pooled).all() and torch.isfinite(patches).all()):
            raise InputError(f"{type(self._encoder).__name__}.encode gave features that are not finite")
        self._shapes = shapes
        return pooled, patches, (rows, columns)


def encoder_of(photo_encoder: PhotoEncoder) -> ClipEncoder:
    """The encoder that an object is for the rest of the app.

    Raises InputError if its attributes are no fingerprint or size, or `encode` gives something else than features.
    """
    from spa_desktop.encoders.encoder import ClipEncoder, Towers
    from spa_desktop.encoders.transform import PhotoTransform

    fingerprint, side = photo_encoder.fingerprint, photo_encoder.input_size
    name = type(photo_encoder).__name__
    if not isinstance(fingerprint, str) or not fingerprint:
        raise InputError(f"{name}.fingerprint is {fingerprint!r:.80}: give a text that stands for its weights")
    if not isinstance(side, int) or not 1 <= side <= 4096:
        raise InputError(f"{name}.input_size is {side!r:.80}: give the side of its photos in pixels, up to 4096")
    transform = PhotoTransform({"size": side, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)})
    digest = hashlib.sha256(f"object {side} {fingerprint}".encode()).hexdigest()
    towers = Towers(_ObjectTower(photo_encoder), None, None, transform, digest, 0, 1.0, takes_threads=False)
    return ClipEncoder(towers, name=OBJECT + name)
