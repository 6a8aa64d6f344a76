"""Fixtures of the Use page's tests."""

import pytest

from spa_desktop.spa.learner import SpaLearner
from spa_desktop.ui.use.use_page import UsePage


@pytest.fixture(autouse=True)
def _all_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a drawn photo is familiar enough is another test's business: here each one is of a class."""
    monkeypatch.setattr(SpaLearner, "known_scale", lambda *_: None)


@pytest.fixture
def page(open_colours, show_page, qtbot) -> UsePage:
    open_colours(tasks=2, trained=1)
    found = show_page(UsePage)
    yield found
    found.work.forget()
    qtbot.waitUntil(lambda: not found.context.background.handles)
