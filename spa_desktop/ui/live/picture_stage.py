"""The left of the page: the picture, its switches, and the recorder."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.live.recording_tray import Recorder
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.what_is_this import WhatIsThis


class Stage(QWidget):
    """Canvas, switches, recorder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = PhotoCanvas()
        self.canvas.setAccessibleName(self.tr("Live picture"))
        self.overlay = _switch(
            "overlay", self.tr("Overlay"), self.tr("Show which patches spoke for the class (O)"), "O"
        )
        self.freeze = _switch("freeze", self.tr("Freeze"), self.tr("Hold the picture still (F)"), "F")
        self.mirror = _switch("mirror", self.tr("Mirror"), self.tr("Exchange left and right on screen (M)"), "M")
        self.explain = QToolButton()
        self.explain.setIcon(icon("explain"))
        self.explain.setAccessibleName(self.tr("Explain this frame"))
        self.explain.setToolTip(self.explain.accessibleName())
        self.back = _tool("left", self.tr("Photo before (Left)"), "Left")
        self.hold = _switch("pause", self.tr("Stay at this photo"), self.tr("Stay at this photo (P)"), "P")
        self.forth = _tool("right", self.tr("Next photo (Right)"), "Right")
        self.walk = (self.back, self.hold, self.forth)
        self.source = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.source.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.recorder = Recorder()
        switches = QHBoxLayout()
        switches.setSpacing(Space.XS)
        for button in (self.overlay, WhatIsThis("heat map"), self.freeze, self.mirror, self.explain, *self.walk):
            switches.addWidget(button)
        switches.addWidget(self.source, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.canvas, 1)
        column.addLayout(switches)
        column.addWidget(self.recorder)
        self.mirror.toggled.connect(self.canvas.set_mirrored)
        self.show_walk(False)

    def show_walk(self, is_walk: bool) -> None:
        """Offer to step through photos, or not: a hidden button's key does nothing."""
        for button in self.walk:
            button.setVisible(is_walk)


def _switch(picture: str, name: str, tip: str, key: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(picture))
    button.setCheckable(True)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setShortcut(key)
    return button


def _tool(picture: str, name: str, key: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(picture))
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setShortcut(key)
    return button
