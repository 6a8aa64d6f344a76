from __future__ import annotations

import threading
import time

import pytest
import torch

from spa_desktop.encoders.photo_stream import in_streams


@pytest.fixture
def four_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("streams", "share"), [(1, 4), (2, 2), (3, 1), (4, 1), (9, 1)])
def test_streams_share_the_threads_and_leave_those_of_others(four_threads, streams, share):
    seen = list(in_streams(lambda _: (threading.current_thread().name, torch.get_num_threads()), range(20), streams))
    assert {threads for _, threads in seen} == {share}
    assert all(name.startswith("encode") for name, _ in seen)
    assert torch.get_num_threads() == 4
    fresh = []
    thread = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert fresh == [4]


def test_streams_that_begin_at_once_leave_the_threads_of_others(four_threads, monkeypatch):
    set_threads, seen = torch.set_num_threads, []

    def slowly(number):
        set_threads(number)
        time.sleep(0.005)

    monkeypatch.setattr(torch, "set_num_threads", slowly)

    def begin():
        for _ in range(5):
            seen.extend(in_streams(lambda _: torch.get_num_threads(), range(4), 2))

    for work in (begin, lambda: seen.append(2 * (torch.get_num_threads() == 4))):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(seen) == {2}


def test_streams_run_at_once_and_results_come_in_order(four_threads):
    together = threading.Barrier(2)

    def meet(item):
        together.wait(timeout=60)  # alone it would break
        return item

    assert list(in_streams(meet, range(10), 2)) == list(range(10))


def test_items_are_read_as_they_are_needed(four_threads):
    read = []

    def items():
        for item in range(100):
            read.append(item)
            yield item

    results = in_streams(lambda item: item, items(), 2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert len(read) <= 5 + 4
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]


def test_an_error_comes_out_and_ends_the_threads(four_threads):
    def fails(item):
        if item == 3:
            raise RuntimeError("no more")
        return item

    results = in_streams(fails, range(10), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(RuntimeError, match="no more"):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]


def test_no_items_and_no_streams():
    assert list(in_streams(abs, [], 2)) == []
    with pytest.raises(ValueError, match="at least 1"):
        list(in_streams(abs, [1], 0))
