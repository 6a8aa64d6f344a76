"""What is asked before photos leave the computer, and what an answer covers.

A yes belongs to this person on this computer (`consent_file`), never to the project: projects are passed around. A
project may say that its photos stay here, as that only makes things safer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spa_desktop.descriptions.model import DescriptionRequest, Writer
from spa_desktop.descriptions.quality import shorten
from spa_desktop.errors import InputError

SETTING = "consent"  # the name under which a project keeps "keep-local"; any other answer in a project is ignored
KEEP_LOCAL = {"answer": "keep-local", "destination": ""}
Answer = Literal["send", "once", "keep-local"]
"""A person's answer: yes and remember it, yes for this run, or no for as long as the project is not told otherwise."""

KEEPS_LOCAL = "This project keeps its photos on this computer: use the offline writer, or have it ask again"
_MOST_LISTED = 6  # classes or folders that a question names


@dataclass(frozen=True)
class SendingQuestion:
    """What would be sent, and where.

    Attributes:
        destination: the address: scheme, host, port and path.
        model: who would look at the photos.
        photos: each photo once.
        class_names: the classes to describe, a request each.
        cost: dollars, an estimate; None where no price is known.
        prices_as_of: the day on which the estimate's prices held; "" without an estimate.
        contents: SHA-256 of each photo's content. Nothing with another content is sent.
    """

    destination: str
    model: str
    photos: tuple[Path, ...]
    class_names: tuple[str, ...]
    cost: float | None
    prices_as_of: str = ""
    contents: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def text(self) -> str:
        """The question in one line, for the person."""
        money = "at a cost that is not known" if self.cost is None else f"for about {dollars(self.cost)}"
        dated = f" (prices of {self.prices_as_of})" if self.cost is not None and self.prices_as_of else ""
        count = f"{_count(len(self.photos), 'small photo')} of {_count(len(self.class_names), 'class', 'classes')}"
        return (
            f"{count} ({self.classes}) would go to {self.model} at {self.destination}, {money}{dated}. "
            "File names stay here; the names of the classes go along"
        )

    @property
    def classes(self) -> str:
        """The names of the classes, the first few of many, for a line."""
        return _listed(self.class_names)

    @property
    def folders(self) -> str:
        """The folders that the photos lie in, the first few of many, for a line; "" if there is only one."""
        found = sorted({str(photo.parent) for photo in self.photos})
        return _listed(found) if len(found) > 1 else ""


@dataclass(frozen=True)
class Consent:
    """A yes. It holds for one address, and for photos with the contents that were shown when it was given."""

    destination: str
    contents: frozenset[str]

    def allows(self, question: SendingQuestion) -> bool:
        """Whether the yes covers all that a question asks for."""
        return self.destination == question.destination and question.contents <= self.contents


def keeps_local(setting: object) -> bool:
    """Whether a project's setting says that its photos stay on this computer."""
    return isinstance(setting, dict) and setting.get("answer") == KEEP_LOCAL["answer"]


def question_for(writer: Writer, requests: Sequence[DescriptionRequest]) -> SendingQuestion | None:
    """What has to be asked before a writer describes these classes; None if nothing leaves the computer."""
    if writer.destination is None or not requests:
        return None
    costs = [writer.estimate_cost(request) for request in requests]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    shown = [exemplar for request in requests for exemplar in request.exemplars]
    prices = getattr(writer, "prices", None)
    return SendingQuestion(
        writer.destination,
        writer.model,
        photos=tuple(dict.fromkeys(exemplar.path for exemplar in shown)),
        class_names=tuple(request.class_name for request in requests),
        cost=total,
        prices_as_of="" if prices is None else str(prices.as_of),
        contents=frozenset(exemplar.sha256 for exemplar in shown),
    )


def require(question: SendingQuestion | None, consent: Consent | None) -> None:
    """Let nothing pass that was not agreed to.

    Raises:
        InputError: if the question was answered with no, or not at all.
    """
    if question is not None and (consent is None or not consent.allows(question)):
        raise InputError(f"Not agreed to yet: {question.text}. Agree to it (--yes), or use the offline writer")


def prepare(writer: Writer, *, is_local: bool) -> None:
    """Find out before anything is asked or encoded that a writer cannot write for a project.

    Args:
        writer: who is to write.
        is_local: the project keeps its photos on this computer.

    Raises:
        InputError: if photos are to stay here, or the writer lacks something, such as a key.
    """
    if writer.destination is not None and is_local:
        raise InputError(KEEPS_LOCAL)
    writer.prepare()


def dollars(amount: float) -> str:
    """Money in as many digits as mean something.

    >>> [dollars(amount) for amount in (0.0, 0.00042, 0.0351, 12.3)]
    ['$0.00', '$0.0004', '$0.035', '$12.30']
    """
    if amount == 0 or amount >= 1:
        return f"${amount:.2f}"
    return f"${amount:.4f}" if amount < 0.01 else f"${amount:.3f}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _listed(names: Iterable[str]) -> str:
    """Names in a line, the first few of many. They may be a stranger's: short, and letters only that can be seen."""
    shown = [shorten("".join(char if char.isprintable() else " " for char in name), 80) for name in names]
    more = f" and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
    return ", ".join(shown[:_MOST_LISTED]) + more
