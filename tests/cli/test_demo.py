"""The demo: the whole loop on photos that it draws itself."""

import pytest

from spa_desktop import demo
from spa_desktop.demo import DemoSet
from tests.conftest import drawn_before


@pytest.mark.slow
def test_the_demo(run, tmp_path, demo_set: DemoSet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "draw_demo", drawn_before(demo_set, 1))
    folder = tmp_path / "new" / "demo"
    ran = run("demo", folder)
    assert ran.code == 0
    assert all(f"│ {task} " in ran.out for task in ("garden", "indoors"))
    assert f"Project: {folder / 'demo.spa'}" in ran.out.splitlines()
    assert len(list((folder / "overlays").glob("*.png"))) == 8, "a photo of each of eight classes"

    # It may be run again where it was run before, also when it was stopped halfway.
    (folder / "demo.spa").unlink()
    found = run("demo", folder, "--json").json
    assert found["tasks"] == ["garden", "indoors"]
    assert found["project"] == str(folder / "demo.spa")
    assert sum(map(sum, found["confusion"])) == 8
    assert found["on_thing"] > 0
    assert run("check", folder / "demo.spa").code == 0
