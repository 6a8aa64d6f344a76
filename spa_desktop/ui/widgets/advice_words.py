"""Advice on the photos, as the window says it: the lines of `workbench.data_advice`, translated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.plural_words import some_names
from spa_desktop.workbench.data_advice import Advice
from spa_desktop.workbench.worth_a_look import FEW


def advice_words(advice: Advice) -> str:
    """What is so, and what to do; in English the same as :func:`~spa_desktop.workbench.data_advice.advice_line`."""
    translate = QCoreApplication.translate
    if advice.kind == "no photo":
        text = translate(
            "advice",
            "No photo to learn from: {names}. Add photos, or delete what has none: it cannot be learned.",
        )
    elif advice.kind == "one class":
        text = translate(
            "advice", "There is only one class, and nothing to tell {names} from. Add at least one more class."
        )
    elif advice.kind == "one photo":
        text = translate(
            "advice",
            "Only one photo to learn from: {names}. One photo cannot tell the thing from its background. "
            "Add photos from other sides and in other places, {few} or more of each.",
        )
    elif advice.kind == "few photos":
        text = translate(
            "advice",
            "Fewer than {few} photos to learn from: {names}. With more photos these are recognised more surely.",
        )
    elif advice.kind == "no test photo":
        text = translate(
            "advice",
            "There are no test photos, so nobody can tell how often it is right. "
            "Hold back a few photos of each class to test with.",
        )
    elif advice.kind == "untested classes":
        text = translate(
            "advice",
            "No test photo: {names}. How often these are recognised cannot be told. "
            "Hold back a few photos of each to test with.",
        )
    else:
        text = translate(
            "advice",
            "{large} has {times} times as many photos as {small} ({most} and {fewest}). "
            "Classes with few photos are often recognised less well. Add photos of: {names}.",
        )
    smallest, largest = advice.classes[0], advice.largest or advice.classes[0]
    return text.format(
        names=some_names([one.name for one in advice.classes]),
        few=count(FEW),
        large=largest.name,
        small=smallest.name,
        times=count(advice.times),
        most=count(largest.train),
        fewest=count(smallest.train),
    )
