"""The bench of what descriptions are worth, and the phrases by hand that it uses."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks import descriptions as worth
from spa_desktop.bench.bench_run import ResultStore
from spa_desktop.descriptions.file_writer import FileWriter
from spa_desktop.descriptions.quality import complaint, review
from spa_desktop.jobs import Job
from tests.conftest import drawn_before
from tests.workbench.tiny import TinyEncoder, draw_classes

PHRASES = worth.HERE / "caltech40_phrases.json"


def test_the_phrases_by_hand_are_sound():
    classes = FileWriter(PHRASES).classes
    assert len(classes) == 40
    for name, text in classes.items():
        assert 5 <= len(text.phrases) <= 6, name
        assert review(text.phrases, name).complaints == ()
        assert complaint(text.sentence, name, most_words=None) is None
    every = [phrase for text in classes.values() for phrase in text.phrases]
    assert len(set(every)) == len(every), "no phrase stands for two classes"


def test_the_phrases_by_hand_are_of_the_data_set(shared_data: Path):
    names = [folder.name for folder in (shared_data / "caltech40" / "train").iterdir()]
    assert sorted(FileWriter(PHRASES).classes) == sorted(names)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> worth.Bench:
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    return worth.Bench(TinyEncoder(), Job(), ResultStore(tmp_path / "results"))  # type: ignore[arg-type]


def test_a_small_cell_of_every_kind_and_its_table(bench, tmp_path, monkeypatch):
    names = ("red", "green", "blue", "amber")
    folder = draw_classes(tmp_path / "colours", names, train=3, test=2)
    by_hand = {name: ["one even colour", "fine grain", f"{name} all over"] for name in names}
    (tmp_path / "colours_phrases.json").write_text(json.dumps(by_hand))
    monkeypatch.setattr(worth, "HERE", tmp_path)
    monkeypatch.setitem(worth.INCREMENTS, "colours", 2)
    runs = ((2, (0,)), (None, (1,)))
    cells = [cell for shots, seeds in runs for cell in bench.accuracy(folder, shots, seeds)]
    assert [(c["shots"], c["seed"], c["arm"]) for c in cells] == [
        (shots, seed, arm) for shots, (seed,) in runs for arm in ("none", "name", "offline", "hand")
    ]
    assert all(50 <= cell["last"] <= 100 for cell in cells)
    lines = worth.accuracy_table(cells).splitlines()
    assert lines[0] == "| text | colours, 2 | colours, all | mean of all |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {title}" for title in worth.ARMS.values()]
    # What is finished is not run again, and no photo is looked at.
    monkeypatch.setattr(worth, "run_method", lambda *_: pytest.fail("it was finished"))
    assert [cell for shots, seeds in runs for cell in bench.accuracy(folder, shots, seeds)] == cells
    assert (
        worth.accuracy_table([c for c in cells if c["arm"] != "hand"]).splitlines()[-1].endswith("| - / - | - / - |  |")
    )


def test_where_selected_patches_fall_on_the_demo(bench, demo_set, tmp_path):
    demo = drawn_before(demo_set, 2)(tmp_path)
    cells = list(bench.on_the_thing(demo, (0,)))
    assert [cell["arm"] for cell in cells] == ["none", "name", "offline"]
    # Nine patches of which nine are selected: exactly chance.
    assert [cell["selected"] for cell in cells] == pytest.approx([1.0] * 3)
    assert worth.selection_table(cells).count("| 1.00 |") == 3


def test_a_patch_is_covered_as_far_as_the_mask_reaches(tmp_path):
    mask = Image.new("L", (90, 60), 0)
    mask.paste(255, (0, 0, 30, 10))
    mask.save(tmp_path / "mask.png")
    covered = worth.coverage(tmp_path / "mask.png", TinyEncoder())  # type: ignore[arg-type]
    assert torch.allclose(covered, torch.tensor([0.5, 0, 0, 0, 0, 0, 0, 0, 0]), atol=0.01)
