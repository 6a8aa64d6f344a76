"""Numbers, durations and counts as a person reads them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

THIN_SPACE = "\u202f"
LITTLE = 0.05  # points that one decimal would show as nothing


def percent(value: float | None, *, digits: int = 1) -> str:
    r"""A figure in per cent; a dash where there is none.

    >>> percent(93.44)
    '93.4\u202f%'
    """
    return "–" if value is None else f"{value:.{digits}f}{THIN_SPACE}%"


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(18.4), duration(160), duration(7300)
    ('18 s', '3 min', '2.0 h')
    """
    if seconds < 90:
        return QCoreApplication.translate("words", "{n} s").format(n=max(round(seconds), 1))
    if seconds < 90 * 60:
        return QCoreApplication.translate("words", "{n} min").format(n=round(seconds / 60))
    return QCoreApplication.translate("words", "{n} h").format(n=f"{seconds / 3600:.1f}")


def time_left(seconds: float | None) -> str:
    """What is left to wait, empty if nobody knows.

    >>> time_left(18.4)
    '18 s left'
    """
    return "" if seconds is None else QCoreApplication.translate("words", "{time} left").format(time=duration(seconds))


def count(number: int) -> str:
    r"""A count with its thousands apart.

    >>> count(12345)
    '12\u202f345'
    """
    return f"{number:,}".replace(",", THIN_SPACE)


def points(lost: float | None) -> str:
    """Points that were forgotten. Below zero it became better: the same sign in headline, tables and files.

    >>> points(2.04), points(-1.0), points(0.01), points(None)
    ('2.0', '−1.0', '0.0', '–')
    """
    if lost is None:
        return "–"
    if abs(lost) < LITTLE:
        return "0.0"
    return f"{lost:.1f}" if lost > 0 else f"\N{MINUS SIGN}{-lost:.1f}"


def points_role(lost: float) -> str:
    """The role of the colour in which such points are written."""
    return "bad" if lost >= LITTLE else "good" if lost <= -LITTLE else "muted"
