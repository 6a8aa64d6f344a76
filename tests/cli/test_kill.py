"""`kill -9` at random moments of add, describe and train: the file is whole, and what was finished is all there."""

import os

import pytest

from benchmarks.kills import CommandLine, kill_verbs
from spa_desktop.project import Project
from spa_desktop.project.versions import KEPT, ROLLBACK, folder_of, versions_of
from tests.workbench.tiny import LOOKS, draw_photo

KILLS, MOST = 4, 20  # kills, and classes at most; `benchmarks.faults --only kills` does more


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs the command line in forks")
def test_killed_at_random_moments_of_each_verb(path, tmp_path):
    looks = list(LOOKS)
    classes = [tmp_path / "classes" / f"class {number}" for number in range(MOST)]
    for number, folder in enumerate(classes):
        for photo in range(6):
            draw_photo(folder / f"{photo}.png", looks[number % len(looks)], 100 * number + photo)
    with CommandLine(tmp_path, ["tests.cli.driver"]) as commands:
        assert commands.run("new", path)[0] == 0
        killed = kill_verbs(commands, path, classes, seed=20, enough=KILLS)
        assert commands.run("evaluate", path)[0] == 0
    assert min(killed.values()) > 0, f"moments that tell something of every verb: {killed}"
    with Project.open(path) as project:
        taught = [(item.name, item.state) for item in project.classes()]
        assert taught == [(folder.name, "trained") for folder in classes[: len(taught)]]
    # Nothing of the killed commands is left behind but versions, and each that SQLite had not to roll back is whole.
    assert {file.name for file in tmp_path.glob("*Colours.spa*")} == {"Colours.spa", folder_of(path).name}
    kept = [item for item in versions_of(path) if item.why != ROLLBACK]
    assert 1 < len(kept) <= KEPT
    for item in kept:
        with Project.open(item.path) as project:
            assert project.check().problems == ()
