"""From files to features: photos are decoded while the encoder works on others.

A photo is seen in up to three views: as it is, mirrored, and its middle enlarged. What the user teaches is mostly near
the middle, and the patches of the third view are finer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import torch
from PIL import Image
from torch import Tensor

from spa_desktop.encoders.device import joined
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.features import MIDDLE, FeatureMaps
from spa_desktop.jobs import in_order, in_streams
from spa_desktop.photos.opening import PhotoError, read_photo

# Several photos at once on a CPU: each in a thread that decodes and encodes it with its own share of the cores.
#
# A forward pass that is spread over all cores waits for the slowest of them in every layer, and one whose cores also
# decode waits more. Threads that never wait for each other took 53 ms a photo from files on two cores where that took
# 87.

_DECODERS = max(1, min(4, os.cpu_count() or 1))

# A file with the checksum that it must have, or a picture in memory.
_File: TypeAlias = tuple[str | Path | Image.Image, str | None]
_Decoded: TypeAlias = tuple[Tensor, str] | str  # inputs and SHA-256, or why there are none


@dataclass(frozen=True)
class EncodedPhoto:
    """Features of one photo, float32 on the CPU, before the projection; with V = 0 if it could not be read."""

    index: int  # its place in the given paths
    pooled: Tensor  # ``(V, W + T)``
    patches: Tensor  # ``(V, N, W')``
    error: str | None = None  # one line that says why it could not be read
    sha256: str = ""  # of the content that was encoded; empty of what is no file


def inputs_of(encoder: ClipEncoder, photo: Image.Image, views: int = 3) -> Tensor:
    """An upright RGB photo to the encoder's inputs ``(I, 3, S, S)``: itself, and for three views its middle."""
    if views < 3:
        return encoder.preprocess(photo)[None]
    width, height = photo.size
    left, top = (round(side * (1 - MIDDLE) / 2) for side in photo.size)
    middle = photo.crop((left, top, width - left, height - top))
    return torch.stack([encoder.preprocess(photo), encoder.preprocess(middle)])


def open_inputs(
    encoder: ClipEncoder, path: str | os.PathLike[str], views: int = 3, sha256: str | None = None
) -> tuple[Tensor, str]:
    """A photo's file to the encoder's inputs ``(I, 3, S, S)`` and its SHA-256, just as :func:`encode_files` does it.

    Raises PhotoError if the photo cannot be read, or `sha256` is given and is not that of its content.
    """
    # Twice the input size leaves the transform's own filter enough to work on, and the middle all its pixels.
    photo = read_photo(path, at_least=2 * encoder.input_size, sha256=sha256)
    return inputs_of(encoder, photo.image, views), photo.sha256


def encode_views(encoder: ClipEncoder, inputs: Tensor, views: int = 3) -> tuple[Tensor, Tensor]:
    """As :func:`encode_closely`, without the maps."""
    pooled, patches, _ = encode_closely(encoder, inputs, views, with_maps=False)
    return pooled, patches


def encode_closely(
    encoder: ClipEncoder, inputs: Tensor, views: int = 3, *, with_maps: bool = True
) -> tuple[Tensor, Tensor, tuple[FeatureMaps, ...]]:
    """Encode photos, with two views their mirrored twins too, with three their middles as well.

    A twin's patch grid is mirrored back, so that patch n is the same place in the first two views. In the third it is
    somewhere else. Inputs ``(B, I, 3, S, S)`` are from :func:`inputs_of` for as many views. Gives pooled
    ``(B, V, W + T)``, patches ``(B, V, N, W')``, and the maps of each photo that the pooled features are made of, none
    where they are not wanted or the tower does not tell. Raises ValueError if `views` is none of 1, 2 and 3.
    """
    if views not in (1, 2, 3):
        raise ValueError(f"views must be 1, 2 or 3, not {views}")
    seen = [inputs[:, 0], *([inputs[:, 0].flip(3)] if views > 1 else []), *([inputs[:, 1]] if views > 2 else [])]
    # On a CPU all views in one batch are quicker; elsewhere the photos alone are as many as are good.
    batches = [joined(seen)] if encoder.device.type == "cpu" else seen
    is_mapped = with_maps and encoder.has_maps
    features = [encoder.encode_images(batch, with_maps=is_mapped) for batch in batches]
    height, width = encoder.grid
    pooled = joined([feature.pooled for feature in features]).reshape(views, len(inputs), -1)
    patches = joined([feature.patches for feature in features]).reshape(views, len(inputs), height * width, -1)
    if views > 1:
        patches[1] = patches[1].reshape(len(inputs), height, width, -1).flip(2).flatten(1, 2)
    pooled, patches = pooled.transpose(0, 1), patches.transpose(0, 1)
    if not is_mapped:
        return pooled, patches, ()
    middle, cells = (
        _turned_back(joined([feature.maps[place] for feature in features if feature.maps]), views, len(inputs))
        for place in (0, 1)
    )
    return pooled, patches, tuple(map(FeatureMaps, patches, middle, cells, [encoder.input_size] * len(inputs)))


def _turned_back(cells: Tensor, views: int, photos: int) -> Tensor:
    """Square maps ``(V B, n, k)`` as ``(B, V, n, k)``, those of the mirrored twins mirrored back."""
    side = round(cells.shape[1] ** 0.5)
    turned = cells.reshape(views, photos, side, side, -1).clone()
    if views > 1:
        turned[1] = turned[1].flip(2)
    return turned.flatten(2, 3).transpose(0, 1)


def encode_files(
    encoder: ClipEncoder,
    paths: Sequence[str | Path | Image.Image],
    *,
    views: int = 3,
    checksums: Sequence[str] | None = None,
    batch_size: int | None = None,
) -> Iterator[EncodedPhoto]:
    """Encode photos from files, in order, one result for each path.

    On a CPU several threads each decode and encode a photo; another device, or an encoder that one thread at a time may
    ask, is fed batches by threads that decode. A photo that cannot be read is yielded with its error; the others go on.
    At most two batches, on a CPU two photos a thread, are begun ahead, so memory does not grow with the number of
    photos. Closing the generator stops the threads.

    The `paths` may be upright RGB pictures in memory as well. Of the views, 2 adds the mirrored photo, 3 its middle
    too. `checksums` are the SHA-256 that each file's content must have, `batch_size` is of other devices than a CPU,
    None the encoder's. Raises SpaError if memory does not suffice for a single photo.
    """
    wanted: Sequence[str | None] = [None] * len(paths) if checksums is None else checksums
    files: list[_File] = list(zip(paths, wanted, strict=True))
    if encoder.device.type == "cpu" and encoder.takes_threads:

        def encode(place: int) -> EncodedPhoto:
            return next(_encode_batch(encoder, [_decode(encoder, files[place], views)], views, place))

        # A photo alone gets all cores.
        with closing(in_streams(encode, range(len(files)), len(files))) as photos:
            yield from photos
        return
    pool, done = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode"), 0
    ahead = 2 * (batch_size or encoder.batch_size) + _DECODERS
    with closing(in_order(pool, lambda file: _decode(encoder, file, views), files, ahead=ahead)) as decoded:
        # The encoder's number shrinks when memory runs out.
        while batch := list(islice(decoded, batch_size or encoder.batch_size)):
            yield from _encode_batch(encoder, batch, views, done)
            done += len(batch)


def _decode(encoder: ClipEncoder, file: _File, views: int) -> _Decoded:
    source, checksum = file
    try:
        if isinstance(source, Image.Image):
            return inputs_of(encoder, source, views), ""
        return open_inputs(encoder, source, views, checksum)
    except PhotoError as error:
        return str(error)


def _encode_batch(encoder: ClipEncoder, batch: list[_Decoded], views: int, first: int) -> Iterator[EncodedPhoto]:
    good = [item[0] for item in batch if not isinstance(item, str)]
    patch_count = encoder.grid[0] * encoder.grid[1]
    encoded = iter(zip(*encode_views(encoder, torch.stack(good), views), strict=True) if good else ())
    for index, item in enumerate(batch, start=first):
        if isinstance(item, str):
            nothing = torch.empty(0, encoder.pooled_width), torch.empty(0, patch_count, encoder.patch_width)
            yield EncodedPhoto(index, *nothing, error=item)
        else:
            pooled, patches = next(encoded)
            # Clones: a view would keep the whole batch alive for as long as one photo is kept.
            alone = len(good) == 1
            kept = (pooled, patches) if alone else (pooled.clone(), patches.clone())
            yield EncodedPhoto(index, *kept, sha256=item[1])
