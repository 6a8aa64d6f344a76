"""Projects and photos for the tests of the project file."""

import contextlib
import hashlib
import io
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from spa_desktop.project import Project
from spa_desktop.project.records import NewPhoto, Split
from tests import hostile
from tests.faults.project import make_project


def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


_THUMBNAIL = _jpeg()
DUMPS = Path(__file__).parent / "data"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Moths.spa"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid project with something in every table, to be copied."""
    return make_project(tmp_path_factory.mktemp("whole") / "whole.spa")


@pytest.fixture
def project(path: Path) -> Iterator[Project]:
    with Project.create(path) as made:
        yield made


@pytest.fixture
def sql() -> Callable[..., list[tuple[object, ...]]]:
    return hostile.sql


def load(path: Path, version: int) -> Path:
    """A file as a version of the tables wrote it, from its stored dump."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((DUMPS / f"version_{version}.sql").read_text())
    return path


@pytest.fixture
def version_1(path: Path) -> Path:
    return load(path, 1)


@pytest.fixture
def photo() -> Callable[..., NewPhoto]:
    """Makes the record of a photo; the same name gives the same content."""

    def make(name: str, split: Split = "train") -> NewPhoto:
        checksum = hashlib.sha256(name.encode()).hexdigest()
        return NewPhoto(Path("/photos") / f"{name}.jpg", checksum, split, 640, 480, 12345, _THUMBNAIL)

    return make


@pytest.fixture
def tensors() -> Callable[..., bytes]:
    """Makes safetensors bytes; the same seed gives the same bytes."""

    def make(seed: int = 0, size: int = 8) -> bytes:
        return save({"weights": np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32)})

    return make


@pytest.fixture
def draw() -> Callable[..., Path]:
    """Draws a photo file; the same seed gives the same content."""

    def make(file: Path, seed: int, size: tuple[int, int] = (48, 32)) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file)
        return file

    return make


@pytest.fixture
def moths(project: Project, photo, tensors) -> Project:
    """Two trained classes with a test photo each in task 1, one described class in task 2."""
    with project.transaction("add") as tx:
        first, second = tx.add_task("Task 1"), tx.add_task("Task 2")
        for name, task in (("atlas", first), ("luna", first), ("hawk", second)):
            record = tx.add_class(name, task.id)
            tx.add_photos(record.id, [photo(f"{name} {i}", "test" if i == 3 else "train") for i in range(4)])
    describe(project)
    train(project, first.id, tensors(1))
    with project.transaction("evaluate", undo="with_previous") as tx:
        for shot in project.photos(split="test"):
            tx.put_test_features(shot.id, "clip", tensors(shot.id))
        tx.put_evaluation(first.id, {"accuracy": 0.5})
    return project


@pytest.fixture
def closed(moths: Project, path: Path) -> Path:
    """The file of `moths`."""
    moths.close()
    return path


def describe(project: Project) -> None:
    from spa_desktop.project.records import Description, Phrase, Support

    with project.transaction("describe") as tx:
        for record in project.classes():
            first = project.photos(record.id)[0].id
            tx.set_exemplars(record.id, [first])
            phrases = (Phrase("large wings", "offline", (Support(first, 3),)), Phrase("eye spots", "edited"))
            tx.put_description(Description(record.id, phrases, f"The {record.name} has large wings.", "offline"))


def train(project: Project, task_id: int, blob: bytes) -> None:
    taught = [record.id for record in project.classes(task_id)]
    before = project.learner_info()
    with project.transaction("train") as tx:
        tx.put_learner(
            blob,
            based_on=before,
            task_id=task_id,
            class_ids=[*(before.class_ids if before else ()), *taught],
            trained_class_ids=taught,
            learned_photo_ids=[shot.id for key in taught for shot in project.photos(key, split="train")],
            meta={"K": 16},
        )


@pytest.fixture
def train_task() -> Callable[[Project, int, bytes], None]:
    return train


@pytest.fixture
def as_anyone() -> Iterator[Callable[[], contextlib.AbstractContextManager[Path]]]:
    """Gives a folder in which permissions count, also where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)

        @contextlib.contextmanager
        def drop() -> Iterator[Path]:
            if os.name == "nt":
                pytest.skip("Windows has no read-only folders")
            if os.getuid() != 0:
                yield folder
                return
            os.setresuid(65534, 65534, 0)
            try:
                yield folder
            finally:
                os.setresuid(0, 0, 0)

        yield drop
        folder.chmod(0o755)
