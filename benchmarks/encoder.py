"""How fast the encoder is, against limits measured in the same run: ``python -m benchmarks.encoder``.

Prints milliseconds a photo and two ratios: the encoder against a plain open_clip forward pass of the same weights, and
encoding from files against encoding ready tensors. The candidates take turns, so that a busy machine slows all alike;
the best of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from spa_desktop.clip import lite
from spa_desktop.clip.backbones import load_encoder
from spa_desktop.clip.stream import encode_files, encode_views, open_input
from spa_desktop.demo import draw_demo

BATCHES = (1, 2, 4, 8, 16)


def best_of(rounds: int, candidates: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each candidate: the best of `rounds`, after one to warm up."""
    best = dict.fromkeys(candidates, float("inf"))
    for turn in range(rounds + 1):
        for name, function in candidates.items():
            start = time.perf_counter()
            function()
            if turn:
                best[name] = min(best[name], time.perf_counter() - start)
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=32)
    arguments = parser.parse_args()
    encoder = load_encoder("spa-lite", device="cpu")
    plain = lite.assemble(
        {
            "image_projection": encoder.image_projection,
            "text_projection": torch.zeros(384, encoder.dim),
            "text_bias": torch.zeros(encoder.dim),
        },
        logit_scale=1.0,
    )
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}; ms a photo, best of {arguments.rounds}")

    @torch.no_grad()
    def forward(images: Tensor) -> Tensor:
        result: Tensor = plain.encode_image(images)
        return result

    plain_ms, ours_ms = {}, {}
    for size in BATCHES:
        images = torch.rand(size, 3, encoder.input_size, encoder.input_size) * 2 - 1
        best = best_of(
            arguments.rounds,
            {"plain": lambda x=images: forward(x), "ours": lambda x=images: encoder.encode_images(x)},
        )
        plain_ms[size], ours_ms[size] = 1e3 * best["plain"] / size, 1e3 * best["ours"] / size
        print(
            f"batch {size:2}: plain open_clip {plain_ms[size]:5.1f}, encoder {ours_ms[size]:5.1f}, "
            f"{plain_ms[size] / ours_ms[size]:.2f} times faster"
        )
    fastest, default = min(plain_ms.values()), encoder.batch_size
    print(f"encoder at its default batch of {default} against the fastest plain one: {fastest / ours_ms[default]:.2f}")

    with tempfile.TemporaryDirectory() as folder:
        draw_demo(Path(folder))
        files = sorted(Path(folder).rglob("*.jpg"))
        files = (files * (arguments.photos // max(len(files), 1) + 1))[: arguments.photos]
        ready = torch.stack([open_input(encoder, file) for file in files])

        def from_tensors() -> None:
            for batch in ready.split(encoder.batch_size):
                encode_views(encoder, batch)

        best = best_of(
            max(2, arguments.rounds // 2),
            {"files": lambda: list(encode_files(encoder, files)), "tensors": from_tensors},
        )
    files_ms, tensors_ms = (1e3 * best[name] / arguments.photos for name in ("files", "tensors"))
    print(
        f"two views, {os.cpu_count()} cores: from files {files_ms:.1f}, from ready tensors {tensors_ms:.1f}; "
        f"throughput {tensors_ms / files_ms:.2f} of the bare encoder"
    )


if __name__ == "__main__":
    main()
