"""What can go wrong with a service, each in one plain line that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.quality import one_line, shorten
from spa_desktop.errors import SpaError
from spa_desktop.keys import VARIABLE, redact

if TYPE_CHECKING:
    import openai

Kind = Literal[
    "refusal", "truncated", "useless", "garbage",  # of one class
    "rejected", "bad-key", "forbidden", "no-model", "no-endpoint", "redirected",  # the settings are wrong
    "quota", "busy", "server", "timeout", "unreachable", "untrusted",  # of the service
]  # fmt: skip
# With these the next class would fare no better, and each might take minutes to fail.
_ENDS_ALL: frozenset[Kind] = frozenset(
    {"bad-key", "forbidden", "no-model", "no-endpoint", "redirected", "quota", "timeout", "unreachable", "untrusted"}
)
NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})  # codes of a 429 that no waiting ends
_UNSUPPORTED = (400, 404, 405, 415, 422, 501)
_OFFLINE = "or use the offline writer"
_LONGEST_QUOTE = 200
_LONGEST_TOLD = 3600  # seconds that are shown as such
_MOST_DIGITS = 12


class ServiceError(SpaError):
    """A service gave no description.

    Attributes:
        kind: which of the things that can go wrong.
        is_answer: there was an answer, which is to be paid for although it is of no use.
        tokens: what it cost; None where nothing was counted.
        cost: the same in dollars, an estimate; None where it is not known.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        is_answer: bool = False,
        tokens: TokenUse | None = None,
        cost: float | None = None,
    ) -> None:
        super().__init__(redact(message))
        self.kind, self.is_answer, self.tokens, self.cost = kind, is_answer, tokens, cost

    @property
    def ends_all(self) -> bool:
        """Whether there is no point in asking for another class before something has changed."""
        return self.kind in _ENDS_ALL


class NotSpoken(Exception):
    """The server answered with success, but not in the format. `said` is an error that it put there, if any."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True)
class Asked:
    """Who was asked for what, for the messages."""

    url: str
    host: str
    model: str
    key_place: str | None  # where the key came from; None if there was none


def quote(text: str) -> str:
    """What a service said, fit for a line of ours."""
    # Keys are looked for in all of it, and only then it is cut.
    return shorten(one_line(redact(text)[: 10 * _LONGEST_QUOTE]), _LONGEST_QUOTE)


def is_unsupported(error: openai.APIStatusError) -> bool:
    """Whether the server may understand a plainer request."""
    return error.status_code in _UNSUPPORTED and not _misses_model(error)


def is_about_effort(error: openai.APIStatusError) -> bool:
    """Whether the model takes no effort, as models that do not reason."""
    where = f"{error.param or ''} {error.message}".lower()
    return error.status_code in (400, 422) and ("reasoning" in where or "effort" in where)


def translate(error: Exception, asked: Asked) -> ServiceError:
    """An error of the SDK in our words. No part of the request comes along, so neither does the key."""
    import openai

    host = asked.host
    if isinstance(error, openai.APITimeoutError):
        return too_late(asked)
    if isinstance(error, openai.APIConnectionError):
        return _no_connection(error, host)
    if isinstance(error, openai.APIStatusError):
        return _refused(error, asked)
    if isinstance(error, NotSpoken):
        said = f" ({quote(error.said)})" if error.said else ""
        return ServiceError(
            "garbage", f"{host} answers with something else than a description{said}: check the address"
        )
    return ServiceError("garbage", f"{host} could not be asked, {quote(str(error))}: check the address")


def too_late(asked: Asked) -> ServiceError:
    """There was no complete answer in time."""
    return ServiceError(
        "timeout", f"{asked.host} did not answer in time, several times: try later, or with less effort, {_OFFLINE}"
    )


def _no_connection(error: openai.APIConnectionError, host: str) -> ServiceError:
    reason = quote(_innermost(error))
    if "CERTIFICATE" in reason.upper():
        return ServiceError(
            "untrusted", f"The certificate of {host} is not trusted ({reason}): check the address, or set SSL_CERT_FILE"
        )
    return ServiceError(
        "unreachable",
        f"{host} cannot be reached ({reason}): check network, address and whether the server runs, {_OFFLINE}",
    )


def _refused(error: openai.APIStatusError, asked: Asked) -> ServiceError:
    """The line for an answer of a status other than success."""
    host, status, said = asked.host, error.status_code, quote(_message(error))
    if status == 401 and asked.key_place is None:
        return ServiceError("bad-key", f"{host} wants a key (401): set {VARIABLE}, or save one in the settings")
    if status == 401:
        return ServiceError(
            "bad-key", f"{host} does not accept the key from {asked.key_place} (401): check it, or save another one"
        )
    if status == 403:
        return ServiceError("forbidden", f'{host} does not allow this key to use "{asked.model}" (403): {said}')
    if status == 404 and _misses_model(error):
        return ServiceError("no-model", f'{host} has no model "{asked.model}" (404): choose one that it lists')
    if status in (404, 405):
        return ServiceError(
            "no-endpoint",
            f"{asked.url} is not where descriptions are written ({status}): does the address end in /v1?",
        )
    if 300 <= status < 400:
        return ServiceError(
            "redirected", f"{host} points to another address ({status}), to which nothing is sent: correct the address"
        )
    if status == 429 and {error.code, error.type} & NO_CREDIT:
        return ServiceError(
            "quota", f"The account at {host} has no credit left (insufficient_quota): add some there, {_OFFLINE}"
        )
    if status == 429:
        message = f"{host} gets too many requests from this account (429): try {_when(error)}, {_OFFLINE}"
        return ServiceError("busy", message)
    if status >= 500:
        return ServiceError("server", f"{host} has trouble of its own ({status}): try again later, {_OFFLINE}")
    return ServiceError("rejected", f"{host} rejects the request ({status}): {said}")


def _when(error: openai.APIStatusError) -> str:
    text = error.response.headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < _MOST_DIGITS):
        return "again later, with fewer parallel requests"
    return f"again in {int(text)} seconds" if int(text) <= _LONGEST_TOLD else "again tomorrow"


def _misses_model(error: openai.APIStatusError) -> bool:
    if error.code == "model_not_found":
        return True
    said = _message(error).lower()
    return (
        error.status_code == 404
        and "model" in said
        and any(word in said for word in ("not found", "not exist", "pull"))
    )


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return body if isinstance(body, str) and body.strip() and "<" not in body else "no reason was given"


def _innermost(error: BaseException) -> str:
    """The system's own words, deepest in the chain of causes."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        at = at.__cause__ or at.__context__
    return next((str(cause) for cause in reversed(seen) if str(cause)), "no reason was given")
