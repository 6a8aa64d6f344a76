"""Scores by way of candidates: the very scores for them, and no other class wins."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.candidates import ALIGNED, COMPARED
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples, ClassText
from spa_desktop.spa.score import Scorer
from spa_desktop.spa.selection import decisiveness, select, take

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

    return SpaLearner(projection, SpaConfig(patches=4)).learn([samples(index) for index in range(CLASSES)])


@pytest.fixture(scope="module")
def photos():
    generator = torch.Generator().manual_seed(1)
    pooled = torch.rand(40, 2, WIDTH, generator=generator)
    return pooled, normalize(torch.randn(40, 2, PATCHES, DIM, generator=generator), dim=-1)


def scorer_of(learner, *, compared=CLASSES, aligned=CLASSES):
    return Scorer(learner.memory, learner.image_projection, learner.config, compared=compared, aligned=aligned)


def is_among(by_rest, most):
    return torch.zeros(by_rest.shape, dtype=torch.bool).scatter_(1, by_rest.topk(most).indices, True)


@pytest.mark.parametrize("most", [1, 3, 8])
def test_classes_that_are_aligned_score_as_ever_and_no_other_wins(learner, photos, most):
    exact = scorer_of(learner).evidence(*photos)
    pruned = scorer_of(learner, aligned=most).evidence(*photos)
    # All but the alignment is what it was, to the last bit.
    assert torch.equal(pruned[..., [0, 2, 3]], exact[..., [0, 2, 3]])
    is_candidate = is_among(exact[..., [0, 2, 3]] @ learner.scorer.weights[[0, 2, 3]], most)
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


@pytest.mark.parametrize("most", [2, 5])
def test_patches_are_selected_among_the_classes_that_the_whole_photo_likes_best(learner, photos, most):
    scorer = scorer_of(learner, compared=most)
    exact, pruned = scorer_of(learner).evidence(*photos), scorer.evidence(*photos)
    assert torch.equal(pruned[..., [0, 2]], exact[..., [0, 2]])
    is_candidate = is_among(exact[..., [0, 2]] @ learner.scorer.weights[[0, 2]], most)
    weights, config, memory = learner.scorer.weights, learner.config, learner.memory
    for photo in range(6):
        keep = is_candidate[photo].nonzero()[:, 0]
        # As if only these were known where patches are selected, and all of them where patches are judged.
        patches, gaussian = photos[1][photo], LinearDiscriminant.fit(memory.patches, config.patch_shrinkage)
        texts = memory.texts(projected=False)
        decisive = decisiveness(gaussian(patches)[..., keep], patches @ texts[keep].T, config.text_selection)
        chosen = take(patches, select(decisive, config.patches))
        judge = LinearDiscriminant.fit(memory.selected, config.patch_shrinkage)
        expected = judge(chosen).mean(dim=1).log_softmax(dim=-1).mean(dim=0) / judge.gap
        torch.testing.assert_close(pruned[photo, :, 3], expected, rtol=1e-4, atol=1e-5)
        best = int((pruned[photo] @ weights).argmax())
        assert bool(is_candidate[photo, best])


@pytest.mark.parametrize(("compared", "aligned"), [(CLASSES, CLASSES), (CLASSES, 4), (6, 4), (3, 8)])
def test_a_photo_alone_is_recognised_as_in_a_batch(learner, photos, compared, aligned):
    scorer = scorer_of(learner, compared=compared, aligned=aligned)
    scores, weights = scorer.recognize(photos[0][3], photos[1][3])
    torch.testing.assert_close(scores, scorer.scores(*photos)[3], rtol=1e-4, atol=1e-4)
    assert weights.shape == (PATCHES,)
    assert float(weights.min()) == 0
    assert float(weights.max()) == pytest.approx(1)
    if compared == CLASSES:
        shown = scorer.explain(photos[1][3, 0], int(scores.argmax())).weights
        torch.testing.assert_close(weights, shown, rtol=1e-4, atol=1e-4)


def test_a_learner_takes_the_default_numbers(learner, photos):
    assert CLASSES <= ALIGNED <= COMPARED, "so nothing is left out"
    default = learner.scorer.evidence(*photos)
    assert torch.equal(default, scorer_of(learner).evidence(*photos))
    assert not torch.equal(default, scorer_of(learner, aligned=1).evidence(*photos))
    assert not torch.allclose(default, scorer_of(learner, compared=2).evidence(*photos), atol=1e-3)
