"""From files to features: photos are decoded while the encoder works on others.

A photo is seen in up to three views: as it is, mirrored, and its middle enlarged. What the user teaches is mostly near
the middle, and the patches of the third view are finer. Or it is seen in four that look at the thing: as it is, its
middle, the square that its longest patches lie in, and that mirrored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import torch
from PIL import Image
from torch import Tensor

from spa_desktop.encoders.device import joined
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.features import MIDDLE, FeatureMaps, salient_boxes
from spa_desktop.jobs import in_order, in_streams
from spa_desktop.photos.opening import PhotoError, read_photo

# Several photos at once on a CPU: each in a thread that decodes and encodes it with its own share of the cores.
#
# A forward pass that is spread over all cores waits for the slowest of them in every layer, and one whose cores also
# decode waits more. Threads that never wait for each other took 53 ms a photo from files on two cores where that took
# 87.

_DECODERS = max(1, min(4, os.cpu_count() or 1))

Frame: TypeAlias = Sequence[float]  # where a user says the thing is: left, top, right, bottom, as shares of the photo

# A file with the checksum that it must have, or a picture in memory; the square that alone is wanted of it; its frame.
_File: TypeAlias = tuple[str | Path | Image.Image, str | None, Sequence[float] | None, Frame | None]
# The photo, its inputs, SHA-256 and frame, or why there are none.
_Decoded: TypeAlias = tuple[Image.Image, Tensor, str, Frame | None] | str
# Where each view lies, as shares of the square that the grid covers.
_WHOLE, _MIDDLE = (0.0, 0.0, 1.0, 1.0), ((1 - MIDDLE) / 2,) * 2 + ((1 + MIDDLE) / 2,) * 2

THING = 4  # so many views look at the thing


@dataclass(frozen=True)
class EncodedPhoto:
    """Features of one photo, float32 on the CPU, before the projection; with V = 0 if it could not be read."""

    index: int  # its place in the given paths
    pooled: Tensor  # ``(V, W + T)``
    patches: Tensor  # ``(V, N, W')``
    error: str | None = None  # one line that says why it could not be read
    sha256: str = ""  # of the content that was encoded; empty of what is no file


def inputs_of(encoder: ClipEncoder, photo: Image.Image, views: int = 3) -> Tensor:
    """An upright RGB photo to the encoder's inputs ``(I, 3, S, S)``: itself, and from three views on its middle."""
    if views < 3:
        return encoder.preprocess(photo)[None]
    width, height = photo.size
    left, top = (round(side * (1 - MIDDLE) / 2) for side in photo.size)
    middle = photo.crop((left, top, width - left, height - top))
    return torch.stack([encoder.preprocess(photo), encoder.preprocess(middle)])


def square_of(encoder: ClipEncoder, photo: Image.Image, box: Sequence[float]) -> Tensor:
    """A square of an upright RGB photo as the encoder's input ``(3, S, S)``, by a box of `salient_boxes`."""
    left, top, right, _ = encoder.crop_box(photo.size)
    corners = zip((left, top, left, top), box, strict=True)
    x, y, x_end, y_end = (round(corner + share * (right - left)) for corner, share in corners)
    return encoder.preprocess(photo.crop((x, y, x_end, y_end)))


def framed_box(encoder: ClipEncoder, size: tuple[int, int], frame: Frame) -> tuple[float, ...]:
    """The square around a frame as a box of `salient_boxes`, beyond 0 and 1 where the grid does not reach.

    It is the smallest one, within a photo ``(width, height)``; of a frame that is longer than the photo's short side,
    the largest there is.
    """
    left, top, right, _ = encoder.crop_box(size)
    spans = tuple(zip(frame[:2], frame[2:], size, strict=True))
    side = min(max((end - low) * long for low, end, long in spans), *size)
    x, y = (min(max(((low + end) * long - side) / 2, 0), long - side) for low, end, long in spans)
    return tuple(
        (place - low) / (right - left) for place, low in zip((x, y, x + side, y + side), (left, top) * 2, strict=True)
    )


def encode_views(
    encoder: ClipEncoder, inputs: Tensor, views: int = 3, photos: Sequence[Image.Image] = ()
) -> tuple[Tensor, Tensor]:
    """As :func:`encode_closely`, without the maps."""
    pooled, patches, _ = encode_closely(encoder, inputs, views, photos, with_maps=False)
    return pooled, patches


def encode_closely(
    encoder: ClipEncoder,
    inputs: Tensor,
    views: int = 3,
    photos: Sequence[Image.Image] = (),
    frames: Sequence[Frame | None] = (),
    *,
    with_maps: bool = True,
) -> tuple[Tensor, Tensor, tuple[FeatureMaps, ...]]:
    """Encode photos, with two views their mirrored twins too, with three their middles as well; with four the thing.

    A twin's patch grid is mirrored back, so that patch n is the same place in a view and its twin, and elsewhere in the
    others. Inputs ``(B, I, 3, S, S)`` are from :func:`inputs_of` for as many views. :data:`THING` views are the photo,
    its middle, and of the `photos`, upright and RGB, the square where the thing is and its twin: the one around the
    photo's frame where `frames` has one. Gives pooled ``(B, V, W + T)``, patches ``(B, V, N, W')``, and the maps of
    each photo that the pooled features are made of, none where they are not wanted or the tower does not tell.
    """
    whole = inputs[:, 0]
    if views == THING:
        scene = _encode(encoder, [whole, inputs[:, 1]], (_WHOLE, _MIDDLE), twin=None, with_maps=with_maps)
        boxes = salient_boxes(scene[1][:, 0], encoder.grid).tolist()
        for place, frame in enumerate(frames):
            if frame is not None:
                boxes[place] = framed_box(encoder, photos[place].size, frame)
        squares = torch.stack([square_of(encoder, *pair) for pair in zip(photos, boxes, strict=True)])
        thing = encode_squares(encoder, squares, boxes, with_maps=with_maps)
        pooled, patches = (torch.cat(parts, dim=1) for parts in zip(scene[:2], thing[:2], strict=True))
        return pooled, patches, tuple(map(FeatureMaps.joined, scene[2], thing[2]))
    seen = [whole, *([whole.flip(3)] if views > 1 else []), *([inputs[:, 1]] if views > 2 else [])]
    return _encode(encoder, seen, (_WHOLE, _WHOLE, _MIDDLE)[:views], with_maps=with_maps)


def encode_squares(
    encoder: ClipEncoder, squares: Tensor, boxes: Sequence[Sequence[float]], *, with_maps: bool = False
) -> tuple[Tensor, Tensor, tuple[FeatureMaps, ...]]:
    """The last two views of :data:`THING`, of squares ``(B, 3, S, S)`` from :func:`square_of`, and their boxes."""
    encoded = _encode(encoder, [squares, squares.flip(3)], (_WHOLE, _WHOLE), with_maps=with_maps)
    maps = tuple(replace(maps, boxes=(tuple(box),) * 2) for maps, box in zip(encoded[2], boxes, strict=False))
    return encoded[0], encoded[1], maps


def _encode(
    encoder: ClipEncoder,
    seen: Sequence[Tensor],
    boxes: tuple[Sequence[float], ...],
    *,
    twin: int | None = 1,
    with_maps: bool,
) -> tuple[Tensor, Tensor, tuple[FeatureMaps, ...]]:
    """Encode V views ``(B, 3, S, S)`` that lie in these boxes; that of a place, if there are so many, is mirrored."""
    views, photos = len(seen), len(seen[0])
    # On a CPU all views in one batch are quicker; elsewhere the photos alone are as many as are good.
    batches = [joined(seen)] if encoder.device.type == "cpu" else seen
    is_mapped = with_maps and encoder.has_maps
    features = [encoder.encode_images(batch, with_maps=is_mapped) for batch in batches]
    pooled = joined([feature.pooled for feature in features]).reshape(views, photos, -1).transpose(0, 1)
    patches = _turned_back(joined([feature.patches for feature in features]), views, photos, encoder.grid, twin)
    if not is_mapped:
        return pooled, patches, ()
    middle, cells = (joined([feature.maps[place] for feature in features if feature.maps]) for place in (0, 1))
    middle, cells = (
        _turned_back(each, views, photos, (round(each.shape[1] ** 0.5),) * 2, twin) for each in (middle, cells)
    )
    size, each_boxes = [encoder.input_size] * photos, [tuple(map(tuple, boxes))] * photos
    return pooled, patches, tuple(map(FeatureMaps, patches, middle, cells, size, each_boxes))


def _turned_back(cells: Tensor, views: int, photos: int, grid: tuple[int, int], twin: int | None) -> Tensor:
    """Maps ``(V B, n, k)`` as ``(B, V, n, k)``, those of the mirrored twins mirrored back."""
    turned = cells.reshape(views, photos, *grid, -1)
    if twin is not None and twin < views:
        turned = turned.clone()
        turned[twin] = turned[twin].flip(2)
    return turned.flatten(2, 3).transpose(0, 1)


def encode_files(
    encoder: ClipEncoder,
    paths: Sequence[str | Path | Image.Image],
    *,
    views: int = 3,
    checksums: Sequence[str] | None = None,
    batch_size: int | None = None,
    squares: Sequence[Sequence[float]] | None = None,
    frames: Sequence[Frame | None] | None = None,
) -> Iterator[EncodedPhoto]:
    """Encode photos from files, in order, one result for each path.

    On a CPU several threads each decode and encode a photo; another device, or an encoder that one thread at a time may
    ask, is fed batches by threads that decode. A photo that cannot be read is yielded with its error; the others go on.
    At most two batches, on a CPU two photos a thread, are begun ahead, so memory does not grow with the number of
    photos. Closing the generator stops the threads.

    The `paths` may be upright RGB pictures in memory as well. The views are those of :func:`encode_closely`; of
    :data:`THING` views, where `squares` were found before, boxes of `salient_boxes`, these alone are encoded, and
    mirrored: V is 2. Of those with `frames` the square is around the frame. `checksums` are the SHA-256 that each
    file's content must have, `batch_size` is of other devices than a CPU, None the encoder's. Raises SpaError if memory
    does not suffice for a single photo.
    """
    wanted: Sequence[str | None] = [None] * len(paths) if checksums is None else checksums
    boxes: Sequence[Sequence[float] | None] = [None] * len(paths) if squares is None else squares
    framed: Sequence[Frame | None] = [None] * len(paths) if frames is None else frames
    files: list[_File] = list(zip(paths, wanted, boxes, framed, strict=True))
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
    source, checksum, box, frame = file
    try:
        if isinstance(source, Image.Image):
            image, sha256 = source, ""
        else:
            # Twice the input size leaves the transform's own filter enough to work on, and the middle all its pixels.
            photo = read_photo(source, at_least=2 * encoder.input_size, sha256=checksum)
            image, sha256 = photo.image, photo.sha256
    except PhotoError as error:
        return str(error)
    inputs = inputs_of(encoder, image, views) if box is None else square_of(encoder, image, box)[None]
    return image, inputs, sha256, frame


def _encode_batch(encoder: ClipEncoder, batch: list[_Decoded], views: int, first: int) -> Iterator[EncodedPhoto]:
    good = [item for item in batch if not isinstance(item, str)]
    patch_count, photos = encoder.grid[0] * encoder.grid[1], [image for image, *_ in good]
    encoded: Iterator[tuple[Tensor, Tensor]] = iter(())
    if good:
        inputs, frames = torch.stack([each for _, each, _, _ in good]), [frame for *_, frame in good]
        is_square = views == THING and inputs.shape[1] == 1
        if is_square:
            pooled, patches, _ = encode_squares(encoder, inputs[:, 0], ())
        else:
            pooled, patches, _ = encode_closely(encoder, inputs, views, photos, frames, with_maps=False)
        encoded = iter(zip(pooled, patches, strict=True))
    for index, item in enumerate(batch, start=first):
        if isinstance(item, str):
            nothing = torch.empty(0, encoder.pooled_width), torch.empty(0, patch_count, encoder.patch_width)
            yield EncodedPhoto(index, *nothing, error=item)
        else:
            pooled, patches = next(encoded)
            # Clones: a view would keep the whole batch alive for as long as one photo is kept.
            alone = len(good) == 1
            kept = (pooled, patches) if alone else (pooled.clone(), patches.clone())
            yield EncodedPhoto(index, *kept, sha256=item[2])
