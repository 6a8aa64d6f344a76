"""A server that does what no service should: `python -m tests.descriptions.openai.hostile` prints its port.

The first part of the path says what it does: `http://127.0.0.1:PORT/KIND/v1`. It runs until it is killed. GET
`/open` gives the number of connections that are still held.
"""

import contextlib
import gzip
import json
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.descriptions.openai.server import PHRASES, chat_body

PAUSE = 0.02  # seconds between the bytes of a drip
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
lock = threading.Lock()
held = 0


def body(**changes: Any) -> bytes:
    """A good answer, with other values at its top."""
    return json.dumps(chat_body({"say": PHRASES}) | changes).encode()


def answer(content: bytes, headers: str = "", status: str = "200 OK") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {len(content)}\r\n\r\n".encode() + content
    )


def saying(text: Any) -> bytes:
    """A good answer, but for its text."""
    return body(choices=[{"message": {"content": text}}])


def usage(read: str, written: str = "1") -> bytes:
    """A good answer with counts of tokens as they stand here."""
    return body(usage="COUNTS").replace(
        b'"COUNTS"', f'{{"prompt_tokens": {read}, "completion_tokens": {written}}}'.encode()
    )


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
    packed = gzip.compress(b"{" + b" " * (100 << 20), 1)
    yield OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
NESTED = "[" * 900 + "]" * 900
ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silence": lambda: iter(()),
    "drip-headers": lambda: drip(OK + b"X-A: ", b"a"),
    "drip-body": lambda: drip(OK + b"Content-Length: 1000000\r\n\r\n{", b" "),
    "flood-interim": lambda: flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}
# Of which kind an error is, and what its line says.
PACKED = ("garbage", "packs its answer in a way that was not asked for")
LARGE = ("garbage", "its answer is larger than 4 MB: check the address")
OTHER = ("garbage", "something else than a description")
EMPTY = ("useless", "is empty")
BROKEN = ("unreachable", "cannot be reached")
BUSY = ("busy", "(429): try again later")

FLOODS: dict[str, tuple[Callable[[], Iterator[bytes]], str, str]] = {
    "flood-headers": (lambda: flood(OK, b"X-A: a\r\n"), *BROKEN),
    "flood-chunks": (lambda: flood(CHUNKED, b"10000\r\n" + b" " * 0x10000 + b"\r\n"), *LARGE),
    "flood-body": (lambda: flood(OK + b"\r\n", b" "), *LARGE),
    "bomb": (bomb, *PACKED),
}
VALUES = json.loads(NESTED)
DEEP = f'{{"error": {{"message": {NESTED}, "code": {NESTED}, "param": {NESTED}, "type": {NESTED}}}}}'.encode()
LONG = json.dumps({"error": {"message": "no " * 100_000, "param": "reasoning" * 1000}}).encode()
SAYS_SO, SLOW, AT_ONCE = b'{"error": {"message": "so"}}', "429 Slow", "x-should-retry: false\r\n"
BAD: dict[str, tuple[bytes, str, str]] = {
    "gzip": (answer(gzip.compress(body()), "Content-Encoding: gzip\r\n"), *PACKED),
    "deep-values": (answer(body(choices=[{"message": VALUES}], error={"message": VALUES})), *EMPTY),
    "deep-error": (answer(DEEP, status="400 Bad"), "rejected", "rejects the request (400): no reason was given"),
    "deep-quota": (answer(DEEP, AT_ONCE, SLOW), *BUSY),
    "long-error": (answer(LONG, status="403 No"), "forbidden", "(403): no no no"),
    "odd-type-error": (answer(SAYS_SO, "Content-Type: a/b; charset=rot13\r\n", "403 No"), "forbidden", "(403): so"),
    "usage-digits": (answer(usage("9" * 5000)), *OTHER),
    "closes": (OK + b'Content-Length: 1000\r\n\r\n{"choices": [', *BROKEN),
    "odd-wait": (answer(b"{}", f"Retry-After: \xb2\r\n{AT_ONCE}", SLOW), *BUSY),
}
# What is taken all the same: a type and letters that are odd, and counts of tokens that cannot be.
ODD: dict[str, bytes] = {
    "odd-type": answer(body(), "Content-Type: text/html; charset=hex_codec\r\n"),
    "half-letters": answer(saying(json.dumps({"phrases": [f"{phrase} \ud800\0" for phrase in PHRASES]}))),
    "usage-huge": answer(usage("1" + "0" * 30)),
    "usage-true": answer(usage("true", "true")),
}
ONCE = ODD | {kind: bad[0] for kind, bad in BAD.items()}


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
                for part in (ENDLESS.get(kind) or FLOODS[kind][0])():
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
