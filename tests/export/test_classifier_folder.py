"""The folder of an export: whole or not at all, and nothing of anybody else is written over."""

import builtins
import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from spa_desktop import SpaClassifier
from spa_desktop.errors import InputError, SpaError
from spa_desktop.export import classifier_folder
from spa_desktop.export.classifier_folder import ExportedClassifier, finished_folder
from spa_desktop.export.model_graph import check_backbone, fixed_model_bytes
from spa_desktop.jobs import Cancelled, Job, JobEvent

NAMES = {"README.md", "index.html", "labels.txt", "model.onnx", "predict.py", "signature.json"}
EXPORT = '{"format": "spa-desktop export", "title": "%s"}'


def write(target: Path, *, replaces: bool = False, text: str = "new") -> None:
    with finished_folder(target, replaces=replaces) as folder:
        (folder / "signature.json").write_text(EXPORT % text)


def title(folder: Path) -> str:
    return str(json.loads((folder / "signature.json").read_text())["title"])


def test_it_holds_all_files_and_only_those(exported: Path) -> None:
    assert {file.name for file in exported.iterdir()} == NAMES
    assert [one.name for one in exported.parent.iterdir()] == [exported.name]


def test_an_earlier_export_gives_way_only_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, text="old")
    with pytest.raises(InputError, match="holds an earlier export"):
        write(target)
    assert title(target) == "old"
    write(target, replaces=True)
    write(tmp_path / "a" / "b")
    assert title(target) == title(tmp_path / "a" / "b") == "new"
    assert {one.name for one in tmp_path.iterdir()} == {"a", "out"}


def test_what_no_export_wrote_is_never_removed(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target)
    (target / "thesis.odt").write_text("years of work")
    with pytest.raises(InputError, match=r"holds thesis.odt, which no export wrote"):
        write(target, replaces=True)
    (tmp_path / "earlier" / "__pycache__").mkdir(parents=True)
    (tmp_path / "earlier" / "signature.json").write_text(EXPORT % "old")
    (tmp_path / "earlier" / "__pycache__" / "predict.cpython-313.pyc").touch()
    write(tmp_path / "earlier", replaces=True)
    (tmp_path / "earlier" / "runtime").mkdir()
    (tmp_path / "earlier" / "runtime" / "thesis.odt").touch()
    with pytest.raises(InputError, match=r"holds runtime/thesis.odt, which no export wrote"):
        write(tmp_path / "earlier", replaces=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.jpg").touch()
    with pytest.raises(InputError, match="is not empty and no earlier export"):
        write(tmp_path / "other", replaces=True)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(InputError, match="is a file or a link"):
        write(tmp_path / "link", replaces=True)
    with pytest.raises(InputError, match="cannot be made"):
        write(target / "thesis.odt" / "deeper")
    assert (target / "thesis.odt").read_text() == "years of work"


@pytest.mark.parametrize("is_earlier", [True, False])
def test_what_comes_while_it_works_stays_beside_it(tmp_path: Path, is_earlier: bool) -> None:
    target, events = tmp_path / "out", list[JobEvent]()
    target.mkdir()
    if is_earlier:
        write(target, text="old")
        (target / "runtime").mkdir()
        (target / "labels.txt").touch()
    came = {"thesis.odt": "years of work", "labels.txt": "called as one of an export", "runtime/mine.txt": "deeper"}
    with finished_folder(target, replaces=True, job=Job(events.append)) as folder:
        (folder / "signature.json").write_text(EXPORT % "new")
        (target / "runtime").mkdir(exist_ok=True)
        for name, text in came.items():
            (target / name).write_text(text)
    assert title(target) == "new"
    (kept,) = set(tmp_path.iterdir()) - {target}
    assert {str(one.relative_to(kept)): one.read_text() for one in kept.rglob("*") if one.is_file()} == came
    assert [one.message for one in events] == [f"What came into {target} meanwhile was moved to {kept}"]


def test_where_another_folder_takes_its_place_the_old_one_stays(tmp_path: Path, monkeypatch) -> None:
    target, rename = tmp_path / "out", Path.rename
    write(target, text="old")

    def slowly(path: Path, goal: Path) -> None:
        rename(path, goal)
        if path == target:
            (target / "mine").mkdir(parents=True)

    monkeypatch.setattr(Path, "rename", slowly)
    with pytest.raises(SpaError, match="Nothing of it was kept, and what was there is in ") as caught:
        write(target, replaces=True)
    assert title(Path(str(caught.value).rpartition(" is in ")[2])) == "old"
    assert [one.name for one in target.iterdir()] == ["mine"]


def test_a_full_disk_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, text="old")

    def until_it_is_full() -> None:
        with finished_folder(target, replaces=True) as folder:
            (folder / "signature.json").write_text("ne")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(SpaError, match="No space left"):
        until_it_is_full()
    assert title(target) == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def what(learned: SpaClassifier) -> ExportedClassifier:
    # Called after a folder, whose name need not be text.
    return ExportedClassifier("x\udcff", learned._encoder(), learned.learner_, tuple(map(str, learned.labels_)), ())


def test_a_cancelled_export_leaves_nothing(what: ExportedClassifier, tmp_path: Path) -> None:
    job = Job(lambda event: job.cancel() if event.done == 1 else None)
    with pytest.raises(Cancelled):
        classifier_folder.export_classifier(what, tmp_path / "out", job)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_answers_otherwise_is_not_written(what: ExportedClassifier, exported: Path) -> None:
    forgotten = what.learner.forget("0")
    other = forgotten.with_keys(forgotten.keys[::-1])
    content = (exported / "model.onnx").read_bytes()
    fixed = [fixed_model_bytes(what.encoder, learner, {}) for learner in (what.learner, forgotten)]
    classifier_folder.check_model(what, content, fixed[0])
    with pytest.raises(SpaError, match="was not written"):
        classifier_folder.check_model(what, content, fixed[1])
    with pytest.raises(SpaError, match="cannot be run"):
        classifier_folder.check_model(what, content[:-1000])
    changed = replace(what, learner=other, labels=("a",) * 7)
    with pytest.raises(SpaError, match="was not written"):
        classifier_folder.check_model(changed, content)


def test_without_onnx_one_line_says_how_to_get_it(learned, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.split(".")[0] == "onnx":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'spa-desktop\[export\]'"):
        learned.export(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_another_backbone_is_told_at_once() -> None:
    class Other:
        name = "ViT-B-16/openai"

    with pytest.raises(InputError, match="on spa-lite and spa-lite-int8 can be exported, and this one is on ViT"):
        check_backbone(Other())  # type: ignore[arg-type]
