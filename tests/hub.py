"""A Hugging Face hub that is served here."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "b" * 40
_FILE = re.compile(rf"(?:/elsewhere)?/([\w.-]+/[\w.-]+)/resolve/(?:main|{COMMIT})/(.+)")
_LISTING = re.compile(rf"/api/models/([\w.-]+/[\w.-]+)/(?:revision/main|tree/{COMMIT})\b.*")


class Hub(ThreadingHTTPServer):
    """Serves `files`, by repository and name; `cut` ends a connection after so many bytes, `wrong` spoils them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files: dict[tuple[str, str], bytes] = {}
        self.cut: int | None = None
        self.wrong = False
        self.asked: list[tuple[str, str, int]] = []  # method, path, and where the answer was to begin

    def handle_error(self, *_: object) -> None:
        """Somebody who hangs up is no news."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def served() -> Iterator[Hub]:
    with Hub() as hub:
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield hub
        hub.shutdown()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(is_whole=False)

    def do_GET(self) -> None:
        self._answer(is_whole=True)

    def _answer(self, *, is_whole: bool) -> None:
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.server.asked.append((self.command, self.path, start))
        if listing := _LISTING.fullmatch(self.path):
            self._list(listing[1])
            return
        file = _FILE.fullmatch(self.path)
        content = self.server.files.get((file[1], file[2])) if file else None
        if content is None:
            is_known = file is not None and any(repository == file[1] for repository, _ in self.server.files)
            self._send(404, b"", {"X-Error-Code": "EntryNotFound" if is_known else "RepoNotFound"})
            return
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"'}
        if self.path.endswith((".safetensors", ".bin")):  # in Git LFS, on another host
            headers = {"X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Linked-Size": str(len(content))}
            if not self.path.startswith("/elsewhere"):
                headers["Location"] = f"http://localhost:{self.server.server_address[1]}/elsewhere{self.path}"
                self._send(302, b"", headers)
                return
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = bytes(len(content) - start) if self.server.wrong else content[start:]
        self._send(206 if start else 200, body, headers, is_whole=is_whole)

    def _list(self, repository: str) -> None:
        files = {name: content for (owner, name), content in self.server.files.items() if owner == repository}
        if not files:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif "/revision/" in self.path:
            self._send(200, json.dumps({"id": repository, "sha": COMMIT, "siblings": []}).encode())
        else:
            rows = [
                {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for name, content in files.items()
            ]
            self._send(200, json.dumps(rows).encode())

    def _send(self, code: int, body: bytes, headers: dict[str, str] | None = None, *, is_whole: bool = True) -> None:
        self.send_response(code)
        for name, text in {"Content-Length": str(len(body)), "X-Repo-Commit": COMMIT, **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        if is_whole:
            self.wfile.write(body[: self.server.cut])
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
