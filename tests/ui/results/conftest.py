"""Fixtures of the Results page's tests."""

import pytest

from spa_desktop.ui.results.results_page import ResultsPage


@pytest.fixture
def show_results(qtbot, show_page, settle):
    """``show_results()`` shows the page with its report."""

    def show() -> ResultsPage:
        page = show_page(ResultsPage)
        qtbot.waitUntil(lambda: page.report is not None)
        settle()
        page.parts.details.button.setChecked(True)
        return page

    return show


@pytest.fixture
def results(open_colours, show_results):
    """The page with a report of two tasks."""
    open_colours(tasks=2, trained=2)
    return show_results()
