"""Photos and labels as a caller of the Python API gives them: checked, and named by their place if they are wrong."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import IOBase
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import numpy as np

from spa_desktop.encoders.photo_encoder import PhotoEncoder
from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.spa.config import FOCUSES, KEPT_SHARE, SpaConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image
    from torch import Tensor
    from torch.utils.data import Dataset

    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.jobs import Job

Label = str | int  # or bool, which is an int
Made = TypeVar("Made")
PhotoLike: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image | NDArray[Any] | Tensor"
Photos: TypeAlias = "PhotoLike | Iterable[object] | Dataset[Any]"

MOST_PHRASES = 64  # of a label
_PHOTOS = "paths, bytes of files, PIL images or uint8 arrays (height, width, 3) or (height, width)"
_CHANNELS = 1, 3, 4  # grey, RGB, RGBA
_SETTINGS: dict[str, tuple[Any, str]] = {
    "backbone": (
        str | PhotoEncoder,
        "its name as text, or an object with encode, fingerprint and input_size (PhotoEncoder)",
    ),
    "device": (str, '"auto", "cuda", "mps" or "cpu"'),
    "writer": (str | None, '"offline", or None for none'),
    "config": (SpaConfig | None, "an SpaConfig, or None for the defaults"),
    "seed": (int | np.integer, "a whole number"),
    "random_state": (int | np.integer | None, "a whole number, or None for that of seed"),
    "on_progress": (Callable | None, "a function that takes a JobEvent, or None"),
    "views": (int | np.integer, "1, 2 or 3"),
    "focus": (str, '"auto", "photo" or "thing"'),
    "batch_size": (int | np.integer | None, "how many photos, a whole number from 1 on, or None"),
    "ray": (str | None, '"local", "auto", HOST:PORT, or None'),
}
_BOUNDS = {"views": range(1, 4), "focus": FOCUSES, "batch_size": range(1, 1 << 20)}
_KINDS = {str: "text", int: "numbers", bool: "truth values"}  # of labels
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_SHOWN = 80  # characters of a value in a message


class BadInput(InputError, ValueError):
    """An argument of the classifier is wrong. It is a `ValueError` as well, as scikit-learn's users expect."""


def photos_of(given: object) -> list[object]:
    """The photos of an argument: the one rule, of every method of the classifier.

    A path, the bytes of a photo's file, a PIL image and an array ``(h, w)`` or ``(h, w, c)``, where c is 1, 3 or 4, are
    one photo; so is a tensor of torch of these shapes or ``(c, h, w)``. With an axis more in front it is n photos.
    Other arrays of three axes are refused: n grey photos would count as one of many channels. A table (of pandas or
    polars) of one column holds what the column does, and a torch `Dataset` or `DataLoader` its photos. Anything else
    that can be gone through holds photos: a list, a Series, an array of paths, a generator. Raises BadInput if it is
    none of these, or there is no photo in it. The photos themselves are not opened.
    """
    from PIL import Image

    if isinstance(given, str | os.PathLike | bytes | Image.Image):
        return [given]
    if _is_of_torch(given, "DataLoader"):
        return _require_photos([photo for batch in given for photo in photos_of(_pair(batch)[0])])  # type: ignore[attr-defined]
    if _is_of_torch(given, "Dataset"):
        rows = list(_items(given) or ())
        return _require_photos([row[0] if isinstance(row, tuple | list) and len(row) == 2 else row for row in rows])
    given = _array_of(given)
    if isinstance(given, np.ndarray):
        if _is_photo(given):
            return [given]
        if given.ndim != 4 and (given.ndim != 1 or given.dtype.kind in "biufcmM"):  # numbers and dates are no paths
            raise BadInput(
                f"The photos are an array {given.shape} of {given.dtype}: give (n, height, width, 3) for n photos, "
                "(height, width, 3) or (height, width) for one, or a list"
            )
    items = _items(given)
    if items is None:
        raise BadInput(f"The photos are {_kind(given)}: give {_PHOTOS}, in a list or one alone")
    return _require_photos(list(items))


def labelled(photos: object, labels: object, known: Sequence[Label] = ()) -> tuple[list[object], list[Label]]:
    """Photos and a label for each, as they are kept. One label alone is that of one photo.

    Without labels, the photos are pairs of a photo and its label, or a `DataLoader` of batches of both. The labels are
    of one kind, that of those `known`. Raises BadInput as :func:`photos_of` and :func:`label_of`; if the numbers
    differ, or labels are of several kinds.
    """
    if labels is None and _is_of_torch(photos, "DataLoader"):
        batches = [_pair(batch) for batch in photos]  # type: ignore[attr-defined]
        labels = [label for _, some in batches if some is not None for label in labels_of(some)] or None
        photos = [photo for some, _ in batches for photo in photos_of(some)]
    if labels is None:
        pairs = list(_items(photos) or ()) if _is_of_torch(photos, "Dataset") or isinstance(photos, list) else []
        if not pairs or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
            raise BadInput(
                "The classifier requires y to be passed, but the target y is None: give labels, or a list or torch "
                "Dataset of pairs of a photo and its label"
            )
        photos, labels = [pair[0] for pair in pairs], [pair[1] for pair in pairs]  # type: ignore[index]
    all_photos, all_labels = photos_of(photos), labels_of(labels)
    if len(all_photos) != len(all_labels):
        raise BadInput(f"{len(all_photos)} photos and {len(all_labels)} labels were given: give a label for each photo")
    kinds = {type(label) for label in (*known, *all_labels)}
    if len(kinds) > 1:
        named = " and ".join(name for kind, name in _KINDS.items() if kind in kinds)
        raise BadInput(f"Labels are {named} at once: use one of them")
    return all_photos, all_labels


def labels_of(given: object) -> list[Label]:
    """The labels of an argument, or the one that it is: see :func:`label_of`."""
    items = _items(_array_of(given))
    return [label_of(label, place) for place, label in enumerate([given] if items is None else items)]


def from_folder(folder: str | os.PathLike[str], split: str = "train") -> tuple[list[Path], list[str]]:
    """Photos in folders by class, and the name of its class for each: X and y for `fit`.

    As ``spa-desktop add`` reads them: a folder of photos is a class, a folder of folders is many. "train" gives what is
    to be learned, all that lies in no folder `test`; "test" gives what lies in one. Raises InputError if there is no
    such folder, or no photo in it; BadInput if `split` is neither.
    """
    from spa_desktop.project.folders import find_classes

    if split not in ("train", "test"):
        raise BadInput(f'split is {quoted(split)}: give "train" or "test"')
    classes = find_classes([path_of(folder, "The folder")]).classes
    pairs = [(f.path, found.name) for found in classes for f in found.files if (f.split == "test") == (split == "test")]
    if not pairs:
        raise InputError(f"There is no photo to {'test with' if split == 'test' else 'learn'} in {folder}")
    return [path for path, _ in pairs], [name for _, name in pairs]


def from_dataframe(table: Any, path: str = "path", label: str = "label") -> tuple[list[Any], list[Any]]:
    """The photos and labels of a table of pandas or polars, by the names of its columns: X and y for `fit`.

    Raises BadInput if it is no table, or lacks a column.
    """
    columns = [str(column) for column in getattr(table, "columns", ())]
    for name in (path, label):
        if name not in columns:
            raise BadInput(f"The table has no column {quoted(name)}: it has {', '.join(columns) or 'none'}")
    return list(table[path]), list(table[label])


def label_of(label: object, place: int | None = None) -> Label:
    """A label as it is kept: what numpy would change, and make equal to another, is refused.

    It is text, a whole number or a truth value, also of numpy or torch; `place` is of its photo, for the message.
    Raises BadInput if it is something else, empty, holds NUL or halves of characters, as names of files may, or is a
    number of more than 64 bits.
    """
    where = "" if place is None else f" of photo {place}"
    label = _array_of(label)
    if isinstance(label, np.generic | np.ndarray) and label.ndim == 0:
        label = label.item()
    if isinstance(label, bool):
        return label
    if not isinstance(label, str | int):
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


def place_of(label: object, learned: Sequence[Label]) -> int:
    """Where a label is among those learned. Raises BadInput if it is not there: True is not 1."""
    wanted = label_of(label)
    for place, known in enumerate(learned):
        if known == wanted and type(known) is type(wanted):
            return place
    raise BadInput(f"{quoted(wanted)} was not learned. Learned are: {', '.join(map(str, learned[:20]))}")


def descriptions_of(given: object, labels: Sequence[Label]) -> dict[Label, object]:
    """Descriptions by label. Raises BadInput if they are no dict, or one is of a label that no photo has."""
    if not isinstance(given, Mapping):
        raise BadInput(f"The descriptions are {quoted(given)}: give a dict of a text for each label")
    texts = {label_of(label): text for label, text in given.items()}
    if unknown := [label for label in texts if label not in labels]:
        raise BadInput(f"There is a description of {unknown[0]!r}, but no photo has this label")
    return texts


def description_of(label: Label, name: str, given: object) -> tuple[str, tuple[str, ...]]:
    """The sentence that describes a class, readably called `name`, and its phrases: as given, or made of these.

    Raises BadInput if it is neither text nor a list of texts, or they are too many.
    """
    if isinstance(given, str) and is_text(given):
        return given, ()
    if (
        not isinstance(given, Sequence)
        or not given
        or not all(isinstance(text, str) and is_text(text) for text in given)
    ):
        raise BadInput(f"The description of {label!r} is neither text nor a list of texts")
    if len(given) > MOST_PHRASES:
        raise BadInput(f"The description of {label!r} has {len(given)} phrases: give at most {MOST_PHRASES}")
    return f"a photo of a {name}: {', '.join(given)}.", tuple(given)


def share_of(reject: object) -> float:
    """The share of photos of known classes that may be rejected, from 0 to below 1; of True the usual one.

    Raises BadInput if it is something else.
    """
    if isinstance(reject, bool | np.bool_):
        return 1 - KEPT_SHARE if reject else 0.0
    if not isinstance(reject, Real) or not 0 <= float(reject) < 1:
        raise BadInput(f"reject is {quoted(reject)}: give True, False or the share of known photos that may go")
    return float(reject)


def frame_of(frame: object, channels: object) -> Image.Image:
    """A frame of a video, ``(height, width, 3)`` uint8 in the order "BGR" or "RGB", as a picture.

    Raises BadInput if it is no such array, or `channels` neither of them.
    """
    from PIL import Image

    if channels not in ("BGR", "RGB"):
        raise BadInput(f'channels is {quoted(channels)}: give "BGR", as OpenCV has frames, or "RGB"')
    if not isinstance(frame, np.ndarray):
        raise BadInput(f"The frame is {_kind(frame)}: give a uint8 array (height, width, 3)")
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or not frame.size:
        raise BadInput(f"The frame is an array {frame.shape} of {frame.dtype}: give uint8 (height, width, 3)")
    return Image.fromarray(np.ascontiguousarray(frame[..., ::-1] if channels == "BGR" else frame))


def check_settings(settings: Mapping[str, object]) -> None:
    """Check the classifier's settings, by name, before they are used.

    Raises BadInput if one is of another type, or no name, a number of more than 64 bits, or out of its bounds.
    """
    for name, (kinds, wanted) in _SETTINGS.items():
        value = settings[name]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise BadInput(f"{name} is {quoted(value)}: give {wanted}")
        if isinstance(value, str) and "\0" in value:
            raise BadInput(f"{name} is {quoted(value)}, which is no name: give {wanted}")
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise BadInput(f"{name} is a number of more than 64 bits: give a smaller one")
        if value is not None and name in _BOUNDS and value not in _BOUNDS[name]:
            raise BadInput(f"{name} is {value}: give {wanted}")


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
    """The path of a file or folder; `what` names it in the message. Raises BadInput if no file can be called so."""
    name = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if isinstance(name, str) and _ADDRESS.match(name):
        raise BadInput(f"{what} is the address {quoted(name)}, and nothing is fetched: download it, and give its file")
    if not isinstance(name, str) or not name or "\0" in name:
        raise BadInput(f"{what} is {quoted(given)}, which is no name of a file: give a path")
    return Path(name)


def converted(
    photo: object, place: int, of_file: Callable[[Path], Made], of_image: Callable[[Image.Image], Made]
) -> Made:
    """What `of_file` makes of a photo's path, or `of_image` of any other photo as an upright RGB image.

    Raises BadInput if it is no photo, has more pixels than a file may have, or cannot be read.
    """
    from PIL import Image

    from spa_desktop.photos.decoding import BROKEN, Refusal, check_size
    from spa_desktop.photos.opening import open_content
    from spa_desktop.photos.upright import orientation_of, upright_rgb

    if isinstance(photo, str | os.PathLike):
        path = path_of(photo, f"Photo {place}")
        try:
            return of_file(path)
        except (SpaError, ValueError) as error:
            raise BadInput(f"Photo {place}: {error}") from error
    photo = _array_of(photo, f"Photo {place} is")
    if isinstance(photo, np.ndarray):
        if not _is_photo(photo) or photo.dtype.kind not in "uf" or (photo.dtype.kind == "u" and photo.itemsize > 1):
            raise BadInput(
                f"Photo {place} is an array {photo.shape} of {photo.dtype}: give uint8, or fractions from 0 to 1, "
                "(height, width, 3) or (height, width)"
            )
        size = photo.shape[1], photo.shape[0]
    elif isinstance(photo, Image.Image):
        size = photo.size
    elif not isinstance(photo, bytes):
        raise BadInput(f"Photo {place} is {_kind(photo)}: give {_PHOTOS}")
    try:
        if isinstance(photo, bytes):
            return of_image(open_content(photo))
        if not all(size):
            raise Refusal(f"{{path}} is a picture of {size[0]} x {size[1]} pixels: give one that has some")
        check_size(*size, size[0] * size[1])  # before it is copied
        if isinstance(photo, Image.Image) and photo.mode == "I":  # 32 bits: which of them count, the values tell
            least, most = np.asarray(photo).min(), np.asarray(photo).max()
            if least < 0 or most > 65535:
                text = "{path} has whole numbers from {least} to {most}: give them from 0 to 255, or to 65535"
                raise Refusal(text, least=least, most=most)
            photo = photo.convert("L") if most <= 255 else photo
        if isinstance(photo, np.ndarray):
            if photo.dtype.kind == "f":
                least, most = float(photo.min()), float(photo.max())
                if not (least >= 0 and most <= 1):  # nor no number
                    text = "{path} has fractions from {least} to {most}: give them from 0 to 1, or uint8"
                    raise Refusal(text, least=f"{least:.3g}", most=f"{most:.3g}")
                photo = (photo * 255).round().astype(np.uint8)
            photo = photo[..., 0] if photo.ndim == 3 and photo.shape[2] == 1 else photo
            photo = Image.fromarray(np.ascontiguousarray(photo))
        photo.load()
        return of_image(upright_rgb(photo, orientation_of(photo)))
    except Refusal as refusal:
        raise BadInput(FilledText.of(refusal.problem, path=f"Photo {place}", **refusal.fields)) from None
    except (*BROKEN, Image.DecompressionBombError, MemoryError) as error:
        raise BadInput(f"Photo {place} cannot be read: {error or type(error).__name__}") from error


def encoded(
    store: FeatureStore, photos: Sequence[object], job: Job, ray: str | None, labels: Sequence[Label] = ()
) -> list[PhotoRef]:
    """The photos, each with its features at hand; those that are missing are computed on the Ray cluster `ray`.

    Photos that are learned have `labels`. Raises BadInput if one is no photo or cannot be read, named with its place,
    or has two labels; InputError if no such cluster answers.
    """
    from spa_desktop.feature_store import PhotoRef
    from spa_desktop.ray_cluster import Cluster

    refs = [converted(photo, place, PhotoRef.of, PhotoRef.of_image) for place, photo in enumerate(photos)]
    first: dict[PhotoRef, int] = {}
    for place, label in enumerate(labels):
        twin = first.setdefault(refs[place], place)
        if labels[twin] != label:
            raise BadInput(
                f"The same photo has two labels: photo {twin} ({refs[twin].path}) is {quoted(labels[twin])}, photo "
                f"{place} ({refs[place].path}) is {quoted(label)}. Leave it out of one"
            )
    # A cluster elsewhere is asked for an answer first, which takes seconds: only where there is something to do.
    cluster = None if ray is None or all(map(store.has, refs)) else Cluster.of(ray)
    if faults := store.ensure(refs, job, cluster=cluster):
        place = next(place for place, ref in enumerate(refs) if ref.sha256 in faults)
        raise BadInput(f"Photo {place}: {faults[refs[place].sha256]}")
    return refs


def _items(given: object) -> Iterator[object] | None:
    """What is in a list or the like; None of what is one thing, or has no order that labels could follow."""
    if isinstance(given, str | bytes | bytearray | memoryview | IOBase | Mapping | set | frozenset):
        return None
    if _is_of_torch(given, "Dataset") and hasattr(given, "__len__"):  # going through one may never end
        return (given[place] for place in range(len(given)))  # type: ignore[index]
    if hasattr(given, "columns") and hasattr(given, "shape"):
        if len(given.columns) != 1:
            raise BadInput(f"A table of {len(given.columns)} columns was given: give one column of it")
        given = given[given.columns[0]]  # type: ignore[index]
    try:
        return iter(given)  # type: ignore[call-overload, no-any-return]
    except TypeError:
        return None


def _require_photos(photos: list[object]) -> list[object]:
    if not photos:
        raise BadInput("There is no photo: give at least one")
    return photos


def _is_photo(array: np.ndarray[Any, Any]) -> bool:
    return array.ndim == 2 or (array.ndim == 3 and array.shape[2] in _CHANNELS)


def _is_of_torch(given: object, kind: Literal["Dataset", "DataLoader"]) -> bool:
    data = sys.modules.get("torch.utils.data")  # who has one has imported it
    return data is not None and isinstance(given, getattr(data, kind))


def _pair(batch: object) -> tuple[object, object]:
    """The photos of a batch of a `DataLoader`, and its labels; None where it has none."""
    return (batch[0], batch[1]) if isinstance(batch, tuple | list) and len(batch) == 2 else (batch, None)


def _array_of(given: object, what: str = "The photos are") -> object:
    """A tensor of torch as an array with channels last; anything else as it is.

    Raises BadInput if the channels may be first or last.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(given, torch.Tensor):
        return given
    tensor: Tensor = given.detach().cpu()
    array: np.ndarray[Any, Any] = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    if array.ndim in (3, 4) and array.shape[-3] in (1, 3):
        if array.shape[-1] in _CHANNELS:
            raise BadInput(f"{what} a tensor {array.shape}, whose channels may be first or last: give an array")
        array = np.moveaxis(array, -3, -1)
    return array


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
