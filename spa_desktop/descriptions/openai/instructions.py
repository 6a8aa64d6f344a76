"""The text that goes with the photos, from `resources/instructions`."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from string import Template

from pydantic import BaseModel, ConfigDict, ValidationError

from spa_desktop import paths
from spa_desktop.descriptions.model import DescriptionRequest
from spa_desktop.descriptions.quality import one_line, shorten
from spa_desktop.errors import SpaError

_MOST_RIVALS = 60  # names: with more the text costs more than the photos
_LONGEST_NAME = 200  # letters


@dataclass(frozen=True)
class Prompt:
    """What is sent for one class: instructions, the request's text, the photos as data URLs."""

    instructions: str
    text: str
    photos: tuple[str, ...]
    json_hint: str  # for a service that takes no schema


class Instructions(BaseModel):
    """The texts and their version."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    version: int
    system: str
    request: str
    rivals: str
    json_hint: str

    @property
    def tag(self) -> str:
        """Version and digest: an edited text counts as another one even if its version was forgotten."""
        digest = hashlib.sha256(
            "\0".join((self.system, self.request, self.rivals, self.json_hint)).encode()
        ).hexdigest()
        return f"{self.version}.{digest[:8]}"

    def text(self, request: DescriptionRequest, photos: int) -> str:
        """The request for one class in words."""
        parts = [
            Template(self.request).substitute(name=_name(request.class_name), language=request.language, count=photos),
        ]
        if request.rival_names:
            names = [_name(name) for name in request.rival_names[:_MOST_RIVALS]]
            left = len(request.rival_names) - len(names)
            listed = ", ".join(names) + (f", and {left} more" if left else "")
            parts.append(Template(self.rivals).substitute(names=listed))
        return "\n".join(parts)

    def prompt(self, request: DescriptionRequest, photos: tuple[str, ...]) -> Prompt:
        """All that is sent for one class."""
        return Prompt(self.system, self.text(request, len(photos)), photos, self.json_hint)


def _name(name: str) -> str:
    """A class name as it is sent: one line of bounded length, whoever gave it."""
    return shorten(one_line(name), _LONGEST_NAME)


@cache
def load_instructions() -> Instructions:
    """The texts that ship with the app.

    Raises:
        SpaError: if they are missing or malformed.
    """
    file = paths.resources_dir() / "instructions" / "describe.toml"
    try:
        return Instructions.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        why = str(error).splitlines()[0]
        raise SpaError(f"Instructions file {file} cannot be read ({why}): install the app again") from error
