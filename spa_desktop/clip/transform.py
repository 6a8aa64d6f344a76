"""From a photo to an encoder's input, and back from the grid to the photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor

# A banner of 10,000 x 10 pixels would grow a thousandfold before the crop: its ends are cut off first.
_LONGEST_ASPECT = 8


class PhotoTransform:
    """open_clip's transform of one backbone, with the part of the photo that it shows."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._config = PreprocessCfg(**settings)
        self.input_size = self._config.input_size[-1]
        self._apply: Callable[[Image.Image], Tensor] = image_transform_v2(self._config, is_train=False)

    def __call__(self, photo: Image.Image) -> Tensor:
        """An upright RGB photo to ``(3, S, S)``, normalised as the backbone wants it."""
        width, height = photo.size
        if self._config.resize_mode == "shortest" and max(width, height) > _LONGEST_ASPECT * min(width, height):
            keep = _LONGEST_ASPECT * min(width, height)
            left, top = max(0, (width - keep) // 2), max(0, (height - keep) // 2)
            photo = photo.crop((left, top, left + min(width, keep), top + min(height, keep)))
        return self._apply(photo)

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
