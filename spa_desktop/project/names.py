"""Names of classes and tasks: one spelling for one name."""

from __future__ import annotations

import unicodedata

from spa_desktop.errors import InputError

MAX_NAME_LENGTH = 255  # no folder name is longer


def clean_name(name: str) -> str:
    r"""Give a name as it is stored: NFC, blanks collapsed, nothing invisible.

    macOS hands out decomposed file names, other systems composed ones: without NFC one folder could be two classes.

    >>> clean_name("  cafe\u0301\tau lait ")
    'café au lait'

    Raises:
        InputError: if nothing is left, or more than 255 characters.
    """
    composed = unicodedata.normalize("NFC", name)
    # Cc: control characters, Cs: halves of broken file names. Cf (joiners) stays: scripts and emoji need it.
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in composed)
    cleaned = " ".join(visible.split())
    if not cleaned:
        raise InputError(f"{name!r} is not a name: give it at least one letter or digit")
    if len(cleaned) > MAX_NAME_LENGTH:
        raise InputError(
            f"The name {cleaned[:40]!r}... is longer than {MAX_NAME_LENGTH} characters: give it a shorter one"
        )
    return cleaned
