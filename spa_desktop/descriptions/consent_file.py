"""The answers of this person on this computer: which photos may go where, and which checkpoint files may be read.

They lie in the settings folder, not in the project. What stands in a project is up to whoever made it: its records may
point to anybody's photos, and everybody who ever received it knows the id that it carries. So a yes holds only

- for the same project file: its path, its place on the disk (device and inode) and the id inside it,
- for the same address,
- for photos with the contents that were asked for when it was given. Those cannot be forged: a photo is sent only if
  its bytes have the hash that was agreed to (`openai.photos`).

Whatever cannot be read, or could have been written by somebody else, is no answer: then the person is asked.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from spa_desktop import paths
from spa_desktop.descriptions.consent import Consent, SendingQuestion
from spa_desktop.plain_files import read_plain_file, write_own_file

_MOST_BYTES = 32 * 1024 * 1024
_MOST_PROJECTS, _MOST_CHECKPOINTS = 500, 100  # the oldest answers are forgotten first
_log = logging.getLogger(__name__)
_writing = threading.Lock()

_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class ProjectFile:
    """Which file a project is.

    Attributes:
        id: the random text that the project carries; "" if it has none.
        path: absolute.
        device, inode: its place on the disk, which a copy does not share.
    """

    id: str
    path: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path, project_id: str) -> ProjectFile:
        """Look at a project's file.

        Raises:
            OSError: if it is gone.
        """
        found = path.stat()
        return cls(project_id, str(path), found.st_dev, found.st_ino)


class _Agreement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    project: str = Field(max_length=200)
    path: str = Field(max_length=10_000)
    device: int
    inode: int
    destination: str = Field(max_length=2000)
    contents: list[_Sha256] = Field(max_length=200_000)

    def is_of(self, file: ProjectFile) -> bool:
        return (self.project, self.path, self.device, self.inode) == (file.id, file.path, file.device, file.inode)


class _Agreements(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1] = 1
    agreements: list[_Agreement] = Field(default=[], max_length=_MOST_PROJECTS)
    checkpoints: list[Annotated[str, StringConstraints(max_length=10_000)]] = Field(
        default=[], max_length=_MOST_CHECKPOINTS
    )


def consent_path() -> Path:
    """Where the answers are kept."""
    return paths.config_dir() / "consents.json"


def kept_consent(file: ProjectFile, destination: str) -> Consent | None:
    """The yes that was given for a project and an address; None if there is none that can be relied on."""
    contents = [one.contents for one in _read().agreements if one.is_of(file) and one.destination == destination]
    return Consent(destination, frozenset(contents[0])) if contents else None


def keep_consent(file: ProjectFile, question: SendingQuestion) -> None:
    """Remember a yes to a question. An answer that cannot be written costs the person another question, no more."""
    with _writing:
        kept = _read()
        known = kept.agreements
        same = [one for one in known if one.is_of(file) and one.destination == question.destination]
        contents = question.contents.union(*(one.contents for one in same))
        try:
            new = _Agreement(
                project=file.id,
                path=file.path,
                device=file.device,
                inode=file.inode,
                destination=question.destination,
                contents=sorted(contents),
            )
        except ValidationError as error:
            _log.warning("The answer is not remembered: %s", error.errors(include_input=False)[0]["msg"])
            return
        # Of another file that lay in the same place nothing is known any more.
        others = [one for one in known if one not in same and (one.path != file.path or one.is_of(file))]
        _write(agreements=[*others, new][-_MOST_PROJECTS:], checkpoints=kept.checkpoints)


def forget_consents(file: ProjectFile) -> None:
    """Ask again before anything of a project is sent, whatever the address."""
    with _writing:
        kept = _read()
        others = [one for one in kept.agreements if one.path != file.path]
        if len(others) < len(kept.agreements):
            _write(agreements=others, checkpoints=kept.checkpoints)


def is_allowed(checkpoint: Path) -> bool:
    """Whether projects may name a checkpoint file: a person did, or agreed to it when one was asked."""
    return str(checkpoint) in _read().checkpoints


def allow_checkpoint(checkpoint: Path) -> bool:
    """Remember that a person agreed to a checkpoint file, and give that answer: True."""
    with _writing:
        kept = _read()
        others = [one for one in kept.checkpoints if one != str(checkpoint)]
        _write(agreements=kept.agreements, checkpoints=[*others, str(checkpoint)][-_MOST_CHECKPOINTS:])
    return True


def _read() -> _Agreements:
    path = consent_path()
    try:
        if not _is_ours(path):
            return _Agreements()
        return _Agreements.model_validate_json(read_plain_file(path, _MOST_BYTES))
    except FileNotFoundError:
        return _Agreements()
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read, so it is asked again before photos are sent: %s", path, type(error).__name__)
        return _Agreements()


def _is_ours(path: Path) -> bool:
    """Whether nobody but this user can have written a file. Windows keeps others out of the folder itself."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _write(**answers: list[Any]) -> None:
    path = consent_path()
    try:
        write_own_file(path, _Agreements.model_validate(answers).model_dump_json(indent=1).encode())
    except (OSError, ValueError) as error:  # ValueError: a path that is no text
        reason = getattr(error, "strerror", None) or type(error).__name__
        _log.warning("The answer is not remembered, %s cannot be written: %s", path, reason)
