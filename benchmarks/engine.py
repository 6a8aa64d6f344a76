"""How fast the engine is on cached features, against limits measured in the same run: ``python -m benchmarks.engine``.

Prints the full score of one photo among 100 classes as a share of the encoder's forward pass, the seconds that task 10
of 10 takes (4 classes of 30 photos each, 40 in all), transport for 64 photos and 100 classes against POT's solver in a
loop, and what a class adds to the project. Features are drawn: their values do not change the cost.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator

import ot
import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.clip.backbones import load_encoder
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples, ClassText
from spa_desktop.spa.state import to_bytes
from spa_desktop.spa.transport import transport_plan

PHOTOS, TASK, PHRASES = 30, 4, 6


def drawn_class(index: int, width: int, dim: int, projection: Tensor, photos: int = PHOTOS) -> ClassSamples:
    """A class of features scattered around a place of its own."""
    random = torch.Generator().manual_seed(index)
    centre = torch.rand(width, generator=random)
    raw = (centre + 0.3 * torch.randn(photos, 2, 81, width, generator=random)).clamp_min(0)
    patches = normalize(raw @ projection, dim=-1)
    phrases = normalize(torch.randn(PHRASES, dim, generator=random), dim=-1)

    def one_pass() -> Iterator[Tensor]:
        yield from patches.split(16)

    return ClassSamples(str(index), raw.mean(dim=2), one_pass, ClassText(phrases[0], phrases[1], phrases))


def median_seconds(function: Callable[[], object], rounds: int = 15) -> float:
    """Median of `rounds` calls after two to warm up."""
    spent = []
    for turn in range(rounds + 2):
        start = time.perf_counter()
        function()
        if turn > 1:
            spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def main() -> None:
    """Measure and print."""
    encoder = load_encoder("spa-lite", device="cpu")
    projection = encoder.image_projection
    learner, sizes = SpaLearner(projection), []
    for task in range(10):
        classes = [drawn_class(TASK * task + i, encoder.width, encoder.dim, projection) for i in range(TASK)]
        started = time.perf_counter()
        learner = learner.learn(classes)
        spent = time.perf_counter() - started
        sizes.append(len(to_bytes(learner)))
    known = 10 * TASK
    print(f"task 10 of 10, {known} classes, {PHOTOS} photos each, from features in memory: {spent:.1f} s")
    growth = (sizes[-1] - sizes[0]) / (known - TASK) / 1000
    print(f"what a class adds to the learner, its share of its task included: {growth:.0f} kB")
    learner = learner.learn(
        [drawn_class(known + i, encoder.width, encoder.dim, projection, photos=3) for i in range(100 - known)]
    )
    count = len(learner.keys)

    image = torch.rand(1, 3, encoder.input_size, encoder.input_size)
    features = encoder.encode_images(image)
    pooled, patches = features.pooled[:, None], encoder.project(features.patches)[:, None]
    forward = median_seconds(lambda: encoder.encode_images(image))
    score = median_seconds(lambda: learner.scores(pooled, patches))
    print(f"one photo among {count} classes: encoder {1e3 * forward:.1f} ms, score {1e3 * score:.2f} ms")
    print(f"score / encoder: {score / forward:.3f}")

    random = torch.Generator().manual_seed(0)
    cost = torch.rand(64, 100, 16, 8, generator=random)
    a, b = torch.full((16,), 1 / 16), torch.full((8,), 1 / 8)
    ours = median_seconds(lambda: transport_plan(cost, a, b, epsilon=0.05, tau=0.05), rounds=5)
    some = cost.reshape(-1, 16, 8)[:64].double().numpy()
    started = time.perf_counter()
    for problem in some:
        ot.sinkhorn(a.double().numpy(), b.double().numpy(), problem, 0.05, method="sinkhorn_log")
    loop = (time.perf_counter() - started) * 100
    print(f"transport, 64 photos and 100 classes: {ours:.2f} s; POT one by one (from 64 problems) {loop:.1f} s")
    print(f"POT one by one / ours: {loop / ours:.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory of this run {peak:.2f} GB")


if __name__ == "__main__":
    main()
