"""A project on a model of timm by the command line: all but words works, and that is said."""

import pytest
import torch

from spa_desktop.encoders import backbones
from spa_desktop.feature_store import PhotoRef
from spa_desktop.workbench import sorting
from spa_desktop.workbench.open_project import OpenProject


@pytest.fixture
def backbone(tmp_path, monkeypatch, load_encoder):
    """A model of timm with random weights, for photos as small as those that are drawn here."""
    import timm

    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    torch.manual_seed(0)
    torch.save(timm.create_model("convnext_atto").state_dict(), tmp_path / "weights.pt")
    return f"timm:convnext_atto@64:{tmp_path / 'weights.pt'}"


def test_a_project_learns_without_words(run, path, photos, backbone):
    assert (
        "reads photos, not words: descriptions, search by words and names"
        in run("new", path, "--backbone", backbone).err
    )
    assert run("add", path, photos / "1").code == 0
    assert "reads photos, not words" in run("describe", path).error
    trained = run("train", path, "--device", "cpu")
    assert trained.code == 0
    assert "described" not in trained.err
    found = run("evaluate", path, "--json").json
    assert (found["classes"], found["last"]) == (["blue", "green", "red"], 100.0)
    photo = photos / "1" / "test" / "red" / "red-6.png"
    (image,) = run("classify", path, photo, "--json", "--explain").json["images"]
    assert image["answer"] == "red"
    assert image["patches"]["grid"] == [2, 2]
    assert image["evidence"]["text"] == 0
    assert "reads photos, not words" in run("search", path, "red").error
    groups = run("discover", photos / "2", "--project", path, "--json")
    assert {tuple(group["names"]) for group in groups.json["groups"]} <= {()}
    assert "reads photos, not words" in groups.err
    corrected = run("correct", path, photos / "2" / "train" / "amber" / "amber-0.png", "--is", "amber", "--learn")
    assert (corrected.code, "Corrected 1 photo" in corrected.err) == (0, True)
    assert run("info", path, "--json").json["classes"][0]["state"] == "trained"
    with OpenProject.open(path) as bench:
        violet = [PhotoRef.of(file) for file in sorted((photos / "2" / "train" / "violet").iterdir())]
        assert sorting.learn_sorted(bench, {"violet": violet})[0].learned == ("violet",)
