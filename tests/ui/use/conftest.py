"""Fixtures of the Use page's tests."""

import pytest

from spa_desktop.ui.use.use_page import UsePage


@pytest.fixture
def page(open_colours, show_page, qtbot, all_are_known) -> UsePage:
    open_colours(tasks=2, trained=1)
    found = show_page(UsePage)
    yield found
    found.work.forget()
    qtbot.waitUntil(lambda: not found.context.background.operations)
