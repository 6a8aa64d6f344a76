"""Five kinds of evidence, by their formulas, and their weighted sum."""

from dataclasses import replace

import numpy as np
import ot
import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.errors import SpaError
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.patches import relevance


@pytest.fixture(scope="module")
def learner(world, config):
    return SpaLearner(world.projection, config).learn([world.samples(index) for index in range(4)])


@pytest.fixture(scope="module")
def probes(world):
    photos = [world.photos(index, 6, seed=9) for index in range(4)]
    return tuple(torch.cat(parts) for parts in zip(*photos, strict=True))


def test_scores_are_the_weighted_evidence(learner, probes):
    scored = learner.score(*probes)
    assert scored.evidence.shape == (24, 4, len(EVIDENCE))
    # Global feature and texture are one photo as a whole: they share a weight.
    text, alignment, patches, whole = learner.memory.weights.tolist()
    assert scored.weights.tolist() == [text, alignment, patches, whole, whole]
    expected = torch.einsum("bce,e->bc", scored.evidence, scored.weights)
    assert torch.allclose(scored.scores, expected, atol=1e-4)
    assert torch.equal(learner.scores(*probes), scored.scores)
    # The same sum from what the memory's four weights go with.
    assert scored.weighable.shape == (24, 4, 4)
    assert torch.allclose(scored.weighable @ learner.memory.weights, scored.scores, atol=1e-4)


def array(tensor):
    return tensor.double().numpy()


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


class Gaussian:
    """Class Gaussians from their formulas, in NumPy and double precision."""

    def __init__(self, gaussians, shrinkage):
        self.means = array(gaussians.means)
        self.covariance = array(gaussians.covariance(shrinkage))
        self.inverse = np.linalg.inv(self.covariance)
        self.unroot = np.linalg.inv(np.linalg.cholesky(self.covariance)).T
        pairs = (self.means[:, None] - self.means[None]) @ self.unroot
        self.gap = (pairs**2).sum(axis=-1)[~np.eye(len(self.means), dtype=bool)].mean() / 2

    def log_density(self, x):
        """``(n, C)``, up to a constant of each feature."""
        away = x[:, None] - self.means[None]
        return -0.5 * np.einsum("ncw,wv,ncv->nc", away, self.inverse, away)

    def white(self, x):
        return (x - self.means.mean(axis=0)) @ self.unroot


def differences(evidence):
    """Of evidence only what differs between classes counts."""
    return evidence - evidence[0]


def test_evidence_of_one_photo_computed_step_by_step(world, learner, probes):
    """All five kinds from the formulas, in NumPy and double precision, for a photo of one view."""
    pooled, patches = probes[0][:1, :1], probes[1][:1, :1]
    memory, config = learner.memory, learner.config
    found = array(learner.score(pooled, patches).evidence[0])

    whole, texture = array(pooled[0])[:, :24], array(pooled[0])[:, 24:]
    x = unit(np.sqrt(whole))
    parts = [
        (Gaussian(gaussians, config.global_shrinkage), rows)
        for gaussians, rows in ((memory.globals, x), (memory.textures, texture))
    ]
    length = np.sqrt(sum((gaussian.white(rows) ** 2).sum() for gaussian, rows in parts))
    lengths = np.sqrt(sum((gaussian.white(gaussian.means) ** 2).sum(axis=1) for gaussian, _ in parts))
    gap = sum(gaussian.gap for gaussian, _ in parts)
    for kind, (gaussian, rows) in zip((3, 4), parts, strict=True):
        cosine = (gaussian.white(rows) @ gaussian.white(gaussian.means).T)[0] / (length * lengths)
        expected = cosine + config.density_share * gaussian.log_density(rows)[0] / gap
        np.testing.assert_allclose(differences(found[:, kind]), differences(expected), atol=1e-4)

    moved = unit(whole @ array(world.projection))
    for projector in memory.image_projectors:
        moved = moved + (x - array(projector.centre)) @ array(projector.read) @ array(projector.write).T
    by_text = (unit(moved) @ array(memory.texts(projected=True)).T)[0]
    share = 50 / (50 + float(memory.globals.counts.sum()) - 4)  # of the prior in the sums
    by_name = (unit(whole @ array(world.projection)) @ array(memory.names()).T)[0]
    by_text = by_text + memory.name_scale * share * by_name / float(memory.weights[0])
    np.testing.assert_allclose(found[:, 0], by_text, atol=1e-4)

    flat = array(patches[0, 0])
    visual = Gaussian(memory.patches, config.patch_shrinkage).log_density(flat)
    textual = flat @ array(memory.texts(projected=False)).T
    relevances = relevance(torch.from_numpy(visual), torch.from_numpy(textual), config.text_selection)
    chosen = flat[relevances.topk(config.patches).indices.numpy()]
    selected = Gaussian(memory.selected, config.patch_shrinkage)
    by_patches = selected.log_density(chosen).mean(axis=0) / selected.gap
    np.testing.assert_allclose(differences(found[:, 2]), differences(by_patches), atol=1e-4)

    white = unit(selected.white(chosen))
    for index in range(4):
        similarity = white @ unit(selected.white(array(memory.tokens(index, projected=True)))).T
        plan, dustbin = plan_with_dustbin(similarity, config.epsilon, config.dustbin_similarity)
        expected = (plan * similarity).sum() + config.dustbin_similarity * dustbin.sum()
        assert found[index, 1] == pytest.approx(expected, abs=2e-3)


def plan_with_dustbin(similarity, epsilon, dustbin_similarity):
    """By POT's solver of single problems, in double precision and to the end."""
    patches, tokens = similarity.shape
    cost = np.zeros((patches + 1, tokens + 1))
    cost[:-1, :-1], cost[:-1, -1] = 1 - similarity, 1 - dustbin_similarity
    rows, columns = np.append(np.full(patches, 1 / patches), 1), np.append(np.full(tokens, 1 / tokens), 1)
    plan = ot.sinkhorn(rows, columns, cost, epsilon, method="sinkhorn", stopThr=1e-6, numItermax=20_000)
    return plan[:-1, :-1], plan[:-1, -1]


def test_an_encoder_without_texture(make_world, config):
    world = make_world()
    samples = [replace(s, pooled=s.pooled[..., :24]) for s in (world.samples(0), world.samples(1))]
    learner = SpaLearner(world.projection, config).learn(samples)
    without = SpaLearner(world.projection, replace(config, use_texture=False)).learn(samples)
    assert learner.memory.textures.width == 0
    probe = world.photos(1, 6, seed=9)
    assert torch.equal(learner.scores(probe[0][..., :24], probe[1]), without.scores(probe[0][..., :24], probe[1]))
    assert from_bytes(to_bytes(learner), world.projection).keys == learner.keys


def test_a_featureless_photo_has_finite_scores(learner):
    pooled = torch.zeros(1, 2, 30)
    patches = normalize(torch.ones(1, 2, 9, 12), dim=-1)
    scored = learner.score(pooled, patches)
    assert torch.isfinite(scored.scores).all()
    assert torch.isfinite(learner.explain(scored, "class 0").patch_shares).all()


@pytest.mark.parametrize("kind", ["pooled", "patches"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_scores_that_are_no_numbers_are_refused_in_one_line(learner, world, kind, value):
    """Features may come from damaged weights; a class that NaN would win is no answer."""
    pooled, patches = world.photos(1, 3, seed=2)
    (pooled if kind == "pooled" else patches)[1] = value
    with pytest.raises(SpaError, match="no numbers") as caught:
        learner.score(pooled, patches)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    # The other photos alone are scored.
    assert torch.isfinite(learner.scores(pooled[[0, 2]], patches[[0, 2]])).all()


def test_a_learner_whose_numbers_overflow_is_refused(learner, world):
    """All of its numbers are finite, but not their sums."""
    memory = learner.memory.copy()
    memory.weights = torch.full((4,), torch.finfo(torch.float32).max)
    with pytest.raises(SpaError, match="no numbers"):
        SpaLearner(learner.image_projection, learner.config, memory=memory).score(*world.photos(0, 1))
