"""How well photos that belong to no class are told, on real photos: ``python -m benchmarks.unknown_photos FOLDER``.

FOLDER holds caltech40, ucmerced21 and grocery40, each in ImageFolder form. Of each set a learner learns every second
class of a random order, task by task. Test photos of these are known; those of the other classes of the set, and of the
other two sets, are unknown. Printed are the area under the ROC curve of several scores, the share of known photos that
the threshold keeps, and the share of unknown ones that it refuses.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from benchmarks.accuracy import FEW, INCREMENTS
from benchmarks.calibration import task_data
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedClass, EncodedFolder, class_order, read_image_folder
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.learner import SpaLearner

OTHERS = 3  # photos of each class of the other sets
SCORES = ("cosine", "largest probability", "energy", "Mahalanobis", "relative Mahalanobis", "nearest mean")


def main() -> None:
    """Learn, score and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", type=int, nargs="*", default=[FEW, 30])
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    with ConsoleJob() as job:
        sets = {
            name: EncodedFolder(read_image_folder(arguments.folder / name), store, job).classes for name in INCREMENTS
        }
        for shots in arguments.shots:
            curves, kept = [], []
            for name, classes in sets.items():
                order = [classes[place] for place in class_order(SEED, len(classes))]
                learner = learn(store, encoder, order[::2], INCREMENTS[name], shots)
                other = [part for rest, parts in sets.items() if rest != name for part in parts]
                found = [
                    scores(store, learner, [photo for part in parts for photo in part.test[:most]])
                    for parts, most in ((order[::2], None), (order[1::2], None), (other, OTHERS))
                ]
                for score in SCORES:
                    curves.append((name, score, *(f"{area(found[0][score], one[score]):.3f}" for one in found[1:])))
                shares = [100 * float((one["cosine"] >= (learner.threshold or -1)).double().mean()) for one in found]
                kept.append((name, f"{learner.threshold:.3f}", *(f"{share:.1f}" for share in shares)))
            print(f"\n{shots} photos a class\n", flush=True)
            print(markdown(("set", "score", "AUROC, same set", "AUROC, other sets"), curves), end="\n\n")
            headings = ("set", "threshold", "known kept, %", "unknown of the set kept, %", "of other sets kept, %")
            print(markdown(headings, kept), flush=True)


def learn(
    store: FeatureStore, encoder: ClipEncoder, classes: list[EncodedClass], increment: int, shots: int
) -> SpaLearner:
    """Learn classes task by task, their names being all that is said of them."""
    method = METHODS["spa-no-descriptions"].make(SEED)
    assert isinstance(method, Spa), "it is made of the learner"
    for start in range(0, len(classes), increment):
        parts = classes[start : start + increment]
        names = tuple(part.name for part in parts)
        method.learn(task_data(store, encoder, [part.train[:shots] for part in parts], names))
    return method.learner


def scores(store: FeatureStore, learner: SpaLearner, photos: list[PhotoRef]) -> dict[str, Tensor]:
    """Every score of photos ``(n,)``, larger for what is known."""
    parts = [learner.score(store.pooled(photos[part]), patches) for part, patches in store.iter_patches(photos)]
    logits = torch.cat([part.scores for part in parts])
    pooled = store.pooled(photos)
    memory, scorer = learner.memory, learner.scorer
    assert memory is not None, "classes were learned"
    kinds = [(scorer._globals, memory.global_features(pooled))]
    if scorer._textures is not None:
        kinds.append((scorer._textures, memory.texture_features(pooled)))
    white = torch.cat([gaussian.whiten(rows) for gaussian, rows in kinds], dim=-1)
    means = torch.cat([gaussian.means for gaussian, _ in kinds], dim=-1)
    length = white.square().sum(dim=-1).mean(dim=1)
    away = length[:, None] - 2 * (white @ means.T).mean(dim=1) + means.square().sum(dim=-1)
    joint = torch.stack([_unit(row @ learner.image_projection) for row in memory.globals.means.square()])
    return {
        "cosine": torch.cat([part.familiarity for part in parts]),
        "largest probability": logits.softmax(dim=1).amax(dim=1),
        "energy": logits.logsumexp(dim=1),
        "Mahalanobis": -away.amin(dim=1),
        "relative Mahalanobis": length - away.amin(dim=1),
        "nearest mean": (_unit(pooled[:, 0, : memory.width] @ learner.image_projection) @ joint.T).amax(dim=1),
    }


def area(known: Tensor, unknown: Tensor) -> float:
    """The area under the ROC curve: how often a known photo scores above an unknown one."""
    labels = [1] * len(known) + [0] * len(unknown)
    return float(roc_auc_score(labels, torch.cat([known, unknown]).numpy()))


def _unit(rows: Tensor) -> Tensor:
    return torch.nn.functional.normalize(rows, dim=-1)


if __name__ == "__main__":
    main()
