"""What each number of a photo adds to the difference of two scores, but for a constant, is all of it."""

from dataclasses import replace

import pytest
import torch

from spa_desktop.spa.config import EVIDENCE
from spa_desktop.spa.learner import SpaLearner

_WHOLE = [EVIDENCE.index(kind) for kind in ("text", "global", "texture")]


@pytest.fixture(scope="module")
def learner(world, config):
    first = SpaLearner(world.projection, config).learn([world.samples(index) for index in range(3)])
    return first.learn([world.samples(index) for index in range(3, 6)])


@pytest.mark.parametrize("changes", [{}, {"use_projectors": False}, {"use_texture": False}])
def test_a_number_that_changes_changes_the_score_by_its_slope(world, learner, config, changes):
    """Where lengths stay the same, the share of a number is itself times its slope: double it, and it adds it again."""
    made = SpaLearner(learner.image_projection, replace(config, **changes), memory=learner.memory)
    pooled, patches = world.photos(2, 3, seed=5)
    scored = made.score(pooled, patches)
    for photo in range(len(pooled)):
        columns = made.by_column(scored, "class 2", "class 4", photo=photo)
        back = made.by_column(scored, "class 4", "class 2", photo=photo)
        assert columns.shape == pooled[photo].shape
        assert torch.allclose(columns, -back, atol=1e-6)
        shares = made.explain(scored, "class 2", "class 4", photo=photo).shares[_WHOLE].sum()
        constant = made.scorer  # what is left belongs to the centre of the classes and their lengths
        assert float(columns.sum() - shares) == pytest.approx(_of_the_centre(constant, pooled[photo], 2, 4), abs=1e-3)


def test_a_class_that_was_not_learned(world, learner):
    with pytest.raises(KeyError):
        learner.by_column(learner.score(*world.photos(0, 1, seed=1)), "class 0", "nothing")


def _of_the_centre(scorer, pooled, first, second) -> float:
    """What a photo's share would be of the mean of all classes, and the classes' own lengths, view by view."""
    memory, config = scorer._memory, scorer._config
    parts = list(zip(scorer.whole.shared, scorer.whole.features(pooled), strict=True))
    white = [gaussian.whiten(features) for gaussian, features in parts]
    length = sum(one.square().sum(-1) for one in white).sqrt()
    gap = sum(gaussian.gap for gaussian, _ in parts)
    total = 0.0
    for view in range(len(pooled)):
        for index, sign in ((first, 1), (second, -1)):
            class_length = sum(float(gaussian.means[index].square().sum()) for gaussian, _ in parts)
            slope = 1 / (float(length[view]) * class_length**0.5) + config.density_share / gap
            centre = sum(float(gaussian.centre @ gaussian.whitening @ gaussian.means[index]) for gaussian, _ in parts)
            half = config.density_share * class_length / 2 / gap
            total += sign * float(scorer.weights[3]) * (slope * centre + half)
    features = memory.global_features(pooled)
    joint = torch.nn.functional.normalize(pooled[:, : memory.width] @ scorer._image_projection, dim=-1)
    moved = torch.linalg.vector_norm(joint + scorer._projectors(features), dim=-1)
    texts = scorer._texts[:, first] - scorer._texts[:, second]
    offset = scorer._projectors._offset @ texts
    return (total + float(scorer.weights[0]) * float((offset / moved).sum())) / len(pooled)
