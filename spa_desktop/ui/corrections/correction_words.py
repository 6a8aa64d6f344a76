"""Corrections and what came of them, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from spa_desktop.project.records import Correction
from spa_desktop.ui.app_state.contents import Contents, shown_name
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.number_words import LITTLE, count, points
from spa_desktop.workbench.correction_outcome import CorrectionOutcome

_NAMED = 2  # classes in the line


def said_of(correction: Correction, contents: Contents | None) -> str:
    """What was said of a photo: a name, or two words."""
    if correction.verdict == "aside":
        return QCoreApplication.translate("corrections", "set aside")
    if correction.verdict == "none":
        return QCoreApplication.translate("corrections", "none of these")
    item = contents.class_(correction.class_id or 0) if contents is not None else None
    return item.name if item is not None else shown_name(correction.class_name or "")


def gathered(contents: Contents) -> str:
    """How many corrections wait, of how many classes."""
    number = len(contents.corrections)
    classes = {one.class_id or one.class_name for one in contents.corrections if one.verdict == "class"}
    one = QCoreApplication.translate("corrections", "1 correction")
    many = QCoreApplication.translate("corrections", "{n} corrections")
    text = one if number == 1 else many.format(n=count(number))
    if not classes:
        return text
    return f"{text} · {plural_words.classes(len(classes))}"


def outcome_words(outcome: CorrectionOutcome) -> str:
    """What learning did: how many are right now, and what else changed."""
    parts = []
    if outcome.judged:
        one = QCoreApplication.translate("corrections", "{right} of 1 is right now (before: {before})")
        many = QCoreApplication.translate("corrections", "{right} of {n} are right now (before: {before})")
        text = one if len(outcome.judged) == 1 else many
        parts.append(text.format(right=outcome.right, n=len(outcome.judged), before=outcome.right_before))
    elif outcome.photos == 1:
        parts.append(QCoreApplication.translate("corrections", "1 photo was corrected"))
    else:
        parts.append(QCoreApplication.translate("corrections", "{n} photos were corrected").format(n=outcome.photos))
    if outcome.made:
        names = ", ".join(map(shown_name, outcome.made))
        parts.append(QCoreApplication.translate("corrections", "learned {names}").format(names=names))
    if outcome.waiting:
        names = ", ".join(map(shown_name, outcome.waiting))
        parts.append(QCoreApplication.translate("corrections", "not learned yet: {names}").format(names=names))
    parts.append(_changes(outcome))
    return " · ".join(part for part in parts if part)


def _changes(outcome: CorrectionOutcome) -> str:
    lost = [one for one in outcome.lost if (one.lost or 0) >= LITTLE]
    won = [one for one in outcome.won if -(one.lost or 0) >= LITTLE]
    if not any(one.photos for one in outcome.changes):
        return QCoreApplication.translate("corrections", "no other test photo to check on")
    if not lost and not won:
        return QCoreApplication.translate("corrections", "nothing else changed")
    said = []
    for changed, text in (
        (lost, QCoreApplication.translate("corrections", "{name} lost {points} points")),
        (won, QCoreApplication.translate("corrections", "{name} won {points} points")),
    ):
        for one in changed[:_NAMED]:
            said.append(text.format(name=shown_name(one.name), points=points(abs(one.lost or 0))))
        if len(changed) > _NAMED:
            more = QCoreApplication.translate("corrections", "and {n} more")
            said.append(more.format(n=len(changed) - _NAMED))
    return ", ".join(said)


def outcome_tip(outcome: CorrectionOutcome) -> str:
    """How it was counted."""
    tests = sum(one.is_test for one in outcome.judged)
    text = QCoreApplication.translate(
        "corrections",
        "Corrected photos with the class they have now: {n}, of them test photos: {tests}. The others were learned, "
        "so that they are right is to be expected. What else changed is counted on test photos that nobody corrected.",
    )
    return text.format(n=len(outcome.judged), tests=tests)
