"""Foreign text, safe to show."""

import unicodedata

import pytest

from spa_desktop.visible import visible, visible_lines
from tests.hostile import UNSAFE


def test_control_characters_are_escapes():
    assert visible("a\x1b]0;b\x07\r\nc\x9bd\x7f\x00") == r"a\x1b]0;b\x07\r\nc\x9bd\x7f\x00"
    assert visible("a\u202eb\u2069c\u2028d") == r"a\u202eb\u2069c\u2028d"
    assert visible("half \udcff") == r"half \udcff"


def test_nothing_of_any_category_that_acts_is_left():
    everything = "".join(map(chr, range(0x110000)))
    shown = visible(everything)
    assert UNSAFE.search(shown) is None
    assert "\n" not in shown
    left = {char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")}
    assert left == set()
    shown.encode()


@pytest.mark.parametrize(
    "text", ["👩\u200d🔬", "نامه\u200cها", "שלום \u200eA1\u200f", "蛾", "<b>&amp;</b>", r"C:\new", "e\u0301"]
)
def test_real_text_is_left_as_it_is(text):
    assert visible(text) == text


def test_lines_that_are_meant_stay():
    assert visible_lines("a\x1b\nb\r\nc") == "a\\x1b\nb\\r\nc"
