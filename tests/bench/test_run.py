"""The bench from folder to table, on photos drawn by the test."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from spa_desktop.bench import methods
from spa_desktop.bench.bench_run import ResultStore, run_bench, write_json
from spa_desktop.bench.encoded import class_order
from spa_desktop.bench.methods import METHODS
from spa_desktop.bench.result_table import draw_curves, mean_curves, paired_difference, summarize
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from tests.workbench.tiny import draw_photo

FEW = ("ncm", "slda", "finetune")


@pytest.fixture
def bench(photo_folder: Path, tiny, tmp_path: Path) -> Callable[..., dict]:
    def run(folder: Path = photo_folder, **options) -> dict:
        options = {"increment": 2, "methods": FEW, **options}
        stores = {"cache": FeatureCache(tmp_path / "cache"), "results": ResultStore(tmp_path / "results")}
        return run_bench(folder, encoder=lambda: tiny, **stores, **options)

    return run


def test_one_seed(bench) -> None:
    result = bench()
    setting = ("dataset", "backbone", "seed", "increment", "base", "shots", "class_order")
    assert set(result) == {"format", *setting, "methods"}
    names = ["amber", "blue", "green", "red"]
    assert result["class_order"] == [names[i] for i in class_order(1993, 4)]
    assert (result["dataset"], result["backbone"], result["seed"]) == ("colours", "tiny", 1993)
    assert list(result["methods"]) == list(FEW)
    for method in result["methods"].values():
        assert set(method) == {
            *("curve", "average", "last", "counted", "forgetting", "ece", "accuracy_matrix"),
            *("train_seconds", "predict_ms_per_image"),
        }
        (first, unseen), (old, new) = method["accuracy_matrix"]
        assert unseen is None
        assert method["curve"] == [first, (old + new) / 2]
        assert method["average"] == pytest.approx((first + (old + new) / 2) / 2)
        assert method["last"] == method["curve"][-1]
        assert method["forgetting"] == pytest.approx(first - old)
    assert result["methods"]["ncm"]["ece"] is None
    assert 0 <= result["methods"]["slda"]["ece"] <= 100
    # The colours are easy; only training on one task's photos alone loses the ones before.
    assert result["methods"]["ncm"]["last"] == result["methods"]["slda"]["last"] == 100
    assert result["methods"]["finetune"]["forgetting"] == 100
    json.dumps(result, allow_nan=False)


def test_every_photo_is_encoded_once(bench, tiny) -> None:
    bench()
    assert tiny.encoded == 3 * 20
    bench(seeds=[1, 2], methods=["ncm"])
    assert tiny.encoded == 3 * 20


def test_an_encoder_without_words_leaves_out_what_goes_by_words_alone(bench, tiny, monkeypatch) -> None:
    monkeypatch.setattr(methods, "METHODS", {name: METHODS[name] for name in ("zero-shot", "ncm", "spa")})
    monkeypatch.setattr(tiny, "has_texts", False)
    monkeypatch.setattr(tiny, "encode_texts", lambda _: pytest.fail("it reads no words"))
    result = bench(methods=None)
    assert {name: method["last"] for name, method in result["methods"].items()} == {"ncm": 100, "spa": 100}


def test_several_seeds(bench, tmp_path: Path) -> None:
    result = bench(seeds=[1993, 1994, 1995], out=tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == result
    assert result["seeds"] == [run["seed"] for run in result["runs"]] == [1993, 1994, 1995]
    averages = [run["methods"]["finetune"]["average"] for run in result["runs"]]
    assert result["summary"]["finetune"]["average"]["mean"] == pytest.approx(np.mean(averages), abs=1e-3)
    assert result["summary"]["finetune"]["average"]["spread"] == pytest.approx(np.std(averages, ddof=1), abs=1e-3)
    assert result["paired"] == {}
    alone = bench(seeds=[1994])
    assert (
        alone["methods"]["finetune"]["accuracy_matrix"] == result["runs"][1]["methods"]["finetune"]["accuracy_matrix"]
    )


def test_an_interrupted_run_goes_on(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name in FEW:
        method = METHODS[name]
        counted = type(method)(name, lambda seed, m=method: made.append(m.name) or m.make(seed), method.settings)
        monkeypatch.setitem(METHODS, name, counted)
    job = Job(lambda event: job.cancel() if event.detail == "finetune" else None)
    with pytest.raises(Cancelled):
        bench(job=job)
    made.clear()
    resumed = bench(resume=True)
    assert made == ["finetune"]
    assert list(resumed["methods"]) == list(FEW)
    made.clear()
    bench(resume=True)
    assert made == []
    bench(resume=True, increment=1)
    bench(resume=True, shots=2)
    assert made == [*FEW, *FEW]
    made.clear()
    monkeypatch.setitem(METHODS, "ncm", type(METHODS["ncm"])("ncm", METHODS["ncm"].make, "other settings"))
    bench(resume=True)
    assert made == ["ncm"]
    made.clear()
    bench()
    assert made == list(FEW)


def test_what_descriptions_may_tell_is_part_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run would go on with results from before it changed."""
    monkeypatch.setattr(methods, "NAME_SIGMA", 2.0)
    assert methods._settings(SpaConfig()) != METHODS["spa"].settings


def test_a_changed_photo_is_another_run(bench, photo_folder: Path) -> None:
    first = bench(methods=["ncm"])
    for path in (photo_folder / "train/green").iterdir():
        draw_photo(path, "red", 50)
    assert bench(methods=["ncm"], resume=True)["methods"]["ncm"]["last"] < first["methods"]["ncm"]["last"]


def test_a_broken_photo_is_left_out_and_told(bench, photo_folder: Path) -> None:
    (photo_folder / "train/red/red-0.png").write_bytes(b"no photo")
    told = []
    bench(methods=["ncm"], job=Job(lambda event: told.append(event.message)))
    assert any(message and "red-0.png" in message for message in told)
    for path in (photo_folder / "test/red").iterdir():
        path.write_bytes(b"no photo")
    with pytest.raises(InputError, match="No photo of red in colours/test"):
        bench(methods=["ncm"])


def test_bad_input_is_told_before_the_backbone_is_loaded(photo_folder: Path, tmp_path: Path) -> None:
    def load():
        raise AssertionError("loaded")

    for options in (
        {"increment": 5},
        {"increment": 2, "methods": ["nonsense"]},
        {"increment": 2, "seeds": []},
        {"increment": 2, "shots": 0},
        {"increment": 2, "seeds": [-1]},
    ):
        with pytest.raises(InputError):
            run_bench(photo_folder, encoder=load, **options)


def test_out_that_cannot_be_written(bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpaError, match="cannot be written"):
        bench(out=tmp_path / "file" / "out.json")
    for path, value, error in (
        (tmp_path / "own" / "folder", {}, SpaError),
        (tmp_path / "own" / "out.json", {"curve": [float("nan")]}, ValueError),
    ):
        (tmp_path / "own" / "folder").mkdir(parents=True, exist_ok=True)
        with pytest.raises(error):
            write_json(path, value)
    assert [item.name for item in (tmp_path / "own").iterdir()] == ["folder"]


def test_a_broken_kept_result_is_run_again(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.put({"a": 1}, {"last": 2})
    assert store.get({"a": 1}) == {"last": 2}
    assert store.get({"a": 2}) is None
    (file,) = tmp_path.iterdir()
    file.write_text("{")
    assert store.get({"a": 1}) is None


def test_paired_difference_is_students() -> None:
    ours, theirs = [90.0, 92.0, 91.0, 95.0], [89.0, 90.0, 90.5, 91.0]
    found = paired_difference(ours, theirs)
    interval = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert found == pytest.approx({"mean": 1.875, "low": interval.low, "high": interval.high}, abs=1e-3)


def test_picture(tmp_path: Path) -> None:
    def run(*shift: float) -> dict:
        curves = {name: [90 - s, 80 - s, 70 - s] for name, s in zip(("spa", "slda", "ncm"), shift, strict=True)}
        shared = {
            "dataset": "d",
            "backbone": "b",
            "base": 0,
            "increment": 2,
            "shots": None,
            "class_order": list("abcdef"),
        }
        methods = {n: {"curve": c, "average": 0, "last": 0, "forgetting": 0} for n, c in curves.items()}
        return {**shared, "seed": 1, "methods": methods}

    for name, result in (("one", run(0, 10, 20)), ("two", summarize([run(0, 10, 20), run(4, 12, 22)]))):
        draw_curves(result, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as picture:
            colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
        # One line a method, in its own colour.
        assert {(0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2), (0x00, 0x9E, 0x73)} <= colours
    assert mean_curves(result)["spa"] == [88, 78, 68]
    with pytest.raises(SpaError, match="cannot be written"):
        draw_curves(result, tmp_path / "one.png" / "x.png")
