"""`spa-desktop export` on a project of two classes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from spa_desktop import SpaClassifier, cli
from spa_desktop.demo import DemoSet
from spa_desktop.export.classifier_folder import FILES
from spa_desktop.workbench import Workbench

NAMES = ("ladybird", "strawberry")


@pytest.fixture(scope="module")
def project(demo_set: DemoSet, learned: SpaClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Learned from photos that are encoded already."""
    folder = tmp_path_factory.mktemp("project")
    task = demo_set.tasks[0]
    for name in NAMES:
        for split, count in (("train", 3), ("test", 1)):
            (folder / "photos" / split / name).mkdir(parents=True)
            for photo in task.photos(name, split)[:count]:
                (folder / "photos" / split / name / photo.name).write_bytes(photo.read_bytes())
    phrases = {name: {"sentence": f"a {name}", "phrases": [f"a red {name}", f"a small {name}"]} for name in NAMES}
    (folder / "phrases.json").write_text(json.dumps({"classes": phrases}), encoding="utf-8")
    with Workbench.create(folder / "My pets.spa") as bench:
        bench.add([folder / "photos"], task="garden")
        bench.describe(str(folder / "phrases.json"))
        bench.train()
    return folder / "My pets.spa"


def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["spa-desktop", "export", *map(str, arguments)])
    monkeypatch.setenv("SPA_DESKTOP_TRACEBACK", "1")
    capfd.readouterr()
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capfd.readouterr()
    return code, out, err


def test_a_project_is_exported_and_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out"
    before = project.read_bytes()
    code, out, err = run(monkeypatch, capfd, project, target)
    assert code == 0, err
    assert f"Exported to {target}" in out
    signature = json.loads((target / "signature.json").read_text(encoding="utf-8"))
    assert signature["title"] == "My pets"
    assert signature["labels"] == list(NAMES)
    assert signature["tasks"] == [{"name": "garden", "labels": list(NAMES)}]
    assert signature["accuracy"]["test_photos"] == signature["accuracy"]["photos"] == 2
    assert set(signature["accuracy"]["per_cent_by_label"]) == set(NAMES)
    readme = " ".join((target / "README.md").read_text().split())
    assert "Test photos when this was exported: 2 of 2 right (34 to 100 %)." in readme

    code, _, err = run(monkeypatch, capfd, project, target)
    assert (code, err.splitlines()) == (
        2,
        [f"spa-desktop: {target} holds an earlier export: give a new folder, or replace it with --force"],
    )
    code, _, err = run(monkeypatch, capfd, project, target, "--force", "--half")
    assert code == 0, err
    half = json.loads((target / "signature.json").read_text(encoding="utf-8"))
    assert half["model"]["weights"] == "float16"
    assert half["model"]["bytes"] < 0.55 * signature["model"]["bytes"]
    assert {one.name for one in target.iterdir()} <= set(FILES)
    assert project.read_bytes() == before


def test_bad_input_is_one_line(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Workbench.create(tmp_path / "empty.spa"):
        pass
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.odt").touch()
    cases = [
        ([tmp_path / "empty.spa", tmp_path / "out"], "has learned nothing yet: train it first"),
        ([tmp_path / "missing.spa", tmp_path / "out"], "missing.spa"),
        ([project, tmp_path / "full"], "is not empty and no earlier export"),
        ([project, tmp_path / "full" / "thesis.odt"], "is a file or a link"),
        ([project, tmp_path / "out", "--runtime", tmp_path / "missing.tgz"], "cannot be read"),
        ([project, tmp_path / "out", "--runtime", tmp_path], "npm pack onnxruntime-web@"),
    ]
    for arguments, expected in cases:
        code, out, err = run(monkeypatch, capfd, *arguments)
        lines = [line for line in err.splitlines() if line.startswith("spa-desktop: ")]
        assert (code, out, len(lines)) == (2, "", 1), err
        assert expected in lines[0]
        assert not (tmp_path / "out").exists()
