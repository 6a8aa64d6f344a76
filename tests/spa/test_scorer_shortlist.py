"""Scores by way of a short list of classes: the very scores for them, and no other class wins."""

import pytest
import torch

from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.scorer import Scorer

CLASSES = 8


@pytest.fixture(scope="module")
def learner(world, config):
    return SpaLearner(world.projection, config).learn([world.samples(index, 5) for index in range(CLASSES)])


@pytest.fixture(scope="module")
def photos(make_world):
    """Of no class in particular: more are close calls."""
    parts = [make_world(noise=1.0, patch_noise=0.5).photos(index, 5, seed=9) for index in range(CLASSES)]
    return tuple(torch.cat(part) for part in zip(*parts, strict=True))


def score(learner, photos, *, compared=CLASSES, aligned=CLASSES):
    scorer = Scorer(learner.memory, learner.image_projection, learner.config, compared=compared, aligned=aligned)
    with torch.inference_mode():
        return scorer(*photos)


def weighed(scored, kinds):
    return scored.evidence[..., kinds] @ scored.weights[kinds]


def is_among(by_rest, most):
    return torch.zeros(by_rest.shape, dtype=torch.bool).scatter_(1, by_rest.topk(most).indices, True)


@pytest.mark.parametrize("most", [1, 3, 7])
def test_classes_that_are_aligned_score_as_ever_and_no_other_wins(learner, photos, most):
    exact = score(learner, photos)
    pruned = score(learner, photos, aligned=most)
    # All but the alignment is what it was, to the last bit.
    rest = [0, 2, 3, 4]
    assert torch.equal(pruned.evidence[..., rest], exact.evidence[..., rest])
    is_listed = is_among(weighed(exact, rest), most)
    assert torch.equal(pruned.classes, is_listed.nonzero()[:, 1].view(-1, most))
    # A batch of other problems may end its transport a few rounds earlier or later.
    torch.testing.assert_close(pruned.evidence[..., 1][is_listed], exact.evidence[..., 1][is_listed], rtol=0, atol=2e-3)
    scores = pruned.scores
    assert bool(is_listed.gather(1, scores.argmax(dim=1, keepdim=True)).all())
    worst = scores.masked_fill(~is_listed, torch.inf).amin(dim=1)
    others = scores.masked_fill(is_listed, -torch.inf).amax(dim=1)
    assert bool((others <= worst + 1e-5).all())
    # Where the exact answer is on the list, by more than rounding, it is the answer.
    first, second = exact.scores.topk(2, dim=1).values.unbind(dim=1)
    answer = exact.scores.argmax(dim=1)
    kept = is_listed.gather(1, answer[:, None])[:, 0] & (first - second > 0.01)
    assert torch.equal(scores.argmax(dim=1)[kept], answer[kept])
