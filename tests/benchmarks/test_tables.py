"""Tables from results with numbers that can be checked by hand."""

import importlib
import json
import pkgutil
import sys

import pytest

import benchmarks
from benchmarks import tables
from spa_desktop.bench.result_table import summarize


def run(dataset: str, seed: int, ece: float | None = 3.0, **averages: float) -> dict:
    methods = {
        name.replace("_plus", "+"): {"average": value, "last": value - 10, "forgetting": 1.0, "curve": [value]}
        | {"ece": ece if name == "spa" else None}
        for name, value in averages.items()
    }
    shared = {"dataset": dataset, "backbone": "b", "base": 0, "increment": 2, "shots": None}
    return {**shared, "seed": seed, "class_order": [], "methods": methods}


ONE = [run("x", 1, spa=90, slda=88), run("y", 1, spa=80, slda=81)]
TWO = [
    summarize([run("x", 1, spa=90, slda=88), run("x", 2, spa=92, slda=91)]),
    summarize([run("y", 1, spa=80, slda=81), run("y", 2, spa=82, slda=81)]),
]


def cells(table: str, row: int) -> list[str]:
    return [cell.strip() for cell in table.splitlines()[2 + row].strip("|").split("|")]


def test_accuracy_of_one_class_order() -> None:
    table = tables.accuracy_table(ONE)
    assert cells(table, 0) == ["**spa**", "90.0 / 80.0 / 1.0", "80.0 / 70.0 / 1.0", "85.0 / 75.0 / 1.0"]


def test_accuracy_of_several_class_orders_has_a_spread() -> None:
    table = tables.accuracy_table(TWO)
    assert cells(table, 0)[1] == "91.0 / 81.0 / 1.0"
    # The mean over the sets is taken within a class order, then spread over the orders.
    assert cells(table, 1)[3].startswith("85.2 ± 1.1")


def test_lead_is_paired() -> None:
    assert cells(tables.lead_table(ONE), 0) == ["slda", "+0.50", "+0.50"]
    assert cells(tables.lead_table(TWO), 0)[1].startswith("+0.75 (")


def test_calibration_is_of_methods_with_probabilities() -> None:
    table = tables.calibration_table(ONE)
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["spa"]
    assert tables.calibration_table([run("x", 1, ece=None, slda=1)]).count("\n") == 1


def test_command_reads_results_and_leaves_other_files(tmp_path, capsys, monkeypatch):
    for index, result in enumerate([*TWO, {"speed": []}]):
        (tmp_path / f"{index}.json").write_text(json.dumps(result))
    monkeypatch.setattr(sys, "argv", ["tables", *map(str, sorted(tmp_path.iterdir()))])
    tables.main()
    text = capsys.readouterr().out
    assert "All photos a class, b, class orders 1 to 2" in text
    assert "| slda | +0.75 (" in text


@pytest.mark.parametrize("name", [found.name for found in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")])
def test_each_benchmark_can_be_started(name):
    importlib.import_module(name)
