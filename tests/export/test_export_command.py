"""`spa-desktop export` on a project of two classes."""

import json
from functools import partial
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from spa_desktop.demo import DemoTask
from spa_desktop.export import classifier_folder
from spa_desktop.export.classifier_folder import FILES
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing, training
from spa_desktop.workbench.open_project import OpenProject
from tests.cli.conftest import call

NAMES = ("elephant", "flamingo")


@pytest.fixture(scope="module")
def project(demo_set: tuple[DemoTask, ...], cache_of_all: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Learned from photos that are encoded already."""
    folder = tmp_path_factory.mktemp("project")
    task = demo_set[0]
    for name in NAMES:
        for split, count in (("train", 3), ("test", 1)):
            (folder / "photos" / split / name).mkdir(parents=True)
            for photo in task.photos(name, split)[:count]:
                (folder / "photos" / split / name / photo.name).write_bytes(photo.read_bytes())
    phrases = {name: {"sentence": f"a {name}", "phrases": [f"a grey {name}", f"a small {name}"]} for name in NAMES}
    (folder / "phrases.json").write_text(json.dumps({"classes": phrases}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, OpenProject.create(folder / "My pets.spa") as bench:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(cache_of_all))
        add_classes(bench.project, [folder / "photos"], task="animals")
        describing.describe(bench, str(folder / "phrases.json"))
        training.train(bench)
    return folder / "My pets.spa"


@pytest.fixture
def run(monkeypatch, capfd):
    monkeypatch.setenv("SPA_DESKTOP_TRACEBACK", "1")
    return partial(call, monkeypatch, capfd, "export")


def test_a_project_is_exported_and_again(project, run, tmp_path, monkeypatch):
    target = tmp_path / "pets out"
    before = project.read_bytes()
    ran = run(project, target)
    assert ran.code == 0, ran.err
    assert f"Exported to {target}" in ran.out
    assert f'python "{target / "predict.py"}" PHOTO' in ran.out  # to be typed as it stands
    signature = json.loads((target / "signature.json").read_text(encoding="utf-8"))
    assert signature["title"] == "My pets"
    assert signature["labels"] == list(NAMES)
    assert signature["tasks"] == [{"name": "animals", "labels": list(NAMES)}]
    assert signature["accuracy"]["test_photos"] == signature["accuracy"]["photos"] == 2
    assert set(signature["accuracy"]["per_cent_by_label"]) == set(NAMES)
    readme = " ".join((target / "README.md").read_text().split())
    assert "Test photos when this was exported: 2 of 2 right (34 to 100 %)." in readme
    card = ModelCard.load(target / "README.md", ignore_metadata_errors=False).data
    assert (card.library_name, card.pipeline_tag, card.model_name) == ("onnx", "image-classification", "My pets")
    assert [(result.metric_type, result.metric_value) for result in card.eval_results] == [("accuracy", 1.0)]

    assert (
        run(project, target).error == f"{target} holds an earlier export: give a new folder, or replace it with --force"
    )
    monkeypatch.setattr(classifier_folder, "are_tests_alike", lambda project: True)
    ran = run(project, target, "--force", "--half", "--fixed")
    assert ran.code == 0, ran.err
    assert "2 of 2 right, among photos that looked alike; new ones are harder." in (target / "README.md").read_text()
    assert (target / "fixed.onnx").is_file()
    assert "`fixed.onnx`" in (target / "README.md").read_text()
    half = json.loads((target / "signature.json").read_text(encoding="utf-8"))
    assert half["model"]["weights"] == "float16"
    assert half["model"]["bytes"] < 0.55 * signature["model"]["bytes"]
    assert {one.name for one in target.iterdir()} <= set(FILES)
    assert project.read_bytes() == before


def test_bad_input_is_one_line(project, run, tmp_path):
    """Which folders it does not write to is tried in test_classifier_folder.py."""
    OpenProject.create(tmp_path / "empty.spa").close()
    for arguments, expected in (
        ([tmp_path / "empty.spa", tmp_path / "out"], "has learned nothing yet: train it first"),
        ([tmp_path / "missing.spa", tmp_path / "out"], "missing.spa"),
        ([project, tmp_path / "out", "--runtime", tmp_path / "missing.tgz"], "cannot be read"),
        ([project, tmp_path / "out", "--runtime", tmp_path], "npm pack onnxruntime-web@"),
    ):
        assert expected in run(*arguments).error
        assert not (tmp_path / "out").exists()
