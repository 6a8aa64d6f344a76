"""The time of CLIP backbones: ``python -m benchmarks.clip ../shared/data/caltech40/train``.

Weights are random and made here, as time does not depend on what they say; how near half precision comes to single
does. Single runs in one thread. The time of the processor stands beside that on the clock, which other programs change.
"""

from __future__ import annotations

import argparse
import copy
import multiprocessing
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import open_clip
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import cosine_similarity

from benchmarks.export import session_of
from benchmarks.speed.table import markdown
from spa_desktop.descriptions.bank import load_bank
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import open_inputs
from spa_desktop.workbench import Workbench

BACKBONES = "ViT-B-32", "ViT-B-16"  # the last one is trained with
PHOTOS, BATCH, TEXTS = 24, 16, 128  # of a class; of plain open_clip; phrases of the bank
FEW = 8  # photos for what is slow
Result = TypeVar("Result")


@torch.no_grad()
def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clip", description=__doc__)
    parser.add_argument("folder", type=Path, help="four classes or more, a folder of 24 photos each")
    classes = sorted(parser.parse_args().folder.iterdir())[:4]
    torch.set_num_threads(1)
    photo_rows, text_rows, train_rows = [], [], []
    with tempfile.TemporaryDirectory() as own:
        projects = [_copied(classes[:2], Path(own) / "first"), _copied(classes[2:], Path(own) / "second")]
        for name in BACKBONES:
            torch.manual_seed(0)
            plain, file = open_clip.create_model(name).eval().requires_grad_(False), Path(own) / f"{name}.safetensors"
            save_file({key: value.contiguous() for key, value in plain.state_dict().items()}, file)
            encoder = load_encoder(f"{name}:{file}", device="cpu")
            inputs = [open_inputs(encoder, photo)[0] for photo in sorted(projects[0].rglob("*.jpg"))]
            views = torch.cat([torch.stack([one[0], one[1], one[0].flip(2)]) for one in inputs])
            expected, *seconds = spent(_in_batches, plain.encode_image, views, BATCH)
            photo_rows += [*_photo_rows(name, plain, encoder, views[::3], expected[::3], seconds[0] / len(views))]
            text_rows += [*_text_rows(name, plain, encoder)]
        for title, photos in zip(("first project", "second project, other photos"), projects, strict=True):
            of_its_own = multiprocessing.get_context("spawn")  # the weights are loaded anew, as in a new window
            with ProcessPoolExecutor(1, of_its_own) as pool:
                found = pool.submit(train, f"{name}:{file}", photos, Path(own) / "cache").result()
            times = [f"{one:.0f}" for one in (*found, *seconds)]
            train_rows.append((title, *times, f"{sum(found[::2]) / seconds[0]:.2f}"))
    print(markdown(("backbone", "by", "processor, ms a view", "times as quick", "lowest cosine"), photo_rows))
    print("\n" + markdown(("backbone", "by", "processor, ms a text", "texts a second of it"), text_rows) + "\n")
    both = "processor, s", "on the clock, s"
    heads = ("describe: {}", "train: {}", "plain open_clip, its views: {}")
    print(markdown(("", *(head.format(one) for head in heads for one in both), "processor: times plain"), train_rows))


def spent(function: Callable[..., Result], *arguments: object) -> tuple[Result, float, float]:
    """What it gives, and seconds of this process on the processor and on the clock."""
    computed, started = time.process_time(), time.perf_counter()
    result = function(*arguments)
    return result, time.process_time() - computed, time.perf_counter() - started


def train(backbone: str, photos: Path, cache: Path) -> tuple[float, ...]:
    """Seconds, of the processor and on the clock, to describe and to train a new project, encoding included."""
    os.environ["SPA_DESKTOP_CACHE_DIR"] = str(cache)
    torch.set_num_threads(1)
    with Workbench.create(photos / "project.spa", backbone=backbone, device="cpu") as bench:
        bench.add([photos])
        described, trained = spent(bench.describe), spent(bench.train)
    return *described[1:], *trained[1:]


def _in_batches(encode: Callable[[Tensor], Tensor], images: Tensor, size: int) -> Tensor:
    return torch.cat([encode(part) for part in images.split(size)])


def _photo_rows(
    name: str, plain: Any, encoder: ClipEncoder, images: Tensor, expected: Tensor, limit: float
) -> Iterator[tuple[str, ...]]:
    """Each way to encode photos against plain open_clip's features, and its seconds a view."""
    yield name, f"plain open_clip, batches of {BATCH}", f"{1000 * limit:.0f}", "1.00", ""

    def autocast(part: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return plain.encode_image(part).float()

    session, half = _exported(plain.visual, images[:2]), copy.deepcopy(plain.visual).bfloat16()
    ways: dict[str, tuple[Callable[[Tensor], Tensor], int, int]] = {
        "the app": (lambda part: encoder.project(encoder.encode_images(part).pooled), encoder.batch_size, len(images)),
        "ONNX Runtime": (lambda part: torch.from_numpy(session.run(None, {"images": part.numpy()})[0]), 4, len(images)),
        "bfloat16 weights": (lambda part: half(part.bfloat16()).float(), BATCH, len(images)),
        f"bfloat16 by autocast, {FEW} photos": (autocast, FEW, FEW),
    }
    for way, (encode, batch, count) in ways.items():
        encode(images[:batch])  # to warm up
        found, seconds, _ = spent(_in_batches, encode, images[:count], batch)
        least = float(cosine_similarity(found.double(), expected[:count].double()).min())
        yield name, way, f"{1000 * seconds / count:.0f}", f"{limit * count / seconds:.2f}", f"{least:.6f}"


def _text_rows(name: str, plain: Any, encoder: ClipEncoder) -> Iterator[tuple[str, ...]]:
    texts, tokenizer = load_bank()[:TEXTS], open_clip.get_tokenizer(name)
    ways: dict[str, Callable[[], object]] = {
        "plain open_clip": lambda: [plain.encode_text(tokenizer(part)) for part in (texts[:64], texts[64:])],
        "the app": lambda: encoder.encode_texts(texts),
    }
    for way, encode in ways.items():
        seconds = spent(encode)[1]
        yield name, way, f"{1000 * seconds / TEXTS:.1f}", f"{TEXTS / seconds:.0f}"


def _exported(visual: torch.nn.Module, images: Tensor) -> Any:
    with tempfile.TemporaryDirectory() as own, warnings.catch_warnings(action="ignore"):
        torch.backends.mha.set_fastpath_enabled(False)  # it has no operator of ONNX
        names: dict[str, Any] = {"input_names": ["images"], "dynamic_axes": {"images": {0: "photos"}}}
        torch.onnx.export(visual, (images,), f"{own}/visual.onnx", dynamo=False, opset_version=17, **names)
        torch.backends.mha.set_fastpath_enabled(True)
        return session_of(Path(own, "visual.onnx").read_bytes())


def _copied(classes: list[Path], folder: Path) -> Path:
    for class_ in classes:
        (folder / class_.name).mkdir(parents=True)
        for photo in sorted(class_.iterdir())[:PHOTOS]:
            shutil.copy(photo, folder / class_.name)
    return folder


if __name__ == "__main__":
    main()
