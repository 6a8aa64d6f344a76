"""Verbs in any order on one project: what must hold after each, whatever it was.

:func:`run` has Hypothesis choose the sequences. After each step the file is valid, and a trained class is known by as
many photos as it has. What was refused or cancelled has changed nothing; undo and redo bring each state back exactly,
with the same answers of the model to the last bit; so does opening the project again, here or elsewhere.
What a single verb should do is tested in tests/project and tests/workbench.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from spa_desktop.encoders import backbones
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.errors import InputError
from spa_desktop.feature_store import as_kept
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.project import Project, ProjectBusy
from spa_desktop.project.folders import add_classes
from spa_desktop.project.records import Phrase
from spa_desktop.workbench import class_changes, describing, evaluating, recognition, training
from spa_desktop.workbench.open_project import OpenProject
from tests.faults.crash import in_a_fork
from tests.workbench.tiny import LOOKS, TinyEncoder, draw_photo

PHOTOS_OF_A_LOOK = 40
CLASS_NAMES = ("red", "Red", "été", "o'hara", "100 %", "水", "b_c", "-x")
TASK_NAMES = ("Task 1", "birds", "Vögel", "a;b")
_LEARNING = (Stage.MEASURE, Stage.SELECT, Stage.ALIGN, Stage.PROJECT, Stage.TOP_UP)
STAGES = st.sampled_from((Stage.ENCODE, Stage.DESCRIBE, *_LEARNING, Stage.TEST, Stage.HOLD_OUT, Stage.SAVE))
Data = st.DataObject


@dataclass
class Place:
    """What all sequences of a run share: photos, an encoder, features of the photos that are asked about, figures."""

    folder: Path
    encoder: TinyEncoder = field(default_factory=TinyEncoder)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.photos = {
            look: [draw_photo(self.folder / "photos" / f"{look}-{n}.png", look, n) for n in range(PHOTOS_OF_A_LOOK)]
            for look in LOOKS
        }
        self.probes = [draw_photo(self.folder / "probes" / f"{look}.png", look, 999) for look in LOOKS]
        encoded = list(encode_files(self.encoder, self.probes))
        self.pooled = torch.stack([one.pooled for one in encoded])
        self.patches = as_kept(self.encoder.project(torch.stack([one.patches for one in encoded])))


_now: list[Place] = []


@contextlib.contextmanager
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


def content_of(project: Project) -> dict[str, Any]:
    """What a project holds, as JSON would have it."""
    info = project.learner_info()
    return {
        "tasks": [[one.id, one.name, one.state] for one in project.tasks()],
        "classes": [[one.id, one.name, one.task_id, one.state] for one in project.classes()],
        "photos": [
            [one.id, one.class_id, one.split, one.is_set_aside, one.is_learned, one.exemplar]
            for one in project.photos(set_aside=None)
        ],
        "texts": [
            [key, text.sentence, [phrase.text for phrase in text.phrases], text.is_approved]
            for key, text in sorted(project.descriptions().items())
        ],
        "known": sorted(info.class_ids) if info else [],
    }


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


class Sequences(RuleBasedStateMachine):
    """A person, or two, at one project.

    Attributes:
        done: the states that undo leads back to, the next one last; None for one that was passed and not seen yet.
        undone: likewise of redo.
    """

    def __init__(self) -> None:
        super().__init__()
        self.here = _now[-1]
        self.folder = Path(tempfile.mkdtemp(dir=self.here.folder))
        self.path = self.folder / "It.spa"
        self.bench = OpenProject.create(self.path)
        self.done: list[Any] = []
        self.undone: list[Any] = []
        self.used: Counter[str] = Counter()
        self.folders = 0
        self.state = self.look()

    @initialize(data=st.data(), learned=st.integers(0, 2))
    def begin(self, data: Data, learned: int) -> None:
        """Something is there, and often something is learned."""
        self.add_classes(data)
        for _ in range(learned):
            self.train(data)
            self.add_classes(data)

    def teardown(self) -> None:
        self.bench.close()
        shutil.rmtree(self.folder)
        self.here.done["sequences"] += 1
        if self.here.done["sequences"] % 100 == 0:
            sys.stderr.write(f"{self.here.done['sequences']} sequences\n")

    def look(self) -> Any:
        """All that a project holds, and what its model says to the same few photos, to the last bit."""
        if self.bench.project.learner_info() is None:
            return content_of(self.bench.project), None
        learner, _ = recognition.learned(self.bench)
        scores = learner.scores(self.here.pooled, self.here.patches).numpy().tobytes()
        return content_of(self.bench.project), (learner.keys, scores)

    def act(self, name: str, verb: Callable[[], object]) -> None:
        """A step, which is done, or refused in one line."""
        changes = len(self.bench.project.undo_changes)
        try:
            verb()
        except (InputError, Cancelled) as error:
            assert "\n" not in str(error)  # noqa: PT017 - any verb may be refused
            self.here.refused[name] += 1
            described = len(self.bench.project.undo_changes) - changes
            assert described in ((0, 1) if name.startswith("train") else (0,))  # texts of classes that had none
            if not described:
                assert self.look() == self.state, f"{name} was refused, and changed something"
            assert self.look()[1] == self.state[1], f"{name} was refused, and changed answers"
        else:
            self.here.done[name] += 1
        self.done += [self.state, None][: len(self.bench.project.undo_changes) - changes]
        if not self.bench.project.redo_changes:
            self.undone.clear()
        self.state = self.look()

    def edit(self, name: str, change: Callable[[Any], object]) -> None:
        def verb() -> None:
            with self.bench.project.transaction(name) as tx:
                change(tx)

        self.act(name, verb)

    def one(self, data: Data, found: list[Any]) -> int:
        return int(data.draw(st.sampled_from([item.id for item in found]), label="which"))

    def a_class(self, data: Data) -> int:
        return self.one(data, self.bench.project.classes())

    def a_task(self, data: Data) -> int:
        return self.one(data, self.bench.project.tasks())

    def some_photos(self, data: Data) -> list[int]:
        keys = st.sampled_from([one.id for one in self.bench.project.photos(set_aside=None)])
        return list(data.draw(st.lists(keys, min_size=1, max_size=4, unique=True), label="photos"))

    def has_classes(self) -> bool:
        return bool(self.state[0]["classes"])

    def has_photos(self) -> bool:
        return bool(self.state[0]["photos"])

    def lay_out(self, data: Data, names: list[str]) -> Path:
        """A folder with train and test photos of classes by name."""
        self.folders += 1
        folder = self.folder / str(self.folders)
        for name in names:
            look = data.draw(st.sampled_from(sorted(LOOKS)), label="look")
            for split, count in (("train", data.draw(st.integers(1, 4))), ("test", data.draw(st.integers(0, 2)))):
                for file in self.here.photos[look][self.used[look] : self.used[look] + count]:
                    target = folder / split / name / file.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, target)
                self.used[look] += count
        return folder if (folder / "test").is_dir() else folder / "train"

    # Photos, classes and tasks

    @precondition(lambda self: len(self.state[0]["classes"]) < 6)
    @rule(data=st.data())
    def add_classes(self, data: Data) -> None:
        names = data.draw(st.lists(st.sampled_from(CLASS_NAMES), min_size=1, max_size=2, unique=True), label="names")
        folder, task = self.lay_out(data, names), data.draw(st.sampled_from(TASK_NAMES), label="task")
        job = Job()
        if data.draw(st.booleans(), label="cancelled"):
            job.cancel()
            self.act("add, cancelled", lambda: add_classes(self.bench.project, [folder], job, task=task))
        self.act("add", lambda: add_classes(self.bench.project, [folder], task=task, test_share=0.0))

    @precondition(has_classes)
    @rule(data=st.data(), is_meant=st.booleans())
    def top_up(self, data: Data, is_meant: bool) -> None:
        folder = self.lay_out(data, [self.bench.project.class_(self.a_class(data)).name])
        self.act("top up", lambda: add_classes(self.bench.project, [folder], top_up=is_meant, test_share=0.0))

    @precondition(has_classes)
    @rule(data=st.data(), name=st.sampled_from(CLASS_NAMES))
    def rename_class(self, data: Data, name: str) -> None:
        key = self.a_class(data)
        self.edit("rename", lambda tx: tx.rename_class(key, name))

    @precondition(has_classes)
    @rule(data=st.data(), name=st.sampled_from(TASK_NAMES), what=st.sampled_from(("rename", "move class", "delete")))
    def change_tasks(self, data: Data, name: str, what: str) -> None:
        key, task = self.a_class(data), self.a_task(data)
        changes: dict[str, Callable[[Any], object]] = {
            "rename": lambda tx: tx.rename_task(task, name),
            "move class": lambda tx: tx.move_class(key, task),
            "delete": lambda tx: tx.delete_task(task),
        }
        self.edit(f"task: {what}", changes[what])

    @precondition(has_photos)
    @rule(data=st.data(), is_so=st.booleans(), what=st.sampled_from(("move", "delete", "set aside", "split")))
    def change_photos(self, data: Data, is_so: bool, what: str) -> None:
        photos, target = self.some_photos(data), self.a_class(data)
        changes: dict[str, Callable[[Any], object]] = {
            "move": lambda tx: tx.move_photos(photos, target),
            "delete": lambda tx: tx.delete_photos(photos),
            "set aside": lambda tx: tx.set_aside(photos, is_so),
            "split": lambda tx: tx.set_split(photos, "train" if is_so else "test"),
        }
        self.edit(f"photos: {what}", changes[what])

    @precondition(has_classes)
    @rule(data=st.data())
    def merge(self, data: Data) -> None:
        source, target = self.a_class(data), self.a_class(data)
        self.act("merge", lambda: class_changes.merge_classes(self.bench, source, target))

    @precondition(has_classes)
    @rule(data=st.data())
    def delete_class(self, data: Data) -> None:
        key = self.a_class(data)
        self.act("delete class", lambda: class_changes.forget_class(self.bench, key))

    # Texts, and what was learned

    @precondition(has_classes)
    @rule(data=st.data(), words=st.sampled_from(["long ears", "a striped <b>tail</b>", "rote Flügel"]))
    def change_text(self, data: Data, words: str) -> None:
        key = self.a_class(data)
        self.act("describe", lambda: describing.describe(self.bench, class_ids=[key]))
        text = self.bench.project.description(key)
        if text is not None:
            new = replaced(text, phrases=(Phrase(words, "edited"), *text.phrases[1:]), created="")
            self.edit("edit text", lambda tx: tx.put_description(new))
            self.edit("approve", lambda tx: tx.approve_descriptions([key]))

    @precondition(has_classes)
    @rule(data=st.data())
    def train(self, data: Data) -> None:
        title = self.bench.project.task(self.a_task(data)).name
        self.act("train", lambda: training.train(self.bench, task=title))

    @precondition(has_classes)
    @rule(stage=STAGES)
    def cancel_training(self, stage: Stage) -> None:
        def hear(event: JobEvent) -> None:
            if event.stage == stage:
                job.cancel()

        job = Job(hear)
        self.act("train, cancelled", lambda: training.train(self.bench, job))

    @rule()
    def undo_training(self) -> None:
        if self.bench.project.undo_changes and self.bench.project.undo_changes[0].verb == "train":
            self.undo(1)  # the last step is undone, and can be done again
        else:
            self.act("undo training", partial(class_changes.undo_training, self.bench))

    @rule()
    def forget_all(self) -> None:
        self.act("forget all", partial(class_changes.forget_all, self.bench))

    @precondition(has_classes)
    @rule()
    def ask(self) -> None:
        self.act("evaluate", lambda: evaluating.evaluate(self.bench))
        self.act("classify", lambda: recognition.classify(self.bench, self.here.probes[:1], singly=True))

    # Back and forth, another window, another program

    def go(self, name: str, count: int, left: list[Any], other: list[Any]) -> None:
        for _ in range(min(count, len(left))):
            assert getattr(self.bench.project, name)() is not None
            other.append(self.state)
            expected, self.state = left.pop(), self.look()
            assert expected in (None, self.state), f"{name} leads elsewhere"
            self.here.done[name] += 1
            self.holds()

    @rule(count=st.integers(1, 3))
    def undo(self, count: int) -> None:
        self.go("undo", count, self.done, self.undone)

    @rule(count=st.integers(1, 3))
    def redo(self, count: int) -> None:
        self.go("redo", count, self.undone, self.done)

    @rule(data=st.data(), is_changed=st.booleans())
    def reopen(self, data: Data, is_changed: bool) -> None:
        self.bench.close()
        if is_changed and self.has_classes():
            name = f"theirs {self.here.done['reopen']}"
            key = int(data.draw(st.sampled_from([one[0] for one in self.state[0]["classes"]])))
            changed = second_program(self.path, rename=(key, name))
            assert [one[0] for one in changed["classes"] if one[1] == name] == [key]
            self.state = changed, self.state[1]
        self.bench = OpenProject.open(self.path)
        assert self.look() == self.state
        self.done, self.undone = [], []
        self.here.done["reopen"] += 1

    @rule()
    def look_from_elsewhere(self) -> None:
        with pytest.raises(ProjectBusy):
            OpenProject.open(self.path)
        with OpenProject.open(self.path, write=False) as other:
            assert content_of(other.project) == self.state[0]
        assert second_program(self.path) == self.state[0]
        assert second_program(self.path, rename=(1, "theirs")) == "busy"
        self.here.done["second program"] += 1

    @invariant()
    def holds(self) -> None:
        report = recognition.check(self.bench)
        assert report.is_valid, report.problems
        assert self.look() == self.state
        assert len(self.bench.project.undo_changes) == len(self.done)
        assert len(self.bench.project.redo_changes) == len(self.undone)
        if self.state[1] is not None:
            learner, _ = recognition.learned(self.bench)
            views = self.here.pooled.shape[1]
            counts = dict(zip(learner.keys, (learner.memory.globals.counts / views).tolist(), strict=True))
            for one in self.bench.project.classes():
                if one.state == "trained":
                    assert counts[str(one.id)] == len(self.bench.project.photos(one.id, split="train")), one.name


def run(sequences: int, *, steps: int, chance: int = 0) -> tuple[Counter[str], Counter[str]]:
    """Do so many sequences of so many steps; give how often each was done, and how often it was refused."""
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=True,
    )
    with place() as here:
        run_state_machine_as_test(seed(chance)(Sequences), settings=chosen)
        return here.done, here.refused
