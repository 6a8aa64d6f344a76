"""Photos on Use are ordered by words that are in no name, and by what their labels would teach."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from spa_desktop.discover.search import PhotoSearch
from tests.ui.use.test_use_page import choose, names, run
from tests.workbench.tiny import draw_photo


@pytest.fixture
def pile(tmp_path) -> Path:
    for number in range(4):
        for look in ("red", "green", "blue"):
            draw_photo(tmp_path / "pile" / f"{look}-{number}.png", look, 200 + number)
    (tmp_path / "pile" / "broken.jpg").write_bytes(b"no photo")
    return tmp_path / "pile"


@pytest.fixture
def threads(monkeypatch) -> list[threading.Thread]:
    """The threads in which words were encoded."""
    found, real = [], PhotoSearch.find

    def find(search, words):
        found.append(threading.current_thread())
        return real(search, words)

    monkeypatch.setattr(PhotoSearch, "find", find)
    return found


def test_words_order_photos_and_escape_brings_all_back(page, pile, qtbot, threads):
    """Words of a name find names; Enter looks at the photos."""
    run(page, pile, qtbot)
    before = names(page)
    qtbot.keyClicks(page.bar.search, "sandy beach")
    qtbot.waitUntil(lambda: page.words.words == "sandy beach")
    assert threading.main_thread() not in threads, "words are encoded in the background"
    found = [page.words.similarity[one.path] for one in page.model.photos if one.is_answered]
    assert found == sorted(found, reverse=True)
    assert (len(names(page)), names(page)[-1]) == (13, "broken.jpg"), "what cannot be searched comes last"
    assert page.words.isVisible()
    assert "sandy beach" in page.words.text()
    choose(page, "red")
    assert len(names(page)) == 4, "the filter holds as well"
    choose(page, "All")
    qtbot.keyClick(page.bar.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: names(page) == before)
    assert not page.words.isVisible()
    page.bar.search.setText("blue")
    qtbot.waitUntil(lambda: len(names(page)) == 4)
    qtbot.keyClick(page.bar.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.words.words == "blue")
    assert len(names(page)) == 13
    page.bar.search.setText("blue-1")
    qtbot.waitUntil(lambda: names(page) == ["blue-1.png"])


def test_the_most_useful_to_label_come_first_and_are_labelled_by_keys(page, pile, qtbot, context):
    run(page, pile, qtbot)
    answers = [
        replace(one, probabilities=(0.5, 0.49) if "red" in one.path else (0.98, 0.01), class_ids=one.class_ids[:2])
        for one in page.model.all_photos
        if one.is_answered
    ]
    page.model.clear(page.model.names)
    page.model.add(answers)
    page.bar.order.setCurrentIndex(page.bar.order.findData("useful"))
    qtbot.waitUntil(lambda: bool(page._useful_ranks))
    assert len(names(page)) == 12
    assert all("red" in name for name in names(page)[:2]), "what is doubted comes first"
    assert page.grid.selected == [page.model.photos[0]]
    qtbot.waitUntil(lambda: page.card.shown is not None)
    with qtbot.waitSignal(context.project_changed):
        qtbot.keyClick(page.grid, Qt.Key.Key_1)
    assert len(context.contents.corrections) == 1
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(lambda: page.words.words == "sandy beach")
    found = [page.words.similarity[one.path] for one in page.model.photos]
    assert found == sorted(found, reverse=True), "words come before the order"
    page.bar.search.forget()
    assert [one.path for one in page.model.photos] == sorted(
        page._useful_ranks, key=lambda one: -page._useful_ranks[one]
    )
