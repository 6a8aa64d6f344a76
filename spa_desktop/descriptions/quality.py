"""Text that says nothing: found in what the user types, a file holds or a service answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.wordnet import is_plural, plain, singular, words

Fits = Callable[[str], bool]

# Words that stand around a name without saying what it looks like.
_FILLER = """
a an the this that these those it its is are was be of in on at to for from by with and or as some any one
photo photograph picture image pic snapshot drawing shot view depiction example kind type sort sample category
class object thing item subject called named known which there show showing shown depict depicting depicted
contain containing featuring good nice beautiful typical clear clearly common normal real various different
visible unknown none nothing not na n unavailable sorry cannot can i describe
"""
LONGEST_PHRASE, LONGEST_SENTENCE = 400, 4000  # letters
_IN_SENTENCE = 3  # phrases that make up a sentence
# What "an" stands before: a vowel, if it is not said as in "you" or "one", a silent h, some letters and numbers.
_WITH_AN = re.compile(
    r"(?!eu|ewe|one|once|oui|uni(?!den|n|mp)|us[eu]|ut[ei]|ur[ia]|uk|ufo|ubi|u\b)[aeiou]"
    r"|hour|honou?r|honest|heir|x\b|xray|8|1[18]\b",
    re.IGNORECASE,
)
_EMPTY_WORDS = frozenset(singular(word) for word in _FILLER.split())


def one_line(text: str) -> str:
    r"""`text` on one line with single spaces, and of letters that can be seen and stored.

    >>> one_line("long\n tail\x1b[0m \ud800")
    'long tail [0m'
    """
    if not text.isprintable():
        # Joiners are part of how some languages are written.
        text = "".join(char if char.isprintable() or char in "\u200c\u200d" else " " for char in text)
    return " ".join(text.split())


def tidy(text: str) -> str:
    """One line, single spaces, without list marks, quotes or a full stop around it.

    >>> tidy(' - "A long,  thin tail." ')
    'A long, thin tail'
    """
    line = one_line(text)
    line = re.sub(r"^(?:[-*\u2022\u2013]+|\(?\d{1,2}[.)])\s+", "", line)
    return line.strip(" \"'\u201c\u201d\u2018\u2019`*_").rstrip(".;,").strip()


def complaint(
    text: str, class_name: str, *, fits: Fits | None = None, most_words: int | None = MOST_WORDS
) -> str | None:
    """Why a phrase is of no use, in a few plain words; None if it is fine.

    A phrase that only repeats the name says nothing. `fits` says whether the text encoder reads a text to its end.
    `most_words` is None for a sentence, whose length only the encoder limits.
    """
    line = tidy(text)
    if len(line) > (LONGEST_SENTENCE if most_words is None else LONGEST_PHRASE):
        return "is too long"  # before it is cut into words and tokens, which takes time
    parts = words(line)
    if not any(char.isalpha() for char in line):
        return "is empty" if not line else "has no words"
    said = {singular(part) for part in parts} - {singular(part) for part in words(class_name)} - _EMPTY_WORDS
    # Joined as well, so that "tennis court" says no more than the class `tenniscourt`.
    if not said or "".join(parts) == "".join(words(class_name)):
        return "says nothing about how it looks"
    if fits is not None and not fits(line):
        return "is longer than the text encoder reads"
    if most_words is not None and len(line.split()) > most_words:
        return f"has more than {most_words} words"
    return None


def review(texts: Iterable[str], class_name: str, *, fits: Fits | None = None) -> tuple[list[str], list[str]]:
    """The phrases of one class that are worth keeping, tidied and each once, and a line for each that is not."""
    phrases: list[str] = []
    complaints: list[str] = []
    seen: set[str] = set()
    for text in texts:
        line = tidy(text)
        problem = complaint(line, class_name, fits=fits)
        same = "".join(singular(part) for part in words(line))
        if problem is None and same in seen:
            problem = "is there twice"
        if problem is None:
            seen.add(same)
            phrases.append(line)
        else:
            complaints.append(f'"{shorten(line)}" {problem}')
    return phrases, complaints


@dataclass(frozen=True)
class Said:
    """What a file or a service says of one class, not judged yet; `sentence` may be ""."""

    phrases: tuple[str, ...]
    sentence: str = ""


def sentence_of(name: str, sentence: str, phrases: Sequence[str], fits: Fits) -> tuple[str, str | None]:
    """The sentence if it is of use, else one made of the first phrases, and why it is of no use."""
    problem = complaint(sentence, name, fits=fits, most_words=None)
    if problem:
        sentence = clip_to_context(photo_of(plain(name)), phrases[:_IN_SENTENCE], fits)
    return sentence, problem


def shorten(text: str, most: int = 60) -> str:
    """`text` in at most `most` characters, for a message."""
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def photo_of(name: str) -> str:
    """How a sentence about a class begins. Plurals have no article, nor have names that begin with one.

    >>> photo_of("airplane"), photo_of("unicycle"), photo_of("umbrella"), photo_of("cat")
    ('a photo of an airplane', 'a photo of a unicycle', 'a photo of an umbrella', 'a photo of a cat')
    >>> photo_of("storage tanks"), photo_of("contact lens")
    ('a photo of storage tanks', 'a photo of a contact lens')
    >>> photo_of("a very long name"), photo_of("The Scream")
    ('a photo of a very long name', 'a photo of The Scream')
    """
    has_article = name.partition(" ")[0].casefold() in ("a", "an", "the")
    article = "" if has_article or is_plural(name) else "an " if _WITH_AN.match(name) else "a "
    return f"a photo of {article}{name}"


def clip_to_context(lead: str, parts: Sequence[str], fits: Fits) -> str:
    """`lead`, followed by as many of the comma-joined `parts` as the text encoder reads."""
    sentence = lead
    for part in parts:
        longer = f"{sentence}, {part}"
        if not fits(longer):
            break
        sentence = longer
    return sentence
