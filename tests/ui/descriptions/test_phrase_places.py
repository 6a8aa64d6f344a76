"""Phrases say how they are known; pointing at one shows the part of a photo that goes with it, if one is known."""

import numpy as np
import pytest

from spa_desktop.recognizer import Explanation
from spa_desktop.ui.descriptions.exemplar_strip import found_in


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
    bare = explanation([[0.1, 0.2], [0.1, 0.2]], [0.3, 0.1], [[0.9, 0.2], [0.9, 0.3]], ("", "striped"))
    assert found_in(bare) == [("striped", 0.3, 11)], "a phrase that no patch fits has none"


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
