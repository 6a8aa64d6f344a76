"""What the exported page computes with: ONNX Runtime for browsers, pinned by version and hash.

Two files of the npm package do it. A page takes them from a public address and checks their hashes, or, offline, finds
them beside itself.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import cache_dir, resources_dir
from spa_desktop.plain_files import UNREADABLE, NotPlainError, read_plain_file, write_own_file
from spa_desktop.visible import QT_TRANSLATE_NOOP

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
_GET = {"advice": "get runtime", "package": f"{PACKAGE}@{VERSION}"}
ADDRESS = f"https://registry.npmjs.org/{PACKAGE}/-/{PACKAGE}-{VERSION}.tgz"
_CDN = f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{VERSION}/dist/"
_SCRIPT, _MODULE = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
# SHA-384 of both files, as browsers check them, and SHA-512 of the package, as npm states it.
INTEGRITY = {
    _SCRIPT: "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG",
    _MODULE: "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM",
}
_PACKAGE_INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
FOLDER = "runtime"
_MOST = 64 << 20
_CHUNK, _TIMEOUT = 1 << 18, 30.0

BrowserRuntime = dict[str, bytes]
"""The runtime's files by name, to be put beside the page."""


def runtime_of_page(*, is_beside: bool) -> dict[str, Any]:
    """What the page has to know of the runtime: where its two files are and what their hashes must be."""
    where = f"{FOLDER}/" if is_beside else _CDN
    return {
        "package": f"{PACKAGE} {VERSION}",
        "script": {"url": where + _SCRIPT, "integrity": INTEGRITY[_SCRIPT]},
        "wasm": {"url": where + _MODULE, "integrity": INTEGRITY[_MODULE]},
        "licence": "MIT",
    }


def page_with(runtime: dict[str, Any]) -> str:
    """``index.html`` with what :func:`runtime_of_page` says, and a policy that lets it load and run nothing else."""
    text = (resources_dir() / "export" / "index.html").read_text(encoding="utf-8")
    text = text.replace("const RUNTIME = {};", f"const RUNTIME = {json.dumps(runtime)};")
    style, script = (re.findall(f"<{tag}[^>]*>(.*?)</{tag}>", text, re.DOTALL)[0] for tag in ("style", "script"))
    addresses = [url for part in ("script", "wasm") if "://" in (url := runtime[part]["url"])]
    policy = {
        "default-src": "'none'",
        # blob: is the runtime, once its hash was compared: a page makes such addresses for itself only.
        "script-src": f"'{_integrity('sha256', script.encode())}' 'wasm-unsafe-eval' blob:",
        "worker-src": "blob:",
        "connect-src": " ".join(["'self'", *addresses]),
        "style-src": f"'{_integrity('sha256', style.encode())}'",
        "img-src": "blob: data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return text.replace("POLICY", "; ".join(f"{name} {value}" for name, value in policy.items()), 1)


def read_runtime(path: Path) -> BrowserRuntime:
    """The runtime from the npm package: its file, or a folder that holds that file or has it unpacked.

    Raises InputError if it is not there, or another than pinned; the line says how to get it.
    """
    place = path / f"{PACKAGE}-{VERSION}.tgz" if path.is_dir() else path
    try:
        if path.is_dir() and not place.exists():
            return _unpacked(path)
        return _from_package(read_plain_file(place, _MOST))
    except NotPlainError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be used: {reason}")
        raise InputError(text, path=place, reason=error.strerror, **_GET) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(UNREADABLE, path=place, reason=reason, **_GET) from None


def fetch_runtime(job: Job) -> BrowserRuntime:
    """The runtime from the app's cache, or else from npm's registry.

    Raises SpaError if it cannot be downloaded; the line says how to get it by other means; InputError if what came is
    another than pinned.
    """
    cached = cache_dir() / "browser-runtime" / f"{PACKAGE}-{VERSION}.tgz"
    try:
        return _from_package(read_plain_file(cached, _MOST))
    except (OSError, ValueError, InputError):
        pass  # not there, or damaged: it is fetched
    job.message(f"Downloading {PACKAGE} {VERSION} (33 MB) from {ADDRESS}")
    content = _download(job)
    runtime = _from_package(content)
    with suppress(OSError):  # it will be fetched again
        write_own_file(cached, content)
    return runtime


def _download(job: Job) -> bytes:
    content = io.BytesIO()
    try:
        with urllib.request.urlopen(ADDRESS, timeout=_TIMEOUT) as answer:  # a constant address, https
            job.stage(Stage.FETCH_RUNTIME, total=max(int(answer.headers.get("Content-Length") or 0) >> 20, 1))
            done = 0
            while part := answer.read(_CHUNK):
                content.write(part)
                if content.tell() > _MOST:
                    text = QT_TRANSLATE_NOOP("errors", "{path} is larger than it should be")
                    raise InputError(text, path=ADDRESS, **_GET)
                job.advance((content.tell() >> 20) - done)
                done = content.tell() >> 20
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be downloaded ({reason})")
        raise SpaError(text, path=ADDRESS, reason=reason, **_GET) from None
    return content.getvalue()


def _from_package(content: bytes) -> BrowserRuntime:
    if _integrity("sha512", content) != _PACKAGE_INTEGRITY:
        text = QT_TRANSLATE_NOOP("errors", "This is not the package {wanted}, or it is damaged")
        raise InputError(text, wanted=f"{PACKAGE} {VERSION}", **_GET)
    files = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as package:
        for name in INTEGRITY:
            member = package.extractfile(f"package/dist/{name}")
            assert member is not None, "the package has its pinned content"
            files[name] = member.read()
    return files


def _unpacked(folder: Path) -> BrowserRuntime:
    files = {}
    for name, wanted in INTEGRITY.items():
        places = (folder / name, folder / "dist" / name, folder / "package" / "dist" / name)
        place = next(filter(Path.is_file, places), None)
        if place is None:
            raise InputError(QT_TRANSLATE_NOOP("errors", "{path} has no {name}"), path=folder, name=name, **_GET)
        files[name] = read_plain_file(place, _MOST)
        if _integrity("sha384", files[name]) != wanted:
            text = QT_TRANSLATE_NOOP("errors", "{name} is not the one of {wanted}")
            raise InputError(text, name=name, wanted=f"{PACKAGE} {VERSION}", **_GET)
    return files


def _integrity(method: str, content: bytes) -> str:
    return f"{method}-{base64.b64encode(hashlib.new(method, content).digest()).decode()}"
