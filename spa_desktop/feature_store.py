"""Features of photos by way of the cache: each photo is encoded once, whoever asks.

Pooled features and patches are two entries of the cache, as a pass over the small ones must not read the large ones.
Patches are kept in the joint space, where the method compares them, in eight bits a number with a scale for each patch:
125 kB a photo and its views with spa-lite, a fifth of what the encoder gives in half precision. Everything handed out
is float32, and the same numbers whether it comes from the encoder or from the cache.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, SeenPhoto, Stage
from spa_desktop.photos.opening import hash_photo
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project.documents import Frame
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import THING_VIEWS, VIEWS

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.encoders.photo_encoder import PhotoEncoder
    from spa_desktop.ray_cluster import Cluster


@dataclass(frozen=True)
class PhotoRef:
    """A photo's file and the SHA-256 of its content, which alone says whether two are the same.

    With its features in the cache the file may be gone.
    """

    path: Path = field(compare=False)  # of a picture in memory, a name for it
    sha256: str  # of the file's content, or of the picture's size and pixels
    image: Image.Image | None = field(default=None, repr=False, compare=False)  # upright and RGB, where no file is
    frame: Frame | None = None  # where the thing is, as a user said: as shares of the upright photo

    def key(self, views: int) -> str:
        """What its features in so many views lie under in a cache: a hash, of the frame too where that is looked at."""
        if self.frame is None or views != THING_VIEWS:
            return self.sha256
        return hashlib.sha256(f"{self.sha256} {self.frame}".encode()).hexdigest()

    @classmethod
    def of(cls, path: Path) -> PhotoRef:
        """Hash a file. Raises InputError if it cannot be read, or is no regular file."""
        return cls(path, hash_photo(path))

    @classmethod
    def of_image(cls, image: Image.Image) -> PhotoRef:
        """Hash a picture in memory that is upright and RGB."""
        digest = hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()
        return cls(Path("a picture in memory"), digest, image)


_MOST_LOADED = 2
_loading = threading.Lock()
_loaded: dict[tuple[object, ...], ClipEncoder] = {}  # the latest last


_is_forked = False


def _note_fork() -> None:
    global _is_forked
    _is_forked = bool(_loaded)


def is_forked() -> bool:
    """Whether this process was forked from one that had loaded an encoder, whose threads it lacks."""
    return _is_forked


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_note_fork)


def loaded_encoder(backbone: str | PhotoEncoder, device: str, **settings: Any) -> ClipEncoder:
    """Loaded once, whoever asks: projects that are opened one after the other share it, and copies of a classifier.

    The arguments are those of :func:`~spa_desktop.encoders.backbones.load_encoder`; a checkpoint file that changed is
    loaded anew. The settings are of the first who asks, and the encoder keeps them. An object stands for itself, as
    long as its fingerprint is what it was, and has neither device nor settings.
    """
    from spa_desktop.encoders import backbones
    from spa_desktop.encoders.device import choose_device
    from spa_desktop.encoders.photo_encoder import encoder_of

    key: tuple[object, ...]
    if isinstance(backbone, str):
        key = backbones.load_encoder, backbone, str(choose_device(device)), _stamp(backbone)
        load = partial(backbones.load_encoder, backbone, device=device, **settings)
    else:
        key, load = (id(backbone), backbone.fingerprint, backbone.input_size), partial(encoder_of, backbone)
    with _loading:
        encoder = _loaded.pop(key, None) or load()
        _loaded[key] = encoder
        if len(_loaded) > _MOST_LOADED:
            del _loaded[next(iter(_loaded))]
        return encoder


def release_encoders() -> bool:
    """Have loaded encoders let go of what nobody asked for ten seconds; whether there was any. Waits for nobody."""
    have_released = [encoder.release() for encoder in list(_loaded.values())]
    return any(have_released)


def _stamp(backbone: str) -> tuple[object, ...]:
    """Tells the checkpoint file or folder of a backbone from what lay there before; empty where it has none."""
    file = backbone.removeprefix("timm:").partition(":")[2].partition("#sha256=")[0]
    if not file or is_elsewhere(file):
        return ()
    try:
        path = Path(file).expanduser()
        files = [entry.stat() for entry in (sorted(path.iterdir()) if path.is_dir() else [path])]
    except (OSError, RuntimeError, ValueError):  # loading it says what is wrong
        return ()
    return tuple((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) for status in files)


class MemoryCache:
    """A feature cache in memory, for a process that leaves nothing on the disk.

    It stands in for :class:`~spa_desktop.project.feature_cache.FeatureCache`.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], bytes] = {}

    def has(self, fingerprint: str, sha256: str) -> bool:
        return (fingerprint, sha256) in self._entries

    def get(self, fingerprint: str, sha256: str) -> bytes | None:
        return self._entries.get((fingerprint, sha256))

    def put(self, fingerprint: str, sha256: str, blob: bytes) -> None:
        self._entries[fingerprint, sha256] = blob

    def get_many(self, fingerprint: str, hashes: Sequence[str]) -> Iterator[tuple[int, bytes | None]]:
        for index, sha256 in enumerate(hashes):
            yield index, self._entries.get((fingerprint, sha256))


def read_refs(paths: Sequence[str], job: Job) -> Iterator[tuple[str, PhotoRef | str]]:
    """Each path with the photo that lies there, or with a line that says why it cannot be read."""
    job.stage(Stage.READ, total=len(paths))
    for path in paths:
        try:
            yield path, PhotoRef.of(Path(path))
        except InputError as error:
            yield path, str(error)
        job.advance(detail=Path(path).name)


def with_views(key: str, views: int) -> str:
    """The key of an encoder's features, told apart by the number of views where these are not 3."""
    return key if views == VIEWS else f"{key} {views}"


def pooled_key(fingerprint: str, views: int = VIEWS) -> str:
    """What pooled features of an encoder, of photos in so many views, lie under in a cache."""
    return with_views(f"{fingerprint} pooled", views)


class FeatureStore:
    """Features of photos, V views each: pooled before the encoder's projection, patches behind it.

    Memory holds the pooled features (30 kB a photo with spa-lite) and never more patches than one chunk. If the cache
    has lost an entry, or cannot write, the photo is encoded again: what gives features raises InputError where one is
    neither in the cache nor readable.

    Attributes:
        encoder: as given.
        views: V. What is learned from, and put into groups, has all 3, or the 4 that look at the thing; 1 and 2 are the
            first of 3. Each number has entries of its own.
        fingerprint: stands for the features: that of the encoder, and the views where they are not 3.
        batch_size: photos in a batch, on another device than a CPU; None takes the encoder's.
    """

    def __init__(
        self,
        encoder: ClipEncoder,
        cache: FeatureCache | MemoryCache,
        *,
        views: int = VIEWS,
        batch_size: int | None = None,
    ) -> None:
        self.encoder, self.views, self.batch_size = encoder, views, batch_size
        self._cache = cache
        self.fingerprint = with_views(encoder.fingerprint, views)
        self._patches_key = with_views(f"{encoder.fingerprint} patches", views)
        self._pooled_key = pooled_key(encoder.fingerprint, views)
        self._keys = self._pooled_key, self._patches_key
        self._pooled: dict[str, Tensor] = {}

    def seeing(self, views: int) -> FeatureStore:
        """The same with other views."""
        if views == self.views:
            return self
        return FeatureStore(self.encoder, self._cache, views=views, batch_size=self.batch_size)

    def ensure(
        self, photos: Sequence[PhotoRef], job: Job | None = None, *, cluster: Cluster | None = None
    ) -> dict[str, str]:
        """Encode what is not in the cache, in one pass; what was encoded when the job is cancelled stays in the cache.

        A cluster encodes what are files instead of this process; they are at the same path on each machine. Gives the
        photos that could not be read, by SHA-256, and why, in one line; all others have features now.
        """
        missing = [p for p in dict.fromkeys(photos) if not self.has(p)]
        if not missing:
            return {}
        job = job or Job()
        job.stage(Stage.ENCODE, total=len(missing))
        faults: dict[str, str] = {}
        results: Iterator[tuple[PhotoRef, object]] = (
            self._encode(missing) if cluster is None else self._encode_on(cluster, missing, job)
        )
        for photo, result in results:
            if isinstance(result, str):
                faults[photo.sha256] = result
            seen = None if isinstance(result, str) else SeenPhoto(photo.sha256)
            job.advance(detail=photo.path.name, photo=seen)
        return faults

    def has_pooled(self, photo: PhotoRef) -> bool:
        """Whether the pooled features of a photo are at hand, without the photo."""
        key = photo.key(self.views)
        return key in self._pooled or self._cache.has(self._pooled_key, key)

    def pooled(self, photos: Sequence[PhotoRef], *, keep: bool = True) -> Tensor:
        """Pooled features (n, V, W + T) of n photos; `keep` has them in memory from now on, False lets go of them."""
        import torch
        from safetensors.torch import load

        keys = [photo.key(self.views) for photo in photos]
        unread = {key: photo for key, photo in zip(keys, photos, strict=True) if key not in self._pooled}
        lost = []
        blobs = self._cache.get_many(self._pooled_key, list(unread))
        for (key, photo), (_, blob) in zip(unread.items(), blobs, strict=True):
            if blob is None:
                lost.append(photo)
            else:
                self._pooled[key] = load(blob)["pooled"].float()
        for photo, result in self._encode(lost):
            _raise_if_fault(photo, result)
        if not photos:
            return torch.empty(0, self.views, self.encoder.pooled_width)
        pooled = torch.stack([self._pooled[key] for key in keys])
        if not keep:
            for key in keys:
                self._pooled.pop(key, None)
        return pooled

    def iter_patches(self, photos: Sequence[PhotoRef], chunk: int = 32) -> Iterator[tuple[slice, Tensor]]:
        """Patches, `chunk` photos at a time: a slice of `photos` and their features (m, V, N, D), unit length."""
        import torch

        parts: list[Tensor | None] = []
        for index, blob in self._cache.get_many(self._patches_key, [p.key(self.views) for p in photos]):
            parts.append(None if blob is None else _unpack_patches(blob))
            if len(parts) == chunk or index == len(photos) - 1:
                start = index + 1 - len(parts)
                lost = [i for i, part in enumerate(parts) if part is None]
                for i, (photo, result) in zip(lost, self._encode([photos[start + i] for i in lost]), strict=True):
                    parts[i] = _raise_if_fault(photo, result)
                yield slice(start, index + 1), torch.stack([part for part in parts if part is not None])
                parts = []

    def load(self, photo: PhotoRef) -> tuple[Tensor, Tensor]:
        """Pooled (V, W + T) and patches (V, N, D) of one photo."""
        _, patches = next(self.iter_patches([photo]))
        return self.pooled([photo])[0], patches[0]

    def has(self, photo: PhotoRef) -> bool:
        """Whether all features of a photo are at hand, without the photo."""
        return all(self._cache.has(key, photo.key(self.views)) for key in self._keys)

    def _encode(self, photos: Sequence[PhotoRef]) -> Iterator[tuple[PhotoRef, Tensor | str]]:
        """Encode and cache photos; yields the patches (V, N, D), or why there are none."""
        if not photos:  # as nearly always: then no threads are begun
            return
        import torch
        from safetensors.torch import load

        from spa_desktop.encoders.photo_stream import encode_files

        # A file that changed since it was hashed would be kept as what it was: it is an error instead.
        whole = self.seeing(VIEWS) if self.views == THING_VIEWS else None
        squares = [None if whole is None or photo.frame else whole._square(photo) for photo in photos]
        for has_square, some in groupby(zip(photos, squares, strict=True), lambda pair: pair[1] is not None):
            group, boxes = (list(part) for part in zip(*some, strict=True))
            files = [p.path if p.image is None else p.image for p in group]
            how: dict[str, Any] = {"views": self.views, "batch_size": self.batch_size}
            if has_square:  # what its other two views give is kept
                how["squares"] = boxes
            elif whole is not None:
                how["frames"] = [photo.frame for photo in group]
            for encoded in encode_files(self.encoder, files, checksums=[p.sha256 for p in group], **how):
                photo = group[encoded.index]
                if encoded.error is not None:
                    yield photo, encoded.error
                    continue
                levels, scale = quantized(self.encoder.project(encoded.patches))
                parts = {"pooled": encoded.pooled, "patches": levels, "scale": scale}
                if has_square:
                    assert whole is not None, "it has the square"
                    pooled_blob, patches_blob = (whole._cache.get(key, photo.sha256) for key in whole._keys)
                    if pooled_blob is None or patches_blob is None:  # gone since then
                        yield from self._encode([photo])
                        continue
                    scene = {**load(pooled_blob), **load(patches_blob)}
                    parts = {name: torch.cat([scene[name][[0, 2]], part]) for name, part in parts.items()}
                key = photo.key(self.views)
                self._pooled[key] = parts["pooled"]
                yield photo, self._keep(key, parts, encoded.patches)

    def keep(self, sha256: str, pooled: Tensor, patches: Tensor) -> Tensor:
        """Keep what a photo was encoded as elsewhere, and give its patches (V, N, D) as :meth:`recall` will.

        Pooled features (V, W + T) and patches (V, N, W') are from before the encoder's projection.
        """
        levels, scale = quantized(self.encoder.project(patches))
        return self._keep(sha256, {"pooled": pooled, "patches": levels, "scale": scale}, patches)

    def recall(self, sha256: str) -> tuple[Tensor, Tensor] | None:
        """Pooled (V, W + T) and patches (V, N, D) that are in the cache; None where they are not. Memory keeps none."""
        from safetensors.torch import load

        pooled, patches = (self._cache.get(key, sha256) for key in self._keys)
        return None if pooled is None or patches is None else (load(pooled)["pooled"].float(), _unpack_patches(patches))

    def _keep(self, key: str, parts: dict[str, Tensor], patches: Tensor) -> Tensor:
        """Cache "pooled", and "patches" with their "scale". Where the thing is, is told by the patches as encoded."""
        from safetensors.torch import save

        from spa_desktop.encoders.features import salient_boxes

        pooled = {"pooled": parts.pop("pooled").contiguous()}
        if self.views == VIEWS and self.encoder.finds_things:
            pooled["square"] = salient_boxes(patches[:1], self.encoder.grid)[0]
        blob = save(parts)
        self._put(key, blob, save(pooled))
        return _unpack_patches(blob)

    def _square(self, photo: PhotoRef) -> list[float] | None:
        """Where the thing is in a photo that was seen in three views; None where that is not kept."""
        from safetensors.torch import load

        blob = self._cache.get(self._pooled_key, photo.sha256) if self.has(photo) else None
        square = None if blob is None else load(blob).get("square")
        return None if square is None else square.tolist()

    def _put(self, key: str, patches: bytes, pooled: bytes) -> None:
        self._cache.put(self._patches_key, key, patches)
        self._cache.put(self._pooled_key, key, pooled)

    def _encode_on(self, cluster: Cluster, photos: Sequence[PhotoRef], job: Job) -> Iterator[tuple[PhotoRef, object]]:
        """Have photos encoded by workers, and cache what they give; yields a line that says why not, if so."""
        from spa_desktop.encoders import backbones
        from spa_desktop.ray_cluster import Spread

        files = [photo for photo in photos if photo.image is None]
        yield from self._encode([photo for photo in photos if photo.image is not None])
        if not files:
            return
        shards = [files[start : start + _SHARD] for start in range(0, len(files), _SHARD)]
        recipe = self.views, self.encoder.name, self.encoder.fingerprint, backbones.load_encoder
        with Spread(cluster) as spread:
            for place, results in spread.map(_encode_shard, recipe, shards, job):
                for photo, result in zip(shards[place], results, strict=True):
                    if not isinstance(result, str):
                        self._put(photo.key(self.views), *result)
                    yield photo, result if isinstance(result, str) else None


_SHARD = 32  # photos: a worker that dies costs so many at most, and each is some seconds of work


@cache
def encoder_of_worker(name: str, fingerprint: str, load: Callable[..., ClipEncoder]) -> ClipEncoder:
    """The encoder of a worker of a cluster, which must be that of who asks; loaded once."""
    encoder = load(name, device="cpu")
    if encoder.fingerprint != fingerprint:
        raise InputError(f"A worker has other weights of {name}: install the same version there")
    return encoder


def _encode_shard(
    recipe: tuple[int, str, str, Callable[..., ClipEncoder]], photos: Sequence[PhotoRef]
) -> list[tuple[bytes, bytes] | str]:
    """What the cache shall keep of each photo, or why there is nothing."""
    memory, (views, *encoder) = MemoryCache(), recipe
    store = FeatureStore(encoder_of_worker(*encoder), memory, views=views)
    faults, keys = store.ensure(photos), [photo.key(views) for photo in photos]
    encoded = zip(memory.get_many(store._patches_key, keys), memory.get_many(store._pooled_key, keys), strict=True)
    return [
        faults.get(photo.sha256, "it was not encoded") if patches is None or pooled is None else (patches, pooled)
        for photo, ((_, patches), (_, pooled)) in zip(photos, encoded, strict=True)
    ]


def _raise_if_fault(photo: PhotoRef, result: Tensor | str) -> Tensor:
    if isinstance(result, str):
        raise InputError(f"The features of {photo.path.name} are not in the cache, and it cannot be encoded: {result}")
    return result


def quantized(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Unit patches ``(..., D)`` as eight-bit levels and a half-precision scale ``(..., 1)`` for each."""
    scale = (patches.abs().amax(dim=-1, keepdim=True) / 127).clamp_min(1e-6).half()
    return (patches / scale.float()).round().clamp(-127, 127).char().contiguous(), scale.contiguous()


def dequantized(levels: Tensor, scale: Tensor) -> Tensor:
    """The unit patches that :func:`quantized` was given, float32, to within half a level."""
    from torch.nn.functional import normalize

    return normalize(levels.float() * scale.float(), dim=-1)


def as_kept(patches: Tensor) -> Tensor:
    """Unit patches ``(..., D)`` rounded as the cache keeps them."""
    return dequantized(*quantized(patches))


def _unpack_patches(blob: bytes) -> Tensor:
    from safetensors.torch import load

    parts = load(blob)
    return dequantized(parts["patches"], parts["scale"])
