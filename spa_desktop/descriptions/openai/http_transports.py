"""Three ways to ask, from OpenAI's own to what any compatible server understands.

The raw response is read rather than the SDK's parsed one: `parse()` raises on an answer that was cut off or that breaks
the schema, and with it goes the count of the tokens that it cost.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.openai.answer import ServiceAnswer
from spa_desktop.descriptions.openai.instructions import Prompt
from spa_desktop.descriptions.quality import one_line

if TYPE_CHECKING:
    from openai import OpenAI

MOST_OUTPUT_TOKENS = 8000  # thinking included: a bound on what one class can cost
_MOST_NAMES, _LONGEST_NAME = 1000, 200  # of a service's models
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Reply:
    """What came back, whichever way was taken."""

    text: str
    refusal: str
    is_cut_off: bool
    is_filtered: bool
    tokens: TokenUse | None
    trouble: str = ""  # the service's own words when it gave up half-way


class NotSpoken(Exception):
    """The server answered with success, but not in the format. `said` is an error that it put there, if any."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said


Transport = Callable[["OpenAI", Prompt, str, str | None], Reply]


def responses(client: OpenAI, prompt: Prompt, model: str, effort: str | None) -> Reply:
    """The Responses API, with a schema. Nothing is stored on the server.

    Raises:
        openai.OpenAIError: if there is no answer.
        NotSpoken: if there is one in another format.
    """
    content: list[dict[str, str]] = [{"type": "input_text", "text": prompt.text}]
    content += [{"type": "input_image", "image_url": url, "detail": "low"} for url in prompt.photos]
    options: dict[str, Any] = {} if effort is None else {"reasoning": {"effort": effort}}
    raw = client.responses.with_raw_response.parse(
        model=model,
        instructions=prompt.instructions,
        input=[{"role": "user", "content": content}],  # type: ignore[misc,list-item]
        text_format=ServiceAnswer,
        max_output_tokens=MOST_OUTPUT_TOKENS,
        store=False,
        **options,
    )
    body = _body(raw.http_response.content)
    if not isinstance(body.get("output"), list):
        raise NotSpoken(_error_in(body))
    parts = [
        part for item in _dicts(body["output"]) if item.get("type") == "message" for part in _dicts(item.get("content"))
    ]
    reason = _dict(body.get("incomplete_details")).get("reason")
    return Reply(
        text="".join(_text(part.get("text")) for part in parts if part.get("type") == "output_text"),
        refusal=" ".join(_text(part.get("refusal")) for part in parts if part.get("type") == "refusal"),
        is_cut_off=body.get("status") == "incomplete" and reason != "content_filter",
        is_filtered=reason == "content_filter",
        tokens=_tokens(body, "input_tokens", "output_tokens"),
        trouble=(_error_in(body) or "no reason was given") if body.get("status") == "failed" else "",
    )


def chat_with_schema(client: OpenAI, prompt: Prompt, model: str, effort: str | None) -> Reply:
    """Chat Completions, with a schema. Raises as :func:`responses`."""
    options: dict[str, Any] = {} if effort is None else {"reasoning_effort": effort}
    raw = client.chat.completions.with_raw_response.parse(
        model=model,
        messages=_messages(prompt, prompt.text),  # type: ignore[arg-type]
        response_format=ServiceAnswer,
        max_completion_tokens=MOST_OUTPUT_TOKENS,
        store=False,
        **options,
    )
    return _chat_reply(raw.http_response.content)


def chat_in_plain_words(client: OpenAI, prompt: Prompt, model: str, effort: str | None) -> Reply:
    """Chat Completions with the form asked for in words, and nothing that a server may not know. Raises as above."""
    raw = client.chat.completions.with_raw_response.create(
        model=model,
        messages=_messages(prompt, f"{prompt.text}\n{prompt.json_hint}"),  # type: ignore[arg-type]
    )
    return _chat_reply(raw.http_response.content)


def model_names(client: OpenAI) -> list[str]:
    """Names of the models that the service has, sorted. Raises as :func:`responses`."""
    body = _body(client.models.with_raw_response.list().http_response.content)
    if not isinstance(body.get("data"), list):
        raise NotSpoken(_error_in(body))
    names = {name for item in _dicts(body["data"]) if len(name := one_line(_text(item.get("id"))[:_LONGEST_NAME])) > 0}
    return sorted(names)[:_MOST_NAMES]


ALL: tuple[Transport, ...] = (responses, chat_with_schema, chat_in_plain_words)


def _messages(prompt: Prompt, text: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    content += [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in prompt.photos]
    return [{"role": "system", "content": prompt.instructions}, {"role": "user", "content": content}]


def _chat_reply(content: bytes) -> Reply:
    body = _body(content)
    choices = _dicts(body.get("choices"))
    if not choices:
        raise NotSpoken(_error_in(body))
    message, finish = _dict(choices[0].get("message")), choices[0].get("finish_reason")
    text = message.get("content")
    if isinstance(text, list):  # some servers answer in parts
        text = "".join(_text(part.get("text")) for part in _dicts(text))
    return Reply(
        text=_text(text),
        refusal=_text(message.get("refusal")),
        is_cut_off=finish == "length",
        is_filtered=finish == "content_filter",
        tokens=_tokens(body, "prompt_tokens", "completion_tokens"),
    )


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content, parse_int=_whole)
    except (ValueError, RecursionError):
        raise NotSpoken from None
    if not isinstance(body, dict):
        raise NotSpoken
    return body


def _error_in(body: dict[str, Any]) -> str:
    error = body.get("error")
    return _text(error.get("message")) or _text(error.get("code")) if isinstance(error, dict) else _text(error)


def _tokens(body: dict[str, Any], read: str, written: str) -> TokenUse | None:
    usage = _dict(body.get("usage"))
    return TokenUse.counted(usage.get(read), usage.get(written))


def _whole(digits: str) -> int | float:
    # A number of a million digits takes long, and Python refuses it; the text beside it is worth having all the same.
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
