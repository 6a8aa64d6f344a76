"""What a person can do to a description, as plain functions. Each gives another description and changes none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from spa_desktop.errors import InputError
from spa_desktop.project.records import Description, Phrase
from spa_desktop.visible import visible

Change = Callable[[Description], Description]
MOST_LETTERS = 200  # of a phrase: no encoder reads more


def cleaned(text: str) -> str:
    """Text as it is stored: one line, blanks collapsed, not longer than is read."""
    return " ".join(text.split())[:MOST_LETTERS].strip()


def with_phrase(row: int, before: str, text: str) -> Change:
    """Give the phrase in a row another text. It is the person's then, and was read from no photo.

    A sentence that quotes the phrase quotes the new one.
    """

    def change(description: Description) -> Description:
        phrases = list(description.phrases)
        _require(description, row, before)
        phrases[row] = Phrase(text, "edited")
        sentence = _said_anew(description.sentence, description.phrases[row].text, text)
        return replace(_new(description, phrases), sentence=sentence)

    return change


def with_new_phrase(text: str) -> Change:
    """Add a phrase at the end."""

    def change(description: Description) -> Description:
        if any(phrase.text.casefold() == text.casefold() for phrase in description.phrases):
            said = QCoreApplication.translate("text edits", "The description says “{text}” already")
            raise InputError(said.format(text=text))
        return _new(description, [*description.phrases, Phrase(text, "edited")])

    return change


def without_phrase(row: int, before: str) -> Change:
    """Delete the phrase in a row, and what the sentence quotes of it; the last one stays: a description needs one."""

    def change(description: Description) -> Description:
        _require(description, row, before)
        if len(description.phrases) == 1:
            raise InputError(
                QCoreApplication.translate(
                    "text edits", "A description needs one phrase at least: change this one instead"
                )
            )
        left = [phrase for place, phrase in enumerate(description.phrases) if place != row]
        sentence = _said_anew(description.sentence, description.phrases[row].text, "")
        return replace(_new(description, left), sentence=sentence)

    return change


def with_moved_phrase(row: int, to: int, before: str) -> Change:
    """Put the phrase in a row into another row."""

    def change(description: Description) -> Description:
        _require(description, row, before)
        phrases = list(description.phrases)
        phrases.insert(to, phrases.pop(row))
        return _new(description, phrases)

    return change


def with_sentence(text: str) -> Change:
    """Give it another sentence."""
    return lambda description: replace(description, sentence=text, created="")


def _said_anew(sentence: str, old: str, new: str) -> str:
    """A sentence with another phrase in place of one that it quotes between commas; without it, if `new` is empty."""
    lead, *parts = sentence.split(", ")
    words = [part.rstrip(".").casefold() for part in parts]
    if old.casefold() not in words:
        return sentence
    place = words.index(old.casefold())
    end = parts[place][len(old) :]
    if new:
        parts[place] = new + end
    else:
        del parts[place]
        if end:
            return ", ".join([lead, *parts]) + end
    return ", ".join([lead, *parts])


def _new(description: Description, phrases: list[Phrase]) -> Description:
    return replace(description, phrases=tuple(phrases), created="")


def _require(description: Description, row: int, before: str) -> None:
    # What was before is known as it was shown.
    if row >= len(description.phrases) or visible(description.phrases[row].text) != before:
        raise InputError(
            QCoreApplication.translate("text edits", "The description has changed meanwhile: try once more")
        )


def same_words(one: Description | None, other: Description | None) -> bool:
    """Whether two descriptions say the same in the same order."""
    if one is None or other is None:
        return one is other
    return one.sentence == other.sentence and [p.text for p in one.phrases] == [p.text for p in other.phrases]
