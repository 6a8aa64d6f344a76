"""The log, which holds no key, and faults of the app: caught in any thread, shown in the window, ready to be copied."""

from __future__ import annotations

import logging
import platform
import sys
from logging.handlers import RotatingFileHandler
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from spa_desktop.keys import redact
from spa_desktop.paths import log_file
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.plain_text import traceback_text
from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, set_type
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, slot, wrapped
from spa_desktop.version import __version__
from spa_desktop.visible import visible

_BYTES, _FILES = 1_000_000, 3
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


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


_log = logging.getLogger(__name__)


class FaultCatcher(QObject):
    """Takes the place of `sys.excepthook`. Qt calls that in the thread of the fault, so the news is sent on."""

    caught = Signal(object)  # WorkFailure, in the thread of the window

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = sys.excepthook

    def install(self) -> None:
        sys.excepthook = self._hook

    def uninstall(self) -> None:
        sys.excepthook = self._before

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("Unexpected error", exc_info=(kind, error, trace))
        message = visible(f"{kind.__name__}: {error}")
        self.caught.emit(WorkFailure(message, traceback_text(error.with_traceback(trace)), False))


class FaultDialog(QDialog):
    """What happened, what to do, and the details to copy."""

    def __init__(self, failure: WorkFailure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.setMinimumWidth(520)
        self._report = redact(
            f"SPA Desktop {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}\n\n"
            f"{failure.details}"
        )
        picture = QLabel(pixmap=icon_pixmap("error", "bad", 32, self.devicePixelRatioF()))
        happened = set_type(QLabel(self.tr("Something went wrong in the app")), Size.STRONG, strong=True)
        message = wrapped(redact(failure.message), Size.BODY, role="text")
        advice = self.tr(
            "Your project is as it was after the last step that was finished. Try again; "
            "if it happens again, copy the details and report them."
        )
        self.details = QPlainTextEdit(self._report, readOnly=True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(self.tr("Details"))
        self.details.setMinimumHeight(180)
        self.details.hide()
        self.more = QPushButton(self.tr("Details"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self.details.setVisible)
        self.more.toggled.connect(slot(self, self.adjustSize))
        self.copy = button(self.tr("Copy details"), self._copy, picture="copy")
        close = button(self.tr("Close"), self.accept, kind="primary")
        close.setDefault(True)
        texts = column(happened, message, wrapped(advice, Size.BODY), spacing=Space.S)
        top = row((picture, 0, Qt.AlignmentFlag.AlignTop), (texts, 1), spacing=Space.L)
        buttons = row(self.more, self.copy, None, close, spacing=-1)
        column(top, self.details, buttons, spacing=Space.L, margins=SHEET_MARGINS, of=self)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.copy.setText(self.tr("Copied"))
