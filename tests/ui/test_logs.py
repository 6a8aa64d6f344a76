"""The log of the window: a line a record, whatever stands in it."""

import logging
import re

import pytest
from PySide6.QtCore import qInstallMessageHandler, qWarning

from spa_desktop.ui import faults

_RECORD = re.compile(r"\d{4}-\d\d-\d\d ")


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log file of one's own."""
    file = tmp_path / "window.log"
    monkeypatch.setattr(faults, "log_file", lambda: file)
    root = logging.getLogger("spa_desktop")
    before, level = list(root.handlers), root.level
    faults.start_log()
    yield file
    qInstallMessageHandler(None)
    root.setLevel(level)
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


def test_no_text_forges_a_line(log, monkeypatch):
    # Not to the test runner's own record: it cannot hold a text that is no Unicode.
    monkeypatch.setattr(logging.getLogger("spa_desktop"), "propagate", False)
    forged = "2030-01-01 00:00:00,000 ERROR spa_desktop: forged"
    logging.getLogger("spa_desktop.a").info("%s", f"one\n{forged}\x1b[2J\udcff\u2028{forged}")
    qWarning(f"two\r\n{forged}")
    try:
        raise ValueError(f"three\n{forged}\x9b")
    except ValueError:
        logging.getLogger("spa_desktop.b").exception("%s", f"four\n{forged}")
    lines = log.read_text(encoding="utf-8").splitlines()
    records = [line for line in lines if _RECORD.match(line)]
    assert [line.partition(": ")[2][:4] for line in records] == ["one\\", "two\\", "four"]
    assert all(line.startswith("    ") for line in lines if line not in records)
    assert not any(char in line for line in lines for char in "\x1b\x9b\u2028")
    assert "    Traceback (most recent call last):" in lines
