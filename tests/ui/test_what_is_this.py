"""The question marks beside figures."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.explain.explain_page import ExplainPage
from spa_desktop.ui.guide.guide_window import read_guide
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.results.results_page import ResultsPage
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.widgets.figure_texts import FigurePopup, WhatIsThis, figure_text, figure_texts

TOPICS = tuple(figure_texts("en"))


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


def test_every_figure_has_two_or_three_sentences_and_a_heading_of_the_guide(qapp):
    guide, chinese = read_guide("en"), figure_texts("zh_CN")
    for topic in TOPICS:
        said, other = figure_text(topic), chinese[topic]
        assert 2 <= sum(said.text.count(end) for end in (". ", "? ")) + 1 <= 3, said.text
        assert said.title
        assert said.anchor in guide[said.page].anchors
        assert all(re.search(r"[\u4e00-\u9fff]", text) for text in (other.title, other.text))
        assert (other.page, other.anchor) == (said.page, said.anchor)


def test_it_opens_by_key_and_leads_into_the_guide(around, qtbot):
    button = around.findChild(WhatIsThis)
    assert button.accessibleName() == "What is this: Forgetting, points?"
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    popup = button.findChild(FigurePopup)
    assert popup.isVisible()
    assert popup.text.text() == figure_text("forgotten").text
    assert popup.text.textFormat() == Qt.TextFormat.PlainText
    assert popup.accessibleName() == "Forgetting, points"
    assert QApplication.focusWidget() is popup.more_wanted or popup.focusWidget() is popup.more_wanted
    qtbot.keyClick(popup.more_wanted, Qt.Key.Key_Space)
    assert around.asked == [("glossary", "forgetting")]
    qtbot.waitUntil(lambda: button.findChild(FigurePopup) is None)


def test_escape_closes_it_and_it_opens_again_and_stays_on_the_screen(around, qtbot):
    button = around.findChild(WhatIsThis)
    button.click()
    qtbot.keyClick(button.findChild(FigurePopup), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: button.findChild(FigurePopup) is None)
    assert around.asked == []
    room = button.screen().availableGeometry()
    around.move(room.right() - 30, room.bottom() - 30)
    button.click()
    assert button.findChild(FigurePopup).isVisible()
    assert room.contains(button.findChild(FigurePopup).geometry())
    button.findChild(FigurePopup).close()
    qtbot.waitUntil(lambda: button.findChild(FigurePopup) is None)


def test_the_pages_have_one_for_each_of_their_figures(context, qtbot):
    found = set()
    for kind in (TrainPage, ResultsPage, ExplainPage, LivePage, DescriptionEditor):
        page = kind(context)
        qtbot.addWidget(page)
        buttons = page.findChildren(WhatIsThis)
        assert len(buttons) >= 2, kind
        assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)
        found |= {button.topic for button in buttons}
    assert found == set(TOPICS), "every text is shown somewhere"
