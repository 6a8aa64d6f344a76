"""Photos on Use are ordered by words that are in no name, and by what their labels would teach."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from spa_desktop.discover.search import PhotoSearch
from tests.ui.conftest import WAIT_MS
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
    assert len(names(page)) == 13
    assert names(page)[-1] == "broken.jpg", "what cannot be searched comes last"
    assert page.words.isVisible()
    assert "sandy beach" in page.words.text()
    choose(page, "red")
    assert len(names(page)) == 4, "the filter holds as well"
    choose(page, "All photos")
    qtbot.keyClick(page.bar.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: names(page) == before)
    assert page.bar.search.text() == ""
    assert not page.words.isVisible()
    page.bar.search.setText("blue")
    qtbot.waitUntil(lambda: len(names(page)) == 4)
    assert page.words.words == ""
    qtbot.keyClick(page.bar.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.words.words == "blue")
    assert len(names(page)) == 13
    page.bar.search.setText("blue-1")
    qtbot.waitUntil(lambda: names(page) == ["blue-1.png"])


def test_of_words_that_come_meanwhile_the_newest_win(page, pile, qtbot, monkeypatch):
    run(page, pile, qtbot)
    gate, asked, real = threading.Event(), [], PhotoSearch.find

    def find(search, words):
        asked.append(words)
        assert gate.wait(WAIT_MS / 1000)
        return real(search, words)

    monkeypatch.setattr(PhotoSearch, "find", find)
    for words in ("one thing", "another thing", "the last thing"):
        page.bar.search.setText(words)
        page.words.look()
        qtbot.waitUntil(lambda: bool(asked))
    gate.set()
    qtbot.waitUntil(lambda: page.words.words == "the last thing")
    assert asked == ["one thing", "the last thing"]


def test_new_photos_are_searched_by_the_words_that_stand_there(page, pile, tmp_path, qtbot):
    run(page, pile, qtbot)
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(lambda: len(page.words.similarity) == 12)
    (tmp_path / "more").mkdir()
    draw_photo(tmp_path / "more" / "red-9.png", "red", 9)
    run(page, tmp_path / "more", qtbot)
    assert names(page) == ["red-9.png"]
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(lambda: list(page.words.similarity) == [str(tmp_path / "more" / "red-9.png")])


def test_photos_that_are_gone_are_said_in_a_line(page, pile, qtbot):
    run(page, pile, qtbot)
    for file in pile.iterdir():
        file.unlink()
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(lambda: "can be read" in page.words.text())
    assert page.words.words == ""


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


def test_other_answers_of_the_same_photos_need_no_other_search(page, pile, qtbot, monkeypatch):
    from spa_desktop.workbench import searching

    calls, real = [], searching.file_search
    monkeypatch.setattr(searching, "file_search", lambda *args: calls.append(args[1]) or real(*args))
    run(page, pile, qtbot)
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(lambda: page.words.words == "sandy beach")
    page.model.replace([replace(one, known=0.5) for one in page.model.all_photos])
    page.bar.search.forget()
    page.bar.order.setCurrentIndex(page.bar.order.findData("useful"))
    qtbot.waitUntil(lambda: bool(page._useful_ranks))
    assert len(calls) == 1


def test_words_that_are_looked_for_while_photos_change_are_looked_for_again(page, pile, qtbot, monkeypatch):
    run(page, pile, qtbot)
    gate, asked, real = threading.Event(), threading.Event(), PhotoSearch.find

    def find(search, words):
        asked.set()
        assert gate.wait(WAIT_MS / 1000)
        return real(search, words)

    monkeypatch.setattr(PhotoSearch, "find", find)
    page.bar.search.setText("sandy beach")
    qtbot.waitUntil(asked.is_set)
    page.words.forget()
    gate.set()
    qtbot.waitUntil(lambda: page.words.words == "sandy beach")


def test_where_all_were_set_aside_nothing_is_useful_to_label(page, pile, qtbot, context):
    run(page, pile, qtbot)
    failures = []
    context.failure_shown.connect(lambda failure: failures.append(failure.details))
    page.grid.selectAll()
    qtbot.mouseClick(page.several.aside, Qt.MouseButton.LeftButton)
    assert not names(page)
    page.bar.order.setCurrentIndex(page.bar.order.findData("useful"))
    qtbot.waitUntil(lambda: not context.background.handles)
    assert not failures
    page.message_bar._button.click()
    for order in ("found", "useful"):
        page.bar.order.setCurrentIndex(page.bar.order.findData(order))
    qtbot.waitUntil(lambda: bool(page._useful_ranks))
