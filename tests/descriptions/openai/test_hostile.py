"""A service that means harm: every answer ends in time and in size, in one line, and what was paid for is kept."""

import subprocess
import sys
import threading
import time
import tracemalloc
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from spa_desktop.descriptions.model import DescriptionRequest, TokenUse
from spa_desktop.descriptions.openai import service
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import ServiceError, WriterOptions
from spa_desktop.jobs import Cancelled, Job
from tests.conftest import REPOSITORY
from tests.descriptions.openai import hostile
from tests.descriptions.openai.conftest import wait_for

MEGABYTE = 1 << 20
SECONDS = 60.0  # what never ends takes longer, a busy machine does not


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    import openai  # noqa: F401 - so that no answer is to blame for the time that it takes

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
    monkeypatch.setattr(service, "_LATER_SECONDS", 0.2)
    monkeypatch.setattr(
        service, "_SPARE_SECONDS", 2 * SECONDS
    )  # for a service that is asked again, not for one that drips

    def call(kind: str, **options: object) -> OpenAIWriter:
        settings = {"base_url": f"http://127.0.0.1:{port}/{kind}/v1"} | options
        return OpenAIWriter(lambda text: len(text.split()) <= 40, WriterOptions.from_settings(settings))

    return call


def connections(port: int) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/open", timeout=10) as reply:
        return int(reply.read())


def no_thread_asks() -> bool:
    return not any(thread.name == "ask-service" for thread in threading.enumerate())


def failure(writer: OpenAIWriter, request: DescriptionRequest) -> ServiceError:
    """What a description ended with, before long."""
    began = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        writer.write(request, Job())
    assert time.monotonic() - began < SECONDS
    return caught.value


@pytest.mark.parametrize("kind", hostile.ENDLESS)
def test_an_answer_without_an_end_ends_in_time(kind, make, port, request_):
    """Each stage has its drip, which never meets the time-out of a single read."""
    began = time.monotonic()
    error = failure(make(kind, timeout=0.2), request_)
    assert time.monotonic() - began >= 0.2
    assert error.kind == "timeout"
    assert "did not answer in time" in str(error)
    # Neither a thread nor a connection goes on behind the person's back.
    wait_for(no_thread_asks)
    wait_for(lambda: connections(port) == 0)


@pytest.mark.parametrize("kind", ["silence", "drip-body", "flood-interim"])
def test_cancelling_ends_it(kind, make, request_):
    job = Job()
    job_thread = threading.Timer(0.3, job.cancel)
    job_thread.start()
    with pytest.raises(Cancelled):
        make(kind, timeout=200).write(request_, job)
    job_thread.join()


@pytest.mark.parametrize("kind", hostile.FLOODS)
def test_an_answer_without_bounds_does_not_fill_the_memory(kind, make, request_):
    writer = make(kind, timeout=30)
    tracemalloc.start()
    try:
        error = failure(writer, request_)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    _, expected, said = hostile.FLOODS[kind]
    assert error.kind == expected
    assert said in str(error)
    assert peak < 64 * MEGABYTE


@pytest.mark.parametrize("kind", hostile.BAD)
def test_a_bad_answer_is_one_line(kind, make, request_):
    error = failure(make(kind), request_)
    _, expected, said = hostile.BAD[kind]
    assert error.kind == expected
    assert said in str(error)
    assert len(str(error)) < 500
    assert str(error).isprintable()


@pytest.mark.parametrize("kind", hostile.ODD)
def test_counts_that_cannot_be_cost_nothing_and_lose_nothing(kind, make, request_):
    """The text was paid for. What it cost is not known where it is not counted, and nobody is paid back."""
    text = make(kind).write(request_, Job())
    assert list(text.texts) == hostile.PHRASES
    assert text.sentence.encode(), "half letters do not reach a file"
    if kind.startswith("usage-"):
        assert (text.tokens, text.cost) == (None, None)
    else:
        assert text.tokens == TokenUse(640, 120)


def test_all_attempts_together_have_an_end_too(make, request_, monkeypatch):
    """A service that is slow each time, or asks to wait each time, is given up on."""
    monkeypatch.setattr(service, "_RETRIES", 100)
    monkeypatch.setattr(service, "_SPARE_SECONDS", -100.0)
    with pytest.raises(ServiceError, match="did not answer in time"):
        make("silence", timeout=1).write(request_, Job())
