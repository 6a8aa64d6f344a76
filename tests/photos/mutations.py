"""Small photos of all formats, broken at random as fuzzers break them. A number gives the same file always."""

import functools
import random
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tests.photos.pieces import heif, saved

_WAYS = (
    *("bits", "bits of the head", "bits of the head", "a number", "a number", "a number", "a word", "cut off"),
    *("a piece out", "a piece again", "filled", "the end of another", "the head of another"),
)
# What parsers of texts trip over.
_WORDS = (b"\0", b"\xff" * 4, b"[" * 50, b"{" * 50, b'"', b"\\u202e", b"1e999", b"9" * 400)
_WORDS += (b"\x1b[2J", b"NaN", b"-1", b"\n", b",")
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
    content = broken(whole_photos()[name], list(whole_photos().values()), chance)
    if name.endswith(".png"):
        content = _checksums_repaired(content)
    return f"{number:06}-{name}", content


def broken(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Bytes that are broken in one to four ways, some of them with pieces of `others`."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, length = chance.randrange(len(content) + 1), chance.randrange(1, 400)
        before, after = content[:at], content[at:]
        other = chance.choice(others)
        match chance.choice(_WAYS):
            case "bits":
                content = _bits_flipped(content, chance)
            case "bits of the head":
                content = _bits_flipped(content[:96], chance) + content[96:]
            case "a number":  # of the head, or anywhere
                at = chance.randrange(max(1, min(len(content), chance.choice((64, 256, 1 << 20)))))
                size = chance.choice((1, 2, 2, 4, 4))
                number = chance.choice(_ODD) & ((1 << 8 * size) - 1)
                content = content[:at] + number.to_bytes(size, chance.choice(("big", "little"))) + content[at + size :]
            case "a word":
                content = before + chance.choice(_WORDS) + after
            case "cut off":
                content = before
            case "a piece out":
                content = before + after[length:]
            case "a piece again":
                content = before + after[:length] * chance.choice((2, 3, 51, 2001)) + after[length:]
            case "filled":
                content = before + bytes([chance.choice((0, 0x7F, 0xFF))]) * length + after[length:]
            case "the end of another":
                content = before + other[chance.randrange(len(other) + 1) :]
            case "the head of another":
                size = chance.choice((4, 8, 12, 16, 40))
                content = other[:size] + content[size:]
    return content


def _bits_flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 10, 40)) if content else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


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
