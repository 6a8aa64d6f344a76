"""The window and the command line say the same about photos."""

from typing import get_args

import pytest

from spa_desktop.ui.style.theme import install_language
from spa_desktop.ui.widgets.words import advice_words
from spa_desktop.workbench.overview import Advice, ClassPhotos, Kind, advice_line

CLASSES = tuple(ClassPhotos(n, f"class {n}", n, 0) for n in range(1, 7))


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("classes", [CLASSES, CLASSES[:1]], ids=["six", "one"])
def test_the_words_are_those_of_the_command_line(qapp, kind, classes):
    install_language("en")
    largest = ClassPhotos(9, "class 9", 70, 3) if kind == "uneven" else None
    advice = Advice(kind, classes, largest)
    assert advice_words(advice) == advice_line(advice)
