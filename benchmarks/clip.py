"""The time of CLIP backbones: ``python -m benchmarks.clip ../shared/data/caltech40/train``.

Weights are random and made here, as time does not depend on what they say; how near half precision comes to single
does. One thread; single runs, of live pictures many turns. The time of the processor stands beside that on the clock,
which other programs change.
"""

from __future__ import annotations

import argparse
import copy
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import cosine_similarity

from benchmarks.speed.drawn import grown
from benchmarks.speed.table import markdown
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.descriptions.bank import load_bank
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import inputs_of
from spa_desktop.photos.opening import open_photo
from spa_desktop.project.folders import add_classes
from spa_desktop.recognizer import KnownClass, Recognizer
from spa_desktop.workbench.describing import describe
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.training import train as train_classes

BACKBONES = "ViT-B-32", "ViT-B-16"  # the last one is trained with
PHOTOS, BATCH, TEXTS = 24, 16, 128  # of a class; of plain open_clip; phrases of the bank
CLASSES, TURNS = 100, 20  # of live pictures
Result = TypeVar("Result")


@torch.no_grad()
def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clip", description=__doc__)
    parser.add_argument("folder", type=Path, help="four classes or more, a folder of 24 photos each")
    classes = sorted(parser.parse_args().folder.iterdir())[:4]
    torch.set_num_threads(1)
    photo_rows, text_rows, live_rows, train_rows = [], [], [], []
    with tempfile.TemporaryDirectory() as own:
        projects = [_copied(classes[:2], Path(own) / "first"), _copied(classes[2:], Path(own) / "second")]
        for name in BACKBONES:
            torch.manual_seed(0)
            plain, file = open_clip.create_model(name).eval().requires_grad_(False), Path(own) / f"{name}.safetensors"
            save_file({key: value.contiguous() for key, value in plain.state_dict().items()}, file)
            os.environ["SPA_DESKTOP_CACHE_DIR"] = str(Path(own) / "cache")
            encoder, half = load_encoder(f"{name}:{file}", device="cpu"), copy.deepcopy(plain.visual).bfloat16()
            files, least = sorted(projects[0].rglob("*.jpg")), 2 * encoder.input_size
            inputs = [inputs_of(encoder, open_photo(photo, at_least=least)) for photo in files]
            views = torch.cat([torch.stack([one[0], one[1], one[0].flip(2)]) for one in inputs])
            expected, *seconds = spent(_in_batches, plain.encode_image, views, BATCH)
            _rounded(half, views[:BATCH])  # to warm up
            rounded, *in_half = spent(_in_batches, partial(_rounded, half), views, BATCH)
            by_app, *in_app = spent(_in_batches, partial(_by_app, encoder), views, 3)
            for way, found, times in (
                (f"plain open_clip, batches of {BATCH}", expected, seconds),
                (f"plain open_clip in bfloat16, batches of {BATCH}", rounded, in_half),
                ("the app, the views of a photo", by_app, in_app),
            ):
                each, least = times[0] / len(views), cosine_similarity(found.double(), expected.double()).min()
                quick = f"{seconds[0] / times[0]:.2f}"
                photo_rows.append((name, way, f"{1000 * each:.0f}", quick, f"{float(least):.6f}"))
            text_rows += [*_text_rows(name, plain, encoder)]
            photo = Image.open(next(projects[0].rglob("*.jpg"))).convert("RGB")
            live_rows += [*_live_rows(name, plain.visual, half, encoder, photo)]
        for title, photos in zip(("first project", "second project, other photos"), projects, strict=True):
            of_its_own = multiprocessing.get_context("spawn")  # the weights are loaded anew, as in a new window
            with ProcessPoolExecutor(1, of_its_own) as pool:
                took = pool.submit(train, f"{name}:{file}", photos).result()
            whole = sum(took[::2])
            times = [f"{one:.0f}" for one in (*took, *seconds, *in_half)]
            train_rows.append((title, *times, f"{whole / seconds[0]:.2f}", f"{whole / in_half[0]:.2f}"))
    print(markdown(("backbone", "by", "processor, ms a view", "times as quick", "lowest cosine"), photo_rows))
    print("\n" + markdown(("backbone", "by", "processor, ms a text", "texts a second of it"), text_rows) + "\n")
    print(markdown(("backbone", "one view of a photo", "processor, ms", "times the same pass of open_clip"), live_rows))
    both = "processor, s", "on the clock, s"
    heads = ("describe: {}", "train: {}", "plain open_clip, its views: {}", "the same in bfloat16: {}")
    ratios = "processor: times plain", "times bfloat16"
    print("\n" + markdown(("", *(head.format(one) for head in heads for one in both), *ratios), train_rows))


def spent(function: Callable[..., Result], *arguments: object) -> tuple[Result, float, float]:
    """What it gives, and seconds of this process on the processor and on the clock."""
    computed, started = time.process_time(), time.perf_counter()
    result = function(*arguments)
    return result, time.process_time() - computed, time.perf_counter() - started


def train(backbone: str, photos: Path) -> tuple[float, ...]:
    """Seconds, of the processor and on the clock, to describe and to train a new project, encoding included."""
    torch.set_num_threads(1)
    with OpenProject.create(photos / "project.spa", backbone=backbone, device="cpu") as bench:
        add_classes(bench.project, [photos])
        described, trained = spent(describe, bench), spent(train_classes, bench)
    return *described[1:], *trained[1:]


def _in_batches(encode: Callable[[Tensor], Tensor], images: Tensor, size: int) -> Tensor:
    return torch.cat([encode(part) for part in images.split(size)])


def _rounded(half: Any, images: Tensor) -> Tensor:
    features: Tensor = half(images.bfloat16()).float()
    return features


def _by_app(encoder: ClipEncoder, images: Tensor) -> Tensor:
    return encoder.project(encoder.encode_images(images).pooled)


def _live_rows(name: str, plain: Any, half: Any, encoder: ClipEncoder, photo: Image.Image) -> Iterator[tuple[str, ...]]:
    """A picture in memory to its answer as Live gives it, against the forward pass alone."""
    learner = grown(None, CLASSES, encoder)
    recognizer = Recognizer(encoder, learner, {int(key): KnownClass(key) for key in learner.keys}, views=1)
    ready = encoder.preprocess(photo, quickly=True)[None]
    turns = take_turns(
        TURNS,
        warm_up=3,
        single=lambda: plain(ready),
        half=lambda: _rounded(half, ready),
        tower=lambda: encoder.encode_images(ready),
        answer=lambda: recognizer.recognize(recognizer.see(photo)),
        explained=lambda: recognizer.recognize(recognizer.see(photo, closely=True)).explanation,
    )
    is_half = milliseconds(turns["tower"].processor) < milliseconds(turns["single"].processor) / 1.5
    limit = turns["half" if is_half else "single"].processor
    for title, way in {
        "plain open_clip": "single",
        "plain open_clip in bfloat16": "half",
        "the app, the pass alone": "tower",
        f"the app, {CLASSES} classes": "answer",
        f"the app, {CLASSES} classes, with the heat map": "explained",
    }.items():
        spent_ = turns[way].processor
        yield name, title, f"{milliseconds(spent_):.1f}", str(Ratio.of(spent_, limit))


def _text_rows(name: str, plain: Any, encoder: ClipEncoder) -> Iterator[tuple[str, ...]]:
    texts, tokenizer = load_bank()[:TEXTS], open_clip.get_tokenizer(name)
    ways: dict[str, Callable[[], object]] = {
        "plain open_clip": lambda: [plain.encode_text(tokenizer(part)) for part in (texts[:64], texts[64:])],
        "the app": lambda: encoder.encode_texts(texts),
    }
    for way, encode in ways.items():
        seconds = spent(encode)[1]
        yield name, way, f"{1000 * seconds / TEXTS:.1f}", f"{TEXTS / seconds:.0f}"


def _copied(classes: list[Path], folder: Path) -> Path:
    for class_ in classes:
        (folder / class_.name).mkdir(parents=True)
        for photo in sorted(class_.iterdir())[:PHOTOS]:
            shutil.copy(photo, folder / class_.name)
    return folder


if __name__ == "__main__":
    main()
