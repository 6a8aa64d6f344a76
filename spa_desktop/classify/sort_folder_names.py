"""Names of classes as names of folders, on every system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from spa_desktop.visible import visible

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Windows keeps these names for devices, whatever the letters' size and whatever stands behind a dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_MOST_BYTES = 200  # a name may have 255, and a number may come behind


def folder_name(name: str) -> str:
    r"""One name as a folder's: no separator, no dot before or behind, no device, not too long.

    >>> [folder_name(name) for name in ("sour cream", "a/b", "..", "Con", "50 %: half.", "")]
    ['sour cream', 'a_b', '_', 'Con_', '50 %_ half', '_']
    """
    safe = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible(name)))
    safe = safe.strip(". ")
    safe = f"{safe}_" if _DEVICES.fullmatch(safe) else safe
    return shortened(safe, _MOST_BYTES).rstrip(". ") or "_"


def folder_names(names: Iterable[str]) -> dict[str, str]:
    """A folder's name for each name, no two alike even where the letters' size does not count.

    >>> folder_names(["a/b", "a:b", "A_B"])
    {'a/b': 'a_b', 'a:b': 'a_b (2)', 'A_B': 'A_B (3)'}
    """
    found: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in names:
        found[name] = free_name(folder_name(name), taken)
    return found


def free_name(name: str, taken: dict[str, int]) -> str:
    """`name`, or with a number before its suffix; and take it.

    Args:
        name: that is wanted.
        taken: the names that are taken, and the last number that each was given.

    >>> taken = {}
    >>> [free_name(name, taken) for name in ("cat.jpg", "cat.jpg", "CAT.jpg")]
    ['cat.jpg', 'cat (2).jpg', 'CAT (3).jpg']
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 8 or " " in suffix:
        stem, dot, suffix = name, "", ""
    wanted = key = _key(name)
    free, number = name, taken.get(wanted, 1)
    while key in taken:
        number += 1
        end = f" ({number}){dot}{suffix}"
        free = shortened(stem, 255 - len(end.encode())) + end
        key = _key(free)
    taken[key] = 1
    taken[wanted] = number
    return free


def shortened(text: str, most: int) -> str:
    """`text` in at most so many bytes of UTF-8."""
    return text.encode(errors="surrogateescape")[:most].decode(errors="ignore") if len(text) * 4 > most else text


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
