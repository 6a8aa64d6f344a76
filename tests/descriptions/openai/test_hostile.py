"""A service that means harm: every answer ends in time and in size, in one line, and what was paid for is kept."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tracemalloc
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.openai import service
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.descriptions.openai.service_failures import ServiceError
from spa_desktop.jobs import Cancelled, Job
from tests.conftest import REPOSITORY
from tests.descriptions.openai import hostile

MEGABYTE = 1 << 20
SECONDS = 60.0  # what never ends takes longer, a busy machine does not


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.descriptions.openai.hostile"], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert process.stdout is not None
    yield int(process.stdout.readline())
    process.kill()
    process.communicate()


@pytest.fixture
def make(port: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., OpenAIWriter]:
    """A writer that asks the hostile server for an answer of some kind, once."""
    monkeypatch.setattr(service, "_RETRIES", 0)
    monkeypatch.setattr(service, "_SPARE_SECONDS", 0.0)

    def call(kind: str, **options: object) -> OpenAIWriter:
        settings = {"base_url": f"http://127.0.0.1:{port}/{kind}/v1"} | options
        return OpenAIWriter(lambda text: len(text.split()) <= 40, WriterOptions.from_settings(settings))

    return call


def connections(port: int) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/open", timeout=10) as reply:
        return int(reply.read())


def wait_for(condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < SECONDS, "it did not happen"
        time.sleep(0.01)


def no_thread_asks() -> bool:
    return not any(thread.name == "ask-service" for thread in threading.enumerate())


@pytest.mark.parametrize("kind", hostile.ENDLESS)
def test_an_answer_without_an_end_ends_in_time(kind, make, port, request_):
    """Each stage has its drip, which never meets the time-out of a single read."""
    writer = make(kind, timeout=0.5)
    began = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        writer.write(request_, Job())
    assert 0.5 <= time.monotonic() - began < SECONDS
    assert caught.value.kind == "timeout"
    assert "did not answer in time" in str(caught.value)
    # Neither a thread nor a connection goes on behind the person's back.
    wait_for(no_thread_asks)
    wait_for(lambda: connections(port) == 0)


@pytest.mark.parametrize("kind", [*hostile.ENDLESS, *hostile.FLOODS])
def test_cancelling_ends_it(kind, make, request_):
    writer = make(kind, timeout=200)
    job = Job()
    job_thread = threading.Timer(0.3, job.cancel)
    job_thread.start()
    began = time.monotonic()
    with pytest.raises((Cancelled, ServiceError)) as caught:
        writer.write(request_, job)
    assert time.monotonic() - began < SECONDS
    assert isinstance(caught.value, Cancelled) or kind in hostile.FLOODS
    job_thread.join()


FLOODS = {
    "flood-headers": ("unreachable", "cannot be reached"),
    "flood-one-header": ("unreachable", "cannot be reached"),
    "flood-chunks": ("garbage", "its answer is larger than 4 MB: check the address"),
    "flood-body": ("garbage", "its answer is larger than 4 MB"),
    "flood-string": ("garbage", "its answer is larger than 4 MB"),
    "bomb": ("garbage", "it packs its answer in a way that was not asked for"),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_an_answer_without_bounds_does_not_fill_the_memory(kind, make, request_):
    writer = make(kind, timeout=30)
    tracemalloc.start()
    try:
        with pytest.raises(ServiceError) as caught:
            writer.write(request_, Job())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    found = (caught.value.kind, str(caught.value))
    assert found[0] == FLOODS[kind][0]
    assert FLOODS[kind][1] in found[1]
    assert peak < 64 * MEGABYTE


BAD = {
    "gzip": ("garbage", "packs its answer in a way that was not asked for"),
    "brotli": ("garbage", "packs its answer in a way that was not asked for"),
    "twice-packed": ("garbage", "packs its answer in a way that was not asked for"),
    "deep": ("garbage", "something else than a description"),
    "deep-object": ("garbage", "something else than a description"),
    "deep-values": ("useless", "is empty"),
    "deep-text": ("truncated", "was cut off"),
    "text-in-pieces": ("useless", "is empty"),
    "deep-error": ("rejected", "rejects the request (400): no reason was given"),
    "long-error": ("forbidden", "(403): no no no"),
    "invalid-utf8": ("garbage", "something else than a description"),
    "odd-type-error": ("forbidden", "(403): so"),
    "closes": ("unreachable", "cannot be reached"),
    "no-http": ("unreachable", "cannot be reached"),
    "odd-status": ("server", "has trouble of its own (999)"),
    "year": ("busy", "(429): try again tomorrow"),
    "odd-wait": ("busy", "(429): try again later"),
    "long-wait": ("busy", "(429): try again later"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_is_one_line(kind, make, request_):
    began = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        make(kind).write(request_, Job())
    assert time.monotonic() - began < SECONDS
    assert caught.value.kind == BAD[kind][0]
    assert BAD[kind][1] in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_odd_is_not_bad(make, request_):
    text = make("odd-type").write(request_, Job())
    assert list(text.texts) == hostile.PHRASES
    assert text.tokens == TokenUse(640, 120)


@pytest.mark.parametrize("kind", [kind for kind in hostile.ONCE if kind.startswith("usage-")])
def test_counts_that_cannot_be_cost_nothing_and_lose_nothing(kind, make, request_):
    """The text was paid for. What it cost is not known then, and nobody is paid back."""
    writer = make(kind)
    text = writer.write(request_, Job())
    assert list(text.texts) == hostile.PHRASES
    assert (text.tokens, text.cost) == (None, None)


def test_half_letters_do_not_reach_a_file(make, request_):
    text = make("half-letters").write(request_, Job())
    assert list(text.texts) == hostile.PHRASES
    assert text.sentence.encode()


def test_all_attempts_together_have_an_end_too(make, request_, monkeypatch):
    """A service that is slow each time, or asks to wait each time, is given up on."""
    monkeypatch.setattr(service, "_RETRIES", 100)
    monkeypatch.setattr(service, "_SPARE_SECONDS", -100.0)
    with pytest.raises(ServiceError, match="did not answer in time"):
        make("silence", timeout=1).write(request_, Job())
