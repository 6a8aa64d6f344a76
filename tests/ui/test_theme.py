import itertools
import re

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox

from spa_desktop import paths
from spa_desktop.ui.style import theme
from spa_desktop.ui.style.icons import Sign, icon
from spa_desktop.ui.style.theme import DARK, LIGHT, Theme, ThemeManager, class_style, style_sheet

ICONS = sorted(
    file.stem
    for file in (paths.resources_dir() / "icons").glob("*.svg")
    if file.stem != "app" and not file.stem.startswith(("arrow-", "tick-"))  # those of the style sheet have a colour
)


def luminance(color: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in QColor(color).getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_defined():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


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


def test_no_two_of_the_first_classes_look_alike(qapp):
    styles = [class_style(index) for index in range(32)]
    looks = {(style.color.name(), style.symbol, style.dash) for style in styles}
    assert len(looks) == 32
    assert len({style.color.name() for style in styles[:8]}) == 8
    assert len({style.symbol for style in styles[:8]}) == 8


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_every_name_in_the_style_sheets_is_filled_in(look: Theme):
    text = style_sheet(look)
    assert "@" not in text
    for file in re.findall(r"url\(([^)]+)\)", text):
        assert paths.Path(file).is_file(), file


def test_a_switch_of_theme_reaches_palette_and_icons(qapp: QApplication, qtbot):
    manager = ThemeManager("light")
    sign = Sign("classes", "text")
    qtbot.addWidget(sign)
    light = icon("classes").pixmap(20).toImage()
    heard = []
    manager.changed.connect(lambda: heard.append(theme.theme().name))
    manager.set_appearance("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.colors["window"]
    assert icon("classes").pixmap(20).toImage() != light
    assert sign.pixmap().toImage() != light
    manager.set_appearance("dark")
    manager.set_appearance("light")
    assert heard == ["dark", "light"]
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.colors["window"]
    assert icon("classes").pixmap(20).toImage() == sign.pixmap().toImage() == light


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_switch_that_is_on_is_seen_to_be_on_while_it_cannot_be_pressed(qapp: QApplication, qtbot, look):
    ThemeManager(look)
    box = QCheckBox("Answer together", enabled=False)
    qtbot.addWidget(box)
    place = QPoint(5, box.sizeHint().height() // 2)
    off = box.grab().toImage().pixelColor(place).name()
    box.setChecked(True)
    assert contrast(box.grab().toImage().pixelColor(place).name(), off) > 1.5


def test_icons_are_drawn_in_one_stroke_of_the_current_colour(qapp):
    for name in ICONS:
        source = (paths.resources_dir() / "icons" / f"{name}.svg").read_text()
        assert 'viewBox="0 0 20 20"' in source, name
        assert 'stroke-width="1.5"' in source, name
        assert not re.search(r"#[0-9a-fA-F]{3,6}", source), name
        image = icon(name).pixmap(20).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)), name


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_are_drawn_for_the_screen_they_are_on(qapp, ratio):
    pixmap = icon("classes").pixmap(QSize(20, 20), ratio)
    assert pixmap.size() == QSize(round(20 * ratio), round(20 * ratio))
    assert pixmap.devicePixelRatio() == ratio
