"""What a person can set about the service."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spa_desktop.descriptions.openai.address import OPENAI, Address, check_address
from spa_desktop.errors import InputError

VARIABLE = "OPENAI_BASE_URL"
DEFAULT_MODEL = "gpt-5"


class WriterOptions(BaseModel):
    """Settings of the OpenAI writer.

    Attributes:
        base_url: None for OpenAI itself. The environment variable `OPENAI_BASE_URL` comes first, as for the key.
        model: free text: names come and go.
        effort: how long a reasoning model thinks: none, minimal, low, medium, high, ...; None leaves it to the model.
        parallel: classes that are described at once.
        allow_unencrypted: the person confirmed an http address that is not on this computer.
        timeout: seconds that one answer may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    base_url: str | None = None
    model: str = Field(default=DEFAULT_MODEL, min_length=1, max_length=200)
    effort: str | None = Field(default="low", min_length=1, max_length=20)
    parallel: int = Field(default=4, ge=1, le=16)
    allow_unencrypted: bool = False
    timeout: float = Field(default=60.0, gt=0, le=600)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> WriterOptions:
        """Options from stored settings.

        Raises:
            InputError: naming the first setting that is wrong.
        """
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise InputError(f"The setting {name} of the OpenAI writer is wrong: {first['msg']}") from None

    def address(self) -> Address:
        """Where photos go.

        Raises:
            InputError: if nothing may be sent there.
        """
        text = os.environ.get(VARIABLE, "").strip() or self.base_url or OPENAI
        return check_address(text, allow_unencrypted=self.allow_unencrypted)
