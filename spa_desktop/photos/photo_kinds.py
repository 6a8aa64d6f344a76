"""Which kind of photo a file is, by its first bytes. What is not here is never given to a decoder."""

from __future__ import annotations

import re

HEAD = 64  # bytes that tell

# Pillow's names. Left out on purpose: EPS starts a program, ICO holds other photos, PSD, FLI and the rest are none.
# Of the PPM family only what is not written as text.
_KINDS = (
    ("JPEG", rb"\xff\xd8\xff"),
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("WEBP", rb"RIFF.{4}WEBPVP8[ XL]"),
    ("GIF", rb"GIF8[79]a"),
    ("BMP", rb"BM"),
    ("TIFF", rb"II[\x2a\x2b]\x00|II\x00\x2a|MM\x00[\x2a\x2b]|MM\x2a\x00"),
    ("AVIF", rb".{4}ftyp(?:avif|avis|mif1|msf1)"),
    ("JPEG2000", rb"\xff\x4f\xff\x51|\x00\x00\x00\x0cjP  \r\n\x87\n"),
    ("PPM", rb"P[456f]\s"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.DOTALL)) for kind, pattern in _KINDS)


def kind_of(head: bytes, suffix: str) -> str | None:
    """The kind by Pillow's name, or None.

    Args:
        head: the first `HEAD` bytes.
        suffix: the name's. It decides for TGA alone, which nothing in the file tells for certain.

    >>> kind_of(b"GIF89a...", ".jpg")
    'GIF'
    >>> kind_of(b"%!PS-Adobe-3.0 EPSF-3.0", ".jpg") is None
    True
    """
    for kind, pattern in _PATTERNS:
        if pattern.match(head):
            return kind
    return "TGA" if suffix.lower() == ".tga" else None
