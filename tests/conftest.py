"""What every test shares: no user folders, no network, no key, no thread left behind, and photos to work on."""

import gc
import hashlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from spa_desktop import keys
from spa_desktop.demo import DemoTask, demo_tasks
from tests.hub import Hub, served

# Read when the libraries are imported or first used, so before any test is.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

# A few examples in every run; `HYPOTHESIS_PROFILE=long` looks for minutes.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

MadeForAll = Callable[[str, Callable[[Path], object]], Path]
MadeOnce = Callable[[object, Path, Callable[[Path], None]], Path]
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """The million objects that the imports make stay to the end: no collection of garbage looks through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test start first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from or written to the user's own folders, and no key is found."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for kind in ("cache", "data", "config", "state"):
            patch.setenv(f"XDG_{kind.upper()}_HOME", str(home / kind))
            patch.setenv(f"SPA_DESKTOP_{kind.upper()}_DIR", str(home / "spa-desktop" / kind))
        for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
            patch.delenv(variable, raising=False)
        yield


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """A test that leaves a thread running makes the tests after it flaky: it fails here instead."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 60.0
    for thread in set(threading.enumerate()) - before:
        # Those of `recognizer._halves` stay for as long as the process lives.
        if not thread.daemon and not thread.name.startswith("halves"):
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), f"the test left the thread {thread.name} running"


@pytest.fixture(autouse=True)
def _no_key_left_behind() -> Iterator[None]:
    """The app takes its key out of the environment and keeps it: the next test starts without."""
    yield
    keys._taken.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """`../shared/data`, with real photos as `DATASET/train/CLASS/*.jpg` and `DATASET/test/CLASS/*.jpg`."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real photos in {folder}")
    return folder


@pytest.fixture(scope="session")
def made_for_all(tmp_path_factory: pytest.TempPathFactory) -> MadeForAll:
    """``made_for_all(name, make)`` gives what `make(path)` makes there, once for all workers. Read it only."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def get(name: str, make: Callable[[Path], object]) -> Path:
        path, made = folder / name, folder / f"{name}.made"
        with FileLock(f"{path}.lock"):
            if not made.exists():
                if path.is_dir():  # half made, by a worker that failed or was killed
                    shutil.rmtree(path)
                path.unlink(missing_ok=True)
                make(path)
                made.touch()
        return path

    return get


@pytest.fixture(scope="session")
def demo_set() -> tuple[DemoTask, ...]:
    """Two of the demo's tasks, `animals` and `indoors`: 8 classes, 10 photos to learn from and 5 to test on."""
    return demo_tasks()[:2]


def plant(root: Path, *names: str) -> Path:
    """Make files of these names in a folder, which are no photos but for their names; folders where they end in /."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).mkdir() if name.endswith("/") else (root / name).write_bytes(b"x")
    return root


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """`photos/1` to `photos/3`: three classes, two, and one; 6 photos to learn from and 3 to test with each."""
    from tests.workbench.tiny import draw_classes

    for number, looks in enumerate((("red", "green", "blue"), ("amber", "violet"), ("teal",)), start=1):
        draw_classes(tmp_path / "photos" / str(number), looks)
    return tmp_path / "photos"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test makes its project."""
    return tmp_path / "Colours.spa"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Every backbone is a tiny one here, with a cache of the test's own; the list holds those that were loaded."""
    from spa_desktop.encoders import backbones
    from tests.workbench.tiny import load_tiny

    made: list[Any] = []
    monkeypatch.setattr(backbones, "load_encoder", load_tiny(made))
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    return made


@pytest.fixture(scope="session")
def cache_of_all(made_for_all: MadeForAll) -> Path:
    """A cache folder of all workers: each demo photo and phrase goes through the embedded backbone once."""
    return made_for_all("cache", Path.mkdir)


@pytest.fixture
def shared_cache(cache_of_all: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache of all workers is this test's."""
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(cache_of_all))


@pytest.fixture(scope="session")
def animal_model(demo_set: tuple[DemoTask, ...], made_for_all: MadeForAll, cache_of_all: Path) -> Any:
    """A `SpaClassifier` that has learned the demo's animals on the embedded backbone. Read it only."""
    from spa_desktop import SpaClassifier

    def learn(file: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SPA_DESKTOP_CACHE_DIR", str(cache_of_all))
            SpaClassifier(progress=False, writer=None).fit(*demo_set[0].labelled()).save(file)

    made = SpaClassifier.load(made_for_all("animals", learn))
    made.progress = False
    return made


@pytest.fixture(scope="session")
def made_once(made_for_all: MadeForAll) -> MadeOnce:
    """``made_once(key, path, make)`` gives a project file that `make(path)` makes on the tiny encoder, and its cache.

    It is made elsewhere the first time, of a copy of the folder `photos` beside the project file, and then copied.
    """
    from spa_desktop.descriptions.offline_writer import OfflineWriter
    from spa_desktop.encoders import backbones
    from tests.workbench.tiny import load_tiny

    def copy(key: object, path: Path, make: Callable[[Path], None]) -> Path:
        photos = path.parent / "photos"
        # Some tests have another writer, or more photos.
        known = hashlib.sha256(repr((key, path.name, OfflineWriter._phrases.__qualname__)).encode())
        for file in sorted(photos.rglob("*.*")):
            known.update(str(file.relative_to(photos)).encode() + file.read_bytes())

        def make_in(folder: Path) -> None:
            shutil.copytree(photos, folder / "photos")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder / "cache"))
                patch.setattr(backbones, "load_encoder", load_tiny())
                make(folder / path.name)

        made = made_for_all(known.hexdigest()[:16], make_in)
        not_photos = shutil.ignore_patterns("photos")
        shutil.copytree(made, path.parent, ignore=not_photos, copy_function=shutil.copyfile, dirs_exist_ok=True)
        moved = sqlite3.connect(path)
        moved.execute("UPDATE photos SET path = replace(path, ?, ?)", (f"{made}/", f"{path.parent}/"))
        moved.commit()
        moved.close()
        return path

    return copy


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A Hugging Face hub of this test's own, without files."""
    with served() as hub:
        yield hub


@pytest.fixture
def hub_here(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub of this process, whose cache is empty."""
    from huggingface_hub import constants

    from spa_desktop.encoders import download

    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    return hub
