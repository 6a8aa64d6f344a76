"""Explanations: shares that sum to what they explain, from the very plan that the score used."""

from dataclasses import replace
from itertools import permutations

import pytest
import torch

from spa_desktop.spa.config import EVIDENCE
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.scorer import Scorer

CLASSES = 8


@pytest.fixture(scope="module")
def learner(world, config):
    first = SpaLearner(world.projection, config).learn([world.samples(index) for index in range(5)])
    return first.learn([world.samples(index) for index in range(5, CLASSES)])


@pytest.fixture(scope="module")
def photos(world):
    parts = [world.photos(index, 4, seed=9) for index in range(CLASSES)]
    return tuple(torch.cat(part) for part in zip(*parts, strict=True))


def check(found, scored, photo, first, second):
    """Shares of a pair of classes add up, by kinds of evidence and by patches."""
    scores = scored.scores[photo]
    assert found.against == second
    assert found.shares.shape == (len(EVIDENCE),)
    assert float(found.shares.sum()) == pytest.approx(float(scores[first] - scores[second]), abs=1e-4)
    of_patches = found.shares[EVIDENCE.index("alignment")] + found.shares[EVIDENCE.index("patches")]
    assert float(found.patch_shares.sum()) == pytest.approx(float(of_patches), abs=1e-4)
    assert torch.equal(found.selected, scored.selected[photo])


@pytest.mark.parametrize("aligned", [CLASSES, 5, 2])
def test_shares_sum_to_the_difference_of_the_scores(learner, photos, aligned):
    """For every photo and every pair of classes that its patches were aligned with."""
    scorer = Scorer(learner.memory, learner.image_projection, learner.config, aligned=aligned)
    with torch.inference_mode():
        scored = scorer(*photos)
        for photo in range(len(photos[0])):
            places = scored.classes[photo].tolist()
            assert len(places) == aligned
            for first, second in list(permutations(places, 2))[:: max(1, aligned - 2)]:
                check(scorer.explain(scored, first, second, photo=photo), scored, photo, first, second)


def test_the_plan_is_the_one_that_the_score_used(learner, config, photos):
    """The evidence of alignment comes out of what is shown, for every photo and class."""
    assert config.dustbin_similarity == 0
    other = SpaLearner(learner.image_projection, replace(config, dustbin_similarity=0.2), memory=learner.memory)
    for made, level in ((learner, 0.0), (other, 0.2)):
        scored = made.score(*photos)
        for photo, index in ((photo, index) for photo in range(0, len(photos[0]), 3) for index in range(CLASSES)):
            found = made.explain(scored, f"class {index}", photo=photo)
            matched = (found.plan * found.similarity).sum(dim=(1, 2)) + level * found.dustbin.sum(dim=1)
            expected = scored.evidence[photo, index, EVIDENCE.index("alignment")]
            assert float(matched.mean()) == pytest.approx(float(expected), abs=1e-5)


def test_without_another_class_named_the_best_of_the_others_is_taken(learner, photos):
    scored = learner.score(*photos)
    for photo in range(0, len(photos[0]), 3):
        first, second = scored.scores[photo].topk(2).indices.tolist()
        check(learner.explain(scored, f"class {first}", photo=photo), scored, photo, first, second)
        # And the winner, where any other class is asked about.
        check(learner.explain(scored, f"class {second}", photo=photo), scored, photo, second, first)


def test_a_single_class_has_nothing_to_be_told_from(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0)])
    scored = learner.score(*world.photos(0, 2, seed=4))
    found = learner.explain(scored, "class 0", photo=1)
    assert found.against is None
    assert not found.shares.any()
    assert not found.patch_shares.any()
    # What is matched with what is shown all the same.
    assert float(found.plan.sum()) > 0.5
    assert torch.equal(found.selected, scored.selected[1])


def test_pinned_classes_can_be_explained_however_unlikely(learner, photos, monkeypatch):
    """Of eight classes patches are aligned with three; the two that are pinned are always among them."""
    scorer = Scorer(learner.memory, learner.image_projection, learner.config, aligned=3)
    monkeypatch.setattr(learner, "_scorer", scorer)
    plain = learner.score(*photos)
    for first, second in ((0, 7), (4, 2)):
        scored = learner.score(*photos, align=[f"class {first}", f"class {second}"])
        assert bool((scored.classes == first).any(dim=1).all())
        assert bool((scored.classes == second).any(dim=1).all())
        assert scored.classes.shape == (len(photos[0]), 3 + 2)
        # Pinning says what is computed, and not how: all but the alignment of these two is what it was.
        others = [index for index in range(CLASSES) if index not in (first, second)]
        torch.testing.assert_close(scored.scores[:, others], plain.scores[:, others], rtol=1e-5, atol=1e-4)
        kinds = [0, 2, 3, 4]
        assert torch.equal(scored.evidence[..., kinds], plain.evidence[..., kinds])
        for index in (first, second):
            is_listed = (plain.classes == index).any(dim=1)
            torch.testing.assert_close(
                scored.scores[is_listed, index], plain.scores[is_listed, index], rtol=1e-5, atol=1e-4
            )
        for photo in range(0, len(photos[0]), 3):
            found = learner.explain(scored, f"class {first}", f"class {second}", photo=photo)
            check(found, scored, photo, first, second)


def test_unknown_classes_are_named(learner, photos):
    scored = learner.score(*photos)
    with pytest.raises(KeyError, match="nobody"):
        learner.score(*photos, align=["nobody"])
    for pair in (("nobody",), ("class 0", "nobody")):
        with pytest.raises(KeyError, match="nobody"):
            learner.explain(scored, *pair)


def test_explanations_point_at_the_planted_parts(world, learner):
    """Patches 0 and 4 show the first part, 1 and 5 the second, in the order of the phrases."""
    right = found_parts = 0
    for index in range(4):
        scored = learner.score(*world.photos(index, 5, seed=11))
        for photo in range(5):
            found = learner.explain(scored, f"class {index}", photo=photo)
            for patch, row in zip(found.selected.flatten().tolist(), found.plan.flatten(0, 1), strict=True):
                if patch in (0, 4, 1, 5):
                    found_parts += 1
                    right += int(row.argmax()) == (patch in (1, 5))
    assert found_parts > 0.9 * 4 * 5 * 2 * 4
    assert right > 0.9 * found_parts
