"""The log: what happened, for the day that something goes wrong. It holds no key."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from spa_desktop.visible import visible

_BYTES, _FILES = 1_000_000, 3
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_file() -> Path:
    """Where the log is kept."""
    return platformdirs.user_log_path("spa-desktop", appauthor=False) / "window.log"


def start_log() -> None:
    """Write what the app and Qt say to the log file. Without such a file the app runs all the same."""
    root = logging.getLogger("spa_desktop")
    root.setLevel(logging.INFO)
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_file(), maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True)
    except OSError as error:
        root.warning("No log is kept: %s", error)
        return
    handler.setFormatter(_LineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    qInstallMessageHandler(_on_qt_message)


class _LineFormatter(logging.Formatter):
    """One line a record. The lines of a traceback are indented: nothing in them can pass for another record."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = visible(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(map(visible, super().format(record).split("\n")))


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("spa_desktop.qt").log(_LEVELS.get(kind, logging.INFO), "%s", text)
