from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from spa_desktop.spa.score import Scorer
from spa_desktop.spa.selection import decisiveness
from torch.nn.functional import normalize

from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import EVIDENCE
from spa_desktop.spa.samples import ClassSamples
from spa_desktop.spa.state import from_bytes, to_bytes


@pytest.fixture(scope="module")
def learner(world, config):
    return SpaLearner(world.projection, config).learn([world.samples(index) for index in range(4)])


@pytest.fixture(scope="module")
def probes(world):
    photos = [world.photos(index, 6, seed=9) for index in range(4)]
    return tuple(torch.cat(parts) for parts in zip(*photos, strict=True))


def test_scores_are_the_weighted_evidence(learner, probes):
    evidence = learner.scorer.evidence(*probes)
    assert evidence.shape == (24, 4, len(EVIDENCE))
    expected = torch.einsum("bce,e->bc", evidence, learner.memory.weights)
    assert torch.allclose(learner.scores(*probes), expected, atol=1e-4)


def test_every_kind_of_evidence_knows_the_classes(learner, probes):
    truth = torch.arange(4).repeat_interleave(6)
    evidence = learner.scorer.evidence(*probes)
    for kind, name in enumerate(EVIDENCE):
        assert float((evidence[..., kind].argmax(dim=1) == truth).float().mean()) > 0.7, name


def test_evidence_is_bounded_as_cosines_and_log_probabilities_are(learner, probes):
    text, alignment, _, by_patches = learner.scorer.evidence(*probes).unbind(dim=-1)
    for cosine in (text, alignment):
        assert float(cosine.abs().max()) <= 1 + 1e-5
    assert float(by_patches.max()) <= 0


def test_evidence_of_one_photo_computed_step_by_step(world, learner, probes):
    """All four kinds from the formulas, in NumPy and double precision, for a photo of one view."""
    pooled, patches = probes[0][:1, :1], probes[1][:1, :1]
    memory, config = learner.memory, learner.config
    evidence = learner.scorer.evidence(pooled, patches)[0].double().numpy()

    def array(tensor):
        return tensor.double().numpy()

    def log_posterior(gaussians, shrinkage, x):
        inverse = np.linalg.inv(array(gaussians.covariance(shrinkage)))
        away = x[:, None] - array(gaussians.means)[None]
        logits = -0.5 * np.einsum("ncw,wv,ncv->nc", away, inverse, away)
        return (
            logits
            - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True))
            - logits.max(1, keepdims=True)
        )

    def unit(x):
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    whole, texture = array(pooled[0])[:, :24], array(pooled[0])[:, 24:]
    x = unit(np.sqrt(whole))
    seen, kept, density, gap = [], [], 0, 0
    for gaussians, rows in ((memory.globals, x), (memory.textures, texture)):
        means = array(gaussians.means)
        white = np.linalg.inv(np.linalg.cholesky(array(gaussians.covariance(config.global_shrinkage))))
        seen.append((rows - means.mean(axis=0)) @ white.T)
        kept.append((means - means.mean(axis=0)) @ white.T)
        density = density + log_posterior(gaussians, config.global_shrinkage, rows)[0]
        squares = ((means[:, None] - means[None]) @ white.T) ** 2
        gap = gap + squares.sum(axis=-1)[~np.eye(len(means), dtype=bool)].mean() / 2
    cosines = unit(np.concatenate(seen, axis=1)) @ unit(np.concatenate(kept, axis=1)).T
    by_globals = cosines[0] + 0.5 * density / gap
    # Of the density only what differs between classes counts.
    np.testing.assert_allclose(evidence[:, 2] - evidence[0, 2], by_globals - by_globals[0], atol=1e-4)

    moved = unit(whole @ array(world.projection))
    for projector in memory.image_projectors:
        moved = moved + (x - array(projector.centre)) @ array(projector.read) @ array(projector.write).T
    np.testing.assert_allclose(evidence[:, 0], (unit(moved) @ array(memory.texts(projected=True)).T)[0], atol=1e-4)

    flat = array(patches[0, 0])
    visual = log_posterior(memory.patches, config.patch_shrinkage, flat)
    textual = flat @ array(memory.texts(projected=False)).T
    decisive = decisiveness(torch.from_numpy(visual), torch.from_numpy(textual), config.text_selection)
    chosen = flat[decisive.topk(config.patches).indices.numpy()]
    # This one counts in units of its own, which are the same for all classes: only proportions are compared.
    by_patches = log_posterior(memory.selected, config.patch_shrinkage, chosen).mean(axis=0)
    by_patches = by_patches - np.log(np.exp(by_patches - by_patches.max()).sum()) - by_patches.max()
    np.testing.assert_allclose(unit(evidence[:, 3]), unit(by_patches), atol=1e-5)

    root = np.linalg.inv(np.linalg.cholesky(array(memory.selected.covariance(config.patch_shrinkage))))
    centre = array(memory.selected.means).mean(axis=0)
    white = unit((chosen - centre) @ root.T)
    for index in range(4):
        tokens = array(memory.tokens(index, projected=True))
        similarity = white @ unit((tokens - centre) @ root.T).T
        a, b = np.full(len(white), 1 / len(white)), np.full(len(tokens), 1 / len(tokens))
        kernel, v = np.exp((similarity - 1) / config.epsilon), np.ones(len(tokens))
        for _ in range(500):
            u = 1 / (kernel @ (v * b))
            v = (1 / (kernel.T @ (u * a))) ** (config.tau / (config.tau + config.epsilon))
        u = 1 / (kernel @ (v * b))
        plan = (a * u)[:, None] * kernel * (b * v)
        assert evidence[index, 1] == pytest.approx((plan * similarity).sum(), abs=2e-3)


def test_densities_are_those_of_the_class_gaussians(learner, probes):
    from torch.distributions import MultivariateNormal

    memory, features = learner.memory, normalize(probes[0][..., :24].sqrt(), dim=-1)
    covariance = memory.globals.covariance(learner.config.global_shrinkage)
    expected = torch.stack([MultivariateNormal(m, covariance).log_prob(features) for m in memory.globals.means], dim=-1)
    found = learner.scorer.densities(probes[0])
    gaps = found - found[:, :1] - (expected - expected[..., :1]).mean(dim=1)
    assert float(gaps.abs().max()) < 1e-2 * float(expected.std())


def test_textures_tell_apart_what_global_features_do_not(world, config):
    """Two classes alike in all but texture; without it their photos are told apart by chance."""
    generator = torch.Generator().manual_seed(3)

    def sample(index, count, seed):
        pooled, patches = world.photos(0, count, seed)
        texture = world.textures[index] + 0.3 * torch.randn(count, 2, 6, generator=generator)
        pooled = torch.cat([pooled[..., :24], normalize(texture, dim=-1)], dim=-1)
        return ClassSamples(str(index), pooled, lambda: iter([patches]), world.text(0))

    right = {}
    for use_texture in (True, False):
        settings = replace(config, use_texture=use_texture)
        learner = SpaLearner(world.projection, settings).learn([sample(1, 12, 0), sample(2, 12, 1)])
        answers = [learner.scores(s.pooled, next(s.patches())).argmax(1) for s in (sample(1, 40, 2), sample(2, 40, 3))]
        right[use_texture] = float(((answers[0] == 0).float().mean() + (answers[1] == 1).float().mean()) / 2)
    assert right[True] > 0.9
    assert right[False] < 0.7


def test_an_encoder_without_texture(make_world, config):
    world = make_world()
    samples = [replace(s, pooled=s.pooled[..., :24]) for s in (world.samples(0), world.samples(1))]
    learner = SpaLearner(world.projection, config).learn(samples)
    without = SpaLearner(world.projection, replace(config, use_texture=False)).learn(samples)
    assert learner.memory.textures.width == 0
    probe = world.photos(1, 6, seed=9)
    assert torch.equal(learner.scores(probe[0][..., :24], probe[1]), without.scores(probe[0][..., :24], probe[1]))
    assert from_bytes(to_bytes(learner), world.projection).keys == learner.keys


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_classes_of_the_same_photos_are_equally_likely(world, config, count):
    """Then there is nothing that tells them apart, and rounding must not."""
    same = world.samples(0)
    learner = SpaLearner(world.projection, config).learn([replace(same, key=str(index)) for index in range(count)])
    probe = world.photos(0, 6, seed=9)
    evidence = learner.scorer.evidence(*probe)
    assert float(evidence[..., :3].abs().max()) < 10
    assert torch.allclose(learner.scores(*probe).softmax(dim=-1), torch.tensor(1 / count), atol=0.02)


def test_evidence_of_views_is_their_mean(learner, probes):
    pooled, patches = probes
    both = learner.scorer.evidence(pooled, patches)
    single = [learner.scorer.evidence(pooled[:, [v]], patches[:, [v]]) for v in (0, 1)]
    assert torch.allclose(both, (single[0] + single[1]) / 2, atol=1e-4)


def test_a_batch_scores_as_its_photos_do(learner, probes):
    pooled, patches = probes
    whole = learner.scores(pooled, patches)
    one_by_one = torch.cat([learner.scores(pooled[[i]], patches[[i]]) for i in range(len(pooled))])
    assert torch.allclose(whole, one_by_one, atol=1e-3)


def test_the_order_of_patches_does_not_matter(learner, probes):
    pooled, patches = probes
    order = torch.randperm(patches.shape[2], generator=torch.Generator().manual_seed(0))
    assert torch.allclose(learner.scores(pooled, patches), learner.scores(pooled, patches[:, :, order]), atol=1e-3)


def test_without_transport_every_patch_meets_every_token_alike(learner, config, probes):
    scorer = Scorer(learner.memory, learner.image_projection, replace(config, use_transport=False))
    found = scorer.explain(probes[1][0, 0], 2)
    assert torch.allclose(found.plan, torch.full((4, 2), 1 / 8))


@pytest.mark.parametrize("key", ["class 0", "class 3"])
def test_explanations_are_plans_over_the_photos_own_grid(learner, probes, key):
    for photo in probes[1][:, 0]:
        found = learner.explain(photo, key)
        assert found.weights.shape == (9,)
        assert float(found.weights.min()) == 0.0
        assert float(found.weights.max()) == pytest.approx(1.0)
        assert len(set(found.selected.tolist())) == 4
        assert all(0 <= index < 9 for index in found.selected.tolist())
        # The most relevant patches are the ones that are used.
        assert set(found.selected.tolist()) == set(found.weights.topk(4).indices.tolist())
        # Two phrases, though there is room for three.
        assert found.plan.shape == found.similarity.shape == (4, 2)
        assert torch.allclose(found.plan.sum(dim=1), torch.full((4,), 0.25), atol=1e-6)
        assert bool((found.plan >= 0).all())
        assert float(found.similarity.abs().max()) <= 1 + 1e-5


def test_explanations_point_at_the_planted_parts(world, learner):
    """Patches 0 and 4 show the first part, 1 and 5 the second, in the order of the phrases."""
    right = found_parts = 0
    for index in range(4):
        for photo in world.photos(index, 5, seed=11)[1][:, 0]:
            found = learner.explain(photo, f"class {index}")
            for patch, row in zip(found.selected.tolist(), found.plan, strict=True):
                if patch in (0, 4, 1, 5):
                    found_parts += 1
                    right += int(row.argmax()) == (patch in (1, 5))
    assert found_parts > 0.9 * 4 * 5 * 4
    assert right > 0.9 * found_parts


def test_a_photo_with_fewer_patches_than_are_selected(learner, world):
    pooled, patches = world.photos(1, 3, seed=2)
    few = patches[:, :, :2]
    assert torch.isfinite(learner.scores(pooled, few)).all()
    assert learner.explain(few[0, 0], "class 1").plan.shape == (2, 2)


def test_a_featureless_photo_has_finite_scores(learner):
    pooled = torch.zeros(1, 2, 30)
    patches = normalize(torch.ones(1, 2, 9, 12), dim=-1)
    assert torch.isfinite(learner.scores(pooled, patches)).all()
    weights = learner.explain(patches[0, 0], "class 0").weights
    assert torch.isfinite(weights).all()
    assert float(weights.min()) >= 0
    assert float(weights.max()) <= 1
