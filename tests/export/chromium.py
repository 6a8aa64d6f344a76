"""Debian's Chromium without a screen, driven over a pipe by its own protocol: no package is needed for it."""

import base64
import contextlib
import http.server
import itertools
import json
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

# Last what Ubuntu calls chromium-browser: a snap, which sees no folder of ours in /tmp.
BINARY = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-dev-shm-usage", "--mute-audio", "--remote-debugging-pipe",
    "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip


class Unanswered(AssertionError):
    """The browser did not answer in time."""


class Chromium:
    """One browser with one page.

    Attributes:
        requests: addresses that the page asked for.
        errors: what the page's scripts complained about.
        answers: what is answered in place of the network, by the start of the address.
    """

    def __init__(self, profile: Path, flags: Sequence[str] = ()) -> None:
        assert BINARY is not None, "chromium is not installed: make test-packages"
        reads, self._out = os.pipe()
        self._in, writes = os.pipe()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.answers: dict[str, bytes] = {}

        def at_three_and_four() -> None:
            # Away from the places first: one may be the other's.
            first, second = os.dup(reads), os.dup(writes)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [BINARY, *_FLAGS, f"--user-data-dir={profile}", *flags, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=at_three_and_four,
            env={**os.environ, "HOME": str(profile)},
        )
        os.close(reads)
        os.close(writes)
        self._numbers, self._buffer = itertools.count(1), b""
        self._session: str | None = None
        target = self._page()
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        try:
            self.call("Browser.close", timeout=10)
            self._process.wait(10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, *, timeout: float = 240, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        self._send(message)
        deadline = time.monotonic() + timeout
        while True:
            answer = self._next(deadline)
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def evaluate(self, expression: str, timeout: float = 240) -> Any:
        """The value of an expression in the page."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        found = self.call("Runtime.evaluate", timeout=timeout, **asked)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str, timeout: float = 240) -> Any:
        """Wait until an expression in the page is true, and give it."""
        deadline = time.monotonic() + timeout
        value = None
        while not value:
            # What is asked while the page gives way to another one may never be answered.
            with contextlib.suppress(Unanswered):
                value = self.evaluate(expression, timeout=20)
            if not value:
                assert time.monotonic() < deadline, (expression, self.evaluate("document.body.innerText"), self.errors)
                time.sleep(0.05)
        return value

    @contextmanager
    def before_pages(self, *scripts: str) -> Iterator[None]:
        """These scripts run before those of each page that is opened meanwhile."""
        made = [self.call("Page.addScriptToEvaluateOnNewDocument", source=one)["identifier"] for one in scripts]
        try:
            yield
        finally:
            for one in made:
                self.call("Page.removeScriptToEvaluateOnNewDocument", identifier=one)
            self.errors.clear()

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files in an input, as a person does in the dialog."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")

    def size(self, width: int, height: int, *, is_dark: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def answer_for(self, start: str, answers: dict[str, bytes]) -> None:
        """Answer in place of the network for addresses that begin with `start`."""
        self.answers.update(answers)
        self.call("Fetch.enable", patterns=[{"urlPattern": f"{start}*"}])

    def _answer(self, request: str, address: str) -> None:
        headers = [{"name": "Access-Control-Allow-Origin", "value": "*"}]
        content = self.answers.get(address)
        params: dict[str, Any] = {"requestId": request, "errorReason": "InternetDisconnected"}
        if content is not None:
            body = base64.b64encode(content).decode()
            params = {"requestId": request, "responseCode": 200, "responseHeaders": headers, "body": body}
        method = "Fetch.failRequest" if content is None else "Fetch.fulfillRequest"
        message = {"id": next(self._numbers), "method": method, "params": params, "sessionId": self._session}
        self._send(message)

    def _send(self, message: dict[str, Any]) -> None:
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[os.write(self._out, left) :]

    def _page(self) -> str:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            for target in self.call("Target.getTargets")["targetInfos"]:
                if target["type"] == "page":
                    return str(target["targetId"])
        raise AssertionError("the browser opened no page")

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unanswered("the browser did not answer")
            if select.select([self._in], [], [], min(left, 1))[0]:
                part = os.read(self._in, 1 << 20)
                assert part, "the browser ended"
                self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        if event.get("method") == "Fetch.requestPaused":
            self._answer(params["requestId"], params["request"]["url"])
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:500])
        if event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.errors.append(json.dumps(params["args"])[:500])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A plain file server on this computer for a folder: its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
