from __future__ import annotations

import hashlib
from pathlib import Path

import open_clip
import pytest
import torch

from spa_desktop.clip import download, pairs
from spa_desktop.clip.backbones import list_backbones, load_encoder
from spa_desktop.clip.download import DownloadOffer, download_weights
from spa_desktop.errors import InputError, SpaError

PAIR = "ViT-B-16/laion400m_e32"
OFFER = DownloadOffer(PAIR, "timm/vit", "open_clip_model.safetensors", 598_000_000)


def test_the_list():
    found = list_backbones()
    assert [one.name for one in found][:2] == ["spa-lite", PAIR]
    assert found[0].is_embedded
    assert found[0].is_downloaded
    assert not any(one.is_embedded or one.is_downloaded for one in found[1:])
    known = open_clip.list_pretrained()
    assert all(tuple(one.name.split("/")) in known for one in found[1:])


def test_stated_sizes_are_those_of_the_files(lite):
    from spa_desktop.clip import lite as files
    from spa_desktop.paths import models_dir

    paths = [*(models_dir() / files.NAME).iterdir(), files.text_folder() / "model.safetensors"]
    paths.append(files.package_file(*files.VISION))
    assert list_backbones()[0].megabytes == pytest.approx(sum(path.stat().st_size for path in paths) / 1e6, abs=1)


def test_every_pair_of_open_clip_can_be_found():
    assert all(list(download._candidates(*pair)) for pair in open_clip.list_pretrained())


@pytest.mark.parametrize("name", ["spa-lit", "ViT-B16/laion400m_e32", "ViT-B-16:laion400m_e32", "", "nonsense"])
def test_unknown_names_get_suggestions(name):
    with pytest.raises(InputError, match="did you mean") as caught:
        load_encoder(name)
    assert "\n" not in str(caught.value)
    if name.startswith("ViT"):
        assert PAIR in str(caught.value)


def test_nothing_is_downloaded_without_consent(monkeypatch):
    asked = []
    monkeypatch.setattr(pairs, "offered_download", lambda *pair: OFFER)
    monkeypatch.setattr(pairs, "download_weights", lambda *_: pytest.fail("downloaded without consent"))
    with pytest.raises(InputError, match=r"598 MB from huggingface.co/timm/vit.*spa-lite"):
        load_encoder(PAIR)
    with pytest.raises(InputError, match="agree"):
        load_encoder(PAIR, consent=lambda offer: bool(asked.append(offer)))
    assert asked == [OFFER]


def test_offline_says_so():
    with pytest.raises(SpaError, match="HF_HUB_OFFLINE"):
        load_encoder(PAIR, consent=lambda offer: True)


def test_download_after_consent_loads_with_the_tags_transform(monkeypatch, vit_file):
    def fetch(offer, on_progress):
        on_progress(offer.bytes, offer.bytes)
        return vit_file

    progress = []
    monkeypatch.setattr(pairs, "offered_download", lambda *pair: OFFER)
    monkeypatch.setattr(pairs, "download_weights", fetch)
    encoder = load_encoder(
        "ViT-B-16/openai", consent=lambda offer: True, on_progress=lambda *step: progress.append(step), device="cpu"
    )
    assert progress == [(598_000_000, 598_000_000)]
    # OpenAI's weights need their own activation function, which a plain ViT-B-16 has not.
    assert any(type(module).__name__ == "QuickGELU" for module in encoder._vision.visual.modules())


def test_progress_of_a_download_and_stopping_it(monkeypatch):
    def fetch(repository, file, tqdm_class):
        bar = tqdm_class(total=30, unit="B", unit_scale=True, desc=file, name="huggingface_hub.http_get")
        for _ in range(3):
            bar.update(10)
        return "/there"

    monkeypatch.setattr(download, "hf_hub_download", fetch)
    steps = []
    assert download_weights(OFFER, lambda *step: steps.append(step)) == Path("/there")
    assert steps == [(10, 30), (20, 30), (30, 30)]

    class Stop(Exception):
        pass

    def stop(done, total):
        raise Stop

    with pytest.raises(Stop):
        download_weights(OFFER, stop)


def test_a_failed_download_is_one_line(monkeypatch):
    def fail(*_, **__):
        raise ConnectionError("reset\nby peer")

    monkeypatch.setattr(download, "hf_hub_download", fail)
    with pytest.raises(SpaError, match="try again") as caught:
        download_weights(OFFER)
    assert "\n" not in str(caught.value)


def test_checkpoint_files(vit, vit_file, tmp_path):
    assert vit.name == f"ViT-B-16:{vit_file}"
    right = hashlib.sha256(vit_file.read_bytes()).hexdigest()
    assert load_encoder(f"ViT-B-16:{vit_file}#sha256={right}", device="cpu").fingerprint == vit.fingerprint
    with pytest.raises(InputError, match=f"{vit_file} has the wrong checksum"):
        load_encoder(f"ViT-B-16:{vit_file}#sha256={'0' * 64}")
    with pytest.raises(InputError, match="is missing"):
        load_encoder(f"ViT-B-16:{tmp_path / 'gone.pt'}")
    garbage = tmp_path / "garbage.pt"
    garbage.write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match=r"garbage.pt is no checkpoint of ViT-S-32-alt") as caught:
        load_encoder(f"ViT-S-32-alt:{garbage}")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no checkpoint of ViT-S-32-alt"):
        load_encoder(f"ViT-S-32-alt:{vit_file}")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_checkpoint_cannot_run_code(tmp_path):
    import pickle

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    file = tmp_path / "evil.pt"
    file.write_bytes(pickle.dumps({"state_dict": Evil()}))
    torch.save({"state_dict": Evil()}, tmp_path / "evil2.pt")
    for path in (file, tmp_path / "evil2.pt"):
        with pytest.raises(InputError, match="no checkpoint"):
            load_encoder(f"ViT-S-32-alt:{path}")
    assert not (tmp_path / "owned").exists()
