"""One service at one address: which way of asking it understands, what was spent, when to give up."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.openai import http_transports
from spa_desktop.descriptions.openai.bounded import BadAnswer, Late, answer_of
from spa_desktop.descriptions.openai.client import make_client
from spa_desktop.descriptions.openai.http_transports import NotSpoken, Reply
from spa_desktop.descriptions.openai.instructions import Prompt
from spa_desktop.descriptions.openai.options import WriterOptions
from spa_desktop.descriptions.openai.service_failures import (
    Asked,
    ServiceError,
    is_about_effort,
    is_unsupported,
    quote,
    too_late,
    translate,
)
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.keys import VARIABLE, ApiKey, find_key, redact

if TYPE_CHECKING:
    from openai import OpenAI

_T = TypeVar("_T")
_ATTEMPTS = 3  # of a request that fails for a reason that may pass
_PAUSES = (0.5, 1.5)  # seconds between them, where the service asks for no longer one
_SPARE_SECONDS = 60.0  # for pauses that it does ask for


@dataclass(frozen=True)
class Spent:
    """What a service counted: answers and their tokens, those of no use too."""

    answers: int = 0
    tokens: TokenUse = field(default_factory=TokenUse)


@dataclass(frozen=True)
class _Way:
    """How to ask: a transport, and whether it may speak of effort."""

    transport: int
    effort: str | None


class Service:
    """Asks for descriptions. Calls may run in several threads at once."""

    def __init__(self, options: WriterOptions) -> None:
        """Look at the settings; nothing is sent, and no key is looked for.

        Raises:
            InputError: if nothing may be sent to the address.
        """
        self.address = options.address()
        self._options = options
        self._lock = threading.Lock()
        self._opening = threading.Lock()  # another one, for a keyring may wait for the person while it is held
        self._client: OpenAI | None = None
        self._key_place: str | None = None
        self._way = _Way(0, options.effort)
        self._spent = Spent()
        self._ended: ServiceError | None = None

    @property
    def spent(self) -> Spent:
        """What was counted since this object was made."""
        with self._lock:
            return self._spent

    def ask(self, prompt: Prompt, job: Job) -> Reply:
        """Send one class's photos and wait for the text, in the way that worked before.

        A server that does not understand is asked again more plainly, as long as it is not OpenAI's own.

        Raises:
            InputError: if there is no key.
            ServiceError: if there is no answer; after one that `ends_all`, at once and without asking again.
            Cancelled: if the job was cancelled.
        """
        with self._lock:
            way, ended = self._way, self._ended
        if ended is not None:
            raise ServiceError(ended.kind, str(ended))
        until = self._deadline()
        while True:
            reply, problem, plainer = self._try(prompt, way, job, until)
            if reply is not None:
                with self._lock:
                    self._way = way
                return reply
            if plainer is not None:
                way = plainer
                continue
            assert problem is not None
            if problem.ends_all:
                with self._lock:
                    self._ended = problem
            raise problem

    def list_models(self, job: Job | None = None) -> list[str]:
        """Names of the service's models, sorted. Sends no photo; serves to try a key as well.

        Raises:
            InputError: if there is no key.
            ServiceError: if they cannot be had.
            Cancelled: if the job was cancelled.
        """
        names, problem = self._patiently(http_transports.model_names, job or Job(), self._deadline())
        if problem is not None:
            raise problem
        return [name for name in names or [] if redact(name) == name]

    def close(self) -> None:
        """Close the connections. A later call opens them again."""
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _try(
        self, prompt: Prompt, way: _Way, job: Job, until: float
    ) -> tuple[Reply | None, ServiceError | None, _Way | None]:
        """Ask in one way: the reply, or what went wrong and, where there is one, a plainer way to ask."""
        import openai

        plainer: _Way | None = None

        def send(client: OpenAI) -> Reply:
            nonlocal plainer
            try:
                reply = http_transports.ALL[way.transport](client, prompt, self._options.model, way.effort)
            except openai.APIStatusError as error:
                if way.effort is not None and is_about_effort(error):
                    plainer = _Way(way.transport, None)
                elif is_unsupported(error):
                    plainer = self._next_transport(way)
                raise
            except NotSpoken as error:
                plainer = self._next_transport(way) if error.said else None
                raise
            self._count(reply)
            # A service may echo the key, and its text is kept in the project.
            return replace(reply, text=redact(reply.text), refusal=redact(reply.refusal), trouble=redact(reply.trouble))

        reply, problem = self._patiently(send, job, until)
        return reply, problem, plainer

    def _next_transport(self, way: _Way) -> _Way | None:
        last = 0 if self.address.is_openai else len(http_transports.ALL) - 1
        return _Way(way.transport + 1, way.effort) if way.transport < last else None

    def _deadline(self) -> float:
        """When to give up on one class, whatever the service does in the meantime."""
        return time.monotonic() + _ATTEMPTS * self._options.timeout + _SPARE_SECONDS

    def _patiently(self, call: Callable[[OpenAI], _T], job: Job, until: float) -> tuple[_T | None, ServiceError | None]:
        """The result of a call, which is repeated while it fails for a reason that may pass; or what went wrong."""
        for pause in (*_PAUSES, None):
            left = until - time.monotonic()
            if left <= 0:
                return None, too_late(self._asked())
            result, problem = self._once(call, job, min(self._options.timeout, left))
            if problem is None or problem.wait is None or pause is None:
                break
            pause = max(pause, problem.wait)
            if time.monotonic() + pause >= until:
                break
            _sleep(pause, job)
        return result, problem

    def _once(self, call: Callable[[OpenAI], _T], job: Job, seconds: float) -> tuple[_T | None, ServiceError | None]:
        """The result of a call, or what went wrong in our words.

        The error is returned, not raised while the SDK's is being handled, so that no request hangs on it.
        """
        import openai

        host = self.address.host
        try:
            # Without a limit: the keyring may ask the person for a password.
            client = answer_of(self._open, job, math.inf)
            return answer_of(lambda: call(client), job, seconds), None
        except Late:
            return None, too_late(self._asked())
        except openai.OpenAIError as error:
            return None, translate(error, self._asked())
        except BadAnswer as error:
            return None, ServiceError("garbage", f"{host} {error}: check the address")
        except NotSpoken as error:
            said = f" ({quote(error.said)})" if error.said else ""
            return None, ServiceError(
                "garbage", f"{host} answers with something else than a description{said}: check the address"
            )

    def _asked(self) -> Asked:
        return Asked(self.address, self._options.model, self._key_place, self._options.timeout)

    def _count(self, reply: Reply) -> None:
        new = reply.tokens or TokenUse()
        with self._lock:
            old = self._spent
            tokens = TokenUse(old.tokens.input + new.input, old.tokens.output + new.output)
            self._spent = Spent(old.answers + 1, tokens)

    def require_key(self) -> ApiKey | None:
        """The key for the address; None for a server on this computer, which may do without.

        Raises:
            InputError: if there is none.
        """
        key = find_key(self.address.url)
        if key is None and not self.address.is_loopback:
            raise InputError(
                f"There is no key for {self.address.host}: set {VARIABLE}, save one in the settings, "
                "or use the offline writer"
            )
        return key

    def _open(self) -> OpenAI:
        with self._opening:
            if self._client is None:
                key = self.require_key()
                self._client = make_client(self.address, key.value if key else None, self._options.timeout)
                self._key_place = key.place if key else None
                weakref.finalize(self, self._client.close)
            return self._client


def _sleep(seconds: float, job: Job) -> None:
    """Wait, but not for a job that is cancelled."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        job.check()
        time.sleep(min(left, 0.05))
