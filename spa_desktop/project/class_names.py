"""Names of classes and tasks: one spelling for one name."""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Collection

from spa_desktop.errors import InputError
from spa_desktop.visible import BIDI_CONTROLS, OLD_CONTROLS, QT_TRANSLATE_NOOP


def sha256(blob: bytes) -> str:
    """The checksum that stands beside every blob."""
    return hashlib.sha256(blob).hexdigest()


MAX_NAME_LENGTH = 255  # no folder name is longer

# They turn the text around a name, or are never seen. Other format characters stay: scripts and emoji need joiners,
# Hebrew and Arabic need marks of direction.
_LEFT_OUT = re.compile(f"[{BIDI_CONTROLS}{OLD_CONTROLS}\u2060-\u2065\ufeff]")

_UNSEEN = {"Cf", "Me", "Mn", "Zs"}  # joiners, marks and blanks: alone they show nothing


def next_task_name(taken: Collection[str]) -> str:
    """The name of a task that nobody has named: the first "Task n" from the number of tasks on that is free.

    >>> next_task_name({"Task 1", "birds"}), next_task_name({"Task 3", "a"})
    ('Task 3', 'Task 4')
    """
    keys = set(map(name_key, taken))
    return next(name for n in itertools.count(len(taken) + 1) if name_key(name := f"Task {n}") not in keys)


def clean_name(name: str) -> str:
    r"""Give a name as it is stored: NFC, blanks collapsed, no control character.

    macOS hands out decomposed file names, other systems composed ones: without NFC one folder could be two classes.

    >>> clean_name("  cafe\u0301\tau lait ")
    'café au lait'

    Raises InputError if nothing is left that can be seen, or more than 255 characters.
    """
    composed = unicodedata.normalize("NFC", _LEFT_OUT.sub("", name))
    # Cc: control characters, Cs: halves of broken file names.
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in composed)
    cleaned = " ".join(visible.split())
    if all(unicodedata.category(char) in _UNSEEN for char in cleaned):
        text = QT_TRANSLATE_NOOP("errors", "{name} is not a name: give it at least one letter or digit")
        raise InputError(text, name=repr(name))
    if len(cleaned) > MAX_NAME_LENGTH:
        raise InputError(
            QT_TRANSLATE_NOOP("errors", "The name {name}... is longer than {n} characters: give it a shorter one"),
            name=repr(cleaned[:40]),
            n=MAX_NAME_LENGTH,
        )
    return cleaned


@functools.lru_cache(1 << 16)
def name_key(name: str) -> str:
    """What names have in common that mean one class: upper and lower case, blanks and underscores are not told apart.

    >>> name_key("Red_Panda") == name_key("red panda"), name_key("_") == name_key("__")
    (True, False)
    """
    return (" ".join(name.replace("_", " ").split()) or name).casefold()
