"""All tensors lie where the image projection does: checked on a second device that every machine has."""

from dataclasses import fields, is_dataclass, replace

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorDeviceMismatchError

from spa_desktop.spa import training, transport
from spa_desktop.spa.gaussians import ClassGaussians
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.memory import Memory
from spa_desktop.spa.training import Training
from tests.spa.two_devices import OTHER, two_devices, values_of


@pytest.fixture(scope="module")
def settings(config):
    return replace(config, steps=2, folds=2, kept_photos=4, pseudo_features=2)


@pytest.fixture(scope="module", autouse=True)
def _one_round():
    """One round of held-out photos has all that others have, and so has a round of transport."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_ENOUGH_HELD_OUT", 1)
        patch.setattr(transport, "_ROUNDS", 2)
        yield


def story(world, settings, projection):
    """Everything that a learner can do: the learners, and what they say of three photos."""
    first = SpaLearner(projection, settings).learn([world.samples(0, 5), world.samples(1, 5)], seed=1)
    second = first.learn([world.samples(2, 5)], seed=1)
    learners = {
        "one task": first,
        "two tasks": second,
        "topped up": second.top_up(world.samples(1, 3, seed=5)),
        "merged": second.merge("class 0", "class 2"),
        "forgotten": second.forget("class 0"),
    }
    photos = world.photos(1, 3, seed=9)
    scored = {name: learner.score(*photos) for name, learner in learners.items()}
    pinned = second.score(*photos, align=["class 2", "class 0"])
    said = {
        "pinned": pinned,
        "best": second.explain(pinned, "class 1"),
        "pair": second.explain(pinned, "class 2", "class 0", photo=2),
        "density": second.log_density(photos[0]),
    }
    return learners, scored, said


def tensors_of(thing, name=""):
    """All tensors inside, with where they are."""
    if isinstance(thing, Tensor):
        yield name, thing
    elif isinstance(thing, list | tuple | dict):
        for key, part in thing.items() if isinstance(thing, dict) else enumerate(thing):
            yield from tensors_of(part, f"{name}.{key}")
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from tensors_of(getattr(thing, field.name), f"{name}.{field.name}")
    elif isinstance(thing, ClassGaussians):
        yield from tensors_of(vars(thing), name)


@pytest.fixture(scope="module")
def there(world, settings):
    """The story on the second device, the bytes of its learner, and what those bytes say there and on the CPU."""
    photos = world.photos(1, 3, seed=9)
    with two_devices():
        projection = world.projection.to(OTHER)
        learners, scored, said = story(world, settings, projection)
        blob = to_bytes(learners["two tasks"])
        again = from_bytes(blob, projection)
        back = learners["two tasks"].to("cpu")
        loaded = {
            "memory": again.memory,
            "scores": again.score(*photos).scores,
            "bytes": to_bytes(again),
            "back": back.memory,
            "back scores": back.scores(*photos),
            "bytes of back": to_bytes(back),
            "there and back": back.to(OTHER).memory,
        }
    return learners, scored, said, blob, loaded


def test_all_that_is_made_lies_on_the_device_of_the_projection(there):
    learners, scored, said, _, loaded = there
    memories = {name: learner.memory for name, learner in learners.items()}
    found = dict(tensors_of([memories, scored, said, loaded["memory"], loaded["scores"], loaded["there and back"]]))
    assert len(found) > 200
    assert {name for name, tensor in found.items() if tensor.device != OTHER} == set()
    assert {tensor.device.type for _, tensor in tensors_of([loaded["back"], loaded["back scores"]])} == {"cpu"}


def test_bytes_are_the_same_whichever_device_they_come_from(there):
    _, scored, _, blob, loaded = there
    assert loaded["bytes"] == loaded["bytes of back"] == blob
    with two_devices():
        scores = values_of(scored["two tasks"].scores)
    assert torch.equal(values_of(loaded["scores"]), scores)
    assert torch.allclose(values_of(loaded["back scores"]), scores, atol=2e-3)


def test_photos_that_were_left_behind_are_found(world, settings):
    """A learner brings them to its device; a training by itself does not."""
    with two_devices():
        projection = world.projection.to(OTHER)
        memory = Memory.empty(24, 12, settings, rectified=True, texture_width=6, device=OTHER)
        with pytest.raises(FakeTensorDeviceMismatchError):
            Training(memory, projection, settings).learn([world.samples(0)], seed=0, tell=lambda *_: True)
