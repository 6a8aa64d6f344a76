"""Opening photos as people have them: turned by EXIF, transparent, grey, 16-bit, for printing, broken, hostile.

Everything that opens a photo comes through here. The limits and their reasons are in docs/photos.md.
"""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from spa_desktop.errors import InputError
from spa_desktop.photos.avif import without_exif
from spa_desktop.photos.memory_budget import MemoryBudget
from spa_desktop.photos.memory_demand import demand_of
from spa_desktop.photos.photo_kinds import HEAD, kind_of
from spa_desktop.photos.photo_limits import (
    DECODING_MEMORY,
    MAX_PIXELS,
    PIXELS_TO_REDUCE,
    Refusal,
    check_memory,
    check_size,
)
from spa_desktop.photos.regular_files import content_of, first_bytes, open_regular, sha256_of
from spa_desktop.photos.timed_bytes import TimedBytes
from spa_desktop.photos.upright import orientation_of, upright_rgb, upright_size
from spa_desktop.plain_files import is_elsewhere

_DECODING = MemoryBudget(DECODING_MEMORY)
_MOST_REDUCED = 64

# What Pillow's decoders raise on broken files, by format.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    SystemError,
    struct.error,
    zlib.error,
)

# Pillow refuses from twice this number on, wherever a decoder learns a size, and warns before: our own limits tell.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
# Pillow takes memory in blocks of 16 MB, which the C library keeps for the thread that freed them, so that two threads
# hold a large photo twice. Blocks of more than 32 MB it gives back.
Image.core.set_block_size(48 << 20)  # type: ignore[attr-defined]
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# What it finds odd about a photo that it opens all the same is nothing to a person who adds photos.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PhotoError(InputError):
    """A photo that cannot be used: one line says which and why."""


@dataclass(frozen=True)
class Photo:
    """A photo that was opened.

    Attributes:
        image: upright RGB, eight bits a channel.
        sha256: of the bytes that were decoded; empty if it was not asked for.
        size: of the file in bytes.
        width: as the photo is looked at, before it came reduced.
        height: likewise.
    """

    image: Image.Image
    sha256: str
    size: int
    width: int
    height: int


def open_photo(path: str | os.PathLike[str], *, at_least: int | None = None, sha256: str | None = None) -> Image.Image:
    """Open a photo as upright RGB, eight bits a channel.

    Orientation by EXIF is applied, transparency laid on white, of an animation the first frame taken, and 16-bit
    values are scaled to eight bits.

    Args:
        path: the file. Its content decides what it is, not its name.
        at_least: if given, a JPEG that is larger, or another photo that is very large, may come reduced by a power of
            two, with both sides at least so long: many times faster for photos that are made small anyway.
        sha256: if given, the content must have it. Then the path is from a project, which may be a stranger's: no
            other computer is asked for the photo.

    Raises:
        PhotoError: if the file is missing, empty, no image, cut off, beyond a limit, or not the one that was hashed.
    """
    if sha256 is not None and is_elsewhere(path):
        raise PhotoError(f"{path} is not on this computer: copy the photo here, or give the share a drive letter")
    photo = read_photo(path, at_least=at_least, is_hashed=sha256 is not None)
    if sha256 is not None and photo.sha256 != sha256:
        raise PhotoError(f"{path} is another photo than the one that was added: put that one back, or add it anew")
    return photo.image


def read_photo(path: str | os.PathLike[str], *, at_least: int | None = None, is_hashed: bool = True) -> Photo:
    """Open a photo, with the hash of the very bytes that were decoded: see `open_photo`.

    Raises:
        PhotoError: as `open_photo`.
    """
    file = Path(path)
    with _told(file), open_regular(file) as (descriptor, size):
        kind = kind_of(first_bytes(descriptor, HEAD), file.suffix)
        if kind is None:
            raise UnidentifiedImageError
        with content_of(descriptor, size) as content:
            return _decoded(content, kind, at_least, is_hashed=is_hashed)


def hash_photo(path: Path) -> str:
    """The SHA-256 of a photo's file, without opening it as a photo.

    Raises:
        PhotoError: it cannot be read, or is no regular file, or is too large.
    """
    try:
        return sha256_of(path)
    except Refusal as refusal:
        raise PhotoError(f"{path} {refusal}") from None
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror or error}") from None


def _decoded(content: bytes, kind: str, at_least: int | None, *, is_hashed: bool) -> Photo:
    demand = demand_of(kind, content)
    if demand is None:
        raise UnidentifiedImageError
    check_memory(demand.besides, demand.perhaps)
    stream = TimedBytes(without_exif(content) if kind == "AVIF" else content, most_reads=demand.reads)
    try:
        with Image.open(stream, formats=[kind]) as photo:
            whole = photo.size
            check_size(*whole, len(content))
            reduced = 1
            if at_least is not None:
                photo.draft(None, (at_least, at_least))
                reduced = _factor(photo.size, at_least)
            needed = demand.of(photo.size) + _result_bytes(photo.size, reduced)
            check_memory(needed, demand.perhaps)
            # Only now, so that what is refused by its headers is not hashed.
            digest = hashlib.sha256(content).hexdigest() if is_hashed else ""
            with _DECODING.lend(min(needed + demand.perhaps, DECODING_MEMORY)):
                photo.load()
                orientation = orientation_of(photo)
                image = upright_rgb(photo, orientation, reduced)
    except Refusal:
        raise
    except (*_BROKEN, MemoryError):
        # A decoder in C may have turned the refusal to read on into an error of its own.
        if stream.refusal is not None:
            raise stream.refusal from None
        raise
    return Photo(image, digest, len(content), *upright_size(whole, orientation))


def _factor(size: tuple[int, int], at_least: int) -> int:
    factor = 1
    if size[0] * size[1] > PIXELS_TO_REDUCE:
        while factor < _MOST_REDUCED and min(size) // (2 * factor) >= at_least:
            factor *= 2
    return factor


def _result_bytes(size: tuple[int, int], reduced: int) -> int:
    # Twice, as it may be turned into a copy; and the strips.
    return 8 * (size[0] // reduced + 1) * (size[1] // reduced + 1) + 32_000_000


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say what goes wrong inside as one line about the photo."""
    try:
        yield
    except Refusal as refusal:
        raise PhotoError(f"{file} {refusal}") from None
    except (Image.DecompressionBombError, MemoryError):
        raise PhotoError(f"{file} has more than {MAX_PIXELS // 1_000_000} million pixels: make it smaller") from None
    except UnidentifiedImageError:
        hint = "save it as JPEG first" if file.suffix.lower() in (".heic", ".heif") else "remove it"
        raise PhotoError(f"{file} is not a photo that can be read, whatever its name says: {hint}") from None
    except FileNotFoundError:
        raise PhotoError(f"{file} is missing: it was moved or deleted") from None
    except PermissionError:
        raise PhotoError(f"{file} may not be read: check its permissions") from None
    except IsADirectoryError:
        raise PhotoError(f"{file} is a folder: give a photo") from None
    except _BROKEN as error:
        # A decoder may quote the file.
        why = "".join(sign if sign.isprintable() else " " for sign in str(error))[:100].strip() or type(error).__name__
        raise PhotoError(f"{file} is damaged or cut off ({why}): remove it or copy it again") from None
