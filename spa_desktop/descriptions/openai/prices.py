"""Money, as an estimate: from a price table that a person can edit, and that says how old it is."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spa_desktop import paths
from spa_desktop.descriptions.model import TokenUse
from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import read_plain_file

_FILE = "prices.toml"
_LARGEST = 1 << 20  # bytes
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")  # gpt-5-2025-08-07 costs what gpt-5 does
_MILLION = 1_000_000


_Dollars = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Tokens = Annotated[int, Field(ge=0, le=10_000_000)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Table):
    """Dollars for a million tokens; tokens of a photo at low detail, None where not known."""

    input: _Dollars
    output: _Dollars
    image_tokens: _Tokens | None = None
    thinks: bool = True


class Assumed(_Table):
    """What is guessed before anything is sent."""

    image_tokens: _Tokens
    characters_per_token: float = Field(ge=0.1, le=1000, allow_inf_nan=False)
    answer_tokens: _Tokens
    thinking_tokens: dict[str, _Tokens]


class Prices(_Table):
    """The price table."""

    as_of: date
    currency: str
    assumed: Assumed
    models: dict[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of a model, by its name or that of which it is a dated snapshot."""
        return self.models.get(model) or self.models.get(_SNAPSHOT.sub("", model))

    def cost(self, model: str, tokens: TokenUse) -> float | None:
        """Dollars for counted tokens; None if the model has no price here."""
        price = self.of(model)
        return None if price is None else (tokens.input * price.input + tokens.output * price.output) / _MILLION

    def guess(self, model: str, *, photos: int, characters: int, effort: str | None) -> TokenUse:
        """Tokens that a request is likely to take."""
        price, assumed = self.of(model), self.assumed
        per_photo = assumed.image_tokens if price is None or price.image_tokens is None else price.image_tokens
        thinking = assumed.thinking_tokens.get(effort or "other", assumed.thinking_tokens.get("other", 0))
        if price is not None and not price.thinks:
            thinking = 0
        text = round(characters / assumed.characters_per_token)
        return TokenUse(photos * per_photo + text, assumed.answer_tokens + thinking)


def load_prices() -> Prices:
    """The person's own table in the settings folder, or else the one that ships with the app.

    Raises:
        InputError: if the person's own is malformed.
        SpaError: if the shipped one cannot be read.
    """
    own = paths.config_dir() / _FILE
    file = own if own.is_file() else paths.resources_dir() / _FILE
    try:
        return Prices.model_validate(tomllib.loads(read_plain_file(file, _LARGEST).decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, RecursionError) as error:
        why = _reason(error)
        if file is own:
            raise InputError(f"The price table {file} cannot be read ({why}): correct it, or delete it") from None
        raise SpaError(f"The price table {file} cannot be read ({why}): install the app again") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error).splitlines()[0]
