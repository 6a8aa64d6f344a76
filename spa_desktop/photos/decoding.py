"""Decode the bytes of a photo to upright RGB: a closed list of formats, and limits before anything is decoded.

Plain JPEG and PNG files are decoded in the process that wants them. All else goes to a process of its own, whose memory
and computing time the system limits: this module is its program too. The limits' reasons are in docs/photos.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import sys
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile, UnidentifiedImageError

from spa_desktop.photos.upright import orientation_of, upright_rgb, upright_size
from spa_desktop.visible import QT_TRANSLATE_NOOP

MB = 1_000_000
HEAD = 64  # bytes that tell the format

MAX_SIDE = 30_000
MAX_PIXELS = 250_000_000
# A photo of more pixels than this must have a byte for so many of them; fewer come from a file made to take memory.
PIXELS_OF_A_DRAWING = 50_000_000
MOST_PIXELS_A_BYTE = 250
# Photos other than JPEG are averaged down while they become RGB, from so many pixels on.
PIXELS_TO_REDUCE = 12_000_000
_MOST_REDUCED = 64

# What is decoded in the process that wants it.
PLAIN_FILE = 16 * MB  # chunks and markers of so many bytes are read in seconds, whatever they are
PLAIN_MEMORY = 128 * MB
PLAIN_SCANS = 20  # of a progressive JPEG: each passes over the whole photo; encoders make about ten
MAX_MEMORY = 1200 * MB  # that the other process may take for one photo

# Pillow's names. Left out on purpose: EPS starts a program, ICO holds other photos, the rest are no photos.
_FORMATS = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("JPEG", rb"\xff\xd8\xff"),
        ("PNG", rb"\x89PNG\r\n\x1a\n"),
        ("WEBP", rb"RIFF.{4}WEBPVP8[ XL]"),
        ("GIF", rb"GIF8[79]a"),
        ("BMP", rb"BM"),
        ("TIFF", rb"II[\x2a\x2b]\x00|II\x00\x2a|MM\x00[\x2a\x2b]|MM\x2a\x00"),
        ("AVIF", rb".{4}ftyp(?:avi[fs]|(?:mif1|msf1).{4,40}avif)"),
        ("HEIF", rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)"),
    )
)

# What Pillow's decoders raise on broken files, by format; and its warnings, where a program turns these into errors.
BROKEN = (
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
    Warning,
)


DAMAGED = QT_TRANSLATE_NOOP("errors", "{path} is damaged or cut off{why}: remove it or copy it again")
NO_PHOTO = QT_TRANSLATE_NOOP("errors", "{path} is not a photo that can be read, whatever its name says: remove it")


class Refusal(Exception):
    """A photo that is not opened: why, with the fields of the text but ``{path}``, the photo's name."""

    def __init__(self, problem: str, **fields: object) -> None:
        super().__init__(problem)
        self.problem, self.fields = problem, fields


@dataclass(frozen=True)
class Decoded:
    """Upright RGB of eight bits a channel, perhaps reduced, and the width and height of the photo before that."""

    image: Image.Image
    width: int
    height: int


def format_of(head: bytes) -> str | None:
    """The format by Pillow's name, from the first `HEAD` bytes of a file, or None.

    >>> format_of(b"GIF89a...")
    'GIF'
    >>> format_of(b"%!PS-Adobe-3.0 EPSF-3.0") is None
    True
    """
    return next((name for name, pattern in _FORMATS if pattern.match(head)), None)


def decode(content: bytes, name: str, at_least: int | None, *, is_plain_wanted: bool = False) -> Decoded | None:
    """Decode a file in memory, whose format has a name by `format_of`.

    Both sides of the result may be reduced to `at_least` so many pixels, by a power of two. `is_plain_wanted` decodes
    only what surely takes little memory and time, and gives None for all else. Raises Refusal: the photo is beyond a
    limit; Exception: one of `BROKEN`, or MemoryError.
    """
    if is_plain_wanted and not _may_be_plain(content, name):
        return None
    with _opened(content, name) as photo:
        whole, reduced = photo.size, 1
        check_size(*whole, len(content))
        if at_least is not None:
            photo.draft(None, (at_least, at_least))
            reduced = _factor(photo.size, at_least)
        if is_plain_wanted and not _is_plain(photo, whole, content):
            return None
        photo.load()
        orientation = orientation_of(photo)
        image = upright_rgb(photo, orientation, reduced)
    return Decoded(image, *upright_size(whole, orientation))


def size_of(content: bytes, name: str) -> tuple[int, int] | None:
    """Width and height of the upright photo, without decoding it; None where only that surely tells them.

    Raises as `decode`.
    """
    if not _may_be_plain(content, name):
        return None
    with _opened(content, name) as photo:
        check_size(*photo.size, len(content))
        # The EXIF of a PNG may stand behind its pixels.
        return upright_size(photo.size, orientation_of(photo)) if _is_plain(photo, photo.size, content) else None


def _may_be_plain(content: bytes, name: str) -> bool:
    return name in ("JPEG", "PNG") and len(content) <= PLAIN_FILE


def _opened(content: bytes, name: str) -> ImageFile.ImageFile:
    """What `Image.open` gives, without its limit on pixels: that is one for the whole process, and lower than ours."""
    if name not in Image.OPEN:
        Image.init()
    factory, accepts = Image.OPEN[name]
    try:
        if accepts is None or accepts(content[:16]) is True:
            return factory(BytesIO(content), "")
    except (SyntaxError, IndexError, TypeError, struct.error):
        pass
    raise UnidentifiedImageError


def check_size(width: int, height: int, file_size: int) -> None:
    """Refuse a photo by its size in pixels and bytes.

    Raises Refusal: a side or the area is beyond the limits, or the file is too small to be a photo of that size.
    """
    pixels = width * height
    if pixels > MAX_PIXELS:
        text = QT_TRANSLATE_NOOP("errors", "{path} has more than {most} million pixels: make it smaller")
        raise Refusal(text, most=MAX_PIXELS // MB)
    if max(width, height) > MAX_SIDE:
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} is {width} x {height} pixels, and no side may have more than {most}: make it smaller"
        )
        raise Refusal(text, width=width, height=height, most=f"{MAX_SIDE:,}")
    if pixels > PIXELS_OF_A_DRAWING and file_size * MOST_PIXELS_A_BYTE < pixels:
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} says it has {n} million pixels in a file of {size} kB, as no photo has: remove it"
        )
        raise Refusal(text, n=pixels // MB, size=max(1, file_size // 1000))


def _is_plain(photo: ImageFile.ImageFile, whole: tuple[int, int], content: bytes) -> bool:
    needed = 8 * photo.width * photo.height  # the photo and its RGB
    if photo.info.get("progressive"):
        needed += 6 * whole[0] * whole[1]  # coefficients, however small it is wanted
        if content.count(b"\xff\xda") > PLAIN_SCANS:
            return False
    return needed <= PLAIN_MEMORY


def _factor(size: tuple[int, int], at_least: int) -> int:
    factor = 1
    if size[0] * size[1] > PIXELS_TO_REDUCE:
        while factor < _MOST_REDUCED and min(size) // (2 * factor) >= at_least:
            factor *= 2
    return factor


def refusal_of(error: Exception) -> Refusal:
    """Why a photo could not be decoded. A decoder may quote the file."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, MemoryError):
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} takes too much memory to open: make it smaller, or save it as an ordinary JPEG"
        )
        return Refusal(text)
    if isinstance(error, UnidentifiedImageError):
        return Refusal(NO_PHOTO)
    why = "".join(sign if sign.isprintable() else " " for sign in str(error))[:100].strip() or type(error).__name__
    return Refusal(DAMAGED, why=f" ({why})")


# The process of its own. A request is a line of JSON and the file's bytes; so is an answer, with the pixels.


def main() -> None:
    """Run as the process that decodes: answer requests until there are no more.

    A request's line has "size" (bytes that follow), "format", "at_least" and "seconds" (of computing, at most). An
    answer's line has "size" (width and height of the RGB bytes that follow) and "whole" (of the photo before it was
    reduced), or "refused" (a reason, and its fields).
    """
    import pillow_heif

    pillow_heif.register_heif_opener()
    warnings.simplefilter("ignore")  # what Pillow finds odd about a photo that it opens all the same
    Image.init()
    # Whatever a library prints must not stand between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none of this: the deadline alone holds
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - nothing else is needed of pathlib
            taken = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MAX_MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while line := sys.stdin.buffer.readline():
        wanted = json.loads(line)
        content = sys.stdin.buffer.read(wanted["size"])
        with contextlib.suppress(ImportError, OSError, ValueError):
            import resource

            used = resource.getrusage(resource.RUSAGE_SELF)
            until = int(used.ru_utime + used.ru_stime) + wanted["seconds"] + 1
            resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        try:
            decoded = decode(content, wanted["format"], wanted["at_least"])
            assert decoded is not None
            pixels = decoded.image.tobytes()
        except (Refusal, MemoryError, *BROKEN) as error:
            refusal = refusal_of(error)
            answers.write(json.dumps({"refused": (refusal.problem, refusal.fields)}).encode() + b"\n")
        else:
            about = {"size": decoded.image.size, "whole": (decoded.width, decoded.height)}
            answers.write(json.dumps(about).encode() + b"\n")
            answers.write(pixels)
            del decoded, pixels
        answers.flush()


if __name__ == "__main__":
    main()
