"""Several photos at once on a CPU: each in a thread that decodes and encodes it with its own share of the cores.

A forward pass that is spread over all cores waits for the slowest of them in every layer, and one whose cores also
decode waits more. Threads that never wait for each other took 53 ms a photo from files on two cores where that took 87.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

# While streams are given their share, torch tells every thread that asks for the first time the same number.
_sharing = threading.Lock()


def torch_threads() -> int:
    """How many threads torch has in this thread, and not what streams that begin just now are given."""
    with _sharing:
        return torch.get_num_threads()


def in_streams(function: Callable[[Item], Result], items: Iterable[Item], streams: int) -> Generator[Result]:
    """`function` of each item, in order, computed in threads that share torch's threads among them.

    At most one item a thread waits beside those that are computed. Closing the iterator ends the threads, as
    soon as each is done with the item at hand.

    Args:
        function: what torch computes in it runs in as many threads as each stream has.
        items: read as they are needed.
        streams: how many, at least 1; more than torch has threads are cut to those.

    Raises:
        ValueError: if `streams` is below 1.

    >>> list(in_streams(lambda x: x * x, range(5), streams=2))
    [0, 1, 4, 9, 16]
    """
    if streams < 1:
        raise ValueError(f"streams must be at least 1, not {streams}")
    streams = min(streams, torch_threads())
    yield from in_order(_pool(streams), function, items, ahead=2 * streams)


def in_order(
    pool: ThreadPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item], *, ahead: int
) -> Generator[Result]:
    """`function` of each item, in order, at most `ahead` of them submitted to `pool`, which is shut down at the end."""
    remaining = iter(items)
    submitted: deque[Future[Result]] = deque()
    try:
        while True:
            for item in islice(remaining, ahead - len(submitted)):
                submitted.append(pool.submit(function, item))
            if not submitted:
                return
            yield submitted.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(streams: int) -> ThreadPoolExecutor:
    """Threads that run torch with an equal share of its threads each; those of all others stay as they are."""
    pool = ThreadPoolExecutor(streams, thread_name_prefix="encode")
    all_there = threading.Barrier(streams + 1)

    def take_share() -> None:
        torch.set_num_threads(max(1, threads // streams))
        # The first question settles it for this thread: what others set later no longer counts.
        torch.get_num_threads()
        all_there.wait()

    with _sharing:
        threads = torch.get_num_threads()
        for _ in range(streams):
            pool.submit(take_share)
        all_there.wait()
        torch.set_num_threads(threads)
    return pool
