"""A project that was trained on features by torch goes on with those by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import pytest

from spa_desktop.demo import draw_demo
from spa_desktop.encoders import backbones
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_onnx import runtime_towers
from spa_desktop.encoders.lite_torch import torch_towers
from spa_desktop.workbench import Workbench


@pytest.mark.slow
def test_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    demo_set = draw_demo(tmp_path / "demo", photos_per_class=3, test_per_class=2)
    project = tmp_path / "Garden.spa"
    photos = [photo for task in demo_set.tasks for name in task.classes for photo in task.photos(name, "test")]
    answers = {}
    for towers in (torch_towers(), runtime_towers()):
        encoder = ClipEncoder(towers, name="spa-lite")
        monkeypatch.setattr(backbones, "load_encoder", lambda *_, encoder=encoder, **__: encoder)
        with Workbench.open(project) if project.exists() else Workbench.create(project) as bench:
            if not answers:
                for task in demo_set.tasks:
                    bench.add([task.folder], task=task.name)
                    bench.describe("offline", task=task.name)
                    bench.train(task=task.name)
            found = bench.classify(photos, top=8)["images"]
        answers[type(towers.vision)] = [{one["class"]: one["probability"] for one in image["top"]} for image in found]
    before, after = answers.values()
    for one, other in zip(before, after, strict=True):
        assert next(iter(one)) == next(iter(other))
        assert len(one) == 8
        assert one == pytest.approx(other, abs=1e-3)
