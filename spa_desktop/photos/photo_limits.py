"""The limits of a photo, and the refusal of one that is beyond them. The reasons are in docs/photos.md."""

from __future__ import annotations

MB = 1_000_000

MAX_FILE = 320 * MB
MAX_SIDE = 30_000
MAX_PIXELS = 250_000_000

# A photo of more pixels than this must have a byte for so many of them; fewer come from a file made to take memory.
PIXELS_OF_A_DRAWING = 50_000_000
MOST_PIXELS_A_BYTE = 250

# What decoding may take at once, all threads of the process together, beside the files' content.
DECODING_MEMORY = 512 * MB
# What one photo may take, of which only a hostile one takes more than that.
MAX_MEMORY = 680 * MB
# Photos other than JPEG are averaged down while they become RGB, from so many pixels on.
PIXELS_TO_REDUCE = 12_000_000

MAX_SECONDS = 10.0  # of computing in the thread that decodes
MAX_READS = 300_000  # parts of a file: markers, chunks, blocks
MAX_METADATA = 16 * MB  # before the pixels of a JPEG
MAX_EXIF = 1 * MB  # more is not read, and the photo taken as upright


class Refusal(Exception):
    """A photo that is not opened. The text continues a sentence that begins with the file's name."""


def check_size(width: int, height: int, file_size: int) -> None:
    """Refuse a photo by its size in pixels and bytes.

    Raises:
        Refusal: a side or the area is beyond the limits, or the file is too small to be a photo of that size.
    """
    pixels = width * height
    if pixels > MAX_PIXELS:
        raise Refusal(f"has more than {MAX_PIXELS // MB} million pixels: make it smaller")
    if max(width, height) > MAX_SIDE:
        raise Refusal(f"is {width} x {height} pixels, and no side may have more than {MAX_SIDE:,}: make it smaller")
    if pixels > PIXELS_OF_A_DRAWING and file_size * MOST_PIXELS_A_BYTE < pixels:
        raise Refusal(
            f"says it has {pixels // MB} million pixels in a file of {max(1, file_size // 1000)} kB, as no photo has: "
            "remove it"
        )


def check_memory(needed: int, perhaps: int = 0) -> None:
    """Refuse a photo that takes too much memory.

    Args:
        needed: bytes for any photo of its kind and size.
        perhaps: bytes that a hostile one could take besides.

    Raises:
        Refusal: it takes more than all photos together may, or could take more than `MAX_MEMORY`.
    """
    if needed > DECODING_MEMORY or needed + perhaps > MAX_MEMORY:
        raise Refusal(
            f"could take {(needed + perhaps) // MB} MB of memory to open, which is too much: "
            "make it smaller, or save it as an ordinary JPEG"
        )
