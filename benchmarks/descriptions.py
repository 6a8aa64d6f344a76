"""What descriptions are worth: ``python -m benchmarks.descriptions ../shared/data``.

The folder holds data sets in ImageFolder form. On each, SPA learns with four kinds of text, over the same photos, class
orders and seeds, with 5 training photos a class and with all:

* no text: where a text would be, the mean of the class's photos stands; patches are selected by sight alone.
* class name only: "a photo of a {class}." is all that is said, in selection, transport and score.
* offline writer: its text, from the class's exemplars and those of the other classes so far.
* written by hand: the phrases in ``benchmarks/DATASET_phrases.json``, where there is such a file.

What is finished is kept in the cache folder, under all that it depends on, so that the command can be interrupted and
goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from torch.nn.functional import normalize

from spa_desktop import paths
from spa_desktop.bench.baselines import TaskData
from spa_desktop.bench.bench_run import ResultStore, run_method, write_json
from spa_desktop.bench.encoded import EncodedFolder, ImageFolder, class_order, read_image_folder, split_tasks
from spa_desktop.bench.methods import Method, Spa, Texts, Written, named
from spa_desktop.console import ConsoleJob
from spa_desktop.descriptions.file_writer import FileWriter
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.memory import ClassText

INCREMENTS = {"caltech40": 4, "ucmerced21": 3, "grocery40": 4}
SEEDS = (1993, 0, 1)
ARMS = {"none": "no text", "name": "class name only", "offline": "offline writer", "hand": "written by hand"}
HERE = Path(__file__).resolve().parent
CODE = HERE.parent / "spa_desktop"
Cell = dict[str, Any]


def of_photos(name: str, task: TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
    """No text: the mean of a class's photos in the joint space stands in its place."""
    label = [one.replace("_", " ") for one in task.class_names].index(name)
    photos = task.encoder.project(task.pooled[task.labels == label].flatten(0, 1))
    return ClassText.from_name(normalize(photos.mean(0), dim=0))


def method_of(arm: str, phrases: Path) -> Method:
    """SPA with one kind of text. Its settings change with all the code and text that its results come from."""
    config, sources = SpaConfig(), [*CODE.glob("spa/*.py"), CODE / "bench" / "methods.py"]
    make: Callable[[], Texts] = lambda: named  # noqa: E731
    if arm == "none":
        config, make = replace(config, use_descriptions=False), lambda: of_photos
    elif arm == "offline":
        make = Written
        sources += [*CODE.glob("descriptions/*.py"), *paths.resources_dir().glob("phrases/*.toml")]
    elif arm == "hand":
        make = lambda: Written(lambda encoder: FileWriter(phrases, encoder.fits))  # noqa: E731
        sources.append(phrases)
    code = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(sources))).hexdigest()
    return Method(arm, lambda seed: Spa(config, seed=seed, texts=make()), f"{config} {code}")


class Bench:
    """Runs cells, and keeps those that are finished."""

    def __init__(self, encoder: ClipEncoder, job: Job, results: ResultStore | None = None) -> None:
        self._encoder, self._job, self._results = encoder, job, results or ResultStore()
        self._cache = FeatureCache(on_message=job.message)

    def accuracy(self, folder: Path, shots: int | None, seeds: Sequence[int]) -> Iterator[Cell]:
        """``{"set", "shots", "seed", "arm", "average", "last"}`` of each arm on each class order of a data set."""
        data = read_image_folder(folder, shots=shots)
        phrases = HERE / f"{data.name}_phrases.json"
        tasks = split_tasks(len(data.classes), increment=INCREMENTS.get(data.name, max(len(data.classes) // 10, 1)))
        # Only if a cell is missing: to hash all photos takes longer than to look results up.
        encoded = cache(lambda: self._encoded(data))
        for seed in seeds:
            for arm in ARMS if phrases.exists() else list(ARMS)[:-1]:
                method = method_of(arm, phrases)
                stage = f"{data.name}, {shots or 'all'} photos a class, seed {seed}, {ARMS[arm]}"

                def run(method: Method = method, stage: str = stage, seed: int = seed) -> Cell:
                    features = encoded()
                    self._job.stage(stage, total=len(tasks))
                    return run_method(method, features, class_order(seed, len(data.classes)), tasks, seed, self._job)

                found = self._kept({"photos": _photos(data), "shots": shots, "seed": seed}, method, run)
                values = {name: found[name] for name in ("average", "last")}
                yield {"set": data.name, "shots": shots, "seed": seed, "arm": arm, **values}

    def _encoded(self, data: ImageFolder) -> EncodedFolder:
        return EncodedFolder(data, FeatureStore(self._encoder, self._cache), self._job)

    def _kept(self, key: Mapping[str, object], method: Method, run: Callable[[], Cell]) -> Cell:
        whole = {"bench": "descriptions", "encoder": self._encoder.fingerprint, "settings": method.settings, **key}
        found = self._results.get(whole)
        if found is None:
            found = run()
            self._results.put(whole, found)
        return found


def accuracy_table(cells: Sequence[Cell]) -> str:
    """Average / last accuracy, mean and standard deviation over seeds, as Markdown."""
    columns = list(dict.fromkeys((cell["set"], cell["shots"]) for cell in cells))
    titles = " | ".join(f"{name}, {shots or 'all'}" for name, shots in columns)
    lines = [
        f"| text | {titles} | mean of all |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for arm, title in ARMS.items():
        parts = [[c for c in cells if (c["set"], c["shots"], c["arm"]) == (*column, arm)] for column in columns]
        row = [" / ".join(_spread([c[what] for c in part]) for what in ("average", "last")) for part in parts]
        # A mean over fewer sets could not be compared with the others.
        whole = [mean(mean(c[what] for c in part) for part in parts) for what in ("average", "last") if all(parts)]
        lines.append(f"| {title} | {' | '.join(row)} | {' / '.join(f'{value:.2f}' for value in whole)} |")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{mean(values):.2f}" + (f" ({stdev(values):.2f})" if len(values) > 1 else "")


def _photos(data: ImageFolder) -> str:
    names = [[name, [[file.name, file.stat().st_size] for file in files]] for part in (data.train, data.test)
             for name, files in zip(data.classes, part, strict=True)]  # fmt: skip
    return hashlib.sha256(json.dumps([data.name, names]).encode()).hexdigest()


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.descriptions", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(INCREMENTS))
    parser.add_argument("--shots", nargs="+", default=["5", "all"], help='numbers, or "all"')
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--backbone", default="spa-lite")
    parser.add_argument("--quick", action="store_true", help="one data set, 5 photos a class, one seed")
    parser.add_argument("--out", type=Path, help="also write the cells to this JSON file")
    given = parser.parse_args()
    sets, shots, seeds = given.sets, [None if text == "all" else int(text) for text in given.shots], given.seeds
    if given.quick:
        sets, shots, seeds = ["ucmerced21"], [5], seeds[:1]
    encoder = load_encoder(given.backbone)
    cells: list[Cell] = []
    with ConsoleJob() as job:
        bench = Bench(encoder, job)
        for name in sets:
            for count in shots:
                cells += bench.accuracy(given.data / name, count, seeds)
    if given.out is not None:
        write_json(given.out, {"accuracy": cells})
    print(f"{encoder.name}: average / last accuracy in per cent, mean and standard deviation over seeds {seeds}\n")
    print(accuracy_table(cells))


if __name__ == "__main__":
    main()
