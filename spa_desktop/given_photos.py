"""Photos and labels as a caller of the Python API gives them: checked, and named by their place if they are wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from spa_desktop.errors import InputError, SpaError

if TYPE_CHECKING:
    from PIL import Image

    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.jobs import Job

Label = str | int
Made = TypeVar("Made")

_PHOTOS = "paths, PIL images or uint8 arrays (height, width, 3) or (height, width)"
_SHOWN = 80  # characters of a value in a message


class BadInput(InputError, ValueError):
    """An argument of the classifier is wrong. It is a `ValueError` as well, as scikit-learn's users expect."""


def photos_of(given: object) -> list[object]:
    """The photos of an argument: the one rule, of every method of the classifier.

    A path, a PIL image and an array ``(h, w)`` or ``(h, w, 3)`` are one photo. An array ``(n, h, w, 3)`` is n photos.
    Other arrays of three axes are refused: n grey photos of three columns each would count as one in colour.
    Anything else that can be gone through holds photos: a list, a Series, an array of paths, a generator.

    Raises:
        BadInput: if it is none of these, or there is no photo in it. The photos themselves are not opened.
    """
    from PIL import Image

    if isinstance(given, str | os.PathLike | Image.Image):
        return [given]
    if isinstance(given, np.ndarray):
        if given.ndim == 2 or (given.ndim == 3 and given.shape[2] == 3):
            return [given]
        if given.ndim != 4 and (given.ndim != 1 or given.dtype.kind in "biufcmM"):  # numbers and dates are no paths
            raise BadInput(
                f"The photos are an array {given.shape} of {given.dtype}: give (n, height, width, 3) for n photos, "
                "(height, width, 3) or (height, width) for one, or a list"
            )
    items = _items(given)
    if items is None:
        raise BadInput(f"The photos are {_kind(given)}: give {_PHOTOS}, in a list or one alone")
    if not (photos := list(items)):
        raise BadInput("There is no photo: give at least one")
    return photos


def labelled(photos: object, labels: object, known: Sequence[Label] = ()) -> tuple[list[object], list[Label]]:
    """Photos and a label for each, as they are kept. One label alone is that of one photo.

    Args:
        photos: see :func:`photos_of`.
        labels: text or whole numbers, also of numpy.
        known: labels that the new ones are to be of one kind with.

    Raises:
        BadInput: as :func:`photos_of` and :func:`label_of`; if the numbers differ, or text and numbers are mixed.
    """
    all_photos, items = photos_of(photos), _items(labels)
    found = [label_of(label, place) for place, label in enumerate([labels] if items is None else items)]
    if len(all_photos) != len(found):
        raise BadInput(f"{len(all_photos)} photos and {len(found)} labels were given: give a label for each photo")
    if len({type(label) for label in (*known, *found)}) > 1:
        raise BadInput("Labels are text and numbers at once: use one of the two")
    return all_photos, found


def label_of(label: object, place: int | None = None) -> Label:
    """A label as it is kept: what numpy would change, and make equal to another, is refused.

    Args:
        label: text or a whole number, also of numpy.
        place: of its photo in the list, for the message.

    Raises:
        BadInput: if it is something else, empty, holds NUL or halves of characters, as names of files may, or is a
            number of more than 64 bits.
    """
    where = "" if place is None else f" of photo {place}"
    if isinstance(label, np.generic | np.ndarray) and label.ndim == 0:
        label = label.item()
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise BadInput(f"The label{where} is {quoted(label)}: give text or a whole number")
    if isinstance(label, int):
        if not -(1 << 63) <= label < 1 << 63:
            raise BadInput(f"The label{where} is a number of more than 64 bits: give a smaller one, or text")
        return int.__int__(label)  # of an enumeration, the number
    if not label.strip():
        raise BadInput(f"The label{where} is empty: give it a name")
    if "\0" in label or not is_text(label):
        raise BadInput(f"The label{where} is {quoted(label)}, which is no valid text: give it another name")
    return str.__str__(label)


def is_text(text: str) -> bool:
    """Whether a text can be written to a file: names of files, which labels come from, need not be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(value: object) -> str:
    """A value in a message, on one line and not too long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # a number of thousands of digits
        return _kind(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def path_of(given: object, what: str) -> Path:
    """The path of a file or folder; `what` names it in the message.

    Raises:
        BadInput: if no file can be called so.
    """
    name = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(name, str) or not name or "\0" in name:
        raise BadInput(f"{what} is {quoted(given)}, which is no name of a file: give a path")
    return Path(name)


def converted(
    photo: object, place: int, of_file: Callable[[Path], Made], of_image: Callable[[Image.Image], Made]
) -> Made:
    """What `of_file` makes of a photo's path, or `of_image` of a PIL image or an array as an upright RGB image.

    Raises:
        BadInput: if it is no photo, has more pixels than a file may have, or cannot be read.
    """
    from PIL import Image

    from spa_desktop.photos.decoding import BROKEN, Refusal, check_size
    from spa_desktop.photos.upright import orientation_of, upright_rgb

    if isinstance(photo, str | os.PathLike):
        path = path_of(photo, f"Photo {place}")
        try:
            return of_file(path)
        except (SpaError, ValueError) as error:
            raise BadInput(f"Photo {place}: {error}") from error
    if isinstance(photo, np.ndarray):
        is_photo = photo.ndim == 2 or (photo.ndim == 3 and photo.shape[2] == 3)
        if photo.dtype != np.uint8 or not is_photo or not photo.size:
            raise BadInput(
                f"Photo {place} is an array {photo.shape} of {photo.dtype}: give uint8, (height, width, 3) or "
                "(height, width)"
            )
        size = photo.shape[1], photo.shape[0]
    elif isinstance(photo, Image.Image):
        size = photo.size
        if not all(size):
            raise BadInput(f"Photo {place} is a picture of {size[0]} x {size[1]} pixels: give one that has some")
    else:
        raise BadInput(f"Photo {place} is {_kind(photo)}: give {_PHOTOS}")
    try:
        check_size(*size, size[0] * size[1])  # before it is copied
        if isinstance(photo, np.ndarray):
            photo = Image.fromarray(np.ascontiguousarray(photo))
        photo.load()
        return of_image(upright_rgb(photo, orientation_of(photo)))
    except Refusal as refusal:
        raise BadInput(f"Photo {place} {refusal}") from None
    except (*BROKEN, Image.DecompressionBombError, MemoryError) as error:
        raise BadInput(f"Photo {place} cannot be read: {error or type(error).__name__}") from error


def encoded(store: FeatureStore, photos: Sequence[object], job: Job) -> list[PhotoRef]:
    """The photos, each with its features at hand.

    Raises:
        BadInput: if one is no photo or cannot be read, named with its place.
    """
    from spa_desktop.feature_store import PhotoRef

    refs = [converted(photo, place, PhotoRef.of, PhotoRef.of_image) for place, photo in enumerate(photos)]
    if faults := store.ensure(refs, job):
        place = next(place for place, ref in enumerate(refs) if ref.sha256 in faults)
        raise BadInput(f"Photo {place}: {faults[refs[place].sha256]}")
    return refs


def _items(given: object) -> Iterator[object] | None:
    """What is in a list or the like; None of what is one thing, or has no order that labels could follow."""
    if isinstance(given, str | bytes | memoryview | Mapping | set | frozenset):
        return None
    try:
        return iter(given)  # type: ignore[call-overload, no-any-return]
    except TypeError:
        return None


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
