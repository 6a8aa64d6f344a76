"""Work spread over a Ray cluster: items in, results out as they come, and a worker that dies costs only its item.

Ray is optional and heavy: it is imported when a cluster is asked for. Each item runs on one thread of one core, so that
its result is the same bits as that of a serial run on one thread.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL = "local"
_TRIES = 3  # of an item whose worker dies
_ANSWER_SECONDS, _PROBE_SECONDS = 5.0, 30.0
_POLL_SECONDS = 0.2
_AHEAD = 2  # items a core that wait on the cluster, so that no core waits for this process

# Asked in a process of its own: where a port is open and nothing of Ray's answers, Ray waits for two minutes and then
# ends the process that asked.
_PROBE = "import ray, sys; ray.init(address=sys.argv[1], logging_level='ERROR', log_to_driver=False)"


@dataclass(frozen=True)
class Cluster:
    """Where work is spread."""

    # "local" starts workers on this computer; "auto" takes the cluster that runs on it, else HOST:PORT
    address: str = LOCAL
    workers: int | None = None  # of a local cluster; None takes the cores there are

    @classmethod
    def of(cls, address: str) -> Cluster:
        """A cluster by its address, when it is sure that Ray is there and somebody answers.

        Raises InputError if Ray is not installed, or nobody answers within seconds.
        """
        if importlib.util.find_spec("ray") is None:
            raise InputError("Ray is not installed: pip install 'spa-desktop[ray]'")
        if address != LOCAL:
            _require_answer(address)
        return cls(address)


class Spread:
    """A connection to a cluster, closed at the end of a ``with``; one that the program has already is used and kept."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._is_ours = cluster, False

    def __enter__(self) -> Spread:
        # Ray says on stderr what is for its own developers.
        os.environ.setdefault("RAY_DEDUP_LOGS", "1")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        is_local = self._cluster.address == LOCAL
        if is_local:  # Ray's own name for: only this computer, so its ports are open to no other
            os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        import ray

        if ray.is_initialized():
            return self
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
        if is_local:
            options |= {"address": "local", "num_cpus": self._cluster.workers, "include_dashboard": False}
        else:
            options["address"] = self._cluster.address
        try:
            # What Ray prints on stdout would stand among data.
            with _environment(**(_silent() if is_local else {})), redirect_stdout(sys.stderr):
                _read_key_anew()
                ray.init(**options)
        except Exception as error:  # Ray raises that class itself
            why = str(error).strip() or type(error).__name__
            raise SpaError(f"Ray does not start ({self._cluster.address}): {why.splitlines()[0]}") from error
        self._is_ours = True
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        if self._is_ours:
            with redirect_stdout(sys.stderr):
                ray.shutdown()
            _read_key_anew()

    def map(
        self, function: Callable[[Any, Item], Result], shared: object, items: Sequence[Item], job: Job
    ) -> Iterator[tuple[int, Result]]:
        """`function` of what all share and of each item, in the order in which they are done: its place and its result.

        The function is importable on the workers; what is dear to make of `shared`, which is sent to each machine once,
        it should keep for the next item, as a worker does many. Items are small. Raises SpaError if an item's worker
        died three times, Ray failed, or what `function` raised; Cancelled if the job was cancelled.
        """
        import ray

        waiting = list(range(len(items)))[::-1]
        deaths = [0] * len(items)
        running: dict[Any, int] = {}
        try:
            remote = ray.remote(num_cpus=1, max_retries=0)(_on_one_thread)
            common = ray.put((function, shared))
            resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            most = _AHEAD * max(int(resources.get("CPU", 1)), 1)
            while waiting or running:
                job.check()
                while waiting and len(running) < most:
                    place = waiting.pop()
                    running[remote.remote(common, items[place])] = place
                ready, _ = ray.wait(list(running), num_returns=1, timeout=_POLL_SECONDS)
                for reference in ready:
                    place = running.pop(reference)
                    try:
                        result = ray.get(reference)
                    except ray.exceptions.RayTaskError as error:
                        if isinstance(error.cause, SpaError):
                            raise error.cause from None
                        raise SpaError(f"The cluster failed: {_first(error.cause)}") from None
                    except ray.exceptions.RayError as error:
                        deaths[place] += 1
                        if deaths[place] == _TRIES:
                            raise SpaError(f"Workers of the cluster died {_TRIES} times: {_first(error)}") from None
                        job.message("A worker of the cluster died: its part is done again")
                        waiting.append(place)
                        continue
                    yield place, result
        except (SpaError, Cancelled):
            raise
        except Exception as error:
            raise SpaError(f"The cluster failed: {_first(error)}") from error
        finally:
            for reference in running:
                with suppress(Exception):
                    ray.cancel(reference, force=True)


def _silent() -> dict[str, str]:
    """What keeps the processes of a local cluster from the network and from the home folder.

    Whatever its settings, Ray asks by HTTP which cloud it is in: it asks a proxy that is not there. A key of its own
    keeps other users of this computer out; without, Ray makes one and writes it to the home folder.
    """
    return {
        "http_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1,localhost",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def _read_key_anew() -> None:
    """Have Ray forget the key of a cluster that was: it would start the next one with that, and not be let in."""
    with suppress(ImportError, AttributeError):  # versions without keys
        from ray._raylet import AuthenticationTokenLoader  # type: ignore[attr-defined]

        AuthenticationTokenLoader.instance().reset_cache()


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    """Variables of the environment, which processes started meanwhile keep."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _on_one_thread(common: tuple[Callable[[Any, Any], Any], Any], item: Any) -> Any:
    os.environ["OMP_NUM_THREADS"] = "1"  # for a torch that is still to be loaded
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    function, shared = common
    return function(shared, item)


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _require_answer(address: str) -> None:
    advice = "check the address, or start Ray there: ray start --head"
    nobody = InputError(f"No Ray cluster answers at {address}: {advice}")
    if address != "auto":
        host, _, port = address.removeprefix("ray://").rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS):
                pass
        except (OSError, ValueError, OverflowError):
            raise nobody from None
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE, address], capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise nobody from None
    if probe.returncode:
        raise nobody
