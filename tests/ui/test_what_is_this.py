"""The question marks beside figures."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from spa_desktop.ui.widgets.figure_texts import FigurePopup, WhatIsThis, figure_text


class Listener(QWidget):
    """A window that shows the guide, as far as a widget in it can tell."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        QVBoxLayout(self)

    def show_guide(self, page: str, anchor: str) -> None:
        self.asked.append((page, anchor))


@pytest.fixture
def around(qtbot):
    found = Listener()
    qtbot.addWidget(found)
    found.layout().addWidget(WhatIsThis("forgotten"))
    found.layout().addWidget(QWidget())
    with qtbot.waitActive(found):
        found.show()
    return found


def test_it_opens_by_key_and_leads_into_the_guide(around, qtbot):
    button = around.findChild(WhatIsThis)
    assert button.accessibleName() == "What is this: Forgotten?"
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    popup = button.findChild(FigurePopup)
    assert popup.isVisible()
    assert popup.text.text() == figure_text("forgotten").text
    assert popup.text.textFormat() == Qt.TextFormat.PlainText
    assert popup.accessibleName() == "Forgotten"
    assert QApplication.focusWidget() is popup.more_wanted or popup.focusWidget() is popup.more_wanted
    qtbot.keyClick(popup.more_wanted, Qt.Key.Key_Space)
    assert around.asked == [("glossary", "forgetting")]
    qtbot.waitUntil(lambda: button.findChild(FigurePopup) is None)
