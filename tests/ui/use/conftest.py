"""Fixtures of the Use page's tests."""

import pytest

from spa_desktop.spa.learner import SpaLearner


@pytest.fixture(autouse=True)
def _all_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a drawn photo is familiar enough is another test's business: here each one is of a class."""
    monkeypatch.setattr(SpaLearner, "known_scale", lambda *_: None)
