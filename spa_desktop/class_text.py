"""The text of a class as the method takes it: name, description and phrases as features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.samples import ClassText


def readable_name(name: str) -> str:
    """A class name as one would say it: folders use underscores for blanks.

    >>> readable_name("Red_Bell_Pepper")
    'Red Bell Pepper'
    """
    return " ".join(name.replace("_", " ").split())


def encode_class_text(encoder: ClipEncoder, name: str, sentence: str = "", phrases: Sequence[str] = ()) -> ClassText:
    """Encode what is said of a class.

    Args:
        encoder: the backbone.
        name: of the class, as a folder or a person writes it.
        sentence: its description; "" where there is none, and the name stands for it.
        phrases: each becomes a semantic token; without any the description is the only one.
    """
    from spa_desktop.spa.samples import ClassText

    title = f"a photo of a {readable_name(name)}."
    features = encoder.encode_texts([title, sentence or title, *phrases])
    return ClassText.from_tokens(features.sentence[0], features.sentence[1], features.tokens[2:], features.mask[2:])
