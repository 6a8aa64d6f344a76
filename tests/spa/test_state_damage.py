"""Bytes that are no learner, or one with damaged tensors: refused in one clear line, whatever is wrong with them."""

import json
import math
import tracemalloc
from contextlib import nullcontext

import numpy as np
import pytest
import safetensors.numpy

from spa_desktop.spa import learner_format
from spa_desktop.spa.learner import from_bytes, to_bytes
from spa_desktop.spa.learner_format import LearnerDamaged
from tests.spa.learner_bytes import put_together, refused, signed, taken_apart

DAMAGE_OF_SHAPES = {
    "another precision": lambda array: array.astype(np.float32 if array.dtype == np.float16 else np.float16),
    "whole numbers": lambda array: array.astype(np.int32),
    "one row more": lambda array: np.concatenate([array, array[:1]]),
    "flat": lambda array: array.reshape(1, -1),
}


@pytest.mark.parametrize("damage", DAMAGE_OF_SHAPES)
def test_every_tensor_has_its_type_and_shape(blob, damage):
    about, arrays = taken_apart(blob)
    for name, array in arrays.items():
        if not array.size:
            continue
        changed = DAMAGE_OF_SHAPES[damage](array)
        if changed.shape == array.shape and changed.dtype == array.dtype:
            continue
        refused(signed(about, {**arrays, name: changed}))
        # Without the digest that fits as well.
        refused(put_together(about, {**arrays, name: changed}))


def test_no_tensor_is_missing_and_none_too_many(blob):
    about, arrays = taken_apart(blob)
    for name in arrays:
        left = {other: array for other, array in arrays.items() if other != name}
        assert f"{name[:40]} is missing" in refused(signed(about, left))
    for name in ("more", "class.3", "image.9.read", "x" * 5000, "\x1b[2J\u202e", "猫"):
        assert "none of its parts" in refused(signed(about, {**arrays, name: np.zeros(3, np.float32)}))
    refused(signed(about, {}))


def test_more_tensors_than_a_learner_can_have_are_not_loaded(blob, monkeypatch):
    monkeypatch.setattr(safetensors, "deserialize", lambda _: pytest.fail("they were loaded"))
    monkeypatch.setattr(learner_format, "_MOST_TENSORS", 60)
    about, _ = taken_apart(blob)
    header = {"__metadata__": {"spa": json.dumps(about)}}
    header |= {f"t{n}": {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]} for n in range(70)}
    packed = json.dumps(header).encode()
    assert "more parts" in refused(len(packed).to_bytes(8, "little") + packed)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_every_number_is_finite_and_within_bounds(blob, value):
    about, arrays = taken_apart(blob)
    rng = np.random.default_rng(0)
    for name, array in arrays.items():
        if not array.size:
            continue
        changed = array.copy()
        with np.errstate(over="ignore"):
            changed.reshape(-1)[rng.integers(array.size)] = value
        assert name.split(".")[0] in refused(signed(about, {**arrays, name: changed})) or name == "weights"


@pytest.mark.parametrize("gaussians", ["globals", "textures", "patches", "selected"])
def test_counts_spreads_and_correlations_can_be(blob, gaussians):
    about, arrays = taken_apart(blob)
    for part, value, word in (
        ("counts", -3, "counts"),
        ("counts", 0, "counts"),
        ("counts", 1e13, "counts"),
        ("spread", -0.5, "negative spread"),
        ("correlations", 2, "correlations"),
        ("correlations", -1.5, "correlations"),
    ):
        changed = arrays[f"{gaussians}.{part}"].copy()
        changed[-1] = value
        assert word in refused(signed(about, {**arrays, f"{gaussians}.{part}": changed}))


@pytest.mark.parametrize("weight", [0, -1])
def test_weights_are_above_zero(blob, weight):
    about, arrays = taken_apart(blob)
    weights = arrays["weights"].copy()
    weights[2] = weight
    assert "weight" in refused(signed(about, {**arrays, "weights": weights}))


def test_the_digest_tells_a_number_that_changed(blob):
    about, arrays = taken_apart(blob)
    for name, array in arrays.items():
        if array.size:
            changed = array.copy()
            changed.reshape(-1)[0] = 0.5 if changed.reshape(-1)[0] != 0.5 else 1.0
            assert "digest" in refused(put_together(about, {**arrays, name: changed}))
    refused(put_together({**about, "digest": ""}, arrays))


def test_cut_bytes(blob):
    for size in [*range(0, len(blob), 1000), 1, 7, 8, 9, len(blob) - 1]:
        refused(blob[:size])
    refused(blob + b"\x00")


@pytest.mark.parametrize(
    "claim",
    [
        {"width": 60_000},
        {"dim": 60_000},
        {"texture": 60_000},
        {"width": 65_536, "dim": 65_536, "texture": 65_536, "rank": 1024},
        {"tasks": [{"image": 65_536, "text": 65_536}] * 1000},
    ],
    ids=lambda claim: "+".join(claim),
)
def test_a_size_that_is_only_claimed_costs_no_memory(blob, world, claim):
    about, arrays = taken_apart(blob)
    damaged = signed({**about, **claim}, arrays)
    tracemalloc.start()
    try:
        refused(damaged)
        with pytest.raises(LearnerDamaged):
            from_bytes(damaged, world.projection)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def _of_all(part, value):
    def change(about, arrays):
        for name in arrays:
            if name.endswith(part):
                arrays[name] = np.full_like(arrays[name], value)

    return change


def _signs_alone(about, arrays):
    """Each correlation is one that can be, all together are not."""
    rng = np.random.default_rng(0)
    for name in arrays:
        if name.endswith(".correlations"):
            arrays[name] = rng.choice([-1, 1], arrays[name].shape).astype(np.float16)


ODD_BUT_SIGNED = {
    "every correlation -1": _of_all(".correlations", -1),  # most eigenvalues of such a covariance are negative
    "correlations that no covariance has": _signs_alone,
    "no spread": _of_all(".spread", 0),
    "huge counts": _of_all(".counts", 1e12),
    "held-out photos like no class": _of_all("held", -11),
    "a prior that is all": lambda about, arrays: about.update(prior=dict.fromkeys(about["prior"], 1e6)),
}


@pytest.mark.parametrize("odd", ODD_BUT_SIGNED)
def test_what_is_odd_and_signed_is_learned_on_all_the_same(blob, world, odd):
    """Whoever signs a learner makes another one: its answers are numbers, also after it has learned and forgotten."""
    about, arrays = taken_apart(blob)
    ODD_BUT_SIGNED[odd](about, arrays)
    learner = from_bytes(signed(about, arrays), world.projection)
    photos = world.photos(0, 2)
    first, second, *_ = learner.keys
    for changed in (
        learner,
        learner.top_up(world.samples(0, 3, seed=5)),
        learner.learn([world.samples(3)]),
        learner.forget(first),
        learner.merge(first, second),
    ):
        assert bool(changed.scores(*photos).isfinite().all())
        scale = changed.known_scale()
        if scale is not None:
            assert math.isfinite(scale.threshold)
            assert all(0 <= scale.known(value) <= 1 for value in (-1.0, 0.0, 0.5, 1.0))
        # What could not be read again is not written: two counts at the edge, added up, are beyond it.
        with pytest.raises(LearnerDamaged, match="counts") if is_beyond(changed) else nullcontext():
            to_bytes(changed)
    assert is_beyond(learner.merge(first, second)) == (odd == "huge counts"), "else the edge was not tried"


def is_beyond(learner):
    return any(float(getattr(learner.memory, name).counts.max()) > 1e12 for name in ("globals", "patches"))
