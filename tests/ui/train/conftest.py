"""Fixtures of the Train page's tests."""

from tests.ui.train.colours import gate, open_colours, photos, show_page, tiny

__all__ = ["gate", "open_colours", "photos", "show_page", "tiny"]
