"""A short walk over the window; `python -m benchmarks.walk` goes further."""

import subprocess
import sys

from tests.conftest import REPOSITORY


def test_forty_steps_without_a_plan():
    walk = [sys.executable, "-m", "benchmarks.walk", "--steps", "40", "--seed", "1"]
    ran = subprocess.run(walk, cwd=REPOSITORY, capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 faults" in ran.stdout
