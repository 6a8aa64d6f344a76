"""The words for a photo that belongs to none of the classes, wherever an answer is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QWidget

from spa_desktop.spa.config import KEPT_SHARE
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, set_type


def none_of_these() -> str:
    """The answer, in the window's language."""
    return QCoreApplication.translate("unknown", "none of these")


def why_none_of_these() -> str:
    """What it means, for a tooltip."""
    text = QCoreApplication.translate(
        "unknown",
        "This photo is less like the classes that were learned than {share} % of the photos that were held out while "
        "learning them. The nearest classes are shown all the same. About {rest} % of photos that do belong to a class "
        "are taken for none as well.",
    )
    return text.format(share=round(100 * KEPT_SHARE), rest=round(100 * (1 - KEPT_SHARE)))


class UnknownPhoto(QLabel):
    """A line that says so, with its tooltip; hidden while the photo is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_type(self, Size.STRONG, strong=True, role="warn")
        self.setText(QCoreApplication.translate("unknown", "None of these"))
        self.setToolTip(tip(why_none_of_these()))
        self.setAccessibleDescription(why_none_of_these())
        self.hide()
