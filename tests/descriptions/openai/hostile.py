"""A server that does what no service should: `python -m tests.descriptions.openai.hostile` prints its port.

The first part of the path says what it does: `http://127.0.0.1:PORT/KIND/v1`. It runs until it is killed. GET
`/open` gives the number of connections that are still held.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.descriptions.openai.server import PHRASES, responses_body

PAUSE = 0.02  # seconds between the bytes of a drip
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
lock = threading.Lock()
held = 0


def body(**changes: Any) -> bytes:
    """A good answer, with other values at its top."""
    return json.dumps(responses_body({"say": PHRASES}) | changes).encode()


def answer(content: bytes, headers: str = "", status: str = "200 OK") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {len(content)}\r\n\r\n".encode() + content
    )


def saying(text: Any) -> bytes:
    """A good answer, but for its text."""
    return body(output=[{"type": "message", "content": [{"type": "output_text", "text": text}]}])


def usage(read: str, written: str = "1") -> bytes:
    """A good answer with counts of tokens as they stand here."""
    return body(usage="COUNTS").replace(b'"COUNTS"', f'{{"input_tokens": {read}, "output_tokens": {written}}}'.encode())


def drip(head: bytes, part: bytes) -> Iterator[bytes]:
    yield head
    while True:
        time.sleep(PAUSE)
        yield part


def flood(head: bytes, part: bytes) -> Iterator[bytes]:
    yield head
    part *= max(1, 65536 // len(part))
    while True:
        yield part


def bomb() -> Iterator[bytes]:
    packed = gzip.compress(b"{" + b" " * (200 << 20))
    yield OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
NESTED = "[" * 900 + "]" * 900
ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silence": lambda: iter(()),
    "drip-headers": lambda: drip(OK + b"X-A: ", b"a"),
    "drip-body": lambda: drip(OK + b"Content-Length: 1000000\r\n\r\n{", b" "),
    "drip-chunks": lambda: drip(CHUNKED, b"1\r\n \r\n"),
    "drip-interim": lambda: drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "flood-interim": lambda: flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "drip-trailers": lambda: drip(CHUNKED + b"0\r\n", b"a"),
}
FLOODS: dict[str, Callable[[], Iterator[bytes]]] = {
    "flood-headers": lambda: flood(OK, b"X-A: a\r\n"),
    "flood-one-header": lambda: flood(OK + b"X-A: ", b"a"),
    "flood-chunks": lambda: flood(CHUNKED, b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
    "flood-body": lambda: flood(OK + b"\r\n", b" "),
    "flood-string": lambda: flood(OK + b'Content-Length: 52428800\r\n\r\n{"output": "', b"a"),
    "bomb": bomb,
}
ONCE: dict[str, bytes] = {
    "gzip": answer(gzip.compress(body()), "Content-Encoding: gzip\r\n"),
    "brotli": answer(body(), "Content-Encoding: br\r\n"),
    "twice-packed": answer(gzip.compress(gzip.compress(body())), "Content-Encoding: gzip, gzip\r\n"),
    "deep": answer(b"[" * 100_000),
    "deep-object": answer(b'{"output": ' * 100_000),
    "deep-values": answer(body(output=json.loads(NESTED), error={"message": json.loads(NESTED)})),
    "deep-text": answer(saying("[" * 100_000)),
    "text-in-pieces": answer(saying(json.loads(NESTED))),
    "half-letters": answer(saying(json.dumps({"phrases": [f"{phrase} \ud800\0" for phrase in PHRASES]}))),
    "deep-error": answer(
        f'{{"error": {{"message": {NESTED}, "code": {NESTED}, "param": {NESTED}, "type": {NESTED}}}}}'.encode(),
        status="400 Bad Request",
    ),
    "long-error": answer(
        json.dumps({"error": {"message": "no " * 1_000_000, "param": "reasoning" * 1000}}).encode(), status="403 No"
    ),
    "invalid-utf8": answer(b'{"output": "\xff\xfe\xfa"}'),
    "odd-type": answer(body(), "Content-Type: text/html; charset=hex_codec\r\n"),
    "odd-type-error": answer(b'{"error": {"message": "so"}}', "Content-Type: a/b; charset=rot13\r\n", "403 No"),
    "closes": OK + b'Content-Length: 1000\r\n\r\n{"output": [',
    "no-http": b"220 mail.example ESMTP\r\n",
    "odd-status": answer(b"{}", status="999 Odd"),
    "year": answer(b"{}", "Retry-After: 31536000\r\n", "429 Slow"),
    "odd-wait": answer(b"{}", "Retry-After: \xb2\r\nx-should-retry: false\r\n", "429 Slow"),
    "long-wait": answer(b"{}", f"Retry-After: {'9' * 5000}\r\nx-should-retry: false\r\n", "429 Slow"),
    "usage-huge": answer(usage("1" + "0" * 30)),
    "usage-digits": answer(usage("9" * 5000)),
    "usage-negative": answer(usage("-1000000000", "-5")),
    "usage-nan": answer(usage("NaN", "Infinity")),
    "usage-float": answer(usage("1e300", "0.5")),
    "usage-text": answer(usage('"many"', "[1]")),
    "usage-true": answer(usage("true", "true")),
    "usage-deep": answer(usage(NESTED)),
}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        global held
        with contextlib.suppress(OSError):
            line = self.rfile.readline().decode("latin-1")
            length = 0
            while (header := self.rfile.readline().strip()) != b"":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            self.rfile.read(length)
            kind = line.split("/")[1].split(" ")[0]
            if kind == "open":
                self.wfile.write(answer(str(held).encode()))
                return
            with lock:
                held += 1
            try:
                if kind in ONCE:
                    self.wfile.write(ONCE[kind])
                    return
                for part in (ENDLESS | FLOODS)[kind]():
                    self.wfile.write(part)
                self.rfile.read(1)  # until the other side hangs up
            finally:
                with lock:
                    held -= 1


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
