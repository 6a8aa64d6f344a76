"""The demo: the whole loop on photos that it draws itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from spa_desktop import demo
from spa_desktop.demo import DemoSet


@pytest.fixture
def small_demo(demo_set: DemoSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two photos of each class and split, drawn before."""

    def draw(folder: Path, **_: object) -> DemoSet:
        for file in (*demo_set.folder.rglob("*-000.*"), *demo_set.folder.rglob("*-001.*")):
            copy = folder / file.relative_to(demo_set.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
        tasks = (replace(task, folder=folder / "photos" / task.name) for task in demo_set.tasks)
        return DemoSet(folder, tuple(tasks))

    monkeypatch.setattr(demo, "draw_demo", draw)


@pytest.mark.slow
@pytest.mark.usefixtures("small_demo")
def test_the_demo(run, tmp_path):
    folder = tmp_path / "new" / "demo"
    ran = run("demo", folder)
    assert ran.code == 0
    assert all(f"│ {task} " in ran.out for task in ("garden", "indoors"))
    assert f"Project: {folder / 'demo.spa'}" in ran.out.splitlines()
    assert len(list((folder / "overlays").glob("*.png"))) == 16, "two photos of each of eight classes"

    # It may be run again where it was run before, also when it was stopped halfway.
    (folder / "demo.spa").unlink()
    found = run("demo", folder, "--json").json
    assert found["tasks"] == ["garden", "indoors"]
    assert found["project"] == str(folder / "demo.spa")
    assert sum(map(sum, found["confusion"])) == 16
    assert found["on_thing"] > 0
    assert run("check", folder / "demo.spa").code == 0
