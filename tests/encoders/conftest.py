"""Encoders that several tests share, and photos drawn for them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from spa_desktop.encoders import lite_files as lite_files
from spa_desktop.encoders import open_clip_pairs
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_torch import torch_towers
from spa_desktop.paths import models_dir


@pytest.fixture(scope="session")
def lite():
    return load_encoder("spa-lite", device="cpu")


@pytest.fixture(scope="session")
def towers_by_torch():
    return torch_towers()


@pytest.fixture(scope="session")
def lite_by_torch(towers_by_torch):
    """spa-lite as other devices than the CPU have it."""
    return ClipEncoder(towers_by_torch, name="spa-lite")


@pytest.fixture(scope="session")
def vit_file(tmp_path_factory) -> Iterator[Path]:
    """A checkpoint file of a randomly initialised ViT-B-16, which has few and narrow layers here, as ViT-B-32 has."""
    config = open_clip.get_model_config("ViT-B-16")
    config = {
        "embed_dim": 48,
        "vision_cfg": config["vision_cfg"] | {"layers": 2, "width": 64},
        "text_cfg": config["text_cfg"] | {"layers": 2, "width": 64, "heads": 2},
    }
    with pytest.MonkeyPatch.context() as patch:
        for size in (16, 32):
            vision = config["vision_cfg"] | {"patch_size": size}
            patch.setitem(open_clip.factory._MODEL_CONFIGS, f"ViT-B-{size}", config | {"vision_cfg": vision})
        torch.manual_seed(0)
        file = tmp_path_factory.mktemp("vit") / "random.pt"
        torch.save(open_clip.create_model("ViT-B-16", load_weights=False).state_dict(), file)
        yield file


@pytest.fixture(scope="session")
def vit(vit_file):
    """In float32, whatever the processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_clip_pairs, "has_fast_bfloat16", lambda: False)
        return load_encoder(f"ViT-B-16:{vit_file}", device="cpu")


@pytest.fixture
def drawn() -> Image.Image:
    """A photo, wider than high, with another colour in each quarter and some texture."""
    rng = np.random.RandomState(0)
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:150, :200], pixels[:150, 200:], pixels[150:, :200], pixels[150:, 200:] = (
        (200, 30, 30),
        (30, 200, 30),
        (30, 30, 200),
        (200, 200, 30),
    )
    return Image.fromarray(np.clip(pixels + rng.randint(0, 40, pixels.shape), 0, 255).astype(np.uint8))


@pytest.fixture
def copied_models(tmp_path, monkeypatch):
    """The folder of spa-lite's own files, to be damaged."""
    folder = tmp_path / "models"
    shutil.copytree(models_dir(), folder)
    monkeypatch.setattr(lite_files, "models_dir", lambda: folder)
    return folder / "spa-lite"
