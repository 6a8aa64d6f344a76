"""Build spa-lite's projections: ``python -m models.building.projections``.

Needs no photos and no network, takes a minute or two on a CPU, and writes the same bytes whenever it is run on one
machine. The ridge strength and the logit scale are chosen on classes held out of the fit; the final maps are fitted on
all classes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from models.building.fit import (
    Retrieval,
    best_scale,
    class_targets,
    fit_ridge,
    image_projection,
    retrieval,
    text_weights,
)
from models.building.texts import ClassText, class_texts
from spa_desktop.encoders import lite_files, lite_torch
from spa_desktop.paths import models_dir

DIM = 512
STRENGTHS = (0.03, 0.1, 0.2, 0.3, 0.5, 1.0)
SCALES = [float(scale) for scale in range(4, 41)]
# The strength is chosen by what users write: a name, a name in a sentence, a description.
_JUDGED_KINDS = ("name", "photo of name", "name, gloss")
_REPORTED_KINDS = (*_JUDGED_KINDS, "gloss", "lemmas")
_FOLDS, _SEED, _BATCH = 5, 0, 64


def build(
    folder: Path, *, class_count: int = 1000, dim: int = DIM, on_progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Write ``projections.safetensors`` and ``config.json`` into `folder`.

    Args:
        folder: made if it is not there.
        class_count: the first so many ImageNet classes; less than 1000 only for a trial.
        dim: D of the joint space.
        on_progress: is told how many of how many texts are encoded.

    Returns:
        What was measured: the written config.
    """
    threads = torch.get_num_threads()
    # The order of a sum depends on the number of threads, and the bytes on the order.
    torch.set_num_threads(1)
    try:
        classifier = lite_files.vision_weights()["_fc.weight"][:class_count].double()
        texts = class_texts(class_count)
        states = _encode(texts, on_progress)
        projection = image_projection(classifier, dim)
        targets = class_targets(classifier, projection)
        labels, kinds = torch.tensor([text.label for text in texts]), [text.kind for text in texts]
        weights = text_weights(labels, kinds)
        trials = {strength: _held_out(states, labels, kinds, weights, targets, strength) for strength in STRENGTHS}
        strength = max(STRENGTHS, key=lambda one: sum(trials[one][0][kind].first for kind in _JUDGED_KINDS))
        scores, scale = trials[strength]
        ridge = fit_ridge(states, targets[labels], weights, strength)
    finally:
        torch.set_num_threads(threads)
    folder.mkdir(parents=True, exist_ok=True)
    exact = {"image_projection": projection, "text_projection": ridge.weight, "text_bias": ridge.bias}
    tensors = {key: tensor.to(torch.float16).contiguous() for key, tensor in exact.items()}
    content = save(tensors)
    (folder / lite_files.PROJECTIONS).write_bytes(content)
    config = {
        "name": lite_files.NAME,
        "dim": dim,
        "classes": class_count,
        "texts": len(texts),
        "ridge_strength": strength,
        "logit_scale": scale,
        "held_out_classes": class_count // _FOLDS,
        "held_out_retrieval": {
            kind: {"first": round(score.first, 1), "among_five": round(score.five, 1)} for kind, score in scores.items()
        },
        "projections_sha256": hashlib.sha256(content).hexdigest(),
        "fingerprint": lite_torch.fingerprint({key: tensor.float() for key, tensor in tensors.items()}, scale),
    }
    (folder / lite_files.CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return config


def _held_out(
    states: Tensor, labels: Tensor, kinds: list[str], weights: Tensor, targets: Tensor, strength: float
) -> tuple[dict[str, Retrieval], float]:
    """Retrieval of each kind of text, mean over folds of held-out classes, and the likeliest logit scale."""
    classes = torch.from_numpy(np.random.RandomState(_SEED).permutation(len(targets)))
    scores: dict[str, list[Retrieval]] = {kind: [] for kind in _REPORTED_KINDS}
    scales = []
    for held_out in classes.chunk(_FOLDS):
        is_held_out = torch.isin(labels, held_out)
        kept = ~is_held_out
        ridge = fit_ridge(states[kept], targets[labels[kept]], weights[kept], strength)
        for kind in _REPORTED_KINDS:
            chosen = is_held_out & torch.tensor([other == kind for other in kinds])
            embedded = ridge(states[chosen])
            scores[kind].append(retrieval(embedded, labels[chosen], targets, held_out))
            if kind == "photo of name":
                column = torch.empty(len(targets), dtype=torch.long)
                column[held_out] = torch.arange(len(held_out))
                scales.append(best_scale(embedded @ targets[held_out].T, column[labels[chosen]], SCALES))
    means = {
        kind: Retrieval(
            sum(one.first for one in several) / len(several), sum(one.five for one in several) / len(several)
        )
        for kind, several in scores.items()
    }
    return means, sum(scales) / len(scales)


@torch.no_grad()
def _encode(texts: list[ClassText], on_progress: Callable[[int, int], None] | None) -> Tensor:
    """MiniLM's token states, mean-pooled as spa-lite's text tower does: ``(T, 384)`` float64."""
    tower = lite_torch.text_transformer()
    tokenizer = lite_torch.lite_tokenizer()
    states = torch.empty(len(texts), 384, dtype=torch.float64)
    # Texts of one length together: there is less padding to compute.
    order = sorted(range(len(texts)), key=lambda index: (len(texts[index].text), index))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        ids = tokenizer([texts[index].text for index in chosen])
        attention = (ids != 0).long()
        longest = int(attention.sum(dim=1).max())
        ids, attention = ids[:, :longest], attention[:, :longest]
        hidden = tower(input_ids=ids, attention_mask=attention).last_hidden_state * attention[..., None]
        states[chosen] = (hidden.sum(dim=1) / attention.sum(dim=1, keepdim=True)).double()
        if on_progress is not None:
            on_progress(min(start + _BATCH, len(order)), len(order))
    return states


def main() -> None:
    """Build into the folder of the embedded backbone, or into ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m models.building.projections", description=__doc__)
    parser.add_argument("--out", type=Path, default=models_dir() / lite_files.NAME, help="folder to write to")
    arguments = parser.parse_args()

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            sys.stderr.write(f"\rEncoding texts {done}/{total}" + "\n" * (done == total))
            sys.stderr.flush()

    config = build(arguments.out, on_progress=show)
    sys.stdout.write(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
