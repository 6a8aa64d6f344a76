"""Phrases say how they are known; pointing at one shows the part of a photo that goes with it, if one is known."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt

from spa_desktop.descriptions.model import Knowledge
from spa_desktop.project.records import Phrase, Support
from spa_desktop.ui.descriptions.exemplar_strip import LEAST, MOST, around_patch, found_in, ground_phrases
from spa_desktop.ui.descriptions.phrase_editor import PhraseModel
from spa_desktop.workbench import Explanation
from tests.ui.descriptions.conftest import class_id


def explanation(plan, dustbin, similarity, phrases=("round", "striped")) -> Explanation:
    numbers = np.array(plan, dtype=float)
    selected = np.arange(len(numbers)) + 10
    return Explanation(
        1, None, 1.0, 0.0, phrases, (9, 9), (0, 0, 9, 9), {}, selected, np.zeros(len(numbers)), numbers,
        np.array(dustbin, dtype=float), np.array(similarity, dtype=float),
    )  # fmt: skip


def test_the_most_similar_patch_that_the_phrase_takes_is_the_best():
    one = explanation([[0.3, 0.0], [0.3, 0.1], [0.1, 0.2]], [0.0, 0.0, 0.1], [[0.5, 0.9], [0.7, 0.1], [0.9, 0.4]])
    assert found_in(one) == [("round", 0.7, 11), ("striped", 0.4, 12)]


def test_a_phrase_that_no_patch_fits_has_none():
    one = explanation([[0.1, 0.2], [0.1, 0.2]], [0.3, 0.1], [[0.9, 0.2], [0.9, 0.3]], ("", "striped"))
    assert found_in(one) == [("striped", 0.3, 11)]


@pytest.mark.parametrize(
    ("patch", "around"),
    [((40, 40, 60, 60), (20, 20, 60)), ((0, 0, 20, 20), (0, 0, 60)), ((90, 90, 150, 150), (45, 0, 150))],
    ids=["middle", "corner", "large"],
)
def test_what_is_around_a_patch_is_enlarged_with_it_inside_of_the_photo(patch, around):
    left, top, side = around
    assert around_patch(patch, 200, 150) == QRectF(left, top, side, side)


def test_exemplars_lie_in_one_row_all_as_high(page, open_tiny, settle, qtbot):
    open_tiny(described=True, exemplars=4)
    strip = page.editor.strip
    wide = [replace(photo, width=300 + 150 * place, height=300) for place, photo in enumerate(strip.photos)]
    strip.show_photos(wide)
    for width in (1300, 1000, 620):
        page.resize(width, 700)
        settle()
        strip.grab()
        frames = [strip._placed(photo).target for photo in strip.photos]
        assert len({round(frame.top()) for frame in frames}) == 1, "one row"
        assert max(frame.height() for frame in frames) - min(frame.height() for frame in frames) <= 2
        assert [round(frame.width() / frame.height(), 1) for frame in frames] == [1.0, 1.5, 2.0, 2.5]
        assert LEAST <= frames[0].height() + 1 <= MOST
        is_whole = frames[-1].right() <= strip.width()
        assert is_whole or strip.horizontalScrollBar().maximum() > 0, "where the room is too small it scrolls"
    assert is_whole == (width > 620)


@pytest.fixture
def red(described, settle):
    """The page with the class red, one of its phrases a person's own."""
    described.editor.phrase_model.setData(described.editor.phrase_model.index(1), "bright and red")
    settle()
    return described


def point(page, settle, row: int):
    page.editor.phrases._point(page.editor.phrase_model.index(row))
    settle()
    page.editor.strip.grab()
    return page.editor.phrase_model.phrases[row]


def test_a_phrase_that_was_read_from_a_patch_shows_it_enlarged(red, settle, qtbot):
    strip, model = red.editor.strip, red.editor.phrase_model
    row = next(row for row, one in enumerate(model.phrases) if one.support)
    support = model.phrases[row].support[0]
    red.editor.phrases.entered.emit(model.index(row))
    assert strip.support == support, "the photo is marked at once"
    point(red, settle, row)
    photo = next(one for one in strip.photos if one.id == support.photo_id)
    frame, patch = strip._placed(photo).target, strip.patch_rect()
    assert patch.width() == pytest.approx(frame.width() / 3)
    assert patch.left() == pytest.approx(frame.left() + support.patch % 3 * frame.width() / 3)
    assert patch.top() == pytest.approx(frame.top() + support.patch // 3 * frame.height() / 3)
    qtbot.waitUntil(lambda: strip.crop_rect() is not None)
    assert "goes best with this phrase" in red.editor.strip_caption.text()
    assert strip.rect().contains(strip.crop_rect().toAlignedRect())
    assert not strip.crop_rect().intersects(frame), "the photo itself stays in sight"
    red.editor.phrases.pointed.emit(None)
    assert strip.patch_rect() is None
    assert strip.crop_rect() is None
    assert "typical" in red.editor.strip_caption.text()


def test_nothing_is_made_up_where_nothing_is_known(red, settle):
    phrase = point(red, settle, 1)
    assert (phrase.text, phrase.support) == ("bright and red", ())
    assert red.editor.strip.patch_rect() is None
    assert red.editor.strip.crop_rect() is None
    assert "not known" in red.editor.strip_caption.text()


def test_of_a_learned_class_it_is_what_the_model_grounds_the_phrase_in(red, settle, context, qtbot):
    context.run("", lambda bench, job: bench.train(job))
    settle()
    strip, key = red.editor.strip, class_id(red, "red")
    photos, found = list(strip.photos), []
    context.read(lambda bench, job: found.append(ground_phrases(bench, key, photos, job)))
    settle()
    phrase = point(red, settle, 1)
    assert strip.support == found[0].get(phrase.text)
    support = strip.support
    if support is None:  # no patch of the exemplars fits the phrase: then nothing is shown
        assert "not known" in red.editor.strip_caption.text()
        return
    assert isinstance(support, Support)
    assert support.photo_id in {photo.id for photo in photos}
    qtbot.waitUntil(lambda: strip.crop_rect() is not None)


def test_a_phrase_says_how_it_is_known_and_how_surely():
    model = PhraseModel()
    known = Phrase("mostly green", "offline", (), Knowledge("measured", 0.83, "green covers 64 % of the thing"))
    model.fill((known, Phrase("red cap", "offline"), Phrase("mine", "edited")), is_writable=True)
    assert [model.mark(phrase) for phrase in model.phrases] == ["measured 83 %", "offline", "yours"]
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Measured on the exemplars themselves" in tip
    assert "green covers 64 % of the thing" in tip
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "mostly green, measured 83 %"


def test_photos_never_lie_over_what_is_below_them(page, open_tiny, context, settle, qtbot):
    """Where nothing is known, a text of two lines stands between photos and sentence."""
    open_tiny(described=True, exemplars=4)

    def forget(bench, job) -> None:
        with bench.project.transaction("nothing known") as tx:
            for text in bench.project.descriptions().values():
                tx.put_description(replace(text, phrases=()))

    context.run("", forget)
    settle()
    editor, text = page.editor, page.editor.nothing_known
    qtbot.waitUntil(lambda: text.isVisible() and editor.phrases.height() == 0)  # no empty frame
    for height in range(520, 780, 20):
        page.resize(620, height)
        qtbot.waitUntil(lambda: text.isVisible() and len(editor.strip.photos) == 4)
        qtbot.waitUntil(lambda: editor.strip.geometry().bottom() < editor.strip_caption.geometry().top())
        qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
    page.resize(620, 1000)  # what is beneath follows at once
    qtbot.waitUntil(lambda: editor.sentence.geometry().top() < text.geometry().bottom() + 120, timeout=3000)
