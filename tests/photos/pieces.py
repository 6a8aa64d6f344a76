"""The pieces that photo files are made of, written as bytes by hand."""

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
_MEGA = 1 << 20


def saved(photo: Image.Image, kind: str, **options: object) -> bytes:
    """A photo as Pillow writes it."""
    stream = io.BytesIO()
    photo.save(stream, kind, **options)
    return stream.getvalue()


def heif(photo: Image.Image, **options: object) -> bytes:
    """A photo as telephones save it. Pillow is not told of the format: the app opens it in another process."""
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(photo).save(stream, **options)
    return stream.getvalue()


def flat(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A photo of one colour."""
    return Image.new(mode, (width, height), 90)


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """A chunk of a PNG, its checksum right."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """The header chunk of a PNG; colour 0 is grey, 2 RGB, 3 palette, 6 RGBA."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(width: int, height: int, *before: bytes, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    """A PNG with other chunks before its pixels; without `data`, as many zeros as it needs."""
    if not data:
        bits = {0: 1, 2: 3, 3: 1, 6: 4}[colour] * depth
        data = deflated_zeros(height * (1 + -(-width * bits // 8)))
    return PNG + header(width, height, depth, colour) + b"".join(before) + chunk(b"IDAT", data) + chunk(b"IEND")


def deflated_zeros(count: int) -> bytes:
    """So many zeros in zlib's format, at once: one compressed piece, repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(_MEGA)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = rest.compress(bytes(count % _MEGA)) + rest.flush()
    return b"\x78\xda" + piece * (count // _MEGA) + end + struct.pack(">HH", count % 65521, 1)


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def resized_jpeg(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header says another size."""
    at = next(i for marker in (b"\xff\xc0", b"\xff\xc2") if (i := jpeg.find(marker)) >= 0)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def scans_of(jpeg: bytes) -> list[int]:
    """Where the scans of a JPEG begin."""
    return [at for at in range(len(jpeg) - 1) if jpeg[at : at + 2] == b"\xff\xda"]


def grey_tiff(
    width: int,
    height: int,
    data: bytes = bytes(64),
    *,
    compression: int = 1,
    more: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:
    """A grey TIFF of one strip, whose data lies at `DATA_AT`.

    `more` are entries (tag, type, count, and value or place) besides the usual ones, or in their place.
    """
    own = {entry[0] for entry in more}
    usual = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, DATA_AT),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, len(data)),
    ]
    entries = sorted([*(entry for entry in usual if entry[0] not in own), *more])
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return (struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + table).ljust(DATA_AT, b"\0") + data


DATA_AT = 1024


def gif(width: int, height: int, *blocks: bytes, frame: tuple[int, int] | None = None, data: bytes = b"") -> bytes:
    """A GIF with blocks before its one frame."""
    palette = bytes(range(6))
    wide, high = frame or (width, height)
    image = b"," + struct.pack("<HHHHB", 0, 0, wide, high, 0) + b"\x02" + sub_blocks(data or b"\x44\x01")
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + palette + b"".join(blocks) + image + b";"


def sub_blocks(data: bytes) -> bytes:
    """Data as GIF keeps it, in pieces of up to 255 bytes."""
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def long_codes(pixels: int) -> bytes:
    """GIF's compression of equal pixels: each code stands for one pixel more than the one before it."""
    out, held, shift = bytearray(), 0, 0
    made = 0
    while made < pixels:
        codes = [(4, 3), (0, 3)]  # clear, one pixel
        width, made = 3, made + 1
        for run, code in enumerate(range(6, 4096), start=2):
            if made >= pixels:
                break
            if code == 1 << width and width < 12:
                width += 1
            codes.append((code, width))
            made += run
        for code, size in [*codes, (4, width)]:
            held |= code << shift
            shift += size
            while shift >= 8:
                out.append(held & 255)
                held, shift = held >> 8, shift - 8
    return bytes(out) + bytes([held & 255, 0])


def box(kind: bytes, content: bytes) -> bytes:
    """A box of AVIF."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
