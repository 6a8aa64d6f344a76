"""Measures speed and growth and prints them as Markdown tables: ``python -m benchmarks.speed``.

Each ratio is that of two things that took turns within this run. Features of classes are drawn where there are many of
them; the encoder gets real photos where `--photos` names some, and drawn ones otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks.speed import growth
from benchmarks.speed.drawn import grown
from benchmarks.speed.encoding import eight_bit_lines, encoder_line, torch_lines
from benchmarks.speed.encoding import folder_line as encoded_folder_line
from benchmarks.speed.learning import first_line, learning_line, lint_line
from benchmarks.speed.live import BEFORE, eight_bit_line, folder_line, live_lines
from benchmarks.speed.table import HEADINGS, Line, markdown
from benchmarks.speed.transport import transport_line
from spa_desktop.bench.bench_run import write_json
from spa_desktop.demo import PHOTOS
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.device import choose_device
from spa_desktop.project.folders import PHOTO_SUFFIXES

PARTS = ("encoding", "first", "transport", "live", "learning", "growth", "lint")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument(
        "--photos", type=Path, default=PHOTOS, help="a folder of photos for the encoder; else the demo's"
    )
    parser.add_argument("--quick", action="store_true", help="fewer turns, and no 10,000 photos")
    parser.add_argument("--out", type=Path, help="also write the figures to this JSON file")
    arguments = parser.parse_args()
    if unknown := [part for part in arguments.parts if part not in PARTS]:
        parser.error(f"no such part: {unknown[0]}. Choose from {', '.join(PARTS)}")
    measure(arguments.parts or PARTS, _photos(arguments.photos), quick=arguments.quick, out=arguments.out)


def measure(parts: Sequence[str], files: list[Path], *, quick: bool, out: Path | None) -> None:
    """All that is asked for, in one run."""
    torch.set_grad_enabled(False)
    on_cpu, best = load_encoder("spa-lite", device="cpu"), choose_device("auto")
    encoder = on_cpu if best.type == "cpu" else load_encoder("spa-lite", device=best.type)
    machine = torch.cuda.get_device_name() if best.type == "cuda" else best.type
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {machine}\n")
    turns = 5 if quick else 15
    lines: list[Line] = []
    points: list[growth.Growth] = []
    if "encoding" in parts:
        lines.append(encoder_line(on_cpu, files[:16], turns))
        lines += torch_lines(on_cpu, files[:16], turns)
        lines += eight_bit_lines(on_cpu, files[:16], turns)
        lines.append(encoded_folder_line(encoder, files[:32] if best.type == "cpu" else files * 8, turns))
    if "first" in parts:
        lines.append(first_line(rounds=2 if quick else 5))
    if "transport" in parts:
        for device in dict.fromkeys((torch.device("cpu"), best)):
            lines.append(transport_line(device, turns, looped=320 if quick else 1600))
    if {"live", "learning", "growth"} & set(parts):
        learner = None
        for classes in (10, 100, 1000):
            learner = grown(learner, classes, encoder)
            if "live" in parts:
                lines += live_lines(encoder, learner, files[0], 6 * turns)
            if "live" in parts and classes in BEFORE and best.type == "cpu":
                lines.append(eight_bit_line(encoder, learner, files[0], 6 * turns))
            if "live" in parts and classes == 100 and best.type == "cpu":
                lines.append(folder_line(encoder, learner, files[:32], turns))
            if "learning" in parts and classes == 100:
                lines.append(learning_line(encoder, learner, files, rounds=1 if quick else 3))
            if "growth" in parts:
                points.append(growth.growth_in_classes(encoder, learner, 3 * turns))
    if "growth" in parts:
        points += [growth.growth_in_photos(encoder, photos) for photos in ((1000,) if quick else (1000, 10_000))]
    if "lint" in parts:
        lines.append(lint_line(rounds=2 if quick else 5))
    if lines:
        print(markdown(HEADINGS, [line.cells() for line in lines]) + "\n")
    if points:
        print(markdown(growth.HEADINGS, [point.cells() for point in points]) + "\n")
    if out is not None:
        about = {"threads": torch.get_num_threads(), "torch": torch.__version__, "device": machine}
        tables = {"speed": [line.as_json() for line in lines], "growth": [asdict(point) for point in points]}
        write_json(out, {**about, **tables})


def _photos(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise SystemExit(f"No photo in {folder}")
    # Spread over all classes.
    return found[:: max(1, len(found) // 64)]


if __name__ == "__main__":
    main()
