"""What is asked before photos leave the computer, and an answer that can be remembered with the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from spa_desktop.descriptions.model import DescriptionRequest, Writer
from spa_desktop.errors import InputError

SETTING = "consent"  # the name under which a project keeps the answer
Answer = Literal["send", "keep-local"]
_KEEPS_LOCAL = "This project keeps its photos on this computer: use the offline writer, or have it ask again"


@dataclass(frozen=True)
class Question:
    """What would be sent, and where.

    Attributes:
        destination: the address.
        model: who would look at the photos.
        photos: each photo once.
        classes: how many requests that makes.
        cost: dollars, an estimate; None where no price is known.
        prices_as_of: the day on which the estimate's prices held; "" without an estimate.
    """

    destination: str
    model: str
    photos: tuple[Path, ...]
    classes: int
    cost: float | None
    prices_as_of: str = ""

    @property
    def text(self) -> str:
        """The question in one line, for the person."""
        host = urlsplit(self.destination).netloc or self.destination
        money = "at a cost that is not known" if self.cost is None else f"for about {dollars(self.cost)}"
        dated = f" (prices of {self.prices_as_of})" if self.cost is not None and self.prices_as_of else ""
        what = f"{_count(len(self.photos), 'small photo')} of {_count(self.classes, 'class', 'classes')}"
        return (
            f"{what} would go to {self.model} at {host}, {money}{dated}. "
            "File names stay here; the names of the classes go along"
        )


@dataclass(frozen=True)
class Consent:
    """A person's answer. "send" holds for the one address it was given for; "keep-local" for all."""

    answer: Answer
    destination: str

    def allows(self, question: Question) -> bool | None:
        """Whether the answer covers a question: yes, no, or None when it has to be asked."""
        if self.answer == "keep-local":
            return False
        return True if self.destination == question.destination else None

    def to_json(self) -> dict[str, str]:
        """What a project's settings keep."""
        return {"answer": self.answer, "destination": self.destination}

    @classmethod
    def from_json(cls, value: object) -> Consent | None:
        """The answer that was kept; None if there is none, or none that can be read: then it is asked again."""
        if not isinstance(value, dict) or not isinstance(value.get("destination"), str):
            return None
        answer = value.get("answer")
        if answer == "send" or answer == "keep-local":
            return cls(answer, value["destination"])
        return None


def question_for(writer: Writer, requests: Sequence[DescriptionRequest]) -> Question | None:
    """What has to be asked before a writer describes these classes; None if nothing leaves the computer."""
    if writer.destination is None or not requests:
        return None
    costs = [writer.estimate_cost(request) for request in requests]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    photos = dict.fromkeys(exemplar.path for request in requests for exemplar in request.exemplars)
    prices = getattr(writer, "prices", None)
    as_of = "" if prices is None else str(prices.as_of)
    return Question(writer.destination, writer.model, tuple(photos), len(requests), total, as_of)


def require(question: Question | None, consent: Consent | None) -> None:
    """Let nothing pass that was not agreed to.

    Raises:
        InputError: if the question was answered with no, or not at all.
    """
    if question is None:
        return
    allowed = None if consent is None else consent.allows(question)
    if allowed is False:
        raise InputError(_KEEPS_LOCAL)
    if allowed is None:
        raise InputError(f"Not agreed to yet: {question.text}. Agree to it (--yes), or use the offline writer")


def prepare(writer: Writer, consent: Consent | None) -> None:
    """Find out before anything is asked or encoded that a writer cannot write for this project.

    Raises:
        InputError: if photos are to stay here, or the writer lacks something, such as a key.
    """
    if writer.destination is not None and consent is not None and consent.answer == "keep-local":
        raise InputError(_KEEPS_LOCAL)
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
