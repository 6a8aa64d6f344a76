"""The demo: the whole loop on the photos that ship with the app."""

import pytest

from spa_desktop import demo
from tests.workbench.tiny import few_demo_photos


@pytest.mark.slow
def test_the_demo(run, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path / "few", 1))
    folder = tmp_path / "new" / "demo"
    ran = run("demo", folder)
    assert ran.code == 0
    assert all(f"{task} " in ran.out for task in ("animals", "indoors", "sea"))
    assert f"Project: {folder / 'demo.spa'}" in ran.out.splitlines()
    assert len(list((folder / "overlays").glob("*.png"))) == 12, "a photo of each of twelve classes"

    # It may be run again where it was run before, also when it was stopped halfway.
    (folder / "demo.spa").unlink()
    found = run("demo", folder, "--json").json
    assert found["tasks"] == ["animals", "indoors", "sea"]
    assert found["project"] == str(folder / "demo.spa")
    assert sum(map(sum, found["confusion"])) == 12
    assert run("check", folder / "demo.spa").code == 0
