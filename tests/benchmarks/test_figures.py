"""The table of all that is to hold."""

from __future__ import annotations

import pytest

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
