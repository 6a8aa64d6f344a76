"""The whole method on a graphics card beside the processor: ``python -m benchmarks.gpu [--device cuda]``.

On drawn features and the embedded backbone: do both give the same answers, and how long do they take to encode photos,
to learn a task of ten classes, and to score photos, at 100 and at 1,000 classes known before? Prints a table, and
fails where an answer differs by more than it may.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.speed.drawn import drawn_class, drawn_classes, grown
from benchmarks.speed.table import markdown
from benchmarks.speed.timing import milliseconds, take_turns
from spa_desktop import demo
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.spa.learner import SpaLearner

TASK, PHOTOS, SCORED = 10, 30, 64
MOST_MOVED = 1e-3  # of a probability, between two devices
HEADINGS = ("what", "processor, ms", "device, ms", "times faster", "most that a probability moved")

Row = tuple[str, ...]


def learning_rows(encoder: ClipEncoder, learner: SpaLearner, device: torch.device, rounds: int) -> list[Row]:
    """Learn ten more classes, then score photos of them, on both.

    Raises:
        AssertionError: if the two learn something else.
    """
    known = len(learner.keys)
    task = drawn_classes(known, TASK, encoder, PHOTOS)
    there = learner.to(device)
    made: dict[str, SpaLearner] = {}

    def learn(name: str, one: SpaLearner) -> None:
        made[name] = one.learn(task, seed=1)

    spent = take_turns(rounds, warm_up=1, cpu=lambda: learn("cpu", learner), device=lambda: learn("device", there))
    probes = [drawn_class(known + index % TASK, encoder, photos=8) for index in range(SCORED // 8)]
    pooled = torch.cat([probe.pooled for probe in probes])
    patches = torch.cat([next(iter(probe.patches())) for probe in probes])
    moved = _moved(made["cpu"], made["device"], pooled, patches)
    scored = take_turns(
        5 * rounds,
        warm_up=2,
        cpu=lambda: made["cpu"].scores(pooled, patches),
        device=lambda: made["device"].scores(pooled, patches).cpu(),
    )
    return [
        _row(f"learn {TASK} classes of {PHOTOS} photos after {known:,}", spent["cpu"], spent["device"], 1, moved),
        _row(f"score a photo over {known + TASK:,} classes", scored["cpu"], scored["device"], SCORED, moved),
    ]


def encoding_row(cpu: ClipEncoder, device: ClipEncoder, files: Sequence[Path], rounds: int) -> Row:
    """Encode photos from files, three views each."""
    spent = take_turns(
        rounds, warm_up=1, cpu=lambda: list(encode_files(cpu, files)), device=lambda: list(encode_files(device, files))
    )
    return _row("encode a photo from a file, three views", spent["cpu"], spent["device"], len(files), None)


def _moved(one: SpaLearner, other: SpaLearner, pooled: torch.Tensor, patches: torch.Tensor) -> float:
    first, second = (learner.scores(pooled, patches).softmax(dim=-1).cpu() for learner in (one, other))
    moved = float((first - second).abs().max())
    assert moved <= MOST_MOVED, f"a probability differs by {moved:.1e} between the devices"
    assert torch.equal(first.argmax(dim=-1), second.argmax(dim=-1)), "the devices give different answers"
    return moved


def _row(what: str, cpu: list[float], device: list[float], each: int, moved: float | None) -> Row:
    slow, quick = milliseconds(cpu, each), milliseconds(device, each)
    return what, f"{slow:.1f}", f"{quick:.1f}", f"{slow / quick:.1f}", "" if moved is None else f"{moved:.0e}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--classes", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=Path, default=demo.PHOTOS, help="of a folder; the demo's without")
    options = parser.parse_args(arguments)
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SystemExit("This computer has no CUDA device: nothing to measure")
    cpu, there = load_encoder("spa-lite", device="cpu"), load_encoder("spa-lite", device=device.type)
    files = sorted(options.photos.rglob("*.jpg"))
    rows = [encoding_row(cpu, there, files, options.rounds)]
    learner: SpaLearner | None = None
    for classes in options.classes:
        learner = grown(learner, classes, cpu)
        rows += learning_rows(cpu, learner, device, options.rounds)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    print(f"{name} beside {torch.get_num_threads()} threads of the processor, medians of {options.rounds} turns.\n")
    print(markdown(HEADINGS, rows))


if __name__ == "__main__":
    main()
