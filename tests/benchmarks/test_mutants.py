"""Which mistakes are planted, and which tests look for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutant_tests import Measured, statement_at
from benchmarks.mutants import REPOSITORY

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


@pytest.mark.parametrize("package", mutants.PACKAGES)
def test_places_of_tests_are_there(package):
    assert (REPOSITORY / mutants.PACKAGES[package]).exists()
    assert all((REPOSITORY / name).is_dir() for name in mutants.TESTS)
    assert all((REPOSITORY / name).is_file() for name in mutants._LEFT_OUT)


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
