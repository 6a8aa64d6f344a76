"""Exports against the app, agreement, size and time a photo: ``python -m benchmarks.export ../shared/data/caltech40``.

Agreement is over every test photo of each set, of a classifier that learned ten classes at a time from the training
photos. Sizes and times of 10, 100 and 1,000 classes are of drawn learners: what they cost does not depend on what they
learned. With ``--browser PACKAGE`` the page is timed in Chromium too (the npm package of the browser's runtime).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from PIL import Image

from benchmarks.speed.drawn import grown
from benchmarks.speed.timing import milliseconds, take_turns
from spa_desktop import SpaClassifier
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.export.browser_runtime import read_runtime
from spa_desktop.export.classifier_folder import ExportedClassifier, export_classifier
from spa_desktop.export.model_graph import PHOTO, PROBABILITIES, model_bytes
from spa_desktop.recognizer import KnownClass, Recognizer

TASK = 10
SIZES = (10, 100, 1000)
_ROUNDS = 15


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="data sets with train/ and test/")
    parser.add_argument("--browser", type=Path, metavar="PACKAGE", help="time the page in Chromium too")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of classes to time")
    arguments = parser.parse_args()
    if arguments.sets:
        print("| set | classes | test photos | weights | MB | same first answer | largest difference | mean |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for folder in arguments.sets:
            for row in agreement(folder):
                print(f"| {' | '.join(row)} |", flush=True)
    if arguments.sizes:
        print("\n| classes | MB | MB, half | MB, half, zipped | load, s | app, ms | ONNX, ms | browser, ms |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for row in costs(arguments.sizes, arguments.browser):
            print(f"| {' | '.join(row)} |", flush=True)


def agreement(folder: Path) -> Iterator[tuple[str, ...]]:
    """Rows of one data set: single precision, half precision, eight bits."""
    classifier = SpaClassifier(progress=False)
    names = sorted(one.name for one in (folder / "train").iterdir())
    for start in range(0, len(names), TASK):
        photos = [(p, n) for n in names[start : start + TASK] for p in sorted((folder / "train" / n).iterdir())]
        classifier.partial_fit([photo for photo, _ in photos], [name for _, name in photos])
    tests = [photo for name in names for photo in sorted((folder / "test" / name).iterdir())]
    columns = [classifier.classes_.tolist().index(label) for label in classifier.labels_]
    ours = classifier.predict_proba(tests)[:, columns]
    recognizer = classifier._recognizer(classifier.views)
    models = {
        is_half: model_bytes(classifier._encoder(), classifier.learner_, {}, is_half=is_half) for is_half in (0, 1)
    }
    variants = (("single", models[0]), ("half", models[1]), ("eight bits", in_eight_bits(models[0])))
    sessions = [session_of(content) for _, content in variants]
    found: list[list[np.ndarray]] = [[] for _ in variants]
    for path in tests:
        pixels = np.asarray(recognizer.open(path))
        for answers, session in zip(found, sessions, strict=True):
            answers.append(session.run([PROBABILITIES], {PHOTO: pixels[None]})[0][0])
    for (name, content), answers in zip(variants, found, strict=True):
        theirs = np.stack(answers)
        same = int((theirs.argmax(axis=1) == ours.argmax(axis=1)).sum())
        off = np.abs(theirs - ours).max(axis=1)
        size = len(content) / 1e6 / (4 if name == "eight bits" else 1)
        yield (
            folder.name,
            str(len(names)),
            str(len(tests)),
            name,
            f"{size:.1f}",
            f"{same} of {len(tests)}",
            f"{off.max():.4f}",
            f"{off.mean():.5f}",
        )


def in_eight_bits(content: bytes) -> bytes:
    """The model with its large weights rounded to eight bits, a scale for each row of their longest side."""
    model = onnx.load_model_from_string(content)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < 4096:
            continue
        # Convolutions have a scale for each output channel; matrices for each column, which is one output.
        axes = tuple(range(1, array.ndim)) if array.ndim == 4 else (0,)
        scale = np.maximum(np.abs(array).max(axis=axes, keepdims=True) / 127, 1e-12)
        rounded = (np.round(array / scale) * scale).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(rounded, tensor.name))
    return bytes(model.SerializeToString())


def costs(sizes: list[int] | tuple[int, ...], package: Path | None) -> Iterator[tuple[str, ...]]:
    """Rows of sizes and times."""
    encoder, learner = load_encoder("spa-lite", device="cpu"), None
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)).resize(
        (640, 480), Image.Resampling.BICUBIC
    )
    pixels = np.asarray(photo)
    for count in sizes:
        learner = grown(learner, count, encoder)
        labels = tuple(f"class {place}" for place in range(count))
        whole = model_bytes(encoder, learner, {})
        half = model_bytes(encoder, learner, {}, is_half=True)
        started = time.perf_counter()
        session = session_of(whole)
        load = time.perf_counter() - started
        recognizer = Recognizer(encoder, learner, {int(key): KnownClass(key) for key in learner.keys})
        spent = take_turns(
            _ROUNDS,
            warm_up=2,
            app=lambda recognizer=recognizer: recognizer.recognize(photo),
            onnx=lambda session=session: session.run(None, {PHOTO: pixels[None]}),
        )
        app, onnx_ms = milliseconds(spent["app"]), milliseconds(spent["onnx"])
        what = ExportedClassifier("drawn", encoder, learner, labels, (("all", labels),))
        browser = "" if package is None else f"{browser_milliseconds(what, photo, package):.0f}"
        sized = (len(whole) / 1e6, len(half) / 1e6, len(zlib.compress(half, 6)) / 1e6)
        yield f"{count:,}", *(f"{one:.1f}" for one in sized), f"{load:.2f}", f"{app:.0f}", f"{onnx_ms:.0f}", browser


def browser_milliseconds(what: ExportedClassifier, photo: Image.Image, package: Path) -> float:
    """The median time that the page's worker takes for a photo, in Chromium."""
    from tests.export.chromium import Chromium, served

    with tempfile.TemporaryDirectory() as own:
        folder = export_classifier(what, Path(own) / "export", runtime=read_runtime(package))
        files = [Path(own) / f"{place}.png" for place in range(_ROUNDS)]
        for file in files:
            photo.save(file)
        with served(folder) as address, Chromium(Path(own) / "profile") as page:
            page.open(f"{address}/")
            page.until("document.body?.dataset.state == 'ready'", timeout=300)
            page.give_files("#files", files)
            page.until(f"document.querySelectorAll('article[data-state=done]').length == {len(files)}", timeout=300)
            texts = page.evaluate("[...document.querySelectorAll('article .file')].map(one => one.textContent)")
    return statistics.median(float(text.split("·")[-1].split()[0]) for text in texts)


def session_of(content: bytes) -> Any:
    """A session with as many threads as the app computes one photo with."""
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
