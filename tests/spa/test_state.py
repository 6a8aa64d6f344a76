from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from spa_desktop.errors import InputError
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.state import from_bytes, to_bytes


@pytest.fixture(scope="module")
def learner(world, config):
    first = SpaLearner(world.projection, config).learn(
        [world.samples(0), world.samples(1, 1), world.samples(2)], seed=4
    )
    return first.learn([world.samples(3)], seed=4)


@pytest.fixture(scope="module")
def blob(learner):
    return to_bytes(learner)


def rewritten(blob, change):
    """The same tensors with other words about them."""
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    about = json.loads(header["__metadata__"]["spa"])
    change(about)
    return safetensors.torch.save(safetensors.torch.load(blob), metadata={"spa": json.dumps(about)})


def test_saved_and_loaded_scores_are_identical(world, learner, blob):
    loaded = from_bytes(blob, world.projection)
    assert loaded.keys == learner.keys
    assert loaded.config == learner.config
    for index in range(4):
        probe = world.photos(index, 9, seed=6)
        assert torch.equal(loaded.scores(*probe), learner.scores(*probe))
        photo = probe[1][0, 0]
        there, here = (made.explain(photo, f"class {index}") for made in (loaded, learner))
        assert torch.equal(there.plan, here.plan)
        assert torch.equal(there.weights, here.weights)


def test_saving_again_gives_the_same_bytes(world, blob):
    assert to_bytes(from_bytes(blob, world.projection)) == blob


def test_a_loaded_learner_goes_on_as_the_one_that_was_saved(world, learner, blob):
    probe = world.photos(3, 9, seed=6)
    loaded = from_bytes(blob, world.projection)
    for go_on in (
        lambda made: made.learn([world.samples(4), world.samples(5)], seed=8),
        lambda made: made.top_up(world.samples(1, 7, seed=3)),
        lambda made: made.forget("class 2"),
        lambda made: made.top_up(world.samples(0, 7, seed=3)).forget("class 2").learn([world.samples(4)], seed=8),
    ):
        here, there = go_on(learner), go_on(loaded)
        assert torch.equal(here.scores(*probe), there.scores(*probe))
        assert to_bytes(here) == to_bytes(there)
    # And the loaded one, too, is left as it was.
    assert to_bytes(loaded) == blob


def test_saved_and_loaded_after_a_top_up_and_after_forgetting(world, learner):
    probe = world.photos(0, 9, seed=6)
    for made in (learner.top_up(world.samples(1, 6, seed=2)), learner.forget("class 1")):
        assert torch.equal(from_bytes(to_bytes(made), world.projection).scores(*probe), made.scores(*probe))


@pytest.mark.parametrize(
    "change",
    [{"tau": math.inf}, {"tau": 0.0}, {"use_descriptions": False}, {"use_selection": False}, {"rank": 1}],
    ids=str,
)
def test_settings_travel_along(world, config, change):
    settings = replace(config, **change)
    made = SpaLearner(world.projection, settings).learn([world.samples(0), world.samples(1)])
    loaded = from_bytes(to_bytes(made), world.projection)
    assert loaded.config == settings
    probe = world.photos(0, 9, seed=6)
    assert torch.equal(loaded.scores(*probe), made.scores(*probe))


def test_keys_in_any_script(world, config):
    sample = replace(world.samples(0), key='Ägyptische "Katze" 猫\n')
    made = SpaLearner(world.projection, config).learn([sample])
    assert from_bytes(to_bytes(made), world.projection).keys == [sample.key]


def test_what_an_earlier_version_kept_is_read_as_it_was(world, learner, blob):
    """Format 2: the upper triangles of scatter matrices, and means, in single precision."""
    tensors = safetensors.torch.load(blob)
    for name in ("globals", "textures", "patches", "selected"):
        gaussians = getattr(learner.memory, name)
        row, column = torch.triu_indices(gaussians.width, gaussians.width)
        del tensors[f"{name}.spread"], tensors[f"{name}.correlations"]
        tensors[f"{name}.scatter"], tensors[f"{name}.means"] = gaussians.scatter[row, column], gaussians.means
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    about = {**json.loads(header["__metadata__"]["spa"]), "format": 2}
    earlier = from_bytes(safetensors.torch.save(tensors, metadata={"spa": json.dumps(about)}), world.projection)
    probe = world.photos(3, 9, seed=6)
    assert torch.equal(earlier.scores(*probe), learner.scores(*probe))
    assert to_bytes(earlier) == blob
    more = [world.samples(4)]
    assert torch.equal(earlier.learn(more, seed=8).scores(*probe), learner.learn(more, seed=8).scores(*probe))


def test_nothing_learned_cannot_be_saved(world, config):
    with pytest.raises(ValueError, match="nothing was learned"):
        to_bytes(SpaLearner(world.projection, config))


def test_no_photo_is_inside(world, config):
    """The size does not depend on the number of photos."""
    few, many = (
        SpaLearner(world.projection, config).learn([world.samples(i, count) for i in range(2)]) for count in (5, 60)
    )
    assert abs(len(to_bytes(few)) - len(to_bytes(many))) < 64


@pytest.mark.parametrize("cut", [0, 4, 8, 100, -1], ids=str)
def test_cut_bytes_are_refused_in_one_line(world, blob, cut):
    with pytest.raises(InputError, match="cannot be read") as caught:
        from_bytes(blob[:cut], world.projection)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 64, b"not tensors at all, but text", b"\xff" * 4096], ids=["zeros", "text", "ones"]
)
def test_garbage_is_refused_in_one_line(world, garbage):
    with pytest.raises(InputError, match="cannot be read") as caught:
        from_bytes(garbage, world.projection)
    assert "\n" not in str(caught.value)


def test_tensors_of_something_else_are_refused(world):
    for metadata in (None, {"other": "thing"}, {"spa": "{"}):
        with pytest.raises(InputError, match="cannot be read"):
            from_bytes(safetensors.torch.save({"weight": torch.zeros(3)}, metadata=metadata), world.projection)


def test_a_newer_format_asks_for_an_update(world, blob):
    newer = rewritten(blob, lambda about: about.update(format=about["format"] + 1, config={"unknown": 1}))
    with pytest.raises(InputError, match="newer version"):
        from_bytes(newer, world.projection)


@pytest.mark.parametrize("shape", [(25, 12), (24, 13)], ids=str)
def test_another_encoder_is_refused(blob, shape):
    with pytest.raises(InputError, match="another backbone"):
        from_bytes(blob, torch.zeros(*shape))


def test_settings_that_are_gone_are_ignored(world, learner, blob):
    loaded = from_bytes(rewritten(blob, lambda about: about["config"].update(once_was=3)), world.projection)
    assert loaded.config == learner.config


@pytest.mark.parametrize("lost", ["globals.means", "image.1.write", "class.3", "weights"])
def test_a_missing_tensor_is_refused(world, blob, lost):
    tensors = safetensors.torch.load(blob)
    del tensors[lost]
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    damaged = safetensors.torch.save(tensors, metadata=header["__metadata__"])
    with pytest.raises(InputError, match="cannot be read"):
        from_bytes(damaged, world.projection)
