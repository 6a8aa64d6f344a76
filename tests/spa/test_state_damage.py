"""Bytes that are no learner, or a damaged or hostile one: refused in one clear line, whatever is wrong with them."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

from spa_desktop.errors import InputError
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.state import LearnerDamaged, LearnerOutdated, _digest, from_bytes, read_notes, to_bytes, validate


@pytest.fixture(scope="module")
def learner(world, config):
    return SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)]).learn([world.samples(2)])


@pytest.fixture(scope="module")
def blob(learner):
    return to_bytes(learner)


def taken_apart(blob):
    """The description of a learner, and its arrays."""
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    return json.loads(header["__metadata__"]["spa"]), safetensors.numpy.load(blob)


def put_together(about, arrays):
    """The bytes of a description, which is an object or JSON, and arrays."""
    about = about if isinstance(about, str) else json.dumps(about)
    return safetensors.numpy.save(arrays, metadata={"spa": about})


def signed(about, arrays):
    """The same with the digest that fits: someone who means harm would see to that."""
    return put_together({**about, "digest": _digest(arrays)}, arrays)


def refused(blob, kind=LearnerDamaged, **more):
    """The line that the bytes are refused in."""
    with pytest.raises(InputError) as caught:
        validate(blob, **more)
    line = str(caught.value)
    assert type(caught.value) is kind, line
    assert 10 < len(line) < 300
    assert line.isprintable()
    return line


def test_the_undamaged_learner_is_whole(blob, learner, world):
    assert signed(*taken_apart(blob)) == put_together(*taken_apart(blob))
    data = validate(signed(*taken_apart(blob)))
    assert data.keys == learner.keys
    assert data.config == learner.config


def other_dtype(array):
    return array.astype(np.float32 if array.dtype == np.float16 else np.float16)


DAMAGE_OF_SHAPES = {
    "another precision": other_dtype,
    "double precision": lambda array: array.astype(np.float64),
    "whole numbers": lambda array: array.astype(np.int32),
    "turned round": lambda array: np.ascontiguousarray(array.T)[None] if array.ndim == 1 else array.T.copy(),
    "nothing in it": lambda array: array[:0],
    "one row more": lambda array: np.concatenate([array, array[:1]]),
    "one row less": lambda array: array[:-1],
    "one dimension more": lambda array: array[None],
    "flat": lambda array: array.reshape(1, -1),
    "a scalar": lambda array: np.array(array.reshape(-1)[0]),
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


VALUES = {"NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf, "far too large": 1e30, "far too small": -1e30}


@pytest.mark.parametrize("damage", VALUES)
def test_every_number_is_finite_and_within_bounds(blob, damage):
    about, arrays = taken_apart(blob)
    rng = np.random.default_rng(0)
    for name, array in arrays.items():
        if not array.size:
            continue
        changed = array.copy()
        with np.errstate(over="ignore"):
            changed.reshape(-1)[rng.integers(array.size)] = VALUES[damage]
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


def change(about, path, value):
    """A copy of the description with one entry changed; `None` for the value of a list's end appends."""
    copy = json.loads(json.dumps(about))
    *way, last = path
    thing = copy
    for step in way:
        thing = thing[step]
    thing[last] = value
    return copy


HOSTILE = [None, True, -1, 0, 1.5, 10**30, 1e300, "x", "", [], {}, [[]], {"a": 1}, float("nan"), float("inf")]
ENTRIES = [
    ("width",),
    ("dim",),
    ("texture",),
    ("rank",),
    ("config",),
    ("rectified",),
    ("weight_photos",),
    ("classes",),
    ("classes", 1),
    ("classes", 1, "key"),
    ("classes", 1, "task"),
    ("classes", 1, "phrases"),
    ("tasks",),
    ("tasks", 0),
    ("tasks", 0, "image"),
    ("tasks", 1, "text"),
    ("digest",),
]


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: ".".join(map(str, path)))
def test_every_entry_of_the_description_is_looked_at(blob, path):
    about, arrays = taken_apart(blob)
    original = about
    for step in path:
        original = original[step]
    accepted = []
    for value in HOSTILE:
        if value == original and type(value) is type(original):
            continue
        damaged = change(about, path, value)
        try:
            validate(put_together(damaged, arrays))
        except InputError:
            refused(put_together(damaged, arrays))
        else:
            accepted.append(value)
    # Another key, count of photos or kind of features is as good as any; what it belongs to does not say.
    harmless = {
        ("weight_photos",): [0, 1.5],
        ("rectified",): [False],
        ("classes", 1, "key"): ["x"],
        ("classes", 1, "task"): [1],
        ("config",): [{}],
    }
    assert all(value in harmless.get(path, []) for value in accepted), accepted
    # And each must be there, but for nothing that is not known.
    left = change(about, path, None)
    thing = left
    for step in path[:-1]:
        thing = thing[step]
    del thing[path[-1]]
    refused(put_together(left, arrays))
    if isinstance(original, dict) or path == ("width",):
        refused(put_together(change(about, (*path[:-1], "unknown") if path == ("width",) else (*path, "x"), 1), arrays))


@pytest.mark.parametrize("value", [*HOSTILE, 0.0, -0.5, 1e9, "0.05", 10**400, -(10**400)], ids=lambda v: repr(v)[:12])
def test_every_setting_is_looked_at(blob, value):
    about, arrays = taken_apart(blob)
    for name in about["config"]:
        damaged = put_together(change(about, ("config", name), value), arrays)
        try:
            SpaConfig(**{name: value})
        except ValueError:
            line = refused(damaged)
            assert name in line or "config" in line
        else:
            assert getattr(validate(damaged).config, name) == value


def test_unknown_settings_are_refused(blob):
    about, arrays = taken_apart(blob)
    for name in ("tau", "\x1b[31m", "x" * 9000, ""):
        assert "setting" in refused(put_together(change(about, ("config", name), 1), arrays))


def test_classes_and_tasks_fit_together(blob):
    about, arrays = taken_apart(blob)
    twice = change(about, ("classes", 1, "key"), about["classes"][0]["key"])
    assert "classes and tasks" in refused(put_together(twice, arrays))
    assert "classes and tasks" in refused(put_together(change(about, ("classes", 0, "task"), 2), arrays))
    refused(put_together(change(about, ("classes",), about["classes"][:2]), arrays))
    refused(put_together(change(about, ("classes",), about["classes"] * 2), arrays))
    refused(put_together(change(about, ("tasks",), about["tasks"][:1]), arrays))
    refused(put_together(change(about, ("classes", 1, "phrases"), 3), arrays))
    keys = [entry["key"] for entry in about["classes"]]
    assert "other classes" in refused(blob, keys=keys[:2])
    assert "other classes" in refused(blob, keys=keys[::-1])


@pytest.mark.parametrize(
    ("version", "kind", "words"),
    [
        (0, LearnerOutdated, "early version"),
        (2, LearnerOutdated, "early version"),
        (-(10**30), LearnerOutdated, "early version"),
        (5, InputError, "update the app"),
        (10**30, InputError, "update the app"),
        ("x", LearnerDamaged, "no format"),
        ("4", LearnerDamaged, "no format"),
        (4.0, LearnerDamaged, "no format"),
        (True, LearnerDamaged, "no format"),
        (None, LearnerDamaged, "no format"),
        ([4], LearnerDamaged, "no format"),
    ],
    ids=repr,
)
def test_formats_that_are_not_this_one(blob, version, kind, words):
    about, arrays = taken_apart(blob)
    assert words in refused(put_together({**about, "format": version}, arrays), kind)


def test_a_learner_of_the_format_before_is_looked_at_as_well(blob):
    """It says less of itself: what it lacks is read off its tensors, and those may be anything."""
    about, arrays = taken_apart(blob)
    for name in ("width", "dim", "texture", "rank", "digest"):
        del about[name]
    about |= {"format": 3, "tasks": 2, "config": {**about["config"], "tau": float("inf")}}
    del about["config"]["dustbin_similarity"]
    assert validate(put_together(about, arrays)).keys == ["class 0", "class 1", "class 2"]
    for name in about:
        refused(put_together({other: value for other, value in about.items() if other != name}, arrays))
    harmless = {"rectified": [True], "weight_photos": [0, 1.5], "config": [{}]}
    for name in ("config", "rectified", "weight_photos", "classes", "tasks"):
        for value in HOSTILE:
            if not any(value is known or value == known for known in harmless.get(name, [])):
                refused(put_together({**about, name: value}, arrays))
    for name in arrays:
        refused(put_together(about, {other: array for other, array in arrays.items() if other != name}))
        for shape in ((), (0,), (1, 1, 1)):
            refused(put_together(about, {**arrays, name: np.zeros(shape, arrays[name].dtype)}))


def with_header(blob, header, length=None):
    """The bytes with another header, of which they say that it is so long."""
    data = blob[8 + int.from_bytes(blob[:8], "little") :]
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


def test_a_header_that_is_none(blob):
    length = int.from_bytes(blob[:8], "little")
    header = blob[8 : 8 + length]
    for said in (0, 1, length - 1, length + 1, len(blob), 2**31, 2**32, 2**63, 2**64 - 1):
        refused(with_header(blob, header, said))
    deep = "[" * 10_000 + "]" * 10_000
    for text in (
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"__metadata__": null}',
        b'{"__metadata__": []}',
        b'{"__metadata__": {"spa": null}}',
        b'{"__metadata__": {"spa": 4}}',
        b'{"__metadata__": {"spa": "{"}}',
        b'{"__metadata__": {"spa": "4"}}',
        b'{"__metadata__": {"spa": "[]"}}',
        b'{"__metadata__": {"spa": "null"}}',
        b'{"__metadata__": {"spa": "{}"}}',
        b'{"__metadata__": {"spa": "' + b"9" * 100_000 + b'"}}',
        b'{"__metadata__": {"other": "thing"}}',
        b"\xff\xfe" + b"\x00" * 50,
        b"\x80" * 50,
        deep.encode(),
        json.dumps({"__metadata__": {"spa": deep}}).encode(),
        json.dumps({"__metadata__": {"spa": json.dumps({"format": 4, "config": 0})[:-2] + deep + "}"}}).encode(),
    ):
        refused(with_header(blob, text))


@pytest.mark.parametrize("depth", [50, 200, 900, 10_000])
def test_a_description_as_deep_as_a_well(blob, depth):
    about, arrays = taken_apart(blob)
    deep = "[" * depth + "]" * depth
    for entry in ("config", "classes", "width"):
        text = json.dumps({**about, entry: 0}).replace(f'"{entry}": 0', f'"{entry}": {deep}')
        assert deep in text
        refused(put_together(text, arrays))
    refused(put_together(json.dumps(about).replace('"epsilon": 0.05', f'"epsilon": {deep}'), arrays))


def test_strings_that_are_no_text(blob):
    about, arrays = taken_apart(blob)
    plain = json.dumps(about)
    for old, new in (
        ('"key": "class 1"', '"key": "\\ud800"'),
        ('"epsilon"', '"\\udfff"'),
        ('"rectified"', '"\\ud800"'),
        ('"key": "class 1"', f'"key": "{"k" * 300}"'),
    ):
        assert old in plain
        refused(put_together(plain.replace(old, new), arrays))


def test_tensors_of_something_else():
    zeros = {"weight": np.zeros(3, np.float32)}
    for metadata in (None, {"other": "thing"}, {"spa": "{"}):
        refused(safetensors.numpy.save(zeros, metadata=metadata))


def test_cut_bytes(blob):
    for size in [*range(0, len(blob), 1000), 1, 7, 8, 9, len(blob) - 1]:
        refused(blob[:size])
    refused(blob + b"\x00")


def test_random_bytes():
    rng = np.random.default_rng(0)
    for size in (1, 8, 9, 64, 4096, 100_000):
        for _ in range(5):
            refused(rng.bytes(size))
    for garbage in (b"\x00" * 64, b"not tensors at all, but text", b"\xff" * 4096):
        refused(garbage)


@pytest.mark.parametrize("seed", range(200))
def test_a_few_bytes_that_changed(blob, seed):
    """Anywhere: in the header, in numbers. Either it is refused, or the very same learner is read."""
    rng = np.random.default_rng(seed)
    header = 8 + int.from_bytes(blob[:8], "little")
    changed = bytearray(blob)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(8 if seed % 2 else header, header if seed % 2 else len(blob)))
        changed[place] ^= int(rng.integers(1, 256))
    try:
        data = validate(bytes(changed))
    except InputError:
        refused_line(bytes(changed))
    else:
        # A setting, a key or the count of photos is not covered by the digest of the tensors.
        assert seed % 2
        assert data.about.digest == validate(blob).about.digest


def refused_line(blob):
    with pytest.raises(InputError) as caught:
        validate(blob)
    assert 10 < len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


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
    damaged = put_together({**about, **claim}, arrays)
    tracemalloc.start()
    try:
        refused(damaged)
        with pytest.raises(LearnerDamaged):
            from_bytes(damaged, world.projection)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_a_shape_that_is_only_claimed_costs_no_memory(blob):
    length = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + length])
    tracemalloc.start()
    try:
        for shape in ([60_000, 60_000], [2**62, 4], [-1, 12], [2**70]):
            header["selected.means"]["shape"] = shape
            refused(with_header(blob, json.dumps(header).encode()))
        header["selected.means"] = {"dtype": "F16", "shape": [60_000, 60_000], "data_offsets": [0, 7_200_000_000]}
        refused(with_header(blob, json.dumps(header).encode()))
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_correlations_that_no_covariance_has_are_scored_all_the_same(blob, world):
    """Each is one that can be, all together are not: the learner is odd, and its scores are numbers."""
    about, arrays = taken_apart(blob)
    rng = np.random.default_rng(0)
    for name in ("globals", "textures", "patches", "selected"):
        correlations = arrays[f"{name}.correlations"]
        arrays[f"{name}.correlations"] = rng.choice([-1, 1], correlations.shape).astype(np.float16)
    loaded = from_bytes(signed(about, arrays), world.projection)
    scores = loaded.scores(*world.photos(0, 2))
    assert scores.shape == (2, 3)
    assert bool(scores.isfinite().all())


def test_notes_are_read_of_whatever_has_them(blob, learner):
    assert read_notes(safetensors.numpy.save({}, metadata={"a": "b"})) == {"a": "b"}
    for damaged in (b"", blob[:50], b"\xff" * 100, with_header(blob, b"[]"), with_header(blob, b'{"__metadata__": 4}')):
        with pytest.raises(LearnerDamaged) as caught:
            read_notes(damaged)
        assert "\n" not in str(caught.value)
    odd = with_header(blob, json.dumps({"__metadata__": {"a": 1, "b": None, "c": "text", "spa": "x"}}).encode())
    assert read_notes(odd) == {"c": "text"}
