"""Photos that were learned in the wrong class give themselves away."""

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa import leave_one_out
from spa_desktop.spa.familiarity import held_familiarity
from spa_desktop.spa.gaussians import from_gaussian_space
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.leave_one_out import LeaveOneOut, judge_labels
from spa_desktop.spa.memory import ClassSamples
from spa_desktop.workbench.worth_a_look import WRONG_FROM


def by_whole(learner, pooled):
    whole = learner.scorer.whole
    return sum(whole.seen(whole.whiten(whole.features(pooled)))[0])


@pytest.mark.parametrize("count", [4, 20])
@pytest.mark.parametrize("forgotten", [(), ("class 5", "class 6", "class 7")])
def test_it_is_the_score_of_a_learner_that_has_not_seen_the_photo(world, config, monkeypatch, count, forgotten):
    monkeypatch.setattr(leave_one_out, "_BURST", 2.0)  # each is left out alone
    learner = SpaLearner(world.projection, config).learn([world.samples(index, count) for index in range(8)])
    whole = world.samples(1, count)
    patches = next(whole.patches())
    without = learner.take_out(ClassSamples(whole.key, whole.pooled[:1], lambda: iter([patches[:1]]), whole.text))
    for key in forgotten:
        learner, without = learner.forget(key), without.forget(key)
    expected, wrong = (by_whole(one, whole.pooled[:1])[0] * learner.memory.weights[3] for one in (without, learner))
    judge = LeaveOneOut(learner.memory, config)
    found = judge.scores("class 1", whole.pooled[:1])[0]
    if not forgotten:  # by then nobody holds photos out
        held = judge.held_out(1, whole.pooled, world.projection)[:1]
        assert torch.allclose(held[:, 2], without.judge(whole.pooled[:1]).cosine, atol=2e-4)
        familiarity = held_familiarity(held, 8)
        assert torch.allclose(familiarity, without.familiarity(whole.pooled[:1]), atol=0.02)
        assert familiarity < learner.familiarity(whole.pooled[:1]) - 0.05

    def gaps(scores):
        return torch.stack([scores[1] - scores[0], scores[1] - scores[2]])

    assert torch.allclose(gaps(found), gaps(expected), rtol=0.1)
    assert (gaps(wrong) > gaps(expected)).all()


def test_photos_that_are_learned_again_and_again_count_once(world, config):
    """Else they would be familiar even without themselves, and a photo in the wrong class would never be noticed."""
    whole = world.samples(3, 6)
    learner = SpaLearner(world.projection, config).learn([*(world.samples(index, 6) for index in range(3)), whole])
    again = learner
    for _ in range(3):
        again = again.forget(whole.key, whole.pooled).learn([whole])
    for first, last in zip(learner.memory.gaussians[:2], again.memory.gaussians[:2], strict=True):
        assert last.freedom == first.freedom
        assert torch.allclose(last.scatter, first.scatter, atol=3e-3 * float(first.scatter.abs().max()))
    expected, found = (LeaveOneOut(one.memory, config).scores(whole.key, whole.pooled) for one in (learner, again))
    assert torch.allclose(found.softmax(dim=-1), expected.softmax(dim=-1), atol=0.02)
    assert torch.allclose(
        again.memory.classes[-1].held.mean(dim=0), learner.memory.classes[-1].held.mean(dim=0), atol=0.1
    )
    # Of photos that are gone what they brought stays.
    rows, memory = slice(0, 3), learner.forget(whole.key, whole.pooled[:3]).memory
    patches = next(whole.patches())[rows]
    part = ClassSamples(whole.key, whole.pooled[rows], lambda: iter([patches]), whole.text)
    without = learner.take_out(part).forget(whole.key).memory
    for some, same in zip(memory.gaussians[:2], without.gaussians[:2], strict=True):
        assert some.freedom == same.freedom
        assert torch.allclose(some.scatter, same.scatter, atol=3e-3 * float(same.scatter.abs().max()))


def test_after_forgetting_photos_still_look_like_their_class(make_world, config):
    right = []
    for seed in range(3):
        world = make_world(seed=seed)
        learner = SpaLearner(world.projection, config).learn([world.samples(index, 4) for index in range(7)])
        for index in (1, 2, 3):
            learner = learner.forget(f"class {index}")
        for place, index in enumerate((0, 4, 5, 6)):
            pooled, patches = world.photos(index, 4)
            scores = LeaveOneOut(learner.memory, config).scores(f"class {index}", pooled)
            right += (scores.argmax(dim=1) == place).tolist()
            assert scores.abs().max() < 1.5 * learner.scores(pooled, patches).abs().max()
    assert sum(right) > 0.95 * len(right)


def test_nothing_is_said_where_a_class_was_forgotten_by_an_earlier_version(world, config):
    """It made the scatter less, and of what each photo had brought a part is left: nobody knows how much."""
    learner = (
        SpaLearner(world.projection, config).learn([world.samples(index, 4) for index in range(5)]).forget("class 4")
    )
    for gaussians in learner.memory.gaussians:
        gaussians.scatter *= 1 - gaussians.prior / gaussians.freedom
        gaussians.prior *= 0
    assert LeaveOneOut(learner.memory, config).scores("class 1", world.photos(1, 4)[0]) is None


def test_where_there_is_nothing_to_compare_with(world, config):
    alone = SpaLearner(world.projection, config).learn([world.samples(0)])
    assert LeaveOneOut(alone.memory, config).scores("class 0", world.samples(0).pooled) is None
    single = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1, 1)])
    assert LeaveOneOut(single.memory, config).scores("class 1", world.samples(1, 1).pooled) is None
    with pytest.raises(KeyError):
        LeaveOneOut(single.memory, config).scores("class 7", world.samples(0).pooled)


def test_cosines_do_without_the_photo(world, config):
    whole = world.samples(1, 4)
    patches = next(whole.patches())
    learner = SpaLearner(world.projection, config).learn([world.samples(0), whole, world.samples(2)])
    without = learner.take_out(ClassSamples(whole.key, whole.pooled[:1], lambda: iter([patches[:1]]), whole.text))
    cosines = LeaveOneOut(learner.memory, config).cosines("class 1", whole.pooled[:1], world.projection)
    means = from_gaussian_space(without.memory.globals.means, rectified=learner.memory.rectified) @ world.projection
    joint = normalize(whole.pooled[0, :, : learner.memory.width] @ world.projection, dim=-1)
    assert torch.allclose(cosines[0], (joint @ normalize(means, dim=-1).T).mean(dim=0), atol=2e-3)


@pytest.mark.parametrize("share", [0, 0.05, 0.2])
def test_as_many_labels_are_named_as_are_wrong(share):
    random = torch.Generator().manual_seed(1)
    truth = torch.arange(400) % 10
    scores = torch.randn(400, 10, generator=random) + 6 * torch.eye(10)[truth]
    exchanged = torch.arange(400) < 400 * share
    wrong, better = judge_labels(scores, torch.where(exchanged, (truth + 3) % 10, truth))
    named = wrong >= WRONG_FROM
    assert int((named & ~exchanged).sum()) <= 2
    assert int((named & exchanged).sum()) >= 0.9 * int(exchanged.sum())
    assert int((better == truth)[named & exchanged].sum()) >= 0.9 * int((named & exchanged).sum())


def test_where_scores_say_nothing_no_label_is_named():
    scores = torch.randn(400, 10, generator=torch.Generator().manual_seed(2))
    assert float(judge_labels(scores, torch.arange(400) % 10)[0].max()) < WRONG_FROM
