"""Photos and labels as a caller of the Python API gives them: checked, and named by their place if they are wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spa_desktop.errors import InputError, SpaError

if TYPE_CHECKING:
    from PIL import Image

    from spa_desktop.feature_store import PhotoRef

Label = str | int


class BadInput(InputError, ValueError):
    """An argument of the classifier is wrong. It is a `ValueError` as well, as scikit-learn's users expect."""


def label_of(label: object, place: int | None) -> Label:
    """A label as it is kept.

    Args:
        label: text or a whole number, also of numpy.
        place: of its photo in the list, for the message.

    Raises:
        BadInput: if it is something else, empty, or holds halves of characters, as names of files may.
    """
    where = "" if place is None else f" of photo {place}"
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise BadInput(f"The label{where} is {label!r}: give text or a whole number")
    if isinstance(label, str) and not label.strip():
        raise BadInput(f"The label{where} is empty: give it a name")
    if isinstance(label, str) and not is_text(label):
        raise BadInput(f"The label{where} is {label!r}, which is no valid text: give it another name")
    return label


def is_text(text: str) -> bool:
    """Whether a text can be written to a file: names of files, which labels come from, need not be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def photo_ref(photo: object, place: int) -> PhotoRef:
    """What the feature store wants to know of a photo: a path, a PIL image or a uint8 array.

    Raises:
        BadInput: if it is something else, or cannot be read.
    """
    from spa_desktop.feature_store import PhotoRef

    if isinstance(photo, str | os.PathLike):
        try:
            return PhotoRef.of(Path(photo))
        except (SpaError, ValueError) as error:  # of a name that no file can have
            raise BadInput(f"Photo {place}: {error}") from error
    return PhotoRef.of_image(opened_photo(photo, place))


def opened_photo(photo: object, place: int, open_file: Callable[[Path], Image.Image] | None = None) -> Image.Image:
    """A photo as an upright RGB image; `open_file` opens those that are paths.

    Raises:
        BadInput: if it is no photo, or cannot be read.
    """
    from PIL import Image, ImageOps

    if open_file is not None and isinstance(photo, str | os.PathLike):
        try:
            return open_file(Path(photo))
        except (SpaError, ValueError) as error:
            raise BadInput(f"Photo {place}: {error}") from error
    if isinstance(photo, np.ndarray):
        is_grey, is_rgb = photo.ndim == 2, photo.ndim == 3 and photo.shape[-1] == 3
        if photo.dtype != np.uint8 or not (is_grey or is_rgb) or not photo.size:
            raise BadInput(
                f"Photo {place} is an array {photo.shape} of {photo.dtype}: give uint8, (height, width, 3) or "
                "(height, width)"
            )
        photo = Image.fromarray(np.ascontiguousarray(photo))
    if not isinstance(photo, Image.Image):
        raise BadInput(f"Photo {place} is {type(photo).__name__}: give a path, a PIL image or a uint8 array")
    try:
        return ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise BadInput(f"Photo {place}: {error}") from error
