"""Puts a theme on the application: style, palette, font and style sheet."""

from __future__ import annotations

from dataclasses import asdict

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from spa_desktop import paths
from spa_desktop.ui.preferences import Appearance
from spa_desktop.ui.style.palettes import DARK, LIGHT, Theme
from spa_desktop.ui.style.theme import RADIUS, Size, theme, use


class ThemeManager(QObject):
    """Puts a theme on the application and follows the system where that is wanted."""

    changed = Signal()

    def __init__(self, appearance: Appearance = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._appearance: Appearance = appearance
        self._is_applied = False
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._follow()

    @property
    def current(self) -> Theme:
        return theme()

    def set_appearance(self, appearance: Appearance) -> None:
        """Show light, dark, or what the system shows."""
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
    use(wanted)
    app = QApplication.instance()
    assert isinstance(app, QApplication), "a theme needs an application"
    if app.style() is None or app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    font = app.font()
    font.setPixelSize(int(Size.BODY))
    app.setFont(font)
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
    for one, name in active.items():
        palette.setColor(one, wanted.color(name))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, wanted.color("faint"))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, wanted.color("line"))
    return palette


def style_sheet(wanted: Theme) -> str:
    """The style sheets of the folder `resources/styles` with the theme's colours in place of their ``@names``."""
    folder = paths.resources_dir() / "styles"
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.qss")))
    icons = (paths.resources_dir() / "icons").as_posix()
    values = {**{k: str(v) for k, v in asdict(wanted).items()}, "radius": f"{RADIUS}px", "icons": icons}
    # Longer names first: @accent_soft is not @accent with something behind it.
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{name}", values[name])
    return text
