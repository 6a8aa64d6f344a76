"""How the window looks: a scale of spaces, one of type, the colours of now, and those of classes and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, Qt, QTranslator, Signal, Slot
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from spa_desktop import paths
from spa_desktop.ui.preferences import Appearance, Language

# The colours of the light and the dark theme, by role.
#
# They are the app's and not the platform's, so a theme looks the same everywhere and can be switched anywhere.
_COLORS = {
    "window": ("#fafafa", "#1d1f22"),
    "side": ("#f1f2f4", "#17181b"),  # the side bar and the status bar
    "base": ("#ffffff", "#25282c"),  # fields, lists, cards
    "raised": ("#ffffff", "#2d3035"),  # buttons
    "hover": ("#eceef1", "#34383e"),
    "pressed": ("#e1e4e8", "#3d4249"),
    "line": ("#dfe1e5", "#373b41"),  # hairlines
    "border": ("#8a919b", "#7c848f"),  # of what can be clicked: 3 to 1 against what is around it
    "text": ("#1c1e21", "#eceef0"),
    "muted": ("#5a616b", "#a9b0ba"),  # captions, hints
    "faint": ("#9aa0a8", "#6c737d"),  # what is disabled
    "accent": ("#2f6fde", "#7aa8ff"),
    "accent_hover": ("#255fc6", "#94b9ff"),
    "on_accent": ("#ffffff", "#0e1524"),
    "accent_soft": ("#e3ecfb", "#2a3852"),  # behind what is selected
    "good": ("#17703f", "#6cc990"),
    "warn": ("#8f5a00", "#e5b04e"),
    "bad": ("#b8322a", "#ff8a80"),
}


@dataclass(frozen=True)
class Theme:
    """Colours by role, as ``#rrggbb``."""

    name: Literal["light", "dark"]
    colors: Mapping[str, str]

    def color(self, role: str) -> QColor:
        return QColor(self.colors[role])


LIGHT = Theme("light", {role: light for role, (light, _) in _COLORS.items()})
DARK = Theme("dark", {role: dark for role, (_, dark) in _COLORS.items()})


class Space(IntEnum):
    """The spaces there are, in device-independent pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


PAGE_MARGIN = int(Space.XL)
SHEET_MARGINS = (Space.XL, Space.XL, Space.XL, Space.L)  # of a dialog
RADIUS = 6
ICON = 20


class Size(IntEnum):
    """The sizes of type there are, in pixels."""

    CAPTION = 12
    BODY = 13
    STRONG = 15
    TITLE = 20
    FIGURE = 28


@dataclass(frozen=True)
class ClassStyle:
    """How a class is drawn everywhere."""

    color: QColor  # one of Okabe and Ito's colour-blind-safe hues
    symbol: str  # pyqtgraph's name of the marker


# Okabe and Ito, "Color Universal Design", 2008. The eighth, black, is a mid grey here: it must show on both themes.
_HUES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#808890")
_DARKER = {"#f0e442": "#b5a800", "#56b4e9": "#3a9bd1", "#e69f00": "#c98700"}  # so that thin lines show on white
_LIGHTER = {"#0072b2": "#4aa3dd"}
_SYMBOLS = ("o", "s", "t", "d", "+", "x", "star", "p")

_current = LIGHT


def theme() -> Theme:
    """The colours that are shown now."""
    return _current


def class_style(index: int) -> ClassStyle:
    """The style of a class (by its `color`) or task: the hues in order, then again with another marker."""
    turn, place = divmod(index, len(_HUES))
    hue = (_LIGHTER if _current.name == "dark" else _DARKER).get(_HUES[place], _HUES[place])
    return ClassStyle(QColor(hue), _SYMBOLS[(place + turn) % len(_SYMBOLS)])


def blend(ground: QColor, color: QColor, share: float) -> QColor:
    """A colour between two: `ground` where the share is 0, `color` where it is 1."""

    def mix(a: int, b: int) -> int:
        return round(a + (b - a) * share)

    return QColor(mix(ground.red(), color.red()), mix(ground.green(), color.green()), mix(ground.blue(), color.blue()))


def task_style(place: int, count: int) -> ClassStyle:
    """The style of a task's curve: from grey for the first to the accent for the last; no class has such a hue."""
    old, new = _current.color("faint"), _current.color("accent")
    color = blend(old, new, place / (count - 1) if count > 1 else 1.0)
    return ClassStyle(color, _SYMBOLS[(place + 1) % len(_SYMBOLS)])


def font_of(base: QFont, size: Size, *, strong: bool = False) -> QFont:
    """A font in a size and weight of the scales. Most Chinese fonts have one weight, and less than bold makes none."""
    font = QFont(base)
    font.setPixelSize(int(size))
    font.setWeight(QFont.Weight.Bold if strong else QFont.Weight.Normal)
    return font


def set_type(label: QLabel, size: Size, *, strong: bool = False, role: str = "text") -> QLabel:
    """Set size, weight and colour of a label by the scales; the colour follows the theme."""
    label.setFont(font_of(label.font(), size, strong=strong))
    label.setProperty("role", role)
    return label


def set_role(widget: QWidget, role: str | None, name: str = "role") -> None:
    """Give a widget that is shown another role, or another property that style sheets know, and so another look."""
    if widget.property(name) != role:
        widget.setProperty(name, role)
        # A style sheet looks at properties only when it is applied.
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ThemeManager(QObject):
    """Puts a theme on the application and follows the system where that is wanted."""

    changed = Signal()

    def __init__(self, appearance: Appearance = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._appearance: Appearance = appearance
        self._is_applied = False
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._follow()

    def set_appearance(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._follow()

    @Slot()
    def _follow(self) -> None:
        wanted = {"light": LIGHT, "dark": DARK}.get(self._appearance)
        if wanted is None:
            scheme = QGuiApplication.styleHints().colorScheme()
            wanted = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        if wanted is not theme() or not self._is_applied:
            self._is_applied = True
            _apply(wanted)
            self.changed.emit()


def _apply(wanted: Theme) -> None:
    global _current
    _current = wanted
    app = QApplication.instance()
    assert isinstance(app, QApplication), "a theme needs an application"
    if app.style() is None or app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    app.setFont(font_of(app.font(), Size.BODY))
    app.setPalette(palette_of(wanted))
    app.setStyleSheet(style_sheet(wanted))


def palette_of(wanted: Theme) -> QPalette:
    """The Qt palette of a theme."""
    role = QPalette.ColorRole
    palette = QPalette()
    active = {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "base",
        role.AlternateBase: "side",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.PlaceholderText: "muted",
        role.Text: "text",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "bad",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.Light: "raised",
        role.Midlight: "hover",
        role.Mid: "line",
        role.Dark: "border",
        role.Shadow: "line",
        role.Accent: "accent",
    }
    for colour_role, name in active.items():
        palette.setColor(colour_role, wanted.color(name))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, wanted.color("faint"))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, wanted.color("line"))
    return palette


def style_sheet(wanted: Theme) -> str:
    """The style sheets of the folder `resources/styles` with the theme's colours in place of their ``@names``."""
    folder = paths.resources_dir() / "styles"
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.qss")))
    icons = (paths.resources_dir() / "icons").as_posix()
    values = {**wanted.colors, "name": wanted.name, "radius": f"{RADIUS}px", "icons": icons}
    # Longer names first: @accent_soft is not @accent with something behind it.
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{name}", values[name])
    return text


_installed: list[QTranslator] = []


def install_language(language: Language) -> None:
    """Speak a language from now on; "system" takes the system's where there is a translation, else English."""
    app = QCoreApplication.instance()
    assert app is not None, "a language needs an application"
    for old in _installed:
        app.removeTranslator(old)
    _installed.clear()
    locale, system = QLocale(language), QLocale.system()
    if language == "system" or (language == "en" and locale.language() == system.language()):
        locale = system  # which knows the country, and so how dates are written
    QLocale.setDefault(locale)
    folder = str(paths.resources_dir() / "translations")
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, where in (("spa-desktop", folder), ("qtbase", qt_folder)):
        translator = QTranslator()
        if translator.load(locale, name, "_", where):
            app.installTranslator(translator)
            _installed.append(translator)
