"""Fixtures of the Train page's tests."""

import threading
from collections.abc import Iterator

import pytest

from spa_desktop.ui.train import train_page
from spa_desktop.workbench import training


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds every training of the Train page at its start until it is set."""
    opened, train = threading.Event(), training.train

    def held(bench, job, *, task):
        job.stage("Loading the backbone")
        while not opened.wait(0.01):
            job.check()
        return train(bench, job, task=task)

    monkeypatch.setattr(train_page, "train", held)
    yield opened
    opened.set()
