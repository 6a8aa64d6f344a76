"""Faults of the app itself: caught in whatever thread, shown in the window, ready to be copied."""

from __future__ import annotations

import logging
import platform
import sys
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from spa_desktop.keys import redact
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.page import primary
from spa_desktop.ui.plain_text import traceback_text
from spa_desktop.ui.style.icons import icon_pixmap, set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.version import __version__
from spa_desktop.visible import visible

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
        self.caught.emit(WorkFailure(message, traceback_text(error.with_traceback(trace)), 1, False))


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
        picture = QLabel()
        picture.setPixmap(icon_pixmap("error", "bad", 32, self.devicePixelRatioF()))
        happened = set_type(QLabel(self.tr("Something went wrong in the app")), Size.STRONG, strong=True)
        message = QLabel(redact(failure.message))
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setWordWrap(True)
        advice = set_type(
            QLabel(
                self.tr(
                    "Your project is as it was after the last step that was finished. Try again; "
                    "if it happens again, copy the details and report them."
                )
            ),
            Size.BODY,
            role="muted",
        )
        advice.setWordWrap(True)
        self.details = QPlainTextEdit(self._report)
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(self.tr("Details"))
        self.details.setMinimumHeight(180)
        self.details.hide()
        self.more = QPushButton(self.tr("Details"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_details)
        self.copy = QPushButton(self.tr("Copy details"))
        set_icon(self.copy, "copy")
        self.copy.clicked.connect(self._copy)
        close = primary(QPushButton(self.tr("Close")))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        texts = QVBoxLayout()
        texts.setSpacing(Space.S)
        for label in (happened, message, advice):
            texts.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(Space.L)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(texts, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.L)
        column.addLayout(top)
        column.addWidget(self.details)
        column.addLayout(buttons)

    @Slot(bool)
    def _show_details(self, is_wanted: bool) -> None:
        self.details.setVisible(is_wanted)
        self.adjustSize()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.copy.setText(self.tr("Copied"))
