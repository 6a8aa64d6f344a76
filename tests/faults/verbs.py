"""The verbs of the workbench on the tiny encoder, to be killed at any statement: see :mod:`tests.faults.kills`."""

from collections.abc import Callable
from pathlib import Path

from spa_desktop.encoders import backbones
from spa_desktop.workbench import Workbench
from tests.faults.kills import Work
from tests.workbench.tiny import draw_classes, load_tiny


def make_projects(folder: Path) -> dict[str, tuple[Path, Work]]:
    """By verb a project, alone in a folder, and the verb to be done on it. Photos and caches lie in `folder` as well.

    From now on every backbone is the tiny encoder in this process.
    """
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    first = draw_classes(folder / "photos" / "1", ("red", "green"), train=3, test=1)
    second = draw_classes(folder / "photos" / "2", ("blue",), train=3, test=1)

    def make(name: str, *steps: Callable[[Workbench], object]) -> Path:
        path = folder / name / "Colours.spa"
        path.parent.mkdir()
        with Workbench.create(path) as bench:
            for step in steps:
                step(bench)
        return path

    def on(work: Callable[[Workbench], object]) -> Work:
        def do(path: Path) -> None:
            with Workbench.open(path) as bench:
                work(bench)

        return do

    def add(bench: Workbench) -> object:
        return bench.add([first], task="Task 1")

    def add_more(bench: Workbench) -> object:
        return bench.add([second], task="Task 2")

    def train(bench: Workbench) -> object:
        return bench.train()

    def class_ids(bench: Workbench) -> list[int]:
        return [record.id for record in bench.project.classes()]

    learned = make("learned", add, train)
    added = make("added", add, train, add_more)
    return {
        "add": (learned, on(add_more)),
        "describe": (added, on(lambda bench: bench.describe())),
        "train": (added, on(train)),
        "evaluate": (learned, on(lambda bench: bench.evaluate())),
        "undo training": (learned, on(lambda bench: bench.undo_training())),
        "merge": (learned, on(lambda bench: bench.merge_classes(*class_ids(bench)[:2]))),
        "forget a class": (learned, on(lambda bench: bench.forget_class(class_ids(bench)[0]))),
        "forget all": (learned, on(lambda bench: bench.forget_all())),
    }
