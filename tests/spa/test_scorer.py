"""Five kinds of evidence, by their formulas, and their weighted sum."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.errors import SpaError
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes


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
