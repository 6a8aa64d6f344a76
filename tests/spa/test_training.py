"""Photos that set the weights are held out of all that judges them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import normalize

import spa_desktop.spa.learner as module
from spa_desktop.spa.discriminant import gaussian_space
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import DEFAULT_WEIGHTS
from spa_desktop.spa.samples import ClassSamples, ClassText, KeptPhotos
from spa_desktop.spa.score import Scorer


@pytest.fixture
def judges(monkeypatch):
    """The memories that held-out photos are judged by, with what they judged."""
    seen = []

    class Recorder(Scorer):
        def __init__(self, memory, *rest):
            super().__init__(memory, *rest)
            seen.append((memory, []))
            self.seen = seen[-1][1]

        def evidence(self, pooled, patches):
            self.seen.append(pooled)
            return super().evidence(pooled, patches)

    monkeypatch.setattr(module, "Scorer", Recorder)
    return seen


def test_each_photo_is_judged_once_by_sums_without_it(world, config, judges):
    samples = [world.samples(0, 7), world.samples(1, 1), world.samples(2, 2)]
    SpaLearner(world.projection, config).learn(samples, seed=3)
    kept = KeptPhotos.gather(samples, [0, 1, 2], limit=config.kept_photos, folds=config.folds, seed=3)
    assert len(judges) == config.folds
    for fold, (memory, judged) in enumerate(judges):
        held = kept.folds == fold
        assert torch.equal(torch.cat(judged), kept.pooled[held])
        for index in range(3):
            rest = kept.pooled[~held & (kept.labels == index)]
            whole, texture = rest.flatten(0, 1).tensor_split([24], dim=-1)
            for gaussians, rows in (
                (memory.globals, gaussian_space(whole, rectified=True)),
                (memory.textures, texture),
            ):
                assert gaussians.counts[index] == len(rows)
                assert torch.allclose(gaussians.means[index], rows.mean(dim=0), atol=1e-5)
            patches = kept.patches[~held & (kept.labels == index)].float().flatten(0, 2)
            assert memory.patches.counts[index] == len(patches)
            assert torch.allclose(memory.patches.means[index], patches.mean(dim=0), atol=1e-5)
            assert memory.selected.counts[index] == 2 * config.patches * len(rest)
    # The photo that is alone in its class is never held out.
    assert sum(len(part) for _, judged in judges for part in judged) == 9


@pytest.mark.parametrize("jitter", [1e-3, 0.3])
def test_sums_stay_sums_of_squares_where_selection_is_a_close_call(config, judges, jitter):
    """Patches that are all but alike are selected by the last digits: those taken out must be those added."""
    generator = torch.Generator().manual_seed(1)
    task = []
    for key in ("first", "second"):
        look, patch = torch.rand(24, generator=generator), torch.randn(64, generator=generator)
        pooled = (look + 0.1 * torch.randn(12, 2, 24, generator=generator)).clamp_min(0)
        patches = normalize(patch + jitter * torch.randn(12, 2, 9, 64, generator=generator), dim=-1)
        name = ClassText.from_name(normalize(patch, dim=0))
        task.append(ClassSamples(key, pooled, lambda patches=patches: iter([patches]), name))
    SpaLearner(torch.randn(24, 64, generator=generator), config).learn(task)
    for memory, _ in judges:
        for gaussians in (memory.globals, memory.patches, memory.selected):
            values = torch.linalg.eigvalsh(gaussians.scatter.double())
            assert float(values[0]) > -1e-4 * float(values[-1])


def test_weights_stand_on_held_out_photos_of_all_tasks(world, config):
    first = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    second = first.learn([world.samples(2, 4)])
    # Ten photos of a class are kept at the most.
    assert first.memory.weight_photos == 20
    assert second.memory.weight_photos == 24
    # Two names for one thing cannot be told apart, and the temperature says so.
    twin = replace(world.samples(0), key="twin")
    unsure = SpaLearner(world.projection, config).learn([world.samples(0), twin])
    assert bool((unsure.memory.weights < 0.8 * torch.tensor(DEFAULT_WEIGHTS)).all())
    # Four photos among 24 move them a little at the most.
    moved = (second.memory.weights.log() - first.memory.weights.log()).abs()
    assert float(moved.max()) < 1.5


def test_nothing_to_hold_out_leaves_the_defaults(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0, 1), world.samples(1, 1)])
    assert torch.equal(learner.memory.weights, torch.tensor(DEFAULT_WEIGHTS))
    assert learner.memory.weight_photos == 0
    alone = SpaLearner(world.projection, config).learn([world.samples(0)])
    assert torch.equal(alone.memory.weights, torch.tensor(DEFAULT_WEIGHTS))
