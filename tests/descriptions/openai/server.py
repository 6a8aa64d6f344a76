"""A service that speaks OpenAI's format of Chat Completions over HTTP, and does as it is told.

Run as a process of its own (`python server.py [CERTIFICATE KEY]`), it prints its port. Steps that were PUT to
`/script/{chat,models}` are taken one for each request; without any, it answers well. GET `/log` gives the
requests it met. A step is an object:

    say         the text of the answer: a string, or phrases that become JSON by the schema
    refuse      a refusal
    cut         a text that the limit on tokens cut off
    filtered    true: the content filter stepped in
    error       a message, with status, code, type, param and headers beside it
    raw         a body as it is, with status and headers beside it
    usage       tokens read and written; null for none
    delay       seconds to wait first
    hang_up     true: close the connection without a word
"""

import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PHRASES = [
    "black rings around a bushy tail",
    "black mask over the eyes",
    "grey fur with long hairs",
    "small round ears",
]
SENTENCE = "A grey animal with a black mask and a ringed tail."
MODELS = ["gpt-5", "gpt-5-mini", "gpt-4o"]

lock = threading.Lock()
script: dict[str, list[dict[str, Any]]] = {}
log: list[dict[str, Any]] = []


def answer_text(say: Any) -> str:
    return say if isinstance(say, str) else json.dumps({"phrases": say, "sentence": SENTENCE})


def chat_body(step: dict[str, Any]) -> dict[str, Any]:
    finish = "length" if "cut" in step else "content_filter" if step.get("filtered") else "stop"
    is_silent = "refuse" in step or "cut" in step or step.get("filtered")
    text = step.get("cut") or (None if is_silent else answer_text(step["say"]))
    message = {"role": "assistant", "content": text, "refusal": step.get("refuse")}
    usage = step.get("usage", [640, 120])
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-5-2025-08-07",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": usage and {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
    }


def models_body(_: dict[str, Any]) -> dict[str, Any]:
    rows = [{"id": name, "object": "model", "created": 1, "owned_by": "someone"} for name in MODELS]
    return {"object": "list", "data": rows}


ENDPOINTS = {("POST", "/v1/chat/completions"): ("chat", chat_body), ("GET", "/v1/models"): ("models", models_body)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/log":
            with lock:
                self._send(200, json.dumps(log))
        else:
            self._serve()

    def do_PUT(self) -> None:
        steps = json.loads(self._read())
        with lock:
            if self.path == "/reset":
                script.clear()
                log.clear()
            else:
                script.setdefault(self.path.rsplit("/", 1)[1], []).extend(steps)
        self._send(200, "{}")

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        content = self._read()
        body = json.loads(content) if content else None
        name, build = ENDPOINTS.get((self.command, self.path), ("nowhere", None))
        with lock:
            headers = {name.lower(): value for name, value in self.headers.items()}
            log.append({"endpoint": name, "path": self.path, "body": body, "headers": headers})
            steps = script.get(name) or [{}]
            step = steps.pop(0) if len(steps) else {}
        time.sleep(step.get("delay", 0))
        if step.get("hang_up"):
            self.close_connection = True
        elif "raw" in step:
            self._send(step.get("status", 200), step["raw"], step.get("headers", {"Content-Type": "text/html"}))
        elif "error" in step or build is None:
            error = {"message": step.get("error", "Not Found")} | {
                key: step.get(key) for key in ("code", "type", "param")
            }
            self._send(step.get("status", 404), json.dumps({"error": error}), step.get("headers"))
        else:
            self._send(200, json.dumps(build({"say": PHRASES} | step)), step.get("headers"))

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        content = text.encode()
        try:
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the client gave up waiting
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
