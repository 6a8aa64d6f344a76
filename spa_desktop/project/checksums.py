"""Checksums: how a blob is told from a damaged one, and a photo from another."""

from __future__ import annotations

import hashlib
import re

_SHA256 = re.compile(r"[0-9a-f]{64}")

# The same rule for SQLite: true where the column `sha256` holds no SHA-256. Both lengths are needed: SQLite counts the
# letters up to the first zero byte, and GLOB reads no further than that.
NOT_SHA256 = (
    "typeof(sha256) <> 'text' OR length(sha256) <> 64 OR length(CAST(sha256 AS BLOB)) <> 64"
    " OR sha256 GLOB '*[^0-9a-f]*'"
)


def sha256(blob: bytes) -> str:
    """The checksum that stands beside every blob."""
    return hashlib.sha256(blob).hexdigest()


def is_sha256(text: str) -> bool:
    """Tell whether a text is a SHA-256: 64 small hexadecimal digits and nothing else.

    A photo's hash names its entry in the feature cache, so a text from a file must pass this before it becomes a path.

    >>> is_sha256("0" * 64), is_sha256("../" + "0" * 61)
    (True, False)
    """
    return _SHA256.fullmatch(text) is not None
