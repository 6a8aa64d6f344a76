"""Bytes of learners taken apart, put together again with something else inside, and refused."""

import json

import pytest
import safetensors.numpy

from spa_desktop.errors import InputError
from spa_desktop.spa.learner_format import LearnerDamaged, digest, validate


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
    return put_together({**about, "digest": digest(about, arrays)}, arrays)


def refused(blob, kind=LearnerDamaged, **more):
    """The line that the bytes are refused in."""
    with pytest.raises(InputError) as caught:
        validate(blob, **more)
    line = str(caught.value)
    assert type(caught.value) is kind, line
    assert 10 < len(line) < 300
    assert line.isprintable()
    return line
