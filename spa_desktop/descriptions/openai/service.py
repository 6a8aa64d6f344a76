"""A service with OpenAI's formats: its address, how it is asked for a description, and what can go wrong with it.

It is asked by Chat Completions, which OpenAI and all compatible servers understand. The SDK repeats requests and limits
the time of each read. Added here are what it has no limit for: the size of an answer, the time from a request to the
last byte of its answer, and the time of all attempts together.
"""

from __future__ import annotations

import ipaddress
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from pydantic import BaseModel, Field, ValidationError

from spa_desktop.descriptions.model import FEWEST_PHRASES, MOST_PHRASES, TokenUse
from spa_desktop.descriptions.quality import one_line, shorten
from spa_desktop.errors import FilledText, InputError, SpaError, innermost
from spa_desktop.jobs import Job
from spa_desktop.keys import VARIABLE as KEY_VARIABLE
from spa_desktop.keys import ApiKey, find_key, redact
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, OpenAI, RequestOptions

OPENAI = "https://api.openai.com/v1"
VARIABLE = "OPENAI_BASE_URL"
DEFAULT_MODEL = "gpt-5"
MOST_OUTPUT_TOKENS = 8000  # thinking included: a bound on what one class can cost
MOST_BYTES = 4 << 20  # of one answer: a good one has a thousandth of that

_T = TypeVar("_T")
_RETRIES = 2  # by the SDK, which waits in between as the service asks
# The user's key alone: the SDK would also take an administrator's out of the environment.
_BY_KEY: RequestOptions = {"security": {"bearer_auth": True}}
_SPARE_SECONDS = 60.0  # for these waits
_LATER_SECONDS = 1.0  # than the time-out of a read, so that the SDK may ask a silent service again
_CONNECT_SECONDS = 10.0
_LOOK_EVERY = 0.05  # seconds between looks at the cancel flag
_NO_KEY = "none"  # servers on this computer want a key to be there, and do not read it
_MOST_NAMES, _LONGEST_NAME = 1000, 200  # of a service's models
_UNSUPPORTED = (400, 404, 405, 415, 422, 501)  # of a server that may understand a plainer request
_LONGEST_QUOTE = 200  # letters

Kind = Literal[
    "refusal", "truncated", "useless", "garbage",  # of one class
    "rejected", "bad-key", "forbidden", "no-model", "no-endpoint", "redirected",  # the settings are wrong
    "quota", "busy", "server", "timeout", "unreachable", "untrusted",  # of the service
]  # fmt: skip
# With these the next class would fare no better, and each might take minutes to fail.
_ENDS_ALL: frozenset[Kind] = frozenset(
    {"bad-key", "forbidden", "no-model", "no-endpoint", "redirected", "quota", "timeout", "unreachable", "untrusted"}
)
_NO_KEY_GIVEN = QT_TRANSLATE_NOOP("errors", "{host} wants a key (401): set {variable}, or save one in the settings")
_BAD_VARIABLE = QT_TRANSLATE_NOOP("errors", "{host} does not accept the key (401): correct {variable}")
_BAD_KEY = QT_TRANSLATE_NOOP("errors", "{host} does not accept the key (401): save another one in the settings")
_FORBIDDEN = QT_TRANSLATE_NOOP("errors", '{host} does not allow this key to use "{model}" (403): {message}')
_NO_MODEL = QT_TRANSLATE_NOOP("errors", '{host} cannot describe with "{model}" (404): {message}')
_NO_ENDPOINT = QT_TRANSLATE_NOOP("errors", "{host} writes no text at {url} ({status}): does the address end in /v1?")
_REDIRECTED = QT_TRANSLATE_NOOP(
    "errors", "{host} points to another address ({status}), to which nothing is sent: correct the address"
)
_QUOTA = QT_TRANSLATE_NOOP(
    "errors",
    "{host} has no credit left (insufficient_quota) for this account: add some there, or use the offline writer",
)
_BUSY = QT_TRANSLATE_NOOP(
    "errors",
    "{host} gets too many requests from this account (429): try again later, with fewer parallel requests, or use "
    "the offline writer",
)
_SERVER = QT_TRANSLATE_NOOP(
    "errors", "{host} has trouble of its own ({status}): try again later, or use the offline writer"
)
_REJECTED = QT_TRANSLATE_NOOP("errors", "{host} rejects the request ({status}): {message}")
_UNTRUSTED = QT_TRANSLATE_NOOP(
    "errors", "{host} has a certificate that is not trusted ({reason}): check the address, or set SSL_CERT_FILE"
)
_NO_PROXY = QT_TRANSLATE_NOOP(
    "errors",
    "{host} cannot be reached ({reason}): check network, address and whether the server runs, or use the offline "
    "writer",
)
_PROXY = QT_TRANSLATE_NOOP(
    "errors",
    "{host} cannot be reached ({reason}): check network, the proxy (HTTPS_PROXY), address and whether the server runs, "
    "or use the offline writer",
)
_STRANGE = QT_TRANSLATE_NOOP(
    "errors", "{host} answers with something else than a description{message}: check the address"
)
_NOT_ASKED = QT_TRANSLATE_NOOP("errors", "{host} could not be asked, {reason}: check the address")
_TOO_LATE = QT_TRANSLATE_NOOP(
    "errors", "{host} did not answer in time: try later, or with less effort, or use the offline writer"
)
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")  # codes of a 429 that no waiting ends


class ServiceError(SpaError):
    """A service gave no description."""

    def __init__(self, kind: Kind, problem: str, **fields: object) -> None:
        known = {name: text if isinstance(text, FilledText) else redact(str(text)) for name, text in fields.items()}
        super().__init__(redact(problem), **known)
        self.kind = kind

    @property
    def ends_all(self) -> bool:
        """Whether there is no point in asking for another class before something has changed."""
        return self.kind in _ENDS_ALL


class NotSpoken(Exception):
    """The server answered with success, but not in the format. Its text is an error that it put there, if any."""


def quote(text: str) -> str:
    """What a service said, fit for a line of ours."""
    # Keys are looked for in all of it, and only then it is cut.
    return shorten(one_line(redact(text)[: 10 * _LONGEST_QUOTE]), _LONGEST_QUOTE)


@dataclass(frozen=True)
class Address:
    """The base URL of a service, without a slash at its end."""

    url: str
    host: str  # with the port where one is written
    is_loopback: bool


def check_address(text: str, *, allow_unencrypted: bool = False) -> Address:
    """Read a base URL as the user types it.

    `allow_unencrypted`: the user has confirmed that photos and key go over the network for all to read.

    Raises:
        InputError: if it is no http address, holds a password or a query, or is neither encrypted nor on this computer.

    >>> check_address(" https://api.openai.com/v1/ ")
    Address(url='https://api.openai.com/v1', host='api.openai.com', is_loopback=False)
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname or "", parts.port
        is_plain = bool(name.encode("idna")) and text.isprintable() and " " not in text
    except ValueError:
        is_plain = False
    if not is_plain or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or parts.fragment:
        # Not repeated in the message: it may hold a secret.
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors",
                "The address of the service must be like https://host/v1, or http://localhost:11434/v1 for a "
                "server on this computer, without a name, password or query",
            )
        )
    host, is_loopback = parts.netloc.lower(), _is_loopback(name)
    if parts.scheme == "http" and not is_loopback and not allow_unencrypted:
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors",
                "http://{host} is not encrypted: photos and key could be read on the way. Use https, or "
                "confirm it in the settings",
            ),
            host=host,
        )
    return Address(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", host, is_loopback)


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class WriterOptions(BaseModel, frozen=True, extra="forbid", str_strip_whitespace=True):
    """Settings of the OpenAI writer."""

    base_url: str | None = None  # None for OpenAI itself. The environment variable comes first, as for the key
    model: str = Field(default=DEFAULT_MODEL, min_length=1, max_length=200)  # free text: names come and go
    # how long a reasoning model thinks: none, minimal, low, medium, high, ...; None leaves it to the model
    effort: str | None = Field(default="low", min_length=1, max_length=20)
    parallel: int = Field(default=4, ge=1, le=16)  # classes that are described at once
    allow_unencrypted: bool = False  # the user confirmed an http address that is not on this computer
    timeout: float = Field(default=60.0, gt=0, le=600)  # seconds that one answer may take

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> WriterOptions:
        """Options from stored settings. Raises InputError: naming the first setting that is wrong."""
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            text = QT_TRANSLATE_NOOP("errors", "The setting {name} of the OpenAI writer is wrong: {reason}")
            raise InputError(text, name=name, reason=first["msg"]) from None

    def address(self) -> Address:
        """Where photos go. Raises InputError if nothing may be sent there."""
        text = os.environ.get(VARIABLE, "").strip() or self.base_url or OPENAI
        return check_address(text, allow_unencrypted=self.allow_unencrypted)


@dataclass(frozen=True)
class Prompt:
    """What is sent for one class: instructions, the request's text, the photos as data URLs."""

    instructions: str
    text: str
    photos: tuple[str, ...]
    json_hint: str  # for a service that takes no schema
    answer: type[BaseModel]  # its schema is sent along: services that follow it can answer nothing else


class ServiceAnswer(BaseModel, extra="forbid"):
    """Phrases and a sentence that describe a class."""

    phrases: list[str] = Field(
        description="Short visual phrases, the most telling first.", min_length=FEWEST_PHRASES, max_length=MOST_PHRASES
    )
    sentence: str = Field(description="One sentence on how the class looks.")


@dataclass(frozen=True)
class Reply:
    """What came back."""

    text: str
    refusal: str
    is_cut_off: bool
    is_filtered: bool
    tokens: TokenUse | None


class Service:
    """Asks for descriptions. Calls may run in several threads at once."""

    def __init__(self, options: WriterOptions) -> None:
        """Look at the settings; nothing is sent, and no key is looked for.

        Raises InputError if nothing may be sent to the address.
        """
        self.address = options.address()
        self._options = options
        self._finding_key = threading.Lock()  # a keyring may wait for the user
        self._key: ApiKey | None = None
        self._is_plain, self._effort = False, options.effort  # which the service understood
        self._ended: ServiceError | None = None

    def require_key(self) -> ApiKey | None:
        """The key for the address; None for a server on this computer, which may do without.

        Raises InputError if there is none.
        """
        with self._finding_key:
            self._key = self._key or find_key(self.address.url)
        if self._key is None and not self.address.is_loopback:
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors",
                    "There is no key for {host}: set {variable}, save one in the settings, or use the offline writer",
                ),
                host=self.address.host,
                variable=KEY_VARIABLE,
            )
        return self._key

    def ask(self, prompt: Prompt, job: Job) -> Reply:
        """Send one class's photos and wait for the text, in the way that worked before.

        A server that does not understand is asked again more plainly, as long as it is not OpenAI's own. Raises
        InputError if there is no key; ServiceError if there is no answer; after one that `ends_all`, at once and
        without asking again; Cancelled if the job was cancelled.
        """
        if (ended := self._ended) is not None:
            raise ServiceError(ended.kind, ended.problem, **ended.fields)
        try:
            reply = self._in_time(partial(self._describe, prompt), job)
        except ServiceError as error:
            if error.ends_all:
                self._ended = error
            raise
        # A service may echo the key, and its text is kept in the project.
        return replace(reply, text=redact(reply.text), refusal=redact(reply.refusal))

    def list_models(self, job: Job | None = None) -> list[str]:
        """Names of the service's models, sorted. Sends no photo; serves to try a key as well. Raises as :meth:`ask`."""
        return [name for name in self._in_time(_model_names, job or Job()) if redact(name) == name]

    def _describe(self, prompt: Prompt, client: OpenAI) -> Reply:
        """The reply to the first request that the service understands."""
        import httpx2
        import openai

        is_plain, effort = self._is_plain, self._effort
        while True:
            may_be_plainer = not is_plain and self.address.host != urlsplit(OPENAI).netloc
            body = _request(prompt, self._options.model, effort, is_plain=is_plain)
            try:
                answer = client.post("/chat/completions", body=body, cast_to=httpx2.Response, options=_BY_KEY)
                reply = read_reply(answer.content)
                break
            except openai.APIStatusError as error:
                if effort is not None and _is_about_effort(error):
                    effort = None
                elif may_be_plainer and error.status_code in _UNSUPPORTED and not _misses_model(error):
                    is_plain = True
                else:
                    raise
            except NotSpoken as error:
                if not (may_be_plainer and str(error)):
                    raise
                is_plain = True
        self._is_plain, self._effort = is_plain, effort
        return reply

    def _in_time(self, call: Callable[[OpenAI], _T], job: Job) -> _T:
        """The result of a call in a thread of its own. Where time is over or the job is cancelled, it is dropped.

        The client is closed then, so the thread sends nothing more. A ServiceError is made in that thread: no request,
        which holds the key, hangs on it.
        """
        key, timeout = self.require_key(), self._options.timeout
        waited_since: list[float] = []  # for the answer to the attempt at hand; empty between attempts

        def note(event: str, _: object) -> None:
            if event.endswith("receive_response_headers.started"):
                waited_since[:] = [time.monotonic()]
            elif event.endswith("response_closed.started"):
                waited_since.clear()

        client = _client(self.address, key.value if key else _NO_KEY, timeout, note)
        answer: Future[_T] = Future()

        def run() -> None:
            try:
                answer.set_result(call(client))
            except Exception as error:  # noqa: BLE001 - the SDK lets errors of HTTP, codecs and JSON through
                answer.set_exception(self._failure(error))

        end = time.monotonic() + (_RETRIES + 1) * timeout + _SPARE_SECONDS
        threading.Thread(target=run, name="ask-service", daemon=True).start()
        try:
            while not wait([answer], timeout=_LOOK_EVERY).done:
                job.check()
                # A service that sends a byte now and then meets the time-out of no read.
                if time.monotonic() > min([end, *(since + timeout + _LATER_SECONDS for since in waited_since)]):
                    raise self._too_late()
        finally:
            client.close()
        job.check()
        return answer.result()

    def _failure(self, error: Exception) -> ServiceError:
        """An error of the SDK in our words. No part of the request comes along, so neither does the key."""
        import openai

        host = self.address.host
        if isinstance(error, openai.APITimeoutError):
            return self._too_late()
        if isinstance(error, openai.APIStatusError):
            return self._refused(error)
        if isinstance(error, openai.APIConnectionError):
            reason = quote(innermost(error))
            if "CERTIFICATE" in reason.upper():
                return ServiceError("untrusted", _UNTRUSTED, host=host, reason=reason)
            has_proxy = not self.address.is_loopback and "https" in getproxies()
            return ServiceError("unreachable", _PROXY if has_proxy else _NO_PROXY, host=host, reason=reason)
        if isinstance(error, NotSpoken):
            return ServiceError("garbage", _STRANGE, host=host, message=f" ({quote(str(error))})" if str(error) else "")
        return ServiceError("garbage", _NOT_ASKED, host=host, reason=quote(str(error)))

    def _too_late(self) -> ServiceError:
        return ServiceError("timeout", _TOO_LATE, host=self.address.host)

    def _refused(self, error: APIStatusError) -> ServiceError:
        """What a status other than success says."""
        kind, text = self._kind_of(error)
        return ServiceError(
            kind,
            text,
            host=self.address.host,
            status=error.status_code,
            message=quote(_message(error)),
            model=self._options.model,
            url=self.address.url,
            variable=KEY_VARIABLE,
        )

    def _kind_of(self, error: APIStatusError) -> tuple[Kind, str]:
        status, key = error.status_code, self._key
        if status == 401 and key is None:
            return "bad-key", _NO_KEY_GIVEN
        if status == 401 and key is not None:
            return "bad-key", _BAD_VARIABLE if key.source == "environment" else _BAD_KEY
        if status == 403:
            return "forbidden", _FORBIDDEN
        if status == 404 and _misses_model(error):
            return "no-model", _NO_MODEL
        if status in (404, 405):
            return "no-endpoint", _NO_ENDPOINT
        if 300 <= status < 400:
            return "redirected", _REDIRECTED
        if status == 429 and (error.code in _NO_CREDIT or error.type in _NO_CREDIT):  # which may be anything
            return "quota", _QUOTA
        if status == 429:
            return "busy", _BUSY
        if status >= 500:
            return "server", _SERVER
        return "rejected", _REJECTED


def _is_about_effort(error: APIStatusError) -> bool:
    """Whether the model takes no effort, as models that do not reason."""
    where = f"{error.param or ''} {error.message}".lower()
    return error.status_code in (400, 422) and ("reasoning" in where or "effort" in where)


def _misses_model(error: APIStatusError) -> bool:
    message = _message(error).lower()
    words = ("not found", "not exist", "pull", "v1/responses", "not a chat model")
    is_missing = "model" in message and any(word in message for word in words)
    return error.code == "model_not_found" or (error.status_code == 404 and is_missing)


def _message(error: APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return body if isinstance(body, str) and body.strip() and "<" not in body else "no reason was given"


def _client(address: Address, key: str, timeout: float, note: Callable[[str, object], None]) -> OpenAI:
    """The official SDK for one address; `note` hears of each step of a request, as httpx's "trace" has them.

    Importing the SDK takes a third of a second, so this belongs in a worker thread. Raises InputError without the SDK.
    """
    try:
        import httpx2
        import openai
    except ModuleNotFoundError:
        text = QT_TRANSLATE_NOOP("errors", "Services need the package openai: pip install 'spa-desktop[openai]'")
        raise InputError(text) from None

    def trace(request: httpx2.Request) -> None:
        request.extensions = {**request.extensions, "trace": note}

    # Else the SDK waits for a connection as long as for an answer.
    limits = httpx2.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout))
    try:
        http = openai.DefaultHttpxClient(
            timeout=limits,
            # Consent is for one address: a redirect would carry the photos to another.
            follow_redirects=False,
            # A proxy has no business between this app and this computer; a transport of its own keeps it out.
            # Without encryption no certificates are loaded.
            transport=httpx2.HTTPTransport(verify=address.url.startswith("https:")) if address.is_loopback else None,
            # Packed, a few bytes can fill the memory.
            headers={"accept-encoding": "identity"},
            event_hooks={"request": [trace], "response": [_read_bounded]},
        )
        return openai.OpenAI(api_key=key, base_url=address.url, timeout=limits, max_retries=_RETRIES, http_client=http)
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
        reason = quote(str(error))
    # Raised out here, so that nothing hangs on it that has seen the key.
    raise InputError(
        QT_TRANSLATE_NOOP(
            "errors",
            "{host} cannot be connected to ({reason}): check the variables SSL_CERT_FILE, HTTPS_PROXY "
            "and ALL_PROXY of this computer",
        ),
        host=address.host,
        reason=reason,
    )


def _read_bounded(response: httpx2.Response) -> None:
    """Read a body of bounded size before the SDK does, which does not repeat a request that this ends with an error."""
    import httpx2
    import openai

    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise openai.OpenAIError("it packs its answer in a way that was not asked for")
    parts, size = [], 0
    assert isinstance(response.stream, httpx2.SyncByteStream), "the client is no asynchronous one"
    try:
        for part in response.stream:
            size += len(part)
            if size > MOST_BYTES:
                raise openai.OpenAIError(f"its answer is larger than {MOST_BYTES >> 20} MB")
            parts.append(part)
    finally:
        response.stream.close()
    # What a server calls the letters of its answer is of no interest: JSON says that itself.
    response.headers["content-type"] = "application/json"
    response.stream = httpx2.ByteStream(content := b"".join(parts))
    if response.status_code == 429 and any(code.encode() in content for code in _NO_CREDIT):
        response.headers["x-should-retry"] = "false"  # the SDK would send the photos twice more, for nothing


def _request(prompt: Prompt, model: str, effort: str | None, *, is_plain: bool) -> dict[str, Any]:
    """The body of a request. Nothing is stored on the server.

    A plain one asks for the form in words, and has nothing in it that a server may not know.
    """
    text = f"{prompt.text}\n{prompt.json_hint}" if is_plain else prompt.text
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    content += [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in prompt.photos]
    messages = [{"role": "system", "content": prompt.instructions}, {"role": "user", "content": content}]
    body: dict[str, Any] = {"model": model, "messages": messages}
    if is_plain:
        return body
    schema = {"name": "description", "strict": True, "schema": prompt.answer.model_json_schema()}
    body["response_format"] = {"type": "json_schema", "json_schema": schema}
    body |= {"max_completion_tokens": MOST_OUTPUT_TOKENS, "store": False}
    return body if effort is None else body | {"reasoning_effort": effort}


def read_reply(content: bytes) -> Reply:
    """What a service answered. Raises NotSpoken if it is in another format."""
    body = _body(content, "choices")
    choices = _dicts(body["choices"])
    if not choices:
        raise NotSpoken(_error_in(body))
    message, finish = _dict(choices[0].get("message")), choices[0].get("finish_reason")
    text = message.get("content")
    if isinstance(text, list):  # some servers answer in parts
        text = "".join(_text(part.get("text")) for part in _dicts(text))
    usage = _dict(body.get("usage"))
    return Reply(
        text=_text(text),
        refusal=_text(message.get("refusal")),
        is_cut_off=finish == "length",
        is_filtered=finish == "content_filter",
        tokens=TokenUse.counted(usage.get("prompt_tokens"), usage.get("completion_tokens")),
    )


def _model_names(client: OpenAI) -> list[str]:
    """Names of the models that the service has, sorted."""
    import httpx2

    rows = _dicts(_body(client.get("/models", cast_to=httpx2.Response, options=_BY_KEY).content, "data")["data"])
    names = {name for row in rows if (name := one_line(_text(row.get("id"))[:_LONGEST_NAME]))}
    return sorted(names)[:_MOST_NAMES]


def _body(content: bytes, what: str) -> dict[str, Any]:
    """An answer in JSON that has a list called `what`. The SDK's own reading would drop what a broken one cost."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise NotSpoken from None
    if not isinstance(body, dict) or not isinstance(body.get(what), list):
        raise NotSpoken(_error_in(_dict(body)))
    return body


def _error_in(body: dict[str, Any]) -> str:
    error = body.get("error")
    return _text(error.get("message")) or _text(error.get("code")) if isinstance(error, dict) else _text(error)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
