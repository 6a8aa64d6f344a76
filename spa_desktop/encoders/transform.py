"""From a photo to an encoder's input, and back from the grid to the photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

# A banner of 10,000 x 10 pixels would grow a thousandfold before the crop: its ends are cut off first.
LONGEST_ASPECT = 8
_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


# open_clip's PreprocessCfg, field by field, without the seconds that importing it takes.
_SETTINGS: dict[str, Any] = {
    "size": 224,
    "mode": "RGB",
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}


class PhotoTransform:
    """open_clip's transform of one backbone, with the part of the photo that it shows."""

    def __init__(self, settings: dict[str, Any]) -> None:
        #: all that features depend on, for a fingerprint
        self.settings = _SETTINGS | {key: value for key, value in settings.items() if key in _SETTINGS}
        size = self.settings["size"]
        height, width = (size, size) if isinstance(size, int) else size
        self.input_size: int = width
        self._mean, self._std = (torch.tensor(self.settings[key])[:, None, None] for key in ("mean", "std"))
        is_square, mode = height == self.input_size, self.settings["interpolation"]
        self._is_shortest = self.settings["resize_mode"] == "shortest" and is_square and mode in _FILTERS
        self._other: Callable[[Image.Image], Tensor] | None = None
        if not self._is_shortest:
            from open_clip.transform import PreprocessCfg, image_transform_v2

            self._other = image_transform_v2(PreprocessCfg(**self.settings), is_train=False)

    def __call__(self, photo: Image.Image) -> Tensor:
        """An upright RGB photo to ``(3, S, S)``, normalised as the backbone wants it."""
        photo = self._without_ends(photo)
        if self._other is not None:
            return self._other(photo)
        (width, height), (left, top) = self._size_and_corner(photo)
        side = self.input_size
        small = photo.resize((width, height), _FILTERS[self.settings["interpolation"]])
        pixels = np.array(small.crop((left, top, left + side, top + side)))
        return self._normalised(torch.from_numpy(pixels).permute(2, 0, 1))

    def quickly(self, photo: Image.Image) -> Tensor:
        """The same for a picture of a camera, in about a quarter of the time.

        It is made smaller by torch, whose kernels for bytes are vectorised. Single pixels come out up to three of 255
        levels off, so photos that are learned do not take this way.
        """
        if not self._is_shortest:
            return self(photo)
        photo = self._without_ends(photo)
        (width, height), (left, top) = self._size_and_corner(photo)
        pixels = torch.from_numpy(np.array(photo)).permute(2, 0, 1)
        small = interpolate(pixels[None], size=(height, width), mode=self.settings["interpolation"], antialias=True)[0]
        return self._normalised(small[:, top : top + self.input_size, left : left + self.input_size])

    def _size_and_corner(self, photo: Image.Image) -> tuple[tuple[int, int], tuple[int, int]]:
        """``(width, height)`` of the photo made small, and where in it ``(left, top)`` the input begins."""
        side, short = self.input_size, min(photo.size)
        width, height = (side * long // short for long in photo.size)
        return (width, height), (round((width - side) / 2), round((height - side) / 2))

    def _normalised(self, pixels: Tensor) -> Tensor:
        """Bytes ``(3, S, S)`` to numbers, in the very steps of open_clip's transform."""
        numbers = pixels.to(torch.float32, memory_format=torch.contiguous_format)
        return numbers.div_(255).sub_(self._mean).div_(self._std)

    def _without_ends(self, photo: Image.Image) -> Image.Image:
        width, height = photo.size
        if self.settings["resize_mode"] == "shortest" and max(width, height) > LONGEST_ASPECT * min(width, height):
            keep = LONGEST_ASPECT * min(width, height)
            left, top = max(0, (width - keep) // 2), max(0, (height - keep) // 2)
            photo = photo.crop((left, top, left + min(width, keep), top + min(height, keep)))
        return photo

    def crop_box(self, photo_size: tuple[int, int]) -> tuple[float, float, float, float]:
        """The part ``(left, top, right, bottom)`` of a photo ``(width, height)`` that the grid covers, in its pixels.

        Beyond its edges where the backbone pads.
        """
        width, height = photo_size
        if self.settings["resize_mode"] == "squash":
            return (0.0, 0.0, float(width), float(height))
        side = max(width, height) if self.settings["resize_mode"] == "longest" else min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return (left, top, left + side, top + side)
