"""Fixtures of the Results page's tests."""

import pytest

from spa_desktop.ui.results.results_page import ResultsPage


@pytest.fixture
def quiet(qtbot, context):
    """Wait until nothing is at work in the background."""
    return lambda: qtbot.waitUntil(lambda: not context.background.handles)


@pytest.fixture
def results(qtbot, open_colours, show_page, quiet):
    """The page with a report of two tasks."""
    open_colours(tasks=2, trained=2)
    page = show_page(ResultsPage)
    qtbot.waitUntil(lambda: page.report is not None)
    quiet()
    return page
