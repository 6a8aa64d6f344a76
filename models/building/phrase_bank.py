"""Check the phrase bank: ``python -m models.building.phrase_bank [FOLDER]``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from spa_desktop.descriptions.bank import read_bank
from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.quality import complaint, shorten
from spa_desktop.descriptions.wordnet import full_gloss, photographed_lemmas, singular, words
from spa_desktop.errors import SpaError
from spa_desktop.paths import resources_dir

FEWEST = 1500
# What a photo can show, and the beginnings of the groups that speak of it. Each is to be there in earnest.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "colours": ("colours/",),
    "patterns": ("patterns/",),
    "textures": ("textures/",),
    "materials": ("materials/",),
    "shapes": ("shapes/",),
    "parts": (
        "animals/heads", "animals/horns", "animals/legs", "animals/tails", "plants/leaves", "plants/flowers",
        "shapes/wheels", "vehicles/", "objects/",
    ),
    "poses": ("poses/",),
    "settings": ("settings/",),
}  # fmt: skip
FEWEST_OF_CATEGORY = 50
# A token of CLIP or of a word-piece tokenizer is one character at the least, and two places are start and end.
_MOST_CHARACTERS = 75


def problems(bank: Mapping[str, Sequence[str]]) -> list[str]:
    """All that is wrong with a bank, its phrases by group: one line each; empty if it is sound.

    A phrase is 2 to 12 words of plain lower-case ASCII, fits a context of 77 tokens whatever the tokenizer, stands in
    the bank once (plural or not), says something visible, is not itself the name of a thing, and holds no proper noun.
    All of :data:`CATEGORIES` are there.
    """
    found: list[str] = []
    phrases = [(group, phrase) for group, texts in bank.items() for phrase in texts]
    if len(phrases) < FEWEST:
        found.append(f"the bank has {len(phrases)} phrases, expected {FEWEST} or more")
    for category, groups in CATEGORIES.items():
        count = sum(group.startswith(groups) for group, _ in phrases)
        if count < FEWEST_OF_CATEGORY:
            found.append(f"the bank has {count} phrases of {category}, expected {FEWEST_OF_CATEGORY} or more")
    seen: dict[str, str] = {}
    names = _proper_nouns()
    nouns = {noun.strip().lower() for several in photographed_lemmas().values() for noun in several.split(",")}
    for group, phrase in phrases:
        where = f'{group}: "{shorten(phrase)}"'
        parts = words(phrase)
        if not re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", phrase):
            found.append(f"{where} is not lower-case ASCII words")
            continue
        if not 2 <= len(phrase.split()) <= MOST_WORDS:
            found.append(f"{where} is not 2 to {MOST_WORDS} words")
        if len(phrase) > _MOST_CHARACTERS:
            found.append(f"{where} may be longer than a text encoder reads")
        if phrase in nouns:
            found.append(f"{where} is the name of a thing, not how one looks")
        if complaint(phrase, "") is not None:
            found.append(f"{where} {complaint(phrase, '')}")
        same = " ".join(singular(part) for part in parts)
        if same in seen:
            found.append(f"{where} stands in {seen[same]} too")
        seen.setdefault(same, group)
        if proper := names.intersection(parts):
            found.append(f"{where} has a proper noun: {', '.join(sorted(proper))}")
    return found


def _proper_nouns() -> frozenset[str]:
    """Words, in lower case, that the lemmas write with a capital and nothing writes without."""
    lemmas = " ".join(photographed_lemmas().values())
    text = " ".join([lemmas, *map(full_gloss, photographed_lemmas())])
    capital = {word.lower() for word in re.findall(r"\b[A-Z][a-z]+\b", lemmas)}
    return frozenset(capital.difference(re.findall(r"\b[a-z]+\b", text)))


def main(arguments: list[str]) -> int:
    """Print what is wrong; the exit code."""
    try:
        bank = read_bank(Path(arguments[0]) if arguments else resources_dir() / "phrases")
    except SpaError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    wrong = problems(bank)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{sum(map(len, bank.values()))} phrases in {len(bank)} groups, {len(wrong)} problems\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
