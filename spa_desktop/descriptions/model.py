"""What every writer of descriptions is given, and what it hands back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from pydantic import Field

from spa_desktop.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

Provenance = Literal["gpt", "offline", "edited", "imported"]
Basis = Literal["name", "resemblance", "measured", "bank"]
FEWEST_PHRASES, MOST_PHRASES = 4, 8
LONGEST_DETAIL = 400  # letters
MOST_WORDS = 12  # words of a phrase
MOST_TOKENS = 10**9  # of one answer, more than any model reads or writes


@dataclass(frozen=True)
class PhraseSource:
    """Where on the exemplars a phrase was seen."""

    exemplar: int  # index into the request's exemplars
    sha256: str  # of that exemplar's file
    patch: int  # row by row on the encoder's grid
    similarity: float  # cosine of phrase and patch in the joint space


@dataclass(frozen=True)
class Knowledge:
    """How the offline writer knows that a phrase is true."""

    # "name": WordNet says it of what the name means. "resemblance": the photos look like it to the backbone.
    # "measured": the photos' pixels show it. "bank": written by earlier versions.
    basis: Basis
    # from 0 to 1: how likely the meaning is, by the posterior, or of the exemplars
    certainty: Annotated[float, Field(ge=0, le=1)]
    detail: Annotated[str, Field(max_length=LONGEST_DETAIL)] = ""  # what it rests on, for the user; one line


@dataclass(frozen=True)
class WrittenPhrase:
    """One short visual phrase, who wrote it, where it was seen, and how it is known."""

    text: str
    provenance: Provenance
    support: PhraseSource | None = None
    knowledge: Knowledge | None = None


@dataclass(frozen=True)
class TokenUse:
    """Tokens that a service counted for one description."""

    input: int = 0
    output: int = 0

    @classmethod
    def counted(cls, read: object, written: object) -> TokenUse | None:
        """What somebody else counted; None if that cannot be: no one is asked to pay it, and no file can hold it."""
        counts = [
            value
            for value in (0 if read is None else read, 0 if written is None else written)
            if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
        ]
        return cls(*counts) if len(counts) == 2 and any(counts) else None


@dataclass(frozen=True)
class ClassDescription:
    """The text of a class."""

    class_name: str  # as in the project
    # 4 to 8 from a service; from the offline writer as many as it knows to be true, which may be none; from a file or a
    # person, as many as they gave (at least one)
    phrases: tuple[WrittenPhrase, ...]
    sentence: str  # the class in one sentence
    writer: str
    model: str = ""  # "" where there is none
    instructions_version: str = ""
    tokens: TokenUse | None = None  # None where nothing was counted
    cost: float | None = None  # US dollars, an estimate; None where it is not known, 0.0 where it is free
    notes: tuple[str, ...] = ()  # lines for the user, such as a phrase that had to be dropped

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)


@dataclass(frozen=True)
class ExemplarFeatures:
    """Features of one exemplar: V views, N patches, width W before the projection, size D behind it."""

    pooled: Tensor  # (V, W + T)
    patches: Tensor  # (V, N, D), unit length


@dataclass(frozen=True)
class Exemplar:
    """A photo that shows its class. Its file may be gone; its features are fetched when they are asked for."""

    path: Path
    sha256: str
    load_features: Callable[[], ExemplarFeatures] = field(repr=False, compare=False)


@dataclass(frozen=True)
class DescriptionRequest:
    """One class to describe, and the classes that it is to be distinguished from."""

    class_name: str
    exemplars: tuple[Exemplar, ...]
    others: Mapping[str, tuple[Exemplar, ...]] = field(default_factory=dict)
    language: str = "en"  # a BCP 47 tag; a writer that knows one language only ignores it


class Writer(Protocol):
    """Writes descriptions, one class a call. As it stands it is one of this computer, which lacks and costs nothing."""

    name: str  # "offline", "openai" or "file"
    model: str  # the model's name, "" where there is none
    instructions_version: str  # raised when the same request is to give another text. Part of the cache key
    max_parallel: int = 1  # how many calls may run at once, each in its own thread and with the same job
    is_cached: bool = True  # results are worth keeping for the next run; False where the file on disk is the truth

    @property
    def destination(self) -> str | None:
        """The address that photos are sent to; None if nothing leaves this computer. Consent hangs on it."""
        return None

    def prepare(self) -> None:
        """See whether writing can begin, before the user is asked anything. Sends nothing.

        Raises InputError if something is missing, such as a key.
        """
        return None

    def write(self, request: DescriptionRequest, job: Job) -> ClassDescription:
        """Describe one class.

        Raises InputError if the request or the writer's settings are wrong; SpaError if the text could not be had;
        Cancelled if the job was cancelled; a late answer is dropped.
        """
        ...

    def estimate_cost(self, request: DescriptionRequest) -> float | None:
        """US dollars that :meth:`write` would cost, roughly; None if it is not known. Sends nothing."""
        return 0.0


def cache_key(writer: Writer, request: DescriptionRequest) -> str:
    """sha256 over all that a result depends on.

    Exemplars and other classes count as sets: their order says nothing. A change in them asks for a new text. A service
    is told no more of other classes than their names; a writer on this computer also sees their exemplars.
    """
    others: object = sorted(request.others)
    if writer.destination is None:
        others = [(name, sorted(photo.sha256 for photo in request.others[name])) for name in sorted(request.others)]
    parts = [
        writer.name,
        writer.model,
        writer.instructions_version,
        request.language,
        request.class_name,
        sorted(exemplar.sha256 for exemplar in request.exemplars),
        others,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
