"""Messages of the engine without words of the command line, which mean nothing in a window."""

from __future__ import annotations

import re

_WORDS = (
    (" (`spa-desktop restore`)", ""),
    (" (`spa-desktop recover`)", ""),
    ("or make one with `spa-desktop new`", "or make a new project"),
    ("or make it with `spa-desktop new`", "or make a new project"),
    ("`spa-desktop check` says what is broken", "Project, Check the file says what is broken"),
)
# What nobody thought of: a command in its quotation marks, and an option, with the words that lead to them.
_COMMAND = re.compile(r" ?\(`spa-desktop[^`]*`\)| (?:with |by |run )`spa-desktop[^`]*`")
_OPTION = re.compile(r" ?\(--[a-z][a-z-]*\)| (?:with|by|use) --[a-z][a-z-]*(?=[\s,.;:]|$)")


def window_words(text: str) -> str:
    """A line of the engine as the window says it.

    >>> window_words("There is a class 'red' already: choose another name, or add photos to it with --top-up")
    "There is a class 'red' already: choose another name, or add photos to it"
    """
    for old, new in _WORDS:
        text = text.replace(old, new)
    return _OPTION.sub("", _COMMAND.sub("", text))
