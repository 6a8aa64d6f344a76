"""Build spa-lite's projections: ``python -m models.building.projections ../shared/data``.

Needs the folders ``captions1k`` and ``clip_text``, which are no part of the project, and no network; takes some minutes
on a CPU, and writes the same bytes whenever it is run on one machine. All maps are fitted in closed form; what was held
out is measured on the way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
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
    partly_white,
    retrieval,
    text_weights,
)
from models.building.kernel_ridge import Map, Texts, kernel_ridge
from models.building.texts import ClassText, class_texts
from spa_desktop.encoders import lite_files, lite_torch
from spa_desktop.paths import models_dir

DIM = 512
SCALES = [float(scale) for scale in range(4, 41)]
_REPORTED_KINDS = ("name", "photo of name", "name, gloss", "gloss", "lemmas")
_FOLDS, _SEED, _BATCH = 5, 0, 64
# Chosen by names of held-out classes and held-out captions together: models/README.md.
LANDMARKS, FREQUENCY, STRENGTH, FLOOR = 4096, 1.0, 8e-5, 3.0
CAPTIONS_WEIGHT, NOUNS_WEIGHT = 0.5, 0.6  # against 1 for all texts of classes together
CLIP_STRENGTH = 0.3
# Of the features of photos: it stays the same as long as the image projection does, and with it all cached features.
_IMAGE_FINGERPRINT = "31339eef5ce1d234e929c14d00632b43f4cfc5a7516c5763d3e80979fdf7d8a2"
_IMAGE_PROJECTION_SHA256 = "8655412714ea8499de23f8b9e4f544d981c6aae95afb3634dcab10ba59b3a882"


def build(folder: Path, data: Path, *, is_plain: bool = False, states_file: Path | None = None) -> dict[str, Any]:
    """Write ``projections.safetensors``, ``everyday.safetensors`` and ``config.json`` into `folder`.

    A plain build has no part of Flickr8k: it takes ``everyday.safetensors`` and the covariance prior out of `folder`.

    Args:
        folder: made if it is not there.
        data: holds the folders ``captions1k``, which a plain build does not read, and ``clip_text``.
        is_plain: whether captions and their photos are left out.
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
    captions = [] if is_plain else read_captions(data / "captions1k")
    wanted = [text.text for text in texts] + nouns.texts + [one.text for one in captions]
    states = _states(wanted, states_file)
    of_texts, of_nouns, of_captions = states.split([len(texts), len(nouns.texts), len(captions)])
    photos, everyday = torch.empty(0, DIM, dtype=torch.float64), dict[str, Tensor]()
    if not is_plain:
        photos, everyday = photo_places(data / "captions1k", captions, projection)
    mean = of_texts.mean(dim=0)
    spread = (of_texts - mean).square().sum(dim=1).mean().sqrt()[None]
    # In half precision, as they are stored: what is fitted behind them must fit what they are.
    mean, spread = mean.half(), spread.half()
    standard = [(part - mean.double()) / spread.double() for part in (of_texts, of_nouns, of_captions)]
    fit = JointFit(texts, standard, targets, nouns, captions, photos)
    scores, scale = fit.held_out()
    learned = fit.fit(torch.ones(len(targets), dtype=torch.bool))
    retrieved = {} if is_plain else fit.captions_found(learned)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "image_projection": projection.half(),
        "text_mean": mean,
        "text_scale": spread,
        "text_landmarks": learned.landmarks.half(),
        "text_frequency": torch.tensor([FREQUENCY]).half(),
        "text_projection": learned.weight.half(),
        "text_bias": learned.bias.half(),
    }
    content = save({key: tensor.contiguous() for key, tensor in tensors.items()})
    (folder / lite_files.PROJECTIONS).write_bytes(content)
    usual = save({key: tensor.half().contiguous() for key, tensor in everyday.items()})
    if is_plain:
        for name in (lite_files.EVERYDAY, lite_files.PRIOR):
            (folder / name).unlink(missing_ok=True)
    else:
        (folder / lite_files.EVERYDAY).write_bytes(usual)
    image = hashlib.sha256(tensors["image_projection"].numpy().tobytes()).hexdigest()
    whole = lite_torch.fingerprint({key: tensor.float() for key, tensor in tensors.items()}, scale)
    prior = folder / lite_files.PRIOR
    config = {
        "name": lite_files.NAME,
        "dim": DIM,
        "classes": len(targets),
        "texts": len(texts),
        "nouns": len(nouns.names),
        "captions": sum(one.is_learned for one in captions),
        "landmarks": LANDMARKS,
        "frequency": FREQUENCY,
        "ridge_strength": STRENGTH,
        "whitening_floor": FLOOR,
        "weights": {"captions": CAPTIONS_WEIGHT, "nouns": NOUNS_WEIGHT},
        "logit_scale": scale,
        "held_out_classes": len(targets) // _FOLDS,
        "held_out_retrieval": {
            kind: {"first": round(score.first, 1), "among_five": round(score.five, 1)} for kind, score in scores.items()
        },
        "held_out_captions": {name: round(value, 1) for name, value in retrieved.items()},
        "projections_sha256": hashlib.sha256(content).hexdigest(),
        "everyday_sha256": None if is_plain else hashlib.sha256(usual).hexdigest(),
        "prior_sha256": hashlib.sha256(prior.read_bytes()).hexdigest() if prior.is_file() else None,
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
    """One map for texts of classes, nouns that CLIP knows, and captions, each group with its weight."""

    def __init__(
        self,
        texts: list[ClassText],
        states: list[Tensor],
        targets: Tensor,
        nouns: Nouns,
        captions: list[Caption],
        photos: Tensor,
    ) -> None:
        """Take standardised `states` of texts, nouns (each twice) and captions, and the place of each caption's photo.

        Args:
            texts: T of them.
            states: ``(T, H)``, ``(2 N, H)`` and ``(K, H)``, float64.
            targets: ``(C, D)`` places of the classes.
            nouns: N of them.
            captions: K of them.
            photos: ``(K, D)``.
        """
        self._labels = torch.tensor([text.label for text in texts])
        self._kinds = [text.kind for text in texts]
        self._targets, self._nouns, self._captions, self._photos = targets, nouns, captions, photos
        self._states = states
        self._weights = text_weights(self._labels, self._kinds)
        order = torch.from_numpy(np.random.RandomState(_SEED).permutation(len(targets)))
        self._folds = order.chunk(_FOLDS)
        self._is_learned = torch.tensor([one.is_learned for one in captions], dtype=torch.bool)

    def fit(self, known: Tensor) -> Map:
        """Learn from the texts of the classes `known` alone, ``(C,)`` bool; their rows, and no others, place the nouns.

        Captions and nouns are learned from whatever is known, but for nouns that are names of unknown classes.
        """
        mine = known[self._labels]
        weights = self._weights[mine]
        rows, places = self._nouns.places(self._targets, known, CLIP_STRENGTH)
        rows = torch.cat([rows, rows + len(self._nouns.names)])
        photos = self._photos[self._is_learned]
        centred = torch.nn.functional.normalize(photos - photos.mean(dim=0), dim=1)
        groups = [
            Texts(self._states[0][mine], self._targets[self._labels[mine]], weights / weights.sum()),
            Texts(self._states[1][rows], torch.cat([places, places]), _shares(NOUNS_WEIGHT, len(rows))),
            Texts(self._states[2][self._is_learned], centred, _shares(CAPTIONS_WEIGHT, len(centred))),
        ]
        learned = kernel_ridge(groups, landmarks=LANDMARKS, frequency=FREQUENCY, strength=STRENGTH, seed=_SEED)
        classes = self._targets[known]
        return learned.then(partly_white(photos if len(photos) else classes, classes, FLOOR))

    def held_out(self) -> tuple[dict[str, Retrieval], float]:
        """Retrieval of each kind of text, mean over folds of held-out classes, and the likeliest logit scale."""
        scores: dict[str, list[Retrieval]] = {kind: [] for kind in _REPORTED_KINDS}
        scales = []
        for fold in self._folds:
            known = torch.ones(len(self._targets), dtype=torch.bool)
            known[fold] = False
            found = self.fit(known)
            is_held_out = torch.isin(self._labels, fold)
            for kind in _REPORTED_KINDS:
                chosen = is_held_out & torch.tensor([other == kind for other in self._kinds])
                embedded = torch.nn.functional.normalize(found(self._states[0][chosen]), dim=1)
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

    def captions_found(self, found: Map) -> dict[str, float]:
        """How often a held-out caption finds its own photo among those of all held-out captions, in per cent."""
        held = [row for row, one in enumerate(self._captions) if not one.is_learned]
        names = sorted({self._captions[row].photo for row in held})
        first = {name: next(row for row in held if self._captions[row].photo == name) for name in names}
        photos = self._photos[[first[name] for name in names]]
        embedded = torch.nn.functional.normalize(found(self._states[2][held]), dim=1)
        likeness = embedded @ photos.T
        own = likeness.gather(1, torch.tensor([[names.index(self._captions[row].photo)] for row in held]))
        rank = (likeness > own).sum(dim=1)
        return {
            "first": 100 * float((rank == 0).double().mean()),
            "among_ten": 100 * float((rank < 10).double().mean()),
        }


def _shares(weight: float, count: int) -> Tensor:
    return torch.full((count,), weight / max(count, 1), dtype=torch.float64)


@torch.no_grad()
def _encode(texts: list[str]) -> Tensor:
    """MiniLM's token states, mean-pooled as spa-lite's text tower does: ``(T, 384)`` float64."""
    tower = lite_torch.text_transformer()
    tokens = lite_files.WordPieces(lite_files.text_folder() / "tokenizer.json", lite_files.CONTEXT_LENGTH)
    states = torch.empty(len(texts), 384, dtype=torch.float64)
    # Texts of one length together: there is less padding to compute.
    order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        ids = tokens.ids([texts[index] for index in chosen])
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
    parser.add_argument("--plain", action="store_true", help="without captions and their photos (Flickr8k)")
    parser.add_argument("--states", type=Path, help="a file that keeps the encoded texts for the next build")
    arguments = parser.parse_args()
    config = build(arguments.out, arguments.data, is_plain=arguments.plain, states_file=arguments.states)
    sys.stdout.write(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
