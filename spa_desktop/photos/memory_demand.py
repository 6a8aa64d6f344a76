"""How much memory it takes to decode a photo, from its headers.

The factors were measured with Pillow 13 and rounded up; tests hold them against what decoding really takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from spa_desktop.photos import avif, jpeg, jpeg2000, tiff, webp
from spa_desktop.photos.photo_limits import MAX_READS, check_size

_PIXEL = 4  # bytes in Pillow, whatever the colours


@dataclass(frozen=True)
class Demand:
    """What decoding takes.

    Attributes:
        a_pixel: bytes of memory for each pixel that it gives.
        besides: bytes of memory whatever it gives.
        perhaps: bytes of memory that only a hostile photo takes. They are waited for, as far as there are so many.
        reads: pieces of the file at most.
    """

    a_pixel: int = _PIXEL
    besides: int = 0
    perhaps: int = 0
    reads: int = MAX_READS

    def of(self, size: tuple[int, int]) -> int:
        """Bytes for a photo that is decoded to this size."""
        return self.a_pixel * size[0] * size[1] + self.besides


def demand_of(kind: str, content: bytes) -> Demand | None:
    """What a decoder will need; None if there is no photo to be decoded.

    Raises:
        Refusal: the headers ask for more than the limits.
    """
    size = len(content)
    if kind == "JPEG":
        return Demand(besides=jpeg.coefficients_of(content) + size)
    if kind == "PNG":
        return Demand(besides=size)
    if kind == "WEBP":
        return _webp(content)
    if kind == "AVIF":
        coded = avif.coded_pixels(content)
        return Demand(a_pixel=2 * _PIXEL, besides=12 * coded + 3 * size) if coded else None
    if kind == "JPEG2000":
        width, height, colours = jpeg2000.size_of(content)
        besides = 6 * width * height * colours + 2 * size  # whatever size the container says
        return Demand(besides=besides) if colours else None
    if kind == "TIFF":
        return _tiff(content)
    if kind in ("BMP", "PPM") and not _is_plain(kind, content):
        # Their decoders in Python read each pixel by itself, and collect the photo before they copy it.
        return Demand(a_pixel=3 * _PIXEL if kind == "PPM" else _PIXEL, reads=2**62)
    return Demand()


def _webp(content: bytes) -> Demand:
    width, height = webp.size_of(content)
    # Checked here, since its decoder takes memory for the canvas when it is opened.
    check_size(width, height, len(content))
    # A lossless one has up to 65,536 groups of codes, each for 16 pixels or more. A group takes 6 kB of memory, and in
    # the file it takes 2.5 bytes or more.
    groups = 0 if content[12:16] == b"VP8 " else min(65_536, width * height // 16, len(content) * 2 // 5)
    return Demand(a_pixel=0, besides=17 * width * height + 5 * len(content), perhaps=6000 * groups)


def _tiff(content: bytes) -> Demand:
    directory = tiff.directory_of(content)
    check_size(directory.width, directory.height, len(content))
    # Pillow turns a TIFF by itself, into a second copy.
    return Demand(
        a_pixel=_PIXEL * (2 if directory.is_turned else 1),
        besides=directory.piece_bytes if directory.is_compressed else 0,
    )


def _is_plain(kind: str, content: bytes) -> bool:
    if kind == "BMP":
        return content[30:34] in (b"\0\0\0\0", b"\3\0\0\0")  # no run lengths
    return content[:2] == b"P4" or b"255" in content[:64].split() or b"65535" in content[:64].split()
