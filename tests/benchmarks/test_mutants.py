"""Which mistakes are planted, and which tests look for them."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutant_tests import Measured, statement_at
from benchmarks.mutants import REPOSITORY, Fate, Mutant, read_fates

has_cosmic_ray = pytest.mark.skipif(
    importlib.util.find_spec("cosmic_ray") is None, reason="needs the extra `mutants`: pip install '.[mutants]'"
)


CODE = """
import os

LIMIT = 3


def outer(value: int = 7) -> int:
    if value > (
        LIMIT
    ):
        return inner(
            value,
            1,
        )
    return 0


@os.fspath
def inner(a, b): return a + b
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (4, (4, 4, False)),  # a constant
        (7, (7, 7, False)),  # the head of a function, with its defaults
        (8, (8, 10, True)),  # a condition over three lines
        (9, (8, 10, True)),
        (12, (11, 14, True)),
        (15, (15, 15, True)),
        (18, (18, 18, False)),  # a decorator
    ],
)
def test_the_statement_at_a_line(line, expected):
    assert statement_at(CODE, line) == expected


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    (tmp_path / "code.py").write_text(CODE)
    seconds = {"a.py::slow": 9.0, "a.py::fast": 0.1, "b.py::one": 1.0, "b.py::two": 2.0}
    groups = [[], ["a.py::slow", "b.py::two"], ["a.py::fast"], ["b.py::one"]]
    found = Measured("digest", seconds, groups, {"code.py": {4: 0, 8: 1, 11: 2, 15: 3, 12: 2}})
    found.write(tmp_path / "kept.json")
    again = Measured.read(tmp_path / "kept.json")
    assert again == found
    return again


def test_tests_that_execute_the_line_are_chosen(measured, tmp_path):
    assert measured.tests_for(tmp_path, "code.py", 8) == ["a.py::slow", "b.py::two"]
    assert measured.tests_for(tmp_path, "code.py", 10) == ["a.py::slow", "b.py::two"], "a line of the same statement"
    assert measured.tests_for(tmp_path, "code.py", 15) == ["b.py::one"]
    assert set(measured.tests_for(tmp_path, "code.py", 4)) == set(measured.seconds), "a constant: all of the module"
    (tmp_path / "other.py").write_text("x = 1")
    assert measured.tests_for(tmp_path, "other.py", 1) == []


def test_files_stay_together_and_the_quickest_come_first(measured):
    assert measured.in_order(measured.seconds) == ["b.py::one", "b.py::two", "a.py::fast", "a.py::slow"]


@pytest.mark.skipif(importlib.util.find_spec("coverage") is None, reason="needs the extra `mutants`")
def test_who_executes_what_is_measured(tmp_path: Path):
    """In a process of its own: pytest and coverage begin anew there."""
    (tmp_path / "spa_desktop").mkdir()
    (tmp_path / "spa_desktop" / "__init__.py").touch()
    (tmp_path / "spa_desktop" / "code.py").write_text(
        "LIMIT = 3\n\n\ndef made():\n    return LIMIT\n\n\ndef used(value):\n    return value + 1\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\nfrom spa_desktop import code\n\n\n@pytest.fixture(scope='module')\ndef shared():\n"
        "    return code.made()\n\n\ndef test_first(shared):\n    pass\n\n\ndef test_second(shared):\n    pass\n\n\n"
        "def test_third():\n    assert code.used(1) == 2\n\n\ndef test_fourth():\n    assert code.used(1) == 3\n"
    )
    program = (
        "import sys; from pathlib import Path; from benchmarks.mutant_tests import measure;"
        "tree = Path(sys.argv[1]); sys.path.insert(0, str(tree));"
        "raise SystemExit(measure(tree, ['test_it.py'], 'digest', tree / 'kept.json'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    found = Measured.read(tmp_path / "kept.json")
    names = [f"test_it.py::test_{name}" for name in ("first", "second", "third")]
    assert list(found.seconds)[:3] == names
    assert found.failed == ["test_it.py::test_fourth"], "and it is chosen for nothing"
    file = "spa_desktop/code.py"
    assert sorted(found.tests_for(tmp_path, file, 5)) == names[:2], "the fixture's lines are of both that use it"
    assert found.tests_for(tmp_path, file, 9) == names[2:]
    assert sorted(found.tests_for(tmp_path, file, 1)) == names


@pytest.mark.parametrize("package", mutants.PACKAGES)
def test_places_of_tests_are_there(package):
    assert (REPOSITORY / mutants.PACKAGES[package]).exists()
    assert all((REPOSITORY / name).is_dir() for name in mutants.TESTS)
    assert all((REPOSITORY / name).is_file() for name in mutants._LEFT_OUT)


def test_what_was_done_is_read_again(tmp_path: Path):
    assert read_fates(tmp_path / "fates.jsonl") == []
    lines = [
        Fate("a.py", 1, "", state, "", 0.0, "", 3, key)
        for state, key in (("survived", "x"), ("noticed", "y"), ("noticed", "x"))
    ]
    (tmp_path / "fates.jsonl").write_text("".join(json.dumps(asdict(one)) + "\n" for one in lines))
    assert [(one.key, one.state) for one in read_fates(tmp_path / "fates.jsonl")] == [
        ("x", "noticed"),
        ("y", "noticed"),
    ]


def test_what_is_no_failure_of_a_test_is_not_taken_for_one(tmp_path: Path):
    """In a process of its own, of which each run is a fork."""
    cases = {
        "passes": ("", "def test_it(): pass", "survived"),
        "fails": ("", "def test_it(): assert 0", "noticed FAILED test_it.py::test_it"),
        "no_test": ("", "1 // 0", "noticed ERROR test_it.py"),
        "no_conftest": ("1 // 0", "def test_it(): pass", "noticed ImportError while loading conftest"),
        "other_name": ("", "def test_other(): pass", "not run exit code 5"),
    }
    for name, (conftest, test, _) in cases.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "conftest.py").write_text(conftest)
        (tmp_path / name / "test_it.py").write_text(test)
    program = (
        "import sys; from pathlib import Path; from benchmarks.mutants import run_tests;"
        "print(*(' '.join(run_tests(Path(tree), ['test_it.py::test_it'], 60)) for tree in sys.argv[1:]), sep='\\n')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *(str(tmp_path / name) for name in cases)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = ran.stdout.splitlines()
    assert [line[: len(case[2])] for line, case in zip(told, cases.values(), strict=True)] == [
        case[2] for case in cases.values()
    ]


@has_cosmic_ray
def test_a_mistake_is_planted_at_its_place_and_the_same_ones_are_drawn_again(tmp_path: Path):
    drawn = mutants.sample(5, seed=3)
    assert drawn == mutants.sample(5, seed=3)
    assert len({(one.file, one.line) for one in drawn}) == 5
    (tmp_path / "code.py").write_text("def f(a: int) -> bool:\n    return a > 1\n")
    place = Mutant("spa", "code.py", "core/ReplaceComparisonOperator_Gt_Lt", 0, 2)
    before, after = mutants.plant(tmp_path, place)
    assert after == before.replace("a > 1", "a < 1") != before
    (tmp_path / "code.py").write_text("def f(a: int, *, b: int) -> int: ...\n")
    no_python = Mutant("spa", "code.py", "core/ReplaceBinaryOperator_Mul_BitXor", 0, 1)
    assert mutants.plant(tmp_path, no_python) is None
