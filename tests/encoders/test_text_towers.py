"""Texts of open_clip's own transformers are the same without their padding."""

from typing import Any

import open_clip
import pytest
import torch
from open_clip.model import CLIP, CustomTextCLIP
from torch.nn.functional import normalize

from spa_desktop.encoders.open_clip_towers import CausalText, text_tower

SMALL = {"width": 64, "heads": 2, "layers": 2, "vocab_size": 500, "output_tokens": False}
PHOTOS = {"image_size": 32, "patch_size": 16, "width": 64, "head_width": 32, "layers": 1}
LENGTHS = (1, 4, 9, 30)


def forms() -> dict[str, tuple[type, dict[str, Any]]]:
    """The text transformers that open_clip builds without weights, each form once, by a model that has it."""
    found: dict[str, tuple[type, dict[str, Any]]] = {}
    for name in open_clip.list_models():
        config = open_clip.get_model_config(name)
        text = {key: value for key, value in config["text_cfg"].items() if "tokenizer" not in key}
        text |= SMALL
        if "hf_model_name" not in text:
            is_tower = config.get("custom_text") or "multimodal_cfg" in config
            form = CustomTextCLIP if is_tower else CLIP, text
            if form not in found.values():
                found[name] = form
    return found


FORMS = forms()


def token_ids(text: dict[str, Any]) -> torch.Tensor:
    vocabulary, end = text["vocab_size"], text.get("eos_id", 2)
    ids = torch.zeros(len(LENGTHS), text.get("context_length", 77), dtype=torch.long)
    for row, length in zip(ids, LENGTHS, strict=True):
        length = min(length, len(row) - 2)
        row[: length + 1] = torch.randint(3, vocabulary - 1, (length + 1,))
        row[length + 1] = end if text.get("pool_type") == "eos" else vocabulary - 1
    return ids


@pytest.mark.parametrize("name", FORMS)
def test_texts_are_those_of_open_clip(name):
    torch.manual_seed(7)
    kind, text = FORMS[name]
    model = kind(64, PHOTOS, text).eval()
    tower, ids = text_tower(model, name), token_ids(text)
    with torch.no_grad():
        sentences, tokens = tower(ids)
        wanted = model.encode_text(ids, normalize=True)
        given = model.forward_intermediates(text=ids, text_indices=1, normalize_intermediates=True)
    torch.testing.assert_close(normalize(sentences, dim=-1), wanted, rtol=0, atol=2e-6)
    states = given["text_intermediates"][-1]
    projection = model.text_projection if kind is CLIP else model.text.text_projection
    if projection is not None:
        states = projection(states) if isinstance(projection, torch.nn.Module) else states @ projection
    torch.testing.assert_close(tokens, states[:, : tokens.shape[1]], rtol=1e-4, atol=1e-5)
    assert tokens.shape[1] == (max(LENGTHS) + 2 if isinstance(tower, CausalText) else ids.shape[1])


def test_clip_leaves_padding_out():
    towers = {name: text_tower(kind(64, PHOTOS, text), name) for name, (kind, text) in FORMS.items()}
    causal = {name for name, tower in towers.items() if isinstance(tower, CausalText)}
    assert "EVA01-g-14" in causal, "the form of CLIP"
    assert not causal & {"ViT-B-16-SigLIP", "ViT-bigG-14-CLIPA", "coca_base"}
