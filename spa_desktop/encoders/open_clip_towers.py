"""The towers of an open_clip model, computed by torch on any device."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from spa_desktop.encoders.image_towers import vision_tower
from spa_desktop.encoders.text_towers import OpenClipTokens, text_tower
from spa_desktop.encoders.towers import Towers
from spa_desktop.encoders.transform import PhotoTransform

# Part of every fingerprint: to be raised when the same weights are to give other features.
_FEATURES_VERSION = 4


def open_clip_towers(
    model: Any,
    tokenizer: Any,
    *,
    name: str,
    context_length: int | None = None,
    prepare: Callable[[nn.Module], None] | None = None,
    fingerprint: str | None = None,
    text_fingerprint: str | None = None,
) -> Towers:
    """Take over an open_clip model: its image tower loses its last projection.

    Args:
        model: CLIP or CustomTextCLIP of open_clip with its ``visual.preprocess_cfg``, in float32.
        tokenizer: what ``open_clip.get_tokenizer`` gives.
        name: the backbone's name.
        context_length: the most tokens of a text; None takes the model's own.
        prepare: makes the image tower faster without changing what it says; runs after the fingerprint is taken.
        fingerprint: of weights that were checked in another way; None takes it of the model.
        text_fingerprint: where texts may change and photos' features not; None where one stands for both.

    Raises:
        InputError: if the model has no patch or token features.
    """
    model = model.eval().requires_grad_(False)
    transform = PhotoTransform(model.visual.preprocess_cfg)
    fingerprint = fingerprint or fingerprint_of(model, transform)
    length = context_length or int(model.context_length)
    vision, language = vision_tower(model, name), text_tower(model, name)
    if prepare is not None:
        prepare(model.visual)
    model = model.to(memory_format=torch.channels_last)
    return Towers(
        vision,
        language,
        OpenClipTokens(tokenizer, length),
        transform,
        fingerprint,
        length,
        float(model.logit_scale.exp()),
        model.to,
        text_fingerprint or fingerprint,
    )


def fingerprint_of(model: nn.Module, transform: PhotoTransform) -> str:
    """sha256 over the weights of an open_clip model that no tower was taken from, and over its transform."""
    digest = hashlib.sha256(json.dumps([_FEATURES_VERSION, transform.describe()], sort_keys=True).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
