"""A test photo's features as the project stores them: all views, pooled and patches, in one blob."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord
from spa_desktop.workbench.session import refs

if TYPE_CHECKING:
    from torch import Tensor


def pack_photo(pooled: Tensor, patches: Tensor) -> bytes:
    """Pooled ``(V, W + T)`` and patches ``(V, N, D)`` of one photo as safetensors bytes."""
    from safetensors.torch import save

    from spa_desktop.feature_store import quantized

    levels, scale = quantized(patches)
    return save({"pooled": pooled.half().contiguous(), "patches": levels, "scale": scale})


def unpack_photo(blob: bytes) -> tuple[Tensor, Tensor]:
    """What :func:`pack_photo` packed, float32."""
    from safetensors.torch import load

    from spa_desktop.feature_store import dequantized

    parts = load(blob)
    return parts["pooled"].float(), dequantized(parts["patches"], parts["scale"])


def encodable(store: FeatureStore, photos: Sequence[PhotoRecord], job: Job, *, said: str) -> list[PhotoRecord]:
    """Encode photos that are not in the cache; gives those that have features now, and says why others have none.

    Args:
        store: by way of which they are encoded.
        photos: any.
        job: sees the progress, and a line for each photo that is left out.
        said: how that line begins, such as "Photo left out".
    """
    faults = {fault.photo.sha256: fault.reason for fault in store.ensure(refs(photos), job)}
    for reason in faults.values():
        job.message(f"{said}: {reason}")
    return [photo for photo in photos if photo.sha256 not in faults]


def packed(store: FeatureStore, photos: Sequence[PhotoRecord]) -> Iterator[tuple[int, bytes]]:
    """Photo id and packed features, one at a time.

    Raises:
        InputError: if a photo is neither in the cache nor readable.
    """
    photo_refs = refs(photos)
    for part, patches in store.iter_patches(photo_refs):
        pooled = store.pooled(photo_refs[part])
        for row, photo in enumerate(photos[part]):
            yield photo.id, pack_photo(pooled[row], patches[row])
