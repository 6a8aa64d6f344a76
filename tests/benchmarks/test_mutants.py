"""Which mistakes are planted, and which tests look for them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutants import REPOSITORY, Fate, Mutant, files_for, table

has_cosmic_ray = pytest.mark.skipif(
    importlib.util.find_spec("cosmic_ray") is None, reason="needs the extra `mutants`: pip install '.[mutants]'"
)


def test_tests_named_after_a_module_come_first_and_those_through_the_package_last():
    found = files_for(REPOSITORY, "spa", "spa_desktop/spa/scorer.py")
    assert found[0] == "tests/spa/test_scorer.py"
    assert {"tests/spa/test_scorer_explain.py", "tests/spa/test_learner.py"} <= set(found)
    assert found.index("tests/spa/test_scorer_shortlist.py") < found.index("tests/spa/test_learner.py")
    assert files_for(REPOSITORY, "metrics", "spa_desktop/metrics.py") == ["tests/bench/test_metrics.py"]


@pytest.mark.parametrize("package", mutants.PACKAGES)
def test_every_module_has_tests_that_are_there(package):
    root = REPOSITORY / mutants.PACKAGES[package]
    for path in [root] if root.is_file() else root.rglob("*.py"):
        found = files_for(REPOSITORY, package, str(path.relative_to(REPOSITORY)))
        assert found
        assert all((REPOSITORY / name).is_file() for name in found)


def test_annotations_and_imports_for_types_are_left_out(tmp_path: Path):
    file = tmp_path / "code.py"
    file.write_text("if TYPE_CHECKING:\n    import os\n\n\ndef f(a: int | None = 1 | 2) -> int | None:\n    return a\n")
    assert sorted(mutants._types(file)) == [((1, 0), (2, 13)), ((5, 9), (5, 19)), ((5, 32), (5, 42))]


def test_the_table_counts_by_package():
    fates = [
        Fate(f"spa_desktop/{file}", 1, "", state, "", 0.0, "")
        for file, state in (("spa/a.py", "noticed"), ("spa/b.py", "survived"), ("metrics.py", "hung"))
    ]
    lines = table(fates, 300).splitlines()
    assert lines[2:4] == ["| metrics | 1 | 0 | 1 | 0 |", "| spa | 2 | 1 | 0 | 1 |"]
    assert lines[-1] == "3 of 300 drawn were tested, 67 % did not survive"


@has_cosmic_ray
def test_a_mistake_is_planted_at_its_place_and_the_same_ones_are_drawn_again(tmp_path: Path):
    drawn = mutants.sample(5, seed=3)
    assert drawn == mutants.sample(5, seed=3)
    assert len({(one.file, one.line) for one in drawn}) == 5
    (tmp_path / "code.py").write_text("def f(a: int) -> bool:\n    return a > 1\n")
    place = Mutant("spa", "code.py", "core/ReplaceComparisonOperator_Gt_Lt", 0, 2)
    before, after = mutants.plant(tmp_path, place)
    assert after == before.replace("a > 1", "a < 1") != before
