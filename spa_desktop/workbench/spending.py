"""What descriptions have cost a project: a running total that neither undo nor a failed answer makes smaller."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.project import Project
from spa_desktop.project.documents import Json

SPENDING = "spending"
_Count = Annotated[int, Field(ge=0, le=10**15, strict=True)]
_Money = Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False)]


@dataclass(frozen=True)
class Spending:
    """What services were asked for."""

    answers: _Count = 0  # that were paid for, useful or not, and requests that were cancelled on their way
    input_tokens: _Count = 0  # as services counted them
    output_tokens: _Count = 0
    cost: _Money = 0.0  # US dollars, an estimate, of the answers whose cost is known
    unknown: _Count = 0  # answers whose cost is not: of a model without a price, or dropped when the person cancelled

    def plus(self, tokens: TokenUse | None, cost: float | None) -> Spending:
        """The total after one more answer."""
        tokens = tokens or TokenUse()
        return Spending(
            self.answers + 1,
            self.input_tokens + tokens.input,
            self.output_tokens + tokens.output,
            self.cost + (cost or 0.0),
            self.unknown + (cost is None),
        )

    def to_json(self) -> Json:
        """What the project keeps under :data:`SPENDING`."""
        return {**asdict(self), "cost": round(self.cost, 6)}


def kept_spending(setting: object) -> Spending | None:
    """The total that a project's setting holds; None if it holds none, or numbers that cannot be."""
    try:
        return _KEPT.validate_python(setting)
    except ValidationError:
        return None


def spending(project: Project) -> Spending:
    """The running total of a project; of one that kept none yet, what its present descriptions cost."""
    kept = kept_spending(project.setting(SPENDING))
    if kept is not None:
        return kept
    total = Spending()
    for text in project.descriptions().values():
        if (tokens := TokenUse.counted(text.input_tokens, text.output_tokens)) is not None:
            total = total.plus(tokens, text.cost)
    return total


_KEPT = TypeAdapter(Spending)
