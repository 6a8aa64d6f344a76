"""The colours of the two themes, by role.

They are the app's and not the platform's, so a theme looks the same everywhere and can be switched anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor


@dataclass(frozen=True)
class Theme:
    """Colours by role, as ``#rrggbb``."""

    name: Literal["light", "dark"]
    window: str
    side: str  # the side bar and the status bar
    base: str  # fields, lists, cards
    raised: str  # buttons
    hover: str
    pressed: str
    line: str  # hairlines
    border: str  # of what can be clicked: 3 to 1 against what is around it
    text: str
    muted: str  # captions, hints
    faint: str  # what is disabled
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str  # behind what is selected
    good: str
    warn: str
    bad: str

    def color(self, role: str) -> QColor:
        """A colour by its role's name."""
        return QColor(getattr(self, role))


LIGHT = Theme(
    name="light",
    window="#fafafa",
    side="#f1f2f4",
    base="#ffffff",
    raised="#ffffff",
    hover="#eceef1",
    pressed="#e1e4e8",
    line="#dfe1e5",
    border="#8a919b",
    text="#1c1e21",
    muted="#5a616b",
    faint="#9aa0a8",
    accent="#2f6fde",
    accent_hover="#255fc6",
    on_accent="#ffffff",
    accent_soft="#e3ecfb",
    good="#17703f",
    warn="#8f5a00",
    bad="#b8322a",
)
DARK = Theme(
    name="dark",
    window="#1d1f22",
    side="#17181b",
    base="#25282c",
    raised="#2d3035",
    hover="#34383e",
    pressed="#3d4249",
    line="#373b41",
    border="#7c848f",
    text="#eceef0",
    muted="#a9b0ba",
    faint="#6c737d",
    accent="#7aa8ff",
    accent_hover="#94b9ff",
    on_accent="#0e1524",
    accent_soft="#2a3852",
    good="#6cc990",
    warn="#e5b04e",
    bad="#ff8a80",
)
