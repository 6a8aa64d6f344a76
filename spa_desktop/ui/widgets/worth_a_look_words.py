"""What is said of photos that are worth a look, wherever they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.workbench.worth_a_look import FEW, WorthALook


@dataclass(frozen=True)
class Line:
    """A line that leads to photos or a class.

    Attributes:
        number: how many there are; of none nothing is said.
        text: what they are.
        hint: why they are worth a look.
    """

    number: int
    text: str
    hint: str

    def show_on(self, button: QPushButton) -> None:
        """Have a button say it, or hide where there is nothing to say."""
        button.setText(self.text)
        button.setToolTip(tip(self.hint))
        button.setVisible(self.number > 0)


def _line(number: int, one: str, many: str, hint: str) -> Line:
    return Line(number, one if number == 1 else many.format(n=count(number)), hint)


def mislabelled_line(found: WorthALook) -> Line:
    """Photos whose labels may be wrong."""
    translate = QCoreApplication.translate
    return _line(
        len(found.mislabelled),
        translate("worth a look", "1 photo looks like another class"),
        translate("worth a look", "{n} photos look like another class"),
        translate(
            "worth a look",
            "Photos that were learned, and are nearer to another class when theirs does without them; and test "
            "photos that are surely taken for another class. Their labels may be wrong.",
        ),
    )


def doubted_line(found: WorthALook) -> Line:
    """Test photos that the model was not sure of."""
    translate = QCoreApplication.translate
    return _line(
        len(found.doubted),
        translate("worth a look", "1 test photo it was not sure of"),
        translate("worth a look", "{n} test photos it was not sure of"),
        translate("worth a look", "The least sure first."),
    )


def twins_line(found: WorthALook) -> Line:
    """Test photos that were all but learned."""
    translate = QCoreApplication.translate
    return _line(
        len(found.twins),
        translate("worth a look", "1 near-duplicate across learn and test"),
        translate("worth a look", "{n} near-duplicates across learn and test"),
        translate("worth a look", "A test photo that was all but learned makes the accuracy look better than it is."),
    )


def scarce_line(found: WorthALook, names: Mapping[int | None, str]) -> Line:
    """Classes of few photos, named by `names`."""
    translate = QCoreApplication.translate
    return _line(
        len(found.scarce),
        translate("worth a look", "1 class with fewer than {few} photos to learn from").replace("{few}", str(FEW)),
        translate("worth a look", "{n} classes with fewer than {few} photos to learn from").replace("{few}", str(FEW)),
        ", ".join(f"{names.get(key, '')} ({n})" for key, n in found.scarce[:8]),
    )


def note_of(found: WorthALook, *, is_empty: bool) -> str:
    """That nothing was found, and what was not looked at; "" where neither is so."""
    translate, parts = QCoreApplication.translate, []
    if is_empty:
        parts.append(translate("worth a look", "Nothing stands out."))
    if found.unseen:
        text = translate(
            "worth a look", "{n} learned photos were not looked at: their features are not kept on this computer."
        )
        parts.append(text.format(n=count(found.unseen)))
    return " ".join(parts)
