"""From a photo to an encoder's input, and back from the grid to the photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

# A banner of 10,000 x 10 pixels would grow a thousandfold before the crop: its ends are cut off first.
_LONGEST_ASPECT = 8


class PhotoTransform:
    """open_clip's transform of one backbone, with the part of the photo that it shows."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._config = PreprocessCfg(**settings)
        self.input_size = self._config.input_size[-1]
        mean, std = (torch.tensor(values) for values in (self._config.mean, self._config.std))
        self._scale, self._shift = (1 / (255 * std))[:, None, None], (-mean / std)[:, None, None]
        self._apply: Callable[[Image.Image], Tensor] = image_transform_v2(self._config, is_train=False)

    def __call__(self, photo: Image.Image) -> Tensor:
        """An upright RGB photo to ``(3, S, S)``, normalised as the backbone wants it."""
        return self._apply(self._without_ends(photo))

    def quickly(self, photo: Image.Image) -> Tensor:
        """The same for a picture of a camera, in about a quarter of the time.

        It is made smaller by torch, whose kernels for bytes are vectorised. Single pixels come out up to three of 255
        levels off, so photos that are learned do not take this way.
        """
        side, mode = self.input_size, self._config.interpolation
        if self._config.resize_mode != "shortest" or mode not in ("bicubic", "bilinear"):
            return self(photo)
        pixels = torch.from_numpy(np.array(self._without_ends(photo))).permute(2, 0, 1)
        height, width = pixels.shape[1:]
        short = min(height, width)
        size = (side * height // short, side * width // short)
        small = interpolate(pixels[None], size=size, mode=mode, antialias=True)[0]
        top, left = (round((long - side) / 2) for long in size)
        return small[:, top : top + side, left : left + side].float().mul_(self._scale).add_(self._shift)

    def _without_ends(self, photo: Image.Image) -> Image.Image:
        width, height = photo.size
        if self._config.resize_mode == "shortest" and max(width, height) > _LONGEST_ASPECT * min(width, height):
            keep = _LONGEST_ASPECT * min(width, height)
            left, top = max(0, (width - keep) // 2), max(0, (height - keep) // 2)
            photo = photo.crop((left, top, left + min(width, keep), top + min(height, keep)))
        return photo

    def crop_box(self, photo_size: tuple[int, int]) -> tuple[float, float, float, float]:
        """The part of a photo that the grid covers.

        Args:
            photo_size: ``(width, height)`` in pixels.

        Returns:
            ``(left, top, right, bottom)`` in pixels of the photo. Beyond its edges where the backbone pads.
        """
        width, height = photo_size
        if self._config.resize_mode == "squash":
            return (0.0, 0.0, float(width), float(height))
        side = max(width, height) if self._config.resize_mode == "longest" else min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return (left, top, left + side, top + side)

    def describe(self) -> dict[str, Any]:
        """The settings, for a fingerprint."""
        return asdict(self._config)
