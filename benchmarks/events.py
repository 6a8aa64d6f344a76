"""Bursts: what they flatter, and what one answer for each is worth: ``python -m benchmarks.events FOLDER``.

FOLDER holds eight data sets in ImageFolder form, of which no photo says when it was taken. So bursts are made: of
photos that are drawn, frames that are moved, turned, cropped, exposed, blurred and stored otherwise, as a hand that
holds a camera does. The thing in them does not move: real bursts differ more.

Flattery: bursts of four photos of each class, five frames each. A quarter is held out, by whole bursts or frame by
frame, and the others are learned.

Answers: all training photos but one of each class are learned. Bursts of these choose the exponent of
`pool_shares`, as the one under which the true classes are most likely, of all sets and with each left out in turn.
Bursts of test photos are answered with the exponent that the others chose. So are other rules to join answers, each
with its exponent, and the rule itself. What any rule can mend is counted: bursts of which a frame is right.

Frames lie in `--out`, and their features in the cache: a run goes on where an earlier one was stopped.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter

from benchmarks.calibration import SETS, drawn, task_data
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedFolder, read_image_folder
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.classify.answer_files import TOP, PhotoAnswer, pool_shares
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import open_photo
from spa_desktop.project.feature_cache import FeatureCache

BURSTS, FRAMES, CHOOSING = 4, 5, 1  # of a class; in a burst; bursts of training photos of a class to choose on
TRIED = np.linspace(0, 1, 21)
SIZES = (3, 4, 5)  # frames of the bursts that are answered
# Rules to join log-probabilities (photos, classes) to those of the burst.
RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda logs: logs.mean(0),
    "median": lambda logs: np.median(logs, 0),
    "none below 1 %": lambda logs: np.log(np.exp(logs).clip(0.01)).mean(0),
    "surer photos count more": lambda logs: np.average(logs, 0, np.exp(2 * logs.max(1))),
    "mean of probabilities": lambda logs: np.log(np.exp(logs).mean(0)),
}
Burst = tuple[PhotoRef, ...]
Answered = list[tuple[int, list[PhotoAnswer]]]  # bursts: the true class, and the answers of the photos


def main() -> None:
    """Make bursts, learn, answer and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--out", type=Path, default=Path("build/bench/events"), help="for frames and answers")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    store = FeatureStore(load_encoder("spa-lite"), FeatureCache())
    flattery, answers = [], {}
    for name in arguments.sets:
        file = arguments.out / f"{name}.pt"
        if not file.exists():
            data = EncodedFolder(read_image_folder(arguments.folder / name), store, Job())
            folder = arguments.out / name
            bursts = [[made(photo, folder) for photo in part.test[:BURSTS]] for part in data.classes]
            chosen = [[made(photo, folder) for photo in drawn(part, 0)[:CHOOSING]] for part in data.classes]
            store.ensure([frame for groups in (*bursts, *chosen) for burst in groups for frame in burst])
            learner = learned(store, [drawn(part, 0)[CHOOSING:] for part in data.classes])
            found = {
                "flattery": [flattered(store, bursts, by_bursts=by_bursts) for by_bursts in (False, True)],
                "chosen": answered(learner, store, chosen),
                "asked": answered(learner, store, bursts),
            }
            torch.save(found, file)
        found = torch.load(file, weights_only=False)
        by_photos, by_events = found["flattery"]
        flattery.append((name, f"{by_photos:.1f}", f"{by_events:.1f}", f"{by_photos - by_events:+.1f}"))
        answers[name] = found
        print(*flattery[-1], flush=True)
    print("\nAccuracy by what is held out\n")
    print(markdown(("set", "by photos", "by events", "flattery"), flattery))
    chosen_losses = {name: np.array([loss(found["chosen"], more) for more in TRIED]) for name, found in answers.items()}
    print("\nOne answer an event\n")
    rows = []
    for name, found in answers.items():
        without = [values for other, values in chosen_losses.items() if other != name] or [chosen_losses[name]]
        more = float(TRIED[np.mean(without, axis=0).argmin()])
        cells = [name]
        for size in SIZES:
            asked = [(truth, burst[:size]) for truth, burst in found["asked"]]
            photo = 100 * np.mean([answer.class_ids[0] == truth for truth, burst in asked for answer in burst])
            event = 100 * np.mean([next(iter(pool_shares(burst, more))) == truth for truth, burst in asked])
            cells.append(f"{photo:.1f} → {event:.1f} ({event - photo:+.1f})")
        rows.append((*cells, f"{more:.2f}", f"{loss(found['asked'], 0):.3f}", f"{loss(found['asked'], more):.3f}"))
    columns = ("set", "of 3", "of 4", "of 5", "exponent", "log-loss of the mean", "with the exponent")
    print(markdown(columns, rows))
    print(f"\nExponent over all sets: {TRIED[np.mean([*chosen_losses.values()], axis=0).argmin()]:.2f}")
    print_bounds(answers)
    print_rules(answers)


def made(photo: PhotoRef, folder: Path) -> Burst:
    """A burst of a photo: the photo itself, and frames of it, which lie in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{photo.sha256[:16]}-{number}.jpg" for number in range(1, FRAMES)]
    if not all(file.exists() for file in files):
        draw, image = np.random.default_rng(int(photo.sha256[:8], 16)), open_photo(photo.path)
        for file in files:
            content = io.BytesIO()
            frame_of(image, draw).save(content, "JPEG", quality=int(draw.integers(70, 93)))
            file.write_bytes(content.getvalue())
    return (photo, *map(PhotoRef.of, files))


def frame_of(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Another frame: up to 4 degrees and 12 % of a side away, a third darker or lighter, perhaps blurred."""
    width, height = image.size
    turned = image.rotate(draw.uniform(-4, 4), Image.Resampling.BICUBIC, fillcolor=image.getpixel((0, 0)))
    share = draw.uniform(0.82, 0.96)
    left, top = draw.uniform(0, (1 - share) * width), draw.uniform(0, (1 - share) * height)
    frame = turned.resize(
        (width, height), Image.Resampling.BICUBIC, (left, top, left + share * width, top + share * height)
    )
    frame = ImageEnhance.Brightness(frame).enhance(draw.uniform(0.67, 1.33))
    radius = draw.uniform(0, 0.008) * max(width, height) if draw.random() < 0.5 else 0.0
    return frame.filter(ImageFilter.GaussianBlur(radius))


def learned(store: FeatureStore, photos: Sequence[Sequence[PhotoRef]]) -> Spa:
    """A learner of the photos of each class, whose names are their places."""
    method = METHODS["spa-no-descriptions"].make(SEED)
    assert isinstance(method, Spa), "it gives scores"
    names = tuple(f"class {place}" for place in range(len(photos)))
    method.learn(task_data(store, store.encoder, [tuple(part) for part in photos], names))
    return method


def answered(learner: Spa, store: FeatureStore, bursts: Sequence[Sequence[Burst]]) -> Answered:
    """The class of each burst, and what the app would keep of each of its photos."""
    asked = [(truth, burst) for truth, groups in enumerate(bursts) for burst in groups]
    refs = [frame for _, burst in asked for frame in burst]
    answers: list[PhotoAnswer] = []
    pooled = store.pooled(refs)
    for rows, patches in store.iter_patches(refs):
        best = learner.learner.score(pooled[rows], patches).scores.softmax(dim=-1)
        best = best.topk(min(TOP, best.shape[-1]), dim=-1)
        for ids, shares in zip(best.indices.tolist(), best.values.tolist(), strict=True):
            answers.append(PhotoAnswer("", tuple(ids), tuple(round(share, 6) for share in shares)))
    frames = iter(answers)
    return [(truth, [next(frames) for _ in burst]) for truth, burst in asked]


def flattered(store: FeatureStore, bursts: Sequence[Sequence[Burst]], *, by_bursts: bool) -> float:
    """The accuracy in per cent on a quarter of the frames, held out by whole bursts or not; the others are learned."""
    held: list[list[Burst]] = []
    kept: list[list[PhotoRef]] = []
    for groups in bursts:
        frames = [frame for burst in groups for frame in burst]
        out = list(groups[0]) if by_bursts else frames[:: FRAMES - 1]  # of each burst another frame
        held.append([(frame,) for frame in out])
        kept.append([frame for frame in frames if frame not in out])
    answers = answered(learned(store, kept), store, held)
    return float(100 * np.mean([photos[0].class_ids[0] == truth for truth, photos in answers]))


def print_bounds(answers: dict[str, dict[str, Answered]]) -> None:
    """Print how many photos are right, and of how many bursts of three to five photos most, any, or the answer is."""
    rows = []
    for name, found in answers.items():
        bursts = [(truth, burst[:size]) for size in SIZES for truth, burst in found["asked"]]
        right = [np.array([answer.class_ids[0] == truth for answer in burst]) for truth, burst in bursts]
        event = np.mean([next(iter(pool_shares(burst))) == truth for truth, burst in bursts])
        # Sizes weigh alike, though the larger have more photos.
        shares = (
            np.mean([part.mean() for part in right]),
            event,
            np.mean([part.mean() > 0.5 for part in right]),
            np.mean([part.any() for part in right]),
        )
        rows.append((name, *(f"{100 * share:.1f}" for share in shares)))
    print("\nWhat a burst can mend\n")
    print(markdown(("set", "one a photo", "one an event", "most photos right", "any photo right"), rows))


def print_rules(answers: dict[str, dict[str, Answered]]) -> None:
    """Print what each rule gains in points, and one that is chosen, with exponents chosen on the other sets' bursts."""
    scored = {
        (rule, name): np.array([[joined(found[part], rule, more) for more in TRIED] for part in ("chosen", "asked")])
        for rule in RULES
        for name, found in answers.items()
    }  # of each part and exponent: the log-loss, and the gain
    rows = []
    for rule in (*RULES, "chosen"):
        gains = []
        for name in answers:
            others = [other for other in answers if other != name] or [name]
            losses = {
                one: np.mean([scored[one, other][0, :, 0] for other in others], axis=0)
                for one in (RULES if rule == "chosen" else (rule,))
            }
            best = min(losses, key=lambda one: losses[one].min())
            gains.append(scored[best, name][1, int(losses[best].argmin()), 1])
        rows.append((rule, f"{np.mean(gains):+.2f}", f"{min(gains):+.2f}", *(f"{gain:+.1f}" for gain in gains)))
    print("\nOther rules\n")
    print(markdown(("rule", "mean", "worst set", *answers), rows))


def joined(bursts: Answered, rule: str, more: float) -> tuple[float, float]:
    """The log-loss of a rule on bursts of three to five photos, and what it gains in points over one answer a photo."""
    losses, gains = [], []
    for truth, burst in ((truth, burst[:size]) for truth, burst in bursts for size in SIZES):
        keys = list(dict.fromkeys(key for answer in burst for key in answer.class_ids))
        logs = []
        for answer in burst:
            shares = dict(zip(answer.class_ids, answer.probabilities, strict=True))
            other = max(1 - sum(answer.probabilities), 1e-6)  # of all other classes, as `pool_shares` has it
            least = max(min(other, *answer.probabilities), 1e-6)
            logs.append([*np.log([max(shares.get(key, least), 1e-6) for key in keys]), np.log(other)])
        values = RULES[rule](np.array(logs)) * len(burst) ** more
        weights = np.exp(values - values.max())
        share = weights[keys.index(truth)] / weights.sum() if truth in keys else 0.0
        losses.append(-np.log(max(share, 1e-4)))
        right = np.mean([answer.class_ids[0] == truth for answer in burst])
        gains.append(float(keys[int(weights[:-1].argmax())] == truth) - right)
    return float(np.mean(losses)), float(100 * np.mean(gains))


def loss(bursts: Iterable[tuple[int, list[PhotoAnswer]]], more: float) -> float:
    """The mean of minus the logarithm of the true class's probability, of bursts of three to five photos."""
    sizes = [(truth, burst[:size]) for truth, burst in bursts for size in SIZES]
    return float(np.mean([-np.log(max(pool_shares(burst, more).get(truth, 0.0), 1e-4)) for truth, burst in sizes]))


if __name__ == "__main__":
    main()
