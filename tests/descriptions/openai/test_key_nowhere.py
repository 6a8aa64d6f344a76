"""A whole process that uses a key, and all that it leaves: project, settings, log, traceback, error report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.descriptions.openai.conftest import KEY

ODD_KEY = "plain.looking.Word-77"  # nothing about it looks like a key


@pytest.mark.slow
@pytest.mark.parametrize(("key", "place"), [(KEY, "environment"), (ODD_KEY, "session")])
def test_the_key_is_in_nothing_that_a_process_leaves(service, tmp_path: Path, key: str, place: str):
    pytest.importorskip("PySide6")
    phrases = [f"written with {key}", "one even colour", "fine grain all over", "soft edges", "square frame"]
    # Three classes, twice: good answers that echo the key, and failures that do.
    service.script(
        "responses",
        {"say": phrases},
        {"refuse": f"No, {key}."},
        {"status": 403, "error": f"key {key} may not"},
        {"status": 401, "error": f"Incorrect API key provided: {key}"},
    )
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "OPENAI_LOG": "debug"}
    for kind in ("cache", "data", "config", "state"):
        environment[f"XDG_{kind.upper()}_HOME"] = str(tmp_path / kind)
        environment[f"SPA_DESKTOP_{kind.upper()}_DIR"] = str(tmp_path / kind / "spa-desktop")
    environment.pop("OPENAI_API_KEY", None)
    if place == "environment":
        environment["OPENAI_API_KEY"] = key
    ran = subprocess.run(
        [sys.executable, "-m", "tests.descriptions.openai.leaky", service.url, str(tmp_path)],
        input=key if place == "session" else "",
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        timeout=300,
    )
    assert ran.returncode == 1, ran.stderr
    assert {entry["headers"]["authorization"] for entry in service.log()} == {f"Bearer {key}"}, "it was used"
    assert len(service.log()) == 4

    left = {str(file.relative_to(tmp_path)): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    left |= {"stdout": ran.stdout.encode(), "stderr": ran.stderr.encode()}
    assert [name for name, content in left.items() if key.encode() in content] == []

    # What had to be there is there, without the key.
    named = {Path(name).name: content.decode(errors="replace") for name, content in left.items()}
    assert "127.0.0.1" in named["settings.json"]
    assert "127.0.0.1" in named["consents.json"]
    assert "[key]" in named["window.log"]
    assert "an error that holds [key]" in named["window.log"]
    assert "an error that holds [key]" in named["report.txt"]
    assert "written with [key]" in named["Colours.spa"]
    assert "No, [key]." in named["stdout"]
    stderr = named["stderr"]
    # Of the thread, of the log that OPENAI_LOG opens, and at the end.
    assert stderr.count("RuntimeError: an error that holds [key]") == 3
    assert "Authorization: Bearer [key]" in stderr
