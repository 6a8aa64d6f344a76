"""One project beside the model of it: what holds after every step, undo and redo, and others who open the file.

All sequences of a run share photos, a tiny encoder and figures.
"""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spa_desktop.encoders import backbones
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.errors import InputError
from spa_desktop.feature_store import as_kept
from spa_desktop.project import Project, ProjectBusy
from spa_desktop.workbench import Workbench
from tests.faults.crash import in_a_fork
from tests.faults.expected_project import Expected, Photo, content_of
from tests.workbench.tiny import LOOKS, TinyEncoder, draw_photo

PHOTOS_OF_A_LOOK = 40


@dataclass
class Place:
    """What all sequences of a run share: photos, an encoder, features of the photos that are asked about, figures."""

    folder: Path
    encoder: TinyEncoder = field(default_factory=TinyEncoder)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.photos = {
            look: [
                draw_photo(self.folder / "photos" / f"{look}-{seed}.png", look, seed)
                for seed in range(PHOTOS_OF_A_LOOK)
            ]
            for look in LOOKS
        }
        probes = [draw_photo(self.folder / "probes" / f"{look}.png", look, 999) for look in LOOKS]
        encoded = list(encode_files(self.encoder, probes))
        self.pooled = torch.stack([one.pooled for one in encoded])
        self.patches = as_kept(self.encoder.project(torch.stack([one.patches for one in encoded])))


_now: list[Place] = []


@contextmanager
def place() -> Iterator[Place]:
    """A folder, in memory where there is such a file system, with the tiny encoder for every backbone."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(Path(name, "cache")))
        here = Place(Path(name))
        _now.append(here)
        patch.setattr(backbones, "load_encoder", lambda *_, **__: here.encoder)
        try:
            yield here
        finally:
            _now.remove(here)


def second_program(path: Path, *, rename: tuple[int, str] | None = None) -> Any:
    """What another program finds in the project, after it has renamed a class; "busy" if it may not write."""

    def look() -> Any:
        try:
            with Project.open(path, write=rename is not None) as project:
                if rename is not None:
                    with project.transaction("rename", "from elsewhere") as tx:
                        tx.rename_class(*rename)
                return content_of(project)
        except ProjectBusy:
            return "busy"

    return in_a_fork(look)


class AtOneProject(RuleBasedStateMachine):
    """The project, the model of it, and what is the same in all steps."""

    def __init__(self) -> None:
        super().__init__()
        self.here = _now[-1]
        self.folder = Path(tempfile.mkdtemp(dir=self.here.folder))
        self.path = self.folder / "It.spa"
        self.bench = Workbench.create(self.path)
        self.model = Expected()
        self.undone: list[Expected] = []
        self.done: list[Expected] = []
        self.used: Counter[str] = Counter()
        self.folders = 0

    def teardown(self) -> None:
        self.bench.close()
        shutil.rmtree(self.folder)
        self.here.done["sequences"] += 1
        if self.here.done["sequences"] % 100 == 0:
            sys.stderr.write(f"{self.here.done['sequences']} sequences\n")

    # Means

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A change that is one step of undo."""
        before = self.model.copy()
        yield
        self.did(name, before)
        self.here.done[name] += 1

    def did(self, name: str, before: Expected) -> None:
        """A step was done: it can be undone, and what was undone cannot be done again."""
        before.next_step = name
        self.done.append(before)
        self.undone.clear()

    def refuse(self, name: str, act: Callable[[], object]) -> None:
        """It has to say no in one line, and change nothing."""
        with pytest.raises(InputError) as caught:
            act()
        assert "\n" not in str(caught.value)
        self.here.refused[name] += 1

    def edit(self, name: str, act: Callable[[Any], object]) -> None:
        with self.bench.project.transaction(name) as tx:
            act(tx)

    def asked(self) -> Any:
        """What the model says to the same few photos, to the last bit; None if there is none."""
        if self.bench.project.learner_info() is None:
            return None
        learner, _ = self.bench.learned()
        return learner.keys, learner.scores(self.here.pooled, self.here.patches).numpy().tobytes()

    def fresh_photos(self, look: str, count: int) -> list[Path]:
        start = self.used[look]
        self.used[look] += count
        return self.here.photos[look][start : start + count]

    def lay_out(self, classes: dict[str, tuple[list[Path], list[Path]]]) -> Path:
        """A folder with train and test photos of classes by name."""
        self.folders += 1
        folder = self.folder / str(self.folders)
        for name, splits in classes.items():
            for split, files in zip(("train", "test"), splits, strict=True):
                for file in files:
                    target = folder / split / name / file.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, target)
        return folder if (folder / "test").is_dir() else folder / "train"

    def take_over_photos(self) -> None:
        for one in self.bench.project.photos():
            if one.id not in self.model.photos:
                self.model.photos[one.id] = Photo(one.class_id, one.split)
                self.model.photos_change([one.id])

    def take_over_texts(self, class_ids: list[int]) -> None:
        for key in class_ids:
            text = self.bench.project.description(key)
            known = self.model.classes[key]
            known.words = (text.sentence, *(phrase.text for phrase in text.phrases))
            known.state = "described" if known.state == "new" else known.state

    def a_class(self, data: st.DataObject, among: list[int] | None = None) -> int:
        return data.draw(st.sampled_from(sorted(self.model.classes) if among is None else sorted(among)), label="class")

    def some_photos(self, data: st.DataObject) -> list[int]:
        keys = st.sampled_from(sorted(self.model.photos))
        return data.draw(st.lists(keys, min_size=1, max_size=4, unique=True), label="photos")

    # Back and forth

    @precondition(lambda self: self.done)
    @rule(count=st.integers(1, 3))
    def undo(self, count: int) -> None:
        for _ in range(min(count, len(self.done))):
            assert self.bench.project.undo() is not None
            self.undone.append(self.model)
            self.model = self.done.pop()
            self.here.done["undo"] += 1
            self.holds()

    @precondition(lambda self: self.undone)
    @rule(count=st.integers(1, 3))
    def redo(self, count: int) -> None:
        for _ in range(min(count, len(self.undone))):
            assert self.bench.project.redo() is not None
            self.done.append(self.model)
            self.model = self.undone.pop()
            self.here.done["redo"] += 1
            self.holds()

    @rule()
    def reopen(self) -> None:
        self.bench.close()
        self.bench = Workbench.open(self.path)
        self.done, self.undone = [], []
        self.here.done["reopen"] += 1

    # Another window, another program

    @rule()
    def look_from_a_second_window(self) -> None:
        with pytest.raises(ProjectBusy):
            Workbench.open(self.path)
        with Workbench.open(self.path, write=False) as other:
            assert content_of(other.project) == self.model.content()
        self.here.done["second window"] += 1

    @rule()
    def look_from_a_second_program(self) -> None:
        assert second_program(self.path) == self.model.content()
        if self.model.classes:
            assert second_program(self.path, rename=(min(self.model.classes), "theirs")) == "busy"
        self.here.done["second program reads"] += 1

    @precondition(lambda self: self.model.classes)
    @rule(data=st.data())
    def change_in_a_second_program(self, data: st.DataObject) -> None:
        key = self.a_class(data)
        self.bench.close()
        name = f"theirs {self.here.done['second program writes']}"
        self.model.classes[key].name = name
        assert second_program(self.path, rename=(key, name)) == self.model.content()
        self.bench = Workbench.open(self.path)
        self.done, self.undone = [], []
        self.here.done["second program writes"] += 1

    @invariant()
    def holds(self) -> None:
        report = self.bench.check()
        assert report.is_valid, report.problems
        assert content_of(self.bench.project) == self.model.content()
        assert self.asked() == self.model.answers, "the model answers as it did"
        self.what_is_called_learned_is_learned()
        assert len(self.bench.project.undo_changes) == len(self.done)
        assert len(self.bench.project.redo_changes) == len(self.undone)

    def what_is_called_learned_is_learned(self) -> None:
        """Each class is known by as many photos as it should be; one up to date by those that it has for training."""
        if not self.model.known:
            return
        learner, _ = self.bench.learned()
        assert learner.memory is not None
        views = self.here.pooled.shape[1]
        counts = dict(zip(learner.keys, (learner.memory.globals.counts / views).tolist(), strict=True))
        assert counts == {str(key): len(seen) for key, seen in self.model.seen.items()}
        for key, one in self.model.classes.items():
            if one.state == "trained":
                assert counts[str(key)] == len(self.model.photos_of(key, split="train", is_usable=True)), one.name
