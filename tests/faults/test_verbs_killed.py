"""Verbs of the workbench killed at some statements: `make faults` does hundreds."""

import os
import random
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("kills forks of itself", allow_module_level=True)

from spa_desktop.encoders import backbones
from tests.faults.kills import count_steps, kill_everywhere
from tests.faults.verbs import make_projects

VERBS = ("add", "describe", "train", "evaluate", "undo training", "merge", "forget a class", "forget all")


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("verbs")
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder / "cache"))
        patch.setattr(backbones, "load_encoder", backbones.load_encoder)  # put back at the end
        yield make_projects(folder)


@pytest.mark.parametrize("verb", VERBS)
def test_killed_at_some_statements(projects, tmp_path: Path, verb: str):
    whole, work = projects[verb]
    folder = tmp_path / "work"
    folder.mkdir()
    steps = count_steps(whole, folder, work, spills=False)
    assert steps > 20
    some = sorted(random.Random(verb).sample(range(1, steps), 3))
    killed, _ = kill_everywhere(whole, folder, work, some, spills=False)
    assert killed >= 2, "the work was the same each time"


def test_all_verbs_are_tried(projects):
    assert set(projects) == set(VERBS)
