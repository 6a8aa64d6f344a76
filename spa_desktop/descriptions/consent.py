"""What is asked before photos leave the computer, and what an answer covers.

A yes belongs to this user on this computer (`consent_file`), never to the project: projects are passed around. A
project may say that its photos stay here, as that only makes things safer.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, StringConstraints

from spa_desktop import paths
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, Writer
from spa_desktop.descriptions.quality import one_line, shorten
from spa_desktop.errors import InputError
from spa_desktop.plain_files import read_plain_file, write_own_file
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted

SETTING = "consent"  # the name under which a project keeps "keep-local"; any other answer in a project is ignored
KEEP_LOCAL = {"answer": "keep-local", "destination": ""}
Answer = Literal["send", "once", "keep-local"]
"""The user's answer: yes and remember it, yes for this run, or no for as long as the project is not set otherwise."""

KEEPS_LOCAL = QT_TRANSLATE_NOOP(
    "errors", "This project keeps its photos on this computer: use the offline writer, or have it ask again"
)
_MOST_LISTED = 6  # classes or folders that a question names


@dataclass(frozen=True)
class SendingQuestion:
    """What would be sent, and where."""

    destination: str  # the address: scheme, host, port and path
    model: str  # who would look at the photos
    photos: tuple[Path, ...]  # each photo once
    class_names: tuple[str, ...]  # the classes to describe, a request each
    cost: float | None  # dollars, an estimate; None where no price is known
    prices_as_of: str = ""  # the day on which the estimate's prices held; "" without an estimate
    # SHA-256 of each photo's content. Nothing with another content is sent.
    contents: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def text(self) -> str:
        """The question in one line, for the user."""
        money = "at a cost that is not known"
        if self.cost is not None:
            money = f"for about {dollars(self.cost)}" + (
                f" (prices of {self.prices_as_of})" if self.prices_as_of else ""
            )
        count = f"{counted(len(self.photos), 'small photo')} of {counted(len(self.class_names), 'class', 'classes')}"
        return (
            f"{count} ({self.classes}) would go to {self.model} at {self.destination}, {money}. "
            "File names stay here; the names of the classes go along"
        )

    @property
    def classes(self) -> str:
        """The names of the classes, the first few of many, for a line."""
        return _listed(self.class_names)

    @property
    def folders(self) -> str:
        """The folders that the photos lie in, the first few of many, for a line; "" if there is only one."""
        folders = sorted({str(photo.parent) for photo in self.photos})
        return _listed(folders) if len(folders) > 1 else ""


def keeps_local(setting: object) -> bool:
    """Whether a project's setting says that its photos stay on this computer."""
    return isinstance(setting, dict) and setting.get("answer") == KEEP_LOCAL["answer"]


def question_for(writer: Writer, requests: Iterable[DescriptionRequest]) -> SendingQuestion | None:
    """What has to be asked before a writer describes these classes; None if nothing leaves the computer."""
    if writer.destination is None:
        return None
    costs: list[float | None] = []
    names: list[str] = []
    shown: list[Exemplar] = []
    for request in requests:
        costs.append(writer.estimate_cost(request))
        names.append(request.class_name)
        shown += request.exemplars
    if not names:
        return None
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    prices = getattr(writer, "prices", None)
    return SendingQuestion(
        writer.destination,
        writer.model,
        photos=tuple(dict.fromkeys(exemplar.path for exemplar in shown)),
        class_names=tuple(names),
        cost=total,
        prices_as_of="" if prices is None else str(prices.as_of),
        contents=frozenset(exemplar.sha256 for exemplar in shown),
    )


def prepare(writer: Writer, *, is_local: bool) -> None:
    """Find out before anything is asked or encoded that a writer cannot write for a project, which may be kept local.

    Raises InputError if photos are to stay here, or the writer lacks something, such as a key.
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


def _listed(names: Iterable[str]) -> str:
    """Names in a line, the first few of many. They may be a stranger's: short, and letters only that can be seen."""
    shown = [shorten(one_line(name), 80) for name in names]
    more = f" and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
    return ", ".join(shown[:_MOST_LISTED]) + more


# The answers of this user on this computer: which photos may go where, and which checkpoint files may be read.
#
# They lie in the settings folder: what stands in a project is up to whoever made it. A yes holds only for the same
# project file (path, device, inode and the id inside it), the same address, and photos with the contents that were
# asked for, which cannot be forged: a photo is sent only if its bytes have the hash that was agreed to. Whatever cannot
# be read, or could have been written by somebody else, is no answer: then the user is asked.

_MOST_BYTES = 32 * 1024 * 1024
_MOST_PROJECTS, _MOST_CHECKPOINTS = 500, 100  # the oldest answers are forgotten first
_log = logging.getLogger(__name__)
_writing = threading.Lock()

_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ProjectFile(NamedTuple):
    """Which file a project is."""

    id: str  # the random text that the project carries; "" if it has none
    path: str  # absolute
    device: int  # with `inode` its place on the disk, which a copy does not share
    inode: int

    @classmethod
    def of(cls, path: Path, project_id: str) -> ProjectFile:
        """Look at a project's file. Raises OSError if it is gone."""
        status = path.stat()
        return cls(project_id, str(path), status.st_dev, status.st_ino)


class _Agreement(BaseModel, frozen=True, extra="forbid", strict=True):
    project: str = Field(max_length=200)
    path: str = Field(max_length=10_000)
    device: int
    inode: int
    destination: str = Field(max_length=2000)
    contents: list[_Sha256] = Field(max_length=200_000)

    @property
    def file(self) -> ProjectFile:
        return ProjectFile(self.project, self.path, self.device, self.inode)


class _Agreements(BaseModel, frozen=True, extra="forbid", strict=True):
    version: Literal[1] = 1
    agreements: list[_Agreement] = Field(default=[], max_length=_MOST_PROJECTS)
    checkpoints: list[Annotated[str, StringConstraints(max_length=10_000)]] = Field(
        default=[], max_length=_MOST_CHECKPOINTS
    )


def consent_path() -> Path:
    """Where the answers are kept."""
    return paths.config_dir() / "consents.json"


def agreed_contents(file: ProjectFile, destination: str) -> frozenset[str] | None:
    """The contents of photos that may go from a project to an address; None if there is no yes to be relied on."""
    contents = [
        agreement.contents
        for agreement in _read().agreements
        if (agreement.file, agreement.destination) == (file, destination)
    ]
    return frozenset(contents[0]) if contents else None


def keep_consent(file: ProjectFile, question: SendingQuestion) -> None:
    """Remember a yes to a question. An answer that cannot be written costs the user another question, no more."""
    with _writing:
        stored = _read()
        agreed = agreed_contents(file, question.destination) or frozenset()
        new = dict(zip(("project", "path", "device", "inode"), file, strict=True))
        new |= {"destination": question.destination, "contents": sorted(question.contents | agreed)}
        # Of another file that lay in the same place nothing is known any more.
        others = [
            agreement
            for agreement in stored.agreements
            if agreement.path != file.path or (agreement.file == file and agreement.destination != question.destination)
        ]
        _write(agreements=[*others, new][-_MOST_PROJECTS:], checkpoints=stored.checkpoints)


def forget_consents(file: ProjectFile) -> None:
    """Ask again before anything of a project is sent, whatever the address."""
    with _writing:
        stored = _read()
        others = [agreement for agreement in stored.agreements if agreement.path != file.path]
        if len(others) < len(stored.agreements):
            _write(agreements=others, checkpoints=stored.checkpoints)


def is_allowed(checkpoint: Path) -> bool:
    """Whether projects may name a checkpoint file: the user did, or agreed to it when asked."""
    return str(checkpoint) in _read().checkpoints


def allow_checkpoint(checkpoint: Path) -> bool:
    """Remember that the user agreed to a checkpoint file, and give that answer: True."""
    with _writing:
        stored = _read()
        others = [path for path in stored.checkpoints if path != str(checkpoint)]
        _write(agreements=stored.agreements, checkpoints=[*others, str(checkpoint)][-_MOST_CHECKPOINTS:])
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
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _write(**answers: list[Any]) -> None:
    path = consent_path()
    try:
        write_own_file(path, _Agreements.model_validate(answers).model_dump_json(indent=1).encode())
    except (OSError, ValueError) as error:  # ValueError: a path that is no text
        reason = getattr(error, "strerror", None) or type(error).__name__
        _log.warning("The answer is not remembered, %s cannot be written: %s", path, reason)
