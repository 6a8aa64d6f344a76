"""The verbs of the workbench on the tiny encoder, to be killed at any statement: see :mod:`tests.faults.kills`."""

from collections.abc import Callable
from pathlib import Path

from spa_desktop.encoders import backbones
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import class_changes, describing, evaluating, training
from spa_desktop.workbench.open_project import OpenProject
from tests.faults.kills import Work
from tests.workbench.tiny import draw_classes, load_tiny


def make_projects(folder: Path) -> dict[str, tuple[Path, Work]]:
    """By verb a project, alone in a folder, and the verb to be done on it. Photos and caches lie in `folder` as well.

    From now on every backbone is the tiny encoder in this process.
    """
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    first = draw_classes(folder / "photos" / "1", ("red", "green"), train=3, test=1)
    second = draw_classes(folder / "photos" / "2", ("blue",), train=3, test=1)

    def make(name: str, *steps: Callable[[OpenProject], object]) -> Path:
        path = folder / name / "Colours.spa"
        path.parent.mkdir()
        with OpenProject.create(path) as bench:
            for step in steps:
                step(bench)
        return path

    def on(work: Callable[[OpenProject], object]) -> Work:
        def do(path: Path) -> None:
            with OpenProject.open(path) as bench:
                work(bench)

        return do

    def add(bench: OpenProject) -> object:
        return add_classes(bench.project, [first], task="Task 1")

    def add_more(bench: OpenProject) -> object:
        return add_classes(bench.project, [second], task="Task 2")

    def train(bench: OpenProject) -> object:
        return training.train(bench)

    def class_ids(bench: OpenProject) -> list[int]:
        return [record.id for record in bench.project.classes()]

    learned = make("learned", add, train)
    added = make("added", add, train, add_more)
    return {
        "add": (learned, on(add_more)),
        "describe": (added, on(lambda bench: describing.describe(bench))),
        "train": (added, on(train)),
        "evaluate": (learned, on(lambda bench: evaluating.evaluate(bench))),
        "undo training": (learned, on(lambda bench: class_changes.undo_training(bench))),
        "merge": (learned, on(lambda bench: class_changes.merge_classes(bench, *class_ids(bench)[:2]))),
        "forget a class": (learned, on(lambda bench: class_changes.forget_class(bench, class_ids(bench)[0]))),
        "forget all": (learned, on(lambda bench: class_changes.forget_all(bench))),
    }
