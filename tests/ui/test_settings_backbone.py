"""Choosing a backbone for new projects, and hearing how fast it is here."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.encoders import backbones
from spa_desktop.encoders.backbones import Backbone
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.settings.settings_dialog import BackboneChoice
from spa_desktop.workbench import method_settings
from tests.ui.conftest import choose


@pytest.fixture
def choice(context, qtbot, monkeypatch):
    listed = [
        Backbone("spa-lite", "Small", 117, 0.4, "MIT", True, True),
        Backbone("ViT-B-16/far", "Large", 599, 1.5, "", False, False),
    ]
    monkeypatch.setattr(backbones, "list_backbones", lambda: listed)
    monkeypatch.setattr(method_settings, "_SECONDS", 0.05)
    found = BackboneChoice(context)
    qtbot.addWidget(found)
    qtbot.addWidget(found.box)
    qtbot.waitUntil(lambda: found.box.count() == 2)
    return found


def test_speed_is_measured_and_remembered(choice, context, qtbot):
    assert choice.speed.text() == ""
    choice.measure.click()
    assert choice.speed.text() == "Measuring..."
    assert not choice.measure.isEnabled()
    qtbot.waitUntil(lambda: "photos a second here" in choice.speed.text())
    assert choice.measure.isEnabled()
    kept = SettingsStore(context.settings.path).value.speeds
    assert kept["spa-lite"] > 0
    assert f"{kept['spa-lite']:.1f}" in choice.speed.text()
    choose(choice.box, "ViT-B-16/far")
    assert choice.speed.text() == ""


def test_what_a_backbone_costs_is_shown_before_it_is_chosen(choice):
    costs = "Large · 599 MB, downloaded when it is first used · 1.5 GB of memory · licence: not stated."
    assert choice.box.itemData(1, Qt.ItemDataRole.ToolTipRole).replace("\n", " ") == costs
    choose(choice.box, "ViT-B-16/far")
    assert choice.about.text().startswith(costs)
