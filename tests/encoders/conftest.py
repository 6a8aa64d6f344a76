"""Encoders that several tests share, and photos drawn for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from spa_desktop.encoders import lite_files as lite_files
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_torch import torch_towers
from spa_desktop.paths import models_dir


@pytest.fixture(scope="session")
def lite():
    return load_encoder("spa-lite", device="cpu")


@pytest.fixture(scope="session")
def lite_by_torch():
    """spa-lite as other devices than the CPU have it."""
    return ClipEncoder(torch_towers(), name="spa-lite")


@pytest.fixture(scope="session")
def vit_file(made_for_all) -> Path:
    """A randomly initialised ViT-B-16, as a checkpoint file."""

    def make(file: Path) -> None:
        torch.manual_seed(0)
        torch.save(open_clip.create_model("ViT-B-16", load_weights=False).state_dict(), file)

    return made_for_all("random-vit.pt", make)


@pytest.fixture(scope="session")
def vit(vit_file):
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
