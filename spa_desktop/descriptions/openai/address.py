"""Where photos may be sent: https, or http on this computer."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from spa_desktop.errors import InputError

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Address:
    """The base URL of a service, without a slash at its end."""

    url: str
    host: str  # with the port where one is written
    is_loopback: bool

    @property
    def is_openai(self) -> bool:
        return self.host == urlsplit(OPENAI).netloc


def check_address(text: str, *, allow_unencrypted: bool = False) -> Address:
    """Read a base URL as a person types it.

    Args:
        text: such as "http://localhost:11434/v1".
        allow_unencrypted: the person has confirmed that photos and key go over the network for all to read.

    Raises:
        InputError: if it is no http address, holds a password or a query, or is neither encrypted nor on this computer.

    >>> check_address(" https://api.openai.com/v1/ ")
    Address(url='https://api.openai.com/v1', host='api.openai.com', is_loopback=False)
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname, parts.port
        (name or "").encode("idna")
        is_text = text.isprintable()  # urlsplit leaves line breaks out in silence
    except ValueError:
        is_text = False
    if not is_text:
        raise InputError("The address of the service is malformed: write it as https://host/v1")
    if parts.scheme not in ("http", "https") or not name or any(char.isspace() for char in text):
        raise InputError(
            "The address of the service must begin with https://, or with http:// for a server on this computer"
        )
    # Not repeated in the message: it may be a secret.
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "The address of the service may hold no name, password, query or fragment: write only https://host/v1"
        )
    host = parts.netloc.lower()
    is_loopback = _is_loopback(name)
    if parts.scheme == "http" and not is_loopback and not allow_unencrypted:
        raise InputError(
            f"http://{host} is not encrypted: photos and key could be read on the way. "
            "Use https, or confirm it in the settings"
        )
    return Address(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", host, is_loopback)


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
