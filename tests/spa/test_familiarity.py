"""Which photos belong to none of the classes, and the weights of the score from held-out photos."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import logsumexp

from spa_desktop.spa import leave_one_out
from spa_desktop.spa.config import ADDED_ODDS, COSINE_WEIGHT
from spa_desktop.spa.familiarity import (
    _MIX_SIGMA,
    _SCALE_SIGMA,
    KnownScale,
    as_held,
    fit_weights,
    held_familiarity,
    scale_of,
)
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.learner_format import USUAL_FAMILIARITY, USUAL_SPREAD, digest
from spa_desktop.spa.leave_one_out import LeaveOneOut
from tests.spa.learner_bytes import put_together, refused, signed, taken_apart


@pytest.fixture(scope="module")
def taught(world, config):
    """Five of the world's eight classes, in two tasks."""
    first = SpaLearner(world.projection, config).learn([world.samples(index) for index in range(3)], seed=1)
    return first.learn([world.samples(3), world.samples(4)], seed=1)


def familiarity(learner, world, classes):
    return torch.cat([learner.score(*world.photos(index, 25, seed=9)).familiarity for index in classes])


def test_known_photos_are_kept_and_unknown_ones_are_not(taught, world):
    known, unknown = familiarity(taught, world, range(5)), familiarity(taught, world, range(5, 8))
    assert float((known >= taught.threshold).float().mean()) >= 0.88
    assert float((unknown >= taught.threshold).float().mean()) <= 0.2


def test_how_strict_it_is_can_be_chosen(taught):
    thresholds = [taught.known_scale(kept).threshold for kept in (0.99, 0.95, 0.9, 0.8)]
    assert thresholds == sorted(thresholds)
    assert len(set(thresholds)) == 4
    assert thresholds[1] == taught.threshold


def test_a_class_is_left_out_as_if_it_was_forgotten(taught, world):
    for index in (0, 4):
        for photos in (world.photos(place, 25, seed=9)[0] for place in (0, 2, 4, 6)):
            forgotten = taught.forget(taught.keys[index])
            expected = forgotten.familiarity(photos) < forgotten.threshold
            assert (taught.none_without(taught.keys[index], photos) == expected).float().mean() >= 0.9
    of_two = taught.forget(taught.keys[4]).forget(taught.keys[3]).forget(taught.keys[2])
    own, other = world.photos(0, 25, seed=9)[0], world.photos(1, 25, seed=9)[0]
    told = [float(of_two.none_without(of_two.keys[0], photos).float().mean()) for photos in (own, other)]
    assert told[0] >= 0.8
    assert told[1] <= 0.2


def repeated(samples, times):
    patches = next(samples.patches()).repeat(times, 1, 1, 1)
    return replace(samples, pooled=samples.pooled.repeat(times, 1, 1), patches=lambda: iter([patches]))


@pytest.mark.parametrize("times", [2, 12])
def test_bursts_are_left_out_whole_where_only_a_share_of_the_photos_is_judged(world, config, monkeypatch, times):
    once = [world.samples(index, 8) for index in range(3)]
    burst = []
    for one in once:
        patches = next(one.patches()).repeat_interleave(times, dim=0)
        pooled = one.pooled.repeat_interleave(times, dim=0)
        burst.append(replace(one, pooled=pooled, patches=lambda patches=patches: iter([patches])))
    found = []
    for task in (once, burst):
        learner = SpaLearner(world.projection, config).learn(task, seed=1)
        judge = LeaveOneOut(learner.memory, config)
        monkeypatch.setattr(leave_one_out, "_MOST", 8)
        held = [judge.held_out(place, sample.pooled, world.projection) for place, sample in enumerate(task)]
        found.append([held_familiarity(one, 3) for one in held])
    for single, several in zip(*found, strict=True):
        assert len(single) == len(several) == 8
        assert float((single.mean() - several.mean()).abs()) < 0.1


def test_of_a_class_that_is_all_one_burst_nothing_is_known(world, config):
    alike = repeated(world.samples(0, 1), 6)
    learner = SpaLearner(world.projection, config).learn([alike, *(world.samples(index, 8) for index in (1, 2))])
    assert [len(known.held) for known in learner.memory.classes] == [0, 8, 8]


def test_held_out_photos_are_read_alike_whether_classes_came_at_once_or_one_by_one():
    likely, distance, cosine = torch.tensor([[0.4, 0.8, 1.0], [1.0, 1.1, 1.2], [0.9, 0.8, 0.7]])
    held, others = as_held(likely, distance, cosine, 5), COSINE_WEIGHT * cosine - distance
    assert torch.allclose(held_familiarity(held, 5), likely + others)
    half_way = held_familiarity(held, 9) - others
    assert torch.allclose(as_held(half_way, distance, cosine, 9), held)
    assert bool((half_way < likely).all())


def test_each_class_keeps_its_own_held_out_photos(taught, world):
    assert [len(known.held) for known in taught.memory.classes] == [10] * 5
    merged = taught.merge("class 0", "class 1")
    assert [len(known.held) for known in merged.memory.classes] == [20, 10, 10, 10]
    forgotten = taught.forget("class 4")
    assert len(forgotten.memory.classes) == 4
    held = [held_familiarity(known.held, 4) for known in forgotten.memory.classes]
    assert forgotten.known_scale() == scale_of(held)
    assert taught.top_up(world.samples(0, 3, seed=7)).threshold is not None


def test_it_is_not_told_where_nothing_is_known_of_it(world, config):
    alone = SpaLearner(world.projection, config).learn([world.samples(0)])
    assert alone.threshold is None
    single = SpaLearner(world.projection, config).learn([world.samples(index, 1) for index in range(3)])
    assert single.threshold is None
    assert single.score(*world.photos(0, 2)).familiarity.isfinite().all()
    few = SpaLearner(world.projection, config).learn([world.samples(index, 2) for index in range(3)])
    assert few.threshold is None


def test_photos_that_are_added_to_classes_of_one_are_held_out_too(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(index, 1) for index in range(3)])
    for index in range(3):
        learner = learner.top_up(world.samples(index, 20, seed=5))
    assert [len(known.held) for known in learner.memory.classes] == [config.kept_photos] * 3
    known, unknown = familiarity(learner, world, range(3)), familiarity(learner, world, range(5, 8))
    assert float((known >= learner.threshold).float().mean()) >= 0.88
    assert float((unknown >= learner.threshold).float().mean()) <= 0.2
    again = learner.top_up(world.samples(0, 3, seed=6))
    assert torch.equal(again.memory.classes[0].held, learner.memory.classes[0].held)


def test_the_threshold_keeps_95_of_100_as_the_held_out_photos_and_twenty_others_spread():
    """Ten at 0.2 on average, 0.1 away; the spread of all is sqrt((10 * 0.1^2 + 20 * 0.37^2) / 30) = 0.30762.

    Of a normal distribution 95 of 100 lie above its mean less 1.64485 times its spread.
    """
    scale = scale_of([torch.full((5,), 0.1), torch.full((5,), 0.3)])
    assert scale.threshold == pytest.approx(0.2 - 0.30762 * 1.64485, abs=1e-4)
    assert scale.typical == pytest.approx(0.1)


def test_the_scale_is_not_too_steep_where_its_two_points_meet():
    scale = KnownScale(threshold=0.6, typical=0.6)
    assert scale.known(0.6) == 0.5
    assert 0.5 < scale.known(0.61) < 0.6


def test_a_learner_of_format_4_does_not_tell(taught, world):
    about, arrays = taken_apart(to_bytes(taught))
    del about["prior"]
    old = {**about, "format": 4, "classes": [dict(entry) for entry in about["classes"]]}
    for entry in old["classes"]:
        del entry["held"]
    del arrays["held"]
    blob = signed(old, arrays)
    loaded = from_bytes(blob, world.projection)
    assert loaded.threshold is None
    assert torch.equal(loaded.scores(*world.photos(1, 3)), taught.scores(*world.photos(1, 3)))
    assert "digest" in refused(put_together({**old, "digest": digest({}, {})}, arrays))


def test_a_learner_of_format_7_tells_by_what_it_kept(taught, world):
    """Of its held-out photos no cosine is known, so none counts, until all of its classes were learned anew."""
    about, arrays = taken_apart(to_bytes(taught))
    arrays["held"] = arrays["held"][:, :2].copy()
    loaded = from_bytes(signed({**about, "format": 7}, arrays), world.projection)
    pooled = world.photos(1, 3)[0]
    asked = loaded.judge(pooled)
    likely, distance = loaded.scorer.whole.terms(asked.by_whole, asked.away)
    assert torch.equal(loaded.familiarity(pooled), likely - distance)
    held = [held_familiarity(known.held, 5, 0.0) for known in taught.memory.classes]
    assert loaded.known_scale() == scale_of(held)
    grown = loaded.learn([world.samples(5)])
    assert float(grown.familiarity(pooled).max()) < 1
    for index in range(5):
        grown = grown.forget(f"class {index}")
    assert torch.equal(grown.familiarity(pooled), from_bytes(to_bytes(grown), world.projection).familiarity(pooled))
    assert grown.memory.cosine_weight == COSINE_WEIGHT


def test_a_learner_of_format_6_tells_as_before(taught, world):
    """Of its held-out photos it kept how much more familiar they were than was usual of their class."""
    about, arrays = taken_apart(to_bytes(taught))
    arrays["held"] = np.linspace(-2, -1.2, 50, dtype=np.float32)
    loaded = from_bytes(signed({**about, "format": 6}, arrays), world.projection)
    assert torch.equal(loaded.scores(*world.photos(1, 3)), taught.scores(*world.photos(1, 3)))
    usual = 1 / (1 + 4 * ADDED_ODDS)
    for place, known in enumerate(loaded.memory.classes):
        expected = torch.tensor(arrays["held"][10 * place : 10 * place + 10]) + usual
        assert torch.allclose(held_familiarity(known.held, 5, 0.0), expected, atol=1e-5)
    assert from_bytes(to_bytes(loaded), world.projection).threshold == loaded.threshold


def test_a_learner_of_format_5_tells_as_on_other_data(taught, world):
    """Its held-out photos had cosines, which say nothing of what is asked today but how many they were."""
    about, arrays = taken_apart(to_bytes(taught))
    arrays["held"] = np.linspace(0.2, 1.4, 50, dtype=np.float32)
    blob = signed({**about, "format": 5}, arrays)
    loaded = from_bytes(blob, world.projection)
    assert torch.equal(loaded.scores(*world.photos(1, 3)), taught.scores(*world.photos(1, 3)))
    assert [len(known.held) for known in loaded.memory.classes] == [10] * 5
    held = -torch.cat([known.held for known in loaded.memory.classes])[:, 1]
    assert float(held.mean()) == pytest.approx(USUAL_FAMILIARITY, abs=1e-4)
    assert float(held.std()) == pytest.approx(USUAL_SPREAD, abs=0.02)
    for known in loaded.memory.classes:
        assert float(-known.held[:, 1].mean()) == pytest.approx(USUAL_FAMILIARITY, abs=0.2)
    assert loaded.threshold is not None
    assert from_bytes(to_bytes(loaded), world.projection).threshold == loaded.threshold


def evidence_of(strengths, *, photos=400, classes=5, seed=0):
    """Independent kinds of evidence, each of unit noise, with the right class ahead by its strength."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, classes, (photos,), generator=generator)
    evidence = torch.randn(photos, classes, len(strengths), generator=generator)
    evidence[torch.arange(photos), labels] += torch.tensor(strengths)
    return evidence, labels


@pytest.mark.parametrize("beside", [None, torch.randn(60, 5, generator=torch.Generator().manual_seed(2))])
def test_fitted_weights_are_the_minimum_that_scipy_finds(beside):
    evidence, labels = evidence_of([1.0, 0.5], photos=60)
    prior = torch.tensor([3.0, 0.2])
    e, y, start = evidence.double().numpy(), labels.numpy(), np.log(prior.double().numpy())

    def objective(free):
        scale, mix = free[0], free[1:]
        scores = e @ np.exp(start + scale + mix) + (0 if beside is None else beside.double().numpy())
        loss = (logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]).sum()
        return loss + (scale / _SCALE_SIGMA) ** 2 / 2 + ((mix / _MIX_SIGMA) ** 2).sum() / 2

    found = minimize(objective, np.zeros(3), method="BFGS")
    expected = np.exp(start + found.x[0] + found.x[1:])
    np.testing.assert_allclose(fit_weights(evidence, labels, prior, beside), expected, rtol=1e-3)
    assert not np.allclose(expected, prior, rtol=0.1)


def test_perfect_separation_and_huge_evidence_stay_finite():
    labels = torch.tensor([0, 1, 2] * 20)
    evidence = 50.0 * torch.nn.functional.one_hot(labels).float()[..., None].expand(-1, -1, 4)
    separated = fit_weights(evidence, labels, torch.tensor([10.0, 10.0, 0.3, 0.5]))
    evidence, labels = evidence_of([1.0, 1.0])
    for fitted in (separated, fit_weights(1e4 * evidence, labels, torch.tensor([10.0, 10.0]))):
        assert torch.isfinite(fitted).all()
        assert bool((fitted > 0).all())
    prior = torch.tensor([2.0, 3.0])
    assert torch.equal(fit_weights(math.inf * evidence, labels, prior), prior), "what cannot be fitted changes nothing"


def test_one_class_or_no_photo_leaves_the_prior():
    prior = torch.tensor([1.0, 2.0])
    alone = fit_weights(torch.randn(5, 1, 2), torch.zeros(5, dtype=torch.long), prior)
    unseen = fit_weights(torch.zeros(0, 3, 2), torch.zeros(0, dtype=torch.long), prior)
    assert torch.equal(alone, prior)
    assert torch.equal(unseen, prior)
    assert alone is not prior
