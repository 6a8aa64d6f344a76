"""The table of all that is to hold."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import accuracy
from benchmarks.truth import figures


def test_a_table_says_what_is_met_and_where_it_comes_from(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(figures, "commit", lambda: "abc1234")
    figures.keep("truth", {"phrases": {"caltech40": 96.6, "flowers51": 88.5, "all": 94.0}, "kinds": {"all": 98.2}})
    figures.keep("calibration", {"ece_5": {"caltech40": 4.04, "birds50": 3.4}})
    lines = [line for line in figures.table().splitlines() if "abc1234" in line]
    assert [("**no**" in line, "| yes |" in line) for line in lines] == [(False, True), (True, False), (False, True)]
    assert "88.5" in lines[1]
    assert "`calibration`" in lines[2]


@pytest.mark.parametrize(("later", "kept"), [({"caltech40": 1.0}, 5.0), ({"caltech40": 1.0, "birds50": 1.0}, 1.0)])
def test_a_run_over_some_sets_takes_no_lines_place(tmp_path, monkeypatch, later, kept) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(figures, "commit", lambda: "abc1234")
    for found in ({"caltech40": 5.0, "birds50": 5.0}, later):
        figures.keep("calibration", {"ece_1": found})
    assert f"| {kept:.1f} |" in figures.table()


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ([], ["accuracy_5", "accuracy_all"]),
        (["--methods", "ranpac"], []),
        (["--methods", "ranpac", "--backbone", "RN50"], []),
        (["--backbone", "RN50"], []),
    ],
)
def test_what_is_to_hold_is_of_the_method_on_the_embedded_backbone(tmp_path, monkeypatch, options, rows) -> None:  # type: ignore[no-untyped-def]
    def bench(folder, *, methods, shots, **_):  # type: ignore[no-untyped-def]
        run = {"methods": {method: {"average": 90.0} for method in methods or ("spa", "ranpac")}}
        return {"dataset": folder.name, "shots": shots, "runs": [run]}

    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(accuracy, "run_bench", bench)
    for name in ("load_encoder", "draw_curves", "print_tables"):
        monkeypatch.setattr(accuracy, name, lambda *_: None)
    (tmp_path / "caltech40").mkdir()
    monkeypatch.setattr(sys, "argv", ["accuracy", str(tmp_path), "--full", "--out", str(tmp_path / "out"), *options])
    accuracy.main()
    kept = json.loads(figures.FILE.read_text(encoding="utf-8")) if figures.FILE.exists() else {}
    assert list(kept) == rows
