"""Where the engine runs, as far as that is known without loading it."""

import os
import weakref

import torch

from spa_desktop.encoders import backbones, device
from spa_desktop.feature_store import loaded_encoder
from spa_desktop.jobs import Job
from spa_desktop.workbench import recognition


def test_another_device_holds_from_the_next_verb_on(taught, tiny, monkeypatch):
    recognition.recognizer(taught)
    loaded = len(tiny)
    monkeypatch.setattr(device, "choose_device", torch.device)  # as if all of them were there
    for name in ("cuda", "cpu"):
        taught.use_device(name)
        recognition.recognizer(taught)
        assert len(tiny) == loaded + 1, "the encoder was loaded anew, once for each device"


def test_the_shared_backbone_keeps_no_job_and_a_checkpoint_that_changed_is_another(bench, monkeypatch, tmp_path):
    made, load = [], backbones.load_encoder
    monkeypatch.setattr(backbones, "load_encoder", lambda *about, **settings: made.append(settings) or load(*about))
    said = []
    job = Job(lambda event: said.append(event.message))
    encoder, gone = bench.encoder(job), weakref.ref(job)
    made[0]["on_message"]("Memory ran out")
    del job
    assert gone() is None
    made[0]["on_message"]("Memory ran out")
    assert said.count("Memory ran out") == 1
    assert loaded_encoder("spa-lite", "cpu") is encoder
    name = f"ViT-B-32:{tmp_path / 'model.pt'}"
    (tmp_path / "model.pt").write_bytes(b"first")
    first = loaded_encoder(name, "cpu")
    assert loaded_encoder(name, "cpu") is first
    (tmp_path / "model.pt").write_bytes(b"other")  # as many bytes in the same place
    os.utime(tmp_path / "model.pt", (1, 1))
    assert loaded_encoder(name, "cpu") is not first
