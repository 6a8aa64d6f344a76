"""The page that shows the method, held against the package that does it."""

import torch

from spa_desktop.encoders.features import salient_boxes
from spa_desktop.spa import reference
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.familiarity import held_familiarity
from spa_desktop.spa.learner import SpaLearner
from tests.spa.conftest import World


def test_the_reference_gives_the_evidence_of_the_learner(monkeypatch):
    monkeypatch.setattr(reference, "K", 3)  # of nine patches
    world = World(classes=6, noise=0.8, patch_noise=0.3)
    learner, state = SpaLearner(world.projection, SpaConfig(patches=3)), reference.State(world.projection)
    for task in ([0, 1, 2, 3], [4, 5]):
        learner = learner.learn([world.samples(index, 8) for index in task], seed=3)
        given = []
        for index in task:
            (pooled, patches), text = world.photos(index, 8), world.text(index)
            given.append((pooled, patches.half().float(), text.name, text.description, text.phrases))
        reference.learn(state, given, seed=3)
    photos = [world.photos(index, 5, seed=9) for index in range(6)]
    pooled, patches = (torch.cat(parts) for parts in zip(*photos, strict=True))
    weights = learner.memory.weights
    by_names = reference.score(state, pooled, patches, torch.zeros(4))
    assert float(by_names.std()) > 0
    for kind, evidence in enumerate((learner.score(pooled, patches).weighable * weights).unbind(dim=-1)):
        found = reference.score(state, pooled, patches, torch.eye(4)[kind] * weights) - by_names * (kind > 0)
        # What is stored is rounded to half precision, and POT's transport ends when it is near enough.
        assert float((found - evidence).abs().max() / evidence.std()) < 0.005, kind
    assert torch.allclose(reference.familiarity(state, pooled), learner.familiarity(pooled), atol=2e-3)
    held = torch.cat([held_familiarity(known.held, 6) for known in learner.memory.classes])
    assert abs(reference.threshold(held) - learner.threshold) < 1e-4


def test_the_reference_finds_the_thing_where_the_encoder_does():
    random = torch.Generator().manual_seed(0)
    for _ in range(5):
        patches = torch.rand(9, 9, 1, generator=random)
        side, top, left = reference.thing_square(patches[..., 0])
        grown = side * 1.35
        corner = [min(max(low + (side - grown) / 2, 0), 9 - grown) / 9 for low in (left, top)]
        box = torch.tensor([*corner, corner[0] + grown / 9, corner[1] + grown / 9])
        assert torch.allclose(salient_boxes(patches.view(1, 81, 1), (9, 9))[0], box, atol=1e-6)
