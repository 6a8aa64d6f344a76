"""The official SDK, set up so that photos go where they were agreed to go, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spa_desktop.descriptions.openai.address import Address
from spa_desktop.descriptions.openai.bounded import on_request, on_response
from spa_desktop.descriptions.openai.service_failures import quote
from spa_desktop.errors import InputError

if TYPE_CHECKING:
    from openai import OpenAI

_CONNECT_SECONDS = 10.0
_NO_KEY = "none"  # servers on this computer want a key to be there, and do not read it


def make_client(address: Address, key: str | None, timeout: float) -> OpenAI:
    """A client for one address, to be called by way of `bounded.answer_of`.

    Importing the SDK takes a third of a second, so this belongs in a worker thread. It sends each request once:
    repeating is up to the caller, who knows how much time is left.

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
            # A connection serves one answer, so that it can be cut off without harm to another.
            limits=httpx2.Limits(max_keepalive_connections=0),
            event_hooks={"request": [on_request], "response": [on_response]},
        )
        return openai.OpenAI(
            api_key=key or _NO_KEY, base_url=address.url, timeout=limits, max_retries=0, http_client=http
        )
    except (OSError, ValueError, ImportError) as error:
        problem = error
    # Raised out here, so that nothing hangs on it that has seen the key.
    raise InputError(
        f"{address.host} cannot be connected to ({quote(str(problem))}): "
        "check the variables SSL_CERT_FILE, HTTPS_PROXY and ALL_PROXY of this computer"
    )
