"""The browser's runtime is taken only as it was pinned."""

import base64
import hashlib
import io
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from spa_desktop.errors import InputError, SpaError
from spa_desktop.export import browser_runtime
from spa_desktop.export.browser_runtime import INTEGRITY, fetch_runtime, read_runtime, runtime_of_page
from spa_desktop.jobs import Job


def integrity(method: str, content: bytes) -> str:
    return f"{method}-{base64.b64encode(hashlib.new(method, content).digest()).decode()}"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package of the same form, pinned instead of the real one."""
    files = {name: f"content of {name}".encode() for name in INTEGRITY}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    for name, content in files.items():
        monkeypatch.setitem(INTEGRITY, name, integrity("sha384", content))
    monkeypatch.setattr(browser_runtime, "_PACKAGE_INTEGRITY", integrity("sha512", stream.getvalue()))
    return stream.getvalue()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, package: bytes, tmp_path: Path) -> list[str]:
    """Answers in place of npm's registry; the list holds the addresses that were asked for."""
    asked: list[str] = []

    class Answer(io.BytesIO):
        headers = {"Content-Length": str(len(package))}

    def opened(address: str, timeout: float) -> Answer:
        asked.append(address)
        return Answer(package)

    monkeypatch.setattr(urllib.request, "urlopen", opened)
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    return asked


def test_it_is_fetched_once_and_kept(registry: list[str]) -> None:
    for _ in range(2):
        assert set(fetch_runtime(Job())) == set(INTEGRITY)
    assert registry == [browser_runtime.ADDRESS]


def test_a_damaged_copy_is_fetched_again(registry: list[str], tmp_path: Path) -> None:
    fetch_runtime(Job())
    (kept,) = (tmp_path / "cache").rglob("*.tgz")
    kept.write_bytes(kept.read_bytes()[:-1])
    fetch_runtime(Job())
    assert len(registry) == 2


def test_no_network_says_what_to_do(registry: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(address: str, timeout: float) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", closed)
    with pytest.raises(SpaError, match=r"no route to host.*npm pack onnxruntime-web@.*`runtime`"):
        fetch_runtime(Job())


def test_it_is_read_from_a_file_or_a_folder(package: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"onnxruntime-web-{browser_runtime.VERSION}.tgz"
    file.write_bytes(package)
    assert read_runtime(file) == read_runtime(tmp_path)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    with tarfile.open(file) as tar:
        tar.extractall(unpacked, filter="data")
    assert read_runtime(unpacked) == read_runtime(unpacked / "package" / "dist") == read_runtime(file)
    (unpacked / "package" / "dist" / next(iter(INTEGRITY))).write_bytes(b"other")
    with pytest.raises(InputError, match="is not the one of onnxruntime-web"):
        read_runtime(unpacked)


def test_what_is_another_or_missing_is_told(package: bytes, tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    other.write_bytes(package + b"x")
    with pytest.raises(InputError, match="This is not the package onnxruntime-web"):
        read_runtime(other)
    with pytest.raises(InputError, match=r"missing.tgz cannot be read.*npm pack"):
        read_runtime(tmp_path / "missing.tgz")
    with pytest.raises(InputError, match=r"has no ort\.wasm"):
        read_runtime(tmp_path)
    with (tmp_path / next(iter(INTEGRITY))).open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(InputError, match=r"cannot be used: it is larger than 64 MB.*npm pack"):
        read_runtime(tmp_path)


def test_the_page_is_told_where_it_lies() -> None:
    for is_beside, start in ((True, "runtime/"), (False, "https://")):
        said = runtime_of_page(is_beside=is_beside)
        for part in ("script", "wasm"):
            assert said[part]["url"].startswith(start)
            assert said[part]["integrity"] == INTEGRITY[said[part]["url"].rsplit("/", 1)[1]]
