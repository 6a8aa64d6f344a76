"""An answer over HTTP that ends in time and in size, whatever a server does.

Time-outs of an HTTP library hold for one read, so a server that sends a byte now and then would never meet them. Here
the thread that waits also holds the sockets, and shuts them down when the time is over or the person cancels. That ends
every stage: the handshake, headers, a flood of interim answers, the body.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from spa_desktop.jobs import Job
from spa_desktop.keys import redact

if TYPE_CHECKING:
    import httpx2

_T = TypeVar("_T")
MOST_BYTES = 4 << 20  # of one answer, unpacked: a good one has a thousandth of that
_LONGEST_WORDS = 2000  # letters of an error that are looked at
_DROP = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # SO_LINGER: on, for no second
_LOOK_EVERY = 0.05  # seconds between looks at the cancel flag

_current = threading.local()


class Late(Exception):
    """There was no whole answer in time."""


class BadAnswer(Exception):
    """The answer is none that can be read; the text goes behind the name of the server."""


class Exchange:
    """A request and its answer, which another thread can cut off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.is_cut = False

    def cut(self) -> None:
        """End it now: whoever reads from its connection or writes to it gets an error at once."""
        self.is_cut = True
        for one in self._take():
            with contextlib.suppress(OSError):
                # What was not sent yet is dropped, and the server hears that nobody listens any more.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def release(self) -> None:
        """Let go of a connection that has served its purpose."""
        for one in self._take():
            one.close()

    def _take(self) -> list[socket.socket]:
        with self._lock:
            sockets, self._sockets = self._sockets, []
        return sockets

    def trace(self, event: str, details: dict[str, Any]) -> None:
        """Hold a connection that was just opened: the `trace` extension of a request."""
        if not event.endswith("connect_tcp.complete"):
            return
        opened = details["return_value"].get_extra_info("socket")
        # A handle of our own: the first one is given away when the connection becomes encrypted.
        with self._lock:
            self._sockets.append(opened.dup())
        if self.is_cut:
            self.cut()


def answer_of(call: Callable[[], _T], job: Job, seconds: float) -> _T:
    """The result of a blocking call, which runs in a thread of its own.

    Raises:
        Late: when it takes longer than `seconds`.
        Cancelled: at once when the job is cancelled. Either way the thread sends and receives nothing more.
    """
    results: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
    exchange = Exchange()

    def run() -> None:
        _current.exchange = exchange
        try:
            results.put((True, call()))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            results.put((False, error))

    end = time.monotonic() + seconds
    threading.Thread(target=run, name="ask-service", daemon=True).start()
    try:
        while True:
            job.check()
            left = end - time.monotonic()
            if left <= 0:
                raise Late
            try:
                is_done, result = results.get(timeout=min(_LOOK_EVERY, left))
            except queue.Empty:
                continue
            job.check()
            if not is_done:
                raise result
            exchange.release()
            answer: _T = result
            return answer
    finally:
        exchange.cut()


def on_request(request: httpx2.Request) -> None:
    """Put a request under the control of the thread that waits for it. An event hook of the client."""
    exchange: Exchange | None = getattr(_current, "exchange", None)
    if exchange is None:
        return
    if exchange.is_cut:
        raise BadAnswer("is not asked any more")
    # Unpacked, a few packed bytes can fill the memory.
    request.headers["accept-encoding"] = "identity"
    request.extensions["trace"] = exchange.trace


def on_response(response: httpx2.Response) -> None:
    """Read a bounded body before the SDK does, and leave it nothing but plain JSON. An event hook of the client.

    Raises:
        BadAnswer: if it is too large, or packed in a way that cannot be read.
    """
    import httpx2

    stream = response.stream
    assert isinstance(stream, httpx2.SyncByteStream), "the client is no asynchronous one"
    parts, size = [], 0
    try:
        for part in stream:
            size += len(part)
            if size > MOST_BYTES:
                raise _too_large()
            parts.append(part)
    finally:
        stream.close()
    content = _unpacked(b"".join(parts), response.headers.get("content-encoding", "").strip().lower())
    if response.is_error:
        content = _plain_error(content)
    for header in ("content-encoding", "content-length"):
        response.headers.pop(header, None)
    # What a server calls the letters of its answer is of no interest: JSON says that itself.
    response.headers["content-type"] = "application/json"
    response.stream = httpx2.ByteStream(content)


def _unpacked(content: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return content
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadAnswer("packs its answer in a way that was not asked for")
    try:
        unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(content, MOST_BYTES + 1)
    except zlib.error:
        raise BadAnswer("sends an answer that cannot be unpacked") from None
    if len(unpacked) > MOST_BYTES:
        raise _too_large()
    return unpacked


def _too_large() -> BadAnswer:
    return BadAnswer(f"sends an answer of more than {MOST_BYTES >> 20} MB")


def _plain_error(content: bytes) -> bytes:
    """The words of an error as OpenAI puts them, short, and nothing else: the SDK and our messages are made of them."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        # A page in HTML, or a server that answers in plain words.
        return _short(content.decode("utf-8", "replace")).encode("utf-8", "replace")
    error = found.get("error", found) if isinstance(found, dict) else found
    if isinstance(error, dict):
        names = ("message", "code", "type", "param")
        return json.dumps(
            {"error": {name: _short(error[name]) for name in names if isinstance(error.get(name), str)}}
        ).encode()
    return json.dumps({"error": _short(error)} if isinstance(error, str) else {}).encode()


def _short(text: str) -> str:
    # Before it is cut: half of a key is not recognised as one.
    return redact(text)[:_LONGEST_WORDS]
