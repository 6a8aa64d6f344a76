"""Foreign text, safe to show."""

import unicodedata

import pytest

from spa_desktop.visible import spreadsheet_text, visible, visible_lines
from tests.hostile import UNSAFE


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


@pytest.mark.parametrize("split", ["", "a;", "a\t", "a\r", "a\n", 'a;"', '"'])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_no_cell_begins_with_a_formula_wherever_a_spreadsheet_splits(split, sign):
    text = f"{split}{sign}1"
    guarded = spreadsheet_text(text)
    cells = guarded.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";")
    assert not [cell for cell in cells if cell.lstrip('"').startswith(sign)]
    assert guarded.replace("'", "") == text, "nothing else is changed"


@pytest.mark.parametrize("text", ["half-full; 1+1", "a;b", "C:\\a=b.jpg", "'"])
def test_names_that_are_no_formulas_are_cells_as_they_are(text):
    assert spreadsheet_text(text) == text
