"""Models of timm as encoders of photos, with random weights from files: what they give, and what they refuse."""

from pathlib import Path

import pytest
import timm
import torch

from spa_desktop.encoders import backbones, download, open_clip_pairs
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.errors import InputError

# Its name with the size of the photos, W, the side of the grid, and how many tokens stand for no place.
MODELS = [
    ("vit_tiny_patch16_224", 192, 14, 1),
    ("vit_small_patch14_reg4_dinov2@56", 384, 4, 5),
    ("convnext_atto@64", 320, 2, 0),
]


def saved_model(folder: Path, name: str, *, classes: int = 7, without: str = "", seed: int = 0) -> str:
    """The name of a backbone with random weights in a file, as of one that was trained for some classes."""
    torch.manual_seed(seed)
    state = timm.create_model(name.partition("@")[0], num_classes=classes).state_dict()
    state.pop(without, None)
    torch.save(state, folder / "weights.pt")
    return f"timm:{name}:{folder / 'weights.pt'}"


@pytest.mark.parametrize(("name", "width", "side", "prefix"), MODELS)
def test_a_model_gives_what_timm_gives(name, width, side, prefix, tmp_path, drawn):
    encoder = load_encoder(saved_model(tmp_path, name), device="cpu")
    assert (encoder.width, encoder.patch_width, encoder.dim, encoder.grid) == (width, width, width, (side, side))
    model = timm.create_model(name.partition("@")[0], num_classes=0).eval()
    state = torch.load(tmp_path / "weights.pt")
    model.load_state_dict(
        {key: tensor for key, tensor in state.items() if not key.startswith(("head.fc", "head.w"))}, strict=False
    )
    if name.startswith("vit"):
        model.set_input_size(img_size=encoder.input_size)
    images = torch.randn(2, 3, encoder.input_size, encoder.input_size)
    found = encoder.encode_images(images)
    with torch.no_grad():
        torch.testing.assert_close(found.pooled, model(images), rtol=1e-3, atol=1e-4)
        last = model.forward_features(images)
        cells = last[:, prefix:] if last.ndim == 3 else model.head.norm(last).flatten(2).mT
    torch.testing.assert_close(found.patches, cells, rtol=1e-3, atol=1e-4)
    (photo,) = encode_files(encoder, [drawn])
    assert (photo.pooled.shape, photo.patches.shape) == ((3, width), (3, side * side, width))


def test_words_are_not_read_and_that_is_said(tmp_path):
    encoder = load_encoder(saved_model(tmp_path, "convnext_atto@64"), device="cpu")
    assert not encoder.has_texts
    with pytest.raises(InputError, match=r"^Backbone timm:convnext_atto.* reads photos, not words: .*spa-lite$"):
        encoder.encode_texts(["a photo of a cat."])


@pytest.mark.parametrize(
    ("model", "without", "says"),
    [
        ("convnext_atto@64", "stages.1.downsample.1.weight", r"no checkpoint of timm:convnext_atto\S*: .*state_dict"),
        (
            "deit_tiny_distilled_patch16_224",
            "",
            "gives no patch features of photos of 224 x 224 pixels: choose another",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(model, without, says, tmp_path):
    """Above all weights that are not there: timm itself leaves those random, without a word."""
    with pytest.raises(InputError, match=says) as caught:
        load_encoder(saved_model(tmp_path, model, without=without), device="cpu")
    assert "\n" not in str(caught.value)


def test_another_form_or_size_has_other_features(tmp_path):
    name = saved_model(tmp_path, "convnext_atto@64")
    others = [name, name.replace("@64", "@96"), name.replace("convnext_atto", "convnext_atto.d2_in1k")]
    first, larger, same = (load_encoder(other, device="cpu").fingerprint for other in others)
    assert first == same != larger


def test_a_model_is_downloaded_after_consent(tmp_path, monkeypatch):
    assert backbones.checked_name("timm:convnext_atto@64") == "timm:convnext_atto.d2_in1k@64"
    saved_model(tmp_path, "convnext_atto")
    offers = []
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    monkeypatch.setattr(open_clip_pairs, "download", lambda *_: pytest.fail("downloaded without consent"))
    with pytest.raises(InputError, match=r"from https://huggingface.co/timm/convnext_atto.d2_in1k \(size not known,"):
        load_encoder("timm:convnext_atto@64", consent=lambda offer: bool(offers.append(offer)))
    assert offers[0].backbone == "timm:convnext_atto.d2_in1k@64"
    fetched = []
    monkeypatch.setattr(download, "_fetch_file", lambda *file: fetched.append(file[:2]))
    download.download(offers[0])
    assert fetched == [("timm/convnext_atto.d2_in1k", "model.safetensors")]
    monkeypatch.setattr(download, "try_to_load_from_cache", lambda *_: str(tmp_path / "weights.pt"))
    assert load_encoder("timm:convnext_atto@64", device="cpu").width == 320
