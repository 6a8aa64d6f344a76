"""What a learner says of itself may be a stranger's words: each of them is looked at."""

import json

import numpy as np
import pytest
import safetensors.numpy

from spa_desktop.errors import InputError
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner_format import FORMAT, LearnerDamaged, LearnerOutdated, read_notes, validate
from tests.spa.learner_bytes import put_together, refused, signed, taken_apart


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
    put_with = put_together if path == ("digest",) else signed  # with the digest that fits, but for its own entry
    original = about
    for step in path:
        original = original[step]
    accepted = []
    for value in HOSTILE:
        if value == original and type(value) is type(original):
            continue
        damaged = put_with(change(about, path, value), arrays)
        try:
            validate(damaged)
        except InputError:
            refused(damaged)
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
    refused(put_with(left, arrays))
    if isinstance(original, dict) or path == ("width",):
        refused(signed(change(about, (*path[:-1], "unknown") if path == ("width",) else (*path, "x"), 1), arrays))


@pytest.mark.parametrize("value", [None, True, -1, "0.05", [], float("nan"), 10**400], ids=lambda v: repr(v)[:12])
def test_every_setting_is_looked_at(blob, value):
    about, arrays = taken_apart(blob)
    for name in about["config"]:
        damaged = signed(change(about, ("config", name), value), arrays)
        try:
            SpaConfig(**{name: value})
        except ValueError:
            line = refused(damaged)
            assert name in line or "config" in line
        else:
            assert getattr(validate(damaged).config, name) == value


def test_classes_and_tasks_fit_together(blob):
    about, arrays = taken_apart(blob)
    twice = change(about, ("classes", 1, "key"), about["classes"][0]["key"])
    assert "classes and tasks" in refused(signed(twice, arrays))
    assert "classes and tasks" in refused(signed(change(about, ("classes", 0, "task"), 2), arrays))
    refused(signed(change(about, ("classes",), about["classes"][:2]), arrays))
    refused(signed(change(about, ("classes",), about["classes"] * 2), arrays))
    refused(signed(change(about, ("tasks",), about["tasks"][:1]), arrays))
    refused(signed(change(about, ("classes", 1, "phrases"), 3), arrays))


@pytest.mark.parametrize(
    ("version", "kind", "words"),
    [
        (2, LearnerOutdated, "early version"),
        (-(10**30), LearnerOutdated, "early version"),
        (FORMAT + 1, InputError, "update the app"),
        ("4", LearnerDamaged, "no format"),
        (True, LearnerDamaged, "no format"),
        (None, LearnerDamaged, "no format"),
    ],
    ids=repr,
)
def test_formats_that_are_not_this_one(blob, version, kind, words):
    about, arrays = taken_apart(blob)
    assert words in refused(put_together({**about, "format": version}, arrays), kind)


def test_a_learner_of_the_format_before_is_looked_at_as_well(blob):
    """It says less of itself: what it lacks is read off its tensors, and those may be anything."""
    about, arrays = taken_apart(blob)
    for name in ("width", "dim", "texture", "rank", "digest", "prior", "name_scale", "name_photos"):
        del about[name]
    about["classes"] = [{name: entry[name] for name in ("key", "task", "phrases")} for entry in about["classes"]]
    del arrays["held"]
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


def test_notes_are_read_of_whatever_has_them(blob, learner):
    assert read_notes(safetensors.numpy.save({}, metadata={"a": "b"})) == {"a": "b"}
    for damaged in (b"", blob[:50], b"\xff" * 100, with_header(blob, b"[]"), with_header(blob, b'{"__metadata__": 4}')):
        with pytest.raises(LearnerDamaged) as caught:
            read_notes(damaged)
        assert "\n" not in str(caught.value)
    odd = with_header(blob, json.dumps({"__metadata__": {"a": 1, "b": None, "c": "text", "spa": "x"}}).encode())
    assert read_notes(odd) == {"c": "text"}
