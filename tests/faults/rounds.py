"""Kills at random moments of verbs from the command line, in rounds of new projects."""

import os
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.kills import VERBS, CommandLine, kill_verbs
from tests.workbench.tiny import LOOKS, draw_photo

PHOTOS = 6  # of a class


def kill_rounds(kills: int, *, seed: int, a_round: int = 30) -> tuple[int, Counter[str]]:
    """Kill verbs so many times, on the tiny encoder. Gives how many were tried, and by verb those that hit in time.

    Args:
        kills: how many; rounded to whole classes, a kill for each of three verbs.
        seed: of the moments.
        a_round: kills of one project, after which there is a new one: what was learned makes verbs slower.

    Raises:
        AssertionError: if a project was not whole, or had lost, half done or changed anything.
    """
    hit: Counter[str] = Counter()
    tried = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        looks = list(LOOKS)
        for number in range(a_round // len(VERBS) + 1):
            for photo in range(PHOTOS):
                file = folder / "classes" / f"class {number}" / f"{photo}.png"
                draw_photo(file, looks[number % len(looks)], 100 * number + photo)
        classes = sorted((folder / "classes").iterdir(), key=lambda one: int(one.name.split()[1]))
        with CommandLine(folder, ["tests.cli.driver"]) as commands:
            while tried < kills:
                count = min(len(classes) - 1, -(-(kills - tried) // len(VERBS)))
                project = folder / f"Round {tried}" / "Colours.spa"
                project.parent.mkdir()
                code, _ = commands.run("new", project)
                assert code == 0
                hit.update(kill_verbs(commands, project, classes[: count + 1], seed=seed + tried))
                tried += count * len(VERBS)
    return tried, hit


if not hasattr(os, "fork"):
    raise ImportError("the verbs run in forks")
