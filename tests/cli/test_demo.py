"""The demo: the whole loop on the photos that ship with the app."""

import pytest

from spa_desktop import demo
from tests.workbench.tiny import few_demo_photos


@pytest.mark.slow
def test_the_demo(run, tmp_path, monkeypatch: pytest.MonkeyPatch):
    few, one = few_demo_photos(tmp_path / "few", 1), few_demo_photos(tmp_path / "one", 1, tasks=1)
    folder = tmp_path / "new" / "demo"
    monkeypatch.setattr(demo, "PHOTOS", one)
    ran = run("demo", folder)
    assert ran.code == 0
    assert "animals " in ran.out
    assert f"Project: {folder / 'demo.spa'}" in ran.out.splitlines()

    # It may be run again where it was run before, also when it was stopped halfway.
    (folder / "demo.spa").unlink()
    monkeypatch.setattr(demo, "PHOTOS", few)
    found = run("demo", folder, "--json").json
    assert found["tasks"] == ["animals", "indoors", "sea"]
    assert found["project"] == str(folder / "demo.spa")
    assert sum(map(sum, found["confusion"])) == 12
    assert len(list((folder / "overlays").glob("*.png"))) == 12, "a photo of each of twelve classes"
    assert run("check", folder / "demo.spa").code == 0
