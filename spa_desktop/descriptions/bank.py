"""The phrase bank: short visual phrases, their features, and which of them may be said of a class."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop import paths
from spa_desktop.descriptions.measured_pixels import NAMES
from spa_desktop.descriptions.wordnet import (
    ancestors,
    clues,
    full_gloss,
    is_telling,
    lemmas_of_all,
    name_of,
    singular,
    words,
)
from spa_desktop.errors import SpaError
from spa_desktop.plain_files import write_own_file

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

# Which phrases of the bank may be said of a class: those whose noun and colours something else vouches for (ours).
#
# A nearest text in the joint space can be an absurd one. So a phrase of the bank is let in only where its noun, and
# every other word in it, is part of what the name means or the photos resemble, every colour in it was measured, and
# its similarity to the class stands far enough above that of the other phrases.

# What follows them is said of the noun before.
_BEHIND_THE_NOUN = frozenset({
    "with", "of", "on", "in", "at", "by", "for", "from", "over", "under", "around", "along", "across", "behind",
    "beside", "between",
})  # fmt: skip
_EMPTY = _BEHIND_THE_NOUN | frozenset(["a", "an", "the", "and", "or", "like", "shaped", "one", "its"])
_SHADES = {"gray": "grey", "silver": "grey", "golden": "yellow", "gold": "yellow", "scarlet": "red", "crimson": "red"}


@dataclass(frozen=True)
class Vouched:
    """Words that hold for a noun.

    Attributes:
        nouns: the last words of its names, of what it is a kind of, and of the parts that its gloss names.
        words: all words of these, and of its gloss.
    """

    nouns: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, synset: str) -> Vouched:
        """Words for a synset."""
        gloss = full_gloss(synset)
        names = [name_of(kind) for kind in ancestors(synset) if is_telling(kind)]
        own = [lemma.strip() for lemma in lemmas_of_all().get(synset, "").split(",")]
        parts = [part for clue in clues(gloss) for part in re.split(r",| and | or ", clue)]
        heads = {singular(words(text)[-1]) for text in (*names, *own) if words(text)} | set(map(noun_of, parts))
        return cls(
            frozenset(heads), frozenset(singular(word) for text in (gloss, *names, *own) for word in words(text))
        )


def noun_of(phrase: str) -> str:
    """The noun that a phrase is about: the last word before "with", "of" and the like.

    >>> noun_of("hinged screen and keyboard"), noun_of("fish with whiskers")
    ('keyboard', 'fish')
    """
    parts = words(phrase)
    end = next((place for place, word in enumerate(parts) if place and word in _BEHIND_THE_NOUN), len(parts))
    return singular(parts[end - 1]) if parts else ""


def is_vouched(phrase: str, vouched: Vouched, colours: Iterable[str]) -> bool:
    """Whether everything that can be checked about a phrase holds.

    Args:
        phrase: of the bank.
        vouched: words that meaning or resemblance stand for.
        colours: names of colours that were measured on the thing.
    """
    measured = set(colours)
    said = [singular(word) for word in words(phrase)]
    if any(_SHADES.get(word, word) in NAMES and _SHADES.get(word, word) not in measured for word in said):
        return False
    known = vouched.words
    return noun_of(phrase) in vouched.nouns and all(
        word in known or word in measured or word in _EMPTY for word in said
    )


@dataclass(frozen=True)
class Bank:
    """P phrases; `groups[i]` names the kind and group of `phrases[i]`, such as "animals/tails_wings_and_fins"."""

    phrases: tuple[str, ...]
    groups: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """sha256 of the phrases: part of the name of their cached features."""
        return hashlib.sha256("\n".join(self.phrases).encode()).hexdigest()


def load_bank(folder: Path | None = None) -> Bank:
    """Read the bank; None: the one that ships with the app.

    Raises:
        SpaError: if it is missing or cannot be read.
    """
    folder = folder or paths.resources_dir() / "phrases"
    phrases: list[str] = []
    groups: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
            for group, texts in content["phrases"].items():
                phrases.extend(texts)
                groups.extend([f"{file.stem}/{group}"] * len(texts))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SpaError(f"Phrase bank file {file} cannot be read ({error}): install the app again") from error
    if not phrases:
        raise SpaError(f"The phrase bank is missing from {folder}: install the app again")
    return Bank(tuple(phrases), tuple(groups))


def bank_features(bank: Bank, encoder: ClipEncoder) -> Tensor:
    """Sentence features ``(P, D)`` of the bank: as they ship, from the cache folder, or computed and left there.

    When neither file can be read, the features are computed all the same.
    """
    import torch

    cache = paths.cache_dir() / "phrases" / f"{encoder.text_fingerprint[:32]}-{bank.digest[:16]}.safetensors"
    for file in (shipped_features_file(), cache):
        cached = _read_features(file, bank, encoder)
        if cached is not None:
            return cached
    features = encoder.encode_texts(bank.phrases).sentence
    with suppress(OSError):
        write_own_file(cache, pack_features(features, bank, encoder))
    # The same numbers whether they were computed or read.
    return features.to(torch.float16).to(torch.float32)


def shipped_features_file() -> Path:
    """The features of the phrases that ship, of the embedded backbone: 7 s of computing that no user waits for."""
    from spa_desktop.encoders.lite_files import NAME

    return paths.models_dir() / NAME / "phrases.safetensors"


def pack_features(features: Tensor, bank: Bank, encoder: ClipEncoder) -> bytes:
    """A safetensors file of ``(P, D)`` features in half precision, which says what they were made of."""
    import torch
    from safetensors.torch import save

    return bytes(save({"sentence": features.to(torch.float16)}, _made_of(bank, encoder)))


def _made_of(bank: Bank, encoder: ClipEncoder) -> dict[str, str]:
    return {"text_fingerprint": encoder.text_fingerprint, "phrases": bank.digest}


def _read_features(file: Path, bank: Bank, encoder: ClipEncoder) -> Tensor | None:
    """What :func:`pack_features` put into a file; None where it cannot be read or was made of something else."""
    import torch
    from safetensors import SafetensorError, safe_open

    with suppress(OSError, SafetensorError), safe_open(file, "pt") as content:
        if content.metadata() == _made_of(bank, encoder):
            features: Tensor = content.get_tensor("sentence").to(torch.float32)
            return features if features.shape == (len(bank.phrases), encoder.dim) else None
    return None
