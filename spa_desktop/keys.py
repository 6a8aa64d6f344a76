"""Where an API key comes from: the environment, the system's keyring, or this session's memory. Written nowhere else.

The app takes a key out of its environment when it starts, so that no program that it starts inherits it, and has no
core written when it crashes.

A key that was saved belongs to one address: a key for OpenAI is never handed to a server that was tried out. The
environment variable holds for whatever address is set, as it does in OpenAI's own tools.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

from spa_desktop.errors import InputError
from spa_desktop.visible import QT_TRANSLATE_NOOP, visible_lines

KeySource = Literal["environment", "keyring", "session"]

VARIABLE = "OPENAI_API_KEY"
_SERVICE = "spa-desktop"
_HIDDEN = "[key]"
_WRONG = QT_TRANSLATE_NOOP("errors", "This is not a key: copy it again, without spaces or line breaks")
_WRONG_VARIABLE = QT_TRANSLATE_NOOP(
    "errors", "What {variable} holds is not a key: copy it again, without spaces or line breaks"
)
_SHORTEST_SECRET = 8  # characters: a dummy key such as "ollama" is no secret, and hiding it would garble messages
# OpenAI's keys also come back half masked in its error messages, so asterisks count.
_LOOKS_SECRET = re.compile(r"\bsk-[\w*-]{6,}|(?<=Bearer )[\w.~+/*=-]{6,}|(?<=//)[^/\s@]+(?=@)", re.ASCII)

_lock = threading.Lock()
_session: dict[str, str] = {}
_taken: list[str] = []  # the key that was in the environment when the app started
_seen: set[str] = set()  # so that they can be kept out of messages, whatever they look like


@dataclass(frozen=True)
class ApiKey:
    """A key and where it was found."""

    value: str = field(repr=False)
    source: KeySource


def find_key(address: str) -> ApiKey | None:
    """The key for an address: of the environment, else of the keyring, else of this session; None if there is none.

    The keyring may ask the user for a password, so this can take long. Raises InputError if the one in the
    environment is no key.
    """
    source: KeySource = "environment"
    if value := _of_environment():
        value = _sendable(value, _WRONG_VARIABLE)
    elif value := _from_keyring(address):
        source = "keyring"
    else:
        with _lock:
            source, value = "session", _session.get(address, "")
    with _lock:
        _seen.add(value)
    return ApiKey(value, source) if value else None


def save_key(value: str, address: str, *, in_keyring: bool = True) -> ApiKey:
    """Keep a key for an address, in the keyring or, where that fails or is not wanted, for this session.

    Gives the key that :func:`find_key` gives from now on, and where that one is kept: one in the environment, or an
    older one in the keyring, comes first. Raises InputError if the key is empty or cannot be sent in a header.
    """
    value = _sendable(value.strip(), _WRONG)
    with _lock:
        _seen.add(value)
    if not (in_keyring and _to_keyring(value, address)):
        with _lock:
            _session[address] = value
    return find_key(address) or ApiKey(value, "session")


def forget_key(address: str) -> None:
    """Delete what :func:`save_key` kept for an address. The environment is not ours to change."""
    with _lock:
        _session.pop(address, None)
    with contextlib.suppress(Exception):  # see _from_keyring; most often there was none to delete
        import keyring

        keyring.delete_password(_SERVICE, address)


def redact(text: str) -> str:
    """`text` without anything that is, or looks like, a key or a password.

    >>> redact("Incorrect API key provided: sk-proj-****wxyz, from https://me:secret@host/v1")
    'Incorrect API key provided: [key], from https://[key]@host/v1'
    """
    with _lock:
        known = {*_seen, *_session.values(), _of_environment()}
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _HIDDEN)
    return _LOOKS_SECRET.sub(_HIDDEN, text)


def guard_process() -> None:
    """Keep keys out of all that this process leaves: its output, programs that it starts, a core when it crashes.

    For the app, which owns its process; a library must not change its user's environment. A core would hold the whole
    memory. The hard limit stays, so that somebody who looks for a fault can raise the limit again.
    """
    guard_output()
    with _lock:
        value = os.environ.pop(VARIABLE, "").strip()
        if value:
            _taken[:] = [value]
    try:
        import resource
    except ImportError:  # on Windows, which writes no cores by itself
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def guard_output() -> None:
    """Keep keys out of all that this process says by itself, from now on.

    That is every log record, whichever library and handler it is of, and the traceback of an error that nobody caught,
    in whichever thread. Hooks that somebody else has put in their place stay.
    """
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(factory))
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _say_traceback
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _say_thread_traceback


class _CleanRecords:
    """Makes log records as another factory does, without keys. Libraries such as Ray set one of their own."""

    def __init__(self, factory: Callable[..., logging.LogRecord]) -> None:
        self._factory = factory

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record = self._factory(*arguments, **named)
        record.msg, record.args = redact(_message_of(record)), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact(record.exc_text or logging.Formatter().formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return record


def _message_of(record: logging.LogRecord) -> str:
    """The message of a record. Its arguments run code of their own: whatever they raise must not stop who logs."""
    with contextlib.suppress(Exception):
        return record.getMessage()
    with contextlib.suppress(Exception):  # a message that does not fit its arguments is no reason not to show them
        return f"{record.msg} {record.args}"
    return "a message that cannot be shown"


def _say_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.stderr is not None:  # there is none under pythonw
        sys.stderr.write(visible_lines(redact("".join(traceback.format_exception(kind, error, trace)))))


def _say_thread_traceback(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_type is not SystemExit and fault.exc_value is not None:
        _say_traceback(fault.exc_type, fault.exc_value, fault.exc_traceback)


def _of_environment() -> str:
    return os.environ.get(VARIABLE, "").strip() or "".join(_taken)


def _sendable(value: str, problem: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise InputError(problem, variable=VARIABLE)
    return value


def _from_keyring(address: str) -> str:
    try:
        import keyring

        return (keyring.get_password(_SERVICE, address) or "").strip()
    except Exception:  # noqa: BLE001 - backends raise what they like: no service, a locked wallet, D-Bus gone
        return ""


def _to_keyring(value: str, address: str) -> bool:
    try:
        import keyring

        keyring.set_password(_SERVICE, address, value)
    except Exception:  # noqa: BLE001 - as above
        return False
    # Some backends take everything and keep nothing.
    return _from_keyring(address) == value
