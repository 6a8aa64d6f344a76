"""The official SDK, set up so that photos go where they were agreed to go, and waiting can be cancelled."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from spa_desktop.descriptions.openai.address import Address
from spa_desktop.descriptions.openai.failures import is_quota, quote
from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job

if TYPE_CHECKING:
    from openai import OpenAI

_T = TypeVar("_T")
_RETRIES = 2
_CONNECT_SECONDS = 10.0
_LONGEST_WAIT = 30.0  # seconds that are waited when a service asks for it; longer is the person's to decide
_LOOK_EVERY = 0.05  # seconds between looks at the cancel flag
_NO_KEY = "none"  # servers on this computer want a key to be there, and do not read it

_asking = threading.local()


def make_client(address: Address, key: str | None, timeout: float) -> OpenAI:
    """A client for one address. Importing the SDK takes a third of a second, so this belongs in a worker thread.

    Raises:
        InputError: if this computer's proxy or certificate settings are of no use.
    """
    import httpx2
    import openai

    # Else the SDK waits for a connection as long as for an answer.
    limits = httpx2.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout))
    problem: Exception
    try:
        http = openai.DefaultHttpxClient(
            timeout=limits,
            # Consent is for one address: a redirect would carry the photos to another.
            follow_redirects=False,
            # A proxy has no business between this app and this computer; a transport of its own keeps it out.
            transport=httpx2.HTTPTransport() if address.is_loopback else None,
            event_hooks={"request": [_stop_when_cancelled], "response": [_stop_hopeless_retries]},
        )
        return openai.OpenAI(
            api_key=key or _NO_KEY, base_url=address.url, timeout=limits, max_retries=_RETRIES, http_client=http
        )
    except (OSError, ValueError, ImportError) as error:
        problem = error
    # Raised out here, so that nothing hangs on it that has seen the key.
    raise InputError(
        f"{address.host} cannot be connected to ({quote(str(problem))}): "
        "check the variables SSL_CERT_FILE, HTTPS_PROXY and ALL_PROXY of this computer"
    )


def answer_of(call: Callable[[], _T], job: Job) -> _T:
    """The result of a blocking call, unless the job is cancelled first: then the late answer is dropped.

    The SDK can neither be interrupted nor asked not to wait between retries, so it runs in a thread of its own.

    Raises:
        Cancelled: at once when the job is cancelled; the thread sends nothing more.
    """
    results: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        _asking.job = job
        try:
            results.put((True, call()))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            results.put((False, error))

    threading.Thread(target=run, name="ask-service", daemon=True).start()
    while True:
        job.check()
        try:
            is_done, result = results.get(timeout=_LOOK_EVERY)
        except queue.Empty:
            continue
        job.check()
        if not is_done:
            raise result
        answer: _T = result
        return answer


def _stop_when_cancelled(_: object) -> None:
    job: Job | None = getattr(_asking, "job", None)
    if job is not None and job.is_cancelled:
        raise Cancelled("Describing was cancelled")


def _stop_hopeless_retries(response: Any) -> None:
    """Tell the SDK not to repeat what cannot succeed, by the header that it obeys."""
    if response.status_code != 429:
        return
    response.read()
    wait = response.headers.get("retry-after", "")
    if _says_quota(response.content) or (wait.isdigit() and int(wait) > _LONGEST_WAIT):
        response.headers["x-should-retry"] = "false"


def _says_quota(content: bytes) -> bool:
    try:
        error = json.loads(content)["error"]
        return is_quota(error.get("code"), error.get("type"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
