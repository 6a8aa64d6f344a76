"""What shortlists of classes change, on real photos: ``python -m benchmarks.shortlist FOLDER``.

FOLDER holds caltech40, ucmerced21 and grocery40, each in ImageFolder form. One learner learns the classes of all of
them, task by task, from five photos each. Then every test photo is scored over all classes exactly, with the
alignment of M classes, and with patches that are selected among M: see `shortlist` in `spa_desktop/spa/patches.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.accuracy import FEW, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.bench.baselines import Photos
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedFolder, class_order, read_image_folder, split_tasks
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Stage
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.patches import shortlist, with_least
from spa_desktop.spa.scorer import ALIGNED, Scorer

COUNTS = (2, 4, 8, 16, 32, 64)
CHANGED = ("answers changed", "lists of the five best changed", "most that a probability changed")
ALIGNMENT = EVIDENCE.index("alignment")
REST = [index for index in range(len(EVIDENCE)) if index != ALIGNMENT]


def main() -> None:
    """Learn, score and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shortlist", description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    with ConsoleJob() as job:
        store = FeatureStore(load_encoder("spa-lite"), FeatureCache())
        method = METHODS["spa"].make(SEED)
        tests: list[Photos] = []
        names: list[str] = []
        assert isinstance(method, Spa), "spa is made of the learner"
        for name, increment in INCREMENTS.items():
            if not (arguments.folder / name).is_dir():
                continue
            data = read_image_folder(arguments.folder / name, shots=FEW)
            encoded, order = EncodedFolder(data, store, job), class_order(SEED, len(data.classes))
            tasks = split_tasks(len(order), increment=increment)
            job.stage(Stage.BENCH, total=len(tasks), detail=name)
            for task in tasks:
                method.learn(encoded.task([order[place] for place in task]))
                job.advance()
            tests.append(encoded.test(order)[0])
            names.append(name)
        if not tests:
            raise SystemExit(f"None of {', '.join(INCREMENTS)} is in {arguments.folder}")
        learner = method.learner
        classes = len(learner.keys)
        exact = _evidence(learner, tests, compared=classes, aligned=classes)
        selected = {n: _evidence(learner, tests, compared=n, aligned=ALIGNED) for n in COUNTS if n < classes}
    compare(exact, selected, learner.scorer.weights, names)


def _evidence(learner: SpaLearner, tests: list[Photos], *, compared: int, aligned: int) -> Tensor:
    assert learner.memory is not None, "tasks were learned"
    scorer = Scorer(learner.memory, learner.image_projection, learner.config, compared=compared, aligned=aligned)
    return torch.cat([scorer(t.pooled[part], patches).evidence for t in tests for part, patches in t.patches()])


def compare(evidence: Tensor, selected: dict[int, Tensor], weights: Tensor, names: list[str]) -> None:
    """Print what shortlists change in ``(n, C, 4)`` evidence: of alignment, and of selection with how many each."""
    photos, classes = evidence.shape[:2]
    exact = evidence @ weights
    by_rest = evidence[..., REST] @ weights[REST]
    answers = exact.argmax(dim=1, keepdim=True)
    places = (by_rest > by_rest.gather(1, answers)).sum(dim=1) + 1
    print(f"{photos:,} test photos of {', '.join(names)}: {classes} classes.")
    print(f"By the other evidence the answer was in place {int(places.max())} at the worst.\n")
    rows = []
    for count in COUNTS:
        if count < classes:
            pruned = evidence.clone()
            chosen = shortlist(by_rest, count)
            pruned[..., ALIGNMENT] = with_least(evidence[..., ALIGNMENT].gather(1, chosen), chosen, classes)
            rows.append((str(count), *_cells(pruned @ weights, exact)))
    print(markdown(("aligned with", *CHANGED), rows), end="\n\n")
    rows = [(str(count), *_cells(found @ weights, exact)) for count, found in selected.items()]
    print(markdown((f"selected among, {ALIGNED} aligned", *CHANGED), rows))


def _cells(found: Tensor, exact: Tensor) -> tuple[str, ...]:
    moved = float((found.softmax(dim=1) - exact.softmax(dim=1)).abs().max())
    return str(_changed(found, exact, 1)), str(_changed(found, exact, 5)), f"{moved:.4f}"


def _changed(found: Tensor, exact: Tensor, best: int) -> int:
    first, second = (scores.topk(best, dim=1).indices.sort(dim=1).values for scores in (found, exact))
    return int((first != second).any(dim=1).sum())


if __name__ == "__main__":
    main()
