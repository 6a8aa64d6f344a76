"""Small photos of all formats, broken at random as fuzzers break them. A number gives the same file always."""

from __future__ import annotations

import functools
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.photos.pieces import heif, saved

_Random = random.Random
_ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


@functools.cache
def whole_photos() -> dict[str, bytes]:
    """Valid photos by name."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 4), np.uint8)
    pixels[8:30, 8:40] = (200, 40, 90, 128)
    rgba = Image.fromarray(pixels)
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    real = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker" * 9
    clear = rgba.quantize(16)
    files = {
        "base.jpg": saved(rgb, "JPEG", exif=exif),
        "progressive.jpg": saved(rgb, "JPEG", progressive=True),
        "grey.jpg": saved(grey, "JPEG", quality=30),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG"),
        "several.mpo": saved(rgb, "MPO", save_all=True, append_images=[grey.convert("RGB")]),
        "rgb.png": saved(rgb, "PNG", exif=exif, icc_profile=b"profile" * 20),
        "rgba.png": saved(rgba, "PNG"),
        "palette.png": saved(clear, "PNG", transparency=3),
        "deep.png": saved(deep, "PNG"),
        "bits.png": saved(grey.convert("1"), "PNG"),
        "moving.png": saved(rgb, "PNG", save_all=True, append_images=[rgba.convert("RGB").rotate(90)]),
        "lossy.webp": saved(rgb, "WEBP", exif=exif),
        "lossless.webp": saved(rgba, "WEBP", lossless=True),
        "moving.webp": saved(rgba, "WEBP", save_all=True, append_images=[rgba.rotate(180)]),
        "moving.gif": saved(clear, "GIF", save_all=True, append_images=[rgb.quantize(8)], comment=b"words" * 9),
        "rgb.bmp": saved(rgb, "BMP"),
        "palette.bmp": saved(rgb.quantize(16), "BMP"),
        "raw.tif": saved(rgb, "TIFF", exif=exif),
        "deep.tif": saved(deep, "TIFF"),
        "real.tif": saved(real, "TIFF"),
        "rgba.avif": saved(rgba, "AVIF", speed=10, exif=exif),
        "phone.heic": heif(rgb, exif=exif),
    }
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"):
        files[f"{compression}.tif"] = saved(rgb, "TIFF", compression=compression)
    return files | {"group4.tif": saved(grey.convert("1"), "TIFF", compression="group4")}


def mutated(number: int) -> tuple[str, bytes]:
    """A name, and a photo broken in one to four ways."""
    chance = random.Random(number)
    names = sorted(whole_photos())
    name = names[number % len(names)]
    content = whole_photos()[name]
    for _ in range(chance.choice((1, 1, 2, 4))):
        content = chance.choice(_WAYS)(content, chance)
    if name.endswith(".png"):
        content = _checksums_repaired(content)
    return f"{number:06}-{name}", content


def _bits_flipped(content: bytes, chance: _Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 10, 40))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _header_flipped(content: bytes, chance: _Random) -> bytes:
    return _bits_flipped(content[:96], chance) + content[96:]


def _odd_number(content: bytes, chance: _Random) -> bytes:
    """A number of the header, or anywhere, is another one that programs trip over."""
    at = chance.randrange(max(1, min(len(content), chance.choice((64, 256, 1 << 20)))))
    code = chance.choice((">B", ">H", "<H", ">I", "<I"))
    size = struct.calcsize(code)
    number = chance.choice(_ODD) & ((1 << 8 * size) - 1)
    return content[:at] + struct.pack(code, number) + content[at + size :]


def _cut_off(content: bytes, chance: _Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _piece_out(content: bytes, chance: _Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.randrange(1, 300) :]


def _piece_again(content: bytes, chance: _Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    end = at + chance.randrange(1, 400)
    return content[:end] + content[at:end] * chance.choice((1, 2, 50, 2000)) + content[end:]


def _filled(content: bytes, chance: _Random) -> bytes:
    at, size = chance.randrange(len(content) + 1), chance.randrange(1, 200)
    return content[:at] + bytes([chance.choice((0, 0x7F, 0xFF))]) * size + content[at + size :]


def _spliced(content: bytes, chance: _Random) -> bytes:
    """The beginning of one photo and the end of another."""
    other = whole_photos()[chance.choice(sorted(whole_photos()))]
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other)) :]


def _another_kind(content: bytes, chance: _Random) -> bytes:
    """The first bytes say that it is of another format."""
    other = whole_photos()[chance.choice(sorted(whole_photos()))]
    size = chance.choice((4, 8, 12, 16, 40))
    return other[:size] + content[size:]


_WAYS: tuple[Callable[[bytes, _Random], bytes], ...] = (
    _bits_flipped,
    _header_flipped,
    _header_flipped,
    _odd_number,
    _odd_number,
    _odd_number,
    _cut_off,
    _piece_out,
    _piece_again,
    _filled,
    _spliced,
    _another_kind,
)


def _checksums_repaired(content: bytes) -> bytes:
    """A PNG whose chunks have the checksums of what is in them now: otherwise only the checksum would be tested."""
    repaired, at = bytearray(content[:8]), 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if at + 12 + length > len(content):
            break
        body = content[at + 4 : at + 8 + length]
        repaired += content[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return bytes(repaired) + content[at:]
