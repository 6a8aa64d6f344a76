"""The table of all that is to hold, from figures that can be checked by hand."""

import json

import pytest

from benchmarks.truth import figures
from benchmarks.truth.written import SETS

BOTH = figures.Row("", most=13, mean_most=7)


@pytest.mark.parametrize(
    ("row", "cells", "is_met", "worst"),
    [
        (BOTH, {"small7": 12.0, "birds50": 3.0, "all": 7.0}, True, "12.0 small7"),
        (BOTH, {"small7": 13.1, "birds50": 0.0, "all": 6.0}, False, "13.1 small7"),
        (BOTH, {"small7": 9.0, "birds50": 8.0, "all": 8.5}, False, "9.0 small7"),
        (figures.Row("", least=-0.5), {"small7": 1.0, "birds50": -0.6}, False, "-0.6 birds50"),
        (figures.Row(""), {"small7": 1.0, "birds50": 2.0}, True, ""),
    ],
)
def test_a_row_says_its_worst_set_and_whether_it_reaches_what_it_should(row, cells, is_met, worst) -> None:
    assert row.is_met(cells) == is_met
    assert row.worst(cells) == worst


def test_rows_of_runs_are_of_all_sets() -> None:
    found = figures.of_runs()
    assert {row.partition("_")[0] for row in found} == {"labels", "names", "lead", "together"}
    for name, row in found.items():
        assert set(SETS) <= row["figures"].keys() <= {*SETS, "all"}, name


def test_of_folders_answered_together_the_worst_kind_and_the_worst_folder_are_shown(tmp_path, monkeypatch) -> None:
    for name in ("wrong_labels", "names", "few_photos", "together"):
        result = json.loads((figures.RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        if name == "together":
            rows = [
                ["one class", "1", "+2.0", "+2.0 (-9.0)", "+2.0 (-9.0)"],
                ["both", "1", "-1.5", "-1.5 (-3.0)", "-1.5 (-3.0)"],
            ]
            result["tables"][0] = [["folder", "photos", "worst", "mean", "small7"], *rows]
        (tmp_path / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    monkeypatch.setattr(figures, "RESULTS", tmp_path)
    found = figures.of_runs()
    assert found["together_kind"]["figures"] == {"small7": -1.5}
    assert found["together_folder"]["figures"] == {"small7": -9.0}
