"""Scores by way of candidates: the very scores for them, and no other class wins."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.candidates import MOST
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples, ClassText
from spa_desktop.spa.score import Scorer

CLASSES, WIDTH, DIM, PATCHES = 12, 24, 10, 9


@pytest.fixture(scope="module")
def learner():
    generator = torch.Generator().manual_seed(0)
    projection = torch.randn(WIDTH, DIM, generator=generator)

    def samples(index):
        centre = torch.rand(WIDTH, generator=generator)
        raw = (centre + 0.3 * torch.randn(5, 2, PATCHES, WIDTH, generator=generator)).clamp_min(0)
        patches = normalize(raw @ projection, dim=-1)
        phrases = normalize(torch.randn(3, DIM, generator=generator), dim=-1)
        text = ClassText(phrases[0], phrases[1], phrases)
        return ClassSamples(str(index), raw.mean(dim=2), lambda: iter([patches]), text)

    return SpaLearner(projection).learn([samples(index) for index in range(CLASSES)])


@pytest.fixture(scope="module")
def photos():
    generator = torch.Generator().manual_seed(1)
    pooled = torch.rand(40, 2, WIDTH, generator=generator)
    return pooled, normalize(torch.randn(40, 2, PATCHES, DIM, generator=generator), dim=-1)


def scorer_of(learner, most):
    return Scorer(learner.memory, learner.image_projection, learner.config, most=most)


@pytest.mark.parametrize("most", [1, 3, 8])
def test_candidates_score_as_ever_and_no_other_class_wins(learner, photos, most):
    exact = scorer_of(learner, CLASSES).evidence(*photos)
    pruned = scorer_of(learner, most).evidence(*photos)
    # All but the alignment is what it was, to the last bit.
    assert torch.equal(pruned[..., [0, 2, 3]], exact[..., [0, 2, 3]])
    by_rest = exact[..., [0, 2, 3]] @ learner.scorer.weights[[0, 2, 3]]
    is_candidate = torch.zeros(len(by_rest), CLASSES, dtype=torch.bool)
    is_candidate.scatter_(1, by_rest.topk(most).indices, True)
    torch.testing.assert_close(pruned[..., 1][is_candidate], exact[..., 1][is_candidate], rtol=1e-4, atol=1e-5)
    scores = pruned @ learner.scorer.weights
    assert bool(is_candidate.gather(1, scores.argmax(dim=1, keepdim=True)).all())
    worst = scores.masked_fill(~is_candidate, torch.inf).amin(dim=1)
    others = scores.masked_fill(is_candidate, -torch.inf).amax(dim=1)
    assert bool((others <= worst + 1e-5).all())
    # Where the exact answer is a candidate, it is the answer.
    answer = (exact @ learner.scorer.weights).argmax(dim=1)
    kept = is_candidate.gather(1, answer[:, None])[:, 0]
    assert torch.equal(scores.argmax(dim=1)[kept], answer[kept])


@pytest.mark.parametrize("most", [CLASSES, 4])
def test_a_photo_alone_is_recognised_as_in_a_batch(learner, photos, most):
    scorer = scorer_of(learner, most)
    scores, weights = scorer.recognize(photos[0][3], photos[1][3])
    torch.testing.assert_close(scores, scorer.scores(*photos)[3], rtol=1e-4, atol=1e-4)
    shown = scorer.explain(photos[1][3, 0], int(scores.argmax())).weights
    torch.testing.assert_close(weights, shown, rtol=1e-4, atol=1e-4)


def test_a_learner_takes_the_default_number(learner, photos):
    few, default = scorer_of(learner, 1), learner.scorer
    assert CLASSES <= MOST, "so nothing is left out"
    assert torch.equal(default.evidence(*photos), scorer_of(learner, CLASSES).evidence(*photos))
    assert not torch.equal(default.evidence(*photos), few.evidence(*photos))
