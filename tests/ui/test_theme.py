import itertools
import re

import pytest
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QFileDialog, QLineEdit, QToolButton, QWidget

from spa_desktop import paths
from spa_desktop.ui.style import theme
from spa_desktop.ui.style.theme import DARK, LIGHT, Size, Theme, class_style, font_of, style_sheet
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of


def luminance(color: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in QColor(color).getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_what_an_empty_field_asks_for_can_be_read(qtbot):
    field = QLineEdit(styleSheet=style_sheet(LIGHT))
    qtbot.addWidget(field)
    field.ensurePolished()
    ink = field.palette().placeholderText().color()
    assert ink.alpha() == 255, "the text colour at half its strength"
    assert contrast(ink.name(), LIGHT.colors["base"]) >= 4.5


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_text_and_classes_can_be_told_from_their_ground(look: Theme, monkeypatch):
    for ink, ground in itertools.product(
        ("text", "muted", "good", "warn", "bad"), ("window", "side", "base", "raised", "hover")
    ):
        assert contrast(look.colors[ink], look.colors[ground]) >= 4.5, (ink, ground)
    assert contrast(look.colors["on_accent"], look.colors["accent"]) >= 4.5
    assert contrast(look.colors["accent"], look.colors["window"]) >= 4.5
    assert contrast(look.colors["text"], look.colors["accent_soft"]) >= 4.5
    for ground in ("window", "base"):  # what can be clicked can be seen
        assert contrast(look.colors["border"], look.colors[ground]) >= 3.0
        assert contrast(look.colors["accent"], look.colors[ground]) >= 3.0
    monkeypatch.setattr(theme, "_current", look)
    for index in range(8):
        assert contrast(class_style(index).color.name(), look.colors["base"]) >= 2.0


def test_what_is_strong_is_bold_in_fonts_that_have_one_weight_too():
    """As most Chinese ones: no bold is made of them for less."""
    assert font_of(QFont(), Size.BODY, strong=True).weight() >= QFont.Weight.Bold
    assert {int(weight) for weight in re.findall(r"font-weight: (\d+)", style_sheet(LIGHT))} <= {400, 700}


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_every_name_in_the_style_sheets_is_filled_in(look: Theme):
    text = style_sheet(look)
    assert "@" not in text
    for file in re.findall(r"url\(([^)]+)\)", text):
        assert paths.Path(file).is_file(), file


def test_a_table_without_a_frame_shows_that_it_has_the_focus(qtbot):
    model, window = ColumnModel([Column("Class", str)]), QWidget()
    window.setStyleSheet(style_sheet(LIGHT))
    qtbot.addWidget(window)
    table = table_of(model, model.columns, "Classes")
    table.setParent(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    window.setFocus()
    before = table.grab().toImage()
    table.setFocus()
    assert table.grab().toImage() != before


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_arrows_of_qts_own_file_dialog_are_seen(look: Theme, qtbot):
    window = QWidget()
    window.setStyleSheet(style_sheet(look))
    qtbot.addWidget(window)
    dialog = QFileDialog(window, options=QFileDialog.Option.DontUseNativeDialog)
    for name in ("backButton", "forwardButton", "toParentButton"):
        picture = dialog.findChild(QToolButton, name).icon().pixmap(20, 20).toImage()
        drawn = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
        colors = {color.name() for color in drawn if color.alpha() == 255}
        assert any(contrast(color, look.colors["window"]) >= 3 for color in colors), name
