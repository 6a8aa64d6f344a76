"""The steps of a training: selection of patches, and photos that are held out of all that judges them."""

import math
import threading
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.jobs import Stage
from spa_desktop.spa import training
from spa_desktop.spa.gaussians import gaussian_space, prior_share
from spa_desktop.spa.learner import SpaLearner, to_bytes
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, ClassSamples, ClassText, KeptPhotos
from spa_desktop.spa.patches import take
from spa_desktop.spa.scorer import Scorer
from spa_desktop.spa.training import Training, log_scale


def selector(memory, world, config):
    places = Training(memory, world.projection, config)._places()

    def selected(patches, index, rows=None):
        found = places(patches.float(), index)
        return patches if found is None else take(patches, found)

    return selected


@pytest.fixture
def judges(monkeypatch):
    """The memories that held-out photos are judged by, with what they judged."""
    seen = []

    class Recorder(Scorer):
        def __init__(self, memory, *rest):
            super().__init__(memory, *rest)
            self.judged = []
            seen.append((memory, self.judged))

        def __call__(self, pooled, patches):
            self.judged.append((pooled, patches))
            return super().__call__(pooled, patches)

    monkeypatch.setattr(training, "Scorer", Recorder)
    return seen


def test_each_photo_is_judged_once_by_sums_without_it(world, config, judges):
    samples = [world.samples(0, 7), world.samples(1, 1), world.samples(2, 2)]
    learner = SpaLearner(world.projection, config).learn(samples, seed=3)
    kept = KeptPhotos.gather(
        samples,
        [0, 1, 2],
        selector(learner.memory, world, config),
        limit=config.kept_photos,
        folds=config.folds,
        seed=3,
    )
    assert len(judges) == config.folds
    for fold, (memory, judged) in enumerate(judges):
        held = kept.folds == fold
        pooled, patches = (torch.cat(parts) for parts in zip(*judged, strict=True))
        # Photos of the training data, and nothing else.
        assert torch.equal(pooled, kept.pooled[held])
        assert torch.equal(patches, kept.patches[held].float())
        for index in range(3):
            rest = ~held & (kept.labels == index)
            whole, texture = kept.pooled[rest].flatten(0, 1).tensor_split([24], dim=-1)
            for gaussians, rows in (
                (memory.globals, gaussian_space(whole, rectified=True)),
                (memory.textures, texture),
                (memory.selected, kept.selected[rest].float().flatten(0, 2)),
            ):
                assert gaussians.counts[index] == len(rows)
                assert torch.allclose(gaussians.means[index], rows.mean(dim=0), atol=2e-3)
            # The sums that select, and do not judge, are those of all photos.
            assert memory.patches.counts[index] == 9 * 2 * len(samples[index].pooled)
    # The photo that is alone in its class is never held out.
    assert sum(len(pooled) for _, judged in judges for pooled, _ in judged) == 9


def test_weights_are_fitted_to_held_out_photos_alone(world, config, monkeypatch):
    """From the default weights, to the evidence of training photos and their own labels."""
    given = []
    fit = training.fit_weights
    monkeypatch.setattr(training, "fit_weights", lambda *a: given.append(a) or fit(*a))
    # Two names for one thing cannot be told apart, and weights shrink for it.
    twin = replace(world.samples(0), key="twin")
    learner = SpaLearner(world.projection, config).learn([world.samples(0), twin])
    [(evidence, labels, prior, _)] = given
    assert evidence.shape == (20, 2, 4)
    assert sorted(labels.tolist()) == [0] * 10 + [1] * 10
    assert prior.tolist() == pytest.approx(list(DEFAULT_WEIGHTS))
    fitted, weights = fit(*given[0]), learner.memory.weights
    # The mix is theirs. The scale is what is expected, and half of what they say beyond: they are 20, the prior counts
    # for as many.
    assert torch.allclose(weights / weights[-1], fitted / fitted[-1])
    beyond = math.log(fitted[-1] / prior[-1])
    scale = math.exp(log_scale(learner.memory.globals.counts) + beyond / 2)
    assert float(weights[-1] / prior[-1]) == pytest.approx(scale, rel=1e-3)
    assert abs(beyond) > 0.5


def test_names_are_beside_what_is_fitted_as_they_are_in_the_score(world, config, judges, monkeypatch):
    given = []
    monkeypatch.setattr(training, "fit_weights", lambda *a: given.append(a) or a[2])
    for scale in (0.0, 5.0):
        monkeypatch.setattr(training, "fit_scale", lambda *_, scale=scale: scale)
        SpaLearner(world.projection, config).learn([world.samples(0, 3), world.samples(1, 3)])
    (blind, *_, none), (evidence, *_, names) = given
    assert torch.allclose(blind, evidence, atol=1e-5)
    assert not none.any()
    # Each of the three folds leaves two photos of a class, of two views.
    share = prior_share(torch.tensor([4.0, 4.0]))
    photos = torch.cat([pooled for _, judged in judges[config.folds :] for pooled, _ in judged])
    joint = normalize(photos[..., : len(world.projection)] @ world.projection, dim=-1)
    of_names = torch.stack([world.text(index).name for index in range(2)])
    assert torch.allclose(names, 5 * share * (joint @ of_names.T).mean(dim=1), atol=1e-5)


def test_stages_are_told_in_order_and_every_step(world, config):
    told = []
    learner = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    learner.learn([world.samples(2)], progress=lambda stage, step: told.append((stage, step)) or True)
    assert [stage for stage, step in told if step is None] == [
        Stage.MEASURE,
        Stage.SELECT,
        Stage.ALIGN,
        Stage.HOLD_OUT,
        Stage.PROJECT,
    ]
    assert all(isinstance(stage, Stage) for stage, _ in told)
    assert [step.step for stage, step in told if stage is Stage.PROJECT and step] == list(range(1, config.steps + 1))
    counted = {Stage.MEASURE: 1, Stage.SELECT: 1, Stage.HOLD_OUT: config.folds + 1}
    for stage, steps in counted.items():
        assert [step.step for one, step in told if one is stage and step] == list(range(1, steps + 1))


def test_with_more_cores_classes_are_judged_at_once_and_to_the_same_bits(world, config, monkeypatch):
    held_out, threads, before = LeaveOneOut.held_out, set(), torch.get_num_threads()
    monkeypatch.setattr(
        LeaveOneOut, "held_out", lambda *given: threads.add(threading.current_thread().name) or held_out(*given)
    )
    found = []
    try:
        for cores in (1, 2):
            torch.set_num_threads(cores)
            found.append(to_bytes(SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])))
            assert threads == {threading.current_thread().name} if cores == 1 else len(threads) > 1
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


@pytest.mark.parametrize("jitter", [1e-3, 0.3])
def test_sums_stay_sums_of_squares_where_selection_is_a_close_call(config, judges, jitter):
    """Patches that are all but alike are selected by the last digits: those taken out must be those added."""
    generator = torch.Generator().manual_seed(1)
    task = []
    for key in ("first", "second"):
        look, patch = torch.rand(24, generator=generator), torch.randn(64, generator=generator)
        pooled = (look + 0.1 * torch.randn(12, 2, 24, generator=generator)).clamp_min(0)
        patches = normalize(patch + jitter * torch.randn(12, 2, 9, 64, generator=generator), dim=-1)
        name = ClassText.from_name(normalize(patch, dim=0))
        task.append(ClassSamples(key, pooled, lambda patches=patches: iter([patches]), name))
    SpaLearner(torch.randn(24, 64, generator=generator), config).learn(task)
    for memory, _ in judges:
        for gaussians in (memory.globals, memory.patches, memory.selected):
            values = torch.linalg.eigvalsh(gaussians.scatter.double())
            assert float(values[0]) > -1e-4 * float(values[-1])


def test_weights_stand_on_held_out_photos_of_all_tasks(world, config):
    first = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    second = first.learn([world.samples(2, 4)])
    # Ten photos of a class are kept at the most.
    assert first.memory.weight_photos == 20
    assert second.memory.weight_photos == 24


def test_the_mix_of_weights_is_of_the_held_out_photos_of_all_tasks(world, config, monkeypatch):
    fits = iter([torch.ones(4), torch.tensor([4.0, 1.0, 1.0, 1.0])])
    monkeypatch.setattr(training, "fit_weights", lambda *_: next(fits))
    first = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    weights = first.learn([world.samples(2, 4)]).memory.weights
    assert float(weights[0] / weights[-1]) == pytest.approx(4 ** (4 / 24), rel=1e-3)


def test_nothing_to_hold_out_leaves_the_mix_of_the_defaults(world, config):
    for count in (1, 2):
        learner = SpaLearner(world.projection, config).learn([world.samples(index, 1) for index in range(count)])
        assert learner.memory.weight_photos == 0
        scale = math.exp(log_scale(learner.memory.globals.counts))
        assert torch.allclose(learner.memory.weights, scale * torch.tensor(DEFAULT_WEIGHTS))


def test_more_photos_make_answers_surer(world, config):
    """However they come: all at once, or one after the other to a class that was learned."""
    few = SpaLearner(world.projection, config).learn([world.samples(0, 1), world.samples(1, 1)])
    scales = [float(few.memory.weights[-1])]
    few.memory.weights[0] = DEFAULT_WEIGHTS[0]  # as earlier versions left it
    grown = few
    for seed in (7, 8):
        for index in range(2):
            pooled, patches = world.photos(index, 1, seed=seed)
            sample = replace(world.samples(index, 1), pooled=pooled, patches=lambda patches=patches: iter([patches]))
            grown = grown.top_up(sample)
        scales.append(float(grown.memory.weights[-1]))
    assert scales == sorted(set(scales))
    assert torch.allclose(grown.memory.weights, scales[-1] / DEFAULT_WEIGHTS[-1] * torch.tensor(DEFAULT_WEIGHTS))
    # What was added and is taken out leaves the scale that was.
    assert torch.allclose(grown.take_out(sample).top_up(sample).memory.weights, grown.memory.weights)


def test_names_count_as_far_as_they_tell_the_photos_apart(world, config):
    def learned(photos: int, shift: int = 0) -> SpaLearner:
        samples = [replace(world.samples(index, photos), text=world.text((index + shift) % 4)) for index in range(4)]
        learner = SpaLearner(world.projection, config)
        return learner.learn(samples[:2]).learn(samples[2:])

    telling = learned(3)
    assert telling.scorer.zero_shot > 1
    assert learned(3, shift=1).scorer.zero_shot == 0  # they are of other classes
    more = telling.top_up(world.samples(0, 12, seed=5))
    weights = more.memory.weights[0] / telling.memory.weights[0]
    assert 0 < more.scorer.zero_shot * weights < telling.scorer.zero_shot  # the more photos there are, the less


def test_a_mix_that_held_out_photos_set_stays_when_more_photos_come(world, config):
    grown = SpaLearner(world.projection, config).learn([world.samples(0, 2), world.samples(1, 2)])
    assert grown.memory.weight_photos
    mix = grown.memory.weights / grown.memory.weights[-1]
    for index in (0, 1):
        grown = grown.top_up(world.samples(index, 6))
    assert torch.allclose(grown.memory.weights / grown.memory.weights[-1], mix)


def drawn_old(learner, config, new):
    """Pseudo-features of the classes before those that are new."""
    training_ = Training(learner.memory, learner.image_projection, config)
    return training_._draw_old(new, learner.memory.globals.root(config.projector_shrinkage), 0)


def test_each_old_class_draws_its_share_around_its_mean(learner, config):
    old, means = drawn_old(learner, replace(config, pseudo_features=200), [1]), learner.memory.globals.means
    # Four steps' worth, each step taking another part.
    assert old.classes == 2
    assert torch.bincount(old.labels, minlength=3).tolist() == [800, 0, 800]
    for index in (0, 2):
        mean = old.features[old.labels == index].mean(dim=0)
        assert int((means - mean).norm(dim=1).argmin()) == index
        assert torch.allclose(mean, means[index], atol=0.02)


@pytest.mark.parametrize(("most", "each"), [(40, 20), (4, 8)])  # of a class four steps of 8 would be 32, one step is 8
def test_draws_are_bounded_in_all_but_for_those_of_one_step(learner, config, monkeypatch, most, each):
    monkeypatch.setattr(training, "_MOST_DRAWN", most)
    assert torch.bincount(drawn_old(learner, config, [2]).labels).tolist() == [each, each]
