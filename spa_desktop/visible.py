"""Foreign text made safe to show: names, phrases, paths, and what a service or the system said.

A control character can move a terminal's cursor, change its title or begin a line that looks like one of ours. A
bidirectional override turns the text around it. Such characters are shown as escapes, so that the user sees them.
"""

from __future__ import annotations

import re

# Embeddings, overrides and isolates. The marks U+200E, U+200F and U+061C turn nothing around, and Hebrew and Arabic
# need them; so do scripts and emoji the joiners U+200C and U+200D.
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
# Formatting that Unicode withdrew, and the frames of annotations.
OLD_CONTROLS = "\u206a-\u206f\ufff9-\ufffb"
# Control characters, separators of lines and paragraphs, and surrogates: bytes of a file's name that are no text.
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{BIDI_CONTROLS}{OLD_CONTROLS}]")


def visible(text: str) -> str:
    r"""`text` on one line, with an escape in place of each character that would not be shown as itself.

    >>> print(visible("red\x1b[2J\nblue\u202e"))
    red\x1b[2J\nblue\u202e
    """
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Give an English text as it is; the window says it in other languages, for which Qt's lupdate looks for this."""
    return text


def visible_lines(text: str) -> str:
    """Like :func:`visible`, for text of several lines that are meant as such."""
    return "\n".join(map(visible, text.split("\n")))


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things in words.

    >>> counted(1, "photo"), counted(2, "photo"), counted(0, "class", "classes")
    ('1 photo', '2 photos', '0 classes')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


# What begins a formula, also as the wide characters of Chinese and Japanese keyboards (OWASP, "CSV Injection"): in the
# text's own cell, and in those that a spreadsheet makes of it which splits cells at semicolons, as in German, or tabs.
_BEGINS, _SIGNS = "(?:^|(?<=[;\t\r\n]))", '(?="*[-=+@＝＋－＠])'
_FORMULA, _APOSTROPHE = re.compile(_BEGINS + _SIGNS), re.compile(f"{_BEGINS}'{_SIGNS}")


def spreadsheet_text(text: str) -> str:
    """`text` for a table's cell: with an apostrophe wherever a spreadsheet would take what follows for a formula.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("milk;=1"), spreadsheet_text("half-full; 1+1")
    ("'=1+1", "milk;'=1", 'half-full; 1+1')
    """
    return _FORMULA.sub("'", text)


def text_of_cell(cell: str) -> str:
    """The text that :func:`spreadsheet_text` has made a cell of.

    >>> [text_of_cell(spreadsheet_text(text)) for text in ("=1+1", "milk;=1", "'t Hooft")]
    ['=1+1', 'milk;=1', "'t Hooft"]
    """
    return _APOSTROPHE.sub("", cell)
