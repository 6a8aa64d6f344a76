"""A whole process that uses a key, and all that it leaves: project, settings, log, traceback, error report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

# The one of the environment is used, the other is typed; nothing about them looks like a key.
KEYS = ("plain.looking.Word-77", "another+Word-of-Ours")


@pytest.mark.slow
def test_the_key_is_in_nothing_that_a_process_leaves(service, tmp_path: Path):
    pytest.importorskip("PySide6")
    key = " ".join(KEYS)
    phrases = [f"written with {key}", "one even colour", "fine grain all over", "soft edges", "square frame"]
    # Three classes, twice: good answers that echo the key, and failures that do.
    service.script(
        "chat",
        {"say": phrases},
        {"refuse": f"No, {key}."},
        {"status": 403, "error": f"key {key} may not"},
        {"status": 401, "error": f"Incorrect API key provided: {key}"},
    )
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "OPENAI_LOG": "debug"}
    for kind in ("cache", "data", "config", "state"):
        environment[f"XDG_{kind.upper()}_HOME"] = str(tmp_path / kind)
        environment[f"SPA_DESKTOP_{kind.upper()}_DIR"] = str(tmp_path / kind / "spa-desktop")
    environment["OPENAI_API_KEY"], typed = KEYS
    ran = subprocess.run(
        [sys.executable, "-m", "tests.descriptions.openai.leaky", service.url, str(tmp_path)],
        input=typed,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        timeout=300,
    )
    assert ran.returncode == 1, ran.stderr
    assert {entry["headers"]["authorization"] for entry in service.log()} == {f"Bearer {KEYS[0]}"}, "it was used"
    assert len(service.log()) == 4

    left = {str(file.relative_to(tmp_path)): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    left |= {"stdout": ran.stdout.encode(), "stderr": ran.stderr.encode()}
    assert [name for name, content in left.items() for key in KEYS if key.encode() in content] == []

    # What had to be there is there, without the key.
    named = {Path(name).name: content.decode(errors="replace") for name, content in left.items()}
    assert "127.0.0.1" in named["settings.json"]
    assert "127.0.0.1" in named["consents.json"]
    assert "[key]" in named["window.log"]
    assert "an error that holds [key] [key]" in named["window.log"]
    assert "an error that holds [key] [key]" in named["report.txt"]
    assert "written with [key] [key]" in named["Colours.spa"]
    assert "No, [key] [key]." in named["stdout"]
    stderr = named["stderr"]
    # Of the thread, of the log that OPENAI_LOG opens, and at the end.
    assert stderr.count("RuntimeError: an error that holds [key] [key]") == 3
    assert "Authorization: Bearer [key]" in stderr
