"""Where mistakes are planted, and what counts as noticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutants import REPOSITORY


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
