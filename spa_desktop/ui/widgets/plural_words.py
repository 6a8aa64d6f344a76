"""Counts of things in words: one is "1 class", more are "3 classes". Both are texts of their own in every language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from spa_desktop.ui.widgets.number_words import count

translate = QCoreApplication.translate


def classes(n: int) -> str:
    """So many classes.

    >>> classes(1), classes(3)
    ('1 class', '3 classes')
    """
    return translate("plural", "1 class") if n == 1 else translate("plural", "{n} classes").format(n=count(n))


def photos(n: int) -> str:
    """So many photos.

    >>> photos(1), photos(0)
    ('1 photo', '0 photos')
    """
    return translate("plural", "1 photo") if n == 1 else translate("plural", "{n} photos").format(n=count(n))


def small_photos(n: int) -> str:
    """So many small photos, which are sent to a service."""
    one, many = translate("plural", "1 small photo"), translate("plural", "{n} small photos")
    return one if n == 1 else many.format(n=count(n))


def frames(n: int) -> str:
    """So many frames."""
    return translate("plural", "1 frame") if n == 1 else translate("plural", "{n} frames").format(n=count(n))


def texts(n: int) -> str:
    """So many texts."""
    return translate("plural", "1 text") if n == 1 else translate("plural", "{n} texts").format(n=count(n))


def some_names(names: list[str], most: int = 4) -> str:
    """The first names, and how many more."""
    if len(names) <= most:
        return ", ".join(names)
    rest = translate("train", "and {n} more").format(n=len(names) - most)
    return ", ".join(names[:most]) + " " + rest
