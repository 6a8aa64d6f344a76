"""The covariance prior of spa-lite: ``python -m models.building.covariance_prior FOLDER``, of everyday photos.

With one or two photos a class next to nothing is known of how the photos of a class differ. Photos of other things
tell: each photo of FOLDER is compared with those that the encoder finds most like it, as if they were of one class.
For the features x of photos and their views v,

    P = mean over photos i and their neighbours j of (x_i - x_j)(x_i - x_j)^T / 2  +  V / (V - 1) cov_v(x_iv - x_i)

The file keeps the leading directions of P, and of what is left the variance of each column: no photo, and no feature of
one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import CONFIG, NAME, PRIOR
from spa_desktop.encoders.lite_onnx import runtime_towers
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.paths import models_dir
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.gaussians import gaussian_space

NEIGHBOURS = 5
DIRECTIONS = 256


def main() -> None:
    """Encode, compare and write."""
    parser = argparse.ArgumentParser(prog="python -m models.building.covariance_prior", description=__doc__)
    parser.add_argument("folder", type=Path, help="photos of everyday things, a thousand or more")
    parser.add_argument("--out", type=Path, default=models_dir() / NAME / PRIOR, help="a file beside a config.json")
    arguments = parser.parse_args()
    encoder = ClipEncoder(runtime_towers(), name=NAME)  # without a prior, which may be what is missing
    with ConsoleJob() as job:
        store = FeatureStore(encoder, FeatureCache())
        photos = [PhotoRef.of(file) for file in sorted(arguments.folder.iterdir()) if file.is_file()]
        bad = store.ensure(photos, job)
        pooled = store.pooled([photo for photo in photos if photo.sha256 not in bad])
    near = neighbours(encoder.project(pooled[:, 0]))
    kinds = {
        "globals": gaussian_space(pooled[..., : encoder.width], rectified=True),
        "textures": pooled[..., encoder.width :],
    }
    kept: dict[str, Tensor] = {}
    for name, features in kinds.items():
        directions, rest = shortened(within(features.double(), near), DIRECTIONS)
        kept[f"{name}.directions"], kept[f"{name}.rest"] = directions.half().contiguous(), rest.float().contiguous()
    save_file(kept, arguments.out, metadata={"photos": str(len(pooled)), "encoder": encoder.fingerprint})
    config = arguments.out.with_name(CONFIG)
    sha256 = hashlib.sha256(arguments.out.read_bytes()).hexdigest()
    about = json.loads(config.read_text(encoding="utf-8")) | {"prior_sha256": sha256}
    config.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(pooled)} photos, {arguments.out.stat().st_size:,} bytes")


def neighbours(joint: Tensor) -> Tensor:
    """The nearest other photos ``(n, 5)`` of unit ``(n, D)`` joint features, seen from their mean."""
    centred = normalize(joint - joint.mean(dim=0), dim=-1)
    return (centred @ centred.T).fill_diagonal_(-1).topk(NEIGHBOURS, dim=1).indices


def within(features: Tensor, near: Tensor) -> Tensor:
    """P ``(W, W)`` of ``(n, V, W)`` features and the places ``(n, k)`` of each photo's neighbours."""
    mean = features.mean(dim=1)
    apart = (mean[:, None] - mean[near]).flatten(0, 1)
    views = (features - mean[:, None]).flatten(0, 1)
    bessel = features.shape[1] / (features.shape[1] - 1)
    return apart.T @ apart / (2 * len(apart)) + bessel * views.T @ views / len(views)


def shortened(covariance: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The leading directions ``(r, W)`` times the root of their variance, and the rest of each column's variance."""
    values, vectors = torch.linalg.eigh(covariance)
    directions = (vectors[:, -count:] * values[-count:].clamp_min(0).sqrt()).T.flip(0)
    rest = (covariance.diagonal() - directions.square().sum(dim=0)).clamp_min(0)
    return directions, rest


if __name__ == "__main__":
    main()
