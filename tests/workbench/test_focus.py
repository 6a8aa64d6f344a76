"""What a project looks at: the whole photo, or the thing in it; chosen while it trains, or set."""

import shutil
from dataclasses import replace

import pytest
import torch

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.project import FeatureCache
from spa_desktop.spa.config import THING_VIEWS, VIEWS, SpaConfig
from spa_desktop.spa.leave_one_out import are_lower, left_out_losses
from spa_desktop.workbench import class_changes, evaluating, overview, recognition, training
from spa_desktop.workbench.open_project import refs
from tests.workbench.tiny import TinyEncoder


@pytest.fixture(autouse=True)
def finds(monkeypatch):
    monkeypatch.setattr(TinyEncoder, "finds_things", True)


def look_at(bench, focus):
    bench.set_method(replace(bench.method, focus=focus))


def test_a_project_that_is_to_look_at_the_thing_does_so_in_all_it_does(described, photos):
    look_at(described, "thing")
    training.train(described)
    assert overview.overview(described)["looks_at"] == "the thing"
    learner = described.require_learner(Job())
    assert learner.config.views == described.store(Job()).views == THING_VIEWS
    recognizer = recognition.recognizer(described)
    photo = next(photos.rglob("test/*/*.png"))
    seen = recognizer.see(recognizer.open(photo), closely=True)
    assert len(seen.pooled) == THING_VIEWS
    assert evaluating.evaluate(described)["last"] > 60
    training.train(described)  # the second task goes on with it
    assert described.require_learner(Job()).config.views == THING_VIEWS
    (answer,) = recognition.classify(described, [photo]).answers
    assert answer.error is None


@pytest.mark.parametrize("is_better", [False, True])
def test_left_alone_it_looks_at_what_tells_held_out_photos(described, monkeypatch, is_better):
    def losses(classes, *_):
        told = torch.rand(sum(map(len, classes)), generator=torch.Generator().manual_seed(0))
        return told if (classes[0].shape[1] == THING_VIEWS) == is_better else told + 1

    monkeypatch.setattr("spa_desktop.spa.leave_one_out.left_out_losses", losses)
    training.train(described)
    assert described.views == (THING_VIEWS if is_better else VIEWS)


@pytest.fixture
def told_by_thing(monkeypatch):
    """Numbers of classes of which photos are told better by the thing; others are by the whole photo."""
    numbers = set()

    def losses(classes, *_):
        is_thing = classes[0].shape[1] == THING_VIEWS
        return torch.full((sum(map(len, classes)),), float(is_thing != (len(classes) in numbers)))

    monkeypatch.setattr("spa_desktop.spa.leave_one_out.left_out_losses", losses)
    return numbers


@pytest.mark.parametrize("tell", ["new", "all", "all, but some are gone"])
def test_a_later_task_that_shows_otherwise_has_all_learned_anew(described, photos, told_by_thing, tell):
    training.train(described)
    told_by_thing |= {2} if tell == "new" else {2, 5}
    if tell.endswith("gone"):
        shutil.rmtree(photos / "1" / "train" / "red")
        FeatureCache().clear()
    said = []
    training.train(described, Job(lambda event: said.append(event.message or "")))
    learner = described.require_learner(Job())
    assert len(learner.keys) == 5
    assert learner.config.views == described.views == (THING_VIEWS if tell == "all" else VIEWS)
    assert any("goes on looking at the whole photo" in line for line in said) == tell.endswith("gone")
    assert evaluating.evaluate(described)["last"] > 60


def test_cancelled_after_all_was_learned_anew_the_model_is_as_before(described, told_by_thing):
    training.train(described)
    before = described.project.learner_info()
    told_by_thing |= {2, 5}

    def listen(event):
        if event.stage == Stage.SAVE and described.views == THING_VIEWS:
            job.cancel()

    job = Job(listen)
    with pytest.raises(Cancelled):
        training.train(described, job)
    assert described.project.learner_info() == before
    assert described.views == VIEWS


def test_what_was_learned_is_learned_anew_when_it_is_to_look_at_something_else(two_tasks):
    assert two_tasks.views == VIEWS
    look_at(two_tasks, "thing")
    assert {item.name for item in training.plan(two_tasks).new} == {"red", "green", "blue"}
    training.train(two_tasks)
    learner = two_tasks.require_learner(Job())
    assert (two_tasks.views, learner.config.views, len(learner.keys)) == (THING_VIEWS, THING_VIEWS, 5)
    assert evaluating.evaluate(two_tasks)["last"] > 60
    with pytest.raises(InputError, match="learned all"):
        training.plan(two_tasks)


def test_cancelled_while_the_second_task_is_learned_anew_the_model_is_as_before(two_tasks):
    before = two_tasks.project.learner_info()

    def listen(event):
        if event.stage == Stage.SAVE and two_tasks.project.learner_info() != before:
            job.cancel()

    job = Job(listen)
    look_at(two_tasks, "thing")
    with pytest.raises(Cancelled):
        training.train(two_tasks, job)
    assert two_tasks.project.learner_info() == before
    assert two_tasks.views == VIEWS
    assert {item.state for item in two_tasks.project.classes()} == {"trained"}
    assert evaluating.evaluate(two_tasks)["last"] > 60


def test_features_that_look_at_the_thing_alone_are_at_hand(described):
    look_at(described, "thing")
    training.train(described)
    FeatureCache().clear()
    learned = described.project.photos(described.project.classes()[0].id)
    assert described.encoded(learned, Job()) == []
    described.store(Job()).ensure(refs(learned))
    assert described.encoded(learned, Job()) == learned


def test_what_a_training_would_encode_are_photos_that_no_view_of_it_was_encoded_of(described, cache_folder):
    """To compare what to look at, a first training encodes photos of its classes a second time."""
    first = [item.id for item in described.project.classes(described.project.tasks()[0].id)]
    shutil.rmtree(cache_folder, ignore_errors=True)

    def counted() -> set[int]:
        counts = training.count_unencoded(described, Job())
        return {counts.get(key, 0) for key in first}

    assert counted() == {9}, "6 to learn from, 3 to test with"
    described.store(Job()).ensure(refs(described.project.photos()))
    assert counted() == {6}
    training.train(described)
    assert (described.views, counted()) == (VIEWS, {0})
    class_changes.forget_all(described)
    assert counted() == {0}
    look_at(described, "thing")
    assert counted() == {3}, "test photos are seen as the model does"
    look_at(described, "photo")
    shutil.rmtree(cache_folder)
    assert counted() == {6}, "of test photos the project has the features"


def test_a_model_whose_photos_are_gone_stays_as_it_is_and_says_so(taught, lose_photos):
    lose_photos()
    look_at(taught, "thing")
    before, said = taught.require_learner(Job()), []
    with pytest.raises(InputError, match="learned all"):
        training.train(taught, Job(lambda event: said.append(event.message or "")))
    assert any("goes on looking at the whole photo" in line for line in said)
    assert taught.require_learner(Job()) is before


def test_a_backbone_that_finds_no_thing_says_so(described, monkeypatch):
    monkeypatch.setattr(TinyEncoder, "finds_things", False)
    look_at(described, "thing")
    with pytest.raises(InputError, match="looks at the whole photo"):
        training.train(described)
    look_at(described, "auto")
    training.train(described)
    assert described.views == VIEWS


def test_losses_are_those_of_photos_that_were_not_learned():
    random = torch.Generator().manual_seed(1)
    classes = [torch.randn(6, 4, 8, generator=random) + 0.4 * torch.eye(8)[place] for place in range(3)]
    projection, config = torch.eye(8), SpaConfig()
    losses = left_out_losses(classes, projection, config, {})
    assert losses.shape == (18,)
    far = [pooled + torch.eye(8)[place] for place, pooled in enumerate(classes)]
    clearer = left_out_losses(far, projection, config, {})
    assert are_lower(clearer, losses)
    assert not are_lower(losses, clearer)
    assert not are_lower(losses, losses + 0.1 * torch.randn(18, generator=random))
    swapped = [far[0].clone(), *far[1:]]
    swapped[0][0] = far[1].mean(dim=0)  # it looks like another class, and is not told by itself
    assert left_out_losses(swapped, projection, config, {})[0] > 3 * clearer.mean()
