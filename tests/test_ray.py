"""Work on a Ray cluster of two local workers: the same bits as here, one worker killed in the middle.

One cluster for all tests here: it takes seconds to start.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spa_desktop import BadInput, SpaClassifier
from spa_desktop.encoders import backbones
from spa_desktop.errors import InputError, SpaError
from spa_desktop.feature_store import loaded_encoder
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.paths import cache_dir
from spa_desktop.project.folders import add_classes
from spa_desktop.ray_cluster import Cluster, Spread
from spa_desktop.workbench import recognition, training
from spa_desktop.workbench.open_project import OpenProject
from tests.conftest import REPOSITORY
from tests.test_nothing_goes_out import NEAR
from tests.workbench.tiny import TinyEncoder, draw_classes, draw_photo, load_tiny

# Not imported here: what is set before Ray is loaded is set by the app.
pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="needs ray"),
    pytest.mark.timeout(900),  # its processes start for minutes beside eight busy ones on two cores
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster that runs on its own, so that connecting to it is quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))  # workers find the tests' own encoder
        patch.setenv("RAY_memory_monitor_refresh_ms", "0")  # it ends workers where other programs fill the memory
        with Spread(Cluster(workers=2)):
            yield Cluster()


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backbones, "load_encoder", load_tiny())
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def spread_squares(cluster: Cluster, tmp_path: Path) -> Callable[[int], tuple[dict[int, int], list[str]]]:
    """Has so many numbers squared, and tells what was said. Workers get the function by value: no torch is loaded."""

    def square(folder: Path, number: int) -> int:
        """Dies once where it is told to, and for ever where it is told so."""
        if (folder / f"{number}.dies").exists():
            (folder / f"{number}.dies").unlink()
            os._exit(1)
        if (folder / f"{number}.dies for ever").exists():
            os._exit(1)
        if (folder / f"{number}.fails").exists():
            raise InputError("this item is wrong")
        (folder / f"{number}.done by {os.getpid()}.{time.time_ns()}").touch()
        return number * number

    def run(count: int, job: Job | None = None) -> tuple[dict[int, int], list[str]]:
        told: list[str] = []
        job = job or Job(lambda event: told.append(event.message) if event.message else None)
        with Spread(cluster) as spread:
            return dict(spread.map(square, tmp_path, range(count), job)), told

    return run


def test_it_listens_on_this_computer_alone(cluster):
    import ray

    assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]


def test_local_clusters_one_after_the_other_reach_nobody_and_keep_no_key(tmp_path):
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("needs strace")
    (tmp_path / "home").mkdir()
    run = "from spa_desktop.ray_cluster import *; from spa_desktop.jobs import Job\n"
    run += "with Spread(Cluster(workers=1)) as one: found = [*one.map(max, 3, [5], Job())]; input()\n"
    run += "with Spread(Cluster(workers=1)) as one: found += one.map(max, 3, [7], Job())\nprint(found)"
    options = ["-ff", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto", "-o", tmp_path / "calls"]
    home = {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(REPOSITORY), "no_proxy": "169.254.169.254"}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)

    def calls() -> list[str]:
        return [
            line for file in tmp_path.glob("calls.*") for line in file.read_text().splitlines() if "=AF_INET" in line
        ]

    with subprocess.Popen(
        [strace, *options, sys.executable, "-c", run], env=os.environ | home, text=True, **pipes
    ) as ran:
        while ran.poll() is None and not any("htons(9)" in line for line in calls()):  # which cloud it is in
            time.sleep(0.1)
        printed, said = ran.communicate("\n")
    assert printed == "[(0, 5), (0, 7)]\n", said
    assert [line for line in calls() if not NEAR.search(line)] == []
    assert not list((tmp_path / "home").rglob("*token*"))


def test_a_worker_that_is_killed_costs_only_its_item(spread_squares, tmp_path):
    (tmp_path / "3.dies").touch()
    found, told = spread_squares(8)
    assert found == {number: number * number for number in range(8)}
    assert told == ["A worker of the cluster died: its part is done again"]
    # Everything was done once, the item of the dead worker after its death.
    assert len(list(tmp_path.glob("*.done by *"))) == 8


def test_an_item_that_kills_each_worker_is_given_up(spread_squares, tmp_path):
    (tmp_path / "1.dies for ever").touch()
    with pytest.raises(SpaError, match="died 3 times"):
        spread_squares(2)


def test_what_an_item_raises_is_told_and_it_can_be_cancelled(spread_squares, tmp_path):
    (tmp_path / "1.fails").touch()
    with pytest.raises(InputError, match="this item is wrong"):
        spread_squares(2)
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        spread_squares(4, job)


def test_folders_are_answered_with_the_same_bits(cluster, tmp_path):
    draw_classes(tmp_path / "photos", ("red", "green", "blue"))
    for number in range(100):
        draw_photo(tmp_path / "many" / f"{number:03}.png", ("red", "green", "blue")[number % 3], 200 + number)
    (tmp_path / "many" / "050.jpg").write_bytes(b"no photo")
    with OpenProject.create(tmp_path / "a.spa") as bench:
        add_classes(bench.project, [tmp_path / "photos"])
        training.train(bench)
        here = recognition.classify(bench, [tmp_path / "many"])
        shutil.rmtree(cache_dir() / "answers")  # from which they would come
        away = recognition.classify(bench, [tmp_path / "many"], cluster=cluster)
    plain = [[(a.path, a.class_ids, a.probabilities, a.error) for a in found.answers] for found in (here, away)]
    assert plain[0] == plain[1]
    assert len(plain[0]) == 101


@pytest.mark.parametrize("said", ["", "The current node timed out during startup.\nThis could happen because"])
def test_what_ray_raises_is_one_line(cluster, monkeypatch, said):
    """Ray raises the class Exception itself, with texts of several lines, or with none."""
    import ray

    def fail(*_: object, **__: object) -> None:
        raise Exception(said)

    with Spread(cluster) as spread:
        for call in ("put", "cluster_resources", "wait"):
            with monkeypatch.context() as patch:
                patch.setattr(ray, call, fail)
                with pytest.raises(SpaError) as caught:
                    list(spread.map(max, 3, [5], Job()))
            assert str(caught.value) == ": ".join(filter(None, ("The cluster failed: Exception", said.split("\n")[0])))


@pytest.mark.parametrize("listens", [False, True])
def test_an_address_where_no_cluster_answers(monkeypatch, listens):
    """Nobody there, or somebody who is no Ray: one line, in seconds."""
    monkeypatch.setattr("spa_desktop.ray_cluster._PROBE_SECONDS", 3.0)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        began = time.monotonic()
        with pytest.raises(InputError, match=r"No Ray cluster answers at 127\.0\.0\.1:"):
            Cluster.of(f"127.0.0.1:{server.getsockname()[1]}")
        assert time.monotonic() - began < 30


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    draw_classes(tmp_path / "photos", ("red", "green", "blue"), train=40, test=3)
    return tmp_path / "photos"


def test_a_training_is_encoded_on_the_cluster_to_the_same_bits(cluster, folders, tmp_path, monkeypatch):
    """One photo cannot be read, and a worker dies at its first shard. What finds the thing looks at it."""
    monkeypatch.setattr(TinyEncoder, "finds_things", True)
    monkeypatch.setattr("spa_desktop.spa.leave_one_out.are_lower", lambda *losses: True)
    load, here, dies = load_tiny(), os.getpid(), tmp_path / "dies"

    def load_or_die(name: str, **settings: object) -> TinyEncoder:
        if os.getpid() != here:
            with suppress(FileNotFoundError):  # the other worker may have been first
                dies.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
        return load(name, **settings)

    monkeypatch.setattr(backbones, "load_encoder", load_or_die)
    learned, told, counts = [], [], []
    for name, on in (("alone", None), ("spread", cluster)):
        monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / f"cache of {name}"))
        with OpenProject.create(tmp_path / f"{name}.spa") as bench:
            add_classes(bench.project, [folders])
            photo = next((folders / "train" / "green").iterdir())
            kept = photo.read_bytes()
            photo.write_bytes(b"no photo")
            before = bench.encoder().encoded
            told.append([])
            training.train(bench, Job(lambda event: told[-1].append(event.message)), cluster=on)
            counts.append(bench.encoder().encoded - before)
            photo.write_bytes(kept)
            learned.append(bench.project.learner().blob)
        if on is None:
            dies.touch()
    assert learned[0] == learned[1]
    assert counts[0] > 0
    assert counts[1] == 0, "all was to be encoded on the cluster"
    assert not dies.exists()
    assert "A worker of the cluster died: its part is done again" in told[1]
    assert all([line for line in said if line and line.startswith("Photo left out:")] for said in told)


def test_the_python_api_encodes_on_the_cluster(cluster, folders):
    """Files, that is: pictures in memory are not sent."""
    paths = sorted(folders.glob("train/*/*"))
    labels = [path.parent.name for path in paths]
    alone, spread = (SpaClassifier(cache=False, progress=False, views=2, ray=ray) for ray in (None, "local"))
    alone.fit(paths, labels)
    here = loaded_encoder("spa-lite", "auto")
    encoded = here.encoded
    spread.fit(paths, labels)
    asked = sorted(folders.glob("test/*/*"))
    assert np.array_equal(spread.predict_proba(asked), alone.predict_proba(asked))
    assert here.encoded - encoded == 2 * len(asked)  # by the classifier without a cluster
    with Image.open(asked[0]) as image:
        assert np.array_equal(spread.predict_proba(image), alone.predict_proba(image))
    with pytest.raises(BadInput, match="ray is 8: give"):
        SpaClassifier(ray=8).fit(paths, labels)
    with pytest.raises(InputError, match="No Ray cluster answers at nowhere"):
        SpaClassifier(ray="nowhere", cache=False, progress=False).fit(paths, labels)
