"""Inputs made at random for all that parses bytes of others: refused in one line, or read, in no time.

`python -m benchmarks.faults_fuzz` does it for as long as one likes, with a fuzzer that learns what reaches new lines.
"""

import time
from pathlib import Path

import pytest

from tests.faults.parsers import TARGETS, mutations

INPUTS = 150
SECONDS = 5.0
FOUND = Path(__file__).parent / "found"  # inputs that were handled wrong once, by target


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_at_random(name):
    target = TARGETS[name]
    seeds = target.seeds()
    for seed in seeds:
        target.feed(seed)
    target.feed(b"")
    for number, content in enumerate(mutations(seeds, INPUTS, seed=7)):
        began = time.process_time()
        target.feed(content)
        assert time.process_time() - began < SECONDS, number


@pytest.mark.parametrize("file", sorted(FOUND.rglob("*.bin")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_was_found_once(file):
    began = time.process_time()
    TARGETS[file.parent.name].feed(file.read_bytes())
    assert time.process_time() - began < SECONDS


def test_the_same_seed_gives_the_same_inputs():
    assert list(mutations([b"abc", b"defg"], 50, 3)) == list(mutations([b"abc", b"defg"], 50, 3))
