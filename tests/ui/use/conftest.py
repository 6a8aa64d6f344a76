"""Fixtures of the Use page's tests."""

from tests.ui.train.colours import open_colours, photos, show_page, tiny

__all__ = ["open_colours", "photos", "show_page", "tiny"]
