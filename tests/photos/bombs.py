"""Photos made to take memory or time, small as files, for each format and each trick that is known.

Each is called with no argument and gives the bytes of a file. What is expected of it: a word of the reason why it is
refused, or None if it opens as an ordinary photo.
"""

import struct
from collections.abc import Callable

from tests.photos.pieces import (
    DATA_AT,
    PNG,
    box,
    chunk,
    deflated_zeros,
    flat,
    gif,
    grey_tiff,
    header,
    long_codes,
    png,
    resized_jpeg,
    riff,
    saved,
    scans_of,
    segment,
)

Bomb = tuple[str, str | None, Callable[[], bytes]]
MEGA = 1_000_000


def _jpeg(**options: object) -> bytes:
    return saved(flat(64, 64), "JPEG", **options)


def _many_scans(count: int) -> bytes:
    jpeg = saved(flat(1600, 1600), "JPEG", progressive=True)
    last = scans_of(jpeg)[-1]
    return jpeg[:-2] + jpeg[last:-2] * count + jpeg[-2:]


def _ended_early(width: int, height: int) -> bytes:
    return resized_jpeg(_jpeg(), width, height)


def _exif(entries: int, each: int) -> bytes:
    """EXIF whose entries all point to the same bytes."""
    table = b"".join(struct.pack("<HHII", 1000 + n, 4, each // 4, 8) for n in range(entries))
    return b"II*\0" + struct.pack("<IH", 8, entries) + table + bytes(4) + bytes(each)


def _with_segments(*segments: bytes) -> bytes:
    jpeg = _jpeg()
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def _bmp(width: int, height: int, *, bits: int = 24, compression: int = 0, data: bytes = b"") -> bytes:
    palette = bytes(1024) if bits == 8 else b""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(palette) + len(data), 0, 0, 54 + len(palette)) + info + palette + data


def _circle_of_directories() -> bytes:
    photo = grey_tiff(8, 8)
    at = 8 + 2 + 12 * photo[8]
    return photo[:at] + struct.pack("<I", 8) + photo[at + 4 :]


def _huge_tile() -> bytes:
    entries = [(322, 4, 1, 65_520), (323, 4, 1, 65_520), (324, 4, 1, DATA_AT), (325, 4, 1, 64)]
    return grey_tiff(64, 64, compression=8, more=entries)


def _hidden_avif(shown: tuple[int, int], coded: int) -> bytes:
    """An AVIF whose coded picture is larger than it says."""
    avif = saved(flat(coded, coded), "AVIF", speed=10)
    at = avif.index(b"ispe")
    return avif[: at + 8] + struct.pack(">II", *shown) + avif[at + 16 :]


def _crowded_png() -> bytes:
    return PNG + header(8, 8) + chunk(b"abCd") * (MEGA // 4) + chunk(b"IDAT", deflated_zeros(200)) + chunk(b"IEND")


BOMBS: tuple[Bomb, ...] = (
    # PNG
    ("flat-100.png", "million pixels in a file", lambda: png(10_000, 10_000)),
    ("line.png", "no side", lambda: png(1, 99_999_999, data=b"x")),
    ("claim.png", "million pixels", lambda: png(30_000, 30_000, data=b"x")),
    ("flat-49.png", None, lambda: png(7000, 7000)),
    ("rgba-16.png", None, lambda: png(4000, 4000, depth=16, colour=6)),
    ("thin.png", None, lambda: png(1, 30_000)),
    ("text-bomb.png", "damaged", lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + deflated_zeros(1000 * MEGA)))),
    ("profile-bomb.png", "damaged", lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + deflated_zeros(1000 * MEGA)))),
    ("texts.png", "damaged", lambda: png(8, 8, *[chunk(b"zTXt", b"a\0\0" + deflated_zeros(MEGA))] * 70)),
    ("crowded.png", None, _crowded_png),
    ("exif.png", None, lambda: png(8, 8, chunk(b"eXIf", _exif(5000, 200_000)))),
    ("no-data.png", "damaged", lambda: PNG + header(8, 8) + chunk(b"IDAT") * 100_000 + chunk(b"IEND")),
    # JPEG
    ("scans.jpg", "too much time", lambda: _many_scans(20_000)),
    ("huge.jpg", "million pixels", lambda: resized_jpeg(_jpeg(), 65_500, 65_500)),
    (
        "coefficients.jpg",
        "damaged",
        lambda: resized_jpeg(_jpeg(progressive=True, subsampling=0), 16_000, 15_000) + bytes(MEGA),
    ),
    ("ended-early-200.jpg", None, lambda: _ended_early(16_000, 12_500) + bytes(MEGA)),
    ("arithmetic.jpg", None, lambda: _jpeg().replace(b"\xff\xc0", b"\xff\xc9")),
    ("exif.jpg", None, lambda: _with_segments(segment(0xE1, b"Exif\0\0" + _exif(5000, 400)))),
    ("index.jpg", None, lambda: _with_segments(segment(0xE2, b"MPF\0" + _exif(5000, 400)))),
    ("segments.jpg", None, lambda: _with_segments(segment(0xE1, b"") * (MEGA // 4))),
    ("fill.jpg", "not a photo", lambda: b"\xff\xd8" + b"\xff" * MEGA + b"\0"),
    # GIF
    ("screen.gif", "million pixels", lambda: gif(65_535, 65_535)),
    ("frame.gif", "too much", lambda: gif(8, 8, frame=(65_535, 65_535))),
    ("codes.gif", "million pixels in a file", lambda: gif(10_000, 10_000, data=long_codes(100 * MEGA))),
    ("codes-49.gif", None, lambda: gif(7000, 7000, data=long_codes(49 * MEGA))),
    # BMP
    ("claim.bmp", "million pixels", lambda: _bmp(30_000, -30_000)),
    ("runs.bmp", "million pixels in a file", lambda: _bmp(10_000, 10_000, bits=8, compression=1, data=b"\xff\1" * 9)),
    # TIFF
    ("deflate.tif", "million pixels in a file", lambda: grey_tiff(10_000, 10_000, compression=8)),
    ("turned-49.tif", None, lambda: grey_tiff(7000, 7000, bytes(49 * MEGA), more=[(274, 3, 1, 6)])),
    ("tile.tif", "damaged", _huge_tile),
    ("circle.tif", None, _circle_of_directories),
    # WebP
    ("canvas.webp", "too much", lambda: riff((b"VP8X", b"\x10\0\0\0" + b"\xff\xff\xff" * 2), (b"VP8L", bytes(20)))),
    (
        "canvas-200.webp",
        "too much",
        lambda: riff((b"VP8X", bytes(4) + b"\x8c\x37\0" * 2), (b"VP8L", bytes(20))) + bytes(MEGA),
    ),
    ("flat-25.webp", None, lambda: saved(flat(5000, 5000), "WEBP", quality=1, method=0)),
    # AVIF
    ("hidden.avif", None, lambda: _hidden_avif((16, 16), 2000)),
    ("animated.avif", "animated", lambda: box(b"ftyp", b"avis\0\0\0\0") + bytes(100)),
    # Other formats under the name of a photo
    ("script.jpg", "not a photo", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"),
    ("drawing.png", "not a photo", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
)
