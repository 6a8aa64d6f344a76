"""Build spa-lite's projections: ``python -m models.building.projections ../shared/data``.

Needs the folders ``captions1k`` and ``clip_text``, which are no part of the project, and no network; takes some minutes
on a CPU, and writes the same bytes whenever it is run on one machine. All maps are fitted in closed form; what was held
out is measured on the way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save, save_file
from torch import Tensor

from models.building.everyday_photos import Caption, Nouns, photo_places, read_captions, read_nouns
from models.building.fit import (
    Retrieval,
    best_scale,
    class_targets,
    image_projection,
    retrieval,
    text_weights,
    weighted_sums,
)
from models.building.texts import ClassText, class_texts
from spa_desktop.encoders import lite_files, lite_torch
from spa_desktop.encoders.fourier_head import NAMES, fourier_features
from spa_desktop.paths import models_dir

DIM = 512
SCALES = [float(scale) for scale in range(4, 41)]
_REPORTED_KINDS = ("name", "photo of name", "name, gloss", "gloss", "lemmas")
_FOLDS, _SEED, _BATCH = 5, 0, 64
# Chosen by names of held-out classes and held-out captions together: models/README.md.
WAVES, FREQUENCY, STRENGTH = 2048, 1.0, 0.2
CAPTIONS_WEIGHT, NOUNS_WEIGHT = 0.5, 0.6  # against 1 for all texts of classes together
CLIP_STRENGTH = 0.3
# Of the features of photos: it stays the same as long as the image projection does, and with it all cached features.
_IMAGE_FINGERPRINT = "31339eef5ce1d234e929c14d00632b43f4cfc5a7516c5763d3e80979fdf7d8a2"
_IMAGE_PROJECTION_SHA256 = "8655412714ea8499de23f8b9e4f544d981c6aae95afb3634dcab10ba59b3a882"


def build(folder: Path, data: Path, *, states_file: Path | None = None) -> dict[str, Any]:
    """Write ``projections.safetensors``, ``everyday.safetensors`` and ``config.json`` into `folder`.

    Args:
        folder: made if it is not there.
        data: holds the folders ``captions1k`` and ``clip_text``.
        states_file: keeps the encoded texts for the next build.

    Returns:
        What was measured: the written config.
    """
    # The order of a sum depends on the number of threads, and the bytes on the order.
    torch.set_num_threads(1)
    classifier = lite_files.vision_weights()["_fc.weight"].double()
    projection = image_projection(classifier, DIM)
    targets = class_targets(classifier, projection)
    texts, nouns = class_texts(), read_nouns(data / "clip_text")
    captions = read_captions(data / "captions1k")
    wanted = [text.text for text in texts] + nouns.texts + [one.text for one in captions]
    states = _states(wanted, states_file)
    of_texts, of_nouns, of_captions = states.split([len(texts), len(nouns.texts), len(captions)])
    photos, everyday = photo_places(data / "captions1k", captions, projection)
    random = np.random.RandomState(_SEED)
    frequencies = torch.from_numpy(FREQUENCY * random.standard_normal((states.shape[1], WAVES))).half()
    phases = torch.from_numpy(random.uniform(0, 2 * math.pi, WAVES)).half()
    mean = of_texts.mean(dim=0)
    spread = (of_texts - mean).square().sum(dim=1).mean().sqrt()[None]
    # In half precision, as they are stored: what is fitted behind them must fit what they are.
    fixed = {
        "text_mean": mean.half(),
        "text_scale": spread.half(),
        "text_frequencies": frequencies,
        "text_phases": phases,
    }
    lifts = [
        fourier_features(part, *(fixed[name].double() for name in NAMES[:4]))
        for part in (of_texts, of_nouns, of_captions)
    ]
    fit = JointFit(texts, lifts, targets, nouns, captions, photos)
    scores, scale = fit.held_out()
    weight, bias = fit.solve(range(len(targets)))
    retrieved = fit.captions_found(weight, bias)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "image_projection": projection.half(),
        **fixed,
        "text_projection": weight.half(),
        "text_bias": bias.half(),
    }
    content = save({key: tensor.contiguous() for key, tensor in tensors.items()})
    (folder / lite_files.PROJECTIONS).write_bytes(content)
    usual = save({key: tensor.half().contiguous() for key, tensor in everyday.items()})
    (folder / lite_files.EVERYDAY).write_bytes(usual)
    image = hashlib.sha256(tensors["image_projection"].numpy().tobytes()).hexdigest()
    whole = lite_torch.fingerprint({key: tensor.float() for key, tensor in tensors.items()}, scale)
    config = {
        "name": lite_files.NAME,
        "dim": DIM,
        "classes": len(targets),
        "texts": len(texts),
        "nouns": len(nouns.names),
        "captions": sum(one.is_learned for one in captions),
        "waves": WAVES,
        "ridge_strength": STRENGTH,
        "weights": {"captions": CAPTIONS_WEIGHT, "nouns": NOUNS_WEIGHT},
        "logit_scale": scale,
        "held_out_classes": len(targets) // _FOLDS,
        "held_out_retrieval": {
            kind: {"first": round(score.first, 1), "among_five": round(score.five, 1)} for kind, score in scores.items()
        },
        "held_out_captions": {name: round(value, 1) for name, value in retrieved.items()},
        "projections_sha256": hashlib.sha256(content).hexdigest(),
        "everyday_sha256": hashlib.sha256(usual).hexdigest(),
        "image_projection_sha256": image,
        "fingerprint": _IMAGE_FINGERPRINT if image == _IMAGE_PROJECTION_SHA256 else whole,
        "text_fingerprint": whole,
    }
    (folder / lite_files.CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return config


def _states(texts: list[str], file: Path | None) -> Tensor:
    key = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    if file is not None and file.exists():
        kept = load_file(file)
        if key in kept:
            return kept[key].double()
    states = _encode(texts)
    if file is not None:
        save_file({key: states.float()}, file)
    return states


class JointFit:
    """Ridge regression over texts of classes, nouns that CLIP knows, and captions, each group with its weight."""

    def __init__(
        self,
        texts: list[ClassText],
        lifts: list[Tensor],
        targets: Tensor,
        nouns: Nouns,
        captions: list[Caption],
        photos: Tensor,
    ) -> None:
        """Take features `lifts` of texts, nouns (each twice) and captions, and the places of each caption's photo."""
        self._labels = torch.tensor([text.label for text in texts])
        self._kinds = [text.kind for text in texts]
        self._targets, self._nouns, self._captions, self._photos = targets, nouns, captions, photos
        self._lifts = [torch.cat([part, torch.ones(len(part), 1, dtype=part.dtype)], dim=1) for part in lifts]
        weights = text_weights(self._labels, self._kinds)
        self._weights = weights / weights.sum()
        order = torch.from_numpy(np.random.RandomState(_SEED).permutation(len(targets)))
        self._folds = order.chunk(_FOLDS)
        self._sums = [self._text_sums(fold) for fold in self._folds]
        learned = torch.tensor([one.is_learned for one in captions])
        centre = photos[learned].mean(dim=0)
        share = torch.full((int(learned.sum()),), CAPTIONS_WEIGHT / int(learned.sum()), dtype=torch.float64)
        self._caption_sums = weighted_sums(
            self._lifts[2][learned], torch.nn.functional.normalize(photos[learned] - centre, dim=1), share
        )

    def solve(self, kept: Iterable[int]) -> tuple[Tensor, Tensor]:
        """Weight and bias from the texts of the classes `kept` alone; their rows, and no others, place CLIP's nouns."""
        known = torch.zeros(len(self._targets), dtype=torch.bool)
        known[list(kept)] = True
        sums = [one for fold, one in zip(self._folds, self._sums, strict=True) if bool(known[fold].all())]
        gram, mixed = (sum(part) for part in zip(*sums, strict=True))
        total = gram[-1, -1].clone()
        rows, places = self._nouns.places(self._targets, known, CLIP_STRENGTH)
        nouns = torch.cat([self._lifts[1][rows], self._lifts[1][rows + len(self._nouns.names)]])
        share = torch.full((len(nouns),), NOUNS_WEIGHT / len(nouns), dtype=torch.float64)
        of_nouns = weighted_sums(nouns, torch.cat([places, places]), share)
        gram = gram / total + self._caption_sums[0] + of_nouns[0]
        mixed = mixed / total + self._caption_sums[1] + of_nouns[1]
        penalty = torch.zeros(len(gram), dtype=torch.float64)
        penalty[:-1] = STRENGTH * gram.diagonal()[:-1].mean()
        solution = torch.linalg.solve(gram + penalty.diag(), mixed)
        return solution[:-1], solution[-1]

    def held_out(self) -> tuple[dict[str, Retrieval], float]:
        """Retrieval of each kind of text, mean over folds of held-out classes, and the likeliest logit scale."""
        scores: dict[str, list[Retrieval]] = {kind: [] for kind in _REPORTED_KINDS}
        scales = []
        for fold in self._folds:
            kept = sorted(set(range(len(self._targets))) - set(fold.tolist()))
            weight, bias = self.solve(kept)
            is_held_out = torch.isin(self._labels, fold)
            for kind in _REPORTED_KINDS:
                chosen = is_held_out & torch.tensor([other == kind for other in self._kinds])
                embedded = torch.nn.functional.normalize(self._lifts[0][chosen][:, :-1] @ weight + bias, dim=1)
                scores[kind].append(retrieval(embedded, self._labels[chosen], self._targets, fold))
                if kind == "photo of name":
                    column = torch.empty(len(self._targets), dtype=torch.long)
                    column[fold] = torch.arange(len(fold))
                    similarity = embedded @ self._targets[fold].T
                    scales.append(best_scale(similarity, column[self._labels[chosen]], SCALES))
        means = {
            kind: Retrieval(
                sum(one.first for one in several) / len(several), sum(one.five for one in several) / len(several)
            )
            for kind, several in scores.items()
        }
        return means, sum(scales) / len(scales)

    def captions_found(self, weight: Tensor, bias: Tensor) -> dict[str, float]:
        """How often a held-out caption finds its own photo among those of all held-out captions, in per cent."""
        held = [row for row, one in enumerate(self._captions) if not one.is_learned]
        names = sorted({self._captions[row].photo for row in held})
        first = {name: next(row for row in held if self._captions[row].photo == name) for name in names}
        photos = self._photos[[first[name] for name in names]]
        embedded = torch.nn.functional.normalize(self._lifts[2][held][:, :-1] @ weight + bias, dim=1)
        likeness = embedded @ photos.T
        own = likeness.gather(1, torch.tensor([[names.index(self._captions[row].photo)] for row in held]))
        rank = (likeness > own).sum(dim=1)
        return {
            "first": 100 * float((rank == 0).double().mean()),
            "among_ten": 100 * float((rank < 10).double().mean()),
        }

    def _text_sums(self, fold: Tensor) -> tuple[Tensor, Tensor]:
        mine = torch.isin(self._labels, fold)
        return weighted_sums(self._lifts[0][mine], self._targets[self._labels[mine]], self._weights[mine])


@torch.no_grad()
def _encode(texts: list[str]) -> Tensor:
    """MiniLM's token states, mean-pooled as spa-lite's text tower does: ``(T, 384)`` float64."""
    tower = lite_torch.text_transformer()
    tokenizer = lite_torch.lite_tokenizer()
    states = torch.empty(len(texts), 384, dtype=torch.float64)
    # Texts of one length together: there is less padding to compute.
    order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        ids = tokenizer([texts[index] for index in chosen])
        attention = (ids != 0).long()
        longest = int(attention.sum(dim=1).max())
        ids, attention = ids[:, :longest], attention[:, :longest]
        hidden = tower(input_ids=ids, attention_mask=attention).last_hidden_state * attention[..., None]
        states[chosen] = (hidden.sum(dim=1) / attention.sum(dim=1, keepdim=True)).double()
        done = min(start + _BATCH, len(order))
        if sys.stderr.isatty() or done == len(order):
            sys.stderr.write(f"\rEncoding texts {done}/{len(order)}" + "\n" * (done == len(order)))
    return states


def main() -> None:
    """Build into the folder of the embedded backbone, or into ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m models.building.projections", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with captions1k and clip_text")
    parser.add_argument("--out", type=Path, default=models_dir() / lite_files.NAME, help="folder to write to")
    parser.add_argument("--states", type=Path, help="a file that keeps the encoded texts for the next build")
    arguments = parser.parse_args()
    config = build(arguments.out, arguments.data, states_file=arguments.states)
    sys.stdout.write(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
