"""A project that was trained on features by torch goes on with those by ONNX Runtime."""

import shutil
from pathlib import Path

import pytest

from spa_desktop.demo import DemoSet
from spa_desktop.encoders import backbones
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_onnx import runtime_towers
from spa_desktop.encoders.lite_torch import torch_towers
from spa_desktop.workbench import Workbench


@pytest.mark.slow
def test_the_same_answers(demo_set: DemoSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    garden, project = demo_set.tasks[0], tmp_path / "Garden.spa"
    for name in garden.classes[:2]:
        for number, photo in enumerate(garden.photos(name)[:3] + garden.photos(name, "test")[:2]):
            file = tmp_path / "garden" / ("train" if number < 3 else "test") / name / photo.name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, file)
    photos = sorted((tmp_path / "garden" / "test").rglob("*.jpg"))
    answers = {}
    for towers in (torch_towers(), runtime_towers()):
        encoder = ClipEncoder(towers, name="spa-lite")
        monkeypatch.setattr(backbones, "load_encoder", lambda *_, encoder=encoder, **__: encoder)
        with Workbench.open(project) if project.exists() else Workbench.create(project) as bench:
            if not answers:
                bench.add([tmp_path / "garden"])
                bench.describe("offline")
                bench.train()
            found = bench.classify(photos, top=2)["images"]
        answers[type(towers.vision)] = [{one["class"]: one["probability"] for one in image["top"]} for image in found]
    before, after = answers.values()
    for one, other in zip(before, after, strict=True):
        assert next(iter(one)) == next(iter(other))
        assert len(one) == 2
        assert one == pytest.approx(other, abs=1e-3)
