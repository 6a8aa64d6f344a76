"""spa-lite computed by torch, on any device: a plain open_clip CustomTextCLIP out of both packages' weights."""

from __future__ import annotations

from itertools import pairwise

import timm
import torch
from open_clip.model import CustomTextCLIP
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from transformers import AutoConfig, AutoModel

from spa_desktop.encoders import lite_files
from spa_desktop.encoders.encoder import Towers
from spa_desktop.encoders.lite_files import KernelHead, WordPieces
from spa_desktop.encoders.open_clip_towers import EfficientNetTower, HuggingFaceTower, fingerprint_of
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.errors import InputError

# Batch norms folded into the convolutions before them: the same features, fewer steps.


def fold_batch_norms(module: nn.Module) -> None:
    """Fold every batch norm that directly follows a convolution, in place, in evaluation mode.

    timm's EfficientNets list a convolution and the ``BatchNormAct2d`` behind it as neighbours in one block; what is
    left of the latter is its activation. Equal to rounding (tested).
    """
    for parent in module.modules():
        children = list(parent.named_children())
        for (first, convolution), (second, norm) in pairwise(children):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, BatchNormAct2d):
                setattr(parent, first, fuse_conv_bn_eval(convolution, norm))
                setattr(parent, second, nn.Sequential(norm.drop, norm.act))


TIMM_NAME = "tf_efficientnet_lite2"


def torch_towers() -> Towers:
    """Both towers, on the CPU until they are moved."""
    config = lite_files.read_config()
    scale = float(config["logit_scale"])
    model = assemble(lite_files.read_projections(config), logit_scale=scale).requires_grad_(False)
    vision = EfficientNetTower(model.visual)
    fold_batch_norms(model.visual)
    model = model.to(memory_format=torch.channels_last)
    return Towers(
        vision,
        HuggingFaceTower(model.text),
        WordPieces(lite_files.text_folder() / "tokenizer.json", lite_files.CONTEXT_LENGTH),
        PhotoTransform(lite_files.TRANSFORM),
        str(config["fingerprint"]),
        lite_files.CONTEXT_LENGTH,
        scale,
        model.to,
        str(config["text_fingerprint"]),
    )


def assemble(projections: dict[str, Tensor], *, logit_scale: float) -> CustomTextCLIP:
    """The open_clip model: a timm tower, a transformers tower, and a map behind each.

    The projections are ``image_projection`` ``(W', D)`` and the tensors of :class:`KernelHead`.
    """
    stored = lite_files.vision_weights()
    expected = timm.create_model(TIMM_NAME, pretrained=False).state_dict()
    # Both follow the order in which the layers are built; only the names differ.
    pairs = list(zip(expected.items(), stored.values(), strict=True))
    if any(own.shape != other.shape for (_, own), other in pairs):
        raise InputError(
            f"spa-lite's weights do not fit timm {timm.__version__}: install the versions that spa-desktop asks for"
        )
    weights = {key: tensor for (key, _), tensor in pairs if not key.startswith("classifier.")}
    dim = projections["image_projection"].shape[1]
    model = CustomTextCLIP(
        embed_dim=dim,
        vision_cfg={
            "timm_model_name": TIMM_NAME,
            "timm_pool": "avg",
            "timm_proj": "linear",
            "image_size": lite_files.INPUT_SIZE,
        },
        text_cfg={
            "hf_model_name": str(lite_files.text_folder()),
            "hf_model_pretrained": False,
            "hf_proj_type": "linear",
            "hf_pooler_type": "mean_pooler",
        },
    )
    model.visual.trunk.load_state_dict(weights)
    model.visual.head.proj.weight.data.copy_(projections["image_projection"].T)
    # open_clip's projection is linear, or a perceptron; ours is another non-linear map.
    model.text.proj = KernelHead(projections)
    model.text.transformer = text_transformer()
    model.logit_scale.data.fill_(logit_scale).log_()
    model.visual.preprocess_cfg = dict(lite_files.TRANSFORM)
    return model.eval()


def fingerprint(projections: dict[str, Tensor], logit_scale: float) -> str:
    """What stands for the weights of both towers, whatever computes them; arguments as for `assemble`.

    It is kept beside the projections: all weights are pinned, and the names that libraries give to them, which are part
    of it, may change.
    """
    return fingerprint_of(assemble(projections, logit_scale=logit_scale), PhotoTransform(lite_files.TRANSFORM))


def text_transformer() -> nn.Module:
    """MiniLM with its weights, without BERT's pooler."""
    folder = lite_files.text_folder()
    transformer = AutoModel.from_config(AutoConfig.from_pretrained(folder), add_pooling_layer=False)  # type: ignore[no-untyped-call]
    transformer.load_state_dict(lite_files.text_weights(folder))
    transformer.eval()
    return transformer  # type: ignore[no-any-return]
