"""timm's models by name: encoders of photos, without texts."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import timm
import torch
from timm.models import load_state_dict
from torch import nn

from spa_desktop.encoders.download import TIMM
from spa_desktop.encoders.encoder import Towers
from spa_desktop.encoders.open_clip_towers import TimmTower, fingerprint_of
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.errors import InputError

_NAME = re.compile(r"(\w{1,80})(\.\w{1,80})?(@\d{2,4})?")
_LARGEST = 1024  # pixels along a side: memory grows with the square of the patches


def known_model(name: str) -> str | None:
    """MODEL.TAG, with @SIZE where that is given, for the name of a model with or without its tag; None if unknown.

    >>> known_model("vit_small_patch14_dinov2@224")
    'vit_small_patch14_dinov2.lvd142m@224'
    """
    parts = _NAME.fullmatch(name)
    if parts is None or not timm.is_model(parts[1]) or int((parts[3] or "@0")[1:]) > _LARGEST:
        return None
    try:
        settings = timm.get_pretrained_cfg(parts[1] + (parts[2] or ""))
    except RuntimeError:  # there is no such tag
        return None
    tag = f".{settings.tag}" if settings and settings.tag else ""
    return f"{parts[1]}{tag}{parts[3] or ''}"


def timm_towers(backbone: str, weights: Path) -> Towers:
    """The image tower of "timm:MODEL.TAG@SIZE", in float32, with weights from a file of which only numbers are read.

    Pooled features are those that a classifier of timm would read, without its classifier. Patches are the tokens that
    stand for a place, or the cells of the last map, each brought through the same ending alone. The input is of the
    size that the weights were made for, unless another is given. Raises InputError if the model gives no patches;
    whatever timm raises where the file does not fit.
    """
    name, _, size = backbone.removeprefix(TIMM).partition("@")
    settings = timm.get_pretrained_cfg(name) or timm.models.PretrainedCfg()
    state = load_state_dict(str(weights), weights_only=True)
    heads = [settings.classifier] if isinstance(settings.classifier, str) else settings.classifier or ()
    # The classifier that the file has, if any: with it each number has a place, and timm refuses a file that lacks one
    # (but for DLA, MobileNetV5 and fcmae's ConvNeXt V2, whose numbers timm then leaves random without a word).
    classes = next((len(state[f"{head}.weight"]) for head in heads if f"{head}.weight" in state), 0)
    del state
    overlay = {"file": str(weights), "num_classes": classes, "label_offset": 0, "custom_load": False}
    model: Any = timm.create_model(name, pretrained=True, num_classes=classes, pretrained_cfg_overlay=overlay)
    model.reset_classifier(0)
    side = int(size or settings.input_size[-1])
    if size and hasattr(model, "set_input_size"):  # one with places that are learned; others take any
        model.set_input_size(img_size=(side, side))
    model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    transform = PhotoTransform(
        {"size": side, "mean": settings.mean, "std": settings.std, "interpolation": settings.interpolation}
    )
    tower = TimmTower(SimpleNamespace(trunk=model, head=nn.Identity()))
    try:
        with torch.no_grad():
            pooled, patches, (height, width) = tower(torch.zeros(1, 3, side, side))
        is_sound = pooled.ndim == 2 and patches.shape == (1, height * width, pooled.shape[1])
    except (RuntimeError, AssertionError, AttributeError, ValueError, TypeError, IndexError):
        is_sound = False
    if not is_sound:
        raise InputError(
            f"Backbone {backbone} gives no patch features of photos of {side} x {side} pixels: choose another model or "
            f"size, such as {TIMM}vit_small_patch14_dinov2.lvd142m@224"
        )
    # Of the form as well: the same weights may be of another activation or pooling.
    fingerprint = hashlib.sha256(f"{name.partition('.')[0]} {fingerprint_of(model, transform)}".encode()).hexdigest()
    return Towers(tower, None, None, transform, fingerprint, 0, 1.0, model.to)
